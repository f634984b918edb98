"""Writes `build/refusals_erased.parquet` before every build: where refusals that an erasure reduced to digests still hold.

A profile with such a contact point, of another person or from a later file, is refused there as before.
"""

import duckdb

from pipelines.landing.columns import profile_columns
from pipelines.landing.loads import profile_files, read_loads
from pipelines.landing.refusals import refusal_columns, refusal_files
from pipelines.normalising.point_digests import address_keys
from pipelines.normalising.point_keys import email_keys, phone_keys
from pipelines.warehouse.database import as_parquet, connect, read_parquet, text
from pipelines.warehouse.erasure_secret import digest, erasure_secret, use_erasure_secret
from pipelines.warehouse.places import Places


def erased_refusals_columns() -> dict[str, str]:
    """Name and SQL type of the columns, in order; one row per erased refusal, profile, and contact point on which it holds.

    `contact_point_type`: email, phone or address, as in int_profile_points.
    """
    return {
        "load_number": "BIGINT",
        "row_number": "BIGINT",
        "profile_id": "BIGINT",
        "contact_point_type": "VARCHAR",
    }


def write_erased_refusals(places: Places) -> int:
    """Writes the file; returns its rows. Contact points are digested only if some refusal has digests."""
    columns = erased_refusals_columns()
    with connect(places) as connection:
        query = _found(connection, places) or (
            f"select {', '.join(f'null::{sql_type} as {column}' for column, sql_type in columns.items())} limit 0"
        )
        target = text(places.index("refusals_erased"))
        return int(connection.execute(f"copy ({query}) to {target} {as_parquet(places)}").fetchall()[0][0])


def _found(connection: duckdb.DuckDBPyConnection, places: Places) -> str | None:
    """SQL for the rows; None if no refusal has a digest."""
    if not (files := refusal_files(places)):
        return None
    connection.execute(f"""
        create or replace temp table held_on as
        select load_number, row_number, unnest(point_digests) as digest
        from {read_parquet(places, files, columns=refusal_columns())}
        where point_digests is not null
    """)
    profiles = profile_files(places, read_loads(places))
    if not profiles or not connection.execute("select exists (from held_on)").fetchall()[0][0]:
        return None
    use_erasure_secret(connection, erasure_secret(places))
    forms = {
        "email": email_keys("email_clean"),
        "phone": phone_keys("phone_clean"),
        "address": address_keys(),
    }
    points = " union all ".join(
        f"select profile_id, '{kind}' as contact_point_type, unnest({keys}) as form "
        f"from {read_parquet(places, profiles, columns=profile_columns())}"
        for kind, keys in forms.items()
    )
    return f"""
        with points as materialized ({points}),
        digests as (
            select contact_point_type, form, {digest("contact_point_type || '|' || form")} as digest
            from (select distinct contact_point_type, form from points where form is not null)
        )
        select distinct held_on.load_number, held_on.row_number, points.profile_id, points.contact_point_type
        from held_on
        inner join digests using (digest)
        inner join points using (contact_point_type, form)
        order by all
    """
