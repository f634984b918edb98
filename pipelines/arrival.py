"""Lets Great Expectations judge a staged load before landing commits it."""

from pipelines.expectations.checking import check_load
from pipelines.expectations.results import sentence
from pipelines.landing.committing import Check, StagedLoad, Verdict
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
        results = check_load(
            staged.contract,
            staged.facts,
            file=staged.file,
            rows_delivered=staged.rows_delivered,
            previous_row_counts=[load.rows_accepted for load in usual],
            previous_newest_events=[load.newest_event_at for load in usual],
            as_of=settings.as_of,
            base_currency=settings.base_currency,
            temp=settings.places.temp,
        )
        broken = [result for result in results if not result.success]
        return Verdict(
            failed=[sentence(result) for result in broken if result.severity == "error"],
            warned=[sentence(result) for result in broken if result.severity == "warning"],
        )

    return check
