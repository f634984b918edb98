"""The normal forms of landing and of dbt, to be compared: macros of both on one connection."""

from collections.abc import Sequence
from typing import Any

import duckdb
from jinja2 import Environment

from pipelines.contracts import CONTACT_BLOCK
from pipelines.normalising import add_clean_columns, add_refusal_keys
from pipelines.settings import DBT_PROJECT

_DBT = Environment(autoescape=False).from_string(
    (DBT_PROJECT / "macros" / "normal_forms.sql").read_text(encoding="utf-8")
)


def email_cleans(values: Sequence[str | None]) -> list[str | None]:
    """email_clean of a contact block for each cell."""
    connection = duckdb.connect()
    columns = ", ".join(
        f"{'value' if name == 'email' else 'null::varchar'} as {name}" for name in CONTACT_BLOCK
    )
    connection.execute(
        f"create temp table blocks as select place, {columns} "
        "from (select unnest(?::varchar[]) as value, unnest(range(len(?::varchar[]))) as place)",
        [values, values],
    )
    add_clean_columns(connection, "blocks", "cleaned")
    return [
        email for (email,) in connection.execute("select email_clean from cleaned order by place").fetchall()
    ]


def dbt_macro(name: str, column: str) -> str:
    """The SQL that dbt's macro writes for a column."""
    return str(getattr(_DBT.module, name)(column))


def by_dbt(name: str, values: Sequence[str | None]) -> list[Any]:
    """What dbt's macro makes of each of the values."""
    return [
        found
        for (found,) in duckdb.execute(
            f"select {dbt_macro(name, 'value')} "
            "from (select unnest(?::varchar[]) as value, unnest(range(len(?::varchar[]))) as place) order by place",
            [values, values],
        ).fetchall()
    ]


def refusal_keys(column: str, values: Sequence[str | None]) -> list[tuple[Any, ...]]:
    """email_keys, phone_keys, number_key and record_id_key of a refusal for each value of the column."""
    connection = duckdb.connect()
    filled = ", ".join(
        f"{'value' if name == column else 'null::varchar'} as {name}"
        for name in ("email", "phone", "customer_number", "record_id")
    )
    connection.execute(
        f"create temp table refusals as select place, {filled} "
        "from (select unnest(?::varchar[]) as value, unnest(range(len(?::varchar[]))) as place)",
        [values, values],
    )
    add_refusal_keys(connection, "refusals", "keyed")
    return connection.execute(
        "select email_keys, phone_keys, number_key, record_id_key from keyed order by place"
    ).fetchall()
