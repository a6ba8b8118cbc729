"""A fake Docker engine and ECS that end a step as a test asks; all of our own code around them is real."""

import json
import shlex
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from conftest import ECS


def output_lines(exit_code: int, error: str | None) -> list[str]:
    """Return what a step prints before it ends with this exit code."""
    result = {"task": "clean", "run_id": "1", "status": "failed" if error else "published", "kept": 3}
    lines = [json.dumps({"level": "info", "message": "working"})]
    # A step that is killed prints no result.
    return lines if exit_code > 128 else [*lines, json.dumps(result | ({"error": error} if error else {}))]


def process(environment: pytest.MonkeyPatch, exit_code: int, error: str | None) -> None:
    """Use a program that prints and exits in place of shoplake."""
    code = f"import sys; print({chr(10).join(output_lines(exit_code, error))!r}); sys.exit({exit_code})"
    environment.setenv("SHOPLAKE_RUNTIME", "process")
    environment.setenv("SHOPLAKE_COMMAND", f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}")


def docker(environment: pytest.MonkeyPatch, exit_code: int, error: str | None) -> "Engine":
    """Use an engine whose containers print and exit."""
    from shoplake_airflow.runtimes.docker import DockerStep

    engine = Engine(exit_code, error)
    environment.setenv("SHOPLAKE_RUNTIME", "docker")
    environment.setattr(DockerStep, "client", engine)
    return engine


def ecs(environment: pytest.MonkeyPatch, exit_code: int, error: str | None) -> "Ecs":
    """Use an ECS whose tasks print and exit."""
    from shoplake_airflow.runtimes import ecs as runtime
    from shoplake_airflow.runtimes import ecs_cluster, retry_budget

    client = Ecs(exit_code, error)
    for name, value in ECS.items():
        environment.setenv(name, value)
    environment.setenv("SHOPLAKE_RUNTIME", "ecs")
    environment.setattr(runtime.EcsStep, "client", client)
    environment.setattr(runtime.EcsStep, "logs_client", client)
    for module in (runtime, ecs_cluster, retry_budget):
        environment.setattr(module, "POLL", 0)
    environment.setattr(runtime, "_LOG_DELAY", 0)
    return client


RUNTIMES = {"process": process, "docker": docker, "ecs": ecs}


class Engine:
    """The part of the engine's API that a step uses."""

    def __init__(self, exit_code: int, error: str | None) -> None:
        self.exit_code = exit_code
        self.lines = output_lines(exit_code, error)
        self.created: dict[str, Any] = {}
        self.removed: list[str] = []
        self.left: list[dict[str, str]] = []

    def images(self, name: str) -> list[str]:
        return [name]

    def create_host_config(self, **config: Any) -> dict[str, Any]:
        return config

    def create_container(self, **container: Any) -> dict[str, str]:
        self.created = container
        return {"Id": "new"}

    def attach(self, *_: Any, **__: Any) -> Iterator[tuple[bytes | None, bytes | None]]:
        for line in self.lines:
            yield line.encode() + b"\n", None

    def start(self, _container: str) -> None:
        pass

    def kill(self, *_: Any, **__: Any) -> None:
        pass

    def wait(self, *_: Any, **__: Any) -> dict[str, int]:
        return {"StatusCode": self.exit_code}

    def containers(self, **_: Any) -> list[dict[str, str]]:
        return self.left

    def remove_container(self, container: str, **_: Any) -> None:
        self.removed.append(container)


class Ecs:
    """The parts of the APIs of ECS and CloudWatch Logs that a step uses."""

    exceptions = SimpleNamespace(ResourceNotFoundException=KeyError)

    def __init__(self, exit_code: int, error: str | None) -> None:
        self.exit_code = exit_code
        self.lines = output_lines(exit_code, error)
        self.started: dict[str, Any] = {}
        self.stopped: list[str] = []
        self.left: list[str] = []
        self.failures: list[Exception] = []
        #: What RunTask returns or raises before it starts a task, and what StopTask raises before it stops one.
        self.start_answers: list[Exception | dict[str, Any]] = []
        self.stop_failures: list[Exception] = []
        #: The tokens of all requests to start a task.
        self.tokens: list[str] = []
        #: How many times DescribeTasks reports a task as MISSING.
        self.missing = 0

    def run_task(self, **task: Any) -> dict[str, Any]:
        self.started = task
        self.tokens.append(task["clientToken"])
        if self.start_answers:
            answer = self.start_answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return {"failures": [], "tasks": [{"taskArn": "arn:aws:ecs:task/shoplake/new"}]}

    def describe_tasks(self, tasks: list[str], **_: Any) -> dict[str, Any]:
        if self.failures:
            raise self.failures.pop()
        if self.missing > 0:
            self.missing -= 1
            return {"tasks": [], "failures": [{"arn": task, "reason": "MISSING"} for task in tasks]}
        containers = [{"name": "shoplake", "exitCode": self.exit_code}]
        return {"tasks": [{"taskArn": task, "lastStatus": "STOPPED", "containers": containers} for task in tasks]}

    def list_tasks(self, **_: Any) -> dict[str, Any]:
        return {"taskArns": self.left}

    def stop_task(self, task: str, **_: Any) -> None:
        if self.stop_failures:
            raise self.stop_failures.pop()
        self.stopped.append(task)

    def get_log_events(self, nextToken: str = "0", **_: Any) -> dict[str, Any]:
        lines = [] if nextToken == "1" else self.lines
        return {"events": [{"message": line} for line in lines], "nextForwardToken": "1"}
