"""What `stamgast person` tells: why records are one person, why not, and how to part them."""

import shutil
from collections.abc import Mapping
from datetime import datetime
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.cli.card import show_card
from pipelines.cli.explanation import show_explanation
from pipelines.cli.why import show_reasons
from pipelines.contracts import CONTACT_BLOCK
from pipelines.errors import StamgastError
from pipelines.identity.decisions.overrides import parse_overrides
from pipelines.identity.likelihood.model import size_class
from pipelines.identity.likelihood.waterfall import FORMATS, save_plot, steps
from pipelines.landing.loads import read_loads
from pipelines.publishing.versions import opened
from pipelines.serving.evidence_words import level_in_words
from pipelines.serving.explaining import Explanation, explain
from pipelines.settings import Settings
from tests.identity.published_company import (
    BEST,
    DAY,
    LIKELY,
    MODEL,
    PROFILES,
    SIZE,
    card_of,
)


def explained(company: Settings, asked: int, other: int | None = None) -> Explanation:
    with opened(company.places) as (connection, _):
        return explain(
            connection,
            company.places,
            read_loads(company.places),
            company.sources / "overrides" / "identity.csv",
            asked,
            other,
        )


def told(company: Settings, asked: int, other: int | None = None, plot: Path | None = None) -> str:
    out = StringIO()
    show_explanation(company, asked, other, plot, Console(file=out, soft_wrap=True, highlight=False))
    return out.getvalue()


def test_the_links_that_connect_a_person_are_told_strongest_first(company: Settings) -> None:
    found = explained(company, 1)
    assert [(pair.ids, pair.rules) for pair in found.links] == [
        ((1, 2), ("same_email", "probable")), ((1, 4), ("probable",)),
    ]  # fmt: skip
    assert found.further_links == 1
    assert [(pair.ids, pair.apart) for pair in found.apart] == [((2, 3), "veto")]
    assert [veto.ids for veto in found.vetoes] == [(2, 3)]
    assert [profile.profile_id for profile in found.profiles] == [1, 2, 4]
    assert found.profiles[1].values["phone"] == "+31612345678"
    assert (found.profiles[1].event_count, found.profiles[1].last_seen_at) == (1, datetime(2026, 6, 1, 10))
    assert [(bad.value, bad.profile_ids) for bad in found.bad_values] == [("info@shop.example", (4,))]


@pytest.mark.parametrize(
    ("asked", "other", "links", "apart"),
    [(1, 2, [(1, 2)], []), (2, 4, [(2, 4), (1, 2), (1, 4)], []), (4, 3, [], [(2, 3)]), (3, 1, [], [(2, 3)])],
)
def test_of_two_ids_what_lies_between_them_is_told(
    company: Settings, asked: int, other: int, links: list, apart: list
) -> None:
    found = explained(company, asked, other)
    assert [pair.ids for pair in found.links] == links
    assert [pair.ids for pair in found.apart] == apart


def test_what_contradicts_inside_a_person_is_evidence_against_it_with_the_command_that_parts_it(
    company: Settings,
) -> None:
    words = told(company, 1)
    assert "\nWhat speaks against one person\n  1 - 4  two birth dates, two sexes\n" in words
    assert "review reject" not in words.split("To part the records 1 and 4")[0]
    assert "To part the records 1 and 4" in words
    assert "speaks against" not in told(company, 3)


def test_an_old_id_leads_to_its_person_and_its_record_is_shown(company: Settings) -> None:
    found = explained(company, 5)
    assert found.people == {5: 1}
    assert [profile.profile_id for profile in found.profiles] == [1, 2, 4, 5]
    assert "5 is in use no more; it leads to person 1" in told(company, 5)
    assert "2 is part of person 1" in told(company, 2)


def test_a_record_that_is_no_person_says_so_and_names_its_company(company: Settings) -> None:
    words = told(company, 6)
    assert "6 is nobody's" in words and "shop, company 6" in words and "Zonderling BV" in words


def test_of_a_number_whose_record_is_gone_it_is_said_why(company: Settings, tmp_path: Path) -> None:
    shutil.copytree(company.warehouse, tmp_path / "warehouse", symlinks=True)
    company = company.model_copy(update={"warehouse": tmp_path / "warehouse"})
    load = next(company.places.raw.rglob("_load.json"))
    profiles = load.with_name("profiles.parquet")
    load.write_text(load.read_text("utf-8").replace('"last_profile_id":6', '"last_profile_id":7'), "utf-8")
    assert "7 is nobody's" in told(company, 7) and "has been erased" in told(company, 7)
    load.write_text(load.read_text("utf-8").replace('"accepted"', '"dropped"'), "utf-8")
    assert "its load was dropped" in told(company, 7)
    with duckdb.connect() as connection:
        connection.execute(
            f"create table kept as select profile_id, feed, columns(* exclude (profile_id, feed)) from '{profiles}'"
        )
        connection.execute("update kept set company_name = null where profile_id = 6")
        connection.execute(f"copy kept to '{profiles}'")
    assert "only the number is left" in told(company, 6)


def test_an_unknown_id_is_a_sentence_that_sends_nobody_where_nothing_is_told(company: Settings) -> None:
    for ask in (explained, card_of):
        with pytest.raises(StamgastError, match="there is no profile or person 7; take"):
            ask(company, 7)
    with pytest.raises(StamgastError, match="both ids are 1"):
        told(company, 1, 1)
    with pytest.raises(StamgastError, match=r"6 leads to no person .* stamgast person explain 6"):
        card_of(company, 6)


def test_a_warehouse_without_versions_and_one_of_before_are_sentences(
    company: Settings, tmp_path: Path
) -> None:
    empty = Settings(sources=tmp_path, warehouse=tmp_path / "warehouse", as_of=DAY)
    with pytest.raises(StamgastError, match="nothing is published"):
        told(empty, 1)
    with duckdb.connect() as connection, pytest.raises(StamgastError, match=r"there was identity\.links"):
        explain(connection, company.places, [], tmp_path / "none.csv", 1)
    with pytest.raises(StamgastError, match=r"there was core\.why_fields"):
        show_reasons(company, 1, "email", Console())


def test_everything_is_told_that_decided(company: Settings) -> None:
    words = told(company, 1)
    for expected in (
        "same email, scored as probable",
        level_in_words("email", BEST["email"]),
        f"{LIKELY[0]:+6.1f} bits",
        "2 - 3 (person 3)  may not be one person: two given names and two birth dates",
        "info@shop.example: shared, held by 45 records",
        "line 2: same 1-4, Ria on 2026-01-02, until 2026-03-01: She said so on the phone (counts no more)",
        "2 became part of 1, with 1 record",
    ):
        assert expected in words
    assert "Others" not in words
    # The bits of a score are told with the strongest first.
    fall = MODEL.explain(LIKELY[1], size_class(SIZE))
    told_levels = [line[38:] for line in words.split("1 - 4")[1].splitlines()[2:5]]
    assert told_levels == [
        level_in_words(field, label)
        for field, label, _ in sorted(fall.fields, key=lambda field: -abs(field[2]))
    ]


def test_a_pair_that_a_decision_keeps_apart_says_so_with_who_and_why(
    company: Settings, tmp_path: Path
) -> None:
    words = told(company, 4, 3)
    for expected in (
        "3 (person 3) - 4 (person 1)  a decision keeps them apart: Ria on 2026-01-02, Husband and wife\n",
        "2 (person 1) - 3 (person 3)  a decision keeps them apart: Ria on 2026-01-02, Called both (same phone)\n",
    ):
        assert expected in words
    assert "(waits for the next run)" not in words.split("different")[0]
    # Without the file the published version still knows that there was one.
    words = told(company.model_copy(update={"sources": tmp_path}), 4, 3)
    assert "a decision of 2026-01-02 keeps them apart; who and why stands in line 4 of its overrides" in words
    assert "does not have the decision: give --sources" in words and "accept" not in words


def test_a_decision_that_no_published_version_knows_waits_for_the_next_run(company: Settings) -> None:
    lines = [line for line in told(company, 2).splitlines() if line.startswith("  line ")]
    assert [line.endswith("(waits for the next run)") for line in lines] == [False, False, False, True]


@pytest.mark.parametrize("field", MODEL.levels)
def test_every_level_is_told_in_plain_words(field: str) -> None:
    words = [level_in_words(field, label) for label in MODEL.levels[field]]
    assert len(set(words)) == len(words) and "_" not in "".join(words)


def test_an_equal_name_is_told_with_how_many_bear_it() -> None:
    said = [level_in_words("given_name", f"exact_rarity_{rarity}") for rarity in (0, 4, 9)]
    assert said == [
        "given name: equal, a name that one in 100 bears, or more do",
        "given name: equal, a name that about one in 1,600 bears",
        "given name: equal, a name that hardly anybody bears",
    ]


def test_a_terminal_breaks_what_is_told_of_a_person_between_words_and_a_file_gets_whole_lines(
    company: Settings,
) -> None:
    out = StringIO()
    terminal = Console(
        file=out, width=80, soft_wrap=True, highlight=False, force_terminal=True, color_system=None
    )
    show_card(company, 3, None, terminal)
    show_explanation(company, 1, None, None, terminal)
    # But for paths and commands, which are to be copied.
    lines = [line for line in out.getvalue().split("To part")[0].splitlines() if "identity.csv" not in line]
    assert max(map(len, lines)) <= 80
    assert "(suppressions): this person, or one \n            who shares a contact point\n" in out.getvalue()
    assert max(map(len, told(company, 1).splitlines())) > 80


def test_what_parts_two_records_is_a_command_and_a_line_that_can_be_copied(company: Settings) -> None:
    lines = [line.strip() for line in told(company, 1, 2).splitlines()]
    command = next(line for line in lines if line.startswith("stamgast identity review"))
    assert command.endswith("reject 1-2 --author NAME --reason WHY")
    assert f"--warehouse {company.warehouse}" in command
    (line,) = (line for line in lines if line.startswith("different,"))
    (decision,) = parse_overrides(
        Path("identity.csv"),
        f"decision,left_profile_id,right_profile_id,author,reason,date,expires\n{line}\n",
    )
    assert (decision.pair, decision.is_same, decision.decided_on) == ((1, 2), False, DAY)
    options = CliRunner().invoke(app, ["identity", "review", "reject", "--help"], env={"COLUMNS": "200"})
    assert options.exit_code == 0 and "--author" in options.stdout and "--reason" in options.stdout
    # Of two people it is how to join them.
    assert "accept 1-3 --author" in told(company, 1, 3)
    # What was decided is undone where it stands.
    assert "remove line 4 of" in told(company, 3, 4) and "accept" not in told(company, 3, 4)


@pytest.mark.parametrize("format", FORMATS)
def test_a_plot_shows_levels_and_ids_and_no_contact_data(
    company: Settings, tmp_path: Path, format: str
) -> None:
    path = tmp_path / f"plot.{format}"
    assert str(path) in told(company, 1, plot=path)
    content = path.read_bytes()
    values = {
        str(value) for profile in PROFILES for field, value in profile.items() if field in CONTACT_BLOCK
    }
    assert [value for value in values if value.encode() in content and value != "Q."] == []
    if format != "png":
        assert f"email: {BEST['email']}".encode() in content and b"1 - 4" in content
    # It opens without a network.
    assert b'src="http' not in content


def test_a_plot_that_cannot_be_written_is_a_sentence(company: Settings, tmp_path: Path) -> None:
    fall = MODEL.explain(LIKELY[1], size_class(SIZE))
    for path, pairs, said in (
        (tmp_path / "plot.pdf", [((1, 2), fall)], "html, svg, png"),
        (tmp_path / "none" / "plot.svg", [((1, 2), fall)], "no such folder"),
        (tmp_path / "plot.svg", [], "nothing to plot"),
    ):
        with pytest.raises(StamgastError, match=said):
            save_plot(path, pairs)
    with pytest.raises(StamgastError, match="nothing to plot"):
        told(company, 6, plot=tmp_path / "plot.svg")


LEVELS = st.fixed_dictionaries(
    {field: st.sampled_from([None, *levels]) for field, levels in MODEL.levels.items()}
)


@given(levels=LEVELS, size=st.sampled_from([1000, 100_000, 10_000_000]))
def test_the_steps_of_a_score_add_up_to_it(levels: Mapping[str, str | None], size: int) -> None:
    fall = MODEL.explain(levels, size)
    parts = steps(fall)
    assert sum(step.weight for step in parts) == pytest.approx(fall.total, abs=0.06)
    fields = [step for step in parts if step.what in levels]
    assert {step.what: step.label for step in fields} == {
        field: label for field, label in levels.items() if label is not None
    }
    assert [abs(step.weight) for step in fields] == sorted(
        (abs(step.weight) for step in fields), reverse=True
    )
