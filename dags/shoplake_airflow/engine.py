"""Where the steps that compute tables run their SQL."""

from airflow.sdk import Param

#: The flag of `clean` and `aggregate`, by the DAG's param `engine`. Without a value the step has its own default.
ENGINE = {"--engine": "{{ params.engine or '' }}"}


def engine_param() -> Param:
    """Return the param `engine` of a DAG."""
    return Param(
        None,
        type=["null", "string"],
        enum=[None, "duckdb", "athena"],
        description="Where Silver and Gold are computed: in the task itself (duckdb, the default), or on Athena",
    )
