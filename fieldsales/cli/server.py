"""`fieldsales serve`, `worker` and `demo`: what runs until it is stopped."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
from pathlib import Path
from typing import Annotated

import typer

import fieldsales
from fieldsales.bootstrap import Runtime, build_runtime, use_runtime
from fieldsales.cli.demo_gazetteer import BackgroundInstall
from fieldsales.errors import N_, CallTheAdmin
from fieldsales.settings import PREFIX, prepare_data_dir, read_settings

APP_FILE = Path(fieldsales.__file__).resolve().parents[1] / "app.py"
DEMO_DATA_DIR = Path("demo-data")
Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all, then behind HTTPS only.")]
Port = Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65_535)]


class AppMissing(CallTheAdmin):
    code = "app_missing"
    message = N_("There is no {path}: FieldSales is served from its repository. Clone it and run `make install` there.")


class PortTaken(CallTheAdmin):
    code = "port_taken"
    message = N_("Port {port} on {host} cannot be used: {why}. Choose another with --port.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.command()(worker)
    app.command()(demo)


def serve(host: Host = "127.0.0.1", port: Port = 8501) -> None:
    """Serve a real team; needs FIELDSALES_SECRET_KEY."""
    settings = read_settings()
    settings.require_secret()
    typer.echo(f"FieldSales listens on http://{host}:{port}.")
    _serve(build_runtime(settings), host=host, port=port)


def worker() -> None:
    """Locate queued addresses, send deliveries, coarsen positions, tidy files, learn travel times, as servers do; any number may run."""
    from fieldsales.jobs.deal_keeping import run_deal_keeping
    from fieldsales.jobs.deliveries import run_deliveries
    from fieldsales.jobs.file_sweep import run_file_sweep
    from fieldsales.jobs.geocoding import run_worker
    from fieldsales.jobs.retention import run_retention
    from fieldsales.jobs.score_training import run_score_training
    from fieldsales.jobs.travel_learning import run_travel_learning

    runtime = build_runtime(read_settings())
    runtime.database.upgrade()
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    typer.echo("Waiting for addresses to locate.")
    beside = (run_retention, run_file_sweep, run_travel_learning, run_deal_keeping, run_score_training, run_deliveries)
    tidying = [threading.Thread(target=work, args=(runtime,), kwargs={"stop": stop}, daemon=True) for work in beside]
    for thread in tidying:
        thread.start()
    run_worker(runtime, stop=stop)
    for thread in tidying:
        thread.join()


def demo(
    customers: Annotated[int, typer.Option(help="How many customers to invent.", min=0, max=1_000_000)] = 300,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of the demo's data.", show_default=str(DEMO_DATA_DIR))] = None,
    host: Host = "127.0.0.1",
    port: Port = 8501,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Only make the data.")] = False,
) -> None:
    """Make a demo team if there is none yet, and serve it."""
    from fieldsales.demo import prepare

    runtime = _demo_runtime(data_dir)
    if not no_serve:
        _refuse_taken_port(host, port)
    team = prepare(runtime, customers=customers, password=runtime.settings.demo_password)
    if team.remark:
        typer.echo(team.remark)
    if no_serve:
        typer.echo(f"The demo is ready in {runtime.settings.data_dir}.")
        return
    typer.echo(f"\n  http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}\n")
    typer.echo(f"  Accounts: {', '.join(team.accounts)}")
    typer.echo(f"  Password: {runtime.settings.demo_password}\n")
    typer.echo("  Stop with Ctrl+C.")
    gazetteer = BackgroundInstall(runtime.settings)
    gazetteer.start()
    try:
        _serve(runtime, host=host, port=port)
    finally:
        gazetteer.stop()


def _demo_runtime(data_dir: Path | None) -> Runtime:
    """Return a runtime for the demo: its own folder, a secret and a password that survive a restart with it."""
    chosen = data_dir or (None if os.environ.get(PREFIX + "DATA_DIR") else DEMO_DATA_DIR)
    settings = read_settings(demo=True, **({"data_dir": chosen} if chosen else {}))
    prepare_data_dir(settings)
    missing: dict[str, object] = {"secret_key": _kept_secret(settings.data_dir / "secret.key", length=48)}
    if not settings.demo_password:
        missing["demo_password"] = _kept_secret(settings.data_dir / "demo-password.txt", length=9)
    return build_runtime(read_settings(demo=True, **({"data_dir": chosen} if chosen else {}), **missing))


def _kept_secret(path: Path, *, length: int) -> str:
    """Return the secret stored at `path`; one of `length` random bytes, readable by this account alone, when there is none."""
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(length))
    return path.read_text(encoding="ascii").strip()


def _serve(runtime: Runtime, *, host: str, port: int) -> None:
    """Serve `app.py` in this process until stopped."""
    from fieldsales.web.running import run

    if not APP_FILE.is_file():
        raise AppMissing(path=APP_FILE)
    _refuse_taken_port(host, port)
    use_runtime(runtime)
    run(APP_FILE, host=host, port=port)


def _refuse_taken_port(host: str, port: int) -> None:
    """Raise PortTaken when nobody can listen there, before anything slow is done."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise PortTaken(host=host, port=port, why=error.strerror or str(error)) from error
