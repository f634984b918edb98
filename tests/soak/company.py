"""A simulated company with a first published version and a day's new files waiting, and what an undisturbed run makes of them."""

import errno
import os
import shutil
import signal
import subprocess
import sys
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

    @property
    def sources(self) -> Path:
        """Its contracts and their files."""
        return self.root / "sources"

    def copy(self, to: Path) -> "Company":
        """The same company in another folder, which is emptied first; files that nobody writes to again are links."""
        self.empty(to)
        shutil.copytree(self.root, to, symlinks=True, copy_function=_link_or_copy, dirs_exist_ok=True)
        return Company(to)

    @staticmethod
    def empty(folder: Path) -> None:
        """Removes what is in the folder, published versions too; the folder stays, it may be a disk of its own."""
        folder.mkdir(exist_ok=True)
        for path in folder.glob("warehouse/published/*"):
            path.chmod(0o755)
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def run_arguments(self, as_of: date, *options: str) -> list[str]:
        """What `stamgast` has to be told to run this company."""
        places = ["--sources", str(self.sources), "--warehouse", str(self.warehouse)]
        return ["run", *places, "--as-of", as_of.isoformat(), *options]

    def start(self, as_of: date, log: Path, *options: str) -> subprocess.Popen[bytes]:
        """A run in a process group of its own, so that all of it can be killed."""
        with log.open("wb") as stream:
            return subprocess.Popen(
                [sys.executable, "-m", "pipelines.cli", *self.run_arguments(as_of, *options)],
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


def _link_or_copy(source: str, target: str) -> str:
    """A file of these folders is written once, then only replaced by a rename."""
    written_once = {"sources", "raw", "quarantine", "published"} & set(Path(source).parts)
    if written_once and not {"build", "dagster"} & set(Path(source).parts):
        try:
            os.link(source, target)
            return target
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
    return shutil.copy2(source, target)


def prepare(folder: Path, people: int, seed: int) -> Company:
    """Simulates, publishes the first day, and lays the second day's files out.

    Raises RuntimeError: the run does not publish, as where a company is too small for fresh feeds.
    """
    waiting = Company(folder / "waiting")
    simulate(people, seed, waiting.root, as_of=FIRST_DAY, days=1)
    _run(waiting, FIRST_DAY, folder / "first.log")
    shutil.copytree(waiting.root / "days" / SECOND_DAY.isoformat(), waiting.sources, dirs_exist_ok=True)
    return waiting


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
    """The last step a run said it had ended; a run that is only just forked has no log yet."""
    said = log.read_text("utf-8", errors="replace") if log.exists() else ""
    lines = [line for line in said.splitlines() if "✓" in line]
    return lines[-1].split("✓")[1].split()[0] if lines else "its start"
