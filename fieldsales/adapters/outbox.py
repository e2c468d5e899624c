"""The folder into which deliveries are put: files appear whole, or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from fieldsales.domain.deliveries import Trouble, TroubleCode
from fieldsales.errors import BadSetting


@dataclass(frozen=True)
class FolderOutbox:
    """Puts files into a folder that an administrator has made; the folder itself is never created, lest a missing mount hide."""

    folder: Path

    def put(self, name: str, data: bytes) -> Trouble | None:
        """Put a file there, in place of one of the same name; return why not."""
        partial = self.folder / f".{uuid4().hex}.partial"
        try:
            with partial.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, self.folder / name)
        except OSError as error:
            return Trouble(TroubleCode.FOLDER, error.strerror or type(error).__name__)
        finally:
            with suppress(OSError):  # the folder is gone or read-only: nothing is left behind that could be removed
                partial.unlink(missing_ok=True)
        return None


def build_outbox(folder: str) -> FolderOutbox | None:
    """Return the outbox of the folder that the settings name, None for none.

    Whether it can be written is found out at each delivery: a share that is not mounted yet must not keep the server from starting.

    Raises:
        BadSetting: not an absolute path.
    """
    if not folder:
        return None
    if not Path(folder).is_absolute():
        raise BadSetting(name="FIELDSALES_REPORTS_DIR", why="the absolute path of a folder, such as /srv/reports")
    return FolderOutbox(Path(folder))
