"""Erasing people from end to end: plan, take them out of what is landed, publish a version without them, sign a receipt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb

from pipelines.contracts import read_contracts
from pipelines.errors import StamgastError
from pipelines.landing.loads import newest_day, read_loads
from pipelines.privacy.contradictions import find_contradictions, refuse_contradictions
from pipelines.privacy.erasing import forget_derived, rewrite_decisions, rewrite_landed
from pipelines.privacy.people import Found, find_people, write_owners
from pipelines.privacy.planning import Erasure, open_erasures, plan_erasure, write_plan
from pipelines.privacy.receipts import Receipt, finish_erasures
from pipelines.privacy.requests import Request
from pipelines.publishing.versions import current_version
from pipelines.settings import Settings
from pipelines.warehouse.database import connect
from pipelines.warehouse.erasure_secret import erasure_secret, use_erasure_secret
from pipelines.warehouse.locking import locked


@dataclass(frozen=True)
class Planned:
    """Whom the requests mean: those that fit nobody or several people, and the erasure of the others, None of nobody.

    `unfinished`: erasures that an earlier call left undone, which come first.
    """

    unsettled: Sequence[Found]
    erasure: Erasure | None
    unfinished: int = 0


def plan_erasing(settings: Settings, requests: Sequence[Request], although: str | None = None) -> Planned:
    """What an erasure would do; nothing is changed.

    `although`: as of `erase_people`.

    Raises StamgastError: the records of one of the people contradict each other, nothing is published, `as_of` lies before what the warehouse knows, a run is under way.
    """
    _refuse_the_past(settings)
    with locked(settings.places), connect(settings.places) as connection:
        # Digests are counted only, so any key will do.
        use_erasure_secret(connection, b"dry run")
        return _planned(connection, settings, requests, although=although)


def erase_people(
    settings: Settings,
    requests: Sequence[Request],
    planned: Callable[[Planned], None] = lambda _: None,
    publishing: Callable[[], None] = lambda: None,
    although: str | None = None,
) -> list[Receipt]:
    """Erases whom the requests mean, after finishing what an earlier call left undone; returns the receipts.

    `planned` is called before anything is taken out, `publishing` before the version without the people is built. `although`:
    why people go whose records contradict each other; goes into the ledger.

    Raises StamgastError: the records of one of the people contradict each other and there is no `although`; nothing is published, `as_of` lies before what the warehouse knows, a run is under way, the run
    without the people is blocked, or there are no requests and nothing was left undone.
    """
    places = settings.places
    _refuse_the_past(settings)
    with locked(places):
        secret = erasure_secret(places)
        unfinished = len(open_erasures(places))
        if not unfinished and not requests:
            raise StamgastError("names nobody, and no erasure is left undone; give an identifier or --file")
        if unfinished:
            _take_out(settings, secret)
        with connect(places) as connection:
            use_erasure_secret(connection, secret)
            found = _planned(connection, settings, requests, unfinished, although)
            if found.erasure is not None:
                write_plan(connection, places, found.erasure)
        planned(found)
        _take_out(settings, secret)
        if not open_erasures(places):
            return []
        forget_derived(places)
        publishing()
        _publish(settings)
        return finish_erasures(places, secret)


def _planned(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    requests: Sequence[Request],
    unfinished: int = 0,
    although: str | None = None,
) -> Planned:
    if not requests:
        return Planned([], None, unfinished)
    write_owners(connection, settings.places)
    found = find_people(connection, settings.places, requests)
    owners = sorted({one.owners[0] for one in found if len(one.owners) == 1})
    contracts = read_contracts(settings.sources)
    contradictions = find_contradictions(connection, contracts, settings.sources, settings.as_of, owners)
    refuse_contradictions(contradictions, although)
    erasure = (
        plan_erasure(connection, settings.places, contracts, settings.sources, owners, settings.as_of)
        if owners
        else None
    )
    if erasure is not None and contradictions:
        erasure = erasure.model_copy(update={"although": although})
    return Planned(
        unsettled=[one for one in found if len(one.owners) != 1],
        erasure=erasure,
        unfinished=unfinished,
    )


def _refuse_the_past(settings: Settings) -> None:
    places = settings.places
    version, newest = current_version(places), newest_day(read_loads(places))
    latest = max(newest, version.as_of) if version else newest
    if settings.as_of < latest:
        raise StamgastError(
            f"as_of {settings.as_of} lies before {latest}, of which the warehouse knows already; erase as of that day or later"
        )


def _take_out(settings: Settings, secret: bytes) -> None:
    rewrite_landed(settings.places, secret)
    rewrite_decisions(settings.places, secret, settings.sources)


def _publish(settings: Settings) -> None:
    from pipelines.orchestration.in_process import WITHOUT_LANDING, run_job

    outcome = run_job(settings, WITHOUT_LANDING, lambda _: None)
    if not outcome.succeeded:
        why = "; ".join((*outcome.errors, *outcome.blocked_by))
        raise StamgastError(
            f"the people are out of all that is landed, but no version could be published without them: {why}; "
            "mend it, then: stamgast privacy erase"
        )
