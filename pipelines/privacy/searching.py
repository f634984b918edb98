"""Searches files for people of whom only digests are left: every text of every table, and the bytes of every file.

Tables are read by their format (Parquet, DuckDB, SQLite), which finds compressed values. Bytes are read as the program
`strings` reads them, which finds uncompressed values that no table shows any more.
"""

import gzip
import hashlib
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.errors import StamgastError
from pipelines.privacy.search_terms import PAIRS, find_named
from pipelines.warehouse.database import attach, name, read_parquet, text
from pipelines.warehouse.erasure_secret import digest
from pipelines.warehouse.places import Places

# Runs of at least six printable or accented Latin characters, or two Chinese characters, in UTF-8.
_RUNS = re.compile(
    rb"(?:[\x20-\x7e\t]|[\xc3-\xc9][\x80-\xbf]|[\xe3-\xe9][\x80-\xbf]{2}){6,}|(?:[\xe3-\xe9][\x80-\xbf]{2}){2,}"
)
_CHUNK = 1 << 24
_OVERLAP = 1 << 10
_BYTES = "bytes"
# Parquet and DuckDB store column by column: the bytes beside a value are of another row.
_BYTES_OF_COLUMNS = "bytes of columns"
_BATCH = 100_000
# So many texts that name nobody are remembered and skipped when they come again.
_MOST_REMEMBERED = 2_000_000
# Long texts are split where a line, a field or a statement ends, into pieces longer than a value.
_ENDS = re.compile(r"\\n|\n|[;,] ?\"|; | {2,}")
_LEAST = 80
# Length of the prefix of a value that is compared at every position of a file, in bytes.
_START = 4


@dataclass(frozen=True)
class Place:
    """A place where somebody was found: a file and a column in it, or its bytes.

    `people`: how many people it names. `rows`: in how many rows.
    """

    file: str
    part: str
    people: int
    rows: int


@dataclass
class Searched:
    """How much was searched, and the places where somebody was found."""

    files: int = 0
    bytes: int = 0
    tables: int = 0
    columns: int = 0
    texts: int = 0
    found: list[Place] = field(default_factory=list)

    def add(self, other: "Searched") -> None:
        """Adds another search to this."""
        self.files += other.files
        self.bytes += other.bytes
        self.tables += other.tables
        self.columns += other.columns
        self.texts += other.texts
        self.found += other.found


def search_files(
    connection: duckdb.DuckDBPyConnection,
    places: Places,
    root: Path,
    files: Sequence[Path],
    literals: "Literals",
) -> Searched:
    """Searches the files for the people of table `search_terms`(person, kind, digest, is_shared), and their bytes for `literals`.

    The connection knows the key of erasures and the macros of word_macros.sql. Files of equal bytes are searched once.
    Raises StamgastError: a database cannot be opened, so it cannot be said what it holds.
    """
    searched = Searched()
    seen: dict[str, str] = {}
    copies: dict[str, list[str]] = defaultdict(list)
    parquet: dict[tuple[str, ...], list[Path]] = defaultdict(list)
    loose = _Loose(connection, searched)
    for path in files:
        with path.open("rb") as stream:
            same = hashlib.file_digest(stream, "sha256").hexdigest()
        shown = str(path.relative_to(root))
        searched.files += 1
        searched.bytes += path.stat().st_size
        if same in seen:
            copies[seen[same]].append(shown)
            continue
        seen[same] = shown
        with path.open("rb") as stream:
            start = stream.read(16)
        is_parquet, is_duckdb = start.startswith((b"PAR1", b"PARE")), start[8:12] == b"DUCK"
        _search_bytes(path, shown, _BYTES_OF_COLUMNS if is_parquet or is_duckdb else _BYTES, loose)
        if hits := literals.found_in(path):
            searched.found.append(Place(shown, "bytes, as given", len(hits), sum(hits.values())))
        if is_parquet:
            parquet[_shape(connection, places, path)].append(path)
        elif is_duckdb:
            _search_duckdb(connection, places, path, shown, searched)
        elif start.startswith(b"SQLite format 3"):
            _search_sqlite(path, shown, searched, loose)
        elif path.suffix == ".json":
            _search_json(path, shown, loose)
    loose.judge()
    for paths in parquet.values():
        _search_parquet(connection, places, root, paths, searched)
    searched.found += [
        Place(copy, place.part, place.people, place.rows)
        for place in list(searched.found)
        for copy in copies.get(place.file, ())
    ]
    searched.found.sort(key=lambda place: (place.file, place.part))
    return searched


def _shape(connection: duckdb.DuckDBPyConnection, places: Places, path: Path) -> tuple[str, ...]:
    try:
        rows = connection.execute(f"describe from {read_parquet(_key_of(places, path), path)}").fetchall()
    except duckdb.Error as error:
        raise _unreadable(path) from error
    # Encrypted and plain files are not read in one query.
    return (str(_key_of(places, path) is not None), *(f"{row[0]} {row[1]}" for row in rows))


def _key_of(places: Places, path: Path) -> Places | None:
    """The warehouse whose key a Parquet file needs, by its first bytes; None if it is plain."""
    with path.open("rb") as stream:
        return places if stream.read(4) == b"PARE" else None


def _unreadable(path: Path) -> StamgastError:
    return StamgastError(f"{path}: cannot be opened, so it cannot be searched; remove it or give its key")


def _texts_of(columns: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Name -> SQL of the texts to search in a table: each text column, and pairs of columns as one text."""
    held = {
        column: f"{name(column)}::varchar"
        for column, kind in columns
        if any(word in kind.upper() for word in ("VARCHAR", "JSON", "BLOB", "TEXT", "ENUM"))
    }
    if "phone_keys" in held:
        # Keys of refusals lack the leading zero of national numbers, which search terms have.
        held["phone_keys"] = "array_to_string(phone_keys, ' ') || ' 0' || array_to_string(phone_keys, ' 0')"
    for left, right in PAIRS:
        for column in list(held):
            other = column.replace(left, right)
            if left in column and other in held:
                held[f"{column} and {other}"] = f"{name(column)} || ' ' || {name(other)}"
    return held


def _search_table(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Iterable[tuple[str, str]],
    searched: Searched,
    file: str,
    part: str = "",
) -> None:
    """Searches a relation; `file`: SQL for the file of a row."""
    held = _texts_of(columns)
    searched.tables += 1
    searched.columns += len(held)
    if not held:
        return
    structs = ", ".join(f"{{'part': {text(part + label)}, 'cell': {sql}}}" for label, sql in held.items())
    # Digests of whole rows that landing writes name nobody, and there are as many as rows.
    connection.execute(f"""
        create or replace temp table cells as
        select file, part, cell, count(*) as row_count
        from (select {file} as file, unnest([{structs}], recursive := true) from {relation})
        where cell is not null and not regexp_full_match(cell, '[0-9a-f]{{32}}')
        group by all
    """)
    _judge(connection, searched)
    _judge_rows(connection, relation, held, searched, file, part)


def _judge(connection: duckdb.DuckDBPyConnection, searched: Searched) -> set[str]:
    """Adds the cells of table `cells` that name somebody to the places found; returns their texts."""
    searched.texts += connection.execute("select count(*) from cells").fetchall()[0][0]
    find_named(connection, "select cell from cells", "search_terms", digest("token"))
    for file, part, people, rows in connection.execute(f"""
        select cells.file, cells.part, count(distinct named.person), sum(cells.row_count)
        from cells inner join named on cells.cell = named.cell
        where
            cells.part <> {text(_BYTES_OF_COLUMNS)}
            or (named.cell, named.person) in (select (cell, person) from matched where not is_shared)
        group by all order by all
    """).fetchall():
        searched.found.append(Place(file, part, people, int(rows)))
    return {row[0] for row in connection.execute("select distinct cell from named").fetchall()}


def _judge_rows(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    held: dict[str, str],
    searched: Searched,
    file: str,
    part: str,
) -> None:
    """Adds rows with a frequent name and a shared contact point of one person, from the matches of `_judge`."""
    if not connection.execute("select exists (from search_terms where is_shared)").fetchall()[0][0]:
        return
    connection.execute("""
        create or replace temp table half_named as
        select distinct cells.part, cells.cell, matched.person, matched.is_name
        from matched inner join cells using (cell)
        where matched.is_shared
    """)
    parts = connection.execute("select distinct part from half_named order by part").fetchall()
    structs = ", ".join(
        f"{{'part': {text(label)}, 'cell': {held[label.removeprefix(part)]}}}" for (label,) in parts
    )
    if not structs:
        return
    for where, people, rows in connection.execute(f"""
        with placed as (
            select file, place, unnest(halves, recursive := true)
            from (select {file} as file, row_number() over () as place, [{structs}] as halves from {relation})
        ),
        met as (
            select placed.file, placed.place, half_named.person
            from placed inner join half_named using (part, cell)
            group by all
            having bool_or(half_named.is_name) and bool_or(not half_named.is_name) and count(distinct placed.part) > 1
        )
        select file, count(distinct person), count(distinct place) from met group by file order by file
    """).fetchall():
        searched.found.append(Place(where, f"{part}name and contact point in one row", people, rows))


def _search_parquet(
    connection: duckdb.DuckDBPyConnection,
    places: Places,
    root: Path,
    paths: Sequence[Path],
    searched: Searched,
) -> None:
    columns = [
        (row[0], row[1])
        for row in connection.execute(
            f"describe from {read_parquet(_key_of(places, paths[0]), paths[0])}"
        ).fetchall()
    ]
    file = f"replace(filename, {text(str(root) + '/')}, '')"
    relation = read_parquet(_key_of(places, paths[0]), paths, "filename = true")
    _search_table(connection, relation, columns, searched, file)


def _search_duckdb(
    connection: duckdb.DuckDBPyConnection, places: Places, path: Path, shown: str, searched: Searched
) -> None:
    try:
        attach(connection, places, path, "searched", read_only=True)
    except duckdb.Error as error:
        raise _unreadable(path) from error
    try:
        columns: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for schema, table, column, kind in connection.execute("""
            select columns.schema_name, columns.table_name, columns.column_name, columns.data_type
            from duckdb_columns() as columns
            semi join duckdb_tables() as tables
                on columns.database_name = tables.database_name and columns.schema_name = tables.schema_name
                and columns.table_name = tables.table_name
            where columns.database_name = 'searched'
            order by columns.schema_name, columns.table_name, columns.column_index
        """).fetchall():
            columns[schema, table].append((column, kind))
        for (schema, table), held in columns.items():
            relation = f"searched.{name(schema)}.{name(table)}"
            _search_table(connection, relation, held, searched, text(shown), f"{schema}.{table}.")
    finally:
        connection.execute("detach searched")


def _search_sqlite(path: Path, shown: str, searched: Searched, loose: "_Loose") -> None:
    def cells() -> Iterator[tuple[str, str]]:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            database.text_factory = lambda raw: raw.decode("utf-8", "replace")
            tables = database.execute("select name from sqlite_master where type = 'table'").fetchall()
            for (table,) in tables:
                searched.tables += 1
                cursor = database.execute(f"select * from {name(table)}")
                for row in cursor:
                    for column, value in zip(cursor.description, row, strict=True):
                        if isinstance(value, str):
                            yield f"{table}.{column[0]}", value

    try:
        loose.add(shown, cells())
    except sqlite3.Error as error:
        raise _unreadable(path) from error


def _search_json(path: Path, shown: str, loose: "_Loose") -> None:
    def walk(value: object, part: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield part, key
                yield from walk(inner, key)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner, part)
        elif isinstance(value, str):
            yield part, value

    raw = path.read_bytes()
    if b"\\u" not in raw:
        return  # nothing is escaped, so searching the bytes is enough
    try:
        content = json.loads(raw)
    except ValueError:
        return  # no JSON; its bytes are searched anyway
    loose.add(shown, walk(content, "JSON"))


def _search_bytes(path: Path, shown: str, part: str, loose: "_Loose") -> None:
    def runs() -> Iterator[tuple[str, str]]:
        for chunk in _chunks(path):
            for run in _RUNS.findall(chunk):
                yield part, run.decode("utf-8", "replace")

    loose.add(shown, runs())


def _chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, unpacked, in pieces that begin with the end of the piece before."""
    kept = b""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield kept + chunk
            kept = chunk[-_OVERLAP:]


class Literals:
    """Values in clear, which are found at any position in the bytes of a file, whatever the case."""

    def __init__(self, values: Iterable[tuple[int, str]]) -> None:
        self._by_start: dict[int, list[tuple[bytes, int]]] = defaultdict(list)
        self.count = 0
        for person, value in values:
            for written in {value.encode("utf-8").lower(), value.encode("latin-1", "ignore").lower()}:
                if len(written) >= _START:
                    start = int(np.frombuffer(written[:_START], np.uint32)[0])
                    self._by_start[start].append((written, person))
            self.count += 1
        self._starts = np.array(sorted(self._by_start), np.uint32)

    def found_in(self, path: Path) -> dict[int, int]:
        """Person -> how often the file contains a value of theirs."""
        found: dict[int, int] = defaultdict(int)
        for chunk in _chunks(path) if self.count else ():
            lowered = chunk.lower()
            for offset in range(_START):
                length = (len(lowered) - offset) // _START
                if length <= 0:
                    continue
                windows = np.frombuffer(lowered, np.uint32, length, offset)
                for place in np.flatnonzero(np.isin(windows, self._starts)):
                    at = int(place) * _START + offset
                    for written, person in self._by_start[int(windows[place])]:
                        if lowered.startswith(written, at):
                            found[person] += 1
        return dict(found)


def _pieces(cell: str) -> Iterator[str]:
    """Splits a text into overlapping pieces, at its own line ends, so that passages repeated in other texts repeat as pieces."""
    if len(cell) <= 2 * _LEAST:
        yield cell
        return
    starts = [0]
    for end in _ENDS.finditer(cell):
        if end.end() - starts[-1] >= _LEAST:
            starts.append(end.end())
    # Each piece spans two stretches: a value that crosses an end is whole in one of the pieces.
    for start, stop in zip(starts, [*starts[2:], len(cell), len(cell)], strict=False):
        yield cell[start:stop]


class _Loose:
    """Texts outside tables, searched in batches; texts that many files repeat, such as SQL, are searched once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, searched: Searched) -> None:
        self._connection, self._searched = connection, searched
        self._counts: dict[tuple[str, str, str], int] = defaultdict(int)
        self._of_nobody: set[str] = set()

    def add(self, shown: str, cells: Iterable[tuple[str, str]]) -> None:
        """Adds the texts (column or part, text) of a file."""
        for part, cell in cells:
            for piece in _pieces(cell):
                if piece in self._of_nobody:
                    self._searched.texts += 1
                    continue
                self._counts[shown, part, piece] += 1
                if len(self._counts) >= _BATCH:
                    self.judge()

    def judge(self) -> None:
        """Searches the texts added since the last call."""
        if not self._counts:
            return
        files, parts, cells = zip(*self._counts, strict=True)
        given = {
            "file": pa.array(files, pa.string()),
            "part": pa.array(parts, pa.string()),
            "cell": pa.array(cells, pa.string()),
            "row_count": pa.array(list(self._counts.values()), pa.int64()),
        }
        self._connection.register("given_cells", pa.table(given))
        self._connection.execute("create or replace temp table cells as from given_cells")
        self._connection.unregister("given_cells")
        self._counts.clear()
        named = _judge(self._connection, self._searched)
        if len(self._of_nobody) > _MOST_REMEMBERED:
            self._of_nobody.clear()
        self._of_nobody.update(set(cells) - named)
