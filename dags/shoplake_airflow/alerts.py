"""Tells people that a task has failed for good."""

import logging
import os
from collections.abc import Mapping
from typing import Any

_log = logging.getLogger(__name__)
_SUBJECT_LIMIT = 100


def alert(context: Mapping[str, Any]) -> None:
    """Send one message to the SNS topic `SHOPLAKE_ALERTS_TOPIC`; a callback of tasks that failed and aren't retried."""
    subject, message = message_of(context)
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
