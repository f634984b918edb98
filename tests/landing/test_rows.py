"""What becomes of rows: read, set aside, numbered, never lost or doubled."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.contracts import read_contracts
from pipelines.errors import StamgastError
from pipelines.expectations.load_check import arrival_check
from pipelines.landing.committing import Verdict
from pipelines.landing.deliveries import scan_feeds
from pipelines.landing.dropping import drop
from pipelines.landing.loads import release
from tests.landing.conftest import HEADER, Company, accept


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1;1;31-02-2026 12:00;A;2;1,00;a@example.nl;An", "event_time_unreadable"),
        ("1;1;;A;2;1,00;a@example.nl;An", "event_time_unreadable"),
        (";1;01-06-2026 12:00;A;2;1,00;a@example.nl;An", "key_missing"),
        ("1;1;01-06-2026 12:00;A;2;een euro;a@example.nl;An", "amount_unreadable"),
        ("1;1;01-06-2026 12:00;A;-2;1,00;a@example.nl;An", "negative_quantity"),
        ("1;1;01-06-2026 12:00;A;2", "missing_columns"),
        ("1;1;01-06-2026 12:00;A;2;1,00;a@example.nl;An;what;is;this", "too_many_columns"),
    ],
)
def test_a_row_that_cannot_be_used_goes_to_quarantine_with_its_number_and_text(
    company: Company, row: str, reason: str
) -> None:
    company.rows(
        "shop.csv",
        "8;1;01-06-2026 12:00;A;1;1,00;b@example.nl;Bo",
        row,
        "9;1;01-06-2026 12:00;A;1;1,00;b@example.nl;Bo",
    )
    (load,) = company.land().loads
    assert (load.rows_read, load.rows_accepted, load.rows_quarantined) == (3, 2, 1)
    ((number, found, original),) = company.query("select * from {torn}")
    assert (number, found) == (2, reason)
    assert "01-06-2026" in original or "31-02-2026" in original or reason == "event_time_unreadable"
    assert company.query("select row_number from {facts} order by 1") == [(1,), (3,)]


def test_a_held_load_says_what_its_rows_were_set_aside_for(company: Company) -> None:
    rows = [f"{number};1;2026.06.{number} 12:00;A;1;1,00;;" for number in range(10, 20)]
    company.rows(
        "shop.csv", *rows, ";1;01-06-2026 12:00;A;2;1,00;;", "9;1;01-06-2026 12:00;A;2;1.00 euro;;", "9;1"
    )
    (load,) = company.land(arrival_check(company.settings)).loads
    assert load.rules_failed[-2:] == [
        "'at least 80% of the 13 rows delivered can be used' does not hold: there are 0 rows",
        "13 of 13 rows were set aside: 1 amount_unreadable (column total, decimal separator ,), "
        "10 event_time_unreadable (column when, format %d-%m-%Y %H:%M), 1 key_missing (columns order, line), "
        "1 missing_columns",
    ]


def test_a_torn_last_line_does_not_cost_the_file(company: Company) -> None:
    company.deliver("shop.csv", f"{HEADER}\n8;1;01-06-2026 12:00;A;1;1,00;b@example.nl;Bo\n9;1;01-0")
    (load,) = company.land().loads
    assert (load.rows_accepted, load.quarantined_by_reason) == (1, {"missing_columns": 1})


def test_another_value_that_cannot_be_read_becomes_null_and_its_text_is_kept(company: Company) -> None:
    company.rows("shop.csv", "1;1;01-06-2026 12:00;A;veel;1,00;a@example.nl;An")
    (load,) = company.land().loads
    assert load.rows_quarantined == 0
    assert company.query("select quantity, unreadable from {facts}") == [(None, ["quantity"])]
    assert company.query("select * from {cells}") == [(1, "quantity", "veel")]


@pytest.mark.parametrize(
    ("decimal", "sent", "read"),
    [
        (",", "1.234,50", "1234.50"),
        (",", "1 234,50", "1234.50"),
        (",", "-3,00", "-3.00"),
        (",", "12", "12.00"),
        (".", "1,234.50", "1234.50"),
        (".", "1234.5", "1234.50"),
        (".", "5.551115e-17", "0.00"),
        (".", "1.5E2", "150.00"),
    ],
)
def test_amounts_are_read_by_the_declared_decimal_sign(
    company: Company, decimal: str, sent: str, read: str
) -> None:
    company.change(files=company.contract["files"] | {"decimal": decimal})
    company.rows("shop.csv", f"1;1;01-06-2026 12:00;A;;{sent};a@example.nl;An")
    company.land()
    assert company.query("select amount::varchar from {facts}") == [(read,)]


@pytest.mark.parametrize(("decimal", "sent"), [(".", "12,50"), (",", "12.50"), (".", "1,23,456")])
def test_an_amount_in_the_other_convention_is_not_taken_for_a_hundredfold(
    company: Company, decimal: str, sent: str
) -> None:
    company.change(files=company.contract["files"] | {"decimal": decimal})
    company.rows("shop.csv", f"1;1;01-06-2026 12:00;A;1;{sent};a@example.nl;An")
    (load,) = company.land().loads
    assert load.quarantined_by_reason == {"amount_unreadable": 1}


def test_a_return_is_negative_however_the_source_writes_it(company: Company) -> None:
    company.change(defaults=company.contract["defaults"] | {"line_type": "return"})
    company.rows("shop.csv", "1;1;01-06-2026 12:00;A;2;5,00;;", "2;1;01-06-2026 12:00;A;-2;-5,00;;")
    company.land()
    assert company.query("select distinct quantity::int, amount::varchar from {facts}") == [(-2, "-5.00")]


def test_times_become_utc_across_the_clock_change(company: Company) -> None:
    company.rows("shop.csv", "1;1;15-01-2026 12:00;A;1;1,00;;", "2;1;15-06-2026 12:00;A;1;1,00;;")
    company.land()
    assert company.query("select event_at::varchar from {facts} order by 1") == [
        ("2026-01-15 11:00:00",),
        ("2026-06-15 10:00:00",),
    ]


def test_a_date_without_a_time_stays_that_date(company: Company) -> None:
    company.change(event_time={"column": "when", "format": "%d-%m-%Y", "timezone": "Europe/Amsterdam"})
    company.rows("shop.csv", "1;1;01-06-2026;A;1;1,00;;")
    company.land()
    assert company.query("select event_at::varchar from {facts}") == [("2026-06-01 00:00:00",)]


def test_a_sale_to_nobody_in_particular_lands_without_a_profile(company: Company) -> None:
    company.rows("shop.csv", "1;1;01-06-2026 12:00;A;1;1,00;;")
    company.land()
    assert company.query("select profile_id from {facts}") == [(None,)]


def test_a_contact_block_keeps_its_number_over_loads(company: Company) -> None:
    company.rows(
        "a.csv",
        "1;1;01-06-2026 12:00;A;1;1,00;an@example.nl;An",
        "2;1;01-06-2026 12:00;A;1;1,00;bo@example.nl;Bo",
    )
    company.land()
    company.rows(
        "b.csv",
        "3;1;02-06-2026 12:00;A;1;1,00;bo@example.nl;Bo",
        "4;1;02-06-2026 12:00;A;1;1,00;cy@example.nl;Cy",
    )
    company.land()
    assert company.query("select email, count(*) from {profiles} group by 1 order by 1") == [
        ("an@example.nl", 1),
        ("bo@example.nl", 1),
        ("cy@example.nl", 1),
    ]
    assert company.query(
        "select count(*) from {facts} join {profiles} using (profile_id) where email = 'bo@example.nl'"
    ) == [(2,)]


def test_the_numbers_of_a_load_do_not_depend_on_the_order_of_its_rows(
    new_company: Callable[[], Company],
) -> None:
    rows = [f"{n};1;01-06-2026 12:00;A;1;1,00;p{n}@example.nl;An" for n in range(30)]
    found = []
    for order in (rows, rows[::-1]):
        company = new_company()
        key = company.root / "warehouse" / "ledger" / "key"
        key.parent.mkdir(parents=True)
        key.write_text("the same secret for both\n")
        company.rows("shop.csv", *order)
        company.land()
        found.append(company.query("select profile_id, email from {profiles} order by 1"))
    assert found[0] == found[1]


def test_the_same_file_under_another_name_is_not_landed_again_and_is_said_to_repeat(company: Company) -> None:
    path = company.rows("a.csv", "1;1;01-06-2026 12:00;A;1;1,00;an@example.nl;An")
    company.land()
    path.rename(path.with_name("b.csv"))
    company.deliver("c.csv", path.with_name("b.csv").read_bytes())
    sources, places = company.settings.sources, company.settings.places
    found = [scan_feeds(read_contracts(sources), sources, places, company.as_of)[0].repeats for _ in range(2)]
    assert found[0] == (("files/b.csv", "files/a.csv"), ("files/c.csv", "files/a.csv"))
    assert found[1] == ()
    assert company.land().loads == []


def test_facts_hold_no_identifier(company: Company) -> None:
    company.rows("a.csv", "1;1;01-06-2026 12:00;A;1;1,00;an@example.nl;Willemijntje")
    company.land()
    assert company.query(
        "select count(*) from {facts} where columns(*)::varchar like '%Willemijntje%' or columns(*)::varchar like '%an@example%'"
    ) == [(0,)]


def test_a_key_that_identifies_somebody_is_hashed(company: Company) -> None:
    company.change(key=["mail"])
    company.rows("a.csv", "1;1;01-06-2026 12:00;A;1;1,00;an@example.nl;An")
    company.land()
    ((key,),) = company.query("select record_key from {facts}")
    assert len(key) == 32 and "an@" not in key


def test_a_held_load_can_be_released_or_dropped_and_never_lands_twice(company: Company) -> None:
    company.rows("a.csv", "1;1;01-06-2026 12:00;A;1;1,00;an@example.nl;An")
    company.rows("b.csv", "2;1;01-06-2026 12:00;A;1;1,00;an@example.nl;An")
    company.land(lambda _: Verdict(failed=["too strange"]))
    assert [load.status for load in company.loads] == ["held", "held"]
    release(company.settings.places, 1, company.settings.as_of)
    drop(company.settings.places, 2)
    assert company.land().loads == []
    assert [load.status for load in company.loads] == ["accepted", "dropped"]
    with pytest.raises(StamgastError, match="load 2 was dropped before"):
        drop(company.settings.places, 2)


def test_what_was_dropped_is_read_anew_once_its_contract_says_otherwise(company: Company) -> None:
    company.rows("a.csv", "1;1;01-06-2026 12:00;A;1;1,00;an@example.nl;An")
    company.land(lambda _: Verdict(failed=["none of the dates is a date"]))
    drop(company.settings.places, 1)
    assert company.land().loads == []
    company.change(description="The same, in other words.")
    assert company.land().loads == []
    company.change(event_time={"column": "when", "format": "%d-%m-%Y %H:%M", "timezone": "UTC"})
    company.land()
    assert [load.status for load in company.loads] == ["dropped", "accepted"]


def test_dropping_a_load_keeps_the_profiles_that_later_loads_refer_to(company: Company) -> None:
    company.rows(
        "a.csv",
        "1;1;01-06-2026 12:00;A;1;1,00;an@example.nl;An",
        "2;1;01-06-2026 12:00;A;1;1,00;bo@example.nl;Bo",
    )
    company.land(lambda _: Verdict(failed=["too strange"]))
    company.rows("b.csv", "3;1;01-06-2026 12:00;A;1;1,00;bo@example.nl;Bo")
    company.land()
    drop(company.settings.places, 1)
    assert company.query("select email from {profiles}") == [("bo@example.nl",)]
    company.rows("c.csv", "4;1;01-06-2026 12:00;A;1;1,00;cy@example.nl;Cy")
    company.land()
    assert company.query("select profile_id from {profiles} where email = 'cy@example.nl'") == [(3,)]


def test_quarantined_rows_come_out_when_the_contract_is_mended_and_keep_their_place(company: Company) -> None:
    company.rows(
        "a.csv",
        "1;1;01062026 1200;A;1;1,00;an@example.nl;An",
        "2;1;01-06-2026 12:00;A;1;2,00;bo@example.nl;Bo",
        "torn",
    )
    company.land()
    company.rows("b.csv", "1;1;03-06-2026 12:00;A;1;9,00;an@example.nl;An")
    company.land()
    company.change(event_time=company.contract["event_time"] | {"format": ["%d-%m-%Y %H:%M", "%d%m%Y %H%M"]})
    (retried,) = company.retry()
    assert (retried.rows_read, retried.rows_accepted, retried.rows_quarantined) == (0, 1, -1)
    assert company.query("select load_number, row_number, record_key from {facts} order by 1, 2") == [
        (1, 1, "1|1"),
        (1, 2, "2|1"),
        (2, 1, "1|1"),
    ]
    assert company.retry() == []
    assert sum(load.rows_read for load in company.loads) == sum(
        load.rows_accepted + load.rows_quarantined for load in company.loads
    )


def test_a_snapshot_takes_its_date_from_the_file_name(company: Company) -> None:
    company.change(delivery="snapshot", snapshot_date={"filename": "shop_%Y%m%d.csv"})
    company.rows("shop_20260630.csv", "1;1;01-06-2026 12:00;A;1;1,00;;")
    company.rows("shop_june.csv", "2;1;01-06-2026 12:00;A;1;1,00;;")
    landing = company.land()
    assert [load.snapshot_date.isoformat() for load in landing.loads] == ["2026-06-30"]
    assert [refusal.reason for refusal in landing.refusals] == [
        "the file name does not follow shop_%Y%m%d.csv; rename the file or correct snapshot_date"
    ]


def test_an_empty_snapshot_is_refused_since_it_would_drop_everybody(company: Company) -> None:
    company.change(delivery="snapshot", snapshot_date={"filename": "shop_%Y%m%d.csv"})
    company.rows("shop_20260630.csv")
    assert "would drop everybody" in company.land().refusals[0].reason


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELLS, min_size=1, max_size=10), max_size=12))
def test_every_row_of_any_file_is_accounted_for(
    new_company: Callable[[], Company], rows: list[list[str]]
) -> None:
    """Rows read = accepted + quarantined, and no row number is given twice."""
    company = new_company()
    lines = [";".join(cell.replace('"', "'") for cell in row) for row in rows]
    lines = [line if line.strip() else "x;y" for line in lines]
    company.rows("shop.csv", *lines)
    (load,) = company.land(accept).loads
    assert load.rows_read == len(lines) == load.rows_accepted + load.rows_quarantined
    numbers = sorted(
        row[0]
        for row in company.query("select row_number from {facts} union all select row_number from {torn}")
    )
    assert all(first < second for first, second in pairwise(numbers))
