"""No file and no decision leaves a warehouse in which no run can succeed."""

from io import StringIO
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from pipelines.cli.loads import drop_load
from pipelines.errors import StamgastError
from pipelines.landing.committing import Verdict
from pipelines.landing.dropping import drop
from pipelines.landing.loads import release
from pipelines.landing.suspects import suspects
from tests.landing.conftest import Company
from tests.pipeline import conftest as pipeline

ROW = "{};1;{};A;1;10,00;an{}@example.nl;An"


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def _said(company: Company, number: int) -> str:
    out = StringIO()
    drop_load(company.settings, number, False, None, Console(file=out, width=300, soft_wrap=True))
    return out.getvalue()


@pytest.mark.parametrize(
    "when",
    [
        "01-06-1985 12:00",
        "31-12-1989 12:00",
        "01-01-0001 00:00",
        "0001-01-01 00:00:00",
        "290000-01-01 00:00:00",
        "infinity",
        "-infinity",
        "01-07-2036 12:00",
        "31-12-9999 00:00",
    ],
)
def test_a_row_dated_when_nothing_can_have_happened_is_quarantined(company: Company, when: str) -> None:
    company.rows("a.csv", ROW.format(1, "01-06-2026 12:00", 1), ROW.format(2, when, 2))
    (load,) = company.land().loads
    assert (load.rows_accepted, load.rows_quarantined) == (1, 1)
    assert sum(load.quarantined_by_reason.values()) == 1


@pytest.mark.parametrize("when", ["01-01-1990 12:00", "01-06-2026 12:00", "01-01-2036 12:00"])
def test_a_row_within_range_is_accepted(company: Company, when: str) -> None:
    company.rows("a.csv", ROW.format(1, "01-06-2026 12:00", 1), ROW.format(2, when, 2))
    (load,) = company.land().loads
    assert load.rows_accepted == 2


def test_an_accepted_load_can_be_dropped_and_the_console_says_what_comes_next(company: Company) -> None:
    company.rows("a.csv", ROW.format(1, "01-06-2026 12:00", 1))
    company.rows("b.csv", ROW.format(2, "01-06-2026 12:00", 1))
    company.land()
    said = _said(company, 1)
    assert "load 1 of shop is dropped, with 1 row" in said
    assert "the next run builds without files/a.csv" in said
    assert [load.status for load in company.loads] == ["dropped", "accepted"]
    # Whom the other load names as well stays named.
    assert company.query("select record_key from {facts}") == [("2|1",)]
    assert company.query("select email from {profiles}") == [("an1@example.nl",)]
    assert company.land().loads == []
    with pytest.raises(StamgastError, match="load 1 was dropped before"):
        drop(company.settings.places, 1)


def test_a_released_load_can_be_dropped(company: Company) -> None:
    company.rows("a.csv", ROW.format(1, "01-06-2026 12:00", 1))
    company.land(lambda _: Verdict(failed=["too strange"]))
    release(company.settings.places, 1, company.settings.as_of)
    drop(company.settings.places, 1)
    assert [load.status for load in company.loads] == ["dropped"]


def test_with_a_load_go_the_rows_that_came_out_of_its_quarantine(company: Company) -> None:
    company.rows("a.csv", ROW.format(1, "01-06-2026 12:00", 1), ROW.format(2, "01062026 1200", 2))
    company.land()
    company.change(event_time={"column": "when", "format": ["%d-%m-%Y %H:%M", "%d%m%Y %H%M"]})
    company.retry()
    drop(company.settings.places, 1)
    assert [load.status for load in company.loads] == ["dropped", "dropped"]


def test_a_blocked_run_names_feed_file_and_row_with_the_command_that_goes_on(company: Company) -> None:
    company.rows("a.csv", ROW.format(1, "01-06-2026 12:00", 1))
    company.rows("b.csv", ROW.format(2, "01-06-2026 12:00", 2))
    company.land(lambda _: Verdict(failed=["too strange"]))
    release(company.settings.places, 1, company.settings.as_of)
    release(company.settings.places, 2, company.settings.as_of)
    # As a warehouse holds it that was landed before such rows were quarantined.
    facts = company.loads[0].folder(company.settings.places) / "facts.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"create table f as select * replace (timestamp '1985-06-01' as event_at) from '{facts}'"
        )
        connection.execute(f"copy f to '{facts}' (format parquet)")
    old, released = suspects(company.settings.places, 0, company.settings.as_of)
    assert old.startswith("shop: row 1 of files/a.csv is dated before 1990") and "loads drop 1" in old
    assert "files/b.csv was released although too strange" in released and "loads drop 2" in released


FEED = """
feed: fair_visitors
kind: form_submissions
description: Visitors of the spring fair.
owner: team:sales
files: {glob: "fair/*.csv", format: csv, delimiter: ","}
event_time: {column: visited}
freshness: {warn_after: 2d, error_after: 30d}
defaults: {form_type: event_registration, country: NL}
columns: {name: full_name, mail: email}
"""


@pytest.mark.whole
def test_a_warehouse_that_took_in_a_wrong_file_publishes_without_it_after_a_drop(tmp_path: Path) -> None:
    company = pipeline.Company(tmp_path)
    (company.sources / "fair").mkdir(parents=True)
    (company.sources / "fair_visitors.yml").write_text(FEED, encoding="utf-8")
    first = "visited,name,mail\n2026-06-29,Quirijn Zonderling,quirijn@zonderling.example\n"
    wrong = "visited,name,mail\n2026-06-28,Wrong Person,wrong@zonderling.example\n1985-01-01,Old,old@zonderling.example\n"
    (company.sources / "fair" / "a.csv").write_text(first, encoding="utf-8")
    (company.sources / "fair" / "b.csv").write_text(wrong, encoding="utf-8")
    run = company.run()
    assert run.returncode in (0, 3), run.stdout + run.stderr
    people = "select count(*) from marts.customer_360"
    assert company.query(people, "customers") == [(2,)]
    dropped = company.stamgast("loads drop", "2", "--sources", str(company.sources))
    assert dropped.returncode == 0, dropped.stderr
    run = company.run()
    assert run.returncode in (0, 3), run.stdout + run.stderr
    assert company.query(people, "customers") == [(1,)]
