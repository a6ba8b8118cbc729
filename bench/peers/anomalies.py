"""Gold's `sales_anomalies` in plain Python, for both peers: a few hundred rows a day, whatever the day's size."""

import datetime
from decimal import ROUND_HALF_UP, Decimal

WINDOW = 28
FEWEST_DAYS = 7
CENT = Decimal("0.01")


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def sales_anomalies(dates, revenue):
    """
    dates: the dates that have orders. revenue: {(date, category): Decimal} of what the categories sold.
    Returns rows (order_date, category, amount, expected, deviation, direction).
    """
    first_sale = {}
    for date, category in sorted(revenue):
        first_sale.setdefault(category, date)
    rows = []
    for date in sorted(dates):
        before = [date - datetime.timedelta(days=days) for days in range(WINDOW, 0, -1)]
        for category, first in first_sale.items():
            if not any((day, category) in revenue for day in [*before, date]):
                continue
            amount = revenue.get((date, category), Decimal(0))
            history = [revenue.get((day, category), Decimal(0)) for day in before if day >= first]
            expected = deviation = direction = None
            if history:
                middle = median(history)
                expected = middle.quantize(CENT, ROUND_HALF_UP)
            if len(history) >= FEWEST_DAYS:
                mad = median([abs(value - middle) for value in history])
                spread = max(Decimal("1.4826") * mad, Decimal("0.05") * middle, Decimal(1))
                exact = (amount - middle) / spread
                deviation = exact.quantize(CENT, ROUND_HALF_UP)
                direction = "spike" if deviation >= Decimal("3.5") else "drop" if deviation <= Decimal("-3.5") else "none"
            rows.append((date, category, amount, expected, deviation, direction))
    return rows
