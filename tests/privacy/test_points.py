"""Points have one form, whoever compares them: the models of permission and the digests that outlive an erasure."""

from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from jinja2 import Environment

from pipelines.landing.columns import profile_columns
from pipelines.landing.loads import as_json
from pipelines.landing.refusals import refusal_columns
from pipelines.normalising.point_digests import digests_of_row
from pipelines.normalising.point_keys import (
    address_by_town,
    address_key,
    email_key,
    email_keys,
    house_key,
    loose_addresses,
    phone_keys,
    street_key,
)
from pipelines.privacy.erased_refusals import write_erased_refusals
from pipelines.settings import DBT_PROJECT
from pipelines.warehouse.erasure_secret import erasure_secret, use_erasure_secret
from pipelines.warehouse.places import Places
from tests.hand_made import hand_made_load
from tests.permission.raw_layer import AS_OF

MODELS = ("int_profile_points", "int_contact_point_keys", "int_refusals_placed")
# Country, postcode, city, house number and street, as clean columns hold them.
ADDRESSES = [
    address
    for address in product(
        ("NL", "DE", None),
        ("1234 AB", None),
        ("Gent", None),
        ("7", "14-16", None),
        ("Kerkstraat", "Große Straße", "Muellerstr.", None),
    )
    if any(address[1:])
]
MAILBOXES = ("an@x.example", "an+news@x.example", "a.n@googlemail.com", "an@gmail.com", None)
NUMBERS = ("+31612345678", "+32471234567", None)


_GIVEN = {
    "profile_id": pa.int64(),
    **dict.fromkeys(
        (
            "feed", "country_clean", "postcode_clean", "city_clean", "house_number_clean", "street_clean", "email_clean",
            "phone_clean",
        ),
        pa.string(),
    ),
}  # fmt: skip


def _rows() -> list[dict[str, Any]]:
    rows = [
        dict(
            zip(
                ("country_clean", "postcode_clean", "city_clean", "house_number_clean", "street_clean"),
                one,
                strict=True,
            )
        )
        for one in ADDRESSES
    ]
    rows += [
        {"email_clean": mailbox, "phone_clean": number}
        for mailbox, number in product(MAILBOXES, NUMBERS)
        if mailbox or number
    ]
    return [{"profile_id": number, "feed": "f", **row} for number, row in enumerate(rows, start=1)]


def _model(name: str) -> str:
    """The SQL of a model, its parents as tables of their own name."""
    (path,) = DBT_PROJECT.glob(f"models/**/{name}.sql")
    macros = {
        "email_keys": email_keys, "loose_addresses": loose_addresses, "phone_keys": phone_keys, "street_key": street_key, "address_key": address_key,
        "address_by_town": address_by_town, "house_key": house_key,
    }  # fmt: skip
    return (
        Environment(autoescape=False)
        .from_string(path.read_text("utf-8"))
        .render(ref=lambda model: model, source=lambda _, table: table, **macros)
    )


def _write(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], path: Path) -> None:
    held = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
    chosen = ", ".join(
        f"{name if name in held else 'null'}::{kind} as {name}" for name, kind in columns.items()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(f"copy (select {chosen} from {table}) to '{path}' (format parquet)")


def test_an_erased_refusal_holds_exactly_where_it_held_before(tmp_path: Path) -> None:
    places = Places(tmp_path / "warehouse")
    load = hand_made_load("f", "consents", AS_OF)
    folder = load.folder(places)
    folder.mkdir(parents=True)
    (folder / "_load.json").write_text(as_json(load))
    places.build.mkdir()
    with duckdb.connect() as connection:
        use_erasure_secret(connection, erasure_secret(places))
        connection.register("given", pa.Table.from_pylist(_rows(), schema=pa.schema(_GIVEN)))
        absent = ", ".join(
            f"null::{kind} as {name}"
            for name, kind in profile_columns().items()
            if name not in connection.sql("from given").columns
        )
        connection.execute(f"create table int_profiles_seen as select *, {absent} from given")
        connection.execute("create table bad_values (field varchar, value varchar)")
        connection.execute(f"""
            create table refusals as
            select
                * exclude (point_digests), {digests_of_row()} as point_digests
            from (
                select
                    1 as load_number, profile_id as row_number, * exclude (feed), null::varchar[] as point_digests,
                    if(email_clean is null, [], [{email_key("email_clean")}]) as email_keys,
                    coalesce({phone_keys("phone_clean")}, []) as phone_keys
                from int_profiles_seen
            )
        """)
        _write(connection, "int_profiles_seen", profile_columns(), folder / "profiles.parquet")
        left = "select load_number, row_number, point_digests from refusals"
        connection.execute(f"create table erased as {left}")
        _write(connection, "erased", refusal_columns(), folder / "refusals.parquet")
        assert write_erased_refusals(places) > 0
        connection.execute(f"create table refusals_erased as from '{places.build}/refusals_erased.parquet'")
        placed = {}
        for is_erased in (False, True):
            gone = ", ".join(
                f"null::{kind} as {name}"
                for name, kind in refusal_columns().items()
                if name.endswith(("_clean", "_keys"))
            )
            kept = f"load_number, row_number, {gone}" if is_erased else "* exclude (point_digests)"
            connection.execute(f"""
                create or replace table int_refusals_understood as
                select {kept}, row_number as refusal_id, {is_erased} as is_erased from refusals
            """)
            for model in MODELS:
                connection.execute(f"create or replace table {model} as {_model(model)}")
            placed[is_erased] = set(connection.execute("from int_refusals_placed").fetchall())
    assert {kind for *_, kind in placed[False]} == {"email", "phone", "address"} and len(placed[False]) > 50
    assert placed[True] == placed[False]
