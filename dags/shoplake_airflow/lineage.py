"""The run of Airflow that a step's lineage belongs to, as Airflow's OpenLineage provider names it."""

from importlib import import_module
from typing import Any

import structlog

#: The variables that a step reads, and the provider's macros that give their values.
_VARIABLES = {
    "OPENLINEAGE_PARENT_ID": "lineage_parent_id",
    "OPENLINEAGE_ROOT_PARENT_ID": "lineage_root_parent_id",
}


def parent_run(ti: Any) -> dict[str, str]:
    """Return the variables that name the task instance's run to its step; none without the provider."""
    try:
        macros = import_module("airflow.providers.openlineage.plugins.macros")
    except ImportError:
        return {}
    try:
        return {
            variable: getattr(macros, macro)(ti) for variable, macro in _VARIABLES.items() if hasattr(macros, macro)
        }
    except Exception as error:
        # Whatever the provider lacks: a step without a parent in its lineage is better than none.
        log = structlog.get_logger("airflow.task.operators.shoplake")
        log.warning("The step's lineage has no parent run", reason=str(error))
        return {}
