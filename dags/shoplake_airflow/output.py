"""Turns what a step prints into records of Airflow's task log, and its last line into the result."""

import json
from collections.abc import Iterator
from typing import Any, Protocol

_LEVELS = {"debug": "debug", "info": "info", "warn": "warning", "warning": "warning", "error": "error"}
#: Fields that the task log adds itself, or that are the same in every line of a step.
_REDUNDANT = {"level", "message", "timestamp", "task", "run_id", "event", "logger"}


class Log(Protocol):
    """The part of a structured logger that is used here."""

    def debug(self, event: str, **fields: Any) -> None:
        """Log a detail."""

    def info(self, event: str, **fields: Any) -> None:
        """Log what happens."""

    def warning(self, event: str, **fields: Any) -> None:
        """Log what may be wrong."""

    def error(self, event: str, **fields: Any) -> None:
        """Log what is wrong."""


class Output:
    """A step's output: each line is logged with its level as it arrives; `result` is the result line."""

    def __init__(self, log: Log) -> None:
        """Start without a result."""
        self._log = log
        self.result: dict[str, Any] = {}

    def line(self, text: str) -> None:
        """Take one line, without its line break."""
        record = _parse_object(text)
        if {"task", "run_id", "status"} <= record.keys():
            self.result = record
        elif {"level", "message"} <= record.keys():
            fields = {name: value for name, value in record.items() if name not in _REDUNDANT}
            getattr(self._log, _LEVELS.get(str(record["level"]), "info"))(str(record["message"]), **fields)
        elif text.strip():
            self._log.info(text.rstrip())


class LineSplitter:
    """Splits the chunks of one stream into lines; a chunk may end anywhere, even within a character."""

    def __init__(self) -> None:
        """Start a stream."""
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[str]:
        """Yield the lines that this chunk completes."""
        *complete, self._rest = (self._rest + chunk).split(b"\n")
        for line in complete:
            yield line.decode(errors="replace").rstrip("\r")

    def end(self) -> Iterator[str]:
        """Yield what follows the last line break, if anything."""
        if self._rest:
            yield self._rest.decode(errors="replace")
        self._rest = b""


def _parse_object(text: str) -> dict[str, Any]:
    """Return the JSON object in a line; empty if the line is not one."""
    if not text.startswith("{"):
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
