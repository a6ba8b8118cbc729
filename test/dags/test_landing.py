"""From S3's events to the batches that are announced."""

import json
from typing import Any
from urllib.parse import quote_plus

import pytest
from shoplake_airflow.landing import announced_batches
from shoplake_airflow.landing_queue import consume_announcements


def created(*keys: str, event: str = "ObjectCreated:Put") -> str:
    """Return a message of S3 as it arrives in the queue."""
    records = [
        {"eventName": event, "s3": {"bucket": {"name": "lake"}, "object": {"key": quote_plus(key, safe="/")}}}
        for key in keys
    ]
    return json.dumps({"Records": records})


def complete(batch: str) -> dict[str, str]:
    return {"batch": batch, "dataset": "", "source": ""}


def single(batch: str, dataset: str) -> dict[str, str]:
    return {"batch": batch, "dataset": dataset, "source": f"s3://lake/landing/{dataset}/batch={batch}/"}


@pytest.mark.parametrize(
    ("bodies", "batches"),
    [
        ([], []),
        ([json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "lake"})], []),
        ([created("landing/batch=2026-11-20/_READY")], [complete("2026-11-20")]),
        ([created("landing/orders/batch=2026-11-20/_READY")], [single("2026-11-20", "orders")]),
        # Ids need not be dates; S3 encodes special characters in keys as in a URL.
        ([created("landing/batch=supplier A+B/_READY")], [complete("supplier A+B")]),
        ([created("landing/batch=Größe=40/_READY")], [complete("Größe=40")]),
        # One message may announce several objects, and several messages one.
        (
            [created("landing/batch=b/_READY", "landing/batch=a/_READY"), created("landing/batch=b/_READY")],
            [complete("a"), complete("b")],
        ),
        (
            [created("landing/orders/batch=a/_READY", "landing/events/batch=a/_READY")],
            [single("a", "events"), single("a", "orders")],
        ),
        # A whole batch includes its single datasets.
        ([created("landing/orders/batch=a/_READY"), created("landing/batch=a/_READY")], [complete("a")]),
        ([created("landing/batch=a/_READY", event="s3:ObjectCreated:CompleteMultipartUpload")], [complete("a")]),
        ([created("landing/batch=a/_READY", event="ObjectRemoved:Delete")], []),
        ([created("landing/orders/batch=a/orders.csv")], []),
        ([created("landing/orders/batch=a/old/_READY")], []),
        ([created("elsewhere/batch=a/_READY")], []),
        ([created("landing/batch=/_READY")], []),
    ],
)
def test_announced_batches(bodies: list[str], batches: list[dict[str, str]]) -> None:
    assert announced_batches(bodies) == batches


@pytest.mark.parametrize("body", ["", "hello", "[]", "{}", '{"Records": [{}]}', '{"Records": 1}', "null"])
def test_a_message_that_is_not_an_event_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="A message in the landing queue is not an S3 event"):
        announced_batches([body])


def test_a_message_that_is_not_an_event_does_not_hold_up_the_others() -> None:
    messages = [{"Body": "hello", "ReceiptHandle": "1"}, {"Body": created("landing/batch=a/_READY")}]
    event: Any = type("Event", (), {"extra": {"payload": {"message_batch": messages}}})()
    assert consume_announcements([event]) == [complete("a")]
