"""Which container, ECS task or process belongs to which task instance, across all of its tries."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Identity:
    """One task instance of a DAG run, across all of its tries."""

    #: Tells the Airflows apart that share a machine or a Docker engine: their runs may have the same ids.
    airflow: str
    dag_id: str
    run_id: str
    task_id: str
    #: -1 if the task is not mapped.
    map_index: int
    try_number: int

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> "Identity":
        """Read it from a task's context."""
        ti = context["ti"]
        map_index = -1 if ti.map_index is None else ti.map_index
        return cls(_this_airflow(), ti.dag_id, ti.run_id, ti.task_id, map_index, ti.try_number)

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its container; the same for all tries."""
        return {
            "shoplake.airflow": self.airflow,
            "shoplake.dag_id": self.dag_id,
            "shoplake.run_id": self.run_id,
            "shoplake.task_id": self.task_id,
            "shoplake.map_index": str(self.map_index),
        }

    @property
    def key(self) -> str:
        """32 characters, the same for all tries and unique to the task instance."""
        return hashlib.sha256("\0".join(self.labels.values()).encode()).hexdigest()[:32]

    @property
    def run_name(self) -> str:
        """The name of this try in the lake's history (the step's `--run-id`)."""
        mapped = f"[{self.map_index}]" if self.map_index >= 0 else ""
        return f"airflow {self.dag_id} {self.run_id} {self.task_id}{mapped} {self.try_number}"


def _this_airflow() -> str:
    """Return 12 characters for this Airflow and its lake, the same on all of its workers."""
    settings = [os.environ.get(name, "") for name in ("AIRFLOW_HOME", "AWS_ENDPOINT_URL", "SHOPLAKE_BUCKET")]
    return hashlib.sha256("\0".join(settings).encode()).hexdigest()[:12]
