"""Looks into S3 that save starting a step: what they see, and that they never hide work."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from shoplake_airflow import listing
from shoplake_airflow.listing import is_anything_dropped, is_lake_changed

#: Until when the last run that succeeded has looked.
LAST = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
LONG_BEFORE = LAST - timedelta(days=1)


class Bucket:
    """The listing of a bucket, as S3 gives it: in pages, by key."""

    def __init__(self, objects: Mapping[str, datetime]) -> None:
        self.objects = objects
        self.pages = 0

    def get_paginator(self, operation: str) -> "Bucket":
        assert operation == "list_objects_v2"
        return self

    def paginate(self, Bucket: str, Prefix: str, StartAfter: str) -> Iterator[dict[str, Any]]:
        assert Bucket == "lake"
        keys = sorted(key for key in self.objects if key.startswith(Prefix) and key > StartAfter)
        for first in range(0, max(len(keys), 1), 2):
            self.pages += 1
            page = [{"Key": key, "LastModified": self.objects[key]} for key in keys[first : first + 2]]
            # A page without objects has no `Contents`.
            yield {"Contents": page} if page else {}


@pytest.fixture
def bucket(environment: pytest.MonkeyPatch) -> Any:
    """Make a bucket that holds these objects the one that is looked into."""

    def hold(objects: Mapping[str, datetime]) -> Bucket:
        held = Bucket(objects)
        environment.setattr(boto3, "client", lambda service, **_: {"s3": held}[service])
        return held

    environment.setenv("SHOPLAKE_BUCKET", "lake")
    hold({})
    return hold


@pytest.mark.parametrize(
    ("key", "modified", "changed"),
    [
        ("bronze/live_orders/2026/11/20/13/new", LAST + timedelta(minutes=1), True),
        # Delivered again by `stream replay`, under the hour of the first delivery.
        ("bronze/live_orders/2026/11/01/07/replayed-1.ndjson", LAST + timedelta(minutes=1), True),
        ("bronze/live_events/2026/11/20/12/late", LAST - timedelta(minutes=10), True),
        # A rollback may leave sealed batches that Silver lacks.
        ("_heads/00000042.json", LAST + timedelta(minutes=1), True),
        # A drop in it is due only now.
        ("_heads/00000042.json", LAST + timedelta(minutes=60) - timedelta(minutes=135), True),
        ("bronze/live_orders/2026/11/19/13/old", LONG_BEFORE, False),
        ("_heads/00000041.json", LONG_BEFORE, False),
        ("landing/orders/batch=2026-11-20/orders.ndjson", LAST + timedelta(minutes=1), False),
    ],
)
def test_a_run_of_the_streams_starts_steps_only_if_something_has_happened(
    bucket: Any, key: str, modified: datetime, changed: bool
) -> None:
    old = {f"bronze/live_events/2026/11/19/{hour:02}/old": LONG_BEFORE for hour in range(24)}
    bucket(old | {key: modified})
    assert is_lake_changed(LAST) is changed


def test_a_busy_stream_is_known_by_its_first_page(bucket: Any) -> None:
    hours = [LAST - timedelta(hours=hour) for hour in range(500)]
    busy = bucket({f"bronze/live_events/{hour:%Y/%m/%d/%H}/object": hour for hour in hours})
    assert is_lake_changed(LAST)
    assert busy.pages == 1


def test_the_first_run_looks_itself(bucket: Any) -> None:
    assert is_lake_changed(None)


@pytest.mark.parametrize("look", [lambda: is_lake_changed(LAST), is_anything_dropped])
def test_steps_run_where_s3_can_not_be_listed(bucket: Any, environment: pytest.MonkeyPatch, look: Any) -> None:
    assert not look()
    denied = ClientError({"Error": {"Code": "AccessDenied"}}, "ListObjectsV2")

    def deny(*_: Any, **__: Any) -> None:
        raise denied

    environment.setattr(boto3, "client", deny)
    assert look()
    environment.delenv("SHOPLAKE_BUCKET")
    assert look()


@pytest.mark.parametrize(
    ("key", "dropped"),
    [
        ("incoming/orders_1.csv", True),
        ("incoming/_batches/drop-1/batch.json", True),
        ("incoming/threshold_not_met_timestamp.json", True),
        ("incoming/", False),
        ("incoming/pipeline.lock", False),
        ("landing/orders_1.csv", False),
    ],
)
def test_a_run_of_the_file_drop_starts_steps_only_if_there_is_something_for_them(
    bucket: Any, key: str, dropped: bool
) -> None:
    bucket({key: LONG_BEFORE})
    assert is_anything_dropped() is dropped


def test_the_file_drop_may_have_a_bucket_and_a_folder_of_its_own(bucket: Any, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SHOPLAKE_BUCKET", "another")
    environment.setenv("S3_BUCKET", "lake")
    environment.setenv("S3_PREFIX", "/in/box")
    bucket({"incoming/orders_1.csv": LAST, "in/box/pipeline.lock": LAST})
    assert not is_anything_dropped()
    bucket({"in/box/orders_1.csv": LAST})
    assert is_anything_dropped()


def test_the_prefixes_of_the_streams_are_those_of_the_contracts() -> None:
    contracts = Path(__file__).parents[2] / "tasks" / "contracts" / "streams.ts"
    prefixes = re.findall(r"\bprefix: '(.+)'", contracts.read_text())
    assert sorted(prefixes) == sorted(listing._DELIVERIES)
