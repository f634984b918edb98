"""Writes deliveries as the files that their contracts describe, the same bytes for the same rows."""

import gzip
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from pipelines.contracts import Contract
from pipelines.simulator.deliveries import Delivery, has

_EXCEL_TITLE = "Export for marketing"


def write_delivery(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, contract: Contract, folder: Path
) -> Path:
    """The delivery as a file in the contract's format, encoding and separator; returns its path."""
    path = folder / delivery.feed / delivery.file
    path.parent.mkdir(parents=True, exist_ok=True)
    files = contract.files
    if files.format == "parquet":
        pq.write_table(delivery.table, path, compression="zstd", row_group_size=1 << 20, version="2.6")
    elif files.format == "excel":
        _write_excel(delivery.table, path, files.sheet or "Sheet1", files.header_row)
    elif files.format == "jsonl":
        _write_text(connection, delivery, path, "format json", "utf-8")
    else:
        _write_text(
            connection,
            delivery,
            path,
            f"format csv, header, delimiter '{files.delimiter}'",
            files.encoding or "utf-8",
        )
    return path


def _write_text(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, path: Path, options: str, encoding: str
) -> None:
    plain = path.with_suffix(path.suffix + ".part")
    rows = delivery.table
    connection.register("rows", rows)
    connection.execute(f"copy (select * from rows) to '{plain}' ({options})")
    connection.unregister("rows")
    data = plain.read_bytes()
    plain.unlink()
    torn = np.flatnonzero(has(delivery.faults, "torn_line"))
    if len(torn):
        data = _tear(data, torn, has_header="csv" in options)
    if encoding != "utf-8":
        data = data.decode("utf-8").encode(encoding)
    if path.suffix == ".gz":
        with (
            path.open("wb") as file,
            gzip.GzipFile("", "wb", compresslevel=5, fileobj=file, mtime=0) as stream,
        ):
            stream.write(data)
    else:
        path.write_bytes(data)


def _tear(data: bytes, rows: np.ndarray, has_header: bool) -> bytes:
    """The text with the lines of those rows broken off in their middle; only for files without quoted line ends."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == 10)
    pieces, last = [], 0
    for row in rows + has_header:
        start, end = int(ends[row - 1]) + 1 if row else 0, int(ends[row])
        line = data[start:end]
        cut = line[: len(line) * 2 // 5]
        # Not inside a quoted value, which would swallow the rows that follow.
        if cut.count(b'"') % 2:
            cut = cut[: cut.rfind(b'"')]
        pieces += [data[last:start], cut.decode("utf-8", errors="ignore").encode()]
        last = end
    return b"".join([*pieces, data[last:]])


def _write_excel(table: pa.Table, path: Path, sheet: str, header_row: int) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False}) as book:
        book.set_properties({"title": _EXCEL_TITLE, "created": datetime(2026, 6, 30)})
        page = book.add_worksheet(sheet)
        if header_row > 1:
            page.write(0, 0, _EXCEL_TITLE)
        for place, column in enumerate(table.column_names):
            page.write(header_row - 1, place, column)
        for row, values in enumerate(
            zip(*(column.to_pylist() for column in table.columns), strict=True), start=header_row
        ):
            for place, value in enumerate(values):
                if value is not None:
                    page.write(row, place, value)


def copy_contracts(contracts: Mapping[str, Path], sources: Path) -> None:
    """The project's own contracts in the folder of the generated sources, unless they are there already."""
    sources.mkdir(parents=True, exist_ok=True)
    for path in contracts.values():
        target = sources / path.name
        if target.resolve() != path.resolve():
            target.write_bytes(path.read_bytes())
