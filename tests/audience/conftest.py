"""A tiny company published by hand: three people with a mailbox each, feeds that can refuse, and loads of refusals."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from pipelines.campaigns.audience import Audience, export_audience
from pipelines.landing.columns import profile_columns
from pipelines.landing.loads import Load, as_json
from pipelines.landing.refusals import FILE, refusal_columns
from pipelines.publishing.audits import AUDITS, stamp
from pipelines.publishing.publishing import publish
from pipelines.publishing.versions import Version
from pipelines.settings import Settings
from tests.hand_made import hand_made_load

DAY = date(2026, 6, 30)
KINDS = {"consents": "consents", "news": "newsletter_events", "blocklist": "suppressions"}
_COLUMNS: dict[str, dict[str, str]] = {
    "consents": {"act": "consent_action", "purpose": "purpose", "channel": "channel"},
    "news": {"act": "event_type"},
    "blocklist": {"reason": "reason"},
}
AN, BOB, CAS = 1, 2, 3
# The profile of each person has the person's number.
PROFILES: Sequence[Mapping[str, Any]] = (
    {
        "profile_id": AN, "feed": "consents", "record_id": "S1", "customer_number": "K00077", "email": "an@x.nl",
        "phone": "+31612345671", "street": "Kerkstraat", "house_number": "7", "postcode": "1234 AB", "city": "Utrecht", "country": "NL",
    },
    {
        "profile_id": BOB, "feed": "consents", "record_id": "S2", "customer_number": "K00078", "email": "bob+news@x.nl",
        "phone": "+31612345672", "street": "Hauptstraße", "house_number": "5", "postcode": "10115", "city": "Berlin", "country": "DE",
    },
    {"profile_id": CAS, "feed": "consents", "record_id": "S3", "email": "cas@x.nl", "city": "Gent", "country": "BE"},
)  # fmt: skip


@dataclass
class Company:
    root: Path
    as_of: date = DAY

    @property
    def settings(self) -> Settings:
        return Settings(sources=self.root / "sources", warehouse=self.root / "warehouse", as_of=self.as_of)

    def contract(self, feed: str, like: str | None = None, **changes: Any) -> None:
        like = like or feed
        contract = {
            "feed": feed, "kind": KINDS[like], "description": "A feed.", "owner": "team:privacy",
            "files": {"glob": f"files/{feed}/*.csv", "format": "csv", "delimiter": ";"}, "key": ["key"],
            "event_time": {"column": "day"}, "freshness": {"warn_after": "2d", "error_after": "7d"},
            "columns": {"key": "record_key", "mail": "email"} | _COLUMNS[like],
        } | changes  # fmt: skip
        (self.root / "sources").mkdir(parents=True, exist_ok=True)
        (self.root / "sources" / f"{feed}.yml").write_text(yaml.safe_dump(contract), encoding="utf-8")

    def deliver(self, feed: str, name: str, content: str = "") -> Path:
        path = self.root / "sources" / "files" / feed / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path

    def load(
        self,
        number: int,
        feed: str,
        *refusals: Mapping[str, Any],
        day: date = DAY,
        profiles: Sequence[Mapping[str, Any]] = (),
        is_whole: bool = True,
        **changes: Any,
    ) -> Load:
        """A load of a feed, by hand; with `is_whole` False one that died after its refusals."""
        load = hand_made_load(feed, KINDS[feed], day, number, **{"refusals": len(refusals), **changes})
        folder = load.folder(self.settings.places)
        folder.mkdir(parents=True)
        rows = [
            {"feed": feed, "kind": load.kind, "load_number": number, "row_number": place, "delivered_on": day,
             "email_keys": [], "phone_keys": []} | dict(refusal)
            for place, refusal in enumerate(refusals, start=1)
        ]  # fmt: skip
        _write(folder / FILE, refusal_columns(), rows)
        if profiles:
            clean = [
                {**profile, "feed": profile.get("feed", feed)}
                | {
                    f"{key}_clean": value
                    for key, value in profile.items()
                    if f"{key}_clean" in profile_columns()
                }
                for profile in profiles
            ]
            _write(folder / "profiles.parquet", profile_columns(), clean)
        if is_whole:
            (folder / "_load.json").write_text(as_json(load))
        return load

    def publish(self, inputs: str = "inputs", names: Mapping[int, str] | None = None) -> Version:
        """A version in which all three may be mailed offers, and rung and written to where they gave the point."""
        places = self.settings.places
        places.build.mkdir(parents=True, exist_ok=True)
        for path in (places.analytics, places.customers):
            path.unlink(missing_ok=True)
        points = [
            (profile["profile_id"] * 10 + kind, profile["profile_id"], *columns)
            for profile in PROFILES
            for kind, columns in (
                (1, (profile["email"], *[None] * 6)),
                (2, (None, profile.get("phone"), *[None] * 5)),
                (3, (None, None, *(profile.get(column) for column in ("street", "house_number", "postcode", "city", "country")))),
            )
            if any(columns)
        ]  # fmt: skip
        with duckdb.connect(str(places.customers)) as connection:
            connection.execute("create schema core; create schema identity")
            connection.execute(
                "create table core.dim_contact_point (contact_point_id bigint, email varchar, phone varchar, "
                "street varchar, house_number varchar, postcode varchar, city varchar, country varchar)"
            )
            connection.executemany(
                "insert into core.dim_contact_point values (?, ?, ?, ?, ?, ?, ?, ?)",
                [(point, *columns) for point, _, *columns in points],
            )
            connection.execute("create table identity.bad_values (field varchar, value varchar)")
            connection.execute(
                "create table core.dim_person (person_id bigint, given_name varchar, family_name varchar, company_name varchar, "
                "language varchar)"
            )
            for person in (AN, BOB, CAS):
                name = (names or {}).get(person, f"Given{person}")
                connection.execute(
                    "insert into core.dim_person values (?, ?, 'Bos', null, 'nl')", [person, name]
                )
        with duckdb.connect(str(places.analytics)) as connection:
            connection.execute(
                """
                create schema marts; create schema core; create schema identity;
                create table identity.profile_person (profile_id bigint, person_id bigint);
                create table identity.profile_person_history (profile_id bigint);
                create table marts.segment_history (segment varchar);
                create table core.dim_account_contact (account_id bigint, person_id bigint, is_current boolean);
                create table marts.segment_members (segment varchar, person_id bigint, account_id bigint);
                create table marts.contactability (
                    person_id bigint, channel varchar, purpose varchar, is_allowed boolean, stopped_by varchar, reason varchar,
                    contact_point_id bigint, contact_point_type varchar, granted_at timestamp, licence_feed varchar
                );
                insert into marts.contactability values (9, 'email', 'newsletter', true, null, '', 91, 'email', null, null)
                """
            )
            for person in (AN, BOB, CAS):
                connection.execute("insert into identity.profile_person values ($1, $1)", [person])
                connection.execute("insert into marts.segment_members values ('all', ?, null)", [person])
            for point, person, *_ in points:
                for channel in (("email",), ("phone", "sms"), ("post",))[point % 10 - 1]:
                    for purpose in ("offers", "service"):
                        connection.execute(
                            "insert into marts.contactability values (?, ?, ?, true, null, 'consent', ?, '', '2026-01-01', null)",
                            [person, channel, purpose, point],
                        )
        for audit in AUDITS:
            stamp(places, audit, inputs)
        return publish(self.settings, inputs, {}, force=True)

    def export(
        self, channel: str = "email", purpose: str = "offers", out: Path | None = None, **options: Any
    ) -> Audience:
        return export_audience(self.settings, "all", channel, purpose, out, **options)

    def left(self, channel: str = "email", purpose: str = "offers") -> set[int]:
        """The people of a list written now, whatever stands against it."""
        out = self.root / f"list-{len(list(self.root.glob('list-*')))}.parquet"
        self.export(channel, purpose, out, although="a test")
        with duckdb.connect() as connection:
            return {row[0] for row in connection.execute(f"select person_id from '{out}'").fetchall()}


def _write(path: Path, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            f"create table written ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"
        )
        for row in rows:
            connection.execute(
                f"insert into written ({', '.join(row)}) values ({', '.join('?' * len(row))})",
                list(row.values()),
            )
        connection.execute(f"copy written to '{path}'")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Published of three loads, one per feed, all of which delivered on the day of the export."""
    made = Company(tmp_path_factory.mktemp("audience"))
    for feed in KINDS:
        made.contract(feed)
    made.load(1, "consents", profiles=PROFILES, first_profile_id=AN, last_profile_id=CAS)
    made.load(2, "news")
    made.load(3, "blocklist")
    made.publish()
    return made


@pytest.fixture
def company(published: Company, tmp_path: Path) -> Company:
    """A copy that a test may change."""
    shutil.copytree(published.root, tmp_path, symlinks=True, dirs_exist_ok=True)
    return Company(tmp_path)
