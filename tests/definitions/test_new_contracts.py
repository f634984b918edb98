"""A run that was planned before a contract was read does not pass its feed over in silence."""

import os
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines.definitions import build_definitions
from pipelines.defs.landing import INDEX
from pipelines.defs.sentences import error_sentence
from pipelines.orchestration.in_process import environment
from tests.landing.conftest import HEADER, SHOP, Company

FEED = dg.AssetKey(["raw", "sales", "shop"])
ROW = "1;1;28-06-2026 10:00;a;1;10,00;an@x.example;An Bos"


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    found = Company(tmp_path)
    found.deliver("day.csv", f"{HEADER}\n{ROW}\n")
    (tmp_path / "sources" / "shop.yml").write_text(yaml.safe_dump(SHOP), encoding="utf-8")
    for name, value in environment(found.settings).items():
        monkeypatch.setitem(os.environ, name, value)
    return found


def _run(company: Company, keys: Sequence[dg.AssetKey], is_locked: bool = False) -> list[str | None]:
    """Runs the steps of these assets; why some failed."""
    config = {"as_of": company.as_of.isoformat(), "is_locked": is_locked}
    job = build_definitions(company.settings).resolve_job_def("stamgast")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            run_config={"resources": {"stamgast": {"config": config}}},
            asset_selection=keys,
            instance=instance,
            raise_on_error=False,
        )
    return [error_sentence(event) for event in result.all_events if event.is_step_failure]


def test_without_a_step_for_a_feed_that_has_files_a_run_stops_and_names_it(company: Company) -> None:
    (sentence,) = _run(company, [*INDEX])
    assert sentence == (
        "index: shop: has files, and this run was planned before its contract was read; "
        "press Reload definitions in the Dagster UI and run again"
    )


def test_with_its_step_the_feed_is_landed_and_may_be_left_out_later(company: Company) -> None:
    assert _run(company, [FEED, *INDEX]) == []
    company.deliver("next_day.csv", f"{HEADER}\n{ROW.replace('1', '2', 1)}\n")
    assert _run(company, [*INDEX]) == []


def test_the_command_line_may_leave_a_feed_out(company: Company) -> None:
    assert _run(company, [*INDEX], is_locked=True) == []
