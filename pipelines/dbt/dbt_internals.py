"""What of dbt and dbt-duckdb is used beyond their public interfaces; tests/dbt/test_dbt_internals.py says when an entry may go."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.warehouse.database_errors import reduced

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


@contextmanager
def command_line_of_dbt(arguments: Sequence[str]) -> Iterator[None]:
    """For dbt, the command line of the process is this.

    dbt writes it into its log, and ours may name a person (`privacy erase --email ...`). No flag of dbt leaves it out:
    https://github.com/dbt-labs/dbt-core/issues/10313.
    """
    given = sys.argv
    sys.argv = ["dbt", *arguments]
    try:
        yield
    finally:
        sys.argv = given


def read_manifest(path: Path, locations: Mapping[str, str]) -> "Manifest":
    """The manifest that dbt left for its next parse; `locations`: texts in the places of sources, and what they become.

    A manifest given to dbtRunner spares the parse (https://docs.getdbt.com/reference/programmatic-invocations), but the page
    knows only one that was parsed in the same process: 14 s for each process, against .3 s to read it.
    """
    from dbt.contracts.graph.manifest import Manifest

    manifest = Manifest.from_msgpack(path.read_bytes())
    for source in manifest.sources.values():
        if place := source.config.get("external_location"):
            for text, other in locations.items():
                place = place.replace(text, other)
            source.config["external_location"] = place
    manifest.build_flat_graph()  # what models read as `graph`
    return manifest


def reduce_errors() -> None:
    """From now on dbt hears of DuckDB's errors only what quotes no data: it logs and stores what it hears.

    A plug-in of dbt-duckdb is shown each cursor, but cannot put another in its place
    (https://github.com/duckdb/dbt-duckdb#writing-your-own-plugins).
    """
    from dbt.adapters.duckdb.environments import local

    class Cursor(local.DuckDBCursorWrapper):
        def execute(self, sql: str, bindings: Any = None) -> Any:
            return _reducing(super().execute, sql, bindings)

        def fetchall(self) -> Any:
            return _reducing(self._cursor.fetchall)

        def fetchmany(self, size: int = 1) -> Any:
            return _reducing(self._cursor.fetchmany, size)

        def fetchone(self) -> Any:
            return _reducing(self._cursor.fetchone)

    local.DuckDBCursorWrapper = Cursor  # type: ignore[misc]


def _reducing(call: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except duckdb.Error as error:
        error.args = (reduced(error),)
        raise
