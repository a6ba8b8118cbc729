"""Rows and a sum of every table that a peer wrote, to compare with the lake.

    python table_sums.py --out out

Prints one JSON object. It runs after a peer has ended, so that no peer is measured with it.
"""

import argparse
import json
import pathlib

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


def table_sums(out: pathlib.Path) -> dict:
    tables = {}
    for table, column in SUMS.items():
        path = out / f"{table}.parquet"
        frame = pl.scan_parquet(path / "*.parquet" if path.is_dir() else path)
        count, total = frame.select(pl.len(), pl.col(column).cast(pl.Decimal(38, 4)).sum()).collect().row(0)
        tables[table] = {"rows": count, "sum": f"{total:.4f}"}
    return tables


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    print(json.dumps({"tables": table_sums(parser.parse_args().out)}))
