"""The demo company in small, run once for real through the command line; tests that change it work on a copy."""

import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from filelock import FileLock

from pipelines.simulator import simulate
from pipelines.warehouse.keys import read_key_file
from tests.forking import Fork, Forks
from tests.pipeline.canary import plant

AS_OF = "2026-06-30"
PEOPLE, SEED = 800, 11


@cache
def _forks() -> Forks:
    """One for all tests of a process; it ends with it, when its input does."""
    return Forks()


@dataclass
class Company:
    """A folder with sources, truth and warehouse, encrypted when there is a key file."""

    root: Path
    key_file: Path | None = None

    @property
    def sources(self) -> Path:
        return self.root / "sources"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse"

    @property
    def current(self) -> Path:
        return self.warehouse / "current"

    def stamgast(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        """The command line, as a user calls it, on this company; but for the start of the process."""
        with TemporaryDirectory() as folder:
            stdout, stderr = Path(folder) / "stdout", Path(folder) / "stderr"
            code = self.start(command, *options, stdout=stdout, stderr=stderr).wait()
            return subprocess.CompletedProcess(command, code, stdout.read_text(), stderr.read_text())

    def start(self, command: str, *options: str, stdout: Path, stderr: Path | None = None) -> Fork:
        """The same, under way."""
        told = [*command.split(), "--warehouse", str(self.warehouse), *options]
        return _forks().start(told, stdout, stderr, {"STAMGAST_KEY_FILE": str(self.key_file or "")})

    @property
    def run_options(self) -> tuple[str, ...]:
        return "--sources", str(self.sources), "--as-of", AS_OF

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.stamgast("run", *self.run_options, *options)

    def run_from_start(self) -> subprocess.CompletedProcess[str]:
        """A run in a process that was really started."""
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "pipelines.cli",
                "run",
                *self.run_options,
                "--warehouse",
                str(self.warehouse),
            ],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"COLUMNS": "200", "STAMGAST_KEY_FILE": ""},
        )

    def copy(self, to: Path) -> "Company":
        shutil.copytree(self.root, to, symlinks=True)
        return Company(to)

    def attached(self, database: str, alias: str) -> str:
        """SQL that attaches a published database to read, with the key its readers have."""
        key = ""
        if self.key_file is not None:
            key = f", encryption_key '{read_key_file(self.key_file).of(database).hex()}'"  # type: ignore[arg-type]
        return f"attach '{self.current / database}.duckdb' as {alias} (read_only{key})"

    def query(self, sql: str, database: str = "analytics") -> list[tuple]:
        with duckdb.connect() as connection:
            connection.execute(self.attached(database, database))
            connection.execute(f"use {database}")
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, subprocess.CompletedProcess[str]]:
    """A company of a few hundred people, the canary among them, landed and published once for all processes that run tests."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # each worker's folder is in that of the whole
    company, outcome = Company(shared / "demo" / "company"), shared / "demo" / "run.pickle"
    with FileLock(shared / "demo.lock"):
        if not outcome.exists():
            simulate(PEOPLE, SEED, company.root, as_of=date.fromisoformat(AS_OF))
            plant(company.sources)
            outcome.write_bytes(pickle.dumps(company.run_from_start()))
    return company, pickle.loads(outcome.read_bytes())


@pytest.fixture(scope="session")
def published(first_run: tuple[Company, subprocess.CompletedProcess[str]]) -> Company:
    """The company after its first run; not to be changed."""
    company, run = first_run
    assert run.returncode == 0, run.stdout + run.stderr
    return company


@pytest.fixture
def copy(published: Company, tmp_path: Path) -> Company:
    """A copy that a test may change."""
    return published.copy(tmp_path / "company")


def differing_marts(
    before: Company, after: Company, but_for: tuple[str, ...] = ("source_quality", "resolution")
) -> list[str]:
    """The tables of core, identity and marts whose rows differ; source_quality lists loads and resolution the work of the run, so they may."""
    differing = []
    for database in ("analytics", "customers"):
        with duckdb.connect() as connection:
            for alias, company in (("a", before), ("b", after)):
                connection.execute(company.attached(database, alias))
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'a' order by all"
            ).fetchall()
            assert tables
            for schema, table in tables:
                if table in but_for:
                    continue
                ((left, right),) = connection.execute(f"""
                    select (select count(*) from (from a.{schema}.{table} except all from b.{schema}.{table})),
                        (select count(*) from (from b.{schema}.{table} except all from a.{schema}.{table}))
                """).fetchall()
                if left or right:
                    differing.append(f"{database}.{schema}.{table}: {left} gone, {right} new")
    return differing
