"""The history of person ids: the person of each profile per published version, and the events between versions."""

from datetime import date
from pathlib import Path

import duckdb

from pipelines.warehouse.database import name, read_parquet, text
from pipelines.warehouse.places import Places
from pipelines.warehouse.sql_files import sql_beside

# Table of schema identity -> its description and those of its columns.
DESCRIPTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "profile_person_history": (
        "One row per profile and unbroken run of published versions in which it belonged to one person; who belonged "
        "together on a day: valid_from <= day and (valid_to is null or day < valid_to).",
        {
            "profile_id": "The profile: a contact block of a feed, numbered once for ever.",
            "person_id": "The person it belonged to: the smallest profile_id of the person's.",
            "valid_from": "as_of of the first version in which it did.",
            "valid_to": "as_of of the first version in which it no longer did; empty: it still does.",
            "from_version": "Number of the first published version in which it did.",
            "to_version": "Number of the first published version in which it no longer did; empty: it still does.",
        },
    ),
    "person_events": (
        "One row per thing that happened to a person between two consecutive published versions; a version that was "
        "rolled back is no part of it.",
        {
            "person_id": "The person it happened to.",
            "event": "created: a new id; merged: the id went into other_person_id; split: the person took over "
            "profiles of other_person_id; retired: the first profile is no longer active, and the id with it.",
            "other_person_id": "merged: who holds the person now; split: whose the profiles were; retired: who holds "
            "the profiles that stay, if any; created: the retired id that the person continues, if any.",
            "profile_count": "created: profiles the person began with; merged, split: profiles that changed hands; "
            "retired: profiles of the person that are no longer active.",
            "event_date": "as_of of the version.",
            "version": "Number of the published version that brought it.",
        },
    ),
}

_NOTHING_BEFORE = """(
    select null::bigint as profile_id, null::bigint as person_id, null::date as valid_from, null::date as valid_to,
        null::bigint as from_version, null::bigint as to_version
    where false
)"""


def write_history(
    connection: duckdb.DuckDBPyConnection,
    before: Path | None,
    version: int,
    as_of: date,
    places: Places | None = None,
) -> None:
    """Writes tables identity.profile_person_history and identity.person_events, up to identity.profile_person as it is now.

    `before`: identity.profile_person_history of the last published version as a Parquet file (of the warehouse `places`, if
    given), None before the first version. `version`, `as_of`: of the version being built. Both tables depend on these and on
    identity.profile_person alone, so building again changes nothing.
    """
    connection.execute(
        sql_beside(__file__, "history.sql").format(
            before=read_parquet(places, before) if before else _NOTHING_BEFORE,
            version=int(version),
            as_of=as_of.isoformat(),
        )
    )
    for table, (description, columns) in DESCRIPTIONS.items():
        describe(connection, table, description, columns)


def describe(
    connection: duckdb.DuckDBPyConnection, table: str, description: str, columns: dict[str, str]
) -> None:
    """Attaches descriptions to a table of schema identity and to its columns."""
    connection.execute(f"comment on table identity.{table} is {text(description)}")
    for column, meaning in columns.items():
        connection.execute(f"comment on column identity.{table}.{name(column)} is {text(meaning)}")


def person_of(connection: duckdb.DuckDBPyConnection, profile_id: int) -> int | None:
    """Today's person of a profile id, or of any person id ever issued; None if there is none.

    A profile that is no longer active is followed to the profiles it last formed a person with, and so on.
    """
    asked, followed = {profile_id}, {profile_id}
    while asked:
        found = connection.execute(
            "select person_id from identity.profile_person where profile_id in (select unnest(?)) order by profile_id limit 1",
            [sorted(asked)],
        ).fetchall()
        if found:
            return int(found[0][0])
        together = connection.execute(
            """
            with last as (
                select arg_max(person_id, from_version) as person_id, max(to_version) as to_version
                from identity.profile_person_history
                where profile_id in (select unnest(?))
                group by profile_id
            )
            select distinct history.profile_id
            from identity.profile_person_history as history
            inner join last on history.person_id = last.person_id
                and history.from_version < last.to_version
                and coalesce(history.to_version, last.to_version) >= last.to_version
            """,
            [sorted(asked)],
        ).fetchall()
        asked = {int(row[0]) for row in together} - followed
        followed |= asked
    return None
