"""A day from plain NDJSON to Silver and Gold as Parquet with dbt on DuckDB, on local disk: runs the project dbt/.

    python dbt_day.py --source days/2026-11-20 --date 2026-11-20 --out out [--target target]

Does the same work as polars_day.py, and leaves out the same. dbt keeps its parsed project in the folder `--target`; a
run with the same source, date and output folder does not parse it again. The last line on stdout is one JSON object.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

PROJECT = pathlib.Path(__file__).parent / "dbt"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--date", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--target", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "dbt-day-target")
    parser.add_argument("--parse", action="store_true", help="only parse the project")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    folders = {"DAY_SOURCE": args.source, "DAY_OUT": args.out}
    environment = {name: str(folder.resolve()) for name, folder in folders.items()} | {"DAY_DATE": args.date}
    dbt = pathlib.Path(sys.executable).with_name("dbt")
    command = [dbt, "parse" if args.parse else "run", "--quiet", "--log-level-file", "none"]
    command += ["--project-dir", PROJECT, "--profiles-dir", PROJECT]
    command += ["--target-path", args.target.resolve(), "--log-path", args.target.resolve()]
    started = time.perf_counter()
    subprocess.run(command, env=os.environ | environment, stdout=sys.stderr, check=True)
    print(json.dumps({"peer": "dbt", "seconds": round(time.perf_counter() - started, 3)}))


if __name__ == "__main__":
    main()
