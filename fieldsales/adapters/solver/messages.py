"""How the server and its solver processes talk: pickles with their length in front, over the child's stdin and stdout."""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass, field
from typing import Any, BinaryIO

_LENGTH = struct.Struct("!Q")


@dataclass(frozen=True, slots=True)
class Job:
    """Call the solver's method `task` with `arguments`; `reports` when somebody listens to how far it is."""

    task: str
    arguments: dict[str, Any] = field(default_factory=dict)
    reports: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """The share of the job that is done."""

    share: float


@dataclass(frozen=True, slots=True)
class Done:
    """What the method returned."""

    result: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """What it raised."""

    error: Exception


def send(stream: BinaryIO, message: object) -> None:
    """Write one message.

    Raises:
        OSError: nobody reads any more.
    """
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Return the next message.

    Raises:
        EOFError: the other side has gone.
    """
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return pickle.loads(data)
