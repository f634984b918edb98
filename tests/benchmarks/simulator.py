"""Measures the generation of simulated companies: rows, bytes, CPU seconds, wall time and peak memory by size."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

SIZES = [10_000, 100_000]
# What a company of a million people may cost; CPU seconds, as others may use the machine too.
MOST_SECONDS, MOST_GIB, AT_PEOPLE = 240, 8, 1_000_000


@dataclass(frozen=True)
class Measured:
    """One generation. Seconds; memory is the peak of the resident set in GiB."""

    people: int
    sales_lines: int
    events: int
    rows: int
    megabytes: float
    cpu: float
    wall: float
    gibibytes: float


def generate(people: int, seed: int, folder: Path) -> Measured:
    """Makes one company in a process of its own, so that its memory is its own."""
    command = [
        sys.executable,
        "-m",
        "pipelines.cli",
        "simulate",
        "--people",
        str(people),
        "--seed",
        str(seed),
    ]
    began = time.perf_counter()
    child = subprocess.Popen([*command, "--out", str(folder)], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(child.returncode)
    with duckdb.connect() as connection:
        # The truth has one row for each row of the files.
        sales, events, rows = connection.execute(f"""
            select
                count(*) filter (feed in ('shop_orders', 'till_sales', 'sweden_orders', 'china_orders')),
                count(*) filter (feed in ('newsletter_events', 'web_events')),
                count(*)
            from read_parquet('{folder}/truth/rows/*.parquet')
        """).fetchall()[0]
    size = sum(path.stat().st_size for path in (folder / "sources" / "files").rglob("*") if path.is_file())
    # Linux counts in KiB, macOS in bytes.
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Measured(
        people, sales, events, rows, size / 1e6, used.ru_utime + used.ru_stime, wall, peak / 1024**3
    )


def main() -> None:
    """Prints a line per size; exit 1 when the largest size asked for costs more than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, action="append", help="a size; may be given again")
    parser.add_argument("--million", action="store_true", help="also 1,000,000 people: minutes and gigabytes")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    sizes = (asked.people or SIZES) + ([1_000_000] if asked.million else [])
    table = Table(
        "people", "rows", "lines each", "events each", "MB", "CPU s", "wall s", "GiB"
    )  # fmt: skip
    is_within = True
    for people in sizes:
        with tempfile.TemporaryDirectory(prefix="stamgast_simulated_") as folder:
            found = generate(people, asked.seed, Path(folder))
        table.add_row(
            f"{people:,}", f"{found.rows:,}", f"{found.sales_lines / people:.1f}", f"{found.events / people:.1f}",
            f"{found.megabytes:,.0f}", f"{found.cpu:.1f}", f"{found.wall:.1f}", f"{found.gibibytes:.2f}",
        )  # fmt: skip
        if people == AT_PEOPLE:
            is_within = found.cpu <= MOST_SECONDS and found.gibibytes <= MOST_GIB
    for column in table.columns:
        column.justify, column.no_wrap = "right", True
    Console().print(table)
    sys.exit(0 if is_within else 1)


if __name__ == "__main__":
    main()
