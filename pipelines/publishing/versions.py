"""Publishes what was built: copy both databases, switch `current` by one rename; keeps five versions; rolls back."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import BaseModel, ConfigDict

from pipelines.contracts import Contract
from pipelines.errors import StamgastError
from pipelines.expectations.kept import table_rules_file
from pipelines.landing.loads import as_known_on, newest_day, read_loads, write_atomically
from pipelines.landing.refusals import half_landed
from pipelines.settings import DBT_PROJECT, EXPECTATIONS, PROJECT, Settings
from pipelines.warehouse.database import as_parquet, attach, connect, row_counts, text
from pipelines.warehouse.places import Places
from pipelines.warehouse.removing import remove

KEPT_VERSIONS = 5
DATA_DOCS = "data_docs"
DATABASES = ("analytics.duckdb", "customers.duckdb")
History = Literal["segment_history", "person_history"]
# Tables of the build that the next version continues, by their folder in the ledger.
_HISTORIES: dict[History, str] = {
    "segment_history": "marts.segment_history",
    "person_history": "identity.profile_person_history",
}
_CODE = {
    PROJECT / "pipelines": ("*.py", "*.sql", "*.yml", "*.json"),
    DBT_PROJECT: (
        "dbt_project.yml",
        "profiles.yml",
        "models/**/*",
        "macros/**/*",
        "seeds/**/*",
        "reference/*",
        "tests/**/*",
    ),
    EXPECTATIONS: ("*.yml",),
}


def version_name(as_of: date, number: int) -> str:
    """The name of the version with that number, also that of its folder."""
    return f"{as_of.isoformat()}-{number:05d}"


class Version(BaseModel):
    """One published version; the same text lies in its folder and in `ledger/versions`.

    `inputs`: digest of all that decides its content. `stale_feeds`: feeds that were held, refused or late. `last_load`: the
    highest number of a load that it knows, 0 when it knows none; None of versions published before it was kept.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    number: int
    as_of: date
    inputs: str
    stale_feeds: dict[str, str]
    status: Literal["published", "rolled_back"] = "published"
    last_load: int | None = None

    @property
    def name(self) -> str:
        """The name of its folder."""
        return version_name(self.as_of, self.number)


def inputs_digest(settings: Settings, contracts: Sequence[Contract]) -> str:
    """A digest that is equal only when a run could not publish anything new: loads, contracts, code, as_of."""
    parts = [settings.as_of.isoformat(), rules_digest(settings, contracts)]
    parts += [
        f"{load.load_number} {load.status} {load.refusals_taken_back}" for load in read_loads(settings.places)
    ]
    # What died half-way refuses already.
    parts += [str(folder.relative_to(settings.places.raw)) for folder in half_landed(settings.places)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def rules_digest(settings: Settings, contracts: Sequence[Contract]) -> str:
    """A digest of all but loads and as_of: contracts, code, overrides, policies, model, what was erased."""
    digest = hashlib.sha256()
    parts = [settings.base_currency]
    parts += [contract.model_dump_json() for contract in contracts]
    parts += [path.name for path in sorted(settings.places.shells.glob("[0-9]*.parquet"))]
    # What is erased is gone from the loads without a load being another.
    parts += [path.parent.name for path in sorted(settings.places.erasures.glob("*/plan.json"))]
    for part in parts:
        digest.update(part.encode() + b"\0")
    models = sorted(settings.places.models.glob("*.json"))[-1:]
    for path in (*_code_files(), *_rule_files(settings.sources), *models):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _code_files() -> Iterable[Path]:
    for folder, patterns in _CODE.items():
        for pattern in patterns:
            yield from sorted(
                path for path in folder.rglob(pattern) if path.is_file() and path.suffix != ".pyc"
            )
    yield PROJECT / "requirements.txt"


def _rule_files(sources: Path) -> list[Path]:
    return sorted(path for folder in ("overrides", "policies") for path in (sources / folder).glob("*.csv"))


def read_versions(places: Places) -> list[Version]:
    """Every version ever published, by number."""
    paths = sorted(places.versions.glob("*.json"))
    return [Version.model_validate_json(path.read_bytes()) for path in paths]


def current_version(places: Places) -> Version | None:
    """The version readers see now, or None when none is whole."""
    folder = places.current
    if not all((folder / database).exists() for database in DATABASES):
        return None
    return Version.model_validate_json((folder / "version.json").read_bytes())


@contextmanager
def opened(places: Places) -> Iterator[tuple[duckdb.DuckDBPyConnection, Version]]:
    """The version in force, to read: its databases attached as `analytics`, which names without a catalog mean, and `customers`.

    Raises StamgastError: nothing is published.
    """
    version = current_version(places)
    if version is None:
        raise StamgastError(f"{places.current}: nothing is published; run: stamgast run")
    with connect(places) as connection:
        for database in DATABASES:
            path = places.published / version.name / database
            attach(connection, places, path, read_only=True)
        connection.execute("use analytics")
        yield connection, version


def _standing_version(places: Places, as_of: date | None) -> Version | None:
    """The version whose history goes on: of those not rolled back the last for its day, none of them after `as_of`.

    One that a crash kept from being switched to does not count, unless all of `published` is lost.
    """
    current = current_version(places)
    standing = [
        version
        for version in read_versions(places)
        if version.status == "published"
        and (current is None or version.number <= current.number)
        and (as_of is None or version.as_of <= as_of)
    ]
    return max(standing, key=lambda version: (version.as_of, version.number), default=None)


def history_file(places: Places, history: History, as_of: date | None = None) -> Path | None:
    """Where a history of the last version in force lies in the ledger, or None before the first.

    With a day: of the last version for that day or an earlier one; None too when that history is no longer kept.
    """
    standing = _standing_version(places, as_of)
    path = places.history(history) / f"{standing.number:05d}.parquet" if standing else None
    return path if path and path.exists() else None


def next_number(places: Places) -> int:
    """The number that the next version to be published gets."""
    return max((version.number for version in read_versions(places)), default=0) + 1


def refuse_to_go_back(settings: Settings) -> None:
    """Keeps the past from replacing what is in force.

    Raises StamgastError: a version or a load is of a later day than `as_of`.
    """
    places, day = settings.places, settings.as_of
    version, newest = current_version(places), newest_day(read_loads(places))
    later = f"a load of {newest}" if day < newest else None
    if version is not None and day < version.as_of:
        later = f"version {version.name}"
    if later is not None:
        raise StamgastError(
            f"as_of {day} lies before {later}, and the past must not replace what is in force: build it beside with "
            f"stamgast run --as-of {day} --copy-of {places.root} --warehouse FOLDER, or insist with --force"
        )


def publish(settings: Settings, inputs: str, stale_feeds: dict[str, str], force: bool = False) -> Version:
    """Copies the built databases into a new version and makes it the current one.

    `force`: although it is of an earlier day than what is in force.

    A crash at any moment leaves the last version in force: the new one exists with the rename of its folder and is
    read with the rename of `current`.
    Raises StamgastError: the build is of other inputs or not audited; the past would replace what is in force; the
    disk is full.
    """
    places = settings.places
    _refuse_unaudited(places, inputs)
    if not force:
        refuse_to_go_back(settings)
    number = next_number(places)
    # No load has come since the build: its inputs are those of now.
    known = as_known_on(read_loads(places), settings.as_of)
    version = Version(
        number=number,
        as_of=settings.as_of,
        inputs=inputs,
        stale_feeds=stale_feeds,
        last_load=max((load.load_number for load in known), default=0),
    )
    places.published.mkdir(parents=True, exist_ok=True)
    _remove_drafts(places)
    draft = places.published / f".{version.name}"
    draft.mkdir()
    try:
        for database in DATABASES:
            with connect(places, places.build / database) as connection:
                connection.execute("force checkpoint")
            shutil.copyfile(places.build / database, draft / database)
        if (places.data_docs).exists():
            shutil.copytree(places.data_docs, draft / DATA_DOCS)
        _keep_histories(places, number)
    except OSError as error:
        _remove(draft)
        raise StamgastError(
            f"{places.published}: {os.strerror(error.errno or 0)}; nothing was published: make room and run again"
        ) from error
    (draft / "version.json").write_text(version.model_dump_json(indent=1) + "\n", encoding="utf-8")
    for path in draft.rglob("*"):
        # Who may see identifiers is in the group of the files.
        mode = 0o440 if path.name == "customers.duckdb" else 0o444
        path.chmod(0o555 if path.is_dir() else mode)
    draft.rename(places.published / version.name)
    (places.published / version.name).chmod(0o555)
    _record(places, version)
    _switch(places, version)
    _prune(places)
    return version


def empty_data_docs(places: Places) -> Path:
    """Where the pages about the build go, to be published with it; nothing is left of those before."""
    folder = places.data_docs
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


AUDITS = ("built", "invariants", "suites")


def stamp(places: Places, audit: str, inputs: str) -> None:
    """Notes that the build of these inputs was begun, or passed an audit."""
    (places.audits).mkdir(parents=True, exist_ok=True)
    write_atomically(places.audits / audit, inputs)


def forget_audits(places: Places, tables: Iterable[str], is_new: bool = False) -> None:
    """These tables (marts.customer_360, ...) are about to change: what they and the whole passed before counts no longer.

    `is_new`: nor does what the build is made of.
    """
    for audit in AUDITS if is_new else AUDITS[1:]:
        (places.audits / audit).unlink(missing_ok=True)
    for table in tables:
        table_rules_file(places, table).unlink(missing_ok=True)


def _refuse_unaudited(places: Places, inputs: str) -> None:
    for audit in AUDITS:
        path = places.audits / audit
        if not path.exists() or path.read_text("utf-8") != inputs:
            what = "was not made of what is landed now" if audit == "built" else f"has not passed its {audit}"
            raise StamgastError(
                f"the build {what}, so it is not published; run the whole of it: stamgast run"
            )


def _keep_histories(places: Places, number: int) -> None:
    for history, table in _HISTORIES.items():
        folder = places.history(history)
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{number:05d}.parquet"
        with connect(places, places.analytics, read_only=True) as connection:
            connection.execute(f"copy (from {table}) to {text(draft)} {as_parquet(places)}")
        draft.rename(folder / f"{number:05d}.parquet")


def _record(places: Places, version: Version) -> None:
    folder = places.versions
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / f"{version.number:05d}.json", version.model_dump_json(indent=1) + "\n")


def _switch(places: Places, version: Version) -> None:
    link = places.root / f".current-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("published") / version.name)
    link.replace(places.current)


def _versions_on_disk(places: Places) -> list[Version]:
    """The versions whose folders are there, by number."""
    return [version for version in read_versions(places) if (places.published / version.name).is_dir()]


def published_row_counts(places: Places) -> dict[tuple[str, str], list[int]]:
    """(schema, table) of the analytics file -> its rows in the versions that are kept and not rolled back, oldest first."""
    counts: dict[tuple[str, str], list[int]] = {}
    for version in _versions_on_disk(places):
        if version.status != "published":
            continue
        with connect(places, places.published / version.name / DATABASES[0], read_only=True) as connection:
            for (_, schema, table), rows in row_counts(connection).items():
                counts.setdefault((schema, table), []).append(rows)
    return counts


def _prune(places: Places) -> None:
    for version in _versions_on_disk(places)[:-KEPT_VERSIONS]:
        if version.name != places.current.readlink().name:
            _remove(places.published / version.name)
    # Each history holds those before it: only of versions that can be in force again is one still needed.
    needed = {f"{version.number:05d}" for version in _versions_on_disk(places)}
    for history in _HISTORIES:
        for path in (places.history(history)).glob("*.parquet"):
            if path.stem not in needed:
                path.unlink()


def forget_older_versions(places: Places) -> None:
    """Removes every version but the one in force, and the histories of them: they hold who was erased since."""
    for version in _versions_on_disk(places):
        if version.name != places.current.readlink().name:
            _remove(places.published / version.name)
    _prune(places)


def _remove_drafts(places: Places) -> None:
    """What a crash left: drafts, and a version that was never recorded, whose number the next one gets."""
    recorded = {version.name for version in read_versions(places)}
    for folder in places.published.iterdir():
        if folder.name not in recorded:
            _remove(folder)
    for link in places.root.glob(".current-*"):
        link.unlink()


def _remove(folder: Path) -> None:
    """By way of a draft's name: a crash meanwhile leaves no half version that could be rolled back to."""
    if not folder.name.startswith("."):
        folder = folder.rename(folder.with_name(f".{folder.name}"))
    remove(folder)


def roll_back(settings: Settings) -> tuple[Version, Version]:
    """Makes the version before the current one current again; gives (the one left, the one now in force).

    The version left is marked, so that a run with the same inputs does not publish it again.
    Raises StamgastError: nothing is published, or no earlier version is kept.
    """
    places = settings.places
    left = current_version(places)
    if left is None:
        raise StamgastError(f"{places.current}: nothing is published; run: stamgast run")
    earlier = [
        version
        for version in _versions_on_disk(places)
        if version.number < left.number and version.status == "published"
    ]
    if not earlier:
        raise StamgastError(f"{left.name} is the oldest version kept; there is none to go back to")
    _record(places, left.model_copy(update={"status": "rolled_back"}))
    _switch(places, earlier[-1])
    return left, earlier[-1]


def rolled_back_with(places: Places, inputs: str) -> Version | None:
    """The version made of the same inputs that was rolled back, if there is one."""
    versions = [
        version
        for version in read_versions(places)
        if version.status == "rolled_back" and version.inputs == inputs
    ]
    return versions[-1] if versions else None
