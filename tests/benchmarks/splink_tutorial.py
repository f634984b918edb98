"""How hard the simulated company is: Splink with the settings of its tutorials, against the truth about its profiles."""

import argparse
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from tests.benchmarks.identity_methods.methods import splink_named
from tests.benchmarks.identity_methods.table import print_lines
from tests.benchmarks.identity_sets.catalogue import prepared_set

# A company that an untuned tool resolves better than this is a toy.
HIGHEST_F1 = 0.85


def main() -> None:
    """Prints the figures at each threshold; exit 1 when the company is too easy."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.splink_tutorial", description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--keep", type=Path, help="a folder for the prepared company, so that it is made once"
    )
    asked = parser.parse_args()
    if find_spec("splink") is None:
        sys.exit("splink is not installed; run: make bench")
    console = Console(width=None if sys.stdout.isatty() else 140)
    with tempfile.TemporaryDirectory(prefix="stamgast_splink_") as scratch:
        name = f"sim-{asked.people}-seed{asked.seed}"
        lines = splink_named(prepared_set(name, (asked.keep or Path(scratch)).resolve()))
    print_lines(console, f"{asked.people:,} people", lines)
    best = max(line.named.pairs.f1 for line in lines)
    console.print(f"best {best:.3f} of the named profiles, at most {HIGHEST_F1} for a company that is no toy")
    sys.exit(0 if best <= HIGHEST_F1 else 1)


if __name__ == "__main__":
    main()
