"""Compares two resolutions of the same profiles: people, revenue, permissions, segments; ids only."""

from dataclasses import dataclass
from decimal import Decimal

import duckdb

from pipelines.warehouse.sql_files import sql_beside

# Tables that `keep` copies into schema `before` ahead of the second resolution.
PEOPLE = ("identity.profile_person", "identity.profile_account")
SEGMENTS = "marts.segment_members"


@dataclass(frozen=True)
class Counts:
    """Counts of what changes.

    Profiles that were one person and are one person are a part. A part stays if it has the most revenue of the person it
    leaves and of the person it joins; every other part moves. `moved_revenue`: absolute net revenue of the parts that move,
    in the base currency. `people_in_conflict`: people of whom one part granted what another part withdrew or objected to.
    """

    people_before: int
    people_after: int
    accounts_before: int
    accounts_after: int
    people_merged: int
    people_split: int
    moved_profiles: int
    moved_revenue: Decimal
    people_in_conflict: int


@dataclass(frozen=True)
class Change:
    """A person of one resolution and the people of the other with whom it has profiles in common."""

    person_id: int
    others: tuple[int, ...]
    profile_count: int
    net_revenue: Decimal


@dataclass(frozen=True)
class Conflict:
    """A purpose and channel for which people who are one person now gave different answers."""

    person_id: int
    purpose: str
    channel: str
    granted_by: tuple[int, ...]
    refused_by: tuple[int, ...]


@dataclass(frozen=True)
class SegmentChange:
    """Members of a segment before and after; a member under another id neither enters nor leaves."""

    segment: str
    before: int
    after: int
    entered: int
    left: int


@dataclass(frozen=True)
class Differences:
    """All counts, and the largest changes of each kind by revenue.

    `merged`: a person after and the people before; `split`: a person before and the people after.
    """

    counts: Counts
    merged: list[Change]
    split: list[Change]
    conflicts: list[Conflict]


def keep(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Copies a table into schema `before`."""
    connection.execute("create schema if not exists before")
    connection.execute(f"create or replace table before.{table.split('.')[1]} as from {table}")


def find_differences(connection: duckdb.DuckDBPyConnection, largest: int) -> Differences:
    """Compares identity.* with its copy in schema `before`; reads core.fct_order_lines and scratch.intermediate too.

    `largest`: how many changes of each kind are listed.
    """
    connection.execute(sql_beside(__file__, "differences.sql"))
    counts = connection.execute(
        """
        select
            (select count(distinct person_id) from before.profile_person),
            (select count(distinct person_id) from identity.profile_person),
            (select count(distinct account_id) from before.profile_account),
            (select count(distinct account_id) from identity.profile_account),
            (select count(*) from (select 1 from identity_parts group by new_person_id having count(*) > 1)),
            (select count(*) from (select 1 from identity_parts group by old_person_id having count(*) > 1)),
            (select coalesce(sum(profile_count), 0)::bigint from identity_parts where not stays),
            (select coalesce(sum(abs(net_revenue)), 0)::decimal(18, 2) from identity_parts where not stays),
            (select count(distinct person_id) from identity_conflicts)
        """
    ).fetchall()[0]
    conflicts = connection.execute(
        """
        with revenues as (
            select new_person_id as person_id, sum(abs(net_revenue)) as revenue
            from identity_parts
            group by new_person_id
        )

        select person_id, purpose, channel, granted_by, refused_by
        from identity_conflicts
        inner join revenues using (person_id)
        order by revenue desc, person_id, purpose, channel
        limit ?
        """,
        [largest],
    ).fetchall()
    return Differences(
        Counts(*counts),
        _largest(connection, "new_person_id", "old_person_id", largest),
        _largest(connection, "old_person_id", "new_person_id", largest),
        [
            Conflict(person_id, purpose, channel, tuple(granted), tuple(refused))
            for person_id, purpose, channel, granted, refused in conflicts
        ],
    )


def _largest(connection: duckdb.DuckDBPyConnection, person: str, other: str, largest: int) -> list[Change]:
    rows = connection.execute(
        f"""
        select {person}, list({other} order by {other}), sum(profile_count)::bigint, sum(net_revenue)::decimal(18, 2)
        from identity_parts
        group by {person}
        having count(*) > 1
        order by sum(abs(net_revenue)) desc, sum(profile_count) desc, {person}
        limit ?
        """,
        [largest],
    ).fetchall()
    return [
        Change(person_id, tuple(others), profile_count, net_revenue)
        for person_id, others, profile_count, net_revenue in rows
    ]


def find_segment_changes(connection: duckdb.DuckDBPyConnection) -> list[SegmentChange]:
    """Compares marts.segment_members with its copy in schema `before`, whose ids are resolved to those of today; by segment."""
    rows = connection.execute(
        """
        with old as (
            select distinct
                members.segment,
                members.member_type,
                coalesce(people.person_id, accounts.account_id, members.person_id, members.account_id) as member_id
            from before.segment_members as members
            left join identity.profile_person as people on members.person_id = people.profile_id
            left join identity.profile_account as accounts on members.account_id = accounts.profile_id
        ),

        new as (
            select segment, member_type, coalesce(person_id, account_id) as member_id from marts.segment_members
        ),

        counts as (
            select segment, 1 as before, 0 as after, 0 as entered, 0 as gone from before.segment_members
            union all
            select segment, 0, 1, 0, 0 from marts.segment_members
            union all
            select segment, 0, 0, (old.member_id is null)::integer, (new.member_id is null)::integer
            from old
            full outer join new using (segment, member_type, member_id)
        )

        select segment, sum(before)::bigint, sum(after)::bigint, sum(entered)::bigint, sum(gone)::bigint
        from counts
        group by segment
        order by segment
        """
    ).fetchall()
    return [SegmentChange(*row) for row in rows]
