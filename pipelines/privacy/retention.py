"""Redacts what may no longer be kept: profiles of bought lists whose licence has ended, and of feeds past their retention.

A profile is as old as its newest row, in a snapshot feed as the newest delivery that names it. A profile that carries a
refusal (a withdrawal, objection, complaint or entry of a suppression list) is kept: without it the refusal would stop
nothing. For the same reason a row of refusals.parquet keeps its identifiers; past its time it loses its texts as sent,
whose meaning stands in other columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from pipelines.contracts import Contract
from pipelines.landing.columns import facts_columns
from pipelines.landing.damage import replace_file
from pipelines.landing.loads import Load, newest_event, read_loads
from pipelines.landing.refusals import refusal_files
from pipelines.privacy.personal_columns import REFUSAL_TEXTS
from pipelines.privacy.redacted_profiles import (
    drop_quarantine,
    finish_redaction,
    plan_redaction,
    redacted_profiles,
)
from pipelines.privacy.tombstones import REFUSALS
from pipelines.publishing.versions import DATABASES, current_version
from pipelines.settings import Settings
from pipelines.warehouse.database import as_parquet, attach, connect, read_parquet, text
from pipelines.warehouse.locking import locked
from pipelines.warehouse.places import Places

_UNITS = {"d": "day", "w": "week", "m": "month", "y": "year"}


@dataclass(frozen=True)
class Due:
    """What is due in a feed by a rule: profiles to redact, and loads whose quarantine is removed.

    `kept`: profiles past the rule that carry a refusal. `refusals`: rows of refusals.parquet that lose their texts as sent.
    """

    feed: str
    rule: str
    profiles: int
    kept: int
    quarantined_loads: int
    refusals: int = 0


@dataclass(frozen=True)
class Retention:
    """What was due, and how many people it touched.

    `people_left`: those of them who keep other profiles. `files`: how many were rewritten, None in a dry run.
    """

    due: Sequence[Due]
    people: int
    people_left: int
    files: int | None = None


def apply_retention(settings: Settings, contracts: Sequence[Contract], *, is_dry: bool) -> Retention:
    """Finds what is due on `as_of` and, unless dry, redacts it.

    Raises StamgastError: another run is writing.
    """
    places = settings.places
    with locked(places):
        if not is_dry:
            finish_redaction(places)
        with connect(places) as connection:
            due = _find_due(connection, settings, contracts)
            people, left = _tie(connection, places)
            plan = connection.execute(
                "select profile_id, tied_profile_id from plan order by profile_id"
            ).fetchall()
        if is_dry:
            return Retention([found for found, _ in due], people, left)
        if plan:
            plan_redaction(places, [row[0] for row in plan], [row[1] for row in plan])
        files = finish_redaction(places)
        for found, loads in due:
            drop_quarantine(places, found.feed, loads)
        files += _empty_refusals(settings, contracts)
    return Retention([found for found, _ in due], people, left, files)


def _find_due(
    connection: duckdb.DuckDBPyConnection, settings: Settings, contracts: Sequence[Contract]
) -> list[tuple[Due, list[int]]]:
    """Makes table due(profile_id); returns what is due per feed, with the loads whose quarantine is removed."""
    places = settings.places
    loads = read_loads(places)
    connection.execute("create temp table due (profile_id bigint)")
    connection.execute(f"create temp table redacted as {redacted_profiles(places)}")
    found = []
    for contract in contracts:
        if not contract.spec.has_contact_block:
            continue
        of_feed = [load for load in loads if load.feed == contract.feed]
        for rule, cutoff, is_whole in _rules(contract, settings.as_of):
            day = connection.execute(f"select {cutoff}").fetchall()[0][0]
            if is_whole and day.date() > settings.as_of:
                continue
            profiles, kept = _take(connection, contract, places, of_feed, None if is_whole else cutoff)
            old = [
                load.load_number
                for load in of_feed
                if is_whole
                or ((newest := newest_event(places, load, settings.as_of)) is not None and newest < day)
            ]
            quarantined = [
                number for number in old if (places.quarantine / contract.feed / f"{number:06d}").exists()
            ]
            refusals = sum(
                _count(connection, places, path, _past(day)) for path in _refusals_of(contract, places)
            )
            if profiles or kept or quarantined or refusals:
                due = Due(contract.feed, rule, profiles, kept, len(quarantined), refusals)
                found.append((due, quarantined))
    return found


def _refusals_of(contract: Contract, places: Places) -> list[Path]:
    return [path for path in refusal_files(places) if path.parent.parent.name == contract.feed]


def _past(day: datetime) -> str:
    """SQL condition: a refusal is older than the moment and still has a text as sent."""
    return (
        f"coalesce(greatest(event_at, snapshot_date::timestamp), delivered_on::timestamp) < timestamp '{day}' "
        f"and coalesce({', '.join(REFUSAL_TEXTS)}) is not null"
    )


def _count(connection: duckdb.DuckDBPyConnection, places: Places, path: Path, condition: str) -> int:
    sql = f"select count(*) from {read_parquet(places, path)} where {condition}"
    return int(connection.execute(sql).fetchall()[0][0])


def _empty_refusals(settings: Settings, contracts: Sequence[Contract]) -> int:
    """Removes the texts as sent from refusals past their time; returns the files rewritten.

    If it is killed, the next call finds the rest.
    """
    places = settings.places
    rewritten = 0
    with connect(places) as connection:
        for contract in contracts:
            for _, cutoff, _ in _rules(contract, settings.as_of):
                past = _past(connection.execute(f"select {cutoff}").fetchall()[0][0])
                for path in _refusals_of(contract, places):
                    if not _count(connection, places, path, past):
                        continue
                    emptied = ", ".join(
                        f"case when not ({past}) then {column} end as {column}" for column in REFUSAL_TEXTS
                    )
                    draft = path.with_name(f".{path.name}")
                    connection.execute(f"""
                        copy (
                            select * replace ({emptied}) from {read_parquet(places, path)} order by row_number
                        ) to {text(draft)} {as_parquet(places)}
                    """)
                    replace_file(places, draft, path)
                    rewritten += 1
    return rewritten


def _rules(contract: Contract, as_of: date) -> list[tuple[str, str, bool]]:
    """The rules of a feed as (description, SQL of a moment, is_whole).

    Rows before the moment are due; with `is_whole` all rows of the feed, once the moment has come.
    """
    rules = [
        (
            f"retention {contract.retention}",
            f"date '{as_of}' + interval 1 day - {_interval(contract.retention)}",
            False,
        )
    ]
    if contract.licence is not None:
        ended, after = contract.licence.valid_until, contract.licence.erase_after
        words = f"licence ended {ended}, values may stay {after}"
        rules.insert(0, (words, f"date '{ended}' + interval 1 day + {_interval(after)}", True))
    return rules


def _interval(duration: str) -> str:
    return f"interval {duration[:-1]} {_UNITS[duration[-1]]}"


def _take(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    places: Places,
    loads: Sequence[Load],
    cutoff: str | None,
) -> tuple[int, int]:
    """Adds the feed's profiles older than the moment, or all, to `due`; returns counts (due, kept for a refusal)."""
    profiles = _existing(places, loads, "profiles.parquet")
    facts = _existing(places, loads, "facts.parquet")
    if not profiles or not facts:
        return 0, 0
    refusal = REFUSALS.get(contract.kind, "false")
    is_old = "true" if cutoff is None else f"last_seen_at < {cutoff}"
    connection.execute(f"""
        create or replace temp table found as
        with seen as (
            select
                profile_id,
                max(greatest(event_at, snapshot_date::timestamp)) as last_seen_at,
                bool_or({refusal}) as has_refusal
            from {read_parquet(places, facts, columns=facts_columns(contract.kind))}
            where profile_id is not null
            group by profile_id
        )
        select seen.profile_id, seen.has_refusal
        from seen
        semi join {read_parquet(places, profiles)} as profiles using (profile_id)
        anti join redacted using (profile_id)
        anti join due using (profile_id)
        where {is_old}
    """)
    connection.execute("insert into due select profile_id from found where not has_refusal")
    return connection.execute(
        "select count(*) filter (not has_refusal), count(*) filter (has_refusal) from found"
    ).fetchall()[0]


def _existing(places: Places, loads: Sequence[Load], file: str) -> list[Path]:
    return [path for load in loads if (path := load.folder(places) / file).exists()]


def _tie(connection: duckdb.DuckDBPyConnection, places: Places) -> tuple[int, int]:
    """Makes table plan(profile_id, tied_profile_id); returns how many people are touched and how many keep a profile.

    The published version says which profiles are one person. All redacted profiles of a person are tied anew, since the
    profile that they were tied to may be due now.
    """
    version = current_version(places)
    if version is None:
        connection.execute("create temp table member (profile_id bigint, person_id bigint)")
    else:
        path = places.published / version.name / DATABASES[0]
        attach(connection, places, path, "published", read_only=True)
        connection.execute("create temp table member as from published.identity.profile_person")
    connection.execute("""
        create temp table plan as
        with gone as (
            select profile_id from due
            union
            select profile_id from redacted
        ),
        touched as (
            select distinct person_id from member semi join due using (profile_id)
        ),
        living as (
            select person_id, min(profile_id) as tied_profile_id
            from member anti join gone using (profile_id)
            group by person_id
        )
        select member.profile_id, member.person_id, living.tied_profile_id
        from member
        semi join touched using (person_id)
        semi join gone using (profile_id)
        left join living using (person_id)
        union all
        select profile_id, null, null from due anti join member using (profile_id)
    """)
    return connection.execute(
        "select count(distinct person_id), count(distinct person_id) filter (tied_profile_id is not null) from plan"
    ).fetchall()[0]
