"""Why a step failed, kept for a task that runs later and notifies people."""

from collections.abc import Sequence
from typing import Any

_KEY = "failure"
#: Characters of the reason that are passed on: ECS accepts 8 KB for a whole command line.
_LIMIT = 3000


def record_failure(ti: Any, step: str, error: BaseException) -> None:
    """Push why a step failed to XCom; Airflow clears it when the same task is tried again."""
    ti.xcom_push(key=_KEY, value={"step": step, "reason": (str(error) or type(error).__name__)[:_LIMIT]})


def first_failure(ti: Any, task_ids: Sequence[str]) -> dict[str, str]:
    """Return the step that failed first, in the order of `task_ids`, and why."""
    for task_id in task_ids:
        if failure := ti.xcom_pull(task_ids=task_id, key=_KEY):
            return failure
    return {"step": "an Airflow task", "reason": "The worker died, so the task could not say why."}
