"""
Generates stock quotes and loads them into StockData, a few minutes at a time: for deployments without Lambda.

Leave it paused if the stack's own functions do this (`StockQuotes` is `on`).
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, Param, chain

from shoplake_airflow import step
from shoplake_airflow.compat import CronDataIntervalTimetable

#: Minutes of quotes per run: starting a container every minute would cost more than its work.
MINUTES = 5
FIRST_MINUTE = "{{ params.minute or (data_interval_start or dag_run.run_after) | ts }}"

with DAG(
    "shoplake_market_data",
    description="Generated stock quotes, from files to StockData, without Lambda",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable(f"*/{MINUTES} * * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={
        "minute": Param(None, type=["null", "string"], description="A first minute other than the run's own"),
        "minutes": Param(MINUTES, type="integer", minimum=1, description="Minutes of quotes"),
    },
    tags=["shoplake"],
):
    chain(
        step("stocks generate", {"--minute": FIRST_MINUTE, "--minutes": "{{ params.minutes }}"}),
        step("stocks consume", timeout=timedelta(minutes=30)),
    )
