"""Every kind has a suite, every suite has a kind or a table, and every rule fits the columns it is about."""

import json
from collections import Counter
from datetime import date

import duckdb
import pytest
import yaml

from pipelines.contracts import KINDS
from pipelines.expectations.reading import (
    EVERY_LOAD,
    PROFILES,
    PUBLISHED,
    raw_suite,
    read_suite,
    table_suites,
)
from pipelines.expectations.running import Relation, run_suite
from pipelines.identity.history import events
from pipelines.identity.people import shape
from pipelines.landing.columns import facts_columns, profile_columns
from pipelines.settings import DBT_PROJECT, EXPECTATIONS
from pipelines.warehouse.places import Places
from tests.identity.small_company import Company

FILES = sorted(EXPECTATIONS.rglob("*.yml"))
PARAMETERS = {"as_of": date(2026, 6, 30), "base_currency": "EUR"}
IDENTITY = events.DESCRIPTIONS | shape.DESCRIPTIONS


def test_every_kind_has_a_suite():
    missing = [kind for kind in KINDS if not (EXPECTATIONS / "raw" / f"{kind}.yml").exists()]
    assert missing == [], "write expectations/raw/<kind>.yml"


def test_every_suite_belongs_to_a_kind_or_a_published_table():
    marts = {path.stem for path in (DBT_PROJECT / "models" / "marts").glob("*.sql")}
    places = {f"raw/{name}" for name in (*KINDS, EVERY_LOAD, PROFILES)} | {f"marts/{name}" for name in marts}
    places |= {f"identity/{table}" for table in (*IDENTITY, "resolution")}
    found = {f"{path.parent.name}/{path.stem}" for path in FILES}
    assert found - places == set(), (
        "a suite is expectations/raw/<kind>.yml or expectations/<schema>/<table>.yml"
    )
    assert set(table_suites()) == {
        (path.parent.name, path.stem) for path in FILES if path.parent.name in PUBLISHED
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_rule_has_a_sentence_of_its_own(path):
    rules = [rule.rule for rule in read_suite(path).expectations]
    assert [rule for rule, times in Counter(rules).items() if times > 1] == []
    assert [rule for rule in rules if rule.endswith(".") or rule[0].isupper()] == [], (
        "it stands within a sentence"
    )


def empty(folder, columns):
    path = folder / "empty.parquet"
    chosen = ", ".join(f"cast(null as {sql_type}) as {column}" for column, sql_type in columns.items())
    duckdb.connect().execute(f"copy (select {chosen} where false) to '{path}'")
    return Relation.parquet(path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_of_a_kind_can_be_checked_on_its_columns_and_holds_for_no_rows(tmp_path, kind):
    results = run_suite(
        raw_suite(kind), empty(tmp_path, facts_columns(kind)), parameters=PARAMETERS, places=Places(tmp_path)
    )
    assert [result.rule for result in results if not result.success] == []


def test_every_rule_of_profiles_can_be_checked_on_their_columns_and_holds_for_no_rows(tmp_path):
    suite = read_suite(EXPECTATIONS / "raw" / f"{PROFILES}.yml")
    results = run_suite(
        suite, empty(tmp_path, profile_columns()), parameters=PARAMETERS, places=Places(tmp_path)
    )
    assert [result.rule for result in results if not result.success] == []


def columns_of(sql: object) -> set[str]:
    """The columns that a parsed statement mentions."""
    if isinstance(sql, list):
        return set().union(*map(columns_of, sql))
    if not isinstance(sql, dict):
        return set()
    own = {sql["column_names"][-1]} if sql.get("class") == "COLUMN_REF" else set()
    return own.union(*map(columns_of, sql.values()))


def documented_columns(schema: str, table: str) -> set[str]:
    if table in IDENTITY:
        return set(IDENTITY[table][1])
    if schema == "identity":
        return {column for column, *_ in Company([]).rows(f"describe identity.{table}")}
    return {
        column["name"]
        for path in (DBT_PROJECT / "models" / schema).glob("*.yml")
        for model in yaml.safe_load(path.read_text()).get("models", [])
        for column in model["columns"]
        if model["name"] == table
    }


@pytest.mark.parametrize(("schema", "table"), table_suites())
def test_every_rule_of_a_published_table_is_about_columns_that_are_documented(schema, table):
    used = set()
    for rule in table_suites()[schema, table].expectations:
        filled = rule.filled({**PARAMETERS, "month_ago": date(2026, 5, 31), "version": 2})
        if filled.judges_rows:
            statement = f"select 1 from checked where {filled.unexpected}"
            (parsed,) = duckdb.connect().execute("select json_serialize_sql(?)", [statement]).fetchone()
            used |= columns_of(json.loads(parsed))
        elif filled.column:
            used.add(filled.column)
    assert used
    assert used - documented_columns(schema, table) == set()
