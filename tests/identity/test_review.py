"""The review queue on the terminal: what it shows, and what a decision does."""

import io
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from pipelines.cli import main
from pipelines.cli.review import ask, decide, show_item, show_queue
from pipelines.errors import StamgastError
from pipelines.identity.decisions.overrides import overrides_file, read_overrides
from pipelines.landing.columns import profile_columns
from pipelines.landing.loads import as_json
from pipelines.publishing.versions import Version
from pipelines.serving.review import Question, read_queue, read_records
from pipelines.settings import Settings
from pipelines.warehouse.locking import locked
from tests.hand_made import hand_made_load

DAY = date(2026, 6, 30)
DECIDED = Question("person", 1, 3)
PROFILES: list[Mapping[str, object]] = [
    {"profile_id": 1, "given_name_clean": "Jan", "family_name_clean": "Jansen", "email_clean": "jan@x.nl"},
    {"profile_id": 2, "given_name_clean": "Jan", "postcode_clean": "1012 AB", "city_clean": "Amsterdam"},
    {
        "profile_id": 3,
        "given_name_clean": "J.",
        "family_name_clean": "[bold]Janssen",
        "customer_number": "K7",
    },
    {"profile_id": 4, "given_name_clean": "Marie", "family_name_clean": "Rennershuysken"},
    {"profile_id": 5, "company_name_clean": "Bakker"},
    {"profile_id": 8, "company_name_clean": "Bakker NV", "vat_number_clean": "BE0403199702"},
    {"profile_id": 9, "company_name_clean": "Bakkerij"},
]
PEOPLE = {1: 1, 2: 1, 3: 3, 4: 4}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A published version with one item of each kind, and the load its records came in."""
    settings = Settings(sources=tmp_path / "sources", warehouse=tmp_path / "warehouse", as_of=DAY)
    places = settings.places
    version = Version(number=1, as_of=DAY, inputs="", stale_feeds={})
    folder = places.published / version.name
    folder.mkdir(parents=True)
    (folder / "version.json").write_text(version.model_dump_json())
    places.current.symlink_to(folder)
    with duckdb.connect(str(folder / "analytics.duckdb")) as connection:
        connection.execute("""
            create schema marts;
            create schema identity;
            create table marts.review_queue as
            select * from (values
                ('1-3', 1, 'pair', 'below_threshold', 1, 3, 1, 3, null::varchar[], -0.5::double, 0.4::double, 3, 120.50::decimal(18, 2), 'EUR', 1),
                ('1-2', 2, 'cluster', 'largest_cluster', 1, 2, 1, 1, null, 3.0, 0.1, 2, 40, 'EUR', 0),
                ('account-5-8', 3, 'account', 'fits_several', 5, 8, null, null, null, null, 0.5, 2, 0, 'EUR', 0),
                ('3-4', 4, 'pair', 'veto', 3, 4, 3, 4, null, null, 0.5, 2, 0, 'EUR', 0)
            ) as queue (item, item_rank, kind, reason, left_profile_id, right_profile_id, left_person_id,
                right_person_id, contradictions, weight, change_probability, profile_count, revenue_moved, currency, permission_conflict_count);
            create table identity.profile_account as
            select * from (values (5, 5), (8, 8), (9, 8)) as accounts (profile_id, account_id);
            create table identity.profile_person (profile_id bigint, person_id bigint);
        """)
        connection.executemany("insert into identity.profile_person values (?, ?)", list(PEOPLE.items()))
    with duckdb.connect(str(folder / "customers.duckdb")) as connection:
        connection.execute("""
            create schema core;
            create table core.dim_person as
            select * from (values (1, 'Jan', 'Jansen', 'Amsterdam'), (3, 'J.', '[bold]Janssen', null), (4, 'Marie', 'Rennershuysken', null))
            as people (person_id, given_name, family_name, city);
            create table core.dim_account as
            select * from (values (5, 'Bakker', null), (8, 'Bakker NV', 'Gent'))
            as companies (account_id, company_name, city);
        """)
    load = hand_made_load("shop", "form_submissions", DAY, first_profile_id=1, last_profile_id=9)
    load.folder(places).mkdir(parents=True)
    (load.folder(places) / "_load.json").write_text(as_json(load))
    with duckdb.connect() as connection:
        columns = ", ".join(f"{column} {kind}" for column, kind in profile_columns().items())
        connection.execute(f"create table profiles ({columns})")
        for profile in PROFILES:
            row = {"feed": "shop", **profile}
            connection.execute(
                f"insert into profiles ({', '.join(row)}) values ({', '.join('?' * len(row))})",
                list(row.values()),
            )
        connection.execute(f"copy profiles to '{load.folder(places)}/profiles.parquet'")
    return settings


def _terminal(width: int = 250) -> tuple[Console, io.StringIO]:
    output = io.StringIO()
    return Console(file=output, width=width, highlight=False), output


def test_items_come_by_rank_with_the_names_of_those_they_are_about(settings: Settings) -> None:
    items = read_queue(settings.places)
    assert [(item.item, item.left_name, item.right_name) for item in items] == [
        ("1-3", "Jan Jansen, Amsterdam", "J. [bold]Janssen"),
        ("1-2", "Jan Jansen, Amsterdam", "Jan Jansen, Amsterdam"),
        ("account-5-8", "Bakker", "Bakker NV, Gent"),
        ("3-4", "J. [bold]Janssen", "Marie Rennershuysken"),
    ]
    assert [item.item for item in read_queue(settings.places, "pair", limit=1)] == ["1-3"]
    assert [item.item for item in read_queue(settings.places, decided={DECIDED}, limit=2)] == [
        "1-2",
        "account-5-8",
    ]


def test_the_list_says_why_and_what_a_decision_changes(settings: Settings) -> None:
    console, output = _terminal()
    show_queue(settings, None, 20, console)
    shown = output.getvalue()
    for part in (
        "Jan Jansen, Amsterdam and J. [bold]Janssen",
        "Jan Jansen, Amsterdam (2 records)",
        "Bakker and Bakker NV, Gent",
        "nearly alike enough",
        "40%",
        "120.50 EUR",
        "4 of 4 items (account 1, cluster 1, pair 2)",
    ):
        assert part in shown


def test_of_what_contradicts_it_is_said_what_does_with_the_question_and_the_command_that_parts_them(
    settings: Settings,
) -> None:
    with duckdb.connect(str(settings.places.current / "analytics.duckdb")) as connection:
        connection.execute(
            "update marts.review_queue set reason = 'contradiction', contradictions = ['birth_dates', 'sexes'] where item = '1-2'"
        )
    console, output = _terminal()
    show_item(settings, "1-2", console)
    shown = output.getvalue()
    assert "its records contradict each other: two birth dates, two sexes; at most 40.00 EUR" in shown
    assert "Are 1 and 2 two people (different), or one with a mistake in a record (same)?" in shown
    assert "Two: stamgast identity review reject 1-2. One: accept 1-2." in shown
    ask(settings, "desk", "cluster", console, io.StringIO("quit\n"))
    assert "They hold two birth dates, two sexes." in output.getvalue().removeprefix(shown)
    console, output = _terminal()
    show_item(settings, "1-3", console)
    assert "reject" not in output.getvalue()


def test_a_narrow_terminal_breaks_no_name_and_no_amount_of_the_list(settings: Settings) -> None:
    console, output = _terminal(80)
    show_queue(settings, None, 20, console)
    shown = output.getvalue()
    assert max(map(len, shown.splitlines())) <= 80
    for part in ("Rennershuysken", "contradict", "account-5-8", "120.50 EUR"):
        assert part in shown


def test_an_item_shows_all_records_of_its_people_and_of_nobody_else_on_a_narrow_terminal(
    settings: Settings,
) -> None:
    records, left_out = read_records(settings.places, DECIDED, 9)
    assert [(record.profile_id, record.part_of) for record in records] == [(1, 1), (3, 3), (2, 1)]
    assert (records[2].address, records[1].customer_number, left_out) == ("1012 AB Amsterdam", "K7", 0)
    few, left_out = read_records(settings.places, DECIDED, 2)
    assert (few, left_out) == (records[:2], 1)
    console, output = _terminal(80)
    show_item(settings, "1-3", console)
    assert "[bold]Janssen" in output.getvalue() and "jan@x.nl" in output.getvalue()
    assert "Marie" not in output.getvalue() and "40%" not in output.getvalue()
    show_item(settings, "account-5-8", console)
    assert "BE0403199702" in output.getvalue() and "Bakkerij" in output.getvalue()


def test_a_decision_is_written_and_its_item_is_gone(settings: Settings) -> None:
    console, output = _terminal()
    decide(settings, "3-1", True, "desk", "called", date(2026, 12, 31), console)
    path = overrides_file(settings.sources)
    ((written),) = read_overrides(path, DAY)
    assert (written.pair, written.is_same, written.decided_on) == ((1, 3), True, DAY)
    assert "line 2: records 1 and 3 are of one person until 2026-12-31" in output.getvalue()
    show_queue(settings, None, 20, console)
    assert "1-3 " not in output.getvalue().split("stamgast identity preview")[1]
    decide(settings, "2-4", False, "desk", "two cards", None, console)
    assert [one.decision for one in read_overrides(path, DAY)] == ["same", "different"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("1-3", "line 4: contradicts lines 2 and 3"),
        ("1-10", "there is no profile 10, the newest is 9"),
        ("Jansen", "is no item"),
        ("2-2", "^2-2: both sides are the same profile; name two"),
    ],
)
def test_a_decision_that_cannot_stand_is_one_sentence_and_changes_nothing(
    settings: Settings, name: str, sentence: str
) -> None:
    console, _ = _terminal()
    for pair in ("1-2", "2-3"):
        decide(settings, pair, True, "desk", "called", None, console)
    before = overrides_file(settings.sources).read_bytes()
    with pytest.raises(StamgastError, match=sentence):
        decide(settings, name, False, "desk", "called", None, console)
    assert overrides_file(settings.sources).read_bytes() == before


@pytest.mark.parametrize(
    ("name", "author", "reason", "expires", "sentence"),
    [
        ("3-3", "desk", "called", None, "^3-3: both sides are the same profile; name two"),
        ("1-3", " ", "called", None, "^author is empty; say who decided and why"),
        ("1-3", "desk", "", None, "^reason is empty; say who decided and why"),
        ("1-3", "desk", "called", date(2026, 6, 1), "^expires 2026-06-01 lies before 2026-06-30"),
    ],
)
def test_what_is_wrong_with_the_words_given_is_said_of_them_and_of_no_file(
    settings: Settings, name: str, author: str, reason: str, expires: date | None, sentence: str
) -> None:
    console, _ = _terminal()
    with pytest.raises(StamgastError, match=sentence):
        decide(settings, name, True, author, reason, expires, console)
    assert not overrides_file(settings.sources).exists()


def test_a_decision_about_companies_stands_in_their_own_file_and_keeps_its_direction(
    settings: Settings,
) -> None:
    console, output = _terminal()
    decide(settings, "account-9-8", False, "desk", "sold", None, console)
    assert "companies.csv, line 2: records 9 and 8 are of two companies" in output.getvalue()
    decide(settings, "account-5-8", True, "desk", "asked", None, console)
    companies = read_overrides(overrides_file(settings.sources, "company"), DAY)
    assert [(one.left_profile_id, one.right_profile_id, one.decision) for one in companies] == [
        (9, 8, "different"),
        (5, 8, "same"),
    ]
    assert not overrides_file(settings.sources).exists()
    console, output = _terminal()
    show_queue(settings, None, 20, console)
    assert "account-5-8" not in output.getvalue() and "2 decisions count" in output.getvalue()


def test_an_answer_that_cannot_stand_is_said_and_the_next_item_is_asked(settings: Settings) -> None:
    console, output = _terminal()
    for pair in ("1-4", "4-3"):
        decide(settings, pair, True, "desk", "called", None, console)
    ask(settings, "desk", "pair", console, io.StringIO("different\nwhy\nquit\n"))
    assert "not written" in output.getvalue() and "contradicts lines 2 and 3" in output.getvalue()
    assert "0 decisions written" in output.getvalue()
    with pytest.raises(StamgastError, match=r"^there is no profile 999999, the newest is"):
        decide(settings, "999999-2", False, "desk", "called", None, console)
    assert len(read_overrides(overrides_file(settings.sources), DAY)) == 2


def test_nothing_is_decided_while_a_run_goes_on(settings: Settings) -> None:
    console, _ = _terminal()
    with locked(settings.places), pytest.raises(StamgastError, match="another run"):
        decide(settings, "1-3", True, "desk", "called", None, console)
    assert not overrides_file(settings.sources).exists()


def test_items_are_asked_one_by_one_until_somebody_quits(settings: Settings) -> None:
    console, output = _terminal()
    answers = io.StringIO("J. Smit\nperhaps\ndifferent\nfather, and son\nskip\nquit\n")
    ask(settings, None, None, console, answers)
    (written,) = read_overrides(overrides_file(settings.sources), DAY)
    assert (written.pair, written.decision) == ((1, 3), "different")
    assert (written.author, written.reason) == ("J. Smit", "father, and son")
    assert "Are 1 and 2 of one person?" in output.getvalue()
    assert "Are 5 and 8 of one company?" in output.getvalue()
    assert "3-4 " not in output.getvalue()


def test_an_expired_decision_is_named_and_its_item_comes_back(settings: Settings) -> None:
    console, _ = _terminal()
    decide(settings, "1-3", True, "desk", "called", DAY, console)
    assert "1-3" not in [item.item for item in read_queue(settings.places, decided={DECIDED})]
    later, output = settings.model_copy(update={"as_of": date(2026, 7, 1)}), io.StringIO()
    show_queue(later, None, 20, Console(file=output, width=250))
    assert "1-3 " in output.getvalue()
    assert "line 2: same 1-3 has had no effect since 2026-06-30" in output.getvalue()


def test_without_a_published_queue_there_is_one_sentence(settings: Settings, tmp_path: Path) -> None:
    console, _ = _terminal()
    with duckdb.connect(str(settings.places.current / "analytics.duckdb")) as connection:
        connection.execute("drop table marts.review_queue")
    with pytest.raises(StamgastError, match=r"has no review queue yet, or .*; run: stamgast run"):
        show_queue(settings, None, 20, console)
    with pytest.raises(StamgastError, match="nothing is published"):
        show_queue(settings.model_copy(update={"warehouse": tmp_path / "none"}), None, 20, console)
    with pytest.raises(StamgastError, match="no terminal"):
        ask(settings, "desk", None, console)


def test_the_command_lists_and_decides(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    review = ["stamgast", "identity", "review", "--sources", str(settings.sources)]
    review += ["--warehouse", str(settings.warehouse), "--as-of", DAY.isoformat()]
    why = ["--author", "desk", "--reason", "called"]

    def run(*words: str) -> object:
        monkeypatch.setattr(sys, "argv", [*review, *words])
        with pytest.raises(SystemExit) as left:
            main()
        return left.value.code

    assert run("--kind", "pair") == 0
    assert run("accept", "1-3", *why) == 0
    assert run("reject", "1-3", *why, "--expires", "2026-07-01") == 2
    assert "line 3: contradicts line 2" in capfd.readouterr().err
    assert run("reject", "3-4", "--author", "desk") == 2
    assert [one.pair for one in read_overrides(overrides_file(settings.sources))] == [(1, 3)]
