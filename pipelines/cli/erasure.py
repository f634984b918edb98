"""What `stamgast privacy erase` and `verify` do: plan, carry out, publish without the people, prove."""

import os
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

import duckdb
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from pipelines.cli.wording import counted, people
from pipelines.contracts import Contract, read_contracts
from pipelines.errors import StamgastError
from pipelines.landing.loads import newest_day, read_loads
from pipelines.privacy.erasing import forget_derived, rewrite_decisions, rewrite_landed
from pipelines.privacy.people import Found, find_people, write_owners
from pipelines.privacy.planning import Erasure, open_erasures, plan_erasure, write_plan
from pipelines.privacy.receipts import Receipt, finish_erasures, read_receipt
from pipelines.privacy.requests import Request
from pipelines.privacy.verifying import verify_receipt
from pipelines.publishing.versions import current_version
from pipelines.settings import Settings
from pipelines.warehouse.database import connect
from pipelines.warehouse.erasure_secret import erasure_secret, erasures_folder, use_erasure_secret
from pipelines.warehouse.locking import locked

DONE, SOME_LEFT = 0, 1
_SHOWN_ROWS = 8


def erase_people(settings: Settings, requests: Sequence[Request], *, is_dry: bool, console: Console) -> int:
    """Erases whom the requests mean, after finishing what an earlier call left undone; gives the exit code.

    Raises StamgastError: nothing is published, `as_of` is in the past, the run without the people is blocked.
    """
    places = settings.places
    contracts = read_contracts(settings.sources)
    _refuse_the_past(settings)
    unsettled: list[Found] = []
    with locked(places):
        if is_dry:
            with connect(places) as connection:
                return _tell_dry(connection, settings, contracts, requests, console)
        secret = erasure_secret(places)
        if unfinished := open_erasures(places):
            console.print(
                f"Finishing {counted(len(unfinished), 'erasure')} that an earlier call left undone."
            )
        elif not requests:
            raise StamgastError("names nobody, and no erasure is left undone; give an identifier or --file")
        _carry_out(settings, secret)
        if requests:
            with connect(places) as connection:
                use_erasure_secret(connection, secret)
                owners, unsettled = _resolve(connection, settings, requests, console)
                if owners:
                    erasure = plan_erasure(
                        connection, places, contracts, settings.sources, owners, settings.as_of
                    )
                    write_plan(connection, places, erasure)
                    _tell_plan(erasure, console)
            _carry_out(settings, secret)
        if not open_erasures(places):
            console.print("Nothing was erased.")
            return SOME_LEFT if unsettled else DONE
        forget_derived(places)
        _publish(settings, console)
        for receipt in finish_erasures(places, secret):
            _tell_receipt(receipt, settings, console)
    return SOME_LEFT if unsettled else DONE


def _refuse_the_past(settings: Settings) -> None:
    places = settings.places
    version, newest = current_version(places), newest_day(read_loads(places))
    latest = max(newest, version.as_of) if version else newest
    if settings.as_of < latest:
        raise StamgastError(
            f"as_of {settings.as_of} lies before {latest}, of which the warehouse knows already; erase as of that day or later"
        )


def _carry_out(settings: Settings, secret: bytes) -> None:
    rewrite_landed(settings.places, secret)
    rewrite_decisions(settings.places, secret, settings.sources)


def _resolve(
    connection: duckdb.DuckDBPyConnection, settings: Settings, requests: Sequence[Request], console: Console
) -> tuple[list[int], list[Found]]:
    """The owners to erase, and the requests that fit nobody or several people."""
    write_owners(connection, settings.places)
    found = find_people(connection, settings.places, requests)
    unsettled = [one for one in found if len(one.owners) != 1]
    for one in unsettled:
        if one.owners:
            console.print(f"[yellow]refused[/] {escape(one.request.where)}: {several_sentence(one)}")
        else:
            console.print(
                f"[yellow]nobody[/] {escape(one.request.where)}: fits nobody; nothing is held under it"
            )
    return sorted({one.owners[0] for one in found if len(one.owners) == 1}), unsettled


def several_sentence(found: Found) -> str:
    """Why a request that fits several people is refused, and what to add."""
    missing = [
        kind for kind in ("name", "birth_date", "postcode", "email") if kind not in found.request.given
    ]
    return (
        f"fits {people(len(found.owners))}, and nobody may get a relative's file; "
        f"add {missing[0].replace('_', ' ') if missing else 'the number of the person'}"
    )


def _tell_dry(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    contracts: Sequence[Contract],
    requests: Sequence[Request],
    console: Console,
) -> int:
    # Digests are counted only, so any key will do.
    use_erasure_secret(connection, b"dry run")
    owners, unsettled = _resolve(connection, settings, requests, console)
    if owners:
        _tell_plan(
            plan_erasure(connection, settings.places, contracts, settings.sources, owners, settings.as_of),
            console,
        )
    console.print("Nothing was changed." + (" Without --dry-run it is done." if owners else ""))
    return SOME_LEFT if unsettled else DONE


def _tell_plan(erasure: Erasure, console: Console) -> None:
    table = Table("what", Column("count", justify="right"), "what becomes of it", box=SIMPLE_HEAD)
    table.add_row("people", f"{erasure.people:,}", "go, with every number they ever had")
    table.add_row("records", f"{erasure.profiles - erasure.reduced:,}", "are taken out of the profile files")
    table.add_row(
        "records of refusals",
        f"{erasure.reduced:,}",
        "keep only the contact point that others share",
    )
    table.add_row(
        "refusals",
        f"{erasure.refusals:,}",
        "go on counting, by digests of their contact points and for whoever shares them",
    )
    table.add_row("facts", f"{erasure.facts:,}", "stay without the person; their free text goes")
    table.add_row("other texts", f"{erasure.cells:,}", "name the people elsewhere: emptied")
    table.add_row("set aside", f"{erasure.set_aside:,}", "texts in quarantine: emptied, still counted")
    table.add_row(
        "exports", f"{len(erasure.exports):,}", "lose the numbers, keep their counts; have the files deleted"
    )
    console.print(table)
    if erasure.sharing:
        whose = "an e-mail address or telephone number with them and"
        console.print(
            f"{counted(erasure.sharing, f'other person shares {whose} stays', f'other people share {whose} stay')}; "
            "who is the same person under another number has to be asked for too."
        )


def _publish(settings: Settings, console: Console) -> None:
    from pipelines.orchestration.in_process import WITHOUT_LANDING, disk_watched, run_job

    console.print("Building and publishing a version without them ...")
    with disk_watched(settings.places), Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        outcome = run_job(settings, WITHOUT_LANDING, lambda _: None)
    if not outcome.succeeded:
        why = "; ".join((*outcome.errors, *outcome.blocked_by))
        raise StamgastError(
            f"the people are out of all that is landed, but no version could be published without them: {why}; "
            "mend it, then: stamgast privacy erase"
        )


def _tell_receipt(receipt: Receipt, settings: Settings, console: Console) -> None:
    path = erasures_folder(settings.places) / f"{receipt.erasure:05d}" / "receipt.json"
    console.print(
        f"Erased {people(receipt.people)} in {counted(receipt.profiles, 'record')}; version {receipt.version} is without them, older versions are gone."
    )
    there = [source for source in receipt.sources if source.is_there]
    if there:
        table = Table(
            Column("file that still names them", overflow="fold"),
            Column("rows", justify="right"),
            Column("row numbers", overflow="fold"),
            box=SIMPLE_HEAD,
        )
        for source in there:
            shown = ", ".join(map(str, source.rows[:_SHOWN_ROWS]))
            more = ", ..." if len(source.rows) > _SHOWN_ROWS else ""
            table.add_row(escape(source.file), f"{len(source.rows):,}", shown + more)
        console.print(table)
        console.print(
            "These files lie outside the warehouse: have them deleted or corrected at their source; all row numbers are in the "
            "receipt. Reading them again brings nobody back."
        )
    for export in receipt.exports:
        console.print(
            f"Export {export.number} of {export.as_of} ({escape(export.file)}) held {export.people:,} of them: tell whoever got it."
        )
    console.print(
        f"Receipt {receipt.erasure}: {escape(str(path))}; prove it with: stamgast privacy verify {receipt.erasure}"
    )


def verify_erasure(
    settings: Settings, given: str, requests: Sequence[Request], folders: Sequence[Path], console: Console
) -> int:
    """Searches for the people of a receipt and says where.

    Exit code 0: nowhere; 1: somewhere, the receipt was changed, or it knows none of the values of a request.
    """
    places = settings.places
    secret = erasure_secret(places)
    receipt, path = read_receipt(places, given)
    done = verify_receipt(places, receipt, secret, requests, folders)
    if not done.is_signed:
        console.print(
            f"[bold red]changed[/] {escape(str(path))}: its signature does not fit; it proves nothing"
        )
    for person, moment in done.returned.items():
        console.print(
            f"person {person} of the receipt came back by an act of their own on {moment:%Y-%m-%d}: not searched"
        )
    searched = done.searched
    for where in done.strangers:
        console.print(
            f"[yellow]unknown[/] {escape(where)}: none of its values is of receipt {receipt.erasure}, so this proves nothing of "
            "it; give the values that were erased, or the receipt that is about them"
        )
    table = Table(
        Column("file", overflow="fold"),
        Column("where", overflow="fold"),
        Column("people", justify="right"),
        Column("times", justify="right"),
        box=SIMPLE_HEAD,
    )
    for place in searched.found:
        table.add_row(escape(place.file), escape(place.part), f"{place.people:,}", f"{place.rows:,}")
    if searched.found:
        console.print(table)
    if any(place.file.startswith("truth/") for place in searched.found):
        console.print("truth/ is what the simulator knows of its people; nothing reads it: delete it.")
    console.print(
        f"Searched {counted(searched.files, 'file')} ({searched.bytes / 1e6:,.0f} MB): their bytes, and {searched.texts:,} distinct texts "
        f"in {searched.columns:,} columns of {searched.tables:,} tables, for {people(done.people)}."
    )
    if done.literals:
        console.print(
            f"The bytes were searched for {counted(done.literals, 'value')} as given, wherever they stand."
        )
    else:
        console.print(
            "The bytes were searched word by word; give the values once more (--file) to search them wherever they stand."
        )
    console.print(f"[bold]{counted(len(searched.found), 'place')} found.[/]")
    return DONE if done.is_signed and not searched.found and not done.strangers else SOME_LEFT
