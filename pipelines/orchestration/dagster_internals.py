"""What of Dagster is used beyond its public interface; tests/orchestration/test_dagster_internals.py says when an entry may go.

Dagster lets an instance name its own storage (https://docs.dagster.io/deployment/oss/dagster-yaml), but its storage for
SQLite, which ours extends, is public as a name in that file only.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage
from sqlalchemy import Connection, Engine, create_engine, event, inspect

_INDEX = "index"  # the file with the events of all runs


class _Engines:
    """An engine per SQLite file, each opened once and closed together."""

    def __init__(self) -> None:
        self._engines: dict[str, Engine] = {}

    @contextmanager
    def transaction(self, url: str) -> Iterator[Connection]:
        """A connection that commits at the end."""
        if url not in self._engines:
            # 30 s: as long as Dagster's own waits for another process that writes.
            engine = create_engine(url, connect_args={"timeout": 30})
            event.listen(engine, "connect", _sync_at_checkpoints)
            self._engines[url] = engine
        with self._engines[url].begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Closes all."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()


def _sync_at_checkpoints(connection: sqlite3.Connection, _: object) -> None:
    """Safe for a database in WAL mode: https://www.sqlite.org/pragma.html#pragma_synchronous."""
    connection.execute("pragma synchronous = normal")


class EventLog(SqliteEventLogStorage):
    """Dagster's event log, in the same files, kept open while the instance lasts.

    Dagster's own opens a file anew for each event and each question, compiles its SQL again, and syncs.
    """

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines = _Engines()
        self._ready: set[str] = set()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> "EventLog":
        """Dagster's way to make it."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def run_connection(self, run_id: str | None = None) -> Iterator[Connection]:
        """A transaction on the file of a run."""
        assert run_id is not None
        if run_id not in self._ready:
            with super().run_connection(run_id):  # makes the file
                self._ready.add(run_id)
        with self._engines.transaction(self.conn_string_for_shard(run_id)) as connection:
            yield connection

    def index_connection(self) -> AbstractContextManager[Connection]:
        """A transaction on the file of all runs."""
        return self.run_connection(_INDEX)

    def has_table(self, table_name: str) -> bool:
        """Asked for each result of a check; a table never goes (https://github.com/dagster-io/dagster/issues/34058)."""
        if table_name not in self._tables:
            with self.index_connection() as connection:
                if inspect(connection).has_table(table_name):
                    self._tables.add(table_name)
        return table_name in self._tables

    def dispose(self) -> None:
        """Closes its files."""
        super().dispose()
        self._engines.dispose()


class Runs(SqliteRunStorage):
    """Dagster's list of runs, kept open likewise."""

    def __init__(self, conn_string: str, inst_data: Any = None) -> None:
        self._url, self._engines = conn_string, _Engines()
        super().__init__(conn_string, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> "Runs":
        """Dagster's way to make it."""
        return cls.from_local(inst_data=inst_data, **config_value)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A transaction."""
        with self._engines.transaction(self._url) as connection:
            yield connection

    def dispose(self) -> None:
        """Closes its file."""
        super().dispose()
        self._engines.dispose()


def storage_kept_open(dagster_home: Path) -> dict[str, Any]:
    """The settings of an instance in one process that ends with its run: the places are Dagster's usual ones.

    Not for dagster.yaml: a webserver or daemon would hold the files of runs that an erasure has removed.
    """
    history = dagster_home / "history"
    classes = {"run_storage": (Runs, history), "event_log_storage": (EventLog, history / "runs")}
    return {
        part: {
            "module": storage.__module__,
            "class": storage.__name__,
            "config": {"base_dir": str(place)},
        }
        for part, (storage, place) in classes.items()
    }


def serve_webserver(guarded: Callable[[Any], Any]) -> None:
    """Dagster's webserver, by the options in sys.argv, its app inside `guarded`; until interrupted.

    It takes no middleware from outside: its app is made and served in one function.
    """
    from dagster_webserver import cli

    make = cli.create_app_from_workspace_process_context

    def make_guarded(*arguments: Any, **named: Any) -> Any:
        return guarded(make(*arguments, **named))

    cli.create_app_from_workspace_process_context = make_guarded
    cli.main()
