"""Writes the truth about each row of each file: its person or company, its contact block, its planted fault."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.contracts import Contract
from pipelines.simulator.columns import Text, join
from pipelines.simulator.contact_blocks import Blocks
from pipelines.simulator.deliveries import FAULT_NAMES, Delivery


def write_table(table: pa.Table, path: Path) -> None:
    """The table as Parquet, the same bytes for the same rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", row_group_size=1 << 20, version="2.6")


def or_null(values: np.ndarray) -> pa.Array:
    """Numbers, null where negative (nobody, none)."""
    values = np.asarray(values, dtype=np.int64)
    return pa.array(values, mask=values < 0)


def _key(delivery: Delivery, contract: Contract) -> Text:
    """The row's key as written in the file, several columns joined by |; null where the contract names none."""
    if not contract.key:
        return pa.nulls(delivery.table.num_rows, pa.string())
    return join(*(delivery.table[column] for column in contract.key), between="|")


def _same(value: str, count: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(np.zeros(count, dtype=np.int32), [value])


class RowTruth:
    """Writes `rows/<feed>.parquet` and `contact_blocks/<feed>.parquet`, file after file."""

    def __init__(self, folder: Path, people: int) -> None:
        self._folder = folder
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._numbered: dict[str, list[Blocks]] = {}
        self.rows: Counter[str] = Counter()
        self.faults: Counter[tuple[str, str]] = Counter()
        self.mishaps: Counter[str] = Counter()
        # Contact blocks of companies' contacts by feed, and those of them with a former employer.
        self.at_work: Counter[str] = Counter()
        self.former_employers: Counter[str] = Counter()
        self.block_count = 0
        # Typed by hand only; a copy of an account is no new block.
        self.blocks_per_person = np.zeros(people, dtype=np.int64)

    def add(self, delivery: Delivery, contract: Contract, struck_by: Sequence[str] = ()) -> None:
        """Appends the truth about one file: a row per row of it, numbered from 1.

        `struck_by`: the faults planted in the file on request. Of a file that a fault emptied or cut off, the rows are those it
        would have had.
        """
        count = len(delivery.person)
        first = self._first_block(delivery)
        table = pa.table({
            "feed": _same(delivery.feed, count), "file": _same(delivery.file, count),
            "row_number": pa.array(np.arange(1, count + 1)), "row_key": _key(delivery, contract),
            "person_id": or_null(delivery.person), "company_id": or_null(delivery.company),
            "block": or_null(np.where(delivery.block < 0, -1, delivery.block + first)),
            "fault": pa.DictionaryArray.from_arrays(delivery.faults, FAULT_NAMES),
            "file_fault": _same("|".join(struck_by), count),
        })  # fmt: skip
        self._append("rows", delivery.feed, table)
        self.rows[delivery.feed] += count
        for place, found in enumerate(np.bincount(delivery.faults, minlength=len(FAULT_NAMES))):
            self.faults[delivery.feed, FAULT_NAMES[place]] += int(found)

    def _first_block(self, delivery: Delivery) -> int:
        """The number of the delivery's first contact block within its feed; new blocks are written."""
        if delivery.blocks is None:
            return 0
        seen = self._numbered.setdefault(delivery.feed, [])
        first = 0
        for blocks in seen:
            if blocks is delivery.blocks:
                return first
            first += len(blocks)
        seen.append(delivery.blocks)
        blocks = delivery.blocks
        columns = {
            "feed": _same(delivery.feed, len(blocks)), "block": pa.array(first + np.arange(len(blocks))),
            "person_id": or_null(blocks.person), "company_id": or_null(blocks.company),
            "at": pa.array(np.asarray(blocks.at, dtype="datetime64[s]")),
        }  # fmt: skip
        columns |= {name: pa.array(flags) for name, flags in blocks.typing.flags.items()}
        columns["former_employer"] = pa.array(blocks.names_former_employer)
        self._append("contact_blocks", delivery.feed, pa.table(columns))
        self.block_count += len(blocks)
        np.add.at(self.blocks_per_person, blocks.person[~blocks.typing["copied"]], 1)
        self.at_work[delivery.feed] += int((blocks.company >= 0).sum())
        self.former_employers[delivery.feed] += int(blocks.names_former_employer.sum())
        for name, flags in blocks.typing.flags.items():
            self.mishaps[name] += int(flags.sum())
        return first

    def _append(self, topic: str, feed: str, table: pa.Table) -> None:
        path = self._folder / topic / f"{feed}.parquet"
        if str(path) not in self._writers:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writers[str(path)] = pq.ParquetWriter(path, table.schema, compression="zstd", version="2.6")
        self._writers[str(path)].write_table(table, row_group_size=1 << 20)

    def close(self) -> None:
        """Finishes all files."""
        for writer in self._writers.values():
            writer.close()
