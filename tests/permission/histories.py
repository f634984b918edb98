"""Random histories of consents, withdrawals, lists and bounces, told three times: people as they came, all merged, all apart.

A history is a handful of records that share contact points. The three tellings use values of their own, so that one build
holds them all.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pipelines.contracts import Contract
from tests.permission.raw_layer import RawLayer

HISTORIES = 1000
TELLINGS = ("as_they_came", "all_merged", "all_apart")
CHANNELS = ("email", "sms", "phone", "post", "ads")


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


def _licence(**keys: Any) -> dict[str, Any]:
    return {
        "provider": "Lists", "purposes": ["offers"], "channels": ["post", "phone"], "countries": ["NL", "SE"],
        "valid_from": "2026-01-01", "valid_until": "2026-12-31",
    } | keys  # fmt: skip


_INTEREST = {"purpose": "offers", "channels": ["email", "phone", "post"], "basis": "legitimate_interest"}
CONTRACTS = {
    one.feed: one
    for one in (
        contract("consents", "consents", double_opt_in=["email"]),
        contract("shop_consents", "consents"),
        contract(
            "newsletter", "newsletter_events", double_opt_in=["email"],
            permission={"purpose": "newsletter", "channels": ["email"], "basis": "consent"},
        ),
        contract("suppressions", "suppressions"),
        contract("contest", "form_submissions", permission=_INTEREST | {"basis": "consent", "channels": ["email"]}),
        contract("request", "form_submissions", permission=_INTEREST),
        contract(
            "orders", "sales",
            permission={
                "purpose": "service", "channels": ["email", "phone", "post"], "basis": "contract", "soft_opt_in": ["offers"],
            },
        ),
        contract("crm", "list_prospects", permission=_INTEREST),
        contract("list", "list_prospects", permission=_INTEREST, licence=_licence()),
        contract("old_list", "list_prospects", permission=_INTEREST, licence=_licence(valid_until="2026-06-29")),
    )
}  # fmt: skip
COUNTRIES = (None, "NL", "SE", "GB", "DE", "CN", "XX")


@dataclass(frozen=True)
class Record:
    """A contact block of a feed, before it is told: its values name points by small numbers."""

    feed: str
    email: int | None
    phone: int | None
    address: int | None
    family_name: str | None
    country: str | None
    is_business: bool
    birth_year: int | None


@dataclass(frozen=True)
class Act:
    """One row about a record."""

    record: int
    at: datetime
    word: str = ""
    purpose: str | None = None
    channel: str | None = None
    is_confirmed: bool | None = None


@dataclass
class History:
    """Records, the people they are (by record, as they came), and what happened."""

    records: list[Record]
    people: list[int]
    acts: list[Act]
    told: dict[str, list[int]] = field(default_factory=dict)  # telling -> profile of each record

    def groups(self, telling: str) -> list[int]:
        """The person of each record in that telling."""
        everyone = range(len(self.records))
        return {"as_they_came": self.people, "all_merged": [0 for _ in everyone], "all_apart": [*everyone]}[
            telling
        ]


def make_histories(seed: int) -> list[History]:
    """The same seed, the same histories."""
    rng = random.Random(seed)
    return [_history(rng) for _ in range(HISTORIES)]


def _history(rng: random.Random) -> History:
    feeds = list(CONTRACTS)
    records: list[Record] = []
    for _ in range(rng.randint(1, 7)):
        record = Record(
            feed=rng.choice(feeds),
            email=rng.choice([None, 0, 0, 1]),
            phone=rng.choice([None, 0, 1]),
            address=rng.choice([None, 0, 0, 1]),
            family_name=rng.choice([None, "Berg", "berg", "Dijk"]),
            country=rng.choice(COUNTRIES),
            is_business=rng.random() < 0.2,
            birth_year=rng.choice([None, None, None, 1980, 2015]),
        )
        if record not in records:
            records.append(record)
    # Merges and splits leave a partition, whatever their order was.
    people = [rng.randrange(len(records)) for _ in records]
    acts = []
    for place, record in enumerate(records):
        for _ in range(rng.randint(1, 4)):
            # Few days and hours, so that things happen at one moment.
            at = datetime(2026, 1, 1) + timedelta(days=rng.randrange(12), hours=rng.choice([0, 9, 18]))
            acts.append(_act(rng, CONTRACTS[record.feed].kind, place, at))
    return History(records, people, acts)


def _act(rng: random.Random, kind: str, place: int, at: datetime) -> Act:
    purpose = rng.choice(["offers", "offers", "newsletter", "service"])
    channel = rng.choice([None, "email", "email", "sms", "phone", "post", "ads"])
    if kind == "consents":
        word = rng.choice(["grant", "grant", "grant", "withdraw", "object"])
        return Act(place, at, word, purpose, channel, rng.choice([True, False, None]))
    if kind == "newsletter_events":
        words = ["subscribe", "confirm", "send", "open", "bounce", "bounce", "complaint", "unsubscribe"]
        return Act(place, at, rng.choice(words))
    if kind == "suppressions":
        reason = rng.choice(["national_register", "own_request", "deceased"])
        return Act(place, at, reason, rng.choice([None, purpose]), channel)
    return Act(place, at)


def tell(histories: list[History], seed: int) -> tuple[RawLayer, dict[int, int]]:
    """The raw layer of all three tellings, part of its rows delivered twice and shuffled, and the person of each profile."""
    rng = random.Random(seed)
    layer = RawLayer(CONTRACTS)
    person_of: dict[int, int] = {}
    for telling in TELLINGS:
        for number, history in enumerate(histories):
            profiles = [
                layer.profile(record.feed, _values(record, f"{telling}{number}"))
                for record in history.records
            ]
            history.told[telling] = profiles
            group_of = history.groups(telling)
            makes_people = [CONTRACTS[record.feed].spec.makes_people for record in history.records]
            for place, profile_id in enumerate(profiles):
                if makes_people[place]:
                    person_of[profile_id] = min(
                        other
                        for other, group, is_person in zip(profiles, group_of, makes_people, strict=True)
                        if is_person and group == group_of[place]
                    )
            for place, act in enumerate(history.acts):
                feed = history.records[act.record].feed
                for delivery in (1, 2) if rng.random() < 0.3 else (1,):
                    layer.add(
                        feed, delivery, f"{telling}-{number}-{place}", profiles[act.record], act.at,
                        **_columns(CONTRACTS[feed].kind, act),
                    )  # fmt: skip
    for rows in layer.rows.values():
        rng.shuffle(rows)
    return layer, person_of


def _values(record: Record, whose: str) -> Mapping[str, Any]:
    values = {
        "record_id": whose,
        "email_clean": None if record.email is None else f"{whose}.{record.email}@post.example",
        "phone_clean": None if record.phone is None else f"+31{whose}{record.phone}",
        "family_name_clean": record.family_name,
        "country_clean": record.country,
        "company_name_clean": "Company" if record.is_business else None,
        "birth_date_clean": None if record.birth_year is None else f"{record.birth_year}-05-05",
    }
    if record.address is not None:
        values |= {
            "street_clean": f"Street {whose}", "house_number_clean": str(record.address), "postcode_clean": f"1234{whose}",
        }  # fmt: skip
    return values


def _columns(kind: str, act: Act) -> Mapping[str, Any]:
    if kind == "consents":
        return {
            "consent_action": act.word, "purpose": act.purpose, "channel": act.channel, "wording_version": "v1",
            "is_confirmed": act.is_confirmed,
        }  # fmt: skip
    if kind == "newsletter_events":
        return {"event_type": act.word, "newsletter": "news"}
    if kind == "suppressions":
        return {"reason": act.word, "purpose": act.purpose, "channel": act.channel}
    return {}
