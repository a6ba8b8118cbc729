"""What the local Airflow's database promises: processes that write at the same time wait for each other."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from contextlib import closing
from pathlib import Path

import pytest
from shoplake_airflow.sqlite import airflow_local_settings
from sqlalchemy import create_engine, text

#: How long the other process is given to write, if nothing makes it wait.
SECONDS = 1


def test_a_process_that_reads_and_writes_in_a_savepoint_keeps_others_from_writing_in_between(tmp_path: Path) -> None:
    assert airflow_local_settings
    path = tmp_path / "airflow.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("pragma journal_mode=wal")
        database.execute("create table dag_run (writer text)")

    def write() -> None:
        with closing(sqlite3.connect(path, timeout=60)) as other, other:
            other.execute("insert into dag_run values ('other')")

    engine = create_engine(f"sqlite:///{path}?timeout=60")
    with ThreadPoolExecutor() as pool:
        with engine.connect() as connection:
            with connection.begin_nested():
                connection.execute(text("select * from dag_run"))
                written = pool.submit(write)
                with pytest.raises(TimeoutError):
                    written.result(timeout=SECONDS)
                connection.execute(text("insert into dag_run values ('first')"))
            connection.commit()
        written.result(timeout=60)
        with engine.connect() as connection:
            assert connection.execute(text("select writer from dag_run")).scalars().all() == ["first", "other"]
    engine.dispose()
