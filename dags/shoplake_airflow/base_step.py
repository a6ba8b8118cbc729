"""The operator of a pipeline step: what every runtime has in common."""

from abc import abstractmethod
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from airflow.sdk import BaseOperator

from shoplake_airflow.alerts import alert_no_input
from shoplake_airflow.compat import AirflowRescheduleException, AirflowSkipException
from shoplake_airflow.failures import record_failure
from shoplake_airflow.identity import Identity
from shoplake_airflow.lineage import parent_run
from shoplake_airflow.outcome import is_waiting, require_success
from shoplake_airflow.output import Output

#: Seconds that a step has to end before it is killed.
GRACE = 10.0
#: The same when Airflow kills the task: the worker kills what has not ended 5 s after SIGTERM.
GRACE_ON_KILL = 3.0

Flags = Mapping[str, Any]


class Step(BaseOperator):
    """
    A pipeline step as an Airflow operator; each runtime implements `run`, `stop` and `remove_leftovers`.

    `step` is the command (`load-kpis`), `flags` its flags by name (`--batch`), templated. A flag that renders to
    nothing is left out; `True` is a flag without a value.
    """

    template_fields: Sequence[str] = ("step", "flags")
    ui_color = "#e8f3ec"

    def __init__(
        self,
        *,
        step: str,
        flags: Flags,
        recheck_after: timedelta | None = None,
        expects_input: bool = False,
        **options: Any,
    ) -> None:
        """
        Make the operator; nothing starts.

        :param recheck_after: when to run again a step that reports that it is waiting; without it the step fails
        :param expects_input: send an alert when the step has no input
        """
        super().__init__(**options)
        self.step = step
        self.flags = flags
        self.recheck_after = recheck_after
        self.expects_input = expects_input
        #: Variables that name the run of Airflow to the step.
        self.parent: Mapping[str, str] = {}

    @property
    def log(self) -> Any:
        """The task's log, which takes fields with a message; an operator's own log does so only since Airflow 3.2."""
        return structlog.get_logger("airflow.task.operators.shoplake")

    @abstractmethod
    def run(self, command: Sequence[str], identity: Identity, output: Output) -> int:
        """Start the step, pass its lines to `output` until it ends, and return its exit code."""

    @abstractmethod
    def stop(self, grace: float) -> None:
        """End what `run` started within `grace` seconds and clean up; does nothing if it has ended."""

    @abstractmethod
    def remove_leftovers(self, identity: Identity) -> int:
        """End and remove what earlier tries left behind, and return how many things that were."""

    def execute(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Run the step and return its result line; if it fails, record why for the tasks that follow."""
        try:
            return self._run_to_result(context)
        except AirflowSkipException as skipped:
            if self.expects_input:
                alert_no_input(context, self.flags.get("--batch", "(unnamed)"), str(skipped))
            raise
        except AirflowRescheduleException:
            raise
        except BaseException as error:
            record_failure(context["ti"], self.step, error)
            raise

    def on_kill(self) -> None:
        """End the step when Airflow ends the task."""
        self.stop(GRACE_ON_KILL)

    def _run_to_result(self, context: Mapping[str, Any]) -> dict[str, Any]:
        identity = Identity.from_context(context)
        self.parent = parent_run(context["ti"])
        removed = self.remove_leftovers(identity)
        if removed:
            self.log.warning("Removed what an earlier try of this task left behind", count=removed)
        command = command_line(self.step, {**self.flags, "--run-id": identity.run_name})
        output = Output(self.log)
        try:
            exit_code = self.run(command, identity, output)
        finally:
            self.stop(GRACE)
        if self.recheck_after and is_waiting(exit_code, output.result):
            self.log.info("Waiting", **scalar_fields(output.result))
            raise AirflowRescheduleException(datetime.now(UTC) + self.recheck_after)
        result = require_success(self.step, exit_code, output.result)
        self.log.info("Done", **scalar_fields(result))
        annotate_events(self.outlets, context["outlet_events"], result)
        return result


def command_line(step: str, flags: Flags) -> list[str]:
    """Return a step's command line: `load-kpis --batch=2026-11-20`."""
    command = step.split()
    for flag, value in flags.items():
        if value is None or value is False or value == "":
            continue
        command.append(flag if value is True else f"{flag}={value}")
    return command


def scalar_fields(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result's counts, sums and texts, without lists and tables."""
    return {
        name: value
        for name, value in result.items()
        if isinstance(value, str | int | float) and name not in {"task", "run_id"}
    }


def annotate_events(outlets: Sequence[Any], events: MutableMapping[Any, Any], result: Mapping[str, Any]) -> None:
    """Attach the step's counts, and how many partitions it wrote, to the asset events of its outlets."""
    listed = len(result.get("partitions", []))
    counts = {"partitions": result.get("shortened", {}).get("partitions", listed)}
    for outlet in outlets:
        events[outlet].extra.update(scalar_fields(result) | counts)
