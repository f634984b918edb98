"""Access and erasure stop on a person whose records contradict each other, and go on for a reason."""

import json
from pathlib import Path

import pytest
import yaml

from pipelines.errors import StamgastError
from pipelines.orchestration.erasing import plan_erasing
from pipelines.privacy import access
from pipelines.privacy.access import answer_access
from pipelines.privacy.contradictions import find_contradictions
from pipelines.privacy.people import find_people, write_owners
from pipelines.privacy.requests import Request
from pipelines.warehouse.database import connect
from tests.privacy.conftest import Shop

_HEADER = "key;day;nr;given;family;mail;born;sex;country"
JAN = Request(email="jan@bakker.example")


def _company(folder: Path, *rows: str, one_number: bool = False) -> Shop:
    """A shop whose orders tell birth date, sex and country; a name at a mailbox is a person."""
    made = Shop(folder)
    made.prepare()
    path = made.root / "sources" / "orders.yml"
    contract = yaml.safe_load(path.read_text("utf-8"))
    contract["columns"] = {
        "key": ["order_id", "record_key"], "nr": "customer_number", "given": "given_name", "family": "family_name",
        "mail": "email", "born": "birth_date", "sex": "gender", "country": "country",
    }  # fmt: skip
    contract |= {"defaults": {"amount": "1"}, "one_number_per_person": one_number}
    path.write_text(yaml.safe_dump(contract), encoding="utf-8")
    file = made.root / "sources" / "files" / "orders" / "june.csv"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join((_HEADER, *rows)) + "\n", encoding="utf-8")
    made.land()
    made.publish()
    return made


def _found(shop: Shop, request: Request = JAN) -> list[str]:
    with connect(shop.places) as connection:
        write_owners(connection, shop.places)
        (found,) = find_people(connection, shop.places, [request])
        assert len(found.owners) == 1
        sources, as_of = shop.settings.sources, shop.as_of
        return [
            one.what for one in find_contradictions(connection, shop.contracts, sources, as_of, found.owners)
        ]


FATHER = "1;2026-06-01;;Jan;Bakker;jan@bakker.example;1955-03-01;;NL"
SON = "2;2026-06-02;;Jan;Bakker;jan@bakker.example;1985-07-09;;NL"
AGAIN = "3;2026-06-03;;Jan;Bakker;jan@bakker.example;1985-07-09;m;NL"


def _profiles(shop: Shop) -> list[int]:
    return [row[0] for row in shop.query("select profile_id from {profiles} order by profile_id")]


def test_a_father_and_a_son_are_two_birth_dates(tmp_path: Path) -> None:
    assert _found(_company(tmp_path / "shop", FATHER, SON)) == ["two birth dates"]


def test_two_sexes_contradict(tmp_path: Path) -> None:
    shop = _company(tmp_path / "shop", AGAIN, AGAIN.replace("3;", "4;", 1).replace(";m;", ";f;"))
    assert _found(shop) == ["two sexes"]


@pytest.mark.parametrize(
    ("one_number", "expected"), [(True, ["two customer numbers of one feed"]), (False, [])]
)
def test_a_second_number_contradicts_where_a_feed_has_one_per_person(
    tmp_path: Path, one_number: bool, expected: list[str]
) -> None:
    numbered = [
        FATHER.replace(";;Jan", f";K{number};Jan").replace("1;", f"{number};", 1) for number in (71, 72)
    ]
    assert _found(_company(tmp_path / "shop", *numbered, one_number=one_number)) == expected


def test_records_that_agree_or_are_silent_contradict_nothing(tmp_path: Path) -> None:
    silent = "9;2026-06-04;;Jan;Bakker;jan@bakker.example;;;NL"
    assert _found(_company(tmp_path / "shop", SON, AGAIN, silent)) == []


def test_a_decision_that_they_are_one_person_ends_it(tmp_path: Path) -> None:
    shop = _company(tmp_path / "shop", FATHER, SON)
    left, right = _profiles(shop)
    overrides = shop.settings.sources / "overrides"
    overrides.mkdir()
    (overrides / "identity.csv").write_text(
        "decision,left_profile_id,right_profile_id,author,reason,date\n"
        f"same,{left},{right},mia,typing error,2026-06-20\n",
        encoding="utf-8",
    )
    assert _found(shop) == []


def test_an_erasure_stops_with_both_halves_and_the_command_that_parts_them(tmp_path: Path) -> None:
    shop = _company(tmp_path / "shop", FATHER, SON)
    left, right = _profiles(shop)
    with pytest.raises(StamgastError) as stopped:
        plan_erasing(shop.settings, [JAN])
    message = str(stopped.value)
    assert f"record {left} of feed orders, against record {right} of feed orders" in message
    assert f"stamgast identity review reject {left}-{right}" in message
    assert "1955" not in message and "Bakker" not in message


def test_an_erasure_goes_on_for_a_reason_that_the_plan_keeps(tmp_path: Path) -> None:
    shop = _company(tmp_path / "shop", FATHER, SON)
    erasure = plan_erasing(shop.settings, [JAN], "seen on paper").erasure
    assert erasure is not None and json.loads(erasure.model_dump_json())["although"] == "seen on paper"
    with pytest.raises(StamgastError, match="--although: is empty"):
        plan_erasing(shop.settings, [JAN], " ")


def test_the_plan_names_namesakes_that_stay_and_does_not_store_them(tmp_path: Path) -> None:
    other = "4;2026-06-04;;Jan;Bakker;jb@elsewhere.example;;;NL"
    stranger = "5;2026-06-04;;Piet;Visser;pv@elsewhere.example;;;NL"
    shop = _company(tmp_path / "shop", SON, other, stranger)
    ((namesake,),) = shop.query(
        "select profile_id from {profiles} where email_clean = 'jb@elsewhere.example'"
    )
    erasure = plan_erasing(shop.settings, [JAN]).erasure
    assert erasure is not None and erasure.namesakes == [namesake]
    assert "namesakes" not in json.loads(erasure.model_dump_json())


def test_access_stops_and_writes_nothing_and_a_reason_goes_into_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = _company(tmp_path / "shop", FATHER, SON)
    out = tmp_path / "answers"
    with pytest.raises(StamgastError, match="holds two birth dates"):
        answer_access(shop.settings, shop.contracts, JAN, out)
    assert not list(out.iterdir()) and not shop.places.answers.exists()

    # This version has none of the tables that are read for the rest of the answer.
    monkeypatch.setattr(access, "_published", lambda *_: {"permission_events": []})
    monkeypatch.setattr(access, "as_page", lambda _: "")
    answer_access(shop.settings, shop.contracts, JAN, out, "seen on paper")
    (note,) = shop.places.answers.iterdir()
    assert json.loads(note.read_text("utf-8")) == {
        "as_of": "2026-06-30",
        "contradictions": ["two birth dates"],
        "feeds": ["orders"],
        "although": "seen on paper",
    }
