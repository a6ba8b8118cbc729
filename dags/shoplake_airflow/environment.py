"""Which of the worker's environment variables a step gets: those of the lake, none of Airflow's own."""

from collections.abc import Mapping

#: Read only by the DAGs, the operators and people.
_NOT_FOR_STEPS = {
    "SHOPLAKE_RUNTIME",
    "SHOPLAKE_IMAGE",
    "SHOPLAKE_DOCKER_NETWORK",
    "SHOPLAKE_COMMAND",
    "SHOPLAKE_SETTINGS",
    "SHOPLAKE_CLUSTER",
    "SHOPLAKE_TASK_FAMILY",
    "SHOPLAKE_TASK_SUBNETS",
    "SHOPLAKE_TASK_PUBLIC_IP",
    "SHOPLAKE_TASK_SECURITY_GROUP",
    "SHOPLAKE_TASK_LOG_GROUP",
    "SHOPLAKE_LANDING_QUEUE",
    "SHOPLAKE_FILE_DROP_QUEUE",
    "SHOPLAKE_FILE_DROP_LOOK_SECONDS",
    "SHOPLAKE_DATA_ARE_GENERATED",
    "SHOPLAKE_RETRY_SECONDS",
    "SHOPLAKE_REPOSITORY",
    "SHOPLAKE_AIRFLOW_POLICY",
    "SHOPLAKE_MAINTENANCE_POLICY",
    "SHOPLAKE_AIRFLOW_PORT",
}
#: The settings of the file drop, under the names that its users know.
_FILE_DROP = {
    "S3_BUCKET",
    "S3_PREFIX",
    "MIN_ORDER_FILES",
    "MIN_ITEM_FILES",
    "MIN_PRODUCT_FILES",
    "FORCE_PROCESS_AFTER_MINUTES",
    "THRESHOLD_MET_TIMESTAMP_KEY",
    "LOCK_KEY",
}
#: Paths on the worker's machine, meaningless in a container.
_PATHS = {
    "SHOPLAKE_SCRATCH",
    "SHOPLAKE_HOME",
    "SHOPLAKE_PROJECT",
    "OPENLINEAGE__TRANSPORT__LOG_FILE_PATH",
    "OPENLINEAGE_CONFIG",
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
}
#: Set by the task definition of each step: where the stack's resources are, and how large the task is
#: (infra/tasks/task-runner.ts).
_SET_BY_TASK_DEFINITION = {
    "AWS_REGION",
    "SHOPLAKE_ALERTS_TOPIC",
    "SHOPLAKE_BUCKET",
    "SHOPLAKE_CATEGORY_KPIS_TABLE",
    "SHOPLAKE_DATABASE",
    "SHOPLAKE_ENGINE_WORKGROUP",
    "SHOPLAKE_LANDING_CRAWLER",
    "SHOPLAKE_MEMORY",
    "SHOPLAKE_ORDER_KPIS_TABLE",
    "SHOPLAKE_PRODUCTS_TABLE",
    "SHOPLAKE_SCRATCH_DATABASE",
    "SHOPLAKE_STOCKS_BUCKET",
    "SHOPLAKE_STOCK_COUNT",
    "SHOPLAKE_STOCK_DATA_TABLE",
    "SHOPLAKE_STOCK_DEAD_LETTERS",
    "SHOPLAKE_STOCK_QUEUE",
    "SHOPLAKE_STOCK_RETENTION_DAYS",
    "SHOPLAKE_WORKGROUP",
}
#: Describes the worker's machine, which no ECS task runs on.
_MACHINE_SIZE = {"SHOPLAKE_THREADS"}
#: How the SDK works; not its credentials or endpoints.
_SDK = {"AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT"}
#: What any program needs to know of its machine.
_MACHINE = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "NODE_EXTRA_CA_CERTS", "HTTPS_PROXY", "NO_PROXY"}


def for_ecs(worker: Mapping[str, str]) -> dict[str, str]:
    """
    Return what an ECS task gets in addition to what its definition sets: what any container gets,
    without AWS's own settings.

    Its role gives it credentials. Only with an emulator does it get the worker's: an emulator serves those of a role at
    an address that the SDK does not accept as one of ECS.
    """
    credentials = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} if "AWS_ENDPOINT_URL" in worker else set()
    left_out = _SET_BY_TASK_DEFINITION | _MACHINE_SIZE
    return {
        name: value
        for name, value in sorted(for_container(worker).items())
        if name not in left_out and (not name.startswith("AWS_") or name in _SDK | credentials)
    }


def aws_region(worker: Mapping[str, str]) -> str | None:
    """Return the region that the steps work in; boto3 itself does not read `AWS_REGION`, which all other SDKs do."""
    return worker.get("AWS_REGION") or worker.get("AWS_DEFAULT_REGION")


def lake_settings(worker: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that say where the lake is, how steps work on it, and where their lineage goes."""
    return {
        name: value
        for name, value in worker.items()
        if (name.startswith(("SHOPLAKE_", "AWS_", "OPENLINEAGE_")) and name not in _NOT_FOR_STEPS) or name in _FILE_DROP
    }


def for_container(worker: Mapping[str, str]) -> dict[str, str]:
    """Return what a container gets in addition to what its image sets."""
    return {name: value for name, value in lake_settings(worker).items() if name not in _PATHS}


def for_process(worker: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a process on the worker's machine."""
    return {name: value for name, value in worker.items() if name in _MACHINE} | lake_settings(worker)
