"""The real thing, started by its command: `fieldsales serve` answers, lets nobody in, and stops when told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.web.server.app_discovery import discover_asgi_app
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from fieldsales.services.accounts.sessions import SESSION_COOKIE, open_session

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret of more than thirty-two letters"
PASSWORD = "a long password"


def command(*arguments: str, data_dir: Path, **extra: str) -> tuple[list[str], dict[str, str]]:
    """Return command line and environment of `fieldsales …`."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("FIELDSALES_")}
    return [sys.executable, "-m", "fieldsales", *arguments], ours | {"FIELDSALES_DATA_DIR": str(data_dir), "LANG": "C.UTF-8"} | extra


def run(*arguments: str, data_dir: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    line, environment = command(*arguments, data_dir=data_dir, **extra)
    return subprocess.run(line, env=environment, cwd=data_dir, input=PASSWORD + "\n", capture_output=True, text=True, check=False)


@contextmanager
def served(data_dir: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve from another folder than the repository until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line, environment = command("serve", "--port", str(port), data_dir=data_dir, FIELDSALES_SECRET_KEY=SECRET)
    with (data_dir / "log").open("wb") as log:
        process = subprocess.Popen(line, env=environment, cwd=data_dir, stdout=log, stderr=log)
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            if status(base + "/readyz") == 200:
                break
            assert process.poll() is None, (data_dir / "log").read_text()
            time.sleep(0.1)
        yield base, process
    finally:
        process.kill()
        process.wait()


def status(url: str, **headers: str) -> int:
    """Return the status of an answer, following no redirect; 0 while nobody answers."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
        with opener.open(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def test_the_server_lets_nobody_in_without_a_session_and_stops_cleanly(tmp_path: Path) -> None:
    added = run("user", "add", "eri@example.com", "--name", "Eri", "--role", "rep", "--password-stdin", data_dir=tmp_path)
    assert added.returncode == 0, added.stderr
    page = {"Accept": "text/html"}
    with served(tmp_path) as (base, process):
        for path in ("/", "/map", "/today", "/customers", "/import", "/admin", "/index.html", "/favicon.png"):
            assert status(base + path, **page) == 303, path
        for path in ("/static/js/x.js", "/_stcore/health", "/_stcore/host-config", "/media/x", "/component/x/index.html", "/api/v1/me"):
            assert status(base + path, **page) == 401, path
        websocket = base.replace("http", "ws") + "/_stcore/stream"
        for cookie in ("", f"{SESSION_COOKIE}=abc"):
            with (
                pytest.raises(InvalidStatus),
                connect(websocket, additional_headers={"Cookie": cookie}, subprotocols=["streamlit"], proxy=None),
            ):
                pass
        token = _token(tmp_path)
        page["Cookie"] = f"{SESSION_COOKIE}={token}"
        assert status(base + "/map", **page) == 200
        assert status(base + "/_stcore/health", **page) == 200
        with connect(websocket, additional_headers={"Cookie": page["Cookie"]}, subprotocols=["streamlit"], proxy=None):
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) in (0, -signal.SIGTERM)
    assert "Traceback" not in (tmp_path / "log").read_text()


def _token(data_dir: Path) -> str:
    """Return the token of a new session of the only user."""
    from fieldsales.bootstrap import utc_now
    from fieldsales.db.database import Database
    from fieldsales.db.models import User

    database = Database(f"sqlite:///{data_dir / 'fieldsales.sqlite3'}")
    with database.write() as session:
        token = open_session(session, session.query(User).one(), user_agent="", now=utc_now())
    database.dispose()
    return token


@pytest.mark.parametrize("secret", ["", "too short"])
def test_a_server_without_a_secret_refuses_and_names_the_variable(tmp_path: Path, secret: str) -> None:
    refused = run("serve", data_dir=tmp_path, FIELDSALES_SECRET_KEY=secret)
    assert refused.returncode == 2
    assert "FIELDSALES_SECRET_KEY" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_a_port_in_use_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = run("serve", "--port", str(taken.getsockname()[1]), data_dir=tmp_path, FIELDSALES_SECRET_KEY=SECRET)
    assert refused.returncode == 2
    assert "--port" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_streamlit_finds_the_application_in_app_py() -> None:
    found = discover_asgi_app(ROOT / "app.py")
    assert (found.is_asgi_app, found.app_name) == (True, "app")


def test_however_it_is_started_streamlit_reads_the_same_configuration() -> None:
    beside_the_script = ROOT / "fieldsales" / "ui" / ".streamlit" / "config.toml"
    assert beside_the_script.samefile(ROOT / ".streamlit" / "config.toml")
