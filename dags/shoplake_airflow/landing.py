"""Which batches an upload announces: from the messages of the queue to what the pipeline is to take in."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import unquote_plus

_ANNOUNCEMENT = re.compile(r"landing/(?:(?P<dataset>[^/]+)/)?batch=(?P<batch>[^/]+)/_READY")


@dataclass(frozen=True, order=True)
class LandedBatch:
    """A batch whose files are whole; of one dataset, or of all that have files there."""

    batch: str
    dataset: str = ""
    #: The dataset's own folder; all of the batch's folders where it is empty.
    source: str = ""


def batches_of(bodies: Iterable[str]) -> list[dict[str, str]]:
    """
    Return the batches that S3's events announce, each once, in the order of their ids.

    An announcement of all datasets of a batch contains those of single ones.

    :param bodies: of the messages, as S3 sends them to SQS
    :raises ValueError: a message is no event of S3
    """
    announced = {batch for body in bodies for batch in _batches_in(body)}
    whole = {landed.batch for landed in announced if not landed.dataset}
    return [asdict(landed) for landed in sorted(announced) if not landed.dataset or landed.batch not in whole]


def _batches_in(body: str) -> Iterator[LandedBatch]:
    for record in _records_of(body):
        if not record["eventName"].removeprefix("s3:").startswith("ObjectCreated:"):
            continue
        # A key comes as in the query of a URL.
        key = unquote_plus(record["s3"]["object"]["key"])
        found = _ANNOUNCEMENT.fullmatch(key)
        if not found:
            continue
        batch, dataset = found["batch"], found["dataset"] or ""
        folder = f"s3://{record['s3']['bucket']['name']}/{key.removesuffix('_READY')}" if dataset else ""
        yield LandedBatch(batch, dataset, folder)


def _records_of(body: str) -> list[Mapping[str, Any]]:
    """Return the records of one message; S3 sends one without any when the queue is connected (`s3:TestEvent`)."""
    try:
        event = json.loads(body)
        records = [] if event.get("Event") == "s3:TestEvent" else event["Records"]
        for record in records:
            _ = record["eventName"], record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"A message in the landing queue is no event of S3: {body[:300]!r}") from error
    return records
