"""Alerts people when a task has failed for good, or its input is missing."""

import logging
import os
from collections.abc import Mapping
from typing import Any

_log = logging.getLogger(__name__)
_SUBJECT_LIMIT = 100


def alert(context: Mapping[str, Any]) -> None:
    """Send a message to the SNS topic `SHOPLAKE_ALERTS_TOPIC`; the callback of tasks that fail without a retry."""
    _send(*failure_message(context))


def alert_no_input(context: Mapping[str, Any], batch: str, reason: str) -> None:
    """Send a message that a batch has no files; if the topic can't be reached, only log it."""
    try:
        _send(*no_input_message(context, batch, reason))
    except Exception:
        # The step itself did what it should.
        _log.exception("The alert that batch %s has no files could not be sent", batch)


def _send(subject: str, message: str) -> None:
    topic = os.environ.get("SHOPLAKE_ALERTS_TOPIC")
    if not topic:
        _log.warning("No alert is sent: SHOPLAKE_ALERTS_TOPIC is not set. The alert would be: %s", message)
        return
    import boto3  # noqa: PLC0415 - only a task that failed needs it

    # The fourth part of the topic's ARN.
    boto3.client("sns", region_name=topic.split(":")[3]).publish(TopicArn=topic, Subject=subject, Message=message)
    _log.info("An alert was sent to %s", topic)


def failure_message(context: Mapping[str, Any]) -> tuple[str, str]:
    """Return the subject and text of an alert: what failed, why, and where to look."""
    ti = context["ti"]
    failed = f"{ti.dag_id}.{ti.task_id}"
    mapped = f" {ti.map_index}" if (ti.map_index or 0) > 0 else ""
    reason = context.get("exception") or "The worker died, so the task could not say why."
    subject = f"shoplake: {failed} has failed"[:_SUBJECT_LIMIT]
    lines = [
        f"{failed}{mapped} of run {ti.run_id} has failed and is not retried (try {ti.try_number}).",
        *_batch_lines(context),
        "",
        str(reason),
        "",
        f"Log: {_log_url(ti)}",
        "What each exit code means, and how to clear the task after a fix: docs/operations.md",
    ]
    return subject, "\n".join(lines)


def no_input_message(context: Mapping[str, Any], batch: str, reason: str) -> tuple[str, str]:
    """Return the subject and text of an alert: which batch has no files, where they were expected, and what to do."""
    ti = context["ti"]
    subject = f"shoplake: no files for {batch} ({ti.dag_id})"[:_SUBJECT_LIMIT]
    lines = [
        f"{ti.dag_id}.{ti.task_id} of run {ti.run_id} found no files for batch {batch}.",
        "This task and all tasks after it are skipped.",
        "",
        reason,
        "",
        f"Log: {_log_url(ti)}",
        f"If there should be files: upload them, then clear {ti.task_id} of that run, or trigger {ti.dag_id} again.",
    ]
    return subject, "\n".join(lines)


def _batch_lines(context: Mapping[str, Any]) -> list[str]:
    """Return the line that names a step's batch; none if it has no batch, or failed before Airflow filled it in."""
    batch = getattr(context.get("task"), "flags", {}).get("--batch", "")
    return [f"Batch: {batch}"] if batch and "{{" not in batch else []


def _log_url(ti: Any) -> str:
    return getattr(ti, "log_url", None) or "the task's log in Airflow"
