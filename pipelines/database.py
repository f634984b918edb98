"""Opens DuckDB connections the way the whole project wants them, and quotes names and texts for SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

# Peak memory of one connection: leaves room for the operating system and Python on an 8 GB machine.
MEMORY_LIMIT = "4GB"


def name(text: str) -> str:
    """A quoted SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def text(value: str | Path) -> str:
    """A quoted SQL string."""
    return "'" + str(value).replace("'", "''") + "'"


def texts(values: list[str] | list[Path]) -> str:
    """A SQL list of quoted strings."""
    return "[" + ", ".join(text(value) for value in values) + "]"


@contextmanager
def connect(
    temp: Path, database: Path | None = None, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection (in memory when no database is given) that speaks UTC and spills into `temp`."""
    temp.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        str(database) if database else ":memory:",
        read_only=read_only,
        config={"temp_directory": str(temp), "memory_limit": MEMORY_LIMIT},
    )
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()
