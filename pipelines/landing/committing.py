"""Writes one delivery as a load: profiles numbered, facts and quarantine written, checked, then committed by one rename."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb

from pipelines.contracts import CONTACT_BLOCK, Contract
from pipelines.landing.columns import facts_columns, profile_columns
from pipelines.landing.deliveries import Delivery, contract_digest
from pipelines.landing.hashing import block_hash, cookie_key
from pipelines.landing.holding_back import HoldingBack
from pipelines.landing.loads import Load, as_json, next_profile_id, profile_files
from pipelines.landing.mapping import filled_block, is_somebody
from pipelines.landing.refusals import WrittenRefusals, forget_half_landed
from pipelines.landing.special_values import count_special_values
from pipelines.landing.statistics import Statistics, measure
from pipelines.normalising import add_clean_columns
from pipelines.warehouse.database import as_parquet, read_parquet, text
from pipelines.warehouse.places import Places


@dataclass(frozen=True)
class StagedLoad:
    """A load that is written but not committed, for the rules to look at."""

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
    """What the rules found: sentences of failed rules that hold the load, and of those that only warn."""

    failed: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)


Check = Callable[[StagedLoad], Verdict]


def number_profiles(
    connection: duckdb.DuckDBPyConnection, contract: Contract, places: Places, loads: Sequence[Load]
) -> None:
    """Gives every distinct contact block of `rows` its number: makes `new_profiles`, and `numbered` (block digest -> number).

    New numbers follow the keyed hash, so two runs over the same load agree; known blocks are found by their hash.
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
    formats = (
        contract.columns[contract.targets["birth_date"]].format if "birth_date" in contract.targets else []
    )
    add_clean_columns(connection, "unnumbered", "new_profiles", formats)
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


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple:
    return connection.execute(sql).fetchall()[0]


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
    """Makes load `number` of `rows`, `torn` and `unread_cells`; the last rename is the moment it exists.

    `refusals`: what of it refuses, which stands in the folder of the load already.
    `retry_of`: the rows came out of that load's quarantine, so they are counted as leaving it.
    """
    staged = places.staging / f"{number:06d}"
    shutil.rmtree(staged, ignore_errors=True)
    (staged / "quarantine").mkdir(parents=True)
    held_back = holding_back.from_rows(connection, contract, filled_block(contract), places, loads)
    first = last = None
    if contract.spec.has_contact_block:
        number_profiles(connection, contract, places, loads)
        first, last = _one(connection, "select min(profile_id), max(profile_id) from new_profiles")
        chosen = ", ".join(
            f"cast({column} as {sql_type}) as {column}" for column, sql_type in profile_columns().items()
        )
        connection.execute(
            f"copy (select {chosen} from new_profiles order by profile_id) to {text(staged / 'profiles.parquet')} {as_parquet(places)}"
        )
    facts = staged / "facts.parquet"
    _write_facts(connection, contract, facts, places)
    # An event of the future does not make a feed fresh before its day has come.
    happened = f"event_at < date '{as_of}' + interval 1 day"
    accepted, ahead, newest, latest, snapshot = _one(
        connection,
        f"select count(*), count(*) filter (not {happened}), max(event_at) filter ({happened}), max(event_at), "
        "max(snapshot_date) from rows",
    )
    reasons = dict(
        connection.execute("select reason, count(*) from torn group by reason order by reason").fetchall()
    )
    dropped, marked = count_special_values(connection)
    for table in ("torn", "unread_cells"):
        connection.execute(
            f"copy (from {table} order by all) to {text(staged / 'quarantine' / (table + '.parquet'))} {as_parquet(places)}"
        )
    statistics = measure(connection, contract)
    verdict = check(
        StagedLoad(
            contract=contract,
            facts=facts,
            rows_delivered=accepted + sum(reasons.values()) + held_back.suppressed,
            quarantined_by_reason=reasons,
            newest_event_at=newest,
            statistics=statistics,
            is_retry=retry_of is not None,
            earlier=loads,
        )
    )
    quarantined = sum(reasons.values())
    if retry_of is not None:
        came_out = connection.execute(
            "select reason, count(*) from retried group by reason order by reason"
        ).fetchall()
        reasons = {reason: -count for reason, count in came_out}
        quarantined = -accepted - held_back.suppressed
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
        snapshot_date=snapshot,
        rows_read=accepted + quarantined + held_back.suppressed,
        rows_accepted=accepted,
        rows_quarantined=quarantined,
        rows_suppressed=held_back.suppressed,
        quarantined_by_reason=reasons,
        newest_event_at=newest,
        last_event_at=latest,
        rows_ahead=ahead,
        first_profile_id=first,
        last_profile_id=last,
        rules_failed=verdict.failed,
        rules_warned=verdict.warned,
        retry_of=retry_of,
        values_dropped=dropped,
        texts_marked=marked,
        statistics=statistics,
        rows_without_person=held_back.without_person,
        texts_emptied=held_back.texts_emptied,
        tombstones_lifted=held_back.lifted,
        texts_unread=_count_unread(connection, contract),
        refusals=refusals.rows if refusals else None,
        refusals_unreadable=refusals.unreadable if refusals else 0,
    )
    _move_into_place(load, staged, places)
    if refusals is not None:
        forget_half_landed(connection, load, places)
    return load


# Values of a contact block whose form is known, so that a text may be none.
_READ = ("birth_date", "email", "phone", "gender", "country", "language", "vat_number", "company_number")


def _count_unread(connection: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, int]:
    """Texts that became null, by column: of every row, and of the contact blocks that are new."""
    counts = dict(
        connection.execute(
            "select column_name, count(*) from unread_cells group by all order by all"
        ).fetchall()
    )
    if contract.spec.has_contact_block:
        unread = ", ".join(
            f"count(*) filter ({column} is not null and {column}_clean is null)" for column in _READ
        )
        found = _one(connection, f"select {unread} from new_profiles")
        counts |= {column: count for column, count in zip(_READ, found, strict=True) if count}
    return counts


def _move_into_place(load: Load, staged: Path, places: Places) -> None:
    """Quarantine first, then what lies in the folder, `_load.json` last: before it the folder is no load."""
    quarantine = load.quarantine(places)
    shutil.rmtree(quarantine, ignore_errors=True)
    quarantine.parent.mkdir(parents=True, exist_ok=True)
    (staged / "quarantine").rename(quarantine)
    (staged / "_load.json").write_text(as_json(load), encoding="utf-8")
    folder = load.folder(places)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not folder.exists():
        staged.rename(folder)
        return
    # The refusals are there already.
    for path in sorted(staged.iterdir(), key=lambda path: (path.name == "_load.json", path.name)):
        path.rename(folder / path.name)
    staged.rmdir()
