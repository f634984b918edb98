"""The commands of `stamgast privacy`: what may no longer be kept."""

from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Column, Table

from pipelines.cli.options import AsOf, Sources, Warehouse, console, given_settings

privacy_app = typer.Typer(help="Duties towards the people behind the records.", no_args_is_help=True)


@privacy_app.callback()
def privacy() -> None:
    """Keeps `retention` a command of its own."""


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
        box=SIMPLE_HEAD,
    )
    for due in found.due:
        table.add_row(due.feed, due.rule, f"{due.profiles:,}", f"{due.kept:,}", f"{due.quarantined_loads:,}")
    if not found.due:
        console.print(f"Nothing is past its retention on {settings.as_of}.")
        return
    console.print(table)
    console.print(
        f"{found.people:,} people are touched; {found.people_left:,} of them stay, with their other records"
    )
    if found.files is None:
        console.print("Nothing was changed; --apply reduces these profiles to numbers without a value.")
    else:
        console.print(
            f"{found.files:,} files of the raw layer were rewritten. Run `stamgast run`: the next version is without these "
            "values; the versions before it hold them until they are pruned."
        )
