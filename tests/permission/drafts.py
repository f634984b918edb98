"""Rows on their way to a file, with what is still readable of them; and the cases that they make up."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from tests.permission.company import Company, Slot
from tests.permission.delivered import Fate, Row
from tests.permission.feeds import FEEDS, WHO
from tests.permission.histories import DAYS
from tests.permission.values import Values, letters

NAMES = (
    ("Anna", "Berg"), ("Jürgen", "Weiß"), ("Zoë", "O'Connor"), ("José", "Núñez"), ("Åsa", "Öberg"), ("Anna", "van den Berg"),
    ("Lena", "Smit-Jansen"),
)  # fmt: skip
IDENTIFIERS = frozenset({"mail", "tel", "address", "number", "member"})
POINTS = frozenset({"mail", "tel", "address"})
ADDRESS = ("street", "house", "zip", "city", "country")
# Channel -> the identifiers by which it reaches somebody.
USES = {"email": ("mail",), "sms": ("tel",), "phone": ("tel",), "post": ("address",), "ads": ("mail", "tel")}
# Country -> calling code, and how its mobile numbers begin and go on.
_NUMBERS = {
    "NL": ("31", "62", 7),
    "BE": ("32", "47", 7),
    "DE": ("49", "151", 8),
    "SE": ("46", "70", 7),
    "GB": ("44", "74", 8),
}


@dataclass
class Draft:
    """A row before it is delivered.

    `readable`: the identifiers, and `name`, by which it still names its person. `is_at_points_only`: it reaches nobody else.
    `is_unknown_word`: it is about no more than its own purpose and channel.
    `snapshots`: of a list, the days of the lists that hold it; `again`: days on which it is delivered once more.
    """

    feed: str
    cells: dict[str, str]
    readable: set[str]
    day: date
    snapshots: list[date] = field(default_factory=list)
    again: list[date] = field(default_factory=list)
    fate: Fate = "accepted"
    name: str = ""
    encoding: str = "utf-8"
    raw: str | None = None
    is_shifted: bool = False
    is_at_points_only: bool = False
    is_unknown_word: bool = False
    mistakes: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The kind of its feed."""
        return str(FEEDS[self.feed]["kind"])

    @property
    def is_json(self) -> bool:
        """Whether its feed delivers objects."""
        return bool(FEEDS[self.feed]["files"]["format"] == "jsonl")

    @property
    def is_plain(self) -> bool:
        """Whether its file is like any other."""
        return not self.name and not self.snapshots

    @cached_property
    def row(self) -> Row:
        """The row as it is delivered: asked for once it is written."""
        return Row(self.feed, self.cells, self.raw, self.is_shifted)

    @property
    def slots(self) -> list[Slot]:
        """The files that it stands in."""
        if self.snapshots:
            return [Slot(self.feed, day, snapshot=day) for day in self.snapshots]
        first = Slot(self.feed, self.day, self.name, self.fate, None, self.encoding)
        return [first, *(Slot(self.feed, day, "_again") for day in self.again)]

    def hold(self, fate: Fate) -> None:
        """Puts it into the file of its feed that is held, and then dropped or released as `fate` says."""
        self.day, self.fate, self.name = DAYS[1], fate, f"_{fate}"

    def drop(self, identifiers: set[str] | frozenset[str]) -> None:
        """Empties the cells of these identifiers, or of `name`."""
        columns = {"address": ADDRESS[:-1], "name": ("given", "family", "name")}
        for identifier in identifiers:
            for column in columns.get(identifier, (identifier,)):
                if column in self.cells:
                    self.cells[column] = ""
        self.readable -= identifiers


class Refused(NamedTuple):
    """What may not be allowed to `who`: at the point of that identifier, or at any if it is empty."""

    who: str
    channel: str
    purpose: str
    identifier: str = ""


class Stays(NamedTuple):
    """What must be allowed."""

    who: str
    channel: str
    purpose: str


@dataclass
class Case:
    """One history of the company. `rows`: whose each is. `is_exact`: the definition says what becomes of all of it.

    `refusals`: the rows with the mistakes, where it is one of a refusal.
    """

    rows: list[tuple[str, Draft]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    stays: list[Stays] = field(default_factory=list)
    name: str = ""
    is_exact: bool = True
    refusals: list[Draft] = field(default_factory=list)

    @property
    def is_grant(self) -> bool:
        """Whether it is a grant that was written with mistakes."""
        return not self.refusals


class Person:
    """Somebody with all identifiers, of whom each feed may know some."""

    def __init__(self, rng: random.Random, values: Values) -> None:
        self.values = values
        self.country = rng.choice([*_NUMBERS])
        self.given, self.family = rng.choice(NAMES)
        code, begins, digits = _NUMBERS[self.country]
        self.tel = f"+{code}{begins}{values.own:0{digits}d}"
        own = letters(values.own)
        local = rng.choice(["m.{}", "m.{}", "{}", "m.{}+shop", "o'{}"]).format(own)
        domain = rng.choice(["{}.example", "{}.example", "gmail.com", "münchen-{}.example"]).format(own)
        self.mail = f"{local}@{domain}"
        self.number = rng.choice(["{}", "{}", "K{}", "000{}"]).format(values.customer_number(0))
        self.member = rng.choice(["{}", "u-{}"]).format(7_000_000 + values.own)

    def cells(self, feed: str, given: set[str]) -> dict[str, str]:
        """The cells of a record of the feed that bears these identifiers, and `name`."""
        names = ("name",) if feed == "newsletter" else ("given", "family")
        cells = dict.fromkeys((*names, *(column for column in WHO if column not in ("given", "family"))), "")
        if "name" in given:
            full = {"name": f"{self.given} {self.family}"}
            cells |= full if feed == "newsletter" else {"given": self.given, "family": self.family}
        if "address" in given:
            cells |= self.values.address(0, self.country)
        cells["country"] = self.country
        return cells | {
            one: str(getattr(self, one)) for one in ("mail", "tel", "number", "member") if one in given
        }


def add_cases(company: Company, cases: Sequence[Case]) -> None:
    """Adds the rows of the cases, each under ("case", number)."""
    for number, case in enumerate(cases):
        for _, draft in case.rows:
            company.add(("case", number), draft.row, *draft.slots)
