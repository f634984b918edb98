"""Random histories of consents, withdrawals, lists and bounces, delivered three times: people as they came, all merged, all apart.

A history is a handful of records that share contact points. Each telling has values of its own, so that one company holds them all.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.permission.company import AS_OF, Company, Slot, apart, together
from tests.permission.delivered import Fate, Row
from tests.permission.feeds import AMSTERDAM, FEEDS, WHO
from tests.permission.normal_forms import address_of
from tests.permission.reading import Block, Point
from tests.permission.values import Values

TELLINGS = ("as_they_came", "all_merged", "all_apart")
DAYS = (date(2026, 6, 10), date(2026, 6, 20), AS_OF)
COUNTRIES = (None, "NL", "NL", "SE", "GB", "DE", "CN")
NAMES = (
    ("Anna", "Berg"),
    ("Anna", "Berg"),
    ("ANNA", "berg"),
    ("Anna", "van den Berg"),
    ("Bob", "Dijk"),
    None,
)
WORDS = {
    "consents": ["grant"] * 6 + ["Grant"] * 2 + ["withdraw"] * 3 + ["object", "xyzzy"],
    "newsletter": [
        "subscribe", "subscribe", "subscribe", "confirm", "confirm", "confirm", "send", "open", "click", "bounce", "bounce",
        "hard_bounce", "complaint", "unsubscribe", "Unsubscribe", "group_unsubscribe", "spamreport", "rubbish",
    ],
}  # fmt: skip
_LISTS = ("suppressions", "blocklist")
# Only a rule is about a feed whose contract names no purpose.
_FEEDS = [feed for feed in FEEDS if feed != "bulk"]
_REFUSING = (*_LISTS, "consents", "shop_consents", "newsletter", "mailings", "accepts", "optouts")
REASONS = ("national_register",) * 3 + ("own_request",) * 2 + ("complaint", "undeliverable", "deceased", "")
PURPOSES = ("offers", "offers", "newsletter", "service")
CHANNELS = ("", "", "all", "email", "email", "sms", "phone", "post", "ads")


@dataclass(frozen=True)
class Record:
    """A contact block of a feed, before it is told: its values name points and numbers by small numbers."""

    feed: str
    email: int | None
    phone: int | None
    address: int | None
    name: tuple[str, str] | None
    record_id: int | None
    number: int | None
    country: str | None
    is_business: bool
    birth_year: int | None


@dataclass(frozen=True)
class Act:
    """One row about a record: its cells without those of the record, and the places in DAYS of its deliveries.

    `place`: where it stands in its files.
    """

    record: int
    key: str
    cells: tuple[tuple[str, str], ...]
    delivered: tuple[int, ...]
    fate: Fate | None
    place: float


@dataclass(frozen=True)
class History:
    """Records, the people they are as they came, and what was delivered of them."""

    records: Sequence[Record]
    people: Sequence[int]
    acts: Sequence[Act]


def make_histories(seed: int, count: int) -> list[History]:
    """The same seed, the same histories."""
    rng = random.Random(seed)
    return [_history(rng) for _ in range(count)]


def _history(rng: random.Random) -> History:
    granting = rng.sample([feed for feed in _FEEDS if feed not in _LISTS], rng.randint(1, 2))
    refusing = rng.choice([*_REFUSING, *_REFUSING, granting[0]])
    records: list[Record] = []
    for number in range(rng.randint(2, 6)):
        feed = (
            refusing if number == 0 else rng.choice(granting) if rng.random() < 0.85 else rng.choice(_FEEDS)
        )
        is_state = feed in ("accepts", "optouts")
        record = Record(
            feed=feed,
            email=rng.choice([None, 0, 0, 0, 1]),
            phone=rng.choice([None, None, 0, 1]),
            address=rng.choice([None, None, 0, 1]),
            name=rng.choice(NAMES),
            record_id=rng.choice([0, 1] if is_state else [None, None, 0, 1]),
            number=rng.choice([None, None, 0, 1]),
            country=rng.choice(COUNTRIES),
            is_business=rng.random() < 0.1,
            birth_year=rng.choice([None] * 12 + [1980, 2015]),
        )
        if record not in records:
            records.append(record)
    # Merges and splits leave a partition, whatever their order was.
    people = [rng.randrange(len(records)) for _ in records]
    acts: list[Act] = []
    for place, record in enumerate(records):
        acts += (
            _states(rng, place, record) if FEEDS[record.feed].get("delivery") else _rows(rng, place, record)
        )
    return History(records, people, acts)


def _states(rng: random.Random, place: int, record: Record) -> list[Act]:
    """A row in some of the three snapshots of a list."""
    acts, entry = [], _entry(rng)
    for day in range(len(DAYS)):
        if rng.random() < 0.25:
            continue
        if record.feed == "blocklist":
            cells = entry
            fate: Fate | None = "held" if rng.random() < 0.1 else None
        else:
            cells = {"flag": rng.choice(["yes", "no"] if record.feed == "accepts" else ["0", "1"])}
            fate = None
        acts.append(Act(place, str(place), tuple(sorted(cells.items())), (day,), fate, rng.random()))
    return acts


def _entry(rng: random.Random) -> dict[str, str]:
    return {
        "reason": rng.choice(REASONS),
        "purpose": rng.choice(["", "", "all", "Unheard", *PURPOSES]),
        "channel": rng.choice(["email", "email", "phone", "post", "", "pigeon"]),
        "at": _day(rng).isoformat() if rng.random() < 0.9 else "",
    }


def _day(rng: random.Random) -> date:
    # Few days, so that things happen at one moment.
    return date(2026, 6, rng.choice([4, 9, 10, 11, 15, 19, 20, 21, 25, 29]))


def _rows(rng: random.Random, place: int, record: Record) -> list[Act]:
    acts: list[Act] = []
    for number in range(rng.randint(1, 4)):
        cells, at = _act(rng, record), None
        day = _day(rng)
        if record.feed == "suppressions":
            cells["at"] = day.strftime(rng.choice(["%Y-%m-%d", "%d-%m-%Y"]))
        else:
            at = datetime.combine(day, datetime.min.time()) + timedelta(hours=rng.choice([0, 9, 9, 22]))
            cells["at"] = at.isoformat() + "Z"
            if rng.random() < 0.25 and record.feed not in ("orders", "contest"):
                cells["at"] = day.isoformat()
            elif FEEDS[record.feed]["event_time"].get("timezone") == AMSTERDAM and rng.random() < 0.5:
                cells["at"] = at.isoformat(sep=" ")
        can_refuse = FEEDS[record.feed]["kind"] in ("consents", "newsletter_events", "suppressions")
        if can_refuse and rng.random() < 0.1:
            cells["at"] = rng.choice(["", "soon", "31-31-2026 10:00", "1781100000"])
        soonest = next(number for number, one in enumerate(DAYS) if one >= day)
        first = rng.choice([soonest, soonest, soonest, rng.randrange(len(DAYS))])
        first = 2 if first == 1 and not can_refuse else first  # fewer files
        delivered = [first]
        if rng.random() < 0.25:
            delivered.append(rng.choice(range(first, len(DAYS))))
        fates: tuple[Fate, ...] = ("held", "dropped", "released")
        fate = rng.choice(fates) if can_refuse and rng.random() < 0.12 else None
        key = f"{place}-{number}"
        if acts and FEEDS[record.feed]["kind"] == "consents" and rng.random() < 0.3:
            key = acts[-1].key
            if rng.random() < 0.5:  # a state that is repeated in a changed row
                cells |= {
                    name: value for name, value in acts[-1].cells if name in ("purpose", "channel", "sure")
                }
                cells |= {"text": f"w{number}"}
        if can_refuse and rng.random() < 0.03:
            key = "-"
        acts.append(Act(place, key, tuple(sorted(cells.items())), tuple(delivered), fate, rng.random()))
    return acts


def _act(rng: random.Random, record: Record) -> dict[str, str]:
    kind = FEEDS[record.feed]["kind"]
    if kind == "consents":
        word = rng.choice(WORDS["consents"])
        purposes = [*PURPOSES, *PURPOSES, "Offers", " newsletter "]
        channels = [*CHANNELS, *CHANNELS, " Email", "pigeon"]
        if word.lower() != "grant":
            purposes += ["", "all", "*", "Unheard"]
        cells = {
            "action": word,
            "purpose": rng.choice(purposes),
            "channel": rng.choice(channels),
            "sure": rng.choice(["true", "false", ""]),
            "text": "w1",
        }
        if record.feed == "shop_consents" and rng.random() < 0.1:
            del cells["channel"]
        return cells
    if kind == "newsletter_events":
        return {"event": rng.choice(WORDS["newsletter"]), "list": "weekly"}
    if kind == "suppressions":
        return _entry(rng)
    return (
        {"form": "contest"} if kind == "form_submissions" else {"total": "10.00"} if kind == "sales" else {}
    )


def tell(company: Company, histories: Sequence[History], first: int) -> int:
    """Adds the histories in three tellings, each under (telling, number); `first` is the first number of values that is free.

    Returns the first number of values that is free afterwards.
    """
    for telling in TELLINGS:
        for number, history in enumerate(histories):
            values = Values(first)
            first += 1
            for act in history.acts:
                record = history.records[act.record]
                cells = cells_of(record, values) | dict(act.cells)
                if not FEEDS[record.feed].get("delivery"):
                    cells["id"] = "" if act.key == "-" else f"{telling}-{number}-{act.key}"
                elif record.feed == "blocklist":
                    cells["id"] = f"{telling}-{number}-{act.key}"
                row = Row(record.feed, cells)
                # In every telling in the same order: of one key the last row of a file counts.
                company.add((telling, number), row, *_slots(record.feed, act), place=act.place)
    return first


def plain_points(number: int, telling: str, count: int, first: int) -> dict[Point, Point]:
    """The points of a history in one telling, each with a name that it has in every telling; arguments as for `tell`."""
    values = Values(first + TELLINGS.index(telling) * count + number)
    plain: dict[Point, Point] = {}
    for place in (0, 1):
        plain["email", values.email(place)] = ("email", place)
        plain["phone", values.phone(place)] = ("phone", place)
        for country in set(COUNTRIES):
            where = values.address(place, country)
            address = address_of(*(where[part] for part in ("street", "house", "zip", "city")), country)
            assert address is not None
            plain["address", address.point] = ("address", (place, country))
    return plain


def _slots(feed: str, act: Act) -> list[Slot]:
    first, *later = act.delivered
    again = [Slot(feed, DAYS[2], "_again")] if later else []
    if FEEDS[feed].get("delivery") == "snapshot":
        # A held list is one that was delivered beside the last.
        if act.fate:
            return [Slot(feed, DAYS[2], "_held", "held", DAYS[2] - timedelta(days=1))]
        return [Slot(feed, DAYS[first], snapshot=DAYS[first])]
    if act.fate:
        return [Slot(feed, DAYS[1], f"_{act.fate}", act.fate), *again]
    return [Slot(feed, DAYS[first]), *again]


def cells_of(record: Record, values: Values) -> dict[str, str]:
    """The cells of a record, as its feed names them."""
    names = ("name",) if record.feed == "newsletter" else ("given", "family")
    cells = dict.fromkeys((*names, *(column for column in WHO if column not in ("given", "family"))), "")
    if record.record_id is not None:
        cells["member"] = values.record_id(record.record_id)
    if record.number is not None:
        cells["number"] = values.customer_number(record.number)
    if record.name is not None:
        given, family = record.name
        is_list = FEEDS[record.feed]["kind"] == "suppressions"
        if record.feed == "newsletter":
            cells["name"] = f"{given} {family}"
        else:
            cells |= {"family": family} if is_list else {"given": given, "family": family}
    if record.email is not None:
        cells["mail"] = values.email(record.email)
    if record.phone is not None:
        cells["tel"] = values.phone(record.phone)
    if record.address is not None:
        cells |= values.address(record.address, record.country)
    if record.country is not None:
        cells["country"] = record.country
    if record.is_business:
        cells["company"] = "Company"
    if record.birth_year is not None:
        cells["born"] = f"{record.birth_year}-05-05"
    return cells


def people_of(telling: str, history: History, blocks: Sequence[Block]) -> Mapping[Block, object]:
    """The person of each contact block in that telling."""
    if telling == "all_merged":
        return together(None, blocks)
    if telling == "all_apart":
        return apart(None, blocks)
    return {block: history.people[place] for place, block in enumerate(sorted(blocks, key=str))}
