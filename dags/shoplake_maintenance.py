"""Maintains the lake: repairs catalogue drift, deletes unreferenced files, and fails if a date is not current."""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Param, chain, task

from shoplake_airflow import step
from shoplake_airflow.alerts import alert
from shoplake_airflow.compat import AirflowFailException, CronDataIntervalTimetable
from shoplake_airflow.findings import list_findings

LAST_30_DAYS = {"--from": "{{ macros.ds_add(dag_run.run_after | ds, -30) }}", "--to": "{{ dag_run.run_after | ds }}"}


@task(on_failure_callback=alert)
def all_well(drift: dict[str, Any], status: dict[str, Any]) -> None:
    """Fail, and so send an alert, if something needs attention."""
    if findings := list_findings(drift, status):
        raise AirflowFailException("\n".join(findings))


with DAG(
    "shoplake_maintenance",
    description="Catalogue drift, stale dates, unreferenced files",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("30 4 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={"older_than": Param("7d", type="string", description="How long an unreferenced file is kept")},
    tags=["shoplake"],
):
    drift = step("crawl", {"--drift": True}, task_id="drift")
    status = step("status", LAST_30_DAYS)
    # Vacuum keeps what Glue refers to, so Glue is updated to the newest head first.
    vacuum = step("vacuum", {"--older-than": "{{ params.older_than }}"}, timeout=timedelta(hours=3))
    chain(drift, vacuum)
    all_well(drift.output, status.output)
