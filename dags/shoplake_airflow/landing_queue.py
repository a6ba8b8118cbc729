"""The queue that announces uploads: Airflow's triggerer watches it, the run that processes a batch empties it."""

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import Asset

from shoplake_airflow.environment import aws_region
from shoplake_airflow.landing import announced_batches
from shoplake_airflow.queues import queue_asset

_log = logging.getLogger(__name__)
_QUEUE = "SHOPLAKE_LANDING_QUEUE"


def landing_asset() -> Asset:
    """
    Make the asset whose events are the uploads; the deployment's queue is `SHOPLAKE_LANDING_QUEUE`.

    A message stays in the queue until a run consumes it, so none is lost if the triggerer dies; it may arrive twice.
    """
    return queue_asset("shoplake_landing", variable=_QUEUE, delete_on_reception=False)


def consume_announcements(events: Sequence[Any]) -> list[dict[str, str]]:
    """
    Return the batches that asset events announce, and delete their messages from the queue.

    A message that is not an S3 event stays until it moves to the dead-letter queue, which raises an alarm.
    """
    bodies: list[str] = []
    consumed: list[Mapping[str, str]] = []
    for message in _list_messages(events):
        try:
            announced_batches([message["Body"]])
        except ValueError as error:
            _log.error("%s It stays in the queue.", error)
            continue
        bodies.append(message["Body"])
        consumed.append(message)
    _delete(consumed)
    return announced_batches(bodies)


def _list_messages(events: Sequence[Any]) -> list[Mapping[str, str]]:
    payloads = [event.extra.get("payload") or {} for event in events]
    return [message for payload in payloads for message in payload.get("message_batch", [])]


def _delete(messages: Sequence[Mapping[str, str]]) -> None:
    queue = os.environ.get(_QUEUE)
    if not queue:
        return
    import boto3  # noqa: PLC0415 - only a run needs it

    sqs = boto3.client("sqs", region_name=aws_region(os.environ))
    # A message that arrived twice has two receipts.
    for message in messages:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
