"""How well and at what cost profiles become people, on data of which it is known who is who."""

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

from tests.benchmarks.identity_methods.goals import goals
from tests.benchmarks.identity_methods.methods import METHODS, Line
from tests.benchmarks.identity_methods.table import print_goals, print_lines
from tests.benchmarks.identity_sets.catalogue import OTHERS, is_known, prepared_set
from tests.benchmarks.identity_sets.withheld import WITHHELD


def in_own_process(call: Callable[..., Any], *arguments: object) -> Any:
    """What `call` returns, run in a new process: its CPU seconds and its peak of memory are its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(call, *arguments).result()


def prepare_set(name: str, keep: Path) -> None:
    """Makes the set where it is not there yet."""
    prepared_set(name, keep)


def measure(name: str, keep: Path, method: str) -> list[Line]:
    """The lines of one method on one set."""
    return METHODS[method](prepared_set(name, keep))


def usual_methods(name: str) -> list[str]:
    """All methods; only simulated companies have many profiles without a name."""
    return [method for method in METHODS if method != "splink-named" or name.startswith("sim-")]


def usual_sets(people: str, is_million: bool) -> list[str]:
    """The company of so many people (such as 100k), whole and with a group of fields withheld, and the sets of other origin."""
    million = ["sim-1m"] if is_million else []
    return [f"sim-{people}", *(f"sim-{people}-{group}" for group in WITHHELD), *OTHERS, *million]


def main() -> None:
    """Measures every method asked for on every set asked for; exit 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.identity", description=__doc__)
    parser.add_argument(
        "--set", action="append", dest="sets", metavar="NAME",
        help=f"{', '.join(OTHERS)}, or sim-10k, sim-1m, sim-10k-seed8, febrl3-no-birth-date and the like; "
        "may be given again; all of them when not given",
    )  # fmt: skip
    parser.add_argument("--people", default="100k", help="size of the simulated companies: 10k, 100k, ...")
    parser.add_argument("--million", action="store_true", help="also a company of a million: an hour, 10 GB")
    parser.add_argument(
        "--method", action="append", dest="methods", choices=list(METHODS),
        help="may be given again; all when not given",
    )  # fmt: skip
    parser.add_argument(
        "--keep", type=Path, help="a folder for the prepared sets, so that they are made once"
    )
    parser.add_argument("--prepare", action="store_true", help="prepare the sets only")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    asked = parser.parse_args()
    sets = asked.sets or usual_sets(asked.people, asked.million)
    if unknown := [name for name in sets if not is_known(name)]:
        parser.error(f"--set {unknown[0]}: there is no such set")
    console = Console(width=None if sys.stdout.isatty() else 140)
    results, reached = [], []
    with tempfile.TemporaryDirectory(prefix="stamgast_identity_") as scratch:
        keep = (asked.keep or Path(scratch)).resolve()
        for name in sets:
            in_own_process(prepare_set, name, keep)
            if asked.prepare:
                continue
            methods = asked.methods or usual_methods(name)
            lines = [line for method in methods for line in in_own_process(measure, name, keep, method)]
            print_lines(console, name, lines)
            results += [{"set": name} | asdict(line) for line in lines]
            reached += [(name, goal) for goal in goals(name, lines)]
    print_goals(console, reached)
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    sys.exit(0 if all(goal.is_met for _, goal in reached) else 1)


if __name__ == "__main__":
    main()
