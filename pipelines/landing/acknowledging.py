"""Refusals that name nobody readable, of which somebody has to say once that they were seen."""

from collections.abc import Iterable

from pipelines.errors import StamgastError
from pipelines.landing.loads import Load, as_json, find_load
from pipelines.landing.refusals import FILE, UNREADABLE, refusal_columns
from pipelines.warehouse.database import connect, read_parquet
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.places import Places


def unseen_refusals(places: Places, loads: Iterable[Load]) -> dict[int, int]:
    """Number of a load -> how many of its refusals name nobody readable and were acknowledged neither there nor before.

    A list that is delivered whole repeats its rows: what was acknowledged of the same feed is not asked for again.
    """
    unreadable = [load for load in loads if load.refusals_unreadable and load.refusals_taken_back is None]
    waiting = {load.load_number: load.refusals_unreadable for load in unreadable if not load.acknowledged}
    for load in unreadable:
        seen = [other for other in unreadable if other.feed == load.feed and other.acknowledged]
        if load.load_number in waiting and seen:
            waiting[load.load_number] = _not_repeated(places, load, seen)
    return {number: rows for number, rows in waiting.items() if rows}


def _not_repeated(places: Places, load: Load, seen: Iterable[Load]) -> int:
    columns = refusal_columns()
    files = [other.folder(places) / FILE for other in seen]
    with connect(places) as connection:
        return connection.execute(f"""
            select count(*)
            from {read_parquet(places, load.folder(places) / FILE, columns=columns)} as refused
            where {UNREADABLE} and not exists (
                select 1 from {read_parquet(places, files, columns=columns)} as seen
                where seen.row_hash = refused.row_hash
            )
        """).fetchall()[0][0]


def acknowledge(places: Places, load_number: int) -> Load:
    """Somebody has seen which refusals of the load name nobody readable; they stop no export any more.

    Raises StamgastError: no such load, or nothing to acknowledge.
    """
    load = find_load(places, load_number)
    if not load.refusals_unreadable:
        raise StamgastError(
            f"load {load_number}: every refusal of it names somebody; there is nothing to acknowledge"
        )
    if load.acknowledged or load.refusals_taken_back is not None:
        done = "were acknowledged before" if load.acknowledged else "were taken back"
        raise StamgastError(f"load {load_number}: its refusals {done}; there is nothing to acknowledge")
    seen = load.model_copy(update={"acknowledged": True})
    write_atomically(load.folder(places) / "_load.json", as_json(seen))
    return seen
