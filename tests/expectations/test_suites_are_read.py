"""A suite is read, or its mistake is one sentence with file, key and mend."""

from pathlib import Path

import pytest

from pipelines.expectations.model import Expectation, Suite, SuiteError
from pipelines.expectations.reading import raw_suite, read_suite

GOOD = """
description: What must hold for a load of tests.
expectations:
  - expect_column_values_to_not_be_null: {column: event_at}
    severity: error
    rule: every row has a time
"""


def write(folder: Path, content: str | bytes, name: str = "sales") -> Path:
    path = folder / "raw" / f"{name}.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_suite_is_named_by_its_place(tmp_path):
    suite = read_suite(write(tmp_path, GOOD))
    assert suite.name == "raw/sales"
    assert suite.expectations == [
        Expectation(
            name="expect_column_values_to_not_be_null",
            arguments={"column": "event_at"},
            severity="error",
            rule="every row has a time",
        )
    ]


def test_a_kind_has_the_rules_of_every_load_first(tmp_path):
    write(tmp_path, GOOD.replace("event_at", "record_key"), "every_load")
    write(tmp_path, GOOD)
    assert [rule.column for rule in raw_suite("sales", tmp_path).expectations] == ["record_key", "event_at"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("description: What must hold for a load of tests.", "", "description: is missing; add it"),
        ("description:", "descriptoin:", "descriptoin: no such key; remove it"),
        (GOOD, "", "holds no keys; see expectations"),
        (GOOD, "a: b: c", "line 1: mapping values are not allowed here; mend the YAML"),
        (GOOD, GOOD + "  - {}\n", "expectations.2: write one expectation with its severity and its rule"),
        (GOOD, GOOD + "name: raw/other\n", "name: is said by the file's place; remove the key"),
        (GOOD, "description: x\nexpectations:\n", "expectations: Input should be a valid list"),
        (
            "severity: error",
            "severity: fatal",
            "expectations.1.severity: Input should be 'error' or 'warning'",
        ),
        ("    severity: error\n", "", "expectations.1.severity: is missing; add it"),
        ("    rule: every row has a time\n", "", "expectations.1.rule: is missing; add it"),
        ("every row has a time", "ok", "expectations.1.rule: String should have at least 10 characters"),
        ("_to_not_be_null", "_to_be_nice", "expect_column_values_to_be_nice is no expectation known here"),
        ("{column: event_at}", "{}", "expect_column_values_to_not_be_null needs column; add it"),
        ("{column: event_at}", "{column: a, mostyl: 1}", "takes no mostyl; choose from column, mostly"),
        ("{column: event_at}", "{column: a, mostly: 80}", "mostly: write a share above 0 and up to 1"),
        ("values_to_not_be_null", "max_to_be_between", "needs min_value or max_value; add one"),
        (
            "values_to_not_be_null: {column: event_at}",
            "max_to_be_between: {column: event_at, min_value: last year}",
            "min_value: write a number, a date or time in ISO 8601, or a {parameter}",
        ),
    ],
)
def test_a_mistake_is_one_sentence_with_file_key_and_mend(tmp_path, old, new, sentence):
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(SuiteError) as caught:
        read_suite(path)
    assert str(caught.value).startswith(str(path))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_not_utf8_is_said(tmp_path):
    with pytest.raises(SuiteError, match="there is no such file; write one"):
        read_suite(tmp_path / "raw" / "nothing.yml")
    with pytest.raises(SuiteError, match="is not UTF-8"):
        read_suite(write(tmp_path, b"description: caf\xe9\n"))


def test_placeholders_take_the_values_of_the_run():
    rule = Expectation(
        name="expect_column_values_to_be_in_set",
        arguments={"column": "a", "value_set": ["{base_currency}", "x{day}", "[A-Z]{3}"]},
        severity="error",
        rule="a is {base_currency} on {day}",
    )
    assert rule.placeholders == {"base_currency", "day"}
    filled = rule.filled({"base_currency": "EUR", "day": 3})
    assert filled.arguments["value_set"] == ["EUR", "x3", "[A-Z]{3}"]
    assert filled.rule == "a is EUR on 3"


def test_a_suite_written_in_python_obeys_the_same_rules():
    with pytest.raises(ValueError, match="needs condition"):
        Suite.model_validate(
            {
                "name": "raw/x",
                "description": "x",
                "expectations": [{"unexpected_rows": {}, "severity": "error", "rule": "every row is good"}],
            }
        )
