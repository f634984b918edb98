"""Requests of people for their data: read from the command line or a file, and made comparable."""

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.errors import StamgastError
from pipelines.normalising.legal_and_phone_numbers import e164


@dataclass(frozen=True)
class Request:
    """The identifiers given for one person; all of them must fit.

    `where`: how messages call the request, without a value. `number`: a person or profile number. `record`: a record id of
    a source, alone or as feed:id.
    """

    where: str = "the request"
    email: str | None = None
    phone: str | None = None
    customer_number: str | None = None
    record: str | None = None
    number: str | None = None
    name: str | None = None
    postcode: str | None = None
    house_number: str | None = None
    birth_date: str | None = None

    @property
    def given(self) -> dict[str, str]:
        """The identifiers given, by name."""
        return {name: value for name in IDENTIFIERS if (value := getattr(self, name))}


IDENTIFIERS = tuple(field.name for field in fields(Request) if field.name != "where")
# These fit many people, so they only narrow down what another identifier finds.
_COARSE = {"postcode", "house_number", "birth_date"}


def checked(request: Request) -> Request:
    """The request, with its birth date in ISO form, if somebody can be found by it.

    Raises StamgastError: nothing is given, or only what fits many people; a number or birth date that cannot be read.
    """
    if not request.given:
        raise StamgastError(
            f"{request.where}: names nobody; give an e-mail address, telephone number or name"
        )
    if not set(request.given) - _COARSE:
        raise StamgastError(
            f"{request.where}: {', '.join(sorted(request.given)).replace('_', ' ')} alone would fit neighbours; add a name"
        )
    if request.number is not None and not request.number.isdigit():
        raise StamgastError(f"{request.where}: number is no number; write a person id such as 1042")
    if request.birth_date is not None:
        return replace(request, birth_date=_iso_date(request))
    return request


def _iso_date(request: Request) -> str:
    """The birth date, given with the year first or last and, as in Europe, the day before the month.

    Raises StamgastError: it cannot be read; taken as it is it would fit nobody, and the person would seem unknown.
    """
    written = re.sub(r"[\s./-]+", "-", (request.birth_date or "").strip())
    for form in ("%Y-%m-%d", "%d-%m-%Y"):
        try:
            return datetime.strptime(written, form).date().isoformat()
        except ValueError:
            continue
    raise StamgastError(
        f"{request.where}: birth date is no date; write 1985-06-12 or 12-06-1985 for the 12th of June"
    )


def read_requests(path: Path) -> list[Request]:
    """The requests of a CSV file (UTF-8), one per line; its header names the identifier in each column.

    Raises StamgastError: it cannot be read, a column is unknown, a line names nobody.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise StamgastError(f"{path}: cannot be read as UTF-8 text; give a CSV file") from error
    except OSError as error:
        raise StamgastError(f"{path}: {os.strerror(error.errno or 0)}; give a CSV file") from error
    try:
        rows = csv.DictReader(content.splitlines(), strict=True)
        header = rows.fieldnames or [""]
        unknown = [place for place, name in enumerate(header, 1) if name not in IDENTIFIERS]
        if unknown:
            # By its place: where the header is missing, a person's value stands there.
            raise StamgastError(
                f"{path}: column {unknown[0]} of the first line names no identifier; name the columns {', '.join(IDENTIFIERS)}"
            )
        requests = []
        for row in rows:
            where = f"{path.name}, line {rows.line_num}"
            if None in row or None in row.values():
                raise StamgastError(f"{where}: has not as many values as columns; put quotes around commas")
            given = {name: value.strip() for name, value in row.items() if value.strip()}
            requests.append(checked(Request(where, **given)))
    except csv.Error as error:
        raise StamgastError(f"{path}: is no CSV; fix its quotes") from error
    if not requests:
        raise StamgastError(f"{path}: holds no request; write one a line below the header")
    return requests


def write_asked(
    connection: duckdb.DuckDBPyConnection, requests: Sequence[Request], countries: Sequence[str]
) -> None:
    """Makes table asked(request, kind, value), values in comparable form; a phone number is read as of each of the countries."""
    rows: list[tuple[int, str, str]] = []
    for place, request in enumerate(requests):
        for kind, value in request.given.items():
            rows.append((place, kind, value))
            if kind == "phone":
                found = {number for country in countries if (number := e164(value, country))}
                rows += [(place, kind, number) for number in sorted(found)]
    connection.register(
        "asked_rows",
        pa.table(
            {
                "request": pa.array([row[0] for row in rows], pa.int64()),
                "kind": pa.array([row[1] for row in rows], pa.string()),
                "value": pa.array([row[2] for row in rows], pa.string()),
            }
        ),
    )
    connection.execute("""
        create or replace temp table asked as
        select distinct
            request,
            kind,
            case kind
                when 'email' then lower(trim(value))
                when 'phone' then folded(value)
                when 'customer_number' then lower(trim(value))
                when 'record' then lower(trim(value))
                when 'number' then value
                when 'birth_date' then value
                else folded(value)
            end as value
        from asked_rows
    """)
    connection.unregister("asked_rows")
