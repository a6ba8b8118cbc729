"""Looks into S3 from Airflow's own process: a listing saves starting a container that would find nothing to do."""

import logging
import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from shoplake_airflow.environment import aws_region

_log = logging.getLogger(__name__)

#: What the streams deliver (tasks/contracts/streams.ts).
_DELIVERIES = ("bronze/live_events/", "bronze/live_orders/")
#: Each change of the lake adds an object here.
_HEADS = "_heads/"
#: How far a look reaches back behind the last one. An object that is uploaded in parts bears the time at which its
#: upload began; and a drop in sales is due 15 minutes after its hour, so at the second run after it came to light.
_OVERLAP = timedelta(minutes=75)


def is_lake_changed(since: datetime | None) -> bool:
    """
    Return whether the streams have delivered anything, or the lake has changed, since an hourly run that succeeded.

    :param since: until when that run has looked; None if there was none
    """
    bucket = os.environ.get("SHOPLAKE_BUCKET")
    if not since or not bucket:
        return True
    after = since - _OVERLAP
    # Firehose names objects by the hour, so in a busy stream the first page has a new one.
    newest = [(prefix, f"{prefix}{after:%Y/%m/%d/%H/}") for prefix in _DELIVERIES]
    all_of = [(prefix, prefix) for prefix in (*_DELIVERIES, _HEADS)]
    listings = (_list(bucket, prefix, start_after) for prefix, start_after in newest + all_of)
    return _find_any(item["LastModified"] >= after for item in chain.from_iterable(listings))


def is_anything_dropped() -> bool:
    """Return whether there is anything for the file drop to do: a file, or what an earlier run has left."""
    bucket = os.environ.get("S3_BUCKET") or os.environ.get("SHOPLAKE_BUCKET")
    if not bucket:
        return True
    folder = (os.environ.get("S3_PREFIX") or "incoming/").strip("/")
    prefix = f"{folder}/" if folder else ""
    own = {prefix, os.environ.get("LOCK_KEY") or f"{prefix}pipeline.lock"}
    return _find_any(item["Key"] not in own for item in _list(bucket, prefix, prefix))


def _find_any(found: Iterator[bool]) -> bool:
    """Return whether one of these holds. If S3 can't be listed, one may: the step itself looks."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only a run needs it

    try:
        return any(found)
    except (BotoCoreError, ClientError):
        _log.warning("S3 can't be listed, so the steps run even if there is nothing for them", exc_info=True)
        return True


def _list(bucket: str, prefix: str, start_after: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects under a prefix and after a key, in the order of their keys."""
    pages = _client().get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket, Prefix=prefix, StartAfter=start_after):
        yield from page.get("Contents", [])


def _client() -> Any:
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    # A local endpoint has no host name for each bucket.
    style = "path" if os.environ.get("AWS_ENDPOINT_URL") else "auto"
    return boto3.client("s3", region_name=aws_region(os.environ), config=Config(s3={"addressing_style": style}))
