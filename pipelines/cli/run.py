"""What `stamgast run` does: look first, stop early when nothing is new, else run the job and sum it up."""

import itertools
import os
import re
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import NoReturn

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from pipelines.cli.wording import counted
from pipelines.contracts import Contract, read_contracts
from pipelines.contracts.wordings import wordings_without_text
from pipelines.dbt.variables import feeds_without_contract, read_vars
from pipelines.errors import StamgastError
from pipelines.landing.deliveries import Outlook, look, said_of_late
from pipelines.landing.feeds import read_troubles, refuse_without_contract
from pipelines.landing.loads import newest_day, next_profile_id, read_loads, read_refusals
from pipelines.landing.refusals_reported import said_of_loads, said_of_refusals, said_of_unreadable
from pipelines.publishing.versions import (
    Version,
    current_version,
    inputs_digest,
    opened,
    refuse_to_go_back,
    rolled_back_with,
)
from pipelines.settings import PROJECT, Settings, read_settings
from pipelines.warehouse.database import connect
from pipelines.warehouse.keys import claim, encryption
from pipelines.warehouse.locking import locked
from pipelines.warehouse.places import Places

PUBLISHED, BLOCKED, STALE = 0, 1, 3
# Files named of those that repeat another.
_REPEATS = 3


def run_pipeline(
    settings: Settings, select: str | None, force: bool, console: Console, lands: bool = True
) -> int:
    """Runs the pipeline and gives the exit code. Without `lands` it takes what is landed as it is.

    Raises StamgastError: a contract, setting, override or variable of dbt_project.yml that cannot be used, no contracts
    at all, an `as_of` before what is in force without `force`, a key that is not the warehouse's.
    """
    began = time.monotonic()
    elsewhere = _elsewhere(settings)  # before the run puts its settings into the environment
    encryption(settings.places)
    contracts = read_contracts(settings.sources)
    if not contracts:
        raise StamgastError(f"{settings.sources}: there is no contract (*.yml); add one, see README.md")
    refuse_without_contract(settings.places, contracts)
    for feed in feeds_without_contract(read_vars().survivorship, [contract.feed for contract in contracts]):
        sentence = f"dbt_project.yml: survivorship names the feed {feed}, of which there is no contract; correct the name or take it out"
        _say(console, "yellow", "warning", sentence)
    loads = read_loads(settings.places)
    if (settings.sources / "overrides").exists():
        # With it comes Splink, a second.
        from pipelines.identity.decisions.overrides import check_overrides, count_waiting

        # Before the first load no record has a number.
        check_overrides(settings.sources, settings.as_of, next_profile_id(loads) - 1 if loads else None)
        if waiting := count_waiting(settings.sources, settings.as_of):
            console.print(f"{waiting} decisions are dated after {settings.as_of} and do not count yet.")
    outlooks = look(contracts, settings.sources, settings.places, settings.as_of)
    if lands:
        _say_repeats(outlooks, console)
        for sentence in itertools.chain.from_iterable(map(said_of_late, outlooks)):
            _say(console, "yellow", "warning", sentence)
    if select is None and not force and (version := _nothing_new(settings, contracts, outlooks)):
        seconds = time.monotonic() - began
        console.print(
            f"Nothing new since version {version.name}: no file, contract, rule, code or as_of has changed ({seconds:.1f} s)."
        )
        if version.status == "rolled_back":
            console.print(
                "That version was rolled back, and the one before stays in use; --force publishes it again."
            )
        return _say_stale(settings, version, elsewhere, console)
    if lands and not force:
        refuse_to_go_back(settings)
    from pipelines.orchestration.in_process import WITHOUT_LANDING, Step, disk_watched, full_disk, run_job

    def tell(step: Step) -> None:
        mark = "[green]✓[/]" if step.succeeded else "[red]✗[/]"
        # Dagster numbers the parts of what it runs before and after identity.
        name = re.sub(r"^(dbt_models|table_rules)_\d+$", r"\1", step.name).replace("__", "/")
        console.print(f"  {mark} {name} [dim]{step.seconds:.1f} s[/]")

    before = {load.load_number for load in loads}
    # To be refused is told sooner and shorter from here than by the job.
    with locked(settings.places):
        claim(settings.places)
        console.print(
            f"Running as of {settings.as_of} with {counted(len(contracts), 'feed')} of {escape(_short(settings.sources))} into {escape(_short(settings.warehouse))}"
        )
        if lands and settings.as_of < newest_day(loads):
            console.print(f"No file is landed, and what was landed after {settings.as_of} does not count.")
        # dbt's own lines, which Dagster keeps as well.
        with disk_watched(settings.places), Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            outcome = run_job(
                settings, select or (None if lands else WITHOUT_LANDING), tell, force or not lands
            )
    _summary(settings, contracts, before, console)
    landed = [load for load in read_loads(settings.places) if load.load_number not in before]
    for sentence in (
        *said_of_loads(landed),
        *said_of_unreadable(landed),
        *said_of_refusals(settings.places),
        *wordings_without_text(settings),
    ):
        _say(console, "yellow", "warning", sentence)
    stale = read_troubles(settings.places, contracts)
    said_below = [f"raw/{one.kind}/{one.feed}, " for one in contracts if one.feed in stale]
    for sentence in outcome.warnings:
        if outcome.succeeded and select is None and sentence.startswith(tuple(said_below)):
            continue
        _say(console, "yellow", "warning", sentence)
    if not outcome.succeeded:
        for sentence in (*outcome.errors, *outcome.blocked_by):
            _say(console, "bold red", "blocked", sentence)
        if hint := full_disk(settings.places):
            _say(console, "bold red", "blocked", hint)
        last = current_version(settings.places)
        console.print(
            f"Nothing was published; {f'version {last.name} stays in use' if last else 'there is no earlier version'}."
        )
        return BLOCKED
    seconds = time.monotonic() - began
    if select is not None:
        console.print(f"Done in {seconds:.0f} s.")
        return PUBLISHED
    version = current_version(settings.places)
    if version is None:
        raise StamgastError(
            f"{settings.places.current}: is not there after publishing; look at the run in the Dagster UI"
        )
    _say_where(settings, version, seconds, elsewhere, console)
    return _say_stale(settings, version, elsewhere, console)


def _say(console: Console, style: str, word: str, sentence: str) -> None:
    """A sentence behind a coloured word; its brackets are text, not markup."""
    console.print(f"[{style}]{word}[/] {escape(sentence)}")


def _say_repeats(outlooks: Sequence[Outlook], console: Console) -> None:
    """Why nothing comes of some files."""
    repeats = [repeat for outlook in outlooks for repeat in outlook.repeats]
    for name, first in repeats[:_REPEATS]:
        console.print(
            f"{escape(name)} holds byte for byte the same as {escape(first)}: passed over.", soft_wrap=True
        )
    if (more := len(repeats) - _REPEATS) > 0:
        console.print(f"{counted(more, 'more file')} passed over for the same reason.")


def _nothing_new(
    settings: Settings, contracts: list[Contract], outlooks: Sequence[Outlook]
) -> Version | None:
    """The version that is already made of these very inputs, or None when there is something to do."""
    if any(outlook.new for outlook in outlooks):
        return None
    inputs = inputs_digest(settings, contracts)
    version = current_version(settings.places)
    if version is not None and version.inputs == inputs:
        return version
    return rolled_back_with(settings.places, inputs) if version is not None else None


def _say_stale(settings: Settings, version: Version, elsewhere: str, console: Console) -> int:
    if not version.stale_feeds:
        return PUBLISHED
    for feed, sentence in version.stale_feeds.items():
        _say(console, "yellow", "stale", f"{feed}: {sentence}")
    console.print(f"Stale: {', '.join(version.stale_feeds)}; their last good data, if any, stay in use.")
    if elsewhere:
        console.print(f"Commands named here want{elsewhere}.")
    _say_what_is_stale(settings, console)
    return STALE


def _say_what_is_stale(settings: Settings, console: Console) -> None:
    """The tables that stand on what is stale; those about people stand on all feeds of people by way of who is who."""
    with opened(settings.places) as (connection, _):
        tables = connection.execute(
            "select table_name from marts.freshness where is_stale and table_name <> 'identity' order by table_name"
        ).fetchall()
    console.print(
        f"Made of it: {', '.join(table for (table,) in tables) or 'no table'}; see marts.freshness."
    )


def _short(path: Path) -> str:
    path = path.absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _summary(settings: Settings, contracts: list[Contract], before: set[int], console: Console) -> None:
    landed = [load for load in read_loads(settings.places) if load.load_number not in before]
    refused = read_refusals(settings.places)
    table = Table(
        Column("feed", no_wrap=True),
        "files landed",
        "rows accepted",
        "set aside",
        "held",
        "refused",
        box=SIMPLE_HEAD,
    )
    for contract in contracts:
        loads = [load for load in landed if load.feed == contract.feed]
        refusals = [refusal for refusal in refused if refusal.feed == contract.feed]
        if loads or refusals:
            table.add_row(
                contract.feed,
                str(len(loads)),
                f"{sum(load.rows_accepted for load in loads if load.status != 'held'):,}",
                f"{sum(load.rows_quarantined for load in loads):,}",
                str(sum(load.status == "held" for load in loads) or ""),
                str(len(refusals) or ""),
            )
    if table.row_count:
        console.print(table)
    else:
        console.print("No file was new.")
    for contract in contracts:
        accepted = [load for load in landed if load.feed == contract.feed and load.status == "accepted"]
        if ahead := sum(load.rows_ahead or 0 for load in accepted):
            console.print(
                f"{contract.feed}: {counted(ahead, 'row')} dated after {settings.as_of}, to be counted once the day has come."
            )


def _say_where(
    settings: Settings, version: Version, seconds: float, elsewhere: str, console: Console
) -> None:
    places, currency = settings.places, settings.base_currency
    with connect(places, places.current / "analytics.duckdb", read_only=True) as connection:
        people, customers, revenue = connection.execute(
            "select count(*), count(*) filter (order_count > 0), coalesce(sum(net_revenue), 0) from marts.customer_360"
        ).fetchall()[0]
    console.print(
        f"\nPublished version [bold]{version.name}[/] in {seconds:.0f} s: {counted(people, 'person', 'people')} with a net revenue of {revenue:,.2f} {currency}, {counted(customers, 'of them a customer', 'of them customers')}."
    )
    current = _short(places.root) + "/current"
    console.print(f"""
Where the results are
  {current}/analytics.duckdb   facts and marts without direct identifiers
  {current}/customers.duckdb   people, companies and households with their identifiers
What to look at next
  {_how_to_read(places, f"{current}/analytics.duckdb")}
  stamgast loads{elsewhere}   what was landed, held and quarantined
  stamgast ui{elsewhere}      the graph from feeds to published files (make ui)""")


def _elsewhere(settings: Settings) -> str:
    """The options that lead a command to this warehouse, where it is not the one in the settings."""
    usual = read_settings()
    given = {
        "--sources": (settings.sources, usual.sources),
        "--warehouse": (settings.warehouse, usual.warehouse),
    }
    return "".join(
        f" {option} {_short(path)}"
        for option, (path, other) in given.items()
        if path.resolve() != other.resolve()
    )


def _how_to_read(places: Places, path: str) -> str:
    python = _short(Path(sys.executable))
    if places.key_file is None:
        return f"""any SQL client, or: {python} -c "import duckdb; duckdb.connect('{path}', read_only=True).sql('from marts.customer_360 limit 10').show()\""""
    return f"""DuckDB, with the key that `stamgast privacy reader-key analytics` prints: attach '{path}' (read_only, encryption_key '...')"""


def serve_ui(settings: Settings, port: int, host: str, with_daemon: bool) -> NoReturn:
    """Becomes Dagster's webserver, with its daemon beside it or alone, until interrupted."""
    command = ["dagster", "dev"] if with_daemon else ["dagster_webserver"]
    _become(settings, [*command, "-m", "pipelines.definitions", "-h", host, "-p", str(port)])


def serve_daemon(settings: Settings) -> NoReturn:
    """Becomes Dagster's daemon: schedule, queue of runs, sensors; until interrupted."""
    _become(settings, ["dagster._daemon", "run", "-m", "pipelines.definitions"])


def _become(settings: Settings, module: list[str]) -> NoReturn:
    from pipelines.orchestration.in_process import environment, prepare_home

    prepare_home(settings.places)
    # as_of is left to each run: a day pinned when the process starts would grow old with it.
    told = {key: value for key, value in environment(settings).items() if key != "STAMGAST_AS_OF"}
    os.chdir(PROJECT)
    os.execve(sys.executable, [sys.executable, "-m", *module], os.environ | told)
