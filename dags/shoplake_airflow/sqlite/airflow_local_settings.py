"""
Settings that Airflow imports by this module's name, for a database in SQLite: its writers wait for each other.

Airflow reads inside a savepoint and then writes. If another process writes in between, SQLite fails at once, whatever
the time-out ('database is locked', SQLITE_BUSY_SNAPSHOT). Airflow then deletes the runs of the backfill, and its
scheduler ends if it works on one of them. So a transaction that begins with a savepoint begins as a writer here.
"""

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

#: Airflow copies no name from here into its own settings.
__all__: list[str] = []


@event.listens_for(Engine, "savepoint")
def begin_as_writer(connection: Connection, _name: str | None) -> None:
    """Wait until no other process writes, before a savepoint begins a transaction."""
    if connection.dialect.driver == "pysqlite" and not connection.connection.in_transaction:
        connection.exec_driver_sql("begin immediate")
