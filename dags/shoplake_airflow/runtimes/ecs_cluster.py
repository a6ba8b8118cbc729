"""Starts, finds, describes and stops the tasks of an ECS cluster."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from shoplake_airflow.compat import AirflowFailException
from shoplake_airflow.outcome import StepFailedError
from shoplake_airflow.output import Log
from shoplake_airflow.runtimes.retry_budget import POLL, RetryBudget, error_code, is_transient

#: What RunTask refuses however often it is asked, and how to fix it.
_FINAL = {
    "AccessDeniedException": "attach the policy SHOPLAKE_AIRFLOW_POLICY to the role or user of Airflow's workers, "
    "for vacuum and forget also SHOPLAKE_MAINTENANCE_POLICY",
    "BlockedException": "ask AWS, which has blocked the account",
    "ClusterNotFoundException": "set SHOPLAKE_CLUSTER to the stack's output",
    "InvalidParameterException": "set SHOPLAKE_TASK_SUBNETS, SHOPLAKE_TASK_SECURITY_GROUP and "
    "SHOPLAKE_TASK_PUBLIC_IP to the stack's outputs",
    "PlatformTaskDefinitionIncompatibilityException": "deploy the stack again",
    "PlatformUnknownException": "deploy the stack again",
    "UnsupportedFeatureException": "deploy the stack to another region: this one has no such tasks",
}


class NoCapacityError(StepFailedError):
    """ECS answered, but started no task for now."""


class EcsCluster:
    """The tasks of one cluster."""

    def __init__(self, client: Any, name: str, log: Log) -> None:
        """`client` is boto3's client of ECS; `log` receives what fails without ending the step."""
        self._client = client
        self._name = name
        self._log = log

    def start(self, request: Mapping[str, Any], budget: RetryBudget) -> str:
        """
        Start a task and return its ARN.

        :raises AirflowFailException: ECS refuses how the deployment is set up
        :raises NoCapacityError: ECS has no capacity for now
        :raises StepFailedError: ECS does not start the task for another reason that may pass
        """
        definition = request["taskDefinition"]
        try:
            answer = budget.call(lambda: self._client.run_task(cluster=self._name, **request))
        except ClientError as error:
            fix = _FINAL.get(error_code(error))
            if not fix:
                raise StepFailedError(f"ECS does not start a task of {definition}: {error}") from error
            raise AirflowFailException(
                f"ECS refuses to start a task of {definition}: {error}\nTo fix it, {fix}. Not retried."
            ) from error
        if not answer["tasks"]:
            reasons = "; ".join(_describe_failure(failure) for failure in answer["failures"])
            raise NoCapacityError(f"ECS starts no task of {definition} for now: {reasons or 'it gives no reason'}.")
        return answer["tasks"][0]["taskArn"]

    def describe(self, task: str) -> Mapping[str, Any] | None:
        """Return ECS's description of a task; None while ECS reports it as MISSING."""
        tasks = self._describe([task])
        return tasks[0] if tasks else None

    def have_stopped(self, tasks: Sequence[str]) -> bool:
        """Return whether ECS reports all of these tasks as stopped."""
        if not tasks:
            return True
        described = self._describe(tasks)
        return len(described) == len(tasks) and all(task["lastStatus"] == "STOPPED" for task in described)

    def list_running(self, started_by: str) -> list[str]:
        """Return the ARNs of the running tasks with this `startedBy`."""
        page = self._client.list_tasks(cluster=self._name, startedBy=started_by, desiredStatus="RUNNING")
        return page["taskArns"]

    def find_running(self, started_by: str) -> list[str]:
        """Return the same, or nothing if ECS does not answer."""
        try:
            return self.list_running(started_by)
        except (ClientError, BotoCoreError) as error:
            self._log.warning("Whether ECS has started a task is unknown", started_by=started_by, error=str(error))
            return []

    def stop(self, task: str, reason: str, deadline: float) -> None:
        """Stop a task; a request that fails is repeated until the deadline (of `time.monotonic`), and then logged."""
        while True:
            try:
                self._client.stop_task(cluster=self._name, task=task, reason=reason)
                return
            except (ClientError, BotoCoreError) as error:
                # ECS does not find a task that it does not report yet.
                retryable = is_transient(error) or error_code(error) == "InvalidParameterException"
                if not retryable or time.monotonic() >= deadline:
                    self._log.warning("The ECS task could not be stopped", task_arn=task, error=str(error))
                    return
            time.sleep(POLL)

    def _describe(self, tasks: Sequence[str]) -> list[Mapping[str, Any]]:
        return self._client.describe_tasks(cluster=self._name, tasks=tasks)["tasks"]


def _describe_failure(failure: Mapping[str, str]) -> str:
    return ": ".join(failure[part] for part in ("reason", "detail") if failure.get(part))
