"""Households: types, addresses, flat blocks, moves."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulator.columns import FAR, Text, choose, join, number, pick, words
from pipelines.simulator.words import BE, CN, GB, NL
from pipelines.simulator.world import COUNTRY_SHARES, Clock, Dice, vocabulary

HEAD, PARTNER, CHILD, TWIN, NAMESAKE = range(5)
# Type -> (share of households, roles). Children are those old enough to appear in a company's files.
TYPES: dict[str, tuple[float, tuple[int, ...]]] = {
    "single": (0.50, (HEAD,)),
    "couple": (0.27, (HEAD, PARTNER)),
    "couple with child": (0.08, (HEAD, PARTNER, CHILD)),
    "couple with two children": (0.06, (HEAD, PARTNER, CHILD, CHILD)),
    "parent with child": (0.055, (HEAD, CHILD)),
    "couple with twins": (0.015, (HEAD, PARTNER, TWIN, TWIN)),
    "parent and child of one name": (0.02, (HEAD, PARTNER, NAMESAKE)),
}
SHARED_EMAIL, SHARED_PHONE, MOVES, IN_FLAT_BLOCK = 0.15, 0.40, 0.18, 0.22
_FLATS_PER_BLOCK = 14
_LETTERS = "ABDEFGHJLNPRTUWXZ"  # none of the combinations the Dutch and British posts leave out
_ZONES = (
    "B",
    "BS",
    "CF",
    "E",
    "EH",
    "G",
    "L",
    "LE",
    "LS",
    "M",
    "N",
    "NE",
    "NW",
    "OX",
    "RG",
    "S",
    "SE",
    "SW",
    "W",
    "YO",
)


@dataclass(frozen=True)
class Addresses:
    """Streets, numbers and cities as codes; `addition` counts from 1 within a flat block, 0 without."""

    country: np.ndarray
    city: np.ndarray
    street: np.ndarray
    house: np.ndarray
    addition: np.ndarray

    def street_text(self, rows: np.ndarray, is_native: bool = False) -> Text:
        """Name of the street."""
        found = vocabulary("streets")
        return pick(found.native if is_native else found.latin, self.street[rows])

    def city_text(self, rows: np.ndarray, is_native: bool = False) -> Text:
        """Name of the city."""
        found = vocabulary("cities")
        return pick(found.native if is_native else found.latin, self.city[rows])

    def house_text(self, rows: np.ndarray) -> Text:
        """House number with the country's way to write a flat."""
        plain, flat = number(self.house[rows]), self.addition[rows]
        kind = self.country[rows]
        letters = pick(words([chr(65 + place) for place in range(26)]), (flat - 1) % 26)
        dutch = choose(self.house[rows] % 2 == 0, join(plain, "-", number(flat)), join(plain, " ", letters))
        with_flat = choose(
            kind == BE,
            join(plain, " bus ", number(flat)),
            choose(kind == NL, dutch, join(plain, "/", number(flat))),
        )
        return choose(flat > 0, with_flat, plain)

    def postcode_text(self, rows: np.ndarray) -> Text:
        """Postcode in the country's form; a street's houses share theirs in runs of fifty."""
        kind, city, street = (
            self.country[rows],
            self.city[rows].astype(np.int64),
            self.street[rows].astype(np.int64),
        )
        run = self.house[rows] // 50
        area = (city * 37 + street % 11) % 8_900
        letter = words(list(_LETTERS))
        pair = join(
            pick(letter, (street * 7 + run) % len(_LETTERS)),
            pick(letter, (street // 3 + run * 5) % len(_LETTERS)),
        )
        dutch = join(number(1000 + area), " ", pair)
        swedish = join(number(100 + area % 880, 3), " ", number(10 + street % 89, 2))
        chinese = join(number(10 + city % 75, 2), number((city * 13 + street % 17) % 10_000, 4))
        british = join(
            pick(words(list(_ZONES)), city % len(_ZONES)), number(1 + (city // 20 + street % 5) % 20), " ",
            number(1 + (street + run) % 9), pair,
        )  # fmt: skip
        text = choose(kind == NL, dutch, choose(kind == BE, number(1000 + area), swedish))
        return choose(kind == CN, chinese, choose(kind == GB, british, text))


@dataclass(frozen=True)
class Households:
    """One entry per household; the first `size` addresses are the first homes, later ones the homes moved to."""

    kind: np.ndarray
    country: np.ndarray
    has_shared_email: np.ndarray
    has_shared_phone: np.ndarray
    first_address: np.ndarray
    second_address: np.ndarray
    moved_at: np.ndarray
    addresses: Addresses
    member_household: np.ndarray
    member_role: np.ndarray

    def address_at(self, household: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Where the household lives at that moment."""
        return np.where(
            at >= self.moved_at[household], self.second_address[household], self.first_address[household]
        )


def _flats(rng: np.random.Generator, country: np.ndarray, addresses: Addresses) -> None:
    """Puts a share of the homes into flat blocks: same street and number, another addition."""
    for place in range(len(COUNTRY_SHARES)):
        mine = np.flatnonzero((country == place) & (rng.random(len(country)) < IN_FLAT_BLOCK))
        block = np.arange(len(mine)) // _FLATS_PER_BLOCK
        first = mine[block * _FLATS_PER_BLOCK]
        addresses.city[mine], addresses.street[mine] = addresses.city[first], addresses.street[first]
        addresses.house[mine] = addresses.house[first]
        addresses.addition[mine] = 1 + np.arange(len(mine)) % _FLATS_PER_BLOCK


def make_addresses(rng: np.random.Generator, country: np.ndarray) -> Addresses:
    """A random address in each given country."""
    return Addresses(
        country,
        vocabulary("cities").draw(rng, country),
        vocabulary("streets").draw(rng, country),
        1 + np.minimum(rng.geometric(0.018, len(country)), 600).astype(np.int32),
        np.zeros(len(country), dtype=np.int32),
    )


def make_households(dice: Dice, clock: Clock, people: int) -> Households:
    """Households for that many people; the last one is cut to fit."""
    rng = dice.of("households")
    shares = np.array([share for share, _ in TYPES.values()])
    sizes_of = np.array([len(roles) for _, roles in TYPES.values()])
    kind = rng.choice(len(TYPES), size=people, p=shares / shares.sum()).astype(np.int8)
    count = int(np.searchsorted(np.cumsum(sizes_of[kind]), people)) + 1
    kind = kind[:count]
    household = np.repeat(np.arange(count, dtype=np.int32), sizes_of[kind])[:people]
    role = np.concatenate([np.array(roles, dtype=np.int8) for _, roles in TYPES.values()])
    starts = np.cumsum([0, *sizes_of])[:-1]
    within = np.arange(len(household)) - np.concatenate([[0], np.cumsum(sizes_of[kind])])[household]
    country = rng.choice(len(COUNTRY_SHARES), size=count, p=COUNTRY_SHARES).astype(np.int8)
    moves = np.flatnonzero(rng.random(count) < MOVES)
    homes = np.concatenate([country, country[moves]])
    addresses = make_addresses(rng, homes)
    stays_in_town = np.flatnonzero(rng.random(len(moves)) < 0.6)
    addresses.city[count + stays_in_town] = addresses.city[moves[stays_in_town]]
    _flats(rng, homes, addresses)
    moved_at, second = np.full(count, FAR), np.arange(count)
    moved_at[moves] = rng.integers(clock.start, clock.end, len(moves))
    second[moves] = count + np.arange(len(moves))
    is_several = sizes_of[kind] > 1
    return Households(
        kind, country,
        is_several & (rng.random(count) < SHARED_EMAIL), is_several & (rng.random(count) < SHARED_PHONE),
        np.arange(count), second, moved_at, addresses, household, role[starts[kind[household]] + within],
    )  # fmt: skip
