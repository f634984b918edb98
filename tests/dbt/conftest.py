"""An empty warehouse built by dbt once, unit tests of the models included, for the tests of this folder."""

import json
import os
import subprocess
import sys

import duckdb
import pytest

from pipelines.dbt.running import dbt_environment
from pipelines.privacy.index import write_index
from pipelines.settings import DBT_PROJECT, Settings
from tests.dbt.built_project import Project

# The tables the identity step writes between the two halves of a build.
IDENTITY = """
    create schema identity;
    create table identity.profile_person (profile_id bigint, person_id bigint);
    create table identity.profile_account (profile_id bigint, account_id bigint, rule varchar);
    create table identity.person_household (
        household_id bigint, person_id bigint, valid_from timestamp, valid_to timestamp, rule varchar,
        country varchar, postcode_area varchar
    );
    create table identity.links (
        left_profile_id bigint, right_profile_id bigint, rule varchar, is_cut boolean, weight double
    );
    create table identity.near_links (
        left_profile_id bigint, right_profile_id bigint, reason varchar, weight double
    );
    create table identity.vetoes (left_profile_id bigint, right_profile_id bigint, rule varchar);
    create table identity.overrides (
        subject varchar, decision varchar, left_profile_id bigint, right_profile_id bigint
    );
    create table identity.account_candidates (profile_id bigint, account_id bigint, rule varchar, reason varchar);
    create schema customers.identity;
    create table customers.identity.bad_values (field varchar, value varchar, reason varchar);
"""


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project, built on a sources folder without a feed: every kind empty."""
    folder = tmp_path_factory.mktemp("dbt")
    settings = Settings(warehouse=folder / "warehouse")
    places = settings.places
    write_index(places, [], settings.as_of)
    with duckdb.connect(str(places.analytics)) as connection:
        connection.execute(f"attach '{places.customers}' as customers")
        connection.execute(IDENTITY)
    environment = {
        **os.environ,
        **dbt_environment(settings),
        "DBT_PROFILES_DIR": str(DBT_PROJECT),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "build", "--no-partial-parse"],
        cwd=DBT_PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    target = folder / "target"
    assert (target / "run_results.json").exists(), done.stdout + done.stderr
    return Project(
        manifest=json.loads((target / "manifest.json").read_text(encoding="utf-8")),
        run_results=json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"],
        output=done.stdout,
        places=places,
    )
