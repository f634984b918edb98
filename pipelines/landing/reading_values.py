"""SQL that reads texts as the types that contract and kind declare; null where a text cannot be read."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import PurePath

from pipelines.contracts import SQL_TYPES, Column, Contract
from pipelines.landing.reading import delivered
from pipelines.landing.refused_file import RefusedFile
from pipelines.warehouse.database import text

# Before it are the noughts and first days that systems write for no date, and years of two digits; the timelines of
# marts hold nothing before it (expectations/marts/person_timeline.yml).
EARLIEST_EVENT = date(1990, 1, 1)
# A contract or a campaign may be planned; what is dated later was typed wrong.
LATEST_EVENT_YEARS = 10
TRUE_TEXTS = ["1", "true", "yes", "y", "ja", "j", "oui", "sant", "t", "on", "是"]
FALSE_TEXTS = ["0", "false", "no", "n", "nee", "nej", "non", "falskt", "f", "off", "否"]


# Numbers that count nothing: 70001.0 is what a table of floats makes of 70001.
_WHOLE_NUMBERS = {"record_id", "customer_number", "house_number", "postcode", "phone", "company_number"}


def mapped_text(contract: Contract, target: str) -> str:
    """SQL for the text of a canonical column: the source's, translated by `values`, else the default, else null."""
    source = contract.targets.get(target)
    default = text(contract.defaults[target]) if target in contract.defaults else "null"
    if source is None:
        return f"cast({default} as varchar)"
    sql = delivered(source)
    values = contract.columns[source].values
    if values:
        cases = " ".join(f"when {text(code)} then {text(value)}" for code, value in sorted(values.items()))
        # A code may be the empty cell.
        coded = f"coalesce({sql}, '')" if "" in values else sql
        sql = f"case {coded} {cases} else {sql} end"
    if target in _WHOLE_NUMBERS:
        sql = f"case when {sql} like '%.0' then regexp_replace({sql}, '^(\\d+)\\.0$', '\\1') else {sql} end"
    codes = next((column.codes for column in contract.spec.columns if column.name == target), ())
    if codes:
        folded = f"lower(trim({sql}))"
        sql = f"case when {folded} in ({', '.join(map(text, codes))}) then {folded} else {sql} end"
    return f"coalesce(nullif({sql}, ''), {default})"


def number(sql: str, decimal: str, sql_type: str) -> str:
    """SQL that reads a number; a thousands separator counts only between groups of three digits.

    Nearly every number is of digits, sign and decimal separator alone: those are cast at once, as the long way would.
    """
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
    plain_point = sql if decimal == "." else f"replace({sql}, ',', '.')"
    # By way of a double where there is an exponent: DuckDB 1.5 reads '5.5e-17' as 0.01 when it casts text to a decimal.
    return f"""case
        when translate({sql}, '-0123456789{decimal}', '') = '' then try_cast({plain_point} as {sql_type})
        when contains(lower({point}), 'e') then try_cast(try_cast({point} as double) as {sql_type})
        else try_cast({point} as {sql_type})
    end"""


def moment(sql: str, formats: Sequence[str], zone: str) -> str:
    """SQL that reads a time as UTC: declared formats, then ISO 8601.

    An offset in the text wins over the declared zone; a date without a time stays that date, whatever the zone.
    """
    reads = []
    for pattern in formats:
        parsed = f"try_strptime({sql}, {text(pattern)})"
        if "%z" in pattern or "%Z" in pattern:
            reads.append(f"timezone('UTC', {parsed})")
        elif _has_time(pattern):
            reads.append(_local(parsed, zone))
        else:
            reads.append(parsed)
    # 'YYYY-MM-DD hh:mm' has 16 characters; an offset comes behind it.
    has_offset = f"length({sql}) > 16 and (right({sql}, 1) = 'Z' or {sql}[-3] in ('+', '-') or {sql}[-5] in ('+', '-') or {sql}[-6] in ('+', '-'))"
    reads.append(f"""case
        when length({sql}) = 10 then cast(try_cast({sql} as date) as timestamp)
        when {has_offset} then timezone('UTC', try_cast({sql} as timestamptz))
        else {_local(f"try_cast({sql} as timestamp)", zone)}
    end""")
    return f"coalesce({', '.join(reads)})"


def is_day_only(sql: str, formats: Sequence[str]) -> str:
    """SQL condition: a text that `moment` can read is a day without a time."""
    cases = " ".join(
        f"when try_strptime({sql}, {text(pattern)}) is not null then {str(not _has_time(pattern)).lower()}"
        for pattern in formats
    )
    iso = f"coalesce(length({sql}) = 10, false)"
    return f"case {cases} else {iso} end" if cases else iso


def _has_time(pattern: str) -> bool:
    return any(part in pattern for part in ("%H", "%I", "%X", "%c"))


def _local(sql: str, zone: str) -> str:
    return sql if zone == "UTC" else f"timezone('UTC', timezone({text(zone)}, {sql}))"


def read_as(contract: Contract, column: Column, sql: str) -> str:
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
        return f"case when lower({sql}) in {tuple(TRUE_TEXTS)} then true when lower({sql}) in {tuple(FALSE_TEXTS)} then false end"
    zone = contract.event_time.timezone if contract.event_time else "UTC"
    read = moment(sql, formats, zone)
    # DuckDB reads years up to 290000 and infinity, Python and pandas stop at 9999.
    as_moment = (
        f"case when {read} between timestamp '1000-01-01' and timestamp '9999-12-31 23:59:59' then {read} end"
    )
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
            day = datetime.strptime(path.name, declared.filename).date()
        except ValueError as error:
            raise RefusedFile(
                f"the file name does not follow {declared.filename}; rename the file or correct snapshot_date"
            ) from error
        return f"date {text(day.isoformat())}"
    return f"cast({moment(delivered(declared.column or ''), declared.format, 'UTC')} as date)"
