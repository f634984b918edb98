"""Households and people of five more countries, who fill in forms of few fields; nothing of it is from the simulator."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from faker import Faker

from tests.benchmarks.identity_sets import slips
from tests.benchmarks.identity_sets.feed import write_feed

_Dice = random.Random


@dataclass(frozen=True)
class Home:
    """Where and how a household is reached."""

    street: str
    postcode: str
    city: str
    phone: str
    email: str


@dataclass(frozen=True)
class Person:
    """Somebody as he is; of each pair the first holds at first, the second after a change."""

    is_female: bool
    given: str
    second_given: str
    family: tuple[str, str]
    born: date
    phone: tuple[str, str]
    email: tuple[str, str]
    home: tuple[Home, Home]


@dataclass(frozen=True)
class Recipe:
    """One set: whose country, which columns, how much is left out, how it is misspelt.

    `columns`: source column -> canonical column. `missing`: the share of each column left out. `slips`: each strikes
    a text column with probability `slip_rate`; `habits`: ways to write a record, with their probability.
    """

    locale: str
    country: str
    people: int
    records_each: float
    columns: Mapping[str, str | Mapping[str, object]]
    missing: Mapping[str, float]
    slips: Sequence[slips.Slip]
    slip_rate: float
    date_format: str = "%Y-%m-%d"
    habits: Mapping[str, float] = field(default_factory=dict)


_BORN_AMERICAN = {"to": "birth_date", "format": "%m/%d/%Y"}
_BORN_EUROPEAN = {"to": "birth_date", "format": "%d/%m/%Y"}

RECIPES: dict[str, Recipe] = {
    # Two fields in five are empty.
    "made-us": Recipe(
        "en_US", "US", 6_000, 1.8,
        {"first": "given_name", "last": "family_name", "dob": _BORN_AMERICAN, "tel": "phone", "zip": "postcode", "town": "city"},
        {"first": 0.05, "last": 0.05, "dob": 0.4, "tel": 0.4, "zip": 0.4, "town": 0.4},
        (slips.neighbouring_key, slips.swapped_letters, slips.doubled_letter), 0.08, "%m/%d/%Y",
        {"initial": 0.08, "second name": 0.1, "married": 0.04, "moved": 0.15, "new phone": 0.12, "swapped day": 0.02},
    ),
    # A newsletter: no birth date, no address.
    "made-de": Recipe(
        "de_DE", "DE", 7_000, 1.6,
        {"vorname": "given_name", "nachname": "family_name", "mail": "email", "ort": "city"},
        {"vorname": 0.03, "nachname": 0.03, "mail": 0.25, "ort": 0.2},
        (slips.sound_alike, slips.without_marks, slips.umlaut_in_two, slips.swapped_letters), 0.1,
        habits={"new email": 0.2, "shared email": 0.12, "moved": 0.1, "married": 0.03, "upper case": 0.1},
    ),
    # Scanned delivery notes: no birth date, no mailbox, one column for the name.
    "made-fr": Recipe(
        "fr_FR", "FR", 6_000, 2.0,
        {"nom": "full_name", "adresse": "street", "cp": "postcode", "ville": "city", "telephone": "phone"},
        {"nom": 0.01, "adresse": 0.1, "cp": 0.1, "ville": 0.15, "telephone": 0.4},
        (slips.scanned_wrong, slips.scanned_wrong, slips.without_marks, slips.cut_short), 0.1,
        habits={"moved": 0.1, "shared phone": 0.4, "new phone": 0.1, "title": 0.2, "family name first": 0.1, "initial": 0.1, "upper case": 0.15},
    ),
    # A club: two family names, often the first only; no contact point at all.
    "made-es": Recipe(
        "es_ES", "ES", 4_500, 1.8,
        {"nombre": "given_name", "apellidos": "family_name", "nacido": _BORN_EUROPEAN, "ciudad": "city"},
        {"nombre": 0.01, "apellidos": 0.01, "nacido": 0.1, "ciudad": 0.1},
        (slips.neighbouring_key, slips.without_marks, slips.sound_alike), 0.08, "%d/%m/%Y",
        {"first family name": 0.35, "second name": 0.15, "moved": 0.1, "swapped day": 0.03, "wrong digit": 0.03},
    ),
    # A loyalty card at the till: names that change with the sex, contact points the family shares.
    "made-pl": Recipe(
        "pl_PL", "PL", 7_000, 2.0,
        {"imie": "given_name", "nazwisko": "family_name", "email": "email", "telefon": "phone"},
        {"imie": 0.05, "nazwisko": 0.1, "email": 0.4, "telefon": 0.2},
        (slips.without_marks, slips.neighbouring_key, slips.cut_short), 0.1,
        habits={"shared phone": 0.35, "shared email": 0.1, "new phone": 0.1, "new email": 0.1, "married": 0.03, "initial": 0.05},
    ),
}  # fmt: skip

NAMES = tuple(RECIPES)
# Adults and children; how often.
_FAMILIES = (((1, 0), 0.4), ((2, 0), 0.25), ((2, 1), 0.12), ((2, 2), 0.15), ((1, 1), 0.08))
_SAME_FAMILY_NAME, _NAMED_AFTER_PARENT, _ARE_TWINS = 0.75, 0.04, 0.06
_TITLES = {"fr_FR": ("M.", "Mme")}


def write_invented(name: str, folder: Path) -> None:
    """Writes one of the sets as a feed."""
    recipe = RECIPES[name]
    dice = _Dice(name)
    fake = Faker(recipe.locale)
    fake.seed_instance(dice.randrange(1 << 30))
    people = _people(fake, dice, recipe.people)
    records, owners = [], []
    for number, person in enumerate(people):
        count = 1
        while dice.random() > 1 / recipe.records_each:
            count += 1
        for _ in range(count):
            records.append(_record(dice, recipe, person))
            owners.append(number)
    order = list(range(len(records)))
    dice.shuffle(order)
    write_feed(
        folder,
        name.replace("-", "_"),
        [records[place] for place in order],
        [owners[place] for place in order],
        recipe.columns,
        recipe.country,
    )


def _home(fake: Faker, family: str) -> Home:
    mail = slips.plain(family).replace(" ", "")
    return Home(
        fake.street_address(), fake.postcode(), fake.city(), fake.phone_number(), f"{mail}{fake.random_int(10, 99)}@{fake.free_email_domain()}"
    )  # fmt: skip


def _email(fake: Faker, dice: _Dice, given: str, family: str, born: date) -> str:
    first, last = (slips.plain(name).replace(" ", "") for name in (given, family))
    local = dice.choice(
        (f"{first}.{last}", f"{first[0]}{last}", f"{first}{born.year % 100:02}", f"{last}.{first[0]}{fake.random_int(1, 999)}", fake.word() + str(fake.random_int(1, 9999)))
    )  # fmt: skip
    return f"{slips.plain(local)}@{fake.free_email_domain()}"


def _people(fake: Faker, dice: _Dice, count: int) -> list[Person]:
    people: list[Person] = []
    families, shares = [family for family, _ in _FAMILIES], [share for _, share in _FAMILIES]
    while len(people) < count:
        adults, children = dice.choices(families, shares)[0]
        people += _household(fake, dice, adults, children)
    return people[:count]


def _household(fake: Faker, dice: _Dice, adults: int, children: int) -> list[Person]:
    """Adults, mostly of one family name, and their children; some of these twins or named after a parent."""
    is_first_female = dice.random() < 0.5
    family = _family_name(fake, is_first_female)
    home = (_home(fake, family), _home(fake, family))
    members: list[Person] = []
    for place in range(adults + children):
        is_child = place >= adults
        is_female = (
            is_first_female if place == 0 else dice.random() < 0.5 if is_child else not is_first_female
        )
        given = fake.first_name_female() if is_female else fake.first_name_male()
        name = _feminine(family, fake) if is_female else family
        born = date(2008, 1, 1) - timedelta(dice.randrange(6_000, 25_000))
        if is_child:
            born = members[0].born + timedelta(dice.randrange(7_500, 12_000))
            parent = next((other for other in members[:adults] if other.is_female == is_female), None)
            if parent and dice.random() < _NAMED_AFTER_PARENT:
                given = parent.given
            if place > adults and dice.random() < _ARE_TWINS:
                born = members[-1].born
        elif place and dice.random() > _SAME_FAMILY_NAME:
            name = _family_name(fake, is_female)
        members.append(
            Person(
                is_female,
                given,
                fake.first_name_female() if is_female else fake.first_name_male(),
                (name, _family_name(fake, is_female) if is_female else name),
                born,
                (fake.phone_number(), fake.phone_number()),
                (_email(fake, dice, given, name, born), _email(fake, dice, given, name, born)),
                home,
            )
        )
    return members


def _family_name(fake: Faker, is_female: bool) -> str:
    name = fake.last_name_female() if is_female else fake.last_name_male()
    return f"{name} {fake.last_name()}" if fake.locales[0] == "es_ES" else name


def _feminine(family: str, fake: Faker) -> str:
    """Pani Kowalska is married to pan Kowalski."""
    if fake.locales[0] == "pl_PL" and family.endswith(("ski", "cki", "dzki")):
        return family[:-1] + "a"
    return family


def _record(dice: _Dice, recipe: Recipe, person: Person) -> dict[str, str | None]:
    """What the person writes this time."""
    does = {habit for habit, share in recipe.habits.items() if dice.random() < share}
    home = person.home["moved" in does]
    values = {
        "given_name": person.given,
        "family_name": person.family["married" in does],
        "birth_date": _born(dice, recipe, person, does),
        "email": home.email if "shared email" in does else person.email["new email" in does],
        "phone": home.phone if "shared phone" in does else person.phone["new phone" in does],
        "street": home.street,
        "postcode": home.postcode,
        "city": home.city,
    }
    if "initial" in does:
        values["given_name"] = f"{person.given[0]}."
    if "second name" in does:
        values["given_name"] += f" {person.second_given}"
    if "first family name" in does:
        values["family_name"] = values["family_name"].split(" ")[0]
    for column in ("given_name", "family_name", "street", "city"):
        values[column] = _slipped(dice, recipe, values[column])
    parts = [values["given_name"], values["family_name"]]
    if "family name first" in does:
        parts = [f"{parts[1].upper()}", parts[0]]
    if "title" in does:
        parts.insert(0, _TITLES[recipe.locale][person.is_female])
    values["full_name"] = " ".join(parts)
    if "upper case" in does:
        values = {column: value.upper() for column, value in values.items()}
    return {
        column: None if dice.random() < recipe.missing[column] else values[_target(to)]
        for column, to in recipe.columns.items()
    }


def _target(to: str | Mapping[str, object]) -> str:
    return to if isinstance(to, str) else str(to["to"])


def _born(dice: _Dice, recipe: Recipe, person: Person, does: set[str]) -> str:
    born = person.born
    if "swapped day" in does and born.day <= 12:
        born = born.replace(day=born.month, month=born.day)
    if "wrong digit" in does:
        born += timedelta(dice.choice((-3653, -365, -30, -10, -1, 1, 10, 30, 365, 3653)))
    return born.strftime(recipe.date_format)


def _slipped(dice: _Dice, recipe: Recipe, value: str) -> str:
    slip: Callable[[_Dice, str], str] = dice.choice(recipe.slips)
    return slip(dice, value) if dice.random() < recipe.slip_rate else value
