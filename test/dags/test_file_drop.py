"""The file drop: how its steps wait, and what is reported of a failure."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from shoplake_airflow import step
from shoplake_airflow.compat import AirflowFailException, AirflowRescheduleException
from shoplake_airflow.environment import for_container, for_ecs
from shoplake_airflow.failures import first_failure
from shoplake_airflow.outcome import StepFailedError

import fakes
from task_context import make_context
from test_dag_files import load

WAITING = '{"task": "filedrop gate", "run_id": "1", "status": "waiting", "waits_for": "2 more orders_*.csv"}'
RECHECK_AFTER = timedelta(seconds=300)


@pytest.mark.parametrize("runtime", fakes.RUNTIMES)
def test_a_waiting_step_is_rescheduled_and_holds_no_slot(environment: pytest.MonkeyPatch, runtime: str) -> None:
    environment.setattr(fakes, "output_lines", lambda *_: [WAITING])
    fakes.RUNTIMES[runtime](environment, 75, None)
    context = make_context(f"{runtime}-waiting")
    before = datetime.now(UTC)
    with pytest.raises(AirflowRescheduleException) as raised:
        step("filedrop gate", recheck_after=RECHECK_AFTER).execute(context)
    assert before + RECHECK_AFTER <= raised.value.reschedule_date <= datetime.now(UTC) + RECHECK_AFTER
    assert context["ti"].xcoms == {}


def test_a_temporary_failure_is_not_waiting(environment: pytest.MonkeyPatch) -> None:
    fakes.process(environment, 75, "S3 does not answer")
    with pytest.raises(StepFailedError, match="S3 does not answer"):
        step("filedrop gate", recheck_after=RECHECK_AFTER).execute(make_context("not waiting"))


def test_the_reason_of_a_failure_is_recorded_for_the_tasks_that_follow(environment: pytest.MonkeyPatch) -> None:
    fakes.process(environment, 65, "orders_1.csv is empty.")
    context = make_context("failure")
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


def test_the_first_step_that_failed_is_reported() -> None:
    ingest, clean = ({"step": name, "reason": name} for name in ("ingest", "clean"))
    assert first_failure(Run({"clean": clean, "ingest": ingest}), ["gate", "ingest", "clean"]) == ingest
    assert "worker died" in first_failure(Run({}), ["gate"])["reason"]


def test_steps_get_the_settings_of_the_file_drop_under_their_own_names() -> None:
    worker = {"S3_PREFIX": "in/", "MIN_ORDER_FILES": "1", "PATH": "/bin", "SHOPLAKE_FILE_DROP_QUEUE": "queue"}
    assert for_container(worker) == {"S3_PREFIX": "in/", "MIN_ORDER_FILES": "1"}
    assert for_ecs(worker) == {"S3_PREFIX": "in/", "MIN_ORDER_FILES": "1"}


@pytest.mark.parametrize("queue", [None, "http://localhost:4566/000000000000/file-drop"])
def test_dag(queue: str | None) -> None:
    (dag,) = load("shoplake_file_drop.py", **({"SHOPLAKE_FILE_DROP_QUEUE": queue} if queue else {}))["dags"].values()
    work = ["gate", "lock", "validate", "ingest", "clean", "aggregate", "crawl", "load_kpis", "archive"]
    following = dict(zip(work, [[name] for name in work[1:]] + [["done", "unlock"]], strict=True))
    assert dag["tasks"] == {
        "anything_dropped": ["gate"],
        **{task: sorted([*tasks, "notify"]) for task, tasks in following.items()},
        "notify": ["unlock"],
        "unlock": [],
        "done": [],
    }
    assert dag["schedule"] == "AssetOrTimeSchedule"
