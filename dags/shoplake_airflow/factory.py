"""Makes the operator of a step, for the runtime of the deployment."""

import os
from collections.abc import Mapping
from datetime import timedelta
from importlib import import_module
from typing import Any

from airflow.sdk import BaseOperator

from shoplake_airflow.alerts import alert
from shoplake_airflow.compat import DOUBLING

#: Shared by all tasks of shoplake, so that days in parallel don't exhaust the machine.
POOL = "shoplake"

_RUNTIMES: Mapping[str, tuple[str, str]] = {
    "docker": ("shoplake_airflow.runtimes.docker", "DockerStep"),
    "ecs": ("shoplake_airflow.runtimes.ecs", "EcsStep"),
    "process": ("shoplake_airflow.runtimes.process", "ProcessStep"),
}


def step(
    name: str,
    flags: Mapping[str, Any] | None = None,
    *,
    timeout: timedelta = timedelta(hours=1),
    **options: Any,
) -> BaseOperator:
    """
    Make the operator of a pipeline step: `step("ingest", {"--batch": "{{ ds }}"})`.

    The task's id is the step's name with underscores. `SHOPLAKE_RUNTIME` selects how it runs (`process` by default).
    A failure that a retry may fix is retried 5 times over about half an hour.

    :param timeout: of each try
    :param options: of any operator (`outlets`, `trigger_rule`, `task_id` and so on) or of `Step`: a step that reports
        that it is waiting runs again after `recheck_after`, and holds no slot until then; a step that `expects_input`
        sends an alert if its batch has no files, besides being skipped
    :raises ValueError: `SHOPLAKE_RUNTIME` is not a runtime
    """
    defaults = {
        "task_id": name.replace("-", "_").replace(" ", "_"),
        "pool": POOL,
        "retries": 5,
        "retry_delay": timedelta(seconds=float(os.environ.get("SHOPLAKE_RETRY_SECONDS", "60"))),
        "retry_exponential_backoff": DOUBLING,
        "max_retry_delay": timedelta(minutes=15),
        "on_failure_callback": alert,
        "execution_timeout": timeout,
    }
    return _operator_class()(step=name, flags=dict(flags or {}), **(defaults | options))


def _operator_class() -> type[Any]:
    runtime = os.environ.get("SHOPLAKE_RUNTIME", "process")
    if runtime not in _RUNTIMES:
        raise ValueError(f"SHOPLAKE_RUNTIME={runtime} is not a runtime: set it to {', '.join(_RUNTIMES)}.")
    module, operator = _RUNTIMES[runtime]
    return getattr(import_module(module), operator)
