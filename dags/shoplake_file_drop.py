"""
Runs dropped CSV files through the pipeline: from `incoming/` to the KPI tables.

It starts when S3 announces a file, and every half hour in case an announcement was lost. It processes what the gate
finds; a run for which nothing is left is skipped. `on_invalid` sets what happens to a batch that contains errors:
`fail` rejects the whole batch, `quarantine` only the bad records.
"""

import os
from datetime import UTC, datetime, timedelta
from functools import partial

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Param, chain, task

from shoplake_airflow import GOLD, KPI_TABLES, SILVER, step
from shoplake_airflow.compat import AssetOrTimeSchedule, CronTriggerTimetable
from shoplake_airflow.engine import ENGINE, engine_param
from shoplake_airflow.failures import first_failure
from shoplake_airflow.listing import is_anything_dropped
from shoplake_airflow.queues import queue_asset

HOLDER = {"--holder": "{{ run_id }}"}
BATCH = {"--batch": "{{ (ti.xcom_pull(task_ids='gate') or {}).get('batch', '') }}"}
AS_OF = "{{ ti.xcom_pull(task_ids='gate')['as_of'] }}"
MAP = {"--map": "{{ params.map }}"}
MAX_REJECTED = "{{ ti.xcom_pull(task_ids='validate')['max_rejected'] }}"
FAILED = {"--step": "{{ failed(ti)['step'] }}", "--reason": "{{ failed(ti)['reason'] }}", "--look": "{{ ti.log_url }}"}

RECHECK_AFTER = timedelta(seconds=float(os.environ.get("SHOPLAKE_FILE_DROP_LOOK_SECONDS", "300")))
#: No alert for each task: `notify` sends one for the whole batch.
NO_ALERT = {"on_failure_callback": None}
TRANSFORM = NO_ALERT | {"retries": 3, "retry_delay": timedelta(seconds=60), "timeout": timedelta(seconds=1800)}
WORK = ["gate", "lock", "validate", "ingest", "clean", "aggregate", "crawl", "load_kpis", "archive"]

dropped = queue_asset("shoplake_file_drop", variable="SHOPLAKE_FILE_DROP_QUEUE", delete_on_reception=True)


@task.short_circuit(retries=3, retry_delay=timedelta(seconds=30), execution_timeout=timedelta(minutes=10))
def anything_dropped() -> bool:
    """Skip all other tasks if there is nothing for them."""
    return is_anything_dropped()


with DAG(
    "shoplake_file_drop",
    description="Dropped CSV files, from incoming/ to the KPI tables",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("*/30 * * * *", timezone="UTC"), assets=[dropped]),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    user_defined_macros={"failed": partial(first_failure, task_ids=WORK)},
    params={
        "on_invalid": Param(
            None,
            type=["null", "string"],
            enum=[None, "fail", "quarantine"],
            description="What to do with a bad batch",
        ),
        "map": Param(
            "",
            type="string",
            description="A mapping file for files with other column names, such as s3://bucket/map.json",
        ),
        "engine": engine_param(),
    },
    tags=["shoplake"],
):
    work = [
        step("filedrop gate", task_id="gate", recheck_after=RECHECK_AFTER, **NO_ALERT),
        step("filedrop lock", HOLDER, task_id="lock", recheck_after=RECHECK_AFTER, **NO_ALERT),
        step(
            "filedrop validate",
            BATCH | HOLDER | MAP | {"--on-invalid": "{{ params.on_invalid or '' }}"},
            task_id="validate",
            retries=2,
            retry_delay=timedelta(seconds=30),
            timeout=timedelta(seconds=600),
            **NO_ALERT,
        ),
        step("ingest", BATCH | MAP | {"--as-of": AS_OF, "--max-rejected": MAX_REJECTED}, **TRANSFORM),
        step("clean", BATCH | ENGINE, outlets=[SILVER], **TRANSFORM),
        step("aggregate", BATCH | ENGINE, outlets=[GOLD], **TRANSFORM),
        step("crawl", **TRANSFORM),
        step("load-kpis", BATCH, outlets=[KPI_TABLES], **TRANSFORM),
        step("filedrop archive", BATCH | HOLDER, task_id="archive", **NO_ALERT),
    ]
    notify = step("filedrop notify", BATCH | FAILED, task_id="notify", trigger_rule="one_failed")
    # After success and failure, but not where the gate found nothing and the run took no lock.
    unlock = step("filedrop unlock", HOLDER, task_id="unlock", trigger_rule="one_done")
    # A run's state is that of its last tasks. `unlock` succeeds after a failure, too; `done` makes such a run fail.
    done = EmptyOperator(task_id="done")
    chain(anything_dropped(), *work, [notify, done])
    work >> notify
    [work[-1], notify] >> unlock
