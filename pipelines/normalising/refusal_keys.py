"""Adds the keys by which identifiers of refusals are compared with those of profiles."""

import duckdb

from pipelines.normalising.tidying import compatible_texts, drop_compatible_texts
from pipelines.warehouse.sql_files import sql_beside

_KEYS = {
    "email_keys": ("VARCHAR[]", "clean_email_keys(tidy_email)"),
    "phone_keys": ("VARCHAR[]", "clean_phone_keys(concat_ws(';', tidy_phone, tidy_phone_clean))"),
    "number_key": ("VARCHAR", "clean_number_key(tidy_customer_number)"),
    "record_id_key": ("VARCHAR", "clean_number_key(tidy_record_id)"),
}
REFUSAL_KEYS: dict[str, str] = {column: kind for column, (kind, _) in _KEYS.items()}
_READ = ("email", "phone", "customer_number", "record_id")


def add_refusal_keys(connection: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    """Makes temp table `target`: all columns of table `source`, then those of REFUSAL_KEYS.

    `source` has email, phone, customer_number and record_id as VARCHAR text as sent; if it has the phone_clean of
    `add_clean_columns` as well, that number is one of the keys. The lists are sorted, empty without anything readable, never
    null. They are compared with dbt's email_key, phone_keys and number_key (normal_forms.sql).
    """
    connection.execute(sql_beside(__file__, "macros.sql", "emails.sql", "refusal_keys.sql"))
    names = [row[0] for row in connection.execute(f"describe {source}").fetchall()]
    texts, joins = compatible_texts(connection, source, _READ)
    # Line ends in a cell separate phone numbers, so they are kept.
    texts |= {column: f"clean_spaces({texts[column]})" for column in _READ if column != "phone"}
    texts["phone_clean"] = "source.phone_clean" if "phone_clean" in names else "null::varchar"
    tidied = ", ".join(f"{sql} as tidy_{column}" for column, sql in texts.items())
    columns = ", ".join(f'"{name}"' for name in names)
    keys = ", ".join(f"{sql} as {column}" for column, (_, sql) in _KEYS.items())
    connection.execute(
        f"create or replace temp table {target} as "
        f"select {columns}, {keys} from (select source.*, {tidied} from {source} as source {joins})"
    )
    drop_compatible_texts(connection, _READ)
