"""The floor: what DuckDB alone needs to read the delivered files with declared types into Parquet and aggregate once per customer key.

Nothing is mapped, corrected, numbered, hashed or checked; what cannot be read is dropped. Excel files are left out: DuckDB
reads them only with an extension. Files in encodings that DuckDB does not know are written as UTF-8 before it begins.
"""

import codecs
import csv
from pathlib import Path

import duckdb

from pipelines.contracts import SQL_TYPES, Contract, read_contracts
from pipelines.landing.deliveries import files_of
from pipelines.landing.reading import source_columns
from pipelines.warehouse.database import name, text
from pipelines.warehouse.places import MEMORY_LIMIT
from tests.benchmarks.pipeline_methods.metering import Meter, Reading

_KEYS = ("customer_number", "record_id", "email", "phone", "cookie_id")


def measure_floor(sources: Path, scratch: Path) -> list[Reading]:
    """One reading per feed."""
    meter = Meter()
    limits = {"temp_directory": str(scratch / "temp"), "memory_limit": MEMORY_LIMIT}
    with duckdb.connect(config=limits) as connection:
        connection.execute("set enable_progress_bar = false")
        for contract in read_contracts(sources):
            files = files_of(contract, sources)
            if contract.files.format == "excel" or not files:
                continue
            target = scratch / contract.feed
            target.mkdir()
            readable = [_as_utf8(path, contract, target / f"{path.name}.txt") for path in files]
            meter.begin()
            rows = sum(
                _land(connection, contract, path, target / f"{number}.parquet")
                for number, path in enumerate(readable)
            )
            _aggregate(connection, contract, target)
            meter.end(f"{contract.kind}/{contract.feed}", rows)
    return meter.readings


def _as_utf8(path: Path, contract: Contract, copy: Path) -> Path:
    encoding = codecs.lookup(contract.files.encoding or "utf-8").name
    if encoding in ("utf-8", "utf-8-sig", "ascii"):
        return path
    with (
        path.open(encoding=encoding, errors="replace", newline="") as source,
        copy.open("w", encoding="utf-8", newline="") as target,
    ):
        while chunk := source.read(1 << 20):
            target.write(chunk)
    return copy


def _land(connection: duckdb.DuckDBPyConnection, contract: Contract, path: Path, target: Path) -> int:
    chosen = ", ".join(name(column) for column in source_columns(contract))
    read = {"csv": _csv, "jsonl": _json_lines, "parquet": _parquet}[contract.files.format](contract, path)
    (rows,) = connection.execute(
        f"copy (select {chosen} from {read}) to {text(target)} (format parquet, compression zstd)"
    ).fetchall()[0]
    return int(rows)


def _type_of(contract: Contract, column: str) -> str:
    """The SQL type of a source column: that of what it is mapped to, text where one is not enough."""
    if contract.event_time and column == contract.event_time.column:
        # DuckDB reads a file with one format of time: that of the event.
        return "TIMESTAMP" if len(contract.event_time.format) < 2 else "VARCHAR"
    mapping = contract.columns.get(column)
    if mapping is None or len(mapping.to) != 1 or mapping.values or mapping.format:
        return "VARCHAR"
    canonical = contract.spec.column(mapping.to[0])
    if canonical is None or canonical.type in ("date", "timestamp"):
        return "VARCHAR"
    return SQL_TYPES[canonical.type]


def _csv(contract: Contract, path: Path) -> str:
    files, event = contract.files, contract.event_time
    delimiter = (files.delimiter or ",").replace("\\t", "\t")
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        for _ in range(files.header_row - 1):
            stream.readline()
        header = next(csv.reader(stream, delimiter=delimiter, quotechar=files.quote or None))
    types = ", ".join(
        f"{text(column.strip().lstrip(chr(0xFEFF)))}: {text(_type_of(contract, column.strip()))}"
        for column in header
    )
    form = f", timestampformat = {text(event.format[0])}" if event and len(event.format) == 1 else ""
    return (
        f"read_csv({text(path)}, columns = {{{types}}}, auto_detect = false, header = true, skip = {files.header_row - 1}, "
        f"delim = {text(delimiter)}, quote = {text(files.quote)}, escape = {text(files.quote)}, "
        f"decimal_separator = {text(files.decimal)}{form}, ignore_errors = true, "
        "null_padding = false, max_line_size = 4000000)"
    )


def _json_lines(contract: Contract, path: Path) -> str:
    types = ", ".join(
        f"{text(column)}: {text(_type_of(contract, column))}" for column in source_columns(contract)
    )
    return (
        f"read_json({text(path)}, columns = {{{types}}}, format = 'newline_delimited', ignore_errors = true)"
    )


def _parquet(contract: Contract, path: Path) -> str:
    casts = ", ".join(
        f"try_cast({name(column)} as {_type_of(contract, column)}) as {name(column)}"
        for column in source_columns(contract)
    )
    return f"(select {casts} from read_parquet({text(path)}))"


def _aggregate(connection: duckdb.DuckDBPyConnection, contract: Contract, folder: Path) -> None:
    keys = [contract.targets[column] for column in _KEYS if column in contract.targets] or contract.key[:1]
    event = f"max({name(contract.event_time.column)})" if contract.event_time else "null"
    amount = contract.targets.get("amount")
    spent = f"sum(try_cast({name(amount)} as double))" if amount else "null"
    connection.execute(f"""
        create or replace temp table per_customer as
        select coalesce({", ".join(f"cast({name(column)} as varchar)" for column in keys)}), count(*) as rows,
            {event} as newest, {spent} as spent
        from read_parquet({text(folder / "*.parquet")}) group by 1
    """)
