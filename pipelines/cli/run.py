"""What `stamgast run` prints, and the exit code; `ui` and `daemon` become Dagster's processes."""

import os
import re
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from pipelines.cli.counting import counted
from pipelines.landing.deliveries import FeedScan
from pipelines.orchestration.running import Headline, Plan, RunReport, execute, plan_run, stale_tables
from pipelines.publishing.versions import Version
from pipelines.settings import PROJECT, Settings, read_settings
from pipelines.warehouse.places import Places

if TYPE_CHECKING:
    from pipelines.orchestration.in_process import Step

PUBLISHED, BLOCKED, STALE = 0, 1, 3
# Files named of those that repeat another.
_REPEATS = 3


def run_pipeline(
    settings: Settings, select: str | None, force: bool, console: Console, lands: bool = True
) -> int:
    """Plans and executes a run, prints what it is told, and returns the exit code; errors as `plan_run` and `execute`."""
    began = time.monotonic()
    elsewhere = _elsewhere(settings)  # before the run puts its settings into the environment
    plan = plan_run(settings, select, force, lands)
    for sentence in plan.warnings:
        _say(console, "yellow", "warning", sentence)
    if plan.decisions_waiting:
        console.print(
            f"{plan.decisions_waiting} decisions are dated after {settings.as_of} and do not count yet."
        )
    if lands:
        _say_repeats(plan.scans, console)
    if plan.unchanged is not None:
        return _say_unchanged(settings, plan.unchanged, time.monotonic() - began, elsewhere, console)
    report = execute(
        plan, lambda: _say_begun(plan, console), step_ended=lambda step: _say_step(step, console)
    )
    _summary(plan, report, console)
    for sentence in report.warnings:
        _say(console, "yellow", "warning", sentence)
    if report.blocked_by:
        for sentence in report.blocked_by:
            _say(console, "bold red", "blocked", sentence)
        version = report.version
        stays = f"version {version.name} stays in use" if version else "there is no earlier version"
        console.print(f"Nothing was published; {stays}.")
        return BLOCKED
    seconds = time.monotonic() - began
    if report.headline is None or report.version is None:
        console.print(f"Done in {seconds:.0f} s.")
        return PUBLISHED
    _say_where(settings, report.version, report.headline, seconds, elsewhere, console)
    return _say_stale(settings, report.version, elsewhere, console)


def _say(console: Console, style: str, word: str, sentence: str) -> None:
    """A sentence behind a coloured word; its brackets are text, not markup."""
    console.print(f"[{style}]{word}[/] {escape(sentence)}")


def _say_begun(plan: Plan, console: Console) -> None:
    settings = plan.settings
    console.print(
        f"Running as of {settings.as_of} with {counted(len(plan.contracts), 'feed')} of {escape(_short(settings.sources))} into {escape(_short(settings.warehouse))}"
    )
    if plan.looks_back:
        console.print(f"No file is landed, and what was landed after {settings.as_of} does not count.")


def _say_step(step: "Step", console: Console) -> None:
    mark = "[green]✓[/]" if step.succeeded else "[red]✗[/]"
    # Dagster numbers the parts of what it runs before and after identity.
    name = re.sub(r"^(dbt_models|table_rules)_\d+$", r"\1", step.name).replace("__", "/")
    console.print(f"  {mark} {name} [dim]{step.seconds:.1f} s[/]")


def _say_unchanged(
    settings: Settings, version: Version, seconds: float, elsewhere: str, console: Console
) -> int:
    console.print(
        f"Nothing new since version {version.name}: no file, contract, rule, code or as_of has changed ({seconds:.1f} s)."
    )
    if version.status == "rolled_back":
        console.print(
            "That version was rolled back, and the one before stays in use; --force publishes it again."
        )
    return _say_stale(settings, version, elsewhere, console)


def _say_repeats(scans: Sequence[FeedScan], console: Console) -> None:
    """Why nothing comes of some files."""
    repeats = [repeat for scan in scans for repeat in scan.repeats]
    for name, first in repeats[:_REPEATS]:
        console.print(
            f"{escape(name)} holds byte for byte the same as {escape(first)}: passed over.", soft_wrap=True
        )
    if (more := len(repeats) - _REPEATS) > 0:
        console.print(f"{counted(more, 'more file')} passed over for the same reason.")


def _say_stale(settings: Settings, version: Version, elsewhere: str, console: Console) -> int:
    if not version.stale_feeds:
        return PUBLISHED
    for feed, sentence in version.stale_feeds.items():
        _say(console, "yellow", "stale", f"{feed}: {sentence}")
    console.print(f"Stale: {', '.join(version.stale_feeds)}; their last good data, if any, stay in use.")
    if elsewhere:
        console.print(f"Commands named here want{elsewhere}.")
    console.print(f"Made of it: {', '.join(stale_tables(settings)) or 'no table'}; see marts.freshness.")
    return STALE


def _short(path: Path) -> str:
    path = path.absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _summary(plan: Plan, report: RunReport, console: Console) -> None:
    table = Table(
        Column("feed", no_wrap=True),
        "files landed",
        "rows accepted",
        "quarantined",
        "held",
        "refused",
        box=SIMPLE_HEAD,
    )
    for contract in plan.contracts:
        loads = [load for load in report.landed if load.feed == contract.feed]
        refusals = [refusal for refusal in report.refused if refusal.feed == contract.feed]
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
    for contract in plan.contracts:
        accepted = [
            load for load in report.landed if load.feed == contract.feed and load.status == "accepted"
        ]
        if ahead := sum(load.rows_ahead for load in accepted):
            console.print(
                f"{contract.feed}: {counted(ahead, 'row')} dated after {plan.settings.as_of}, to be counted once the day has come."
            )


def _say_where(
    settings: Settings, version: Version, headline: Headline, seconds: float, elsewhere: str, console: Console
) -> None:
    places = settings.places
    console.print(
        f"\nPublished version [bold]{version.name}[/] in {seconds:.0f} s: {counted(headline.people, 'person', 'people')} with a net revenue of {headline.net_revenue:,.2f} {settings.base_currency}, {counted(headline.customers, 'of them a customer', 'of them customers')}."
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


_DEFINITIONS = ["-m", "pipelines.definitions"]
_WEBSERVER = [sys.executable, "-m", "pipelines.orchestration.webserver", *_DEFINITIONS]
_DAEMON = [str(Path(sysconfig.get_path("scripts")) / "dagster-daemon"), "run", *_DEFINITIONS]


def serve_ui(settings: Settings, port: int, host: str, names: Sequence[str], with_daemon: bool) -> NoReturn:
    """Runs Dagster's webserver, with its daemon beside it or alone, until interrupted; where one ends, both do.

    `names`: under which browsers reach it besides `host` and this machine.
    """
    from pipelines.orchestration.webserver import NAMES

    environment = _environment(settings) | {NAMES: ",".join([host, *names])}
    commands = [[*_WEBSERVER, "-h", host, "-p", str(port)], *([_DAEMON] if with_daemon else [])]
    running = [subprocess.Popen(command, cwd=PROJECT, env=environment) for command in commands]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while all(process.poll() is None for process in running):
            time.sleep(0.2)
    except KeyboardInterrupt:
        pass
    finally:
        for process in running:
            process.terminate()
        codes = [process.wait() for process in running]
    # Ended by a signal is as it should be.
    raise SystemExit(max([code for code in codes if code > 0], default=0))


def serve_daemon(settings: Settings) -> NoReturn:
    """Becomes Dagster's daemon: schedule, queue of runs, sensors; until interrupted."""
    os.chdir(PROJECT)
    os.execve(_DAEMON[0], _DAEMON, _environment(settings))


def _environment(settings: Settings) -> dict[str, str]:
    """That of a process of Dagster on this warehouse, whose folder is made."""
    from pipelines.orchestration.in_process import environment, prepare_home

    prepare_home(settings.places)
    # as_of is left to each run: a day pinned when the process starts would grow old with it.
    passed = {key: value for key, value in environment(settings).items() if key != "STAMGAST_AS_OF"}
    return os.environ | passed
