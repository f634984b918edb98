"""Refusals are personal data like profiles: shown, erased down to digests of contact points, on which they go on counting."""

import json
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.landing.committing import Verdict
from pipelines.landing.deliveries import scan_feeds
from pipelines.landing.dropping import drop
from pipelines.landing.landing import land_feed
from pipelines.landing.refusals import refusal_columns
from pipelines.privacy.access import read_landed
from pipelines.privacy.erased_refusals import write_erased_refusals
from pipelines.privacy.erasing import finish_rewriting
from pipelines.privacy.index import write_index
from pipelines.privacy.people import find_people, write_owners
from pipelines.privacy.personal_columns import REFUSAL_COLUMNS, Nature, nature_of
from pipelines.privacy.requests import Request
from pipelines.privacy.tombstones import HOLDING_BACK, take_erased_out_of_refusals
from pipelines.privacy.verifying import verify_receipt
from pipelines.warehouse.database import connect
from pipelines.warehouse.erasure_secret import use_erasure_secret
from tests.privacy.conftest import ANNA, BART, CEES, Shop, row
from tests.privacy.refusals import fill, read_refusals, refusal, write_refusals
from tests.privacy.test_erasing import ERASE_ANNA, HERS

OBJECTION: dict[str, Any] = {
    "record_key": "c1",
    "word": "Object, said Anna",
    "said": "object",
    "purpose_sent": "offers",
    "purpose": "offers",
    "event_sent": "2026-06-09",
    "event_at": datetime(2026, 6, 9),
}


@pytest.fixture(scope="module")
def refused(landed_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The shop with the refusals of its loads; one of Anna's lines was torn, another stood in a load that was dropped or that died."""
    shop = landed_shop.copy(tmp_path_factory.mktemp("refused") / "shop")
    shop.deliver(
        "consents",
        "torn",
        row("c3", "", ANNA | {"mail": "old@anna.example"}, act="withdraw", purpose="offers"),
    )
    shop.land()
    torn = shop.loads[-1].load_number
    shop.deliver(
        "consents",
        "wrong",
        row("c4", "2026-06-12", ANNA | {"zip": "9999 ZZ"}, act="withdraw", purpose="offers"),
    )
    (contract,) = (one for one in shop.contracts if one.feed == "consents")
    (scan,) = scan_feeds([contract], shop.settings.sources, shop.places, shop.as_of)
    land_feed(scan, shop.settings, lambda _: Verdict(failed=["too many"]), HOLDING_BACK)
    dropped = shop.loads[-1].load_number
    drop(shop.places, dropped)
    shop.publish()
    numbers = {load.feed: load.load_number for load in reversed(shop.loads)}
    places = shop.places
    write_refusals(
        places,
        "suppressions",
        "blocklist",
        numbers["blocklist"],
        refusal(1, {"tel": ANNA["tel"], "family": "Zonderling"}),
    )
    write_refusals(places, "consents", "consents", numbers["consents"], refusal(1, ANNA, **OBJECTION))
    write_refusals(
        places, "consents", "consents", torn,
        refusal(1, ANNA | {"mail": "old@anna.example"}, record_key="c3", said="withdraw", event_sent="soon"),
    )  # fmt: skip
    write_refusals(
        places, "consents", "consents", dropped, refusal(1, ANNA | {"zip": "9999 ZZ"}, said="withdraw")
    )
    write_refusals(
        places, "consents", "consents", 90,
        refusal(1, ANNA | {"nr": "", "mail": f"{ANNA['mail']}; hers@anna.example"}, said="withdraw"),
        refusal(2, CEES, said="withdraw", word="leave me alone", reason_sent="as Anna Zonderling said"),
        refusal(3, {"given": "Dora", "mail": "dora@nowhere.example"}, said="withdraw"),
    )  # fmt: skip
    return shop


@pytest.fixture
def refusing(refused: Shop, tmp_path: Path) -> Shop:
    """A copy that a test may change."""
    shutil.copytree(refused.root, tmp_path / "shop", symlinks=True)
    return Shop(tmp_path / "shop")


def _files(shop: Shop) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """(feed, load) -> rows."""
    paths = sorted(shop.places.raw.glob("*/*/*/refusals.parquet"))
    return {(path.parts[-3], int(path.parts[-2])): read_refusals(shop.places, path) for path in paths}


def _held_on(shop: Shop) -> set[tuple[int, int, str, str]]:
    """(load, row, mailbox or given name, type) of the points on which erased refusals go on."""
    shop.places.build.mkdir(exist_ok=True)
    write_erased_refusals(shop.places)
    found = shop.query(f"""
        select erased.load_number, erased.row_number, coalesce(profiles.given_name, profiles.email), contact_point_type
        from '{shop.places.build}/refusals_erased.parquet' as erased
        inner join {{profiles}} as profiles using (profile_id)
    """)
    return set(found)


def test_every_column_of_the_refusals_is_declared() -> None:
    assert list(REFUSAL_COLUMNS.keys() ^ refusal_columns().keys()) == []
    # Elsewhere a key is a number; these are what the person is called by.
    for column in ("number_key", "record_id_key", "email_keys", "word", "reason_sent"):
        assert nature_of(column, file="refusals.parquet") is Nature.PERSONAL
    assert nature_of("point_digests", file="refusals.parquet") is Nature.NUMBER


def _answer(shop: Shop, request: Request) -> dict[str, list[dict[str, Any]]]:
    """What is landed of whom the request fits."""
    with connect(shop.places) as connection:
        write_owners(connection, shop.places)
        (found,) = find_people(connection, shop.places, [request])
        (owner,) = found.owners
        return read_landed(connection, shop.settings, owner)


def test_a_person_is_shown_each_refusal_whatever_became_of_its_load(refusing: Shop) -> None:
    answer = _answer(refusing, Request(customer_number=ANNA["nr"]))
    assert len(answer["refusals"]) == 5
    assert {one["file"] for one in answer["refusals"]} == {
        "files/blocklist/june.csv", "files/consents/june.csv", "files/consents/torn.csv", "files/consents/wrong.csv", None,
    }  # fmt: skip
    (objection,) = (one for one in answer["refusals"] if one.get("record_key") == "c1")
    assert objection["word"] == OBJECTION["word"] and "email_keys" not in objection
    assert all(record["profile_id"] < 1000 for record in answer["records"])
    said = str(answer)
    assert "old@anna.example" in said and "dora@" not in said and "cees@" not in said


def test_a_stranger_who_is_known_by_a_refusal_alone_is_found_shown_and_erased(refusing: Shop) -> None:
    asked = Request(email="dora@nowhere.example")
    answer = _answer(refusing, asked)
    assert [one["load_number"] for one in answer["refusals"]] == [90]
    assert answer["records"] == []
    receipt = refusing.erase(asked)
    assert (receipt.people, receipt.profiles, receipt.refusals) == (1, 0, 1)
    assert "dora" not in str(_files(refusing)).lower()
    assert [term.kind for term in receipt.search_terms] == ["email"]


def test_an_erasure_leaves_what_was_refused_and_digests_of_the_points(refusing: Shop) -> None:
    receipt = refusing.erase(ERASE_ANNA)
    assert receipt.refusals == 5
    assert not [value for value in (*HERS, "9999 ZZ", "hers@", "old@") if value in refusing.values()]
    assert "612345678" not in refusing.values("refusals")
    objection = _files(refusing)["consents", refusing.loads[2].load_number][0]
    # Bart has the mailbox, the house and the street as well.
    assert objection.pop("email_keys") == [ANNA["mail"]]
    assert (
        len(objection.pop("point_digests")) == 5
    )  # the mailbox, two forms of the number, the house in its country and in any
    assert objection == {
        "feed": "consents", "kind": "consents", "load_number": refusing.loads[2].load_number, "row_number": 1,
        "record_key": "c1", "delivered_on": date(2026, 6, 30), "said": "object", "purpose": "offers",
        "event_at": datetime(2026, 6, 9),
        "street_clean": "Kerkstraat", "house_number_clean": "7", "postcode_clean": "1234 AB", "country_clean": "NL",
    }  # fmt: skip
    # Of two addresses in a cell the one that is hers alone goes.
    assert _files(refusing)["consents", 90][0]["email_keys"] == [ANNA["mail"]]
    assert len(_files(refusing)["consents", 90][0]["point_digests"]) == 6


def test_refusals_of_others_stay_as_they_are_but_for_a_text_that_names_the_person(refusing: Shop) -> None:
    before = _files(refusing)["consents", 90]
    refusing.erase(ERASE_ANNA)
    _, cees, dora = _files(refusing)["consents", 90]
    assert before[1].pop("reason_sent") == "as Anna Zonderling said"
    assert (cees, dora) == (before[1], before[2])


def test_what_a_refusal_says_goes_where_it_names_the_person_and_its_key_stays_that_of_the_fact(
    refusing: Shop,
) -> None:
    refusing.deliver(
        "consents", "late", row(ANNA["tel"], "2026-06-20", ANNA, act="withdraw", purpose="offers")
    )
    refusing.land()
    refusing.publish()
    number = refusing.loads[-1].load_number
    write_refusals(
        refusing.places, "consents", "consents", number,
        refusal(1, ANNA, record_key=ANNA["tel"], said="no mail for Anna Zonderling", purpose="offers"),
    )  # fmt: skip
    refusing.erase(ERASE_ANNA)
    (held,) = _files(refusing)["consents", number]
    ((key,),) = refusing.query(f"select record_key from {{facts}} where load_number = {number}")
    assert "said" not in held and held["record_key"] == key != ANNA["tel"]


def test_what_was_killed_half_way_is_finished_by_the_next_run_and_twice_is_once(refusing: Shop) -> None:
    refusing.plan(ERASE_ANNA)
    path = refusing.places.raw / "consents" / "consents" / "000090" / "refusals.parquet"
    kept = path.read_bytes()
    finish_rewriting(refusing.places)
    done = _files(refusing)
    path.write_bytes(kept)
    path.with_name(".refusals.parquet").write_bytes(b"half a file")
    finish_rewriting(refusing.places)
    finish_rewriting(refusing.places)
    assert _files(refusing) == done


def test_the_plan_counts_them_and_lists_the_rows_of_their_files_and_holds_no_value(refusing: Shop) -> None:
    erasure = refusing.plan(ERASE_ANNA)
    assert erasure.refusals == 5
    assert {source.file: source.rows for source in erasure.sources}["files/consents/wrong.csv"] == [1]
    folder = refusing.places.ledger / "erasures" / "00001"
    written = b"".join(path.read_bytes() for path in folder.iterdir())
    assert not [value for value in (*HERS, ANNA["mail"]) if value.encode() in written]


def test_verify_looks_into_the_refusals(refusing: Shop) -> None:
    paths = sorted(refusing.places.raw.glob("*/*/*/refusals.parquet"))
    before = {path: path.read_bytes() for path in paths}
    receipt = refusing.erase(ERASE_ANNA)
    assert verify_receipt(refusing.places, receipt, refusing.secret).searched.found == []
    for path, content in before.items():
        path.write_bytes(content)
    found = verify_receipt(refusing.places, receipt, refusing.secret).searched.found
    assert {refusing.places.root / place.file for place in found} == set(paths)
    assert {"phone_keys", "email_keys", "reason_sent"} <= {place.part for place in found}


def test_a_receipt_from_before_refusals_were_counted_is_signed_still(refusing: Shop) -> None:
    receipt = refusing.erase(ERASE_ANNA)
    before = receipt.model_copy(update={"refusals": 0}).signed(refusing.secret)
    written = json.loads(before.model_dump_json())
    del written["refusals"]
    assert type(receipt).model_validate(written).is_signed_by(refusing.secret)
    assert not receipt.model_copy(update={"refusals": 0}).is_signed_by(refusing.secret)


def test_an_erased_refusal_holds_on_the_point_when_it_appears_again(refusing: Shop) -> None:
    assert _held_on(refusing) == set()
    refusing.erase(ERASE_ANNA)
    objection = refusing.loads[2].load_number
    shared = _held_on(refusing)
    assert {(one[2], one[3]) for one in shared if one[0] == objection} == {
        ("Bart", "email"), ("Bart", "address"), (ANNA["mail"], "email"), (ANNA["mail"], "address"),
    }  # fmt: skip
    late = {"given": "Ella", "tel": "+31 6 12345678", "mail": "old@anna.example"}
    refusing.deliver("orders", "late", row("o8", "2026-06-29", late, total="5.00"))
    refusing.land()
    new = _held_on(refusing) - shared
    assert {one[2:] for one in new} == {("Ella", "phone"), ("Ella", "email")}
    torn = next(load.load_number for load in refusing.loads if load.file.endswith("torn.csv"))
    assert {one[0] for one in new if one[3] == "email"} == {torn}


def _taken_out(shop: Shop, kind: str, feed: str, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows as landing would write them after the erasure."""
    placed = [{"feed": feed, "kind": kind, "load_number": 95, **one} for one in rows]
    with connect(shop.places) as connection:
        use_erasure_secret(connection, shop.secret)
        fill(connection, "refusals", placed)
        take_erased_out_of_refusals(connection, "refusals", shop.places)
        connection.execute(
            f"create or replace temp table checked as select {', '.join(refusal_columns())} from refusals"
        )
        result = connection.execute("from refusals")
        names = [column[0] for column in result.description]
        return [
            {name: value for name, value in zip(names, values, strict=True) if value not in (None, [])}
            for values in result.fetchall()
        ]


def test_a_later_refusal_of_the_erased_is_written_as_digests_and_others_are_written_as_they_are(
    refusing: Shop,
) -> None:
    refusing.erase(ERASE_ANNA)
    hers, unknown, bart = _taken_out(
        refusing, "consents", "consents",
        refusal(1, ANNA | {"mail": f"x@y.example; {ANNA['mail']}"}, **OBJECTION),
        refusal(2, {"tel": ANNA["tel"]}, said="withdraw", event_sent="one day"),
        refusal(3, BART, said="withdraw", reason_sent="like Anna Zonderling", event_at=datetime(2026, 7, 3)),
    )  # fmt: skip
    assert hers.keys() == {
        "feed", "kind", "load_number", "row_number", "record_key", "delivered_on", "said", "purpose", "event_at", "point_digests",
    }  # fmt: skip
    assert len(hers["point_digests"]) == 6
    assert "phone" not in unknown and len(unknown["point_digests"]) == 2
    assert bart["email_keys"] == [BART["mail"]] and "reason_sent" not in bart and "point_digests" not in bart


def test_a_list_of_suppressions_lands_as_it_is(refusing: Shop) -> None:
    refusing.erase(ERASE_ANNA)
    (entry,) = _taken_out(
        refusing, "suppressions", "blocklist", refusal(1, {"tel": ANNA["tel"], "family": "Zonderling"})
    )
    assert entry["phone"] == ANNA["tel"] and "point_digests" not in entry


def test_who_came_back_refuses_under_their_name(refusing: Shop) -> None:
    refusing.erase(ERASE_ANNA)
    refusing.as_of = date(2026, 7, 31)
    refusing.deliver("forms", "new", row("f9", "2026-07-05", ANNA, form="account"))
    refusing.land()
    before, after, undated = _taken_out(
        refusing, "consents", "consents",
        refusal(1, ANNA, said="withdraw", event_at=datetime(2026, 7, 4)),
        refusal(2, ANNA, said="withdraw", event_at=datetime(2026, 7, 6)),
        refusal(3, ANNA, said="withdraw", delivered_on=date(2026, 7, 31)),
    )  # fmt: skip
    assert "point_digests" in before and "point_digests" not in after
    assert after["given_name"] == undated["given_name"] == "Anna"


def test_nothing_is_taken_out_where_nobody_was_erased(shop: Shop) -> None:
    (held,) = _taken_out(shop, "consents", "consents", refusal(1, ANNA, **OBJECTION))
    assert held["word"] == OBJECTION["word"]
    assert _taken_out(shop, "consents", "consents", refusal(1, {}, said="withdraw"))


def test_the_file_of_erased_refusals_has_its_types_when_it_is_empty(shop: Shop) -> None:
    shop.places.build.mkdir(exist_ok=True)
    assert write_erased_refusals(shop.places) == 0
    with duckdb.connect() as connection:
        types = connection.execute(f"describe from '{shop.places.build}/refusals_erased.parquet'").fetchall()
    assert [one[:2] for one in types] == [
        ("load_number", "BIGINT"), ("row_number", "BIGINT"), ("profile_id", "BIGINT"), ("contact_point_type", "VARCHAR"),
    ]  # fmt: skip


def test_landing_writes_what_the_erased_refuse_as_digests_and_a_run_tells_where_they_hold(
    refusing: Shop,
) -> None:
    refusing.erase(ERASE_ANNA)
    refusing.as_of = date(2026, 7, 31)
    refusing.deliver(
        "consents", "july",
        row("c7", "2026-07-01", ANNA, act="withdraw", purpose="offers"),
        row("c8", "", ANNA, act="withdraw", purpose="offers"),
        row("c9", "2026-07-01", CEES, act="withdraw", purpose="offers"),
    )  # fmt: skip
    refusing.land()
    number = refusing.loads[-1].load_number
    torn_or_not = _files(refusing)["consents", number]
    assert [("point_digests" in held, "email" in held) for held in torn_or_not] == [
        (True, False), (True, False), (False, True),
    ]  # fmt: skip
    assert not [value for value in HERS if value in refusing.values()]
    written = write_index(refusing.places, refusing.contracts, refusing.as_of)
    assert written["refusals_erased"] > 0
    assert {one[0] for one in _held_on(refusing)} >= {number}
