"""What the DAG files are made of: `step` makes an operator of a step of the pipeline."""

from shoplake_airflow.assets import GOLD, KPI_TABLES, SILVER
from shoplake_airflow.factory import step

__all__ = ["GOLD", "KPI_TABLES", "SILVER", "step"]
