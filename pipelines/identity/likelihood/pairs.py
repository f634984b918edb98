"""Keeps known.pairs: the scored pairs of active profiles that speak for one person, or nearly."""

from collections.abc import Callable

import duckdb

from pipelines.identity.known import Known, largest_block
from pipelines.identity.likelihood.comparisons import COMPARISONS
from pipelines.identity.likelihood.model import IdentityModel
from pipelines.identity.likelihood.scoring import compare, make_compared, weight

# Bits: below this a pair is no candidate for review either.
NEAR = -4.0
# A shared contact point is kept with its weight, whatever that is: a rule may link by it.
_CONTACTS = ("email", "phone", "customer_number")
CHUNK = 200_000


def take_pairs(
    connection: duckdb.DuckDBPyConnection, known: Known, model: IdentityModel, progress: Callable[[str], None]
) -> int:
    """Scores again the pairs of touched profiles that share a key; gives the number of pairs scored.

    In chunks of left profiles, so that memory does not grow with their number.
    """
    make_compared(connection, "identity_scored")
    if known.is_full:
        connection.execute("create table known.pairs as select *, 0::double as weight from identity_scored")
    else:
        connection.execute(
            """
            delete from known.pairs
            where left_profile_id in (from identity_touched) or right_profile_id in (from identity_touched)
            """
        )
    chunks = share_keys(connection, known)
    kept = " or ".join(f"{field} in ({_agreeing(field)})" for field in _CONTACTS)
    scored = 0
    for number in range(chunks):
        compare_sharing(connection, known, model, number, chunks)
        scored += connection.execute("select count(*) from identity_scored").fetchall()[0][0]
        connection.execute(
            f"""
            insert into known.pairs
            from (select *, {weight(model, known.size)} as weight from identity_scored)
            where weight >= {NEAR} or {kept}
            """
        )
        progress(f"{(number + 1) / chunks:.0%} of the pairs scored")
    for table in ("identity_scored", "identity_keyed", "identity_compared"):
        connection.execute(f"drop table {table}")
    return scored


def share_keys(connection: duckdb.DuckDBPyConnection, known: Known) -> int:
    """Temp tables identity_keyed (profile_id, keys, is_touched: who shares a key with a touched profile) and
    identity_compared (the same profiles, as Splink compares them); gives the number of chunks to compare them in."""
    touched = "" if known.is_full else "where profile_id in (from identity_touched)"
    connection.execute(
        f"""
        create or replace temp table identity_keyed as
        with useful as (
            select key
            from known.keys
            where key in (select key from known.keys {touched})
            group by key
            having count(*) between 2 and {largest_block(known.size)}
        )
        select keys.profile_id, list(keys.key order by keys.key) as keys, touched.profile_id is not null as is_touched
        from known.keys as keys
        semi join useful on keys.key = useful.key
        left join identity_touched as touched on keys.profile_id = touched.profile_id
        group by all
        """
    )
    known.compare_with("identity_keyed")
    found = connection.execute("select count(*) from identity_keyed where is_touched").fetchall()[0][0]
    return -(-int(found) // CHUNK)


def compare_sharing(
    connection: duckdb.DuckDBPyConnection, known: Known, model: IdentityModel, number: int, chunks: int
) -> None:
    """Temp table identity_scored: each pair once in which a touched profile of this chunk shares a key with another."""
    connection.execute(
        f"""
        create or replace temp table identity_left as
        select compared.*, keyed.keys, keyed.is_touched
        from identity_compared as compared
        inner join identity_keyed as keyed on compared.profile_id = keyed.profile_id
        where keyed.is_touched and keyed.profile_id % {chunks} = {number};

        create or replace temp table identity_right as
        with keys as (
            select profile_id, is_touched, unnest(keys) as key from identity_keyed
        ),

        met as (
            select profile_id, is_touched, list(key order by key) as keys
            from keys
            where key in (select unnest(keys) from identity_left)
            group by all
        )

        select compared.*, met.keys, met.is_touched
        from identity_compared as compared
        inner join met on compared.profile_id = met.profile_id
        """
    )
    make_compared(connection, "identity_scored")
    compare(
        connection,
        model,
        known.size,
        "l.keys = r.keys and l.profile_id <> r.profile_id and (l.profile_id < r.profile_id or not r.is_touched)",
    )
    connection.execute("drop table identity_left; drop table identity_right")


def compare_inside(
    connection: duckdb.DuckDBPyConnection, known: Known, model: IdentityModel, components: str
) -> None:
    """Temp table identity_scored, with weight: every pair inside the components of the table (profile_id, component)."""
    make_compared(connection, "identity_scored")
    if not connection.execute(f"select count(*) from {components}").fetchall()[0][0]:
        connection.execute("alter table identity_scored add column weight double")
        return
    known.compare_with(components)
    connection.execute(
        f"""
        create or replace temp table identity_left as
        select compared.*, components.component
        from identity_compared as compared
        inner join {components} as components on compared.profile_id = components.profile_id;
        create or replace temp view identity_right as from identity_left
        """
    )
    compare(connection, model, known.size, "l.component = r.component and l.profile_id < r.profile_id")
    connection.execute(
        f"""
        create or replace temp table identity_scored as
        select *, {weight(model, known.size)} as weight from identity_scored;
        drop view identity_right; drop table identity_left; drop table identity_compared
        """
    )


def compare_blindly(
    connection: duckdb.DuckDBPyConnection, known: Known, model: IdentityModel, count: int
) -> None:
    """Temp table identity_scored: every pair of `count` profiles with as many others, all drawn by the hash of their number."""
    connection.execute(
        f"""
        create or replace temp table identity_drawn as
        select profile_id from known.features order by md5(profile_id::varchar) limit {2 * count}
        """
    )
    known.compare_with("identity_drawn")
    connection.execute(
        """
        create or replace temp table identity_halves as
        select *, row_number() over (order by md5(profile_id::varchar)) % 2 = 0 as is_left from identity_compared;
        create or replace temp view identity_left as from identity_halves where is_left;
        create or replace temp view identity_right as from identity_halves where not is_left
        """
    )
    make_compared(connection, "identity_scored")
    compare(connection, model, known.size, "1 = 1")
    connection.execute(
        """
        drop view identity_left; drop view identity_right;
        drop table identity_halves; drop table identity_compared; drop table identity_drawn
        """
    )


def _agreeing(field: str) -> str:
    levels = next(one.levels for one in COMPARISONS if one.name == field)
    return ", ".join(
        str(place) for place, level in enumerate(levels) if level.label.startswith(("exact", "same"))
    )
