"""The loads on disk: what was landed from which file, under which number and status; derived from the load folders alone."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.errors import StamgastError
from pipelines.landing.statistics import Statistics
from pipelines.warehouse.database import connect, read_parquet
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.places import Places

Status = Literal["accepted", "held", "dropped"]
# Before the names of quarantined files among the digests of a load.
QUARANTINED = "quarantine/"


class Load(BaseModel):
    """One committed delivery: `_load.json` in its folder.

    `contract`: digest of how the contract reads the file (deliveries.contract_digest).
    `released_on`: day (`as_of`) on which a held load was accepted after all.
    `rows_suppressed`: rows left out, since they would bring back somebody erased. `rows_without_person`: rows accepted
    without their person, who was erased. `texts_emptied`: free texts that named somebody erased. `tombstones_lifted`:
    "<erasure>.<person>" -> when the person came back (privacy/tombstones.py).
    `values_dropped`, `texts_marked`: rows by "<column>_<special category>" (special_values.py).
    `newest_event_at`: newest event time up to `as_of`, `last_event_at`: of all rows, both UTC; `rows_ahead`: rows dated
    after `as_of`.
    `texts_unread`: by column, texts that could not be read and became null; of contact blocks only those first seen here.
    `refusals`: rows of refusals.parquet, None for a kind that cannot refuse. `refusals_unreadable`: of these, rows without
    a readable identifier; `acknowledged`: somebody has seen them. `refusals_taken_back`: the reason, if the file was removed.
    `digests`: SHA-256 of each file of the load, the one in force first, behind it that of the file it replaced (damage.py).
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    load_number: int
    feed: str
    kind: str
    file: str
    fingerprint: str
    contract: str
    status: Status
    as_of: date
    delivery: Literal["append", "snapshot"]
    snapshot_date: date | None
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_suppressed: int
    quarantined_by_reason: dict[str, int]
    newest_event_at: datetime | None
    last_event_at: datetime | None
    rows_ahead: int
    first_profile_id: int | None
    last_profile_id: int | None
    statistics: Statistics
    rules_failed: list[str]
    rules_warned: list[str]
    retry_of: int | None = None
    released_on: date | None = None
    values_dropped: dict[str, int] = {}
    texts_marked: dict[str, int] = {}
    rows_without_person: int = 0
    texts_emptied: int = 0
    tombstones_lifted: dict[str, datetime] = {}
    texts_unread: dict[str, int] = {}
    refusals: int | None = None
    refusals_unreadable: int = 0
    acknowledged: bool = False
    refusals_taken_back: str | None = None
    digests: dict[str, list[str]] = {}

    def folder(self, places: Places) -> Path:
        """Where the load's files are."""
        return places.raw / self.kind / self.feed / f"{self.load_number:06d}"

    def quarantine(self, places: Places) -> Path:
        """Where the load's rows and cells that could not be read are."""
        return places.quarantine / self.feed / f"{self.load_number:06d}"


class Refusal(BaseModel):
    """A file that could not be landed at all: `ledger/refused/<feed>/<fingerprint>.json`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    feed: str
    kind: str
    file: str
    fingerprint: str
    as_of: date
    reason: str
    contract: str


def read_loads(places: Places) -> list[Load]:
    """All committed loads, by number."""
    paths = places.raw.glob("*/*/*/_load.json")
    return sorted((read_load(path) for path in paths), key=lambda load: load.load_number)


def read_load(path: Path) -> Load:
    """The load in one `_load.json`.

    Raises StamgastError: it is damaged.
    """
    state = path.stat()
    return _parsed_load(path, state.st_ino, state.st_mtime_ns)


# A run asks for all loads over a hundred times, and every day adds some.
@cache
def _parsed_load(path: Path, _inode: int, _changed: int) -> Load:
    """The parsed file, cached by inode and time: `_load.json` is only ever replaced by a rename."""
    try:
        return Load.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise StamgastError(f"{path}: is damaged; put it back from a backup of the warehouse") from error


def as_known_on(loads: Iterable[Load], day: date) -> list[Load]:
    """The loads that had landed by the end of a day, each with the status it had then.

    A load belongs to the `as_of` of the run that landed it; a load released later was still held.
    """
    return [
        load.model_copy(update={"status": "held"}) if load.released_on and load.released_on > day else load
        for load in loads
        if load.as_of <= day
    ]


def newest_event(places: Places, load: Load, day: date) -> datetime | None:
    """The newest event time (UTC) of a load up to the end of a day; a row dated ahead counts once its day has come."""
    end = datetime.combine(day + timedelta(days=1), time())
    if load.last_event_at is None or day == load.as_of:
        return load.newest_event_at
    if load.last_event_at.replace(tzinfo=None) < end:
        return load.last_event_at
    facts = load.folder(places) / "facts.parquet"
    if not facts.exists():  # dropped
        return load.newest_event_at
    with connect(places) as connection:
        newest = f"select max(event_at) from {read_parquet(places, facts)} where event_at < $end"
        return connection.execute(newest, {"end": end}).fetchall()[0][0]


def read_refusals(places: Places) -> list[Refusal]:
    """The files refused at last sight, by feed and file."""
    paths = places.refused.glob("*/*.json")
    return sorted(
        (Refusal.model_validate_json(path.read_bytes()) for path in paths), key=lambda r: (r.feed, r.file)
    )


def write_refusal(places: Places, refusal: Refusal) -> None:
    """Records a refused file, so that it is not read again until it or its contract changes."""
    path = places.refused / refusal.feed / f"{refusal.fingerprint}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, refusal.model_dump_json(indent=1))


def forget_refusal(places: Places, feed: str, fingerprint: str) -> None:
    """Removes the record of a refused file, once the file has landed or changed."""
    (places.refused / feed / f"{fingerprint}.json").unlink(missing_ok=True)


def refuse_unknown_day(loads: Sequence[Load], day: date) -> None:
    """Raises StamgastError: nothing had been landed by the end of that day."""
    if not as_known_on(loads, day):
        first = f"; the first load is of {min(load.as_of for load in loads)}" if loads else ""
        raise StamgastError(f"nothing had been landed by {day}{first}")


def newest_day(loads: Iterable[Load]) -> date:
    """The last day that a load was landed on: a run for an earlier day looks back, so it lands nothing."""
    return max((load.as_of for load in loads), default=date.min)


def next_load_number(places: Places) -> int:
    """The number of the next load; numbers of dropped loads and of loads that died half-way are never reused."""
    taken = (int(folder.name) for folder in places.raw.glob("*/*/*") if folder.name.isdigit())
    return max(taken, default=0) + 1


def next_profile_id(loads: Sequence[Load]) -> int:
    """The number of the next profile; all feeds share the counter."""
    return max((load.last_profile_id for load in loads if load.last_profile_id is not None), default=0) + 1


def profile_files(places: Places, loads: Iterable[Load], feed: str | None = None) -> list[Path]:
    """The profile files of a feed, or of all feeds; of held and dropped loads too, since later loads may refer to them."""
    folders = (load.folder(places) / "profiles.parquet" for load in loads if feed in (None, load.feed))
    return [path for path in folders if path.exists()]


def load_of(loads: Sequence[Load], profile_id: int) -> Load | None:
    """The load in which a profile was first seen; None if no load numbered it."""
    return next(
        (
            load
            for load in loads
            if load.first_profile_id is not None
            and load.last_profile_id is not None
            and load.first_profile_id <= profile_id <= load.last_profile_id
        ),
        None,
    )


def find_load(places: Places, load_number: int) -> Load:
    """The load of that number.

    Raises StamgastError: there is none.
    """
    load = next((load for load in read_loads(places) if load.load_number == load_number), None)
    if load is None:
        raise StamgastError(f"load {load_number}: there is none; list them with: stamgast loads")
    return load


def release(places: Places, load_number: int, as_of: date) -> Load:
    """Accepts a held load after all, from `as_of` on; returns it as it is now.

    Raises StamgastError: no such load, or not held.
    """
    load = find_load(places, load_number)
    if load.status != "held":
        raise StamgastError(
            f"load {load_number} is {load.status}, not held; only a held load can be released"
        )
    released = load.model_copy(update={"status": "accepted", "released_on": as_of})
    write_atomically(load.folder(places) / "_load.json", released.model_dump_json(indent=1))
    return released


def as_json(load: Load) -> str:
    """The text of `_load.json`."""
    return load.model_dump_json(indent=1) + "\n"
