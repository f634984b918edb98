"""A person planted in every format of feed, before anything is landed."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

GIVEN, FAMILY, EMAIL = "Quirijntje", "Zonderlingh", "quirijntje.zonderlingh@canary.example"
PHONE, NUMBER, STREET = "0687654329", "K990017", "Kanarielaan"
NAME = f"{GIVEN} {FAMILY}"
WHO = {"first_name": GIVEN, "last_name": FAMILY, "email": EMAIL, "phone": PHONE, "mobile": PHONE, "customer_no": NUMBER,
       "street": STREET, "house_no": "17", "zip": "1234 AB", "city": "Utrecht", "country": "NL"}  # fmt: skip
# What `strings` or a reader of columns would find.
TRACES = (GIVEN, FAMILY, EMAIL, PHONE, "+31687654329", NUMBER, STREET)


def plant(sources: Path) -> None:
    """Writes the person into the newest file of a feed in CSV, JSON lines, Parquet and Excel; one row and one cell broken."""
    files = sources / "files"
    _csv(_newest(files / "shop_accounts", "accounts_*.csv"), WHO | {
        "registration_id": "R9900017", "registered_at": "2026-06-20T10:00:00Z", "remark": f"Call {GIVEN} first",
    })  # fmt: skip
    _csv(_newest(files / "shop_orders", "orders_2026_06.csv"), WHO | {
        "order_no": "WS99000017", "line_no": "1", "ordered_at": "2026-06-21T10:00:00Z", "sku": "SG-10001", "quantity": "1",
        "unit_price": "25.00", "discount": "0.00", "total": "25.00",
    })  # fmt: skip
    _csv(_newest(files / "consents", "*.csv"), WHO | {
        "consent_id": "P99000017", "acted_at": "2026-06-22T10:00:00Z", "action": "grant", "purpose": "offers",
        "channel": "email", "wording": "2026-1", "double_opt_in": "true",
    })  # fmt: skip
    # What she refuses is kept apart from its load, also where the day cannot be read.
    for number, day, said in (
        ("18", "2026-06-22T11:00:00Z", "withdraw"),
        ("19", "soon", f"do not call {NAME}"),
    ):
        _csv(_newest(files / "consents", "*.csv"), WHO | {
            "consent_id": f"P990000{number}", "acted_at": day, "action": said, "purpose": "profiling", "channel": "phone",
        })  # fmt: skip
    _csv(_newest(files / "consumer_list", "*.csv"), {
        "ref": "AW990017", "last_seen": "10-06-2026", "naam": NAME, "adres": STREET, "nr": "17", "pc": "1234AB", "plaats": "Utrecht",
        "land": "NL", "telefoon": PHONE, "email": EMAIL,
    }, ";", "cp1252")  # fmt: skip
    # Without a date the card cannot be used.
    _csv(_newest(files / "warranty_cards", "*.csv"), {
        "kaartnr": "W990017", "voornaam": GIVEN, "achternaam": FAMILY, "e-mail": EMAIL, "tel": PHONE, "straat": STREET,
        "land": "NL", "opmerking": f"card of {NAME}",
    }, ";", "cp1252")  # fmt: skip
    _line(_newest(files / "sample_requests", "*.jsonl"), {
        "id": "S-99-0017", "at": "2026-06-16T20:58:43+00:00", "firstName": GIVEN, "lastName": FAMILY, "email": EMAIL,
        "street": STREET, "number": "17", "postalCode": "1234 AB", "country": "NL", "cookieId": "ck990017990017",
    })  # fmt: skip
    # A rating that is none, which DuckDB would quote.
    _line(_newest(files / "support_tickets", "tickets_2026_06.jsonl"), {
        "ticket": "T9900017", "opened": "2026-06-23T01:00:00Z", "customer": NUMBER, "name": NAME, "email": EMAIL,
        "country": "NL", "status": "closed", "rating": f"five, says {EMAIL}", "subject": f"{NAME} is not amused",
    })  # fmt: skip
    _parquet(_newest(files / "web_events", "events_2026_06.parquet"), {
        "event_id": "V9900000017", "event_time": "2026-06-24 10:59:16", "event_name": "login", "session": "s990017",
        "cookie": "ck990017990017", "customer_no": NUMBER, "email": EMAIL, "page": "https://stamgast-demo.example/",
    })  # fmt: skip
    _excel(_newest(files / "surveys", "responses_2026_06.xlsx"), {
        "Response": "A990017", "Submitted": "25/06/2026 07:00", "Survey": "after-order", "Question": "delivery",
        "Customer": NUMBER, "E-mail": EMAIL, "Answer": f"Ask for {NAME}",
    })  # fmt: skip


def plant_again(sources: Path, relative: str) -> None:
    """The next bought list: all rows of the newest one, hers included, as new ones, and a relative with her mailbox."""
    newest = _newest(sources / "files" / "consumer_list", "*.csv")
    following = newest.with_name("consumenten_2026_3.csv")
    following.write_text(newest.read_text("cp1252").replace("\nAW9", "\nAW8"), "cp1252", newline="")
    _csv(following, {"ref": "AW890018", "last_seen": "15-06-2026", "naam": relative, "land": "NL", "email": EMAIL,
        "adres": STREET, "nr": "17", "pc": "1234AB", "plaats": "Utrecht"}, ";", "cp1252")  # fmt: skip


def _newest(folder: Path, glob: str) -> Path:
    return sorted(folder.glob(glob))[-1]


def _csv(path: Path, row: Mapping[str, str], delimiter: str = ",", encoding: str = "utf-8") -> None:
    with path.open(encoding=encoding, newline="") as stream:
        header = next(csv.reader(stream, delimiter=delimiter))
    with path.open("a", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerow([row.get(column, "") for column in header])


def _line(path: Path, row: Mapping[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")


def _parquet(path: Path, row: Mapping[str, str]) -> None:
    table = pq.read_table(path)
    planted = pa.table({field.name: pa.array([row.get(field.name)], field.type) for field in table.schema})
    pq.write_table(pa.concat_tables([table, planted.cast(table.schema)]), path)


def _excel(path: Path, row: Mapping[str, str]) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["Responses"]
    header = [cell.value for cell in sheet[2]]
    sheet.append([row.get(str(column)) for column in header])
    book.save(path)
