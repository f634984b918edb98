"""The record of processing names the controller that the sources declare."""

from pathlib import Path

import pytest

from pipelines.errors import StamgastError
from pipelines.privacy.register import as_markdown, processing_register
from pipelines.settings import Settings


def test_the_controller_is_declared_once_and_shown_in_the_register(tmp_path: Path) -> None:
    settings = Settings(sources=tmp_path, warehouse=tmp_path / "warehouse")
    assert "enter name and contact details" in as_markdown(processing_register(settings, []))
    declared = tmp_path / "policies" / "controller.yml"
    declared.parent.mkdir()
    declared.write_text("controller: Kaaswinkel BV, Dam 1, Amsterdam\nthird_countries: none\n")
    shown = as_markdown(processing_register(settings, []))
    assert "- Controller: Kaaswinkel BV, Dam 1, Amsterdam\n- Data protection officer: none appointed" in shown
    assert "Third countries: none." in shown
    declared.write_text("controler: Kaaswinkel BV\n")
    with pytest.raises(StamgastError, match=r"controller.yml: controler"):
        processing_register(settings, [])
