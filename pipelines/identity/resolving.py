"""Resolves profiles to people and companies: features, bad values, links, components, vetoes, evidence."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.contracts import CONTACT_BLOCK
from pipelines.database import name
from pipelines.errors import StamgastError
from pipelines.identity.bad_values import find_bad_values
from pipelines.identity.certain import group_by_rules
from pipelines.identity.components import Ids, smallest_reachable
from pipelines.identity.cutting import OVERRIDE_RANK, Cutter, Group, Member, Veto
from pipelines.identity.overrides import Override, read_overrides
from pipelines.identity.rules import Rules, read_rules

_FOLDER = Path(__file__).parent
_FEATURES = (_FOLDER / "features.sql").read_text(encoding="utf-8")
_EVIDENCE = (_FOLDER / "evidence.sql").read_text(encoding="utf-8")
_COMPANIES = (_FOLDER / "companies.sql").read_text(encoding="utf-8")


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
    connection: duckdb.DuckDBPyConnection, overrides: Path | None = None, rules: Rules | None = None
) -> IdentitySummary:
    """Write who is who, from the active profiles in scratch.intermediate.int_profiles_seen.

    Tables: identity.profile_person, profile_account, links, vetoes, and customers.identity.bad_values. The result
    is a pure function of profiles, `overrides` (a CSV file, see overrides.py) and `rules` (rules.yml when not given);
    person_id is the smallest profile_id of the person's.

    Raises StamgastError: an override or rule that cannot be read, two decisions that contradict each other.
    """
    rules = rules or read_rules()
    connection.execute("create schema if not exists identity")
    connection.execute(_FEATURES)
    find_bad_values(connection, rules)
    group_by_rules(connection, rules)
    profiles = connection.execute(
        "select profile_id from identity_features order by profile_id"
    ).to_arrow_table()
    ids = profiles["profile_id"].to_numpy()
    decisions = _of_active(read_overrides(overrides), ids)
    people = _components(connection, decisions, overrides, ids)
    vetoes = _cut(connection, rules, decisions, ids, people)
    _write_people(connection, ids, people, vetoes)
    connection.execute(_EVIDENCE)
    connection.execute(_COMPANIES)
    summary = _summary(connection)
    connection.execute("drop table identity_features")
    connection.execute("drop table identity_groups")
    return summary


def _of_active(decisions: list[Override], profiles: Ids) -> list[Override]:
    """The decisions whose both profiles are active."""
    named = np.array([(one.left_profile_id, one.right_profile_id) for one in decisions], dtype=np.int64)
    active = set(np.intersect1d(named, profiles).tolist())
    return [one for one in decisions if {one.left_profile_id, one.right_profile_id} <= active]


def _components(
    connection: duckdb.DuckDBPyConnection, decisions: list[Override], path: Path | None, profiles: Ids
) -> Ids:
    """For each of `profiles` (in order) the smallest profile id that links lead to.

    Decisions `same` become groups of rank 0 first.
    """
    same = [one for one in decisions if one.is_same]
    joined = smallest_reachable(
        profiles,
        np.array([one.left_profile_id for one in same], dtype=np.int64),
        np.array([one.right_profile_id for one in same], dtype=np.int64),
    )
    for one in decisions:
        if not one.is_same:
            left, right = np.searchsorted(profiles, [one.left_profile_id, one.right_profile_id])
            if joined[left] == joined[right]:
                raise StamgastError(
                    f"{path}, line {one.line}: contradicts the lines that call these profiles the same; remove one of them"
                )
    named = np.isin(joined, joined[joined != profiles])
    connection.register("identity_same", pa.table({"group_id": joined[named], "profile_id": profiles[named]}))
    connection.execute(
        f"insert into identity_groups select {OVERRIDE_RANK}, 'override', group_id, profile_id from identity_same"
    )
    connection.unregister("identity_same")
    links = connection.execute(
        "select group_id, profile_id from identity_groups where group_id <> profile_id"
    ).to_arrow_table()
    left, right = links["group_id"].to_numpy(), links["profile_id"].to_numpy()
    return smallest_reachable(profiles, left, right)


def _cut(
    connection: duckdb.DuckDBPyConnection, rules: Rules, decisions: list[Override], profiles: Ids, people: Ids
) -> list[Veto]:
    """Part, in `people`, the components in which a veto may stand; the vetoes found.

    Only components with two birth dates, generations or customer numbers, or a decision `different`, are looked at.
    """
    different = [(one.left_profile_id, one.right_profile_id) for one in decisions if not one.is_same]
    connection.register("identity_joined", pa.table({"profile_id": profiles, "component": people}))
    connection.register(
        "identity_parted", pa.table({"profile_id": pa.array([pair[0] for pair in different], pa.int64())})
    )
    connection.execute(
        """
        create or replace temp table identity_doubtful as
        select profile_id, component
        from identity_joined
        where component in (
            select joined.component
            from identity_joined as joined
            inner join identity_features as features on joined.profile_id = features.profile_id
            group by joined.component
            having count(distinct features.birth_date) > 1
                or count(distinct features.generation) > 1
                or count(distinct features.only_number) > 1
                or (count(*) > 1 and bool_or(joined.profile_id in (select profile_id from identity_parted)))
        )
        """
    )
    connection.unregister("identity_parted")
    connection.unregister("identity_joined")
    content = (
        "md5(concat_ws(chr(31), feed, "
        + ", ".join(f"coalesce({name(column)}, chr(30))" for column in CONTACT_BLOCK)
        + "))"
    )
    members: dict[int, list[Member]] = defaultdict(list)
    by_id: dict[int, Member] = {}
    for component, *values in connection.execute(
        f"""
        with contents as (
            select profile_id, {content} as content
            from scratch.intermediate.int_profiles_seen
            where profile_id in (select profile_id from identity_doubtful)
        )
        select doubtful.component, features.profile_id, contents.content, features.birth_date, features.given_name,
            features.generation, features.only_number
        from identity_doubtful as doubtful
        inner join identity_features as features on doubtful.profile_id = features.profile_id
        inner join contents on doubtful.profile_id = contents.profile_id
        order by doubtful.component, doubtful.profile_id
        """
    ).fetchall():
        member = Member(*values)
        members[component].append(member)
        by_id[member.profile_id] = member
    groups: dict[int, list[Group]] = defaultdict(list)
    for component, rank, ids in connection.execute(
        """
        select doubtful.component, groups.rank, list(groups.profile_id order by groups.profile_id)
        from identity_groups as groups
        inner join identity_doubtful as doubtful on groups.profile_id = doubtful.profile_id
        group by doubtful.component, groups.rank, groups.group_id
        """
    ).fetchall():
        groups[component].append(Group(rank, tuple(by_id[profile_id] for profile_id in ids)))
    connection.execute("drop table identity_doubtful")
    cutter = Cutter(rules.vetoes, different)
    vetoes: list[Veto] = []
    for component in sorted(members):
        parts, found = cutter.cut(members[component], groups[component])
        vetoes += found
        for part in parts:
            part_ids = [member.profile_id for member in part]
            people[np.searchsorted(profiles, part_ids)] = min(part_ids)
    return vetoes


def _write_people(
    connection: duckdb.DuckDBPyConnection, profiles: Ids, people: Ids, vetoes: list[Veto]
) -> None:
    connection.register("identity_people", pa.table({"profile_id": profiles, "person_id": people}))
    connection.execute("create or replace table identity.profile_person as select * from identity_people")
    connection.unregister("identity_people")
    connection.execute(
        "create or replace table identity.vetoes (left_profile_id bigint, right_profile_id bigint, rule varchar)"
    )
    if vetoes:
        rows = pa.table(
            {
                "left_profile_id": [veto.left_profile_id for veto in vetoes],
                "right_profile_id": [veto.right_profile_id for veto in vetoes],
                "rule": [veto.rule for veto in vetoes],
            }
        )
        connection.register("identity_vetoes", rows)
        connection.execute("insert into identity.vetoes select * from identity_vetoes order by all")
        connection.unregister("identity_vetoes")


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
