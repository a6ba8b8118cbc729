"""The file drop's own: how its steps wait, and what is told of a failure."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from shoplake_airflow import step
from shoplake_airflow.compat import AirflowFailException, AirflowRescheduleException
from shoplake_airflow.environment import for_container, for_ecs
from shoplake_airflow.failures import first_failure
from shoplake_airflow.outcome import StepFailedError

import fakes
from task_context import context_of
from test_dag_files import load

WAITING = '{"task": "filedrop gate", "run_id": "1", "status": "waiting", "waits_for": "2 more orders_*.csv"}'
AGAIN = timedelta(seconds=300)


@pytest.mark.parametrize("runtime", fakes.RUNTIMES)
def test_a_step_that_waits_is_looked_at_again_and_holds_no_slot(environment: pytest.MonkeyPatch, runtime: str) -> None:
    environment.setattr(fakes, "said", lambda *_: [WAITING])
    fakes.RUNTIMES[runtime](environment, 75, None)
    context = context_of(f"{runtime}-waiting")
    before = datetime.now(UTC)
    with pytest.raises(AirflowRescheduleException) as raised:
        step("filedrop gate", look_again=AGAIN).execute(context)
    assert before + AGAIN <= raised.value.reschedule_date <= datetime.now(UTC) + AGAIN
    assert context["ti"].xcoms == {}


def test_only_a_step_that_says_so_waits(environment: pytest.MonkeyPatch) -> None:
    fakes.process(environment, 75, "S3 does not answer")
    with pytest.raises(StepFailedError, match="S3 does not answer"):
        step("filedrop gate", look_again=AGAIN).execute(context_of("not waiting"))


def test_what_a_failed_step_said_is_there_for_those_that_follow(environment: pytest.MonkeyPatch) -> None:
    fakes.process(environment, 65, "orders_1.csv is empty.")
    context = context_of("failure")
    with pytest.raises(AirflowFailException):
        step("filedrop validate").execute(context)
    failure = context["ti"].xcoms["failure"]
    assert failure["step"] == "filedrop validate"
    assert failure["reason"].startswith("orders_1.csv is empty.")


class Run:
    """The XComs of a run."""

    def __init__(self, failures: dict[str, dict[str, str]]) -> None:
        self.failures = failures

    def xcom_pull(self, task_ids: str, key: str) -> Any:
        assert key == "failure"
        return self.failures.get(task_ids)


def test_the_first_step_that_failed_is_told_of() -> None:
    ingest, clean = ({"step": name, "reason": name} for name in ("ingest", "clean"))
    assert first_failure(Run({"clean": clean, "ingest": ingest}), ["gate", "ingest", "clean"]) == ingest
    assert "worker died" in first_failure(Run({}), ["gate"])["reason"]


def test_steps_get_the_settings_of_the_drop_under_its_own_names() -> None:
    worker = {"S3_PREFIX": "in/", "MIN_ORDER_FILES": "1", "PATH": "/bin", "SHOPLAKE_FILE_DROP_QUEUE": "queue"}
    assert for_container(worker) == {"S3_PREFIX": "in/", "MIN_ORDER_FILES": "1"}
    assert for_ecs(worker) == {"S3_PREFIX": "in/", "MIN_ORDER_FILES": "1"}


@pytest.mark.parametrize("queue", [None, "http://localhost:4566/000000000000/file-drop"])
def test_the_dag(queue: str | None) -> None:
    (dag,) = load("shoplake_file_drop.py", **({"SHOPLAKE_FILE_DROP_QUEUE": queue} if queue else {}))["dags"].values()
    work = ["gate", "lock", "validate", "ingest", "clean", "aggregate", "crawl", "load_kpis", "archive"]
    following = dict(zip(work, [[name] for name in work[1:]] + [["done", "unlock"]], strict=True))
    assert dag["tasks"] == {
        **{task: sorted([*tasks, "notify"]) for task, tasks in following.items()},
        "notify": ["unlock"],
        "unlock": [],
        "done": [],
    }
    assert dag["schedule"] == "AssetOrTimeSchedule"
