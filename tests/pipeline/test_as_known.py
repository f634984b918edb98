"""The card of a person as the warehouse knew it on an earlier day, for real, without looking ahead."""

import json
from datetime import date
from pathlib import Path

import pytest

from pipelines.contracts import read_contracts
from pipelines.errors import StamgastError
from pipelines.landing.committing import Verdict
from pipelines.landing.deliveries import scan_feeds
from pipelines.landing.landing import land_feed
from pipelines.orchestration.earlier_days import _digest
from pipelines.privacy.tombstones import HOLDING_BACK
from pipelines.publishing.copying import copy_warehouse
from pipelines.settings import Settings
from pipelines.warehouse.places import Places
from tests.pipeline.conftest import Company

DAY = "2026-06-10"
CONTRACT = """
feed: shop
kind: sales
description: Order lines.
owner: team:sales
files: {glob: "files/*.csv", format: csv}
key: [order]
event_time: {column: placed}
freshness: {warn_after: 30d, error_after: 90d}
defaults: {currency: EUR, country: NL}
columns: {order: order_id, total: amount, name: full_name, mail: email}
"""
# Day of landing -> its rows: order, day it was placed, total, name.
LANDED = {
    date(2026, 6, 1): ["o1,2026-05-20,10.00,Quirijn Zonderling", "o2,2026-05-21,5.00,Quirijn Zonderling"],
    # A correction in time, and an order that is dated ahead.
    date(2026, 6, 5): ["o1,2026-05-20,20.00,Quirijn Zonderling", "o3,2026-06-20,400.00,Quirijn Zonderling"],
    # A late correction, an order that came late, one of later, and another spelling of the name.
    date(2026, 6, 15): [
        "o1,2026-05-20,7000.00,Quirijn Anders",
        "o4,2026-06-08,800.00,Quirijn Anders",
        "o5,2026-06-14,1600.00,Quirijn Anders",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Company:
    company = Company(tmp_path_factory.mktemp("known"))
    (company.sources / "files").mkdir(parents=True)
    (company.sources / "shop.yml").write_text(CONTRACT, encoding="utf-8")
    for day, rows in LANDED.items():
        lines = ["order,placed,total,name,mail", *(f"{row},quirijn@zonderling.example" for row in rows)]
        (company.sources / "files" / f"{day}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        settings = Settings(sources=company.sources, warehouse=company.warehouse, as_of=day)
        (scan,) = scan_feeds(read_contracts(company.sources), company.sources, settings.places, day)
        assert len(land_feed(scan, settings, lambda _: Verdict(), HOLDING_BACK).loads) == 1
    return company


def test_a_card_of_an_earlier_day_knows_corrections_in_time_and_nothing_that_came_later(
    landed: Company,
) -> None:
    before = sorted(landed.warehouse.glob("*"))
    asked = ("1", "--sources", str(landed.sources), "--as-of", DAY)
    shown = landed.stamgast("person show", *asked)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert f"as known on {DAY}" in shown.stdout and "Quirijn Zonderling" in shown.stdout
    # 20 as corrected in time and 5; not the late correction, nor any order placed or landed later.
    assert "2, 2026-05-20 to 2026-05-21, net 25.00 EUR" in shown.stdout
    assert "Anders" not in shown.stdout

    again = landed.stamgast("person show", *asked)
    assert "building" in shown.stdout and "building" not in again.stdout
    assert again.stdout == shown.stdout[shown.stdout.index("Person 1") :]

    # Nothing but the build folder has changed, and what is kept there holds no load.
    assert sorted(landed.warehouse.glob("*")) == before
    assert not (landed.warehouse / "ledger" / "versions").exists()
    kept = landed.warehouse / "build" / "as_of" / DAY
    assert not list(kept.rglob("profiles.parquet"))


def test_a_day_before_the_first_load_or_a_run_over_what_is_newer_is_refused_in_a_sentence(
    landed: Company, tmp_path: Path
) -> None:
    early = landed.stamgast("person show", "1", "--sources", str(landed.sources), "--as-of", "2026-05-01")
    assert early.returncode == 2
    assert "nothing had been landed by 2026-05-01; the first load is of 2026-06-01" in early.stderr
    copy = Company(tmp_path)
    copied = copy.stamgast(
        "run", "--sources", str(landed.sources), "--as-of", "2026-05-01", "--copy-of", str(landed.warehouse)
    )
    assert copied.returncode == 2 and not copy.warehouse.exists()
    assert "nothing had been landed by 2026-05-01; the first load is of 2026-06-01" in copied.stderr
    run = landed.stamgast("run", "--sources", str(landed.sources), "--as-of", DAY)
    assert run.returncode == 2
    assert f"as_of {DAY} lies before a load of 2026-06-15" in run.stderr
    assert f"--copy-of {landed.warehouse}" in run.stderr


@pytest.mark.whole
def test_a_copy_of_an_earlier_day_says_what_was_stale_then(landed: Company, tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.sources.mkdir()
    for feed, freshness in (
        ("shop", "{warn_after: 1d, error_after: 2d}"),
        ("till", "{warn_after: 30d, error_after: 90d}"),
    ):
        contract = CONTRACT.replace("feed: shop", f"feed: {feed}")
        contract = contract.replace("{warn_after: 30d, error_after: 90d}", freshness)
        (company.sources / f"{feed}.yml").write_text(contract, encoding="utf-8")
    run = company.stamgast(
        "run", "--sources", str(company.sources), "--as-of", DAY, "--copy-of", str(landed.warehouse)
    )
    assert run.returncode == 3, run.stdout + run.stderr
    stale = json.loads((company.current / "version.json").read_text("utf-8"))["stale_feeds"]
    assert "the newest event is at most 48 hours older than the end of 2026-06-10" in stale["shop"]
    assert "nothing had been landed by 2026-06-10" in stale["till"]
    (marked,) = company.query(
        "select stale_feeds from marts.freshness where table_name = 'core.fct_order_lines'"
    )
    assert marked == (sorted(stale),)


def test_what_is_kept_of_a_day_counts_no_more_when_a_load_was_rewritten(
    landed: Company, tmp_path: Path
) -> None:
    copy = landed.copy(tmp_path / "company")
    settings = Settings(sources=copy.sources, warehouse=copy.warehouse, as_of=date.fromisoformat(DAY))
    before = _digest(settings)
    assert _digest(settings) == before
    profiles = next(copy.warehouse.glob("raw/*/*/*/profiles.parquet"))
    draft = profiles.with_name("draft")
    draft.write_bytes(profiles.read_bytes())
    draft.rename(profiles)
    assert _digest(settings) != before


def test_a_copy_shares_the_loads_and_nothing_done_in_it_reaches_the_warehouse(
    landed: Company, tmp_path: Path
) -> None:
    copy = Places(tmp_path / "copy")
    copy_warehouse(Places(landed.warehouse), copy, date.fromisoformat(DAY))
    facts = next(copy.raw.glob("*/*/*/facts.parquet"))
    original = landed.warehouse / facts.relative_to(copy.root)
    assert facts.samefile(original) and not (copy.root / "build").exists()
    facts.unlink()
    load = facts.with_name("_load.json")
    load.write_text("{}", encoding="utf-8")
    assert original.exists() and (original.with_name("_load.json")).read_text("utf-8") != "{}"
    with pytest.raises(StamgastError, match="is in use; give a folder that is empty"):
        copy_warehouse(Places(landed.warehouse), copy, date.fromisoformat(DAY))
    with pytest.raises(StamgastError, match="nothing is landed there"):
        copy_warehouse(Places(tmp_path / "nowhere"), Places(tmp_path / "other"), date.fromisoformat(DAY))
