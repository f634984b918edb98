"""What `stamgast loads` lists."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.cli.loads import show_loads
from pipelines.errors import StamgastError
from pipelines.landing.loads import Load, as_json
from pipelines.settings import Settings

DAY = date(2026, 6, 30)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse with one load of a feed that has no contract any more."""
    settings = Settings(sources=tmp_path / "sources", warehouse=tmp_path / "warehouse", as_of=DAY)
    settings.sources.mkdir()
    load = Load(
        load_number=1, feed="international_orders", kind="sales", file="files/orders_2026_06_corrections.csv",
        fingerprint="f", status="accepted", as_of=DAY, delivery="append", snapshot_date=None, rows_read=51,
        rows_accepted=51, rows_quarantined=0, rows_suppressed=0, quarantined_by_reason={}, newest_event_at=None,
        first_profile_id=None, last_profile_id=None, rules_failed=[], rules_warned=[],
    )  # fmt: skip
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
