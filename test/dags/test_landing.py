"""From S3's events to the batches that are to be taken in."""

import json
from typing import Any
from urllib.parse import quote_plus

import pytest
from shoplake_airflow.landing import batches_of
from shoplake_airflow.landing_queue import take_on


def created(*keys: str, event: str = "ObjectCreated:Put") -> str:
    """Return a message of S3, as it is in the queue."""
    records = [
        {"eventName": event, "s3": {"bucket": {"name": "lake"}, "object": {"key": quote_plus(key, safe="/")}}}
        for key in keys
    ]
    return json.dumps({"Records": records})


def whole(batch: str) -> dict[str, str]:
    return {"batch": batch, "dataset": "", "source": ""}


def single(batch: str, dataset: str) -> dict[str, str]:
    return {"batch": batch, "dataset": dataset, "source": f"s3://lake/landing/{dataset}/batch={batch}/"}


@pytest.mark.parametrize(
    ("bodies", "batches"),
    [
        ([], []),
        ([json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "lake"})], []),
        ([created("landing/batch=2026-11-20/_READY")], [whole("2026-11-20")]),
        ([created("landing/orders/batch=2026-11-20/_READY")], [single("2026-11-20", "orders")]),
        # Any id, not dates only; a key has its special characters as a URL has them.
        ([created("landing/batch=supplier A+B/_READY")], [whole("supplier A+B")]),
        ([created("landing/batch=Größe=40/_READY")], [whole("Größe=40")]),
        # One message may tell of several objects, and several of one.
        (
            [created("landing/batch=b/_READY", "landing/batch=a/_READY"), created("landing/batch=b/_READY")],
            [whole("a"), whole("b")],
        ),
        (
            [created("landing/orders/batch=a/_READY", "landing/events/batch=a/_READY")],
            [single("a", "events"), single("a", "orders")],
        ),
        # All datasets of a batch contain each.
        ([created("landing/orders/batch=a/_READY"), created("landing/batch=a/_READY")], [whole("a")]),
        ([created("landing/batch=a/_READY", event="s3:ObjectCreated:CompleteMultipartUpload")], [whole("a")]),
        ([created("landing/batch=a/_READY", event="ObjectRemoved:Delete")], []),
        ([created("landing/orders/batch=a/orders.csv")], []),
        ([created("landing/orders/batch=a/old/_READY")], []),
        ([created("elsewhere/batch=a/_READY")], []),
        ([created("landing/batch=/_READY")], []),
    ],
)
def test_batches(bodies: list[str], batches: list[dict[str, str]]) -> None:
    assert batches_of(bodies) == batches


@pytest.mark.parametrize("body", ["", "hello", "[]", "{}", '{"Records": [{}]}', '{"Records": 1}', "null"])
def test_a_message_that_is_no_event_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="A message in the landing queue is no event of S3"):
        batches_of([body])


def test_a_message_that_is_no_event_does_not_hold_up_the_others() -> None:
    messages = [{"Body": "hello", "ReceiptHandle": "1"}, {"Body": created("landing/batch=a/_READY")}]
    event: Any = type("Event", (), {"extra": {"payload": {"message_batch": messages}}})()
    assert take_on([event]) == [whole("a")]
