"""Deliveries: the rows of a file with the truth about each row and the planted faults."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from pipelines.simulator.columns import Text, choose
from pipelines.simulator.contact_blocks import Blocks
from pipelines.simulator.world import DAY, Clock

NOBODY: Final = -1
# Share of the rows of a feed, where the feed has what can break. All of them are rows that cannot be used.
FAULTS: Final[dict[str, float]] = {
    "torn_line": 0.0006,
    "impossible_date": 0.0015,
    "unreadable_amount": 0.001,
    "negative_quantity": 0.001,
}
FAULT_NAMES: Final = ("", *FAULTS)


@dataclass(frozen=True)
class Delivery:
    """One file of a feed. `person`, `company`, `block`: per row, whom it is about (NOBODY: no one)."""

    feed: str
    file: str
    table: pa.Table
    person: np.ndarray
    company: np.ndarray
    block: np.ndarray
    fault: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int8))
    blocks: Blocks | None = None
    day: date | None = None  # delivered on that day, after the history

    @property
    def faults(self) -> np.ndarray:
        """Place in FAULT_NAMES for each row."""
        return self.fault if len(self.fault) else np.zeros(len(self.person), dtype=np.int8)


def delivery(
    feed: str, file: str, columns: dict[str, Text], blocks: Blocks, fault: np.ndarray | None = None
) -> Delivery:
    """A file with one row per contact block."""
    rows = np.arange(len(blocks))
    return Delivery(
        feed, file, pa.table(columns), blocks.person, blocks.company, rows,
        np.zeros(len(rows), dtype=np.int8) if fault is None else fault, blocks,
    )  # fmt: skip


def part(whole: Delivery, rows: np.ndarray, file: str, day: date | None = None) -> Delivery:
    """Some rows of a delivery as a file of its own."""
    return Delivery(
        whole.feed, file, whole.table.take(pa.array(rows)), whole.person[rows], whole.company[rows], whole.block[rows],
        whole.faults[rows], whole.blocks, day,
    )  # fmt: skip


def draw_faults(rng: np.random.Generator, count: int, *names: str) -> np.ndarray:
    """Which row has which of the named faults, at most one each; the last rows stay whole so that the feed stays fresh."""
    fault = np.zeros(count, dtype=np.int8)
    for name in names:
        hit = rng.random(count) < FAULTS[name]
        hit[-2:] = False
        fault[hit] = FAULT_NAMES.index(name)
    return fault


def has(fault: np.ndarray, name: str) -> np.ndarray:
    """The rows that have that fault."""
    return fault == FAULT_NAMES.index(name)


def broken(text: Text, fault: np.ndarray, name: str, value: str) -> Text:
    """The text with `value` in the rows that have the fault."""
    return choose(has(fault, name), value, text)


def _file_of(clock: Clock, at: np.ndarray, months: int, by_year: bool) -> np.ndarray:
    """The file of each row: 0 the history, year and month as digits (month 00: the year), or a day beyond a million."""
    dates = (at // DAY).astype("datetime64[D]")
    month = dates.astype("datetime64[M]").astype(int)
    last = np.datetime64(clock.as_of, "M").astype(int)
    year = 1970 + month // 12
    bucket = np.where(month > last - months, year * 100 + month % 12 + 1, year * 100 if by_year else 0)
    return np.where(dates > np.datetime64(clock.as_of), 1_000_000 + at // DAY, bucket).astype(np.int32)


def split_by_file(
    clock: Clock, at: np.ndarray, months: int, *, by_year: bool = False
) -> Iterator[tuple[str, np.ndarray, date | None]]:
    """Splits rows into files: the history (per year with `by_year`), each of its last `months` months, each day after `as_of`.

    Yields a label that sorts by time, the rows, and the day on which a file after the history is delivered.
    """
    bucket = _file_of(clock, at, months, by_year)
    for value in np.unique(bucket):
        rows = np.flatnonzero(bucket == value)
        if value > 1_000_000:
            day = date(1970, 1, 1) + timedelta(days=int(value) - 1_000_000)
            yield f"{day:%Y_%m_%d}", rows, day
        elif value == 0:
            yield "0_history", rows, None
        else:
            yield f"{value // 100}" if value % 100 == 0 else f"{value // 100}_{value % 100:02d}", rows, None


def freshened(at: np.ndarray, clock: Clock, hours: float) -> np.ndarray:
    """Sorted times, one of which is at most that many hours before the end of the history, and one before the last day's end."""
    at = np.sort(at)
    # The end first: if nothing happens in the days, its event is taken from the history, which then gets its own.
    for moment in (clock.end, clock.now):
        place = int(np.searchsorted(at, moment, side="right")) - 1
        if place >= 0:
            at[place] = max(int(at[place]), moment - int(hours * 3600))
    return np.sort(at)
