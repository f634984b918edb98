"""Reads contact blocks as they were sent, when they were used, and which of their values identify nobody.

The results hold personal data: they are for authorised staff on their terminal and go into no log, file or plot.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from pipelines.contracts import CONTACT_BLOCK
from pipelines.landing.columns import profile_columns
from pipelines.landing.loads import Load, load_of
from pipelines.warehouse.database import connect, read_parquet
from pipelines.warehouse.places import Places

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Profile:
    """A contact block as it was sent, and when it was used.

    `file`: the delivery in which it was first seen. `values`: its columns that are not empty. `first_seen_at`,
    `last_seen_at`: of its first and newest event (UTC), None if no event refers to it any more.
    """

    profile_id: int
    feed: str
    file: str
    values: Mapping[str, str]
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    event_count: int


@dataclass(frozen=True)
class BadValue:
    """A value of these profiles that identifies nobody, so that no rule links by it."""

    field: str
    value: str
    reason: str
    holder_count: int
    profile_ids: tuple[int, ...]


def read_rows(places: Places, loads: Sequence[Load], profile_ids: Collection[int]) -> list[Row]:
    """The rows of these profiles in profiles.parquet, with the number_space of their feed; only files with one of them are read."""
    found = [load for profile_id in sorted(profile_ids) if (load := load_of(loads, profile_id)) is not None]
    files = [path for load in found if (path := load.folder(places) / "profiles.parquet").exists()]
    if not files:
        return []
    feeds = places.index("feeds")
    spaces = (
        read_parquet(places, feeds)
        if feeds.exists()
        else "(select null as feed, null::varchar as number_space)"
    )
    with connect(places) as connection:
        result = connection.execute(
            f"""
            select profiles.*, feeds.number_space
            from {read_parquet(places, sorted(set(files)), columns=profile_columns())} as profiles
            left join {spaces} as feeds on profiles.feed = feeds.feed
            where profile_id in (select unnest(?::bigint[]))
            order by profile_id
            """,
            [sorted(profile_ids)],
        )
        columns = [column[0] for column in result.description]
        return [dict(zip(columns, values, strict=True)) for values in result.fetchall()]


def profiles_of(
    connection: duckdb.DuckDBPyConnection, loads: Sequence[Load], rows: Sequence[Row]
) -> list[Profile]:
    """The contact blocks of these rows, with their events in the published version (see publishing.versions.opened)."""
    seen = {
        profile_id: times
        for profile_id, *times in connection.execute(
            """
            select profile_id, min(event_at), max(event_at), count(*)
            from marts.person_timeline
            where profile_id in (select unnest(?::bigint[]))
            group by profile_id
            """,
            [[row["profile_id"] for row in rows]],
        ).fetchall()
    }
    profiles = []
    for row in rows:
        load = load_of(loads, row["profile_id"])
        profiles.append(
            Profile(
                row["profile_id"],
                row["feed"],
                load.file if load else "",
                {column: row[column] for column in CONTACT_BLOCK if row[column]},
                *seen.get(row["profile_id"], (None, None, 0)),
            )
        )
    return profiles


def bad_values_of(connection: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> list[BadValue]:
    """The values of these rows in customers.identity.bad_values of the published version."""
    holders: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows:
        for field, value in _compared(row).items():
            if value:
                holders[field, value].append(row["profile_id"])
    found = connection.execute(
        """
        select field, value, reason, profile_count
        from customers.identity.bad_values
        where value in (select unnest(?::varchar[]))
        order by field, value
        """,
        [sorted({value for _, value in holders})],
    ).fetchall()
    return [
        BadValue(field, value, reason, count, tuple(holders[field, value]))
        for field, value, reason, count in found
        if (field, value) in holders
    ]


def _compared(row: Row) -> dict[str, str | None]:
    """The values of a profile that may be bad values, as features.sql writes them."""
    record_id, number = (row["record_id"] or "").strip(), (row["customer_number"] or "").strip()
    has_address = row["postcode_clean"] and row["house_number_clean"]
    address = (row["postcode_clean"], row["house_number_clean"], row["country_clean"])
    return {
        "customer_number": f"{row['number_space']}:{number}" if number and row["number_space"] else number,
        "record": f"{row['feed']}:{record_id}" if record_id else None,
        "email": row["email_clean"],
        "phone": row["phone_clean"],
        "cookie": row["cookie_key"],
        "address": ", ".join(part for part in address if part) if has_address else None,
    }
