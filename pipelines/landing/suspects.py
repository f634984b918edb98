"""What may have stopped a run: rows and loads that the version readers see does not know, each with the command that takes it out."""

from collections.abc import Sequence
from datetime import date

from pipelines.landing.loads import Load, read_loads
from pipelines.landing.reading_values import EARLIEST_EVENT, LATEST_EVENT_YEARS
from pipelines.warehouse.database import connect, read_parquet
from pipelines.warehouse.places import Places

_NAMED_AT_MOST = 10


def suspects(places: Places, last_load: int | None, as_of: date) -> list[str]:
    """One message per load that a blocked run may be owed to, the rows dated out of range first.

    `last_load`: the highest load number of the version in force, None where it is not known: then loads are named only if
    they were released or hold such a row.
    """
    loads = [load for load in read_loads(places) if load.status == "accepted"]
    rows = _rows_out_of_range(places, loads, as_of)
    messages = [
        f"{load.feed}: row {rows[load.load_number]:,} of {load.file} is dated before {EARLIEST_EVENT.year} or more than "
        f"{LATEST_EVENT_YEARS} years ahead, which no table holds; take its load out, then run: stamgast loads drop {load.load_number}"
        for load in loads
        if load.load_number in rows
    ]
    new = [
        load
        for load in loads
        if load.load_number not in rows
        and (load.released_on is not None or (last_load is not None and load.load_number > last_load))
    ]
    for load in sorted(new, key=lambda load: (load.released_on is None, -load.load_number))[:_NAMED_AT_MOST]:
        came = (
            f"was released although {'; '.join(load.rules_failed)}"
            if load.released_on is not None
            else "was landed since the last version"
        )
        messages.append(
            f"{load.feed}: {load.file} {came}; if it is what stops the run, take it out, then run: "
            f"stamgast loads drop {load.load_number}"
        )
    return messages


def _rows_out_of_range(places: Places, loads: Sequence[Load], as_of: date) -> dict[int, int]:
    """Load number -> its first row dated out of range. Only older warehouses hold any: today such a row is quarantined."""
    files = [path for load in loads if (path := load.folder(places) / "facts.parquet").exists()]
    if not files:
        return {}
    columns = {"load_number": "BIGINT", "row_number": "BIGINT", "event_at": "TIMESTAMP"}
    with connect(places) as connection:
        return dict(
            connection.execute(f"""
                select load_number, min(row_number)
                from {read_parquet(places, files, columns=columns)}
                where event_at < timestamp '{EARLIEST_EVENT}' or event_at > timestamp '{as_of}' + interval {LATEST_EVENT_YEARS} year
                group by load_number
            """).fetchall()
        )
