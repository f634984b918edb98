"""Rules that follow from a feed's contract, its kind and its history, so that no suite repeats them."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from math import ceil, floor
from statistics import median

from pipelines.contracts.kinds import Kind
from pipelines.contracts.model import Contract
from pipelines.database import name as quoted
from pipelines.database import text
from pipelines.expectations.model import FEW, Expectation, Severity

# A fifth: a changed date format or unit spoils nearly all values of a column, a sloppy clerk far fewer.
TOLERATED_SHARE = 0.2

# Fewer loads say nothing about what is usual; older ones no longer do.
LOADS_NEEDED, LOADS_REMEMBERED = 3, 12
USUAL_FACTOR, BELIEVABLE_FACTOR = 3, 5

# What people type may hold an address; a column of codes that does has been filled from the wrong one.
_FREE_TEXT = {"message", "note", "answer", "link_url", "page_url", "landing_page", "referrer", "website"}


def _in_words(duration: timedelta) -> str:
    hours = int(duration.total_seconds() // 3600)
    return f"{hours // 24} days" if hours % 24 == 0 and hours > 48 else f"{hours} hours"


def freshness(contract: Contract, as_of: date, column: str = "newest_event_at") -> list[Expectation]:
    """How old the newest event of the feed may be at the end of `as_of` (UTC).

    A rule on the feed, not on one load, which may be a late piece of history: run it on
    `Relation.parquet(loads, where="feed = '...' and is_read")`. A feed without any event breaks it.
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
    return Expectation(
        name="expect_table_row_count_to_be_between", arguments=dict(bounds), severity=severity, rule=rule
    )


def volume(previous_row_counts: Sequence[int], *, whole_list: bool = False) -> list[Expectation]:
    """Rows within three times the median of the last accepted loads or published versions, oldest first.

    No rule with fewer than three of them. `whole_list`: each is the complete list, so that rows that are
    missing disappear; then an error when fewer than a fifth of the usual are left.
    """
    counts = previous_row_counts[-LOADS_REMEMBERED:]
    if len(counts) < LOADS_NEEDED:
        return []
    usual = median(counts)
    low, high = floor(usual / USUAL_FACTOR), ceil(usual * USUAL_FACTOR)
    rules = [
        _row_count(
            "warning",
            f"there are {low:,} to {high:,} rows (usual, by the last {len(counts)}: {usual:,.0f})",
            min_value=low,
            max_value=high,
        )
    ]
    if whole_list:
        fewest = floor(usual / BELIEVABLE_FACTOR)
        rules.append(
            _row_count(
                "error",
                f"a complete list has at least {fewest:,} rows (a fifth of what is usual)",
                min_value=fewest,
            )
        )
    return rules


def _usable(rows_delivered: int) -> Expectation:
    least = rows_delivered - max(FEW, floor(rows_delivered * TOLERATED_SHARE))
    return _row_count(
        "error",
        f"at least {1 - TOLERATED_SHARE:.0%} of the {rows_delivered:,} rows delivered can be used",
        min_value=max(0, least),
    )


def arrival_rules(
    contract: Contract, *, rows_delivered: int, previous_row_counts: Sequence[int] = ()
) -> list[Expectation]:
    """What must hold for one staged load of a feed beyond the suite of its kind.

    `rows_delivered`: rows read less rows suppressed, so accepted and quarantined. `previous_row_counts`:
    accepted rows of the feed's accepted loads, oldest first.
    """
    rules = [_usable(rows_delivered), *_readable(contract.spec), *_no_addresses(contract.spec)]
    return rules + volume(previous_row_counts, whole_list=contract.delivery == "snapshot")
