"""Turns the text of a delivery into the typed columns of its kind: SQL from the contract, nothing row by row.

A row without key, event time or amount is set aside in `torn`; any other value that cannot be read becomes null,
is named in `unreadable`, and its text is kept in `unread_cells`.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath

import duckdb

from pipelines.contracts import CONTACT_BLOCK, IDENTIFYING, SQL_TYPES, Column, Contract
from pipelines.database import name, text
from pipelines.landing.reading import source_columns
from pipelines.landing.refusal import RefusedFile

_TRUE = ["1", "true", "yes", "y", "ja", "j", "oui", "sant", "t", "on", "是"]
_FALSE = ["0", "false", "no", "n", "nee", "nej", "non", "falskt", "f", "off", "否"]
_SEPARATOR = "chr(31)"


def mapped_text(contract: Contract, target: str) -> str:
    """SQL for the text of a canonical column: the source's, translated by `values`, else the default, else null."""
    source = contract.targets.get(target)
    default = text(contract.defaults[target]) if target in contract.defaults else "null"
    if source is None:
        return f"cast({default} as varchar)"
    sql = name(source)
    values = contract.columns[source].values
    if values:
        cases = " ".join(f"when {text(code)} then {text(value)}" for code, value in sorted(values.items()))
        sql = f"case {sql} {cases} else {sql} end"
    return f"coalesce(nullif({sql}, ''), {default})"


def number(sql: str, decimal: str, sql_type: str) -> str:
    """SQL that reads a number; a thousands separator counts only where it parts groups of three."""
    thousands = "," if decimal == "." else "."
    escaped = "\\" + thousands
    plain = f"replace(replace(replace({sql}, ' ', ''), chr(160), ''), chr(8239), '')"
    ungrouped = (
        f"case when regexp_full_match({plain}, '[-+]?\\d{{1,3}}({escaped}\\d{{3}})+([{decimal}]\\d+)?') "
        f"then replace({plain}, '{thousands}', '') else {plain} end"
    )
    point = (
        ungrouped
        if decimal == "."
        else f"case when contains({ungrouped}, '.') then null else replace({ungrouped}, ',', '.') end"
    )
    return f"try_cast({point} as {sql_type})"


def moment(sql: str, formats: Sequence[str], zone: str) -> str:
    """SQL that reads a time as UTC: declared formats, then ISO 8601.

    An offset in the text wins over the declared zone; a date without a time stays that date, whatever the zone.
    """
    local = [f"timezone('UTC', timezone({text(zone)}, {{}}))"]
    reads = [
        f"timezone('UTC', try_cast(case when regexp_matches({sql}, '\\d\\d:\\d\\d.*(Z|[+-]\\d\\d(:?\\d\\d)?)$') then {sql} end as timestamptz))"
    ]
    for pattern in formats:
        parsed = f"try_strptime({sql}, {text(pattern)})"
        if "%z" in pattern.lower():
            reads.append(f"timezone('UTC', {parsed})" if "%z" in pattern else parsed)
        else:
            reads.append(
                local[0].format(parsed)
                if any(part in pattern for part in ("%H", "%I", "%X", "%c"))
                else parsed
            )
    reads.append(f"cast(try_cast(case when length({sql}) = 10 then {sql} end as date) as timestamp)")
    reads.append(local[0].format(f"try_cast({sql} as timestamp)"))
    return f"coalesce({', '.join(reads)})"


def _read_as(contract: Contract, column: Column, sql: str) -> str:
    """SQL that reads the text of a column as the column's type."""
    source = contract.targets.get(column.name)
    mapping = contract.columns[source] if source else None
    decimal = (mapping.decimal if mapping else None) or contract.files.decimal
    formats = mapping.format if mapping else []
    if column.type == "text":
        return sql
    if column.type in ("decimal", "money", "integer"):
        return number(sql, decimal, SQL_TYPES[column.type])
    if column.type == "boolean":
        return f"case when lower({sql}) in {tuple(_TRUE)} then true when lower({sql}) in {tuple(_FALSE)} then false end"
    zone = contract.event_time.timezone if contract.event_time else "UTC"
    as_moment = moment(sql, formats, zone)
    return f"cast({as_moment} as date)" if column.type == "date" else as_moment


def snapshot_date(contract: Contract, path: PurePath) -> str:
    """SQL for the date of the snapshot a row belongs to (null for append feeds).

    Raises RefusedFile: the name of the file does not follow the contract's pattern.
    """
    declared = contract.snapshot_date
    if declared is None:
        return "cast(null as date)"
    if declared.filename is not None:
        try:
            day = datetime.strptime(path.name, declared.filename).date()  # noqa: DTZ007 (a date has no zone)
        except ValueError as error:
            raise RefusedFile(
                f"the file name does not follow {declared.filename}; rename the file or correct snapshot_date"
            ) from error
        return f"date {text(day.isoformat())}"
    return f"cast({moment(name(declared.column or ''), declared.format, 'UTC')} as date)"


def _keyed_hash(parts: Sequence[str]) -> str:
    """SQL for a keyed hash over texts, 32 hexadecimal digits; null and empty text differ.

    Nested SHA-256 after the HMAC construction (RFC 2104), so that the key cannot be stripped by length extension.
    """
    joined = f"concat_ws({_SEPARATOR}, {', '.join(f'coalesce({part}, chr(30))' for part in parts)})"
    return f"left(sha256(getvariable('outer_key') || sha256(getvariable('inner_key') || {joined})), 32)"


def map_delivery(
    connection: duckdb.DuckDBPyConnection, contract: Contract, path: PurePath, load_number: int
) -> None:
    """From `delivered` makes `rows`: typed, hashed, with the contact block as text where the kind has one.

    The variables `inner_key` and `outer_key` of the connection hold the secret of the hashes.
    """
    spec = contract.spec
    event = contract.event_time
    snapshot = snapshot_date(contract, path)
    block = [column for column in CONTACT_BLOCK if spec.has_contact_block]
    texts = {column.name: mapped_text(contract, column.name) for column in spec.columns}
    fields = [
        "row_number",
        f"{snapshot} as snapshot_date",
        f"{moment(name(event.column), event.format, event.timezone) if event else 'null'} as event_time",
        f"{_record_key(contract)} as record_key",
        f"{_row_hash(contract)} as row_hash",
        *(f"{sql} as {name('text:' + column)}" for column, sql in texts.items()),
        *(f"{mapped_text(contract, column)} as {column}" for column in block if not spec.column(column)),
    ]
    # A block column and a kind column may have the same name in principle; the kinds keep them apart.
    connection.execute(f"create or replace temp table texts as select {', '.join(fields)} from delivered")
    typed = [
        f"{_read_as(contract, column, name('text:' + column.name))} as {column.name}"
        for column in spec.columns
    ]
    unread = " , ".join(
        f"case when {name('text:' + column.name)} is not null and {column.name} is null then {text(column.name)} end"
        for column in spec.columns
        if column.type != "text"
    )
    connection.execute(f"""
        create or replace temp table rows as
        select {text(contract.feed)} as feed, cast({load_number} as bigint) as load_number, cast(row_number as bigint) as row_number,
            coalesce(record_key, row_hash) as record_key, row_hash,
            coalesce(event_time, cast(snapshot_date as timestamp)) as event_at, snapshot_date,
            {"".join(f"{column}, " for column in block)}
            {", ".join(column.name for column in spec.columns)},
            list_filter([{unread}]::varchar[], x -> x is not null) as unreadable,
            record_key is null and {str(bool(contract.key)).lower()} as lacks_key
        from (select * exclude ({", ".join(f'"text:{c.name}"' for c in spec.columns)}), {", ".join(f'"text:{c.name}"' for c in spec.columns)}, {", ".join(typed)} from texts)
    """)


def _record_key(contract: Contract) -> str:
    """SQL for the row's own key, null when a part is missing; hashed when a part identifies somebody."""
    if not contract.key:
        return "cast(null as varchar)"
    parts = [f"nullif({name(column)}, '')" for column in contract.key]
    joined = f"concat_ws('|', {', '.join(parts)})"
    names_somebody = any(
        target in CONTACT_BLOCK
        for column in contract.key
        if column in contract.columns
        for target in contract.columns[column].to
    )
    key = _keyed_hash(parts) if names_somebody else joined
    return f"case when {' and '.join(f'{part} is not null' for part in parts)} then {key} end"


def _row_hash(contract: Contract) -> str:
    """SQL for the keyed hash of all that the contract reads from a row, the snapshot's date aside."""
    ignored = contract.snapshot_date.column if contract.snapshot_date else None
    columns = [name(column) for column in source_columns(contract) if column != ignored]
    joined = f"concat_ws({_SEPARATOR}, {', '.join(f'coalesce({column}, chr(30))' for column in columns)})"
    return f"md5(getvariable('inner_key') || {joined})"


def set_aside_unusable(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Moves rows without key, event time or amount, and contradicting ones, from `rows` to `torn`; keeps unread texts.

    `amount` of a sale is completed from quantity and price first, and returns get their sign.
    """
    if contract.kind == "sales":
        _complete_sales(connection)
    reasons = [
        "when lacks_key then 'key_missing'",
        "when event_at is null then 'event_time_unreadable'",
        *(f"when {column} is null then '{column}_unreadable'" for column in contract.spec.unusable_without),
    ]
    if contract.kind == "sales":
        reasons.append("when quantity < 0 and line_type != 'return' then 'negative_quantity'")
    originals = ", ".join(
        f"{name(column)} := delivered.{name(column)}" for column in source_columns(contract)
    )
    connection.execute(f"""
        create or replace temp table unusable as
        select row_number, case {" ".join(reasons)} end as reason from rows where case {" ".join(reasons)} end is not null
    """)
    connection.execute(f"""
        insert into torn
        select row_number, reason, to_json(struct_pack({originals})) from unusable join delivered using (row_number)
    """)
    connection.execute("delete from rows where row_number in (select row_number from unusable)")
    _keep_unread_texts(connection, contract)


def _complete_sales(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        create or replace temp table rows as
        with priced as (
            select * replace (
                coalesce(amount, cast(round(quantity * unit_price - coalesce(discount_amount, 0), 2) as decimal(18, 2))) as amount
            )
            from rows
        ),
        typed as (
            select * replace (coalesce(line_type, case when amount < 0 then 'return' else 'sale' end) as line_type) from priced
        )
        select * replace (
            case when line_type = 'return' then -abs(quantity) else quantity end as quantity,
            case when line_type = 'return' then -abs(amount) else amount end as amount
        )
        from typed
    """)


def _keep_unread_texts(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """`unread_cells`: row, column and the text that could not be read, one row per cell."""
    sources = {
        column.name: contract.targets.get(column.name)
        for column in contract.spec.columns
        if column.type != "text"
    }
    cases = " ".join(
        f"when {text(target)} then delivered.{name(source)}" for target, source in sources.items() if source
    )
    connection.execute(f"""
        create or replace temp table unread_cells as
        select row_number, column_name, {f"case column_name {cases} end" if cases else "null"} as original
        from (select row_number, unnest(unreadable) as column_name from rows where len(unreadable) > 0)
        join delivered using (row_number)
        order by row_number, column_name
    """)


def is_somebody() -> str:
    """SQL condition: the row's contact block names somebody."""
    return "(" + " or ".join(f"{column} is not null" for column in IDENTIFYING) + ")"


def block_digest() -> str:
    """SQL that tells contact blocks of one load apart; cheap, so it runs over every row."""
    return f"md5_number(concat_ws({_SEPARATOR}, {', '.join(f'coalesce({column}, chr(30))' for column in CONTACT_BLOCK)}))"


def block_hash() -> str:
    """SQL for the keyed hash of a contact block as mapped text, by which the block is found again for ever."""
    return _keyed_hash(CONTACT_BLOCK)


def cookie_key() -> str:
    """SQL for the keyed hash of a cookie, null without one."""
    return f"case when cookie_id is not null then {_keyed_hash(['cookie_id'])} end"
