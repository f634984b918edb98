"""A simulated company with a first published version and a day's new files waiting, and what an undisturbed run makes of them."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from pipelines.simulator import simulate

FIRST_DAY = date(2026, 6, 30)
SECOND_DAY = FIRST_DAY + timedelta(days=1)
PUBLISHED = (0, 3)  # published; published with a stale feed
# What readers ask: one figure of each file, so that halves of two versions would be seen.
ANSWER = """
    select
        (select any_value(number) from read_json('{folder}/version.json')),
        (select count(*) from analytics.marts.customer_360),
        (select sum(net_revenue) from analytics.marts.customer_360),
        (select count(*) from customers.marts.customer_360),
        (select count(*) from analytics.core.fct_order_lines)
"""
# `source_quality` lists loads as they came, `resolution` what the run itself had to do.
NOT_COMPARED = ("source_quality", "resolution")


@dataclass(frozen=True)
class Company:
    """A folder with `sources` and `warehouse`."""

    root: Path

    @property
    def warehouse(self) -> Path:
        """Its warehouse."""
        return self.root / "warehouse"

    @property
    def current(self) -> Path:
        """The version in force."""
        return self.warehouse / "current"

    def copy(self, to: Path) -> "Company":
        """The same company in another folder, which is emptied first."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.root, to, symlinks=True)
        return Company(to)

    def start(self, as_of: date, log: Path, *options: str) -> subprocess.Popen[bytes]:
        """A run in a process group of its own, so that all of it can be killed."""
        arguments = ["run", "--sources", str(self.root / "sources"), "--warehouse", str(self.warehouse)]
        with log.open("wb") as stream:
            return subprocess.Popen(
                [sys.executable, "-m", "pipelines.cli", *arguments, "--as-of", as_of.isoformat(), *options],
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, as_of: date, log: Path, *options: str) -> int:
        """Runs to the end; the exit code."""
        return self.start(as_of, log, *options).wait()

    def answer(self) -> tuple[object, ...] | None:
        """What a reader gets from the version in force; None when there is none."""
        if not self.current.exists():
            return None
        folder = self.current.resolve()
        with duckdb.connect() as connection:
            for database in ("analytics", "customers"):
                connection.execute(f"attach '{folder}/{database}.duckdb' as {database} (read_only)")
            (row,) = connection.execute(ANSWER.format(folder=folder)).fetchall()
            return row


@dataclass(frozen=True)
class Prepared:
    """The company with new files waiting; the company after an undisturbed run; what that run took, in seconds."""

    waiting: Company
    undisturbed: Company
    seconds: float


def prepare(folder: Path, people: int, seed: int) -> Prepared:
    """Simulates, publishes the first day, lays the second day's files out, and runs those undisturbed in a copy.

    Raises RuntimeError: an undisturbed run does not publish, as where a company is too small for fresh feeds.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    waiting = Company(folder / "waiting")
    simulate(people, seed, waiting.root, as_of=FIRST_DAY, days=1)
    _run(waiting, FIRST_DAY, folder / "first.log")
    shutil.copytree(
        waiting.root / "days" / SECOND_DAY.isoformat(), waiting.root / "sources", dirs_exist_ok=True
    )
    undisturbed = waiting.copy(folder / "undisturbed")
    began = time.monotonic()
    _run(undisturbed, SECOND_DAY, folder / "second.log")
    return Prepared(waiting, undisturbed, time.monotonic() - began)


def _run(company: Company, as_of: date, log: Path) -> None:
    if (code := company.run(as_of, log)) not in PUBLISHED:
        said = [line for line in log.read_text("utf-8").splitlines() if line.startswith("blocked")]
        raise RuntimeError(f"an undisturbed run ended with exit {code}: {'; '.join(said) or 'see its log'}")


def kill(process: subprocess.Popen[bytes]) -> bool:
    """SIGKILL to the whole group; False when it had ended by itself."""
    if process.poll() is not None:
        return False
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return True


def differences(expected: Company, found: Company) -> list[str]:
    """The published tables whose rows differ."""
    differing = []
    for database in ("analytics", "customers"):
        with duckdb.connect() as connection:
            for alias, company in (("expected", expected), ("found", found)):
                connection.execute(f"attach '{company.current}/{database}.duckdb' as {alias} (read_only)")
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'expected' order by all"
            ).fetchall()
            for schema, table in tables:
                if table in NOT_COMPARED:
                    continue
                ((left, right),) = connection.execute(f"""
                    select (select count(*) from (from expected.{schema}.{table} except all from found.{schema}.{table})),
                        (select count(*) from (from found.{schema}.{table} except all from expected.{schema}.{table}))
                """).fetchall()
                if left or right:
                    differing.append(f"{database}.{schema}.{table}: {left} rows gone, {right} new")
    return differing


def last_step(log: Path) -> str:
    """The last step a run said it had ended."""
    lines = [line for line in log.read_text("utf-8", errors="replace").splitlines() if "✓" in line]
    return lines[-1].split("✓")[1].split()[0] if lines else "its start"
