"""A company of five feeds, landed for real; who is who is told by a name and an address, without the pipeline."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from pipelines.contracts import Contract, read_contracts
from pipelines.landing.committing import Verdict
from pipelines.landing.deliveries import scan_feeds
from pipelines.landing.landing import land_feed, retry_quarantine
from pipelines.landing.loads import Load, read_loads
from pipelines.privacy.erasing import rewrite_decisions, rewrite_landed
from pipelines.privacy.people import find_people, write_owners
from pipelines.privacy.planning import Erasure, plan_erasure, write_plan
from pipelines.privacy.receipts import Receipt, finish_erasures
from pipelines.privacy.requests import Request
from pipelines.privacy.tombstones import HOLDING_BACK
from pipelines.publishing.versions import Version, next_number
from pipelines.settings import Settings
from pipelines.warehouse.database import connect
from pipelines.warehouse.erasure_secret import erasure_secret, use_erasure_secret
from pipelines.warehouse.places import Places

AS_OF = date(2026, 6, 30)
WHO = {"nr": "customer_number", "given": "given_name", "family": "family_name", "mail": "email", "tel": "phone",
       "street": "street", "house": "house_number", "zip": "postcode"}  # fmt: skip
_FEEDS: dict[str, tuple[str, Mapping[str, str]]] = {
    "orders": ("sales", {"total": "amount", "key": "order_id"}),
    "bought": ("list_prospects", {}),
    "forms": ("form_submissions", {"form": "form_type", "said": "message"}),
    "tickets": ("support_tickets", {"key": "ticket_id", "said": "message", "grade": "satisfaction_score"}),
    "consents": ("consents", {"act": "consent_action", "purpose": "purpose", "channel": "channel"}),
    "blocklist": ("suppressions", {"channel": "channel"}),
}  # fmt: skip
COLUMNS = ("key", "day", *WHO, "total", "form", "said", "grade", "act", "purpose", "channel")
ANNA = {"nr": "K700001", "given": "Anna", "family": "Zonderling", "mail": "anna@zonder.example", "tel": "0612345678",
        "street": "Kerkstraat", "house": "7", "zip": "1234 AB"}  # fmt: skip
# Lives with Anna and writes from the same mailbox.
BART = ANNA | {"nr": "K700002", "given": "Bart", "tel": "0687654321"}
CEES = {
    "nr": "K700003",
    "given": "Cees",
    "family": "Anders",
    "mail": "cees@anders.example",
    "tel": "0611112222",
}


@dataclass
class Shop:
    """Its sources and warehouse."""

    root: Path
    as_of: date = AS_OF

    @property
    def settings(self) -> Settings:
        return Settings(sources=self.root / "sources", warehouse=self.root / "warehouse", as_of=self.as_of)

    @property
    def places(self) -> Places:
        return self.settings.places

    @property
    def contracts(self) -> list[Contract]:
        return read_contracts(self.settings.sources)

    @property
    def loads(self) -> list[Load]:
        return read_loads(self.places)

    def copy(self, to: Path) -> "Shop":
        shutil.copytree(self.root, to, symlinks=True, dirs_exist_ok=True)
        return Shop(to, self.as_of)

    def prepare(self) -> None:
        (self.root / "sources").mkdir(parents=True)
        for feed, (kind, columns) in _FEEDS.items():
            mapped: dict[str, list[str]] = {}
            for source, target in (*WHO.items(), *columns.items(), ("key", "record_key")):
                mapped.setdefault(source, []).append(target)
            contract = {
                "feed": feed, "kind": kind, "description": "A feed.", "owner": "team:privacy",
                "files": {"glob": f"files/{feed}/*.csv", "format": "csv", "delimiter": ";"}, "key": ["key"],
                "event_time": {"column": "day"}, "freshness": {"warn_after": "30d", "error_after": "90d"},
                "defaults": {"country": "NL"}, "columns": mapped,
            }  # fmt: skip
            (self.root / "sources" / f"{feed}.yml").write_text(yaml.safe_dump(contract), encoding="utf-8")

    def deliver(self, feed: str, file: str, *rows: Mapping[str, Any]) -> Path:
        path = self.root / "sources" / "files" / feed / f"{file}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [";".join(str(row.get(column, "")) for column in COLUMNS) for row in rows]
        path.write_text("\n".join((";".join(COLUMNS), *lines)) + "\n", encoding="utf-8")
        return path

    def land(self) -> None:
        for contract in self.contracts:
            (scan,) = scan_feeds([contract], self.settings.sources, self.places, self.as_of)
            land_feed(scan, self.settings, lambda _: Verdict(), HOLDING_BACK)

    def retry(self, feed: str) -> list[Load]:
        (contract,) = (one for one in self.contracts if one.feed == feed)
        return retry_quarantine(contract, self.settings, lambda _: Verdict(), HOLDING_BACK)

    def publish(self) -> None:
        """Profiles with facts, one person per name and mailbox."""
        number = next_number(self.places)
        version = Version(number=number, as_of=self.as_of, inputs="", stale_feeds={})
        folder = self.places.published / version.name
        folder.mkdir(parents=True)
        raw = self.places.raw
        with duckdb.connect(str(folder / "analytics.duckdb")) as connection:
            connection.execute(f"""
                create schema identity;
                create table identity.profile_person as
                select profile_id, min(profile_id) over (
                    partition by given_name_clean, family_name_clean, email_clean
                ) as person_id
                from read_parquet('{raw}/*/*/*/profiles.parquet', union_by_name = true)
                where feed <> 'blocklist' and profile_id in (
                    select profile_id from read_parquet('{raw}/*/*/*/facts.parquet', union_by_name = true)
                );
                create table identity.profile_person_history as
                select *, date '2026-01-01' as valid_from, null::date as valid_to, {number} as from_version,
                    null::bigint as to_version
                from identity.profile_person;
                create table identity.profile_account (profile_id bigint, account_id bigint)
            """)
        duckdb.connect(str(folder / "customers.duckdb")).close()
        (folder / "version.json").write_text(version.model_dump_json())
        versions = self.places.ledger / "versions"
        versions.mkdir(parents=True, exist_ok=True)
        (versions / f"{number:05d}.json").write_text(version.model_dump_json())
        self.places.current.unlink(missing_ok=True)
        self.places.current.symlink_to(Path("published") / version.name)

    @property
    def secret(self) -> bytes:
        return erasure_secret(self.places)

    def plan(self, *requests: Request) -> Erasure:
        """The plan, in the ledger, of whom each request fits alone."""
        with connect(self.places) as connection:
            use_erasure_secret(connection, self.secret)
            write_owners(connection, self.places)
            found = find_people(connection, self.places, requests)
            owners = [one.owners[0] for one in found if len(one.owners) == 1]
            erasure = plan_erasure(
                connection, self.places, self.contracts, self.settings.sources, owners, self.as_of
            )
            write_plan(connection, self.places, erasure)
        return erasure

    def rewrite(self) -> int:
        return rewrite_landed(self.places, self.secret) + rewrite_decisions(
            self.places, self.secret, self.settings.sources
        )

    def erase(self, *requests: Request) -> Receipt:
        """As the command does, but for the run of the pipeline."""
        self.plan(*requests)
        self.rewrite()
        self.publish()
        (receipt,) = finish_erasures(self.places, self.secret)
        return receipt

    def query(self, sql: str) -> list[tuple]:
        """SQL in which {facts}, {profiles}, {torn} and {cells} stand for the landed files."""
        with duckdb.connect() as connection:
            return connection.execute(
                sql.format(
                    facts=f"read_parquet('{self.places.raw}/*/*/*/facts.parquet', union_by_name = true)",
                    profiles=f"read_parquet('{self.places.raw}/*/*/*/profiles.parquet', union_by_name = true)",
                    torn=f"read_parquet('{self.places.quarantine}/*/*/torn.parquet')",
                    cells=f"read_parquet('{self.places.quarantine}/*/*/unread_cells.parquet')",
                )
            ).fetchall()

    def values(self, file: str = "*") -> str:
        """Every value of the landed files, decoded."""
        with duckdb.connect() as connection:
            return "".join(
                str(connection.execute(f"from '{path}'").fetchall())
                for folder in (self.places.raw, self.places.quarantine)
                for path in sorted(folder.rglob(f"{file}.parquet"))
            )


def row(key: str, day: str, who: Mapping[str, str], **values: Any) -> dict[str, Any]:
    """A row of a file."""
    return {"key": key, "day": day, **who, **values}


def made_shop(folder: Path) -> Shop:
    """Anna, Bart and Cees, all of whom ordered, and what else is told of Anna."""
    made = Shop(folder)
    made.prepare()
    made.deliver(
        "orders", "june",
        row("o1", "2026-06-01", ANNA, total="10.00"),
        row("o2", "2026-06-02", BART, total="20.00"),
        row("o3", "2026-06-03", CEES, total="30.00"),
        row("o4", "", ANNA, total="40.00"),
    )  # fmt: skip
    made.deliver("bought", "first", row("b1", "2026-05-01", ANNA | {"nr": ""}))
    made.deliver("forms", "june", row("f1", "2026-06-05", ANNA, form="contest", said="Anna here"))
    made.deliver(
        "tickets", "june",
        row("t1", "2026-06-06", ANNA, said="My address is wrong", grade="five"),
        row("t2", "2026-06-07", CEES, said="Anna Zonderling told me so"),
        row("t3", "2026-06-08", CEES, said="Nobody told me so"),
    )  # fmt: skip
    made.deliver(
        "consents", "june",
        row("c1", "2026-06-09", ANNA, act="object", purpose="offers"),
        row("c2", "2026-06-09", BART, act="grant", purpose="offers", channel="email"),
    )  # fmt: skip
    made.deliver("blocklist", "june", row("s1", "2026-06-10", {"tel": ANNA["tel"], "family": "Zonderling"}))
    made.land()
    made.publish()
    return made


@pytest.fixture(scope="session")
def landed_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop that tests copy."""
    return made_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def shop(landed_shop: Shop, tmp_path: Path) -> Shop:
    """A shop that a test may change."""
    return landed_shop.copy(tmp_path)


def requests(*given: Mapping[str, str]) -> Sequence[Request]:
    return [Request(**one) for one in given]
