"""How dbt opens the build databases: as the rest of the project does, so that no profile and no log holds a key."""

from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from pipelines.dbt.dbt_internals import reduce_errors
from pipelines.settings import read_settings
from pipelines.warehouse.database import attach, settings_of, unlock


class Plugin(BasePlugin):
    """Attaches the three databases of the build, with the settings of the environment dbt runs in.

    See https://github.com/duckdb/dbt-duckdb#writing-your-own-plugins.
    """

    def initialize(self, _: dict[str, Any]) -> None:
        """Reads where the warehouse is."""
        self._places = read_settings().places

    def update_connection_config(self, _: Any, config: dict[str, Any]) -> None:
        """Where DuckDB spills, and whether what it spills is encrypted."""
        config.update(settings_of(self._places))

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Attaches what dbt would attach next, which then finds it there."""
        unlock(conn, self._places)
        for path in (self._places.analytics, self._places.customers, self._places.scratch):
            attach(conn, self._places, path)

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """What names no database is of analytics."""
        cursor.execute("use analytics")


reduce_errors()
