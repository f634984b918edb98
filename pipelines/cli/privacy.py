"""The commands of `stamgast privacy`: what may be kept, what is held on somebody, and how they are erased."""

from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Column, Table

from pipelines.cli.counting import counted
from pipelines.cli.options import AsOf, Sources, Warehouse, console, given_settings
from pipelines.errors import StamgastError
from pipelines.privacy.requests import Request, checked, read_requests

privacy_app = typer.Typer(help="Duties towards the people behind the records.", no_args_is_help=True)


# What an answer tells of: its part, and the words for it.
_HELD = {
    "records": ("record",),
    "facts": ("fact",),
    "refusals": ("refusal",),
    "quarantined": ("quarantined text",),
    "values": ("value",),
    "permissions": ("permission",),
    "segments": ("segment",),
    "exports": ("export",),
}

Email = Annotated[str | None, typer.Option(help="E-mail address.")]
Phone = Annotated[str | None, typer.Option(help="Telephone number, as people write it.")]
CustomerNumber = Annotated[str | None, typer.Option(help="Customer number.")]
Record = Annotated[str | None, typer.Option(help="Record id of a source, alone or as feed:id.")]
Number = Annotated[str | None, typer.Option(help="Person or profile number.")]
Name = Annotated[str | None, typer.Option(help="Given and family name.")]
Postcode = Annotated[str | None, typer.Option(help="Postcode, with a name.")]
HouseNumber = Annotated[str | None, typer.Option(help="House number, with a name.")]
BirthDate = Annotated[str | None, typer.Option(help="Birth date as 1980-02-28, with a name.")]
Although = Annotated[
    str | None,
    typer.Option(
        help="Why records that contradict each other are one person, without a name; goes into the ledger."
    ),
]
Requests = Annotated[
    Path | None,
    typer.Option(
        help="CSV file of requests, one a line, with columns "
        "email, phone, customer_number, record, number, name, postcode, house_number, birth_date."
    ),
]


@privacy_app.command()
def access(
    out: Annotated[Path, typer.Option(help="Folder that gets the two files.")],
    email: Email = None,
    phone: Phone = None,
    customer_number: CustomerNumber = None,
    record: Record = None,
    number: Number = None,
    name: Name = None,
    postcode: Postcode = None,
    house_number: HouseNumber = None,
    birth_date: BirthDate = None,
    although: Although = None,
    sources: Sources = None,
    warehouse: Warehouse = None,
    as_of: AsOf = None,
) -> None:
    """Write all that is held on one person, as JSON and as a page to read, for nobody's eyes but yours (0600)."""
    from pipelines.contracts import read_contracts
    from pipelines.privacy.access import answer_access

    given = Request(
        "the request", email, phone, customer_number, record, number, name, postcode, house_number, birth_date
    )
    settings = given_settings(sources, warehouse, as_of)
    machine, page, answer = answer_access(
        settings, read_contracts(settings.sources), checked(given), out, although
    )
    console.print(
        f"Person {answer['person']}: {', '.join(counted(len(answer[part]), *words) for part, words in _HELD.items())}."
    )
    console.print(
        f"{escape(str(page))} to read, {escape(str(machine))} for machines; send them on a safe way and delete them."
    )


@privacy_app.command()
def erase(
    email: Email = None,
    phone: Phone = None,
    customer_number: CustomerNumber = None,
    record: Record = None,
    number: Number = None,
    name: Name = None,
    postcode: Postcode = None,
    house_number: HouseNumber = None,
    birth_date: BirthDate = None,
    file: Requests = None,
    although: Although = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    sources: Sources = None,
    warehouse: Warehouse = None,
    as_of: AsOf = None,
) -> None:
    """Erase people everywhere and keep them out. Without an identifier: finish what was interrupted.

    Exit 0: done; 1: a request fits several people, or nobody, and was left out; 2: nothing could be done, or not all.
    """
    from pipelines.cli.erasure import erase_people

    given = Request(
        "the request", email, phone, customer_number, record, number, name, postcode, house_number, birth_date
    )
    settings = given_settings(sources, warehouse, as_of)
    requests = _requests(given, file)
    raise typer.Exit(erase_people(settings, requests, is_dry=dry_run, console=console, although=although))


def _requests(given: Request, file: Path | None) -> list[Request]:
    requests = read_requests(file) if file is not None else []
    return [*requests, *([checked(given)] if given.given else [])]


@privacy_app.command()
def verify(
    receipt: Annotated[str, typer.Argument(help="Number of the erasure, or a receipt file.")],
    email: Email = None,
    phone: Phone = None,
    customer_number: CustomerNumber = None,
    name: Name = None,
    file: Requests = None,
    folder: Annotated[
        list[Path] | None, typer.Option(help="Search this folder as well, such as sources/ or a backup.")
    ] = None,
    sources: Sources = None,
    warehouse: Warehouse = None,
) -> None:
    """Search all that is kept for the people of a receipt. Exit 0: nowhere; 1: found, the receipt was changed, or it knows none of the values of a request.

    Identifiers given once more are also searched for as they are, wherever they stand in a file.
    """
    from pipelines.cli.erasure import verify_erasure

    given = Request("the request", email, phone, customer_number, name=name)
    settings = given_settings(sources, warehouse)
    requests = _requests(given, file)
    raise typer.Exit(verify_erasure(settings, receipt, requests, folder or [], console))


@privacy_app.command()
def retention(
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without it only say what is due.")] = False,
    sources: Sources = None,
    warehouse: Warehouse = None,
    as_of: AsOf = None,
) -> None:
    """Reduce profiles past their retention, or of an ended licence, to numbers without a value."""
    from pipelines.contracts import read_contracts
    from pipelines.privacy.retention import apply_retention

    settings = given_settings(sources, warehouse, as_of)
    found = apply_retention(settings, read_contracts(settings.sources), is_dry=not apply)
    table = Table(
        "feed",
        "rule",
        Column("profiles", justify="right"),
        Column("kept for a refusal", justify="right"),
        Column("quarantined loads", justify="right"),
        Column("refusals reduced", justify="right"),
        box=SIMPLE_HEAD,
    )
    for due in found.due:
        counts = (due.profiles, due.kept, due.quarantined_loads, due.refusals)
        table.add_row(due.feed, due.rule, *(f"{count:,}" for count in counts))
    if not found.due:
        console.print(f"Nothing is past its retention on {settings.as_of}.")
        return
    console.print(table)
    console.print(
        f"{counted(found.people, 'person is', 'people are')} touched; {found.people_left:,} of them stay, with their other records"
    )
    if found.files is None:
        console.print("Nothing was changed; --apply reduces these profiles to numbers without a value.")
    else:
        console.print(
            f"{counted(found.files, 'file')} of the raw layer rewritten. Run `stamgast run`: the next version is without these "
            "values; the versions before it hold them until they are pruned."
        )


@privacy_app.command()
def register(
    out: Annotated[
        Path | None, typer.Option(help="File to write, .md or .json; without it Markdown is printed.")
    ] = None,
    sources: Sources = None,
    warehouse: Warehouse = None,
    as_of: AsOf = None,
) -> None:
    """Write the record of processing activities (GDPR article 30) from contracts, policies and exports."""
    from pipelines.contracts import read_contracts
    from pipelines.privacy.register import as_json, as_markdown, processing_register

    settings = given_settings(sources, warehouse, as_of)
    if out is not None and out.suffix not in (".md", ".json"):
        raise StamgastError(f"{out}: the suffix says the format; write .md or .json")
    found = processing_register(settings, read_contracts(settings.sources))
    content = as_json(found) if out is not None and out.suffix == ".json" else as_markdown(found)
    if out is None:
        console.print(escape(content))
        return
    try:
        out.write_text(content, encoding="utf-8")
    except OSError as error:
        raise StamgastError(f"{out}: cannot be written; give a file in a folder that exists") from error
    console.print(f"{escape(str(out))}: {counted(len(found['activities']), 'activity', 'activities')}")


@privacy_app.command()
def minimise(
    days: Annotated[int, typer.Option(min=1, help="An export within so many days is a use.")] = 365,
    all_columns: Annotated[bool, typer.Option("--all", help="Those in use as well.")] = False,
    sources: Sources = None,
    warehouse: Warehouse = None,
    as_of: AsOf = None,
) -> None:
    """List personal columns that are stored and that no table, segment or export uses. Exit 1: there are some."""
    from pipelines.contracts import read_contracts
    from pipelines.privacy.minimising import personal_uses

    settings = given_settings(sources, warehouse, as_of)
    uses = personal_uses(settings, read_contracts(settings.sources), days)
    unused = [use for use in uses if not use.used_by]
    table = Table("feed", "column of the file", "stored as", "used by", box=SIMPLE_HEAD)
    for use in uses if all_columns else unused:
        shown = ", ".join(use.used_by[:3]) + (
            f" and {len(use.used_by) - 3} more" if len(use.used_by) > 3 else ""
        )
        table.add_row(use.feed, escape(use.source_column), use.column, shown or "nothing")
    if table.row_count:
        console.print(table)
    console.print(
        f"{len(unused)} of {len(uses)} personal columns are used by nothing; take them out of the contract, "
        "or say what they are for."
    )
    raise typer.Exit(1 if unused else 0)
