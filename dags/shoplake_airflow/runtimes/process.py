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

from airflow.sdk import BaseOperator

from shoplake_airflow.compat import AirflowFailException
from shoplake_airflow.environment import for_process
from shoplake_airflow.identity import Identity
from shoplake_airflow.operator import GRACE, Flags, Step
from shoplake_airflow.output import Lines, Output

#: Every process of a step has this in its environment (the task instance's key and the try), so that it is found
#: whoever its parent is.
MARKER = "SHOPLAKE_TASK_INSTANCE"
_POLL = 0.05
_PIECE = 65536


class ProcessStep(Step, BaseOperator):
    """A step as a plain process: `SHOPLAKE_COMMAND` (`shoplake`) and its flags."""

    ui_color = "#e8f3ec"

    def __init__(self, *, step: str, flags: Flags, **options: Any) -> None:
        """Make the operator; nothing starts."""
        super().__init__(**options)
        self.step = step
        self.flags = flags
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: Identity | None = None

    def run(self, command: Sequence[str], identity: Identity, output: Output) -> int:
        """See Step."""
        self._identity = identity
        program = shlex.split(os.environ.get("SHOPLAKE_COMMAND", "shoplake"))
        scratch = _scratch_of(identity)
        scratch.mkdir(parents=True)
        environment = for_process(os.environ) | {MARKER: _mark_of(identity), "SHOPLAKE_SCRATCH": str(scratch)}
        try:
            self._process = subprocess.Popen(
                [*program, *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # A group of its own: a signal to Airflow's task is not one to the step, which is stopped in order.
                start_new_session=True,
            )
        except OSError as error:
            raise AirflowFailException(
                f"'{program[0]}' can't be started ({error.strerror}): set SHOPLAKE_COMMAND to the command line of "
                "shoplake on this worker, such as 'node /opt/shoplake/dist/cli.js'."
            ) from error
        for line in _lines_of(self._process):
            output.line(line)
        exit_code = self._process.wait()
        # A signal's number, as shells tell it.
        return exit_code if exit_code >= 0 else 128 - exit_code

    def stop(self, grace: float) -> None:
        """See Step. Of this try only: a dead worker's task gets here, too, when the next try has ended its step."""
        if self._identity is not None:
            _end_all(_mark_of(self._identity), grace)
            shutil.rmtree(_scratch_of(self._identity), ignore_errors=True)

    def remove_leftovers(self, identity: Identity) -> int:
        """See Step."""
        left = _end_all(f"{identity.key}.", GRACE)
        scratch = _scratch_of(identity)
        for folder in scratch.parent.glob(f"{scratch.stem}.*"):
            shutil.rmtree(folder, ignore_errors=True)
        return left


def _lines_of(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """Yield the lines of both streams as they come, until the process has ended and all of its output is read."""
    with selectors.DefaultSelector() as selector:
        for stream in (process.stdout, process.stderr):
            selector.register(stream, selectors.EVENT_READ, Lines())
        while selector.get_map():
            ended = process.poll() is not None
            ready = selector.select(timeout=0 if ended else 1)
            for key, _ in ready:
                piece = os.read(key.fd, _PIECE)
                yield from key.data.feed(piece) if piece else key.data.end()
                if not piece:
                    selector.unregister(key.fileobj)
            # A child that outlives the step may keep its streams open for ever.
            if ended and not ready:
                break
        for key in list(selector.get_map().values()):
            yield from key.data.end()


def _mark_of(identity: Identity) -> str:
    return f"{identity.key}.{identity.try_number}"


def _scratch_of(identity: Identity) -> Path:
    """Return a folder that no other try has, so that whatever a killed step leaves there can be removed."""
    return Path(os.environ.get("SHOPLAKE_SCRATCH") or tempfile.gettempdir()) / f"shoplake-task-{_mark_of(identity)}"


def _end_all(mark: str, grace: float) -> int:
    """End all processes whose mark begins so, their children too, and return how many there were."""
    found = _processes_of(mark)
    _signal(found, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while (left := _processes_of(mark)) and time.monotonic() < deadline:
        time.sleep(_POLL)
    _signal(left, signal.SIGKILL)
    while _processes_of(mark):
        time.sleep(_POLL)
    return len(found)


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _processes_of(mark: str) -> list[int]:
    """Return the ids of the processes whose mark begins so; a zombie has none."""
    wanted = f"{MARKER}={mark}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        # It may have ended meanwhile, or be another user's.
        with suppress(OSError):
            if any(entry.startswith(wanted) for entry in (folder / "environ").read_bytes().split(b"\0")):
                found.append(int(folder.name))
    return found
