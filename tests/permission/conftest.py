"""Histories of a thousand people's permissions, built by dbt once."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipelines.landing.index import write_index
from pipelines.policies import read_country_rules
from pipelines.settings import DBT_PROJECT, PROJECT, Places, Settings
from tests.dbt.conftest import IDENTITY
from tests.permission.histories import CONTRACTS, History, make_histories, tell
from tests.permission.raw_layer import AS_OF

SEED = 20260630


@dataclass(frozen=True)
class Built:
    """What was told, and where dbt built it."""

    histories: list[History]
    places: Places


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """`marts.contactability` of all histories in all tellings; who is who is given, not resolved."""
    folder = tmp_path_factory.mktemp("permission")
    settings = Settings(warehouse=folder / "warehouse", as_of=AS_OF)
    places = settings.places
    histories = make_histories(SEED)
    layer, person_of = tell(histories, SEED)
    layer.write(places)
    write_index(places, list(CONTRACTS.values()), AS_OF, read_country_rules(PROJECT / "sources"))
    with duckdb.connect(str(places.analytics)) as connection:
        connection.execute(f"attach '{places.customers}' as customers")
        connection.execute(IDENTITY)
        people = pa.table({"profile_id": list(person_of), "person_id": list(person_of.values())})
        connection.register("people", people)
        connection.execute("insert into identity.profile_person select * from people")
    run_dbt(settings, folder / "dbt", "contactability")
    return Built(histories, places)


def run_dbt(settings: Settings, target: Path, model: str) -> None:
    """Builds a model with all it is made of."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "dbt.cli.main",
            "build",
            "--resource-type",
            "model",
            "--resource-type",
            "seed",
            "--select",
            f"+{model}",
        ],
        cwd=DBT_PROJECT,
        env={
            **os.environ,
            **settings.environment,
            "STAMGAST_SEGMENTS": "",
            "DBT_PROFILES_DIR": str(DBT_PROJECT),
            "DBT_TARGET_PATH": str(target / "target"),
            "DBT_LOG_PATH": str(target / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
