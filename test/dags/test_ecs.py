"""How a step responds to what ECS may answer."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError, ReadTimeoutError
from botocore.stub import ANY, Stubber
from shoplake_airflow import step
from shoplake_airflow.compat import AirflowFailException
from shoplake_airflow.outcome import StepFailedError
from shoplake_airflow.runtimes import ecs as runtime
from shoplake_airflow.runtimes import retry_budget
from shoplake_airflow.runtimes.ecs import EcsStep, container_exit_code

import fakes
from conftest import ECS
from task_context import make_context

NEW = "arn:aws:ecs:task/shoplake/new"


def refused(code: str, operation: str = "DescribeTasks", status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation
    )


TRANSIENT = [
    EndpointConnectionError(endpoint_url="http://aws"),
    ReadTimeoutError(endpoint_url="http://aws"),
    refused("ThrottlingException"),
    refused("Throttling"),
    refused("RequestLimitExceeded", status=503),
    refused("ServerException", status=500),
    # By its status, with an unknown code.
    refused("SomethingNew", status=502),
]


@pytest.mark.parametrize("failure", TRANSIENT, ids=repr)
def test_transient_failures_of_ecs_are_retried(environment: pytest.MonkeyPatch, failure: Exception) -> None:
    client = fakes.ecs(environment, 0, None)
    client.failures = [failure, failure]
    assert step("clean").execute(make_context("transient"))["kept"] == 3
    assert client.stopped == []


@pytest.mark.parametrize("failure", TRANSIENT, ids=repr)
def test_a_retried_request_to_start_a_task_has_the_same_client_token(
    environment: pytest.MonkeyPatch, failure: Exception
) -> None:
    client = fakes.ecs(environment, 0, None)
    client.start_answers = [failure, failure]
    assert step("clean").execute(make_context("start again"))["kept"] == 3
    assert len(client.tokens) == 3
    assert len(set(client.tokens)) == 1


def test_the_try_fails_if_ecs_does_not_answer_for_two_minutes(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    environment.setattr(retry_budget, "_BUDGET", 0)
    client.start_answers = [refused("ThrottlingException", "RunTask")]
    client.left = []
    with pytest.raises(StepFailedError, match=r"does not start a task of shoplake-clean: .*ThrottlingException"):
        step("clean").execute(make_context("budget spent"))


def test_a_task_is_stopped_if_the_answer_to_its_start_is_lost(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    environment.setattr(retry_budget, "_BUDGET", 0)

    def start(**_: Any) -> None:
        # The task runs, but the answer is lost.
        client.left = [NEW]
        raise ReadTimeoutError(endpoint_url="http://aws")

    client.run_task = start
    with pytest.raises(ReadTimeoutError):
        step("clean").execute(make_context("lost answer"))
    assert client.stopped == [NEW]


def test_each_try_and_each_recheck_of_a_waiting_step_starts_its_own_task(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    context = make_context("tries")
    made = step("clean")
    for number in (1, 1, 2):
        context["ti"].try_number = number
        made.execute(context)
    assert len(set(client.tokens)) == 3
    for token in client.tokens:
        # What ECS accepts.
        assert len(token) <= 64
        assert all(33 <= ord(character) <= 126 for character in token)


@pytest.mark.parametrize(
    "reason",
    [
        "RESOURCE:FARGATE",
        "RESOURCE:MEMORY",
        "RESOURCE:ENI",
        "AGENT",
        "Capacity is unavailable at this time. Please try again later or in a different availability zone",
    ],
)
def test_a_task_for_which_ecs_has_no_capacity_is_retried_later(environment: pytest.MonkeyPatch, reason: str) -> None:
    client = fakes.ecs(environment, 0, None)
    client.start_answers = [{"tasks": [], "failures": [{"arn": "arn:cluster", "reason": reason, "detail": "full"}]}]
    with pytest.raises(StepFailedError) as raised:
        step("clean").execute(make_context("no capacity"))
    assert str(raised.value) == f"ECS starts no task of shoplake-clean for now: {reason}: full."
    assert client.stopped == []


def test_an_answer_without_task_or_failure_is_retried_later(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    client.start_answers = [{"tasks": [], "failures": []}]
    with pytest.raises(StepFailedError, match="it gives no reason"):
        step("clean").execute(make_context("nothing"))


@pytest.mark.parametrize("code", ["ClientException", "ConflictException", "LimitExceededException"])
def test_a_temporary_refusal_is_retried_later(environment: pytest.MonkeyPatch, code: str) -> None:
    client = fakes.ecs(environment, 0, None)
    client.start_answers = [refused(code, "RunTask")]
    with pytest.raises(StepFailedError, match=code):
        step("clean").execute(make_context("refused for now"))


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        ("AccessDeniedException", "attach the policy SHOPLAKE_AIRFLOW_POLICY.*SHOPLAKE_MAINTENANCE_POLICY"),
        ("BlockedException", "ask AWS"),
        ("ClusterNotFoundException", "set SHOPLAKE_CLUSTER"),
        ("InvalidParameterException", "set SHOPLAKE_TASK_SUBNETS"),
        ("PlatformTaskDefinitionIncompatibilityException", "deploy the stack again"),
        ("PlatformUnknownException", "deploy the stack again"),
        ("UnsupportedFeatureException", "deploy the stack to another region"),
    ],
)
def test_a_deployment_that_ecs_refuses_fails_without_a_retry_and_names_the_fix(
    environment: pytest.MonkeyPatch, code: str, fix: str
) -> None:
    client = fakes.ecs(environment, 0, None)
    client.start_answers = [refused(code, "RunTask")]
    with pytest.raises(AirflowFailException, match=f"(?s){code}.*{fix}.*Not retried"):
        step("clean").execute(make_context("refused"))
    assert len(client.tokens) == 1


def test_an_invalid_request_is_not_repeated(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    client.start_answers = [ParamValidationError(report="no such parameter")]
    with pytest.raises(ParamValidationError):
        step("clean").execute(make_context("wrong"))
    assert len(client.tokens) == 1


def test_a_task_that_ecs_reports_as_missing_is_waited_for(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    client.missing = 5
    assert step("clean").execute(make_context("missing"))["kept"] == 3
    assert client.stopped == []


def test_a_task_that_is_missing_for_a_minute_is_stopped(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    client.missing = 1000
    environment.setattr(runtime, "_MISSING_LIMIT", 0.01)
    with pytest.raises(StepFailedError, match=f"ECS has reported {NEW} as MISSING for"):
        step("clean").execute(make_context("always missing"))
    assert client.stopped == [NEW]


def test_leftovers_that_ecs_reports_as_missing_are_waited_for(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    client.left = ["old"]
    client.missing = 2
    step("clean").execute(make_context("leftovers"))
    assert client.stopped == ["old"]
    # Only after ECS has reported the old task as stopped.
    assert client.missing == 0


@pytest.mark.parametrize("failure", [*TRANSIENT, refused("InvalidParameterException", "StopTask")], ids=repr)
def test_a_request_to_stop_a_task_is_repeated(environment: pytest.MonkeyPatch, failure: Exception) -> None:
    client = fakes.ecs(environment, 0, None)
    client.failures = [refused("AccessDeniedException")]
    client.stop_failures = [failure, failure]
    with pytest.raises(ClientError, match="AccessDeniedException"):
        step("clean").execute(make_context("stop again"))
    assert client.stopped == [NEW]


def test_a_task_that_cannot_be_stopped_does_not_hide_why_the_step_failed(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    client.failures = [refused("AccessDeniedException")]
    client.stop_failures = [refused("AccessDeniedException", "StopTask")]
    with pytest.raises(ClientError, match="DescribeTasks"):
        step("clean").execute(make_context("not stopped"))


def test_the_clients_are_those_of_the_providers_hooks(environment: pytest.MonkeyPatch) -> None:
    for name, value in (ECS | {"AWS_REGION": "eu-central-1", "SHOPLAKE_RUNTIME": "ecs"}).items():
        environment.setenv(name, value)
    made = step("clean")
    clients = {"ecs": made.client, "logs": made.logs_client}
    assert {client.meta.service_model.service_name: client for client in clients.values()} == clients
    assert {client.meta.region_name for client in clients.values()} == {"eu-central-1"}


def test_requests_and_responses_conform_to_the_api(environment: pytest.MonkeyPatch) -> None:
    fakes.ecs(environment, 0, None)
    arn = "arn:aws:ecs:us-east-1:123456789012:task/shoplake/0123456789abcdef0123456789abcdef"
    client = boto3.client("ecs", region_name="us-east-1")
    environment.setattr(EcsStep, "client", client)
    running = {"taskArn": arn, "lastStatus": "RUNNING", "containers": []}
    stopped = {**running, "lastStatus": "STOPPED", "containers": [{"name": "shoplake", "exitCode": 0}]}
    described = {"cluster": "shoplake", "tasks": [arn]}
    with Stubber(client) as stub:
        stub.add_response("list_tasks", {"taskArns": []})
        stub.add_client_error("run_task", "ThrottlingException", http_status_code=400)
        stub.add_response(
            "run_task",
            {"tasks": [{"taskArn": arn, "lastStatus": "PROVISIONING"}], "failures": []},
            {
                "cluster": "shoplake",
                "taskDefinition": "shoplake-clean",
                "launchType": "FARGATE",
                "propagateTags": "TASK_DEFINITION",
                "networkConfiguration": ANY,
                "overrides": ANY,
                "startedBy": ANY,
                "clientToken": ANY,
            },
        )
        stub.add_response("describe_tasks", {"tasks": [], "failures": [{"arn": arn, "reason": "MISSING"}]}, described)
        stub.add_response("describe_tasks", {"tasks": [running], "failures": []}, described)
        stub.add_response("describe_tasks", {"tasks": [stopped], "failures": []}, described)
        assert step("clean", {"--batch": "a"}).execute(make_context("stubbed"))["kept"] == 3
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(("setting", "value"), [(None, "ENABLED"), ("ENABLED", "ENABLED"), ("DISABLED", "DISABLED")])
def test_a_task_has_a_public_address_unless_the_deployment_disables_it(
    environment: pytest.MonkeyPatch, setting: str | None, value: str
) -> None:
    client = fakes.ecs(environment, 0, None)
    if setting:
        environment.setenv("SHOPLAKE_TASK_PUBLIC_IP", setting)
    step("clean").execute(make_context("address"))
    assert client.started["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == value


def test_an_unknown_value_for_the_public_address_is_refused(environment: pytest.MonkeyPatch) -> None:
    fakes.ecs(environment, 0, None)
    environment.setenv("SHOPLAKE_TASK_PUBLIC_IP", "no")
    with pytest.raises(ValueError, match="SHOPLAKE_TASK_PUBLIC_IP=no is neither ENABLED nor DISABLED"):
        step("clean")


def test_an_ecs_task_that_cannot_be_watched_is_stopped(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    client.failures = [refused("AccessDeniedException")]
    with pytest.raises(ClientError):
        step("clean").execute(make_context("denied"))
    assert client.stopped == ["arn:aws:ecs:task/shoplake/new"]


def test_an_ecs_task_that_never_ran_says_why() -> None:
    task: dict[str, Any] = {"stoppedReason": "CannotPullContainerError", "containers": [{"name": "shoplake"}]}
    with pytest.raises(StepFailedError, match="without an exit code: CannotPullContainerError"):
        container_exit_code(task)
