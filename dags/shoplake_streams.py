"""Loads what the streams delivered into the lake each hour, and alerts on spikes and drops in live sales."""

from datetime import UTC, datetime

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, chain

from shoplake_airflow import GOLD, SILVER, step
from shoplake_airflow.compat import CronDataIntervalTimetable
from shoplake_airflow.engine import ENGINE, engine_param

#: The end of the run's hour, or the time of a manual run. Later deliveries belong to the next run.
UNTIL = "{{ dag_run.run_after | ts }}"
#: `aggregate` fails if it refuses some dates, but publishes all others, which must not wait.
AFTER_REFUSALS = "none_skipped"

with DAG(
    "shoplake_streams",
    description="Events and live orders, from delivery to anomalies and alarms",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("5 * * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={"engine": engine_param()},
    tags=["shoplake"],
):
    aggregate = step("aggregate", ENGINE, outlets=[GOLD])
    readers = [
        step("crawl", trigger_rule=AFTER_REFUSALS),
        step("stream alarms", trigger_rule=AFTER_REFUSALS),
    ]
    chain(
        # If nothing is new, it and all tasks after it are skipped.
        step("stream seal", {"--until": UNTIL}),
        step("clean", {"--sealed": True} | ENGINE, outlets=[SILVER]),
        aggregate,
        readers,
    )
    # A run's state is that of its last tasks. `done` makes a run fail if `aggregate` does.
    [aggregate, *readers] >> EmptyOperator(task_id="done")
