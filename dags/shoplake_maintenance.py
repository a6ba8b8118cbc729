"""Keeps the lake in order: repairs drift of the catalogue, deletes unused files, and fails where a date is stale."""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Param, chain, task

from shoplake_airflow import step
from shoplake_airflow.alerts import alert
from shoplake_airflow.compat import AirflowFailException, CronDataIntervalTimetable
from shoplake_airflow.findings import findings_of

LAST_30_DAYS = {"--from": "{{ macros.ds_add(dag_run.run_after | ds, -30) }}", "--to": "{{ dag_run.run_after | ds }}"}


@task(on_failure_callback=alert)
def all_well(drift: dict[str, Any], status: dict[str, Any]) -> None:
    """Fail, and so send an alert, where somebody should look into something."""
    if findings := findings_of(drift, status):
        raise AirflowFailException("\n".join(findings))


with DAG(
    "shoplake_maintenance",
    description="Catalogue drift, stale dates, unused files",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("30 4 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={"older_than": Param("7d", type="string", description="How long a file that nothing names is kept")},
    tags=["shoplake"],
):
    drift = step("crawl", {"--drift": True}, task_id="drift")
    status = step("status", LAST_30_DAYS)
    # What Glue names is kept: so Glue first follows the newest head.
    vacuum = step("vacuum", {"--older-than": "{{ params.older_than }}"}, timeout=timedelta(hours=3))
    chain(drift, vacuum)
    all_well(drift.output, status.output)
