"""Decisions of people that overrule the rules, in `overrides/identity.csv` and `companies.csv`, one per line.

Columns: decision (same | different), left_profile_id, right_profile_id, author, reason, date (ISO), and optionally expires
(ISO): the last day on which the decision counts.
"""

import csv
import io
import re
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa

from pipelines.errors import StamgastError

REQUIRED = ("decision", "left_profile_id", "right_profile_id", "author", "reason", "date")
COLUMNS = (*REQUIRED, "expires")


# What decisions are about, and their files. For companies `different` takes the left profile out of the right one's company.
Subject = Literal["person", "company"]
_FILES: dict[Subject, str] = {"person": "identity.csv", "company": "companies.csv"}


def overrides_file(sources: Path, subject: Subject = "person") -> Path:
    """The path of the file of decisions, which may not exist."""
    return sources / "overrides" / _FILES[subject]


@dataclass(frozen=True)
class Override:
    """A decision that two profiles are one person or company, or are not."""

    line: int
    is_same: bool
    left_profile_id: int
    right_profile_id: int
    author: str
    reason: str
    decided_on: date
    expires_on: date | None = None

    @property
    def decision(self) -> Literal["same", "different"]:
        """The word in the file."""
        return "same" if self.is_same else "different"

    @property
    def pair(self) -> tuple[int, int]:
        """Both profiles, the smaller first."""
        left, right = sorted((self.left_profile_id, self.right_profile_id))
        return left, right

    def holds_on(self, day: date) -> bool:
        """Whether the decision counts on that day."""
        return self.decided_on <= day and (self.expires_on is None or day <= self.expires_on)


def read_overrides(
    path: Path | None, as_of: date | None = None, newest_profile_id: int | None = None
) -> list[Override]:
    """The decisions of the file that count on `as_of` (default: all), by line; none if there is no file.

    Raises StamgastError: a line that cannot be read, two decisions that contradict each other, a profile beyond
    `newest_profile_id` (if given). A profile that is no longer active is no error.
    """
    if path is None or not path.exists():
        return []
    return checked_overrides(path, parse_overrides(path, read_text(path)), as_of, newest_profile_id)


def check_overrides(sources: Path, as_of: date, newest_profile_id: int | None) -> None:
    """Checks the decisions of both files.

    Raises StamgastError: as `read_overrides`.
    """
    for subject in _FILES:
        read_overrides(overrides_file(sources, subject), as_of, newest_profile_id)


def read_expired(path: Path, as_of: date) -> list[Override]:
    """The decisions of the file that had expired before `as_of`; none if there is no file.

    Raises StamgastError: as `read_overrides`, for a line that cannot be read.
    """
    if not path.exists():
        return []
    decisions = parse_overrides(path, read_text(path))
    return [decision for decision in decisions if decision.expires_on and decision.expires_on < as_of]


def count_waiting(sources: Path, as_of: date) -> int:
    """How many decisions of both files are dated after `as_of` and do not count yet.

    Raises StamgastError: as `read_overrides`, for a line that cannot be read.
    """
    paths = [path for subject in _FILES if (path := overrides_file(sources, subject)).exists()]
    decisions = [decision for path in paths for decision in parse_overrides(path, read_text(path))]
    return sum(as_of < decision.decided_on for decision in decisions)


def read_text(path: Path) -> str:
    """The text of the file with its own line ends.

    Raises StamgastError: it is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise StamgastError(
            f"{path}: is not UTF-8 from byte {error.start} on; save it as CSV UTF-8"
        ) from error


def parse_overrides(path: Path, content: str) -> list[Override]:
    """All decisions in the text of the file, expired ones included.

    Raises StamgastError: a missing column, an unknown decision, a profile that is no number, no author, reason or date.
    """
    rows = csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        missing = [column for column in REQUIRED if column not in (rows.fieldnames or ())]
        if missing:
            raise StamgastError(
                f"{path}: column {missing[0]} is missing; the columns are {','.join(COLUMNS)}, with commas between"
            )
        return [_parse(f"{path}, line {rows.line_num}", rows.line_num, row) for row in rows]
    except csv.Error as error:
        raise StamgastError(
            f"{path}, line {rows.line_num}: is no CSV ({error}); fix its quotes or remove the line"
        ) from error


def _parse(where: str, line: int, row: Mapping[str | None, str | None]) -> Override:
    if None in row:
        raise StamgastError(
            f"{where}: has more values than columns; put quotes around a value with a comma in it"
        )
    values = {column: (row.get(column) or "").strip() for column in COLUMNS}
    if values["decision"] not in ("same", "different"):
        raise StamgastError(f"{where}: decision is neither same nor different; write one of them")
    for column in ("author", "reason"):
        if not values[column]:
            raise StamgastError(f"{where}: {column} is empty; say who decided and why")
    numbers = values["left_profile_id"], values["right_profile_id"]
    # 18 digits: more would not fit a BIGINT.
    if not all(re.fullmatch("[0-9]{1,18}", number) for number in numbers):
        raise StamgastError(f"{where}: write profile ids as numbers, such as 1042")
    left, right = map(int, numbers)
    if left == right:
        raise StamgastError(f"{where}: both sides are the same profile; name two")
    decided_on = _day(where, "date", values["date"])
    expires_on = _day(where, "expires", values["expires"]) if values["expires"] else None
    if expires_on is not None and expires_on < decided_on:
        raise StamgastError(f"{where}: expires lies before date; correct one of them")
    return Override(
        line=line,
        is_same=values["decision"] == "same",
        left_profile_id=left,
        right_profile_id=right,
        author=values["author"],
        reason=values["reason"],
        decided_on=decided_on,
        expires_on=expires_on,
    )


def _day(where: str, column: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise StamgastError(f"{where}: {column} is no day; write it as 2026-06-30") from error


def checked_overrides(
    path: Path, overrides: Sequence[Override], as_of: date | None, newest_profile_id: int | None
) -> list[Override]:
    """The decisions that count on `as_of` (default: all).

    Raises StamgastError: two contradict each other (all lines involved are named); a profile beyond `newest_profile_id`.
    """
    standing = [decision for decision in overrides if as_of is None or decision.holds_on(as_of)]
    if found := find_contradiction(standing):
        different, chain = found
        *others, last = sorted(decision.line for decision in chain)
        lines = f"lines {', '.join(map(str, others))} and {last}" if others else f"line {last}"
        raise StamgastError(
            f"{path}, line {different.line}: contradicts {lines}: "
            "one person and two people at once; remove one of these lines"
        )
    for decision in standing:
        for profile_id in decision.pair:
            if newest_profile_id is not None and not 1 <= profile_id <= newest_profile_id:
                raise StamgastError(
                    f"{path}, line {decision.line}: there is no profile {profile_id}, the newest is {newest_profile_id}; "
                    "correct the number"
                )
    return standing


def find_contradiction(overrides: Sequence[Override]) -> tuple[Override, list[Override]] | None:
    """The first decision `different` whose profiles decisions `same` join, and the shortest chain of those; None without any."""
    same: dict[int, list[Override]] = defaultdict(list)
    for decision in overrides:
        if decision.is_same:
            for profile_id in decision.pair:
                same[profile_id].append(decision)
    for decision in overrides:
        if not decision.is_same and (chain := _shortest_chain(same, *decision.pair)):
            return decision, chain
    return None


def _shortest_chain(same: Mapping[int, Sequence[Override]], start: int, end: int) -> list[Override]:
    """The fewest decisions that connect two profiles; empty if they are not connected."""
    came_by: dict[int, Override] = {}
    ahead = deque([start])
    while ahead and end not in came_by:
        here = ahead.popleft()
        for decision in same.get(here, ()):
            there = sum(decision.pair) - here
            if there != start and there not in came_by:
                came_by[there] = decision
                ahead.append(there)
    chain = []
    while end in came_by:
        chain.append(came_by[end])
        end = sum(came_by[end].pair) - end
    return chain


def write_overrides(
    connection: duckdb.DuckDBPyConnection, overrides: Path | None, as_of: date | None
) -> None:
    """Writes table identity.overrides: the decisions that count, of the file `overrides` and of companies.csv beside it.

    Authors and reasons stay in the files.
    Raises StamgastError: as `read_overrides`.
    """
    decided = [
        (subject, decision)
        for subject, file in _FILES.items()
        for decision in read_overrides(overrides and overrides.with_name(file), as_of)
    ]
    rows = pa.table(
        {
            "subject": pa.array([subject for subject, _ in decided], pa.string()),
            "line": pa.array([decision.line for _, decision in decided], pa.int64()),
            "decision": pa.array([decision.decision for _, decision in decided], pa.string()),
            "left_profile_id": pa.array([decision.left_profile_id for _, decision in decided], pa.int64()),
            "right_profile_id": pa.array([decision.right_profile_id for _, decision in decided], pa.int64()),
            "decided_date": pa.array([decision.decided_on for _, decision in decided], pa.date32()),
            "expires_date": pa.array([decision.expires_on for _, decision in decided], pa.date32()),
        }
    )
    connection.execute("create schema if not exists identity")
    connection.register("identity_decided", rows)
    connection.execute("create or replace table identity.overrides as from identity_decided")
    connection.unregister("identity_decided")
