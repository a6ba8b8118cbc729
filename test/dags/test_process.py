"""The runtime `process`: a step is stopped with its children, and found again after the worker died."""

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from shoplake_airflow import step
from shoplake_airflow.compat import AirflowTaskTimeout
from shoplake_airflow.identity import Identity
from shoplake_airflow.outcome import StepFailedError
from shoplake_airflow.runtimes.process import MARKER, ProcessStep

from task_context import make_context

try:
    from airflow.sdk.execution_time.timeout import timeout
except ImportError:  # Airflow 3.0
    from airflow.utils.timeout import timeout

#: Starts a child in a session of its own that ignores SIGTERM, reports that it is ready, and waits.
FAMILY = """
import signal, subprocess, sys, time
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True, stdout=subprocess.PIPE)
child.stdout.readline()
open(sys.argv[1], "w").write("ready")
time.sleep(600)
"""


def marked(context: dict) -> list[int]:
    """Return the processes with a task instance's marker."""
    wanted = f"{MARKER}={Identity.from_context(context).key}.".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def family(environment: pytest.MonkeyPatch, folder: Path) -> Path:
    """Make shoplake a process whose child ignores SIGTERM; the returned file exists once both run."""
    program = folder / "family.py"
    program.write_text(FAMILY)
    ready = folder / "ready"
    command = [sys.executable, str(program), str(ready)]
    environment.setenv("SHOPLAKE_COMMAND", shlex.join(command))
    return ready


def when(ready: Path, action: object) -> threading.Thread:
    """Do something as soon as the file exists."""

    def wait() -> None:
        deadline = time.monotonic() + 30
        while not ready.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        action()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_a_killed_task_leaves_no_process(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ready = family(environment, tmp_path)
    context = make_context("killed")
    made = step("clean")
    seen: list[int] = []

    def kill() -> None:
        seen.extend(marked(context))
        began = time.monotonic()
        made.on_kill()
        # The worker kills what has not ended 5 s after SIGTERM.
        assert time.monotonic() - began < 5

    killer = when(ready, kill)
    with pytest.raises(StepFailedError, match="exit code 143, stopped"):
        made.execute(context)
    killer.join()
    assert len(seen) == 2
    assert marked(context) == []


def test_a_task_that_times_out_leaves_no_process(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ready = family(environment, tmp_path)
    context = make_context("timed out")
    with pytest.raises(AirflowTaskTimeout), timeout(3):
        step("clean").execute(context)
    assert ready.exists()
    assert marked(context) == []


def test_the_next_try_ends_what_a_dead_worker_left_behind(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    context = make_context("orphans")
    key = Identity.from_context(context).key
    left = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], env={**os.environ, MARKER: f"{key}.1"}
    )
    other = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], env={**os.environ, MARKER: "else.1"}
    )
    scratch = tmp_path / f"shoplake-task-{key}.1"
    scratch.mkdir()
    (scratch / "spilled").write_text("much")
    try:
        made = step("clean")
        assert isinstance(made, ProcessStep)
        assert made.remove_leftovers(Identity.from_context(context)) == 1
        assert left.wait(timeout=5) == -signal.SIGTERM
        assert other.poll() is None
        assert not scratch.exists()
    finally:
        other.kill()
        other.wait()


def test_a_step_has_its_own_scratch_folder_and_it_is_removed_afterwards(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = "import os; print(os.environ['SHOPLAKE_SCRATCH']); raise SystemExit(65)"
    environment.setenv("SHOPLAKE_COMMAND", shlex.join([sys.executable, "-c", code]))
    with pytest.raises(Exception, match="exit code 65"):
        step("clean").execute(make_context("scratch"))
    assert list(tmp_path.iterdir()) == []


def test_a_child_that_keeps_the_streams_open_does_not_hold_up_the_step(environment: pytest.MonkeyPatch) -> None:
    code = "import subprocess, sys; subprocess.Popen(['sleep', '600']); print('{}'); sys.exit(66)"
    environment.setenv("SHOPLAKE_COMMAND", shlex.join([sys.executable, "-c", code]))
    context = make_context("open")
    began = time.monotonic()
    with pytest.raises(Exception, match="did not say why"):
        step("clean").execute(context)
    assert time.monotonic() - began < 10
    assert marked(context) == []


def test_a_try_leaves_the_same_run_of_another_airflow_on_this_machine_alone(environment: pytest.MonkeyPatch) -> None:
    context = make_context("scheduled__2026-11-20T00:00:00+00:00")
    environment.setenv("AIRFLOW_HOME", "/home/first-shop")
    key = Identity.from_context(context).key
    running = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], env={**os.environ, MARKER: f"{key}.1"}
    )
    try:
        environment.setenv("AIRFLOW_HOME", "/home/second-shop")
        assert step("clean").remove_leftovers(Identity.from_context(context)) == 0
        assert running.poll() is None
    finally:
        running.kill()
        running.wait()
