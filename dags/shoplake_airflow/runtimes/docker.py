"""Runs a step as a container of the Docker engine."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow.providers.docker.operators.docker import DockerOperator
from docker.errors import APIError, NotFound
from requests.exceptions import RequestException

from shoplake_airflow.compat import AirflowFailException
from shoplake_airflow.environment import for_container
from shoplake_airflow.identity import Identity
from shoplake_airflow.operator import Flags, Step
from shoplake_airflow.output import Lines, Output

if TYPE_CHECKING:
    from docker import APIClient

#: How a container of the engine's default network reaches what listens on the machine itself.
_HOST = {"host.docker.internal": "host-gateway"}
_SCRATCH = "/scratch"


class DockerStep(Step, DockerOperator):
    """
    A step in a container of the image `SHOPLAKE_IMAGE` on the network `SHOPLAKE_DOCKER_NETWORK`.

    DockerOperator gives the connection to the engine. The container itself is this class's own: read-only but for its
    scratch volume, labelled, and removed however the task ends.
    """

    template_fields: Sequence[str] = (*Step.template_fields, "image", "docker_conn_id")

    def __init__(self, *, step: str, flags: Flags, **options: Any) -> None:
        """Make the operator; nothing starts."""
        super().__init__(
            image=os.environ.get("SHOPLAKE_IMAGE", "shoplake:latest"),
            network_mode=os.environ.get("SHOPLAKE_DOCKER_NETWORK", "bridge"),
            mount_tmp_dir=False,
            **options,
        )
        self.step = step
        self.flags = flags
        self._container: str | None = None

    def run(self, command: Sequence[str], identity: Identity, output: Output) -> int:
        """See Step."""
        _require_image(self.cli, self.image)
        self._container = self.cli.create_container(
            image=self.image,
            command=list(command),
            environment=for_container(os.environ),
            labels=identity.labels,
            volumes=[_SCRATCH],
            host_config=self.cli.create_host_config(
                network_mode=self.network_mode,
                extra_hosts={} if self.network_mode == "host" else _HOST,
                read_only=True,
                cap_drop=["ALL"],
                security_opt=["no-new-privileges"],
            ),
        )["Id"]
        # Attached before it starts, so that no line is missed.
        pieces = self.cli.attach(self._container, stream=True, demux=True)
        self.cli.start(self._container)
        for line in _lines_of(pieces):
            output.line(line)
        return self._exit_code()

    def stop(self, grace: float) -> None:
        """See Step."""
        if self._container is None:
            return
        container, self._container = self._container, None
        # It may never have started, have ended, or be removed by somebody else.
        with suppress(NotFound, APIError):
            self.cli.kill(container, signal="SIGTERM")
            with suppress(RequestException):
                self.cli.wait(container, timeout=grace)
        _remove(self.cli, container)

    def remove_leftovers(self, identity: Identity) -> int:
        """See Step."""
        labels = [f"{name}={value}" for name, value in identity.labels.items()]
        left = self.cli.containers(all=True, filters={"label": labels})
        for container in left:
            _remove(self.cli, container["Id"])
        return len(left)

    def _exit_code(self) -> int:
        container = self._container
        if container is None:
            return 143  # `stop` has removed it.
        try:
            return self.cli.wait(container)["StatusCode"]
        except NotFound:
            return 137  # Somebody else has.


def _lines_of(pieces: Iterator[tuple[bytes | None, bytes | None]]) -> Iterator[str]:
    """Yield the lines of both streams as they come."""
    streams = (Lines(), Lines())
    for piece in pieces:
        for lines, part in zip(streams, piece, strict=True):
            if part:
                yield from lines.feed(part)
    for lines in streams:
        yield from lines.end()


def _require_image(cli: "APIClient", image: str) -> None:
    """Have the image on this engine; pull it where it is not."""
    if cli.images(name=image):
        return
    try:
        cli.pull(image)
    except NotFound as error:
        raise AirflowFailException(
            f"The image {image} is neither on this Docker engine nor can it be pulled ({error.explanation}): build it "
            "there ('docker/build-image'), or name one that is there by SHOPLAKE_IMAGE."
        ) from error


def _remove(cli: "APIClient", container: str) -> None:
    # With its scratch volume; another try may be about to remove it too.
    with suppress(APIError):
        cli.remove_container(container, force=True, v=True)
