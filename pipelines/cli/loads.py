"""What `stamgast loads` shows and does."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from pipelines.cli.counting import counted
from pipelines.cli.options import tell
from pipelines.contracts import Contract, read_contracts
from pipelines.errors import StamgastError
from pipelines.expectations.load_check import arrival_check
from pipelines.landing.acknowledging import acknowledge
from pipelines.landing.damage import damage
from pipelines.landing.dropping import drop
from pipelines.landing.landing import retry_quarantine
from pipelines.landing.loads import find_load, read_loads, read_refusals, release
from pipelines.landing.refusals_reported import load_messages, refusal_messages, unreadable_refusal_messages
from pipelines.landing.taking_back import count_refusals, take_back_refusals
from pipelines.privacy.tombstones import HOLDING_BACK
from pipelines.settings import Settings
from pipelines.warehouse.locking import locked

_COLOURS = {"accepted": "green", "held": "yellow", "dropped": "dim"}


def show_loads(settings: Settings, feed: str | None, console: Console) -> None:
    """One line per load, then the refused files.

    Raises StamgastError: there is no such warehouse, or no such feed.
    """
    _ask_for_warehouse(settings)
    loads = [load for load in read_loads(settings.places) if feed in (None, load.feed)]
    refusals = [refusal for refusal in read_refusals(settings.places) if feed in (None, refusal.feed)]
    # What a feed that was withdrawn had landed is still shown.
    if feed is not None and not loads and not refusals:
        _contract(settings, feed)
    widest = max((len(load.feed) for load in loads), default=0)
    # Only where there are any: a narrow terminal has no room to spare.
    refusing = ("refusals",) if any(load.refusals for load in loads) else ()
    table = Table(
        *(Column(heading, no_wrap=True) for heading in ("load", "rows", "quarantined", *refusing, "status")),
        # One column, so that a narrow terminal breaks it between the two rather than within a name.
        Column(f"{'feed':<{widest}}  file", overflow="fold"),
        box=None,
        header_style="dim",
        pad_edge=False,
    )
    for load in loads:
        table.add_row(
            str(load.load_number),
            f"{load.rows_accepted:,}",
            f"{load.rows_quarantined:,}",
            *(f"{load.refusals:,}" if load.refusals else "" for _ in refusing),
            f"[{_COLOURS[load.status]}]{load.status}[/]",
            f"{load.feed:<{widest}}  {escape(Path(load.file).name)}",
        )
    console.print(table)
    for load in loads:
        if load.status == "held":
            tell(console, f"load {load.load_number} is held: {escape('; '.join(load.rules_failed))}", 2)
    for load in loads:
        if load.values_dropped:
            counts = ", ".join(f"{count:,} {reason}" for reason, count in load.values_dropped.items())
            tell(
                console, f"load {load.load_number}: special categories of personal data dropped: {counts}", 2
            )
        if load.texts_emptied:
            emptied = counted(load.texts_emptied, "text that names", "texts that name")
            console.print(f"load {load.load_number}: {emptied} somebody erased emptied")
        if load.refusals_taken_back is not None:
            reason = escape(load.refusals_taken_back)
            tell(console, f"load {load.load_number}: its refusals are taken back: {reason}", 2)
    for sentence in (
        *load_messages(loads),
        *unreadable_refusal_messages(settings.places, loads),
        *(refusal_messages(settings.places) if feed is None else ()),
    ):
        tell(console, escape(sentence), 2)
    for refusal in refusals:
        console.print(f"{escape(refusal.file)} is refused: {escape(refusal.reason)}")


def _ask_for_warehouse(settings: Settings) -> None:
    if not settings.places.raw.is_dir():
        raise StamgastError(
            f"{settings.warehouse}: there is no such warehouse; run: stamgast run, or give another"
        )


def _contract(settings: Settings, feed: str) -> Contract:
    for contract in read_contracts(settings.sources):
        if contract.feed == feed:
            return contract
    raise StamgastError(f"{settings.sources}: there is no feed {feed}; see: stamgast loads")


def release_load(settings: Settings, number: int, console: Console) -> None:
    """Releases and says what comes next.

    Raises StamgastError: there is no such warehouse, or no such load that is held.
    """
    _ask_for_warehouse(settings)
    with locked(settings.places):
        load = release(settings.places, number, settings.as_of)
    console.print(
        f"load {number} of {load.feed} is released; the next run reads its {counted(load.rows_accepted, 'row')}"
    )


def drop_load(
    settings: Settings, number: int, with_refusals: bool, although: str | None, console: Console
) -> None:
    """Drops a load of whatever status and says what is gone. `with_refusals`: takes its refusals back, if `although` says why.

    Raises StamgastError: there is no such warehouse, no such load, it was dropped before (`with_refusals`: it has no
    refusals), or a reason without `with_refusals`.
    """
    _ask_for_warehouse(settings)
    if although is not None and not with_refusals:
        raise StamgastError("--although: is the reason for --refusals; add that, or leave it out")
    with locked(settings.places):
        if with_refusals:
            _take_back(settings, number, although, console)
            return
        was_read = find_load(settings.places, number).status == "accepted"
        load = drop(settings.places, number)
    tell(console, f"load {number} of {load.feed} is dropped, with {counted(load.rows_accepted, 'row')}", 2)
    if was_read:
        tell(
            console,
            f"the next run builds without {escape(load.file)}; what is published keeps its rows until then: stamgast run",
            2,
        )
    if load.refusals:
        stay = "refusal stays" if load.refusals == 1 else "refusals stay"
        console.print(
            f"its {load.refusals:,} {stay}; were they a mistake: stamgast loads drop {number} --refusals"
        )


def _take_back(settings: Settings, number: int, although: str | None, console: Console) -> None:
    if although is None:
        found = count_refusals(settings.places, number)
        console.print(
            f"load {number} of {found.load.feed} refuses in {counted(found.rows, 'row')}; without them "
            f"{counted(found.points, 'contact point')} that no other load names would open again. Nothing is changed; "
            f'to take them back: stamgast loads drop {number} --refusals --although "reason"'
        )
        return
    found = take_back_refusals(settings.places, number, although)
    facts = " and its facts are dropped" if found.load.status == "dropped" else ""
    console.print(
        f"load {number} of {found.load.feed}: {counted(found.rows, 'refusal')} taken back{facts}; the next run opens "
        f"{counted(found.points, 'contact point')} that no other load names, as far as they were granted"
    )


def check_loads(settings: Settings, console: Console) -> bool:
    """Compares every file of every load with the digest noted when it was written; returns whether all are whole.

    Raises StamgastError: there is no such warehouse, or a `_load.json` is damaged.
    """
    _ask_for_warehouse(settings)
    found = damage(settings.places)
    for sentence in found:
        tell(console, escape(sentence), 2)
    if not found:
        loads = read_loads(settings.places)
        console.print(
            f"{counted(sum(len(load.digests) for load in loads), 'file')} of {counted(len(loads), 'load')}: all as they were written"
        )
    return not found


def acknowledge_load(settings: Settings, number: int, console: Console) -> None:
    """Marks the unreadable refusals of a load as seen and says which.

    Raises StamgastError: there is no such warehouse or load, or nothing to acknowledge.
    """
    _ask_for_warehouse(settings)
    with locked(settings.places):
        load = acknowledge(settings.places, number)
    console.print(
        f"acknowledged: {counted(load.refusals_unreadable, 'refusal')} in {escape(load.file)} of {load.feed} that can be read as "
        "nobody's; exports no longer wait for this"
    )


def retry_feed(settings: Settings, feed: str, console: Console) -> None:
    """Retries and says how many rows came out.

    Raises StamgastError: there is no such warehouse, or no such feed.
    """
    _ask_for_warehouse(settings)
    contract = _contract(settings, feed)
    with locked(settings.places):
        landed = retry_quarantine(contract, settings, arrival_check(settings), HOLDING_BACK)
    rows = sum(load.rows_accepted for load in landed)
    console.print(f"{counted(rows, 'row')} of {feed} came out of quarantine for the next run to read")
