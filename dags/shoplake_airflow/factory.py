"""Makes the operator of a step, for whichever runtime the deployment has."""

import os
from collections.abc import Mapping
from datetime import timedelta
from importlib import import_module
from typing import Any

from airflow.sdk import BaseOperator

from shoplake_airflow.alerts import alert
from shoplake_airflow.compat import DOUBLING

#: One for all tasks of shoplake, so that days side by side don't starve the machine.
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
    look_again: timedelta | None = None,
    expects_input: bool = False,
    **options: Any,
) -> BaseOperator:
    """
    Make the operator of a step of the pipeline: `step("ingest", {"--batch": "{{ ds }}"})`.

    The task's id is the step's name with underscores. `SHOPLAKE_RUNTIME` chooses how it runs (`process` by default).
    `timeout` is for one try. A failure that another try may mend is retried 5 times over about half an hour. A step
    that says that it waits is looked at again after `look_again`, and holds no slot until then. A step that
    `expects_input` sends an alert where its batch has none, besides being skipped. `options` are those of any operator
    (`outlets`, `trigger_rule`, `task_id`, …).

    :raises ValueError: the runtime is none
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
    operator = _operator()(step=name, flags=dict(flags or {}), **(defaults | options))
    operator.look_again = look_again
    operator.expects_input = expects_input
    return operator


def _operator() -> type[Any]:
    runtime = os.environ.get("SHOPLAKE_RUNTIME", "process")
    if runtime not in _RUNTIMES:
        raise ValueError(f"SHOPLAKE_RUNTIME={runtime} is no runtime: set it to {', '.join(_RUNTIMES)}.")
    module, operator = _RUNTIMES[runtime]
    return getattr(import_module(module), operator)
