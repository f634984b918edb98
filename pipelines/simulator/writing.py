"""Writes deliveries as the files that their contracts describe, the same bytes for the same rows."""

import gzip
import shutil
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from pipelines.contracts import Contract
from pipelines.simulator.deliveries import Delivery, has
from pipelines.warehouse.database import text

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
    connection.register("delivered", delivery.table)
    connection.execute(f"copy (from delivered) to {text(str(plain))} ({options})")
    connection.unregister("delivered")
    torn = np.flatnonzero(has(delivery.faults, "torn_line"))
    if len(torn):
        plain.write_bytes(_tear(plain.read_bytes(), torn, has_header="csv" in options))
    if encoding != "utf-8":
        plain.write_bytes(plain.read_bytes().decode("utf-8").encode(encoding))
    if path.suffix == ".gz":
        with (
            plain.open("rb") as source,
            path.open("wb") as file,
            gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as stream,
        ):
            shutil.copyfileobj(source, stream, 1 << 20)
        plain.unlink()
    else:
        plain.replace(path)


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
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties({"title": _EXCEL_TITLE, "created": datetime(2026, 6, 30)})
        page = book.add_worksheet(sheet)
        if header_row > 1:
            page.write_string(0, 0, _EXCEL_TITLE)
        for place, column in enumerate(table.column_names):
            page.write_string(header_row - 1, place, column)
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        for row, values in enumerate(rows, start=header_row):
            for place, value in enumerate(values):
                if value is not None:
                    page.write_string(row, place, value)


class Writer:
    """Writes deliveries one after another in a thread of its own, while the next ones are made."""

    # A delivery is written while the next is made; more would wait in memory.
    _MOST_WAITING = 1

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        self._connection.close()

    def write(
        self,
        delivery: Delivery,
        contract: Contract,
        folder: Path,
        damage: Sequence[Callable[[Path], None]] = (),
    ) -> None:
        """Queues the delivery; each of `damage` is applied to the finished file. Raises the error of an earlier delivery."""
        self._waiting.append(self._pool.submit(self._write, delivery, contract, folder, damage))
        self.wait(self._MOST_WAITING)

    def wait(self, most: int = 0) -> None:
        """Waits until at most that many deliveries are unwritten. Raises the error of a delivery."""
        while len(self._waiting) > most:
            self._waiting.popleft().result()

    def _write(
        self, delivery: Delivery, contract: Contract, folder: Path, damage: Sequence[Callable[[Path], None]]
    ) -> None:
        path = write_delivery(self._connection, delivery, contract, folder)
        for strike in damage:
            strike(path)


def copy_contracts(contracts: Mapping[str, Path], sources: Path) -> None:
    """The project's own contracts in the folder of the generated sources; within the project they are there already."""
    sources.mkdir(parents=True, exist_ok=True)
    for path in contracts.values():
        target = sources / path.name
        if target.resolve() != path.resolve():
            target.write_bytes(path.read_bytes())
