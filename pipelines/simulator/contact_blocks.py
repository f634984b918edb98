"""Contact blocks: a person's data in one feed, as of a moment and with typing errors."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from pipelines.simulator.columns import Text, choose, date_text, join, keep, pick, words
from pipelines.simulator.companies import Companies, Contacts, work_email
from pipelines.simulator.households import HEAD, PARTNER, Addresses, Households
from pipelines.simulator.noise import Typing, with_nicknames, with_slips, with_wrong_dates
from pipelines.simulator.people import FEMALE, People, given_names, phone_text
from pipelines.simulator.words import BE, CN, COUNTRIES, LANGUAGES, NL
from pipelines.simulator.world import vocabulary

_TITLES_BEFORE = ("", "", "", "dhr. ", "mevr. ")
_NOBODYS_EMAIL = ("test@test.com", "nvt", "geen@geen.nl", "noreply@example.com", "a@a.nl")
_NOBODYS_PHONE = ("0612345678", "0000000000", "nvt", "-", "0123456789")
_NOBODYS_NAME = ("nvt", "Test", "xxx", "Onbekend")


@dataclass(frozen=True)
class Society:
    """People, households, companies and who works where."""

    people: People
    homes: Households
    companies: Companies
    contacts: Contacts

    @cached_property
    def contact_of(self) -> np.ndarray:
        """Place in contacts for each person, -1 for those who are none."""
        place = np.full(self.people.size, -1)
        place[self.contacts.person] = np.arange(len(self.contacts.person))
        return place


class Blocks:
    """The contact blocks of one feed: one entry per block; columns are built when asked for."""

    def __init__(
        self,
        society: Society,
        person: np.ndarray,
        at: np.ndarray,
        typing: Typing,
        *,
        is_native: bool = False,
        is_business: bool | np.ndarray = False,
        job_known_at: np.ndarray | None = None,
    ) -> None:
        """`job_known_at`: when the source last heard where each person works, if that is not the moment of the block."""
        self.society, self.person, self.at, self.typing = society, person, at, typing
        self.is_native = is_native
        # Draw 9 picks the person's manner (capitals, blanks, titles), draw 8 among placeholders and phone styles.
        self._manner = typing.draws[:, 9]
        self._choice = (typing.draws[:, 8] * 5).astype(np.int64)
        self.country = society.people.country[person]
        contact = society.contact_of[person]
        self.contact = np.where((contact >= 0) & is_business, contact, -1)
        known = np.maximum(self.contact, 0)
        employer = society.contacts.company_at(known, at)
        named = employer if job_known_at is None else society.contacts.company_at(known, job_known_at)
        self.company = np.where(self.contact >= 0, named, -1)
        self.names_former_employer = (self.contact >= 0) & (named != employer)
        self.address = society.homes.address_at(society.people.household[person], at)

    def __len__(self) -> int:
        return len(self.person)

    @cached_property
    def _names(self) -> tuple[Text, Text]:
        people, typing, person = self.society.people, self.typing, self.person
        given_words, family_words = given_names(), vocabulary("family")
        form = "native" if self.is_native else "latin"
        given = pick(getattr(given_words, form), people.given[person])
        is_married = (self.at >= people.married_at[person]) & ~typing["former_family"]
        family_code = np.where(is_married, people.new_family[person], people.family[person])
        # Somebody unmarried is entered under the family name of the head of the household, or a former family name.
        head = people.household.searchsorted(people.household[person])
        mistaken = typing["former_family"] & (people.married_at[person] > self.at)
        heads = people.family[head]
        another = np.where(heads == family_code, people.other_family[person], heads)
        family_code = np.where(mistaken, another, family_code)
        family = pick(getattr(family_words, form), family_code)
        # Some write both names after the wedding.
        both = join(family, pick(getattr(family_words, form), people.family[person]), between="-")
        family = choose(is_married & (self._manner < 0.3), both, family)
        given = with_nicknames(given, typing["nickname"], typing.draws)
        given = with_slips(given, typing["typo_given"], typing.draws)
        initial = pa.compute.utf8_slice_codeunits(given, 0, 1)
        given = choose(typing["initial"], initial if self.is_native else join(initial, "."), given)
        family = with_slips(family, typing["typo_family"], typing.draws[:, 3:])
        nobody = pick(words(list(_NOBODYS_NAME)), self._choice % 4)
        first = choose(typing["placeholder_name"], nobody, choose(typing["swapped_names"], family, given))
        last = choose(typing["placeholder_name"], nobody, choose(typing["swapped_names"], given, family))
        return first, last

    @property
    def given_name(self) -> Text:
        """Given name as written here."""
        return self._names[0]

    @property
    def family_name(self) -> Text:
        """Family name as written here."""
        return self._names[1]

    @property
    def full_name(self) -> Text:
        """Both names, the Chinese way round in characters, sometimes after a title or reversed with a comma."""
        given, family = self._names
        if self.is_native:
            chinese = join(family, given)
            return choose(self.country == CN, chinese, join(given, family, between=" "))
        title = pick(
            words(list(_TITLES_BEFORE)),
            np.where(self._choice >= 3, 3 + self.society.people.sex[self.person], 0),
        )
        dutch = choose(
            np.isin(self.country, (NL, BE)),
            join(title, join(given, family, between=" ")),
            join(given, family, between=" "),
        )
        return choose(self._manner < 0.05, join(family, given, between=", "), dutch)

    def gender(self, male: str, female: str) -> Text:
        """Sex in the feed's own code."""
        return choose(self.society.people.sex[self.person] == FEMALE, female, male)

    def birth_date(self, pattern: str = "%Y-%m-%d") -> Text:
        """Date of birth in the feed's own convention."""
        born = with_wrong_dates(
            self.society.people.birth[self.person], self.typing["wrong_birth_date"], self.typing.draws[:, 6:]
        )
        nineteen_hundred = np.datetime64("1900-01-01").astype("datetime64[D]").astype(np.int64)
        born = np.where(self.typing["placeholder_birth_date"], nineteen_hundred, born)
        return keep(~self.typing["no_birth_date"], date_text(born, pattern))

    @property
    def email(self) -> Text:
        """Address at home or, for a company's contact, at work."""
        people, person = self.society.people, self.person
        is_changed = self.at >= people.email_changed_at[person]
        # "Another e-mail": the former or the next address, as if the person used both; the own address beside a household's.
        is_other = self.typing["other_email"]
        is_new = is_changed ^ is_other
        own = choose(is_new, people.new_email.take(pa.array(person)), people.email.take(pa.array(person)))
        shares = people.uses_shared_email[person] & ~is_other
        own = choose(shares, people.household_email.take(pa.array(person)), own)
        at_work = work_email(people, self.society.companies, person, self.company)
        text = choose((self.company >= 0) & ~is_other, at_work, own)
        upper = pa.compute.utf8_capitalize(text)
        text = choose(self._manner > 0.97, upper, text)
        return choose(self.typing["placeholder_email"], pick(words(list(_NOBODYS_EMAIL)), self._choice), text)

    @property
    def phone(self) -> Text:
        """Mobile, the household's shared line, or the company's line for its contact."""
        people, person = self.society.people, self.person
        national = np.where(
            self.at >= people.phone_changed_at[person], people.new_mobile[person], people.mobile[person]
        )
        national = np.where(people.uses_shared_phone[person], people.landline[person], national)
        national = np.where(self.company >= 0, self.society.companies.phone[self.company], national)
        country = np.where(self.company >= 0, self.society.companies.country[self.company], self.country)
        text = phone_text(national, country, self._choice)
        return choose(self.typing["placeholder_phone"], pick(words(list(_NOBODYS_PHONE)), self._choice), text)

    def _place(self, home: Text, text_of: Callable[[Addresses, np.ndarray], Text]) -> Text:
        """The home's text, or that of the site where the company's contact works."""
        company, contacts = np.maximum(self.company, 0), self.society.contacts
        second = (self.contact >= 0) & contacts.is_at_second_site[np.maximum(self.contact, 0)]
        companies = self.society.companies
        site = choose(second, text_of(companies.second_site, company), text_of(companies.site, company))
        return choose(self.company >= 0, site, home) if (self.company >= 0).any() else home

    @property
    def street(self) -> Text:
        """Street; now and then with a name in it."""
        home = self.society.homes.addresses.street_text(self.address, self.is_native)
        street = self._place(home, Addresses.street_text)
        return choose(self.typing["name_in_street"], join(self.full_name, street, between=", "), street)

    @property
    def house_number(self) -> Text:
        """House number with its addition."""
        return self._place(self.society.homes.addresses.house_text(self.address), Addresses.house_text)

    @property
    def postcode(self) -> Text:
        """Postcode, in three of ten cases without its blank."""
        text = self._place(self.society.homes.addresses.postcode_text(self.address), Addresses.postcode_text)
        return choose(self._manner < 0.3, pa.compute.replace_substring(text, " ", ""), text)

    @property
    def city(self) -> Text:
        """City; in capitals now and then."""
        home = self.society.homes.addresses.city_text(self.address, self.is_native)
        text = self._place(home, Addresses.city_text)
        return choose((self._manner > 0.6) & (self._manner < 0.66), pa.compute.utf8_upper(text), text)

    @property
    def country_code(self) -> Text:
        """ISO code of the country."""
        return pick(words(list(COUNTRIES)), self.country)

    @property
    def language(self) -> Text:
        """Language of the country; French for a third of the Belgians."""
        spoken = pick(words([LANGUAGES[code] for code in COUNTRIES]), self.country)
        return choose((self.country == BE) & (self.society.people.family[self.person] % 3 == 0), "fr", spoken)

    @property
    def company_name(self) -> Text:
        """Employer as people write it, with or without its legal form."""
        companies = self.society.companies
        name, form = pick(companies.name, self.company), pick(companies.legal_form, self.company)
        return choose(self._manner < 0.5, join(name, form, between=" "), name)

    @property
    def vat_number(self) -> Text:
        """The employer's VAT number, given in six of ten cases."""
        return keep(self._manner < 0.6, pick(self.society.companies.vat, self.company))

    @property
    def company_number(self) -> Text:
        """The employer's number in its register."""
        return pick(self.society.companies.number, self.company)

    @property
    def job_title(self) -> Text:
        """What the person does there."""
        return keep(self.contact >= 0, self.society.contacts.title_text(np.maximum(self.contact, 0)))

    @property
    def household_size(self) -> Text:
        """How many simulated people live in the household."""
        people = self.society.people
        sizes = np.bincount(people.household)
        return pick(
            words([str(size) for size in range(12)]), np.minimum(sizes[people.household[self.person]], 11)
        )

    @property
    def marital_status(self) -> Text:
        """Married or single, in Dutch."""
        people = self.society.people
        has_partner = np.zeros(len(self.society.homes.kind), dtype=bool)
        has_partner[people.household[people.role == PARTNER]] = True
        couple = has_partner[people.household] & np.isin(people.role, (HEAD, PARTNER))
        return choose(couple[self.person], "gehuwd", "ongehuwd")
