"""Adds the normalised columns to a table of contact blocks, by SQL and by libraries over distinct values."""

import re
from collections.abc import Callable, Sequence

import duckdb
import pyarrow as pa

from pipelines.normalising.characters import compatible
from pipelines.normalising.legal_and_phone_numbers import company_number, e164, vat_number
from pipelines.normalising.names import split_full_name
from pipelines.normalising.plain_phones import WORTHWHILE, plain_number_sql
from pipelines.normalising.territories import country_code, language_code
from pipelines.normalising.tidying import TEXT, compatible_texts, drop_compatible_texts, save
from pipelines.warehouse.sql_files import sql_beside

_READ = (
    "given_name", "family_name", "full_name", "gender", "birth_date", "email", "phone", "street",
    "house_number", "postcode", "city", "country", "language", "company_name", "company_number", "vat_number",
)  # fmt: skip


def add_clean_columns(
    connection: duckdb.DuckDBPyConnection, source: str, target: str, birth_date_formats: Sequence[str] = ()
) -> None:
    """Makes temp table `target`: all columns of table `source`, then those of CLEAN_COLUMNS.

    `source` has the contact block as VARCHAR text. `birth_date_formats`: the contract's strptime formats, tried in order
    before ISO 8601. Every result depends on its own row alone, but for a birth year of two
    digits: no birth date is after the day in the variable `landed_on` of the connection.
    """
    connection.execute(sql_beside(__file__, "macros.sql"))
    filled = _filled(connection, source)
    countries = connection.execute(
        f"select distinct country from {source} where country is not null"
    ).fetchall()
    codes = [(text, country_code(compatible(text))) for (text,) in countries]
    save(connection, "normalising_country", {"text": TEXT, "code": TEXT}, codes)
    _tidy(connection, source, filled)
    filled |= _spread_addresses(connection)
    _look_up(connection, "language", ["language"], lambda text: (language_code(text),), {"code": TEXT})
    incomplete = (
        "(tidy_given_name is null or tidy_family_name is null) and not clean_is_placeholder(tidy_full_name)"
    )
    parts = {"given": TEXT, "family": TEXT}
    _look_up(connection, "full_name", ["full_name"], split_full_name, parts, where=incomplete)
    _look_up_emails(connection)
    _look_up_phones(connection)
    _look_up_numbers(connection, "company_number", company_number)
    _look_up_numbers(connection, "vat_number", vat_number)
    formats = ", ".join(_quoted(form) for form in birth_date_formats)
    contract_date = f"try_strptime(tidy.tidy_birth_date, [{formats}])::date" if formats else "null::date"
    if any("%y" in form for form in birth_date_formats):
        # strptime reads 61 as 2061. Nobody is born after the file came; a connection that lands none has no such day.
        contract_date = f"(case when {contract_date} > getvariable('landed_on') then {contract_date} - interval 100 year else {contract_date} end)::date"
    columns = ", ".join(f'"{row[0]}"' for row in connection.execute(f"describe {source}").fetchall())
    clean = sql_beside(__file__, "clean.sql").format(
        target=target, columns=columns, contract_date=contract_date
    )
    # For an empty column DuckDB need not compile the patterns, which takes longer than a small file.
    for column in set(_READ) - filled:
        clean = re.sub(rf"\btidy\.tidy_{column}\b", "null::varchar", clean)
    connection.execute(clean)
    for name in (
        "tidy",
        "country",
        "language",
        "full_name",
        "email",
        "phone",
        "company_number",
        "vat_number",
    ):
        connection.execute(f"drop table normalising_{name}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _filled(connection: duckdb.DuckDBPyConnection, source: str) -> set[str]:
    """The columns with a value in at least one row."""
    counts = ", ".join(f"count({column})" for column in _READ)
    (found,) = connection.execute(f"select {counts} from {source}").fetchall()
    return {column for column, count in zip(_READ, found, strict=True) if count}


def _tidy(connection: duckdb.DuckDBPyConnection, source: str, filled: set[str]) -> None:
    """Makes temp table normalising_tidy: `source`, each column as tidy NFKC text, country_clean and plain_email."""
    columns = [column for column in _READ if column in filled]
    texts, joins = compatible_texts(connection, source, columns)
    spaced = {column: f"clean_spaces({texts[column]})" for column in columns}
    if "postcode" in filled:
        spaced["postcode"] = f"clean_whole_postcode({spaced['postcode']})"
    tidied = ", ".join(f"{spaced.get(column, 'null::varchar')} as tidy_{column}" for column in _READ)
    plain_email = "case when clean_is_email(tidy_email) then lower(tidy_email) end"
    connection.execute(
        f"create or replace temp table normalising_tidy as "
        f"select *, {plain_email if 'email' in filled else 'null::varchar'} as plain_email from ("
        f"select source.*, {tidied}, country.code as country_clean from {source} as source "
        f"left join normalising_country as country on source.country = country.text {joins})"
    )
    drop_compatible_texts(connection, columns)


# Condition: a cell may contain more of an address than its own part.
_IS_CRAMMED = r"""
    regexp_matches(tidy_city, '\d')
    or (length(tidy_postcode) > 7 and contains(tidy_postcode, ' '))
    or ((tidy_postcode is null or tidy_city is null) and regexp_matches(tidy_street, ',|\d\D+\d'))
"""


def _spread_addresses(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Puts each part of an address into its own column of normalising_tidy; returns the columns that may have got values."""
    if not connection.execute(f"select 1 from normalising_tidy where {_IS_CRAMMED} limit 1").fetchone():
        return set()
    connection.execute(sql_beside(__file__, "addresses.sql").replace("{is_crammed}", _IS_CRAMMED))
    return {"street", "postcode", "city"}


def _look_up(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    keys: Sequence[str],
    read: Callable[..., Sequence[str | None]],
    result: dict[str, pa.DataType],
    where: str = "true",
) -> None:
    """Makes temp table normalising_<name>: each distinct value of the tidied keys with the result of `read`.

    `where`: SQL condition of the rows whose values are read.
    """
    columns = [key if key == "country_clean" else f"tidy_{key}" for key in keys]
    values = connection.execute(
        f"select distinct {', '.join(columns)} from normalising_tidy "
        f"where {columns[0]} is not null and {where}"
    ).fetchall()
    rows = [(*value, *read(*value)) for value in values]
    save(connection, f"normalising_{name}", dict.fromkeys(keys, TEXT) | result, rows)


def _look_up_numbers(
    connection: duckdb.DuckDBPyConnection,
    column: str,
    read: Callable[[str, str | None], str | None],
    where: str = "true",
) -> None:
    keys = [column, "country_clean"]
    _look_up(connection, column, keys, lambda text, country: (read(text, country),), {"clean": TEXT}, where)


def _look_up_emails(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes temp table normalising_email: texts that are no valid address, with the address that is plainly meant."""
    invalid = "from normalising_tidy where plain_email is null and tidy_email is not null"
    repaired = "null::varchar"
    if connection.execute(f"select 1 {invalid} limit 1").fetchone():
        connection.execute(sql_beside(__file__, "emails.sql"))
        repaired = "clean_only_email(clean_email_text(email))"
    connection.execute(
        f"create or replace temp table normalising_email as "
        f"select email, {repaired} as clean from (select distinct tidy_email as email {invalid})"
    )


def _look_up_phones(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes temp table normalising_phone: plain numbers of frequent countries by SQL, all others by the library."""
    counts = connection.execute(
        "select country_clean, count(distinct tidy_phone) from normalising_tidy group by country_clean order by all"
    ).fetchall()
    frequent = [country for country, count in counts if country is not None and count >= WORTHWHILE]
    plain = {country: plain_number_sql(country, "tidy_phone") for country in frequent}
    selects = [
        f"select distinct tidy_phone as phone, country_clean, {sql} as clean from normalising_tidy "
        f"where country_clean = '{country}' and clean is not null"
        for country, sql in plain.items()
        if sql is not None
    ]
    if not selects:
        _look_up_numbers(connection, "phone", e164)
        return
    connection.execute(f"create or replace temp table normalising_plain as {' union all '.join(selects)}")
    undecided = """
        not exists (
            from normalising_plain as plain
            where plain.phone = tidy_phone and plain.country_clean = normalising_tidy.country_clean
        )
    """
    _look_up_numbers(connection, "phone", e164, where=undecided)
    connection.execute("insert into normalising_phone from normalising_plain")
    connection.execute("drop table normalising_plain")
