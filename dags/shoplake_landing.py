"""
Runs a batch through the pipeline as soon as its upload is announced.

The announcement is an object `_READY`, written after all files: `landing/<dataset>/batch=<id>/_READY` for one dataset,
`landing/batch=<id>/_READY` for a whole batch. A manual run processes the batch of its params.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, chain, task, task_group

from shoplake_airflow import GOLD, KPI_TABLES, SILVER, step
from shoplake_airflow.engine import ENGINE, engine_param
from shoplake_airflow.landing_queue import consume_announcements, landing_asset

upload = landing_asset()


@task(retries=3, retry_delay=timedelta(seconds=30))
def batches(params: dict[str, Any] | None = None, triggering_asset_events: Any = None) -> list[dict[str, str]]:
    """Return the batches that are announced, or the one that a manual run names."""
    if params and params["batch"]:
        return [{"batch": params["batch"], "dataset": params["dataset"] or "", "source": params["source"]}]
    return consume_announcements(triggering_asset_events[upload])


@task_group
def pipeline(batch: str, dataset: str, source: str) -> None:
    """Run one batch from the landing zone to the KPI tables."""
    ingest = {
        "--batch": batch,
        "--dataset": dataset,
        "--source": source,
        "--from": "{{ params['from'] }}",
        "--map": "{{ params.map }}",
        "--max-rejected": "{{ params.max_rejected }}",
    }
    chain(
        step("ingest", ingest, expects_input=True),
        step("clean", {"--batch": batch} | ENGINE, outlets=[SILVER]),
        step("aggregate", {"--batch": batch} | ENGINE, outlets=[GOLD]),
        step("crawl"),
        step("load-kpis", {"--batch": batch}, outlets=[KPI_TABLES]),
    )


with DAG(
    "shoplake_landing",
    description="An uploaded batch, from its announcement to the KPI tables",
    doc_md=__doc__,
    schedule=[upload],
    catchup=False,
    max_active_runs=4,
    params={
        "batch": Param(None, type=["null", "string"], description="Manual run: the batch's id"),
        "dataset": Param(None, type=["null", "string"], description="Manual run: dataset, if no folder names it"),
        "source": Param("", type="string", description="Manual run: where its files are, if not in the landing zone"),
        "from": Param("", type="string", description="The preset for a shop's export; `shoplake sources` lists them"),
        "map": Param(
            "",
            type="string",
            description="A folder of SQL (s3://bucket/my-shop/), or a mapping file for files with other column names",
        ),
        "max_rejected": Param("5%", type="string", description="Largest accepted share of rejected records"),
        "engine": engine_param(),
    },
    tags=["shoplake"],
):
    pipeline.expand_kwargs(batches())
