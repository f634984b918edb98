"""The DuckDB macros of folding.sql, by which names and other texts are compared in identity and in searches for a person."""

import duckdb

from pipelines.warehouse.sql_files import sql_beside


def add_folding(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the macros known to the connection."""
    connection.execute(sql_beside(__file__, "folding.sql"))
