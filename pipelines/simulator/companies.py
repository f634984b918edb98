"""Companies with valid numbers, groups of them, their sites and domains, and who works where."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from stdnum import luhn
from stdnum.cn import uscc
from stdnum.gb import vat as gb_vat
from stdnum.nl import bsn

from pipelines.simulator.columns import FAR, Text, choose, join, keep, number, pick, words
from pipelines.simulator.households import Addresses, make_addresses
from pipelines.simulator.people import LANDLINE, LANDLINE_DIGITS, People, given_names, phone_numbers
from pipelines.simulator.words import BE, CN, COUNTRIES, NL, SE, plain
from pipelines.simulator.world import COUNTRY_SHARES, Clock, Dice, vocabulary

CUSTOMER_SHARE, HAS_PARENT = 0.6, 0.10
# In the YEARS of the history, 12.5 % a year: of the Dutch employees 12 % had another employer at the end of 2020 than at
# its beginning, 14 % in 2021 (CBS, Arbeidsmarkttransities); of all employed in the EU 8 %, in the United Kingdom and
# Denmark 13 % (Eurostat, Labour Force Survey 2003).
CHANGES_JOB = 0.33
_LEGAL_FORMS = (
    ("B.V.", "N.V.", "V.O.F."),
    ("BV", "NV", "SRL"),
    ("AB", "HB"),
    ("有限公司", "股份有限公司"),
    ("Ltd", "PLC", "LLP"),
)
# Trade in the name -> NACE Rev. 2 class.
_TRADES = (
    ("Bouw", "41.20"), ("Techniek", "43.21"), ("Logistics", "52.29"), ("Foods", "10.89"), ("Consulting", "70.22"),
    ("Design", "74.10"), ("Garden", "81.30"), ("Software", "62.01"), ("Hotels", "55.10"), ("Catering", "56.21"),
    ("Interiors", "43.39"), ("Trading", "46.90"), ("Schools", "85.31"), ("Care", "86.90"), ("Machines", "28.99"),
)  # fmt: skip
_TITLES = (
    "Purchasing manager",
    "Director",
    "Office manager",
    "Facility manager",
    "CEO",
    "Marketing manager",
    "Buyer",
    "CFO",
    "Owner",
)


@dataclass(frozen=True)
class Companies:
    """One entry per company; the first `customer_count` of them deal with us, the others are only in the register."""

    country: np.ndarray
    name: Text
    legal_form: Text
    number: Text
    vat: Text
    domain: Text
    nace: Text
    employees: np.ndarray
    turnover: np.ndarray  # in the country's currency
    founded: np.ndarray
    parent: np.ndarray  # -1: none
    phone: np.ndarray
    site: Addresses
    second_site: Addresses
    customer_count: int

    @property
    def size(self) -> int:
        """How many companies there are."""
        return len(self.country)


@dataclass(frozen=True)
class Contacts:
    """People who deal with us for their employer; a second employer from `changed_at` on (FAR: never)."""

    person: np.ndarray
    company: np.ndarray
    new_company: np.ndarray
    changed_at: np.ndarray
    title: np.ndarray
    extension: np.ndarray

    def company_at(self, rows: np.ndarray, at: np.ndarray) -> np.ndarray:
        """The employer at that moment."""
        return np.where(at >= self.changed_at[rows], self.new_company[rows], self.company[rows])

    @property
    def is_at_second_site(self) -> np.ndarray:
        """Who works at the company's second site: one in four."""
        return self.extension % 4 == 0

    def title_text(self, rows: np.ndarray) -> Text:
        """Job title."""
        return pick(words(list(_TITLES)), self.title[rows])


def _legal_numbers(rng: np.random.Generator, country: int, serial: int) -> tuple[str, str | None]:
    """A company's register number and VAT number, valid by the country's own check digits."""
    if country == NL:
        base = next(
            f"{head}{digit}" for head in range(10_000_000 + serial * 11, 99_999_999)
            for digit in range(10) if bsn.is_valid(f"{head}{digit}")
        )  # fmt: skip
        return f"{17_000_000 + serial * 37:08d}", f"NL{base}B01"
    if country == BE:
        head = f"0{4_000_000 + serial * 7:07d}"
        whole = f"{head}{97 - int(head) % 97:02d}"
        return f"{whole[:4]}.{whole[4:7]}.{whole[7:]}", f"BE{whole}"
    if country == SE:
        head = f"{556_100_000 + serial * 17:09d}"
        whole = head + luhn.calc_check_digit(head)
        return f"{whole[:6]}-{whole[6:]}", f"SE{whole}01"
    if country == CN:
        head = (
            f"91310000{''.join('0123456789ABCDEFGHJKLMNPQRTUWXY'[place] for place in rng.integers(0, 31, 9))}"
        )
        return head + uscc.calc_check_digit(head), None
    vat = next(
        f"{head}{pair:02d}"
        for head in range(2_000_000 + serial * 7, 9_999_999)
        for pair in range(97)
        if gb_vat.is_valid(f"{head}{pair:02d}")
    )
    return f"{6_000_000 + serial * 29:08d}", f"GB{vat}"


def make_companies(dice: Dice, clock: Clock, people: int) -> Companies:
    """About one company for sixteen people, 60 % of them customers."""
    rng = dice.of("companies")
    count = max(20, people // 16)
    country = rng.choice(len(COUNTRY_SHARES), size=count, p=(0.48, 0.22, 0.13, 0.04, 0.13)).astype(np.int8)
    family = vocabulary("family").draw(rng, country)
    trade = rng.integers(0, len(_TRADES), count)
    family_words, latin = vocabulary("family").native, vocabulary("family").latin
    # Half of the customers are called after an owner, the others after an owner and a place: names recur.
    cities = vocabulary("cities").draw(rng, country)
    has_place = rng.random(count) < 0.4
    stem = join(pick(latin, family), " ", pick(words([name for name, _ in _TRADES]), trade))
    name = choose(has_place, join(stem, " ", pick(vocabulary("cities").latin, cities)), stem)
    name = choose(
        country == CN,
        join(pick(vocabulary("cities").native, cities), pick(family_words, family), "贸易"),
        name,
    )
    forms = [
        rng.choice(len(_LEGAL_FORMS[place]), p=_first_heavy(len(_LEGAL_FORMS[place]))) for place in country
    ]
    numbers = [_legal_numbers(rng, int(place), serial) for serial, place in enumerate(country)]
    domains = _domains(
        join(pick(latin, family), pick(words([name for name, _ in _TRADES]), trade)).to_pylist(), country
    )
    employees = np.maximum(1, rng.lognormal(2.6, 1.5, count)).astype(np.int64)
    rate = np.array([1.0, 1.0, 11.0, 7.8, 0.86])[country]
    parent = np.where(rng.random(count) < HAS_PARENT, rng.integers(0, count, count), -1)
    parent = np.where((parent >= 0) & (country[parent] == country) & (parent != np.arange(count)), parent, -1)
    return Companies(
        country, name, words([_LEGAL_FORMS[place][form] for place, form in zip(country, forms, strict=True)]),
        words([found for found, _ in numbers]), words([found for _, found in numbers]), words(domains),
        pick(words([code for _, code in _TRADES]), trade), employees,
        (employees * rng.lognormal(11.6, 0.6, count) * rate).astype(np.int64),
        clock.now // 86_400 - rng.integers(400, 20_000, count), parent,
        phone_numbers(rng, country, LANDLINE, LANDLINE_DIGITS),
        make_addresses(rng, country), make_addresses(rng, country), int(count * CUSTOMER_SHARE),
    )  # fmt: skip


def _domains(stems: list[str], country: np.ndarray) -> list[str]:
    """A mail domain for each company, no two alike."""
    taken: set[str] = set()
    domains = []
    for serial, (stem, place) in enumerate(zip(stems, country, strict=True)):
        ending = ("nl", "be", "se", "cn", "co.uk")[place]
        domain = f"{plain(stem)}.{ending}"
        if domain in taken:
            domain = f"{plain(stem)}-{serial}.{ending}"
        taken.add(domain)
        domains.append(domain)
    return domains


def _first_heavy(size: int) -> np.ndarray:
    weight = 1.0 / np.arange(1, size + 1) ** 1.5
    return weight / weight.sum()


def make_contacts(dice: Dice, clock: Clock, people: People, companies: Companies) -> Contacts:
    """About one person of working age in nine is a contact at a company of the own country."""
    rng = dice.of("contacts")
    age = (clock.now // 86_400 - people.birth) / 365.25
    person = np.flatnonzero((age > 22) & (age < 67) & (rng.random(people.size) < 0.11))
    company, new_company = np.zeros((2, len(person)), dtype=np.int64)
    for place in range(len(COUNTRIES)):
        mine = np.flatnonzero(people.country[person] == place)
        local = np.flatnonzero(companies.country[: companies.customer_count] == place)
        if len(local) == 0:
            local = np.arange(companies.customer_count)
        # Squared draws: some companies have many contacts, most have few.
        company[mine] = local[(len(local) * rng.random(len(mine)) ** 2).astype(np.int64)]
        new_company[mine] = local[(len(local) * rng.random(len(mine))).astype(np.int64)]
    changes = (rng.random(len(person)) < CHANGES_JOB) & (company != new_company)
    changed_at = np.where(changes, rng.integers(clock.start, clock.end, len(person)), FAR)
    return Contacts(
        person,
        company,
        new_company,
        changed_at,
        rng.integers(0, len(_TITLES), len(person)),
        rng.integers(100, 999, len(person)),
    )


def work_email(people: People, companies: Companies, person: np.ndarray, company: np.ndarray) -> Text:
    """First letter and family name at the company's domain; the whole given name in every third company.

    In every eighth company half of the people write from the domain of the group.
    """
    given = pick(given_names().ascii, people.given[person])
    family = pick(vocabulary("family").ascii, people.family[person])
    short = join(pa.compute.utf8_slice_codeunits(given, 0, 1), family, between=".")
    local = choose(company % 3 == 0, join(given, family, between="."), short)
    domain = pick(companies.domain, company)
    group = pa.compute.replace_substring_regex(domain, r"\.(nl|be|se|cn|co\.uk)$", "-group.com")
    return keep(
        company >= 0, join(local, choose((company % 8 == 0) & (person % 2 == 1), group, domain), between="@")
    )


def revenue_text(companies: Companies, rows: np.ndarray) -> Text:
    """Turnover rounded to thousands."""
    return number(companies.turnover[rows] // 1000 * 1000)
