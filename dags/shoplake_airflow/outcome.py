"""What a step's exit code means to Airflow."""

from collections.abc import Mapping
from typing import Any

from shoplake_airflow.compat import AirflowFailException, AirflowSkipException

NO_INPUT = 66
_TEMPORARY_FAILURE = 75

#: Exit codes that a retry can't change, and how to fix each.
FINAL: Mapping[int, str] = {
    64: "the command line is wrong: fix the DAG or its params",
    65: "the data are refused: fix the source or its contract",
    70: "a bug in shoplake: report it",
    78: "the deployment is not set up: check the worker's environment",
    126: "the command can't be executed: check SHOPLAKE_COMMAND or the image",
    127: "the command is not found: check SHOPLAKE_COMMAND or the image",
}

_RETRIED: Mapping[int, str] = {
    75: "something outside is unavailable",
    137: "killed, perhaps because it ran out of memory",
    143: "stopped",
}


class StepFailedError(Exception):
    """A step failed in a way that a retry may fix; Airflow retries it."""


def is_waiting(exit_code: int, result: Mapping[str, Any]) -> bool:
    """Return whether a step ended in good order, but waits for something that is still to come."""
    return exit_code == _TEMPORARY_FAILURE and result.get("status") == "waiting"


def require_success(step: str, exit_code: int, result: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the result of a step that succeeded; raise the exception by which Airflow skips, fails or retries any other.

    `result` is the step's result line, empty if it printed none. The message is the step's own `error`, which says what
    was wrong, where, and how to fix it.

    :raises AirflowSkipException: there was no input
    :raises AirflowFailException: a retry can't help
    :raises StepFailedError: a retry may help
    """
    if exit_code == 0 and result:
        return dict(result)
    if exit_code == 0:
        raise StepFailedError(f"shoplake {step} succeeded, but its result line did not arrive.")
    error = result.get("error") or "The step did not say why; see the lines above."
    if exit_code == NO_INPUT:
        raise AirflowSkipException(error)
    if exit_code in FINAL:
        raise AirflowFailException(f"{error}\nshoplake {step}: exit code {exit_code}, {FINAL[exit_code]}. Not retried.")
    raise StepFailedError(f"{error}\nshoplake {step}: exit code {exit_code}, {_RETRIED.get(exit_code, 'it crashed')}.")
