"""Writes a raw layer without files to land: rows in memory become loads, their contact blocks numbered profiles."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.contracts import Contract
from pipelines.landing.columns import facts_columns, profile_columns
from pipelines.landing.loads import as_json
from pipelines.warehouse.database import text
from pipelines.warehouse.places import Places
from tests.hand_made import hand_made_load

AS_OF = date(2026, 6, 30)


def contract(feed: str, kind: str, **keys: Any) -> Contract:
    """A contract without files, of which nothing matters but what is given."""
    columns = {"k": "record_key", "e": "email"}
    columns |= {
        "newsletter_events": {"w": "event_type"},
        "consents": {"w": "consent_action", "p": "purpose"},
        "form_submissions": {"f": "form_type"},
        "sales": {"o": "order_id", "m": "amount"},
    }.get(kind, {})
    given = {
        "feed": feed, "kind": kind, "description": "A feed.", "owner": "team:privacy",
        "files": {"glob": f"{feed}/*.csv", "format": "csv"}, "key": ["k"], "event_time": {"column": "t"},
        "freshness": {"warn_after": "30d", "error_after": "90d"},
        "columns": columns,
    }  # fmt: skip
    return Contract.model_validate(given | keys)


@dataclass
class RawLayer:
    """Rows by feed and load. A profile is given as its clean values; equal values in one feed are one profile."""

    contracts: Mapping[str, Contract]
    profiles: dict[tuple[str, tuple[tuple[str, Any], ...]], int] = field(default_factory=dict)
    rows: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def profile(self, feed: str, values: Mapping[str, Any]) -> int:
        """The number of the contact block of a feed."""
        key = (feed, tuple(sorted(values.items(), key=lambda item: item[0])))
        return self.profiles.setdefault(key, len(self.profiles) + 1)

    def add(
        self, feed: str, delivery: int, record_key: str, profile_id: int, event_at: datetime, **values: Any
    ) -> None:
        """One row in the delivery of that number."""
        row = {"feed": feed, "record_key": record_key, "profile_id": profile_id, "event_at": event_at}
        self.rows[feed, delivery].append(row | values)

    def write(self, places: Places) -> None:
        """The loads, as landing leaves them."""
        with duckdb.connect() as connection:
            written: set[str] = set()
            for number, (feed, delivery) in enumerate(
                sorted(self.rows, key=lambda key: (key[1], key[0])), start=1
            ):
                rows = self.rows[feed, delivery]
                kind = self.contracts[feed].kind
                newest = max(row["event_at"] for row in rows)
                load = hand_made_load(
                    feed, kind, AS_OF, number, rows_read=len(rows), rows_accepted=len(rows),
                    newest_event_at=newest, last_event_at=newest,
                )  # fmt: skip
                folder = load.folder(places)
                folder.mkdir(parents=True)
                facts = [
                    {"load_number": number, "row_number": place, "row_hash": row["record_key"]} | row
                    for place, row in enumerate(rows, start=1)
                ]
                _write(connection, facts, facts_columns(kind), folder / "facts.parquet")
                if feed not in written:
                    written.add(feed)
                    profiles = [
                        {"profile_id": profile_id, "feed": feed} | dict(values)
                        for (of, values), profile_id in self.profiles.items()
                        if of == feed
                    ]
                    _write(connection, profiles, profile_columns(), folder / "profiles.parquet")
                (folder / "_load.json").write_text(as_json(load), encoding="utf-8")


def _write(
    connection: duckdb.DuckDBPyConnection,
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str],
    target: Any,
) -> None:
    given = sorted({name for row in rows for name in row})
    table = pa.table({name: [row.get(name) for row in rows] for name in given})
    connection.register("given", table)
    chosen = ", ".join(
        f"cast({name if name in given else 'null'} as {sql_type}) as {name}"
        for name, sql_type in columns.items()
    )
    connection.execute(f"copy (select {chosen} from given) to {text(target)} (format parquet)")
    connection.unregister("given")
