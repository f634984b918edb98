"""Publishes what was built: copies both databases, switches `current` by one rename; keeps five versions; rolls back."""

import os
import shutil
from pathlib import Path

from pipelines.errors import StamgastError
from pipelines.landing.loads import as_known_on, newest_day, read_loads, write_atomically
from pipelines.publishing.audits import refuse_unaudited
from pipelines.publishing.versions import (
    DATABASES,
    HISTORIES,
    KEPT_VERSIONS,
    Version,
    current_version,
    next_number,
    read_versions,
    versions_on_disk,
)
from pipelines.settings import Settings
from pipelines.warehouse.database import as_parquet, connect, text
from pipelines.warehouse.files import remove
from pipelines.warehouse.places import Places


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
    refuse_unaudited(places, inputs)
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
            shutil.copytree(places.data_docs, draft / places.data_docs.name)
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


def _keep_histories(places: Places, number: int) -> None:
    for history, table in HISTORIES.items():
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


def _prune(places: Places) -> None:
    for version in versions_on_disk(places)[:-KEPT_VERSIONS]:
        if version.name != places.current.readlink().name:
            _remove(places.published / version.name)
    # Each history holds those before it: only of versions that can be in force again is one still needed.
    needed = {f"{version.number:05d}" for version in versions_on_disk(places)}
    for history in HISTORIES:
        for path in (places.history(history)).glob("*.parquet"):
            if path.stem not in needed:
                path.unlink()


def forget_older_versions(places: Places) -> None:
    """Removes every version but the one in force, and the histories of them: they hold who was erased since."""
    for version in versions_on_disk(places):
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
        for version in versions_on_disk(places)
        if version.number < left.number and version.status == "published"
    ]
    if not earlier:
        raise StamgastError(f"{left.name} is the oldest version kept; there is none to go back to")
    _record(places, left.model_copy(update={"status": "rolled_back"}))
    _switch(places, earlier[-1])
    return left, earlier[-1]
