"""The queue that announces uploads: watched by Airflow's triggerer, emptied by the run that takes the batches on."""

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import Asset

from shoplake_airflow.environment import region_of
from shoplake_airflow.landing import batches_of
from shoplake_airflow.queues import watched

_log = logging.getLogger(__name__)
_QUEUE = "SHOPLAKE_LANDING_QUEUE"


def landed() -> Asset:
    """
    Make the asset whose events are the uploads; watched where the deployment has a queue (`SHOPLAKE_LANDING_QUEUE`).

    A message stays in the queue until a run has taken it on, so that none is lost with a triggerer that dies; it may
    therefore come twice.
    """
    return watched("shoplake_landing", variable=_QUEUE, delete_on_reception=False)


def take_on(events: Sequence[Any]) -> list[dict[str, str]]:
    """
    Return the batches that asset events announce, and take their messages from the queue.

    A message that is no event of S3 stays, and ends in the dead-letter queue, where an alarm tells of it.
    """
    bodies: list[str] = []
    done: list[Mapping[str, str]] = []
    for message in _messages_of(events):
        try:
            batches_of([message["Body"]])
        except ValueError as error:
            _log.error("%s It stays in the queue.", error)
            continue
        bodies.append(message["Body"])
        done.append(message)
    _delete(done)
    return batches_of(bodies)


def _messages_of(events: Sequence[Any]) -> list[Mapping[str, str]]:
    payloads = [event.extra.get("payload") or {} for event in events]
    return [message for payload in payloads for message in payload.get("message_batch", [])]


def _delete(messages: Sequence[Mapping[str, str]]) -> None:
    queue = os.environ.get(_QUEUE)
    if not queue:
        return
    import boto3  # noqa: PLC0415 - only a run needs it

    sqs = boto3.client("sqs", region_name=region_of(os.environ))
    # The same message may have come twice: each receipt by itself.
    for message in messages:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
