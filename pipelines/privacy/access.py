"""Answers a request for access (GDPR art. 15): all data on one person, what was derived from them and why, who received it.

The answer is personal data: it goes into its two files and nowhere else.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipelines.campaigns.ledger import people_file, read_exports
from pipelines.contracts import CONTACT_BLOCK, KINDS, Contract
from pipelines.contracts.policies import read_wordings, wording_text
from pipelines.errors import StamgastError
from pipelines.landing.columns import facts_columns
from pipelines.landing.loads import Load, load_of, read_loads
from pipelines.landing.refusals import refusal_columns
from pipelines.privacy.access_page import as_page
from pipelines.privacy.contradictions import Contradiction, find_contradictions, refuse_contradictions
from pipelines.privacy.people import find_people, write_owners
from pipelines.privacy.planning import facts_files, find_quarantined, write_cookies, write_due
from pipelines.privacy.refused import FIRST_RECORD, find_refusing
from pipelines.privacy.requests import Request
from pipelines.privacy.search_terms import write_search_terms
from pipelines.publishing.versions import opened
from pipelines.settings import Settings
from pipelines.warehouse.database import connect, read_parquet, text
from pipelines.warehouse.erasure_secret import use_erasure_secret
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.locking import locked
from pipelines.warehouse.places import Places

Row = dict[str, Any]


def answer_access(
    settings: Settings,
    contracts: Sequence[Contract],
    request: Request,
    out: Path,
    although: str | None = None,
) -> tuple[Path, Path, Mapping[str, Any]]:
    """Writes the answer into the folder as JSON and as a page, readable by the caller alone (0600); returns paths and answer.

    `although`: why it is answered whatever contradicts inside the person; goes into the ledger.

    Raises StamgastError: the request fits nobody or several people, or one whose records contradict each other; the folder
    cannot be made, nothing is published.
    """
    try:
        out.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError as error:
        raise StamgastError(f"{out}: is a file; give a folder where only you can read") from error
    except FileNotFoundError as error:
        raise StamgastError(f"{out}: lies in no folder; make {out.parent} first") from error
    places = settings.places
    with connect(places) as connection:
        write_owners(connection, places)
        (found,) = find_people(connection, places, [request])
        if not found.owners:
            raise StamgastError(
                "nobody is held under this; try another identifier, such as a former e-mail address"
            )
        if len(found.owners) > 1:
            raise StamgastError(
                f"this fits {len(found.owners)} people, and nobody may read a relative's file; "
                "add a second identifier, such as a name, birth date or postcode"
            )
        (owner,) = found.owners
        contradictions = find_contradictions(connection, contracts, settings.sources, settings.as_of, [owner])
        refuse_contradictions(contradictions, although)
        landed = read_landed(connection, settings, owner)
        profiles = {
            row[0] for row in connection.execute("select profile_id from due order by all").fetchall()
        }
        answer = {
            "person": abs(owner),
            "as_of": settings.as_of,
            "asked_with": sorted(request.given),
            "processing": _processing(connection, contracts),
            **landed,
        }
    published = _published(settings, abs(owner))
    answer |= published | {
        "wordings": wordings_of(published["permission_events"], read_wordings(settings.sources))
    }
    answer["exports"] = _exports(settings, profiles)
    if contradictions and although is not None:
        _note(settings, contradictions, although)
    paths = out / f"person-{abs(owner)}.json", out / f"person-{abs(owner)}.html"
    _write(paths[0], json.dumps(answer, indent=1, ensure_ascii=False, default=str) + "\n")
    _write(paths[1], as_page(answer))
    return *paths, answer


def _note(settings: Settings, contradictions: Sequence[Contradiction], although: str) -> None:
    """Writes why an answer was given in spite of contradictions to `ledger/answers/<number>.json`, without any number of the person."""
    folder = settings.places.answers
    folder.mkdir(parents=True, exist_ok=True)
    note = {
        "as_of": settings.as_of.isoformat(),
        "contradictions": [one.what for one in contradictions],
        "feeds": sorted({half.feed for one in contradictions for half in (one.left, one.right)}),
        "although": although,
    }
    with locked(settings.places):
        number = max((int(path.stem) for path in folder.glob("[0-9]*.json")), default=0) + 1
        write_atomically(folder / f"{number:05d}.json", json.dumps(note, indent=1, ensure_ascii=False) + "\n")


def _write(path: Path, content: str) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(content)


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, given: Sequence[Any] = ()) -> list[Row]:
    """The rows as dicts, without columns that are null or an empty list."""
    result = connection.execute(sql, list(given))
    columns = [column[0] for column in result.description]
    return [
        {
            column: value
            for column, value in zip(columns, values, strict=True)
            if value is not None and value != []
        }
        for values in result.fetchall()
    ]


def _processing(connection: duckdb.DuckDBPyConnection, contracts: Sequence[Contract]) -> list[Row]:
    """Purpose, legal ground and retention of each feed with records of the person (GDPR art. 15(1))."""
    feeds = {
        row[0]
        for row in connection.execute(
            "select distinct feed from everybody semi join due using (profile_id)"
        ).fetchall()
    }
    return [
        {
            "feed": contract.feed,
            "what": contract.description,
            "source": contract.licence.provider
            if contract.licence
            else "the person, or our own staff and systems",
            "purpose": contract.permission.purpose if contract.permission else "none of its own",
            "ground": contract.permission.basis if contract.permission else "",
            "kept_for": contract.retention,
            "owner": contract.owner,
        }
        for contract in contracts
        if contract.feed in feeds
    ]


def read_landed(
    connection: duckdb.DuckDBPyConnection, settings: Settings, owner: int
) -> dict[str, list[Row]]:
    """Records, facts, refusals and quarantined texts of an owner of `everybody`, each with feed, file, load and row.

    Leaves table due.
    """
    places = settings.places
    write_due(connection, places, [owner])
    write_search_terms(connection)
    write_cookies(connection)
    # None of the digests is written anywhere, so any key will do.
    use_erasure_secret(connection, b"access")
    find_refusing(connection)
    loads = read_loads(places)
    find_quarantined(connection, places, loads)
    return {
        "records": _records(connection, loads),
        "facts": _facts(connection, places, loads),
        "refusals": _refusals(connection, loads),
        "quarantined": _quarantined(connection, places, loads),
    }


def _records(connection: duckdb.DuckDBPyConnection, loads: Sequence[Load]) -> list[Row]:
    """The contact blocks of the person, with kind and file of the load in which each was first seen."""
    clean = ", ".join(
        column
        for column in (row[0] for row in connection.execute("describe everybody").fetchall())
        if column.endswith("_clean")
    )
    records = _rows(
        connection,
        f"""
        select profile_id, feed, {", ".join(CONTACT_BLOCK)}, {clean}
        from everybody semi join due using (profile_id) where profile_id < {FIRST_RECORD} order by profile_id
        """,
    )
    kind_of = {load.feed: load.kind for load in loads}
    for record in records:
        first = load_of(loads, record["profile_id"])
        record |= {"kind": kind_of.get(record["feed"]), "file": first.file if first else None}
    return records


def _facts(connection: duckdb.DuckDBPyConnection, places: Places, loads: Sequence[Load]) -> list[Row]:
    facts: list[Row] = []
    for kind, spec in KINDS.items():
        files = facts_files(loads, places, kind)
        if files and spec.has_contact_block:
            facts += _rows(
                connection,
                f"""
                select {text(kind)} as kind, *
                from {read_parquet(places, files, columns=facts_columns(kind))}
                where profile_id in (select profile_id from due)
                    or (profile_id is null and cookie_key in (select cookie_key from cookies))
                order by event_at, load_number, row_number
                """,
            )
    return _with_file(facts, loads)


def _refusals(connection: duckdb.DuckDBPyConnection, loads: Sequence[Load]) -> list[Row]:
    shown = ", ".join(column for column in refusal_columns() if column not in _DERIVED_OF_REFUSALS)
    refusals = f"select {shown} from refused semi join refusing using (load_number, row_number) order by load_number, row_number"
    return _with_file(_rows(connection, refusals), loads)


def _with_file(rows: list[Row], loads: Sequence[Load]) -> list[Row]:
    file_of = {load.load_number: load.file for load in loads}
    return [row | {"file": file_of.get(row["load_number"])} for row in rows]


def _quarantined(connection: duckdb.DuckDBPyConnection, places: Places, loads: Sequence[Load]) -> list[Row]:
    found: list[Row] = []
    for load in loads:
        for file in ("torn", "unread_cells"):
            path = load.quarantine(places) / f"{file}.parquet"
            planned = f"from quarantined where load_number = {load.load_number} and file = {text(file)}"
            if not path.exists() or not connection.execute(f"select exists ({planned})").fetchall()[0][0]:
                continue
            column = "column_name" if file == "unread_cells" else "null::varchar"
            for row in _rows(
                connection,
                f"select *, {column} as cell from {read_parquet(places, path)} as held where exists "
                f"(select 1 from ({planned}) as mine where mine.row_number = held.row_number "
                f"and mine.column_name is not distinct from {column})",
            ):
                row.pop("cell", None)
                found.append({"feed": load.feed, "load_number": load.load_number, "file": load.file, **row})
    return found


# Columns of refusals.parquet that landing derives: digests, and normal forms for comparing.
_DERIVED_OF_REFUSALS = (
    "fingerprint",
    "row_hash",
    "email_keys",
    "phone_keys",
    "number_key",
    "record_id_key",
    "point_digests",
)


_PUBLISHED = {
    "golden_record": "select * from customers.marts.customer_360 where person_id = $1",
    "values": "select * exclude (person_id) from customers.core.person_values where person_id = $1 order by attribute, value_rank",
    "permissions": "select * exclude (person_id) from marts.contactability where person_id = $1 order by all",
    "permission_events": "select * exclude (person_id) from core.fct_permission_events where person_id = $1 order by event_at",
    "segments": "select segment, reason from customers.marts.segment_members where person_id = $1 order by segment",
    "segment_history": "select segment, entered_date, left_date from marts.segment_history where person_id = $1 order by all",
    "household": "select household_id, valid_from, valid_to, rule from identity.person_household where person_id = $1 order by all",
    "employers": "select * exclude (person_id) from customers.core.dim_account_contact where person_id = $1 order by all",
    "products": "select * exclude (person_id) from marts.person_products where person_id = $1 order by product_id",
    # Only links inside the person: a link to somebody else's profile would show whom they resemble.
    "links": "select left_profile_id, right_profile_id, rule, probability from identity.links as link "
    "semi join identity.profile_person as own on link.left_profile_id = own.profile_id and own.person_id = $1 "
    "semi join identity.profile_person as other on link.right_profile_id = other.profile_id and other.person_id = $1 order by all",
    "number_history": "select * from identity.person_events where person_id = $1 order by version",
}


def _published(settings: Settings, person_id: int) -> Row:
    """What the published version derived from the person's data."""
    with opened(settings.places) as (connection, version):
        found: Row = {"version": version.name}
        for part, sql in _PUBLISHED.items():
            found[part] = _rows(connection, sql, [person_id])
    return found


def wordings_of(events: Sequence[Row], wordings: Mapping[str, str]) -> list[Row]:
    """Each grant, once for all channels and purposes of its row, with the wording it was given under."""
    grants: dict[tuple[Any, ...], Row] = {}
    for event in events:
        if event["event_type"] not in ("grant", "unconfirmed_grant"):
            continue
        version = event.get("wording_version")
        if version is None:
            wording = "the source names no version of the text"
        else:
            wording = wording_text(wordings, version) or "no text of this version is kept"
        grant = grants.setdefault(
            (event["feed"], event.get("record_key"), event["event_at"]),
            {
                "granted_at": event["event_at"],
                "feed": event["feed"],
                "record_key": event.get("record_key"),
                "purposes": [],
                "channels": [],
                "wording_version": version,
                "wording": wording,
            },
        )
        for word, values in (
            (event.get("purpose"), grant["purposes"]),
            (event["channel"], grant["channels"]),
        ):
            if word is not None and word not in values:
                values.append(word)
    return list(grants.values())


def _exports(settings: Settings, profiles: set[int]) -> list[Row]:
    places = settings.places
    found = []
    with connect(places) as connection:
        for export in read_exports(places):
            (held,) = connection.execute(
                f"select count(*) from {read_parquet(places, people_file(places, export.number))} "
                "where person_id in (select unnest(?::bigint[]))",
                [sorted(profiles)],
            ).fetchall()[0]
            if held:
                found.append(
                    export.model_dump(
                        include={
                            "number",
                            "exported_at",
                            "author",
                            "reason",
                            "segment",
                            "channel",
                            "purpose",
                            "file",
                        }
                    )
                )
    return found
