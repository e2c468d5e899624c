"""FieldSales as one ASGI application: Streamlit's screens behind our gate, beside our own routes.

`app = st.App(…)` is written out because Streamlit finds it by reading this file: what a function returns would run
without any route or gate. `fieldsales serve` and `uvicorn app:app` run it; `streamlit run app.py` does too, 40 ms slower per answer.
"""

from pathlib import Path

import streamlit as st

from fieldsales.jobs.deal_keeping import run_deal_keeping
from fieldsales.jobs.deliveries import run_deliveries
from fieldsales.jobs.file_sweep import run_file_sweep
from fieldsales.jobs.geocoding import run_worker
from fieldsales.jobs.retention import run_retention
from fieldsales.jobs.score_training import run_score_training
from fieldsales.jobs.travel_learning import run_travel_learning
from fieldsales.web import stack
from fieldsales.web.lifespan import serving

MAIN = Path(__file__).resolve().parent / "fieldsales" / "ui" / "main.py"

app = st.App(
    MAIN,
    routes=stack.routes,
    middleware=stack.middleware,
    lifespan=serving(
        workers=[run_worker, run_retention, run_file_sweep, run_travel_learning, run_deal_keeping, run_score_training, run_deliveries],
        imports=["folium", "pandas", "pyarrow"],
    ),
    exception_handlers=stack.exception_handlers,
)
