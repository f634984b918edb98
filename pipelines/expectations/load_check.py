"""Lets Great Expectations judge a staged load before landing commits it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import inf

from pipelines.expectations.arrival import SHORTEST_PERIOD, beginning
from pipelines.expectations.checking import check_load
from pipelines.expectations.kept import RULES_FILE, write_results
from pipelines.expectations.model import ROW_COUNT, Expectation
from pipelines.expectations.resemblance import Earlier, resemblance, uniqueness
from pipelines.expectations.results import sentence
from pipelines.landing.committing import Check, StagedLoad, Verdict
from pipelines.landing.loads import Load
from pipelines.landing.mapping import read_from
from pipelines.settings import Settings


def arrival_check(settings: Settings) -> Check:
    """The check that landing applies to every load: a broken error holds it, a broken warning is kept with it."""

    def check(staged: StagedLoad) -> Verdict:
        # Rows that come out of quarantine say nothing about how much is usual.
        usual = [
            load
            for load in staged.earlier
            if not staged.is_retry
            and load.feed == staged.contract.feed
            and load.status == "accepted"
            and load.retry_of is None
        ]
        dates_its_rows = staged.contract.delivery == "append" and staged.statistics.rows > 0
        results = check_load(
            staged.contract,
            staged.facts,
            rows_delivered=staged.rows_delivered,
            previous_row_counts=[load.rows_accepted for load in usual],
            previous_newest_events=[load.newest_event_at for load in usual],
            newest_event_at=staged.newest_event_at,
            compared=[
                *uniqueness(staged.statistics),
                *_compared(staged, usual),
                *(beginning(settings.as_of) if dates_its_rows else []),
            ],
            keys_differ=staged.statistics.distinct_keys == staged.statistics.rows,
            as_of=settings.as_of,
            base_currency=settings.base_currency,
            places=settings.places,
        )
        write_results(staged.facts.with_name(RULES_FILE), results)
        broken = [result for result in results if not result.success]
        errors = [result for result in broken if result.severity == "error"]
        are_few = any(result.expectation == ROW_COUNT for result in errors)
        return Verdict(
            failed=[*map(sentence, errors), *(_set_aside(staged) if are_few else [])],
            warned=[sentence(result) for result in broken if result.severity == "warning"],
        )

    return check


def _set_aside(staged: StagedLoad) -> list[str]:
    """Why rows are missing from a load, by reason, with what the contract says of the values in question."""
    if not staged.quarantined_by_reason:
        return []
    total = sum(staged.quarantined_by_reason.values())
    told = [
        f"{count:,} {reason}{f' ({read})' if (read := read_from(staged.contract, reason)) else ''}"
        for reason, count in staged.quarantined_by_reason.items()
    ]
    return [f"{total:,} of {staged.rows_delivered:,} rows were set aside: {', '.join(told)}"]


def _compared(staged: StagedLoad, usual: Sequence[Load]) -> list[Expectation]:
    """The rules on the figures of a load beside those of the feed's accepted loads."""
    *days, own_days = _days_covered([*(load.newest_event_at for load in usual), staged.newest_event_at])
    earlier = [Earlier(load.statistics, covered) for load, covered in zip(usual, days, strict=True)]
    return resemblance(staged.statistics, own_days, earlier, staged.contract.delivery == "snapshot")


def _days_covered(newest: Sequence[datetime | None]) -> list[float | None]:
    """Per load the days since the newest event before it; infinite for the first, None for one that brought nothing newer."""
    covered: list[float | None] = []
    known: datetime | None = None
    for moment in newest:
        if moment is None or (known is not None and moment - known < SHORTEST_PERIOD):
            covered.append(None)
            continue
        covered.append((moment - known) / timedelta(days=1) if known is not None else inf)
        known = moment
    return covered
