"""What Airflow gives to a task, as far as steps look at it."""

from collections.abc import Mapping
from typing import Any


class TaskInstance:
    """The part of a task instance that steps look at."""

    dag_id = "shoplake_daily"
    task_id = "clean"
    map_index = -1
    try_number = 1
    log_url = "http://airflow/log"

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.xcoms: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value


class Events:
    """The events of a task's outlets, by the outlet's name: Airflow 3.0 has assets that can't be keys."""

    def __init__(self) -> None:
        self._events: dict[str, Any] = {}

    def __getitem__(self, outlet: Any) -> Any:
        return self._events.setdefault(outlet.name, type("Event", (), {"extra": {}})())


def context_of(run_id: str) -> Mapping[str, Any]:
    """Return what Airflow gives to a task of a run."""
    return {"ti": TaskInstance(run_id), "outlet_events": Events()}
