"""A day from plain NDJSON to Silver and Gold as Parquet with PySpark on `local[2]`, on local disk.

    python pyspark_day.py --source days/2026-11-20 --date 2026-11-20 --out out

Does the same work as polars_day.py, and leaves out the same. The last line on stdout is one JSON object; its seconds
count from when the session is up.
"""

import argparse
import datetime
import pathlib
import resource
import tempfile
import time

from anomalies import sales_anomalies
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as f
from result import result_line

COLUMNS = {
    "orders": ["order_id", "user_id", "order_date", "total_amount", "status"],
    "order_items": ["order_id", "line_number", "product_id", "quantity", "unit_price"],
    "products": ["product_id", "category", "name", "price", "rating", "current_stock", "forecasted_demand"],
}

# The file's number (`orders-0007.ndjson`), the split's position in the file, the record's position in the split.
ARRIVAL = """
cast(substring(_metadata.file_name, -11, 4) as bigint) * 562949953421312
  + shiftright(_metadata.file_block_start, 20) * 8589934592
  + monotonically_increasing_id() % 8589934592
"""

PARTITIONS = 4

TYPED = {
    "orders": """
        select order_id, user_id, to_date(try_to_timestamp(order_date, "yyyy-MM-dd'T'HH:mm:ssX")) as order_date,
               try_cast(total_amount as decimal(12,2)) as total_amount, status, arrival
        from read_orders
    """,
    "order_items": """
        select order_id, try_cast(line_number as int) as line_number, product_id, try_cast(quantity as int) as quantity,
               try_cast(unit_price as decimal(12,2)) as unit_price, arrival,
               line_number is not null and try_cast(line_number as int) is null as is_broken
        from read_order_items
    """,
    "products": """
        select product_id, name, category, try_cast(price as decimal(12,2)) as price,
               try_cast(rating as double) as rating, try_cast(current_stock as int) as current_stock,
               try_cast(forecasted_demand as int) as forecasted_demand, arrival,
               (rating is not null and try_cast(rating as double) is null)
                 or (current_stock is not null and try_cast(current_stock as int) is null)
                 or (forecasted_demand is not null and try_cast(forecasted_demand as int) is null) as is_broken
        from read_products
    """,
}

VALID = {
    "orders": """
        order_id is not null and user_id is not null and order_date is not null and total_amount >= 0
        and status in ('pending', 'completed', 'returned', 'cancelled') and order_date <= date '{date}' + interval 1 day
    """,
    "order_items": """
        order_id is not null and product_id is not null and quantity > 0 and unit_price >= 0 and not is_broken
    """,
    "products": """
        product_id is not null and name is not null and category is not null and price >= 0 and not is_broken
        and coalesce(rating between 0 and 5, true) and coalesce(current_stock >= 0, true)
    """,
}

CONTENT = {
    "orders": ["order_id", "user_id", "order_date", "total_amount", "status"],
    "order_items": ["order_id", "line_number", "product_id", "quantity", "unit_price"],
    "products": ["product_id", "name", "category", "price", "rating", "current_stock", "forecasted_demand"],
}
KEY = {"orders": "order_id", "order_items": "order_id, line_number", "products": "product_id"}

JOINED = """
select /*+ shuffle_hash(orders), broadcast(products) */ lines.*, cast(lines.quantity * lines.unit_price as decimal(18,2)) as line_amount,
       orders.order_date, orders.status, products.name, products.category
from winning_order_items lines
join winning_orders orders on orders.order_id = lines.order_id
join winning_products products on products.product_id = lines.product_id
"""

GOLD = {
    "daily_sales": """
        select order_date, category, product_id, name as product_name, count(distinct order_id) as orders,
               sum(cast(quantity as bigint)) as units, cast(sum(line_amount) as decimal(18,2)) as amount
        from joined where status <> 'cancelled' group by order_date, category, product_id, name
    """,
    "category_kpis": """
        select order_date, category, daily_revenue,
               cast(cast((2 * cents + holders) div (2 * holders) as decimal(18,0)) / 100 as decimal(18,2)) as avg_order_value,
               cast(cast((2000000 * returned + holders) div (2 * holders) as decimal(18,0)) / 10000 as decimal(18,4))
                 as avg_return_rate
        from (
          select order_date, category, cast(sum(line_amount) as decimal(18,2)) as daily_revenue,
                 cast(sum(line_amount) * 100 as bigint) as cents, count(distinct order_id) as holders,
                 count(distinct case when status = 'returned' then order_id end) as returned
          from joined where status <> 'cancelled' group by order_date, category
        )
    """,
    "order_kpis": """
        select order_date, coalesce(total_orders, 0) as total_orders,
               cast(coalesce(total_revenue, 0) as decimal(18,2)) as total_revenue,
               coalesce(total_items_sold, 0) as total_items_sold,
               cast(coalesce(cast((2000000 * returned + total_orders) div (2 * total_orders) as decimal(18,0)) / 10000, 0)
                 as decimal(18,4)) as return_rate,
               coalesce(unique_customers, 0) as unique_customers
        from (select distinct order_date from winning_orders)
        left join (
          select order_date, count(*) as total_orders, sum(total_amount) as total_revenue,
                 count_if(status = 'returned') as returned, count(distinct user_id) as unique_customers
          from winning_orders where status <> 'cancelled' group by order_date
        ) using (order_date)
        left join (
          select order_date, sum(cast(quantity as bigint)) as total_items_sold
          from joined where status <> 'cancelled' group by order_date
        ) using (order_date)
    """,
    "customer_daily": """
        select order_date, user_id, count(*) as orders, cast(sum(total_amount) as decimal(18,2)) as revenue
        from winning_orders where status <> 'cancelled' group by order_date, user_id
    """,
    "customer_value": """
        select *, revenue_rank <= (count(*) over () + 9) div 10 as is_top_decile
        from (
          select user_id, first_order_date, last_order_date, orders, revenue,
                 cast(cast((2 * cents + orders) div (2 * orders) as decimal(18,0)) / 100 as decimal(18,2)) as avg_order_value,
                 rank() over (order by revenue desc) as revenue_rank
          from (
            select user_id, min(order_date) as first_order_date, max(order_date) as last_order_date,
                   sum(orders) as orders, cast(sum(revenue) as decimal(18,2)) as revenue,
                   cast(sum(revenue) * 100 as bigint) as cents
            from gold_customer_daily group by user_id
          )
        )
    """,
    "inventory_health": """
        with newest as (select max(order_date) as newest from gold_order_kpis),
        sales as (
          select product_id,
                 coalesce(sum(units) filter (where order_date > newest - interval 7 days), 0) as units_7d,
                 coalesce(sum(units) filter (where order_date > newest - interval 28 days), 0) as units_28d,
                 coalesce(sum(units) filter (where order_date > newest - interval 30 days), 0) as units_30d
          from gold_daily_sales cross join newest group by product_id
        ),
        stock as (
          select products.product_id, name, category, cast(current_stock as bigint) as current_stock,
                 coalesce(units_7d, 0) as units_7d, coalesce(units_28d, 0) as units_28d,
                 coalesce(units_30d, 0) as units_30d
          from winning_products products left join sales on sales.product_id = products.product_id
        )
        select product_id, name, category, current_stock, units_7d, units_30d,
               cast(cast((20000 * units_30d + 30) div 60 as decimal(18,0)) / 10000 as decimal(18,4)) as daily_demand,
               case when units_30d > 0 then
                 cast(cast((600 * current_stock + units_30d) div (2 * units_30d) as decimal(18,0)) / 10 as decimal(18,1))
               end as days_of_cover,
               (units_28d + 3) div 4 as forecasted_demand,
               case when current_stock is null then 'unknown' when current_stock = 0 then 'out'
                    when units_30d = 0 then 'idle' when 30 * current_stock < 7 * units_30d then 'low'
                    when 30 * current_stock > 60 * units_30d then 'over' else 'ok' end as status
        from stock
    """,
}


class Day:
    def __init__(self, spark: SparkSession, source: pathlib.Path, date: datetime.date, out: pathlib.Path):
        self.spark, self.source, self.date, self.out = spark, source, date, out
        self.seen = {}

    def observe(self, frame: DataFrame, name: str, *counts) -> DataFrame:
        """Counts rows while they are processed, without reading them again."""
        self.seen[name] = Observation(name)
        return frame.observe(self.seen[name], f.count(f.lit(1)).alias("rows"), *counts)

    def read(self, dataset: str) -> None:
        schema = ", ".join(f"{name} string" for name in COLUMNS[dataset])
        text = [f.expr(f"nullif(trim({name}), '')").alias(name) for name in COLUMNS[dataset]]
        self.spark.read.schema(schema).json(f"{self.source}/{dataset}-*.ndjson").select(
            *text, f.expr(ARRIVAL).alias("arrival")
        ).createOrReplaceTempView(f"read_{dataset}")

    def admitted(self, dataset: str) -> DataFrame:
        self.read(dataset)
        valid = f.coalesce(f.expr(VALID[dataset].format(date=self.date)), f.lit(False))
        typed = self.observe(self.spark.sql(TYPED[dataset]), f"{dataset} received", f.count_if(valid).alias("valid"))
        return typed.where(valid)

    def winners(self, dataset: str) -> None:
        """The version of each key whose content first arrived last; for products, the last record."""
        records = self.admitted(dataset)
        if dataset == "products":
            distinct = records.select(*CONTENT[dataset], "arrival")
        else:
            # One shuffle by order is enough for copies, winners and the join of lines with orders.
            together = records.repartition(PARTITIONS, "order_id")
            distinct = together.groupBy(*CONTENT[dataset]).agg(f.min("arrival").alias("arrival"))
        distinct = self.observe(distinct, f"{dataset} distinct")
        last = f.expr(f"row_number() over (partition by {KEY[dataset]} order by arrival desc)")
        won = distinct.withColumn("place", last).where("place = 1").drop("place", "arrival")
        won = self.observe(won, f"{dataset} won")
        # The lines are read once, by the join, whose result is cached; the other datasets are read several times.
        (won if dataset == "order_items" else won.persist()).createOrReplaceTempView(f"winning_{dataset}")

    def write(self, name: str, frame: DataFrame) -> None:
        frame.write.mode("overwrite").option("compression", "zstd").parquet(str(self.out / f"{name}.parquet"))

    def silver(self) -> None:
        for dataset in ("orders", "products", "order_items"):
            self.winners(dataset)
        self.write("silver_orders", self.spark.table("winning_orders"))
        self.write("silver_products", self.spark.table("winning_products"))
        joined = self.observe(self.spark.sql(JOINED), "joined").persist()
        joined.createOrReplaceTempView("joined")
        self.write("silver_order_items", joined.drop("status", "name", "category"))

    def gold(self) -> None:
        for name, query in GOLD.items():
            self.write(f"gold_{name}", self.spark.sql(query))
            self.spark.read.parquet(str(self.out / f"gold_{name}.parquet")).createOrReplaceTempView(f"gold_{name}")
        dates = [row[0] for row in self.spark.sql("select order_date from gold_order_kpis").collect()]
        revenue = self.spark.sql("select order_date, category, daily_revenue from gold_category_kpis").collect()
        rows = sales_anomalies(dates, {(date, category): sold for date, category, sold in revenue})
        schema = (
            "order_date date, category string, amount decimal(18,2), expected decimal(18,2), "
            "deviation decimal(18,2), direction string"
        )
        self.write("gold_sales_anomalies", self.spark.createDataFrame(rows, schema))

    def labels(self) -> dict:
        def of(dataset: str) -> dict:
            received, distinct, won = (self.seen[f"{dataset} {name}"].get for name in ("received", "distinct", "won"))
            return {
                "received": received["rows"],
                "rejected": received["rows"] - received["valid"],
                "duplicates": received["valid"] - distinct["rows"],
                "superseded": distinct["rows"] - won["rows"],
            }

        labels = {dataset: of(dataset) for dataset in COLUMNS}
        labels["order_items"]["orphans"] = self.seen["order_items won"].get["rows"] - self.seen["joined"].get["rows"]
        return labels


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--date", type=datetime.date.fromisoformat, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        spark = (
            SparkSession.builder.master("local[2]")
            .appName("day")
            .config("spark.driver.memory", "6g")
            .config("spark.driver.extraJavaOptions", "-XX:+UseParallelGC")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.local.dir", scratch)
            .config("spark.sql.warehouse.dir", scratch)
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", PARTITIONS)
            .getOrCreate()
        )
        spark.sparkContext.setLogLevel("ERROR")
        day = Day(spark, args.source, args.date, args.out)
        started = time.perf_counter()
        day.silver()
        day.gold()
        seconds = time.perf_counter() - started
        labels = day.labels()
        stop(spark)
    print(result_line("pyspark", seconds, args.out, labels, resource.RUSAGE_CHILDREN))


def stop(spark: SparkSession) -> None:
    """Ends the session and its Java process; only then is its memory known."""
    gateway = spark.sparkContext._gateway
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()


if __name__ == "__main__":
    main()
