"""Runs each day through the pipeline: from the landing zone (or the generator) to the KPI tables and the report."""

import os
from datetime import UTC, datetime

from airflow.sdk import DAG, Param, chain

from shoplake_airflow import GOLD, KPI_TABLES, SILVER, step
from shoplake_airflow.compat import CronDataIntervalTimetable
from shoplake_airflow.engine import ENGINE, engine_param

#: The id of a daily batch is its date: the first day of the run's interval, or the `date` of a manual run.
DAY = "{{ params.date or (logical_date or dag_run.run_after) | ds }}"

with DAG(
    "shoplake_daily",
    description="A day's orders, products and events, from the landing zone to the KPI tables",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=4,
    params={
        "date": Param(None, type=["null", "string"], format="date", description="A day other than the run's own"),
        "source": Param("", type="string", description="Where the day's files are, if not in the landing zone"),
        "from": Param("", type="string", description="The preset for a shop's export; `shoplake sources` lists them"),
        "map": Param(
            "",
            type="string",
            description="A folder of SQL (s3://bucket/my-shop/), or a mapping file for files with other column names",
        ),
        "max_rejected": Param("5%", type="string", description="Largest accepted share of rejected records"),
        "engine": engine_param(),
        "records": Param(1000, type="integer", minimum=1, description="Orders per day, if data are generated"),
        "dirt": Param(
            0.02, type="number", minimum=0, maximum=0.5, description="Share of bad records in generated data"
        ),
    },
    tags=["shoplake"],
) as dag:
    pipeline = [
        step(
            "ingest",
            {
                "--batch": DAY,
                "--source": "{{ params.source }}",
                "--from": "{{ params['from'] }}",
                "--map": "{{ params.map }}",
                "--max-rejected": "{{ params.max_rejected }}",
            },
            expects_input=True,
        ),
        step("clean", {"--batch": DAY} | ENGINE, outlets=[SILVER]),
        step("aggregate", {"--batch": DAY} | ENGINE, outlets=[GOLD]),
        step("crawl"),
        step("load-kpis", {"--batch": DAY}, outlets=[KPI_TABLES]),
        step("report", {"--to": DAY}),
    ]
    if os.environ.get("SHOPLAKE_DATA_ARE_GENERATED", "").lower() == "true":
        generate = step("generate", {"--date": DAY, "--records": "{{ params.records }}", "--dirt": "{{ params.dirt }}"})
        pipeline.insert(0, generate)
    chain(*pipeline)
