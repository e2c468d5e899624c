"""The demo's gazetteer: fetched and installed beside the server, which does not wait for it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field

import typer

from fieldsales.adapters.geocoding.download import DEFAULT_SOURCE_URL, fetch
from fieldsales.adapters.geocoding.errors import DownloadFailed
from fieldsales.settings import PREFIX, Settings

CONNECT_WITHIN_S = 3.0


@dataclass
class BackgroundInstall:
    """One attempt to download and install the published gazetteer; building it is another process's work."""

    settings: Settings
    process: subprocess.Popen[bytes] | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin, unless a gazetteer is there."""
        if not self.settings.gazetteer_path.exists():
            threading.Thread(target=self._run, name="demo-gazetteer", daemon=True).start()

    def stop(self) -> None:
        """Give up; what was downloaded so far is continued next time."""
        self.stopped.set()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def _run(self) -> None:
        try:
            file = fetch(DEFAULT_SOURCE_URL, self.settings.data_dir / "downloads", timeout_s=CONNECT_WITHIN_S)
        except DownloadFailed:
            typer.echo("  No network for the gazetteer: addresses are found by town. See `fieldsales gazetteer install`.")
            return
        if self.stopped.is_set():
            return
        environment = os.environ | {PREFIX + "DATA_DIR": str(self.settings.data_dir.absolute())}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fieldsales", "gazetteer", "install", str(file)],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if self.process.wait() == 0:
            typer.echo("  The gazetteer is installed: pins move to their town or block by themselves.")
