"""
Takes a batch through the pipeline as soon as its upload announces itself.

The announcement is an object `_READY`, written when all files are there: `landing/<dataset>/batch=<id>/_READY` for one
dataset, `landing/batch=<id>/_READY` for all of a batch. Run by hand, it takes the batch of its params.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, chain, task, task_group

from shoplake_airflow import GOLD, KPI_TABLES, SILVER, step
from shoplake_airflow.landing_queue import landed, take_on

upload = landed()


@task(retries=3, retry_delay=timedelta(seconds=30))
def batches(params: dict[str, Any] | None = None, triggering_asset_events: Any = None) -> list[dict[str, str]]:
    """Return the batches that are announced, or the one that a run by hand names."""
    if params and params["batch"]:
        return [{"batch": params["batch"], "dataset": params["dataset"] or "", "source": params["source"]}]
    return take_on(triggering_asset_events[upload])


@task_group
def pipeline(batch: str, dataset: str, source: str) -> None:
    """Take one batch from the landing zone to the KPI tables."""
    ingest = {
        "--batch": batch,
        "--dataset": dataset,
        "--source": source,
        "--map": "{{ params.map }}",
        "--max-rejected": "{{ params.max_rejected }}",
    }
    chain(
        step("ingest", ingest, expects_input=True),
        step("clean", {"--batch": batch}, outlets=[SILVER]),
        step("aggregate", {"--batch": batch}, outlets=[GOLD]),
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
        "batch": Param(None, type=["null", "string"], description="By hand: the batch's id"),
        "dataset": Param(None, type=["null", "string"], description="By hand: what its files hold, if they don't say"),
        "source": Param("", type="string", description="By hand: where its files are, if not in the landing zone"),
        "map": Param(
            "",
            type="string",
            description="What the files' own columns mean: a mapping file, such as s3://bucket/map.json",
        ),
        "max_rejected": Param("5%", type="string", description="The largest share of bad records that is taken"),
    },
    tags=["shoplake"],
):
    pipeline.expand_kwargs(batches())
