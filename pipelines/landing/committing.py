"""Commits a mapped delivery as a load: numbers its profiles, writes its files, has them checked, moves them into place."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb

from pipelines.contracts import CONTACT_BLOCK, Contract
from pipelines.landing.columns import facts_columns, profile_columns
from pipelines.landing.damage import digest_of
from pipelines.landing.deliveries import Delivery, contract_digest
from pipelines.landing.hashing import block_hash, cookie_key
from pipelines.landing.keeping_erased_out import HoldingBack
from pipelines.landing.loads import QUARANTINED, Load, as_json, next_profile_id, profile_files
from pipelines.landing.mapping import birth_date_formats, filled_block, is_somebody
from pipelines.landing.refusals import WrittenRefusals, forget_half_landed
from pipelines.landing.special_values import count_special_values
from pipelines.landing.statistics import Statistics, measure
from pipelines.normalising import add_clean_columns
from pipelines.warehouse.database import as_parquet, read_parquet, text
from pipelines.warehouse.places import Places


@dataclass(frozen=True)
class StagedLoad:
    """A load that is written but not committed: what the rules judge. `earlier`: the loads of all feeds before it."""

    contract: Contract
    facts: Path
    rows_delivered: int
    quarantined_by_reason: Mapping[str, int]
    newest_event_at: datetime | None
    statistics: Statistics
    is_retry: bool
    earlier: Sequence[Load]


@dataclass(frozen=True)
class Verdict:
    """Messages of the rules: `failed` hold the load, `warned` do not."""

    failed: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)


Check = Callable[[StagedLoad], Verdict]


def number_profiles(
    connection: duckdb.DuckDBPyConnection, contract: Contract, places: Places, loads: Sequence[Load]
) -> None:
    """Numbers every distinct contact block of `rows`: makes tables `new_profiles` and `numbered` (digest, profile_id).

    Blocks of earlier loads are found again by their keyed hash. New blocks are numbered in the order of that hash, so two
    runs over the same load agree.
    """
    filled = filled_block(contract)
    block = ", ".join(CONTACT_BLOCK)
    chosen = ", ".join(
        f"any_value({column}) as {column}" if column in filled else f"null::varchar as {column}"
        for column in CONTACT_BLOCK
    )
    connection.execute(f"""
        create or replace temp table blocks as
        select digest, {block_hash()} as block_hash, {cookie_key()} as cookie_key, {block}
        from (
            select block_digest as digest, {chosen}
            from rows where {is_somebody(filled)} group by digest
        )
    """)
    files = profile_files(places, loads, contract.feed)
    known = (
        f"select block_hash, profile_id from {read_parquet(places, files)}"
        if files
        else "select null::varchar as block_hash, null::bigint as profile_id limit 0"
    )
    first = next_profile_id(loads)
    connection.execute(f"""
        create or replace temp table unnumbered as
        select {first} - 1 + row_number() over (order by block_hash) as profile_id,
            {text(contract.feed)} as feed, block_hash, cookie_key, {block}
        from blocks anti join ({known}) using (block_hash)
    """)
    add_clean_columns(connection, "unnumbered", "new_profiles", birth_date_formats(contract))
    connection.execute(f"""
        create or replace temp table numbered as
        select digest, coalesce(new_profiles.profile_id, known.profile_id) as profile_id
        from blocks
        left join new_profiles using (block_hash)
        left join ({known}) as known using (block_hash)
    """)


def _write_facts(
    connection: duckdb.DuckDBPyConnection, contract: Contract, target: Path, places: Places
) -> None:
    columns = facts_columns(contract.kind)
    if not contract.spec.has_contact_block:
        chosen = ", ".join(
            f"cast({column} as {sql_type}) as {column}" for column, sql_type in columns.items()
        )
        marked = "from (select *, null as special_categories from rows)"
        connection.execute(
            f"copy (select {chosen} {marked} order by row_number) to {text(target)} {as_parquet(places)}"
        )
        return
    block = filled_block(contract)
    has_cookie = "cookie_id" in block
    computed = {
        "profile_id": "numbered.profile_id",
        "cookie_key": "cookies.cookie_key" if has_cookie else "null",
        "special_categories": "coalesce(marked_texts.found, [])",
    }
    chosen = ", ".join(
        f"cast({computed.get(column, 'facts.' + column)} as {sql_type}) as {column}"
        for column, sql_type in columns.items()
    )
    cookies = f"left join (select cookie_id, {cookie_key()} as cookie_key from (select distinct cookie_id from rows)) as cookies using (cookie_id)"
    connection.execute(f"""
        copy (
            select {chosen}
            from rows as facts
            left join numbered on facts.block_digest = numbered.digest
            left join marked_texts using (row_number)
            {cookies if has_cookie else ""}
            order by row_number
        ) to {text(target)} {as_parquet(places)}
    """)


def _one_row(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple:
    return connection.execute(sql).fetchall()[0]


@dataclass(frozen=True)
class _Figures:
    """Rows of a staged load, counted.

    `torn_by_reason`: rows of the file that go to quarantine. `quarantined`, `quarantined_by_reason`: the same, but of a
    retry the rows that leave the quarantine of the first load, as negative numbers. `ahead`: accepted rows dated after
    `as_of`. `newest_event_at`: up to `as_of`; `last_event_at`: of all rows.
    """

    accepted: int
    suppressed: int
    torn_by_reason: dict[str, int]
    quarantined: int
    quarantined_by_reason: dict[str, int]
    ahead: int
    newest_event_at: datetime | None
    last_event_at: datetime | None
    snapshot_date: date | None
    statistics: Statistics


def commit(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    delivery: Delivery,
    places: Places,
    loads: Sequence[Load],
    as_of: date,
    check: Check,
    holding_back: HoldingBack,
    number: int,
    refusals: WrittenRefusals | None = None,
    retry_of: int | None = None,
) -> Load:
    """Commits `rows`, `torn` and `unread_cells` as load `number`; the load exists from the last rename on.

    `refusals`: counts of the refusals.parquet that stands in the folder of the load already. `retry_of`: the load from
    whose quarantine the rows come.
    """
    staged = places.staging / f"{number:06d}"
    shutil.rmtree(staged, ignore_errors=True)
    (staged / "quarantine").mkdir(parents=True)
    held_back = holding_back.from_rows(connection, contract, filled_block(contract), places, loads)
    first_profile_id, last_profile_id = _write_profiles(connection, contract, staged, places, loads)
    _write_facts(connection, contract, staged / "facts.parquet", places)
    _write_quarantine(connection, staged / "quarantine", places)
    figures = _count_rows(connection, contract, as_of, held_back.suppressed, is_retry=retry_of is not None)
    verdict = check(_staged_load(contract, staged, figures, retry_of, loads))
    values_dropped, texts_marked = count_special_values(connection)
    load = Load(
        load_number=number,
        feed=contract.feed,
        kind=contract.kind,
        file=delivery.name,
        fingerprint=delivery.fingerprint,
        contract=contract_digest(contract),
        status="held" if verdict.failed else "accepted",
        as_of=as_of,
        delivery=contract.delivery,
        snapshot_date=figures.snapshot_date,
        rows_read=figures.accepted + figures.quarantined + figures.suppressed,
        rows_accepted=figures.accepted,
        rows_quarantined=figures.quarantined,
        rows_suppressed=figures.suppressed,
        quarantined_by_reason=figures.quarantined_by_reason,
        newest_event_at=figures.newest_event_at,
        last_event_at=figures.last_event_at,
        rows_ahead=figures.ahead,
        first_profile_id=first_profile_id,
        last_profile_id=last_profile_id,
        rules_failed=verdict.failed,
        rules_warned=verdict.warned,
        retry_of=retry_of,
        values_dropped=values_dropped,
        texts_marked=texts_marked,
        statistics=figures.statistics,
        rows_without_person=held_back.without_person,
        texts_emptied=held_back.texts_emptied,
        tombstones_lifted=held_back.lifted,
        texts_unread=_count_unread(connection, contract),
        refusals=refusals.rows if refusals else None,
        refusals_unreadable=refusals.unreadable if refusals else 0,
    )
    load = _move_into_place(load, staged, places)
    if refusals is not None:
        forget_half_landed(connection, load, places)
    return load


def _write_profiles(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    staged: Path,
    places: Places,
    loads: Sequence[Load],
) -> tuple[int | None, int | None]:
    """Writes profiles.parquet with the contact blocks first seen in this load; returns the first and last profile number."""
    if not contract.spec.has_contact_block:
        return None, None
    number_profiles(connection, contract, places, loads)
    columns = ", ".join(
        f"cast({column} as {sql_type}) as {column}" for column, sql_type in profile_columns().items()
    )
    connection.execute(
        f"copy (select {columns} from new_profiles order by profile_id) to {text(staged / 'profiles.parquet')} {as_parquet(places)}"
    )
    first, last = _one_row(connection, "select min(profile_id), max(profile_id) from new_profiles")
    return first, last


def _write_quarantine(connection: duckdb.DuckDBPyConnection, folder: Path, places: Places) -> None:
    for table in ("torn", "unread_cells"):
        target = text(folder / f"{table}.parquet")
        connection.execute(f"copy (from {table} order by all) to {target} {as_parquet(places)}")


def _count_rows(
    connection: duckdb.DuckDBPyConnection, contract: Contract, as_of: date, suppressed: int, *, is_retry: bool
) -> _Figures:
    # An event of the future does not make a feed fresh before its day has come.
    happened = f"event_at < date '{as_of}' + interval 1 day"
    accepted, ahead, newest, last, snapshot = _one_row(
        connection,
        f"select count(*), count(*) filter (not {happened}), max(event_at) filter ({happened}), max(event_at), "
        "max(snapshot_date) from rows",
    )
    torn = _by_reason(connection, "torn")
    return _Figures(
        accepted=accepted,
        suppressed=suppressed,
        torn_by_reason=torn,
        quarantined=-accepted - suppressed if is_retry else sum(torn.values()),
        quarantined_by_reason={reason: -count for reason, count in _by_reason(connection, "retried").items()}
        if is_retry
        else torn,
        ahead=ahead,
        newest_event_at=newest,
        last_event_at=last,
        snapshot_date=snapshot,
        statistics=measure(connection, contract),
    )


def _by_reason(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, int]:
    counts = f"select reason, count(*) from {table} group by reason order by reason"
    return dict(connection.execute(counts).fetchall())


def _staged_load(
    contract: Contract, staged: Path, figures: _Figures, retry_of: int | None, loads: Sequence[Load]
) -> StagedLoad:
    return StagedLoad(
        contract=contract,
        facts=staged / "facts.parquet",
        rows_delivered=figures.accepted + sum(figures.torn_by_reason.values()) + figures.suppressed,
        quarantined_by_reason=figures.torn_by_reason,
        newest_event_at=figures.newest_event_at,
        statistics=figures.statistics,
        is_retry=retry_of is not None,
        earlier=loads,
    )


# Columns of the contact block that are parsed, so a text may fail to be read.
_PARSED_COLUMNS = (
    "birth_date",
    "email",
    "phone",
    "gender",
    "country",
    "language",
    "vat_number",
    "company_number",
)


def _count_unread(connection: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, int]:
    """Texts that could not be read and became null, by column: of all rows, and of the contact blocks first seen here."""
    counts = dict(
        connection.execute(
            "select column_name, count(*) from unread_cells group by all order by all"
        ).fetchall()
    )
    if contract.spec.has_contact_block:
        unread = ", ".join(
            f"count(*) filter ({column} is not null and {column}_clean is null)" for column in _PARSED_COLUMNS
        )
        found = _one_row(connection, f"select {unread} from new_profiles")
        counts |= {column: count for column, count in zip(_PARSED_COLUMNS, found, strict=True) if count}
    return counts


def _move_into_place(load: Load, staged: Path, places: Places) -> Load:
    """Moves the quarantine, then the files of the load, `_load.json` last: without that file the folder is no load.

    Returns the load with the digests of its files.
    """
    quarantine = load.quarantine(places)
    shutil.rmtree(quarantine, ignore_errors=True)
    quarantine.parent.mkdir(parents=True, exist_ok=True)
    (staged / "quarantine").rename(quarantine)
    folder = load.folder(places)
    files = {path.name: path for path in (*staged.iterdir(), *folder.glob("*.parquet"))}
    files |= {QUARANTINED + path.name: path for path in quarantine.iterdir()}
    digests = {name: [digest_of(path)] for name, path in sorted(files.items())}
    load = load.model_copy(update={"digests": digests})
    (staged / "_load.json").write_text(as_json(load), encoding="utf-8")
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not folder.exists():
        staged.rename(folder)
        return load
    # The refusals are there already.
    for path in sorted(staged.iterdir(), key=lambda path: (path.name == "_load.json", path.name)):
        path.rename(folder / path.name)
    staged.rmdir()
    return load
