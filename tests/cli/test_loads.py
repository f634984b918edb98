"""What `stamgast loads` lists."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.cli.loads import show_loads
from pipelines.errors import StamgastError
from pipelines.landing.loads import as_json
from pipelines.settings import Settings
from tests.hand_made import hand_made_load

DAY = date(2026, 6, 30)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse with one load of a feed that has no contract any more."""
    settings = Settings(sources=tmp_path / "sources", warehouse=tmp_path / "warehouse", as_of=DAY)
    settings.sources.mkdir()
    file = "files/orders_2026_06_corrections.csv"
    load = hand_made_load("international_orders", "sales", DAY, file=file, rows_read=51, rows_accepted=51)
    load.folder(settings.places).mkdir(parents=True)
    (load.folder(settings.places) / "_load.json").write_text(as_json(load))
    return settings


def _shown(settings: Settings, feed: str | None, width: int) -> str:
    out = StringIO()
    show_loads(settings, feed, Console(file=out, width=width, soft_wrap=True, highlight=False))
    return out.getvalue()


@pytest.mark.parametrize("width", [70, 80, 200])
def test_a_narrow_terminal_breaks_no_name_of_a_feed_or_file(settings: Settings, width: int) -> None:
    words = _shown(settings, None, width).split()
    assert {"international_orders", "orders_2026_06_corrections.csv"} <= set(words)


def test_a_feed_that_is_none_is_refused_and_one_that_was_withdrawn_still_shown(settings: Settings) -> None:
    assert "orders_2026_06" in _shown(settings, "international_orders", 80)
    with pytest.raises(StamgastError, match="there is no feed nofeed; see: stamgast loads"):
        _shown(settings, "nofeed", 80)
