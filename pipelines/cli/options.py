"""The options that several commands take, and the terminal they print to."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from pipelines.errors import StamgastError
from pipelines.settings import Settings, read_settings

# This very stream, whatever a run redirects; lines are for the terminal to wrap, so that they can be copied.
console = Console(file=sys.stdout, soft_wrap=True, highlight=False)


def tell(console: Console, line: str, indent: int = 0) -> None:
    """Prints a line; a terminal breaks it between words and what follows begins at `indent`, a file gets it whole."""
    text = Text.from_markup(line, emoji=False)
    if console.is_terminal:
        start, rest = text.divide([indent])
        text = start + Text("\n" + " " * indent).join(rest.wrap(console, max(console.width - indent, 20)))
    console.print(text)


Sources = Annotated[
    Path | None, typer.Option(help="Folder of the contracts.", show_default="sources/ of the project")
]
Warehouse = Annotated[
    Path | None, typer.Option(help="Folder of all that comes out.", show_default="warehouse/ of the project")
]


def read_day(value: str | date) -> date:
    """A day of the command line.

    Raises StamgastError: it is none.
    """
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise StamgastError(f"{value} is no day; write it as 2026-06-30") from error


AsOf = Annotated[
    date | None,
    typer.Option(
        parser=read_day,
        metavar="DATE",
        help="The day the run speaks of.",
        show_default="today, or as set in STAMGAST_AS_OF",
    ),
]


def given_settings(
    sources: Path | None = None, warehouse: Path | None = None, as_of: date | None = None
) -> Settings:
    """The settings in force, the options of the command line first.

    Raises StamgastError: a setting that cannot be read.
    """
    return read_settings(sources=sources, warehouse=warehouse, as_of=as_of)


def settings_around(
    context: typer.Context,
    sources: Path | None = None,
    warehouse: Path | None = None,
    as_of: date | None = None,
) -> Settings:
    """The settings of a subcommand, whose options may stand before it (`context.obj`, in this order) or after it.

    Raises StamgastError: a setting that cannot be read.
    """
    sources_before, warehouse_before, as_of_before = context.obj
    return given_settings(sources or sources_before, warehouse or warehouse_before, as_of or as_of_before)
