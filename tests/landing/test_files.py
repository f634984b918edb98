"""What becomes of the files people really deliver."""

import gzip
import json
from itertools import product
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pipelines.contracts import read_contracts
from pipelines.landing.deliveries import unread_file_messages
from tests.landing.conftest import HEADER, Company

ROW = "1;1;01-06-2026 12:00;A;2;1.234,50;an@example.nl;Zoë de Vries"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("is_declared", [True, False])
def test_a_csv_is_read_whatever_its_encoding(company: Company, encoding: str, is_declared: bool) -> None:
    if is_declared:
        company.change(files=company.contract["files"] | {"encoding": encoding})
    # Detection needs some text to go by: a few dozen names, as a real file has.
    company.rows(
        "shop.csv",
        *(f"{n};1;01-06-2026 12:00;A;2;1,00;p{n}@example.nl;Zoë Müller-Bårdén" for n in range(40)),
        encoding=encoding,
    )
    company.land()
    assert company.query("select count(*), any_value(full_name) from {profiles}") == [
        (40, "Zoë Müller-Bårdén")
    ]


def test_chinese_text_is_read_as_gb18030(company: Company) -> None:
    company.change(files=company.contract["files"] | {"encoding": "gb18030"})
    company.rows("shop.csv", "1;1;01-06-2026 12:00;A;2;1,00;li@example.cn;欧阳李娜", encoding="gb18030")
    company.land()
    assert company.query("select full_name from {profiles}") == [("欧阳李娜",)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_separator_that_is_not_declared_is_detected(company: Company, delimiter: str) -> None:
    company.change(files={"glob": "files/*", "format": "csv"})
    rows = [HEADER, *(f"{n};1;01-06-2026 12:00;A;2;1.50;p{n}@example.nl;An Bakker" for n in range(9))]
    company.deliver("shop.csv", "\n".join(row.replace(";", delimiter) for row in rows))
    company.land()
    assert company.query("select count(*), sum(amount) from {facts}") == [(9, pytest.approx(13.5))]


def test_a_quoted_line_end_stays_inside_its_value(company: Company) -> None:
    company.rows(
        "shop.csv",
        '1;1;01-06-2026 12:00;A;2;1,00;a@example.nl;"An\nBakker"',
        "2;1;01-06-2026 12:00;A;2;1,00;b@example.nl;Bo",
    )
    company.land()
    assert company.query("select row_number, record_key from {facts} order by 1") == [(1, "1|1"), (2, "2|1")]


def test_lines_that_end_in_different_ways_are_all_read(company: Company) -> None:
    rows = f"{HEADER}\r\n{ROW}\n{ROW.replace('1;1;', '2;1;', 1)}\r\n{ROW.replace('1;1;', '3;1;', 1)}"
    company.deliver("shop.csv", rows)
    company.land()
    assert company.query("select count(*) from {facts}") == [(3,)]


def test_gzip_json_lines_are_read_with_nested_names(company: Company) -> None:
    company.change(
        files={"glob": "files/*.gz", "format": "jsonl"},
        event_time={"column": "at"},
        columns={"order": "order_id", "line": "line_number", "total": "amount", "who.mail": "email"},
    )
    objects = [
        {
            "order": n,
            "line": 1,
            "at": "2026-06-01T12:00:00+02:00",
            "total": 1.5,
            "who": {"mail": f"p{n}@example.nl"},
        }
        for n in range(3)
    ]
    company.deliver(
        "shop.jsonl.gz", gzip.compress("\n".join(map(json.dumps, objects)).encode() + b'\n{"order": 9, "li')
    )
    company.land()
    assert company.query("select count(*), min(event_at)::varchar, sum(amount) from {facts}") == [
        (3, "2026-06-01 10:00:00", pytest.approx(4.5))
    ]
    assert company.query("select row_number, reason from {torn}") == [(4, "no_json_object")]


@pytest.mark.parametrize("line", ["null", "[1]", '"text"', "12", "{} {}"])
def test_a_line_of_json_that_is_no_object_is_set_aside_as_such(company: Company, line: str) -> None:
    company.change(files=company.contract["files"] | {"format": "jsonl"})
    row = dict(zip(HEADER.split(";"), ROW.split(";"), strict=True))
    company.deliver("shop.jsonl", f"{json.dumps(row)}\n{line}\n{json.dumps(row | {'line': '2'})}\n")
    company.land()
    assert company.query("select row_number, reason from {torn}") == [(2, "no_json_object")]
    assert company.query("select row_number from {facts} order by all") == [(1,), (3,)]


def test_parquet_keeps_its_times_and_numbers(company: Company) -> None:
    company.change(
        files={"glob": "files/*.parquet", "format": "parquet"},
        event_time={"column": "when"},
        columns={"order": "order_id", "line": "line_number", "total": "amount"},
    )
    path = company.deliver("shop.parquet", b"")
    pd.DataFrame(
        {
            "order": [7],
            "line": [1],
            "when": [pd.Timestamp("2026-06-01 12:00", tz="Europe/Amsterdam")],
            "total": [12.25],
        }
    ).to_parquet(path)
    company.land()
    assert company.query("select record_key, event_at::varchar, amount::varchar from {facts}") == [
        ("7|1", "2026-06-01 10:00:00", "12.25")
    ]


def test_excel_with_a_title_row_is_read_by_its_header(company: Company) -> None:
    company.change(
        files={"glob": "files/*.xlsx", "format": "excel", "header_row": 3, "sheet": "Verkoop", "decimal": ","}
    )
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Verkoop"
    for row in (
        ["Verkoop juni"],
        [],
        HEADER.split(";"),
        [1, 1, "01-06-2026 12:00", "A", 2, 3.5, "an@example.nl", "An"],
        [2, 1, pd.Timestamp("2026-06-02 09:30").to_pydatetime(), "A", 1, "1,25", None, None],
    ):
        sheet.append(row)
    path = company.deliver("shop.xlsx", b"")
    book.save(path)
    company.land()
    assert company.query(
        "select record_key, event_at::varchar, amount::varchar, profile_id from {facts} order by 1"
    ) == [
        ("1|1", "2026-06-01 10:00:00", "3.50", 1),
        ("2|1", "2026-06-02 07:30:00", "1.25", None),
    ]


def _workbook(company: Company, *filled: str) -> None:
    """A workbook of an empty sheet and these, each with one row."""
    company.change(files={"glob": "files/*.xlsx", "format": "excel", "decimal": ","})
    book = openpyxl.Workbook()
    for place, title in enumerate(filled, start=1):
        sheet = book.create_sheet(title)
        sheet.append(HEADER.split(";"))
        sheet.append([place, 1, "01-06-2026 12:00", "A", 2, 3.5, "an@example.nl", "An"])
    book.save(company.deliver("shop.xlsx", b""))


def test_the_only_sheet_with_rows_is_read_without_a_name(company: Company) -> None:
    _workbook(company, "Juni")
    company.land()
    assert company.query("select record_key from {facts}") == [("1|1",)]


def test_of_several_sheets_with_rows_the_contract_must_name_one(company: Company) -> None:
    _workbook(company, "Juni", "Juli")
    reason = refusal(company)
    assert "Juni, Juli" in reason and "files.sheet" in reason


def test_a_name_in_capitals_matches_the_glob(company: Company) -> None:
    company.deliver("SHOP.CSV", f"{HEADER}\n{ROW}\n")
    company.deliver("shop.Csv", f"{HEADER}\n{ROW.replace('1;1;', '2;1;', 1)}\n")
    company.land()
    assert company.query("select count(*) from {facts}") == [(2,)]


def test_files_that_no_contract_reads_are_named(company: Company) -> None:
    company.change(files=company.contract["files"] | {"glob": "files/shop/*.csv"})
    for name in ("shop/a.csv", "shop/a.txt", "shop/.hidden", "other/a.csv", "other/b.csv"):
        company.rows(name, ROW)
    company.land()
    said = unread_file_messages(read_contracts(company.settings.sources), company.settings.sources)
    assert [one.partition(";")[0] for one in said] == [
        "files/other: no contract reads a.csv and 1 more",
        "files/shop: no contract reads a.txt",
    ]


def test_columns_the_contract_does_not_name_are_not_stored(company: Company) -> None:
    company.deliver("shop.csv", f"{HEADER};secret\n{ROW};geheim-woord\n")
    company.land()
    stored = [path.read_bytes() for path in (company.root / "warehouse").rglob("*.parquet")]
    assert not any(b"geheim-woord" in content for content in stored)
    assert "secret" not in {row[0] for row in company.query("describe select * from {facts}")}


def refusal(company: Company) -> str:
    (refused,) = company.land().refusals
    assert company.loads == []
    return refused.reason


@pytest.mark.parametrize(
    ("format", "column"),
    [
        *product(
            ["csv", "jsonl", "excel", "parquet"], ["rowid", "row_number", "Row_Number", "feed", "email"]
        ),
        # Of two such columns DuckDB's reader of Parquet calls the second by another name, so the contract's is missed.
        *product(["csv", "jsonl", "excel"], ["MAIL"]),
    ],
)
def test_columns_of_a_file_may_bear_any_name_also_one_that_differs_in_case_only(
    company: Company, format: str, column: str
) -> None:
    columns = company.contract["columns"] | {column: "full_name"}
    del columns["name"]
    company.change(columns=columns, files=company.contract["files"] | {"format": format})
    rows = [
        ("1", "1", "01-06-2026 12:00", "A", "1", "1,00", "an@example.nl", "An"),
        ("2", "1", "01-06-2026 12:00", "A", "1", "unread", "bo@example.nl", "Bo"),
        ("3", "1", "01-06-2026 12:00", "A", "1", "1,00", "cas@example.nl", "Cas"),
    ]
    named = [dict(zip([*HEADER.split(";")[:-1], column], row, strict=True)) for row in rows]
    if format == "csv":
        torn = "2;1"
        company.deliver("a", "\n".join([";".join(named[0]), *map(";".join, [rows[0], (torn,), *rows[1:]])]))
    elif format == "jsonl":
        company.deliver("a", "\n".join(map(json.dumps, named)))
    elif format == "parquet":
        pd.DataFrame(named).to_parquet(company.deliver("a", b""))
    else:
        pd.DataFrame(named).to_excel(company.deliver("a.xlsx", b""), index=False)
    assert company.land().refusals == []
    found = company.query(
        "select row_number, order_id, full_name from {facts} join {profiles} using (profile_id)"
    )
    last = 4 if format == "csv" else 3
    assert sorted(found) == [(1, "1", "An"), (last, "3", "Cas")]
    ((original,),) = company.query("select original from {torn} where reason = 'amount_unreadable'")
    assert json.loads(original) == named[1]


def test_an_empty_file_is_refused(company: Company) -> None:
    company.deliver("shop.csv", b"")
    assert refusal(company) == "the file is empty; have it delivered again"


def test_a_missing_column_is_named_with_the_one_that_looks_like_it(company: Company) -> None:
    company.deliver("shop.csv", HEADER.replace("article", "artikle") + "\n" + ROW)
    assert refusal(company).startswith("the file has no column article; it has artikle;")


def test_a_file_without_header_does_not_show_its_first_row(company: Company) -> None:
    company.deliver("shop.csv", ROW + "\n" + ROW)
    assert "Vries" not in refusal(company)


def test_an_unclosed_quote_is_refused_with_its_line(company: Company) -> None:
    rows = [f"{n};1;01-06-2026 12:00;A;2;1,00;p{n}@example.nl;An" for n in range(50)]
    rows[7] = rows[7].replace("An", '"An')
    company.rows("shop.csv", *rows)
    assert "line 9: a quote is opened and not closed" in refusal(company)


def test_utf8_declared_as_windows_1252_is_refused(company: Company) -> None:
    company.change(files=company.contract["files"] | {"encoding": "cp1252"})
    company.rows("shop.csv", ROW)
    assert "the bytes are UTF-8" in refusal(company)


def test_windows_1252_declared_as_utf8_is_refused_by_its_share_of_bad_rows(company: Company) -> None:
    company.change(files=company.contract["files"] | {"encoding": "utf-8"})
    company.rows("shop.csv", *(ROW.replace("1;1;", f"{n};1;", 1) for n in range(20)), encoding="cp1252")
    assert "20 of 20 rows hold bytes that are no utf-8" in refusal(company)


def test_one_row_of_wrong_bytes_is_set_aside_not_the_file(company: Company) -> None:
    company.change(files=company.contract["files"] | {"encoding": "utf-8"})
    good = "\n".join(ROW.replace("1;1;", f"{n};1;", 1) for n in range(300))
    company.deliver(
        "shop.csv", f"{HEADER}\n{good}\n".encode() + b"900;1;01-06-2026 12:00;A;2;1,00;x@example.nl;Zo\xeb\n"
    )
    (load,) = company.land().loads
    assert (load.rows_accepted, load.quarantined_by_reason) == (300, {"invalid_encoding": 1})


def test_a_cut_off_gzip_file_is_refused(company: Company) -> None:
    whole = gzip.compress("\n".join([HEADER, *[ROW] * 500]).encode())
    company.deliver("shop.csv.gz", whole[: len(whole) // 2])
    assert "cut off or damaged" in refusal(company)


@pytest.mark.parametrize(("format", "name"), [("parquet", "shop.parquet"), ("excel", "shop.xlsx")])
def test_a_damaged_binary_file_is_refused(company: Company, format: str, name: str) -> None:
    company.change(files={"glob": "files/*", "format": format})
    company.deliver(name, b"no such thing" * 100)
    assert "have it delivered again" in refusal(company)


def test_a_line_of_100_megabytes_is_set_aside_and_its_neighbours_land(company: Company) -> None:
    huge = "2;1;01-06-2026 12:00;A;2;1,00;b@example.nl;" + "x" * 100_000_000
    company.rows("shop.csv", ROW, huge, ROW.replace("1;1;", "3;1;", 1))
    (load,) = company.land().loads
    assert (load.rows_accepted, load.quarantined_by_reason) == (2, {"line_too_long": 1})
    assert company.query("select record_key, row_number from {facts} order by 2") == [("1|1", 1), ("3|1", 3)]


def test_a_refused_file_is_not_read_again_until_the_contract_changes(company: Company) -> None:
    company.deliver("shop.csv", HEADER.replace("article", "artikel") + "\n" + ROW)
    assert len(company.land().refusals) == 1
    assert company.land().refusals == []
    columns = {
        ("artikel" if source == "article" else source): target
        for source, target in company.contract["columns"].items()
    }
    company.change(columns=columns)
    assert [load.rows_accepted for load in company.land().loads] == [1]


def test_a_refused_file_that_is_replaced_is_forgotten(company: Company) -> None:
    company.deliver("shop.csv", b"")
    company.land()
    company.rows("shop.csv", ROW)
    company.land()
    assert not list(Path(company.root, "warehouse", "ledger", "refused").rglob("*.json"))
