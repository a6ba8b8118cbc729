"""What a step's exit code means to Airflow in every runtime, and what a step passes on."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from shoplake_airflow import SILVER, step
from shoplake_airflow.compat import DOUBLING, AirflowFailException, AirflowSkipException
from shoplake_airflow.identity import Identity
from shoplake_airflow.outcome import StepFailedError

import fakes
from conftest import ECS
from task_context import make_context

CODES = [
    (66, AirflowSkipException),
    (64, AirflowFailException),
    (65, AirflowFailException),
    (70, AirflowFailException),
    (78, AirflowFailException),
    (126, AirflowFailException),
    (127, AirflowFailException),
    (75, StepFailedError),
    (1, StepFailedError),
    (137, StepFailedError),
    (139, StepFailedError),
    (143, StepFailedError),
]


@pytest.mark.parametrize("runtime", fakes.RUNTIMES)
@pytest.mark.parametrize(("code", "meaning"), CODES)
def test_an_exit_code_skips_fails_or_retries_the_task(
    environment: pytest.MonkeyPatch, runtime: str, code: int, meaning: type[Exception]
) -> None:
    fakes.RUNTIMES[runtime](environment, code, "orders.csv line 7: no price. Fix it.")
    with pytest.raises(meaning) as raised:
        step("clean", {"--batch": "2026-11-20"}).execute(make_context(f"{runtime}-{code}"))
    assert type(raised.value) is meaning
    # A step that was killed could not say why.
    assert ("orders.csv line 7: no price. Fix it." in str(raised.value)) is (code <= 128)
    assert f"exit code {code}" in str(raised.value) or code == 66


@pytest.mark.parametrize("runtime", fakes.RUNTIMES)
def test_the_result_of_a_step_is_its_xcom_and_describes_its_asset_events(
    environment: pytest.MonkeyPatch, runtime: str
) -> None:
    fakes.RUNTIMES[runtime](environment, 0, None)
    context = make_context(f"{runtime}-good")
    result = step("clean", outlets=[SILVER]).execute(context)
    assert result == {"task": "clean", "run_id": "1", "status": "published", "kept": 3}
    assert context["outlet_events"][SILVER].extra == {"status": "published", "kept": 3, "partitions": 0}


@pytest.mark.parametrize("runtime", fakes.RUNTIMES)
def test_a_success_without_a_result_line_is_retried(environment: pytest.MonkeyPatch, runtime: str) -> None:
    environment.setattr(fakes, "output_lines", lambda *_: ["working"])
    fakes.RUNTIMES[runtime](environment, 0, None)
    with pytest.raises(StepFailedError, match="its result line did not arrive"):
        step("clean").execute(make_context(f"{runtime}-silent"))


def test_a_command_that_does_not_exist_fails_with_the_fix(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SHOPLAKE_COMMAND", "/nowhere/shoplake")
    with pytest.raises(AirflowFailException, match=r"'/nowhere/shoplake' can't be started .* set SHOPLAKE_COMMAND"):
        step("clean").execute(make_context("nowhere"))


def test_flags_that_render_to_nothing_are_left_out(environment: pytest.MonkeyPatch) -> None:
    engine = fakes.docker(environment, 0, None)
    flags = {"--batch": "a b", "--source": "", "--map": None, "--drift": True, "--full": False, "--dirt": 0}
    step("load-kpis", flags).execute(make_context("run 1"))
    assert engine.created["command"] == [
        "load-kpis",
        "--batch=a b",
        "--drift",
        "--dirt=0",
        "--run-id=airflow shoplake_daily run 1 clean 1",
    ]


def test_an_ecs_step_of_several_words_has_its_own_task_family(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    step("filedrop gate").execute(make_context("two words"))
    assert client.started["taskDefinition"] == "shoplake-filedrop-gate"
    assert client.started["overrides"]["containerOverrides"][0]["command"][:2] == ["filedrop", "gate"]


def test_all_steps_have_the_same_retries_pool_and_alert() -> None:
    made = step("load-kpis")
    assert (made.task_id, made.pool, made.retries) == ("load_kpis", "shoplake", 5)
    assert made.retry_exponential_backoff == DOUBLING
    assert [callback.__name__ for callback in made.on_failure_callback] == ["alert"]
    assert step("load-kpis", task_id="other", retries=0).retries == 0


def test_a_container_gets_the_lakes_settings_and_none_of_airflows(environment: pytest.MonkeyPatch) -> None:
    engine = fakes.docker(environment, 0, None)
    for name, value in (ECS | {"AIRFLOW__CORE__FERNET_KEY": "secret", "SHOPLAKE_BUCKET": "lake"}).items():
        environment.setenv(name, value)
    environment.setenv("SHOPLAKE_DOCKER_NETWORK", "shop")
    step("clean").execute(make_context("container"))
    assert engine.created["environment"] == {
        "SHOPLAKE_BUCKET": "lake",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    assert engine.created["labels"] == {
        "shoplake.airflow": Identity.from_context(make_context("container")).airflow,
        "shoplake.dag_id": "shoplake_daily",
        "shoplake.run_id": "container",
        "shoplake.task_id": "clean",
        "shoplake.map_index": "-1",
    }
    assert engine.created["host_config"]["read_only"] is True
    assert engine.created["host_config"]["network_mode"] == "shop"
    assert engine.removed == ["new"]


@pytest.mark.parametrize(
    ("setting", "engine"), [(None, "unix://var/run/docker.sock"), ("tcp://engine:2375", "tcp://engine:2375")]
)
def test_the_engine_is_that_of_docker_host_and_the_registry_that_of_a_connection(
    environment: pytest.MonkeyPatch, setting: str | None, engine: str
) -> None:
    from shoplake_airflow.runtimes import docker as runtime

    environment.setenv("SHOPLAKE_RUNTIME", "docker")
    environment.delenv("DOCKER_HOST", raising=False)
    if setting:
        environment.setenv("DOCKER_HOST", setting)

    def connect(**options: Any) -> SimpleNamespace:
        return SimpleNamespace(api_client=options)

    environment.setattr(runtime, "DockerHook", connect)
    assert step("clean").client == {"docker_conn_id": None, "base_url": engine}
    assert step("clean", docker_conn_id="registry").client == {"docker_conn_id": "registry", "base_url": engine}


@pytest.mark.parametrize(
    ("runtime", "fields"),
    [("process", ()), ("docker", ("image", "docker_conn_id")), ("ecs", ())],
)
def test_templated_fields(environment: pytest.MonkeyPatch, runtime: str, fields: tuple[str, ...]) -> None:
    fakes.RUNTIMES[runtime](environment, 0, None)
    assert step("clean").template_fields == ("step", "flags", *fields)


def test_containers_of_earlier_tries_are_removed_first(environment: pytest.MonkeyPatch) -> None:
    engine = fakes.docker(environment, 0, None)
    engine.left = [{"Id": "old"}, {"Id": "older"}]
    step("clean").execute(make_context("again"))
    assert engine.removed == ["old", "older", "new"]


def test_an_ecs_task_is_of_its_steps_own_family(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    client.left = ["old"]
    step("load-kpis", {"--batch": "a"}).execute(make_context("family"))
    assert client.started["taskDefinition"] == "shoplake-load-kpis"
    assert client.started["launchType"] == "FARGATE"
    assert client.started["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == ["subnet-1", "subnet-2"]
    (override,) = client.started["overrides"]["containerOverrides"]
    assert override["command"][:2] == ["load-kpis", "--batch=a"]
    assert len(client.started["startedBy"]) <= 36
    assert client.stopped == ["old"]


def test_the_task_family_of_a_step_of_two_words_is_the_one_that_infra_names(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    step("stream seal").execute(make_context("two-words"))
    assert client.started["taskDefinition"] == "shoplake-stream-seal"
    (override,) = client.started["overrides"]["containerOverrides"]
    assert override["command"][:2] == ["stream", "seal"]


@pytest.mark.parametrize("runtime", fakes.RUNTIMES)
def test_a_step_that_expects_input_is_skipped_with_an_alert_if_there_is_none(
    environment: pytest.MonkeyPatch, runtime: str
) -> None:
    sent: list[dict[str, str]] = []
    topic = "arn:aws:sns:us-east-1:123456789012:alerts"
    environment.setenv("SHOPLAKE_ALERTS_TOPIC", topic)
    fakes.RUNTIMES[runtime](environment, 66, "Batch 2026-11-20 has no files.")
    environment.setattr(
        "boto3.client", lambda *_, **__: SimpleNamespace(publish=lambda **message: sent.append(message))
    )
    with pytest.raises(AirflowSkipException):
        step("ingest", {"--batch": "2026-11-20"}, expects_input=True).execute(make_context(f"{runtime}-empty day"))
    (message,) = sent
    assert message["TopicArn"] == topic
    assert message["Subject"] == "shoplake: no files for 2026-11-20 (shoplake_daily)"
    assert "Batch 2026-11-20 has no files." in message["Message"]


def test_a_step_that_expects_no_input_is_skipped_without_an_alert(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SHOPLAKE_ALERTS_TOPIC", "arn:aws:sns:us-east-1:123456789012:alerts")
    environment.setattr("boto3.client", lambda *_, **__: pytest.fail("An alert is sent."))
    fakes.process(environment, 66, "Nothing is new.")
    with pytest.raises(AirflowSkipException):
        step("stream seal").execute(make_context("nothing new"))


def test_a_day_without_files_is_skipped_even_if_the_alert_cannot_be_sent(
    environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    environment.setenv("SHOPLAKE_ALERTS_TOPIC", "arn:aws:sns:us-east-1:123456789012:alerts")

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AuthorizationError"}}, "Publish")

    environment.setattr("boto3.client", lambda *_, **__: SimpleNamespace(publish=refuse))
    fakes.process(environment, 66, "Batch 2026-11-20 has no files.")
    with pytest.raises(AirflowSkipException):
        step("ingest", {"--batch": "2026-11-20"}, expects_input=True).execute(make_context("not alerted"))
    assert "The alert that batch 2026-11-20 has no files could not be sent" in caplog.text
