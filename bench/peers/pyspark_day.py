"""A day from plain NDJSON to Silver and Gold as Parquet with PySpark on `local[2]`, on local disk.

    python pyspark_day.py --source days/2026-11-20 --date 2026-11-20 --out out

Does the same work as polars_day.py, and leaves out the same. The last line on stdout is one JSON object; its seconds
count from when the session is up.

Every source file is read once. Orders and lines are shuffled once, by order; sorting then serves copies, winners and
the join. Silver's lines also get their order's status and two marks, so that one pass over them gives Gold's figures
of products and categories, without a distinct count.
"""

import argparse
import datetime
import json
import pathlib
import tempfile
import time

from anomalies import sales_anomalies
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

SCHEMAS = {
    "orders": "order_id string, user_id string, order_date date, total_amount string, status string",
    "order_items": "order_id string, line_number int, product_id string, quantity int, unit_price string",
    "products": "product_id string, category string, name string, price string, rating double, current_stock int, "
    "forecasted_demand int",
}

# Amounts are read as text: Spark's JSON reader would take `12,50` for 1250.
AMOUNT = {"orders": "total_amount", "order_items": "unit_price", "products": "price"}

# The file's number (`orders-0007.ndjson`), the split's position in the file, the record's position in the split.
ARRIVAL = """
cast(substring(_metadata.file_name, -11, 4) as bigint) * 562949953421312
  + shiftright(_metadata.file_block_start, 20) * 8589934592
  + monotonically_increasing_id() % 8589934592
"""

# Java's optimising compiler works on the hottest code only: in a run this short it costs more than it saves elsewhere.
JAVA_OPTIONS = (
    "-XX:+UseParallelGC -XX:Tier4InvocationThreshold=25000 -XX:Tier4MinInvocationThreshold=3000 "
    "-XX:Tier4CompileThreshold=75000 -XX:Tier4BackEdgeThreshold=200000"
)

VALID = {
    "orders": """
        trim(order_id) <> '' and trim(user_id) <> '' and total_amount >= 0
        and status in ('pending', 'completed', 'returned', 'cancelled') and order_date <= date '{date}' + interval 1 day
    """,
    "order_items": """
        trim(order_id) <> '' and trim(product_id) <> '' and line_number is not null and quantity > 0 and unit_price >= 0
    """,
    "products": """
        trim(product_id) <> '' and trim(name) <> '' and trim(category) <> '' and price >= 0
        and coalesce(rating between 0 and 5, true) and coalesce(current_stock >= 0, true)
    """,
}

# The version of each key whose content first arrived last; for products, the last record.
WINNERS = {
    "orders": """
        select order_id, user_id, order_date, total_amount, status
        from (
          select *, row_number() over (partition by order_id order by arrival desc) as place
          from (
            select *, row_number() over (
              partition by order_id, user_id, order_date, total_amount, status order by arrival
            ) as copy
            from (select /*+ repartition(order_id) */ * from valid_orders)
          )
          where copy = 1
        )
        where place = 1
    """,
    "order_items": """
        select order_id, line_number, product_id, quantity, unit_price
        from (
          select *, row_number() over (partition by order_id, line_number order by arrival desc) as place
          from (
            select *, row_number() over (
              partition by order_id, line_number, product_id, quantity, unit_price order by arrival
            ) as copy
            from (select /*+ repartition(order_id) */ * from valid_order_items)
          )
          where copy = 1
        )
        where place = 1
    """,
    "products": """
        select product_id, name, category, price, rating, current_stock, forecasted_demand
        from (
          select *, row_number() over (partition by product_id order by arrival desc) as place from valid_products
        )
        where place = 1
    """,
}

# The lines of known orders and products. A line is marked where it is its order's first of its product or category.
LINES = """
select *,
       row_number() over (partition by order_id, category order by line_number) = 1 as is_first_of_category
from (
  select lines.*, cast(lines.quantity * lines.unit_price as decimal(18,2)) as line_amount, orders.order_date,
         orders.status, products.category,
         row_number() over (partition by lines.order_id, lines.product_id order by lines.line_number) = 1
           as is_first_of_product
  from winning_order_items lines
  join (select /*+ repartition(order_id) */ order_id, order_date, status from silver_orders) orders
    on orders.order_id = lines.order_id
  join silver_products products on products.product_id = lines.product_id
)
"""

PRODUCT_DAYS = """
select order_date, product_id, category, count_if(is_first_of_product) as orders,
       sum(cast(quantity as bigint)) as units, cast(sum(line_amount) as decimal(18,2)) as amount,
       count_if(is_first_of_category) as holders,
       count_if(is_first_of_category and status = 'returned') as returned
from silver_order_items where status <> 'cancelled'
group by order_date, product_id, category
"""

GOLD = {
    "daily_sales": """
        select order_date, category, product_id, name as product_name, orders, units, amount
        from product_days join (select product_id, name from silver_products) using (product_id)
    """,
    "category_kpis": """
        select order_date, category, daily_revenue,
               cast(cast((2 * cents + holders) div (2 * holders) as decimal(18,0)) / 100 as decimal(18,2)) as avg_order_value,
               cast(cast((20000 * returned + holders) div (2 * holders) as decimal(18,0)) / 10000 as decimal(18,4))
                 as avg_return_rate
        from (
          select order_date, category, cast(sum(amount) as decimal(18,2)) as daily_revenue,
                 cast(sum(amount) * 100 as bigint) as cents, sum(holders) as holders, sum(returned) as returned
          from product_days group by order_date, category
        )
    """,
    "customer_daily": """
        select order_date, user_id, count(*) as orders, cast(sum(total_amount) as decimal(18,2)) as revenue
        from silver_orders where status <> 'cancelled' group by order_date, user_id
    """,
    "order_kpis": """
        select order_date, total_orders, cast(coalesce(total_revenue, 0) as decimal(18,2)) as total_revenue,
               coalesce(total_items_sold, 0) as total_items_sold,
               cast(coalesce(cast((20000 * returned + total_orders) div nullif(2 * total_orders, 0) as decimal(18,0))
                 / 10000, 0) as decimal(18,4)) as return_rate,
               coalesce(unique_customers, 0) as unique_customers
        from (
          select order_date, count_if(status <> 'cancelled') as total_orders, count_if(status = 'returned') as returned,
                 sum(total_amount) filter (where status <> 'cancelled') as total_revenue
          from silver_orders group by order_date
        )
        left join (select order_date, sum(units) as total_items_sold from product_days group by order_date)
          using (order_date)
        left join (select order_date, count(*) as unique_customers from gold_customer_daily group by order_date)
          using (order_date)
    """,
    "customer_value": """
        select user_id, first_order_date, last_order_date, orders, revenue,
               cast(cast((2 * cents + orders) div (2 * orders) as decimal(18,0)) / 100 as decimal(18,2)) as avg_order_value,
               revenue_rank, revenue_rank <= (customers + 9) div 10 as is_top_decile
        from (
          select *, rank() over (order by cents desc) as revenue_rank,
                 count(*) over (order by cents desc rows between unbounded preceding and unbounded following) as customers
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
          from silver_products products left join sales on sales.product_id = products.product_id
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

    def read_winners(self, dataset: str) -> DataFrame:
        """The winning records. A line that is not an object, or has a value of another type, is dropped as it is read."""
        files = f"{self.source}/{dataset}-*.ndjson"
        records = self.spark.read.schema(SCHEMAS[dataset]).option("mode", "DROPMALFORMED").json(files)
        amount = AMOUNT[dataset]
        typed = records.withColumns(
            {amount: f.expr(f"try_cast({amount} as decimal(12,2))"), "arrival": f.expr(ARRIVAL)}
        )
        valid = typed.where(VALID[dataset].format(date=self.date))
        valid.createOrReplaceTempView(f"valid_{dataset}")
        return self.spark.sql(WINNERS[dataset])

    def write(self, name: str, frame: DataFrame) -> None:
        """Writes a table, which later statements read by its name."""
        path = str(self.out / f"{name}.parquet")
        frame.write.mode("overwrite").parquet(path)
        self.spark.read.schema(frame.schema).parquet(path).createOrReplaceTempView(name)

    def silver(self) -> None:
        self.write("silver_products", self.read_winners("products").coalesce(1))
        self.write("silver_orders", self.read_winners("orders"))
        self.read_winners("order_items").createOrReplaceTempView("winning_order_items")
        self.write("silver_order_items", self.spark.sql(LINES))

    def gold(self) -> None:
        self.spark.sql(PRODUCT_DAYS).coalesce(1).persist().createOrReplaceTempView("product_days")
        for name, query in GOLD.items():
            table = self.spark.sql(query)
            self.write(f"gold_{name}", table if name.startswith("customer") else table.coalesce(1))
        dates = [row[0] for row in self.spark.sql("select order_date from gold_order_kpis").collect()]
        revenue = self.spark.sql("select order_date, category, daily_revenue from gold_category_kpis").collect()
        rows = sales_anomalies(dates, {(date, category): sold for date, category, sold in revenue})
        schema = (
            "order_date date, category string, amount decimal(18,2), expected decimal(18,2), "
            "deviation decimal(18,2), direction string"
        )
        self.write("gold_sales_anomalies", self.spark.createDataFrame(rows, schema).coalesce(1))


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
            .config("spark.driver.memory", "4g")
            .config("spark.driver.extraJavaOptions", JAVA_OPTIONS)
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.local.dir", scratch)
            .config("spark.sql.warehouse.dir", scratch)
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.adaptive.enabled", "false")
            .config("spark.sql.shuffle.partitions", 2)
            .config("spark.sql.optimizer.windowGroupLimitThreshold", -1)
            .config("spark.sql.parquet.compression.codec", "zstd")
            .config("spark.hadoop.parquet.compression.codec.zstd.level", 1)
            .config("spark.hadoop.parquet.enable.dictionary#order_id", "false")
            .getOrCreate()
        )
        spark.sparkContext.setLogLevel("ERROR")
        day = Day(spark, args.source, args.date, args.out)
        started = time.perf_counter()
        day.silver()
        day.gold()
        seconds = time.perf_counter() - started
        stop(spark)
    print(json.dumps({"peer": "pyspark", "seconds": round(seconds, 3)}))


def stop(spark: SparkSession) -> None:
    """Ends the session and its Java process; only then is its memory known."""
    gateway = spark.sparkContext._gateway
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()


if __name__ == "__main__":
    main()
