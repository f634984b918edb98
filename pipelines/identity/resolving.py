"""Resolves profiles to people and companies: what changed, links by rule and by likelihood, components, evidence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipelines.identity.companies.resolving import resolve_companies
from pipelines.identity.decisions.overrides import Override, read_overrides, write_overrides
from pipelines.identity.households.resolving import resolve_households
from pipelines.identity.known import SEEN, Known
from pipelines.identity.likelihood.household_evidence import shows_households
from pipelines.identity.likelihood.model import IdentityModel, read_model
from pipelines.identity.likelihood.pairs import take_pairs
from pipelines.identity.likelihood.place_evidence import as_crowded
from pipelines.identity.people.evidence import take_evidence, write_evidence
from pipelines.identity.people.resolving import resolve_region, take_region
from pipelines.identity.rules import Rules, read_rules
from pipelines.warehouse.database import attach, text
from pipelines.warehouse.places import Places


@dataclass(frozen=True)
class IdentitySummary:
    """Counts of one resolution."""

    profiles: int
    people: int
    accounts: int
    links: int
    bad_values: int
    vetoes: int
    largest_person: int

    def __str__(self) -> str:
        return (
            f"{self.profiles:,} profiles are {self.people:,} people (the largest of {self.largest_person:,} profiles) "
            f"by {self.links:,} links; {self.vetoes:,} vetoes, {self.bad_values:,} bad values; {self.accounts:,} companies"
        )


def resolve(
    connection: duckdb.DuckDBPyConnection,
    overrides: Path | None = None,
    rules: Rules | None = None,
    *,
    model: IdentityModel | None = None,
    as_of: date | None = None,
    state: Path | None = None,
    places: Places | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> IdentitySummary:
    """Write who is who, from the active profiles in scratch.intermediate.int_profiles_seen.

    Tables: identity.profile_person, profile_account, account_candidates, person_household, links, near_links, vetoes,
    resolution, and customers.identity.bad_values. The result is a pure function of profiles, `overrides` (a CSV file, see
    overrides.py), `rules` (rules.yml when not given) and `model` (the one that ships when not given); person_id is the
    smallest profile_id of the person's. `state` is the database that an earlier resolution left, of the warehouse `places` when given: only what changed
    since is done again, and without it everything, with the same result. `progress` hears of the long steps.

    Raises StamgastError: an override, rule or model that cannot be read, two decisions that contradict each other.
    """
    rules, model = rules or read_rules(), model or read_model()
    if not shows_households(connection, SEEN):
        model = model.without_households()
    model = as_crowded(connection, SEEN, model)
    if state and places:
        attach(connection, places, state, "known")
    else:
        connection.execute(f"attach {text(state or ':memory:')} as known")
    try:
        connection.execute(
            "create schema if not exists identity; create schema if not exists customers.identity"
        )
        known = Known(connection, rules, model)
        known.take_profiles()
        known.take_statuses()
        known.take_groups()
        known.take_keys()
        scored = take_pairs(connection, known, model, progress)
        decisions = _of_active(connection, [*read_overrides(overrides, as_of), *_ties(connection)])
        take_region(connection, known, decisions)
        resolve_region(connection, known, model, rules, decisions)
        take_evidence(connection, decisions, is_full=known.is_full)
        known.finish()
        _write(connection)
        resolve_companies(connection, rules, overrides and overrides.with_name("companies.csv"), as_of)
        resolve_households(connection, rules)
        write_overrides(connection, overrides, as_of)
        connection.execute(
            """
            create or replace table identity.resolution as
            select
                ?::bigint as profiles,
                (select count(distinct person_id) from identity.profile_person) as people,
                (select count(*) from known.pairs) as pairs_kept,
                ?::bigint as pairs_scored,
                (select count(*) from identity_touched) as touched_profiles,
                (select count(*) from identity_region) as region_profiles,
                (select coalesce(max(size), 0) from (
                    select count(*) as size from identity.profile_person group by person_id
                )) as largest_person,
                ?::boolean as is_full,
                ? as model,
                ? as model_file
            """,
            [known.profiles, scored, known.is_full, model.name, model.model_dump_json()],
        )
        summary = _summary(connection)
        for table in (
            "changed", "candidates", "touched", "region", "compared", "patterns",
        ):  # fmt: skip
            connection.execute(f"drop table identity_{table}")
    finally:
        connection.execute("detach known")
    return summary


def _ties(connection: duckdb.DuckDBPyConnection) -> list[Override]:
    """A profile that was reduced to its number follows the one it is tied to, as by a decision."""
    ties = connection.execute(
        "select profile_id, tied_profile_id from scratch.intermediate.int_profiles_seen "
        "where tied_profile_id is not null order by profile_id"
    ).fetchall()
    return [
        Override(0, True, profile_id, tied, "retention", "reduced to its number", date.min)
        for profile_id, tied in ties
    ]


def _of_active(connection: duckdb.DuckDBPyConnection, decisions: list[Override]) -> list[Override]:
    """The decisions whose both profiles are active."""
    named = sorted({one.left_profile_id for one in decisions} | {one.right_profile_id for one in decisions})
    active = {
        row[0]
        for row in connection.execute(
            "select profile_id from known.features where profile_id in (select unnest(?::bigint[]))", [named]
        ).fetchall()
    }
    return [one for one in decisions if {one.left_profile_id, one.right_profile_id} <= active]


def _write(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        create or replace table identity.profile_person as
        select profile_id, person_id from known.people order by profile_id;
        create or replace table identity.vetoes as from known.vetoes order by all;
        create or replace table customers.identity.bad_values as from known.bad_values order by field, value
        """
    )
    write_evidence(connection)


def _summary(connection: duckdb.DuckDBPyConnection) -> IdentitySummary:
    rows = connection.execute(
        """
        with sizes as (
            select count(*) as profile_count from identity.profile_person group by person_id
        )
        select
            (select coalesce(sum(profile_count), 0)::bigint from sizes),
            (select count(*) from sizes),
            (select count(distinct account_id) from identity.profile_account),
            (select count(*) from identity.links where not is_cut),
            (select count(*) from customers.identity.bad_values),
            (select count(*) from identity.vetoes),
            (select coalesce(max(profile_count), 0) from sizes)
        """
    ).fetchall()
    return IdentitySummary(*rows[0])
