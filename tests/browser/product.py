"""The product as a person meets it: a demo server of its own process, and a Chromium that can reach nothing but this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "browser-Passw0rd!"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    # A page that asks for another host fails here exactly as in a company without internet access.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]  # fmt: skip
NOWHERE = "http://127.0.0.1:9"  # the discard port: a proxy that refuses at once


def find_chromium() -> str | None:
    """Return the Chromium that `make test` chose or that is installed; None lets Playwright take its own."""
    return os.environ.get("CHROMIUM") or next((path for name in BROWSERS if (path := shutil.which(name))), None)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data_dir: Path, **extra: str) -> dict[str, str]:
    """Return the environment of a product without internet access and without the caller's settings."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("FIELDSALES_")}
    away = {name: NOWHERE for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")}
    near = {"no_proxy": "127.0.0.1,localhost", "NO_PROXY": "127.0.0.1,localhost"}
    own = {
        "FIELDSALES_DATA_DIR": str(data_dir),
        "FIELDSALES_DEMO_PASSWORD": PASSWORD,
        "FIELDSALES_SECRET_KEY": "a secret of the browser tests, long enough",
        "PYTHONUNBUFFERED": "1",
    }
    return ours | away | near | own | extra


@dataclass(frozen=True)
class Product:
    """A running server: where it is, where its data lie, and how to call its command."""

    base: str
    data_dir: Path
    variables: dict[str, str]
    pid: int

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `fieldsales …` on the same data."""
        return subprocess.run(command(*arguments), env=self.variables, cwd=ROOT, capture_output=True, text=True, check=False)


def command(*arguments: str) -> list[str]:
    """Return the command line of `fieldsales …` in this environment."""
    return [sys.executable, "-m", "fieldsales", *arguments]


@contextmanager
def serving(data_dir: Path, *, customers: int, **extra: str) -> Iterator[Product]:
    """Serve a demo of `customers` customers until the block ends; the server's log is shown when it does not come up."""
    port, variables = free_port(), environment(data_dir, **extra)
    log_path = data_dir.parent / "server.log"
    demo = command("demo", "--data-dir", str(data_dir), "--customers", str(customers), "--port", str(port))
    with log_path.open("wb") as log:
        process = subprocess.Popen(demo, env=variables, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}", process, log_path)
            yield Product(f"http://127.0.0.1:{port}", data_dir, variables, process.pid)
            code = process.poll()
            assert code is None, f"the server stopped by itself with {code}:\n{log_path.read_text(errors='replace')[-4000:]}"
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=15)
            process.kill()
            process.wait()


def _wait_until_ready(base: str, process: subprocess.Popen[bytes], log: Path, *, limit_s: float = 120) -> None:
    until = time.monotonic() + limit_s
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), opener.open(base + "/readyz", timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"the server did not come up:\n{log.read_text(errors='replace')[-4000:]}")
