"""Turns the text of a delivery into the typed columns of its kind: SQL from the contract, nothing row by row.

A row without key, event time or amount, or dated when nothing can have happened, goes to quarantine (`torn`). Any other value that cannot be read becomes null; its
column is named in `unreadable` and its text kept in `unread_cells`.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import PurePath

import duckdb

from pipelines.contracts import CONTACT_BLOCK, IDENTIFYING, Contract
from pipelines.landing.hashing import block_digest, keyed_hash, row_hash
from pipelines.landing.reading import delivered, source_columns
from pipelines.landing.reading_values import (
    EARLIEST_EVENT,
    LATEST_EVENT_YEARS,
    mapped_text,
    moment,
    read_as,
    snapshot_date,
)
from pipelines.warehouse.database import name, text

OUT_OF_RANGE = "event_time_out_of_range"


def filled_block(contract: Contract) -> list[str]:
    """The columns of the contact block that the contract fills, in the block's order."""
    if not contract.spec.has_contact_block:
        return []
    return [column for column in CONTACT_BLOCK if column in contract.targets or column in contract.defaults]


def birth_date_formats(contract: Contract) -> list[str]:
    """The strptime formats in which the feed writes birth dates; empty if it has none but ISO 8601."""
    source = contract.targets.get("birth_date")
    return contract.columns[source].format if source else []


def map_delivery(
    connection: duckdb.DuckDBPyConnection, contract: Contract, path: PurePath, load_number: int
) -> None:
    """Makes `rows` from `delivered`: typed and hashed, with the texts of the contact block that the contract fills."""
    columns = contract.spec.columns
    event = contract.event_time
    block = filled_block(contract)
    event_time = (
        moment(delivered(event.column), event.format, event.timezone) if event else "cast(null as timestamp)"
    )
    texts = ", ".join(
        [
            "row_number",
            f"{snapshot_date(contract, path)} as snapshot_date",
            f"{event_time} as event_time",
            f"{own_key(contract)} as own_key",
            f"{content_hash(contract)} as row_hash",
            *(f"{mapped_text(contract, column)} as {column}" for column in block),
            *(f"{mapped_text(contract, column.name)} as {_text_of(column.name)}" for column in columns),
        ]
    )
    typed = ", ".join(
        f"{read_as(contract, column, _text_of(column.name))} as {column.name}" for column in columns
    )
    unread = {
        column.name: f"({_text_of(column.name)} is not null and {column.name} is null)"
        for column in columns
        if column.type != "text"
    }
    names_of_unread = ", ".join(
        f"case when {is_unread} then {text(column)} end" for column, is_unread in unread.items()
    )
    connection.execute(f"""
        create or replace temp table rows as
        with texts as (select {texts} from delivered),
        typed as (select *, {typed} from texts),
        rows as (
            select {text(contract.feed)} as feed, cast({load_number} as bigint) as load_number,
                cast(row_number as bigint) as row_number, coalesce(own_key, row_hash) as record_key, row_hash,
                coalesce(event_time, cast(snapshot_date as timestamp)) as event_at, snapshot_date,
                {"".join(f"{column}, " for column in (*block, *(column.name for column in columns)))}
                case when {" or ".join(unread.values()) or "false"}
                    then list_filter([{names_of_unread}]::varchar[], x -> x is not null) else [] end as unreadable,
                {block_digest(block)} as block_digest,
                own_key is null and {str(bool(contract.key)).lower()} as lacks_key
            from typed
        )
        {_COMPLETED_SALES if contract.kind == "sales" else "from rows"}
    """)


# The amount from quantity and price where the source has none, and the sign of a return.
_COMPLETED_SALES = """,
        priced as (
            select * replace (
                coalesce(amount, cast(round(quantity * unit_price - coalesce(discount_amount, 0), 2) as decimal(18, 2))) as amount
            )
            from rows
        ),
        with_line_type as (
            select * replace (coalesce(line_type, case when amount < 0 then 'return' else 'sale' end) as line_type) from priced
        )
        select * replace (
            case when line_type = 'return' then -abs(quantity) else quantity end as quantity,
            case when line_type = 'return' then -abs(amount) else amount end as amount
        )
        from with_line_type"""


def _text_of(column: str) -> str:
    """The column with the mapped text of a canonical column."""
    return name(f"text:{column}")


def own_key(contract: Contract) -> str:
    """SQL for the row's own key, null when a part is missing; hashed when a part identifies somebody."""
    if not contract.key:
        return "cast(null as varchar)"
    parts = [f"nullif({delivered(column)}, '')" for column in contract.key]
    joined = f"concat_ws('|', {', '.join(parts)})"
    names_somebody = any(
        target in CONTACT_BLOCK
        for column in contract.key
        if column in contract.columns
        for target in contract.columns[column].to
    )
    key = keyed_hash(parts) if names_somebody else joined
    return f"case when {' and '.join(f'{part} is not null' for part in parts)} then {key} end"


def content_hash(contract: Contract) -> str:
    """SQL for the hash of all that the contract reads from a row, the snapshot's date aside."""
    ignored = contract.snapshot_date.column if contract.snapshot_date else None
    return row_hash([delivered(column) for column in source_columns(contract) if column != ignored])


def quarantine_unusable(connection: duckdb.DuckDBPyConnection, contract: Contract, as_of: date) -> None:
    """Moves rows without key, event time or amount, and contradicting rows, from `rows` to `torn`; makes `unread_cells`.

    An event before EARLIEST_EVENT or more than LATEST_EVENT_YEARS years after `as_of` goes there too: it would stop every
    later run at the rules of the marts.
    """
    reasons = [
        "when lacks_key then 'key_missing'",
        "when event_at is null then 'event_time_unreadable'",
        f"when not event_at between timestamp '{EARLIEST_EVENT}' "
        f"and timestamp '{as_of}' + interval {LATEST_EVENT_YEARS} year then '{OUT_OF_RANGE}'",
        *(f"when {column} is null then '{column}_unreadable'" for column in contract.spec.unusable_without),
    ]
    if contract.kind == "sales":
        reasons.append("when quantity < 0 and line_type != 'return' then 'negative_quantity'")
    originals = ", ".join(
        f"{text(column)}, delivered.{delivered(column)}" for column in source_columns(contract)
    )
    connection.execute(f"""
        create or replace temp table unusable as
        select row_number, case {" ".join(reasons)} end as reason from rows where case {" ".join(reasons)} end is not null
    """)
    connection.execute(f"""
        insert into torn
        select row_number, unusable.reason, json_object({originals}) from unusable join delivered using (row_number)
    """)
    connection.execute("delete from rows where row_number in (select row_number from unusable)")
    _keep_unread_texts(connection, contract)


def read_from(contract: Contract, reason: str) -> str:
    """The columns of the file behind a reason for quarantine and how the contract reads them; empty for torn rows."""
    if reason == "key_missing":
        return _columns(contract.key)
    if reason in ("event_time_unreadable", OUT_OF_RANGE):
        time = contract.event_time or contract.snapshot_date
        if time is None or time.column is None:
            return ""
        read = f"{_columns([time.column])}, format {' or '.join(time.format) or 'ISO 8601'}"
        if reason == OUT_OF_RANGE:
            return f"{read}, from {EARLIEST_EVENT.year} to {LATEST_EVENT_YEARS} years ahead"
        return read
    amount = reason.removesuffix("_unreadable")
    if amount in contract.spec.unusable_without:
        # Without a column of its own an amount is computed from these two.
        wanted = [amount] if amount in contract.targets else ["quantity", "unit_price"]
    else:
        wanted = ["quantity"] if reason == "negative_quantity" else []
    sources = [contract.targets[column] for column in wanted if column in contract.targets]
    if not sources:
        return ""
    decimals = sorted({contract.columns[source].decimal or contract.files.decimal for source in sources})
    return f"{_columns(sources)}, decimal separator {' or '.join(decimals)}"


def _columns(names: Sequence[str]) -> str:
    return f"column{'' if len(names) == 1 else 's'} {', '.join(names)}"


def _keep_unread_texts(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Makes `unread_cells`: row, column and the text that could not be read, one row per cell."""
    sources = {
        column.name: contract.targets.get(column.name)
        for column in contract.spec.columns
        if column.type != "text"
    }
    cases = " ".join(
        f"when {text(target)} then delivered.{delivered(source)}"
        for target, source in sources.items()
        if source
    )
    connection.execute(f"""
        create or replace temp table unread_cells as
        select row_number, column_name, {f"case column_name {cases} end" if cases else "null::varchar"} as original
        from (select row_number, unnest(unreadable) as column_name from rows where len(unreadable) > 0)
        join delivered using (row_number)
        order by row_number, column_name
    """)


def is_somebody(block: list[str]) -> str:
    """SQL condition: at least one of these columns of the contact block names somebody."""
    return " or ".join(f"{column} is not null" for column in block if column in IDENTIFYING) or "false"
