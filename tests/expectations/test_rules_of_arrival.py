"""The rules that follow from a feed's contract, its kind and its history, on loads that are right and wrong."""

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.contracts import Contract
from pipelines.expectations.arrival import pace, shrinkage, size
from pipelines.expectations.checking import check_freshness, check_load
from pipelines.expectations.reading import read_suite
from pipelines.expectations.results import sentence
from pipelines.expectations.running import Relation, run_suite
from pipelines.landing.columns import facts_columns, profile_columns
from pipelines.settings import EXPECTATIONS
from pipelines.warehouse.places import Places

AS_OF = date(2026, 6, 30)
REQUIRED = {
    "sales": {"o": "order_id", "a": "amount"},
    "newsletter_events": {"e": "event_type"},
    "support_tickets": {"t": "ticket_id"},
    "consents": {"c": "consent_action", "p": "purpose"},
    "list_prospects": {"l": "list_name"},
    "suppressions": {"r": "reason"},
    "exchange_rates": {"c": "currency", "r": "rate"},
}


def contract(kind: str, **more: object) -> Contract:
    return Contract.model_validate(
        {
            "feed": "tested",
            "kind": kind,
            "description": "A feed for tests.",
            "owner": "team:data",
            "files": {"glob": "*.csv", "format": "csv"},
            "key": ["k"],
            "event_time": {"column": "w"},
            "freshness": {"warn_after": "48h", "error_after": "7d"},
            "columns": REQUIRED[kind],
            **more,
        }
    )


def stage(folder: Path, kind: str, rows: int = 100, profiles: int = 100, **values: str) -> Path:
    """A staged load of so many rows; `values` are SQL expressions over i, 1 to `rows`; all other columns are empty."""
    usual = {
        "row_number": "i",
        "record_key": "'k' || i",
        "event_at": "timestamp '2026-06-01 12:00:00'",
        "profile_id": "i",
        "unreadable": "[]",
        "currency": "'EUR'" if kind == "exchange_rates" else "null",
        "rate": "1",
    }
    for name, columns, count in (
        ("facts", facts_columns(kind), rows),
        ("profiles", profile_columns(), profiles),
    ):
        chosen = ", ".join(
            f"cast({values.get(column, usual.get(column, 'null'))} as {sql_type}) as {column}"
            for column, sql_type in columns.items()
        )
        duckdb.connect().execute(
            f"copy (select {chosen} from range(1, {count} + 1) as numbers (i)) to '{folder / name}.parquet'"
        )
    return folder / "facts.parquet"


def broken(folder: Path, kind: str, facts: Path, delivered: int = 100, previous=(), newest=(), **more):
    """(severity, rule) of the rules that the load breaks."""
    results = check_load(
        contract(kind, **more),
        facts,
        rows_delivered=delivered,
        previous_row_counts=previous,
        previous_newest_events=newest,
        newest_event_at=datetime(2026, 6, 1, 12),
        as_of=AS_OF,
        base_currency="EUR",
        places=Places(folder),
    )
    assert not [result for result in results if result.problem]
    return [(result.severity, result.rule) for result in results if not result.success]


def errors(*args, **more) -> list[str]:
    return [rule for severity, rule in broken(*args, **more) if severity == "error"]


GOOD = {
    "sales": {"order_id": "'o' || i", "amount": "i", "product_id": "'p' || i", "currency": "'EUR'"},
    "newsletter_events": {"event_type": "'open'"},
    "support_tickets": {"ticket_id": "'t'", "satisfaction_score": "1 + i % 5", "ticket_status": "'open'"},
    "suppressions": {"reason": "'own_request'"},
    "consents": {"consent_action": "'grant'", "purpose": "'offers'", "wording_version": "'v1'"},
    "list_prospects": {"list_name": "'families'", "email": "'x'", "email_clean": "'x'"},
    "exchange_rates": {"base_currency": "'EUR'"},
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_load_that_is_right_breaks_nothing(tmp_path, kind):
    assert broken(tmp_path, kind, stage(tmp_path, kind, **GOOD[kind])) == []


WRONG = [
    ("sales", {"amount": "i * 1000000"}, "amount of at most 100,000"),
    ("sales", {"line_type": "'Verkauf'"}, "line types are sale or return"),
    ("sales", {"line_type": "'sale'", "amount": "-i"}, "the sign of their line type"),
    ("sales", {"currency": "'euro'"}, "currencies are three capital letters"),
    ("sales", {"event_at": "timestamp '2026-12-06 12:00:00'"}, "happened by 2026-06-30"),
    ("sales", {"event_at": "timestamp '0026-12-06 12:00:00'"}, "dated 1990 or later"),
    ("sales", {"event_at": "if(i = 1, null, timestamp '2026-06-01')"}, "every row has an event time"),
    ("sales", {"unreadable": "['quantity']"}, "texts in quantity can be read"),
    ("sales", {"coupon_code": "'a.b@example.org'"}, "filled with e-mail addresses"),
    (
        "newsletter_events",
        {"event_type": "if(i > 49, 'Kerkstraat', 'open')"},
        "half of the words in event_type are known",
    ),
    ("newsletter_events", {"profile_id": "if(i > 40, null, i)"}, "at least half of the events say whose"),
    ("support_tickets", {"satisfaction_score": "i % 11"}, "satisfaction scores are 1 to 5"),
    (
        "consents",
        {"consent_action": "if(i > 49, 'X1', 'grant')"},
        "half of the words in consent_action are known",
    ),
    ("list_prospects", {"email": "'x'", "email_clean": "null"}, "e-mail addresses are addresses"),
    ("list_prospects", {"full_name": "'jan@example.org'"}, "no column of names"),
    ("exchange_rates", {"currency": "'SEK'", "rate": "if(i = 1, 0, 11)"}, "a rate is above 0"),
    ("exchange_rates", {"rate": "2"}, "a currency counts once in itself"),
]


@pytest.mark.parametrize(("kind", "wrong", "rule"), WRONG)
def test_a_file_not_to_be_believed_is_held_for_one_reason(tmp_path, kind, wrong, rule):
    (found,) = errors(tmp_path, kind, stage(tmp_path, kind, **{**GOOD[kind], **wrong}))
    assert rule in found


@pytest.mark.parametrize(
    ("kind", "doubtful", "rule"),
    [
        ("sales", {"record_key": "'k' || greatest(i, 2)"}, "no record key stands twice"),
        ("sales", {"amount": "if(i = 1, 200000, i)"}, "amount of at most 100,000"),
        ("sales", {"quantity": "-1"}, "a negative quantity stands only on a return"),
        (
            "sales",
            {"quantity": "2", "unit_price": "7.77"},
            "an amount is quantity x unit price less discount",
        ),
        (
            "sales",
            {"event_at": "if(i = 1, timestamp '2026-07-01', timestamp '2026-06-30 23:59:59')"},
            "nothing hap",
        ),
        ("support_tickets", {"satisfaction_score": "if(i = 1, 6, 5)"}, "a satisfaction score is 1"),
        ("consents", {"channel": "'mail'"}, "a channel is email, sms, phone, post or ads"),
    ],
)
def test_a_doubt_is_a_warning_and_no_more(tmp_path, kind, doubtful, rule):
    found = broken(tmp_path, kind, stage(tmp_path, kind, **{**GOOD[kind], **doubtful}))
    assert [severity for severity, _ in found] == ["warning"]
    assert rule in found[0][1]


def test_one_bad_row_of_a_small_file_holds_nothing(tmp_path):
    wrong = {
        **GOOD["sales"],
        "line_type": "'Verkauf'",
        "unreadable": "['quantity']",
        "event_at": "timestamp '2027-01-01'",
    }
    facts = stage(tmp_path, "sales", rows=3, profiles=3, **wrong)
    assert errors(tmp_path, "sales", facts, delivered=5) == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("newsletter_events", {"event_type": "if(i = 1, 'opend', 'Delivered')"}),
        ("newsletter_events", {"event_type": "if(i > 50, 'opend', 'deferred')"}),
        ("consents", {"consent_action": "if(i = 1, 'X1', 'confirm')"}),
        ("consents", {"consent_action": "'withdraw'", "channel": "if(i = 1, 'pigeon', 'e-mail')"}),
        ("suppressions", {"channel": "if(i = 1, 'pigeon', null)"}),
    ],
)
@pytest.mark.parametrize("rows", [4, 100])
def test_words_that_are_unknown_or_neutral_hold_nothing_as_long_as_they_are_not_most(
    tmp_path, kind, words, rows
):
    facts = stage(tmp_path, kind, rows=rows, profiles=rows, **{**GOOD[kind], **words})
    assert errors(tmp_path, kind, facts, delivered=rows) == []


def test_a_file_of_which_too_much_is_set_aside_is_held(tmp_path):
    facts = stage(tmp_path, "sales", rows=80, **GOOD["sales"])
    assert errors(tmp_path, "sales", facts, delivered=100) == []
    assert errors(tmp_path, "sales", facts, delivered=101) == [
        "at least 80% of the 101 rows delivered can be used"
    ]


def test_a_file_of_which_nothing_can_be_used_is_held(tmp_path):
    facts = stage(tmp_path, "sales", rows=0, profiles=0, **GOOD["sales"])
    assert errors(tmp_path, "sales", facts, delivered=100) == [
        "at least 80% of the 100 rows delivered can be used"
    ]
    assert errors(tmp_path, "sales", facts, delivered=0) == []


def test_keys_that_landing_has_counted_are_not_sorted_again_and_the_rule_stays(tmp_path):
    facts = stage(tmp_path, "sales", **GOOD["sales"])
    given = {
        "rows_delivered": 100,
        "previous_row_counts": (),
        "as_of": AS_OF,
        "base_currency": "EUR",
    }
    scanned, counted = (
        check_load(contract("sales"), facts, **given, places=Places(tmp_path), keys_differ=keys_differ)
        for keys_differ in (False, True)
    )
    assert [(one.rule, one.success) for one in scanned] == [(one.rule, one.success) for one in counted]
    assert "expect_column_values_to_be_unique" in {one.expectation for one in scanned}
    assert "expect_column_values_to_be_unique" not in {one.expectation for one in counted}


SNAPSHOT = {"delivery": "snapshot", "snapshot_date": {"filename": "%Y%m%d.csv"}}


@pytest.mark.parametrize(
    ("previous", "found"),
    [
        ((100, 90), []),
        ((100, 90, 110), []),
        ((300, 290, 310), []),
        ((301, 304, 310), [("warning", "there are 101 to 912 rows (usual: 304)")]),
        ((9, 9, 10), [("warning", "there are 3 to 27 rows (usual: 9)")]),
        ((9, 9, 9, *[100] * 12), []),
        (
            (505, 505, 505),
            [
                ("warning", "there are 168 to 1,515 rows (usual: 505)"),
                ("error", "a complete list has at least 101 rows (a fifth of what is usual)"),
            ],
        ),
    ],
)
def test_a_complete_list_of_unusual_length_is_a_warning_and_held_when_most_is_missing(
    tmp_path, previous, found
):
    facts = stage(tmp_path, "list_prospects", **GOOD["list_prospects"])
    assert broken(tmp_path, "list_prospects", facts, previous=previous, **SNAPSHOT) == found


MONTHS = [datetime(2026, month, 1) for month in (1, 2, 3, 4, 5)]


@pytest.mark.parametrize(
    ("previous", "newest", "bounds"),
    [
        ([], datetime(2026, 6, 1), None),
        ([(1000, MONTHS[0]), (310, MONTHS[1]), (280, MONTHS[2])], datetime(2026, 4, 1), None),
        # ten rows a day in January, February and March, whatever the history before them held
        (
            [(9999, MONTHS[0]), (310, MONTHS[1]), (280, MONTHS[2]), (310, MONTHS[3])],
            datetime(2026, 4, 11),
            (33, 300),
        ),
        ([(9999, MONTHS[0]), (310, MONTHS[1]), (280, MONTHS[2]), (310, MONTHS[3])], MONTHS[3], None),
        ([(9999, MONTHS[0]), (310, MONTHS[1]), (280, MONTHS[2]), (310, MONTHS[3])], None, None),
        # corrections in between bring nothing newer and count for nothing
        (
            [
                (9999, MONTHS[0]),
                (310, MONTHS[1]),
                (7, MONTHS[0]),
                (280, MONTHS[2]),
                (5, None),
                (310, MONTHS[3]),
            ],
            datetime(2026, 4, 2),
            (3, 30),
        ),
    ],
)
def test_rows_a_day_say_what_is_usual_in_an_append_feed(previous, newest, bounds):
    rules = pace(previous, newest)
    assert [(rule.arguments["min_value"], rule.arguments["max_value"]) for rule in rules] == (
        [bounds] if bounds else []
    )
    assert {rule.severity for rule in rules} <= {"warning"}


def test_a_load_with_an_unusual_pace_is_a_warning(tmp_path):
    facts = stage(tmp_path, "sales", **GOOD["sales"])
    newest = tuple(datetime(2026, 5, day, 12) for day in (1, 11, 21, 31))
    for rows, found in ((900, []), (3100, ["there are 103 to 930 rows (usual: 310.0 a day, in 1.0 days)"])):
        assert broken(tmp_path, "sales", facts, previous=(rows,) * 4, newest=newest) == [
            ("warning", rule) for rule in found
        ]


def test_what_is_usual_needs_three_loads_and_what_is_missing_one():
    assert size([10, 10]) == []
    assert shrinkage([], "list_prospects") == []
    assert [rule.severity for rule in size([10, 10, 10])] == ["warning"]
    assert [rule.severity for rule in shrinkage([10, 10, 10], "list_prospects")] == ["error"]


@pytest.mark.parametrize(
    ("kind", "usual", "fewest"),
    [
        ("list_prospects", 100, 20),
        ("list_prospects", 12, 3),
        ("list_prospects", 4, 1),
        ("list_prospects", 2, 0),
        # What is missing from a list of refusals may be contacted again.
        ("suppressions", 100, 50),
        ("suppressions", 5, 3),
        ("suppressions", 4, 2),
        ("suppressions", 3, 1),
        ("suppressions", 2, 0),
        ("consents", 4, 2),
    ],
)
def test_a_list_that_lost_three_entries_and_more_than_its_share_is_held(kind, usual, fewest):
    assert [rule.arguments["min_value"] for rule in shrinkage([usual], kind)] == [fewest]


@pytest.mark.parametrize(
    ("newest", "found"),
    [
        ("2026-06-29 00:00:00", []),
        ("2026-06-28 23:59:59", ["warning"]),
        ("2026-06-24 00:00:00", ["warning"]),
        ("2026-06-23 23:59:59", ["error", "warning"]),
        (None, ["error", "warning"]),
    ],
)
def test_a_feed_is_as_fresh_as_its_newest_event_that_is_read(tmp_path, newest, found):
    loads = tmp_path / "loads.parquet"
    time = f"timestamp '{newest}'" if newest else "null::timestamp"
    duckdb.connect().execute(f"""
        copy (
            select 'tested' as feed, true as is_read, {time} as newest_event_at
            union all select 'tested', true, timestamp '2020-01-01' where {newest is not None}
            union all select 'tested', false, timestamp '2026-06-30'
            union all select 'other', true, timestamp '2026-06-30'
        ) to '{loads}'
    """)
    results = check_freshness(contract("sales"), loads, as_of=AS_OF, places=Places(tmp_path))
    assert [result.severity for result in results if not result.success] == found
    assert [result.rule for result in results] == [
        "the newest event is at most 7 days older than the end of 2026-06-30",
        "the newest event is at most 48 hours older than the end of 2026-06-30",
    ]


def test_of_a_feed_with_much_in_quarantine_only_the_loads_that_have_some_still_are_named(tmp_path):
    loads = tmp_path / "source_quality.parquet"
    duckdb.connect().execute(f"""
        copy (
            select i as load_number, 'shop' as feed, 'accepted' as status, date '2026-06-30' as as_of,
                10 as rows_read, if(i = 5, 8, 0) as rows_quarantined, []::varchar[] as rules_failed
            from range(1, 6) as numbers (i)
            union all
            select 6, 'till', 'dropped', date '2026-06-30', 10, 8, []
        ) to '{loads}'
    """)
    suite = read_suite(EXPECTATIONS / "marts" / "source_quality.yml")
    results = run_suite(suite, Relation.parquet(loads), parameters={"as_of": AS_OF}, places=Places(tmp_path))
    assert [sentence(result) for result in results if not result.success] == [
        "1 of 6 rows breaks 'of no feed more than 5% of the rows are in quarantine' (load_number 5)"
    ]
