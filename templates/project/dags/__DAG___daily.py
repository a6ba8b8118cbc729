"""Runs each day of the shop through the pipeline: from the landing zone to the KPI tables."""

from datetime import UTC, datetime

from airflow.sdk import DAG, chain
from shoplake_airflow import GOLD, KPI_TABLES, SILVER, step
from shoplake_airflow.compat import CronDataIntervalTimetable

DAY = "{{ (logical_date or dag_run.run_after) | ds }}"

with DAG(
    "__DAG___daily",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    tags=["shoplake"],
) as dag:
    chain(
        step("ingest", {"--batch": DAY}, expects_input=True),
        step("clean", {"--batch": DAY}, outlets=[SILVER]),
        step("aggregate", {"--batch": DAY}, outlets=[GOLD]),
        step("crawl"),
        step("load-kpis", {"--batch": DAY}, outlets=[KPI_TABLES]),
    )
