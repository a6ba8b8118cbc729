"""Turns what a step prints into records of Airflow's task log and its result."""

import json
from collections.abc import Iterator
from typing import Any, Protocol

_LEVELS = {"debug": "debug", "info": "info", "warn": "warning", "warning": "warning", "error": "error"}
#: Fields that every record of the task log has already, or that say the same for all lines of a step.
_OWN = {"level", "message", "timestamp", "task", "run_id", "event", "logger"}


class Log(Protocol):
    """The part of a structured logger that is used."""

    def debug(self, event: str, **fields: Any) -> None:
        """Log for whoever looks closely."""

    def info(self, event: str, **fields: Any) -> None:
        """Log what happens."""

    def warning(self, event: str, **fields: Any) -> None:
        """Log what may be wrong."""

    def error(self, event: str, **fields: Any) -> None:
        """Log what is wrong."""


class Output:
    """The lines of a step: each is logged as it comes, with its level; `result` is the result line, once there."""

    def __init__(self, log: Log) -> None:
        """Begin with no result."""
        self._log = log
        self.result: dict[str, Any] = {}

    def line(self, text: str) -> None:
        """Take one line without its end."""
        record = _object_of(text)
        if {"task", "run_id", "status"} <= record.keys():
            self.result = record
        elif {"level", "message"} <= record.keys():
            fields = {name: value for name, value in record.items() if name not in _OWN}
            getattr(self._log, _LEVELS.get(str(record["level"]), "info"))(str(record["message"]), **fields)
        elif text.strip():
            self._log.info(text.rstrip())


class Lines:
    """Cuts the pieces of one stream into lines; a piece may end anywhere, in the middle of a character too."""

    def __init__(self) -> None:
        """Begin a stream."""
        self._rest = b""

    def feed(self, piece: bytes) -> Iterator[str]:
        """Yield the lines that this piece completes."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        for line in whole:
            yield line.decode(errors="replace").rstrip("\r")

    def end(self) -> Iterator[str]:
        """Yield what came after the last end of a line."""
        if self._rest:
            yield self._rest.decode(errors="replace")
        self._rest = b""


def _object_of(text: str) -> dict[str, Any]:
    if not text.startswith("{"):
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
