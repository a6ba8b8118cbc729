"""Reads Iceberg tables of a Glue catalogue with Spark: JSON requests on stdin, JSON answers on stdout, one each.

SPARK_JARS names the jars of Iceberg. A request with `sql` is a statement; its answer has no rows, or
one with the error.
"""

import json
import os
import sys
import tempfile

from iceberg_values import text
from pyspark.sql import SparkSession

endpoint = os.environ["AWS_ENDPOINT_URL"]
catalog = {
    "": "org.apache.iceberg.spark.SparkCatalog",
    ".type": "glue",
    ".io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    ".glue.endpoint": endpoint,
    ".s3.endpoint": endpoint,
    ".s3.path-style-access": "true",
    ".client.region": "us-east-1",
}


def start(scratch):
    settings = {
        "spark.jars": os.environ["SPARK_JARS"],
        "spark.driver.memory": "1g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.local.dir": scratch,
        "spark.sql.warehouse.dir": scratch,
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        **{f"spark.sql.catalog.lake{name}": value for name, value in catalog.items()},
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def answer(spark, request):
    if "sql" in request:
        try:
            spark.sql(request["sql"]).collect()
            return {"columns": [], "rows": [], "files": []}
        except Exception as error:
            return {"columns": [["error", "string"]], "rows": [[" ".join(str(error).splitlines()[:2])]], "files": []}
    version = request.get("snapshot")
    if tag := request.get("tag"):
        version = f"'{tag}'"
    table = f"lake.{request['database']}.{request['table']}"
    read = spark.sql(f"select * from {table}" + (f" version as of {version}" if version is not None else ""))
    if "filter" in request:
        read = read.where(request["filter"])
    return {
        "columns": [list(column) for column in read.dtypes],
        "rows": [[text(value) for value in row] for row in read.collect()],
        "files": [],
    }


with tempfile.TemporaryDirectory() as scratch:
    # Only the answers are written to stdout: what Spark says goes to stderr.
    out = os.dup(1)
    os.dup2(2, 1)
    spark = start(scratch)
    answers = [answer(spark, request) for request in json.load(sys.stdin)]
    spark.stop()
    with os.fdopen(out, "w") as stdout:
        json.dump(answers, stdout)
