"""What a run of the pipeline costs, step by step, beside the floor: a full load, the next day, nothing new, an empty company."""

import argparse
import json
import multiprocessing
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipelines.settings import Settings
from tests.benchmarks.pipeline_methods.company import (
    AS_OF,
    NEXT_DAY,
    company_of,
    deliver_next_day,
    people_of,
    sources_by_links,
    sources_of_nobody,
)
from tests.benchmarks.pipeline_methods.figures import Company, landing_table, steps_table, targets, total
from tests.benchmarks.pipeline_methods.floor import measure_floor
from tests.benchmarks.pipeline_methods.metered_run import Run, run_metered

PEOPLE = [10_000, 100_000]
_PUBLISHED = (0, 3)


def in_own_process(call: Callable[..., Any], *arguments: object) -> Any:
    """What `call` returns, run in a new process: its CPU seconds and its peak of memory are its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(call, *arguments).result()


def _run(console: Console, name: str, settings: Settings) -> Run:
    run: Run = in_own_process(run_metered, settings)
    if run.exit_code not in _PUBLISHED:
        console.print(run.said)
        sys.exit(f"{name}: the run ended with exit {run.exit_code}")
    all_of_it = total(name, run.readings)
    console.print(f"{name}: {all_of_it.cpu:.1f} CPU s, {all_of_it.wall:.1f} s, {run.rows:,} rows")
    return run


def measure(console: Console, folder: Path, scratch: Path, only_full_load: bool) -> Company:
    """The floor and the runs of one company."""
    people = people_of(folder)
    console.print(f"[bold]{people:,} people[/]")
    here = scratch / f"runs_{people}"
    (here / "floor").mkdir(parents=True)
    floor = in_own_process(measure_floor, folder / "sources", here / "floor")
    console.print(f"floor: {total('', floor).cpu:.1f} CPU s")
    sources = sources_by_links(folder, here / "sources")
    settings = Settings(sources=sources, warehouse=here / "warehouse", as_of=AS_OF)
    runs = {"full load": _run(console, "full load", settings)}
    if not only_full_load:
        runs["nothing new"] = _run(console, "nothing new", settings)
        deliver_next_day(folder, sources)
        tomorrow = settings.model_copy(update={"as_of": NEXT_DAY})
        runs["next day"] = _run(console, "next day", tomorrow)
        later = settings.model_copy(update={"as_of": NEXT_DAY + timedelta(days=1)})
        runs["nothing new, next as_of"] = _run(console, "nothing new, next as_of", later)
        nobody = settings.model_copy(
            update={
                "sources": sources_of_nobody(folder, here / "empty"),
                "warehouse": here / "empty_warehouse",
            }
        )
        runs["empty"] = _run(console, "empty", nobody)
    return Company(people, floor, runs)


def print_tables(console: Console, companies: list[Company]) -> bool:
    """Every table; whether each target is met."""
    for company in companies:
        console.print(landing_table(company))
        for name in company.runs:
            if name != "nothing new":
                console.print(steps_table(company, name))
    table = Table("target", "measured", "at most", "")
    found = targets(companies)
    for about, measured, most in found:
        table.add_row(about, f"{measured:.2f}", f"{most:g}", "" if measured <= most else "missed")
    console.print(table)
    return all(measured <= most for _, measured, most in found)


def main() -> None:
    """Prints the tables; exit 1 when a target is missed at 1,000,000 people."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.pipeline", description=__doc__)
    parser.add_argument("--people", type=int, action="append", help="a size; may be given again")
    parser.add_argument(
        "--company",
        type=Path,
        action="append",
        default=[],
        help="the folder of a simulated company with days",
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only-full-load", action="store_true", help="the floor and the full load, no more")
    parser.add_argument("--scratch", type=Path, help="where warehouses are made (default: the temp folder)")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    asked = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 140)
    sizes = asked.people or ([] if asked.company else PEOPLE)
    with tempfile.TemporaryDirectory(prefix="stamgast_bench_", dir=asked.scratch) as made:
        scratch = Path(made)
        given: list[tuple[Path | None, int]] = [(folder.resolve(), 0) for folder in asked.company]
        given += [(None, people) for people in sizes]
        companies = [
            measure(console, company_of(folder, people, asked.seed, scratch), scratch, asked.only_full_load)
            for folder, people in given
        ]
        # Published files are written to be read only.
        for path in scratch.rglob("published/*"):
            path.chmod(0o755)
    companies.sort(key=lambda company: company.people)
    are_met = print_tables(console, companies)
    if asked.json:
        asked.json.write_text(json.dumps([asdict(one) for one in companies], indent=1), encoding="utf-8")
    sys.exit(1 if companies[-1].people >= 1_000_000 and not are_met else 0)


if __name__ == "__main__":
    main()
