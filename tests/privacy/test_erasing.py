"""The erased are gone from everything that is landed and remembered; everybody else and every total stay."""

from decimal import Decimal

from pipelines.contracts import FREE_TEXT
from pipelines.identity.decisions.overrides import overrides_file
from pipelines.privacy.erasing import rewrite_landed
from pipelines.privacy.redacted_profiles import plan_redaction, redacted_profiles
from pipelines.privacy.requests import Request
from pipelines.warehouse.database import connect
from tests.privacy.conftest import ANNA, BART, Shop, row

ERASE_ANNA = Request(customer_number=ANNA["nr"])
HERS = ("Anna", "K700001", "0612345678", "+31612345678", "My address is wrong")


def test_nothing_of_the_person_is_left_and_nothing_else_is_missing(shop: Shop) -> None:
    before = shop.query("select sum(amount), count(*) from {facts}")
    counts = [(load.load_number, load.rows_read) for load in shop.loads]
    receipt = shop.erase(ERASE_ANNA)
    left = shop.values()
    assert not [value for value in HERS if value in left]
    assert all(value in left for value in ("Bart", "K700002", "Cees", "Nobody told me so"))
    # What Cees wrote about her is gone, his ticket is not.
    assert "told me so" in left and "Zonderling told" not in left
    assert shop.query("select sum(amount), count(*) from {facts}") == before
    assert [(load.load_number, load.rows_read) for load in shop.loads] == counts
    assert (receipt.people, receipt.cells, receipt.sharing) == (1, 1, 1)
    ((orders, of_nobody),) = shop.query(
        "select count(*), count(*) filter (profile_id is null) from {facts} where feed = 'orders'"
    )
    assert (orders, of_nobody) == (3, 1)


def test_the_text_of_rows_and_cells_set_aside_goes_and_they_stay_counted_and_cannot_be_retried(
    shop: Shop,
) -> None:
    assert "Anna" in str(shop.query("select original from {torn}"))
    shop.erase(ERASE_ANNA)
    assert shop.query("select reason, original from {torn}") == [("event_time_unreadable", None)]
    assert shop.query("select column_name, original from {cells}") == [("satisfaction_score", None)]
    assert shop.retry("orders") == []


def test_a_refusal_on_a_shared_mailbox_goes_on_counting_there_and_says_nothing_else(shop: Shop) -> None:
    shop.erase(ERASE_ANNA)
    refusals = shop.query("""
        select facts.consent_action, profiles.email_clean, profiles.given_name, profiles.customer_number, profiles.phone,
            profiles.block_hash
        from {facts} as facts inner join {profiles} as profiles using (profile_id)
        where facts.feed = 'consents' and consent_action <> 'grant'
    """)
    # An objection is hers alone; at the mailbox that Bart reads it is a withdrawal.
    assert refusals == [("withdraw", BART["mail"], None, None, None, None)]
    assert shop.query("select count(*) from {profiles} where feed = 'blocklist'") == [(0,)]


def test_what_a_refusal_keeps_is_the_contact_point_and_not_how_the_person_wrote_it(shop: Shop) -> None:
    dora = {
        "nr": "K700009",
        "given": "Dora",
        "family": "Vreemd",
        "street": "Kerkstraat",
        "house": "7",
        "zip": "1234 AB",
    }
    shop.deliver("orders", "shared", row("o7", "2026-06-20", dora | {"tel": "+31612345678"}, total="9.00"))
    hers = {
        "given": "Anna",
        "family": "Zonderling",
        "mail": ANNA["mail"],
        "tel": "06-1234 56 78",
        "house": "7",
        "zip": "1234AB",
    }
    shop.deliver(
        "consents", "own_way",
        row("c5", "2026-06-20", hers | {"street": "Kerkstraat achter"}, act="withdraw", purpose="offers"),
        row("c6", "2026-06-21", hers | {"street": "kerkstraat"}, act="withdraw", purpose="offers"),
    )  # fmt: skip
    shop.land()
    shop.publish()
    shop.erase(ERASE_ANNA)
    assert not [value for value in ("06-1234", "achter", "1234AB") if value in shop.values()]
    kept = shop.query("""
        select distinct email, phone, street, postcode, house_number from {profiles}
        where feed = 'consents' and given_name is null
        order by street nulls first
    """)
    # Dora's telephone and house, Bart's mailbox; where they live in a street of that name, the street.
    assert kept == [
        (BART["mail"], "+31612345678", street, "1234 AB", "7")
        for street in (None, "Kerkstraat", "kerkstraat")
    ]


def test_numbers_go_from_shells_histories_and_exports_and_decisions_that_name_them(shop: Shop) -> None:
    places = shop.places
    hers = [
        one for (one,) in shop.query("select profile_id from {profiles} where given_name = 'Anna' order by 1")
    ]
    ((bart,),) = shop.query("select min(profile_id) from {profiles} where given_name = 'Bart'")
    plan_redaction(places, [1000, 1001], [hers[0], bart])
    (places.ledger / "shells" / "000001.done").touch()
    history, export = places.ledger / "person_history", places.ledger / "exports" / "000001"
    for folder in (history, export):
        folder.mkdir(parents=True)
    with connect(places) as connection:
        people = f"select unnest([{hers[0]}, {bart}]) as person_id"
        connection.execute(
            f"copy (select person_id as profile_id, person_id from ({people})) to '{history}/00001.parquet'"
        )
        connection.execute(f"copy ({people}) to '{export}/people.parquet'")
    decisions = overrides_file(shop.settings.sources)
    decisions.parent.mkdir()
    decisions.write_text(
        "decision,left_profile_id,right_profile_id,author,reason,date\n"
        f"different,{hers[0]},{bart},me,husband of Anna,2026-06-01\n"
        f'same,{bart},{bart + 1000},me,"Anna Zonderling, his wife, said so",2026-06-01\n'
        f"different,{bart},{bart + 1001},me,two people,2026-06-01\n"
    )
    shop.plan(ERASE_ANNA)
    shop.rewrite()
    with connect(places) as connection:
        assert connection.execute(f"select profile_id from '{history}/00001.parquet'").fetchall() == [(bart,)]
        assert connection.execute(redacted_profiles(places)).fetchall() == [(1001, bart)]
        assert connection.execute(f"select person_id from '{export}/people.parquet'").fetchall() == [(bart,)]
    assert [line.split(",")[4] for line in decisions.read_text().splitlines()[1:]] == [
        "reason erased",
        "two people",
    ]


def test_several_people_go_at_once_and_whom_a_request_does_not_tell_apart_stays(shop: Shop) -> None:
    receipt = shop.erase(ERASE_ANNA, Request(email="cees@anders.example"), Request(name="Zonderling"))
    assert receipt.people == 2
    assert {
        name
        for (name,) in shop.query("select distinct given_name from {profiles} where given_name is not null")
    } == {"Bart"}


def test_what_was_killed_half_way_is_finished_by_the_next_call(shop: Shop) -> None:
    shop.plan(ERASE_ANNA)
    folder = shop.places.ledger / "erasures" / "00001"
    assert not [
        value for value in HERS if value.encode() in b"".join(path.read_bytes() for path in folder.iterdir())
    ]
    # The plan stands, some files have followed, one is half written.
    facts = next(shop.places.raw.glob("sales/orders/*/facts.parquet"))
    kept = facts.read_bytes()
    rewrite_landed(shop.places, shop.secret)
    facts.write_bytes(kept)
    facts.with_name(".facts.parquet").write_bytes(b"half a file")
    rewrite_landed(shop.places, shop.secret)
    assert not [value for value in HERS if value in shop.values()]
    assert shop.query("select sum(amount) from {facts} where profile_id is null") == [(Decimal("10.00"),)]
    keys = shop.query("select record_key from {facts} order by all")
    rewrite_landed(shop.places, shop.secret)
    assert shop.query("select record_key from {facts} order by all") == keys


def test_the_receipt_lists_every_copy_of_a_file_that_was_delivered(shop: Shop) -> None:
    june = shop.settings.sources / "files" / "orders" / "june.csv"
    june.with_name("again.csv").write_bytes(june.read_bytes())
    receipt = shop.erase(ERASE_ANNA)
    assert [(one.file, one.rows, one.is_there) for one in receipt.sources if one.feed == "orders"] == [
        ("files/orders/again.csv", [1, 4], True),
        ("files/orders/june.csv", [1, 4], True),
    ]


def test_the_receipt_lists_the_rows_of_files_that_still_name_the_person_and_holds_no_value(
    shop: Shop,
) -> None:
    (shop.settings.sources / "files" / "forms" / "june.csv").unlink()
    receipt = shop.erase(ERASE_ANNA)
    assert {source.file: source.rows for source in receipt.sources if source.is_there} == {
        "files/blocklist/june.csv": [1],
        "files/bought/first.csv": [1],
        "files/consents/june.csv": [1],
        "files/orders/june.csv": [1, 4],
        "files/tickets/june.csv": [1],
    }
    assert [source.file for source in receipt.sources if not source.is_there] == ["files/forms/june.csv"]
    written = (shop.places.ledger / "erasures" / "00001" / "receipt.json").read_text()
    assert receipt.is_signed_by(shop.secret)
    assert not [value for value in (*HERS, ANNA["mail"], "Kerkstraat") if value.lower() in written.lower()]
    assert not receipt.model_copy(update={"people": 0}).is_signed_by(shop.secret)


def test_free_text_is_marked_in_the_kinds(shop: Shop) -> None:
    assert FREE_TEXT == ("answer", "message", "note")


def test_what_a_row_says_besides_its_free_text_goes_where_it_names_the_person(shop: Shop) -> None:
    shop.deliver("forms", "late", row(ANNA["tel"], "2026-06-20", ANNA, form="contest of Anna Zonderling"))
    shop.land()
    shop.publish()
    shop.erase(ERASE_ANNA)
    ((key, form),) = shop.query(
        "select record_key, form_type from {facts} where load_number = (select max(load_number) from {facts})"
    )
    assert form is None and len(key) == 32
