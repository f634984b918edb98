"""Assigns every profile to its owner, profiles without a fact in use included; finds the owners that a request fits.

A profile of the published version belongs to its person. Any other (of an older row, a held load, a suppression list)
belongs to the only person it fits: by customer number, record, contact point under a compatible name, name with address or
birth date, or because it belonged there last. A profile that fits several people has no owner.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from pipelines.contracts import KINDS
from pipelines.landing.columns import profile_columns
from pipelines.landing.loads import profile_files, read_loads
from pipelines.normalising.point_keys import email_key, number_key, phone_keys
from pipelines.privacy.redacted_profiles import redacted_profiles
from pipelines.privacy.refused import write_refused
from pipelines.privacy.requests import Request, write_asked
from pipelines.privacy.word_macros import add_word_macros
from pipelines.publishing.versions import DATABASES, current_version
from pipelines.warehouse.database import attach, read_parquet, text, texts
from pipelines.warehouse.places import Places
from pipelines.warehouse.sql_files import sql_beside

# Entries of registers of companies are public and about companies; they stay.
_ABOUT_NOBODY = [
    kind.name for kind in KINDS.values() if not kind.has_contact_block or kind.name == "companies"
]


@dataclass(frozen=True)
class Found:
    """The owners that a request fits: a person's number, or minus the number of a profile that belongs to no person."""

    request: Request
    owners: tuple[int, ...]


def write_owners(connection: duckdb.DuckDBPyConnection, places: Places) -> None:
    """Makes table everybody, one row per profile on disk with what is compared and its owner; and the tables of `write_refused`.

    Columns: profile_id, feed, the contact block and its clean columns; email_key, phone_key, number_key, name_key,
    given_key, family_key, address_key; person_id (null: not in the published version) and owner. A refusal without a
    profile is a profile here, with a row for each of its e-mail addresses.
    """
    loads = read_loads(places)
    files = profile_files(places, loads)
    columns = ", ".join(
        f"cast(null as {sql_type}) as {column}" for column, sql_type in profile_columns().items()
    )
    kinds = {load.feed: load.kind for load in loads}
    left_out = [feed for feed, kind in kinds.items() if kind in _ABOUT_NOBODY]
    add_word_macros(connection)
    connection.execute(
        "create or replace temp table member (profile_id bigint, person_id bigint);"
        "create or replace temp table past_member (profile_id bigint, person_id bigint)"
    )
    version = current_version(places)
    if version is not None:
        path = places.published / version.name / DATABASES[0]
        attach(connection, places, path, "in_force", read_only=True)
        connection.execute(
            "insert into member select profile_id, person_id from in_force.identity.profile_person"
        )
        # The person that a profile that is no longer active belonged to last, under the number of today.
        connection.execute("""
            insert into past_member
            with last as (
                select profile_id, arg_max(person_id, from_version) as person_id
                from in_force.identity.profile_person_history
                group by profile_id
            )
            select last.profile_id, coalesce(member.person_id, last.person_id)
            from last
            left join member on last.person_id = member.profile_id
            anti join member as active on last.profile_id = active.profile_id
        """)
        connection.execute("detach in_force")
    read = read_parquet(places, files, columns=profile_columns()) if files else f"(select {columns} limit 0)"
    connection.execute(f"create or replace temp table redacted as {redacted_profiles(places)}")
    write_refused(connection, places)
    connection.execute(
        sql_beside(__file__, "people.sql").format(
            profiles=f"(from {read} union all by name from refusal_records)",
            left_out=f"{texts(left_out)}::varchar[]",
            email_form=email_key("compared.email_clean"),
            phone_forms=phone_keys("phone_clean"),
            number_form=number_key("compared.customer_number"),
        )
    )


def find_people(
    connection: duckdb.DuckDBPyConnection, places: Places, requests: Sequence[Request]
) -> list[Found]:
    """The owners that each request fits, after `write_owners`; if there are several, nothing may be shown or erased."""
    countries = [
        row[0]
        for row in connection.execute(
            "select distinct country_clean from everybody where country_clean is not null order by all"
        ).fetchall()
    ]
    write_asked(connection, requests, countries)
    fits = {
        "email": "select email_key as value",
        "phone": "select unnest([folded(phone_clean), folded(phone)]) as value",
        "customer_number": "select lower(number_key) as value",
        "record": "select unnest([lower(trim(record_id)), feed || ':' || lower(trim(record_id))]) as value",
        "number": "select unnest([profile_id, owner])::varchar as value",
        "name": "select unnest([name_key, family_full_key || given_key, given_key || family_full_key, "
        "folded(full_name)]) as value",
        "postcode": "select unnest([folded(postcode_clean), folded(postcode)]) as value",
        "house_number": "select unnest([folded(house_number_clean), folded(house_number)]) as value",
        "birth_date": "select birth_date_clean::varchar as value",
    }
    asked_kinds = {row[0] for row in connection.execute("select distinct kind from asked").fetchall()}
    connection.execute("create or replace temp table fitting (request bigint, kind varchar, owner bigint)")
    for kind in sorted(asked_kinds):
        connection.execute(f"""
            insert into fitting
            select distinct asked.request, asked.kind, held.owner
            from ({fits[kind]}, owner from everybody where owner is not null) as held
            inner join asked on asked.kind = {text(kind)} and asked.value = held.value
        """)
    found: dict[int, list[int]] = {}
    for place, owner in connection.execute("""
        with whole as (select request, count(distinct kind) as kinds from asked group by request)
        select fitting.request, fitting.owner
        from fitting
        inner join whole on fitting.request = whole.request
        group by fitting.request, fitting.owner
        having count(distinct fitting.kind) = any_value(whole.kinds)
        order by all
    """).fetchall():
        found.setdefault(place, []).append(owner)
    return [Found(request, tuple(found.get(place, ()))) for place, request in enumerate(requests)]
