"""The message that people get when a task has failed for good."""

import logging

import pytest
from shoplake_airflow.alerts import alert, message_of, message_of_no_input
from shoplake_airflow.findings import findings_of

from task_context import TaskInstance


def test_says_what_failed_what_it_said_and_where_to_look() -> None:
    subject, message = message_of({"ti": TaskInstance("run 1"), "exception": ValueError("no price in line 7")})
    assert subject == "shoplake: shoplake_daily.clean has failed"
    assert message.splitlines() == [
        "shoplake_daily.clean of run run 1 has failed and is not retried (try 1).",
        "",
        "no price in line 7",
        "",
        "Look at: http://airflow/log",
        "What to do by exit code, and how to clear the task once its cause is mended: docs/operations.md",
    ]


def test_of_a_dead_worker_too() -> None:
    assert "The worker died" in message_of({"ti": TaskInstance("run 1")})[1]


def test_a_subject_is_as_long_as_sns_takes_it() -> None:
    ti = TaskInstance("run 1")
    ti.task_id = "pipeline." * 20
    assert len(message_of({"ti": ti})[0]) == 100


def test_without_a_topic_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        alert({"ti": TaskInstance("run 1"), "exception": ValueError("no price")})
    assert "No alert is sent: SHOPLAKE_ALERTS_TOPIC is not set" in caplog.text


def row(date: str, **layers: str) -> dict[str, str]:
    return {"date": date, "bronze": "", "silver": "current", "gold": "current", "kpis": "", "why": ""} | layers


def test_findings_of_a_lake_in_order_are_none() -> None:
    rows = [row("2026-11-19"), row("2026-11-20", bronze="missing", silver="", gold="")]
    assert findings_of({"drift": []}, {"rows": rows}) == []


def test_findings_are_drift_and_stale_dates() -> None:
    drift = [{"table": "gold_order_kpis", "kind": "column", "name": "total", "found": "int", "expected": "bigint"}]
    rows = [row("2026-11-19", gold="stale", kpis="missing", why="silver moved")]
    assert findings_of({"drift": drift}, {"rows": rows}) == [
        "gold_order_kpis: column total was int and not bigint. It is repaired, but somebody else writes to the "
        "catalogue.",
        "2026-11-19: gold, kpis not current (silver moved). Run that date again "
        "(airflow dags trigger shoplake_daily --conf '{\"date\": \"2026-11-19\"}'), or what 'shoplake plan' names.",
    ]


def footer(name: str, found: str | None) -> dict[str, str | None]:
    return {"table": "silver_events", "kind": "footer", "name": name, "found": found, "expected": "bigint"}


def test_files_older_than_the_contract_are_not_told_as_somebody_elses_writing() -> None:
    found = {"device in a.parquet": None, "device in b.parquet": None, "views in a.parquet": "int"}
    drift = [footer(name, type_) for name, type_ in found.items()]
    assert findings_of({"drift": drift}, {"rows": []}) == [
        "silver_events: 2 files from before the contract changed, such as a.parquet, with no column device: it is null "
        "there. Nobody else has written to the lake. To rewrite such files: shoplake rebuild.",
        "silver_events: a file from before the contract changed, such as a.parquet, with views as int, which is read "
        "as bigint. Nobody else has written to the lake. To rewrite such files: shoplake rebuild.",
    ]


@pytest.mark.parametrize("kind", ["column", "partition", "location", "definition"])
def test_every_other_drift_is_somebody_elses_writing(kind: str) -> None:
    drift = [{"table": "gold_order_kpis", "kind": kind, "name": "x", "found": None, "expected": "y"}]
    assert findings_of({"drift": drift}, {"rows": []}) == [
        f"gold_order_kpis: {kind} x was absent and not y. It is repaired, but somebody else writes to the catalogue."
    ]


def test_a_batch_without_files_is_told_with_the_day_the_place_and_the_fix() -> None:
    ti = TaskInstance("run 1")
    ti.task_id = "ingest"
    subject, message = message_of_no_input({"ti": ti}, "2026-11-20", "Batch 2026-11-20 has no files under s3://lake/.")
    assert subject == "shoplake: no files for 2026-11-20 (shoplake_daily)"
    assert message.splitlines() == [
        "shoplake_daily.ingest of run run 1 found no files for batch 2026-11-20.",
        "It is skipped, and all after it.",
        "",
        "Batch 2026-11-20 has no files under s3://lake/.",
        "",
        "Look at: http://airflow/log",
        "If there should be files: upload them, then clear ingest of that run, or trigger shoplake_daily again.",
    ]
