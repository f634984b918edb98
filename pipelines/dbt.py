"""What dbt has to be told from outside, and its manifest, kept as new as the project's files."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.database import attach, connect, parquet_options
from pipelines.errors import StamgastError
from pipelines.landing.loads import write_atomically
from pipelines.publishing import history_file
from pipelines.settings import DBT_PROJECT, Settings

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

SEGMENTS = DBT_PROJECT / "models" / "segments"


def segment_names() -> list[str]:
    """The segments there are: one SQL file each."""
    return sorted(path.stem for path in SEGMENTS.glob("*.sql"))


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The environment dbt runs in."""
    history = history_file(settings.places, "segment_history", settings.as_of)
    return settings.environment | {
        "STAMGAST_SEGMENTS": ",".join(segment_names()),
        "STAMGAST_SEGMENT_HISTORY": str(history) if history else "",
        "STAMGAST_PARQUET_OPTIONS": parquet_options(settings.places),
        # A test of several models waits for all of them; the singular ones have a step of their own.
        "DBT_INDIRECT_SELECTION": "cautious",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        # dbt's parsed project depends on the warehouse's path, so each warehouse keeps its own.
        "DBT_TARGET_PATH": str(settings.places.build / "dbt"),
    }


@dataclass(frozen=True)
class Table:
    """A built table: its rows (None for a view) and the types of its columns, in order."""

    row_count: int | None
    columns: dict[str, str]


def built_tables(settings: Settings) -> dict[tuple[str, str, str], Table]:
    """Every table and view of the three build files, by (database, schema, name); read from DuckDB's catalogue only."""
    places = settings.places
    with connect(places) as connection:
        for path in (places.analytics, places.customers, places.scratch):
            if path.exists():
                attach(connection, places, path, read_only=True)
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


def compiled_sql(settings: Settings, node: Mapping[str, Any]) -> Path | None:
    """The SQL of a model as the newest run that built it compiled it; each step of a run has a folder of its own."""
    paths = (settings.places.build / "dbt").glob(
        f"*/compiled/{node['package_name']}/{node['original_file_path']}"
    )
    return max(paths, key=lambda path: path.stat().st_mtime_ns, default=None)


def _project_files() -> list[Path]:
    folders = [DBT_PROJECT / folder for folder in ("models", "macros", "seeds", "tests")]
    files = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    return [*files, DBT_PROJECT / "dbt_project.yml", DBT_PROJECT / "profiles.yml"]


@dataclass(frozen=True)
class Invocation:
    """What a dbt command did: its structured events, the result of each node, and whether all of it succeeded."""

    events: Sequence[Mapping[str, Any]]
    results: Sequence[Any]
    succeeded: bool
    target: Path

    @property
    def passed(self) -> list[str]:
        """The nodes that were built, and the tests that no row broke."""
        return [result.node.unique_id for result in self.results if result.status in ("success", "pass")]


def invoke_on(settings: Settings, target: Path, command: str, nodes: Sequence[str]) -> Invocation:
    """Runs `build` or `test` on exactly these nodes; without any nothing is run."""
    if not nodes:
        return Invocation([], [], True, target)
    # A test is chosen by its name, a model by its own: no two nodes of the project have the same.
    names = [unique_id.split(".")[2] for unique_id in nodes]
    return invoke(settings, target, command, "--select", *names, "--indirect-selection", "empty")


def invoke(settings: Settings, target: Path, *arguments: str) -> Invocation:
    """Runs a dbt command in this process, which has imported dbt and parsed the project once for all commands.

    `target` receives its log and artifacts. The environment is `dbt_environment`, set by whoever runs.
    See https://docs.getdbt.com/reference/programmatic-invocations.
    """
    from dbt.cli.main import dbtRunner
    from dbt_common.events.base_types import EventMsg
    from dbt_common.events.functions import msg_to_dict

    events: list[Mapping[str, Any]] = []

    def keep(event: EventMsg) -> None:
        if event.info.name.endswith("Result"):
            events.append(msg_to_dict(event))

    runner = dbtRunner(manifest=_manifest(settings), callbacks=[keep])
    try:
        with _as_dbt(arguments):
            outcome = runner.invoke([*arguments, *_places_of_dbt(target)])
    finally:
        _let_go()
    results = getattr(outcome.result, "results", [])
    return Invocation(events, list(results), outcome.success, target)


@contextmanager
def _as_dbt(arguments: Sequence[str]) -> Iterator[None]:
    """dbt writes the command line of its process into its log and artifacts, and ours may name a person."""
    given = sys.argv
    sys.argv = ["dbt", *arguments]
    try:
        yield
    finally:
        sys.argv = given


def _let_go() -> None:
    """Closes the build databases, which dbt keeps open: nothing else can open them before."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    opened = DuckDBConnectionManager._ENV
    DuckDBConnectionManager.close_all_connections()  # forgets it
    if opened is not None:
        opened.close()


def _places_of_dbt(target: Path) -> list[str]:
    folders = {"project": DBT_PROJECT, "profiles": DBT_PROJECT}
    options = [part for name, folder in folders.items() for part in (f"--{name}-dir", str(folder))]
    return [*options, "--target-path", str(target), "--log-path", str(target)]


def _manifest(settings: Settings) -> "Manifest":
    """The parsed project. dbt's environment is part of it, hence of the key it is kept under."""
    return _parsed(settings.places.build / "dbt", tuple(sorted(dbt_environment(settings).items())))


@cache
def _parsed(target: Path, _environment: tuple[tuple[str, str], ...]) -> "Manifest":
    outcome = _parse(target)
    if not outcome.success:
        raise StamgastError(
            f"dbt cannot parse {DBT_PROJECT.name}: {' '.join(str(outcome.exception).split())[-600:]}"
        )
    return outcome.result  # type: ignore[return-value]


def _parse(target: Path) -> "dbtRunnerResult":
    from dbt.cli.main import dbtRunner

    with _as_dbt(["parse"]):
        return dbtRunner().invoke(["--quiet", "parse", *_places_of_dbt(target)])


def fresh_manifest(settings: Settings) -> Path:
    """The path of dbt's manifest, parsed again when a file of the project is newer.

    Raises StamgastError: dbt cannot parse the project.
    """
    newest = max(path.stat().st_mtime for path in _project_files() if path.exists())
    manifest = settings.places.build / "manifest.json"
    if not manifest.exists() or manifest.stat().st_mtime < newest:
        os.environ.update(dbt_environment(settings))
        _manifest(settings)
        # dbt writes its own bit by bit: of a run that died meanwhile half would be there.
        write_atomically(manifest, (settings.places.build / "dbt" / "manifest.json").read_text("utf-8"))
    return manifest
