"""Keeps erased people from coming back: tombstones, which are digests of name and contact point, and the rows they match.

A matching row of kind `list_prospects` is no act of the person: it is left out and counted as suppressed. Any other row
lands as a fact without a person and without free text, so that sales stay complete. An act of the person dated after the
day of the erasure (a form, a consent, a subscription to a newsletter) lifts the tombstone from its date on. Suppression
lists and company registers land unchanged: the first only forbid, the second are about companies. Other refusals keep
digests of their contact points, on which they still count.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.contracts import CONTACT_BLOCK, FREE_TEXT, Contract
from pipelines.identity.likelihood.given_names import usual_aliases
from pipelines.landing.hashing import block_digest
from pipelines.landing.keeping_erased_out import HeldBack, HoldingBack
from pipelines.landing.loads import Load, read_loads
from pipelines.landing.mapping import birth_date_formats
from pipelines.normalising import add_clean_columns
from pipelines.normalising.point_digests import digests_of_row
from pipelines.privacy.personal_columns import REFUSAL_COLUMNS, REFUSAL_TEXTS, Nature
from pipelines.privacy.search_terms import find_named
from pipelines.privacy.word_macros import add_word_macros
from pipelines.warehouse.database import name, read_parquet, text
from pipelines.warehouse.erasure_secret import digest
from pipelines.warehouse.places import Places

SUPPRESSED_KINDS = ("list_prospects",)
_LAND_AS_THEY_ARE = ("suppressions", "companies")
# Acts of the person, as a SQL condition over the rows of the kind.
ACTS = {
    "form_submissions": "true",
    "consents": "consent_action in ('grant', 'confirm')",
    "newsletter_events": "event_type in ('subscribe', 'confirm')",
}
REFUSALS = {
    "consents": "consent_action not in ('grant', 'confirm')",
    "newsletter_events": "event_type in ('unsubscribe', 'complaint')",
    "suppressions": "true",
}
# The columns of each kind of contact point. The street is apart: neighbours share it only if they spell it alike.
POINTS = {
    "email": ("email",),
    "phone": ("phone",),
    "address": ("house_number", "postcode", "country"),
    "street": ("street",),
}
_POINT_VALUES = {
    "email": "email_clean",
    "phone": "phone_clean",
    "address": "postcode_clean || '|' || house_number_clean",
    "birth date": "birth_date_clean::varchar",
}
# SQL of the value by which contact points of different people are compared.
SHARED_VALUES = {kind: _POINT_VALUES[kind] for kind in POINTS if kind in _POINT_VALUES} | {
    "street": f"{_POINT_VALUES['address']} || '|' || folded(street_clean)"
}


def tombstone_files(places: Places) -> list[Path]:
    """The tombstones of every erasure."""
    return sorted(places.erasures.glob("[0-9]*/tombstones.parquet"))


def lifted_tombstones(loads: Sequence[Load]) -> dict[str, datetime]:
    """Tombstone ("<erasure>.<person>") -> when the person came back by an act of their own, by the accepted loads."""
    found: dict[str, datetime] = {}
    for load in loads:
        if load.status == "accepted":
            for stone, moment in load.tombstones_lifted.items():
                found[stone] = min(moment, found.get(stone, moment))
    return found


def write_tombstones(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes table tombstones(person, digest) for the people of `due`, from `everybody`, with the key of erasures.

    Each contact point of the person is combined with every usual form of the name; a contact point that nobody else has
    also with an initial, with half a name and with none. Leaves table points(person, kind, value, is_shared).
    """
    _write_points(connection)
    _write_names(connection)
    connection.execute(f"""
        create or replace temp table tombstones as
        with own as (
            select due.person, everybody.number_key, everybody.record_key
            from everybody inner join due using (profile_id)
        ),
        digested as (
            select names.person, concat_ws('|', 'point', given_key, family_key, kind, value) as digested
            from names inner join points on names.person = points.person and points.kind <> 'street'
            where not names.is_short or not points.is_shared
            union
            select person, concat_ws('|', 'point', '', '', kind, value)
            from points where not is_shared and kind in ('email', 'phone')
            union
            select person, 'number|' || lower(number_key) from own where number_key is not null
            union
            select person, 'record|' || record_key from own where record_key is not null
            union
            -- A later refusal of the person still counts for whoever shares the contact point.
            select person, concat_ws('|', 'shared', kind, value) from points where is_shared and kind <> 'birth date'
        )
        select distinct person, {digest("digested")} as digest from digested
    """)
    connection.execute("drop table names")


def _write_points(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes table points(person, kind, value, is_shared): the contact points of the people of `due`."""
    points = " union all ".join(
        f"select profile_id, {text(kind)} as kind, {value} as value from everybody"
        for kind, value in (_POINT_VALUES | SHARED_VALUES).items()
    )
    connection.execute(f"""
        create or replace temp table points as
        with points as materialized ({points}),
        own as (
            select distinct due.person, points.kind, points.value
            from points inner join due using (profile_id)
            where points.value is not null
        ),
        elsewhere as (
            select distinct kind, value from points anti join due using (profile_id) where value is not null
        )
        select own.*, elsewhere.kind is not null as is_shared
        from own left join elsewhere using (kind, value)
    """)


def _write_names(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes table names(person, given_key, family_key, is_short): every form of the names of the people of `due`.

    `is_short`: an initial for the given name, or one of the two names alone.
    """
    pairs = ", ".join(f"({text(left.lower())}, {text(right.lower())})" for left, right in usual_aliases())
    connection.execute(f"""
        create or replace temp table names as
        with own as (
            select due.person, everybody.given_name_clean, everybody.given_key, everybody.family_key
            from everybody inner join due using (profile_id)
        ),
        aliases as (
            select folded(name) as name, folded(alias) as alias from (values {pairs}) as pairs (name, alias)
            union
            select folded(alias), folded(name) from (values {pairs}) as pairs (name, alias)
        ),
        borne as (
            select distinct
                person,
                unnest([given_key, folded(regexp_extract(lower(given_name_clean), '^([^ -]{{3,}})[ -]', 1))])
                    as given_key,
                family_key
            from own
        ),
        full_names as (
            select person, given_key, family_key from borne where given_key is not null and family_key is not null
            union
            select borne.person, aliases.alias, borne.family_key
            from borne inner join aliases on borne.given_key = aliases.name
            where borne.family_key is not null
        )
        select person, given_key, family_key, false as is_short from full_names
        union
        select person, left(given_key, 1), family_key, true from full_names
        union
        select person, '', family_key, true from own where family_key is not null
        union
        select person, given_key, '', true from own where given_key is not null
    """)


def hold_back_erased(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    filled: Sequence[str],
    places: Places,
    loads: Sequence[Load],
) -> HeldBack:
    """Removes from `rows`, `unread_cells` and `torn` what would bring somebody erased back, or names them.

    `filled`: the columns of the contact block that the feed fills. The connection knows the key of erasures.
    """
    if not tombstone_files(places) or contract.kind in _LAND_AS_THEY_ARE:
        return HeldBack()
    _write_stones(connection, places, loads)
    _empty_torn(connection)
    held_back = _hold_back_rows(connection, contract, filled, places) if filled else HeldBack()
    connection.execute(
        "delete from erased_search_terms where person in (select unnest(?::varchar[]))",
        [list(held_back.lifted)],
    )
    return replace(held_back, texts_emptied=_empty_texts(connection, contract))


def take_erased_out_of_refusals(connection: duckdb.DuckDBPyConnection, table: str, places: Places) -> int:
    """Removes erased people from a table with the columns of refusals.parquet, of one feed; returns the rows about them.

    Such a row keeps what was refused, and digests of its contact points. A text that names somebody erased is emptied in
    any row. Rows of suppression lists stay unchanged. The connection knows the key of erasures.
    """
    found = connection.execute(f"select distinct feed, kind from {table}").fetchall()
    if not tombstone_files(places) or not found or found[0][1] in _LAND_AS_THEY_ARE:
        return 0
    ((feed, _),) = found
    _write_stones(connection, places, read_loads(places))
    block = [column for column in CONTACT_BLOCK if REFUSAL_COLUMNS.get(column) is Nature.PERSONAL]
    chosen = ", ".join(
        f"{column if column in block else 'null::varchar'} as {column}"
        for column in CONTACT_BLOCK
        if column != "email"
    )
    refusals = f"(select *, {block_digest(block)} as block from {table})"
    connection.execute(f"""
        create or replace temp table erased_blocks as
        select distinct block, {chosen}, unnest(if(len(email_keys) > 1, email_keys, [email])) as email from {refusals}
    """)
    _find_hits(connection, feed, [])
    connection.execute(f"""
        create or replace temp table held_back as
        select distinct refusals.row_number
        from (select *, coalesce(event_at, delivered_on::timestamp) as acted_at from {refusals}) as refusals
        inner join erased_hits using (block)
        left join lifted_stones using (stone)
        where not coalesce(acted_at >= erased_on + interval 1 day and lifted_at <= acted_at, false)
    """)
    cleared = ", ".join(
        f"case when held_back.row_number is null then refusals.{column} end as {column}"
        for column, nature in REFUSAL_COLUMNS.items()
        if nature is Nature.PERSONAL
    )
    connection.execute(f"""
        create or replace temp table refusals_left as
        select refusals.* replace (
            {cleared},
            case when held_back.row_number is null then point_digests else {digests_of_row()} end as point_digests
        )
        from {table} as refusals left join held_back using (row_number)
        order by row_number;
        create or replace temp table {table} as from refusals_left;
        drop table refusals_left
    """)
    for column in (*REFUSAL_TEXTS, "said", "purpose", "channel", "reason"):
        _empty_named(connection, table, column)
    return int(connection.execute("select count(*) from held_back").fetchall()[0][0])


def _hold_back_rows(
    connection: duckdb.DuckDBPyConnection, contract: Contract, filled: Sequence[str], places: Places
) -> HeldBack:
    """Leaves out the rows about somebody erased, or removes the person from them."""
    _find_stopped(connection, contract, filled, places)
    lifted_now = dict(
        connection.execute("select stone, min(event_at) from stopped where is_act group by stone").fetchall()
    )
    connection.execute("""
        create or replace temp table held_back as
        with newly as (select stone, min(event_at) as lifted_at from stopped where is_act group by stone)
        select stopped.row_number, bool_or(stopped.is_refusal) as is_refusal
        from stopped
        left join lifted_stones as before using (stone)
        left join newly using (stone)
        where not (
            stopped.is_later
            and (stopped.is_act or coalesce(least(before.lifted_at, newly.lifted_at) <= stopped.event_at, false))
        )
        group by stopped.row_number
    """)
    ((count,),) = connection.execute("select count(*) from held_back").fetchall()
    if not count:
        return HeldBack(lifted=lifted_now)
    connection.execute("delete from unread_cells where row_number in (select row_number from held_back)")
    if contract.kind in SUPPRESSED_KINDS:
        connection.execute("delete from rows where row_number in (select row_number from held_back)")
        return HeldBack(suppressed=count, lifted=lifted_now)
    _take_the_person_out(connection, contract, filled)
    return HeldBack(without_person=count, lifted=lifted_now)


def _find_stopped(
    connection: duckdb.DuckDBPyConnection, contract: Contract, filled: Sequence[str], places: Places
) -> None:
    """Makes table stopped, one row per row of the load and tombstone it matches, and table shared_points, by block."""
    chosen = ", ".join(
        f"any_value({column}) as {column}" if column in filled else f"null::varchar as {column}"
        for column in CONTACT_BLOCK
    )
    connection.execute(f"""
        create or replace temp table erased_blocks as
        select {block_digest(filled)} as block, {chosen} from rows group by block
    """)
    _find_hits(connection, contract.feed, birth_date_formats(contract))
    shared = [f"concat_ws('|', 'shared', {text(kind)}, {value})" for kind, value in SHARED_VALUES.items()]
    keeps = ", ".join(
        f"({value}) is not null and {digest(sql)} in (select digest from stones) as {name('keeps_' + kind)}"
        for (kind, value), sql in zip(SHARED_VALUES.items(), shared, strict=True)
    )
    points = ", ".join(f"{column}_clean" for columns in POINTS.values() for column in columns)
    connection.execute(f"""
        create or replace temp table shared_points as
        select block, {keeps}, {points} from erased_blocks_clean semi join erased_hits using (block)
    """)
    is_later = "rows.event_at >= erased_hits.erased_on + interval 1 day"
    connection.execute(f"""
        create or replace temp table stopped as
        select
            rows.row_number,
            rows.event_at,
            erased_hits.block,
            erased_hits.stone,
            {is_later} as is_later,
            {is_later} and ({ACTS.get(contract.kind, "false")}) as is_act,
            {REFUSALS.get(contract.kind, "false")} as is_refusal
        from (select *, {block_digest(filled)} as block from rows) as rows
        inner join erased_hits using (block)
    """)


def _find_hits(connection: duckdb.DuckDBPyConnection, feed: str, date_formats: Sequence[str]) -> None:
    """Makes table erased_hits(block, stone, erased_on): the tombstones that `erased_blocks` match; leaves erased_blocks_clean."""
    add_clean_columns(connection, "erased_blocks", "erased_blocks_clean", date_formats)
    digested = [
        f"concat_ws('|', 'point', coalesce(privacy_given(given_name_clean), ''), "
        f"coalesce(privacy_family(family_name_clean), ''), {text(kind)}, {value})"
        for kind, value in _POINT_VALUES.items()
    ]
    has_value = list(_POINT_VALUES.values())
    digested += [
        "'number|' || lower(nullif(trim(customer_number), ''))",
        f"'record|' || {text(feed)} || ':' || nullif(trim(record_id), '')",
    ]
    has_value += ["customer_number", "record_id"]
    texts = ", ".join(
        f"case when ({value}) is not null then {sql} end"
        for sql, value in zip(digested, has_value, strict=True)
    )
    connection.execute(f"""
        create or replace temp table erased_hits as
        select distinct candidates.block, stones.stone, stones.erased_on
        from (select block, unnest([{texts}]) as digested from erased_blocks_clean) as candidates
        inner join stones on {digest("candidates.digested")} = stones.digest
        where candidates.digested is not null
    """)


def _take_the_person_out(
    connection: duckdb.DuckDBPyConnection, contract: Contract, filled: Sequence[str]
) -> None:
    """Empties the contact block and free text of the rows held back; a refusal keeps shared contact points in normal form."""
    kept = {column: kind for kind, columns in POINTS.items() for column in columns}
    cleared = [
        f"case when held.row_number is null then rows.{column} "
        f"when held.is_refusal and shared.{name('keeps_' + kept[column])} then shared.{column}_clean end as {column}"
        if column in kept
        else f"case when held.row_number is null then rows.{column} end as {column}"
        for column in filled
    ]
    cleared += [
        f"case when held.row_number is null then rows.{column.name} end as {column.name}"
        for column in contract.spec.columns
        if column.name in FREE_TEXT or column.is_link
    ]
    connection.execute(f"""
        create or replace temp table rows_left as
        select rows.* exclude (block) replace ({", ".join(cleared)})
        from (select *, {block_digest(filled)} as block from rows) as rows
        left join held_back as held using (row_number)
        left join shared_points as shared using (block);
        create or replace temp table rows as from rows_left;
        drop table rows_left
    """)


def _write_stones(connection: duckdb.DuckDBPyConnection, places: Places, loads: Sequence[Load]) -> None:
    """Makes tables stones (tombstones of all erasures), lifted_stones (of people who came back) and erased_search_terms.

    erased_search_terms: the search terms of the people who did not come back.
    """
    add_word_macros(connection)
    lifted = lifted_tombstones(loads)
    known = ", ".join(f"({text(stone)}, timestamp '{moment}')" for stone, moment in lifted.items())
    connection.execute(f"""
        create or replace temp table lifted_stones as
        select * from (values {known or "(null::varchar, null::timestamp)"}) as known (stone, lifted_at)
    """)
    connection.execute(f"""
        create or replace temp table stones as
        select
            regexp_extract(filename, '([0-9]+)/tombstones.parquet$', 1)::bigint || '.' || person as stone,
            digest,
            erased_on
        from {read_parquet(places, tombstone_files(places), "filename = true")}
    """)
    files = sorted(places.erasures.glob("[0-9]*/needles.parquet"))
    connection.execute(f"""
        create or replace temp table erased_search_terms as
        select regexp_extract(filename, '([0-9]+)/needles.parquet$', 1)::bigint || '.' || person as person,
            kind, digest, length, is_shared
        from {read_parquet(places, files, "filename = true")}
    """)
    connection.execute("delete from erased_search_terms where person in (select stone from lifted_stones)")


def _find_erased(connection: duckdb.DuckDBPyConnection, texts: str) -> None:
    """Makes table named(cell, person) of the texts (a query with a column cell) that name somebody erased."""
    find_named(connection, texts, "erased_search_terms", digest("token"))


def _empty_torn(connection: duckdb.DuckDBPyConnection) -> None:
    """Empties quarantined rows that name somebody erased; the rows stay counted."""
    _find_erased(connection, "select original as cell from torn")
    connection.execute("update torn set original = null where original in (select cell from named)")


def _empty_texts(connection: duckdb.DuckDBPyConnection, contract: Contract) -> int:
    """Empties the free texts that name somebody erased, in any row; returns how many."""
    emptied = 0
    for column in contract.spec.columns:
        if column.is_free_text:
            emptied += _empty_named(connection, "rows", column.name)
    return emptied


def _empty_named(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    _find_erased(connection, f"select {column} as cell from {table}")
    return connection.execute(
        f"update {table} set {column} = null where {column} in (select cell from named)"
    ).fetchall()[0][0]


HOLDING_BACK = HoldingBack(from_refusals=take_erased_out_of_refusals, from_rows=hold_back_erased)
