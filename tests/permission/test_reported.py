"""What a run says of refusals: named by feed and word, and never with what may be somebody's."""

import re

from pipelines.landing.loads import read_loads
from pipelines.landing.refusals_reported import refusal_messages, unreadable_refusal_messages
from tests.permission.company import Built


def test_words_that_nobody_knows_are_named_with_feed_and_count(built: Built) -> None:
    sentences = [one for one in refusal_messages(built.places) if "nobody knows what these words say" in one]
    assert any(one.startswith("login_consents: ") and "'xyzzy' (" in one for one in sentences), sentences
    assert any("(empty)" in one for one in sentences)


def test_what_a_refusal_names_wrongly_and_whom_it_does_not_find_is_counted(built: Built) -> None:
    sentences = refusal_messages(built.places)
    for part in (
        "a channel that nobody knows, which stands for every channel",
        "a purpose that nobody knows, which stands for every marketing purpose",
        "nobody that is known",
        "entries that left the list since the snapshot before",
        "grants for a channel that nobody knows",
        "grants for several purposes in one cell",
    ):
        assert any(part in one for one in sentences), (part, sentences)


def test_whom_nothing_but_a_refusal_was_ever_said_of_is_nobody_known(built: Built) -> None:
    (load,) = [one for one in read_loads(built.places) if "_strangers" in one.file and one.feed == "mailings"]
    counts = built.query(f"""
        select refusals_standing_count, refusals_unmet_count from scratch.intermediate.int_loads_refusing
        where load_number = {load.load_number}
    """)
    assert counts == [(5, 3)]


def test_a_list_entry_about_somebody_unknown_is_about_nobody_known(built: Built) -> None:
    (load,) = [
        one for one in read_loads(built.places) if "_strangers" in one.file and one.feed == "suppressions"
    ]
    counts = built.query(f"""
        select refusals_standing_count, refusals_unmet_count from scratch.intermediate.int_loads_refusing
        where load_number = {load.load_number}
    """)
    assert counts == [(2, 1)]


def test_no_sentence_holds_an_address_or_a_number(built: Built) -> None:
    for sentence in refusal_messages(built.places):
        assert "@" not in sentence and ".example" not in sentence and "+316" not in sentence


def test_refusals_that_name_nobody_readable_are_said_with_load_and_rows(built: Built) -> None:
    loads = read_loads(built.places)
    sentences = unreadable_refusal_messages(built.places, loads)
    assert sentences
    for sentence in sentences:
        assert re.search(
            r"in files/\S+ \(load \d+, rows? \d+(, \d+)*(, \.\.\.)?\), and exports wait", sentence
        ), sentence
