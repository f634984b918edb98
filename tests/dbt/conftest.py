"""An empty warehouse built by dbt once, unit tests of the models included, for the tests of this folder."""

import json

import duckdb
import pytest

from pipelines.dbt.running import dbt_environment, invoke, parsed_project
from pipelines.privacy.index import write_index
from pipelines.settings import Settings
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
    with pytest.MonkeyPatch.context() as patch:
        for name, value in dbt_environment(settings).items():
            patch.setenv(name, value)
        done = invoke(settings, folder / "target", "build")
    return Project(
        manifest=json.loads((parsed_project(settings) / "manifest.json").read_text(encoding="utf-8")),
        run_results=[
            {
                "unique_id": result.node.unique_id,
                "status": result.status,
                "message": result.message,
                "compiled_code": getattr(result.node, "compiled_code", None),
                "relation_name": getattr(result.node, "relation_name", None),
            }
            for result in done.results
        ],
        places=places,
    )
