"""Runs a step as a Fargate task of ECS."""

import os
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from secrets import token_hex
from typing import Any

from airflow.providers.amazon.aws.hooks.ecs import EcsHook
from airflow.providers.amazon.aws.hooks.logs import AwsLogsHook

from shoplake_airflow.base_step import Flags, Step
from shoplake_airflow.compat import AirflowFailException
from shoplake_airflow.environment import aws_region, for_ecs
from shoplake_airflow.identity import Identity
from shoplake_airflow.outcome import StepFailedError
from shoplake_airflow.output import Output
from shoplake_airflow.runtimes.ecs_cluster import EcsCluster, NoCapacityError
from shoplake_airflow.runtimes.log_tail import LogTail
from shoplake_airflow.runtimes.retry_budget import POLL, RetryBudget

_CONTAINER = "shoplake"
#: Seconds that ECS may report a task that it has started as MISSING: its answers are eventually consistent.
_MISSING_LIMIT = 60.0
#: Seconds that a task's last lines may take to reach CloudWatch.
_LOG_DELAY = 20.0
#: ECS itself kills a task that has not ended 30 s after it was asked to.
_STOP_LIMIT = 60.0


class EcsStep(Step):
    """
    A step as a task of the family `<SHOPLAKE_TASK_FAMILY>-<step>` in the cluster `SHOPLAKE_CLUSTER`.

    In place of an EcsRunTaskOperator it uses that operator's EcsHook (docs/decisions/018-steps-compose-hooks.md).
    `startedBy` identifies the task instance, so that a later try finds what an earlier one left running. Lines come
    from the log group `SHOPLAKE_TASK_LOG_GROUP`.
    """

    def __init__(self, *, step: str, flags: Flags, **options: Any) -> None:
        """Make the operator; nothing starts."""
        super().__init__(step=step, flags=flags, **options)
        self.cluster = _require_setting("SHOPLAKE_CLUSTER")
        # As infra/tasks/task-steps.ts names them: `stream seal` is `stream-seal`.
        self.task_name = step.replace(" ", "-")
        self.task_definition = f"{_require_setting('SHOPLAKE_TASK_FAMILY')}-{self.task_name}"
        self.log_group = _require_setting("SHOPLAKE_TASK_LOG_GROUP")
        self.network_configuration = {
            "awsvpcConfiguration": {
                "subnets": _require_setting("SHOPLAKE_TASK_SUBNETS").split(","),
                "securityGroups": [_require_setting("SHOPLAKE_TASK_SECURITY_GROUP")],
                "assignPublicIp": _assign_public_ip(),
            }
        }
        self._task: str | None = None
        #: `startedBy` of a start request that ECS has not answered.
        self._unanswered: str | None = None

    @cached_property
    def client(self) -> Any:
        """The API of ECS."""
        return EcsHook(aws_conn_id=None, region_name=aws_region(os.environ)).conn

    @cached_property
    def logs_client(self) -> Any:
        """The API of CloudWatch Logs."""
        return AwsLogsHook(aws_conn_id=None, region_name=aws_region(os.environ)).conn

    def run(self, command: Sequence[str], identity: Identity, output: Output) -> int:
        """See Step."""
        budget = RetryBudget(self.log)
        self._task = self._start(command, identity, budget)
        self.log.info("ECS task started", task_arn=self._task)
        task_id = self._task.rsplit("/", maxsplit=1)[-1]
        tail = LogTail(self.logs_client, self.log_group, f"{self.task_name}/{_CONTAINER}/{task_id}")
        stopped = self._follow(self._task, tail, output, budget)
        self._task = None
        deadline = time.monotonic() + _LOG_DELAY
        while not output.result and time.monotonic() < deadline:
            with budget:
                _forward_lines(tail, output)
            if not output.result:
                time.sleep(POLL)
        return container_exit_code(stopped)

    def stop(self, grace: float) -> None:
        """See Step; ECS ends the task in its own time."""
        task, self._task = self._task, None
        unanswered, self._unanswered = self._unanswered, None
        deadline = time.monotonic() + grace
        # The answer may be lost, and the task run.
        tasks = [task] if task else self._ecs.find_running(unanswered) if unanswered else []
        for arn in tasks:
            self._ecs.stop(arn, "The Airflow task has ended", deadline)

    def remove_leftovers(self, identity: Identity) -> int:
        """See Step."""
        budget = RetryBudget(self.log)
        leftovers = budget.call(lambda: self._ecs.list_running(identity.key))
        deadline = time.monotonic() + _STOP_LIMIT
        for task in leftovers:
            self._ecs.stop(task, "The Airflow task is tried again", deadline)
        while not budget.call(lambda: self._ecs.have_stopped(leftovers)) and time.monotonic() < deadline:
            time.sleep(POLL)
        return len(leftovers)

    @property
    def _ecs(self) -> EcsCluster:
        return EcsCluster(self.client, self.cluster, self.log)

    def _start(self, command: Sequence[str], identity: Identity, budget: RetryBudget) -> str:
        """Start the ECS task and return its ARN."""
        variables = {**for_ecs(os.environ), **self.parent}
        environment = [{"name": name, "value": value} for name, value in variables.items()]
        override = {"name": _CONTAINER, "command": list(command), "environment": environment}
        request = {
            "taskDefinition": self.task_definition,
            "launchType": "FARGATE",
            # The bill can be split by these tags.
            "propagateTags": "TASK_DEFINITION",
            "networkConfiguration": self.network_configuration,
            "overrides": {"containerOverrides": [override]},
            "startedBy": identity.key,
            # However often this request is sent, ECS starts one task. A step that waits runs again within the same try,
            # and needs a new task each time.
            "clientToken": f"{identity.key}-{identity.try_number}-{token_hex(8)}",
        }
        self._unanswered = identity.key
        try:
            task = self._ecs.start(request, budget)
        except (AirflowFailException, NoCapacityError):
            self._unanswered = None
            raise
        self._unanswered = None
        return task

    def _follow(self, task: str, tail: LogTail, output: Output, budget: RetryBudget) -> Mapping[str, Any]:
        """Forward the task's lines until it has stopped, and return its last description."""
        last_described = time.monotonic()
        while True:
            with budget:
                _forward_lines(tail, output)
            with budget:
                description = self._ecs.describe(task)
                if description and description["lastStatus"] == "STOPPED":
                    return description
                if description:
                    last_described = time.monotonic()
                elif time.monotonic() - last_described >= _MISSING_LIMIT:
                    raise StepFailedError(f"ECS has reported {task} as MISSING for {_MISSING_LIMIT:.0f} s.")
            time.sleep(POLL)


def _forward_lines(tail: LogTail, output: Output) -> None:
    for line in tail.read():
        output.line(line)


def container_exit_code(task: Mapping[str, Any]) -> int:
    """
    Return the exit code of a stopped ECS task.

    :raises StepFailedError: its container never ran, or was killed before it ended
    """
    for container in task["containers"]:
        if container["name"] == _CONTAINER and "exitCode" in container:
            return container["exitCode"]
    reasons = [task.get("stoppedReason"), *(container.get("reason") for container in task["containers"])]
    given = "; ".join(reason for reason in reasons if reason)
    raise StepFailedError(f"The ECS task stopped without an exit code: {given or 'no reason given'}.")


def _require_setting(name: str) -> str:
    """Return a setting; a DAG whose deployment lacks it does not load, and the error names the setting."""
    value = os.environ.get(name)
    if not value:
        raise ValueError(f"SHOPLAKE_RUNTIME=ecs needs {name}: set it to the stack's output of the same name.")
    return value


def _assign_public_ip() -> str:
    """Return whether tasks get a public address, as ECS spells it."""
    value = os.environ.get("SHOPLAKE_TASK_PUBLIC_IP") or "ENABLED"
    if value not in {"ENABLED", "DISABLED"}:
        raise ValueError(
            f"SHOPLAKE_TASK_PUBLIC_IP={value} is neither ENABLED nor DISABLED: set it to the stack's output of the "
            "same name, or to DISABLED for private subnets of your own."
        )
    return value
