"""Queues that Airflow's triggerer watches: a message in one is an event of an asset, by which DAGs start."""

import os

from airflow.providers.common.messaging.triggers.msg_queue import MessageQueueTrigger
from airflow.sdk import Asset, AssetWatcher

from shoplake_airflow.environment import region_of

#: Seconds until a message that was received and not deleted is delivered again.
_REDELIVERY = 300
_POLL = 5


def watched(name: str, *, variable: str, delete_on_reception: bool) -> Asset:
    """
    Make an asset whose events are the messages of a queue; nothing is watched where the deployment has no such queue.

    :param name: of the asset, such as `shoplake_landing`
    :param variable: the setting that names the queue
    :param delete_on_reception: the message itself does not matter, only that there was one; else whoever takes it on
        deletes it, so that none is lost with a triggerer that dies, and it may come twice
    """
    queue = os.environ.get(variable)
    watchers = []
    if queue:
        trigger = MessageQueueTrigger(
            scheme="sqs",
            sqs_queue=queue,
            aws_conn_id=None,
            region_name=region_of(os.environ),
            max_messages=10,
            wait_time_seconds=10,
            waiter_delay=_POLL,
            visibility_timeout=_REDELIVERY,
            delete_message_on_reception=delete_on_reception,
        )
        watchers = [AssetWatcher(name=f"{name}_queue", trigger=trigger)]
    uri = name.removeprefix("shoplake_").replace("_", "-")
    return Asset(name, uri=f"shoplake://{uri}", watchers=watchers)
