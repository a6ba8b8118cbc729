"""Which of the worker's settings reach a step, in each runtime."""

from pathlib import Path

import pytest
import yaml
from shoplake_airflow import environment
from shoplake_airflow.environment import for_container, for_ecs, for_process

EVERYWHERE = {"process", "docker", "ecs"}
ON_THIS_MACHINE = {"process", "docker"}
#: Each setting, and the runtimes whose steps get it.
SETTINGS = {
    # How steps work: each is a flag of a step.
    "SHOPLAKE_ON_INVALID": EVERYWHERE,
    "SHOPLAKE_MAX_REJECTED": EVERYWHERE,
    "SHOPLAKE_MAP": EVERYWHERE,
    "SHOPLAKE_TIME_ZONE": EVERYWHERE,
    "SHOPLAKE_OLDER_THAN": EVERYWHERE,
    "SHOPLAKE_A_FLAG_OF_TOMORROW": EVERYWHERE,
    # Where lineage goes.
    "OPENLINEAGE_URL": EVERYWHERE,
    "OPENLINEAGE_API_KEY": EVERYWHERE,
    "OPENLINEAGE_NAMESPACE": EVERYWHERE,
    "OPENLINEAGE_DISABLED": EVERYWHERE,
    "OPENLINEAGE__TRANSPORT__LOG_FILE_PATH": {"process"},
    # The file drop.
    "S3_BUCKET": EVERYWHERE,
    "S3_PREFIX": EVERYWHERE,
    "MIN_ORDER_FILES": EVERYWHERE,
    "MIN_ITEM_FILES": EVERYWHERE,
    "MIN_PRODUCT_FILES": EVERYWHERE,
    "FORCE_PROCESS_AFTER_MINUTES": EVERYWHERE,
    "THRESHOLD_MET_TIMESTAMP_KEY": EVERYWHERE,
    "LOCK_KEY": EVERYWHERE,
    # How the SDK works.
    "AWS_MAX_ATTEMPTS": EVERYWHERE,
    "AWS_RETRY_MODE": EVERYWHERE,
    "AWS_USE_FIPS_ENDPOINT": EVERYWHERE,
    "AWS_USE_DUALSTACK_ENDPOINT": EVERYWHERE,
    # A task definition sets its own: the resources of the stack, the region and the size.
    "SHOPLAKE_BUCKET": ON_THIS_MACHINE,
    "SHOPLAKE_ALERTS_TOPIC": ON_THIS_MACHINE,
    "SHOPLAKE_STOCK_QUEUE": ON_THIS_MACHINE,
    "SHOPLAKE_MEMORY": ON_THIS_MACHINE,
    "SHOPLAKE_THREADS": ON_THIS_MACHINE,
    "AWS_REGION": ON_THIS_MACHINE,
    # An ECS task gets its credentials from its role.
    "AWS_PROFILE": ON_THIS_MACHINE,
    "AWS_ACCESS_KEY_ID": ON_THIS_MACHINE,
    "AWS_SECRET_ACCESS_KEY": ON_THIS_MACHINE,
    "AWS_SESSION_TOKEN": ON_THIS_MACHINE,
    # Paths on the worker's machine.
    "SHOPLAKE_SCRATCH": {"process"},
    "SHOPLAKE_HOME": {"process"},
    "SHOPLAKE_PROJECT": {"process"},
    "AWS_CONFIG_FILE": {"process"},
    "AWS_SHARED_CREDENTIALS_FILE": {"process"},
    "AWS_WEB_IDENTITY_TOKEN_FILE": {"process"},
    "AWS_CA_BUNDLE": {"process"},
    "PATH": {"process"},
    # Read only by the DAGs and operators.
    "SHOPLAKE_RUNTIME": set(),
    "SHOPLAKE_SETTINGS": set(),
    "SHOPLAKE_TASK_SUBNETS": set(),
    "SHOPLAKE_TASK_PUBLIC_IP": set(),
    "SHOPLAKE_DATA_ARE_GENERATED": set(),
    "AIRFLOW__CORE__FERNET_KEY": set(),
    "POSTGRES_PASSWORD": set(),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_reaches_the_steps_of_these_runtimes_unchanged(name: str) -> None:
    runtimes = {"process": for_process, "docker": for_container, "ecs": for_ecs}
    passed_on = {runtime: settings({name: "its value"}) for runtime, settings in runtimes.items()}
    assert {runtime for runtime, settings in passed_on.items() if settings == {name: "its value"}} == SETTINGS[name]
    assert {runtime for runtime, settings in passed_on.items() if settings} == SETTINGS[name]


def test_with_an_emulator_an_ecs_task_gets_the_workers_credentials() -> None:
    worker = {"AWS_ENDPOINT_URL": "http://aws", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    assert for_ecs(worker) == {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


def test_compose_passes_on_how_steps_work() -> None:
    compose = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())
    # Names without a value: Compose takes it from .env or the shell, and leaves out what neither sets.
    passed_on = {name for name, value in compose["x-airflow"]["environment"].items() if value is None}
    assert passed_on >= environment._FILE_DROP | {
        "OPENLINEAGE_URL",
        "SHOPLAKE_FILE_DROP_LOOK_SECONDS",
        "SHOPLAKE_MAX_REJECTED",
        "SHOPLAKE_MEMORY",
        "SHOPLAKE_ON_INVALID",
        "SHOPLAKE_RETRY_SECONDS",
        "SHOPLAKE_THREADS",
        "SHOPLAKE_TIME_ZONE",
    }
