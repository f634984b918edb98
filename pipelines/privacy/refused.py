"""Assigns every row of refusals.parquet to a profile, or to a record of its own if it never became a fact.

A row that was torn, or whose load was dropped or died, is in no profile file, but it names somebody: requests find it and
erasures empty it as they do a profile. Such records are numbered from 10^15 on, within one command only.
"""

from pathlib import Path

import duckdb

from pipelines.contracts import CONTACT_BLOCK
from pipelines.landing.columns import facts_columns, profile_columns
from pipelines.landing.loads import profile_files, read_loads
from pipelines.landing.refusals import ACTIONS, BLOCK, refusal_columns, refusal_files
from pipelines.normalising import add_clean_columns
from pipelines.normalising.point_keys import email_keys, phone_keys
from pipelines.privacy.tombstones import SHARED_VALUES
from pipelines.warehouse.database import read_parquet
from pipelines.warehouse.erasure_secret import digest
from pipelines.warehouse.places import Places
from pipelines.warehouse.sql_files import sql_beside

# Higher than the number of any profile.
FIRST_RECORD = 10**15


def _nothing(columns: dict[str, str]) -> str:
    chosen = ", ".join(f"cast(null as {sql_type}) as {column}" for column, sql_type in columns.items())
    return f"(select {chosen} limit 0)"


def _files(places: Places, paths: list[Path], columns: dict[str, str]) -> str:
    return read_parquet(places, paths, columns=columns) if paths else _nothing(columns)


def write_refused(connection: duckdb.DuckDBPyConnection, places: Places) -> None:
    """Makes tables refused (all rows), refusal_rows(load_number, row_number, profile_id) and refusal_records.

    refusal_records: rows without a profile, with the columns of profile files, and email_keys, phone_keys and number_form;
    equal rows are one record.
    """
    loads = read_loads(places)
    facts = " union all ".join(
        f"select load_number, row_number, profile_id "
        f"from {_files(places, paths, facts_columns(kind))} where profile_id is not null"
        for kind in ACTIONS
        if (
            paths := [
                path
                for load in loads
                if load.kind == kind and (path := load.folder(places) / "facts.parquet").exists()
            ]
        )
    )
    # The country may be a default of the contract, which may change while the record does not.
    same = [column for column in BLOCK if column != "country"]
    connection.execute(
        sql_beside(__file__, "refused.sql").format(
            columns=", ".join(refusal_columns()),
            refusals=_files(places, refusal_files(places), refusal_columns()),
            facts=facts
            or "select null::bigint as load_number, null::bigint as row_number, null::bigint as profile_id limit 0",
            profiles=_files(places, profile_files(places, loads), profile_columns()),
            same_block=" and ".join(
                f"torn.{column} is not distinct from profiles.{column}" for column in same
            ),
            same_unrecorded=" and ".join(
                f"torn.{column} is not distinct from unrecorded.{column}" for column in BLOCK
            ),
            block=", ".join(BLOCK),
            others=", ".join(column for column in BLOCK if column not in ("email", "phone")),
            absent=", ".join(f"null::varchar as {column}" for column in CONTACT_BLOCK if column not in BLOCK),
            first_record=FIRST_RECORD,
        )
    )
    add_clean_columns(connection, "refusal_blocks", "refusal_records")
    connection.execute("drop table recorded; drop table unrecorded; drop table refusal_blocks")


def find_refusing(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes table refusing(load_number, row_number, person, kept, keeps_address, keeps_street): rows of the people of `due`.

    `kept`: digests of the e-mail addresses and phone numbers that somebody else has as well, so that these stay readable.
    Reads `everybody` and the tables of `write_refused`. The connection knows the key of erasures.
    """
    shared = {
        kind: f"coalesce(({SHARED_VALUES[kind]}) in (select {SHARED_VALUES[kind]} from rest where {SHARED_VALUES[kind]} is not null), false)"
        for kind in ("address", "street")
    }
    connection.execute(f"""
        create or replace temp table refusing as
        with mine as (
            select due.person, refused.*
            from refusal_rows
            inner join due using (profile_id)
            inner join refused using (load_number, row_number)
        ),
        rest as (select * from everybody anti join due using (profile_id)),
        others as (select * from refused anti join mine using (load_number, row_number)),
        forms as (
            select load_number, row_number, 'email' as kind, unnest(email_keys) as form from mine
            union all
            select load_number, row_number, 'phone', unnest(phone_keys) from mine
        ),
        elsewhere as (
            select 'email' as kind, unnest({email_keys("email_clean")}) as form from rest
            union all
            select 'email', unnest(email_keys) from others
            union all
            select 'phone', unnest({phone_keys("phone_clean")}) from rest
            union all
            select 'phone', unnest(phone_keys) from others
        ),
        kept as (
            select load_number, row_number, list({digest("kind || '|' || form")} order by kind, form) as kept
            from forms semi join elsewhere using (kind, form)
            group by load_number, row_number
        )
        select
            load_number,
            row_number,
            mine.person,
            coalesce(kept.kept, []) as kept,
            {shared["address"]} as keeps_address,
            {shared["street"]} as keeps_street
        from mine left join kept using (load_number, row_number)
    """)
