"""Lands the new files of a feed, one load each; and retries quarantined rows after their contract was fixed."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from pipelines.contracts import Contract
from pipelines.errors import StamgastError
from pipelines.landing.committing import Check, commit
from pipelines.landing.deliveries import Delivery, FeedScan, contract_digest, note_deliveries
from pipelines.landing.keeping_erased_out import HoldingBack
from pipelines.landing.loads import (
    Load,
    Refusal,
    forget_refusal,
    newest_day,
    next_load_number,
    read_loads,
    read_refusals,
    write_refusal,
)
from pipelines.landing.mapping import map_delivery, quarantine_unusable
from pipelines.landing.reading import delivered, is_object, read_delivery, source_columns
from pipelines.landing.refusals import can_refuse, collect_refusals, spell_words, write_refusals
from pipelines.landing.refused_file import RefusedFile
from pipelines.landing.special_values import drop_special_values
from pipelines.settings import Settings
from pipelines.warehouse.database import connect, name, read_parquet, text
from pipelines.warehouse.erasure_secret import erasure_secret, use_erasure_secret
from pipelines.warehouse.hash_keys import use_secret
from pipelines.warehouse.keys import hashing_secret


@dataclass
class FeedLanding:
    """The loads and the refused files that came of a feed's new files."""

    loads: list[Load] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


@contextmanager
def _workspace(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    places = settings.places
    secret = hashing_secret(places)
    places.staging.mkdir(parents=True, exist_ok=True)
    with connect(places) as connection:
        connection.execute(f"set variable landed_on = date '{settings.as_of}'")
        use_secret(connection, secret)
        use_erasure_secret(connection, erasure_secret(places))
        yield connection


def land_feed(
    scan: FeedScan,
    settings: Settings,
    check: Check,
    holding_back: HoldingBack,
    report: Callable[[str], None] = lambda _: None,
) -> FeedLanding:
    """Lands each new file of the feed; a file that cannot be read is refused and the next one tried.

    `check` judges each load before it is committed, `holding_back` keeps out who was erased, `report` receives one
    message per file.
    Raises StamgastError: the disk is full, or DuckDB fails in a way no file explains.
    """
    landing = FeedLanding()
    for refusal in read_refusals(settings.places):
        if refusal.feed == scan.contract.feed and refusal not in scan.still_refused:
            forget_refusal(settings.places, refusal.feed, refusal.fingerprint)
    for delivery in scan.new:
        try:
            with _workspace(settings) as connection:
                load = _land_file(connection, scan.contract, delivery, settings, check, holding_back)
        except RefusedFile as error:
            refusal = _refuse(scan.contract, delivery, settings, str(error))
            landing.refusals.append(refusal)
            report(f"{delivery.name}: refused: {refusal.reason}")
            continue
        except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException):
            raise  # a bug of this code; the message names columns and tables, no data
        except (OSError, duckdb.Error) as error:
            raise _explained(error, delivery.name) from None
        finally:
            _wipe(settings.places.staging)
        landing.loads.append(load)
        report(
            f"{delivery.name}: {load.rows_accepted:,} rows accepted, {load.rows_quarantined:,} quarantined, {load.status}"
        )
    if can_refuse(scan.contract.kind):
        note_deliveries(settings.places, scan, settings.as_of)
    return landing


def _land_file(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    delivery: Delivery,
    settings: Settings,
    check: Check,
    holding_back: HoldingBack,
) -> Load:
    places = settings.places
    loads = read_loads(places)
    load_number = next_load_number(places)
    _refuse_if_changed(delivery)
    read_delivery(connection, delivery.path, contract, places.staging)
    _refuse_if_changed(delivery)
    refusals = None
    if can_refuse(contract.kind):
        collect_refusals(
            connection, contract, delivery.path, load_number, delivery.fingerprint, settings.as_of
        )
        holding_back.from_refusals(connection, "refusals", places)
        # They count from here on, whatever becomes of the rest.
        refusals = write_refusals(connection, contract, load_number, places)
    _make_rows(connection, contract, delivery.path, load_number, settings.as_of)
    if contract.delivery == "snapshot" and not _count(connection, "rows"):
        raise RefusedFile(
            "the snapshot holds no usable row, which would drop everybody; have it delivered again"
        )
    return commit(
        connection,
        contract,
        delivery,
        places,
        loads,
        settings.as_of,
        check,
        holding_back,
        load_number,
        refusals,
    )


def _refuse_if_changed(delivery: Delivery) -> None:
    """Raises RefusedFile: the file is not the one that was fingerprinted, as while its system goes on writing it."""
    try:
        state = delivery.path.stat()
    except FileNotFoundError as error:
        raise RefusedFile("the file was taken away while it was read; deliver it again") from error
    if delivery.state is not None and delivery.state != (state.st_size, state.st_mtime_ns):
        raise RefusedFile(
            "the file changed while it was read; the next run reads it anew, so let it be written whole under another name first"
        )


def _make_rows(
    connection: duckdb.DuckDBPyConnection, contract: Contract, path: Path, load_number: int, as_of: date
) -> None:
    """Makes `rows`, `unread_cells` and `marked_texts` from `delivered`; adds to `torn` what cannot be used."""
    drop_special_values(connection, contract)
    map_delivery(connection, contract, path, load_number)
    spell_words(connection, contract)
    quarantine_unusable(connection, contract, as_of)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])


def _refuse(contract: Contract, delivery: Delivery, settings: Settings, reason: str) -> Refusal:
    refusal = Refusal(
        feed=contract.feed,
        kind=contract.kind,
        file=delivery.name,
        fingerprint=delivery.fingerprint,
        as_of=settings.as_of,
        reason=reason,
        contract=contract_digest(contract),
    )
    write_refusal(settings.places, refusal)
    return refusal


def _explained(error: OSError | duckdb.Error, file: str) -> StamgastError:
    """The error as a message for the user, without DuckDB's own, which may quote data."""
    if getattr(error, "errno", None) == 28 or "No space left" in str(error):
        return StamgastError(
            f"{file}: the disk of the warehouse is full; nothing of this file was landed: make room and run again"
        )
    if isinstance(error, OSError):
        return StamgastError(
            f"{file}: {os.strerror(error.errno) if error.errno else 'cannot be read'}; nothing of this file was landed"
        )
    return StamgastError(
        f"{file}: DuckDB stopped with {type(error).__name__}; nothing of this file was landed: compare the contract with the file"
    )


def _wipe(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def retry_quarantine(
    contract: Contract, settings: Settings, check: Check, holding_back: HoldingBack
) -> list[Load]:
    """Reads the quarantined rows of the feed again with the contract as it is now; returns the loads this makes.

    Rows that can be read now become a load of their own, which keeps their place in the order of delivery. A line that
    was torn stays in quarantine.
    Raises StamgastError: `as_of` lies before the day of a load.
    """
    landed = []
    loads = read_loads(settings.places)
    if settings.as_of < newest_day(loads):
        raise StamgastError(
            f"as_of {settings.as_of} lies before {newest_day(loads)}, when the newest load was landed; retry with that day or a later one"
        )
    for load in [
        load
        for load in loads
        if load.feed == contract.feed and load.status == "accepted" and load.retry_of is None
    ]:
        with _workspace(settings) as connection:
            retried = _retry(connection, contract, load, settings, check, holding_back)
        if retried:
            landed.append(retried)
    return landed


def _retry(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    load: Load,
    settings: Settings,
    check: Check,
    holding_back: HoldingBack,
) -> Load | None:
    places = settings.places
    loads = read_loads(places)
    quarantine = load.quarantine(places) / "torn.parquet"
    if not quarantine.exists():
        return None
    done = [other.folder(places) / "facts.parquet" for other in loads if other.retry_of == load.load_number]
    not_done = f"row_number not in (select row_number from {read_parquet(places, done)})" if done else "true"
    wanted = source_columns(contract)
    # The original of a torn line is no JSON object, so it yields nothing here.
    chosen = ", ".join(
        f"json_extract_string(original, {text('$.' + name(column))}) as {delivered(column)}"
        for column in wanted
    )
    connection.execute(f"""
        create or replace temp table delivered as
        select row_number, reason, {chosen} from {read_parquet(places, quarantine)}
        where {not_done} and {is_object("original")}
    """)
    connection.execute(
        "create or replace temp table torn (row_number bigint, reason varchar, original varchar)"
    )
    _make_rows(connection, contract, Path(load.file), load.load_number, settings.as_of)
    connection.execute(
        "create or replace temp table retried as select row_number, reason from delivered where row_number in (select row_number from rows)"
    )
    connection.execute("delete from torn")
    if not _count(connection, "retried"):
        return None
    delivery = Delivery(Path(load.file), load.file, load.fingerprint)
    number = next_load_number(places)
    return commit(
        connection,
        contract,
        delivery,
        places,
        loads,
        settings.as_of,
        check,
        holding_back,
        number,
        retry_of=load.load_number,
    )
