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

from tests.benchmarks.identity_methods.methods import METHODS, Line
from tests.benchmarks.identity_methods.table import print_lines
from tests.benchmarks.identity_sets.catalogue import OTHERS, is_known, prepared_set

QUICK = ("sim-10k", "febrl1", "rldata")


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


def main() -> None:
    """Measures every method asked for on every set asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.identity", description=__doc__)
    parser.add_argument(
        "--set", action="append", dest="sets", metavar="NAME",
        help=f"{', '.join(OTHERS)}, or sim-10k, sim-1m, sim-10k-seed8, sim-10k-no-birth-date and the like; may be given again",
    )  # fmt: skip
    parser.add_argument(
        "--method",
        action="append",
        dest="methods",
        choices=list(METHODS),
        help="may be given again; all when not given",
    )
    parser.add_argument(
        "--keep", type=Path, help="a folder for the prepared sets, so that they are made once"
    )
    parser.add_argument("--prepare", action="store_true", help="prepare the sets only")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    asked = parser.parse_args()
    sets = asked.sets or list(QUICK)
    if unknown := [name for name in sets if not is_known(name)]:
        parser.error(f"--set {unknown[0]}: there is no such set")
    console = Console(width=None if sys.stdout.isatty() else 140)
    results = []
    with tempfile.TemporaryDirectory(prefix="stamgast_identity_") as scratch:
        keep = (asked.keep or Path(scratch)).resolve()
        for name in sets:
            in_own_process(prepare_set, name, keep)
            if asked.prepare:
                continue
            lines = [
                line
                for method in asked.methods or usual_methods(name)
                for line in in_own_process(measure, name, keep, method)
            ]
            print_lines(console, name, lines)
            results += [{"set": name} | asdict(line) for line in lines]
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
