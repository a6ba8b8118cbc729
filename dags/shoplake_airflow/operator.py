"""What a step does in every runtime."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from shoplake_airflow.alerts import alert_no_input
from shoplake_airflow.compat import AirflowRescheduleException, AirflowSkipException
from shoplake_airflow.failures import note_failure
from shoplake_airflow.identity import Identity
from shoplake_airflow.outcome import conclude, is_waiting
from shoplake_airflow.output import Output

#: Seconds to end in, before a step is killed. The worker kills its task 5 s after it has asked it to end.
GRACE = 10.0
GRACE_OF_WORKER = 3.0

Flags = Mapping[str, Any]


class Step(ABC):
    """
    A step of the pipeline as an Airflow operator; a runtime says how it is started, awaited and stopped.

    `step` is the command (`load-kpis`), `flags` its flags by name (`--batch`), templated: one that renders to nothing
    is left out, `True` is a flag without a value.
    """

    template_fields: Sequence[str] = ("step", "flags")
    step: str
    flags: Flags
    #: When to look again at a step that waits; it fails where there is none.
    look_again: timedelta | None = None
    #: Whether people are told where there is no input.
    expects_input: bool = False

    @property
    def log(self) -> Any:
        """The task's log, which takes fields beside a message; that of operators does so since Airflow 3.2 only."""
        return structlog.get_logger("airflow.task.operators.shoplake")

    @abstractmethod
    def run(self, command: Sequence[str], identity: Identity, output: Output) -> int:
        """Start the step, give its lines to `output` until it has ended, and return its exit code."""

    @abstractmethod
    def stop(self, grace: float) -> None:
        """End what `run` has started, within that many seconds, and leave nothing of it; harmless if it has ended."""

    @abstractmethod
    def remove_leftovers(self, identity: Identity) -> int:
        """End what earlier tries have left running or lying around, and return how much that was."""

    def execute(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Do the step; the result is its result line. What it says where it fails is there for tasks that follow."""
        try:
            return self._do(context)
        except AirflowSkipException as skipped:
            if self.expects_input:
                alert_no_input(context, self.flags.get("--batch", "without a name"), str(skipped))
            raise
        except AirflowRescheduleException:
            raise
        except BaseException as error:
            note_failure(context["ti"], self.step, error)
            raise

    def on_kill(self) -> None:
        """End the step when Airflow ends the task."""
        self.stop(GRACE_OF_WORKER)

    def _do(self, context: Mapping[str, Any]) -> dict[str, Any]:
        identity = Identity.of(context)
        removed = self.remove_leftovers(identity)
        if removed:
            self.log.warning("Removed what an earlier try of this task has left", count=removed)
        command = command_of(self.step, {**self.flags, "--run-id": identity.run_name})
        output = Output(self.log)
        try:
            exit_code = self.run(command, identity, output)
        finally:
            self.stop(GRACE)
        if self.look_again and is_waiting(exit_code, output.result):
            self.log.info("Waits", **facts_of(output.result))
            raise AirflowRescheduleException(datetime.now(UTC) + self.look_again)
        result = conclude(self.step, exit_code, output.result)
        self.log.info("Done", **facts_of(result))
        describe(self.outlets, context["outlet_events"], result)
        return result


def command_of(step: str, flags: Flags) -> list[str]:
    """Return the command line of a step: `load-kpis --batch=2026-11-20`."""
    command = step.split()
    for flag, value in flags.items():
        if value is None or value is False or value == "":
            continue
        command.append(flag if value is True else f"{flag}={value}")
    return command


def facts_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the counts and sums of a result, without lists and tables."""
    return {
        name: value
        for name, value in result.items()
        if isinstance(value, str | int | float) and name not in {"task", "run_id"}
    }


def describe(outlets: Sequence[Any], events: MutableMapping[Any, Any], result: Mapping[str, Any]) -> None:
    """Give the events of the outlets what the step has counted, and how many partitions it wrote."""
    counts = {"partitions": len(result.get("partitions", []))}
    for outlet in outlets:
        events[outlet].extra.update(facts_of(result) | counts)
