"""What dbt parsed, ran and built, as the tests of this folder ask for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines.warehouse.places import Places


@dataclass(frozen=True)
class Project:
    """What dbt parsed, ran and built."""

    manifest: dict[str, Any]
    run_results: list[dict[str, Any]]
    places: Places

    @property
    def models(self) -> list[dict[str, Any]]:
        """The models of the manifest."""
        return self._nodes("model")

    @property
    def data_tests(self) -> list[dict[str, Any]]:
        """The data tests of the manifest."""
        return self._nodes("test")

    def _nodes(self, resource_type: str) -> list[dict[str, Any]]:
        return [node for node in self.manifest["nodes"].values() if node["resource_type"] == resource_type]

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The two databases that are published, attached under other names than the build's."""
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self.places.analytics}' as opened_analytics (read_only)")
            connection.execute(f"attach '{self.places.customers}' as opened_customers (read_only)")
            yield connection

    def columns(self) -> dict[tuple[str, str, str], list[str]]:
        """(database, schema, table) -> its columns, of core, marts and segments as they were built."""
        found: dict[tuple[str, str, str], list[str]] = {}
        with self.opened() as connection:
            rows = connection.execute(
                "select database_name, schema_name, table_name, column_name from duckdb_columns() "
                "where schema_name in ('core', 'marts', 'segments') order by all"
            ).fetchall()
        for database, schema, table, column in rows:
            found.setdefault((database.removeprefix("opened_"), schema, table), []).append(column)
        return found
