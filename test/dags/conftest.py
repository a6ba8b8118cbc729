"""Airflow without a database, and the environment of a worker."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

home = tempfile.mkdtemp(prefix="shoplake-dags-")
atexit.register(shutil.rmtree, home, ignore_errors=True)
# Before anything imports Airflow, which reads its settings on import.
os.environ |= {
    "AIRFLOW_HOME": home,
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
}
for name in [name for name in os.environ if name.startswith(("SHOPLAKE_", "AWS_", "OPENLINEAGE_"))]:
    del os.environ[name]

import pytest

DAGS = Path(__file__).parents[2] / "dags"

ECS = {
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "SHOPLAKE_CLUSTER": "shoplake",
    "SHOPLAKE_TASK_FAMILY": "shoplake",
    "SHOPLAKE_TASK_SUBNETS": "subnet-1,subnet-2",
    "SHOPLAKE_TASK_SECURITY_GROUP": "sg-1",
    "SHOPLAKE_TASK_LOG_GROUP": "/shoplake/tasks",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """The worker's environment, for the test to change."""
    monkeypatch.setenv("SHOPLAKE_SCRATCH", str(tmp_path))
    return monkeypatch
