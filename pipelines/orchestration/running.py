"""A run of the pipeline: look at what is new, stop early where nothing is, else run the job and say what came of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.contracts import Contract, read_contracts
from pipelines.contracts.consent_texts import wordings_without_text
from pipelines.dbt.segment_sql import refuse_reaching_segments
from pipelines.dbt.variables import feeds_without_contract, read_vars
from pipelines.errors import StamgastError
from pipelines.landing.damage import damage
from pipelines.landing.deliveries import FeedScan, late_file_messages, scan_feeds, unread_file_messages
from pipelines.landing.feeds import read_troubles, refuse_without_contract
from pipelines.landing.loads import Load, Refusal, newest_day, next_profile_id, read_loads, read_refusals
from pipelines.landing.refusals_reported import load_messages, refusal_messages, unreadable_refusal_messages
from pipelines.landing.suspects import suspects
from pipelines.publishing.inputs import inputs_digest
from pipelines.publishing.publishing import refuse_to_go_back
from pipelines.publishing.versions import Version, current_version, opened, rolled_back_with
from pipelines.settings import Settings
from pipelines.warehouse.keys import claim, encryption
from pipelines.warehouse.locking import locked

if TYPE_CHECKING:
    from pipelines.orchestration.in_process import Outcome, Step


@dataclass(frozen=True)
class Plan:
    """What a run will do. Without `lands` it takes what is landed as it is; `select` is Dagster's selection, None for all.

    `loads`: those there are before it. `scans`: what a look at the files of each feed shows. `unchanged`: the version,
    in force or rolled back, that is made of these very inputs, None where there is something to do. `decisions_waiting`:
    decisions about people dated after `as_of`.
    """

    settings: Settings
    select: str | None
    force: bool
    lands: bool
    contracts: Sequence[Contract]
    loads: Sequence[Load]
    scans: Sequence[FeedScan]
    decisions_waiting: int
    warnings: Sequence[str]
    unchanged: Version | None

    @property
    def looks_back(self) -> bool:
        """No file is landed: the warehouse knows of later days than that of the run."""
        return self.lands and self.settings.as_of < newest_day(self.loads)


@dataclass(frozen=True)
class Headline:
    """Figures of a published version; `net_revenue` in the base currency."""

    people: int
    customers: int
    net_revenue: Decimal


@dataclass(frozen=True)
class RunReport:
    """What came of a run. `blocked_by`: why nothing was published, empty where it succeeded.

    `landed`: the loads it made; `refused`: all files that are refused now. `version`: what readers see now. `headline`: of
    a run of everything that published.
    """

    landed: Sequence[Load]
    refused: Sequence[Refusal]
    warnings: Sequence[str]
    blocked_by: Sequence[str]
    version: Version | None
    headline: Headline | None = None


def plan_run(settings: Settings, select: str | None = None, force: bool = False, lands: bool = True) -> Plan:
    """Looks at contracts, decisions and files; changes nothing.

    Raises StamgastError: a contract, setting, decision or variable of dbt_project.yml that cannot be used, no contracts at
    all, an `as_of` before what is in force without `force`, a key that is not the warehouse's.
    """
    places = settings.places
    encryption(places)
    contracts = read_contracts(settings.sources)
    if not contracts:
        raise StamgastError(f"{settings.sources}: there is no contract (*.yml); add one, see README.md")
    refuse_without_contract(places, contracts)
    refuse_reaching_segments()
    if damaged := damage(places, cached=True):
        more = f" ({len(damaged) - 1} more: stamgast loads check)" if len(damaged) > 1 else ""
        raise StamgastError(f"{damaged[0]}{more}")
    loads = read_loads(places)
    waiting = _decisions_waiting(settings, loads)
    scans = scan_feeds(contracts, settings.sources, places, settings.as_of)
    warnings = [
        f"dbt_project.yml: survivorship names the feed {feed}, of which there is no contract; correct the name or take it out"
        for feed in feeds_without_contract(
            read_vars().survivorship, [contract.feed for contract in contracts]
        )
    ]
    if lands:
        warnings += [sentence for scan in scans for sentence in (*late_file_messages(scan), *scan.unreadable)]
        warnings += unread_file_messages(contracts, settings.sources)
    unchanged = None if select or force else _unchanged(settings, contracts, scans)
    if lands and not force and unchanged is None:
        refuse_to_go_back(settings)
    return Plan(settings, select, force, lands, contracts, loads, scans, waiting, warnings, unchanged)


def _decisions_waiting(settings: Settings, loads: Sequence[Load]) -> int:
    if not (settings.sources / "overrides").exists():
        return 0
    # With it comes Splink, a second.
    from pipelines.identity.decisions.overrides import check_overrides, count_waiting

    # Before the first load no record has a number.
    check_overrides(settings.sources, settings.as_of, next_profile_id(loads) - 1 if loads else None)
    return count_waiting(settings.sources, settings.as_of)


def _unchanged(
    settings: Settings, contracts: Sequence[Contract], scans: Sequence[FeedScan]
) -> Version | None:
    if any(scan.new for scan in scans):
        return None
    inputs = inputs_digest(settings, contracts)
    version = current_version(settings.places)
    if version is not None and version.inputs == inputs:
        return version
    return rolled_back_with(settings.places, inputs) if version is not None else None


def execute(
    plan: Plan,
    begun: Callable[[], None] = lambda: None,
    step_ended: Callable[["Step"], None] = lambda _: None,
) -> RunReport:
    """Runs the job under the lock of the warehouse. `begun` is called when the lock is held, `step_ended` after each step.

    Raises StamgastError: another run holds the lock, the key is not the warehouse's, the disk is full, or `select` names
    nothing. Raises KeyboardInterrupt: it was told to stop.
    """
    from pipelines.orchestration.in_process import WITHOUT_LANDING, full_disk, run_job

    settings, places = plan.settings, plan.settings.places
    # To be refused is told sooner and shorter from here than by the job.
    with locked(places):
        claim(places)
        begun()
        select = plan.select or (None if plan.lands else WITHOUT_LANDING)
        outcome = run_job(settings, select, step_ended, plan.force or not plan.lands)
    before = {load.load_number for load in plan.loads}
    landed = [load for load in read_loads(places) if load.load_number not in before]
    disk = None if outcome.succeeded else full_disk(places)
    version = current_version(places)
    is_published = outcome.succeeded and plan.select is None
    if is_published and version is None:
        raise StamgastError(
            f"{places.current}: is not there after publishing; look at the run in the Dagster UI"
        )
    return RunReport(
        landed=landed,
        refused=read_refusals(places),
        warnings=[*_warnings(settings, landed), *_unless_stale(plan, outcome)],
        blocked_by=[]
        if outcome.succeeded
        else [
            *(damage(places) if outcome.errors else []),
            *outcome.errors,
            *outcome.blocked_by,
            *([disk] if disk else suspects(places, version.last_load if version else None, settings.as_of)),
        ],
        version=version,
        headline=_headline(settings) if is_published else None,
    )


def _warnings(settings: Settings, landed: Sequence[Load]) -> Iterator[str]:
    yield from load_messages(landed)
    yield from unreadable_refusal_messages(settings.places, landed)
    yield from refusal_messages(settings.places)
    yield from wordings_without_text(settings)


def _unless_stale(plan: Plan, outcome: "Outcome") -> list[str]:
    """The warnings of the job, but those of feeds that the version published says are stale."""
    if not outcome.succeeded or plan.select is not None:
        return [*outcome.warnings]
    stale = read_troubles(plan.settings.places, plan.contracts)
    said = tuple(f"raw/{one.kind}/{one.feed}, " for one in plan.contracts if one.feed in stale)
    return [sentence for sentence in outcome.warnings if not sentence.startswith(said)]


def _headline(settings: Settings) -> Headline:
    with opened(settings.places) as (connection, _):
        return Headline(
            *connection.execute("""
                select count(*), count(*) filter (order_count > 0), coalesce(sum(net_revenue), 0) from marts.customer_360
            """).fetchall()[0]
        )


def stale_tables(settings: Settings) -> list[str]:
    """The tables of the version in force that stand on what is stale; those about people stand on all feeds of people."""
    with opened(settings.places) as (connection, _):
        found = connection.execute(
            "select table_name from marts.freshness where is_stale and table_name <> 'identity' order by table_name"
        ).fetchall()
    return [table for (table,) in found]
