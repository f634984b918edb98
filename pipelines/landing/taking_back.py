"""Removes the refusals of a load that were a mistake; counts before which contact points that opens again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.errors import StamgastError
from pipelines.landing.dropping import drop
from pipelines.landing.loads import Load, as_json, find_load
from pipelines.landing.refusals import FILE, refusal_columns, refusal_files
from pipelines.normalising.point_keys import house_key, street_key
from pipelines.warehouse.database import connect, read_parquet
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.places import Places


@dataclass(frozen=True)
class TakenBack:
    """A load, the rows of its refusals, and how many contact points and numbers no other load refuses."""

    load: Load
    rows: int
    points: int


def count_refusals(places: Places, load_number: int) -> TakenBack:
    """Counts what would open again without the refusals of the load; changes nothing.

    Raises StamgastError: no such load, or it has no refusals.
    """
    load = find_load(places, load_number)
    path = load.folder(places) / FILE
    if not path.exists():
        why = "were taken back before" if load.refusals_taken_back is not None else "are none"
        raise StamgastError(f"load {load_number}: its refusals {why}; there is nothing to take back")
    others = [other for other in refusal_files(places) if other != path]
    with connect(places) as connection:
        rows = connection.execute(f"select count(*) from {read_parquet(places, path)}").fetchall()[0][0]
        return TakenBack(load, rows, _points(connection, places, path, others))


def take_back_refusals(places: Places, load_number: int, although: str) -> TakenBack:
    """Removes the refusals of a load of any status and records the reason in `_load.json`; a held load is dropped as well.

    Raises StamgastError: no such load, it has no refusals, or no reason is given.
    """
    if not although.strip():
        raise StamgastError("--although: is empty; say why these refusals were a mistake")
    counted = count_refusals(places, load_number)
    load = counted.load
    if load.status == "held":
        load = drop(places, load_number)
    taken = load.model_copy(update={"refusals_taken_back": although.strip()})
    folder = load.folder(places)
    # The reason first: a crash in between leaves refusals that still count, for the next call to remove.
    write_atomically(folder / "_load.json", as_json(taken))
    (folder / FILE).unlink()
    return TakenBack(taken, counted.rows, counted.points)


def _points(connection: duckdb.DuckDBPyConnection, places: Places, path: Path, others: Sequence[Path]) -> int:
    """How many e-mail addresses, phone numbers, customer numbers and postal addresses only this file names."""
    if not others:
        return connection.execute(f"select count(distinct keys) from ({_named(places, [path])})").fetchall()[
            0
        ][0]
    return connection.execute(f"""
        with own as (select distinct keys from ({_named(places, [path])})),
        elsewhere as (select unnest(keys) as key from ({_named(places, others)})),
        refused as (
            select distinct keys
            from (select keys, unnest(keys) as key from own)
            where key in (select key from elsewhere)
        )
        select count(*) from own anti join refused using (keys)
    """).fetchall()[0][0]


def _named(places: Places, paths: Sequence[Path]) -> str:
    """SQL for one row per named contact point, with its keys; a phone number may have one key per possible country."""
    house = house_key("house_number_clean")
    address = f"concat_ws('|', {street_key('street_clean')}, {house}, coalesce(postcode_clean, city_clean))"
    return f"""
        select list_sort(point) as keys
        from (
            select unnest(
                list_transform(coalesce(email_keys, []), lambda email: ['email:' || email])
                || list_transform(coalesce(point_digests, []), lambda digest: ['digest:' || digest])
                || [
                    list_transform(phone_keys, lambda phone: 'phone:' || phone),
                    ['number:' || number_key],
                    case
                        when coalesce(postcode_clean, city_clean) is not null
                            and (street_clean is not null or house_number_clean is not null)
                            then ['address:' || lower({address})]
                    end
                ]
            ) as point
            from {read_parquet(places, paths, columns=refusal_columns())}
        )
        where len(point) > 0 and point[1] is not null
    """
