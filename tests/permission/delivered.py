"""What was delivered: rows as they were sent, in the files that brought them, with what became of the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

# `killed`: the load died after its refusals were written. `refused`: the file could not be read at all.
Fate = Literal["accepted", "held", "dropped", "released", "killed", "refused"]


@dataclass(frozen=True, eq=False)
class Row:
    """A row as it was sent.

    `cells`: source column -> text, as a reader that counts cells would see them; a key that a JSON object lacks is absent.
    `raw`: the line as it was written, of a torn one. `is_shifted`: cells stand in the wrong columns.
    """

    feed: str
    cells: Mapping[str, str]
    raw: str | None = None
    is_shifted: bool = False

    @property
    def is_torn(self) -> bool:
        """Whether it is no row to a reader: too many cells, too few, half an object."""
        return self.raw is not None


@dataclass(frozen=True, eq=False)
class File:
    """A file of a feed. `day`: the `as_of` of the run that lands it. `snapshot`: the day that its list describes."""

    feed: str
    name: str
    day: date
    rows: list[Row] = field(default_factory=list, repr=False)
    fate: Fate = "accepted"
    snapshot: date | None = None
    encoding: str = "utf-8"

    @property
    def is_accepted(self) -> bool:
        """Whether its rows are facts in the end."""
        return self.fate in ("accepted", "released")


@dataclass(frozen=True, eq=False)
class Arrival:
    """A row in a file, at its place in the order of delivery."""

    row: Row
    file: File
    number: int

    @property
    def place(self) -> tuple[date, str, int]:
        """Its place in the order of delivery, within its feed."""
        return (self.file.day, self.file.name, self.number)
