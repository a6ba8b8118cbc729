"""Which batches the messages of the landing queue announce."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import unquote_plus

_ANNOUNCEMENT = re.compile(r"landing/(?:(?P<dataset>[^/]+)/)?batch=(?P<batch>[^/]+)/_READY")


@dataclass(frozen=True, order=True)
class LandedBatch:
    """A batch whose upload is complete: of one dataset, or of all datasets that have files."""

    batch: str
    dataset: str = ""
    #: The dataset's folder; empty for all of the batch's folders.
    source: str = ""


def announced_batches(bodies: Iterable[str]) -> list[dict[str, str]]:
    """
    Return the batches that S3's events announce, each once, ordered by id.

    An announcement of a whole batch includes those of its single datasets.

    :param bodies: of the messages, as S3 sends them to SQS
    :raises ValueError: a message is not an S3 event
    """
    announced = {landed for body in bodies for landed in _read_announcements(body)}
    complete = {landed.batch for landed in announced if not landed.dataset}
    return [asdict(landed) for landed in sorted(announced) if not landed.dataset or landed.batch not in complete]


def _read_announcements(body: str) -> Iterator[LandedBatch]:
    for record in _parse_records(body):
        if not record["eventName"].removeprefix("s3:").startswith("ObjectCreated:"):
            continue
        # S3 encodes keys as in a URL's query.
        key = unquote_plus(record["s3"]["object"]["key"])
        found = _ANNOUNCEMENT.fullmatch(key)
        if not found:
            continue
        batch, dataset = found["batch"], found["dataset"] or ""
        folder = f"s3://{record['s3']['bucket']['name']}/{key.removesuffix('_READY')}" if dataset else ""
        yield LandedBatch(batch, dataset, folder)


def _parse_records(body: str) -> list[Mapping[str, Any]]:
    """Return the records of one message; S3 sends one without records when the queue is connected (`s3:TestEvent`)."""
    try:
        event = json.loads(body)
        records = [] if event.get("Event") == "s3:TestEvent" else event["Records"]
        for record in records:
            _ = record["eventName"], record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"A message in the landing queue is not an S3 event: {body[:300]!r}") from error
    return records
