"""Maintains state.pairs: the scored pairs of active profiles near or above the threshold of one person."""

from collections.abc import Callable

import duckdb

from pipelines.identity.likelihood.comparisons import COMPARISONS
from pipelines.identity.likelihood.model import IdentityModel
from pipelines.identity.likelihood.scoring import compare, make_compared, weigh
from pipelines.identity.resolution_state import ResolutionState, largest_block

# Match weight (log2 odds) below which a pair is no candidate for review either.
NEAR = -4.0
# Pairs that share one of these are kept whatever their weight, since a rule may link by it.
_CONTACTS = ("email", "phone", "customer_number")
# Pairs compared at a time, so that patterns and the hash tables of both sides fit into memory.
CHUNK = 4_000_000


def update_pairs(
    connection: duckdb.DuckDBPyConnection,
    state: ResolutionState,
    model: IdentityModel,
    progress: Callable[[str], None],
) -> int:
    """Scores the pairs of touched profiles that share a key again; returns how many."""
    if state.is_full:
        connection.execute(
            """
            create table state.pairs (
                left_profile_id bigint, right_profile_id bigint, pattern bigint, splink_weight double, weight double
            )
            """
        )
    else:
        connection.execute(
            """
            delete from state.pairs
            where left_profile_id in (from identity_touched) or right_profile_id in (from identity_touched)
            """
        )
    scored = compare_sharing(connection, state, progress)
    kept = " or ".join(f"{field} in ({_agreeing(field)})" for field in _CONTACTS)
    weigh(connection, model, state.size, "identity_scored")
    connection.execute(
        f"""
        insert into state.pairs
        select left_profile_id, right_profile_id, pattern, splink_weight, weight
        from {weighed()}
        where weight >= {NEAR} or {kept};
        drop table identity_scored
        """
    )
    return scored


def weighed() -> str:
    """SQL: the pairs of identity_scored with their levels and weights from identity_patterns."""
    return "(from identity_scored inner join identity_patterns using (pattern))"


def compare_sharing(
    connection: duckdb.DuckDBPyConnection,
    state: ResolutionState,
    progress: Callable[[str], None] = lambda _: None,
) -> int:
    """Makes temp table identity_scored: every pair of a touched profile and one that shares a key; returns how many.

    In chunks of pairs, so that memory does not grow with their number. `progress` receives a message per chunk.
    """
    _find_pairs(connection, state)
    (count,) = connection.execute("select count(*) from identity_pairs").fetchall()[0]
    make_compared(connection, "identity_scored")
    chunks = -(-int(count) // CHUNK)
    for number in range(chunks):
        if chunks == 1:
            compare(connection, "identity_pairs")
        else:
            compare(
                connection,
                f"(from identity_pairs where left_profile_id % {chunks} = {number})",
                f"(from identity_compared where profile_id % {chunks} = {number})",
            )
        progress(f"{(number + 1) / chunks:.0%} of the pairs compared")
    connection.execute("drop table identity_pairs")
    return int(count)


def _find_pairs(connection: duckdb.DuckDBPyConnection, state: ResolutionState) -> None:
    """Makes temp tables identity_pairs (pairs of a touched profile and one that shares a useful key) and identity_compared."""
    keys_met = (
        "true"
        if state.is_full
        else "key in (select key from state.keys where profile_id in (from identity_touched))"
    )
    pairs = (
        "a.profile_id < b.profile_id"
        if state.is_full
        else "a.profile_id <> b.profile_id where a.profile_id in (from identity_touched)"
    )
    and_touched = (
        ""
        if state.is_full
        else "and (first_id in (from identity_touched) or last_id in (from identity_touched))"
    )
    connection.execute(
        f"""
        create or replace temp table identity_pairs as
        with useful as materialized (
            select
                key, count(*) as holder_count, min(profile_id) as first_id, max(profile_id) as last_id,
                bit_xor(hash(profile_id)) as all_ids
            from state.keys
            where {keys_met}
            group by key
            having count(*) between 2 and {largest_block(state.size)}
        ),

        -- Most keys have two holders, and many keys have the same holders.
        larger as (
            select min(key) as key
            from useful
            where holder_count > 2
            group by holder_count, first_id, last_id, all_ids
        ),

        holders as materialized (
            select key, profile_id from state.keys semi join larger using (key)
        )

        select first_id as left_profile_id, last_id as right_profile_id
        from useful
        where holder_count = 2 and first_id < last_id {and_touched}
        union
        select least(a.profile_id, b.profile_id), greatest(a.profile_id, b.profile_id)
        from holders as a
        inner join holders as b on a.key = b.key and {pairs}
        """
    )
    state.compare_with(
        "(select unnest([left_profile_id, right_profile_id]) as profile_id from identity_pairs)"
    )


def compare_inside(
    connection: duckdb.DuckDBPyConnection, state: ResolutionState, model: IdentityModel, components: str
) -> None:
    """Makes identity_scored and identity_patterns of every pair inside a component of the table (profile_id, component)."""
    state.compare_with(components)
    make_compared(connection, "identity_scored")
    compare(
        connection,
        f"""(
            select a.profile_id as left_profile_id, b.profile_id as right_profile_id
            from {components} as a
            inner join {components} as b on a.component = b.component and a.profile_id < b.profile_id
        )""",
    )
    weigh(connection, model, state.size, "identity_scored")


def compare_blindly(connection: duckdb.DuckDBPyConnection, state: ResolutionState, count: int) -> None:
    """Makes temp table identity_scored: all pairs of `count` profiles with as many others, drawn by the hash of their number."""
    connection.execute(
        f"""
        create or replace temp table identity_drawn as
        select profile_id from state.features order by md5(profile_id::varchar) limit {2 * count}
        """
    )
    state.compare_with("identity_drawn")
    make_compared(connection, "identity_scored")
    compare(
        connection,
        """(
            with halves as (
                select profile_id, row_number() over (order by md5(profile_id::varchar)) % 2 = 0 as is_left
                from identity_drawn
            )

            select
                least(a.profile_id, b.profile_id) as left_profile_id,
                greatest(a.profile_id, b.profile_id) as right_profile_id
            from (from halves where is_left) as a
            cross join (from halves where not is_left) as b
        )""",
    )
    connection.execute("drop table identity_drawn")


def _agreeing(field: str) -> str:
    levels = next(comparison.levels for comparison in COMPARISONS if comparison.name == field)
    return ", ".join(
        str(place) for place, level in enumerate(levels) if level.label.startswith(("exact", "same"))
    )
