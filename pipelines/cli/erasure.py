"""What `stamgast privacy erase` and `verify` print, and their exit codes."""

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from pipelines.cli.counting import counted, people
from pipelines.orchestration import erasing
from pipelines.orchestration.erasing import Planned
from pipelines.privacy.people import Found
from pipelines.privacy.planning import Erasure
from pipelines.privacy.receipts import Receipt, read_receipt
from pipelines.privacy.requests import Request
from pipelines.privacy.verifying import verify_receipt
from pipelines.settings import Settings
from pipelines.warehouse.erasure_secret import erasure_secret

DONE, SOME_LEFT = 0, 1
_SHOWN_ROWS = 8


def erase_people(
    settings: Settings,
    requests: Sequence[Request],
    *,
    is_dry: bool,
    console: Console,
    although: str | None = None,
) -> int:
    """Erases whom the requests mean, or says what would be; returns the exit code, errors as those of the service."""
    unsettled: list[Found] = []

    def tell(planned: Planned) -> None:
        if planned.unfinished:
            console.print(
                f"Finishing {counted(planned.unfinished, 'erasure')} that an earlier call left undone."
            )
        unsettled.extend(planned.unsettled)
        for one in unsettled:
            where = escape(one.request.where)
            if one.owners:
                console.print(f"[yellow]refused[/] {where}: {several_sentence(one)}")
            else:
                console.print(f"[yellow]nobody[/] {where}: fits nobody; nothing is held under it")
        if planned.erasure is not None:
            _tell_plan(planned.erasure, console)

    if is_dry:
        planned = erasing.plan_erasing(settings, requests, although)
        tell(planned)
        done = " Without --dry-run it is done." if planned.erasure else ""
        console.print(f"Nothing was changed.{done}")
    else:
        receipts = erasing.erase_people(
            settings,
            requests,
            planned=tell,
            publishing=lambda: console.print("Building and publishing a version without them ..."),
            although=although,
        )
        if not receipts:
            console.print("Nothing was erased.")
        for receipt in receipts:
            _tell_receipt(receipt, settings, console)
    return SOME_LEFT if unsettled else DONE


def several_sentence(found: Found) -> str:
    """Why a request that fits several people is refused, and what to add."""
    missing = [
        kind for kind in ("name", "birth_date", "postcode", "email") if kind not in found.request.given
    ]
    return (
        f"fits {people(len(found.owners))}, and nobody may get a relative's file; "
        f"add {missing[0].replace('_', ' ') if missing else 'the number of the person'}"
    )


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
    table.add_row("quarantined", f"{erasure.quarantined:,}", "texts in quarantine: emptied, still counted")
    table.add_row(
        "exports", f"{len(erasure.exports):,}", "lose the numbers, keep their counts; have the files deleted"
    )
    console.print(table)
    if erasure.namesakes:
        shown = ", ".join(map(str, erasure.namesakes[:_SHOWN_ROWS]))
        more = ", ..." if len(erasure.namesakes) > _SHOWN_ROWS else ""
        console.print(
            f"{counted(len(erasure.namesakes), 'namesake stays', 'namesakes stay')}: {shown}{more}; see who they are with: "
            "stamgast person show"
        )
    if erasure.sharing:
        whose = "an e-mail address or telephone number with them and"
        console.print(
            f"{counted(erasure.sharing, f'other person shares {whose} stays', f'other people share {whose} stay')}; "
            "who is the same person under another number has to be asked for too."
        )


def _tell_receipt(receipt: Receipt, settings: Settings, console: Console) -> None:
    path = settings.places.erasures / f"{receipt.erasure:05d}" / "receipt.json"
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
    for where in done.unknown:
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
    return DONE if done.is_signed and not searched.found and not done.unknown else SOME_LEFT
