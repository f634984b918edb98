"""What `stamgast loads` shows and does."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from pipelines.arrival import arrival_check
from pipelines.cli.wording import counted
from pipelines.contracts import read_contracts
from pipelines.errors import StamgastError
from pipelines.landing.landing import retry_quarantine
from pipelines.landing.loads import drop, read_loads, read_refusals, release
from pipelines.locking import locked
from pipelines.settings import Settings

_COLOURS = {"accepted": "green", "held": "yellow", "dropped": "dim"}


def show_loads(settings: Settings, feed: str | None, console: Console) -> None:
    """One line per load, then the refused files.

    Raises StamgastError: there is no such warehouse.
    """
    _ask_for_warehouse(settings)
    table = Table(
        *(Column(heading, no_wrap=True) for heading in ("load", "feed", "rows", "set aside", "status")),
        # Last, so that a long one is the only thing that a narrow terminal breaks.
        Column("file", overflow="fold"),
        box=None,
        header_style="dim",
        pad_edge=False,
    )
    for load in read_loads(settings.places):
        if feed in (None, load.feed):
            table.add_row(
                str(load.load_number),
                load.feed,
                f"{load.rows_accepted:,}",
                f"{load.rows_quarantined:,}",
                f"[{_COLOURS[load.status]}]{load.status}[/]",
                escape(Path(load.file).name),
            )
    console.print(table)
    for load in read_loads(settings.places):
        if load.status == "held" and feed in (None, load.feed):
            console.print(f"load {load.load_number} is held: {escape('; '.join(load.rules_failed))}")
    for load in read_loads(settings.places):
        if load.values_dropped and feed in (None, load.feed):
            counts = ", ".join(f"{count:,} {reason}" for reason, count in load.values_dropped.items())
            console.print(f"load {load.load_number}: special categories of personal data dropped: {counts}")
        if load.texts_emptied and feed in (None, load.feed):
            emptied = counted(load.texts_emptied, "text that names", "texts that name")
            console.print(f"load {load.load_number}: {emptied} somebody erased emptied")
    for refusal in read_refusals(settings.places):
        if feed in (None, refusal.feed):
            console.print(f"{escape(refusal.file)} is refused: {escape(refusal.reason)}")


def _ask_for_warehouse(settings: Settings) -> None:
    if not settings.places.raw.is_dir():
        raise StamgastError(
            f"{settings.warehouse}: there is no such warehouse; run: stamgast run, or give another"
        )


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


def drop_load(settings: Settings, number: int, console: Console) -> None:
    """Drops and says what is gone.

    Raises StamgastError: there is no such warehouse, or no such load that is held.
    """
    _ask_for_warehouse(settings)
    with locked(settings.places):
        load = drop(settings.places, number)
    console.print(f"load {number} of {load.feed} is dropped, with {counted(load.rows_accepted, 'row')}")


def retry_feed(settings: Settings, feed: str, console: Console) -> None:
    """Retries and says how many rows came out.

    Raises StamgastError: there is no such warehouse, or no such feed.
    """
    _ask_for_warehouse(settings)
    contract = next(
        (contract for contract in read_contracts(settings.sources) if contract.feed == feed), None
    )
    if contract is None:
        raise StamgastError(f"{settings.sources}: there is no feed {feed}; see: stamgast loads")
    with locked(settings.places):
        landed = retry_quarantine(contract, settings, arrival_check(settings))
    rows = sum(load.rows_accepted for load in landed)
    console.print(f"{counted(rows, 'row')} of {feed} came out of quarantine for the next run to read")
