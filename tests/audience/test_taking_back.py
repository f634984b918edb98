"""What a load refuses stays when its facts go, and is taken back only with a reason, after it was said what that opens."""

from io import StringIO

import pytest
from rich.console import Console

from pipelines.cli.loads import acknowledge_load, drop_load, show_loads
from pipelines.contracts import read_contracts
from pipelines.errors import StamgastError
from pipelines.landing.loads import read_loads
from pipelines.landing.refusals import FILE
from pipelines.publishing.inputs import inputs_digest
from tests.audience.conftest import Company

MISTAKEN = (
    {"email_keys": ["an@x.nl", "a.n@x.nl"], "phone_keys": ["31612345671"], "number_key": "k77"},
    {"email_keys": ["an@x.nl"], "phone_keys": ["612345672", "12345672"]},
    {"street_clean": "Kerkstraat", "house_number_clean": "7", "postcode_clean": "1234 AB"},
    {"email_keys": ["cas@x.nl"], "phone_keys": ["31499"], "record_id_key": "r1"},
)


def _console(width: int = 300) -> tuple[Console, StringIO]:
    out = StringIO()
    return Console(file=out, width=width, soft_wrap=True, highlight=False), out


def _drop(company: Company, number: int, refusals: bool = False, although: str | None = None) -> str:
    console, out = _console()
    drop_load(company.settings, number, refusals, although, console)
    return out.getvalue()


def _shown(company: Company, width: int = 300) -> str:
    console, out = _console(width)
    show_loads(company.settings, None, console)
    return out.getvalue()


def _load(company: Company, number: int) -> dict[str, object]:
    (load,) = (load for load in read_loads(company.settings.places) if load.load_number == number)
    has_file = (load.folder(company.settings.places) / FILE).exists()
    return {"status": load.status, "taken back": load.refusals_taken_back, "file": has_file}


def test_a_dropped_load_keeps_its_refusals(company: Company) -> None:
    company.load(4, "blocklist", *MISTAKEN, status="held")
    said = _drop(company, 4)
    assert "its 4 refusals stay; were they a mistake: stamgast loads drop 4 --refusals" in said
    assert _load(company, 4) == {"status": "dropped", "taken back": None, "file": True}


def test_refusals_of_an_accepted_load_can_be_taken_back_without_its_facts(company: Company) -> None:
    company.load(4, "blocklist", *MISTAKEN)
    _drop(company, 4, refusals=True, although="list of another company")
    assert _load(company, 4) == {"status": "accepted", "taken back": "list of another company", "file": False}
    assert "load 4: its refusals are taken back: list of another company" in _shown(company)


def test_without_a_reason_it_only_says_what_would_open_again(company: Company) -> None:
    company.load(4, "blocklist", *MISTAKEN)
    # Names one of the addresses, and one of the numbers by another of its keys.
    company.load(5, "news", {"email_keys": ["cas@x.nl"], "phone_keys": ["12345672"]}, is_whole=False)
    # an@, a.n@, 31612345671, K77, Kerkstraat 7 and 31499.
    said = _drop(company, 4, refusals=True)
    assert "load 4 of blocklist refuses in 4 rows; without them 6 contact points that no other load" in said
    assert 'stamgast loads drop 4 --refusals --although "reason"' in said
    assert _load(company, 4) == {"status": "accepted", "taken back": None, "file": True}


def test_of_a_held_load_the_facts_go_with_the_refusals(company: Company) -> None:
    company.load(4, "blocklist", *MISTAKEN, status="held")
    said = _drop(company, 4, refusals=True, although="a mistake")
    assert "4 refusals taken back and its facts are dropped; the next run opens 8 contact points" in said
    assert _load(company, 4) == {"status": "dropped", "taken back": "a mistake", "file": False}


def test_what_is_taken_back_is_news_for_the_next_run(company: Company) -> None:
    contracts = read_contracts(company.settings.sources)
    company.load(4, "blocklist", *MISTAKEN)
    before = inputs_digest(company.settings, contracts)
    _drop(company, 4, refusals=True, although="a mistake")
    assert inputs_digest(company.settings, contracts) != before


def test_a_call_that_was_killed_after_the_reason_is_finished_by_the_next(company: Company) -> None:
    company.load(4, "blocklist", *MISTAKEN, refusals_taken_back="a mistake")
    _drop(company, 4, refusals=True, although="a mistake")
    assert not _load(company, 4)["file"]


@pytest.mark.parametrize(
    ("number", "refusals", "although", "sentence"),
    [
        (9, True, None, "load 9: there is none"),
        (4, True, " ", "--although: is empty"),
        (4, False, "a mistake", "--although: is the reason for --refusals"),
    ],
)
def test_a_mistake_is_one_sentence_and_changes_nothing(
    company: Company, number: int, refusals: bool, although: str | None, sentence: str
) -> None:
    company.load(4, "blocklist", *MISTAKEN, status="held")
    with pytest.raises(StamgastError, match=sentence):
        _drop(company, number, refusals, although)
    assert _load(company, 4) == {"status": "held", "taken back": None, "file": True}


def test_what_was_taken_back_cannot_be_taken_back_again(company: Company) -> None:
    company.load(4, "blocklist", *MISTAKEN)
    _drop(company, 4, refusals=True, although="a mistake")
    with pytest.raises(StamgastError, match="load 4: its refusals were taken back before"):
        _drop(company, 4, refusals=True)


def test_refusals_of_nobody_readable_are_shown_with_the_command_until_acknowledged(company: Company) -> None:
    company.load(4, "blocklist", {}, {}, refusals_unreadable=2)
    assert "(load 4, rows 1, 2), and exports wait" in _shown(company)
    console, out = _console()
    acknowledge_load(company.settings, 4, console)
    assert out.getvalue().startswith("acknowledged: 2 refusals in files/blocklist/4.csv of blocklist")
    assert "can be read" not in _shown(company)
    for number, sentence in ((4, "were acknowledged before"), (1, "names somebody"), (9, "there is none")):
        with pytest.raises(StamgastError, match=sentence):
            acknowledge_load(company.settings, number, console)


def test_refusals_are_counted_beside_the_rows_at_80_columns(company: Company) -> None:
    company.load(
        4,
        "blocklist",
        *MISTAKEN,
        file="files/blocklist/orders_2026_06_corrections.csv",
        rows_accepted=123_456,
    )
    lines = _shown(company, 80).splitlines()
    assert lines[0].split() == ["load", "rows", "quarantined", "refusals", "status", "feed", "file"]
    assert any(line.split()[:5] == ["4", "123,456", "0", "4", "accepted"] for line in lines)
    assert "orders_2026_06_corrections.csv" in " ".join(lines).split()
