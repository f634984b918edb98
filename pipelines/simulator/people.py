"""The people: names, sex, birth, e-mail and telephone, with the dates on which these change."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from pipelines.simulator.columns import FAR, Text, choose, join, keep, number, pick, words
from pipelines.simulator.households import CHILD, HEAD, NAMESAKE, PARTNER, TWIN, Households
from pipelines.simulator.words import CN
from pipelines.simulator.world import Clock, Dice, Vocabulary, vocabulary

MALE, FEMALE = 0, 1
EMAIL_CHANGES, PHONE_CHANGES, MARRIES = 0.12, 0.10, 0.06
_SIBLING_DAYS = 330
_FREE_MAIL = (
    (
        "gmail.com",
        "hotmail.com",
        "ziggo.nl",
        "kpnmail.nl",
        "outlook.com",
        "live.nl",
        "planet.nl",
        "icloud.com",
    ),
    ("gmail.com", "telenet.be", "hotmail.com", "skynet.be", "proximus.be", "outlook.be"),
    ("gmail.com", "hotmail.com", "telia.com", "bredband.net", "outlook.com", "live.se"),
    ("qq.com", "163.com", "126.com", "sina.com", "foxmail.com"),
    ("gmail.com", "hotmail.co.uk", "btinternet.com", "yahoo.co.uk", "outlook.com", "sky.com"),
)
# Mobile and landline prefixes without the leading zero, and how many digits follow.
_MOBILE = (("61", "62", "63", "64", "65", "68"), ("470", "471", "472", "473", "474", "475", "476", "477", "478", "479", "484", "485",
           "486", "494", "495", "496", "497", "498", "499"), ("70", "72", "73", "76", "79"),
           ("136", "137", "138", "139", "150", "151", "158", "186", "188"), ("7400", "7500", "7710", "7780", "7890", "7970"))  # fmt: skip
_MOBILE_DIGITS = (7, 6, 7, 8, 6)
LANDLINE = (
    ("20", "10", "30", "70", "40", "50", "24", "26"),
    ("22", "24", "26", "32", "33", "36"),
    ("8", "31", "40"),
    ("10", "21"),
    ("1214", "1132", "1612", "1142"),
)
LANDLINE_DIGITS = (7, 6, 6, 8, 6)
_DIAL = ("31", "32", "46", "86", "44")


@dataclass(frozen=True)
class People:
    """One entry per person. Values that change have a second version and the moment it begins (FAR: never)."""

    household: np.ndarray
    role: np.ndarray
    country: np.ndarray
    sex: np.ndarray
    birth: np.ndarray  # days since 1970
    given: np.ndarray
    family: np.ndarray
    new_family: np.ndarray
    other_family: np.ndarray  # a former family name or a parent's, now and then written instead
    married_at: np.ndarray
    email: Text
    new_email: Text
    email_changed_at: np.ndarray
    mobile: np.ndarray  # national number, coded: prefix place and digits
    new_mobile: np.ndarray
    phone_changed_at: np.ndarray
    landline: np.ndarray
    uses_shared_email: np.ndarray
    uses_shared_phone: np.ndarray
    household_email: Text

    @property
    def size(self) -> int:
        """How many people there are."""
        return len(self.household)


def given_names() -> Vocabulary:
    """Male names, then female ones."""
    male, female = vocabulary("male"), vocabulary("female")
    return Vocabulary(
        pa.concat_arrays([male.native, female.native]), pa.concat_arrays([male.latin, female.latin]),
        pa.concat_arrays([male.ascii, female.ascii]), male.start, male.chances,
    )  # fmt: skip


def _births(rng: np.random.Generator, homes: Households, clock: Clock) -> np.ndarray:
    """Birth days that fit the roles: partners of about one age, children a generation younger."""
    household, role = homes.member_household, homes.member_role
    today, count = clock.now // 86_400, len(homes.kind)
    has_children = np.zeros(count, dtype=bool)
    has_children[household[role >= CHILD]] = True
    alone = np.clip(rng.normal(47, 17, count), 18, 92)
    head_age = np.where(has_children, np.clip(rng.normal(50, 5.5, count), 40, 64), alone)
    age = head_age[household]
    partner = role == PARTNER
    age[partner] = np.clip(age[partner] + rng.normal(-1.5, 4, partner.sum()), 18, 95)
    child = role >= CHILD
    age[child] = np.clip(age[child] - rng.uniform(23, 34, child.sum()), 15, 35)
    namesake = role == NAMESAKE
    age[namesake] = np.maximum(age[namesake], 18)
    birth = (today - age * 365.25 - rng.integers(0, 365, len(age))).astype(np.int32)
    twin = np.flatnonzero(role == TWIN)
    second = twin[1::2] if len(twin) % 2 == 0 else twin[1:-1:2]
    birth[second] = birth[second - 1]
    # Brothers and sisters are not born within a few months of each other.
    younger = (
        np.flatnonzero((role[1:] == CHILD) & (role[:-1] == CHILD) & (household[1:] == household[:-1])) + 1
    )
    gap = birth[younger] - birth[younger - 1]
    birth[younger] += np.where(np.abs(gap) < _SIBLING_DAYS, np.where(gap < 0, -1, 1) * _SIBLING_DAYS, 0)
    return birth


def _names(rng: np.random.Generator, homes: Households, clock: Clock) -> tuple[np.ndarray, ...]:
    """Sex, given name, family name, family name after marriage and when that begins."""
    household, role = homes.member_household, homes.member_role
    country, count = homes.country[household], len(household)
    first = np.concatenate([[0], np.flatnonzero(np.diff(household)) + 1])
    head = first[household]
    sex = (rng.random(count) < 0.51).astype(np.int8)
    partner = role == PARTNER
    sex[partner] = np.where(rng.random(partner.sum()) < 0.96, 1 - sex[head[partner]], sex[head[partner]])
    offset = len(vocabulary("male").native)
    male, female = vocabulary("male").draw(rng, country), vocabulary("female").draw(rng, country)
    namesake = role == NAMESAKE
    sex[namesake] = sex[head[namesake]]
    given = np.where(sex == MALE, male, offset + female)
    given[namesake] = given[head[namesake]]
    own = vocabulary("family").draw(rng, country)
    family = np.where(role == HEAD, own, own[head])
    # Where a spouse commonly takes the other's name; in Belgium and China hardly anybody does.
    takes_name = np.array([0.45, 0.04, 0.55, 0.0, 0.60])[country]
    family[partner] = np.where(rng.random(count) < takes_name, own[head], own)[partner]
    is_free = partner & (family != own[head]) | (role == HEAD) & (homes.kind[household] == 0) & (
        sex == FEMALE
    )
    marries = np.flatnonzero(is_free & (rng.random(count) < MARRIES) & (takes_name > 0))
    new_family, married_at = family.copy(), np.full(count, FAR)
    new_family[marries] = np.where(
        role[marries] == PARTNER, own[head[marries]], vocabulary("family").draw(rng, country[marries])
    )
    married_at[marries] = rng.integers(clock.start, clock.end, len(marries))
    return sex, given, family, new_family, married_at


def _addresses_of_mail(
    rng: np.random.Generator, given: np.ndarray, family: np.ndarray, birth: np.ndarray, country: np.ndarray
) -> Text:
    """An e-mail address in the habits of people: full name, initial, year of birth, number; each address once."""
    count = len(given)
    first, last = pick(given_names().ascii, given), pick(vocabulary("family").ascii, family)
    initial = pa.compute.utf8_slice_codeunits(first, 0, 1)
    year = number((1970 + birth // 365.25).astype(np.int64) % 100, 2)
    some = number(rng.integers(1, 9999, count))
    habit = rng.choice(6, count, p=[0.30, 0.18, 0.17, 0.12, 0.13, 0.10])
    local = choose(habit == 0, join(first, last, between="."), join(initial, ".", last))
    for place, text in enumerate(
        (join(first, year), join(first, last), join(first, ".", last, year), join(first, "_", some)), start=2
    ):
        local = choose(habit == place, text, local)
    domain = pick(words([name for names in _FREE_MAIL for name in names]), _free_mail(rng, country))
    address = join(local, domain, between="@")
    again = (
        pd.Series(address.to_numpy(zero_copy_only=False))
        .groupby(address.to_numpy(zero_copy_only=False))
        .cumcount()
        .to_numpy()
    )
    return choose(again > 0, join(join(local, number(again + 1), between="."), domain, between="@"), address)


def _free_mail(rng: np.random.Generator, country: np.ndarray) -> np.ndarray:
    starts = np.cumsum([0, *(len(names) for names in _FREE_MAIL)])
    sizes = np.array([len(names) for names in _FREE_MAIL])[country]
    # Squared draws: the first providers have the larger share.
    return starts[country] + (sizes * rng.random(len(country)) ** 2).astype(np.int64)


def phone_numbers(
    rng: np.random.Generator, country: np.ndarray, prefixes: tuple, digits: tuple[int, ...]
) -> np.ndarray:
    """National numbers as integers, without the leading zero."""
    result = np.zeros(len(country), dtype=np.int64)
    for place, (choices, width) in enumerate(zip(prefixes, digits, strict=True)):
        mine = np.flatnonzero(country == place)
        heads = np.array([int(prefix) for prefix in choices])
        # A subscriber's number does not begin with 0 or 1.
        tail = rng.integers(2 * 10 ** (width - 1), 10**width, len(mine))
        result[mine] = heads[rng.integers(0, len(heads), len(mine))] * 10**width + tail
    return result


def phone_text(national: np.ndarray, country: np.ndarray, style: np.ndarray) -> Text:
    """A telephone number as people write it: style 0 national, 1 with spaces, 2 +31..., 3 0031..., 4 with a dash."""
    digits = number(national)
    dial = pick(words(list(_DIAL)), country)
    trunk = choose(country == CN, join(digits), join("0", digits))
    slice_ = pa.compute.utf8_slice_codeunits
    spaced = join(slice_(trunk, 0, 3), slice_(trunk, 3, 6), slice_(trunk, 6, 20), between=" ")
    dashed = join(slice_(trunk, 0, 3), slice_(trunk, 3, 20), between="-")
    text = choose(style == 1, spaced, trunk)
    text = choose(style == 2, join("+", dial, digits), text)
    text = choose(style == 3, join("00", dial, digits), text)
    return keep(national > 0, choose(style == 4, dashed, text))


def make_people(dice: Dice, clock: Clock, homes: Households) -> People:
    """Everybody who lives in the households."""
    household, role = homes.member_household, homes.member_role
    country, count = homes.country[household], len(household)
    birth = _births(dice.of("births"), homes, clock)
    sex, given, family, new_family, married_at = _names(dice.of("names"), homes, clock)
    rng = dice.of("contact points")
    both = _addresses_of_mail(
        rng, np.tile(given, 2), np.concatenate([family, new_family]), np.tile(birth, 2), np.tile(country, 2)
    )
    mobile, landline = (
        phone_numbers(rng, country, _MOBILE, _MOBILE_DIGITS),
        phone_numbers(rng, homes.country, LANDLINE, LANDLINE_DIGITS),
    )
    new_mobile = phone_numbers(rng, country, _MOBILE, _MOBILE_DIGITS)
    mail_changes = np.where(
        rng.random(count) < EMAIL_CHANGES, rng.integers(clock.start, clock.end, count), FAR
    )
    phone_changes = np.where(
        rng.random(count) < PHONE_CHANGES, rng.integers(clock.start, clock.end, count), FAR
    )
    other_family = vocabulary("family").draw(dice.of("other family names"), country)
    first = np.concatenate([[0], np.flatnonzero(np.diff(household)) + 1])
    # Two at least share what the household shares; the others of it most of the time.
    is_one_of_two = np.arange(count) - first[household] < 2
    family_name = pick(vocabulary("family").ascii, family[first])
    domain = pick(words([name for names in _FREE_MAIL for name in names]), _free_mail(rng, homes.country))
    shared_mail = join(join("fam.", family_name, number(np.arange(len(first)) % 9973)), domain, between="@")
    return People(
        household, role, country, sex, birth, given, family, new_family, other_family, married_at,
        both.slice(0, count), both.slice(count, count), mail_changes, mobile, new_mobile, phone_changes, landline[household],
        homes.has_shared_email[household] & (is_one_of_two | (rng.random(count) < 0.75)),
        homes.has_shared_phone[household] & (is_one_of_two | (rng.random(count) < 0.7)), pick(shared_mail, household),
    )  # fmt: skip
