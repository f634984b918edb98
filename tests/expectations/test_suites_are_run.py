"""A suite says which rules hold, how many rows break the others, and which; and never a value."""

import json
import logging
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.expectations.model import Expectation, Suite, SuiteError
from pipelines.expectations.results import RuleResult, sentence
from pipelines.expectations.running import Relation, run_suite
from pipelines.warehouse.places import Places

SECRET = "Zwartepiet-Vanderlinden"


def rule(name: str, severity: str = "error", **arguments: object) -> Expectation:
    return Expectation(name=name, arguments=arguments, severity=severity, rule=f"a rule on {name}")


@pytest.fixture
def facts(tmp_path) -> Path:
    """Ten rows: amounts 1 to 10, one currency in small letters, one without, key k1 twice, times on 1 to 10 June."""
    path = tmp_path / "facts.parquet"
    duckdb.connect().execute(f"""
        copy (
            select
                i + 100 as row_number,
                'k' || greatest(i, 2) as record_key,
                cast(i as decimal(18, 2)) as amount,
                case i when 3 then 'eur' when 4 then null else 'EUR' end as currency,
                timestamp '2026-06-01 12:00:00' + (i - 1) * interval 1 day as event_at,
                '{SECRET}' as name
            from range(1, 11) as numbers (i)
        ) to '{path}'
    """)
    return path


@pytest.fixture
def run(facts, tmp_path):
    def run(*rules: Expectation, **parameters: object) -> list[RuleResult]:
        suite = Suite(name="raw/sales", description="Tests.", expectations=list(rules))
        return run_suite(suite, Relation.parquet(facts), parameters=parameters, places=Places(tmp_path))

    return run


NULL, BETWEEN = "expect_column_values_to_not_be_null", "expect_column_values_to_be_between"
IN_SET, UNIQUE = "expect_column_values_to_be_in_set", "expect_column_values_to_be_unique"
MAX, COUNT = "expect_column_max_to_be_between", "expect_table_row_count_to_be_between"


@pytest.mark.parametrize(
    ("broken", "rows"),
    [
        (rule(NULL, column="currency"), [104]),
        (rule(BETWEEN, column="amount", min_value=3, max_value=8), [101, 102, 109, 110]),
        (rule(BETWEEN, column="amount", min_value=3), [101, 102]),
        (rule(BETWEEN, column="event_at", max_value="2026-06-08 12:00:00"), [109, 110]),
        (rule(BETWEEN, column="amount", max_value=8, mostly=0.9), [109, 110]),
        (rule(IN_SET, column="currency", value_set=["EUR", "S'EK"]), [103]),
        (rule(IN_SET, column="amount", value_set=[1, 2, 3, 4, 5, 6, 7, 8, 9]), [110]),
        (rule(UNIQUE, column="record_key"), [101, 102]),
        (rule("unexpected_rows", condition="not regexp_full_match(currency, '[A-Z]{3}')"), [103]),
        (
            rule("unexpected_rows", condition="strftime(event_at, '%d:%m') = '05:06' or name like 'x:y%'"),
            [105],
        ),
        (rule("unexpected_rows", condition="amount::int > 9 or false"), [110]),
        (rule("unexpected_rows", condition="amount > 3", row_condition="amount < 6"), [104, 105]),
        (rule("unexpected_rows", condition="amount = (select max(amount) from checked)"), [110]),
    ],
)
def test_rows_that_break_a_rule_are_counted_and_named(run, broken, rows):
    (result,) = run(broken)
    assert result.problem is None
    assert not result.success
    assert result.unexpected_count == len(rows)
    assert list(result.row_numbers) == rows
    assert result.total_count == 10


@pytest.mark.parametrize(
    "kept",
    [
        rule(NULL, column="name"),
        rule(NULL, column="currency", mostly=0.9),
        rule(BETWEEN, column="amount", min_value=1, max_value=10),
        rule(IN_SET, column="currency", value_set=["EUR", "eur"]),
        rule(UNIQUE, column="row_number"),
        rule("unexpected_rows", condition="not regexp_full_match(currency, '[A-Za-z]{3}')"),
        rule(COUNT, min_value=10, max_value=10),
        rule(MAX, column="event_at", min_value=datetime(2026, 6, 10, 12)),
        rule(MAX, column="event_at", min_value=date(2026, 6, 10)),
        rule(MAX, column="amount", max_value=10),
    ],
)
def test_a_rule_that_holds_is_said_to_hold(run, kept):
    (result,) = run(kept)
    assert result.success
    assert not result.unexpected_count
    assert result.row_numbers == ()


@pytest.mark.parametrize(
    "broken",
    [
        rule(COUNT, min_value=11),
        rule(COUNT, max_value=9),
        rule(MAX, column="event_at", min_value=datetime(2026, 6, 10, 12, 0, 1)),
        rule(MAX, column="event_at", min_value=date(2026, 6, 11)),
        rule(MAX, column="amount", max_value=9.5),
    ],
)
def test_a_rule_on_the_whole_breaks_without_rows(run, broken):
    (result,) = run(broken)
    assert not result.success
    assert result.problem is None
    assert result.unexpected_count is None


def test_only_the_first_five_rows_are_named(run):
    (result,) = run(rule("unexpected_rows", condition="amount > 1"))
    assert result.unexpected_count == 9
    assert result.row_numbers == (102, 103, 104, 105, 106)


def test_a_handful_of_rows_never_breaks_a_share(run):
    five, six = run(
        rule("unexpected_rows", condition="amount <= 5", mostly=0.8),
        rule("unexpected_rows", condition="amount <= 6", mostly=0.8),
    )
    assert five.success
    assert not six.success
    assert six.unexpected_count == 6


def test_a_share_is_of_the_rows_the_rule_is_about(facts, tmp_path):
    many = tmp_path / "many.parquet"
    duckdb.connect().execute(f"""
        copy (select i as row_number, i <= 100 as is_it, i <= 30 as bad from range(1, 1001) as n (i)) to '{many}'
    """)
    suite = Suite(
        name="raw/x",
        description="x",
        expectations=[
            rule("unexpected_rows", condition="bad", mostly=0.8),
            rule("unexpected_rows", condition="bad", row_condition="is_it", mostly=0.8),
            rule("unexpected_rows", condition="bad", row_condition="is_it", mostly=0.7),
        ],
    )
    results = run_suite(suite, Relation.parquet(many), parameters={}, places=Places(tmp_path))
    assert [result.success for result in results] == [True, False, True]


def test_results_come_in_the_order_of_the_rules_whatever_happens(run):
    rules = [
        rule("unexpected_rows", condition="no_such_column > 1"),
        rule(NULL, column="name"),
        rule(NULL, column="no_such_column"),
        rule(COUNT, min_value=99),
        rule(NULL, column="currency"),
    ]
    results = run(*rules)
    assert [result.expectation for result in results] == [each.name for each in rules]
    assert [result.success for result in results] == [False, True, False, False, False]
    assert [result.problem is None for result in results] == [False, True, False, True, True]


def test_a_parameter_fills_a_rule_and_one_that_is_none_leaves_it_out(run):
    late = Expectation(
        name="unexpected_rows",
        arguments={"condition": "event_at >= date '{as_of}' + interval 1 day"},
        severity="warning",
        rule="nothing happened after {as_of}",
    )
    (result,) = run(late, as_of=date(2026, 6, 8))
    assert result.rule == "nothing happened after 2026-06-08"
    assert list(result.row_numbers) == [109, 110]
    assert run(late, as_of=None) == []


def test_a_parameter_nobody_gives_is_said(run):
    with pytest.raises(SuiteError, match=r"expectations/raw/sales.yml: .* uses \{day\}.* use one of: as_of"):
        run(rule("unexpected_rows", condition="event_at > date '{day}'"), as_of=date(2026, 6, 8))


def test_an_empty_load_breaks_no_rule_on_rows(facts, tmp_path):
    suite = Suite(
        name="raw/x",
        description="x",
        expectations=[
            rule(NULL, column="name"),
            rule(UNIQUE, column="record_key"),
            rule(BETWEEN, column="amount", min_value=3, mostly=0.8),
            rule("unexpected_rows", condition="amount > 3", mostly=0.8),
            rule(MAX, column="event_at", min_value=datetime(2026, 1, 1)),
        ],
    )
    relation = Relation.parquet(facts, where="amount > 1000")
    results = run_suite(suite, relation, parameters={}, places=Places(tmp_path))
    assert [result.success for result in results] == [True, True, True, True, False]
    assert {result.problem for result in results} == {None}


def test_the_key_of_a_mart_names_its_rows_only_when_it_is_a_number(facts, tmp_path):
    for key, expected in (("row_number", (104,)), ("name", ()), ("nothing", ())):
        suite = Suite(
            name="marts/x", description="x", numbered_by=key, expectations=[rule(NULL, column="currency")]
        )
        (result,) = run_suite(suite, Relation.parquet(facts), parameters={}, places=Places(tmp_path))
        assert result.row_numbers == expected
        assert result.unexpected_count == 1


@pytest.fixture
def databases(tmp_path) -> tuple[Path, Path]:
    analytics, customers = tmp_path / "analytics.duckdb", tmp_path / "customers.duckdb"
    with duckdb.connect(str(customers)) as connection:
        connection.execute("create schema core")
        connection.execute("create table core.people as select 7::bigint as person_id, 'NL' as country")
    with duckdb.connect(str(analytics)) as connection:
        connection.execute(f"attach '{customers}' as customers (read_only)")
        connection.execute("create schema marts")
        connection.execute("create view marts.people as select * from customers.core.people")
    return analytics, customers


def test_a_view_across_two_databases_is_checked_and_neither_stays_open(databases, tmp_path):
    analytics, customers = databases
    suite = Suite(
        name="marts/people",
        description="x",
        numbered_by="person_id",
        expectations=[rule(IN_SET, column="country", value_set=["BE"])],
    )
    relation = Relation.table(analytics, "marts", "people", beside=[customers])
    (result,) = run_suite(suite, relation, parameters={}, places=Places(tmp_path))
    assert result.row_numbers == (7,)
    for database in databases:
        subprocess.run(
            [
                sys.executable,
                "-c",
                f"import duckdb; duckdb.connect({str(database)!r}).execute('create table t (i int)')",
            ],
            check=True,
        )


def test_what_cannot_be_opened_is_one_sentence(databases, tmp_path):
    analytics, _ = databases
    suite = Suite(name="marts/x", description="x", expectations=[rule(NULL, column="a")])
    for relation in (
        Relation.table(analytics, "marts", "nothing"),
        Relation.table(tmp_path / "no.duckdb", "marts", "x"),
        Relation.parquet(tmp_path / "no.parquet"),
    ):
        with pytest.raises(SuiteError, match="cannot be opened") as caught:
            run_suite(suite, relation, parameters={}, places=Places(tmp_path))
        assert "\n" not in str(caught.value)


def test_a_name_in_the_data_is_in_no_result_log_output_or_exception(run, facts, capfd, caplog):
    with caplog.at_level(logging.DEBUG):
        results = run(
            rule(NULL, column="currency"),
            rule(IN_SET, column="name", value_set=["somebody else"]),
            rule(UNIQUE, column="name"),
            rule("unexpected_rows", condition=f"name = '{SECRET}'".replace(SECRET, "' || name || '")),
            rule("unexpected_rows", condition="name is not null"),
            rule("unexpected_rows", condition="cast(name as integer) > 3"),  # DuckDB's error quotes the name
            rule(BETWEEN, column="name", min_value=3, max_value=8),  # and so does this one
            rule(MAX, column="name", max_value=5),
            rule("unexpected_rows", condition="error(name)"),
        )
        logging.getLogger("great_expectations.execution_engine").error("an error that quotes %s", SECRET)
    assert sum(result.problem is not None for result in results) >= 3
    assert not any(result.success for result in results if result.unexpected_count is None)
    output = capfd.readouterr()
    assert output.out == ""
    everything = [
        repr(results),
        json.dumps([sentence(result) for result in results]),
        output.err,
        caplog.text,
        "".join(str(record.__dict__) for record in caplog.records),
    ]
    assert not any(SECRET in text for text in everything)


def test_a_whole_process_prints_nothing(facts, tmp_path):
    program = f"""
from pathlib import Path
from pipelines.expectations.model import Expectation, Suite
from pipelines.expectations.running import Relation, run_suite
from pipelines.settings import Places
rules = [
    Expectation(name="unexpected_rows", arguments={{"condition": "cast(name as integer) > 3"}}, severity="error",
                rule="a name is a number"),
    Expectation(name="{NULL}", arguments={{"column": "currency"}}, severity="error", rule="a currency is given"),
]
suite = Suite(name="raw/x", description="x", expectations=rules)
results = run_suite(suite, Relation.parquet(Path({str(facts)!r})), parameters={{}}, places=Places(Path({str(tmp_path)!r})))
assert not any(result.success for result in results)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert done.stderr == ""
