"""What the daily look at the lake has found, as sentences for whoever gets the alert."""

from collections.abc import Iterator, Mapping
from typing import Any

_WANTING = {"stale", "missing"}


def findings_of(drift: Mapping[str, Any], status: Mapping[str, Any]) -> list[str]:
    """
    Return what somebody should look into, a sentence each; none where all is well.

    A date for which nothing was uploaded is no finding: its run in `shoplake_daily` is skipped, and says so.

    :param drift: the result of `crawl --drift`
    :param status: the result of `status`
    """
    return [*_of_drift(drift["drift"]), *_of_status(status["rows"])]


def _of_drift(items: list[Mapping[str, Any]]) -> Iterator[str]:
    for item in items:
        yield (
            f"{item['table']}: {item['kind']} {item['name']} was {item['found']} and not {item['expected']}. It is "
            "repaired, but somebody else writes to the catalogue."
        )


def _of_status(rows: list[Mapping[str, str]]) -> Iterator[str]:
    for row in rows:
        wanting = [layer for layer in ("silver", "gold", "kpis") if row[layer] in _WANTING]
        if wanting:
            yield (
                f"{row['date']}: {', '.join(wanting)} not current ({row['why']}). Clear the run of that date in "
                "shoplake_daily."
            )
