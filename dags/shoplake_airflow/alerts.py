"""Tells people what a task of Airflow has come to: it has failed for good, or its input is missing."""

import logging
import os
from collections.abc import Mapping
from typing import Any

_log = logging.getLogger(__name__)
_SUBJECT_LIMIT = 100


def alert(context: Mapping[str, Any]) -> None:
    """Send one message to the SNS topic `SHOPLAKE_ALERTS_TOPIC`; a callback of tasks that failed and aren't retried."""
    _send(*message_of(context))


def alert_no_input(context: Mapping[str, Any], batch: str, said: str) -> None:
    """Send one message, likewise, that a batch has no files; a topic that can't be reached is logged only."""
    try:
        _send(*message_of_no_input(context, batch, said))
    except Exception:
        # The step itself has ended well.
        _log.exception("The alert that batch %s has no files could not be sent", batch)


def _send(subject: str, message: str) -> None:
    topic = os.environ.get("SHOPLAKE_ALERTS_TOPIC")
    if not topic:
        _log.warning("No alert is sent: SHOPLAKE_ALERTS_TOPIC is not set. It would say: %s", message)
        return
    import boto3  # noqa: PLC0415 - only a task that failed needs it

    # The fourth part of the topic's ARN.
    boto3.client("sns", region_name=topic.split(":")[3]).publish(TopicArn=topic, Subject=subject, Message=message)
    _log.info("An alert was sent to %s", topic)


def message_of(context: Mapping[str, Any]) -> tuple[str, str]:
    """Return the subject and the text of an alert: what failed, what it said, and where to look."""
    ti = context["ti"]
    failed = f"{ti.dag_id}.{ti.task_id}"
    mapped = f" {ti.map_index}" if (ti.map_index or 0) > 0 else ""
    said = context.get("exception") or "The worker died, so there is no word of the task itself."
    subject = f"shoplake: {failed} has failed"[:_SUBJECT_LIMIT]
    lines = [
        f"{failed}{mapped} of run {ti.run_id} has failed and is not retried (try {ti.try_number}).",
        "",
        str(said),
        "",
        f"Look at: {getattr(ti, 'log_url', None) or 'the log of the task in Airflow'}",
        "What to do by exit code, and how to clear the task once its cause is mended: docs/operations.md",
    ]
    return subject, "\n".join(lines)


def message_of_no_input(context: Mapping[str, Any], batch: str, said: str) -> tuple[str, str]:
    """Return the subject and the text of an alert: which batch has no files, where they were looked for, what to do."""
    ti = context["ti"]
    subject = f"shoplake: no files for {batch} ({ti.dag_id})"[:_SUBJECT_LIMIT]
    lines = [
        f"{ti.dag_id}.{ti.task_id} of run {ti.run_id} found no files for batch {batch}.",
        "It is skipped, and all after it.",
        "",
        said,
        "",
        f"Look at: {getattr(ti, 'log_url', None) or 'the log of the task in Airflow'}",
        f"If there should be files: upload them, then clear {ti.task_id} of that run, or trigger {ti.dag_id} again.",
    ]
    return subject, "\n".join(lines)
