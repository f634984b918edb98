"""Rules that follow from a feed's contract, its kind and its history, so that no suite repeats them."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from math import ceil, floor
from statistics import median

from pipelines.contracts.kinds import Kind
from pipelines.contracts.model import Contract
from pipelines.contracts.words import event_words, normal_word_sql
from pipelines.expectations.model import FEW, ROW_COUNT, Expectation, Severity
from pipelines.expectations.resemblance import LOADS_NEEDED, LOADS_REMEMBERED
from pipelines.landing.refusals import ACTIONS
from pipelines.warehouse.database import name as quoted
from pipelines.warehouse.database import text

# A fifth: a changed date format or unit spoils nearly all values of a column, a sloppy clerk far fewer.
TOLERATED_SHARE = 0.2

USUAL_FACTOR, BELIEVABLE_FACTOR = 3, 5

# Less than half a day is no period to count rows in.
SHORTEST_PERIOD = timedelta(hours=12)

# What people type may hold an address; a column of codes that does has been filled from the wrong one.
_FREE_TEXT = {"message", "note", "answer", "link_url", "page_url", "landing_page", "referrer", "website"}


def _in_words(duration: timedelta) -> str:
    hours = int(duration.total_seconds() // 3600)
    return f"{hours // 24} days" if hours % 24 == 0 and hours > 48 else f"{hours} hours"


def freshness(contract: Contract, as_of: date, column: str = "newest_event_at") -> list[Expectation]:
    """How old the newest event of the feed may be at the end of `as_of` (UTC).

    A rule on the feed, not on one load, which may be a late piece of history: run it on
    `Relation.index(loads, where="feed = '...' and is_read")`. A feed without any event breaks it.
    """
    end = datetime.combine(as_of + timedelta(days=1), time())
    limits: tuple[tuple[Severity, timedelta], ...] = (
        ("error", contract.freshness.error_after),
        ("warning", contract.freshness.warn_after),
    )
    return [
        Expectation(
            name="expect_column_max_to_be_between",
            arguments={"column": column, "min_value": end - limit},
            severity=severity,
            rule=f"the newest event is at most {_in_words(limit)} older than the end of {as_of}",
        )
        for severity, limit in limits
    ]


def _readable(kind: Kind) -> list[Expectation]:
    rules = []
    for column in (column.name for column in kind.columns if column.type != "text"):
        if column in kind.unusable_without:
            continue  # such a row is in quarantine, which `_usable` counts
        unreadable = f"list_contains(unreadable, {text(column)})"
        rules.append(
            Expectation(
                name="unexpected_rows",
                arguments={
                    "condition": unreadable,
                    "row_condition": f"{quoted(column)} is not null or {unreadable}",
                    "mostly": 1 - TOLERATED_SHARE,
                },
                severity="error",
                rule=f"at least {1 - TOLERATED_SHARE:.0%} of the texts in {column} can be read",
            )
        )
    return rules


def _no_addresses(kind: Kind) -> list[Expectation]:
    columns = [
        column.name for column in kind.columns if column.type == "text" and column.name not in _FREE_TEXT
    ]
    if not columns:
        return []
    found = " or ".join(
        rf"regexp_full_match({quoted(column)}, '\s*[^@\s]+@[^@\s]+\.[A-Za-z]+\s*')" for column in columns
    )
    return [
        Expectation(
            name="unexpected_rows",
            arguments={"condition": found, "mostly": 1 - TOLERATED_SHARE},
            severity="error",
            rule="no column of codes is filled with e-mail addresses (a column of the file has moved)",
        )
    ]


def _row_count(severity: Severity, rule: str, **bounds: int) -> Expectation:
    return Expectation(name=ROW_COUNT, arguments=dict(bounds), severity=severity, rule=rule)


def _usual(previous_row_counts: Sequence[int]) -> float | None:
    counts = previous_row_counts[-LOADS_REMEMBERED:]
    return median(counts) if len(counts) >= LOADS_NEEDED else None


def size(previous_row_counts: Sequence[int]) -> list[Expectation]:
    """How many rows a complete list or table may have, by its last accepted loads or published versions.

    Outside three times the median of at least three is a warning.
    """
    usual = _usual(previous_row_counts)
    if usual is None:
        return []
    low, high = floor(usual / USUAL_FACTOR), ceil(usual * USUAL_FACTOR)
    rule = f"there are {low:,} to {high:,} rows (usual: {usual:,.0f})"
    return [_row_count("warning", rule, min_value=low, max_value=high)]


def shrinkage(previous_row_counts: Sequence[int], kind: str) -> list[Expectation]:
    """How far a complete list may shrink, by its last accepted loads: what is missing from it disappears.

    Fewer rows than a fifth of the median, of a list of refusals than half, is an error, after a single load too, if three are
    missing at least. For loads only: a held load can be released.
    """
    if not previous_row_counts:
        return []
    usual = median(previous_row_counts[-LOADS_REMEMBERED:])
    # Those who left a public register may be contacted again.
    factor, share = (2, "half") if kind in ACTIONS else (BELIEVABLE_FACTOR, "a fifth")
    fewest = max(0, min(ceil(usual / factor), ceil(usual) - 2))
    rule = f"a complete list has at least {fewest:,} rows ({share} of what is usual)"
    return [_row_count("error", rule, min_value=fewest)]


def pace(
    previous: Sequence[tuple[int, datetime | None]], newest_event_at: datetime | None
) -> list[Expectation]:
    """How many rows a load of an append feed may have, by the rows a day of the last accepted loads.

    `previous`: rows and newest event time (UTC) of each, oldest first. A delivery covers a year, a month or a day,
    so rows are counted per day since the newest event before it. A load that brings nothing newer (corrections, late
    rows) has no pace, nor has the first. Outside three times the median of at least three is a warning.
    """
    times = [newest for _, newest in previous if newest is not None]
    if not times or newest_event_at is None:
        return []
    paces, known = [], times[0]
    for rows, newest in previous:
        if newest is not None and newest - known >= SHORTEST_PERIOD:
            paces.append(rows / ((newest - known) / timedelta(days=1)))
            known = newest
    if len(paces) < LOADS_NEEDED or newest_event_at - known < SHORTEST_PERIOD:
        return []
    usual, days = median(paces[-LOADS_REMEMBERED:]), (newest_event_at - known) / timedelta(days=1)
    low, high = floor(usual * days / USUAL_FACTOR), ceil(usual * days * USUAL_FACTOR)
    return [
        _row_count(
            "warning",
            f"there are {low:,} to {high:,} rows (usual: {usual:,.1f} a day, in {days:,.1f} days)",
            min_value=low,
            max_value=high,
        )
    ]


def _usable(rows_delivered: int) -> Expectation:
    least = rows_delivered - max(FEW, floor(rows_delivered * TOLERATED_SHARE))
    share = f"at least {1 - TOLERATED_SHARE:.0%}"
    # However few, they are not all wrong.
    if least < 1 and rows_delivered > 1:
        least, share = 1, "at least one"
    return _row_count(
        "error", f"{share} of the {rows_delivered:,} rows delivered can be used", min_value=max(0, least)
    )


def beginning(as_of: date) -> list[Expectation]:
    """However few rows an append feed delivers, they are not all of the future."""
    return [
        Expectation(
            name="expect_column_min_to_be_between",
            arguments={
                "column": "event_at",
                "max_value": datetime.combine(as_of + timedelta(days=1), time()),
            },
            severity="error",
            rule=f"at least one row happened by {as_of} (else the year is wrong, or day and month are swapped)",
        )
    ]


def _known_words(kind: Kind) -> list[Expectation]:
    """A word that nobody knows suspends its contact point; where they are most words, the column is another."""
    column = ACTIONS.get(kind.name)
    if column is None:
        return []
    known = ", ".join(map(text, sorted(event_words())))
    return [
        Expectation(
            name="unexpected_rows",
            arguments={"condition": f"{normal_word_sql(column)} not in ({known})", "mostly": 0.5},
            severity="error",
            rule=f"at least half of the words in {column} are known (else the column is another, or values: should explain them)",
        )
    ]


def arrival_rules(contract: Contract, rows_delivered: int) -> list[Expectation]:
    """What must hold for one staged load of a feed beyond the suite of its kind and what is usual.

    `rows_delivered`: rows read less rows suppressed, so accepted and quarantined.
    """
    return [
        _usable(rows_delivered),
        *_readable(contract.spec),
        *_no_addresses(contract.spec),
        *_known_words(contract.spec),
    ]
