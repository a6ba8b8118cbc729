"""A day from plain NDJSON to Silver and Gold as Parquet with Polars (streaming engine), on local disk.

    python polars_day.py --source days/2026-11-20 --date 2026-11-20 --out out

Does what `shoplake clean` and `aggregate` do with a day of orders, order lines and products in an empty lake: types the
records, drops and counts those that break a rule, drops copies, takes the winner of each key by arrival, separates the
orphans. It leaves out quarantine, record counts per batch, the version history for later batches, publication, lines
without a number, and the typing of spellings that the generator does not write, which favours it. The last line on
stdout is one JSON object.
"""

import argparse
import datetime
import glob
import pathlib
import time

import polars as pl
from anomalies import sales_anomalies
from result import result_line

ORDERS = ["order_id", "user_id", "order_date", "total_amount", "status"]
ITEMS = ["order_id", "line_number", "product_id", "quantity", "unit_price"]
PRODUCTS = ["product_id", "category", "name", "price", "rating", "current_stock", "forecasted_demand"]
STATUSES = ["pending", "completed", "returned", "cancelled"]
AMOUNT = pl.Decimal(12, 2)
TOTAL = pl.Decimal(18, 2)


def read(source: pathlib.Path, dataset: str, columns: list[str]) -> pl.LazyFrame:
    """The records in arrival order, all values as text; null values for a line that is not an object."""
    line = pl.col("line")
    whole = line.str.starts_with("{") & line.str.ends_with("}")
    record = pl.when(whole).then(line).str.json_decode(pl.Struct({name: pl.String for name in columns}))
    lines = pl.scan_lines(sorted(glob.glob(f"{source}/{dataset}-*.ndjson")), name="line")
    return lines.select(record.alias("record")).unnest("record").select(pl.all().str.strip_chars().replace("", None))


def amount(name: str) -> pl.Expr:
    return pl.col(name).cast(AMOUNT, strict=False)


def whole(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int32, strict=False)


def filled(*names: str) -> pl.Expr:
    return pl.all_horizontal(pl.col(*names).is_not_null())


def half_up(numerator: pl.Expr, denominator: pl.Expr, places: int) -> pl.Expr:
    """The quotient of non-negative integers, rounded half-up, as a decimal."""
    units = (2 * 10**places * numerator + denominator) // (2 * denominator)
    return (units.cast(pl.Decimal(22, places)) / 10**places).cast(pl.Decimal(18, places))


def cents(name: str) -> pl.Expr:
    return (pl.col(name) * 100).cast(pl.Int64)


def admit(typed: pl.LazyFrame, valid: pl.Expr) -> tuple[pl.DataFrame, dict[str, int]]:
    records = typed.with_columns(valid=valid.fill_null(False)).collect(engine="streaming")
    admitted = records.filter("valid").drop("valid")
    return admitted, {"received": records.height, "rejected": records.height - admitted.height}


def winners(admitted: pl.DataFrame, key: list[str]) -> tuple[pl.DataFrame, dict[str, int]]:
    """The version of each key whose content first arrived last."""
    distinct = admitted.unique(keep="first", maintain_order=True)
    won = distinct.unique(subset=key, keep="last", maintain_order=True)
    return won, {"duplicates": admitted.height - distinct.height, "superseded": distinct.height - won.height}


def silver_orders(source: pathlib.Path, date: datetime.date) -> tuple[pl.DataFrame, dict[str, int]]:
    placed = pl.col("order_date").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", strict=False).dt.date()
    admitted, counts = admit(
        read(source, "orders", ORDERS).with_columns(order_date=placed, total_amount=amount("total_amount")),
        filled(*ORDERS)
        & pl.col("status").is_in(STATUSES)
        & (pl.col("total_amount") >= 0)
        & (pl.col("order_date") <= date + datetime.timedelta(days=1)),
    )
    won, more = winners(admitted, ["order_id"])
    return won, counts | more


def silver_products(source: pathlib.Path) -> tuple[pl.DataFrame, dict[str, int]]:
    """The last record of each product: products are a snapshot."""
    typed = read(source, "products", PRODUCTS).with_columns(
        price=amount("price"),
        typed_rating=pl.col("rating").cast(pl.Float64, strict=False),
        typed_stock=whole("current_stock"),
        typed_demand=whole("forecasted_demand"),
    )
    admitted, counts = admit(
        typed,
        filled("product_id", "category", "name", "price")
        & (pl.col("price") >= 0)
        & pl.when(pl.col("rating").is_not_null()).then(pl.col("typed_rating").is_between(0, 5)).otherwise(True)
        & pl.when(pl.col("current_stock").is_not_null()).then(pl.col("typed_stock") >= 0).otherwise(True)
        & (pl.col("forecasted_demand").is_null() | pl.col("typed_demand").is_not_null()),
    )
    won = admitted.unique(subset=["product_id"], keep="last", maintain_order=True).select(
        "product_id",
        "name",
        "category",
        "price",
        rating="typed_rating",
        current_stock="typed_stock",
        forecasted_demand="typed_demand",
    )
    return won, counts | {"duplicates": 0, "superseded": admitted.height - won.height}


def lines_of(source: pathlib.Path) -> tuple[pl.DataFrame, dict[str, int]]:
    """The winning version of each order line, orphans included."""
    typed = read(source, "order_items", ITEMS).with_columns(
        number=whole("line_number"), quantity=whole("quantity"), unit_price=amount("unit_price")
    )
    admitted, counts = admit(
        typed,
        filled("order_id", "product_id", "quantity", "unit_price")
        & (pl.col("number").is_not_null() | pl.col("line_number").is_null())
        & (pl.col("quantity") > 0)
        & (pl.col("unit_price") >= 0),
    )
    won, more = winners(admitted.drop("line_number").rename({"number": "line_number"}), ["order_id", "line_number"])
    return won, counts | more


def gold_of_dates(lines: pl.DataFrame, orders: pl.DataFrame) -> list[pl.DataFrame]:
    """daily_sales, category_kpis, order_kpis and customer_daily, from the lines joined with orders and products."""
    sold = lines.lazy().filter(pl.col("status") != "cancelled")
    counting = orders.lazy().filter(pl.col("status") != "cancelled")
    holders = pl.col("order_row").n_unique().cast(pl.Int64)
    returned = pl.col("status") == "returned"
    daily_sales = sold.group_by("order_date", "category", "product_id", product_name="name").agg(
        orders=holders, units=pl.col("quantity").cast(pl.Int64).sum(), amount=pl.col("line_amount").sum()
    )
    category_kpis = (
        sold.group_by("order_date", "category")
        .agg(
            daily_revenue=pl.col("line_amount").sum(),
            holders=holders,
            returned=pl.col("order_row").filter(returned).n_unique().cast(pl.Int64),
        )
        .select(
            "order_date",
            "category",
            "daily_revenue",
            avg_order_value=half_up(cents("daily_revenue"), 100 * pl.col("holders"), 2),
            avg_return_rate=half_up(100 * pl.col("returned"), pl.col("holders"), 4),
        )
    )
    items = sold.group_by("order_date").agg(total_items_sold=pl.col("quantity").cast(pl.Int64).sum())
    order_kpis = (
        orders.lazy()
        .select("order_date")
        .unique()
        .join(
            counting.group_by("order_date").agg(
                total_orders=pl.len().cast(pl.Int64),
                total_revenue=pl.col("total_amount").cast(TOTAL).sum(),
                returned=returned.sum().cast(pl.Int64),
                unique_customers=pl.col("user_id").n_unique().cast(pl.Int64),
            ),
            on="order_date",
            how="left",
        )
        .join(items, on="order_date", how="left")
        .with_columns(pl.all().exclude("order_date").fill_null(0))
        .with_columns(
            return_rate=pl.when(pl.col("total_orders") > 0).then(
                half_up(100 * pl.col("returned"), pl.col("total_orders").clip(1), 4)
            ).otherwise(0)
        )
        .drop("returned")
    )
    customer_daily = counting.group_by("order_date", "user_id").agg(
        orders=pl.len().cast(pl.Int64), revenue=pl.col("total_amount").cast(TOTAL).sum()
    )
    return pl.collect_all([daily_sales, category_kpis, order_kpis, customer_daily], engine="streaming")


def customer_value(customer_daily: pl.DataFrame) -> pl.DataFrame:
    value = (
        customer_daily.lazy()
        .group_by("user_id")
        .agg(
            first_order_date=pl.col("order_date").min(),
            last_order_date=pl.col("order_date").max(),
            orders=pl.col("orders").sum(),
            revenue=pl.col("revenue").sum(),
        )
        .with_columns(
            avg_order_value=half_up(cents("revenue"), 100 * pl.col("orders"), 2),
            revenue_rank=pl.col("revenue").rank("min", descending=True).cast(pl.Int64),
        )
        .with_columns(is_top_decile=pl.col("revenue_rank") <= (pl.len() + 9) // 10)
    )
    return value.collect(engine="streaming")


def inventory_health(products: pl.DataFrame, daily_sales: pl.DataFrame, newest: datetime.date) -> pl.DataFrame:
    def units(days: int) -> pl.Expr:
        return pl.col("units").filter(pl.col("order_date") > newest - datetime.timedelta(days=days)).sum()

    sales = daily_sales.group_by("product_id").agg(units_7d=units(7), units_28d=units(28), units_30d=units(30))
    stock, demand = pl.col("current_stock").cast(pl.Int64), pl.col("units_30d")
    return (
        products.join(sales, on="product_id", how="left")
        .with_columns(pl.col("units_7d", "units_28d", "units_30d").fill_null(0))
        .select(
            "product_id",
            "name",
            "category",
            "current_stock",
            "units_7d",
            "units_30d",
            daily_demand=half_up(demand, pl.lit(30), 4),
            days_of_cover=pl.when(demand > 0).then(half_up(30 * stock, demand.clip(1), 1)),
            forecasted_demand=(pl.col("units_28d") + 3) // 4,
            status=pl.when(stock.is_null())
            .then(pl.lit("unknown"))
            .when(stock == 0)
            .then(pl.lit("out"))
            .when(demand == 0)
            .then(pl.lit("idle"))
            .when(30 * stock < 7 * demand)
            .then(pl.lit("low"))
            .when(30 * stock > 60 * demand)
            .then(pl.lit("over"))
            .otherwise(pl.lit("ok")),
        )
    )


def anomalies_of(category_kpis: pl.DataFrame, dates: list[datetime.date]) -> pl.DataFrame:
    revenue = {(date, category): sold for date, category, sold in category_kpis.select(pl.nth(0, 1, 2)).iter_rows()}
    names = ["order_date", "category", "amount", "expected", "deviation", "direction"]
    types = [pl.Date, pl.String, TOTAL, TOTAL, TOTAL, pl.String]
    return pl.DataFrame(sales_anomalies(dates, revenue), schema=dict(zip(names, types)), orient="row")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--date", type=datetime.date.fromisoformat, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()

    tables: dict[str, pl.DataFrame] = {}

    def write(name: str, frame: pl.DataFrame) -> None:
        frame.write_parquet(args.out / f"{name}.parquet", compression="zstd")
        tables[name] = frame

    orders, order_counts = silver_orders(args.source, args.date)
    products, product_counts = silver_products(args.source)
    lines, line_counts = lines_of(args.source)
    joined = (
        lines.lazy()
        .with_columns(line_amount=(pl.col("quantity").cast(pl.Decimal(10, 0)) * pl.col("unit_price")).cast(TOTAL))
        .join(orders.lazy().with_row_index("order_row").drop("user_id", "total_amount"), on="order_id")
        .join(products.lazy().select("product_id", "name", "category"), on="product_id")
        .collect(engine="streaming")
    )
    write("silver_orders", orders)
    write("silver_products", products)
    write("silver_order_items", joined.drop("order_row", "status", "name", "category"))

    daily_sales, category_kpis, order_kpis, customer_daily = gold_of_dates(joined, orders)
    dates = order_kpis["order_date"].to_list()
    write("gold_daily_sales", daily_sales)
    write("gold_category_kpis", category_kpis)
    write("gold_order_kpis", order_kpis)
    write("gold_customer_daily", customer_daily)
    write("gold_customer_value", customer_value(customer_daily))
    write("gold_inventory_health", inventory_health(products, daily_sales, max(dates)))
    write("gold_sales_anomalies", anomalies_of(category_kpis, dates))

    seconds = time.perf_counter() - started
    labels = {
        "orders": order_counts,
        "order_items": line_counts | {"orphans": lines.height - joined.height},
        "products": product_counts,
    }
    print(result_line("polars", seconds, args.out, labels))


if __name__ == "__main__":
    main()
