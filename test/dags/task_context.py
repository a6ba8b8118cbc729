"""The part of a task's context that steps read."""

from collections.abc import Mapping
from typing import Any


class TaskInstance:
    """The part of a task instance that steps read."""

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
    """The events of a task's outlets, by outlet name: in Airflow 3.0 assets can't be keys."""

    def __init__(self) -> None:
        self._events: dict[str, Any] = {}

    def __getitem__(self, outlet: Any) -> Any:
        return self._events.setdefault(outlet.name, type("Event", (), {"extra": {}})())


def make_context(run_id: str) -> Mapping[str, Any]:
    """Return the context of a task in this run."""
    return {"ti": TaskInstance(run_id), "outlet_events": Events()}
