"""What a step's end means to Airflow, in every runtime, and what a step hands over."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from shoplake_airflow import SILVER, step
from shoplake_airflow.compat import DOUBLING, AirflowFailException, AirflowSkipException
from shoplake_airflow.outcome import StepFailedError

import fakes
from conftest import ECS
from task_context import context_of

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
def test_exit_codes(environment: pytest.MonkeyPatch, runtime: str, code: int, meaning: type[Exception]) -> None:
    fakes.RUNTIMES[runtime](environment, code, "orders.csv line 7: no price. Mend it.")
    with pytest.raises(meaning) as raised:
        step("clean", {"--batch": "2026-11-20"}).execute(context_of(f"{runtime}-{code}"))
    assert type(raised.value) is meaning
    # Killed, it could not say why.
    assert ("orders.csv line 7: no price. Mend it." in str(raised.value)) is (code <= 128)
    assert f"exit code {code}" in str(raised.value) or code == 66


@pytest.mark.parametrize("runtime", fakes.RUNTIMES)
def test_a_good_end_hands_over_the_result(environment: pytest.MonkeyPatch, runtime: str) -> None:
    fakes.RUNTIMES[runtime](environment, 0, None)
    context = context_of(f"{runtime}-good")
    result = step("clean", outlets=[SILVER]).execute(context)
    assert result == {"task": "clean", "run_id": "1", "status": "published", "kept": 3}
    assert context["outlet_events"][SILVER].extra == {"status": "published", "kept": 3, "partitions": 0}


@pytest.mark.parametrize("runtime", fakes.RUNTIMES)
def test_a_good_end_without_a_result_is_tried_again(environment: pytest.MonkeyPatch, runtime: str) -> None:
    environment.setattr(fakes, "said", lambda *_: ["working"])
    fakes.RUNTIMES[runtime](environment, 0, None)
    with pytest.raises(StepFailedError, match="its result line did not arrive"):
        step("clean").execute(context_of(f"{runtime}-silent"))


def test_a_command_that_is_not_there_fails_with_the_way_out(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SHOPLAKE_COMMAND", "/nowhere/shoplake")
    with pytest.raises(AirflowFailException, match=r"'/nowhere/shoplake' can't be started .* set SHOPLAKE_COMMAND"):
        step("clean").execute(context_of("nowhere"))


def test_flags_that_render_to_nothing_are_left_out(environment: pytest.MonkeyPatch) -> None:
    engine = fakes.docker(environment, 0, None)
    flags = {"--batch": "a b", "--source": "", "--map": None, "--drift": True, "--full": False, "--dirt": 0}
    step("load-kpis", flags).execute(context_of("run 1"))
    assert engine.created["command"] == [
        "load-kpis",
        "--batch=a b",
        "--drift",
        "--dirt=0",
        "--run-id=airflow shoplake_daily run 1 clean 1",
    ]


def test_an_ecs_step_of_several_words_has_a_family_of_its_own(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    step("filedrop gate").execute(context_of("two words"))
    assert client.started["taskDefinition"] == "shoplake-filedrop-gate"
    assert client.started["overrides"]["containerOverrides"][0]["command"][:2] == ["filedrop", "gate"]


def test_retries_pool_and_alert_are_those_of_all_steps() -> None:
    made = step("load-kpis")
    assert (made.task_id, made.pool, made.retries) == ("load_kpis", "shoplake", 5)
    assert made.retry_exponential_backoff == DOUBLING
    assert [callback.__name__ for callback in made.on_failure_callback] == ["alert"]
    assert step("load-kpis", task_id="other", retries=0).retries == 0


def test_a_container_gets_the_lakes_settings_and_nothing_of_airflow(environment: pytest.MonkeyPatch) -> None:
    engine = fakes.docker(environment, 0, None)
    for name, value in (ECS | {"AIRFLOW__CORE__FERNET_KEY": "secret", "SHOPLAKE_BUCKET": "lake"}).items():
        environment.setenv(name, value)
    environment.setenv("SHOPLAKE_DOCKER_NETWORK", "shop")
    step("clean").execute(context_of("container"))
    assert engine.created["environment"] == {
        "SHOPLAKE_BUCKET": "lake",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    assert engine.created["labels"] == {
        "shoplake.dag_id": "shoplake_daily",
        "shoplake.run_id": "container",
        "shoplake.task_id": "clean",
        "shoplake.map_index": "-1",
    }
    assert engine.created["host_config"]["read_only"] is True
    assert engine.created["host_config"]["network_mode"] == "shop"
    assert engine.removed == ["new"]


def test_containers_of_earlier_tries_are_removed_first(environment: pytest.MonkeyPatch) -> None:
    engine = fakes.docker(environment, 0, None)
    engine.left = [{"Id": "old"}, {"Id": "older"}]
    step("clean").execute(context_of("again"))
    assert engine.removed == ["old", "older", "new"]


def test_an_ecs_task_is_of_the_steps_own_family(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    client.left = ["old"]
    step("load-kpis", {"--batch": "a"}).execute(context_of("family"))
    assert client.started["taskDefinition"] == "shoplake-load-kpis"
    assert client.started["launchType"] == "FARGATE"
    assert client.started["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == ["subnet-1", "subnet-2"]
    (override,) = client.started["overrides"]["containerOverrides"]
    assert override["command"][:2] == ["load-kpis", "--batch=a"]
    assert len(client.started["startedBy"]) <= 36
    assert client.stopped == ["old"]


def test_a_step_of_two_words_is_of_the_family_that_infra_names_it(environment: pytest.MonkeyPatch) -> None:
    client = fakes.ecs(environment, 0, None)
    step("stream seal").execute(context_of("two-words"))
    assert client.started["taskDefinition"] == "shoplake-stream-seal"
    (override,) = client.started["overrides"]["containerOverrides"]
    assert override["command"][:2] == ["stream", "seal"]


@pytest.mark.parametrize("runtime", fakes.RUNTIMES)
def test_a_step_that_expects_input_is_skipped_with_an_alert_where_there_is_none(
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
        step("ingest", {"--batch": "2026-11-20"}, expects_input=True).execute(context_of(f"{runtime}-empty day"))
    (message,) = sent
    assert message["TopicArn"] == topic
    assert message["Subject"] == "shoplake: no files for 2026-11-20 (shoplake_daily)"
    assert "Batch 2026-11-20 has no files." in message["Message"]


def test_a_step_that_expects_no_input_is_skipped_without_a_word(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SHOPLAKE_ALERTS_TOPIC", "arn:aws:sns:us-east-1:123456789012:alerts")
    environment.setattr("boto3.client", lambda *_, **__: pytest.fail("An alert is sent."))
    fakes.process(environment, 66, "Nothing is new.")
    with pytest.raises(AirflowSkipException):
        step("stream seal").execute(context_of("nothing new"))


def test_an_alert_that_cannot_be_sent_leaves_a_day_without_files_skipped(
    environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    environment.setenv("SHOPLAKE_ALERTS_TOPIC", "arn:aws:sns:us-east-1:123456789012:alerts")

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AuthorizationError"}}, "Publish")

    environment.setattr("boto3.client", lambda *_, **__: SimpleNamespace(publish=refuse))
    fakes.process(environment, 66, "Batch 2026-11-20 has no files.")
    with pytest.raises(AirflowSkipException):
        step("ingest", {"--batch": "2026-11-20"}, expects_input=True).execute(context_of("untold"))
    assert "The alert that batch 2026-11-20 has no files could not be sent" in caplog.text
