"""Identity resolution: from profiles to people, companies and households."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipelines.identity.companies.resolving import resolve_companies
from pipelines.identity.decisions.overrides import Override, read_overrides, write_overrides
from pipelines.identity.households.resolving import resolve_households
from pipelines.identity.likelihood.household_evidence import shows_households
from pipelines.identity.likelihood.model import IdentityModel, read_model
from pipelines.identity.likelihood.pairs import update_pairs
from pipelines.identity.likelihood.place_evidence import as_crowded
from pipelines.identity.people.evidence import update_evidence, write_evidence
from pipelines.identity.people.resolving import find_region, resolve_region
from pipelines.identity.resolution_state import SEEN, ResolutionState
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
    small_group_size: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> IdentitySummary:
    """Resolves the active profiles in scratch.intermediate.int_profiles_seen; writes the tables below, returns their counts.

    Tables: identity.profile_person, profile_account, account_candidates, person_household, links, near_links, vetoes,
    overrides, resolution, and customers.identity.bad_values. person_id is the smallest profile_id of the person.

    The result is a pure function of profiles, `overrides` (a CSV file, see overrides.py), `rules` (default: rules.yml) and
    `model` (default: the model that ships). `state`: the database of an earlier resolution (of the warehouse `places`, if
    given), so that only what has changed since is resolved again; without it everything is, with the same result.
    `small_group_size`: the fewest people of whom a household's postcode area is shown. `progress` receives a message per
    long step.

    Raises StamgastError: an override, rule or model that cannot be read, two decisions that contradict each other.
    """
    rules = rules or read_rules()
    model = _fitted(connection, model or read_model())
    if state and places:
        attach(connection, places, state, "state")
    else:
        connection.execute(f"attach {text(state or ':memory:')} as state")
    try:
        connection.execute(
            "create schema if not exists identity; create schema if not exists customers.identity"
        )
        resolution = ResolutionState(connection, rules, model)
        decisions = [*read_overrides(overrides, as_of), *_ties(connection)]
        scored = _resolve_people(connection, resolution, model, rules, decisions, progress)
        resolve_companies(connection, rules, overrides and overrides.with_name("companies.csv"), as_of)
        resolve_households(connection, rules, small_group_size)
        write_overrides(connection, overrides, as_of)
        _write_resolution(connection, resolution, model, scored)
        summary = _summary(connection)
        for table in (
            "changed", "candidates", "touched", "region", "compared", "patterns",
        ):  # fmt: skip
            connection.execute(f"drop table identity_{table}")
    finally:
        connection.execute("detach state")
    return summary


def _fitted(connection: duckdb.DuckDBPyConnection, model: IdentityModel) -> IdentityModel:
    """The model, adapted to whether the active profiles show households and to how close together people live."""
    if not shows_households(connection, SEEN):
        model = model.without_households()
    return as_crowded(connection, SEEN, model)


def _resolve_people(
    connection: duckdb.DuckDBPyConnection,
    state: ResolutionState,
    model: IdentityModel,
    rules: Rules,
    overrides: list[Override],
    progress: Callable[[str], None],
) -> int:
    """Brings the state up to date and writes people, links, vetoes and bad values; returns how many pairs were scored."""
    state.update_profiles()
    state.update_statuses()
    state.update_groups()
    state.update_keys()
    scored = update_pairs(connection, state, model, progress)
    decisions = _of_active(connection, overrides)
    find_region(connection, state, decisions)
    resolve_region(connection, state, model, rules, decisions)
    update_evidence(connection, decisions, is_full=state.is_full)
    state.finish()
    connection.execute(
        """
        create or replace table identity.profile_person as
        select profile_id, person_id from state.people order by profile_id;
        create or replace table identity.vetoes as from state.vetoes order by all;
        create or replace table customers.identity.bad_values as from state.bad_values order by field, value
        """
    )
    write_evidence(connection)
    return scored


def _write_resolution(
    connection: duckdb.DuckDBPyConnection, state: ResolutionState, model: IdentityModel, scored: int
) -> None:
    """Writes table identity.resolution: one row with the counts of this resolution and its model."""
    connection.execute(
        """
        create or replace table identity.resolution as
        select
            ?::bigint as profiles,
            (select count(distinct person_id) from identity.profile_person) as people,
            (select count(*) from state.pairs) as pairs_kept,
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
        [state.profiles, scored, state.is_full, model.name, model.model_dump_json()],
    )


def _ties(connection: duckdb.DuckDBPyConnection) -> list[Override]:
    """Redacted profiles with the profile each is tied to, as decisions `same`."""
    ties = connection.execute(
        "select profile_id, tied_profile_id from scratch.intermediate.int_profiles_seen "
        "where tied_profile_id is not null order by profile_id"
    ).fetchall()
    return [
        Override(0, True, profile_id, tied, "retention", "reduced to its number", date.min)
        for profile_id, tied in ties
    ]


def _of_active(connection: duckdb.DuckDBPyConnection, decisions: list[Override]) -> list[Override]:
    """The decisions about two active profiles."""
    named = sorted({profile_id for decision in decisions for profile_id in decision.pair})
    active = {
        row[0]
        for row in connection.execute(
            "select profile_id from state.features where profile_id in (select unnest(?::bigint[]))", [named]
        ).fetchall()
    }
    return [decision for decision in decisions if active.issuperset(decision.pair)]


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
