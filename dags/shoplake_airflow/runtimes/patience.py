"""Calls to AWS that fail for a reason that may pass: throttling, a broken connection, an error of the service."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from shoplake_airflow.output import Log

_Answer = TypeVar("_Answer")
#: Seconds between two calls.
POLL = 2.0
#: Seconds in which AWS may not answer before a task is given up (and its try with it).
_PATIENCE = 120.0
_SERVER_ERROR = 500
_MAY_PASS = {
    "InternalFailure",
    "RequestLimitExceeded",
    "RequestTimeout",
    "ServerException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


class Patience:
    """Passes over calls to AWS that fail for a reason that may pass, until that has lasted too long."""

    def __init__(self, log: Log) -> None:
        """Begin with no failure; `log` is told of each first one."""
        self._log = log
        self._since: float | None = None

    def __enter__(self) -> None:
        """Make a call."""

    def __exit__(self, _type: Any, error: BaseException | None, _trace: Any) -> bool:
        """Pass over its failure, if that may pass and has not lasted too long."""
        if error is None:
            self._since = None
            return False
        if not may_pass(error):
            return False
        now = time.monotonic()
        if self._since is None:
            self._since = now
            self._log.warning("AWS does not answer; it is asked again", error=str(error))
        return now - self._since < _PATIENCE

    def ask(self, question: Callable[[], _Answer]) -> _Answer:
        """Ask until there is an answer."""
        while True:
            with self:
                return question()
            time.sleep(POLL)


def may_pass(error: BaseException) -> bool:
    """Return whether the same call may succeed a little later."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code_of(error) in _MAY_PASS or status >= _SERVER_ERROR
    return isinstance(error, BotoCoreError) and not isinstance(error, ParamValidationError)


def code_of(error: BaseException) -> str:
    """Return the code of an error that AWS answered with; empty where AWS did not answer."""
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
