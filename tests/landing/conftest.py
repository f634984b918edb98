"""A company of one feed in a temporary folder, landed for real."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from pipelines.contracts import read_contracts
from pipelines.landing.committing import Check, Verdict
from pipelines.landing.deliveries import scan_feeds
from pipelines.landing.landing import FeedLanding, land_feed, retry_quarantine
from pipelines.landing.loads import Load, read_loads
from pipelines.privacy.index import write_index
from pipelines.privacy.tombstones import HOLDING_BACK
from pipelines.settings import Settings

SHOP: dict[str, Any] = {
    "feed": "shop",
    "kind": "sales",
    "description": "Order lines of the shop.",
    "owner": "team:sales",
    "files": {"glob": "files/*", "format": "csv", "delimiter": ";", "decimal": ","},
    "key": ["order", "line"],
    "event_time": {"column": "when", "format": "%d-%m-%Y %H:%M", "timezone": "Europe/Amsterdam"},
    "freshness": {"warn_after": "2d", "error_after": "7d"},
    "defaults": {"currency": "EUR", "country": "NL"},
    "columns": {
        "order": "order_id",
        "line": "line_number",
        "article": "product_id",
        "units": "quantity",
        "total": "amount",
        "mail": "email",
        "name": "full_name",
    },
}
HEADER = "order;line;when;article;units;total;mail;name"


def accept(_: Any) -> Verdict:
    """Believes every load."""
    return Verdict()


@dataclass
class Company:
    """One folder of sources with its warehouse."""

    root: Path
    contract: dict[str, Any] = field(default_factory=lambda: dict(SHOP))
    as_of: date = date(2026, 6, 30)
    key_file: Path | None = None

    @property
    def settings(self) -> Settings:
        return Settings(
            sources=self.root / "sources",
            warehouse=self.root / "warehouse",
            as_of=self.as_of,
            key_file=self.key_file,
        )

    def deliver(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.root / "sources" / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def rows(self, name: str, *rows: str, encoding: str = "utf-8") -> Path:
        return self.deliver(name, "\n".join((HEADER, *rows)) + "\n", encoding)

    def change(self, **changes: Any) -> None:
        self.contract = self.contract | changes

    def land(self, check: Check = accept) -> FeedLanding:
        (self.root / "sources").mkdir(parents=True, exist_ok=True)
        (self.root / "sources" / f"{self.contract['feed']}.yml").write_text(
            yaml.safe_dump(self.contract), encoding="utf-8"
        )
        contracts = read_contracts(self.settings.sources)
        (scan,) = scan_feeds(contracts, self.settings.sources, self.settings.places, self.settings.as_of)
        landing = land_feed(scan, self.settings, check, HOLDING_BACK)
        write_index(self.settings.places, contracts, self.settings.as_of)
        return landing

    def retry(self) -> list[Load]:
        (self.root / "sources" / f"{self.contract['feed']}.yml").write_text(
            yaml.safe_dump(self.contract), encoding="utf-8"
        )
        return retry_quarantine(read_contracts(self.settings.sources)[0], self.settings, accept, HOLDING_BACK)

    @property
    def loads(self) -> list[Load]:
        return read_loads(self.settings.places)

    def query(self, sql: str) -> list[tuple]:
        """SQL in which {facts}, {profiles} and {torn} stand for the landed files."""
        places = self.settings.places
        with duckdb.connect() as connection:
            return connection.execute(
                sql.format(
                    facts=f"read_parquet('{places.raw}/*/*/*/facts.parquet')",
                    profiles=f"read_parquet('{places.raw}/*/*/*/profiles.parquet')",
                    torn=f"read_parquet('{places.quarantine}/*/*/torn.parquet')",
                    cells=f"read_parquet('{places.quarantine}/*/*/unread_cells.parquet')",
                )
            ).fetchall()


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


@pytest.fixture
def new_company(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Company]:
    return lambda: Company(tmp_path_factory.mktemp("company"))
