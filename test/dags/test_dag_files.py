"""Every DAG file: it loads without warnings within a second in each runtime, and declares the tasks it should."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from conftest import DAGS, ECS

FILES = sorted(DAGS.glob("*.py"))
RUNTIMES = {"process": {}, "docker": {}, "ecs": ECS}

LOAD = """
import json, sys, time
from datetime import datetime
# What the DAG processor has loaded before it reads a file.
from airflow.sdk import DAG, Asset, BaseOperator, Param, chain, task, task_group
from shoplake_airflow.compat import CronDataIntervalTimetable
try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # Airflow 3.0 and 3.1
    from airflow.models.dagbag import DagBag
def zone_of(timetable):
    zone = getattr(timetable, "timezone", None) or getattr(timetable, "_timezone", None)
    return getattr(zone, "name", zone)

bag = DagBag(sys.argv[1], collect_dags=False)
# CPU time of this process, however busy the machine is.
start = time.process_time()
bag.process_file(sys.argv[1])
seconds = time.process_time() - start
print(json.dumps({
    "seconds": seconds,
    "errors": bag.import_errors,
    "warnings": bag.captured_warnings,
    "dags": {
        dag.dag_id: {
            "tasks": {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks},
            "operators": sorted({type(task).__name__ for task in dag.tasks if hasattr(task, "flags")}),
            "pools": sorted({task.pool for task in dag.tasks if hasattr(task, "flags")}),
            "outlets": {task.task_id: [o.name for o in task.outlets] for task in dag.tasks if task.outlets},
            "unlimited": [task.task_id for task in dag.tasks if hasattr(task, "flags") and not task.execution_timeout],
            "schedule": type(dag.timetable).__name__,
            "zone": zone_of(dag.timetable),
            "days": [
                dag.user_defined_macros["day"](datetime.fromisoformat(moment))
                for moment in ("2026-11-19T22:59:59+00:00", "2026-11-19T23:00:00+00:00")
                if "day" in (dag.user_defined_macros or {})
            ],
            "families": sorted({getattr(task, "task_definition", None) or "" for task in dag.tasks}),
            "catchup": dag.catchup,
            "rules": {
                task.task_id: task.trigger_rule.value for task in dag.tasks if task.trigger_rule != "all_success"
            },
            "params": sorted(dag.params),
            "flags": {task.task_id: sorted(task.flags) for task in dag.tasks if hasattr(task, "flags")},
            "expecting": [task.task_id for task in dag.tasks if getattr(task, "expects_input", False)],
        }
        for dag in bag.dags.values()
    },
}))
"""


def load(name: str, **settings: str) -> dict[str, Any]:
    """Load a DAG file in a process of its own, as the DAG processor does."""
    environment = os.environ | {"PYTHONPATH": str(DAGS), "PYTHONDONTWRITEBYTECODE": "1"} | settings
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(DAGS / name)], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("file", [file.name for file in FILES])
def test_loads_without_error_or_warning_within_a_second(file: str, runtime: str) -> None:
    loaded = load(file, SHOPLAKE_RUNTIME=runtime, **RUNTIMES[runtime])
    assert loaded["errors"] == {}
    assert loaded["warnings"] == {}
    assert list(loaded["dags"]) == [file.removesuffix(".py")]
    assert loaded["seconds"] < 1


@pytest.mark.parametrize("name", ["shoplake_daily", "shoplake_landing", "shoplake_file_drop", "shoplake_streams"])
def test_a_run_can_choose_the_engine_of_clean_and_aggregate(name: str) -> None:
    dag = load(f"{name}.py")["dags"][name]
    assert "engine" in dag["params"]
    tasks = {task.split(".")[-1]: flags for task, flags in dag["flags"].items()}
    assert {task for task, flags in tasks.items() if "--engine" in flags} == {"clean", "aggregate"}


@pytest.mark.parametrize(
    ("runtime", "operator"), [("process", "ProcessStep"), ("docker", "DockerStep"), ("ecs", "EcsStep")]
)
def test_every_step_runs_in_the_runtime_of_the_deployment(runtime: str, operator: str) -> None:
    for file in FILES:
        (dag,) = load(file.name, SHOPLAKE_RUNTIME=runtime, **RUNTIMES[runtime])["dags"].values()
        assert dag["operators"] == [operator]
        assert dag["pools"] == ["shoplake"]
        assert dag["unlimited"] == []
        assert dag["catchup"] is False


def test_daily_pipeline() -> None:
    (dag,) = load("shoplake_daily.py")["dags"].values()
    assert dag["schedule"] == "CronDataIntervalTimetable"
    assert dag["tasks"] == {
        "ingest": ["clean"],
        "clean": ["aggregate"],
        "aggregate": ["crawl"],
        "crawl": ["load_kpis"],
        "load_kpis": ["report"],
        "report": [],
    }
    assert dag["outlets"] == {
        "clean": ["shoplake_silver"],
        "aggregate": ["shoplake_gold"],
        "load_kpis": ["shoplake_kpi_tables"],
    }
    # In the lake's bucket, which is the default; the step's result, and so its XCom, has the address.
    assert dag["flags"]["report"] == ["--to"]
    assert dag["flags"]["ingest"] == ["--batch", "--from", "--map", "--max-rejected", "--source"]
    assert {"from", "map"} <= set(dag["params"])
    # A day without files sends an alert.
    assert dag["expecting"] == ["ingest"]


@pytest.mark.parametrize(
    ("setting", "zone", "days"),
    [
        ("", "UTC", ["2026-11-19", "2026-11-19"]),
        ("Europe/Berlin", "Europe/Berlin", ["2026-11-19", "2026-11-20"]),
    ],
)
def test_the_daily_pipeline_runs_by_the_days_of_the_time_zone(setting: str, zone: str, days: list[str]) -> None:
    (dag,) = load("shoplake_daily.py", SHOPLAKE_TIME_ZONE=setting)["dags"].values()
    assert dag["zone"] == zone
    assert dag["days"] == days


def test_the_daily_pipeline_generates_data_only_if_the_deployment_asks_for_it() -> None:
    (dag,) = load("shoplake_daily.py", SHOPLAKE_DATA_ARE_GENERATED="true")["dags"].values()
    assert dag["tasks"]["generate"] == ["ingest"]
    (dag,) = load("shoplake_daily.py", SHOPLAKE_DATA_ARE_GENERATED="false")["dags"].values()
    assert "generate" not in dag["tasks"]


def test_streams() -> None:
    (dag,) = load("shoplake_streams.py")["dags"].values()
    assert dag["schedule"] == "CronDataIntervalTimetable"
    assert dag["tasks"] == {
        "anything_new": ["stream_seal"],
        "stream_seal": ["clean"],
        "clean": ["aggregate"],
        "aggregate": ["crawl", "done", "stream_alarms"],
        "crawl": ["done"],
        "stream_alarms": ["done"],
        "done": [],
    }
    # Dates that `aggregate` refuses don't hold back the others; the run fails all the same.
    # A drop of an earlier hour may be due although nothing was delivered. `done` waits for the alarms in any case.
    assert dag["rules"] == {"crawl": "none_skipped", "stream_alarms": "all_done", "done": "none_failed"}
    assert dag["outlets"] == {"clean": ["shoplake_silver"], "aggregate": ["shoplake_gold"]}


def test_maintenance() -> None:
    (dag,) = load("shoplake_maintenance.py")["dags"].values()
    assert dag["tasks"] == {
        "drift": ["all_well", "vacuum"],
        "status": ["all_well"],
        "vacuum": [],
        "all_well": [],
    }


@pytest.mark.parametrize("queue", [None, "http://localhost:4566/000000000000/landing"])
def test_landing_loads_with_and_without_a_queue(queue: str | None) -> None:
    loaded = load("shoplake_landing.py", **({"SHOPLAKE_LANDING_QUEUE": queue} if queue else {}))
    (dag,) = loaded["dags"].values()
    assert dag["tasks"] == {
        # Each of these steps takes the batch as an argument.
        "batches": ["pipeline.aggregate", "pipeline.clean", "pipeline.ingest", "pipeline.load_kpis"],
        "pipeline.ingest": ["pipeline.clean"],
        "pipeline.clean": ["pipeline.aggregate"],
        "pipeline.aggregate": ["pipeline.crawl"],
        "pipeline.crawl": ["pipeline.load_kpis"],
        "pipeline.load_kpis": [],
    }
    assert dag["flags"]["pipeline.ingest"] == ["--batch", "--dataset", "--from", "--map", "--max-rejected", "--source"]
    assert {"from", "map"} <= set(dag["params"])
    # An announcement without files sends an alert.
    assert dag["expecting"] == ["pipeline.ingest"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"SHOPLAKE_RUNTIME": "podman"}, "SHOPLAKE_RUNTIME=podman is not a runtime: set it to docker, ecs, process."),
        ({"SHOPLAKE_RUNTIME": "ecs"}, "SHOPLAKE_RUNTIME=ecs needs SHOPLAKE_CLUSTER"),
    ],
)
def test_missing_settings_are_named_in_the_import_error_of_the_dag(settings: dict[str, str], message: str) -> None:
    loaded = load("shoplake_daily.py", **settings)
    assert loaded["dags"] == {}
    (error,) = loaded["errors"].values()
    assert message in error


def test_market_data() -> None:
    (dag,) = load("shoplake_market_data.py")["dags"].values()
    assert dag["schedule"] == "CronDataIntervalTimetable"
    assert dag["tasks"] == {"stocks_generate": ["stocks_consume"], "stocks_consume": []}


def test_a_step_of_two_words_has_its_own_task_family() -> None:
    (dag,) = load("shoplake_market_data.py", SHOPLAKE_RUNTIME="ecs", **ECS)["dags"].values()
    assert dag["families"] == ["shoplake-stocks-consume", "shoplake-stocks-generate"]
