"""Computes independently, from the files that real-baskets.py wrote as NDJSON, what the lake has to hold.

It uses none of the product's code: the rules are those documented for the source records, written with dicts and
decimals. It knows the rules that these data can break (a missing field, a figure out of range) and refuses data that
break any other.

    python real-kpis.py FOLDER 2017-01-02 2017-01-03 …

Prints one JSON object: `received`, `rejected` (by rule) and `orphans` (by what they wait for) of every dataset over all
files of the folder, and for each date named `order_kpis` (one row) and `category_kpis` (rows by category). Amounts and
rates are text in full scale.
"""

import json
import pathlib
import sys
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal

STATUSES = {"pending", "completed", "returned", "cancelled"}
REQUIRED = {
    "orders": ["order_id", "user_id", "order_date", "total_amount", "status"],
    "order_items": ["order_id", "product_id", "quantity", "unit_price"],
    "products": ["product_id", "category", "name", "price"],
}


def read(folder, pattern):
    for path in sorted(folder.glob(pattern)):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line, parse_float=Decimal)


def money(value):
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def broken_rule(dataset, record):
    """The first rule of its own that a record breaks; None where it breaks none."""
    for field in REQUIRED[dataset]:
        value = record.get(field)
        if value is None or str(value).strip() == "":
            return "missing"
    if dataset == "orders":
        assert record["status"] in STATUSES, record
        return "range" if money(record["total_amount"]) < 0 else None
    if dataset == "order_items":
        quantity = Decimal(str(record["quantity"]))
        assert quantity == quantity.to_integral_value() and quantity < 2**31, record
        return "range" if quantity <= 0 or money(record["unit_price"]) < 0 else None
    return "range" if money(record["price"]) < 0 else None


def admit(dataset, records, counts):
    """The records that break no rule; the others are counted."""
    for record in records:
        counts["received"][dataset] += 1
        rule = broken_rule(dataset, record)
        if rule is None:
            yield record
        else:
            counts["rejected"][dataset][rule] += 1


def divided(value, by, places):
    return (Decimal(value) / by).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def order_kpis(orders, units):
    counting = [order for order in orders if order["status"] != "cancelled"]
    returned = sum(order["status"] == "returned" for order in counting)
    return {
        "total_orders": len(counting),
        "total_revenue": str(sum((money(order["total_amount"]) for order in counting), Decimal("0.00"))),
        "total_items_sold": sum(units[order["order_id"]] for order in counting),
        "return_rate": str(divided(100 * returned, len(counting), 4)) if counting else "0.0000",
        "unique_customers": len({order["user_id"] for order in counting}),
    }


def category_kpis(orders, lines):
    revenue = defaultdict(lambda: Decimal("0.00"))
    holders = defaultdict(set)
    returned = defaultdict(set)
    for order in orders:
        if order["status"] == "cancelled":
            continue
        for category, amount in lines[order["order_id"]]:
            revenue[category] += amount
            holders[category].add(order["order_id"])
            if order["status"] == "returned":
                returned[category].add(order["order_id"])
    return [
        {
            "category": category,
            "daily_revenue": str(revenue[category]),
            "avg_order_value": str(divided(revenue[category], len(holders[category]), 2)),
            "avg_return_rate": str(divided(100 * len(returned[category]), len(holders[category]), 4)),
        }
        for category in sorted(revenue, key=lambda name: name.encode())
    ]


def main():
    folder, dates = pathlib.Path(sys.argv[1]), sys.argv[2:]
    counts = {"received": Counter(), "rejected": defaultdict(Counter), "orphans": Counter()}

    categories = {}
    for product in admit("products", read(folder, "products*.ndjson"), counts):
        assert str(product["product_id"]) not in categories, product
        categories[str(product["product_id"])] = product["category"].strip()

    orders = {}
    for order in admit("orders", read(folder, "orders_*.ndjson"), counts):
        assert order["order_id"] not in orders, order
        orders[order["order_id"]] = order

    keys = set()
    units = Counter()
    lines = defaultdict(list)
    for item in admit("order_items", read(folder, "order_items_*.ndjson"), counts):
        key = (item["order_id"], item["line_number"])
        assert key not in keys, item
        keys.add(key)
        missing = [
            name
            for name, known in (("order", item["order_id"] in orders), ("product", item["product_id"] in categories))
            if not known
        ]
        if missing:
            counts["orphans"][" and ".join(missing)] += 1
            continue
        quantity = int(Decimal(str(item["quantity"])))
        units[item["order_id"]] += quantity
        lines[item["order_id"]].append((categories[item["product_id"]], quantity * money(item["unit_price"])))

    by_date = defaultdict(list)
    for order in orders.values():
        by_date[order["order_date"][:10]].append(order)
    json.dump(
        {
            "received": counts["received"],
            "rejected": {dataset: counts["rejected"][dataset] for dataset in REQUIRED},
            "orphans": counts["orphans"],
            "days": {
                date: {
                    "order_kpis": order_kpis(by_date[date], units),
                    "category_kpis": category_kpis(by_date[date], lines),
                }
                for date in dates
            },
        },
        sys.stdout,
    )
    print()


if __name__ == "__main__":
    main()
