"""Adds a decision to `overrides/identity.csv` or `companies.csv`, checked against the decisions in the file."""

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines.errors import StamgastError
from pipelines.identity.decisions.overrides import (
    COLUMNS,
    Override,
    checked_overrides,
    parse_overrides,
    read_text,
)
from pipelines.warehouse.files import write_atomically


@dataclass(frozen=True)
class Decision:
    """A decision about two profiles, left and right; `expires_on`: the last day on which it counts."""

    is_same: bool
    pair: tuple[int, int]
    author: str
    reason: str
    decided_on: date
    expires_on: date | None = None


def add_override(path: Path, decision: Decision, newest_profile_id: int) -> Override:
    """Appends the decision to the file, which is replaced whole or not at all; returns it as it was written.

    The caller holds the lock of the warehouse: two calls at once would lose a decision, and a run whose inputs change is
    not published.
    Raises StamgastError: the decision is there already, contradicts a decision that counts on its day, or lacks something; a
    profile beyond the newest; a file that cannot be read.
    """
    _check_words(decision)
    for number in decision.pair:
        if not 1 <= number <= newest_profile_id:
            raise StamgastError(
                f"there is no profile {number}, the newest is {newest_profile_id}; see: stamgast identity review"
            )
    content = _with_line(read_text(path) if path.exists() else "", decision)
    *standing, added = parse_overrides(path, content)
    for earlier in standing:
        is_repeated = (earlier.is_same, earlier.pair) == (added.is_same, added.pair)
        if is_repeated and earlier.holds_on(added.decided_on):
            raise StamgastError(f"{path}, line {earlier.line}: says so already; nothing was added")
    checked_overrides(path, [*standing, added], added.decided_on, newest_profile_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A symbolic link stays one.
    write_atomically(path.resolve(), content)
    return added


def _check_words(decision: Decision) -> None:
    """Refuses what reading the file would refuse, with a message about the words given, since no line is written yet.

    Raises StamgastError: both sides are one profile, author or reason is empty, the decision expires before its day.
    """
    left, right = decision.pair
    if left == right:
        raise StamgastError(f"{left}-{right}: both sides are the same profile; name two")
    for word, given in (("author", decision.author), ("reason", decision.reason)):
        if not given.strip():
            raise StamgastError(f"{word} is empty; say who decided and why")
    if decision.expires_on is not None and decision.expires_on < decision.decided_on:
        raise StamgastError(
            f"expires {decision.expires_on} lies before {decision.decided_on}, the day of the decision; give a later day"
        )


def _with_line(content: str, decision: Decision) -> str:
    """The text with the decision as its last line, in the order of columns and with the line ends of the file."""
    content = content or ",".join(COLUMNS) + "\n"
    line_end = "\r\n" if content.split("\n", 1)[0].endswith("\r") else "\n"
    if not content.endswith("\n"):
        content += line_end
    header, rest = content.split(line_end, 1)
    columns = next(csv.reader([header.removeprefix("\ufeff")]))
    if decision.expires_on is not None and COLUMNS[-1] not in columns:
        columns.append(COLUMNS[-1])
        header += f",{COLUMNS[-1]}"
    left, right = decision.pair
    values = {
        "decision": "same" if decision.is_same else "different",
        "left_profile_id": left,
        "right_profile_id": right,
        # Line ends would make several lines of a decision.
        "author": " ".join(decision.author.split()),
        "reason": " ".join(decision.reason.split()),
        "date": decision.decided_on.isoformat(),
        "expires": decision.expires_on.isoformat() if decision.expires_on else "",
    }
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator=line_end).writerow([values.get(column, "") for column in columns])
    return f"{header}{line_end}{rest}{line.getvalue()}"
