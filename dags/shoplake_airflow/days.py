"""The days of the shop: those of its time zone, `SHOPLAKE_TIME_ZONE`, which the steps get too."""

import os
from datetime import datetime
from zoneinfo import ZoneInfo

TIME_ZONE = os.environ.get("SHOPLAKE_TIME_ZONE") or "UTC"


def day(moment: datetime) -> str:
    """Return the date of a moment in the time zone, as a daily batch is called: `2026-11-20`."""
    return moment.astimezone(ZoneInfo(TIME_ZONE)).date().isoformat()
