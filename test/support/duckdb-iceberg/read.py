"""Reads Iceberg tables with DuckDB's extension: JSON requests on stdin, JSON answers on stdout, one each.

The extensions come from PyPI; DuckDB downloads nothing.
"""

import importlib.resources
import json
import os
import sys

import duckdb
from iceberg_values import text

endpoint = os.environ["AWS_ENDPOINT_URL"]
lake = duckdb.connect(config={"autoinstall_known_extensions": "false"})
for extension in ("avro", "httpfs", "iceberg"):
    package = importlib.resources.files(f"duckdb_extension_{extension}")
    lake.execute(f"load '{package}/extensions/v{duckdb.__version__}/{extension}.duckdb_extension'")
lake.execute(
    f"""create secret (type s3, key_id 'test', secret 'test', region 'us-east-1',
        endpoint '{endpoint.removeprefix("http://")}', url_style 'path', use_ssl false)"""
)
# As Glue's own endpoint for Iceberg, which a user attaches by `endpoint_type glue`.
lake.execute(f"attach 'lake' as lake (type iceberg, endpoint '{endpoint}/iceberg', authorization_type 'none')")


def answer(request):
    snapshot = request.get("snapshot")
    version = f"at (version => {snapshot})" if snapshot is not None else ""
    where = f"where {request['filter']}" if "filter" in request else ""
    read = lake.sql(f"select * from lake.{request['database']}.{request['table']} {version} {where}")
    return {
        "columns": [[name, str(type).lower()] for name, type in zip(read.columns, read.types)],
        "rows": [[text(value) for value in row] for row in read.fetchall()],
        "files": [],
    }


json.dump([answer(request) for request in json.load(sys.stdin)], sys.stdout)
