"""Reads one delivered file, of whatever format, into the temp tables `delivered` (text columns) and `torn` (unreadable rows).

`delivered`: `row_number` (the data row in the file, from 1) and the source columns that the contract names, all VARCHAR,
each under the name that `delivered()` returns. `torn`: `row_number, reason, original` of lines that are no rows.
`layout`: `column_name, place, delimiter`: where a column stands in a line of CSV.
"""

import csv
import difflib
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Literal

import duckdb
import pandas as pd

from pipelines.contracts import Contract
from pipelines.contracts.model import Files
from pipelines.landing.refused_file import RefusedFile
from pipelines.landing.text_files import LONGEST_LINE, TextFile, readable
from pipelines.landing.workbooks import read_sheet
from pipelines.warehouse.database import name, text

# Stands for the channel of an object that lacks its key: no known channel, so a grant of it permits nothing.
ABSENT = "(no such key)"
# Python's own limit is 131,072; a line is cut off long before either.
csv.field_size_limit(2 * LONGEST_LINE)
# Above this share of rows with bytes that do not fit, the declared encoding is wrong, not the row.
_MOST_BAD_ENCODING = 0.01


def source_columns(contract: Contract) -> list[str]:
    """The source columns a contract reads, in a fixed order."""
    wanted = set(contract.columns) | set(contract.key)
    wanted |= {special.evidence for special in contract.special_categories}
    if contract.event_time:
        wanted.add(contract.event_time.column)
    if contract.snapshot_date and contract.snapshot_date.column:
        wanted.add(contract.snapshot_date.column)
    return sorted(wanted)


def delivered(column: str) -> str:
    """The column of `delivered` that holds a source column, as a quoted identifier.

    Two columns of a file may differ in case only and bear any name; those of DuckDB may not.
    """
    return name(
        "source:"
        + "".join(f"^{letter.lower()}" if letter.isupper() or letter == "^" else letter for letter in column)
    )


def read_delivery(
    connection: duckdb.DuckDBPyConnection, path: Path, contract: Contract, scratch: Path
) -> None:
    """Makes `delivered` and `torn` from the file.

    Raises RefusedFile: the file is empty, damaged, lacks a column of the contract, or cannot be read without losing rows.
    """
    if path.stat().st_size == 0:
        raise RefusedFile("the file is empty; have it delivered again")
    connection.execute(
        "create or replace temp table torn (row_number bigint, reason varchar, original varchar)"
    )
    connection.execute(
        "create or replace temp table layout (column_name varchar, place bigint, delimiter varchar)"
    )
    read = {"csv": _read_csv, "jsonl": _read_json_lines, "parquet": _read_parquet, "excel": _read_excel}[
        contract.files.format
    ]
    read(connection, path, contract, scratch)


def _positions(found: Sequence[str], contract: Contract) -> list[int]:
    """Where each source column of the contract stands in the file's header.

    Raises RefusedFile naming the missing column, and a similar one; never the header itself, which may be a row of data.
    """
    names = [column.strip() for column in found]
    positions = []
    for column in source_columns(contract):
        places = [place for place, given in enumerate(names) if given == column]
        if not places:
            # A name of the file is shown only where most of the contract's names are found: then it is a header.
            is_header = 2 * len(set(names) & set(source_columns(contract))) > len(source_columns(contract))
            near = difflib.get_close_matches(column, names, n=1, cutoff=0.7) if is_header else []
            hint = f"it has {near[0]}; " if near else ""
            raise RefusedFile(
                f"the file has no column {column}; {hint}correct columns: in the contract or the file (header_row is {contract.files.header_row})"
            )
        if len(places) > 1:
            raise RefusedFile(
                f"column {column} stands {len(places)} times in the header; have one of them renamed"
            )
        positions.append(places[0])
    return positions


def _delimiter(connection: duckdb.DuckDBPyConnection, file: TextFile, contract: Contract) -> str:
    if contract.files.delimiter is not None:
        return contract.files.delimiter.replace("\\t", "\t")
    try:
        found = connection.execute(
            "select Delimiter from sniff_csv(?, skip = ?, all_varchar = true, ignore_errors = true)",
            [str(file.path), contract.files.header_row - 1],
        ).fetchone()
    except duckdb.Error as error:
        raise RefusedFile("the separator could not be detected; declare it under files: delimiter") from error
    return found[0] if found else ","


def _read_csv(connection: duckdb.DuckDBPyConnection, path: Path, contract: Contract, scratch: Path) -> None:
    file = readable(path, contract.files.encoding, scratch)
    try:
        _scan_csv(connection, file, contract)
    except duckdb.Error:
        # Lines that end in \r\n and \n by turns confuse the reader: once more on a copy with one line end.
        file = readable(path, contract.files.encoding, scratch, one_newline=True)
        try:
            _scan_csv(connection, file, contract)
        except duckdb.Error as error:
            raise RefusedFile(
                "the file cannot be read as CSV; compare delimiter, quote and header_row of the contract with it"
            ) from error
    _quarantine_bad_encoding(connection, file, contract)


def _scan_csv(connection: duckdb.DuckDBPyConnection, file: TextFile, contract: Contract) -> None:
    files = contract.files
    delimiter = _delimiter(connection, file, contract)
    with file.path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        for _ in range(files.header_row - 1):
            stream.readline()
        header = next(
            csv.reader(stream, delimiter=delimiter, quotechar=files.quote or None, quoting=_quoting(files)),
            [],
        )
    wanted = source_columns(contract)
    positions = _positions(header, contract)
    connection.execute("delete from layout")
    connection.executemany(
        "insert into layout values (?, ?, ?)",
        [[column, place, delimiter] for column, place in zip(wanted, positions, strict=True)],
    )
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(header)))
    chosen = ", ".join(
        f"nullif(trim(c{place}), '') as {delivered(column)}"
        for place, column in zip(positions, wanted, strict=True)
    )
    for table in ("reject_scans", "reject_errors"):
        connection.execute(f"drop table if exists {table}")
    connection.execute("drop table if exists delivered")
    connection.execute(f"""
        create or replace temp table scanned as
        select {chosen}
        from read_csv({text(file.path)}, columns = {{{columns}}}, auto_detect = false, header = true,
            skip = {files.header_row - 1}, delim = {text(delimiter)}, quote = {text(files.quote)},
            escape = {text(files.quote)}, max_line_size = {LONGEST_LINE * 2},
            store_rejects = true, rejects_limit = 0)
    """)
    _number_rows(connection, file, files, delimiter)


def _number_rows(connection: duckdb.DuckDBPyConnection, file: TextFile, files: Files, delimiter: str) -> None:
    """Numbers the rows as in the file, leaving the numbers of torn rows free.

    Raises RefusedFile: an unclosed quote swallowed the rows behind it, or lines were lost.
    """
    swallowed = connection.execute("""
        select min(line) from reject_errors
        where error_type = 'UNQUOTED VALUE' and error_message like '%unterminated%'
          and (csv_line = '' or rtrim(csv_line, chr(10) || chr(13)) like '%' || chr(10) || '%')
    """).fetchone()
    if swallowed and swallowed[0] is not None:
        raise RefusedFile(
            f"line {swallowed[0]}: a quote is opened and not closed, so the rows behind it cannot be told apart; fix the line"
        )
    connection.execute(
        """
        insert into torn
        select greatest(min(line) - $header_row, 1), lower(replace(any_value(error_type), ' ', '_')), any_value(csv_line)
        from reject_errors group by line
        """,
        {"header_row": files.header_row},
    )
    for line, start in file.long_lines:
        connection.execute(
            "insert into torn values (?, 'line_too_long', ?)", [max(line - files.header_row, 1), start]
        )
    _check_no_line_lost(connection, file, files, delimiter)
    connection.execute("alter table scanned add column row_number bigint")
    connection.execute("""
        create or replace temp table numbers as
        select number as row_number
        from range(1, 1 + (select count(*) from scanned) + (select count(*) from torn)) as numbers (number)
        where number not in (select row_number from torn)
        order by number
        limit (select count(*) from scanned)
    """)
    connection.execute(
        "update scanned set row_number = numbers.row_number from numbers where scanned.rowid = numbers.rowid"
    )
    connection.execute("alter table scanned rename to delivered")


def _check_no_line_lost(
    connection: duckdb.DuckDBPyConnection, file: TextFile, files: Files, delimiter: str
) -> None:
    """Compares the lines of the file with the rows read; blank lines and quoted line ends are counted only if they differ.

    Raises RefusedFile: lines vanished in the reader.
    """
    rows, rejected = connection.execute(
        "select (select count(*) from scanned), (select count(distinct line) from reject_errors)"
    ).fetchall()[0]
    missing = file.line_count - files.header_row - rows - rejected
    if missing <= 0 or missing <= _blank_lines(file.path):
        return
    with file.path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        reader = csv.reader(
            stream, delimiter=delimiter, quotechar=files.quote or None, quoting=_quoting(files)
        )
        inside = sum(cell.count("\n") for row in reader for cell in row)
    lost = missing - _blank_lines(file.path) - inside
    if lost > 0:
        raise RefusedFile(
            f"{lost:,} lines would be lost in reading; look for quotes that are opened and not closed"
        )


def _quoting(files: Files) -> Literal[0, 3]:
    return csv.QUOTE_MINIMAL if files.quote else csv.QUOTE_NONE


def _blank_lines(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(not line.strip() for line in stream)


def _quarantine_bad_encoding(
    connection: duckdb.DuckDBPyConnection, file: TextFile, contract: Contract
) -> None:
    """Moves rows with bytes that did not fit the encoding to `torn`.

    Raises RefusedFile: there are so many that the declared encoding must be wrong.
    """
    if not file.has_replacements:
        return
    columns = source_columns(contract)
    is_bad = " or ".join(f"contains({delivered(column)}, chr(65533))" for column in columns)
    bad, rows = connection.execute(f"select count(*) filter ({is_bad}), count(*) from delivered").fetchall()[
        0
    ]
    if bad > max(1, rows * _MOST_BAD_ENCODING):
        raise RefusedFile(
            f"{bad:,} of {rows:,} rows hold bytes that are no {contract.files.encoding or file.encoding}; correct files: encoding in the contract"
        )
    connection.execute(f"""
        insert into torn
        select row_number, 'invalid_encoding', json_object({", ".join(f"{text(column)}, {delivered(column)}" for column in columns)})
        from delivered where {is_bad}
    """)
    connection.execute(f"delete from delivered where {is_bad}")


def _read_json_lines(
    connection: duckdb.DuckDBPyConnection, path: Path, contract: Contract, scratch: Path
) -> None:
    file = readable(path, contract.files.encoding, scratch)
    if file.long_lines or not _is_one_object_a_line(connection, file, contract):
        _read_line_by_line(connection, file, contract)
    _refuse_without_key(connection, contract)
    _refuse_missing_keys(connection, file, contract)
    _quarantine_bad_encoding(connection, file, contract)


def _is_one_object_a_line(connection: duckdb.DuckDBPyConnection, file: TextFile, contract: Contract) -> bool:
    """Makes `delivered` in one read; returns False if some line is no object, which only reading line by line finds."""
    wanted = [column.split(".") for column in source_columns(contract)]
    declared = ", ".join(f"{text(key)}: 'VARCHAR'" for key in sorted({key for key, *_ in wanted}))
    values = {
        column: f"json_extract_string({name(key)}, {text(_json_path(rest))})" if rest else name(key)
        for column, (key, *rest) in zip(source_columns(contract), wanted, strict=True)
    }
    chosen = ", ".join(
        f"nullif(trim({value}), '') as {delivered(column)}" for column, value in values.items()
    )
    try:
        connection.execute(f"""
            create or replace temp table delivered as
            select {chosen}
            from read_json({text(file.path)}, columns = {{{declared}}}, format = 'newline_delimited',
                maximum_object_size = {LONGEST_LINE * 2})
        """)
    except duckdb.Error:
        return False
    # DuckDB reads a line that is null as an object without any value.
    is_filled = f"coalesce({', '.join(delivered(column) for column in values)}) is not null"
    if connection.execute(f"select count(*) from delivered where {is_filled}").fetchall() != [
        (file.line_count,)
    ]:
        return False
    connection.execute("alter table delivered add column row_number bigint")
    connection.execute("update delivered set row_number = rowid + 1")
    return True


def _json_path(keys: Sequence[str]) -> str:
    return "$" + "".join(f'."{key}"' for key in keys)


def _read_line_by_line(connection: duckdb.DuckDBPyConnection, file: TextFile, contract: Contract) -> None:
    wanted = source_columns(contract)
    paths = ", ".join(text(_json_path(column.split("."))) for column in wanted)
    chosen = ", ".join(
        f"nullif(trim(fields[{place}]), '') as {delivered(column)}" for place, column in enumerate(wanted, 1)
    )
    try:
        connection.execute(f"""
            create or replace temp table lines as
            select * from read_csv({text(file.path)}, columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false,
                delim = '\x01', quote = '', escape = '', max_line_size = {LONGEST_LINE * 2})
        """)
    except duckdb.Error as error:
        raise RefusedFile(
            "the file cannot be read as lines of JSON; compare encoding and format of the contract with it"
        ) from error
    connection.execute(f"""
        create or replace temp table delivered as
        select row_number, {chosen}
        from (
            select rowid + 1 as row_number, json_extract_string(line, [{paths}]) as fields
            from lines where {is_object("line")}
        )
    """)
    connection.execute(f"""
        insert into torn
        select rowid + 1, 'no_json_object', line from lines
        where line is not null and trim(line) != '' and not {is_object("line")}
    """)
    for line, start in file.long_lines:
        connection.execute("insert into torn values (?, 'line_too_long', ?)", [line, start])
    connection.execute("drop table lines")


def is_object(sql: str) -> str:
    """SQL condition: the text is one JSON object. A case, since json_type fails on what is no JSON."""
    return f"case when json_valid({sql}) then json_type({sql}) = 'OBJECT' else false end"


def _refuse_without_key(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Refuses a file in which no object has a key or an event time: the contract is wrong, not the rows.

    Raises RefusedFile: there is such a column.
    """
    needed = [*contract.key, *([contract.event_time.column] if contract.event_time else [])]
    if not needed:
        return
    counts = connection.execute(
        f"select count(*), {', '.join(f'count({delivered(column)})' for column in needed)} from delivered"
    ).fetchall()[0]
    for column, filled in zip(needed, counts[1:], strict=True):
        if counts[0] and not filled:
            raise RefusedFile(
                f"no object of the file has a value for {column}; correct key and event_time in the contract or the file"
            )


def _refuse_missing_keys(connection: duckdb.DuckDBPyConnection, file: TextFile, contract: Contract) -> None:
    """Refuses a file whose objects lack a key of the contract, as a CSV file without that column would be.

    A key that no object has counts as missing if it decides permission or if the objects have another spelling of it.
    Keys are looked for only where a column holds no value at all. A consent that lacks the key of its channel gets the
    channel ABSENT, which permits nothing.
    Raises RefusedFile: names the key, and the spelling that the file has.
    """
    columns = source_columns(contract)
    counts = connection.execute(
        f"select count(*), {', '.join(f'count({delivered(column)})' for column in columns)} from delivered"
    ).fetchall()[0]
    rows, filled = counts[0], dict(zip(columns, counts[1:], strict=True))
    channel = contract.targets.get("channel") if contract.kind == "consents" else None
    empty = [column for column in columns if rows and not filled[column]]
    asked = sorted({*empty, *([channel] if channel is not None and filled[channel] < rows else [])})
    if not asked:
        return
    exists = ", ".join(
        f"json_exists(line, {text(_json_path(column.split('.')))}) as c{place}"
        for place, column in enumerate(asked)
    )
    connection.execute(f"""
        create or replace temp table keys_found as
        select row_number, {exists}, json_keys(line) as keys
        from (
            select row_number() over () as row_number, line
            from read_csv({text(file.path)}, columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false,
                delim = '\x01', quote = '', escape = '', max_line_size = {LONGEST_LINE * 2}, parallel = false)
        )
        where {is_object("line")}
    """)
    any_has = ", ".join(f"bool_or(c{place})" for place in range(len(asked)))
    has_key = connection.execute(f"select {any_has} from keys_found").fetchall()[0]
    spellings = {
        _folded_key(key): key
        for (key,) in connection.execute(
            "select distinct unnest(keys) as key from keys_found order by key"
        ).fetchall()
    }
    decisive = {
        contract.targets[column] for column in contract.spec.decides_permission if column in contract.targets
    }
    for column, is_there in zip(asked, has_key, strict=True):
        other = None if is_there else spellings.get(_folded_key(column))
        if other is not None or (not is_there and column in decisive):
            hint = f"it has {other}; " if other is not None else ""
            raise RefusedFile(
                f"no object of the file has the key {column}; {hint}correct columns: in the contract or the file"
            )
    if channel in asked:
        place = f"c{asked.index(channel)}"
        connection.execute(
            f"update delivered set {delivered(channel)} = {text(ABSENT)} where {delivered(channel)} is null "
            f"and row_number in (select row_number from keys_found where not {place})"
        )
    connection.execute("drop table keys_found")


def _folded_key(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.lower())


def _read_parquet(
    connection: duckdb.DuckDBPyConnection, path: Path, contract: Contract, scratch: Path
) -> None:
    wanted = source_columns(contract)
    try:
        types = {
            row[0]: row[1]
            for row in connection.execute("describe select * from read_parquet(?)", [str(path)]).fetchall()
        }
        found = list(types)
        positions = _positions(found, contract)
        chosen = ", ".join(
            f"nullif(trim({_as_typed(name(found[place]), types[found[place]])}), '') as {delivered(column)}"
            for place, column in zip(positions, wanted, strict=True)
        )
        connection.execute(f"""
            create or replace temp table delivered as
            select file_row_number + 1 as row_number, {chosen} from read_parquet({text(path)}, file_row_number = true)
        """)
    except duckdb.Error as error:
        raise RefusedFile("the file cannot be read as Parquet; have it delivered again") from error


def _as_typed(column: str, sql_type: str) -> str:
    """SQL for a Parquet value as a person would have typed it: pandas makes floats of whole numbers where one is missing."""
    if sql_type not in ("DOUBLE", "FLOAT"):
        return f"cast({column} as varchar)"
    # Above 2^53 a double holds no exact whole number.
    return f"""case
        when not isfinite({column}) then null
        when {column} = trunc({column}) and abs({column}) < 9e15 then cast(cast({column} as bigint) as varchar)
        else cast({column} as varchar)
    end"""


def _cell(value: object, decimal: str) -> str | None:
    """A cell as the text a person would have typed."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value).replace(".", decimal)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).strip() or None


def _read_excel(connection: duckdb.DuckDBPyConnection, path: Path, contract: Contract, scratch: Path) -> None:
    files = contract.files
    header: list[str] = []
    positions: list[int] = []
    records = []
    last = 0
    for last, cells in read_sheet(path, files.sheet, scratch):
        if last == files.header_row:
            header = [str(cell) for cell in cells]
        if last <= files.header_row:
            continue
        positions = positions or _positions(header, contract)
        records.append(
            (last - files.header_row, *(_cell(cells[place], files.decimal) for place in positions))
        )
    if last < files.header_row:
        raise RefusedFile(
            f"the sheet has {last} rows, but header_row is {files.header_row}; correct the contract or the file"
        )
    if not positions:
        _positions(header, contract)
    wanted = source_columns(contract)
    frame = pd.DataFrame(
        records, columns=["row_number", *(f"c{place}" for place in range(len(wanted)))]
    ).astype({"row_number": "int64"})
    typed = ", ".join(
        f"cast(c{place} as varchar) as {delivered(column)}" for place, column in enumerate(wanted)
    )
    connection.register("sheet", frame)
    connection.execute(
        f"create or replace temp table delivered as select row_number, {typed} from sheet order by row_number"
    )
    connection.unregister("sheet")
