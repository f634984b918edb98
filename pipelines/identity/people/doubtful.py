"""Splits doubtful components: those with contradictions are looked at one by one, all others are one person each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.identity.decisions.overrides import Override
from pipelines.identity.likelihood.given_names import usual_aliases
from pipelines.identity.likelihood.model import IdentityModel
from pipelines.identity.likelihood.pairs import compare_inside, weighed
from pipelines.identity.likelihood.scoring import holds
from pipelines.identity.people.components import Ids
from pipelines.identity.people.splitting import (
    GENERATION,
    OVERRIDE_RANK,
    Bearers,
    ComponentSplitter,
    Group,
    Holders,
    Member,
    Scores,
    Veto,
)
from pipelines.identity.profiles.features import content_of
from pipelines.identity.resolution_state import ResolutionState
from pipelines.identity.rules import Rules

# The highest rarity class of a given name that is usual: a typing error seldom makes one of another.
USUAL = 3
# Match weights (log2 odds) are clipped to these, so that no single pair makes or breaks a person.
_LEAST, _MOST = -4.0, 12.0
# A pair without one of these levels lacks evidence, but is none against one person: many old and new profiles of somebody
# who moved agree in the name alone, and the few with the same phone number decide.
_CONTRADICTING = holds(
    {
        "given_name": ("same_initial", "differs"),
        "family_name": ("differs",),
        "family_name_of_namesakes": ("differs",),
        "birth_date": ("one_part_differs", "differs"),
    }
)
# Pairs that are evidence for or against one person: with names or a birth date on both sides. Contact points alone count only for.
_IS_EVIDENCE = "weight > 0 or birth_date is not null or (given_name is not null and family_name is not null)"


def split_doubtful(
    connection: duckdb.DuckDBPyConnection,
    state: ResolutionState,
    model: IdentityModel,
    rules: Rules,
    decisions: Sequence[Override],
    ids: Ids,
    components: Ids,
) -> Ids:
    """Returns the person of each of `ids`, whose components are `components`; updates state.vetoes.

    Doubtful are components with two birth dates, generations, customer numbers or given names, components with a decision
    `different`, a nameless profile or a rare name, and components held together by likelihood with evidence against them.
    """
    different = [
        (decision.left_profile_id, decision.right_profile_id)
        for decision in decisions
        if not decision.is_same
    ]
    _find_bridged(connection)
    _find_evidence(connection, state, model)
    _find_doubtful(connection, different)
    splitter = ComponentSplitter(
        rules.vetoes, different, model.aliases, are_households=model.knows_households
    )
    members, holders, bearers = _members(connection), _holders(connection), _bearers(connection)
    groups, scores = _groups(connection, rules, decisions, members), _scores(connection)
    people = components.copy()
    vetoes: list[Veto] = []
    for component in sorted(members):
        parts, found = splitter.split(
            members[component],
            groups[component],
            scores[component],
            holders[component],
            bearers[component],
        )
        vetoes += found
        for part in parts:
            part_ids = [member.profile_id for member in part]
            people[np.searchsorted(ids, part_ids)] = min(part_ids)
    connection.execute(
        "drop table identity_doubtful; drop table identity_evidence; drop table identity_likely; "
        "drop table identity_scored; drop table identity_bridged"
    )
    _write_vetoes(connection, vetoes)
    return people


def _find_evidence(
    connection: duckdb.DuckDBPyConnection, state: ResolutionState, model: IdentityModel
) -> None:
    """Makes temp table identity_evidence: the pairs inside a component that are evidence for or against one person.

    Of components held together by likelihood, and of those in identity_bridged.
    """
    connection.execute(
        f"""
        create or replace temp table identity_likely as
        select profile_id, component
        from identity_components
        where component in (
            select component from identity_components group by component having min(certain) <> max(certain)
            union
            from identity_bridged
            union
            select joined.component
            from identity_components as joined
            inner join state.features as features on joined.profile_id = features.profile_id
            group by joined.component
            having date_diff('year', min(features.birth_date), max(features.birth_date)) >= {GENERATION}
        )
        """
    )
    compare_inside(connection, state, model, "identity_likely")
    connection.execute(
        f"""
        create or replace temp table identity_evidence as
        select scored.left_profile_id, scored.right_profile_id, likely.component, scored.weight,
            case when {_CONTRADICTING} then {_LEAST} else 0 end as least
        from {weighed()} as scored
        inner join identity_likely as likely on scored.left_profile_id = likely.profile_id
        where {_IS_EVIDENCE}
        """
    )


def _find_doubtful(connection: duckdb.DuckDBPyConnection, different: Sequence[tuple[int, int]]) -> None:
    """Makes temp table identity_doubtful(profile_id, component): the components to look at one by one."""
    parted = pa.table({"profile_id": pa.array([pair[0] for pair in different], pa.int64())})
    connection.register("identity_parted", parted)
    connection.execute(
        """
        create or replace temp table identity_doubtful as
        select profile_id, component
        from identity_components
        where component in (
            select joined.component
            from identity_components as joined
            inner join state.features as features on joined.profile_id = features.profile_id
            group by joined.component
            having min(features.birth_date) <> max(features.birth_date)
                or min(features.generation) <> max(features.generation)
                or min(if(features.is_only_number, features.customer_number, null))
                <> max(if(features.is_only_number, features.customer_number, null))
                or (
                    min(features.given_name) <> max(features.given_name)
                    and (
                        min(features.gender) <> max(features.gender) or min(features.email) <> max(features.email)
                        or count(features.birth_date) > 1
                    )
                )
                or (count(*) > 1 and bool_or(joined.profile_id in (select profile_id from identity_parted)))
            union
            from identity_bridged
            union
            select component from identity_evidence where weight <= 0
            union
            select joined.component
            from identity_components as joined
            semi join state.nameless as nameless on joined.profile_id = nameless.profile_id
            union
            select joined.component
            from identity_components as joined
            semi join state.bearers as bearers on joined.profile_id = bearers.profile_id
        )
        """
    )
    connection.unregister("identity_parted")


def _find_bridged(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes temp table identity_bridged: components with two given names, initials included, that are not alike."""
    connection.execute(
        """
        create or replace temp table identity_bridged as
        with named as (
            select distinct joined.component, coalesce(features.given_name, features.initial) as given_name
            from identity_components as joined
            inner join state.features as features on joined.profile_id = features.profile_id
            where features.initial is not null
        )

        select distinct a.component
        from named as a
        inner join named as b on a.component = b.component and a.given_name < b.given_name
        where not identity_alike(a.given_name, b.given_name)
        """
    )


def _members(connection: duckdb.DuckDBPyConnection) -> dict[int, list[Member]]:
    """The profiles of each doubtful component, with the fields that vetoes compare."""
    members: dict[int, list[Member]] = defaultdict(list)
    usual = {name for pair in usual_aliases() for name in pair}
    for component, *values in connection.execute(
        f"""
        select doubtful.component, features.profile_id, {content_of("seen")},
            features.birth_date, features.given_name, features.family_name, features.generation,
            features.is_only_number, features.initial, features.gender, features.email, features.number_space,
            features.customer_number,
            coalesce(given_names.status::integer <= {USUAL}, false)
        from identity_doubtful as doubtful
        inner join state.features as features on doubtful.profile_id = features.profile_id
        inner join scratch.intermediate.int_profiles_seen as seen on doubtful.profile_id = seen.profile_id
        left join state.statuses as given_names
            on given_names.field = 'given_name' and features.given_name = given_names.value
        order by doubtful.component, doubtful.profile_id
        """
    ).fetchall():
        member = Member(*values)
        members[component].append(
            replace(member, is_name_usual=True) if member.given_name in usual else member
        )
    return members


def _groups(
    connection: duckdb.DuckDBPyConnection,
    rules: Rules,
    decisions: Sequence[Override],
    members: Mapping[int, Sequence[Member]],
) -> dict[int, list[Group]]:
    """The certain groups of each doubtful component, and one group of rank 0 per decision `same`."""
    by_contact_point = {
        rank for rank, rule in enumerate(rules.certain, start=1) if rule.names == "compatible"
    }
    by_id = {member.profile_id: member for found in members.values() for member in found}
    groups: dict[int, list[Group]] = defaultdict(list)
    for component, rank, ids in connection.execute(
        """
        select doubtful.component, groups.rank, list(groups.profile_id order by groups.profile_id)
        from state.groups as groups
        inner join identity_doubtful as doubtful on groups.profile_id = doubtful.profile_id
        group by doubtful.component, groups.rank, groups.group_id
        """
    ).fetchall():
        group = tuple(by_id[profile_id] for profile_id in ids)
        groups[component].append(Group(rank, group, rank in by_contact_point))
    component_of = {member.profile_id: component for component, found in members.items() for member in found}
    for decision in decisions:
        if decision.is_same and (component := component_of.get(decision.left_profile_id)) is not None:
            pair = by_id[decision.left_profile_id], by_id[decision.right_profile_id]
            groups[component].append(Group(OVERRIDE_RANK, pair))
    return groups


def _scores(connection: duckdb.DuckDBPyConnection) -> Mapping[int, Scores]:
    """The clipped match weights of the pairs in identity_evidence, per doubtful component; not below 0 without contradiction."""
    scores: dict[int, dict[tuple[int, int], float]] = defaultdict(dict)
    for component, left, right, weight in connection.execute(
        f"""
        select evidence.component, evidence.left_profile_id, evidence.right_profile_id,
            greatest(evidence.least, least({_MOST}, evidence.weight))
        from identity_evidence as evidence
        where evidence.component in (select component from identity_doubtful)
        """
    ).fetchall():
        scores[component][left, right] = weight
    return scores


def _holders(connection: duckdb.DuckDBPyConnection) -> dict[int, list[Holders]]:
    """Per component, the nameless profiles of a shared mailbox or phone, each with the named profiles that have it too."""
    holders: dict[int, list[Holders]] = defaultdict(list)
    for component, profile_id, ids in connection.execute(
        """
        select doubtful.component, nameless.profile_id, list(nameless.holder_id order by nameless.holder_id)
        from state.nameless as nameless
        inner join identity_doubtful as doubtful on nameless.profile_id = doubtful.profile_id
        group by doubtful.component, nameless.profile_id, nameless.rank, nameless.value
        order by doubtful.component, nameless.profile_id, nameless.rank
        """
    ).fetchall():
        holders[component].append((profile_id, ids))
    return holders


def _bearers(connection: duckdb.DuckDBPyConnection) -> dict[int, list[Bearers]]:
    """Per component and rare name, the profiles with that name, and the nameless profiles whose mailbox contains it."""
    bearers: dict[int, list[Bearers]] = defaultdict(list)
    for component, *ids in connection.execute(
        """
        select joined.component,
            list(bearers.profile_id order by bearers.profile_id) filter (bearers.is_named),
            coalesce(list(bearers.profile_id order by bearers.profile_id) filter (not bearers.is_named), [])
        from state.bearers as bearers
        inner join identity_components as joined on bearers.profile_id = joined.profile_id
        group by joined.component, bearers.names
        order by joined.component, min(bearers.profile_id)
        """
    ).fetchall():
        bearers[component].append((ids[0], ids[1]))
    return bearers


def _write_vetoes(connection: duckdb.DuckDBPyConnection, vetoes: Sequence[Veto]) -> None:
    connection.execute(
        "delete from state.vetoes where left_profile_id in (from identity_region) or left_profile_id in (select profile_id from identity_changed)"
    )
    if vetoes:
        connection.executemany(
            "insert into state.vetoes values (?, ?, ?)",
            [(veto.left_profile_id, veto.right_profile_id, veto.rule) for veto in vetoes],
        )
