"""Which part of the worker's environment a step gets: what says where the lake is, nothing of Airflow's own."""

from collections.abc import Mapping

#: What only the DAGs and operators read.
_AIRFLOWS = {
    "SHOPLAKE_RUNTIME",
    "SHOPLAKE_IMAGE",
    "SHOPLAKE_DOCKER_NETWORK",
    "SHOPLAKE_COMMAND",
    "SHOPLAKE_CLUSTER",
    "SHOPLAKE_TASK_FAMILY",
    "SHOPLAKE_TASK_SUBNETS",
    "SHOPLAKE_TASK_SECURITY_GROUP",
    "SHOPLAKE_TASK_LOG_GROUP",
    "SHOPLAKE_LANDING_QUEUE",
    "SHOPLAKE_FILE_DROP_QUEUE",
    "SHOPLAKE_FILE_DROP_LOOK_SECONDS",
    "SHOPLAKE_DATA_ARE_GENERATED",
    "SHOPLAKE_RETRY_SECONDS",
}
#: How a file drop is set up; the names are those that its users know.
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
#: Paths of the worker's machine mean nothing in a container.
_PATHS = {"SHOPLAKE_SCRATCH", "SHOPLAKE_HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"}
#: What a program needs of the machine that it runs on.
_MACHINE = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "NODE_EXTRA_CA_CERTS", "HTTPS_PROXY", "NO_PROXY"}


def for_ecs(worker: Mapping[str, str]) -> dict[str, str]:
    """
    Return what an ECS task gets beside what its definition sets: how the file drop is set up, and on AWS nothing else.

    There its role gives it credentials. An emulator hands them out at an address of its own, which the SDK refuses as
    none of ECS.
    """
    credentials = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} if "AWS_ENDPOINT_URL" in worker else set()
    return {name: worker[name] for name in sorted(_FILE_DROP | credentials) if name in worker}


def region_of(worker: Mapping[str, str]) -> str | None:
    """Return the region that the steps work in; boto3 by itself does not know the name that all other SDKs use."""
    return worker.get("AWS_REGION") or worker.get("AWS_DEFAULT_REGION")


def settings_of(worker: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that say where the lake is and how to work on it."""
    return {
        name: value
        for name, value in worker.items()
        if (name.startswith(("SHOPLAKE_", "AWS_")) and name not in _AIRFLOWS) or name in _FILE_DROP
    }


def for_container(worker: Mapping[str, str]) -> dict[str, str]:
    """Return what a container gets, beside what its image sets."""
    return {name: value for name, value in settings_of(worker).items() if name not in _PATHS}


def for_process(worker: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a process on the worker's machine."""
    return {name: value for name, value in worker.items() if name in _MACHINE} | settings_of(worker)
