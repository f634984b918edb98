"""What dbt has to be told from outside, and its manifest, kept as new as the project's files."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pipelines.database import connect, name, text
from pipelines.errors import StamgastError
from pipelines.publishing import history_file
from pipelines.settings import DBT_PROJECT, Places, Settings

SEGMENTS = DBT_PROJECT / "models" / "segments"


def segment_names() -> list[str]:
    """The segments there are: one SQL file each."""
    return sorted(path.stem for path in SEGMENTS.glob("*.sql"))


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The environment dbt runs in."""
    history = history_file(settings.places, "segment_history")
    return settings.environment | {
        "STAMGAST_SEGMENTS": ",".join(segment_names()),
        "STAMGAST_SEGMENT_HISTORY": str(history) if history else "",
        # A test of several models waits for all of them; the singular ones have a step of their own.
        "DBT_INDIRECT_SELECTION": "cautious",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        # dbt's parsed project depends on the warehouse's path, so each warehouse keeps its own.
        "DBT_TARGET_PATH": str(settings.places.build / "dbt"),
    }


def start_anew(places: Places) -> None:
    """Removes the build databases: tables of models that are gone, and rows replaced long ago, are never published."""
    for database in (places.analytics, places.customers, places.scratch):
        database.unlink(missing_ok=True)
        database.with_name(f"{database.name}.wal").unlink(missing_ok=True)


@dataclass(frozen=True)
class Table:
    """A built table: its rows (None for a view) and the types of its columns, in order."""

    row_count: int | None
    columns: dict[str, str]


def built_tables(settings: Settings) -> dict[tuple[str, str, str], Table]:
    """Every table and view of the three build files, by (database, schema, name); read from DuckDB's catalogue only."""
    places = settings.places
    with connect(places.temp) as connection:
        for path in (places.analytics, places.customers, places.scratch):
            if path.exists():
                connection.execute(f"attach {text(path)} as {name(path.stem)} (read_only)")
        # Exact here: estimated_size counts the rows of a table that was written whole.
        counts = connection.execute(
            "select database_name, schema_name, table_name, estimated_size from duckdb_tables()"
        ).fetchall()
        columns = connection.execute("""
            select database_name, schema_name, table_name, column_name, data_type
            from duckdb_columns() where not internal order by database_name, schema_name, table_name, column_index
        """).fetchall()
    types: dict[tuple[str, str, str], dict[str, str]] = {}
    for database, schema, table, column, data_type in columns:
        types.setdefault((database, schema, table), {})[column] = data_type
    rows = {(database, schema, table): count for database, schema, table, count in counts}
    return {key: Table(rows.get(key), found) for key, found in types.items()}


def _project_files() -> list[Path]:
    folders = [DBT_PROJECT / folder for folder in ("models", "macros", "tests")]
    files = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    return [*files, DBT_PROJECT / "dbt_project.yml", DBT_PROJECT / "profiles.yml"]


def fresh_manifest(settings: Settings) -> Path:
    """The path of dbt's manifest, parsed again when a file of the project is newer.

    Raises StamgastError: dbt cannot parse the project.
    """
    newest = max(path.stat().st_mtime for path in _project_files() if path.exists())
    manifest = settings.places.build / "dbt" / "manifest.json"
    if not manifest.exists() or manifest.stat().st_mtime < newest:
        parsed = subprocess.run(
            [
                sys.executable,
                "-m",
                "dbt.cli.main",
                "--quiet",
                "parse",
                "--project-dir",
                str(DBT_PROJECT),
                "--profiles-dir",
                str(DBT_PROJECT),
            ],
            env=os.environ | dbt_environment(settings),
            capture_output=True,
            text=True,
            check=False,
        )
        if parsed.returncode:
            raise StamgastError(
                f"dbt cannot parse {DBT_PROJECT.name}: {' '.join(parsed.stdout.split())[-600:]}"
            )
    return manifest
