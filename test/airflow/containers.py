"""Ends a step's containers in each way that occurs in a deployment, on a real engine, and prints the outcomes."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

clone = Path(__file__).parents[2]
sys.path[:0] = [str(clone / "dags"), str(clone / "test" / "dags")]

from airflow.sdk.exceptions import AirflowTaskTimeout  # noqa: E402
from airflow.sdk.execution_time.timeout import timeout  # noqa: E402
from shoplake_airflow import step  # noqa: E402
from shoplake_airflow.identity import Identity  # noqa: E402
from task_context import make_context  # noqa: E402

#: A day that takes much longer to generate than any of these tests.
LONG = {"--date": "2026-02-02", "--records": 20_000_000}


def docker(*args: str) -> list[str]:
    """Run docker and return the words it prints."""
    return subprocess.run(["docker", *args], check=True, capture_output=True, text=True).stdout.split()


def containers(context: Any) -> list[str]:
    """Return the containers of a task instance, running or not."""
    labels = [f"--filter=label={name}={value}" for name, value in Identity.from_context(context).labels.items()]
    return docker("ps", "--all", "--quiet", *labels)


def interrupted(run_id: str, act: Callable[[str], object]) -> dict[str, Any]:
    """Act on a step once its container runs; return how the step ended and what is left of it."""
    context = make_context(run_id)
    made = step("generate", LONG)
    volumes: list[str] = []
    # As Airflow does.
    signal.signal(signal.SIGTERM, lambda *_: made.on_kill())

    def wait() -> None:
        deadline = time.monotonic() + 60
        while not (found := containers(context)) and time.monotonic() < deadline:
            time.sleep(0.1)
        volumes.extend(docker("inspect", "--format", "{{range .Mounts}}{{.Name}} {{end}}", found[0]))
        # Give the task in it a moment to begin.
        time.sleep(2)
        act(found[0])

    waiter = threading.Thread(target=wait)
    waiter.start()
    began = time.monotonic()
    try:
        made.execute(context)
        said = "done"
    except Exception as error:
        said = str(error)
    seconds = time.monotonic() - began
    waiter.join()
    kept = set(volumes) & set(docker("volume", "ls", "--quiet"))
    return {
        "said": said,
        "left": len(containers(context)),
        "volumes": len(volumes),
        "kept": len(kept),
        "seconds": seconds,
    }


def timed_out() -> dict[str, Any]:
    """Let a step reach its time-out."""
    context = make_context("timed out")
    try:
        with timeout(5):
            step("generate", LONG).execute(context)
        said = "done"
    except AirflowTaskTimeout:
        said = "time-out"
    return {"said": said, "left": len(containers(context))}


def orphaned() -> dict[str, Any]:
    """Leave a container behind like a worker that died, and run the next try."""
    context = make_context("orphaned")
    labels = [f"--label={name}={value}" for name, value in Identity.from_context(context).labels.items()]
    flags = [f"{name}={value}" for name, value in LONG.items()]
    environment = [f"--env={name}" for name in os.environ if name.startswith("AWS_") or name == "SHOPLAKE_BUCKET"]
    network = f"--network={os.environ['SHOPLAKE_DOCKER_NETWORK']}"
    docker("run", "--detach", network, *labels, *environment, os.environ["SHOPLAKE_IMAGE"], "generate", *flags)
    before = len(containers(context))
    result = step("status").execute(context)
    return {"before": before, "status": result["status"], "left": len(containers(context))}


print(
    json.dumps(
        {
            "killed task": interrupted("killed task", lambda _: os.kill(os.getpid(), signal.SIGTERM)),
            "killed container": interrupted("killed container", lambda container: docker("kill", container)),
            "removed container": interrupted(
                "removed", lambda container: docker("rm", "--force", "--volumes", container)
            ),
            "timed out": timed_out(),
            "orphaned": orphaned(),
        }
    )
)
