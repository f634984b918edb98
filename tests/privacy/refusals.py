"""Refusals of a load as landing keeps them, written by hand: of rows that became facts, and of those that did not."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.contracts import CONTACT_BLOCK
from pipelines.landing.refusals import BLOCK, FILE, refusal_columns
from pipelines.normalising import add_clean_columns
from pipelines.normalising.point_keys import email_key, number_key, phone_keys
from pipelines.warehouse.database import as_parquet, connect, read_parquet, text
from pipelines.warehouse.places import Places
from tests.privacy.conftest import WHO

DELIVERED = date(2026, 6, 30)


def refusal(row_number: int, who: Mapping[str, str], **values: Any) -> dict[str, Any]:
    """A row of refusals.parquet, as far as it is given; `who` as in the files of the shop."""
    block = {WHO[column]: value for column, value in who.items() if value}
    return {"row_number": row_number, "delivered_on": DELIVERED, "country": "NL", **block, **values}


def fill(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Temp table with the columns of refusals.parquet; clean columns and normal forms follow from the block."""
    given = sorted({column for row in rows for column in row} - {*CONTACT_BLOCK})
    columns = [*given, *CONTACT_BLOCK]
    held = pa.table({column: [row.get(column) for row in rows] for column in columns})
    connection.register("given_refusals", held)
    texts = ", ".join(f"{column}::varchar as {column}" for column in CONTACT_BLOCK)
    connection.execute(
        f"create or replace temp table sent as select {', '.join((*given, texts))} from given_refusals"
    )
    connection.unregister("given_refusals")
    add_clean_columns(connection, "sent", "cleaned")
    made = {
        "email_keys": f"coalesce(string_split({email_key('lower(email)')}, '; '), [])",
        "phone_keys": f"coalesce({phone_keys('phone_clean')}, [])",
        "number_key": number_key("customer_number"),
        "record_id_key": number_key("record_id"),
    }
    known = {*given, *BLOCK} | {row[0] for row in connection.execute("describe cleaned").fetchall()}
    chosen = ", ".join(
        f"cast({made.get(column, column if column in known else 'null')} as {sql_type}) as {column}"
        for column, sql_type in refusal_columns().items()
    )
    connection.execute(f"create or replace temp table {table} as select {chosen} from cleaned")


def write_refusals(places: Places, kind: str, feed: str, number: int, *rows: Mapping[str, Any]) -> Path:
    """The file of a load, or of one that died before it was committed."""
    path = places.raw / kind / feed / f"{number:06d}" / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    placed = [{"feed": feed, "kind": kind, "load_number": number, **row} for row in rows]
    with connect(places) as connection:
        fill(connection, "written", placed)
        connection.execute(f"copy (from written order by row_number) to {text(path)} {as_parquet(places)}")
    return path


def read_refusals(places: Places, path: Path) -> list[dict[str, Any]]:
    """The rows of a file, without what is empty."""
    with connect(places) as connection:
        result = connection.execute(f"from {read_parquet(places, path)} order by row_number")
        names = [column[0] for column in result.description]
        return [
            {name: value for name, value in zip(names, values, strict=True) if value not in (None, [])}
            for values in result.fetchall()
        ]
