"""The commands of `stamgast person`: one customer's card, and why records were joined or kept apart."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import Sources, Warehouse, console, given_settings, read_day

person_app = typer.Typer(
    help="One person: the card, and why records are theirs. Shows contact data, so it is for authorised staff.",
    no_args_is_help=True,
)

Identifier = Annotated[int, typer.Argument(metavar="ID", min=1, help="A person or profile id, old or new.")]


@person_app.command()
def show(
    identifier: Identifier,
    sources: Sources = None,
    warehouse: Warehouse = None,
    as_of: Annotated[
        date | None,
        typer.Option(
            parser=read_day,
            metavar="DATE",
            help="An earlier day: what the warehouse knew then, built beside it the first time.",
            show_default="the version in force",
        ),
    ] = None,
) -> None:
    """Show the card: who, since when, worth what, what lately."""
    from pipelines.cli.card import show_card

    show_card(given_settings(sources, warehouse), identifier, as_of, console)


@person_app.command()
def why(
    identifier: Identifier,
    field: Annotated[
        str,
        typer.Argument(metavar="FIELD", help="A field of the card: email, phone, address, name, city ..."),
    ],
    warehouse: Warehouse = None,
) -> None:
    """Say why a field of the golden record has its value, and which values lost."""
    from pipelines.cli.why import show_reasons

    show_reasons(given_settings(warehouse=warehouse), identifier, field, console)


@person_app.command()
def explain(
    identifier: Identifier,
    other: Annotated[
        int | None,
        typer.Argument(metavar="OTHER", min=1, help="A second id: only what lies between the two."),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the scores into a file too: .html, .svg or .png, no contact data."),
    ] = None,
    sources: Sources = None,
    warehouse: Warehouse = None,
) -> None:
    """Say why these records are one person and why others are not, and how to part or join them."""
    from pipelines.cli.explanation import show_explanation

    show_explanation(given_settings(sources, warehouse), identifier, other, plot, console)
