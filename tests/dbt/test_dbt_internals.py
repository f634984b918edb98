"""What of dbt and dbt-duckdb is used beyond their public interfaces still has its effect, and is still needed."""

import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.duckdb.environments import local
from dbt.parser.manifest import ManifestLoader

from pipelines.dbt import running
from pipelines.dbt.running import Invocation, dbt_environment, invoke, manifest_of
from pipelines.settings import Settings

PERSON = "an.bos@x.example"
# DuckDB quotes the value, which the SQL does not hold.
QUOTING = "select cast(reverse('elpmaxe.x@sob.na') as integer) as number"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    found = Settings(warehouse=tmp_path / "warehouse")
    found.places.build.mkdir(parents=True)
    for name, value in dbt_environment(found).items():
        monkeypatch.setitem(os.environ, name, value)
    monkeypatch.setattr(sys, "argv", ["stamgast", "privacy", "erase", "--email", PERSON])
    return found


def _show(settings: Settings, sql: str) -> tuple[Invocation, str]:
    """What came of a query, and what dbt logged of it."""
    target = settings.places.build / "shown"
    shown = invoke(settings, target, "show", "--inline", sql)
    return shown, (target / "dbt.log").read_text("utf-8")


def _opens(path: Path) -> bool:
    try:
        duckdb.connect(str(path), config={"threads": 1}).close()
    except duckdb.Error:
        return False
    return True


def test_dbt_logs_its_own_command_line(settings: Settings) -> None:
    shown, log = _show(settings, "select 1 as number")
    assert shown.succeeded and "dbt show" in log and PERSON not in log
    assert sys.argv[0] == "stamgast"


def test_dbt_alone_logs_the_command_line_of_the_process(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once this fails it no longer does: delete command_line_of_dbt."""
    monkeypatch.setattr(running, "command_line_of_dbt", nullcontext)
    assert PERSON in _show(settings, "select 1 as number")[1]


def test_dbt_hears_of_an_error_only_what_quotes_no_data(settings: Settings) -> None:
    shown, log = _show(settings, QUOTING)
    assert not shown.succeeded
    assert "Conversion Error" in log and PERSON not in log


def test_dbt_alone_logs_what_an_error_quotes(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once this fails dbt-duckdb or DuckDB no longer quotes: delete reduce_errors."""
    _, theirs, *_ = local.DuckDBCursorWrapper.__mro__
    assert theirs.__module__ == local.__name__
    monkeypatch.setattr(local, "DuckDBCursorWrapper", theirs)
    assert PERSON in _show(settings, QUOTING)[1]


@pytest.mark.parametrize("sql", ["select 1 as number", QUOTING])
def test_the_databases_are_closed_after_each_command(settings: Settings, sql: str) -> None:
    _show(settings, sql)
    assert _opens(settings.places.analytics)


def test_dbt_alone_keeps_the_databases_open(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once this fails it closes them itself: so need not `invoke`."""
    with monkeypatch.context() as patch:
        patch.setattr(DuckDBConnectionManager, "close_all_connections", lambda: None)
        _show(settings, "select 1 as number")
        assert not _opens(settings.places.analytics)
    DuckDBConnectionManager.close_all_connections()


def test_a_source_is_read_in_this_warehouse(settings: Settings) -> None:
    duckdb.sql(f"copy (select 7 as load_number) to '{settings.places.index('loads')}'")
    shown, log = _show(settings, "select load_number from {{ source('raw', 'loads') }}")
    assert shown.succeeded and f"{settings.places.build}/loads.parquet" in log


def test_the_project_is_not_parsed_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest_of(settings)

    def parse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("dbt parses the project")

    monkeypatch.setattr(ManifestLoader, "get_full_manifest", parse)
    assert _show(settings, "select 1 as number")[0].succeeded
    monkeypatch.setattr(running, "manifest_of", lambda _: None)
    assert not _show(settings, "select 1 as number")[0].succeeded
