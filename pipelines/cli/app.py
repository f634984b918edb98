"""The commands and their options; an error of the user is one sentence and an exit code, never a traceback."""

import os
import signal
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from pipelines.cli.audience import audience_app
from pipelines.cli.identity import identity_app
from pipelines.cli.keys import reader_key, rotate_key
from pipelines.cli.options import AsOf, Sources, Warehouse, console, given_settings, settings_around
from pipelines.cli.person import person_app
from pipelines.cli.privacy import privacy_app
from pipelines.errors import StamgastError

_STOPPED = 130  # as shells say it of a process that was interrupted

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
loads_app = typer.Typer(
    help="Show, release or drop loads, retry quarantined rows, take back or acknowledge refusals.",
    invoke_without_command=True,
)
app.add_typer(loads_app, name="loads")
app.add_typer(identity_app, name="identity")
app.add_typer(person_app, name="person")
app.add_typer(audience_app, name="audience")
app.add_typer(privacy_app, name="privacy")
privacy_app.command("rotate-key")(rotate_key)
privacy_app.command("reader-key")(reader_key)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"stamgast {version('stamgast')}")
        raise typer.Exit


@app.callback()
def stamgast(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """From customer files to one provable record per person, company and household."""


@app.command()
def run(
    sources: Sources = None,
    warehouse: Warehouse = None,
    as_of: AsOf = None,
    select: Annotated[
        str | None, typer.Option(help="Only these assets, in Dagster's selection syntax.")
    ] = None,
    force: Annotated[
        bool, typer.Option(help="Run although nothing is new, or the past would replace what is in force.")
    ] = False,
    copy_of: Annotated[
        Path | None,
        typer.Option(help="Make the warehouse a copy of this one first, by links, and land nothing."),
    ] = None,
) -> None:
    """Land what is new, build, check, publish. Exit 0: published; 1: blocked; 3: published with a stale feed."""
    from pipelines.cli.run import run_pipeline

    # Told to stop before Dagster listens, it ends as it does later.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = given_settings(sources, warehouse, as_of)
    if copy_of is not None:
        from pipelines.publishing.copying import copy_warehouse

        copy_warehouse(given_settings(warehouse=copy_of).places, settings.places, settings.as_of)
    raise typer.Exit(run_pipeline(settings, select, force, console, lands=copy_of is None))


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(help="Folder that gets sources/ and truth/.")],
    people: Annotated[int, typer.Option(help="How many people the company knows, 200 or more.")] = 3000,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 7,
    truth: Annotated[
        Path | None, typer.Option(help="Another folder for the truth.", show_default="OUT/truth")
    ] = None,
    as_of: AsOf = None,
    days: Annotated[
        int,
        typer.Option(
            min=0,
            help="So many later days as further deliveries, in OUT/days; OUT/README.md says how to land them.",
        ),
    ] = 0,
    faults: Annotated[
        str,
        typer.Option(help="Faults to plant, separated by commas; `all` for every one, `list` to see them."),
    ] = "",
) -> None:
    """Write a simulated company: contracts and files, and apart from them who is who."""
    from pipelines.simulator import simulate as write_company
    from pipelines.simulator.faults import FAULTS

    if faults == "list":
        for fault in FAULTS.values():
            console.print(f"{fault.name}: {fault.feed}. {fault.description}")
        return
    day = given_settings(as_of=as_of).as_of
    asked = dict.fromkeys(fault.strip() for fault in faults.split(",") if fault.strip())
    planted = list(FAULTS) if "all" in asked else list(asked)
    company = write_company(people, seed, out, truth=truth, as_of=day, days=days, faults=planted)
    console.print(
        f"{company.people:,} people and {company.companies:,} companies as of {day}: {company.row_count:,} rows "
        f"in {sum(company.files.values())} files of {len(company.files)} feeds under {out / 'sources'}"
        + (f", later days under {out / 'days'}" if days else "")
    )


@app.command()
def rollback(warehouse: Warehouse = None) -> None:
    """Make the version before the current one current again."""
    from pipelines.publishing.publishing import roll_back
    from pipelines.warehouse.locking import locked

    settings = given_settings(warehouse=warehouse)
    with locked(settings.places):
        left, current = roll_back(settings)
    console.print(
        f"rolled back from {left.name} to {current.name}; a run with the same inputs will not publish {left.name} again"
    )


@app.command()
def ui(
    sources: Sources = None,
    warehouse: Warehouse = None,
    port: Annotated[int, typer.Option(help="Port.")] = 3000,
    host: Annotated[
        str, typer.Option(help="Address to listen on; the UI asks for no password, so keep it behind one.")
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None,
        typer.Option(help="Name under which browsers reach it, such as that of the proxy before it."),
    ] = None,
    with_daemon: Annotated[
        bool, typer.Option("--daemon/--no-daemon", help="Run the daemon beside it.")
    ] = True,
) -> None:
    """Open the Dagster UI on this warehouse, at http://HOST:PORT."""
    from pipelines.cli.run import serve_ui

    serve_ui(given_settings(sources, warehouse), port, host, name or [], with_daemon)


@app.command()
def daemon(sources: Sources = None, warehouse: Warehouse = None) -> None:
    """Run the schedule, the queue of runs and the alerts, without the UI."""
    from pipelines.cli.run import serve_daemon

    serve_daemon(given_settings(sources, warehouse))


@loads_app.callback()
def loads(
    context: typer.Context,
    sources: Sources = None,
    warehouse: Warehouse = None,
    feed: Annotated[str | None, typer.Option(help="Only this feed.")] = None,
) -> None:
    """List the loads."""
    context.obj = (sources, warehouse, None)
    if context.invoked_subcommand is None:
        from pipelines.cli.loads import show_loads

        show_loads(given_settings(sources, warehouse), feed, console)


Number = Annotated[int, typer.Argument(help="The number of the load.")]


@loads_app.command()
def release(
    context: typer.Context, number: Number, sources: Sources = None, warehouse: Warehouse = None
) -> None:
    """Believe a held load after all; the next run reads it."""
    from pipelines.cli.loads import release_load

    release_load(settings_around(context, sources, warehouse), number, console)


@loads_app.command()
def drop(
    context: typer.Context,
    number: Number,
    sources: Sources = None,
    warehouse: Warehouse = None,
    refusals: Annotated[
        bool,
        typer.Option("--refusals", help="Take back what the load refuses; without a reason only counted."),
    ] = False,
    although: Annotated[str | None, typer.Option(help="Why the refusals were a mistake.")] = None,
) -> None:
    """Take a load out for good, accepted ones too; what it refuses stays."""
    from pipelines.cli.loads import drop_load

    drop_load(settings_around(context, sources, warehouse), number, refusals, although, console)


@loads_app.command()
def check(context: typer.Context, sources: Sources = None, warehouse: Warehouse = None) -> None:
    """Verify every file of every load; exit 1 names what is damaged."""
    from pipelines.cli.loads import check_loads

    if not check_loads(settings_around(context, sources, warehouse), console):
        raise typer.Exit(1)


@loads_app.command()
def acknowledge(
    context: typer.Context, number: Number, sources: Sources = None, warehouse: Warehouse = None
) -> None:
    """Say that refusals which name nobody readable were seen; exports wait for it."""
    from pipelines.cli.loads import acknowledge_load

    acknowledge_load(settings_around(context, sources, warehouse), number, console)


@loads_app.command()
def retry(
    context: typer.Context,
    feed: Annotated[str, typer.Argument(help="The feed.")],
    sources: Sources = None,
    warehouse: Warehouse = None,
) -> None:
    """Read a feed's quarantined rows again with its contract as it is now."""
    from pipelines.cli.loads import retry_feed

    retry_feed(settings_around(context, sources, warehouse), feed, console)


def main() -> None:
    """The entry point: a StamgastError, a wrong option and a file that cannot be used become a sentence and an exit code."""
    try:
        code = app(standalone_mode=False, prog_name="stamgast") or 0
        if code == _STOPPED:  # what Typer makes of an interrupt
            raise typer.Abort
        sys.exit(code)
    except StamgastError as error:
        _leave(str(error), error.exit_code)
    except typer.TyperException as error:
        _leave(_usage(error), StamgastError.exit_code)
    except typer.Abort:
        _leave("stopped; nothing that was landed is lost: call it again", _STOPPED)
    except OSError as error:
        if error.filename is None:
            raise  # not about a file somebody named
        _leave(
            f"{error.filename}: {os.strerror(error.errno or 0)}; give another or mend it",
            StamgastError.exit_code,
        )


def _usage(error: typer.TyperException) -> str:
    """Where the command line is wrong, in one sentence: the place, what is wrong there, and where help is."""
    said = getattr(error, "format_message", error.__str__)().strip().rstrip(".")
    context = getattr(error, "ctx", None)
    if isinstance(error, typer.BadParameter) and error.param is not None and error.message:
        is_option = error.param.param_type_name == "option"
        place = error.param.opts[0] if is_option else error.param.metavar or error.param.name
        # Pydantic's words: "Input should be a valid integer, unable to parse ...", "Value error, 'x' is not one of ..."
        why = error.message.strip().rstrip(".").removeprefix("Input ").removeprefix("Value error, ")
        said = f"{place} {why.split(', unable to')[0]}"
    return f"{said}; see: {context.command_path if context else 'stamgast'} --help"


def _leave(sentence: str, exit_code: int) -> NoReturn:
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"[bold red]stamgast:[/] {escape(sentence)}")
    sys.exit(exit_code)
