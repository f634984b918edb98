"""The commands of `stamgast audience`: the people of a segment who may be contacted, as a file."""

from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Column, Table

from pipelines.cli.counting import counted
from pipelines.cli.options import AsOf, Sources, Warehouse, console, given_settings

audience_app = typer.Typer(
    help="Contact lists per segment, of whom the permission, the licence and the law allow.",
    no_args_is_help=True,
)


@audience_app.callback()
def audience() -> None:
    """Keeps `export` a command of its own."""


@audience_app.command()
def export(
    segment: Annotated[str, typer.Argument(help="A segment of marts.segment_members.")],
    channel: Annotated[str, typer.Option(help="email, sms, phone, post or ads (hashed).")],
    purpose: Annotated[str, typer.Option(help="What the contact is for, such as newsletter or offers.")],
    out: Annotated[
        Path | None, typer.Option(help="File to write, .csv or .parquet; without it people are only counted.")
    ] = None,
    author: Annotated[
        str | None, typer.Option(help="Who exports.", show_default="the user of this machine")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for the ledger.")] = None,
    although: Annotated[
        str | None,
        typer.Option(
            help="Why the list is written although refusals may be missing, as the warnings say; goes into the ledger."
        ),
    ] = None,
    sources: Sources = None,
    warehouse: Warehouse = None,
    as_of: AsOf = None,
) -> None:
    """Write the contact list of a segment and record it in ledger/exports."""
    from pipelines.campaigns.audience import STEPS, export_audience

    settings = given_settings(sources, warehouse, as_of)
    found = export_audience(
        settings, segment, channel, purpose, out, author=author, reason=reason, although=although
    )
    console.print(f"Version {found.version} of {found.version_day}, {_age(found.days_old)}.")
    if found.loads_since:
        console.print(
            f"The refusals of {counted(found.loads_since, 'load')} that it was not built of are applied as well."
        )
    for sentence in found.blockers:
        console.print(f"[yellow]warning[/] {escape(sentence)}")
    table = Table("step", "why", Column("people", justify="right"), box=SIMPLE_HEAD)
    table.add_row("members", f"of {escape(segment)} in version {found.version}", f"{found.members:,}")
    for step in STEPS:
        stops = [stop for stop in found.stops if stop.step == step]
        for stop in stops:
            table.add_row(step, stop.reason, f"-{stop.people:,}")
        if not stops:
            table.add_row(step, "", "0")
    table.add_row("audience", f"{escape(purpose)} by {channel}", f"{found.people:,}")
    console.print(table)
    for feed, people in found.licences.items():
        console.print(f"{people:,} of them reached on the licence of {feed}: one use of it")
    if out is None or found.number is None:
        console.print(
            "Counted only; --out FILE writes the list and records it"
            + (', in spite of the warnings with --although "reason".' if found.blockers else ".")
        )
    else:
        console.print(
            f"{escape(str(out))} holds {counted(found.people, 'person', 'people')}, readable by you alone; "
            f"export {found.number} of the ledger (ledger/exports) has its digest"
        )


def _age(days: int) -> str:
    if days == 0:
        return "the day of this export"
    return f"{counted(abs(days), 'day')} {'before' if days > 0 else 'after'} the day of this export"
