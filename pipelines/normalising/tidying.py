"""SQL for the columns of a contact block as NFKC text; Python processes only distinct values outside ASCII."""

from collections.abc import Callable, Iterable, Sequence

import duckdb
import pyarrow as pa

from pipelines.normalising.characters import compatible, plain_marks
from pipelines.normalising.emails import tidy_email

TEXT = pa.string()
_IDENTIFIERS: dict[str, Callable[[str], str]] = {
    "email": tidy_email,
    "phone": plain_marks,
    "customer_number": plain_marks,
    "record_id": plain_marks,
}


def compatible_texts(
    connection: duckdb.DuckDBPyConnection, source: str, columns: Iterable[str]
) -> tuple[dict[str, str], str]:
    """SQL for the NFKC text of each column of `source`, and the joins it needs after `from {source} as source`.

    ASCII text is NFKC already, so only values with more bytes than characters are processed. The joins are with temp tables
    normalising_nfkc_<column>, which `drop_compatible_texts` removes.
    """
    texts: dict[str, str] = {}
    joins: list[str] = []
    for column in columns:
        read = _IDENTIFIERS.get(column, compatible)
        values = connection.execute(
            f"select distinct {column} from {source} where strlen({column}) <> length({column})"
        ).fetchall()
        pairs = [(text, clean) for (text,) in values if (clean := read(text)) != text]
        texts[column] = f"source.{column}"
        if pairs:
            table = f"normalising_nfkc_{column}"
            save(connection, table, {"text": TEXT, "clean": TEXT}, pairs)
            texts[column] = f"coalesce({table}.clean, source.{column})"
            joins.append(f"left join {table} on source.{column} = {table}.text")
    return texts, " ".join(joins)


def drop_compatible_texts(connection: duckdb.DuckDBPyConnection, columns: Iterable[str]) -> None:
    """Removes the temp tables that `compatible_texts` made of the columns."""
    for column in columns:
        connection.execute(f"drop table if exists normalising_nfkc_{column}")


def save(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: dict[str, pa.DataType],
    rows: Iterable[Sequence[object]],
) -> None:
    """Makes temp table `table` of the rows."""
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pa.array(value, kind) for value, kind in zip(values, columns.values(), strict=True)]
    connection.register("normalising_rows", pa.table(arrays, names=list(columns)))
    connection.execute(f"create or replace temp table {table} as select * from normalising_rows")
    connection.unregister("normalising_rows")
