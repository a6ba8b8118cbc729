"""Runs a step as a process on the worker's machine."""

import os
import selectors
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from shoplake_airflow.base_step import GRACE, Flags, Step
from shoplake_airflow.compat import AirflowFailException
from shoplake_airflow.environment import for_process
from shoplake_airflow.identity import Identity
from shoplake_airflow.output import LineSplitter, Output

#: Every process of a step has this in its environment (the task instance's key and the try), so that it is found even
#: if its parent is gone.
MARKER = "SHOPLAKE_TASK_INSTANCE"
_POLL = 0.05
_CHUNK = 65536


class ProcessStep(Step):
    """A step as a plain process: `SHOPLAKE_COMMAND` (`shoplake`) and its flags."""

    def __init__(self, *, step: str, flags: Flags, **options: Any) -> None:
        """Make the operator; nothing starts."""
        super().__init__(step=step, flags=flags, **options)
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: Identity | None = None

    def run(self, command: Sequence[str], identity: Identity, output: Output) -> int:
        """See Step."""
        self._identity = identity
        program = shlex.split(os.environ.get("SHOPLAKE_COMMAND", "shoplake"))
        scratch = _scratch_folder(identity)
        scratch.mkdir(parents=True)
        own = {MARKER: _marker(identity), "SHOPLAKE_SCRATCH": str(scratch)}
        environment = {**for_process(os.environ), **self.parent, **own}
        try:
            self._process = subprocess.Popen(
                [*program, *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # A process group of its own: a signal to Airflow's task does not reach the step, which `stop` ends.
                start_new_session=True,
            )
        except OSError as error:
            raise AirflowFailException(
                f"'{program[0]}' can't be started ({error.strerror}): set SHOPLAKE_COMMAND to shoplake's command line "
                "on this worker, such as 'node /opt/shoplake/dist/cli.js'."
            ) from error
        for line in _read_lines(self._process):
            output.line(line)
        exit_code = self._process.wait()
        # A signal's number, as shells report it.
        return exit_code if exit_code >= 0 else 128 - exit_code

    def stop(self, grace: float) -> None:
        """See Step. Ends this try only: a dead worker's task may get here after the next try has started."""
        if self._identity is not None:
            _end_all(_marker(self._identity), grace)
            shutil.rmtree(_scratch_folder(self._identity), ignore_errors=True)

    def remove_leftovers(self, identity: Identity) -> int:
        """See Step."""
        ended = _end_all(f"{identity.key}.", GRACE)
        scratch = _scratch_folder(identity)
        for folder in scratch.parent.glob(f"{scratch.stem}.*"):
            shutil.rmtree(folder, ignore_errors=True)
        return ended


def _read_lines(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """Yield the lines of stdout and stderr as they arrive, until the process has ended and all its output is read."""
    with selectors.DefaultSelector() as selector:
        for stream in (process.stdout, process.stderr):
            selector.register(stream, selectors.EVENT_READ, LineSplitter())
        while selector.get_map():
            ended = process.poll() is not None
            ready = selector.select(timeout=0 if ended else 1)
            for key, _ in ready:
                chunk = os.read(key.fd, _CHUNK)
                yield from key.data.feed(chunk) if chunk else key.data.end()
                if not chunk:
                    selector.unregister(key.fileobj)
            # A child that outlives the step may keep its streams open.
            if ended and not ready:
                break
        for key in list(selector.get_map().values()):
            yield from key.data.end()


def _marker(identity: Identity) -> str:
    return f"{identity.key}.{identity.try_number}"


def _scratch_folder(identity: Identity) -> Path:
    """Return a folder of this try alone, so that what a killed step leaves there can be removed."""
    return Path(os.environ.get("SHOPLAKE_SCRATCH") or tempfile.gettempdir()) / f"shoplake-task-{_marker(identity)}"


def _end_all(prefix: str, grace: float) -> int:
    """End all processes whose marker has this prefix, children included, and return how many there were."""
    found = _find_processes(prefix)
    _signal(found, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while (left := _find_processes(prefix)) and time.monotonic() < deadline:
        time.sleep(_POLL)
    _signal(left, signal.SIGKILL)
    while _find_processes(prefix):
        time.sleep(_POLL)
    return len(found)


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _find_processes(prefix: str) -> list[int]:
    """Return the ids of the processes whose marker has this prefix; a zombie has no environment."""
    wanted = f"{MARKER}={prefix}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        # The process may have ended, or be another user's.
        with suppress(OSError):
            if any(entry.startswith(wanted) for entry in (folder / "environ").read_bytes().split(b"\0")):
                found.append(int(folder.name))
    return found
