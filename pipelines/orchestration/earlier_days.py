"""The warehouse as it was known on an earlier day, built beside it and kept for the next question about that day.

Everything lies under `build/as_of`, which may be deleted at any time. What is kept of a day counts only while the files
of all loads are the same, so that nobody who is erased from them comes back.
"""

import hashlib
import os
from collections.abc import Callable
from datetime import date

from pipelines.contracts import read_contracts
from pipelines.errors import StamgastError
from pipelines.landing.loads import read_loads, refuse_unknown_day
from pipelines.publishing.copying import copy_warehouse
from pipelines.publishing.inputs import inputs_digest
from pipelines.publishing.versions import current_version
from pipelines.settings import Settings
from pipelines.warehouse.files import remove, write_atomically
from pipelines.warehouse.locking import locked
from pipelines.warehouse.places import Places

_DAYS_KEPT = 3


def known_on(settings: Settings, day: date, tell: Callable[[str], None]) -> Places:
    """Where the warehouse as of `day` is published: the version in force, one kept, or one built now.

    Raises StamgastError: the day is later than the version in force or before the first load; it cannot be built.
    """
    places = settings.places
    version = current_version(places)
    if version is not None and version.as_of == day:
        return places
    if version is not None and version.as_of < day:
        raise StamgastError(
            f"as of {day} nothing is known yet: what is in force is of {version.as_of}; run the pipeline first, or leave out --as-of"
        )
    refuse_unknown_day(read_loads(places), day)
    kept = places.earlier_days
    past = settings.model_copy(update={"warehouse": kept / day.isoformat(), "as_of": day})
    made_of = _digest(settings.model_copy(update={"as_of": day}))
    stamp = past.places.root / "made_of"
    with locked(Places(kept)):
        if not stamp.exists() or stamp.read_text("utf-8") != made_of:
            remove(past.places.root)
            copy_warehouse(places, past.places, day)
            _build(past, tell)
            _keep_published(past.places)
            write_atomically(stamp, made_of)
        os.utime(stamp)
        days = sorted(kept.glob("*/made_of"), key=lambda path: path.stat().st_mtime_ns)
        for path in days[:-_DAYS_KEPT]:
            remove(path.parent)
    return past.places


def _digest(settings: Settings) -> str:
    """All that decides what is built, the state of the landed files included: a file that was rewritten is another."""
    digest = hashlib.sha256(inputs_digest(settings, read_contracts(settings.sources)).encode())
    for path in sorted(settings.places.raw.glob("*/*/*/*.parquet")):
        state = path.stat()
        digest.update(f"{path} {state.st_ino} {state.st_size} {state.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def _build(past: Settings, tell: Callable[[str], None]) -> None:
    from pipelines.orchestration.in_process import WITHOUT_LANDING, run_job

    tell(
        f"building the warehouse as of {past.as_of} beside it; the next question about that day is answered at once"
    )
    with locked(past.places):
        outcome = run_job(past, WITHOUT_LANDING, lambda step: tell(step.name), may_go_back=True)
    if not outcome.succeeded:
        why = "; ".join((*outcome.errors, *outcome.blocked_by))
        raise StamgastError(f"the warehouse as of {past.as_of} cannot be shown: {why}")


def _keep_published(places: Places) -> None:
    """Removes all of the copy but what is read: links to loads would keep alive what is erased from them."""
    for path in places.root.iterdir():
        if path not in (places.published, places.current):
            remove(path)
