"""How a step's lineage gets the run of Airflow that it belongs to."""

import json
import shlex
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from shoplake_airflow import step
from shoplake_airflow.lineage import parent_run

import fakes
from task_context import make_context

MACROS = "airflow.providers.openlineage.plugins.macros"
PARENT = "prod/shoplake_daily.clean/0197b2a0-0000-7000-8000-00000000000a"
ROOT = "prod/shoplake_daily/0197b2a0-0000-7000-8000-00000000000b"
#: Writes its environment into a file, and a result.
PROGRAM = """
import json, os, sys
open(sys.argv[1], "w").write(json.dumps(dict(os.environ)))
print(json.dumps({"task": "clean", "run_id": "r", "status": "published"}))
"""


def install_provider(environment: pytest.MonkeyPatch, **macros: Any) -> None:
    """Put a stand-in for the provider's macros in its place."""
    module = ModuleType(MACROS)
    for name, macro in macros.items():
        setattr(module, name, macro)
    environment.setitem(sys.modules, MACROS, module)


def both(environment: pytest.MonkeyPatch) -> None:
    install_provider(environment, lineage_parent_id=lambda _: PARENT, lineage_root_parent_id=lambda _: ROOT)


def test_a_step_as_a_process_gets_its_parent_and_where_lineage_goes(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    both(environment)
    (tmp_path / "program.py").write_text(PROGRAM)
    found = tmp_path / "environment.json"
    environment.setenv("SHOPLAKE_COMMAND", shlex.join([sys.executable, str(tmp_path / "program.py"), str(found)]))
    environment.setenv("OPENLINEAGE_URL", "http://marquez:5000")
    step("clean").execute(make_context("lineage"))
    passed_on = json.loads(found.read_text())
    assert {name: value for name, value in passed_on.items() if name.startswith("OPENLINEAGE")} == {
        "OPENLINEAGE_URL": "http://marquez:5000",
        "OPENLINEAGE_PARENT_ID": PARENT,
        "OPENLINEAGE_ROOT_PARENT_ID": ROOT,
    }


def test_a_step_on_ecs_gets_its_parent(environment: pytest.MonkeyPatch) -> None:
    both(environment)
    client = fakes.ecs(environment, 0, None)
    step("clean").execute(make_context("lineage"))
    [override] = client.started["overrides"]["containerOverrides"]
    assert {"name": "OPENLINEAGE_PARENT_ID", "value": PARENT} in override["environment"]
    assert {"name": "OPENLINEAGE_ROOT_PARENT_ID", "value": ROOT} in override["environment"]


def test_a_step_in_a_container_gets_its_parent(environment: pytest.MonkeyPatch) -> None:
    both(environment)
    engine = fakes.docker(environment, 0, None)
    step("clean").execute(make_context("lineage"))
    assert engine.created["environment"]["OPENLINEAGE_PARENT_ID"] == PARENT


def test_without_the_provider_there_is_no_parent(environment: pytest.MonkeyPatch) -> None:
    environment.setitem(sys.modules, MACROS, None)
    assert parent_run(make_context("none")["ti"]) == {}


def test_an_older_provider_names_the_parent_alone(environment: pytest.MonkeyPatch) -> None:
    install_provider(environment, lineage_parent_id=lambda _: PARENT)
    assert parent_run(make_context("older")["ti"]) == {"OPENLINEAGE_PARENT_ID": PARENT}


def test_a_provider_that_fails_does_not_fail_the_step(environment: pytest.MonkeyPatch) -> None:
    def fail(_: Any) -> str:
        raise AttributeError("no logical date")

    install_provider(environment, lineage_parent_id=fail)
    assert parent_run(make_context("failing")["ti"]) == {}
