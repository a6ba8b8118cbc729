"""The assets that the DAGs update. Other DAGs can be scheduled on them."""

from airflow.sdk import Asset

SILVER = Asset("shoplake_silver", uri="shoplake://silver")
GOLD = Asset("shoplake_gold", uri="shoplake://gold")
KPI_TABLES = Asset("shoplake_kpi_tables", uri="shoplake://kpi-tables")
