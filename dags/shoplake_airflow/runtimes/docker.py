"""Runs a step as a container of the Docker engine."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.docker.hooks.docker import DockerHook
from docker.errors import APIError, NotFound
from requests.exceptions import RequestException

from shoplake_airflow.base_step import Flags, Step
from shoplake_airflow.compat import AirflowFailException
from shoplake_airflow.environment import for_container
from shoplake_airflow.identity import Identity
from shoplake_airflow.output import LineSplitter, Output

if TYPE_CHECKING:
    from docker import APIClient

_LOCAL_ENGINE = "unix://var/run/docker.sock"
#: How a container on the engine's default network reaches what listens on the host.
_HOST = {"host.docker.internal": "host-gateway"}
_SCRATCH = "/scratch"


class DockerStep(Step):
    """
    A step in a container of the image `SHOPLAKE_IMAGE` on the network `SHOPLAKE_DOCKER_NETWORK`.

    In place of a DockerOperator it uses that operator's DockerHook (docs/decisions/018-steps-compose-hooks.md). The
    engine is that of `DOCKER_HOST`; `docker_conn_id` names the Airflow connection to a registry that needs a login. The
    container is read-only except for its scratch volume, labelled, and removed however the task ends.
    """

    template_fields: Sequence[str] = (*Step.template_fields, "image", "docker_conn_id")

    def __init__(self, *, step: str, flags: Flags, docker_conn_id: str | None = None, **options: Any) -> None:
        """Make the operator; nothing starts."""
        super().__init__(step=step, flags=flags, **options)
        self.image = os.environ.get("SHOPLAKE_IMAGE", "shoplake:latest")
        self.network_mode = os.environ.get("SHOPLAKE_DOCKER_NETWORK", "bridge")
        self.docker_conn_id = docker_conn_id
        self._container: str | None = None

    @cached_property
    def client(self) -> "APIClient":
        """The engine's API; connected at first use."""
        engine = os.environ.get("DOCKER_HOST") or _LOCAL_ENGINE
        return DockerHook(docker_conn_id=self.docker_conn_id, base_url=engine).api_client

    def run(self, command: Sequence[str], identity: Identity, output: Output) -> int:
        """See Step."""
        _require_image(self.client, self.image)
        self._container = self.client.create_container(
            image=self.image,
            command=list(command),
            environment={**for_container(os.environ), **self.parent},
            labels=identity.labels,
            volumes=[_SCRATCH],
            host_config=self.client.create_host_config(
                network_mode=self.network_mode,
                extra_hosts={} if self.network_mode == "host" else _HOST,
                read_only=True,
                cap_drop=["ALL"],
                security_opt=["no-new-privileges"],
            ),
        )["Id"]
        # Attached before it starts, so that no line is missed.
        chunks = self.client.attach(self._container, stream=True, demux=True)
        self.client.start(self._container)
        for line in _read_lines(chunks):
            output.line(line)
        return self._wait_for_exit_code()

    def stop(self, grace: float) -> None:
        """See Step."""
        if self._container is None:
            return
        container, self._container = self._container, None
        # It may not have started, have ended, or have been removed by someone else.
        with suppress(NotFound, APIError):
            self.client.kill(container, signal="SIGTERM")
            with suppress(RequestException):
                self.client.wait(container, timeout=grace)
        _remove(self.client, container)

    def remove_leftovers(self, identity: Identity) -> int:
        """See Step."""
        labels = [f"{name}={value}" for name, value in identity.labels.items()]
        leftovers = self.client.containers(all=True, filters={"label": labels})
        for container in leftovers:
            _remove(self.client, container["Id"])
        return len(leftovers)

    def _wait_for_exit_code(self) -> int:
        container = self._container
        if container is None:
            return 143  # `stop` removed it.
        try:
            return self.client.wait(container)["StatusCode"]
        except NotFound:
            return 137  # Someone else removed it.


def _read_lines(chunks: Iterator[tuple[bytes | None, bytes | None]]) -> Iterator[str]:
    """Yield the lines of stdout and stderr as they arrive."""
    splitters = (LineSplitter(), LineSplitter())
    for chunk in chunks:
        for splitter, part in zip(splitters, chunk, strict=True):
            if part:
                yield from splitter.feed(part)
    for splitter in splitters:
        yield from splitter.end()


def _require_image(client: "APIClient", image: str) -> None:
    """Pull the image unless the engine has it."""
    if client.images(name=image):
        return
    try:
        client.pull(image)
    except NotFound as error:
        raise AirflowFailException(
            f"The image {image} is not on this Docker engine and can't be pulled ({error.explanation}): build it there "
            "('docker/build-image'), or set SHOPLAKE_IMAGE to an image that is there."
        ) from error


def _remove(client: "APIClient", container: str) -> None:
    """Remove a container with its scratch volume; another try may be removing it too."""
    with suppress(APIError):
        client.remove_container(container, force=True, v=True)
