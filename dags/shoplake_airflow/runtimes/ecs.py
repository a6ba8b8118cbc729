"""Runs a step as a Fargate task of ECS."""

import os
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import boto3
from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
from botocore.exceptions import BotoCoreError, ClientError

from shoplake_airflow.environment import for_ecs, region_of
from shoplake_airflow.identity import Identity
from shoplake_airflow.operator import Flags, Step
from shoplake_airflow.outcome import StepFailedError
from shoplake_airflow.output import Output

_CONTAINER = "shoplake"
_POLL = 2.0
#: Seconds in which AWS may not answer before the task is given up (and its try with it).
_PATIENCE = 120.0
#: Seconds that the last lines of a task may take until CloudWatch has them.
_LOG_DELAY = 20.0
#: ECS itself kills a task that has not ended 30 s after it was told to.
_STOP_LIMIT = 60.0
_MAY_PASS = {"ThrottlingException", "ServerException", "ServiceUnavailable", "InternalFailure", "RequestTimeout"}


class EcsStep(Step, EcsRunTaskOperator):
    """
    A step as a task of the family `<SHOPLAKE_TASK_FAMILY>-<step>` in the cluster `SHOPLAKE_CLUSTER`.

    EcsRunTaskOperator gives the connection to ECS. `startedBy` names the task instance, so that what an earlier try has
    left is found; lines come from the log group `SHOPLAKE_TASK_LOG_GROUP`.
    """

    template_fields: Sequence[str] = Step.template_fields

    def __init__(self, *, step: str, flags: Flags, **options: Any) -> None:
        """Make the operator; nothing starts."""
        # As infra/task-steps.ts names them: `stream seal` is `stream-seal`.
        name = step.replace(" ", "-")
        super().__init__(
            cluster=_setting("SHOPLAKE_CLUSTER"),
            task_definition=f"{_setting('SHOPLAKE_TASK_FAMILY')}-{name}",
            launch_type="FARGATE",
            overrides={},
            container_name=_CONTAINER,
            awslogs_group=_setting("SHOPLAKE_TASK_LOG_GROUP"),
            awslogs_stream_prefix=name,
            network_configuration={
                "awsvpcConfiguration": {
                    "subnets": _setting("SHOPLAKE_TASK_SUBNETS").split(","),
                    "securityGroups": [_setting("SHOPLAKE_TASK_SECURITY_GROUP")],
                    "assignPublicIp": "ENABLED",
                }
            },
            aws_conn_id=None,
            region_name=region_of(os.environ),
            **options,
        )
        self.step = step
        self.flags = flags
        self._task: str | None = None
        self._log_position: dict[str, str] = {}

    @cached_property
    def _logs(self) -> Any:
        return boto3.client("logs", region_name=self.region_name)

    def run(self, command: Sequence[str], identity: Identity, output: Output) -> int:
        """See Step."""
        environment = [{"name": name, "value": value} for name, value in for_ecs(os.environ).items()]
        started = self.client.run_task(
            cluster=self.cluster,
            taskDefinition=self.task_definition,
            launchType=self.launch_type,
            networkConfiguration=self.network_configuration,
            overrides={
                "containerOverrides": [{"name": _CONTAINER, "command": list(command), "environment": environment}]
            },
            startedBy=identity.key,
        )
        if started["failures"]:
            raise StepFailedError(f"ECS starts no task of {self.task_definition}: {started['failures']}")
        self._task = started["tasks"][0]["taskArn"]
        self.log.info("ECS task started", task_arn=self._task)
        stream = f"{self.awslogs_stream_prefix}/{_CONTAINER}/{str(self._task).rsplit('/', maxsplit=1)[-1]}"
        patience = _Patience()
        while True:
            with patience:
                for line in self._lines(stream):
                    output.line(line)
            with patience:
                task = self._described()
                if task["lastStatus"] == "STOPPED":
                    break
            time.sleep(_POLL)
        self._task = None
        deadline = time.monotonic() + _LOG_DELAY
        while not output.result and time.monotonic() < deadline:
            with patience:
                for line in self._lines(stream):
                    output.line(line)
            if not output.result:
                time.sleep(_POLL)
        return exit_code_of(task)

    def stop(self, grace: float) -> None:
        """See Step; ECS goes on with it by itself."""
        if self._task is not None:
            task, self._task = self._task, None
            self.client.stop_task(cluster=self.cluster, task=task, reason="The Airflow task has ended")

    def remove_leftovers(self, identity: Identity) -> int:
        """See Step."""
        left = self.client.list_tasks(cluster=self.cluster, startedBy=identity.key, desiredStatus="RUNNING")["taskArns"]
        for task in left:
            self.client.stop_task(cluster=self.cluster, task=task, reason="Another try of the Airflow task begins")
        deadline = time.monotonic() + _STOP_LIMIT
        while left and time.monotonic() < deadline:
            described = self.client.describe_tasks(cluster=self.cluster, tasks=left)["tasks"]
            if all(task["lastStatus"] == "STOPPED" for task in described):
                break
            time.sleep(_POLL)
        return len(left)

    def _described(self) -> Mapping[str, Any]:
        described = self.client.describe_tasks(cluster=self.cluster, tasks=[self._task])
        if not described["tasks"]:
            raise StepFailedError(f"ECS knows nothing more of {self._task}: {described['failures']}")
        return described["tasks"][0]

    def _lines(self, stream: str) -> list[str]:
        """Return the lines that have come since it was last asked."""
        try:
            page = self._logs.get_log_events(
                logGroupName=self.awslogs_group, logStreamName=stream, startFromHead=True, **self._log_position
            )
        except self._logs.exceptions.ResourceNotFoundException:
            return []  # The stream comes with the first line.
        self._log_position = {"nextToken": page["nextForwardToken"]}
        return [event["message"] for event in page["events"]]


class _Patience:
    """Passes over calls to AWS that fail for a reason that may pass, until that has lasted too long."""

    def __init__(self) -> None:
        self._since: float | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: Any, error: BaseException | None, _trace: Any) -> bool:
        if error is None:
            self._since = None
            return False
        if not _may_pass(error):
            return False
        now = time.monotonic()
        self._since = self._since or now
        return now - self._since < _PATIENCE


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code") in _MAY_PASS
    return isinstance(error, BotoCoreError)


def exit_code_of(task: Mapping[str, Any]) -> int:
    """
    Return the exit code of a stopped ECS task.

    :raises StepFailedError: its container never ran, or was killed before it ended
    """
    for container in task["containers"]:
        if container["name"] == _CONTAINER and "exitCode" in container:
            return container["exitCode"]
    reasons = [task.get("stoppedReason"), *(container.get("reason") for container in task["containers"])]
    said = "; ".join(reason for reason in reasons if reason)
    raise StepFailedError(f"The ECS task stopped without an exit code: {said or 'no reason given'}.")


def _setting(name: str) -> str:
    """Return a setting; a DAG whose deployment lacks it does not load, and says which."""
    value = os.environ.get(name)
    if not value:
        raise ValueError(f"SHOPLAKE_RUNTIME=ecs needs {name}: set it to the output of the same name of the stack.")
    return value
