"""Which engine plans here."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fieldsales.adapters.solver import build_solver


def test_without_vroom_the_search_in_python_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fieldsales.adapters.solver.ruin_recreate", None)
    solver = build_solver()
    solver.warm_up()
    assert solver.name == "FieldSales"


def test_vroom_plans_where_it_is_installed_and_does_without_pandas() -> None:
    code = "import sys; from fieldsales.adapters.solver import build_solver; s = build_solver(); print(s.name, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["VROOM", "False"]
