"""The DuckDB macros of word_macros.sql, which make texts comparable when a person is searched for."""

import duckdb

from pipelines.normalising.folding import add_folding
from pipelines.warehouse.sql_files import sql_beside


def add_word_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the macros, and those of folding.sql, known to the connection."""
    add_folding(connection)
    connection.execute(sql_beside(__file__, "word_macros.sql"))
