"""Reads Iceberg tables of a Glue catalogue: JSON requests on stdin, JSON answers on stdout, one each."""

import json
import os
import sys

from iceberg_values import text
from pyiceberg.catalog import load_catalog

endpoint = os.environ["AWS_ENDPOINT_URL"]
credentials = {"access-key-id": "test", "secret-access-key": "test", "region": "us-east-1"}
catalog = load_catalog(
    "glue",
    **{
        "type": "glue",
        "glue.endpoint": endpoint,
        "s3.endpoint": endpoint,
        **{f"{service}.{name}": value for service in ("glue", "s3") for name, value in credentials.items()},
    },
)


def answer(request):
    table = catalog.load_table((request["database"], request["table"]))
    snapshot = request.get("snapshot")
    if tag := request.get("tag"):
        snapshot = table.snapshot_by_name(tag).snapshot_id
    scan = table.scan(row_filter=request.get("filter", "true"), snapshot_id=snapshot) if "filter" in request else table.scan(
        snapshot_id=snapshot
    )
    rows = scan.to_arrow()
    return {
        "columns": [[field.name, str(field.type)] for field in rows.schema],
        "rows": [[text(value) for value in row.values()] for row in rows.to_pylist()],
        "files": sorted(task.file.file_path for task in scan.plan_files()),
    }


json.dump([answer(request) for request in json.load(sys.stdin)], sys.stdout)
