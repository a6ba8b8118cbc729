"""What a step's exit code means to Airflow."""

from collections.abc import Mapping
from typing import Any

from shoplake_airflow.compat import AirflowFailException, AirflowSkipException

NO_INPUT = 66
_TRY_AGAIN = 75

#: Exit codes that another try can't change, and whose turn it is then.
FINAL: Mapping[int, str] = {
    64: "the command line is wrong: mend the DAG or its params",
    65: "the data are refused: mend the source, or its contract",
    70: "a promise of shoplake itself is broken: report it",
    78: "the deployment is not set up: see the worker's environment",
    126: "the command can't be executed: see SHOPLAKE_COMMAND or the image",
    127: "the command is not there: see SHOPLAKE_COMMAND or the image",
}

_AGAIN: Mapping[int, str] = {
    75: "something outside is not available",
    137: "killed, perhaps for want of memory",
    143: "stopped",
}


class StepFailedError(Exception):
    """A step has failed in a way that another try may mend; Airflow retries it."""


def is_waiting(exit_code: int, result: Mapping[str, Any]) -> bool:
    """Return whether a step has ended well, but for something that is still to come."""
    return exit_code == _TRY_AGAIN and result.get("status") == "waiting"


def conclude(step: str, exit_code: int, result: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the result of a step that has done its work, and raise what Airflow understands for any other.

    `result` is the step's result line, empty where it printed none. The message is the step's own `error`, which says
    what was wrong, where, and the way out.

    :raises AirflowSkipException: there was no input
    :raises AirflowFailException: another try can't help
    :raises StepFailedError: another try may help
    """
    if exit_code == 0 and result:
        return dict(result)
    if exit_code == 0:
        raise StepFailedError(f"shoplake {step} ended well, but its result line did not arrive.")
    said = result.get("error") or "It did not say why; see the lines above."
    if exit_code == NO_INPUT:
        raise AirflowSkipException(said)
    if exit_code in FINAL:
        raise AirflowFailException(f"{said}\nshoplake {step}: exit code {exit_code}, {FINAL[exit_code]}. Not retried.")
    raise StepFailedError(f"{said}\nshoplake {step}: exit code {exit_code}, {_AGAIN.get(exit_code, 'it crashed')}.")
