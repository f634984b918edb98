"""Whether two folders of DuckDB files hold the same tables, cell by cell; no value is printed, since it may be personal."""

import argparse
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

import duckdb

from pipelines.warehouse.database import name, text

# Database, schema and name of a table or view -> its columns with their types, in order.
Tables = dict[tuple[str, str, str], dict[str, str]]


def databases(folder: Path) -> dict[str, Path]:
    """The DuckDB files of a warehouse's current version, or of another folder (a version, a build), by name.

    Raises SystemExit: there are none.
    """
    current = folder / "current"
    found = {path.stem: path for path in sorted((current if current.exists() else folder).glob("*.duckdb"))}
    if not found:
        sys.exit(f"{folder} holds no DuckDB files; name a warehouse, a version or a build folder")
    return found


def differences(before: Path, after: Path, without: Collection[str] = ()) -> Iterator[str]:
    """A sentence for each table that is not the same in both folders; `without`: columns that are not compared."""
    with duckdb.connect(config={"preserve_insertion_order": False}) as connection:
        tables = {}
        for side, folder in (("before", before), ("after", after)):
            for database, path in databases(folder).items():
                connection.execute(f"attach {text(path)} as {name(f'{side} {database}')} (read_only)")
            tables[side] = _tables(connection, side, without)
        for table in sorted(tables["before"].keys() | tables["after"].keys()):
            columns = tables["before"].get(table)
            if columns is None or table not in tables["after"]:
                yield f"{'.'.join(table)} is only {'after' if columns is None else 'before'}"
            elif list(columns.items()) != list(tables["after"][table].items()):
                yield f"{'.'.join(table)} has other columns or types"
            else:
                yield from _rows_that_differ(connection, table, list(columns))


def _tables(connection: duckdb.DuckDBPyConnection, side: str, without: Collection[str]) -> Tables:
    rows = connection.execute(
        """
        select database_name, schema_name, table_name, column_name, data_type from duckdb_columns()
        where
            starts_with(database_name, $side || ' ')
            and not internal
            -- Views of a build name its databases, and can be read under those names alone.
            and (database_name, schema_name, table_name) not in (
                select (database_name, schema_name, view_name) from duckdb_views() where contains(sql, 'scratch.')
            )
        order by database_name, schema_name, table_name, column_index
        """,
        {"side": side},
    ).fetchall()
    found: Tables = {}
    for database, schema, table, column, data_type in rows:
        columns = found.setdefault((database.removeprefix(f"{side} "), schema, table), {})
        if column not in without:
            columns[column] = data_type
    return found


def _rows_that_differ(
    connection: duckdb.DuckDBPyConnection, table: tuple[str, str, str], columns: list[str]
) -> Iterator[str]:
    database, schema, relation = table

    def missing(side: str, other: str, of: list[str]) -> int:
        """How many rows of one side, with duplicates, the other lacks."""
        listed = ", ".join(name(column) for column in of)
        one, two = (
            f"select {listed} from {name(f'{it} {database}')}.{name(schema)}.{name(relation)}"
            for it in (side, other)
        )
        found = connection.execute(f"select count(*) from ({one} except all {two})").fetchone()
        return int(found[0]) if found else 0

    lost, gained = missing("before", "after", columns), missing("after", "before", columns)
    if lost or gained:
        differing = [
            column
            for column in columns
            if missing("before", "after", [column]) or missing("after", "before", [column])
        ]
        yield (
            f"{'.'.join(table)}: {lost:,} rows only before, {gained:,} only after; "
            f"columns with other values: {', '.join(differing) or 'none by itself'}"
        )


def main() -> None:
    """Prints what differs; exit code 1 where anything does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "before", type=Path, help="a warehouse, a published version or a build folder, not encrypted"
    )
    parser.add_argument("after", type=Path)
    parser.add_argument(
        "--without", action="append", default=[], metavar="COLUMN", help="a column that is not compared"
    )
    options = parser.parse_args()
    found = list(differences(options.before, options.after, options.without))
    print("\n".join(found) or f"the tables of {options.before} and {options.after} are the same")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
