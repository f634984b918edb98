"""No list is written while refusals may exist that nobody has read; a reason lets it through and goes into the ledger."""

import json
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import pipelines.cli.audience as command
from pipelines.campaigns.blockers import blockers
from pipelines.cli import main
from pipelines.contracts import read_contracts
from pipelines.errors import StamgastError
from pipelines.landing.acknowledging import acknowledge
from pipelines.landing.committing import Verdict
from pipelines.landing.deliveries import scan_feeds
from pipelines.landing.landing import land_feed
from pipelines.privacy.tombstones import HOLDING_BACK
from tests.audience.conftest import DAY, KINDS, Company


def _found(company: Company) -> list[str]:
    return blockers(company.settings, read_contracts(company.settings.sources))


def _land(company: Company, feed: str) -> None:
    (contract,) = (one for one in read_contracts(company.settings.sources) if one.feed == feed)
    (scan,) = scan_feeds([contract], company.settings.sources, company.settings.places, company.as_of)
    land_feed(scan, company.settings, lambda _: Verdict(), HOLDING_BACK)


def test_nothing_stands_against_it_when_all_is_landed_and_fresh(company: Company) -> None:
    assert _found(company) == []


def test_files_that_are_not_landed_are_named(company: Company) -> None:
    for number in range(5):
        company.deliver("consents", f"{number}.csv", f"key;day;mail;act;purpose;channel\n{number}\n")
    (sentence,) = _found(company)
    assert sentence == (
        "consents: files/consents/0.csv, files/consents/1.csv, files/consents/2.csv and 2 more have not been landed and may "
        "hold refusals; land first: stamgast run"
    )
    company.as_of = DAY - timedelta(days=1)  # a day on which no file would be new for a run
    assert _found(company) == [sentence]


def test_a_file_that_could_not_be_landed_is_named(company: Company) -> None:
    company.deliver("blocklist", "july.csv", "id;when\n1;2026-06-30\n")
    _land(company, "blocklist")
    (sentence,) = _found(company)
    assert sentence.startswith(
        "blocklist: files/blocklist/july.csv could not be landed and may hold refusals: "
    )


def test_a_retired_feed_that_goes_on_delivering_is_named(company: Company) -> None:
    path = company.settings.sources / "consents.yml"
    path.write_text(path.read_text("utf-8") + "retired: true\n", encoding="utf-8")
    assert _found(company) == []
    company.deliver("consents", "late.csv", "key;day;mail;act;purpose;channel\n9\n")
    (sentence,) = _found(company)
    assert sentence.startswith(
        "consents: is retired, but files/consents/late.csv came and was never landed; "
    )


def test_a_feed_that_delivered_nothing_for_too_long_is_named(company: Company) -> None:
    company.as_of = DAY + timedelta(days=7)
    assert _found(company) == []
    company.as_of = DAY + timedelta(days=8)
    assert [sentence.partition(";")[0] for sentence in _found(company)] == [
        f"{feed}: nothing was delivered since 2026-06-30, 8 days before 2026-07-08, where error_after is 7d"
        for feed in sorted(KINDS)
    ]


@pytest.mark.parametrize("content", ["", "key;day;mail;act;purpose;channel\n"])
def test_an_empty_file_counts_as_a_delivery_however_often_it_comes(company: Company, content: str) -> None:
    for days in (0, 8, 16):
        company.as_of = DAY + timedelta(days=days)
        company.deliver("consents", f"{days}.csv", content)
        _land(company, "consents")
        assert [sentence for sentence in _found(company) if sentence.startswith("consents")] == []
    company.as_of = DAY + timedelta(days=24)
    assert "consents: nothing was delivered since 2026-07-16, 8 days" in _found(company)[1]


def test_files_that_lay_there_before_deliveries_were_noted_make_no_feed_fresh(company: Company) -> None:
    company.as_of = DAY + timedelta(days=20)
    company.deliver("consents", "old.csv")
    company.deliver("consents", "older.csv")
    (contract,) = (one for one in read_contracts(company.settings.sources) if one.feed == "consents")
    (scan,) = scan_feeds([contract], company.settings.sources, company.settings.places, DAY)
    assert scan.names == ("files/consents/old.csv", "files/consents/older.csv")
    _land(company, "consents")
    noted = json.loads((company.settings.places.ledger / "deliveries" / "consents.json").read_text())
    assert noted == {"files/consents/old.csv": None, "files/consents/older.csv": None}


def test_a_feed_that_never_delivered_is_named_until_it_is_retired(company: Company) -> None:
    company.contract("calls", "news")
    assert [sentence.partition(";")[0] for sentence in _found(company)] == [
        "calls: nothing was ever landed, so who refused there is not known"
    ]
    company.contract("calls", "news", retired=True)
    assert _found(company) == []


def test_loads_without_a_contract_are_named(company: Company) -> None:
    (company.settings.sources / "blocklist.yml").unlink()
    company.load(4, "news", {}, is_whole=False)
    (sentence,) = _found(company)
    assert sentence.startswith("blocklist: what it landed as suppressions has no contract any more")


def test_refusals_that_name_nobody_readable_wait_until_somebody_has_seen_them(company: Company) -> None:
    company.load(4, "blocklist", {}, {}, refusals_unreadable=2)
    assert _found(company) == [
        "blocklist: 2 refusals name nobody that can be read, in files/blocklist/4.csv (load 4, rows 1, 2), and exports wait; "
        "look at them, then: stamgast loads acknowledge 4"
    ]
    acknowledge(company.settings.places, 4)
    assert _found(company) == []


def test_what_was_acknowledged_is_not_asked_for_again_when_a_list_repeats_it(company: Company) -> None:
    company.load(4, "blocklist", {"row_hash": "a"}, refusals_unreadable=1)
    acknowledge(company.settings.places, 4)
    named = {"row_hash": "c", "email_keys": ["x@x.nl"]}
    company.load(5, "blocklist", {"row_hash": "a"}, {"row_hash": "b"}, named, refusals_unreadable=2)
    company.load(6, "news", {"row_hash": "a"}, refusals_unreadable=1)
    assert [sentence.partition(" name")[0] for sentence in _found(company)] == [
        "blocklist: 1 refusal",
        "news: 1 refusal",
    ]
    company.load(7, "blocklist", {"row_hash": "a"}, refusals_unreadable=1)
    acknowledge(company.settings.places, 5)
    acknowledge(company.settings.places, 6)
    assert _found(company) == []


def test_rows_that_a_list_repeats_are_named_once_and_the_first_of_many(company: Company) -> None:
    rows = [{"row_hash": letter} for letter in "abcdefg"]
    for number in (4, 5, 6):
        company.load(number, "blocklist", *rows, *[{"row_hash": "h"}] * (number == 6), refusals_unreadable=7)
    assert [sentence.partition("), ")[0] for sentence in _found(company)] == [
        "blocklist: 7 refusals name nobody that can be read, in files/blocklist/4.csv (load 4, rows 1, 2, 3, 4, 5, ...",
        "blocklist: 1 refusal names nobody that can be read, in files/blocklist/6.csv (load 6, row 8",
    ]
    acknowledge(company.settings.places, 5)
    assert [sentence.partition(", in ")[0] for sentence in _found(company)] == [
        "blocklist: 1 refusal names nobody that can be read"
    ]


def test_counting_warns_writing_refuses_and_a_reason_goes_into_the_ledger(
    company: Company, tmp_path: Path
) -> None:
    company.load(4, "blocklist", {}, refusals_unreadable=1)
    out = tmp_path / "list.csv"
    found = company.export()
    assert len(found.blockers) == 1 and found.number is None
    with pytest.raises(StamgastError, match=r"names nobody that can be read(.|\n)*add: --although"):
        company.export(out=out)
    with pytest.raises(StamgastError, match="--although: is empty"):
        company.export(out=out, although=" ")
    assert not out.exists()
    written = company.export(out=out, although="seen by the privacy officer")
    ledger = company.settings.places.ledger / "exports" / f"{written.number:06d}" / "export.json"
    export = json.loads(ledger.read_text())
    assert export["although"] == "seen by the privacy officer" and export["passed"] == [*found.blockers]


def test_the_command_refuses_with_2_and_says_the_age_of_the_version(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = StringIO()
    monkeypatch.setattr(command, "console", Console(file=out, width=300, highlight=False))
    company.load(4, "blocklist", {"email_keys": ["an@x.nl"]}, {}, refusals_unreadable=1)
    places = ("--sources", str(company.settings.sources), "--warehouse", str(company.settings.warehouse))
    asked = ["all", "--channel", "email", "--purpose", "offers", "--as-of", "2026-07-03", *places]

    def export(*options: str) -> int | str | None:
        monkeypatch.setattr(sys, "argv", ["stamgast", "audience", "export", *asked, *options])
        with pytest.raises(SystemExit) as left:
            main()
        return left.value.code

    assert export() == 0
    assert "Version 2026-06-30-00001 of 2026-06-30, 3 days before the day of this export." in out.getvalue()
    assert "The refusals of 1 load that it was not built of are applied as well." in out.getvalue()
    assert "warning blocklist: 1 refusal names nobody" in out.getvalue() and "Counted only" in out.getvalue()
    assert export("--out", str(tmp_path / "list.csv")) == 2
    assert capsys.readouterr().err.startswith("stamgast: blocklist: 1 refusal names nobody")
    assert export("--out", str(tmp_path / "list.csv"), "--although", "seen") == 0
    assert "holds 2 people" in out.getvalue()
