"""How DuckDB opens what is built: what it may hold, and that dbt goes on where a model spilled to disk."""

from pathlib import Path

import pytest
import yaml
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.environments.local import LocalEnvironment

from pipelines.dbt.connection import Plugin
from pipelines.errors import StamgastError
from pipelines.settings import DBT_PROJECT, read_settings
from pipelines.warehouse.database import connect
from pipelines.warehouse.places import Places


def test_the_model_after_one_that_spilled_finds_the_database_as_it_was_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAMGAST_WAREHOUSE", str(tmp_path))
    places = read_settings().places
    places.build.mkdir(parents=True)
    profile = (DBT_PROJECT / "profiles.yml").read_text("utf-8")
    given = yaml.safe_load(profile.replace("{{ env_var('STAMGAST_WAREHOUSE') }}", str(tmp_path)))
    given = given["stamgast"]["outputs"]["build"]
    opened = LocalEnvironment(DuckDBCredentials.from_dict(given | {"schema": "main"}))
    assert [type(plugin) for plugin in opened._plugins.values()] == [Plugin]
    try:
        cursor = opened.handle().cursor()
        cursor.execute("set memory_limit = '50MB'")
        cursor.execute("set threads = 1")
        cursor.execute(
            "create table main.long as select md5(i::varchar) as text from range(3000000) as r (i) order by text"
        )
        cursor.execute(
            "select current_setting('temp_directory'), current_setting('preserve_insertion_order')"
        )
        assert cursor.fetchall() == [(str(places.temp), False)]
        assert opened.handle().cursor().execute("select count(*) from main.long").fetchall() == [(3000000,)]
    finally:
        opened.close()


def test_what_duckdb_may_hold_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAMGAST_WAREHOUSE", str(tmp_path))
    monkeypatch.setenv("STAMGAST_MEMORY_LIMIT", "256MiB")
    with connect(read_settings().places) as connection:
        assert connection.execute("select current_setting('memory_limit')").fetchall() == [("256.0 MiB",)]
    monkeypatch.setenv("STAMGAST_MEMORY_LIMIT", "plenty")
    with pytest.raises(StamgastError, match="memory_limit"):
        read_settings()


def test_what_is_built_can_be_read_by_duckdb_from_1_3_on(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.build.mkdir(parents=True)
    with connect(places, places.analytics) as connection:
        assert connection.execute(
            "select tags['storage_version'] from duckdb_databases() where database_name = 'analytics'"
        ).fetchall() == [("v1.3.0+",)]
