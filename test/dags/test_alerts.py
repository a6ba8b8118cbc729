"""The alerts: a task has failed for good, a batch has no files, the daily checks found something."""

import logging
from types import SimpleNamespace

import pytest
from shoplake_airflow.alerts import alert, failure_message, no_input_message
from shoplake_airflow.findings import list_findings

from task_context import TaskInstance


def test_an_alert_says_what_failed_why_and_where_to_look() -> None:
    subject, message = failure_message({"ti": TaskInstance("run 1"), "exception": ValueError("no price in line 7")})
    assert subject == "shoplake: shoplake_daily.clean has failed"
    assert message.splitlines() == [
        "shoplake_daily.clean of run run 1 has failed and is not retried (try 1).",
        "",
        "no price in line 7",
        "",
        "Log: http://airflow/log",
        "What each exit code means, and how to clear the task after a fix: docs/operations.md",
    ]


@pytest.mark.parametrize(
    ("flags", "line"),
    [({"--batch": "2026-11-20"}, ["Batch: 2026-11-20"]), ({"--batch": "{{ ds }}"}, []), ({}, [])],
)
def test_an_alert_names_the_batch_of_the_step(flags: dict[str, str], line: list[str]) -> None:
    _, message = failure_message({"ti": TaskInstance("run 1"), "task": SimpleNamespace(flags=flags)})
    assert [found for found in message.splitlines() if found.startswith("Batch")] == line


def test_an_alert_says_that_the_worker_died() -> None:
    assert "The worker died" in failure_message({"ti": TaskInstance("run 1")})[1]


def test_the_subject_is_cut_to_the_length_that_sns_accepts() -> None:
    ti = TaskInstance("run 1")
    ti.task_id = "pipeline." * 20
    assert len(failure_message({"ti": ti})[0]) == 100


def test_without_a_topic_the_log_says_that_no_alert_is_sent(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        alert({"ti": TaskInstance("run 1"), "exception": ValueError("no price")})
    assert "No alert is sent: SHOPLAKE_ALERTS_TOPIC is not set" in caplog.text


def row(date: str, **layers: str) -> dict[str, str]:
    return {"date": date, "bronze": "", "silver": "current", "gold": "current", "kpis": "", "why": ""} | layers


def test_a_lake_in_order_has_no_findings() -> None:
    rows = [row("2026-11-19"), row("2026-11-20", bronze="missing", silver="", gold="")]
    assert list_findings({"drift": []}, {"rows": rows}) == []


def test_findings_are_drift_and_stale_dates() -> None:
    drift = [{"table": "gold_order_kpis", "kind": "column", "name": "total", "found": "int", "expected": "bigint"}]
    rows = [row("2026-11-19", gold="stale", kpis="missing", why="silver moved")]
    assert list_findings({"drift": drift}, {"rows": rows}) == [
        "gold_order_kpis: column total was int, not bigint. It is repaired, but something other than shoplake writes "
        "to the catalogue.",
        "2026-11-19: gold, kpis not current (silver moved). Rerun that date "
        "(airflow dags trigger shoplake_daily --conf '{\"date\": \"2026-11-19\"}'), or what 'shoplake plan' lists.",
    ]


def footer(name: str, found: str | None) -> dict[str, str | None]:
    return {"table": "silver_events", "kind": "footer", "name": name, "found": found, "expected": "bigint"}


def test_files_older_than_the_contract_are_not_reported_as_foreign_writes() -> None:
    found = {"device in a.parquet": None, "device in b.parquet": None, "views in a.parquet": "int"}
    drift = [footer(name, type_) for name, type_ in found.items()]
    assert list_findings({"drift": drift}, {"rows": []}) == [
        "silver_events: 2 files from before the contract changed, such as a.parquet, with no column device, read as "
        "null. Only shoplake has written to the lake. To rewrite such files: shoplake rebuild.",
        "silver_events: 1 file from before the contract changed, such as a.parquet, with views as int, read as bigint. "
        "Only shoplake has written to the lake. To rewrite such files: shoplake rebuild.",
    ]


@pytest.mark.parametrize("kind", ["column", "partition", "location", "definition"])
def test_any_other_drift_is_reported_as_a_foreign_write(kind: str) -> None:
    drift = [{"table": "gold_order_kpis", "kind": kind, "name": "x", "found": None, "expected": "y"}]
    assert list_findings({"drift": drift}, {"rows": []}) == [
        f"gold_order_kpis: {kind} x was absent, not y. It is repaired, but something other than shoplake writes to the "
        "catalogue."
    ]


def test_the_alert_of_a_batch_without_files_says_which_batch_where_and_how_to_fix_it() -> None:
    ti = TaskInstance("run 1")
    ti.task_id = "ingest"
    subject, message = no_input_message({"ti": ti}, "2026-11-20", "Batch 2026-11-20 has no files under s3://lake/.")
    assert subject == "shoplake: no files for 2026-11-20 (shoplake_daily)"
    assert message.splitlines() == [
        "shoplake_daily.ingest of run run 1 found no files for batch 2026-11-20.",
        "This task and all tasks after it are skipped.",
        "",
        "Batch 2026-11-20 has no files under s3://lake/.",
        "",
        "Log: http://airflow/log",
        "If there should be files: upload them, then clear ingest of that run, or trigger shoplake_daily again.",
    ]
