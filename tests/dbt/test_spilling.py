"""dbt goes on where a model spilled to disk."""

from pathlib import Path

import pytest
import yaml
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.environments.local import LocalEnvironment

from pipelines.dbt_connection import Plugin
from pipelines.settings import DBT_PROJECT, read_settings


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
