"""What dbt writes down by itself says nothing of whoever a command of ours is about."""

import sys
from pathlib import Path

import pytest

from pipelines.dbt.running import parsed_project
from pipelines.settings import Settings


def test_dbt_does_not_write_down_the_command_line_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["stamgast", "privacy", "erase", "--email", "an.bos@x.example"])
    settings = Settings(warehouse=tmp_path / "warehouse")
    folder = parsed_project(settings)
    written = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert b"dbt parse" in written["dbt.log"]
    assert [name for name, content in written.items() if b"an.bos@x.example" in content] == []
    assert sys.argv[0] == "stamgast"
