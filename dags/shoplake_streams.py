"""Takes what the streams have delivered into the lake each hour, and tells of spikes and drops of live sales."""

from datetime import UTC, datetime

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, chain

from shoplake_airflow import GOLD, SILVER, step
from shoplake_airflow.compat import CronDataIntervalTimetable

#: The end of the run's hour, or when it was triggered by hand. What is delivered later is taken by the next run.
UNTIL = "{{ dag_run.run_after | ts }}"
#: `aggregate` fails where it refuses some dates, and has published all others: those must not wait.
AFTER_REFUSALS = "none_skipped"

with DAG(
    "shoplake_streams",
    description="Events and live orders, from what was delivered to anomalies and alarms",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("5 * * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["shoplake"],
):
    aggregate = step("aggregate", outlets=[GOLD])
    readers = [
        step("crawl", trigger_rule=AFTER_REFUSALS),
        step("stream alarms", trigger_rule=AFTER_REFUSALS),
    ]
    chain(
        # Without anything new it is skipped, and all after it.
        step("stream seal", {"--until": UNTIL}),
        step("clean", {"--sealed": True}, outlets=[SILVER]),
        aggregate,
        readers,
    )
    # The state of a run is that of its last tasks.
    [aggregate, *readers] >> EmptyOperator(task_id="done")
