"""A list for a spreadsheet runs nothing, and every other value is as it was."""

import csv
from pathlib import Path

import duckdb
import pytest

from pipelines.campaigns.spreadsheets import as_shown
from tests.audience.conftest import AN, BOB, CAS, Company


def _shown(value: str | None) -> str | None:
    with duckdb.connect() as connection:
        query = f"select {as_shown('cell')} from (select $1::varchar as cell)"
        return connection.execute(query, [value]).fetchall()[0][0]


@pytest.mark.parametrize(
    "value",
    [
        "=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\tJan", "\rJan", "\nJan", " =1", '"=1', "'=1", '=HYPERLINK("http://x.nl";"y")',
        "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x", "\ufe661", "\u22121", "\u00a0=1", "\u200b=1", "\u3000=1", "\ufeff@x", "\x00=1",
        "\u201c=1", "+31612345678+1", "+31 612 345 678",
    ],
)  # fmt: skip
def test_what_would_be_run_gets_an_apostrophe(value: str) -> None:
    assert _shown(value) == "'" + value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Jan;=1+1", "Jan;'=1+1"),
        ("Jan\n=2", "Jan\n'=2"),
        ("Jan; @x;+1", "Jan;' @x;'+1"),
        ("Jan\t-1", "Jan\t'-1"),
    ],
)
def test_no_part_of_a_value_becomes_a_cell_that_runs(value: str, shown: str) -> None:
    assert _shown(value) == shown


@pytest.mark.parametrize(
    "value",
    [
        "+31612345678",
        "Anne-Marie",
        "O'Brien",
        "an+news@x.nl",
        "5-7",
        "A;B",
        "Jan, - jr",
        '"Jan" -1',
        "",
        None,
        "王=小",
    ],
)
def test_every_other_value_stays(value: str | None) -> None:
    assert _shown(value) == value


def test_the_csv_is_harmless_and_keeps_numbers_and_telephones_and_parquet_is_as_it_is(
    company: Company, tmp_path: Path
) -> None:
    names = {AN: '=HYPERLINK("http://x.nl","An")', BOB: "\uff1dcmd|'/c calc'!A1", CAS: "Cas"}
    company.publish("named", names)
    company.export("phone", out=tmp_path / "list.csv")
    company.export("phone", out=tmp_path / "list.parquet")
    with (tmp_path / "list.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["person_id"], row["phone"], row["given_name"]) for row in rows] == [
        ("1", "+31612345671", "'" + names[AN]),
        ("2", "+31612345672", "'" + names[BOB]),
    ]
    with duckdb.connect() as connection:
        left = connection.execute(f"select given_name from '{tmp_path / 'list.parquet'}'").fetchall()
    assert left == [(names[AN],), (names[BOB],)]
