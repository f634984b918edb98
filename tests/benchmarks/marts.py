"""What it costs dbt to build staging, core and marts on a landed simulated company, by model."""

import argparse
import json
import multiprocessing
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.marts_methods.building import HALVES, Half, Node, build
from tests.benchmarks.marts_methods.landed import identify, land, rows_of

# What models of a million people (10 M sales lines, 25 M events) may cost on 2 cores.
MOST_SECONDS, MOST_GIB, AT_PEOPLE = 120, 8, 1_000_000
_SHOWN_FROM = 0.01  # of the CPU seconds of all models


def in_own_process(call: Callable[..., Any], *arguments: object) -> Any:
    """What `call` returns, run in a new process: its CPU seconds and its peak of memory are its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(call, *arguments).result()


def measure(folder: Path, people: int, seed: int) -> list[Half]:
    """Both halves, on a company made and landed where it is not there yet."""
    in_own_process(land, folder, people, seed)
    before = in_own_process(build, folder, "before")
    in_own_process(identify, folder)
    return [before, in_own_process(build, folder, "after")]


def print_nodes(console: Console, nodes: list[Node]) -> None:
    """The models that cost most, and the rest together."""
    whole = sum(node.cpu for node in nodes)
    table = Table("model", "CPU s", "share", "wall s", "GiB")
    for node in sorted(nodes, key=lambda node: -node.cpu):
        if node.cpu >= _SHOWN_FROM * whole:
            table.add_row(
                node.name,
                f"{node.cpu:.2f}",
                f"{node.cpu / whole:.1%}",
                f"{node.wall:.2f}",
                f"{node.gibibytes:.2f}",
            )
    rest = [node for node in nodes if node.cpu < _SHOWN_FROM * whole]
    table.add_row(f"{len(rest)} others", f"{sum(node.cpu for node in rest):.2f}", "", "", "")
    for column in table.columns[1:]:
        column.justify = "right"
    console.print(table)


def main() -> None:
    """Prints the cost of every model and in total; exit 1 when a million people cost more than they may."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.marts", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="a folder for the landed company, so that it is made once")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    asked = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120)
    with tempfile.TemporaryDirectory(prefix="stamgast_marts_") as scratch:
        folder = (asked.keep or Path(scratch)).resolve() / f"{asked.people}-{asked.seed}"
        halves = measure(folder, asked.people, asked.seed)
        console.print(", ".join(f"{count:,} {label}" for label, count in rows_of(folder).items()))
    nodes = [node for half in halves for node in half.nodes]
    models = [node for node in nodes if node.kind != "test"]
    print_nodes(console, models)
    tests = sum(node.cpu for node in nodes if node.kind == "test")
    own = sum(half.cpu for half in halves) - sum(node.cpu for node in nodes)
    built, gibibytes = sum(node.cpu for node in models) + own, max(half.gibibytes for half in halves)
    console.print(
        f"CPU s: {sum(node.cpu for node in models):.1f} models and {own:.1f} of dbt's own ({len(HALVES)} starts) are "
        f"{built:.1f}; {tests:.1f} for the tests beside them; peak {gibibytes:.2f} GiB"
    )
    if asked.json:
        asked.json.write_text(json.dumps([asdict(half) for half in halves], indent=1), encoding="utf-8")
    is_within = built <= MOST_SECONDS and gibibytes <= MOST_GIB
    sys.exit(1 if asked.people >= AT_PEOPLE and not is_within else 0)


if __name__ == "__main__":
    main()
