"""Certain links: the groups of profiles that a rule takes for one person."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.identity.people.components import smallest_reachable
from pipelines.identity.rules import CertainRule, LinkField, Rules
from pipelines.warehouse.database import text

_COMPATIBLE_NAMES = (Path(__file__).parent / "compatible_names.sql").read_text(encoding="utf-8")


def group_by_rules(
    connection: duckdb.DuckDBPyConnection, rules: Rules, holders: Callable[[LinkField], str]
) -> None:
    """Adds to known.groups(rank, rule, field, value, group_id, profile_id), per rule the groups of two profiles and more.

    `rank` is the rule's place in the order of authority (1 first; overrides are 0, what links by likelihood comes
    after the last rule), `group_id` the smallest profile_id of the group: a profile is in at most one group of a
    rule. Groups, not pairs: n profiles with one e-mail address are n rows. `holders` gives the relation of features
    whose values of a field are grouped: all who hold any of them.
    """
    for rank, rule in enumerate(rules.certain, start=1):
        if rule.names == "any":
            alike = _same_value(rule, holders(rule.field))
        else:
            alike = _compatible_names(
                connection, rule.field, rules.households.get(rule.field, []), holders(rule.field)
            )
        connection.execute(
            f"""
            insert into known.groups
            select {rank}, '{rule.rule}', '{rule.field}', value, group_id, profile_id from ({alike})
            """
        )
    connection.execute("drop table if exists identity_families")


def _same_value(rule: CertainRule, features: str) -> str:
    """A query for (profile_id, value, group_id) of all who share a value."""
    return f"""
        select profile_id, value, group_id
        from {features}
        inner join (
            select {rule.field} as value, min(profile_id) as group_id
            from {features}
            where {rule.field} is not null
                and {rule.field} not in (select value from known.bad_values where field = '{rule.field}')
            group by {rule.field}
            having count(*) > 1
        ) on {rule.field} = value
    """


def _compatible_names(
    connection: duckdb.DuckDBPyConnection, field: LinkField, households: list[str], features: str
) -> str:
    """A query for (profile_id, value, group_id) of those who share a value under compatible names.

    Those of one given name are split by family name: equal, or one the other's hyphenated form. A missing family
    name joins where all family names of that given name are compatible.
    """
    connection.execute(
        _COMPATIBLE_NAMES.format(field=field, features=features, households=text("|".join(households)))
    )
    connection.execute(
        """
        create or replace temp table identity_variants as
        select value, name, family_names, min(profile_id) as node,
            count(*) over (partition by value, name) as variant_count
        from identity_named
        where family_names is not null
        group by value, name, family_names
        """
    )
    pairs = connection.execute(
        """
        select a.node, b.node
        from identity_variants as a
        inner join identity_variants as b on a.value = b.value and a.name = b.name and a.node < b.node
        where a.variant_count > 1
            and (list_has_all(a.family_names, b.family_names) or list_has_all(b.family_names, a.family_names))
        """
    ).to_arrow_table()
    left, right = (column.to_numpy() for column in pairs.columns)
    nodes = np.unique(np.concatenate([left, right]))
    connection.register(
        "identity_clusters",
        pa.table({"node": nodes, "cluster": smallest_reachable(nodes, left, right)}),
    )
    connection.execute(
        """
        create or replace temp table identity_families as
        select named.profile_id, named.value, named.name, coalesce(clusters.cluster, variants.node) as cluster
        from identity_named as named
        left join identity_variants as variants
            on named.value = variants.value and named.name = variants.name
            and named.family_names = variants.family_names
        left join identity_clusters as clusters on variants.node = clusters.node
        """
    )
    connection.unregister("identity_clusters")
    connection.execute("drop table identity_named")
    connection.execute("drop table identity_variants")
    return """
        with names as (
            select value, name, min(cluster) as cluster, count(distinct cluster) as cluster_count
            from identity_families
            group by value, name
        ),

        settled as (
            select families.profile_id, families.value, families.name, coalesce(families.cluster, names.cluster) as family
            from identity_families as families
            inner join names on families.value = names.value and families.name = names.name
            where families.cluster is not null or names.cluster_count <= 1
        ),

        groups as (
            select value, name, family, min(profile_id) as group_id
            from settled
            group by value, name, family
            having count(*) > 1
        )

        select settled.profile_id, settled.value, groups.group_id
        from settled
        inner join groups
            on settled.value = groups.value and settled.name = groups.name
            and settled.family is not distinct from groups.family
    """
