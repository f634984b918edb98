"""Proves an erasure: searches all that the warehouse and Dagster's home hold for the people of a receipt."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.errors import StamgastError
from pipelines.landing.loads import read_loads
from pipelines.privacy.receipts import Receipt
from pipelines.privacy.requests import Request
from pipelines.privacy.searching import Literals, Searched, search_files
from pipelines.privacy.tombstones import lifted_tombstones
from pipelines.privacy.words import WORDS
from pipelines.warehouse.database import connect
from pipelines.warehouse.erasure_secret import digest, use_erasure_secret
from pipelines.warehouse.places import Places


@dataclass(frozen=True)
class Verification:
    """What the search found. `literals`: values in clear that the bytes were searched for. `returned`: people who came back by an act of their own, since when; they are not searched.

    `strangers`: the requests of which the receipt knows no value.
    """

    searched: Searched
    people: int
    literals: int
    returned: dict[int, datetime]
    strangers: list[str]
    is_signed: bool


def verify_receipt(
    places: Places,
    receipt: Receipt,
    secret: bytes,
    requests: Sequence[Request] = (),
    folders: Sequence[Path] = (),
) -> Verification:
    """Searches every file under the warehouse, Dagster's home and the folders given.

    `requests`: what was asked to be erased, once more in clear; what the receipt does not know, or what others have as
    well, is left out.
    Raises StamgastError: a file cannot be opened.
    """
    lifted = lifted_tombstones(read_loads(places))
    returned = {
        int(stone.rpartition(".")[2]): moment
        for stone, moment in lifted.items()
        if stone.partition(".")[0] == str(receipt.erasure)
    }
    needles = [needle for needle in receipt.needles if needle.person not in returned]
    with connect(places) as connection:
        use_erasure_secret(connection, secret)
        connection.execute(WORDS)
        connection.register(
            "needle_rows",
            pa.table(
                {
                    "person": pa.array([needle.person for needle in needles], pa.int64()),
                    "kind": pa.array([needle.kind for needle in needles], pa.string()),
                    "digest": pa.array([needle.digest for needle in needles], pa.string()),
                    "length": pa.array([needle.length for needle in needles], pa.int64()),
                    "is_shared": pa.array([needle.is_shared for needle in needles], pa.bool_()),
                }
            ),
        )
        connection.execute("create temp table needles as from needle_rows")
        literals = Literals(_known_values(connection, requests))
        strangers = [
            request.where
            for request in requests
            if _searchable(request) and not _is_known(connection, request)
        ]
        roots = [places.root]
        # Dagster's home may be set elsewhere, for the UI and its schedule.
        if home := os.environ.get("DAGSTER_HOME"):
            roots.append(Path(home).resolve())
        roots += [folder.resolve() for folder in folders]
        searched = Searched()
        for root in dict.fromkeys(roots):
            if root != places.root and root.is_relative_to(places.root):
                continue
            if not root.is_dir():
                raise StamgastError(f"{root}: is no folder; give one that is there")
            files = sorted(
                path
                for path in root.rglob("*")
                if path.is_file() and not path.is_symlink() and not path.is_relative_to(places.temp)
            )
            one = search_files(connection, places, root, files, literals)
            searched.files += one.files
            searched.bytes += one.bytes
            searched.tables += one.tables
            searched.columns += one.columns
            searched.texts += one.texts
            searched.found += one.found
    return Verification(
        searched,
        len({needle.person for needle in needles}),
        literals.count,
        returned,
        strangers,
        receipt.is_signed_by(secret),
    )


def _searchable(request: Request) -> list[str]:
    """The values of a request that may stand in a file; a receipt knows no numbers of people."""
    return [
        value.rpartition(":")[2] if kind == "record" else value
        for kind, value in request.given.items()
        if kind != "number"
    ]


def _is_known(connection: duckdb.DuckDBPyConnection, request: Request) -> bool:
    """Whether the receipt knows a value of the request, be it one that others have as well."""
    return connection.execute(
        f"""
        select exists (
            select 1 from (select unnest(?::varchar[]) as value) as given
            inner join needles on {digest("privacy_fold(given.value)")} = needles.digest
        )
        """,
        [_searchable(request)],
    ).fetchall()[0][0]


def _known_values(
    connection: duckdb.DuckDBPyConnection, requests: Sequence[Request]
) -> list[tuple[int, str]]:
    """Of the values given those that are the people's alone, with the person, as the receipt knows them."""
    values = sorted({value for request in requests for value in _searchable(request)})
    connection.execute("create or replace temp table given as select unnest(?::varchar[]) as value", [values])
    return connection.execute(f"""
        select distinct needles.person, given.value
        from given
        inner join needles on {digest("privacy_fold(given.value)")} = needles.digest
        where not needles.is_shared
        order by all
    """).fetchall()
