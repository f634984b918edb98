"""The three occasions on which rules are run: a load arrives, a feed grows old, a table is about to be published."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from pipelines.contracts.model import Contract
from pipelines.expectations.arrival import arrival_rules, freshness, pace, shrinkage, size
from pipelines.expectations.model import Expectation, Parameter, Suite
from pipelines.expectations.reading import PROFILES, raw_suite, read_suite
from pipelines.expectations.results import RuleResult
from pipelines.expectations.running import Relation, run_suite
from pipelines.settings import EXPECTATIONS
from pipelines.warehouse.database import connect, text
from pipelines.warehouse.places import Places

# Of loads only the record key has to be unique.
_UNIQUE = "expect_column_values_to_be_unique"


def check_load(
    contract: Contract,
    facts: Path,
    *,
    rows_delivered: int,
    previous_row_counts: Sequence[int],
    previous_newest_events: Sequence[datetime | None] = (),
    newest_event_at: datetime | None = None,
    compared: Sequence[Expectation] = (),
    keys_differ: bool = False,
    as_of: date,
    base_currency: str,
    places: Places,
) -> list[RuleResult]:
    """The rules on one staged load: its kind's, those of its contract, and those of the profiles beside its facts.

    `compared`: rules on the figures of the load, beside those of earlier ones. `keys_differ`: landing has counted that no
    record key stands twice, so the data need not be sorted to find out.

    `rows_delivered`: rows read less rows suppressed. `newest_event_at`: of the load itself (UTC), up to `as_of`.
    `previous_row_counts`, `previous_newest_events`: accepted rows and newest event time of the feed's accepted loads, oldest first; both empty for rows that come out of quarantine,
    whose number says nothing. Without event times no number of rows is usual in an append feed.
    Raises SuiteError: a suite that cannot be used, a load that cannot be read.
    """
    parameters: dict[str, Parameter] = {"as_of": as_of, "base_currency": base_currency}
    extra = [*arrival_rules(contract, rows_delivered), *compared]
    if contract.delivery == "snapshot":
        extra += size(previous_row_counts) + shrinkage(previous_row_counts, contract.kind)
    elif previous_newest_events:
        extra += pace(list(zip(previous_row_counts, previous_newest_events, strict=True)), newest_event_at)
    suite = raw_suite(contract.kind)
    if keys_differ:
        known = [_as_counted(rule) if rule.name == _UNIQUE else rule for rule in suite.expectations]
        suite = suite.model_copy(update={"expectations": known})
    with connect(places) as shared:
        results = run_suite(
            suite,
            Relation.parquet(facts),
            parameters=parameters,
            places=places,
            extra=extra,
            shared=shared,
        )
        if contract.spec.has_contact_block:
            results += run_suite(
                read_suite(EXPECTATIONS / "raw" / f"{PROFILES}.yml"),
                Relation.parquet(facts.with_name("profiles.parquet")),
                parameters=parameters,
                places=places,
                shared=shared,
            )
    return results


def _as_counted(rule: Expectation) -> Expectation:
    """The rule on record keys as one on the share of them that differ: all."""
    return rule.model_copy(
        update={
            "name": "expect_column_proportion_of_unique_values_to_be_between",
            "arguments": {"column": rule.column, "measured": 1.0, "min_value": 1.0},
        }
    )


def check_freshness(contract: Contract, loads: Path, *, as_of: date, places: Places) -> list[RuleResult]:
    """Whether the newest event of the feed's loads that are read is recent enough; `loads` is `loads.parquet`.

    Raises SuiteError: the index of the loads cannot be read.
    """
    suite = Suite(
        name=f"raw/{contract.kind}",
        description=f"How old {contract.feed} may be, by its contract.",
        expectations=freshness(contract, as_of),
    )
    relation = Relation.index(loads, where=f"is_read and feed = {text(contract.feed)}")
    return run_suite(suite, relation, parameters={}, places=places)


def check_table(
    schema: str,
    table: str,
    analytics: Path,
    customers: Path,
    *,
    previous_row_counts: Sequence[int] = (),
    as_of: date,
    version: int,
    base_currency: str,
    places: Places,
) -> list[RuleResult]:
    """The suite of one table of the analytics database, before it is published.

    `previous_row_counts`: rows of the table in the last published versions, oldest first. `version`: the number that
    the next published version gets.
    Raises SuiteError: a suite that cannot be used, a table that is not there.
    """
    return run_suite(
        read_suite(EXPECTATIONS / schema / f"{table}.yml"),
        Relation.table(analytics, schema, table, beside=[customers]),
        parameters={
            "as_of": as_of,
            "month_ago": as_of - timedelta(days=30),
            "version": version,
            "base_currency": base_currency,
        },
        places=places,
        extra=size(previous_row_counts),
    )
