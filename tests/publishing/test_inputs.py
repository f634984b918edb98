"""The digest of rules covers what decides what is published, and nothing else."""

from pathlib import Path

import pytest

import pipelines.publishing.inputs as inputs
from pipelines.publishing.inputs import code_files, rules_digest
from pipelines.settings import Settings


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of one file per room."""
    for room in (*inputs.DECIDE_NOTHING, "landing", "identity", "expectations"):
        (tmp_path / "pipelines" / room).mkdir(parents=True)
        (tmp_path / "pipelines" / room / "rules.py").write_text("A = 1\n", encoding="utf-8")
    monkeypatch.setattr(inputs, "PIPELINES", tmp_path / "pipelines")
    return tmp_path / "pipelines"


@pytest.mark.parametrize("room", inputs.DECIDE_NOTHING)
def test_to_change_a_room_that_decides_nothing_builds_nothing_anew(
    package: Path, tmp_path: Path, room: str
) -> None:
    settings = Settings(sources=tmp_path, warehouse=tmp_path / "warehouse")
    before = rules_digest(settings, [])
    (package / room / "rules.py").write_text("A = 2\n", encoding="utf-8")
    assert rules_digest(settings, []) == before


@pytest.mark.parametrize("room", ["landing", "identity", "expectations"])
def test_to_change_a_rule_builds_anew(package: Path, tmp_path: Path, room: str) -> None:
    settings = Settings(sources=tmp_path, warehouse=tmp_path / "warehouse")
    before = rules_digest(settings, [])
    (package / room / "rules.py").write_text("A = 2\n", encoding="utf-8")
    assert rules_digest(settings, []) != before


def test_every_file_of_the_other_rooms_and_of_dbt_counts() -> None:
    names = {str(path.relative_to(inputs.PROJECT)) for path in code_files()}
    assert {"pipelines/settings.py", "pipelines/identity/rules.yml", "dbt_project/dbt_project.yml"} <= names
    assert not [name for name in names if name.startswith(("pipelines/cli/", "pipelines/simulator/"))]
