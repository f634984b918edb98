"""From links to people: connected components of the touched region, cut where evidence is thin or a veto stands."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.identity.decisions.overrides import Override
from pipelines.identity.known import Known
from pipelines.identity.likelihood.comparisons import RAREST
from pipelines.identity.likelihood.model import IdentityModel
from pipelines.identity.likelihood.pairs import compare_inside, weighed
from pipelines.identity.likelihood.scoring import holds
from pipelines.identity.people.components import Ids, joined_by_likelihood, smallest_reachable
from pipelines.identity.people.cutting import OVERRIDE_RANK, Bearers, Cutter, Group, Holders, Member, Scores
from pipelines.identity.profiles.features import content_of
from pipelines.identity.rules import LinkField, Rules
from pipelines.warehouse.database import text

# Bits. One pair can neither carry nor break a person alone.
_LEAST, _MOST = -4.0, 12.0
# Two profiles that contradict each other in none of these may lack evidence for one person, but are none against it: of
# somebody who moved many old and new profiles share the name alone, and the few that share a telephone decide.
_CONTRADICTING = holds(
    {
        "given_name": ("same_initial", "differs"),
        "family_name": ("differs",),
        "family_name_of_namesakes": ("differs",),
        "birth_date": ("one_part_differs", "differs"),
    }
)
# Bits of rarity of given and family name together, among 10,000 profiles, from which on the two people who bear both are
# taken for one. Of the pairs joined so among 100,000 people .86 were right at 6, .82 at 5, .76 at 4.
RARE_NAMES = 6
# The same of names that only a mailbox spells, which may be anybody's: .89.
RARE_NAMES_IN_MAIL = 8
# More profiles of one name are not looked at.
MOST_BEARERS = 60
# Of fewer profiles the size class tells too little.
FEWEST_TO_TELL_RARITY = 10_000
# Whose these are tells who somebody without a name is, in this order.
CONTACTS: tuple[LinkField, ...] = ("email", "phone")
# Two profiles tell whether they are one person when both have names or a birth date; contact points alone may only speak for it.
_TELLS = "weight > 0 or birth_date is not null or (given_name is not null and family_name is not null)"


def take_region(connection: duckdb.DuckDBPyConnection, known: Known, decisions: Sequence[Override]) -> None:
    """Temp table identity_region(profile_id): whose person may be another than before, whole components of them.

    Those are the touched, all who hold a value that a changed profile holds or held, the touched ones' partners, who
    is named in a decision made or withdrawn, and everyone who was connected to any of them.
    """
    connection.register(
        "identity_decisions",
        pa.table(
            {
                "is_same": pa.array([one.is_same for one in decisions], pa.bool_()),
                "left_profile_id": pa.array([one.left_profile_id for one in decisions], pa.int64()),
                "right_profile_id": pa.array([one.right_profile_id for one in decisions], pa.int64()),
            }
        ),
    )
    if known.is_full:
        connection.execute(
            "create or replace temp table identity_region as select profile_id from known.features order by profile_id"
        )
    else:
        holders = " union all ".join(
            f"select profile_id from {known.holders(field)}"
            for field in ("names", "customer_number", "record", "email", "phone", "cookie")
        )
        connection.execute(
            f"""
            create or replace temp table identity_region as
            with decided as (
                (from identity_decisions except from known.decisions)
                union all
                (from known.decisions except from identity_decisions)
            ),

            seeds as (
                select profile_id from identity_touched
                union
                ({holders})
                union
                select right_profile_id from known.pairs where left_profile_id in (from identity_touched)
                union
                select left_profile_id from known.pairs where right_profile_id in (from identity_touched)
                union
                select unnest([left_profile_id, right_profile_id]) from decided
                union
                -- Whose mailbox spells the names of somebody touched, which may have become rare: no other value is held by both.
                select profile_id from known.features
                where family_name is null and names in (
                    select names from known.features where profile_id in (from identity_touched)
                )
            ),

            connected as (
                select people.profile_id
                from known.people as people
                where people.component in (
                    select component from known.people where profile_id in (select profile_id from seeds)
                )
            )

            select profile_id
            from (select profile_id from seeds union select profile_id from connected)
            where profile_id in (select profile_id from known.features)
            order by profile_id
            """
        )
    connection.execute("delete from known.decisions; insert into known.decisions from identity_decisions")
    connection.unregister("identity_decisions")


def resolve_region(
    connection: duckdb.DuckDBPyConnection,
    known: Known,
    model: IdentityModel,
    rules: Rules,
    decisions: Sequence[Override],
) -> None:
    """known.people and known.vetoes are those of the active profiles and decisions, given those outside the region."""
    ids = _ids(connection, "select profile_id from identity_region order by profile_id")
    same = [one for one in decisions if one.is_same]
    left, right = _edges(connection, "known.groups where group_id <> profile_id", "group_id", "profile_id")
    certain = smallest_reachable(
        ids,
        np.concatenate([left, _column(same, "left_profile_id")]),
        np.concatenate([right, _column(same, "right_profile_id")]),
    )
    likely = connection.execute(
        "select left_profile_id, right_profile_id, weight from known.pairs "
        "where weight > 0 and left_profile_id in (from identity_region)"
    ).to_arrow_table()
    joined = joined_by_likelihood(ids, certain, *(column.to_numpy() for column in likely.columns))
    _find_nameless(connection, rules)
    nameless, holder = _edges(connection, "known.nameless", "profile_id", "holder_id")
    alone = smallest_reachable(ids, np.concatenate([ids, nameless]), np.concatenate([joined, holder]))
    connection.register("identity_alone", pa.table({"profile_id": ids, "alone": alone}))
    _find_bearers(
        connection, known.size, tells=model.knows_households and known.size >= FEWEST_TO_TELL_RARITY
    )
    connection.unregister("identity_alone")
    bearer, of_same_names = _edges(connection, "known.bearers", "profile_id", "first_id")
    components = smallest_reachable(
        ids, np.concatenate([ids, bearer]), np.concatenate([alone, of_same_names])
    )
    connection.register(
        "identity_joined", pa.table({"profile_id": ids, "component": components, "certain": certain})
    )
    connection.execute("create or replace temp table identity_components as from identity_joined")
    connection.unregister("identity_joined")
    people = _cut(connection, known, model, rules, decisions, ids, components)
    connection.register(
        "identity_people", pa.table({"profile_id": ids, "component": components, "person_id": people})
    )
    connection.execute(
        """
        delete from known.people
        where profile_id in (from identity_region) or profile_id in (select profile_id from identity_changed);
        insert into known.people from identity_people
        """
    )
    connection.unregister("identity_people")
    connection.execute("drop table identity_components")


def _find_nameless(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """known.nameless(profile_id, rank, value, holder_id) is that of the active profiles: who gives no name but an address or a number of
    several writers, and each named profile that holds it.

    Those writers may turn out to be one person, whose the nameless profile then is.
    """
    found = " union all ".join(
        f"""
        select nameless.profile_id, {rank} as rank, nameless.{field} as value, named.profile_id as holder_id
        from known.features as nameless
        semi join identity_region as region on nameless.profile_id = region.profile_id
        inner join known.statuses as statuses
            on nameless.{field} = statuses.value and statuses.field = '{field}' and statuses.status = 'several'
        inner join known.features as named on nameless.{field} = named.{field} and named.family_name is not null
        where nameless.family_name is null and nameless.given_name is null
            and not regexp_full_match(nameless.{field}, {text("|".join(rules.households.get(field, [])))})
            and nameless.{field} not in (select value from known.bad_values where field = '{field}')
        """
        for rank, field in enumerate(CONTACTS)
    )
    connection.execute(
        f"""
        delete from known.nameless
        where profile_id in (from identity_region) or profile_id in (select profile_id from identity_changed);
        insert into known.nameless {found}
        """
    )


def _find_bearers(connection: duckdb.DuckDBPyConnection, size: int, *, tells: bool) -> None:
    """known.bearers(profile_id, names, alone, first_id, is_named) is that of the active profiles: who bears names so rare
    that hardly two people do, or spells them in the mailbox and gives none, where not all of them are connected otherwise.

    `alone` is the smallest profile that each is connected to without this, `first_id` the smallest of the bearers. None
    where rarity tells nothing: among few profiles, and where no households show, since there everybody gives the same
    fields and two who share the names alone are two people.
    """
    connection.execute(
        f"""
        delete from known.bearers
        where profile_id in (from identity_region) or profile_id in (select profile_id from identity_changed);
        insert into known.bearers
        with rare as (
            select features.names, max(
                coalesce(given_names.status, '{RAREST}')::integer + coalesce(family_names.status, '{RAREST}')::integer
                - log2({size} / 10000)
            ) as bits
            from known.features as features
            semi join identity_region as region on features.profile_id = region.profile_id
            left join known.statuses as given_names
                on features.given_name = given_names.value and given_names.field = 'given_name'
            left join known.statuses as family_names
                on features.family_name = family_names.value and family_names.field = 'family_name'
            where features.given_name is not null and features.family_name is not null and {tells}
            group by features.names
        )

        select features.profile_id, features.names, alone.alone,
            min(features.profile_id) over (partition by features.names), features.family_name is not null
        from known.features as features
        inner join identity_alone as alone on features.profile_id = alone.profile_id
        inner join rare on features.names = rare.names
            and rare.bits >= case when features.family_name is null then {RARE_NAMES_IN_MAIL} else {RARE_NAMES} end
        qualify min(alone.alone) over (partition by features.names) <> max(alone.alone) over (partition by features.names)
            and count(*) over (partition by features.names) <= {MOST_BEARERS}
        """
    )


def _ids(connection: duckdb.DuckDBPyConnection, query: str) -> Ids:
    return connection.execute(query).to_arrow_table().column(0).to_numpy()


def _column(decisions: Sequence[Override], side: str) -> Ids:
    return np.array([getattr(one, side) for one in decisions], dtype=np.int64)


def _edges(connection: duckdb.DuckDBPyConnection, relation: str, left: str, right: str) -> tuple[Ids, Ids]:
    table = connection.execute(
        f"select {left}, {right} from (from {relation}) where {left} in (from identity_region)"
    ).to_arrow_table()
    return table.column(0).to_numpy(), table.column(1).to_numpy()


def _cut(
    connection: duckdb.DuckDBPyConnection,
    known: Known,
    model: IdentityModel,
    rules: Rules,
    decisions: Sequence[Override],
    ids: Ids,
    components: Ids,
) -> Ids:
    """The person of each of `ids`; components in which nothing contradicts are people as they are.

    Looked at one by one: components with two birth dates, generations, customer numbers or given names, with a
    decision `different`, and those held together by likelihood in which some pair speaks against.
    """
    people = components.copy()
    different = [(one.left_profile_id, one.right_profile_id) for one in decisions if not one.is_same]
    _find_bridged(connection)
    connection.register(
        "identity_parted", pa.table({"profile_id": pa.array([pair[0] for pair in different], pa.int64())})
    )
    connection.execute(
        """
        create or replace temp table identity_likely as
        select profile_id, component
        from identity_components
        where component in (
            select component from identity_components group by component having min(certain) <> max(certain)
            union
            from identity_bridged
        )
        """
    )
    compare_inside(connection, known, model, "identity_likely")
    connection.execute(
        f"""
        create or replace temp table identity_telling as
        select scored.left_profile_id, scored.right_profile_id, likely.component, scored.weight,
            case when {_CONTRADICTING} then {_LEAST} else 0 end as least
        from {weighed()} as scored
        inner join identity_likely as likely on scored.left_profile_id = likely.profile_id
        where {_TELLS};

        create or replace temp table identity_doubtful as
        select profile_id, component
        from identity_components
        where component in (
            select joined.component
            from identity_components as joined
            inner join known.features as features on joined.profile_id = features.profile_id
            group by joined.component
            having min(features.birth_date) <> max(features.birth_date)
                or min(features.generation) <> max(features.generation)
                or min(features.only_number) <> max(features.only_number)
                or (count(*) > 1 and bool_or(joined.profile_id in (select profile_id from identity_parted)))
            union
            from identity_bridged
            union
            select component from identity_telling where weight <= 0
            union
            select joined.component
            from identity_components as joined
            semi join known.nameless as nameless on joined.profile_id = nameless.profile_id
            union
            select joined.component
            from identity_components as joined
            semi join known.bearers as bearers on joined.profile_id = bearers.profile_id
        )
        """
    )
    connection.unregister("identity_parted")
    cutter = Cutter(rules.vetoes, different, model.aliases, are_households=model.knows_households)
    vetoes = []
    members, groups, scores = _members(connection), _groups(connection, decisions), _scores(connection)
    holders, bearers = _holders(connection), _bearers(connection)
    by_id = {member.profile_id: member for found in members.values() for member in found}
    by_contact_point = {
        rank for rank, rule in enumerate(rules.certain, start=1) if rule.names == "compatible"
    }
    for component in sorted(members):
        parts, found = cutter.cut(
            members[component],
            [
                Group(rank, tuple(by_id[one] for one in named), rank in by_contact_point)
                for rank, named in groups[component]
            ],
            scores[component],
            holders[component],
            bearers[component],
        )
        vetoes += found
        for part in parts:
            part_ids = [member.profile_id for member in part]
            people[np.searchsorted(ids, part_ids)] = min(part_ids)
    connection.execute(
        "drop table identity_doubtful; drop table identity_telling; drop table identity_likely; "
        "drop table identity_scored; drop table identity_bridged"
    )
    connection.execute(
        "delete from known.vetoes where left_profile_id in (from identity_region) or left_profile_id in (select profile_id from identity_changed)"
    )
    if vetoes:
        connection.executemany(
            "insert into known.vetoes values (?, ?, ?)",
            [(veto.left_profile_id, veto.right_profile_id, veto.rule) for veto in vetoes],
        )
    return people


def _find_bridged(connection: duckdb.DuckDBPyConnection) -> None:
    """Temp table identity_bridged: the components with two given names, initials included, that are not alike."""
    connection.execute(
        """
        create or replace temp table identity_bridged as
        with called as (
            select distinct joined.component, coalesce(features.given_name, features.initial) as given_name
            from identity_components as joined
            inner join known.features as features on joined.profile_id = features.profile_id
            where features.initial is not null
        )

        select distinct a.component
        from called as a
        inner join called as b on a.component = b.component and a.given_name < b.given_name
        where not identity_alike(a.given_name, b.given_name)
        """
    )


def _members(connection: duckdb.DuckDBPyConnection) -> dict[int, list[Member]]:
    """The profiles of each doubtful component, with what vetoes look at."""
    members: dict[int, list[Member]] = defaultdict(list)
    for component, *values in connection.execute(
        f"""
        select doubtful.component, features.profile_id, {content_of("seen")},
            features.birth_date, features.given_name, features.family_name, features.generation, features.only_number,
            features.initial
        from identity_doubtful as doubtful
        inner join known.features as features on doubtful.profile_id = features.profile_id
        inner join scratch.intermediate.int_profiles_seen as seen on doubtful.profile_id = seen.profile_id
        order by doubtful.component, doubtful.profile_id
        """
    ).fetchall():
        members[component].append(Member(*values))
    return members


def _groups(
    connection: duckdb.DuckDBPyConnection, decisions: Sequence[Override]
) -> dict[int, list[tuple[int, list[int]]]]:
    """The certain groups of each doubtful component, as (rank, profile ids); decisions `same` come first."""
    groups: dict[int, list[tuple[int, list[int]]]] = defaultdict(list)
    for component, rank, ids in connection.execute(
        """
        select doubtful.component, groups.rank, list(groups.profile_id order by groups.profile_id)
        from known.groups as groups
        inner join identity_doubtful as doubtful on groups.profile_id = doubtful.profile_id
        group by doubtful.component, groups.rank, groups.group_id
        """
    ).fetchall():
        groups[component].append((rank, ids))
    component_of = dict(connection.execute("select profile_id, component from identity_doubtful").fetchall())
    for one in decisions:
        if one.is_same and one.left_profile_id in component_of:
            groups[component_of[one.left_profile_id]].append(
                (OVERRIDE_RANK, [one.left_profile_id, one.right_profile_id])
            )
    return groups


def _scores(connection: duckdb.DuckDBPyConnection) -> Mapping[int, Scores]:
    """The weights of each doubtful component's telling pairs, clipped; zero where nothing is shared and nothing contradicts."""
    scores: dict[int, dict[tuple[int, int], float]] = defaultdict(dict)
    for component, left, right, bits in connection.execute(
        f"""
        select telling.component, telling.left_profile_id, telling.right_profile_id,
            greatest(telling.least, least({_MOST}, telling.weight))
        from identity_telling as telling
        where telling.component in (select component from identity_doubtful)
        """
    ).fetchall():
        scores[component][left, right] = bits
    return scores


def _holders(connection: duckdb.DuckDBPyConnection) -> dict[int, list[Holders]]:
    """By component: the nameless profiles of several writers' contact points, and those writers."""
    holders: dict[int, list[Holders]] = defaultdict(list)
    for component, profile_id, ids in connection.execute(
        """
        select doubtful.component, nameless.profile_id, list(nameless.holder_id order by nameless.holder_id)
        from known.nameless as nameless
        inner join identity_doubtful as doubtful on nameless.profile_id = doubtful.profile_id
        group by doubtful.component, nameless.profile_id, nameless.rank, nameless.value
        order by doubtful.component, nameless.profile_id, nameless.rank
        """
    ).fetchall():
        holders[component].append((profile_id, ids))
    return holders


def _bearers(connection: duckdb.DuckDBPyConnection) -> dict[int, list[Bearers]]:
    """By component: the profiles that bear one rare name, and those in whose mailbox it is."""
    bearers: dict[int, list[Bearers]] = defaultdict(list)
    for component, *ids in connection.execute(
        """
        select joined.component,
            list(bearers.profile_id order by bearers.profile_id) filter (bearers.is_named),
            coalesce(list(bearers.profile_id order by bearers.profile_id) filter (not bearers.is_named), [])
        from known.bearers as bearers
        inner join identity_components as joined on bearers.profile_id = joined.profile_id
        group by joined.component, bearers.names
        order by joined.component, min(bearers.profile_id)
        """
    ).fetchall():
        bearers[component].append((ids[0], ids[1]))
    return bearers
