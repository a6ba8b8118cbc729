"""Runs a step as a Fargate task of ECS."""

import os
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from secrets import token_hex
from typing import Any

import boto3
from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
from botocore.exceptions import BotoCoreError, ClientError

from shoplake_airflow.compat import AirflowFailException
from shoplake_airflow.environment import for_ecs, region_of
from shoplake_airflow.identity import Identity
from shoplake_airflow.operator import Flags, Step
from shoplake_airflow.outcome import StepFailedError
from shoplake_airflow.output import Output
from shoplake_airflow.runtimes.patience import POLL, Patience, code_of, may_pass

_CONTAINER = "shoplake"
#: Seconds for which ECS may not show a task that it has started: its answers are eventually consistent.
_UNSEEN_LIMIT = 60.0
#: Seconds that the last lines of a task may take until CloudWatch has them.
_LOG_DELAY = 20.0
#: ECS itself kills a task that has not ended 30 s after it was told to.
_STOP_LIMIT = 60.0
#: What RunTask refuses however often it is asked, and what to do then.
_FINAL = {
    "AccessDeniedException": "attach the policy SHOPLAKE_AIRFLOW_POLICY to the role or user of Airflow's workers",
    "BlockedException": "AWS has blocked the account: ask AWS",
    "ClusterNotFoundException": "set SHOPLAKE_CLUSTER to the output of the stack",
    "InvalidParameterException": "set SHOPLAKE_TASK_SUBNETS, SHOPLAKE_TASK_SECURITY_GROUP and "
    "SHOPLAKE_TASK_PUBLIC_IP to the outputs of the stack",
    "PlatformTaskDefinitionIncompatibilityException": "deploy the stack again",
    "PlatformUnknownException": "deploy the stack again",
    "UnsupportedFeatureException": "this region has no such tasks: deploy the stack to another one",
}


class EcsStep(Step, EcsRunTaskOperator):
    """
    A step as a task of the family `<SHOPLAKE_TASK_FAMILY>-<step>` in the cluster `SHOPLAKE_CLUSTER`.

    EcsRunTaskOperator gives the connection to ECS. `startedBy` names the task instance, so that what an earlier try has
    left is found; lines come from the log group `SHOPLAKE_TASK_LOG_GROUP`.
    """

    template_fields: Sequence[str] = Step.template_fields

    def __init__(self, *, step: str, flags: Flags, **options: Any) -> None:
        """Make the operator; nothing starts."""
        # As infra/tasks/task-steps.ts names them: `stream seal` is `stream-seal`.
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
                    "assignPublicIp": _public_ip(),
                }
            },
            aws_conn_id=None,
            region_name=region_of(os.environ),
            **options,
        )
        self.step = step
        self.flags = flags
        self._task: str | None = None
        #: `startedBy` of a request that is not answered.
        self._requested: str | None = None
        self._log_position: dict[str, str] = {}

    @cached_property
    def _logs(self) -> Any:
        return boto3.client("logs", region_name=self.region_name)

    def run(self, command: Sequence[str], identity: Identity, output: Output) -> int:
        """See Step."""
        patience = Patience(self.log)
        self._log_position = {}
        self._task = self._start(command, identity, patience)
        self.log.info("ECS task started", task_arn=self._task)
        stream = f"{self.awslogs_stream_prefix}/{_CONTAINER}/{self._task.rsplit('/', maxsplit=1)[-1]}"
        seen = time.monotonic()
        while True:
            with patience:
                for line in self._lines(stream):
                    output.line(line)
            with patience:
                task = self._described(self._task)
                if task and task["lastStatus"] == "STOPPED":
                    break
                if task:
                    seen = time.monotonic()
                elif time.monotonic() - seen >= _UNSEEN_LIMIT:
                    raise StepFailedError(f"ECS has not shown {self._task} for {_UNSEEN_LIMIT:.0f} s.")
            time.sleep(POLL)
        self._task = None
        deadline = time.monotonic() + _LOG_DELAY
        while not output.result and time.monotonic() < deadline:
            with patience:
                for line in self._lines(stream):
                    output.line(line)
            if not output.result:
                time.sleep(POLL)
        return exit_code_of(task)

    def stop(self, grace: float) -> None:
        """See Step; ECS goes on with it by itself."""
        task, self._task = self._task, None
        requested, self._requested = self._requested, None
        deadline = time.monotonic() + grace
        # The answer may be lost, and the task run.
        tasks = [task] if task else self._running_for(requested) if requested else []
        for arn in tasks:
            self._stop(arn, "The Airflow task has ended", deadline)

    def remove_leftovers(self, identity: Identity) -> int:
        """See Step."""
        patience = Patience(self.log)
        left = patience.ask(lambda: self._list(identity.key))
        deadline = time.monotonic() + _STOP_LIMIT
        for task in left:
            self._stop(task, "Another try of the Airflow task begins", deadline)
        while not self._have_stopped(left, patience) and time.monotonic() < deadline:
            time.sleep(POLL)
        return len(left)

    def _start(self, command: Sequence[str], identity: Identity, patience: Patience) -> str:
        """
        Have ECS start the task, and return its ARN.

        :raises AirflowFailException: ECS refuses what the deployment has set up
        :raises StepFailedError: ECS has no capacity for now, or does not start it for another reason that may pass
        """
        environment = [{"name": name, "value": value} for name, value in for_ecs(os.environ).items()]
        request = {
            "cluster": self.cluster,
            "taskDefinition": self.task_definition,
            "launchType": self.launch_type,
            "networkConfiguration": self.network_configuration,
            "overrides": {
                "containerOverrides": [{"name": _CONTAINER, "command": list(command), "environment": environment}]
            },
            "startedBy": identity.key,
            # However often this request is sent, ECS starts one task. A step that waits runs again in the same try, and
            # has to get a task of its own.
            "clientToken": f"{identity.key}-{identity.try_number}-{token_hex(8)}",
        }
        self._requested = identity.key
        try:
            started = patience.ask(lambda: self.client.run_task(**request))
        except ClientError as error:
            way_out = _FINAL.get(code_of(error))
            if not way_out:
                raise StepFailedError(f"ECS does not start a task of {self.task_definition}: {error}") from error
            self._requested = None
            raise AirflowFailException(
                f"ECS refuses to start a task of {self.task_definition}: {error}\nTo fix it, {way_out}. Not retried."
            ) from error
        self._requested = None
        if not started["tasks"]:
            reasons = [
                ": ".join(failure[part] for part in ("reason", "detail") if failure.get(part))
                for failure in started["failures"]
            ]
            raise StepFailedError(
                f"ECS starts no task of {self.task_definition} for now: {'; '.join(reasons) or 'it gives no reason'}."
            )
        return started["tasks"][0]["taskArn"]

    def _described(self, task: str) -> Mapping[str, Any] | None:
        """Return what ECS tells of a task; None while it answers MISSING."""
        described = self.client.describe_tasks(cluster=self.cluster, tasks=[task])
        return described["tasks"][0] if described["tasks"] else None

    def _have_stopped(self, tasks: Sequence[str], patience: Patience) -> bool:
        if not tasks:
            return True
        described = patience.ask(lambda: self.client.describe_tasks(cluster=self.cluster, tasks=tasks)["tasks"])
        return len(described) == len(tasks) and all(task["lastStatus"] == "STOPPED" for task in described)

    def _list(self, started_by: str) -> list[str]:
        return self.client.list_tasks(cluster=self.cluster, startedBy=started_by, desiredStatus="RUNNING")["taskArns"]

    def _running_for(self, requested: str) -> list[str]:
        try:
            return self._list(requested)
        except (ClientError, BotoCoreError) as error:
            self.log.warning("Whether ECS has started a task is unknown", started_by=requested, error=str(error))
            return []

    def _stop(self, task: str, reason: str, deadline: float) -> None:
        """Have ECS stop a task; a request that fails is repeated until the deadline, and then logged."""
        while True:
            try:
                self.client.stop_task(cluster=self.cluster, task=task, reason=reason)
                return
            except (ClientError, BotoCoreError) as error:
                # A task that ECS does not show yet is one that it doesn't find.
                passes = may_pass(error) or code_of(error) == "InvalidParameterException"
                if not passes or time.monotonic() >= deadline:
                    self.log.warning("The ECS task could not be stopped", task_arn=task, error=str(error))
                    return
            time.sleep(POLL)

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


def _public_ip() -> str:
    """Return whether tasks get a public address, as ECS spells it."""
    value = os.environ.get("SHOPLAKE_TASK_PUBLIC_IP") or "ENABLED"
    if value not in {"ENABLED", "DISABLED"}:
        raise ValueError(
            f"SHOPLAKE_TASK_PUBLIC_IP={value} is neither ENABLED nor DISABLED: set it to the output of the "
            "same name of the stack, or to DISABLED for subnets of yours that are private."
        )
    return value
