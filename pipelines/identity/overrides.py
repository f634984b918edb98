"""Decisions of people over the rules: `overrides/identity.csv`, one decision a line.

Columns: decision (same | different), left_profile_id, right_profile_id, author, reason, date (ISO).
"""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines.errors import StamgastError

COLUMNS = ("decision", "left_profile_id", "right_profile_id", "author", "reason", "date")


@dataclass(frozen=True)
class Override:
    """One decision about two profiles."""

    line: int
    is_same: bool
    left_profile_id: int
    right_profile_id: int


def read_overrides(path: Path | None) -> list[Override]:
    """The decisions in the file; none when there is no file.

    Raises StamgastError: a missing column, an unknown decision, a profile that is no number, no author, reason or date.
    """
    if path is None or not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
        if missing:
            raise StamgastError(
                f"{path}: column {missing[0]} is missing; the columns are {', '.join(COLUMNS)}"
            )
        return [_read(path, rows.line_num, row) for row in rows]


def _read(path: Path, line: int, row: dict[str, str | None]) -> Override:
    values = {column: (row[column] or "").strip() for column in COLUMNS}
    where = f"{path}, line {line}"
    if values["decision"] not in ("same", "different"):
        raise StamgastError(f"{where}: decision is neither same nor different; write one of them")
    for column in ("author", "reason"):
        if not values[column]:
            raise StamgastError(f"{where}: {column} is empty; say who decided and why")
    try:
        date.fromisoformat(values["date"])
        left, right = int(values["left_profile_id"]), int(values["right_profile_id"])
    except ValueError as error:
        raise StamgastError(f"{where}: write profile ids as numbers and the date as 2026-06-30") from error
    if left == right:
        raise StamgastError(f"{where}: both sides are the same profile; name two")
    return Override(line, values["decision"] == "same", left, right)
