"""Refusals without a readable identifier: somebody has to acknowledge once that they were seen."""

from collections.abc import Iterable

from pipelines.errors import StamgastError
from pipelines.landing.loads import Load, as_json, find_load
from pipelines.landing.refusals import FILE, UNREADABLE, refusal_columns
from pipelines.warehouse.database import connect, read_parquet
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.places import Places


def unseen_refusals(places: Places, loads: Iterable[Load]) -> dict[int, list[int]]:
    """Load number -> numbers of its rows that refuse for nobody readable and are not acknowledged.

    A snapshot repeats its rows: a row is listed under the first load that holds it, and not at all if any load of the feed
    with that row is acknowledged.
    """
    unreadable = [load for load in loads if load.refusals_unreadable and load.refusals_taken_back is None]
    if all(load.acknowledged for load in unreadable):
        return {}
    seen = ", ".join(str(load.load_number) for load in unreadable if load.acknowledged)
    files = [load.folder(places) / FILE for load in unreadable]
    with connect(places) as connection:
        return dict(
            connection.execute(f"""
                with unreadable as (
                    select
                        load_number,
                        row_number,
                        min(load_number) over repeated as first_load_number,
                        bool_or({f"load_number in ({seen})" if seen else "false"}) over repeated as is_seen
                    from {read_parquet(places, files, columns=refusal_columns())}
                    where {UNREADABLE}
                    window repeated as (partition by feed, coalesce(row_hash, concat(load_number, ':', row_number)))
                )
                select load_number, list(row_number order by row_number)
                from unreadable
                where load_number = first_load_number and not is_seen
                group by load_number
                order by load_number
            """).fetchall()
        )


def acknowledge(places: Places, load_number: int) -> Load:
    """Marks the unreadable refusals of the load as seen, so that they stop no export any more; returns the load.

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
