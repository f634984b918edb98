"""Published versions: which there are, which one readers see, and the histories that the next one continues."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import BaseModel, ConfigDict

from pipelines.errors import StamgastError
from pipelines.warehouse.database import attach, connect, row_counts
from pipelines.warehouse.places import Places

# So many are kept to roll back to.
KEPT_VERSIONS = 5
DATABASES = ("analytics.duckdb", "customers.duckdb")
History = Literal["segment_history", "person_history"]
# Tables of the build that the next version continues, by their folder in the ledger.
HISTORIES: dict[History, str] = {
    "segment_history": "marts.segment_history",
    "person_history": "identity.profile_person_history",
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


def versions_on_disk(places: Places) -> list[Version]:
    """The versions whose folders are there, by number."""
    return [version for version in read_versions(places) if (places.published / version.name).is_dir()]


def published_row_counts(places: Places) -> dict[tuple[str, str], list[int]]:
    """(schema, table) of the analytics file -> its rows in the versions that are kept and not rolled back, oldest first."""
    counts: dict[tuple[str, str], list[int]] = {}
    for version in versions_on_disk(places):
        if version.status != "published":
            continue
        with connect(places, places.published / version.name / DATABASES[0], read_only=True) as connection:
            for (_, schema, table), rows in row_counts(connection).items():
                counts.setdefault((schema, table), []).append(rows)
    return counts


def rolled_back_with(places: Places, inputs: str) -> Version | None:
    """The version made of the same inputs that was rolled back, if there is one."""
    versions = [
        version
        for version in read_versions(places)
        if version.status == "rolled_back" and version.inputs == inputs
    ]
    return versions[-1] if versions else None
