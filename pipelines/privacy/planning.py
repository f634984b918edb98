"""Plans an erasure: whose records go, where they lie, and what stays.

The plan is written to the ledger first, whole or not at all (`ledger/erasures/<number>/`). From then on its people cannot
come back with a file, and whatever is killed is finished by the next call. It consists of numbers and digests alone.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
from pydantic import BaseModel, ConfigDict, Field

from pipelines.campaigns.ledger import people_file, read_exports
from pipelines.contracts import FREE_TEXT, KINDS, Contract
from pipelines.errors import StamgastError
from pipelines.landing.columns import facts_columns
from pipelines.landing.deliveries import Fingerprints, files_of
from pipelines.landing.loads import Load, read_loads
from pipelines.privacy.people import Found
from pipelines.privacy.personal_columns import REFUSAL_TEXTS
from pipelines.privacy.refused import FIRST_RECORD, find_refusing
from pipelines.privacy.search_terms import find_named, write_search_terms
from pipelines.privacy.tombstones import POINTS, REFUSALS, SHARED_VALUES, write_tombstones
from pipelines.publishing.versions import DATABASES, current_version
from pipelines.warehouse.database import as_parquet, attach, name, read_parquet, text
from pipelines.warehouse.erasure_secret import digest
from pipelines.warehouse.places import Places

# Written by landing itself, so they contain no text of a source.
_OWN_COLUMNS = ("feed", "row_hash", "cookie_key")
_QUARANTINE_COLUMNS = {
    "torn": {"row_number": "BIGINT", "reason": "VARCHAR", "original": "VARCHAR"},
    "unread_cells": {"row_number": "BIGINT", "column_name": "VARCHAR", "original": "VARCHAR"},
}
_TABLES = ("due", "cookies", "cells", "quarantined", "accounts", "refusing", "tombstones", "search_terms")
# Tables whose file in the ledger has another name.
_FILES = {"quarantined": "set_aside", "search_terms": "needles"}


def plan_file(folder: Path, table: str) -> Path:
    """The file of a table of the plan in the folder of an erasure."""
    return folder / f"{_FILES.get(table, table)}.parquet"


class SourceFile(BaseModel):
    """A delivered file outside the warehouse whose landed rows name the people."""

    model_config = ConfigDict(frozen=True)

    feed: str
    file: str
    rows: list[int]
    is_there: bool


class ContainingExport(BaseModel):
    """An audience export with some of the people; its file lies outside the warehouse."""

    model_config = ConfigDict(frozen=True)

    number: int
    as_of: date
    file: str
    people: int


class Erasure(BaseModel):
    """The figures of a planned erasure: `plan.json` in its folder.

    `facts`: rows that lose their person. `cells`: texts in other rows that name somebody. `quarantined`: texts in
    quarantine. `reduced`: profiles of a refusal that keep a contact point which others share, so that it still counts for
    them. `refusals`: rows of refusals.parquet, which still count by digests of their contact points. `sharing`: other
    people who share a contact point with them. `version_before`: number of the version in force, 0 without one. `although`:
    why they go whatever contradicts inside them. `namesakes`: other people of their names, which stay; not stored.
    """

    model_config = ConfigDict(frozen=True, validate_by_name=True, serialize_by_alias=True)

    number: int
    erased_on: date
    people: int
    profiles: int
    reduced: int
    facts: int
    cells: int
    quarantined: int = Field(alias="set_aside")
    sharing: int
    version_before: int
    sources: list[SourceFile]
    exports: list[ContainingExport]
    refusals: int
    although: str | None = None
    namesakes: list[int] = Field(default_factory=list, exclude=True)


@dataclass(frozen=True)
class Planned:
    """The erasure that the requests ask for, None if they fit nobody; requests that fit nobody or several people are left out."""

    erasure: Erasure | None
    nobody: Sequence[Found] = field(default_factory=tuple)
    several: Sequence[Found] = field(default_factory=tuple)


def read_plan(folder: Path) -> Erasure:
    """The plan of an erasure."""
    return Erasure.model_validate_json((folder / "plan.json").read_bytes())


def erasure_folders(places: Places) -> list[Path]:
    """The folders of all erasures, oldest first."""
    return sorted(places.erasures.glob("[0-9]*"))


def open_erasures(places: Places) -> list[Path]:
    """The folders of erasures that are planned and not finished, oldest first."""
    return [folder for folder in erasure_folders(places) if not (folder / "receipt.json").exists()]


def write_due(connection: duckdb.DuckDBPyConnection, places: Places, owners: Sequence[int]) -> None:
    """Makes table due(person, profile_id, is_reduced, keeps_email, keeps_phone, keeps_address, keeps_street) from `everybody`.

    People are numbered from 1 in order of their ids. A profile of a refusal keeps the contact points that others share.
    """
    connection.execute(
        """
        create or replace temp table due as
        select distinct dense_rank() over (order by abs(owner)) as person, profile_id
        from everybody
        where owner in (select unnest($owners::bigint[]))
        """,
        {"owners": list(owners)},
    )
    refusing = " union ".join(
        f"select profile_id from {read_parquet(places, files, columns=facts_columns(kind))} where {condition}"
        for kind, condition in REFUSALS.items()
        if (files := facts_files(read_loads(places), places, kind))
    )
    shared = ", ".join(
        f"({value}) in (select {value} from rest where {value} is not null) as keeps_{kind}"
        for kind, value in SHARED_VALUES.items()
    )
    kept = ", ".join(f"coalesce(refused.keeps_{kind}, false) as keeps_{kind}" for kind in POINTS)
    any_kept = " or ".join(f"coalesce(refused.keeps_{kind}, false)" for kind in POINTS)
    connection.execute(f"""
        create or replace temp table due as
        with rest as (select * from everybody anti join due using (profile_id)),
        refused as (
            select profile_id, {shared}
            from everybody
            semi join due using (profile_id)
            semi join ({refusing or "select null::bigint as profile_id"}) as refusing using (profile_id)
        )
        select due.person, due.profile_id, {any_kept} as is_reduced, {kept}
        from due left join refused using (profile_id)
    """)


def facts_files(loads: Sequence[Load], places: Places, kind: str) -> list[Path]:
    """The files with facts of a kind, those of held loads included."""
    return [
        path
        for load in loads
        if load.kind == kind and (path := load.folder(places) / "facts.parquet").exists()
    ]


def _namesakes(connection: duckdb.DuckDBPyConnection) -> list[int]:
    """Numbers of the people who bear a name of those in `due` and are not among them."""
    rows = connection.execute("""
        select distinct abs(owner)
        from everybody
        anti join due using (profile_id)
        where
            owner > 0
            and name_key in (select name_key from everybody semi join due using (profile_id) where length(given_key) > 1)
        order by all
    """).fetchall()
    return [row[0] for row in rows]


def plan_erasure(
    connection: duckdb.DuckDBPyConnection,
    places: Places,
    contracts: Sequence[Contract],
    sources: Path,
    owners: Sequence[int],
    erased_on: date,
) -> Erasure:
    """Finds all records of these owners of `everybody`; leaves them in the tables that `write_plan` writes."""
    loads = read_loads(places)
    write_due(connection, places, owners)
    write_search_terms(connection)
    write_tombstones(connection)
    write_cookies(connection)
    find_refusing(connection)
    rows = rows_of(connection, places, loads)
    find_cells(connection, places, loads)
    find_quarantined(connection, places, loads)
    _find_accounts(connection, places)
    ((people, profiles, reduced),) = connection.execute(
        f"select count(distinct person), count(*) filter (profile_id < {FIRST_RECORD}), count(*) filter (is_reduced) from due"
    ).fetchall()
    ((cells, quarantined, refusals, sharing),) = connection.execute("""
        select
            (select count(*) from cells),
            (select count(*) from quarantined),
            (select count(*) from refusing),
            (
                select count(distinct everybody.owner)
                from everybody
                anti join due using (profile_id)
                where
                    everybody.owner > 0
                    and (
                        everybody.email_key in (select value from points where kind = 'email')
                        or everybody.phone_key in (select value from points where kind = 'phone')
                    )
            )
    """).fetchall()
    version = current_version(places)
    return Erasure(
        number=max((int(folder.name) for folder in erasure_folders(places)), default=0) + 1,
        erased_on=erased_on,
        people=people,
        profiles=profiles,
        reduced=reduced,
        facts=sum(len(numbers) for numbers in rows.values()),
        cells=cells,
        quarantined=quarantined,
        sharing=sharing,
        version_before=version.number if version else 0,
        namesakes=_namesakes(connection),
        sources=_source_files(connection, places, loads, contracts, sources, rows),
        exports=_exports(connection, places),
        refusals=refusals,
    )


def write_cookies(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes table cookies(cookie_key): cookies that belong to people of `due` alone."""
    connection.execute("""
        create or replace temp table cookies as
        select distinct cookie_key from everybody semi join due using (profile_id) where cookie_key is not null
        except
        select cookie_key from everybody anti join due using (profile_id)
    """)


def rows_of(
    connection: duckdb.DuckDBPyConnection, places: Places, loads: Sequence[Load]
) -> dict[int, list[int]]:
    """Load number -> numbers of its rows that lose their person."""
    found: dict[int, list[int]] = {}
    for kind, spec in KINDS.items():
        files = facts_files(loads, places, kind)
        if not files or not spec.has_contact_block:
            continue
        for load_number, numbers in connection.execute(f"""
            select load_number, list(row_number order by row_number)
            from {read_parquet(places, files, columns=facts_columns(kind))}
            where
                profile_id in (select profile_id from due)
                or (profile_id is null and cookie_key in (select cookie_key from cookies))
            group by load_number
            order by load_number
        """).fetchall():
            found[load_number] = numbers
    return found


def find_cells(connection: duckdb.DuckDBPyConnection, places: Places, loads: Sequence[Load]) -> None:
    """Makes table cells(load_number, row_number, column_name): texts of facts and refusals that name one of the people.

    Free text of their own rows is emptied anyway; these are other people's free text and the other columns of their rows.
    Reads `refused` and `refusing`.
    """
    connection.execute(
        "create or replace temp table cells (load_number bigint, row_number bigint, column_name varchar)"
    )
    for kind, spec in KINDS.items():
        files = facts_files(loads, places, kind)
        if not files or not spec.has_contact_block:
            continue
        for column in (
            "record_key",
            *(declared.name for declared in spec.columns if declared.type == "text"),
        ):
            if column in _OWN_COLUMNS:
                continue
            whose = "not in" if column in FREE_TEXT else "in"
            held = f"""
                select load_number, row_number, {name(column)} as cell
                from {read_parquet(places, files, columns=facts_columns(kind))}
                where {name(column)} is not null
                    and coalesce(profile_id, -1) {whose} (select profile_id from due)
            """
            connection.execute(f"create or replace temp table held_cells as {held}")
            find_named(connection, "select cell from held_cells")
            connection.execute(f"""
                insert into cells
                select load_number, row_number, {text(column)} from held_cells
                where cell in (select cell from named)
            """)
    joins = {"record_key": "semi"} | dict.fromkeys(REFUSAL_TEXTS, "anti")
    for column in ("record_key", "said", "purpose", "channel", "reason", *REFUSAL_TEXTS):
        joined = f"{joins[column]} join refusing using (load_number, row_number)" if column in joins else ""
        connection.execute(f"""
            create or replace temp table held_cells as
            select load_number, row_number, {column} as cell from refused {joined} where {column} is not null
        """)
        find_named(connection, "select cell from held_cells")
        connection.execute(f"""
            insert into cells
            select load_number, row_number, {text(column)} from held_cells where cell in (select cell from named)
            except
            from cells
        """)


def find_quarantined(connection: duckdb.DuckDBPyConnection, places: Places, loads: Sequence[Load]) -> None:
    """Makes table quarantined(load_number, file, row_number, column_name): texts in quarantine about the people."""
    connection.execute("""
        create or replace temp table quarantined (
            load_number bigint, file varchar, row_number bigint, column_name varchar
        )
    """)
    folders = [load.quarantine(places) for load in loads]
    load_of = "regexp_extract(filename, '([0-9]+)/[a-z_]+.parquet$', 1)::bigint"
    for file, column in (("torn", "null::varchar"), ("unread_cells", "column_name")):
        paths = [path for folder in folders if (path := folder / f"{file}.parquet").exists()]
        if not paths:
            continue
        connection.execute(f"""
            create or replace temp table held_cells as
            select {load_of} as load_number, row_number, {column} as column_name, original as cell
            from {read_parquet(places, paths, "filename = true", columns=_QUARANTINE_COLUMNS[file])}
            where original is not null
        """)
        find_named(connection, "select cell from held_cells")
        connection.execute(f"""
            insert into quarantined
            select load_number, {text(file)}, row_number, column_name from held_cells
            where cell in (select cell from named)
        """)
        if file == "unread_cells":
            _add_own_unread(connection, places, loads)
        else:
            # The refusal of a torn line may identify somebody where its text does not.
            connection.execute("""
                insert into quarantined
                select load_number, 'torn', row_number, null
                from held_cells
                semi join refusing using (load_number, row_number)
                anti join quarantined using (load_number, row_number)
            """)


def _add_own_unread(connection: duckdb.DuckDBPyConnection, places: Places, loads: Sequence[Load]) -> None:
    for kind, spec in KINDS.items():
        facts = facts_files(loads, places, kind)
        if facts and spec.has_contact_block:
            connection.execute(f"""
                insert into quarantined
                select held.load_number, 'unread_cells', held.row_number, held.column_name
                from held_cells as held
                inner join (
                    select load_number, row_number from {read_parquet(places, facts, columns=facts_columns(kind))}
                    where profile_id in (select profile_id from due)
                ) as own using (load_number, row_number)
                anti join quarantined as known
                    on known.file = 'unread_cells' and known.load_number = held.load_number
                    and known.row_number = held.row_number and known.column_name = held.column_name
            """)


def _find_accounts(connection: duckdb.DuckDBPyConnection, places: Places) -> None:
    """Makes table accounts(account_id, next_account_id): companies whose number is a profile that goes, and their next number."""
    version = current_version(places)
    if version is None:
        connection.execute(
            "create or replace temp table accounts (account_id bigint, next_account_id bigint)"
        )
        return
    path = places.published / version.name / DATABASES[0]
    attach(connection, places, path, "in_force", read_only=True)
    connection.execute("""
        create or replace temp table accounts as
        select account_id, min(profile_id) filter (profile_id not in (select profile_id from due)) as next_account_id
        from in_force.identity.profile_account
        where account_id in (select profile_id from due)
        group by account_id
    """)
    connection.execute("detach in_force")


def _source_files(
    connection: duckdb.DuckDBPyConnection,
    places: Places,
    loads: Sequence[Load],
    contracts: Sequence[Contract],
    sources: Path,
    rows: dict[int, list[int]],
) -> list[SourceFile]:
    """The delivered files that the rows came from, copies of them too, and whether each still lies in the sources folder."""
    fingerprints = Fingerprints(places)
    there: dict[tuple[str, str], list[str]] = {}
    for contract in contracts:
        for path in files_of(contract, sources):
            named = str(path.relative_to(sources) if path.is_relative_to(sources) else path)
            there.setdefault((contract.feed, fingerprints.of(path)), []).append(named)
    quarantined: dict[int, set[int]] = {}
    for load_number, row_number in connection.execute(
        "select load_number, row_number from quarantined union select load_number, row_number from refusing"
    ).fetchall():
        quarantined.setdefault(load_number, set()).add(row_number)
    found = []
    for load in loads:
        numbers = sorted({*rows.get(load.load_number, []), *quarantined.get(load.load_number, set())})
        if numbers and load.retry_of is None:
            still = there.get((load.feed, load.fingerprint), [])
            found += [
                SourceFile(feed=load.feed, file=file, rows=numbers, is_there=bool(still))
                for file in still or [load.file]
            ]
    return found


def _exports(connection: duckdb.DuckDBPyConnection, places: Places) -> list[ContainingExport]:
    found = []
    for export in read_exports(places):
        ((people,),) = connection.execute(
            f"select count(*) from {read_parquet(places, people_file(places, export.number))} "
            "where person_id in (select profile_id from due)"
        ).fetchall()
        if people:
            found.append(
                ContainingExport(number=export.number, as_of=export.as_of, file=export.file, people=people)
            )
    return found


def write_plan(connection: duckdb.DuckDBPyConnection, places: Places, erasure: Erasure) -> Path:
    """Writes the plan into the ledger with one rename; returns its folder. The connection knows the key of erasures.

    Raises StamgastError: nobody is in it.
    """
    if not erasure.people:
        raise StamgastError("the requests fit nobody, so there is nothing to erase")
    folder = places.erasures / f"{erasure.number:05d}"
    draft = folder.with_name(f".{folder.name}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    for table in _TABLES:
        chosen = {
            "tombstones": f"select *, date '{erasure.erased_on}' as erased_on from tombstones",
            "search_terms": f"select person, kind, {digest('token')} as digest, length, is_shared from search_terms",
        }.get(table, f"from {table}")
        connection.execute(
            f"copy (select * from ({chosen}) order by all) to {text(plan_file(draft, table))} {as_parquet(places)}"
        )
    (draft / "plan.json").write_text(erasure.model_dump_json(indent=1) + "\n", encoding="utf-8")
    for path in draft.iterdir():
        path.chmod(0o600)
    draft.rename(folder)
    return folder
