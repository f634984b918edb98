"""The commands of `stamgast identity`: what a person should decide, and what a change would do."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines.cli.options import AsOf, Sources, Warehouse, console, given_settings, read_day, settings_around

identity_app = typer.Typer(
    help="Who is who: decide what is doubtful, try a change before it counts.", no_args_is_help=True
)
review_app = typer.Typer(
    help="List what a person should decide, look at an item, decide it.", invoke_without_command=True
)
identity_app.add_typer(review_app, name="review")

Item = Annotated[str, typer.Argument(help="The item, or any two profiles: 1042-2210.")]
Author = Annotated[str, typer.Option(help="Who decided.")]
Reason = Annotated[str, typer.Option(help="Why.")]
Expires = Annotated[
    date | None,
    typer.Option(
        parser=read_day, metavar="DATE", help="Last day on which it counts.", show_default="for ever"
    ),
]
KindOfItem = Annotated[
    Literal["pair", "cluster", "account"] | None,
    typer.Option(help="Only items of this kind.", show_default="all"),
]


@review_app.callback()
def review(
    context: typer.Context,
    sources: Sources = None,
    warehouse: Warehouse = None,
    as_of: AsOf = None,
    kind: KindOfItem = None,
    limit: Annotated[int, typer.Option(min=1, help="So many items.")] = 20,
) -> None:
    """List the items, first what contradicts, then what a decision changes most."""
    context.obj = (sources, warehouse, as_of)
    if context.invoked_subcommand is None:
        from pipelines.cli.review import show_queue

        show_queue(given_settings(*context.obj), kind, limit, console)


@review_app.command()
def show(
    context: typer.Context,
    item: Item,
    sources: Sources = None,
    warehouse: Warehouse = None,
    as_of: AsOf = None,
) -> None:
    """Show the records of the people whom an item is about."""
    from pipelines.cli.review import show_item

    show_item(settings_around(context, sources, warehouse, as_of), item, console)


@review_app.command()
def accept(
    context: typer.Context,
    item: Item,
    author: Author,
    reason: Reason,
    expires: Expires = None,
    sources: Sources = None,
    warehouse: Warehouse = None,
    as_of: AsOf = None,
) -> None:
    """Decide: the two records are one person. Adds a line to overrides/identity.csv."""
    from pipelines.cli.review import decide

    settings = settings_around(context, sources, warehouse, as_of)
    decide(settings, item, True, author, reason, expires, console)


@review_app.command()
def reject(
    context: typer.Context,
    item: Item,
    author: Author,
    reason: Reason,
    expires: Expires = None,
    sources: Sources = None,
    warehouse: Warehouse = None,
    as_of: AsOf = None,
) -> None:
    """Decide: the two records are two people. Adds a line to overrides/identity.csv."""
    from pipelines.cli.review import decide

    settings = settings_around(context, sources, warehouse, as_of)
    decide(settings, item, False, author, reason, expires, console)


@review_app.command("decide")
def decide_all(
    context: typer.Context,
    author: Annotated[str | None, typer.Option(help="Who decides.", show_default="asked")] = None,
    kind: KindOfItem = None,
    sources: Sources = None,
    warehouse: Warehouse = None,
    as_of: AsOf = None,
) -> None:
    """Go through the items one by one on this terminal."""
    from pipelines.cli.review import ask

    ask(settings_around(context, sources, warehouse, as_of), author, kind, console)


@identity_app.command()
def train(
    sources: Sources = None,
    warehouse: Warehouse = None,
    as_of: AsOf = None,
    description: Annotated[
        str, typer.Option(help="What the model was trained on, for who reads it later.")
    ] = "the profiles of the last build",
    chart: Annotated[
        Path | None, typer.Option(help="An HTML page for Splink's chart of what each level weighs.")
    ] = None,
) -> None:
    """Make the company's own model from the profiles of the last build; no labels are needed. The next run uses it."""
    from pipelines.cli.train import train_model

    train_model(given_settings(sources, warehouse, as_of), description, chart, console)


@identity_app.command()
def preview(
    sources: Sources = None,
    warehouse: Warehouse = None,
    rules: Annotated[
        Path | None, typer.Option(help="Other rules.", show_default="rules.yml as it is")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Another model.", show_default="the newest")] = None,
    overrides: Annotated[
        Path | None, typer.Option(help="Other decisions.", show_default="overrides/identity.csv as it is")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the segments.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="So many of each kind are listed.")] = 10,
) -> None:
    """Show what changed rules, another model or other decisions would do, on a copy of the last build."""
    from pipelines.cli.preview import show_preview

    show_preview(given_settings(sources, warehouse), rules, model, overrides, quick, limit, console)
