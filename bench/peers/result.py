"""The result that each peer prints: seconds, memory, and figures to compare the tables by."""

import json
import pathlib
import resource

import polars as pl

# The column of each table whose sum must agree between the peers and the lake.
SUMS = {
    "silver_orders": "total_amount",
    "silver_order_items": "line_amount",
    "silver_products": "price",
    "gold_daily_sales": "amount",
    "gold_category_kpis": "avg_order_value",
    "gold_order_kpis": "total_revenue",
    "gold_customer_daily": "revenue",
    "gold_customer_value": "avg_order_value",
    "gold_inventory_health": "daily_demand",
    "gold_sales_anomalies": "amount",
}


def result_line(peer: str, seconds: float, out: pathlib.Path, labels: dict, memory_of=resource.RUSAGE_SELF) -> str:
    """Returns one JSON object. The figures are read from the Parquet files after the clock has stopped."""
    tables = {}
    for table, column in SUMS.items():
        path = out / f"{table}.parquet"
        frame = pl.scan_parquet(path / "*.parquet" if path.is_dir() else path)
        count, total = frame.select(pl.len(), pl.col(column).cast(pl.Decimal(38, 4)).sum()).collect().row(0)
        tables[table] = {"rows": count, "sum": f"{total:.4f}"}
    memory = resource.getrusage(memory_of).ru_maxrss / 1024
    return json.dumps(
        {"peer": peer, "seconds": round(seconds, 3), "memory_mib": round(memory), "tables": tables, "labels": labels}
    )
