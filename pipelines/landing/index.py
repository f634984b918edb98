"""Derives the files in `build/` that dbt reads beside the loads: loads, feeds, policies, refusals, an empty file per kind."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.contracts import KINDS, Contract
from pipelines.contracts.policies import CountryRule
from pipelines.errors import StamgastError
from pipelines.landing.columns import facts_columns, profile_columns
from pipelines.landing.loads import as_known_on, newest_event, read_loads, read_refusals
from pipelines.landing.refusals import FILE, can_refuse, refusal_columns, refusal_files
from pipelines.warehouse.database import as_parquet, connect, read_parquet, text
from pipelines.warehouse.places import Places


def write_landed(
    places: Places, contracts: Sequence[Contract], as_of: date, country_rules: Sequence[CountryRule] = ()
) -> dict[str, int]:
    """Writes the files that dbt reads of ledger, contracts and policies; returns the rows of each table.

    Loads, feeds, codes and country rules hold no personal data and are never encrypted.
    Raises StamgastError: a load of a kind that can refuse lacks its refusals.
    """
    places.build.mkdir(parents=True, exist_ok=True)
    _write_empty(places)
    return {
        "loads": write_loads(places, contracts, places.index("loads"), as_of),
        "feeds": _write_feeds(places, contracts),
        "country_rules": _write_country_rules(places, country_rules),
        "codes": _write_codes(places, contracts),
        "refusals": write_refusals_in_force(places, as_of, places.index("refusals")),
    }


_LOADS = pa.schema(
    [
        ("load_number", pa.int64()),
        ("feed", pa.string()),
        ("kind", pa.string()),
        ("file", pa.string()),
        ("fingerprint", pa.string()),
        ("status", pa.string()),
        ("is_read", pa.bool_()),
        ("as_of", pa.date32()),
        ("delivery", pa.string()),
        ("snapshot_date", pa.date32()),
        ("rows_read", pa.int64()),
        ("rows_accepted", pa.int64()),
        ("rows_quarantined", pa.int64()),
        ("rows_suppressed", pa.int64()),
        ("repeats_no_key", pa.bool_()),
        ("quarantined_by_reason", pa.map_(pa.string(), pa.int64())),
        ("values_dropped_by_reason", pa.map_(pa.string(), pa.int64())),
        ("texts_unread_by_column", pa.map_(pa.string(), pa.int64())),
        ("newest_event_at", pa.timestamp("us")),
        ("rules_failed", pa.list_(pa.string())),
        ("rules_warned", pa.list_(pa.string())),
        ("refusals", pa.int64()),
        ("refusals_unreadable", pa.int64()),
        ("acknowledged", pa.bool_()),
        ("facts_path", pa.string()),
        ("profiles_path", pa.string()),
    ]
)


def write_loads(places: Places, contracts: Sequence[Contract], target: Path, as_of: date) -> int:
    """Writes one row per load and refused file of these feeds, as the ledger stood at the end of `as_of`; returns the rows."""
    feeds = {contract.feed for contract in contracts}
    records: list[dict[str, object]] = []
    loads = as_known_on(read_loads(places), as_of)
    # Rows out of quarantine are numbered as their load's, so they may repeat its keys.
    retried = {load.retry_of for load in loads}
    for load in loads:
        # A load whose contract is gone stays on disk, but nobody reads it.
        folder = load.folder(places)
        is_read = load.status == "accepted" and load.feed in feeds
        profiles = folder / "profiles.parquet"
        records.append(
            load.model_dump(include={*_LOADS.names})
            | {
                "is_read": is_read,
                "newest_event_at": newest_event(places, load, as_of),
                "repeats_no_key": load.load_number not in retried
                and load.statistics.distinct_keys == load.statistics.rows,
                "quarantined_by_reason": list(load.quarantined_by_reason.items()),
                "values_dropped_by_reason": list(load.values_dropped.items()),
                "texts_unread_by_column": list(load.texts_unread.items()),
                "facts_path": str(folder / "facts.parquet"),
                "profiles_path": str(profiles) if load.feed in feeds and profiles.exists() else None,
            }
        )
    for refusal in read_refusals(places):
        if refusal.feed in feeds and refusal.as_of <= as_of:
            records.append(
                refusal.model_dump(exclude={"reason", "contract"})
                | {
                    "status": "refused",
                    "is_read": False,
                    "repeats_no_key": False,
                    "quarantined_by_reason": [],
                    "values_dropped_by_reason": [],
                    "texts_unread_by_column": [],
                    "rules_failed": [refusal.reason],
                    "rules_warned": [],
                }
            )
    pq.write_table(pa.Table.from_pylist(records, schema=_LOADS), target)
    return len(records)


_FEEDS = pa.schema(
    [
        ("feed", pa.string()),
        ("kind", pa.string()),
        ("description", pa.string()),
        ("owner", pa.string()),
        ("delivery", pa.string()),
        ("is_required", pa.bool_()),
        ("one_number_per_person", pa.bool_()),
        ("timezone", pa.string()),
        ("number_space", pa.string()),
        ("is_confirmed", pa.bool_()),
        ("is_opt_out", pa.bool_()),
        ("is_retired", pa.bool_()),
        ("makes_people", pa.bool_()),
        ("has_people", pa.bool_()),
        ("warn_after_hours", pa.int64()),
        ("error_after_hours", pa.int64()),
        ("permission_purpose", pa.string()),
        ("permission_channels", pa.list_(pa.string())),
        ("permission_basis", pa.string()),
        ("permission_soft_opt_in", pa.list_(pa.string())),
        ("double_opt_in", pa.list_(pa.string())),
        ("licence_provider", pa.string()),
        ("licence_purposes", pa.list_(pa.string())),
        ("licence_channels", pa.list_(pa.string())),
        ("licence_valid_from", pa.date32()),
        ("licence_valid_until", pa.date32()),
        ("licence_countries", pa.list_(pa.string())),
    ]
)


def _write_feeds(places: Places, contracts: Sequence[Contract]) -> int:
    records = [
        {
            "feed": contract.feed,
            "kind": contract.kind,
            "description": contract.description,
            "owner": contract.owner,
            "delivery": contract.delivery,
            "is_required": contract.required,
            "one_number_per_person": contract.one_number_per_person,
            "timezone": contract.event_time.timezone if contract.event_time else "UTC",
            "number_space": contract.number_space,
            "is_confirmed": contract.confirmed_by is not None,
            "is_opt_out": contract.opt_out,
            "is_retired": contract.retired,
            "makes_people": contract.spec.makes_people,
            "has_people": contract.spec.has_contact_block,
            "warn_after_hours": int(contract.freshness.warn_after.total_seconds() // 3600),
            "error_after_hours": int(contract.freshness.error_after.total_seconds() // 3600),
            "permission_purpose": contract.permission.purpose if contract.permission else None,
            "permission_channels": list(contract.permission.channels) if contract.permission else None,
            "permission_basis": contract.permission.basis if contract.permission else None,
            "permission_soft_opt_in": contract.permission.soft_opt_in if contract.permission else None,
            "double_opt_in": list(contract.double_opt_in),
            "licence_provider": contract.licence.provider if contract.licence else None,
            "licence_purposes": list(contract.licence.purposes) if contract.licence else None,
            "licence_channels": list(contract.licence.channels) if contract.licence else None,
            "licence_valid_from": contract.licence.valid_from if contract.licence else None,
            "licence_valid_until": contract.licence.valid_until if contract.licence else None,
            "licence_countries": list(contract.licence.countries) if contract.licence else None,
        }
        for contract in contracts
    ]
    pq.write_table(pa.Table.from_pylist(records, schema=_FEEDS), places.index("feeds"))
    return len(records)


_COUNTRY_RULES = pa.schema(
    [
        ("country", pa.string()),
        ("audience", pa.string()),
        ("channel", pa.string()),
        ("rule", pa.string()),
        ("double_opt_in", pa.bool_()),
        ("law", pa.string()),
    ]
)


def _write_country_rules(places: Places, rules: Sequence[CountryRule]) -> int:
    records = [rule.model_dump() for rule in rules]
    pq.write_table(pa.Table.from_pylist(records, schema=_COUNTRY_RULES), places.index("country_rules"))
    return len(records)


_CODES = pa.schema(
    [("feed", pa.string()), ("field", pa.string()), ("sent", pa.string()), ("said", pa.string())]
)


def _write_codes(places: Places, contracts: Sequence[Contract]) -> int:
    """Writes one row per code that a contract translates in a column that decides permission; returns the rows.

    A refusal that landed under another translation is read by the one here.
    """
    records = [
        {"feed": contract.feed, "field": target, "sent": sent, "said": said}
        for contract in contracts
        if can_refuse(contract.kind)
        for target, source in contract.targets.items()
        if target in contract.spec.decides_permission
        for sent, said in contract.columns[source].values.items()
    ]
    pq.write_table(pa.Table.from_pylist(records, schema=_CODES), places.index("codes"))
    return len(records)


def write_refusals_in_force(places: Places, as_of: date, target: Path) -> int:
    """Writes all refusals delivered up to a day, of loads of any status, each with the day its row first came; returns the rows.

    Raises StamgastError: a load of a kind that can refuse lacks its refusals.
    """
    for load in read_loads(places):
        is_there = (load.folder(places) / FILE).exists()
        if can_refuse(load.kind) and load.retry_of is None and not is_there and not load.refusals_taken_back:
            raise StamgastError(
                f"load {load.load_number} of {load.feed} lacks {FILE}, so nobody knows who refused in {load.file}: "
                "restore the file from a backup, or remove the warehouse and land everything again"
            )
    files = [places.empty / FILE, *refusal_files(places)]
    columns = refusal_columns()
    with connect(places) as connection:
        return connection.execute(f"""
            copy (
                select *, min(delivered_on) over (partition by feed, row_hash) as first_delivered_on
                from {read_parquet(places, files, columns=columns)}
                where delivered_on <= date '{as_of}'
                order by load_number, row_number
            ) to {text(target)} {as_parquet(places)}
        """).fetchall()[0][0]


def _write_empty(places: Places) -> None:
    places.empty.mkdir(parents=True, exist_ok=True)
    files = {f"{kind}_facts": facts_columns(kind) for kind in KINDS}
    files |= {"profiles": profile_columns(), "refusals": refusal_columns()}
    with connect(places) as connection:
        for file, columns in files.items():
            chosen = ", ".join(
                f"cast(null as {sql_type}) as {column}" for column, sql_type in columns.items()
            )
            connection.execute(
                f"copy (select {chosen} limit 0) to {text(places.empty / (file + '.parquet'))} {as_parquet(places)}"
            )
