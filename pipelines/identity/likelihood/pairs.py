"""Keeps known.pairs: the scored pairs of active profiles that speak for one person, or nearly."""

from collections.abc import Callable

import duckdb

from pipelines.identity.known import Known, largest_block
from pipelines.identity.likelihood.comparisons import COMPARISONS
from pipelines.identity.likelihood.model import IdentityModel
from pipelines.identity.likelihood.scoring import compare, make_compared, weigh

# Bits: below this a pair is no candidate for review either.
NEAR = -4.0
# A shared contact point is kept with its weight, whatever that is: a rule may link by it.
_CONTACTS = ("email", "phone", "customer_number")
# Pairs compared at a time: of so many the patterns and both sides' hash tables fit into memory.
CHUNK = 4_000_000


def take_pairs(
    connection: duckdb.DuckDBPyConnection, known: Known, model: IdentityModel, progress: Callable[[str], None]
) -> int:
    """Scores again the pairs of touched profiles that share a key; gives the number of pairs scored."""
    if known.is_full:
        connection.execute(
            """
            create table known.pairs (
                left_profile_id bigint, right_profile_id bigint, pattern bigint, splink_weight double, weight double
            )
            """
        )
    else:
        connection.execute(
            """
            delete from known.pairs
            where left_profile_id in (from identity_touched) or right_profile_id in (from identity_touched)
            """
        )
    scored = compare_sharing(connection, known, progress)
    kept = " or ".join(f"{field} in ({_agreeing(field)})" for field in _CONTACTS)
    weigh(connection, model, known.size, "identity_scored")
    connection.execute(
        f"""
        insert into known.pairs
        select left_profile_id, right_profile_id, pattern, splink_weight, weight
        from {weighed()}
        where weight >= {NEAR} or {kept};
        drop table identity_scored
        """
    )
    return scored


def weighed() -> str:
    """SQL: a relation of the pairs of identity_scored with their levels and weights, as in identity_patterns."""
    return "(from identity_scored inner join identity_patterns using (pattern))"


def compare_sharing(
    connection: duckdb.DuckDBPyConnection, known: Known, progress: Callable[[str], None] = lambda _: None
) -> int:
    """Temp table identity_scored: each pair once in which a touched profile shares a key with another; gives their number.

    In chunks of pairs, so that memory does not grow with their number.
    """
    _find_pairs(connection, known)
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


def _find_pairs(connection: duckdb.DuckDBPyConnection, known: Known) -> None:
    """Temp table identity_pairs: who shares a useful key with a touched profile, each pair once; and identity_compared
    with the profiles of these pairs."""
    met = (
        "true"
        if known.is_full
        else "key in (select key from known.keys where profile_id in (from identity_touched))"
    )
    pairs = (
        "a.profile_id < b.profile_id"
        if known.is_full
        else "a.profile_id <> b.profile_id where a.profile_id in (from identity_touched)"
    )
    met_pair = (
        ""
        if known.is_full
        else "and (first_id in (from identity_touched) or last_id in (from identity_touched))"
    )
    connection.execute(
        f"""
        create or replace temp table identity_pairs as
        with useful as materialized (
            select
                key, count(*) as holder_count, min(profile_id) as first_id, max(profile_id) as last_id,
                bit_xor(hash(profile_id)) as all_ids
            from known.keys
            where {met}
            group by key
            having count(*) between 2 and {largest_block(known.size)}
        ),

        -- Most keys bring two together, and many the same few.
        larger as (
            select min(key) as key
            from useful
            where holder_count > 2
            group by holder_count, first_id, last_id, all_ids
        ),

        holders as materialized (
            select key, profile_id from known.keys semi join larger using (key)
        )

        select first_id as left_profile_id, last_id as right_profile_id
        from useful
        where holder_count = 2 and first_id < last_id {met_pair}
        union
        select least(a.profile_id, b.profile_id), greatest(a.profile_id, b.profile_id)
        from holders as a
        inner join holders as b on a.key = b.key and {pairs}
        """
    )
    known.compare_with(
        "(select unnest([left_profile_id, right_profile_id]) as profile_id from identity_pairs)"
    )


def compare_inside(
    connection: duckdb.DuckDBPyConnection, known: Known, model: IdentityModel, components: str
) -> None:
    """Temp tables identity_scored and identity_patterns: every pair inside the components of the table (profile_id, component)."""
    known.compare_with(components)
    make_compared(connection, "identity_scored")
    compare(
        connection,
        f"""(
            select a.profile_id as left_profile_id, b.profile_id as right_profile_id
            from {components} as a
            inner join {components} as b on a.component = b.component and a.profile_id < b.profile_id
        )""",
    )
    weigh(connection, model, known.size, "identity_scored")


def compare_blindly(connection: duckdb.DuckDBPyConnection, known: Known, count: int) -> None:
    """Temp table identity_scored: every pair of `count` profiles with as many others, all drawn by the hash of their number."""
    connection.execute(
        f"""
        create or replace temp table identity_drawn as
        select profile_id from known.features order by md5(profile_id::varchar) limit {2 * count}
        """
    )
    known.compare_with("identity_drawn")
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
    levels = next(one.levels for one in COMPARISONS if one.name == field)
    return ", ".join(
        str(place) for place, level in enumerate(levels) if level.label.startswith(("exact", "same"))
    )
