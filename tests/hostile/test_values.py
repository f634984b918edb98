"""Values as the world writes them: whole numbers as floats, years of two digits, codes in capitals."""

from pathlib import Path

import pandas as pd
import pytest

from tests.landing.conftest import HEADER, Company


def _numbered(tmp_path: Path, files: dict[str, str]) -> Company:
    company = Company(tmp_path)
    company.change(
        files=files,
        columns=company.contract["columns"] | {"customer": "customer_number"},
        event_time={"column": "when", "format": "%d-%m-%Y %H:%M"},
    )
    return company


def test_a_customer_number_that_parquet_holds_as_a_float_is_a_whole_number(tmp_path: Path) -> None:
    company = _numbered(tmp_path, {"glob": "files/*", "format": "parquet"})
    rows = [[str(n), "1", "01-06-2026 12:00", "A", 1.0, 1.5, f"p{n}@example.nl", "An"] for n in range(3)]
    table = pd.DataFrame(rows, columns=HEADER.split(";")).assign(customer=[70001.0, None, float("inf")])
    table.to_parquet(company.deliver("a.parquet", ""))
    company.land()
    assert company.query("select email, customer_number from {profiles} order by 1") == [
        ("p0@example.nl", "70001"),
        ("p1@example.nl", None),
        ("p2@example.nl", None),
    ]
    assert company.query("select distinct quantity, amount from {facts}") == [(1, 1.5)]


@pytest.mark.parametrize(
    ("sent", "number"), [("70001.0", "70001"), ("070001.0", "070001"), ("70001.5", "70001.5"), ("A.0", "A.0")]
)
def test_a_customer_number_that_became_a_float_in_text_is_a_whole_number(
    tmp_path: Path, sent: str, number: str
) -> None:
    company = _numbered(tmp_path, {"glob": "files/*", "format": "csv", "delimiter": ";"})
    company.deliver("a.csv", f"{HEADER};customer\n1;1;01-06-2026 12:00;A;1;1.0;an@example.nl;An;{sent}\n")
    company.land()
    assert company.query("select customer_number from {profiles}") == [(number,)]


@pytest.mark.parametrize(
    ("sent", "born"), [("03-11-61", "1961-11-03"), ("03-11-99", "1999-11-03"), ("03-11-05", "2005-11-03")]
)
def test_nobody_is_born_after_the_file_came(tmp_path: Path, sent: str, born: str) -> None:
    company = Company(tmp_path)
    company.change(columns=company.contract["columns"] | {"born": {"to": "birth_date", "format": "%d-%m-%y"}})
    company.deliver("a.csv", f"{HEADER};born\n1;1;01-06-2026 12:00;A;1;1,0;an@example.nl;An;{sent}\n")
    company.land()
    assert company.query("select birth_date_clean::varchar from {profiles}") == [(born,)]


@pytest.mark.parametrize("word", ["Return", "RETURN", " return "])
def test_a_return_in_capitals_is_a_return(tmp_path: Path, word: str) -> None:
    company = Company(tmp_path)
    company.change(columns=company.contract["columns"] | {"type": "line_type"})
    company.deliver("a.csv", f"{HEADER};type\n1;1;01-06-2026 12:00;A;1;15,00;an@example.nl;An;{word}\n")
    company.land()
    assert company.query("select line_type, quantity, amount from {facts}") == [("return", -1, -15)]
