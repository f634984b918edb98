"""From links to people: the connected components of the touched region, split where evidence is thin or vetoes forbid."""

from collections.abc import Sequence
from typing import Literal

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.identity.decisions.overrides import Override
from pipelines.identity.likelihood.comparisons import RAREST
from pipelines.identity.likelihood.model import IdentityModel
from pipelines.identity.people.components import Ids, joined_by_likelihood, smallest_reachable
from pipelines.identity.people.doubtful import split_doubtful
from pipelines.identity.resolution_state import ResolutionState
from pipelines.identity.rules import LinkField, Rules
from pipelines.warehouse.database import text

# Rarity classes of given and family name added up, relative to 10,000 profiles, from which on two people with both names
# count as one. Of the pairs joined so among 100,000 people .86 were right at 6, .82 at 5, .76 at 4.
RARE_NAMES = 6
# The same for names that only a mailbox contains: .89 were right.
RARE_NAMES_IN_MAIL = 8
# Names with more profiles are left out.
MOST_BEARERS = 60
# With fewer profiles rarity is no evidence.
FEWEST_FOR_RARITY = 10_000
# Contact points by which profiles without a name are assigned to a person, in this order.
CONTACTS: tuple[LinkField, ...] = ("email", "phone")


def find_region(
    connection: duckdb.DuckDBPyConnection, state: ResolutionState, decisions: Sequence[Override]
) -> None:
    """Makes temp table identity_region(profile_id): all profiles whose person may change, as whole components.

    These are the touched profiles, the holders of values that changed profiles have or had, the partners of touched profiles
    in pairs, the profiles in a decision added or removed, and everything connected with any of them so far.
    """
    connection.register(
        "identity_decisions",
        pa.table(
            {
                "is_same": pa.array([decision.is_same for decision in decisions], pa.bool_()),
                "left_profile_id": _ids_of(decisions, "left_profile_id"),
                "right_profile_id": _ids_of(decisions, "right_profile_id"),
            }
        ),
    )
    region = "select profile_id from state.features order by profile_id" if state.is_full else _region(state)
    connection.execute(f"create or replace temp table identity_region as {region}")
    connection.execute("delete from state.decisions; insert into state.decisions from identity_decisions")
    connection.unregister("identity_decisions")


def _region(state: ResolutionState) -> str:
    """SQL for the profiles of the region, where only some profiles have changed."""
    holders = " union all ".join(
        f"select profile_id from {state.holders(field)}"
        for field in ("names", "customer_number", "record", "email", "phone", "cookie")
    )
    return f"""
        with decided as (
            (from identity_decisions except from state.decisions)
            union all
            (from state.decisions except from identity_decisions)
        ),

        seeds as (
            select profile_id from identity_touched
            union
            ({holders})
            union
            select right_profile_id from state.pairs where left_profile_id in (from identity_touched)
            union
            select left_profile_id from state.pairs where right_profile_id in (from identity_touched)
            union
            select unnest([left_profile_id, right_profile_id]) from decided
            union
            -- Mailboxes that contain the names of a touched profile, which may have become rare; they share no other value.
            select profile_id from state.features
            where family_name is null and names in (
                select names from state.features where profile_id in (from identity_touched)
            )
        ),

        connected as (
            select people.profile_id
            from state.people as people
            where people.component in (
                select component from state.people where profile_id in (select profile_id from seeds)
            )
        )

        select profile_id
        from (select profile_id from seeds union select profile_id from connected)
        where profile_id in (select profile_id from state.features)
        order by profile_id
    """


def resolve_region(
    connection: duckdb.DuckDBPyConnection,
    state: ResolutionState,
    model: IdentityModel,
    rules: Rules,
    decisions: Sequence[Override],
) -> None:
    """Updates state.people and state.vetoes for the profiles of the region.

    Components grow in four steps: certain links and decisions `same`, likely links, contact points of nameless profiles, rare
    names. Doubtful components are then split.
    """
    ids = _ids(connection, "select profile_id from identity_region order by profile_id")
    same = [decision for decision in decisions if decision.is_same]
    left, right = _edges(connection, "state.groups where group_id <> profile_id", "group_id", "profile_id")
    certain = smallest_reachable(
        ids,
        np.concatenate([left, _ids_of(same, "left_profile_id")]),
        np.concatenate([right, _ids_of(same, "right_profile_id")]),
    )
    likely = connection.execute(
        "select left_profile_id, right_profile_id, weight from state.pairs "
        "where weight > 0 and left_profile_id in (from identity_region)"
    ).to_arrow_table()
    joined = joined_by_likelihood(ids, certain, *(column.to_numpy() for column in likely.columns))
    _find_nameless(connection, rules)
    nameless, holder = _edges(connection, "state.nameless", "profile_id", "holder_id")
    alone = smallest_reachable(ids, np.concatenate([ids, nameless]), np.concatenate([joined, holder]))
    connection.register("identity_alone", pa.table({"profile_id": ids, "alone": alone}))
    is_rarity_evidence = model.knows_households and state.size >= FEWEST_FOR_RARITY
    _find_bearers(connection, state.size, is_rarity_evidence=is_rarity_evidence)
    connection.unregister("identity_alone")
    bearer, of_same_names = _edges(connection, "state.bearers", "profile_id", "first_id")
    components = smallest_reachable(
        ids, np.concatenate([ids, bearer]), np.concatenate([alone, of_same_names])
    )
    connection.register(
        "identity_joined", pa.table({"profile_id": ids, "component": components, "certain": certain})
    )
    connection.execute("create or replace temp table identity_components as from identity_joined")
    connection.unregister("identity_joined")
    people = split_doubtful(connection, state, model, rules, decisions, ids, components)
    connection.register(
        "identity_people", pa.table({"profile_id": ids, "component": components, "person_id": people})
    )
    connection.execute(
        """
        delete from state.people
        where profile_id in (from identity_region) or profile_id in (select profile_id from identity_changed);
        insert into state.people from identity_people
        """
    )
    connection.unregister("identity_people")
    connection.execute("drop table identity_components")


def _find_nameless(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """Updates state.nameless(profile_id, rank, value, holder_id): profiles without a name in a shared mailbox or phone.

    One row per named profile with the same mailbox or phone. If those are one person in the end, so is the nameless profile.
    """
    found = " union all ".join(
        f"""
        select nameless.profile_id, {rank} as rank, nameless.{field} as value, named.profile_id as holder_id
        from state.features as nameless
        semi join identity_region as region on nameless.profile_id = region.profile_id
        inner join state.statuses as statuses
            on nameless.{field} = statuses.value and statuses.field = '{field}' and statuses.status = 'shared'
        inner join state.features as named on nameless.{field} = named.{field} and named.family_name is not null
        where nameless.family_name is null and nameless.given_name is null
            and not regexp_full_match(nameless.{field}, {text("|".join(rules.households.get(field, [])))})
            and nameless.{field} not in (select value from state.bad_values where field = '{field}')
        """
        for rank, field in enumerate(CONTACTS)
    )
    connection.execute(
        f"""
        delete from state.nameless
        where profile_id in (from identity_region) or profile_id in (select profile_id from identity_changed);
        insert into state.nameless {found}
        """
    )


def _find_bearers(connection: duckdb.DuckDBPyConnection, size: int, *, is_rarity_evidence: bool) -> None:
    """Updates state.bearers(profile_id, names, alone, first_id, is_named): profiles of one rare name not yet connected.

    A profile bears a name by giving it, or by giving none and having it in its mailbox (`is_named` false). `alone`: smallest
    profile it is connected with otherwise; `first_id`: smallest bearer of the name. Empty unless `is_rarity_evidence`: among
    few profiles rarity is no evidence, nor where no households show, since there all profiles have the same fields, and two
    that agree in the names alone are two people.
    """
    connection.execute(
        f"""
        delete from state.bearers
        where profile_id in (from identity_region) or profile_id in (select profile_id from identity_changed);
        insert into state.bearers
        with rare as (
            select features.names, max(
                coalesce(given_names.status, '{RAREST}')::integer + coalesce(family_names.status, '{RAREST}')::integer
                - log2({size} / 10000)
            ) as rarity
            from state.features as features
            semi join identity_region as region on features.profile_id = region.profile_id
            left join state.statuses as given_names
                on features.given_name = given_names.value and given_names.field = 'given_name'
            left join state.statuses as family_names
                on features.family_name = family_names.value and family_names.field = 'family_name'
            where features.given_name is not null and features.family_name is not null and {is_rarity_evidence}
            group by features.names
        )

        select features.profile_id, features.names, alone.alone,
            min(features.profile_id) over (partition by features.names), features.family_name is not null
        from state.features as features
        inner join identity_alone as alone on features.profile_id = alone.profile_id
        inner join rare on features.names = rare.names
            and rare.rarity >= case when features.family_name is null then {RARE_NAMES_IN_MAIL} else {RARE_NAMES} end
        qualify min(alone.alone) over (partition by features.names) <> max(alone.alone) over (partition by features.names)
            and count(*) over (partition by features.names) <= {MOST_BEARERS}
        """
    )


def _ids(connection: duckdb.DuckDBPyConnection, query: str) -> Ids:
    return connection.execute(query).to_arrow_table().column(0).to_numpy()


def _ids_of(decisions: Sequence[Override], side: Literal["left_profile_id", "right_profile_id"]) -> Ids:
    return np.array([getattr(decision, side) for decision in decisions], dtype=np.int64)


def _edges(connection: duckdb.DuckDBPyConnection, relation: str, left: str, right: str) -> tuple[Ids, Ids]:
    table = connection.execute(
        f"select {left}, {right} from (from {relation}) where {left} in (from identity_region)"
    ).to_arrow_table()
    return table.column(0).to_numpy(), table.column(1).to_numpy()
