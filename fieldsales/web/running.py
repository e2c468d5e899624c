"""Running the application in this process, with uvicorn itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import uvicorn

STOP_WITHIN_S = 5


def run(app_file: Path, *, host: str, port: int) -> None:
    """Serve the `app` of a file until SIGTERM or Ctrl+C.

    Not with Streamlit's own runner: asyncio does not recognise the sockets it opens as TCP and leaves out
    TCP_NODELAY, which costs every answer on a kept connection 40 ms. `fieldsales/ui/.streamlit` leads to the same
    configuration file that `streamlit run app.py` reads.
    """
    spec = importlib.util.spec_from_file_location("fieldsales_app", app_file)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(app_file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    uvicorn.run(
        module.app,
        host=host,
        port=port,
        proxy_headers=False,  # web/proxies.py decides whom to believe; uvicorn would believe this machine
        server_header=False,
        access_log=False,
        log_level="warning",
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
