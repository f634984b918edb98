"""Tries changed rules, another model or other overrides on a copy of the last build, and says what they would change."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipelines.dbt.running import dbt_environment
from pipelines.dbt.variables import read_vars
from pipelines.errors import StamgastError
from pipelines.identity.decisions.overrides import overrides_file, read_overrides
from pipelines.identity.history.differences import (
    PEOPLE,
    SEGMENTS,
    Differences,
    SegmentChange,
    find_differences,
    find_segment_changes,
    keep,
)
from pipelines.identity.likelihood.model import IdentityModel, read_model
from pipelines.identity.resolving import resolve
from pipelines.identity.rules import Rules
from pipelines.publishing.versions import current_version
from pipelines.settings import DBT_PROJECT, Settings
from pipelines.warehouse.database import attach, connect
from pipelines.warehouse.locking import locked
from pipelines.warehouse.places import Places

_NEEDED = (
    "scratch.intermediate.int_profiles_seen",
    "scratch.intermediate.int_profiles_permitted",
    "analytics.core.fct_order_lines",
    *(f"analytics.{table}" for table in PEOPLE),
)


@dataclass(frozen=True)
class Preview:
    """What would change. `version` is the published one that was compared with, None when the last build is not published.

    `segments` is None when they were left out.
    """

    as_of: date
    version: str | None
    differences: Differences
    segments: list[SegmentChange] | None


def preview(
    settings: Settings,
    *,
    rules: Rules | None = None,
    model: IdentityModel | None = None,
    overrides: Path | None = None,
    with_segments: bool = True,
    largest: int = 10,
    tell: Callable[[str], None] = lambda _: None,
) -> Preview:
    """Resolves the profiles of the last build anew and compares; what is not given is as the next run would take it.

    Works on a copy in build/preview, which is removed afterwards: neither the build nor anything published changes,
    and the warehouse is locked only while the copy is made. The segments are built anew by dbt as of the day of the
    build, so what else changed since (thresholds, other models) shows in them too.
    Raises StamgastError: there is no whole build, a run or another preview is under way, rules, model or overrides
    that cannot be used.
    """
    if not all(path.exists() for path in _databases(settings.places)):
        raise StamgastError(
            f"{settings.places.build}: there is no whole build to compare with; run: stamgast run --force"
        )
    version = current_version(settings.places)
    if version is not None and not _is_built_from(settings.places, version.inputs):
        version = None
    as_of = version.as_of if version else settings.as_of
    beside = settings.model_copy(update={"warehouse": settings.places.preview, "as_of": as_of})
    needed = (*_NEEDED, f"analytics.{SEGMENTS}") if with_segments else _NEEDED
    with locked(beside.places), _copied(settings.places, beside.places, tell):
        with _opened(beside.places, needed) as connection:
            for table in (*PEOPLE, SEGMENTS) if with_segments else PEOPLE:
                keep(connection, table)
            tell("resolving who is who")
            resolve(
                connection,
                _tried(settings, overrides, beside) if overrides else overrides_file(settings.sources),
                rules,
                model=model or read_model(settings.places, as_of),
                as_of=as_of,
                state=beside.places.identity,
                places=beside.places,
                small_group_size=read_vars().small_group_size,
                progress=tell,
            )
            differences = find_differences(connection, largest)
        segments = None
        if with_segments:
            tell("building the segments")
            _build_segments(beside)
            with _opened(beside.places, needed) as connection:
                segments = find_segment_changes(connection)
    return Preview(as_of, version.name if version else None, differences, segments)


def _tried(settings: Settings, overrides: Path, beside: Settings) -> Path:
    """The given decisions about people, in a copy that stands beside the company's own about companies."""
    read_overrides(overrides, beside.as_of)
    people = overrides_file(beside.places.build)
    people.parent.mkdir()
    shutil.copyfile(overrides, people)
    companies = overrides_file(settings.sources, "company")
    if companies.exists():
        shutil.copyfile(companies, overrides_file(beside.places.build, "company"))
    return people


def _databases(places: Places) -> tuple[Path, Path, Path]:
    return places.analytics, places.customers, places.scratch


def _is_built_from(places: Places, inputs: str) -> bool:
    stamp = places.audits / "built"
    return stamp.exists() and stamp.read_text("utf-8") == inputs


@contextmanager
def _copied(build: Places, beside: Places, tell: Callable[[str], None]) -> Iterator[None]:
    """The databases of the build, copied, until the end; what a preview that died left behind goes first."""
    shutil.rmtree(beside.build, ignore_errors=True)
    try:
        with locked(build):
            tell("copying the last build")
            _copy(build, beside)
        yield
    finally:
        shutil.rmtree(beside.build, ignore_errors=True)


def _copy(build: Places, beside: Places) -> None:
    try:
        beside.build.mkdir(parents=True)
        # What identity knew saves the most of its work where only decisions differ.
        known = [build.identity] if build.identity.exists() else []
        for path in (*_databases(build), *known, *build.build.glob("*.parquet")):
            shutil.copyfile(path, beside.build / path.name)
    except OSError as error:
        raise StamgastError(
            f"{beside.build}: {os.strerror(error.errno or 0)}; make room and try again"
        ) from error


@contextmanager
def _opened(places: Places, needed: tuple[str, ...]) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(places, places.analytics) as connection:
        attach(connection, places, places.customers)
        attach(connection, places, places.scratch, read_only=True)
        tables = connection.execute(
            "select concat_ws('.', database_name, schema_name, table_name) from duckdb_tables()"
        ).fetchall()
        missing = sorted(set(needed) - {table for (table,) in tables})
        if missing:
            raise StamgastError(
                f"the last build has no {missing[0].split('.', 1)[1]} to compare with; run: stamgast run --force"
            )
        yield connection


def _build_segments(settings: Settings) -> None:
    """Builds what stands between identity and the segments.

    Raises StamgastError: dbt cannot; names the models, since its own words may quote data.
    """
    target = settings.places.dbt
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "run"]
    command += ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--select"]
    command += [f"+segment_members,source:{source}+" for source in ("identity", "customers_identity")]
    done = subprocess.run(
        command,
        # The log goes with the copy.
        env=os.environ | dbt_environment(settings) | {"DBT_LOG_PATH": str(target)},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        results = target / "run_results.json"
        ran = json.loads(results.read_text("utf-8"))["results"] if results.exists() else []
        failed = sorted(result["unique_id"].split(".")[2] for result in ran if result["status"] == "error")
        raise StamgastError(
            f"dbt stopped at {', '.join(failed) or 'its start'}, so the segments could not be built; "
            "leave them out (--quick), or mend what stops stamgast run --force as well"
        )
