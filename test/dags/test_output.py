"""A step's lines as they appear in Airflow's log."""

import json
from typing import Any

from shoplake_airflow.output import LineSplitter, Output


class Log:
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.records: list[tuple[str, str, dict[str, Any]]] = []

    def __getattr__(self, level: str) -> Any:
        return lambda message, **fields: self.records.append((level, message, fields))


def logged(*lines: str) -> tuple[list[tuple[str, str, dict[str, Any]]], dict[str, Any]]:
    log = Log()
    output = Output(log)
    for line in lines:
        output.line(line)
    return log.records, output.result


def test_json_lines_keep_their_level_and_fields() -> None:
    records, _ = logged(
        json.dumps({"level": "warn", "message": "3 drifts", "table": "gold", "task": "crawl", "run_id": "1"}),
        json.dumps({"level": "debug", "message": "look", "timestamp": "2026-11-20T00:00:00Z"}),
        json.dumps({"level": "error", "message": "broken"}),
    )
    assert records == [("warning", "3 drifts", {"table": "gold"}), ("debug", "look", {}), ("error", "broken", {})]


def test_other_lines_are_logged_as_info() -> None:
    records, result = logged("dataset  records", "", "{not json", '["a"]')
    assert [record[:2] for record in records] == [
        ("info", "dataset  records"),
        ("info", "{not json"),
        ("info", '["a"]'),
    ]
    assert result == {}


def test_the_result_line_is_not_logged() -> None:
    line = {"task": "clean", "run_id": "1", "status": "published", "kept": 5}
    assert logged("before", json.dumps(line)) == ([("info", "before", {})], line)


def test_lines_are_complete_however_the_stream_is_cut() -> None:
    text = "grün\nzwei\r\n\nohne Ende".encode()
    for cut in range(len(text) + 1):
        splitter = LineSplitter()
        lines = [*splitter.feed(text[:cut]), *splitter.feed(text[cut:]), *splitter.end()]
        assert lines == ["grün", "zwei", "", "ohne Ende"]
