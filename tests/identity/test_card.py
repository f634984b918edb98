"""What `stamgast person show` tells: the card of a customer."""

from pipelines.settings import Settings
from tests.identity.published_company import card_of


def test_the_card_tells_who_somebody_is_by_any_of_their_ids(company: Settings) -> None:
    words = card_of(company, 5)
    for expected in (
        "Person 1 (where 5 leads to)", "Quirijn Zonderling", "male, born 1970-02-03, 56", "Dam 1, 1012 JS Amsterdam, NL",
        "buyer, Zonderling BV", "loyal, RFM 5-4-3, orders regularly every 14 days, last order 29 days ago", "net 120.50 EUR",
        "80.25 in a year, 1 order for a company, 40.25 in all, household 300.00", "12 contacts for 1.50", "web, on Tuesdays, between 22:00 and 23:00 local time\n",
        "2 x Chess board", "3 Wendela Zonderling", "buyer, tier B", "loyal_customers", "open ticket T7 of 2026-05-30, delivery",
        "left in the basket: Chess board, P2", "mail to the e-mail address came back",
        "ask whether it still holds: e-mail (62% right), employer (50% right)\n", "wishes      P2", "of 3 sent in 90 days opened 2 times",
        "service 4.5 of 5, would recommend us 9 of 10", "latest, UTC 2026-06-01 10:00 sale O1 60.25 EUR (2 lines)",
        "stamgast person explain 1",
    ):  # fmt: skip
        assert expected in words, expected
    assert "newsletter send" not in words and "deceased" not in words


def test_that_somebody_is_noted_as_deceased_is_the_first_thing_to_know_of_them(company: Settings) -> None:
    assert (
        "attention   noted as deceased on 2026-03-23 (suppressions): this person, or one who shares a contact point\n"
        "            under age\n"
    ) in card_of(company, 3)


def test_who_is_perhaps_two_people_is_told_before_a_word_is_said(company: Settings) -> None:
    assert (
        "\nattention   perhaps two people: two birth dates, two sexes, as records 1 and 4; ask who it is, then look: "
        "stamgast identity review show 1-4\n"
    ) in card_of(company, 5)
    assert "perhaps two people" not in card_of(company, 3)


def test_an_occupation_is_told_as_such_and_not_as_work(company: Settings) -> None:
    assert "\noccupation  nurse\n" in card_of(company, 3) and "\nwork" not in card_of(company, 3)


def test_returns_without_an_order_are_told(company: Settings) -> None:
    assert "\norders      none, but 15 returns, net -99.50 EUR\n" in card_of(company, 3)
