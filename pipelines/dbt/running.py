"""What dbt has to be told from outside, and its manifest, kept as new as the project's files."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from pipelines.contracts import KINDS
from pipelines.dbt.dbt_internals import command_line_of_dbt, read_manifest
from pipelines.dbt.segment_sql import refuse_reaching_segments
from pipelines.dbt.segments import segment_names
from pipelines.dbt.variables import read_vars
from pipelines.errors import StamgastError
from pipelines.publishing.versions import history_file
from pipelines.settings import DBT_PROJECT, Settings
from pipelines.warehouse.database import attach, connect, parquet_options, row_counts

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The environment dbt runs in."""
    history = history_file(settings.places, "segment_history", settings.as_of)
    return settings.environment | {
        "STAMGAST_SEGMENTS": ",".join(segment_names()),
        "STAMGAST_KINDS": ",".join(KINDS),
        "STAMGAST_KINDS_ABOUT_SOMEBODY": ",".join(
            kind.name for kind in KINDS.values() if kind.has_contact_block
        ),
        "STAMGAST_SEGMENT_HISTORY": str(history) if history else "",
        "STAMGAST_PARQUET_OPTIONS": parquet_options(settings.places),
        # A test of several models waits for all of them; the singular ones have a step of their own.
        "DBT_INDIRECT_SELECTION": "cautious",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        # The same edges between tests and models, found in a tenth of the time.
        "DBT_USE_FAST_TEST_EDGES": "true",
        # Logs and compiled SQL are of one warehouse; the parsed project is of all (parsed_project).
        "DBT_TARGET_PATH": str(settings.places.dbt),
    }


@dataclass(frozen=True)
class Table:
    """A built table: its rows (None for a view) and the types of its columns, in order."""

    row_count: int | None
    columns: dict[str, str]


def built_tables(settings: Settings) -> dict[tuple[str, str, str], Table]:
    """Every table and view of the three build files, by (database, schema, name)."""
    places = settings.places
    with connect(places) as connection:
        for path in (places.analytics, places.customers, places.scratch):
            if path.exists():
                attach(connection, places, path, read_only=True)
        rows = row_counts(connection)
        columns = connection.execute("""
            select database_name, schema_name, table_name, column_name, data_type
            from duckdb_columns() where not internal order by database_name, schema_name, table_name, column_index
        """).fetchall()
    types: dict[tuple[str, str, str], dict[str, str]] = {}
    for database, schema, table, column, data_type in columns:
        types.setdefault((database, schema, table), {})[column] = data_type
    return {key: Table(rows.get(key), found) for key, found in types.items()}


def compiled_sql(settings: Settings, node: Mapping[str, Any]) -> Path | None:
    """The SQL of a model as the newest run that built it compiled it; each step of a run has a folder of its own."""
    paths = settings.places.dbt.glob(f"*/compiled/{node['package_name']}/{node['original_file_path']}")
    return max(paths, key=lambda path: path.stat().st_mtime_ns, default=None)


@dataclass(frozen=True)
class Invocation:
    """What a dbt command did: the result of each node, and whether all of it succeeded."""

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
        return Invocation([], True, target)
    # A test is chosen by its name, a model by its own: no two nodes of the project have the same.
    names = [unique_id.split(".")[2] for unique_id in nodes]
    return invoke(settings, target, command, "--select", *names, "--indirect-selection", "empty")


def invoke(settings: Settings, target: Path, *arguments: str) -> Invocation:
    """Runs a dbt command in this process, which has imported dbt and parsed the project once for all commands.

    `target` receives its log and the SQL it compiled. The environment is `dbt_environment`, set by whoever runs.
    See https://docs.getdbt.com/reference/programmatic-invocations.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    runner = dbtRunner(manifest=manifest_of(settings))
    try:
        with command_line_of_dbt(arguments):
            # Nobody reads its copies of the manifest and of the results.
            outcome = runner.invoke(["--no-write-json", *arguments, *_places_of_dbt(target)])
    finally:
        # dbt keeps the databases open for its next command, and nothing else can open them meanwhile:
        # https://github.com/duckdb/dbt-duckdb/issues/616.
        DuckDBConnectionManager.close_all_connections()
    return Invocation(list(getattr(outcome.result, "results", [])), outcome.success, target)


def _places_of_dbt(target: Path) -> list[str]:
    folders = {"project": DBT_PROJECT, "profiles": DBT_PROJECT}
    options = [part for name, folder in folders.items() for part in (f"--{name}-dir", str(folder))]
    return [*options, "--target-path", str(target), "--log-path", str(target)]


def manifest_of(settings: Settings) -> "Manifest":
    """The parsed project, which reads the landed files of this warehouse."""
    return _loaded(parsed_project(settings), settings.environment["STAMGAST_WAREHOUSE"])


@cache
def _loaded(parsed: Path, warehouse: str) -> "Manifest":
    # The one thing of a warehouse that dbt takes up while it parses.
    return read_manifest(parsed / "partial_parse.msgpack", {_ANY_WAREHOUSE: warehouse})


def _parse(target: Path) -> None:
    from dbt.cli.main import dbtRunner

    read_vars()
    with command_line_of_dbt(["parse"]):
        outcome = dbtRunner().invoke(["--quiet", "parse", *_places_of_dbt(target)])
    if not outcome.success:
        raise StamgastError(
            f"dbt cannot parse {DBT_PROJECT.name}: {' '.join(str(outcome.exception).split())[-600:]}"
        )


# What models ask for when they run; the parsed project is the same for all of it.
_ASKED_LATER = {
    "DBT_TARGET_PATH",
    "STAMGAST_AS_OF",
    "STAMGAST_KEY_FILE",
    "STAMGAST_SEGMENT_HISTORY",
    "STAMGAST_SOURCES",
    "STAMGAST_WAREHOUSE",
}
_ANY_WAREHOUSE = "/any/warehouse"
_KEPT = 4


def parsed_project(settings: Settings) -> Path:
    """The folder with dbt's manifest of the project, parsed anew when a file of the project is another.

    It lies beside the project for all warehouses; where nobody may write there, in the build of the warehouse.
    Raises StamgastError: a variable cannot be used, dbt cannot parse the project, a segment reads something else than the warehouse.
    """
    refuse_reaching_segments()
    beside = DBT_PROJECT / "target"
    writable = os.access(beside if beside.exists() else DBT_PROJECT, os.W_OK)
    folder = (beside if writable else settings.places.dbt) / "parsed"
    environment = (
        {key: value for key, value in dbt_environment(settings).items() if key not in _ASKED_LATER}
        | dict.fromkeys(_ASKED_LATER, "")
        | {"STAMGAST_WAREHOUSE": _ANY_WAREHOUSE, "STAMGAST_AS_OF": "2000-01-01"}
    )
    digest = hashlib.sha256(json.dumps([version("dbt-core"), environment], sort_keys=True).encode())
    for path in _project_files():
        digest.update(f"{path.relative_to(DBT_PROJECT)}\0".encode() + path.read_bytes() + b"\0")
    parsed = folder / digest.hexdigest()[:16]
    if not parsed.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(dir=folder))
        try:
            with _in(environment):
                _parse(draft)
            with suppress(OSError):  # another process was sooner
                draft.rename(parsed)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        for old in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    return parsed


@contextmanager
def _in(environment: Mapping[str, str]) -> Iterator[None]:
    """With these variables, until the end."""
    before = {key: os.environ.get(key) for key in environment}
    os.environ.update(environment)
    try:
        yield
    finally:
        for key, value in before.items():
            os.environ.pop(key) if value is None else os.environ.update({key: value})


def _project_files() -> list[Path]:
    folders = [DBT_PROJECT / folder for folder in ("models", "macros", "seeds", "tests")]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    return [*files, DBT_PROJECT / "dbt_project.yml", DBT_PROJECT / "profiles.yml"]
