"""What a step said when it failed, for a task that follows and tells somebody."""

from collections.abc import Sequence
from typing import Any

_KEY = "failure"
#: Characters of it that are handed on: ECS takes 8 KB for a whole command line.
_LIMIT = 3000


def note_failure(ti: Any, step: str, error: BaseException) -> None:
    """Leave a step's last word; the next try of the same task takes it away."""
    ti.xcom_push(key=_KEY, value={"step": step, "reason": (str(error) or type(error).__name__)[:_LIMIT]})


def first_failure(ti: Any, task_ids: Sequence[str]) -> dict[str, str]:
    """Return the step that failed first, in the order of the tasks, and what it said."""
    for task_id in task_ids:
        if failure := ti.xcom_pull(task_ids=task_id, key=_KEY):
            return failure
    return {"step": "a task of Airflow", "reason": "A worker died, so there is no word of the task itself."}
