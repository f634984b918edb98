"""The ledger of audience exports: one folder per export, never changed; who was contacted how often, and what licences are used up."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict

from pipelines.contracts.policies import FrequencyCap
from pipelines.errors import StamgastError
from pipelines.warehouse.database import write_parquet
from pipelines.warehouse.places import Places


class Export(BaseModel):
    """One audience export: `export.json` in `ledger/exports/<number>/`, the people by number in `people.parquet` beside it.

    `exported_at` is the clock's (UTC), `as_of` the day the settings said it was. `stopped`: how many each step took out.
    `licences`: feed of a bought list -> people whose contact drew on it; an export is one use of each. `although`: why it was
    written in spite of `passed`, the sentences of what stood against it.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    number: int
    exported_at: datetime
    as_of: date
    version: str
    author: str
    reason: str
    segment: str
    channel: str
    purpose: str
    file: str
    sha256: str
    members: int
    stopped: dict[str, int]
    people: int
    licences: dict[str, int]
    although: str | None = None
    passed: list[str] = []


def exports_folder(places: Places) -> Path:
    """Where the ledger of exports is."""
    return places.exports


@contextmanager
def ledger_locked(places: Places) -> Iterator[None]:
    """One export at a time; a run of the pipeline is not disturbed.

    Raises StamgastError: another export is under way.
    """
    folder = exports_folder(places)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(folder / ".lock", timeout=60)
    try:
        lock.acquire()
    except Timeout as error:
        raise StamgastError("another audience export is under way; wait until it has ended") from error
    try:
        yield
    finally:
        lock.release()


def read_exports(places: Places) -> list[Export]:
    """Every export, by number."""
    paths = sorted(exports_folder(places).glob("[0-9]*/export.json"))
    return [Export.model_validate_json(path.read_bytes()) for path in paths]


def people_file(places: Places, number: int) -> Path:
    """The people of an export, by number."""
    return exports_folder(places) / f"{number:06d}" / "people.parquet"


def record_export(places: Places, export: Export, people: Sequence[int]) -> None:
    """Adds the export with one rename: after a crash it is there whole or not at all."""
    folder = exports_folder(places)
    draft = folder / f".{export.number:06d}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    write_parquet(places, pa.table({"person_id": pa.array(people, pa.int64())}), draft / "people.parquet")
    (draft / "export.json").write_text(export.model_dump_json(indent=1) + "\n", encoding="utf-8")
    for path in draft.iterdir():
        path.chmod(0o400)
        _sync(path)
    _sync(draft)
    draft.rename(folder / f"{export.number:06d}")
    _sync(folder)


def licence_uses(exports: Sequence[Export], feed: str) -> int:
    """How many exports drew on the bought list."""
    return sum(feed in export.licences for export in exports)


def contacts_within(exports: Sequence[Export], cap: FrequencyCap, as_of: date) -> list[int]:
    """Numbers of the exports that count against the cap on `as_of`."""
    first = as_of - timedelta(days=cap.days - 1)
    return [
        export.number
        for export in exports
        if first <= export.as_of <= as_of and cap.covers(export.channel, export.purpose)
    ]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
