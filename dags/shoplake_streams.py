"""Loads what the streams delivered into the lake each hour, and alerts on spikes and drops in live sales."""

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, chain, task

from shoplake_airflow import GOLD, SILVER, step
from shoplake_airflow.compat import CronDataIntervalTimetable
from shoplake_airflow.engine import ENGINE, engine_param
from shoplake_airflow.listing import is_lake_changed

#: The end of the run's hour, or the time of a manual run. Later deliveries belong to the next run.
UNTIL = "{{ dag_run.run_after | ts }}"
#: `aggregate` fails if it refuses some dates, but publishes all others, which must not wait.
AFTER_REFUSALS = "none_skipped"
#: A drop that an earlier run has computed may be due now, even if nothing is new.
IN_ANY_CASE = "all_done"


@task.short_circuit(retries=3, retry_delay=timedelta(seconds=30), execution_timeout=timedelta(minutes=10))
def anything_new(prev_data_interval_end_success: datetime | None = None) -> bool:
    """Skip all other tasks, alarms included, if nothing has happened since the last run that succeeded."""
    return is_lake_changed(prev_data_interval_end_success)


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
        step("stream alarms", trigger_rule=IN_ANY_CASE),
    ]
    chain(
        anything_new(),
        # Skipped, with the tasks after it up to the alarms, if nothing was delivered.
        step("stream seal", {"--until": UNTIL}),
        step("clean", {"--sealed": True} | ENGINE, outlets=[SILVER]),
        aggregate,
        readers,
    )
    # A run's state is that of its last tasks. `done` makes a run fail if any of these does, skipped ones aside.
    [aggregate, *readers] >> EmptyOperator(task_id="done", trigger_rule="none_failed")
