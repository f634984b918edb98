"""Whom a request means: the one person that all of it fits, or nobody and nothing is shown."""

import pytest

from pipelines.errors import StamgastError
from pipelines.privacy.people import find_people, write_owners
from pipelines.privacy.requests import Request, checked, read_requests
from pipelines.warehouse.database import connect
from tests.privacy.conftest import ANNA, Shop, row


def _names(shop: Shop, *requests: Request) -> list[set[str]]:
    """The given names of whom each request fits."""
    with connect(shop.places) as connection:
        write_owners(connection, shop.places)
        found = find_people(connection, shop.places, requests)
        names = dict(
            connection.execute(
                "select owner, any_value(given_name_clean) from everybody group by all"
            ).fetchall()
        )
    return [{names[owner] for owner in one.owners} for one in found]


def test_a_person_is_found_by_any_identifier_however_it_is_written(shop: Shop) -> None:
    found = _names(
        shop,
        Request(phone="+31 6 1234 5678"),
        Request(phone="06-12345678"),
        Request(customer_number="k700001"),
        Request(name="zonderling anna"),
        Request(name="ANNA ZONDERLING", postcode="1234ab"),
        Request(email="Cees@Anders.example"),
    )
    assert found == [{"Anna"}] * 5 + [{"Cees"}]


def test_what_fits_two_people_names_both_and_a_second_identifier_tells_them_apart(shop: Shop) -> None:
    mailbox = ANNA["mail"]
    assert _names(shop, Request(email=mailbox), Request(email=mailbox, name="Bart Zonderling")) == [
        {"Anna", "Bart"}, {"Bart"},
    ]  # fmt: skip
    assert _names(shop, Request(email=mailbox, name="Cees Anders"), Request(email="who@nowhere.example")) == [
        set(), set(),
    ]  # fmt: skip


def test_a_record_that_nothing_in_use_refers_to_belongs_to_whom_it_names_and_to_nobody_when_it_names_two(
    shop: Shop,
) -> None:
    shop.deliver(
        "blocklist", "july",
        row("s2", "2026-06-20", {"mail": "cees@anders.example"}), row("s3", "2026-06-20", {"mail": ANNA["mail"]}),
    )  # fmt: skip
    shop.land()
    with connect(shop.places) as connection:
        write_owners(connection, shop.places)
        owners = connection.execute("""
            select email, owner is null, any_value(owner) in (select owner from everybody where given_name = 'Cees')
            from everybody where feed = 'blocklist' and email is not null group by all order by email desc
        """).fetchall()
    assert owners == [("cees@anders.example", False, True), ("anna@zonder.example", True, None)]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "names nobody"),
        ({"postcode": "1234AB"}, "add a name"),
        ({"number": "one"}, "is no number"),
    ],
)
def test_a_request_by_which_nobody_can_be_told_is_refused(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(StamgastError, match=sentence):
        checked(Request(**given))


def test_a_file_of_requests_names_its_lines_and_never_a_value(shop: Shop) -> None:
    path = shop.root / "requests.csv"
    path.write_text('email,name\nanna@zonder.example,"Zonderling, Anna"\n,\n', encoding="utf-8")
    with pytest.raises(StamgastError, match=r"requests.csv, line 3: names nobody"):
        read_requests(path)
    path.write_text("email,shoe_size\n", encoding="utf-8")
    with pytest.raises(StamgastError, match="column 2 of the first line names no identifier"):
        read_requests(path)
    path.write_text("anna@zonder.example\n", encoding="utf-8")
    with pytest.raises(StamgastError) as refused:
        read_requests(path)
    assert "anna" not in str(refused.value)
