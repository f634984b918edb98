"""Data Docs say what came of each rule and quote no value, and their pages load nothing from elsewhere."""

import re
from datetime import date
from pathlib import Path

import duckdb

from pipelines.expectations.data_docs import write_data_docs
from pipelines.expectations.kept import read_results, write_results
from pipelines.expectations.model import Expectation, Suite
from pipelines.expectations.results import Judged
from pipelines.expectations.running import Relation, run_suite
from pipelines.warehouse.places import Places

NAME = "Zwartepiet-Vanderlinden"


def test_pages_name_every_rule_with_counts_and_rows_and_no_value(tmp_path: Path) -> None:
    facts = tmp_path / "facts.parquet"
    duckdb.execute(
        f"copy (select i as row_number, '{NAME}' as name, i as amount from range(1, 11) as t (i)) to '{facts}'"
    )
    rules = [
        Expectation(name="unexpected_rows", arguments={"condition": "length(name) > 3"}, severity="error", rule="a name costs at most $3 & <no> more"),
        Expectation(name="expect_column_values_to_be_in_set", arguments={"column": "name", "value_set": ["x"]}, severity="warning", rule="a name is x"),
        Expectation(name="expect_column_values_to_be_between", arguments={"column": "amount", "max_value": 10}, severity="error", rule="an amount is at most 10"),
        Expectation(name="expect_column_values_to_not_be_null", arguments={"column": "gone"}, severity="error", rule="what is gone is there"),
    ]  # fmt: skip
    suite = Suite(name="raw/sales", description="Tests.", expectations=rules)
    results = run_suite(suite, Relation.parquet(facts), parameters={}, places=Places(tmp_path / "warehouse"))
    write_results(tmp_path / "kept" / "_rules.json", results)
    kept = read_results([tmp_path / "kept" / "_rules.json", tmp_path / "not_there"])
    assert kept == results

    docs = tmp_path / "docs"
    docs.mkdir()
    write_data_docs(
        [Judged("raw/sales/shop", "Orders <b>.", kept)], docs, "2026-06-30-00001", date(2026, 6, 30)
    )
    page, index = (docs / "raw.sales.shop.html").read_text("utf-8"), (docs / "index.html").read_text("utf-8")
    assert NAME not in page + index + (tmp_path / "kept" / "_rules.json").read_text("utf-8")
    words = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert "10 of 10 rows (row_number 1, 2, 3, 4, 5, ...)" in words and "there is no column gone" in words
    assert "an amount is at most 10 (error)" in words and "at most $3 &amp; &lt;no&gt; more" in words
    assert "Orders &lt;b&gt;." in page and 'href="raw.sales.shop.html"' in index
    assert not re.search(r"(src|href)=.https?:|@import|url\(", page + index)
    # The same results, the same pages.
    again = tmp_path / "again"
    again.mkdir()
    write_data_docs(
        [Judged("raw/sales/shop", "Orders <b>.", kept)], again, "2026-06-30-00001", date(2026, 6, 30)
    )
    assert (again / "raw.sales.shop.html").read_text("utf-8") == page
