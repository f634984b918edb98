"""Judges a staged load by the rules of its kind and its contract, before it is committed."""

from pathlib import Path

from pipelines.expectations.arrival import arrival_rules
from pipelines.expectations.reading import raw_suite
from pipelines.expectations.results import sentence
from pipelines.expectations.running import Relation, run_suite
from pipelines.landing.committing import Check, StagedLoad, Verdict
from pipelines.settings import Settings


def arrival_check(settings: Settings) -> Check:
    """The check that landing applies to every load."""

    def check(staged: StagedLoad) -> Verdict:
        contract = staged.contract
        accepted = [
            load
            for load in staged.earlier
            if load.feed == contract.feed and load.status == "accepted" and load.retry_of is None
        ]
        results = run_suite(
            raw_suite(contract.kind),
            Relation.parquet(staged.facts),
            parameters={"as_of": settings.as_of},
            temp=settings.places.temp,
            location=f"raw/{contract.kind}/{contract.feed}, {Path(staged.file)}",
            extra=arrival_rules(
                contract,
                rows_delivered=staged.rows_delivered,
                previous_row_counts=[load.rows_accepted for load in accepted],
            ),
        )
        broken = [result for result in results if not result.success]
        return Verdict(
            failed=[sentence(result) for result in broken if result.severity == "error"],
            warned=[sentence(result) for result in broken if result.severity == "warning"],
        )

    return check
