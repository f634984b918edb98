"""Certain links: the groups of profiles that a rule links to one person."""

from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.identity.people.components import smallest_reachable
from pipelines.identity.rules import CertainRule, LinkField, Rules
from pipelines.warehouse.database import text
from pipelines.warehouse.sql_files import sql_beside


def group_by_rules(
    connection: duckdb.DuckDBPyConnection, rules: Rules, holders: Callable[[LinkField], str]
) -> None:
    """Adds the groups of at least two profiles to state.groups(rank, rule, field, value, group_id, profile_id), per rule.

    `rank`: the rule's place in the order of authority, from 1; overrides have 0. `group_id`: the smallest profile_id of the
    group; a profile is in at most one group of a rule. Groups instead of pairs: n profiles with one e-mail address are n
    rows. `holders`: field -> SQL of the features to group, which has all holders of a value or none.
    """
    for rank, rule in enumerate(rules.certain, start=1):
        if rule.names == "any":
            alike = _same_value(rule, holders(rule.field))
        elif rule.field == "customer_number":
            # Of feeds that do not say whose numbers they write: what one feed joins has another rule.
            lone = f"(from {holders(rule.field)} where is_lone_number)"
            alike = f"""
                select alike.*
                from ({_compatible_names(connection, rule.field, [], lone)}) as alike
                inner join {lone} as lone on alike.profile_id = lone.profile_id
                qualify
                    min(lone.number_space) over (partition by alike.value, alike.group_id)
                    <> max(lone.number_space) over (partition by alike.value, alike.group_id)
            """
        else:
            alike = _compatible_names(
                connection, rule.field, rules.households.get(rule.field, []), holders(rule.field)
            )
        connection.execute(
            f"""
            insert into state.groups
            select {rank}, '{rule.rule}', '{rule.field}', value, group_id, profile_id from ({alike})
            """
        )
    connection.execute("drop table if exists identity_families")


def _same_value(rule: CertainRule, features: str) -> str:
    """SQL for (profile_id, value, group_id) of all profiles that share a value; a customer number within its space."""
    space = "number_space" if rule.field == "customer_number" else "''"
    return f"""
        select profile_id, value, group_id
        from {features}
        inner join (
            select {rule.field} as value, {space} as space, min(profile_id) as group_id
            from {features}
            where {rule.field} is not null
                and {rule.field} not in (select value from state.bad_values where field = '{rule.field}')
            group by {rule.field}, {space}
            having count(*) > 1
        ) on {rule.field} = value and {space} = space
    """


def _compatible_names(
    connection: duckdb.DuckDBPyConnection, field: LinkField, households: list[str], features: str
) -> str:
    """SQL for (profile_id, value, group_id) of profiles that share a value under compatible names.

    Profiles with one given name are grouped by family name: equal, or one the hyphenated form of the other. A profile
    without family name joins if all family names with that given name are compatible.
    """
    connection.execute(
        sql_beside(__file__, "compatible_names.sql").format(
            field=field, features=features, households=text("|".join(households))
        )
    )
    _cluster_family_names(connection)
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


def _cluster_family_names(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes temp table identity_families from identity_named: compatible family names of a value and name get one `cluster`."""
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
