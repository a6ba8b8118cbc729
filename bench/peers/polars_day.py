"""A day from plain NDJSON to Silver and Gold as Parquet with Polars (streaming engine), on local disk.

    python polars_day.py --source days/2026-11-20 --date 2026-11-20 --out out

Makes the same Silver and Gold as `shoplake` does of a day of orders, order lines and products in an empty lake: types
the records, drops those that break a rule, drops copies, takes the winner of each key by arrival, drops the orphans. It
leaves out quarantine, record counts, stored orphans, the version history for later batches, publication, lines without
a number, and spellings that the generator does not write (such as padded numbers), which favours it. The last line on
stdout is one JSON object.
"""

import argparse
import datetime
import glob
import json
import pathlib
import time

import polars as pl
from anomalies import sales_anomalies

ORDERS = ["order_id", "user_id", "order_date", "total_amount", "status"]
ITEMS = ["order_id", "line_number", "product_id", "quantity", "unit_price"]
PRODUCTS = ["product_id", "category", "name", "price", "rating", "current_stock", "forecasted_demand"]
STATUSES = ["pending", "completed", "returned", "cancelled"]
AMOUNT = pl.Decimal(12, 2)
TOTAL = pl.Decimal(18, 2)


def read(source: pathlib.Path, dataset: str, columns: list[str]) -> pl.LazyFrame:
    """The records in arrival order, all values as text. Lines that are not an object are dropped."""
    line = pl.col("line")
    record = line.str.json_decode(pl.Struct({name: pl.String for name in columns}))
    return (
        pl.scan_lines(sorted(glob.glob(f"{source}/{dataset}-*.ndjson")), name="line")
        .filter(line.str.starts_with("{") & line.str.ends_with("}"))
        .select(record.alias("record"))
        .unnest("record")
    )


def text(*names: str) -> pl.Expr:
    return pl.col(*names).str.strip_chars()


def amount(name: str) -> pl.Expr:
    return pl.col(name).cast(AMOUNT, strict=False)


def whole(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int32, strict=False)


def filled(*names: str) -> pl.Expr:
    return pl.all_horizontal(pl.col(*names) != "")


def half_up(numerator: pl.Expr, denominator: pl.Expr, places: int) -> pl.Expr:
    """The quotient of non-negative integers, rounded half-up, as a decimal. Exact below 2^53 units."""
    units = (2 * 10**places * numerator + denominator) // (2 * denominator)
    return (units / 10**places).cast(pl.Decimal(18, places))


def cents(name: str) -> pl.Expr:
    return pl.col(name).to_physical().cast(pl.Int64)


def winners(admitted: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """
    The version of each key whose content first arrived last. Few keys have several records: sorting hashes finds
    them, and only their records are compared.
    """
    hashes = admitted.select(pl.struct(key).hash()).to_series()
    in_order = hashes.sort()
    is_contested = hashes.is_in(in_order.filter(in_order == in_order.shift(1)).unique().implode())
    contested = admitted.filter(is_contested)
    versions = contested.unique(keep="first", maintain_order=True)
    won = versions.unique(subset=key, keep="last", maintain_order=True)
    return pl.concat([admitted.filter(~is_contested), won])


def silver_orders(source: pathlib.Path, date: datetime.date) -> pl.DataFrame:
    admitted = (
        read(source, "orders", ORDERS)
        .with_columns(
            text("order_id", "user_id"),
            order_date=pl.col("order_date").str.to_date("%Y-%m-%dT%H:%M:%SZ", strict=False),
            total_amount=amount("total_amount"),
        )
        .filter(
            filled("order_id", "user_id")
            & pl.col("status").is_in(STATUSES)
            & (pl.col("total_amount") >= 0)
            & (pl.col("order_date") <= date + datetime.timedelta(days=1))
        )
    )
    return winners(admitted.collect(engine="streaming"), ["order_id"])


def silver_products(source: pathlib.Path) -> pl.DataFrame:
    """The last record of each product: products are a snapshot."""
    read_products = read(source, "products", PRODUCTS).select(text(*PRODUCTS).replace("", None))
    typed = read_products.with_columns(
        price=amount("price"),
        typed_rating=pl.col("rating").cast(pl.Float64, strict=False),
        typed_stock=whole("current_stock"),
        typed_demand=whole("forecasted_demand"),
    )
    admitted = typed.filter(
        filled("product_id", "category", "name")
        & (pl.col("price") >= 0)
        & pl.when(pl.col("rating").is_not_null()).then(pl.col("typed_rating").is_between(0, 5)).otherwise(True)
        & pl.when(pl.col("current_stock").is_not_null()).then(pl.col("typed_stock") >= 0).otherwise(True)
        & (pl.col("forecasted_demand").is_null() | pl.col("typed_demand").is_not_null())
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
    return won.collect()


def lines_of(source: pathlib.Path) -> pl.DataFrame:
    """The winning version of each order line, orphans included."""
    admitted = (
        read(source, "order_items", ITEMS)
        .with_columns(
            text("order_id", "product_id"),
            line_number=whole("line_number"),
            quantity=whole("quantity"),
            unit_price=amount("unit_price"),
        )
        .filter(
            filled("order_id", "product_id")
            & pl.col("line_number").is_not_null()
            & (pl.col("quantity") > 0)
            & (pl.col("unit_price") >= 0)
        )
    )
    return winners(admitted.collect(engine="streaming"), ["order_id", "line_number"])


def lines_joined(lines: pl.DataFrame, orders: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """The lines whose order and product are known. Gold groups by the numbers of orders, products and categories."""
    amounts = (pl.col("quantity") * pl.col("unit_price")).cast(TOTAL)
    numbered_orders = orders.lazy().with_row_index("order_no").drop("user_id", "total_amount")
    numbered_products = products.lazy().with_row_index("product_no").select("product_id", "product_no", "category")
    category_no = pl.col("category").rank("dense").alias("category_no")
    return (
        lines.lazy()
        .with_columns(line_amount=amounts)
        .join(numbered_orders, on="order_id")
        .join(numbered_products.with_columns(category_no).drop("category"), on="product_id")
        .collect(engine="streaming")
    )


def gold_of_dates(joined: pl.DataFrame, orders: pl.DataFrame, products: pl.DataFrame) -> list[pl.DataFrame]:
    """daily_sales, category_kpis, order_kpis and customer_daily."""
    returned = pl.col("status") == "returned"
    sold = joined.lazy().filter(pl.col("status") != "cancelled").with_columns(cents=cents("line_amount"))
    counting = orders.lazy().filter(pl.col("status") != "cancelled").with_columns(cents=cents("total_amount"))
    named = products.lazy().with_row_index("product_no").with_columns(category_no=pl.col("category").rank("dense"))
    holders = pl.col("order_no").n_unique().cast(pl.Int64)
    daily_sales = (
        sold.group_by("order_date", "product_no")
        .agg(orders=holders, units=pl.col("quantity").cast(pl.Int64).sum(), cents=pl.col("cents").sum())
        .join(named.select("product_no", "category", "product_id", product_name="name"), on="product_no")
        .select(
            "order_date",
            "category",
            "product_id",
            "product_name",
            "orders",
            "units",
            amount=(pl.col("cents") / 100).cast(TOTAL),
        )
    )
    category_kpis = (
        sold.group_by("order_date", "category_no")
        .agg(
            cents=pl.col("cents").sum(),
            holders=holders,
            returned=pl.col("order_no").filter(returned).n_unique().cast(pl.Int64),
        )
        .join(named.select("category_no", "category").unique(), on="category_no")
        .select(
            "order_date",
            "category",
            daily_revenue=(pl.col("cents") / 100).cast(TOTAL),
            avg_order_value=half_up(pl.col("cents"), 100 * pl.col("holders"), 2),
            avg_return_rate=half_up(pl.col("returned"), pl.col("holders"), 4),
        )
    )
    customer_days = counting.group_by("order_date", "user_id").agg(
        orders=pl.len().cast(pl.Int64), returned=returned.sum().cast(pl.Int64), cents=pl.col("cents").sum()
    )
    order_days = customer_days.group_by("order_date").agg(
        total_orders=pl.col("orders").sum(),
        cents=pl.col("cents").sum(),
        returned=pl.col("returned").sum(),
        unique_customers=pl.len().cast(pl.Int64),
    )
    items = sold.group_by("order_date").agg(total_items_sold=pl.col("quantity").cast(pl.Int64).sum())
    order_kpis = (
        orders.lazy()
        .select("order_date")
        .unique()
        .join(order_days, on="order_date", how="left")
        .join(items, on="order_date", how="left")
        .with_columns(pl.all().exclude("order_date").fill_null(0))
        .select(
            "order_date",
            "total_orders",
            "total_items_sold",
            "unique_customers",
            total_revenue=(pl.col("cents") / 100).cast(TOTAL),
            return_rate=half_up(pl.col("returned"), pl.col("total_orders").clip(1), 4),
        )
    )
    customer_daily = customer_days.select(
        "order_date", "user_id", "orders", revenue=(pl.col("cents") / 100).cast(TOTAL)
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
            cents=cents("revenue").sum(),
        )
        .select(
            "user_id",
            "first_order_date",
            "last_order_date",
            "orders",
            revenue=(pl.col("cents") / 100).cast(TOTAL),
            avg_order_value=half_up(pl.col("cents"), 100 * pl.col("orders"), 2),
            revenue_rank=pl.col("cents").rank("min", descending=True).cast(pl.Int64),
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

    def write(name: str, frame: pl.DataFrame) -> None:
        frame.write_parquet(args.out / f"{name}.parquet", compression="zstd", compression_level=1)

    orders = silver_orders(args.source, args.date)
    products = silver_products(args.source)
    joined = lines_joined(lines_of(args.source), orders, products)
    write("silver_orders", orders)
    write("silver_products", products)
    write("silver_order_items", joined.drop("order_no", "status", "product_no", "category_no"))

    daily_sales, category_kpis, order_kpis, customer_daily = gold_of_dates(joined, orders, products)
    dates = order_kpis["order_date"].to_list()
    write("gold_daily_sales", daily_sales)
    write("gold_category_kpis", category_kpis)
    write("gold_order_kpis", order_kpis)
    write("gold_customer_daily", customer_daily)
    write("gold_customer_value", customer_value(customer_daily))
    write("gold_inventory_health", inventory_health(products, daily_sales, max(dates)))
    write("gold_sales_anomalies", anomalies_of(category_kpis, dates))

    print(json.dumps({"peer": "polars", "seconds": round(time.perf_counter() - started, 3)}))


if __name__ == "__main__":
    main()
