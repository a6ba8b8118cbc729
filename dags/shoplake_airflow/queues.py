"""Queues that Airflow's triggerer watches: each message becomes an asset event, which starts DAGs."""

import os

from airflow.providers.common.messaging.triggers.msg_queue import MessageQueueTrigger
from airflow.sdk import Asset, AssetWatcher

from shoplake_airflow.environment import aws_region

#: Seconds until a message that was received and not deleted is delivered again.
_VISIBILITY_TIMEOUT = 300
_POLL = 5


def queue_asset(name: str, *, variable: str, delete_on_reception: bool) -> Asset:
    """
    Make an asset whose events are the messages of a queue; without the setting, nothing is watched.

    :param name: of the asset, such as `shoplake_landing`
    :param variable: the setting that names the queue
    :param delete_on_reception: delete messages as they are received, because their content does not matter; otherwise
        the run that processes a message deletes it, so none is lost if the triggerer dies, but one may arrive twice
    """
    queue = os.environ.get(variable)
    watchers = []
    if queue:
        trigger = MessageQueueTrigger(
            scheme="sqs",
            sqs_queue=queue,
            aws_conn_id=None,
            region_name=aws_region(os.environ),
            max_messages=10,
            wait_time_seconds=10,
            waiter_delay=_POLL,
            visibility_timeout=_VISIBILITY_TIMEOUT,
            delete_message_on_reception=delete_on_reception,
        )
        watchers = [AssetWatcher(name=f"{name}_queue", trigger=trigger)]
    uri = name.removeprefix("shoplake_").replace("_", "-")
    return Asset(name, uri=f"shoplake://{uri}", watchers=watchers)
