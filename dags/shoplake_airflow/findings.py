"""Turns the results of the daily checks into the sentences of an alert."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_NOT_CURRENT = {"stale", "missing"}


def list_findings(drift: Mapping[str, Any], status: Mapping[str, Any]) -> list[str]:
    """
    Return what needs attention, a sentence each; empty if all is well.

    A date without an upload is not a finding: its run of `shoplake_daily` has sent an alert.

    :param drift: the result of `crawl --drift`
    :param status: the result of `status`
    """
    return [*_describe_drift(drift["drift"]), *_describe_stale_dates(status["rows"])]


def _describe_drift(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a sentence for each change to the catalogue that shoplake did not make, and for its own older files."""
    for item in items:
        if item["kind"] != "footer":
            yield (
                f"{item['table']}: {item['kind']} {item['name']} was {_value(item['found'])}, not "
                f"{_value(item['expected'])}. It is repaired, but something other than shoplake writes to the "
                "catalogue."
            )
    yield from _describe_old_files([item for item in items if item["kind"] == "footer"])


def _describe_old_files(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a sentence for each column that files from before a change of contract lack, or have as another type."""
    files: dict[tuple[str, str, str | None, str], list[str]] = {}
    for item in items:
        column, _, file = item["name"].partition(" in ")
        files.setdefault((item["table"], column, item["found"], item["expected"]), []).append(file)
    for (table, column, found, expected), names in files.items():
        count = "1 file" if len(names) == 1 else f"{len(names)} files"
        content = f"{column} as {found}, read as {expected}" if found else f"no column {column}, read as null"
        yield (
            f"{table}: {count} from before the contract changed, such as {names[0]}, with {content}. Only shoplake has "
            "written to the lake. To rewrite such files: shoplake rebuild."
        )


def _value(value: str | None) -> str:
    return "absent" if value is None else value


def _describe_stale_dates(rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    for row in rows:
        layers = [layer for layer in ("silver", "gold", "kpis") if row[layer] in _NOT_CURRENT]
        if layers:
            trigger = f'airflow dags trigger shoplake_daily --conf \'{{"date": "{row["date"]}"}}\''
            yield (
                f"{row['date']}: {', '.join(layers)} not current ({row['why']}). Rerun that date ({trigger}), or "
                "what 'shoplake plan' lists."
            )
