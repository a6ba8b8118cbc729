"""What Airflow 3.0 and 3.1 keep elsewhere, or spell differently, than Airflow 3.2 and newer."""

try:
    from airflow.sdk import AssetOrTimeSchedule, CronDataIntervalTimetable, CronTriggerTimetable
    from airflow.sdk.exceptions import (
        AirflowFailException,
        AirflowRescheduleException,
        AirflowSkipException,
        AirflowTaskTimeout,
    )

    #: The value of `retry_exponential_backoff` that doubles each wait.
    DOUBLING: bool | float = 2
except ImportError:  # Airflow 3.0 and 3.1
    from airflow.exceptions import (
        AirflowFailException,
        AirflowRescheduleException,
        AirflowSkipException,
        AirflowTaskTimeout,
    )
    from airflow.timetables.assets import AssetOrTimeSchedule
    from airflow.timetables.interval import CronDataIntervalTimetable
    from airflow.timetables.trigger import CronTriggerTimetable

    DOUBLING = True

__all__ = [
    "DOUBLING",
    "AirflowFailException",
    "AirflowRescheduleException",
    "AirflowSkipException",
    "AirflowTaskTimeout",
    "AssetOrTimeSchedule",
    "CronDataIntervalTimetable",
    "CronTriggerTimetable",
]
