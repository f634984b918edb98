"""Verifies an erasure: searches all files of the warehouse and Dagster's home for the people of a receipt."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.errors import StamgastError
from pipelines.landing.loads import read_loads
from pipelines.privacy.receipts import Receipt, SearchTerm
from pipelines.privacy.requests import Request
from pipelines.privacy.searching import Literals, Searched, search_files
from pipelines.privacy.tombstones import lifted_tombstones
from pipelines.privacy.word_macros import add_word_macros
from pipelines.warehouse.database import connect
from pipelines.warehouse.erasure_secret import digest, use_erasure_secret
from pipelines.warehouse.places import Places


@dataclass(frozen=True)
class Verification:
    """What the search found.

    `people`: how many were searched for. `literals`: how many values in clear. `returned`: people who came back by an act
    of their own, and since when; they are not searched for. `unknown`: requests whose values the receipt does not contain.
    """

    searched: Searched
    people: int
    literals: int
    returned: dict[int, datetime]
    unknown: list[str]
    is_signed: bool


def verify_receipt(
    places: Places,
    receipt: Receipt,
    secret: bytes,
    requests: Sequence[Request] = (),
    folders: Sequence[Path] = (),
) -> Verification:
    """Searches every file under the warehouse, Dagster's home and the folders given.

    `requests`: what was asked to be erased, once more in clear; values that the receipt does not contain, or that others
    share, are left out.
    Raises StamgastError: a folder is none, a file cannot be opened.
    """
    returned = _returned(places, receipt)
    terms = [term for term in receipt.search_terms if term.person not in returned]
    with connect(places) as connection:
        use_erasure_secret(connection, secret)
        add_word_macros(connection)
        _write_search_terms(connection, terms)
        literals = Literals(_known_values(connection, requests))
        unknown = [
            request.where
            for request in requests
            if _searchable(request) and not _is_known(connection, request)
        ]
        searched = Searched()
        for root in _roots(places, folders):
            files = sorted(
                path
                for path in root.rglob("*")
                if path.is_file() and not path.is_symlink() and not path.is_relative_to(places.temp)
            )
            searched.add(search_files(connection, places, root, files, literals))
    people = len({term.person for term in terms})
    return Verification(searched, people, literals.count, returned, unknown, receipt.is_signed_by(secret))


def _returned(places: Places, receipt: Receipt) -> dict[int, datetime]:
    """People of the receipt who came back by an act of their own, and since when."""
    return {
        int(stone.rpartition(".")[2]): moment
        for stone, moment in lifted_tombstones(read_loads(places)).items()
        if stone.partition(".")[0] == str(receipt.erasure)
    }


def _write_search_terms(connection: duckdb.DuckDBPyConnection, terms: Sequence[SearchTerm]) -> None:
    """Makes table search_terms(person, kind, digest, length, is_shared)."""
    connection.register(
        "search_term_rows",
        pa.table(
            {
                "person": pa.array([term.person for term in terms], pa.int64()),
                "kind": pa.array([term.kind for term in terms], pa.string()),
                "digest": pa.array([term.digest for term in terms], pa.string()),
                "length": pa.array([term.length for term in terms], pa.int64()),
                "is_shared": pa.array([term.is_shared for term in terms], pa.bool_()),
            }
        ),
    )
    connection.execute("create temp table search_terms as from search_term_rows")


def _roots(places: Places, folders: Sequence[Path]) -> list[Path]:
    """The folders to search: the warehouse, Dagster's home and those given, without folders inside the warehouse.

    Raises StamgastError: one is no folder.
    """
    # Dagster's home may be set elsewhere, for the UI and its schedule.
    home = [Path(os.environ["DAGSTER_HOME"]).resolve()] if os.environ.get("DAGSTER_HOME") else []
    others = dict.fromkeys([*home, *(folder.resolve() for folder in folders)])
    roots = [places.root, *(folder for folder in others if not folder.is_relative_to(places.root))]
    for root in roots:
        if not root.is_dir():
            raise StamgastError(f"{root}: is no folder; give one that is there")
    return roots


def _searchable(request: Request) -> list[str]:
    """The values of a request that may stand in a file; numbers of people are in no receipt."""
    return [
        value.rpartition(":")[2] if kind == "record" else value
        for kind, value in request.given.items()
        if kind != "number"
    ]


def _is_known(connection: duckdb.DuckDBPyConnection, request: Request) -> bool:
    """Whether the receipt contains a value of the request, shared or not."""
    return connection.execute(
        f"""
        select exists (
            select 1 from (select unnest(?::varchar[]) as value) as given
            inner join search_terms on {digest("folded(given.value)")} = search_terms.digest
        )
        """,
        [_searchable(request)],
    ).fetchall()[0][0]


def _known_values(
    connection: duckdb.DuckDBPyConnection, requests: Sequence[Request]
) -> list[tuple[int, str]]:
    """(person, value) for the values of the requests that the receipt contains and that nobody shares."""
    values = sorted({value for request in requests for value in _searchable(request)})
    connection.execute("create or replace temp table given as select unnest(?::varchar[]) as value", [values])
    return connection.execute(f"""
        select distinct search_terms.person, given.value
        from given
        inner join search_terms on {digest("folded(given.value)")} = search_terms.digest
        where not search_terms.is_shared
        order by all
    """).fetchall()
