"""What the DAG files build on: `step` makes the operator of a pipeline step."""

from shoplake_airflow.assets import GOLD, KPI_TABLES, SILVER
from shoplake_airflow.factory import step

__all__ = ["GOLD", "KPI_TABLES", "SILVER", "step"]
