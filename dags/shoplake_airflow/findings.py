"""What the daily look at the lake has found, as sentences for whoever gets the alert."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_WANTING = {"stale", "missing"}


def findings_of(drift: Mapping[str, Any], status: Mapping[str, Any]) -> list[str]:
    """
    Return what somebody should look into, a sentence each; none where all is well.

    A date for which nothing was uploaded is no finding: its run in `shoplake_daily` has sent an alert.

    :param drift: the result of `crawl --drift`
    :param status: the result of `status`
    """
    return [*_of_drift(drift["drift"]), *_of_status(status["rows"])]


def _of_drift(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for item in items:
        if item["kind"] != "footer":
            yield (
                f"{item['table']}: {item['kind']} {item['name']} was {_said(item['found'])} and not "
                f"{_said(item['expected'])}. It is repaired, but somebody else writes to the catalogue."
            )
    yield from _of_files([item for item in items if item["kind"] == "footer"])


def _of_files(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Tell of the lake's own files that are older than the contract, a sentence for all files of a column."""
    files: dict[tuple[str, str, str | None, str], list[str]] = {}
    for item in items:
        column, _, file = item["name"].partition(" in ")
        files.setdefault((item["table"], column, item["found"], item["expected"]), []).append(file)
    for (table, column, found, expected), names in files.items():
        many = "a file" if len(names) == 1 else f"{len(names)} files"
        held = f"{column} as {found}, which is read as {expected}" if found else f"no column {column}: it is null there"
        yield (
            f"{table}: {many} from before the contract changed, such as {names[0]}, with {held}. Nobody else has "
            "written to the lake. To rewrite such files: shoplake rebuild."
        )


def _said(value: str | None) -> str:
    return "absent" if value is None else value


def _of_status(rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    for row in rows:
        wanting = [layer for layer in ("silver", "gold", "kpis") if row[layer] in _WANTING]
        if wanting:
            trigger = f'airflow dags trigger shoplake_daily --conf \'{{"date": "{row["date"]}"}}\''
            yield (
                f"{row['date']}: {', '.join(wanting)} not current ({row['why']}). Run that date again ({trigger}), or "
                "what 'shoplake plan' names."
            )
