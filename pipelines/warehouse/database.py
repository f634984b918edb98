"""Opens DuckDB the way the whole project wants it, encrypted where there is a key file, and quotes names and texts for SQL."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.warehouse.database_errors import reduced
from pipelines.warehouse.keys import Keys, Purpose, encryption, read_key_file
from pipelines.warehouse.places import Places

# What is written can be read by DuckDB from this version on; its strings are compressed in a quarter less time than before.
_STORAGE_VERSION = "v1.3.0"

# Small tables are compressed and written to their file once so much has gathered beside it, and when it is closed. At
# DuckDB's own 16 MB that came after every other model and was a tenth of what a build of 100,000 people cost.
_CHECKPOINT_THRESHOLD = "256MB"

# The name under which a connection knows the key of the Parquet files.
_PARQUET_KEY = "stamgast"
# Databases that are published are encrypted with a key of their own from the start, so that publishing copies them.
_KEY_OF: dict[str, Purpose] = {"analytics.duckdb": "analytics", "customers.duckdb": "customers"}


def name(text: str) -> str:
    """A quoted SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def text(value: str | Path) -> str:
    """A quoted SQL string."""
    return "'" + str(value).replace("'", "''") + "'"


def texts(values: Sequence[str] | Sequence[Path]) -> str:
    """A SQL list of quoted strings."""
    return "[" + ", ".join(text(value) for value in values) + "]"


def read_parquet(
    places: Places | None,
    paths: Path | str | Sequence[Path],
    *options: str,
    columns: Mapping[str, str] | None = None,
) -> str:
    """SQL of the rows of Parquet files of the warehouse (None: of no warehouse); `options` as DuckDB spells them.

    `columns` (name -> type): the columns to read; a file that was written before a column existed yields null for it.
    """
    listed = text(paths) if isinstance(paths, (Path, str)) else texts(paths)
    by_name = [_by_name(places, columns)] if columns else []
    encrypted = parquet_options(places) if places else ""
    return f"read_parquet({', '.join([listed, *by_name, *options])}{encrypted})"


def _by_name(places: Places | None, columns: Mapping[str, str]) -> str:
    if places is None or places.key_file is None:
        return "union_by_name = true"
    # DuckDB 1.5 dies of union_by_name with encryption: https://github.com/duckdb/duckdb/issues/21508.
    entries = (
        f"{text(column)}: {{name: {text(column)}, type: {text(sql_type)}, default_value: null}}"
        for column, sql_type in columns.items()
    )
    return f"schema = map {{{', '.join(entries)}}}"


def parquet_options(places: Places) -> str:
    """The last argument of read_parquet that names the key; empty where nothing is encrypted."""
    return f", encryption_config = struct_pack(footer_key := '{_PARQUET_KEY}')" if places.key_file else ""


def as_parquet(places: Places) -> str:
    """The options of a `copy` that writes a Parquet file of the warehouse.

    Encodings of version 2 and the lowest level of zstd make landed files a sixth smaller, a quarter cheaper to write and to
    read than DuckDB's usual.
    """
    encrypted = f", encryption_config {{footer_key: '{_PARQUET_KEY}'}}" if places.key_file else ""
    return f"(format parquet, parquet_version v2, compression zstd, compression_level 1{encrypted})"


def settings_of(places: Places) -> dict[str, str | bool | int | float | list[str]]:
    """The options DuckDB starts with: storage version, checkpoints, spill folder (encrypted if there is a key), memory."""
    return {
        "storage_compatibility_version": _STORAGE_VERSION,
        "checkpoint_threshold": _CHECKPOINT_THRESHOLD,
        "temp_directory": str(places.temp),
        "memory_limit": places.memory_limit,
        "temp_file_encryption": places.key_file is not None,
    }


def unlock(connection: duckdb.DuckDBPyConnection, places: Places, closed: bool = False) -> None:
    """Lets the connection read and write the encrypted files of the warehouse, if they are.

    DuckDB encrypts with the OpenSSL in its extension httpfs, which comes as a package, signed, so nothing is downloaded.
    `closed`: also while the key is being changed.
    Raises StamgastError: the key is not the warehouse's.
    """
    keys = _keys(places, closed)
    if keys is None:
        return
    folder = files("duckdb_extension_httpfs") / "extensions" / f"v{duckdb.__version__}"
    connection.execute(f"load {text(str(folder / 'httpfs.duckdb_extension'))}")
    parquet_key(connection, _PARQUET_KEY, keys)


def parquet_key(connection: duckdb.DuckDBPyConnection, called: str, keys: Keys) -> None:
    """Registers the key of Parquet files with the connection under the name `called`."""
    # Through a variable, so that no statement and hence no error contains the key.
    connection.execute("set variable stamgast_key = $key", {"key": b64encode(keys.of("storage")).decode()})
    connection.execute(f"pragma add_parquet_key({text(called)}, getvariable('stamgast_key'))")
    connection.execute("reset variable stamgast_key")


def _keys(places: Places, closed: bool) -> Keys | None:
    if closed:
        return read_key_file(places.key_file) if places.key_file else None
    return encryption(places)


def attach(
    connection: duckdb.DuckDBPyConnection,
    places: Places,
    path: Path,
    alias: str | None = None,
    read_only: bool = False,
    closed: bool = False,
    key_of: str | None = None,
) -> None:
    """Attaches a database of the warehouse, under its stem when no other name is given; `unlock` comes first.

    `closed`: also while the key is being changed. `key_of`: the database whose key it has, when its name is another.
    Raises duckdb.Error: it is not there (read only), locked, or of another key.
    """
    options = ["read_only"] if read_only else []
    keys = _keys(places, closed)
    if keys is not None:
        key = keys.of(_KEY_OF.get(key_of or path.name, "storage")).hex()
        connection.execute("set variable stamgast_key = $key", {"key": key})
        options.append("encryption_key getvariable('stamgast_key')")
    chosen = f" ({', '.join(options)})" if options else ""
    try:
        connection.execute(f"attach {text(path)} as {name(alias or path.stem)}{chosen}")
    finally:
        if keys is not None:
            connection.execute("reset variable stamgast_key")


@contextmanager
def connect(
    places: Places, database: Path | None = None, read_only: bool = False, plain: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that speaks UTC and spills into the warehouse's temp folder; a database given is the one in use.

    `plain`: for what is never encrypted, so without the key, which takes .1 s.
    A DuckDB error that leaves it is reduced to what quotes no data.
    """
    places.temp.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config=settings_of(places))
    try:
        connection.execute("set TimeZone = 'UTC'")
        # Its bar would run through what commands print.
        connection.execute("set enable_progress_bar = false")
        if not plain:
            unlock(connection, places)
        if database is not None:
            attach(connection, places, database, read_only=read_only)
            connection.execute(f"use {name(database.stem)}")
        yield connection
    except duckdb.Error as error:
        error.args = (reduced(error),)
        raise
    finally:
        connection.close()


def row_counts(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], int]:
    """Rows of every table that is attached, by (database, schema, name); DuckDB's catalogue counts deleted ones as well."""
    tables = connection.execute(
        "select database_name, schema_name, table_name from duckdb_tables() where not temporary"
    ).fetchall()
    counted = [
        f"select {place}, count(*) from {'.'.join(map(name, table))}" for place, table in enumerate(tables)
    ]
    found = connection.execute(" union all ".join(counted)).fetchall() if counted else []
    return {tables[place]: count for place, count in found}


def write_parquet(places: Places, table: pa.Table, path: Path) -> None:
    """Writes an Arrow table as a Parquet file of the warehouse."""
    with connect(places) as connection:
        connection.register("written", table)
        connection.execute(f"copy (from written) to {text(path)} {as_parquet(places)}")
