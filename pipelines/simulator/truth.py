"""Writes what is true: which person or company each row of each file is about, and what they are like."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.contracts import Contract
from pipelines.simulator.columns import Text, join
from pipelines.simulator.deliveries import FAULT_NAMES, Delivery


def _write(table: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", row_group_size=1 << 20, version="2.6")


def _or_null(values: np.ndarray) -> pa.Array:
    """Numbers, null where there is nobody."""
    return pa.array(np.asarray(values, dtype=np.int64), mask=np.asarray(values) < 0)


def _key(delivery: Delivery, contract: Contract) -> Text:
    """The row's key as written in the file, several columns joined by |; null where the contract names none."""
    if not contract.key:
        return pa.nulls(delivery.table.num_rows, pa.string())
    return join(*(delivery.table[column] for column in contract.key), between="|")


def rows_of(delivery: Delivery, contract: Contract) -> pa.Table:
    """One row per row of the file: number from 1, key, person, company, contact block, planted fault."""
    return pa.table({
        "feed": pa.array([delivery.feed] * len(delivery.person), pa.string()),
        "file": pa.array([delivery.file] * len(delivery.person), pa.string()),
        "row_number": pa.array(np.arange(1, len(delivery.person) + 1)),
        "row_key": _key(delivery, contract),
        "person_id": _or_null(delivery.person), "company_id": _or_null(delivery.company),
        "block": _or_null(delivery.block),
        "fault": pa.array(FAULT_NAMES).take(pa.array(delivery.faults)),
    })  # fmt: skip


class RowWriter:
    """Writes `rows/<feed>.parquet`, file after file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "rows"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._writers: dict[str, pq.ParquetWriter] = {}

    def add(self, delivery: Delivery, contract: Contract) -> None:
        """Appends the truth about one file."""
        table = rows_of(delivery, contract)
        if delivery.feed not in self._writers:
            path = self._folder / f"{delivery.feed}.parquet"
            self._writers[delivery.feed] = pq.ParquetWriter(
                path, table.schema, compression="zstd", version="2.6"
            )
        self._writers[delivery.feed].write_table(table)

    def close(self) -> None:
        """Finishes all files."""
        for writer in self._writers.values():
            writer.close()
