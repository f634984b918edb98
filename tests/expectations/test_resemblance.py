"""A load beside the last ones of its feed: what no busy day explains is an error, what one does is none."""

import json
import math
from datetime import datetime

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts import Contract
from pipelines.expectations.load_check import _days_covered
from pipelines.expectations.resemblance import (
    DAYS_NEEDED,
    Earlier,
    resemblance,
    stability_index,
    uniqueness,
)
from pipelines.landing.statistics import OTHER, Statistics, measure

MONTH, DAY = 30.0, 1.0


def load(rows=1000, email=900, amount=100.0, mix=None, distinct=None) -> Statistics:
    """A load of so many rows and e-mail addresses, amounts around `amount`, and a mix of event types."""
    place = round(4 * math.log2(amount))
    return Statistics(
        rows=rows,
        distinct_keys=rows if distinct is None else distinct,
        filled={"email": email, "coupon_code": rows // 50},
        magnitudes={"amount": {place - 4: rows // 4, place: rows // 2, place + 4: rows // 4}},
        codes={"event_type": mix or {"send": rows * 7 // 10, "open": rows * 2 // 10, "click": rows // 10}},
    )


def found(now, earlier, days=MONTH, snapshot=False, period=MONTH):
    """(severity, column) of the broken rules."""
    rules = resemblance(now, days, [Earlier(one, period) for one in earlier], snapshot)
    broken = []
    for rule in rules:
        low, high = rule.arguments.get("min_value", -math.inf), rule.arguments.get("max_value", math.inf)
        if not low <= rule.arguments["measured"] <= high:
            broken.append((rule.severity, rule.arguments["column"]))
    return sorted(broken)


USUAL = [load(email=880), load(email=900, amount=110), load(email=905), load(rows=1200, email=1100)]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (load(), []),
        (load(rows=40, email=34), []),
        (load(email=0), ["error", "warning"]),
        (load(rows=12, email=0), ["error", "warning"]),
        (load(rows=4, email=0), []),  # one in ten thousand, too often for a rule that runs every day
        (load(email=700), ["warning"]),
        (load(amount=10_000), ["error", "warning"]),
        (load(amount=0.1), ["error", "warning"]),
        (load(amount=260), ["warning"]),
        (load(amount=150), []),
        (load(rows=16, email=14, amount=10_000), []),  # too few amounts to tell
        (load(mix={"bounce": 600, "send": 300, "open": 100}), ["error", "warning"]),
        (load(mix={"send": 500, "open": 350, "click": 150}), []),
        (load(rows=30, email=27, mix={"bounce": 30}), []),
    ],
)
def test_what_is_unusual_is_an_error_only_when_nothing_harmless_explains_it(now, expected):
    assert [severity for severity, _ in found(now, USUAL)] == expected


def test_a_column_that_is_mostly_empty_may_be_empty_for_once():
    now = load().model_copy(update={"filled": {"email": 900, "coupon_code": 0}})
    assert ("error", "coupon_code") not in found(now, USUAL)


def test_one_earlier_load_is_enough_for_a_column_turned_null_and_more_is_asked_of_amounts_and_mixes():
    assert [column for severity, column in found(load(email=0), USUAL[:1]) if severity == "error"] == [
        "email"
    ]
    assert found(load(), []) == []
    assert found(load(amount=700), USUAL[:1]) == [("warning", "amount")]
    assert ("error", "amount") in found(load(amount=700), USUAL)


def test_a_day_is_compared_with_days_once_there_are_two_weeks_of_them():
    quiet = load(rows=300, email=290, mix={"open": 200, "click": 100})
    assert found(quiet, USUAL, days=DAY) == []
    sent = [load() for _ in range(DAYS_NEEDED)]
    assert ("error", "event_type") in found(quiet, sent, days=DAY, period=DAY)
    assert found(quiet, [*sent, quiet], days=DAY, period=DAY) == []
    # A column that is never empty is watched from the first day.
    never_empty = [load(email=1000) for _ in range(3)]
    assert ("error", "email") in found(load(rows=50, email=0), never_empty, days=DAY)
    assert found(load(rows=50, email=0), USUAL, days=DAY) == []


def test_of_late_rows_and_corrections_only_a_doubt_is_said_but_for_their_unit():
    assert found(load(email=0), USUAL, days=None) == [("warning", "email")] * 2
    assert ("error", "amount") in found(load(amount=10_000), USUAL, days=None)


def test_of_a_month_after_years_of_history_the_mix_is_a_doubt_until_there_is_another_month_or_three_loads():
    """The first month of consents after three years: then all who registered consented, now more withdraw than consent."""
    month = load(rows=57, email=57, mix={"grant": 25, "withdraw": 32})
    history = load(rows=4200, email=4200, mix={"grant": 3697, "withdraw": 368, "object": 247})
    assert found(month, [history], period=math.inf) == [("warning", "event_type")] * 2
    assert ("error", "event_type") in found(month, [history], period=MONTH)
    assert ("error", "event_type") in found(month, [history] * 3, period=math.inf)


def test_a_whole_list_is_compared_with_whole_lists():
    assert ("error", "email") in found(load(email=0), USUAL, days=None, snapshot=True)


@pytest.mark.parametrize(("rows", "distinct", "ok"), [(100, 100, True), (100, 80, True), (100, 50, False), (64, 1, False), (4, 1, True)])  # fmt: skip
def test_a_file_of_doubled_rows_or_of_one_key_is_an_error_and_a_handful_is_not(rows, distinct, ok):
    rules = uniqueness(load(rows=rows, distinct=distinct))
    assert [rule.severity for rule in rules] == ["error"] * len(rules)
    assert all(rule.arguments["measured"] >= rule.arguments["min_value"] for rule in rules) == ok


def test_days_are_counted_from_the_newest_event_before():
    days = [datetime(2026, 6, 1), datetime(2026, 6, 11), datetime(2026, 6, 5), None, datetime(2026, 6, 12)]
    assert _days_covered(days) == [math.inf, 10.0, None, None, 1.0]


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 1000), min_size=1), st.dictionaries(st.sampled_from("abcd"), st.integers(0, 1000), min_size=1))  # fmt: skip
def test_the_stability_index_is_symmetric_and_nought_for_one_mix(left, right):
    assert stability_index(left, right) == pytest.approx(stability_index(right, left))
    assert stability_index(left, right) >= -1e-9
    assert stability_index(left, left) == pytest.approx(0)


SALES = Contract.model_validate(
    {
        "feed": "shop",
        "kind": "sales",
        "description": "Order lines.",
        "owner": "team:sales",
        "files": {"glob": "*.csv", "format": "csv"},
        "key": ["o"],
        "event_time": {"column": "w"},
        "freshness": {"warn_after": "2d", "error_after": "7d"},
        "defaults": {"currency": "EUR"},
        "columns": {"o": "order_id", "a": "amount", "t": "line_type", "n": "full_name", "m": "email"},
    }
)


def test_what_is_measured_are_counts_and_never_values():
    with duckdb.connect() as connection:
        connection.execute("""
            create table rows as
            select i as row_number, 'k' || (i % 8) as record_key, 'o' as order_id, cast(2 as decimal(18, 2)) as amount,
                if(i = 1, 'Willemijntje', 'sale') as line_type, null as currency,
                'Willemijntje' as full_name, if(i > 4, 'a@example.nl', null) as email
            from range(10) as numbers (i)
        """)
        for column in (
            "line_number",
            "product_id",
            "quantity",
            "unit_price",
            "discount_amount",
            "sales_channel",
        ):
            connection.execute(f"alter table rows add column {column} varchar")
        measured = measure(connection, SALES)
    assert (measured.rows, measured.distinct_keys) == (10, 8)
    assert measured.filled["email"] == 5 and measured.filled["full_name"] == 10
    assert measured.magnitudes == {"amount": {4: 10}}
    assert measured.codes == {"line_type": {"sale": 9, OTHER: 1}}
    text = measured.model_dump_json()
    assert "Willem" not in text and "example" not in text
    assert Statistics.model_validate(json.loads(text)) == measured
