"""What refuses is kept beside its load from the first moment, whatever becomes of row, load, contract and run."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.contracts import read_contracts
from pipelines.errors import StamgastError
from pipelines.landing.committing import Verdict
from pipelines.landing.dropping import drop
from pipelines.landing.feeds import refuse_without_contract
from pipelines.landing.loads import read_loads
from pipelines.landing.refusals import half_landed, refusal_files
from pipelines.privacy.index import write_index
from tests.landing.conftest import Company

CONSENTS: dict[str, Any] = {
    "feed": "consents",
    "kind": "consents",
    "description": "Preference centre.",
    "owner": "team:privacy",
    "files": {"glob": "files/*.csv", "format": "csv", "delimiter": ";"},
    "key": ["id"],
    "event_time": {"column": "when", "format": "%d-%m-%Y %H:%M", "timezone": "Europe/Amsterdam"},
    "freshness": {"warn_after": "2d", "error_after": "7d"},
    "columns": {
        "id": "record_key",
        "action": "consent_action",
        "purpose": "purpose",
        "channel": "channel",
        "mail": "email",
        "number": "customer_number",
    },
}
HEADER = "id;when;action;purpose;channel;mail;number"
EVENTS: dict[str, Any] = {
    "feed": "events",
    "kind": "newsletter_events",
    "description": "Sending service.",
    "owner": "team:crm",
    "files": {"glob": "files/*.jsonl", "format": "jsonl"},
    "key": ["id"],
    "event_time": {"column": "at"},
    "freshness": {"warn_after": "2d", "error_after": "7d"},
    "columns": {"id": "record_key", "event": "event_type", "mail": "email", "link": "link_url"},
    "permission": {"purpose": "news", "channels": ["email"], "basis": "consent"},
}


@pytest.fixture
def office(company: Company) -> Company:
    """The company with its preference centre."""
    company.contract = dict(CONSENTS)
    return company


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("jÃ¼rgen@mÃ¼ller.example", "jürgen@müller.example"),
        ("zoÃ«@post.example", "zoë@post.example"),
        ("Ã…sa@post.example", "åsa@post.example"),
        ("café@post.example", "café@post.example"),
        ("Âme@post.example", "âme@post.example"),
    ],
)
def test_a_refusal_whose_utf_8_was_read_as_windows_1252_is_read_as_meant(
    office: Company, sent: str, meant: str
) -> None:
    for name, address in (("a.csv", sent), ("b.csv", meant)):
        office.deliver(name, f"{HEADER}\n{name};01-06-2026 12:00;withdraw;news;email;{address};\n")
    office.land()
    (one, other) = _refusals(office, "email_keys")
    assert one == other != ([],)


def _refusals(company: Company, columns: str) -> list[tuple[Any, ...]]:
    files = [str(path) for path in refusal_files(company.settings.places)]
    with duckdb.connect() as connection:
        return connection.execute(
            f"select {columns} from read_parquet({files}) order by load_number, row_number"
        ).fetchall()


def _deliver(company: Company, *rows: str, name: str = "c.csv") -> Path:
    return company.deliver(name, "\n".join((HEADER, *rows)) + "\n")


def hold(_: Any) -> Verdict:
    """Believes no load."""
    return Verdict(failed=["no"])


def test_what_is_a_known_grant_is_no_refusal_in_whatever_case_and_everything_else_is_one(
    office: Company,
) -> None:
    _deliver(
        office,
        "1;01-06-2026 10:00;grant;news;email;a@x.example;",
        "2;01-06-2026 10:00;GRANT;news;email;b@x.example;",
        "3;01-06-2026 10:00;Opt-Out;news;email;c@x.example;",
        "4;01-06-2026 10:00;gibberish;news;email;d@x.example;",
        "5;01-06-2026 10:00;;news;email;e@x.example;",
    )
    office.land()
    assert _refusals(office, "record_key, said, email_keys") == [
        ("3", "Opt-Out", ["c@x.example"]),
        ("4", "gibberish", ["d@x.example"]),
        ("5", None, ["e@x.example"]),
    ]


def test_a_row_in_quarantine_refuses_from_the_day_it_came(office: Company) -> None:
    _deliver(
        office,
        "1;never;withdraw;news;email;a@x.example;",
        ";01-06-2026 10:00;withdraw;news;email;b@x.example;",
        "3;01-06-2026 10:00;withdraw;news;email;c@x.example",
        "4;01-06-2026 10:00;withdraw;news;news;email;d@x.example;77",
    )
    (load,) = office.land().loads
    assert (load.rows_accepted, load.rows_quarantined, load.refusals) == (0, 4, 4)
    assert _refusals(
        office, "row_number, record_key, event_at is null, email_keys, delivered_on::varchar"
    ) == [
        (1, "1", True, ["a@x.example"], "2026-06-30"),
        (2, None, False, ["b@x.example"], "2026-06-30"),
        (3, "3", True, ["c@x.example"], "2026-06-30"),
        (4, "4", True, ["d@x.example"], "2026-06-30"),
    ]


def test_a_day_without_a_time_is_told_from_midnight(office: Company) -> None:
    office.change(event_time={"column": "when", "format": ["%d-%m-%Y", "%d-%m-%Y %H:%M"]})
    _deliver(
        office,
        "1;01-06-2026;withdraw;news;email;a@x.example;",
        "2;01-06-2026 00:00;withdraw;news;email;b@x.example;",
        "3;2026-06-01;withdraw;news;email;c@x.example;",
        "4;2026-06-01T00:00:00Z;withdraw;news;email;d@x.example;",
    )
    office.land()
    assert _refusals(office, "is_day") == [(True,), (False,), (True,), (False,)]


def test_held_and_dropped_loads_keep_what_refuses(office: Company) -> None:
    _deliver(office, "1;01-06-2026 10:00;withdraw;news;email;a@x.example;")
    office.land(hold)
    drop(office.settings.places, 1)
    assert _refusals(office, "record_key") == [("1",)]


def test_a_snapshot_without_a_usable_row_is_refused_and_refuses_all_the_same(office: Company) -> None:
    office.change(delivery="snapshot", snapshot_date={"filename": "c%Y%m%d.csv"})
    _deliver(office, ";01-06-2026 10:00;withdraw;news;email;a@x.example;", name="c20260601.csv")
    landing = office.land()
    assert not landing.loads and len(landing.refusals) == 1
    assert _refusals(office, "email_keys") == [(["a@x.example"],)]


def test_what_died_between_refusals_and_load_refuses_and_is_replaced_by_the_next_try(office: Company) -> None:
    def die(_: Any) -> Verdict:
        raise KeyboardInterrupt

    _deliver(office, "1;01-06-2026 10:00;withdraw;news;email;a@x.example;")
    with pytest.raises(KeyboardInterrupt):
        office.land(die)
    places = office.settings.places
    assert read_loads(places) == [] and len(half_landed(places)) == 1
    assert _refusals(office, "load_number, record_key") == [(1, "1")]
    (load,) = office.land().loads
    # The number of the first try is not given again.
    assert load.load_number == 2 and half_landed(places) == []
    assert _refusals(office, "load_number, record_key") == [(2, "1")]


def test_rows_out_of_quarantine_refuse_from_their_first_delivery_only(office: Company) -> None:
    office.change(event_time={"column": "when", "format": "%d/%m/%Y"})
    _deliver(office, "1;01-06-2026 10:00;withdraw;news;email;a@x.example;")
    office.land()
    office.change(event_time=CONSENTS["event_time"])
    assert [load.refusals for load in office.retry()] == [None]
    assert len(_refusals(office, "record_key")) == 1


def test_a_load_without_its_refusals_stops_the_run_with_a_sentence(office: Company) -> None:
    _deliver(office, "1;01-06-2026 10:00;withdraw;news;email;a@x.example;")
    office.land()
    refusal_files(office.settings.places)[0].unlink()
    with pytest.raises(StamgastError, match=r"load 1 of consents lacks refusals\.parquet"):
        write_index(office.settings.places, read_contracts(office.settings.sources), office.as_of)


def test_loads_without_contract_are_an_error_that_says_how_to_retire_a_feed(office: Company) -> None:
    _deliver(office, "1;01-06-2026 10:00;withdraw;news;email;a@x.example;")
    office.land()
    places = office.settings.places
    with pytest.raises(StamgastError, match=r"consents \(1 load\); put the contract back .* retired: true"):
        refuse_without_contract(places, [])
    office.change(retired=True)
    _deliver(office, "2;01-06-2026 10:00;withdraw;news;email;b@x.example;", name="later.csv")
    assert office.land().loads == []
    refuse_without_contract(places, read_contracts(office.settings.sources))


def test_a_refusal_that_names_nobody_readable_is_counted(office: Company) -> None:
    _deliver(
        office,
        "1;01-06-2026 10:00;withdraw;news;email;a(at)x;",
        "2;01-06-2026 10:00;withdraw;news;email;;77.0",
        "3;01-06-2026 10:00;withdraw;news;email;;",
    )
    (load,) = office.land().loads
    assert (load.refusals, load.refusals_unreadable, load.acknowledged) == (3, 2, False)


def test_words_of_the_services_get_the_spelling_of_the_kind_in_facts_too(company: Company) -> None:
    company.contract = dict(EVENTS)
    words = ["Subscribe", "opened", "Hard-Bounce", "group_unsubscribe", "spamreport", "whatever"]
    company.deliver(
        "e.jsonl",
        "".join(
            json.dumps(
                {
                    "id": str(place),
                    "at": "2026-06-01T10:00:00Z",
                    "event": word,
                    "mail": "a@x.example",
                    "link": None,
                }
            )
            + "\n"
            for place, word in enumerate(words)
        ),
    )
    (load,) = company.land().loads
    facts = load.folder(company.settings.places) / "facts.parquet"
    with duckdb.connect() as connection:
        found = connection.execute(f"select event_type from '{facts}' order by row_number").fetchall()
    assert [word for (word,) in found] == [
        "subscribe",
        "open",
        "hard_bounce",
        "unsubscribe",
        "complaint",
        "whatever",
    ]
    assert _refusals(company, "word, purpose, channel") == [
        (word, "news", "email") for word in ("Hard-Bounce", "group_unsubscribe", "spamreport", "whatever")
    ]


def test_a_damaged_line_of_json_refuses_by_the_word_and_the_address_in_it(company: Company) -> None:
    company.contract = dict(EVENTS)
    company.deliver(
        "e.jsonl",
        '{"id": "1", "at": "2026-06-01T10:00:00Z", "event": "unsubscribe", "mail": "a@x.example", "link": nu\n'
        '{"id": "2", "at": "2026-06-01T10:00:00Z", "event": "open", "mail": "b@x.example", "link": nu\n'
        '{"id": "3", "at": "2026-06-01T10:00:00Z", "event": "open", "mail": "c@x.example", "link": null}\n',
    )
    company.land()
    assert _refusals(company, "said, email_keys") == [("unsubscribe", ["a@x.example"])]


def test_a_key_that_no_object_has_is_what_a_missing_column_is_in_csv(company: Company) -> None:
    company.contract = CONSENTS | {
        "files": {"glob": "files/*.jsonl", "format": "jsonl"},
        "event_time": {"column": "when"},
    }
    row = {
        "id": "1",
        "when": "2026-06-01T10:00:00Z",
        "action": "grant",
        "purpose": "news",
        "mail": "a@x.example",
        "number": None,
    }
    company.deliver("a.jsonl", json.dumps(row | {"Channel": "email"}) + "\n")
    company.deliver("b.jsonl", json.dumps(row) + "\n")
    reasons = [refusal.reason for refusal in company.land().refusals]
    assert reasons == [
        "no object of the file has the key channel; it has Channel; correct columns: in the contract or the file",
        "no object of the file has the key channel; correct columns: in the contract or the file",
    ]


def test_a_grant_whose_object_lacks_the_channel_is_of_no_channel_and_an_empty_one_of_all(
    company: Company,
) -> None:
    company.contract = CONSENTS | {
        "files": {"glob": "files/*.jsonl", "format": "jsonl"},
        "event_time": {"column": "when"},
    }
    row = {
        "id": "1",
        "when": "2026-06-01T10:00:00Z",
        "action": "grant",
        "purpose": "news",
        "mail": "a@x.example",
    }
    lines = [
        row | {"channel": "email"},
        row | {"id": "2"},
        row | {"id": "3", "channel": None},
        row | {"id": "4", "channel": ""},
    ]
    company.deliver("a.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    (load,) = company.land().loads
    facts = load.folder(company.settings.places) / "facts.parquet"
    with duckdb.connect() as connection:
        found = connection.execute(f"select channel from '{facts}' order by row_number").fetchall()
    assert found == [("email",), ("(no such key)",), (None,), (None,)]


def test_a_code_that_a_contract_translates_to_nothing_makes_a_row_no_entry(company: Company) -> None:
    company.contract = CONSENTS | {
        "feed": "optouts",
        "kind": "suppressions",
        "columns": {
            "id": ["record_key", "record_id"],
            "mail": "email",
            "action": {"to": "reason", "values": {"0": "", "No": "", "1": "own_request"}},
        },
    }
    _deliver(
        company,
        "1;01-06-2026 10:00;0;;;a@x.example;",
        "2;01-06-2026 10:00;1;;;b@x.example;",
        "3;01-06-2026 10:00;NO;;;c@x.example;",
        "4;01-06-2026 10:00;;;;d@x.example;",
    )
    company.land()
    assert _refusals(company, "email_keys[1], reason") == [
        ("b@x.example", "own_request"),
        ("d@x.example", None),
    ]


def test_a_date_that_systems_write_for_none_and_a_year_of_two_digits_cannot_be_read(office: Company) -> None:
    office.change(event_time={"column": "when", "format": ["%d/%m/%Y", "%d/%m/%Y %H:%M"]})
    dates = [
        "10/05/26",
        "05/10/26 09:00",
        "1970-01-01T00:00:00Z",
        "1900-01-01",
        "0001-01-01T00:00:00",
        "10/05/2026",
    ]
    _deliver(
        office, *(f"{place};{when};withdraw;news;email;a@x.example;" for place, when in enumerate(dates))
    )
    office.land()
    assert _refusals(office, "event_at is null") == [(True,)] * 5 + [(False,)]


def _wide(typed: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) for sign in typed)


def test_where_cells_have_moved_no_date_is_believed_and_the_address_is_found(office: Company) -> None:
    _deliver(
        office,
        # A cell too few, one too many, and one too many of which the last is empty, which the reader lets pass.
        "1;01-06-2026 10:00;withdraw;news;email;a@x.example",
        "2;01-06-2026 10:00;withdraw;news;news;email;b@x.example;7",
        "3;01-06-2026 10:00;withdraw;news;news;email;c@x.example;",
        # The same in signs of full width.
        f"4;01-06-2026 10:00;withdraw;news;news;email;{_wide('d@x.example')};",
        f"5;01-06-2026 10:00;withdraw;news;news;email;{_wide('e@x.example')};7",
    )
    office.land()
    found = _refusals(office, "event_at is null, email_keys")
    assert found == [(True, [f"{letter}@x.example"]) for letter in "abcde"]


def test_times_with_the_name_of_a_zone_are_read_and_do_not_stop_the_next_day(office: Company) -> None:
    office.change(event_time={"column": "when", "format": "%a, %d %b %Y %H:%M:%S %Z"})
    _deliver(office, "1;Mon, 01 Jun 2026 10:00:00 UTC;withdraw;news;email;a@x.example;")
    (load,) = office.land().loads
    assert load.last_event_at is not None and load.last_event_at.tzinfo is None
    assert _refusals(office, "event_at::varchar") == [("2026-06-01 10:00:00",)]


def test_the_empty_cell_is_a_code_like_others(office: Company) -> None:
    columns = CONSENTS["columns"] | {
        "action": {"to": "consent_action", "values": {"": "", "TRUE": "withdraw"}}
    }
    office.change(columns=columns)
    _deliver(
        office,
        "1;01-06-2026 10:00;;news;email;a@x.example;",
        "2;01-06-2026 10:00;TRUE;news;email;b@x.example;",
        "3;01-06-2026 10:00;FALSE;news;email;c@x.example;",
    )
    office.land()
    assert _refusals(office, "record_key, said") == [("2", "withdraw"), ("3", "FALSE")]
