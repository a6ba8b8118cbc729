"""Calls to AWS that may succeed a little later: throttling, a broken connection, an error of the service."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from shoplake_airflow.output import Log

_Result = TypeVar("_Result")
#: Seconds between two calls.
POLL = 2.0
#: Seconds without a successful call before a step gives up, and its try with it.
_BUDGET = 120.0
_SERVER_ERROR = 500
_TRANSIENT = {
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


class RetryBudget:
    """Ignores transient failures of calls to AWS, until they have lasted too long without a success in between."""

    def __init__(self, log: Log) -> None:
        """Start without a failure; the first failure of each series is logged."""
        self._log = log
        self._failing_since: float | None = None

    def __enter__(self) -> None:
        """Begin a call."""

    def __exit__(self, _type: Any, error: BaseException | None, _trace: Any) -> bool:
        """Suppress a transient failure while the budget lasts."""
        if error is None:
            self._failing_since = None
            return False
        if not is_transient(error):
            return False
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
            self._log.warning("A call to AWS failed and is retried", error=str(error))
        return now - self._failing_since < _BUDGET

    def call(self, request: Callable[[], _Result]) -> _Result:
        """Repeat a call until it succeeds, and return its result."""
        while True:
            with self:
                return request()
            time.sleep(POLL)


def is_transient(error: BaseException) -> bool:
    """Return whether the same call may succeed a little later."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return error_code(error) in _TRANSIENT or status >= _SERVER_ERROR
    return isinstance(error, BotoCoreError) and not isinstance(error, ParamValidationError)


def error_code(error: BaseException) -> str:
    """Return the code of an error that AWS answered with; empty if AWS did not answer."""
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
