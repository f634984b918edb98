"""Stops people of an audience who were refused for after the published version was built: it knows nothing of that yet.

A rollback, an older version and a run that failed leave refusals that no table has. They are taken wider than a run takes
them, whatever their dates, since that lasts until the next run only: a refusal holds at its points, and for everybody
whose records bear its record id (same feed) or customer number or name one of its points.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.contracts import KINDS
from pipelines.contracts.words import (
    channel_words,
    channels_of_event_words,
    event_words,
    normal_word,
    purposes_that_mean_all,
    reason_words,
    words_of_purpose,
)
from pipelines.dbt.variables import read_vars
from pipelines.landing.loads import Load, profile_files, read_loads
from pipelines.landing.refusals import refusal_columns, refusal_files
from pipelines.normalising.point_digests import address_keys, point_digest
from pipelines.normalising.point_keys import (
    email_key,
    email_keys,
    house_key,
    keys_of_emails,
    number_form,
    number_key,
    phone_keys,
    refused_numbers,
    street_key,
    telling_postcodes,
)
from pipelines.publishing.versions import Version
from pipelines.warehouse.database import read_parquet
from pipelines.warehouse.erasure_secret import erasure_secret, use_erasure_secret
from pipelines.warehouse.places import Places

REASON = "refused since this version was built; run again"


def is_known(version: Version, load: Load) -> bool:
    """Whether the version was built of the load, or knows that it was held."""
    return (
        version.last_load is not None
        and load.load_number <= version.last_load
        and load.as_of <= version.as_of
    )


def unknown_files(places: Places, version: Version) -> list[Path]:
    """The refusals.parquet of the loads that the version does not know, those that died half-way included."""
    known = {load.load_number for load in read_loads(places) if is_known(version, load)}
    return [path for path in refusal_files(places) if int(path.parent.name) not in known]


def stop_refused_since(
    connection: duckdb.DuckDBPyConnection, places: Places, version: Version, channel: str, purpose: str
) -> int:
    """Marks those of the temp table `audience` whom an unknown refusal concerns; returns of how many loads there were any.

    `connection`: as `publishing.opened` yields it.
    """
    files = _read_unknown(connection, places, version)
    if not files:
        return 0
    _scope(connection, channel, purpose)
    # Of somebody erased the digests of the points are left; most often there are none, and none need be made.
    (with_digests,) = connection.execute("select count(point_digests) > 0 from refused").fetchall()[0]
    use_erasure_secret(connection, erasure_secret(places))
    _write_keys(connection)
    _write_people(connection, places, version, with_digests)
    connection.execute(
        f"""
        update audience set step = 'permission', reason = $reason
        where step is null and (
            person_id in (select person_id from refused_people)
            or contact_point_id in (
                select contact_point_id
                from (
                    select contact_point_id, unnest({_point_keys("", with_digests)}) as key
                    from {_with_street_form("customers.core.dim_contact_point", "")}
                    where contact_point_id in (select contact_point_id from audience)
                )
                where key in (select key from refused_keys)
            )
        )
        """,
        {"reason": REASON},
    )
    return len(files)


def _read_unknown(connection: duckdb.DuckDBPyConnection, places: Places, version: Version) -> list[Path]:
    """Temp table `refused`: the rows of the unknown files, which are returned."""
    while files := unknown_files(places, version):
        rows = read_parquet(places, files, columns=refusal_columns())
        try:
            connection.execute(f"create or replace temp table refused as from {rows}")
        except duckdb.IOException:
            # What had died half-way a run may have landed anew meanwhile, under another number.
            if all(path.exists() for path in files):
                raise
        else:
            return files
    return []


def _scope(connection: duckdb.DuckDBPyConnection, channel: str, purpose: str) -> None:
    """Leaves in `refused` what covers channel and purpose; `reaches`: it holds for the person too, not at the point alone."""
    purposes = connection.execute(
        "select distinct purpose from marts.contactability where purpose is not null"
    ).fetchall()
    services = {normal_word(service) for service in read_vars().service_purposes}
    known = {word for (known_purpose,) in purposes for word in _words(known_purpose)} | services
    said = connection.execute("select distinct said, reason, purpose, channel from refused").fetchall()
    rows = [
        (*row, *_covers(*row, for_channel=channel, for_purpose=purpose, known=known, services=services))
        for row in said
    ]  # fmt: skip
    types = [*[pa.string()] * 4, pa.bool_(), pa.bool_()]
    names = ["said", "reason", "purpose", "channel", "covers", "reaches"]
    values = list(zip(*rows, strict=True)) or [()] * len(names)
    connection.register(
        "understood",
        pa.table([pa.array(column, kind) for column, kind in zip(values, types, strict=True)], names=names),
    )
    same = " and ".join(f"refused.{name} is not distinct from understood.{name}" for name in names[:4])
    connection.execute(
        f"create or replace temp table refused as select refused.*, reaches from refused inner join understood on {same} "
        "where covers"
    )
    connection.unregister("understood")


def _words(purpose: str) -> frozenset[str]:
    """The purpose, and those of a text that names several."""
    return words_of_purpose(purpose) | {normal_word(purpose)}


def _covers(
    said: str | None,
    reason: str | None,
    purpose: str | None,
    channel: str | None,
    *,
    for_channel: str,
    for_purpose: str,
    known: set[str],
    services: set[str],
) -> tuple[bool, bool]:
    """Whether a refusal in these words covers the channel and the purpose, and whether it reaches the person.

    What is not known, or not there, covers every channel and every marketing purpose.
    """
    word = normal_word(said or "")
    places = {channel_words().get(normal_word(channel or ""), "all"), channels_of_event_words().get(word)}
    if not places & {"all", for_channel}:
        return False, False
    act, ground = event_words().get(word), reason_words().get(normal_word(reason or ""))
    named = normal_word(purpose or "")
    is_wide = (
        named in purposes_that_mean_all()
        or not (named in known or words_of_purpose(purpose or "") <= known)
        or act in ("object", "complaint")
    )
    covers = (
        act == "hard_bounce"
        or ground in ("deceased", "undeliverable")
        or bool(_words(purpose or "") & _words(for_purpose))
        or (is_wide and normal_word(for_purpose) not in services)
    )
    return covers, act not in ("bounce", "hard_bounce") and ground != "undeliverable"


def _write_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """Temp table `refused_keys`: points, numbers and record ids of `refused`, each in the form in which it is compared."""
    connection.execute(f"""
        create or replace temp table refused_keys as
        select key, bool_or(reaches) as reaches
        from (
            select
                reaches,
                unnest(
                    list_transform({keys_of_emails("email_keys")}, lambda one: 'email:' || one)
                    || list_transform(coalesce(phone_keys, []), lambda one: 'phone:' || one)
                    || list_transform(coalesce(point_digests, []), lambda one: 'digest:' || one)
                    || list_transform({refused_numbers("number_key")}, lambda one: 'number:' || one)
                    || list_transform({refused_numbers("record_id_key")}, lambda one: 'record:' || feed || ':' || one)
                    || {_address_keys("_clean", is_refusal=True)}
                ) as key
            from {_with_street_form("refused", "_clean")}
        )
        where key is not null
        group by key
    """)


def _write_people(
    connection: duckdb.DuckDBPyConnection, places: Places, version: Version, with_digests: bool
) -> None:
    """Temp table `refused_people`: whom the version knows by a record that bears one of the keys that reach.

    A record that it does not know yet leads on to what else it bears, which is added to `refused_keys`.
    """
    loads = read_loads(places)
    connection.execute("create or replace temp table refused_people (person_id bigint)")
    files = profile_files(places, loads)
    if not files:
        return
    new = [load for load in loads if not is_known(version, load) and KINDS[load.kind].makes_people]
    connection.execute(f"""
        create or replace temp table profile_keys as
        {_profile_keys(places, files, with_digests)}
    """)
    # A placeholder, or what too many share, says nothing of who somebody is.
    connection.execute(f"""
        delete from profile_keys where key in (
            select unnest(case field
                when 'email' then ['email:' || {email_key("value")}]
                when 'phone' then list_transform({phone_keys("value")}, lambda one: 'phone:' || one)
                else ['number:' || {number_form(number_key("regexp_replace(value, '^[^:]*:', '')"))}]
            end)
            from customers.identity.bad_values
            where field in ('email', 'phone', 'customer_number')
        )
    """)
    bearing = "profile_keys semi join (from refused_keys where reaches) as refused using (key)"
    if new_files := profile_files(places, new):
        connection.execute(f"""
            insert into refused_keys
            select distinct key, true
            from profile_keys
            where profile_id in (
                select profile_id from {bearing}
                intersect
                select profile_id from {read_parquet(places, new_files, columns={"profile_id": "BIGINT"})}
            )
        """)
    connection.execute(f"""
        insert into refused_people
        select distinct person_id
        from identity.profile_person
        where profile_id in (select profile_id from {bearing})
    """)
    connection.execute("drop table profile_keys")


_PROFILE = (
    "feed", "record_id", "customer_number", "email_clean", "phone_clean", "street_clean", "house_number_clean",
    "postcode_clean", "city_clean", "country_clean",
)  # fmt: skip


def _profile_keys(places: Places, files: Sequence[Path], with_digests: bool) -> str:
    columns = {"profile_id": "BIGINT"} | dict.fromkeys(_PROFILE, "VARCHAR")
    return f"""
        select profile_id, key
        from (
            select
                profile_id,
                unnest(
                    {_point_keys("_clean", with_digests)}
                    || [
                        'number:' || {number_form(number_key("customer_number"))},
                        'record:' || feed || ':' || {number_form(number_key("record_id"))}
                    ]
                ) as key
            from {_with_street_form(read_parquet(places, files, columns=columns), "_clean")}
        )
        where key is not null
    """


def _with_street_form(relation: str, suffix: str) -> str:
    """SQL of the relation with column street_form, which the keys of its addresses are made of: made once a row, it is long."""
    return f"(select *, {street_key(f'street{suffix}')} as street_form from {relation})"


def _point_keys(suffix: str, with_digests: bool) -> str:
    """SQL of the list of keys of the points in columns whose names end so, and of the digests an erasure makes of them."""
    emails = f"coalesce({email_keys(f'email{suffix}')}, []::varchar[])"
    phones = f"coalesce({phone_keys(f'phone{suffix}')}, []::varchar[])"
    keys = [
        f"list_transform({emails}, lambda one: 'email:' || one)",
        f"list_transform({phones}, lambda one: 'phone:' || one)",
        _address_keys(suffix),
    ]
    if with_digests:
        keys += [
            f"list_transform({listed}, lambda one: 'digest:' || {point_digest(kind, 'one')})"
            for kind, listed in {
                "email": emails,
                "phone": phones,
                "address": address_keys(suffix),
            }.items()
        ]
    return " || ".join(keys)


def _address_keys(suffix: str, is_refusal: bool = False) -> str:
    """SQL of the list of keys of an address: two that share one are taken for one address, whatever either leaves out."""
    street = "nullif(street_form, '')"
    postcode = f"nullif(regexp_replace(upper(postcode{suffix}), '[^A-Z0-9]', '', 'g'), '')"
    city = rf"nullif(regexp_replace(strip_accents(lower(city{suffix})), '[^\pL\pN]', '', 'g'), '')"
    number = f"nullif({house_key(f'house_number{suffix}')}, '')"
    is_telling = f"coalesce(country{suffix} in {telling_postcodes()}, true)"
    keys = [
        f"case when {is_telling} then 'place:' || {postcode} || ':' || {number} end",
        *(
            f"'street:' || {street} || ':' || {area} || ':' || coalesce({number}, '')"
            for area in (postcode, city)
        ),
    ]
    missing_street, missing_number = f"{street} is null", f"{number} is null"
    # Each side says of the other's gaps what would fill them.
    keys.append(
        f"case when {missing_street if is_refusal else 'true'} then 'any street:' || {postcode} || ':' || {number} end"
    )
    for area in (postcode, city):
        keys += [
            f"case when {missing_number if is_refusal else 'true'} then 'any number:' || {street} || ':' || {area} end",
            f"case when {'true' if is_refusal else missing_number} then 'no number:' || {street} || ':' || {area} end",
        ]
    return f"[{', '.join(keys)}]"
