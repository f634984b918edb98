"""What states a special category of personal data is dropped on arrival, counted, and stored nowhere."""

from typing import Any

import duckdb
import pytest
from rich.console import Console

from pipelines.cli.loads import show_loads
from pipelines.landing.committing import Verdict
from pipelines.landing.refusals import refusal_files
from tests.landing.conftest import Company

ACCOUNTS: dict[str, Any] = {
    "feed": "shop",
    "kind": "form_submissions",
    "description": "Accounts.",
    "owner": "team:sales",
    "files": {"glob": "files/*", "format": "csv", "delimiter": ";"},
    "key": ["id"],
    "event_time": {"column": "at"},
    "freshness": {"warn_after": "2d", "error_after": "7d"},
    "defaults": {"form_type": "account"},
    "columns": {"mail": "email", "hobbies": "interests", "remark": "message"},
}
SURVEY = ACCOUNTS | {
    "kind": "survey_responses",
    "key": ["id", "question"],
    "defaults": {},
    "columns": {
        "survey": "survey_id",
        "question": "question_id",
        "said": "answer",
        "points": "score",
        "mail": "email",
    },
}


def everything(company: Company) -> str:
    """All that is stored of the company's files, as one text."""
    files = [
        *company.settings.places.raw.rglob("*.parquet"),
        *company.settings.places.quarantine.rglob("*.parquet"),
    ]
    return "".join(str(duckdb.sql(f"from '{path}'").fetchall()) for path in files)


def test_items_that_state_a_category_go_and_the_others_stay(company: Company) -> None:
    company.contract = ACCOUNTS
    company.deliver(
        "a.csv",
        "id;at;mail;hobbies;remark\n"
        "1;2026-06-01;an@example.nl;tuin, Kerkdienst , koken;\n"
        "2;2026-06-01;bo@example.nl;diabetes;\n"
        "3;2026-06-01;cy@example.nl;vakbond/diabetes;\n"
        "4;2026-06-01;di@example.nl;tuin,koken;\n"
        "5;no day;ed@example.nl;moskee;\n",
    )
    (load,) = company.land().loads
    assert company.query("select email, interests from {profiles} order by 1") == [
        ("an@example.nl", "tuin, koken"), ("bo@example.nl", None), ("cy@example.nl", None), ("di@example.nl", "tuin,koken"),
    ]  # fmt: skip
    assert load.values_dropped == {"interests_health": 2, "interests_religion": 2, "interests_union": 1}
    assert not [
        word for word in ("diabetes", "erkdienst", "vakbond", "moskee") if word in everything(company)
    ]


def test_free_text_is_kept_and_marked(company: Company) -> None:
    company.contract = ACCOUNTS
    company.deliver(
        "a.csv",
        "id;at;mail;hobbies;remark\n"
        "1;2026-06-01;an@example.nl;;Ik ben zwanger en ga graag naar de kerkdienst\n"
        "2;2026-06-01;bo@example.nl;;Tot ziens\n",
    )
    (load,) = company.land().loads
    assert company.query("select message, special_categories from {facts} order by row_number") == [
        ("Ik ben zwanger en ga graag naar de kerkdienst", ["message:health", "message:religion"]),
        ("Tot ziens", []),
    ]
    assert (load.values_dropped, load.texts_marked) == ({}, {"message_health": 1, "message_religion": 1})


def test_the_answer_to_a_question_about_a_category_goes_and_the_question_stays(company: Company) -> None:
    company.contract = SURVEY
    company.deliver(
        "a.csv",
        "id;question;at;survey;said;points;mail\n"
        "1;delivery;2026-06-01;s;fine;9;an@example.nl\n"
        "1;Which religion?;2026-06-01;s;none of your business;3;an@example.nl\n",
    )
    (load,) = company.land().loads
    assert company.query("select question_id, answer, score from {facts} order by row_number") == [
        ("delivery", "fine", 9), ("Which religion?", None, None),
    ]  # fmt: skip
    assert load.values_dropped == {"question_id_religion": 1}
    assert "business" not in everything(company)


@pytest.mark.parametrize("column", ["hobbies", "allergieen"])
def test_what_is_declared_stays_where_the_row_holds_the_consent(company: Company, column: str) -> None:
    company.contract = ACCOUNTS | {
        "columns": {"mail": "email", column: "interests"},
        "special_categories": [{"category": "health", "basis": "explicit_consent", "evidence": "opt_in"}],
    }
    rows = "".join(
        f"{number};2026-06-01;{number}@example.nl;diabetes;{consent}\n"
        for number, consent in enumerate(("yes", "2026-05-30 10:12", "no", "0", ""), 1)
    )
    company.deliver("a.csv", f"id;at;mail;{column};opt_in\n{rows}6;2026-06-01;6@example.nl;moskee;yes\n")
    (load,) = company.land().loads
    kept = company.query("select email from {profiles} where interests = 'diabetes' order by 1")
    assert kept == [("1@example.nl",), ("2@example.nl",)]
    assert load.values_dropped["interests_health"] == 3
    # Another category than the declared one goes all the same.
    assert "moskee" not in everything(company)


def test_a_refusal_is_kept_without_what_it_says_of_a_special_category(company: Company) -> None:
    company.contract = ACCOUNTS | {
        "kind": "suppressions",
        "defaults": {},
        "columns": {"mail": "email", "name": "full_name", "hobbies": "interests", "allergieen": "reason"},
        "special_categories": [{"category": "health", "basis": "explicit_consent", "evidence": "opt_in"}],
    }
    company.deliver(
        "a.csv",
        "id;at;mail;name;hobbies;allergieen;opt_in\n"
        "1;2026-06-01;an@example.nl;An;moskee;pinda;no\n"
        # The cells have moved: the address stands among the interests.
        "2;2026-06-01;Bo;x;diabetes, bo@example.nl;;no\n"
        "3;2026-06-01;cy@example.nl;Cy;;noten;yes\n",
    )
    company.land()
    files = [str(path) for path in refusal_files(company.settings.places)]
    rows = duckdb.sql(f"select email_keys, reason from read_parquet({files}) order by row_number").fetchall()
    assert rows == [(["an@example.nl"], None), (["bo@example.nl"], None), (["cy@example.nl"], "noten")]
    held = str(duckdb.sql(f"from read_parquet({files})").fetchall())
    assert not [value for value in ("moskee", "pinda", "diabetes") if value in held]


def test_a_reason_why_a_column_is_not_special_lets_it_through(company: Company) -> None:
    company.contract = ACCOUNTS | {"not_special": {"hobbies": "names of our board games"}}
    company.deliver("a.csv", "id;at;mail;hobbies;remark\n1;2026-06-01;an@example.nl;diabetes;\n")
    (load,) = company.land().loads
    assert company.query("select interests from {profiles}") == [("diabetes",)] and load.values_dropped == {}


def test_rows_that_come_out_of_quarantine_are_guarded_too(company: Company) -> None:
    company.contract = ACCOUNTS
    company.deliver(
        "a.csv", "id;at;mail;hobbies;remark\n1;01/06/2026;an@example.nl;tuin;\n2;2026-06-01;bo@example.nl;;\n"
    )
    company.land(lambda _: Verdict())
    company.change(
        event_time={"column": "at", "format": "%d/%m/%Y"}, not_special={"hobbies": "mended with the date"}
    )
    (load,) = company.retry()
    assert load.rows_accepted == 1
    assert company.query("select interests from {profiles} where email = 'an@example.nl'") == [("tuin",)]


def test_what_was_dropped_is_counted_where_people_look(company: Company) -> None:
    company.contract = ACCOUNTS
    company.deliver("a.csv", "id;at;mail;hobbies;remark\n1;2026-06-01;an@example.nl;diabetes;\n")
    company.land()
    console = Console(record=True, width=200)
    show_loads(company.settings, None, console)
    assert "load 1: special categories of personal data dropped: 1 interests_health" in console.export_text()
    index = company.settings.places.build / "loads.parquet"
    assert duckdb.sql(f"select values_dropped_by_reason from '{index}'").fetchall() == [
        ({"interests_health": 1},)
    ]
