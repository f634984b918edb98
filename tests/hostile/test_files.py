"""Files made to harm: each is refused alone in one sentence, or its whole rows are landed; the next file lands."""

import gzip
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pipelines.contracts import read_contracts
from pipelines.errors import StamgastError
from pipelines.landing.deliveries import scan_feeds
from pipelines.landing.landing import land_feed
from pipelines.privacy.tombstones import HOLDING_BACK
from tests.landing.conftest import HEADER, Company, accept

COLUMNS = HEADER.split(";")
ROW = "{};1;01-06-2026 12:00;A;2;1,00;an@example.nl;An"


def _object(number: int) -> dict[str, object]:
    return dict(zip(COLUMNS, ROW.format(number).split(";"), strict=True))


def _lines(*lines: str) -> Callable[[Path], None]:
    return lambda path: path.write_text("\n".join(lines) + "\n", encoding="utf-8") and None


def _bytes(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def _gzip_bomb(path: Path) -> None:
    with gzip.open(path, "wb", 9) as out:
        for _ in range(1100):
            out.write(bytes(1 << 20))


def _long_line(path: Path) -> None:
    with path.open("wb") as out:
        out.write(f"{HEADER}\n{ROW.format(1)}\n".encode())
        for _ in range(50):
            out.write(b"x" * (1 << 20))
        out.write(f"\n{ROW.format(2)}\n".encode())


def _far_cell(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "order", "x"
    book.save(path)


def _zip_bomb(path: Path) -> None:
    openpyxl.Workbook().save(path)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as packed,
        packed.open("xl/x.xml", "w", force_zip64=True) as out,
    ):
        for _ in range(4100):
            out.write(bytes(1 << 20))


def _parquet(cut: slice = slice(None), behind: bytes = b"") -> Callable[[Path], None]:
    def write(path: Path) -> None:
        pd.DataFrame([_object(1)]).to_parquet(path)
        path.write_bytes(path.read_bytes()[cut] + behind)

    return write


REFUSED: dict[str, tuple[str, str, Callable[[Path], None], str]] = {
    "gzip bomb": ("csv", "a.csv.gz", _gzip_bomb, "the gzip file of 1.1 MB unpacks to more than 1.1 GB"),
    "no gzip": ("csv", "a.csv.gz", _bytes(b"hello"), "gzip file is cut off or damaged"),
    "300,000 columns": ("csv", "a.csv", _lines(";".join(f"c{n}" for n in range(300_000))), "has no column"),
    "zero bytes": ("csv", "a.csv", _bytes(bytes(100_000)), "has no column"),
    "line ends": ("csv", "a.csv", _bytes(b"\n" * 100_000), "has no column"),
    "a quote": ("csv", "a.csv", _bytes(b'"'), "has no column"),
    "lone cell": ("excel", "a.xlsx", _far_cell, "look for a lone cell far from the others"),
    "zip bomb": ("excel", "a.xlsx", _zip_bomb, "the workbook unpacks to 4 GB"),
    "text as workbook": ("excel", "a.xlsx", _lines(HEADER), "cannot be read as an Excel workbook"),
    "cut Parquet": ("parquet", "a.parquet", _parquet(slice(500)), "cannot be read as Parquet"),
    "footer length": (
        "parquet",
        "a.parquet",
        _parquet(slice(-8), b"\xff\xff\xff\x7fPAR1"),
        "cannot be read as Parquet",
    ),
    "magic only": ("parquet", "a.parquet", _bytes(b"PAR1PAR1"), "cannot be read as Parquet"),
}


def _company(tmp_path: Path, form: str) -> Company:
    company = Company(tmp_path)
    company.change(files={"glob": "files/*", "format": form, "decimal": ","})
    if form == "csv":
        company.change(files=company.contract["files"] | {"delimiter": ";"})
    return company


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_file_is_refused_alone_in_one_sentence(tmp_path: Path, case: str) -> None:
    form, name, write, sentence = REFUSED[case]
    company = _company(tmp_path, form)
    write(company.deliver(name, ""))
    (refusal,) = company.land().refusals
    assert sentence in refusal.reason and "\n" not in refusal.reason and len(refusal.reason) < 300


DEEP = 100_000
LANDED: dict[str, tuple[str, str, Callable[[Path], None], int]] = {
    "one line of 50 MB": ("csv", "a.csv", _long_line, 2),
    "a column name of 200 KB": (
        "csv",
        "a.csv",
        _lines(f"{HEADER};{'x' * 200_000}", f"{ROW.format(1)};y"),
        1,
    ),
    "30,000 columns": (
        "csv",
        "a.csv",
        _lines(f"{HEADER};{';'.join(f'c{n}' for n in range(30_000))}", ROW.format(1) + ";" * 30_000),
        1,
    ),
    "a number of 5,000 digits": (
        "csv",
        "a.csv",
        _lines(HEADER, ROW.format(1), ROW.format(2).replace("1,00", "9" * 5000)),
        1,
    ),
    "NUL": ("csv", "a.csv", _bytes(f"{HEADER}\n{ROW.format(1)}\n{ROW.format(2)}\0\n".encode()), 2),
    "lists in lists": (
        "jsonl",
        "a.jsonl",
        _lines(json.dumps(_object(1)), json.dumps(_object(2))[:-1] + ',"x":' + "[" * DEEP + "]" * DEEP + "}"),
        2,
    ),
    "open lists": ("jsonl", "a.jsonl", _lines(json.dumps(_object(1)), "[" * DEEP), 1),
    "60,000 keys": (
        "jsonl",
        "a.jsonl",
        _lines(json.dumps(_object(1) | {f"k{n}": n for n in range(60_000)})),
        1,
    ),
}


@pytest.mark.parametrize("case", LANDED)
def test_of_a_hostile_file_the_whole_rows_are_landed(tmp_path: Path, case: str) -> None:
    form, name, write, rows = LANDED[case]
    company = _company(tmp_path, form)
    write(company.deliver(name, ""))
    landing = company.land()
    assert [load.rows_accepted for load in landing.loads] == [rows], landing.refusals


def test_folders_pipes_and_links_to_nothing_are_named_and_hang_nothing(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.change(files=company.contract["files"] | {"glob": "files/*.csv"})
    folder = company.rows("good.csv", ROW.format(1)).parent
    (folder / "folder.csv").mkdir()
    os.mkfifo(folder / "pipe.csv")
    (folder / "nothing.csv").symlink_to(folder / "gone")
    (folder / "circle.csv").symlink_to(folder / "circle.csv")
    (folder / "zero.csv").symlink_to("/dev/zero")
    assert len(company.land().loads) == 1
    (scan,) = scan_feeds(
        read_contracts(company.settings.sources),
        company.settings.sources,
        company.settings.places,
        company.as_of,
    )
    assert list(scan.unreadable) == [
        f"shop: files/{name}.csv is no file; move it away"
        for name in ("circle", "folder", "nothing", "pipe", "zero")
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda path: path.unlink(), "the file was taken away while it was read"),
        (
            lambda path: path.write_text(f"{path.read_text()}{ROW.format(2)}\n"),
            "the file changed while it was read",
        ),
    ],
)
def test_a_file_that_goes_or_grows_after_it_was_looked_at_is_refused(
    tmp_path: Path, change: Callable[[Path], None], sentence: str
) -> None:
    company = Company(tmp_path)
    path = company.rows("a.csv", ROW.format(1))
    company.rows("b.csv", ROW.format(3))
    (company.settings.sources / "shop.yml").write_text(json.dumps(company.contract), encoding="utf-8")
    contracts = read_contracts(company.settings.sources)
    (scan,) = scan_feeds(contracts, company.settings.sources, company.settings.places, company.settings.as_of)
    change(path)
    landing = land_feed(scan, company.settings, accept, HOLDING_BACK)
    assert [load.file for load in landing.loads] == ["files/b.csv"]
    assert sentence in landing.refusals[0].reason


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"freshness": {"warn_after": "2d", "error_after": f"{10**14}d"}}, "is longer than 36,600 days"),
        ({"retention": f"{10**14}y"}, "is longer than 36,600 days"),
        ({"files": {"glob": "../../etc/*", "format": "csv"}}, "leaves the sources folder"),
        ({"files": {"glob": "files/../../x", "format": "csv"}}, "leaves the sources folder"),
        (
            {"files": {"glob": "files/*", "format": "csv", "header_row": 10**18}},
            "less than or equal to 10000",
        ),
        ({"files": {"glob": "files/*", "format": "csv", "encoding": "undefined"}}, "write an encoding"),
    ],
)
def test_a_contract_beyond_reason_is_one_sentence(
    tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    company = Company(tmp_path)
    company.change(**changes)
    with pytest.raises(StamgastError, match=sentence) as raised:
        company.land()
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_a_contract_nested_3000_deep_is_one_sentence(tmp_path: Path, opening: str) -> None:
    closing = "]" if opening == "[" else "}"
    (tmp_path / "shop.yml").write_text(f"feed: {opening * 3000}{closing * 3000}\n", encoding="utf-8")
    with pytest.raises(StamgastError, match=r"shop\.yml: is nested too deep to be read"):
        read_contracts(tmp_path)
