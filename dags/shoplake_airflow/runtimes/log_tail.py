"""Reads a log stream of CloudWatch while it grows."""

from typing import Any


class LogTail:
    """The lines of one log stream, from its start; each line once."""

    def __init__(self, client: Any, group: str, stream: str) -> None:
        """Start before the first line; the stream need not exist yet."""
        self._client = client
        self._stream = {"logGroupName": group, "logStreamName": stream}
        self._position: dict[str, str] = {}

    def read(self) -> list[str]:
        """Return the lines that have arrived since the last call; perhaps not all, if there are many."""
        try:
            page = self._client.get_log_events(**self._stream, startFromHead=True, **self._position)
        except self._client.exceptions.ResourceNotFoundException:
            return []  # The stream is created with the first line.
        self._position = {"nextToken": page["nextForwardToken"]}
        return [event["message"] for event in page["events"]]
