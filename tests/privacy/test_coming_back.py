"""Who is erased stays away: lists are stopped, sales land without a person, and only an act of their own brings them back."""

from datetime import date

from tests.privacy.conftest import ANNA, BART, Shop, row
from tests.privacy.test_erasing import ERASE_ANNA, HERS


def _erased(shop: Shop) -> Shop:
    shop.erase(ERASE_ANNA)
    shop.as_of = date(2026, 7, 31)
    return shop


def _landed(shop: Shop, feed: str, file: str, *rows: dict[str, str]) -> tuple[int, int, int, int]:
    """Rows (read, accepted, suppressed, without person) of a file."""
    shop.deliver(feed, file, *rows)
    shop.land()
    load = shop.loads[-1]
    assert load.rows_read == load.rows_accepted + load.rows_quarantined + load.rows_suppressed
    return load.rows_read, load.rows_accepted, load.rows_suppressed, load.rows_without_person


def test_a_bought_list_brings_nobody_back_and_a_relative_with_the_same_mailbox_lands(shop: Shop) -> None:
    _erased(shop)
    cousin = ANNA | {"nr": "", "given": "Dora", "tel": ""}
    bought = ANNA | {"nr": ""}
    assert _landed(
        shop, "bought", "next", row("b7", "2026-07-02", bought), row("b8", "2026-07-02", cousin)
    ) == (2, 1, 1, 0)
    assert not [value for value in HERS if value in shop.values()]
    assert shop.query("select given_name from {profiles} where feed = 'bought'") == [("Dora",)]


def test_a_list_with_another_form_of_the_name_or_a_number_that_was_hers_alone_is_stopped_too(
    shop: Shop,
) -> None:
    _erased(shop)
    seen = _landed(
        shop, "bought", "next",
        row("b1", "2026-07-02", {"given": "A.", "family": "van Zonderling", "tel": ANNA["tel"]}),
        row("b2", "2026-07-02", {"tel": "+31 6 12345678"}),
        row("b3", "2026-07-02", {"given": "Anna", "family": "Zonderling", "zip": "1234AB", "house": "7"}),
        row("b4", "2026-07-02", {"mail": ANNA["mail"]}),
        row("b5", "2026-07-02", {"given": "Anna", "family": "Zonderling", "mail": "another@anna.example"}),
    )  # fmt: skip
    # The mailbox alone may be Bart's, the other Anna somebody else.
    assert seen == (5, 2, 3, 0)


def test_a_list_changes_nothing_but_a_count(shop: Shop) -> None:
    _erased(shop)
    shop.deliver(
        "bought", "next", row("b7", "2026-07-02", ANNA), row("b8", "2026-07-02", BART | {"given": "Dora"})
    )
    shop.land()
    with_her = shop.query("select profile_id, given_name from {profiles} where feed = 'bought'")
    numbers = shop.query("select max(profile_id) from {profiles}")
    assert [name for _, name in with_her] == ["Dora"]
    ((newest,),) = numbers
    assert newest == with_her[0][0]  # no number was spent on her


def test_a_sale_lands_without_a_person_and_without_what_the_person_wrote(shop: Shop) -> None:
    _erased(shop)
    assert _landed(shop, "orders", "july", row("o9", "2026-07-03", ANNA, total="50.00")) == (1, 1, 0, 1)
    assert _landed(
        shop, "tickets", "july", row("t9", "2026-07-03", ANNA, said="Anna again", grade="six")
    ) == (1, 1, 0, 1)
    assert shop.query("select profile_id, amount from {facts} where record_key = 'o9'")[0][0] is None
    assert not [value for value in HERS if value in shop.values()]
    assert "Anna again" not in shop.values()


def test_what_others_write_of_the_person_lands_without_its_text(shop: Shop) -> None:
    _erased(shop)
    told = "neighbour of Anna Zonderling, call her on 06 12345678"
    assert _landed(
        shop, "tickets", "july",
        row("t8", "2026-07-03", BART, said=told, grade="six"), row("t9", "2026-07-03", BART, said="all is well", grade="six"),
    ) == (2, 2, 0, 0)  # fmt: skip
    assert shop.loads[-1].texts_emptied == 1
    assert sorted(shop.query("select record_key, message from {facts} where record_key in ('t8', 't9')")) == [
        ("t8", None),
        ("t9", "all is well"),
    ]
    # Once she is back, others may write of her.
    assert _landed(shop, "forms", "new", row("f9", "2026-07-05", ANNA, form="account")) == (1, 1, 0, 0)
    assert _landed(shop, "tickets", "august", row("t7", "2026-07-06", BART, said=told, grade="six")) == (
        1,
        1,
        0,
        0,
    )
    assert shop.query("select message from {facts} where record_key = 't7'") == [(told,)]


def test_a_form_from_before_the_erasure_brings_nobody_back_and_one_of_a_later_day_does(shop: Shop) -> None:
    _erased(shop)
    assert _landed(shop, "forms", "late", row("f8", "2026-06-30", ANNA, form="contest")) == (1, 1, 0, 1)
    assert _landed(shop, "forms", "new", row("f9", "2026-07-05", ANNA, form="account")) == (1, 1, 0, 0)
    assert list(shop.loads[-1].tombstones_lifted) == ["1.1"]
    # From that day on she is a customer like others; what is dated before stays without her.
    assert _landed(shop, "orders", "july", row("o9", "2026-07-06", ANNA, total="5.00"), row("o8", "2026-06-29", ANNA, total="6.00")) == (
        2, 2, 0, 1,
    )  # fmt: skip
    assert _landed(shop, "bought", "old", row("b6", "2026-06-01", ANNA)) == (1, 0, 1, 0)


def test_a_consent_brings_the_person_back_and_a_refusal_counts_where_others_share_the_mailbox(
    shop: Shop,
) -> None:
    _erased(shop)
    assert _landed(
        shop, "consents", "july", row("c7", "2026-07-01", ANNA, act="withdraw", purpose="offers")
    ) == (1, 1, 0, 1)
    held = shop.query("""
        select email, given_name, phone from {profiles} where profile_id = (select max(profile_id) from {profiles})
    """)
    assert held == [(ANNA["mail"], None, None)]
    own_way = {
        "given": "Anna",
        "family": "Zonderling",
        "mail": " Anna@Zonder.example ",
        "house": "7 hs",
        "zip": "1234AB",
    }
    shop.deliver("consents", "own_way", row("c9", "2026-07-02", own_way, act="withdraw", purpose="offers"))
    shop.land()
    last = "{profiles} where profile_id = (select max(profile_id) from {profiles})"
    assert shop.query(f"select email, given_name from {last}") == [(ANNA["mail"], None)]
    assert _landed(
        shop, "consents", "august", row("c8", "2026-07-20", ANNA, act="grant", purpose="offers")
    ) == (1, 1, 0, 0)


def test_an_entry_of_a_suppression_list_lands_since_it_only_forbids(shop: Shop) -> None:
    _erased(shop)
    assert _landed(shop, "blocklist", "july", row("s9", "2026-07-01", {"tel": ANNA["tel"], "family": "Zonderling"})) == (
        1, 1, 0, 0,
    )  # fmt: skip


def test_a_broken_row_that_names_the_person_is_set_aside_without_its_text(shop: Shop) -> None:
    _erased(shop)
    assert _landed(shop, "orders", "july", row("o9", "", ANNA, total="50.00")) == (1, 0, 0, 0)
    assert "K700001" not in shop.values("torn")
    assert shop.retry("orders") == []


def test_the_same_files_read_again_bring_nothing_back(shop: Shop) -> None:
    _erased(shop)
    before = len(shop.loads)
    shop.land()
    assert len(shop.loads) == before
    again = shop.settings.sources / "files" / "orders" / "june.csv"
    again.write_text(again.read_text() + "\n", encoding="utf-8")  # another fingerprint, the same rows
    shop.land()
    assert (len(shop.loads), shop.loads[-1].rows_without_person) == (before + 1, 1)
    assert not [value for value in HERS if value in shop.values()]
