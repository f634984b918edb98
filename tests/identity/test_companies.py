"""Which profiles name one company."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.identity.rules import read_rules
from tests.identity.small_company import Company, side_by_side


def test_a_legal_number_joins_register_and_contacts_whatever_the_name() -> None:
    found = Company(
        [
            {"company_number": "NL12345678", "company_name": "De Korenaar B.V.", "makes_people": False},
            {"company_number": "NL12345678", "company_name": "Bakker", "given_name": "Jan"},
            {"given_name": "Marie"},
        ]
    )
    assert found.account == {1: 1, 2: 1}
    assert set(found.person) == {2, 3}


def _rules(found: Company) -> dict[int, str]:
    return dict(found.rows("select profile_id, rule from identity.profile_account"))


def _candidates(found: Company) -> list[tuple]:
    return found.rows("select * from identity.account_candidates order by all")


def test_name_and_postcode_join_where_there_is_no_number_and_legal_forms_do_not_count() -> None:
    place = {"postcode": "1234 AB"}
    found = Company(
        [
            {"company_name": "De Korenaar", **place},
            {"company_name": "De Korenaar B.V.", "company_number": "NL12345678", **place},
            {"company_name": "DE KORENAAR BV", **place},
            {"company_name": "De Korenaar"},
            {"company_name": "De Korenaar", "postcode": "9999 ZZ"},
            {"company_name": "Korenaar Groep", "company_number": "NL12345678"},
        ]
    )
    assert found.account == {1: 1, 2: 1, 3: 1, 4: 4, 5: 5, 6: 1}
    assert _rules(found) == {
        1: "same_name_and_postcode",
        2: "same_legal_number",
        3: "same_name_and_postcode",
        4: "alone",
        5: "alone",
        6: "same_legal_number",
    }
    assert _candidates(found) == [
        (4, 1, "same_name", "fits_several"),
        (4, 5, "same_name", "fits_several"),
        (5, 1, "same_name", "other_place"),
    ]


def test_a_name_that_fits_two_legal_numbers_joins_neither() -> None:
    same = {"company_name": "Bakker", "postcode": "1234 AB"}
    rows = [{**same, "company_number": "NL12345678"}, {**same, "company_number": "NL87654321"}, same, same]
    assert Company(rows).account == {1: 1, 2: 2, 3: 3, 4: 4}


def test_a_vat_number_leads_to_its_one_company_and_a_shared_one_to_none() -> None:
    vat = {"vat_number": "NL004495445B01"}
    assert Company([vat, {**vat, "company_number": "NL12345678"}]).account == {1: 1, 2: 1}
    group = [{**vat, "company_number": "NL12345678"}, {**vat, "company_number": "NL87654321"}, vat]
    assert Company(group).account == {1: 1, 2: 2, 3: 3}


def test_belgian_and_swedish_vat_numbers_are_enterprise_numbers() -> None:
    assert Company([{"vat_number": "BE0403170701"}, {"company_number": "BE0403170701"}]).account == {
        1: 1,
        2: 1,
    }
    assert Company([{"vat_number": "SE556188840401"}, {"company_number": "SE5561888404"}]).account == {
        1: 1,
        2: 1,
    }


def test_chinese_legal_forms_do_not_count() -> None:
    place = {"postcode": "100000"}
    assert Company(
        [{"company_name": "晨光贸易有限公司", **place}, {"company_name": "晨光贸易", **place}]
    ).account == {1: 1, 2: 1}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jansen & Zoon", "Jansen en Zoon VOF"),
        ("Müller GmbH & Co. KG", "Muller"),
        ("AB Volvo", "Volvo AB"),
        ("Coca-Cola Company", "Coca Cola"),
        ("Åkessons Trädgård", "Akessons Tradgard AB"),
        ("De Korenaar (Holland) Ltd.", "De Korenaar Holland"),
    ],
)
def test_spellings_of_one_name_are_one_name(one: str, other: str) -> None:
    place = {"postcode": "1234 AB"}
    assert Company([{"company_name": one, **place}, {"company_name": other, **place}]).account == {1: 1, 2: 1}


def test_a_slip_in_the_name_is_forgiven_beside_the_same_domain_but_no_figure_is() -> None:
    assert Company(
        [
            {"company_name": "Brouwer Techniek", "email": "jan@brouwertechniek.nl"},
            {"company_name": "Brouwer Techniek", "email": "marie@brouwertechniek.nl"},
            {"company_name": "Bruower Techniek", "email": "piet@brouwertechniek.nl"},
            {"company_name": "Scouting Groep 12", "email": "a@scouting.nl"},
            {"company_name": "Scouting Groep 13", "email": "b@scouting.nl"},
        ]
    ).account == {1: 1, 2: 1, 3: 1, 4: 4, 5: 5}


NUMBERED = {"company_name": "De Korenaar", "company_number": "NL12345678"}


def test_a_domain_that_two_addresses_use_beside_one_number_is_the_companys() -> None:
    found = Company(
        [
            {**NUMBERED, "email": "jan@bakkers.nl"},
            {**NUMBERED, "email": "marie@bakkers.nl"},
            {"company_name": "Korenaar", "email": "piet@bakkers.nl"},
        ]
    )
    assert found.account == {1: 1, 2: 1, 3: 1}
    assert _rules(found)[3] == "verified_domain"


def test_one_address_makes_a_domain_the_companys_only_where_the_name_says_so() -> None:
    other_spelling = {"company_name": "Korenaar Bakkerijen"}
    assert Company(
        [{**NUMBERED, "email": "jan@dekorenaar.nl"}, {**other_spelling, "email": "piet@dekorenaar.nl"}]
    ).account == {1: 1, 2: 2}
    assert Company(
        [
            {**NUMBERED, "email": "jan@dekorenaar.nl"},
            {"company_name": "De Korenaar Ede", "email": "piet@dekorenaar.nl"},
        ]
    ).account == {1: 1, 2: 1}
    assert Company(
        [
            {**NUMBERED, "email": "jan@bakkers.nl"},
            {"company_name": "De Korenaar Ede", "email": "piet@bakkers.nl"},
        ]
    ).account == {1: 1, 2: 2}


def test_the_web_address_in_a_register_is_the_companys_domain() -> None:
    found = Company(
        [
            {**NUMBERED, "makes_people": False, "website": "https://www.bakkers.nl/over-ons"},
            {"company_name": "De Korenaar Ede", "email": "piet@bakkers.nl"},
        ]
    )
    assert found.account == {1: 1, 2: 1}


def test_another_name_at_a_companys_domain_is_left_to_a_person() -> None:
    found = Company(
        [
            {**NUMBERED, "email": "jan@korenaar.nl"},
            {**NUMBERED, "email": "marie@korenaar.nl"},
            {"company_name": "Zuivelfabriek Ons Genoegen", "email": "piet@korenaar.nl"},
        ]
    )
    assert found.account == {1: 1, 2: 1, 3: 3}
    assert _candidates(found) == [(3, 1, "verified_domain", "other_name")]


@pytest.mark.parametrize("domain", ["gmail.com", "ziggo.nl", "hotmail.be", "example.com"])
def test_free_mail_is_no_companys_domain(domain: str) -> None:
    assert Company(
        [
            {**NUMBERED, "email": f"jan@{domain}"},
            {**NUMBERED, "email": f"marie@{domain}"},
            {"company_name": "De Korenaar Ede", "email": f"piet@{domain}"},
        ]
    ).account == {1: 1, 2: 1, 3: 3}


def test_a_domain_from_which_most_write_without_a_company_is_a_mail_provider() -> None:
    private = [{"given_name": f"Jan{n}", "email": f"jan{n}@unlisted.nl"} for n in range(4)]
    assert Company(
        [
            {**NUMBERED, "email": "jan@unlisted.nl"},
            {**NUMBERED, "email": "marie@unlisted.nl"},
            {"company_name": "De Korenaar Ede", "email": "piet@unlisted.nl"},
            *private,
        ]
    ).account == {1: 1, 2: 1, 3: 3}


def test_a_domain_of_two_legal_numbers_is_shared_and_the_name_decides_there() -> None:
    found = Company(
        [
            {**NUMBERED, "email": "jan@bakkers.nl"},
            {"company_name": "Molen", "company_number": "NL87654321", "email": "marie@bakkers.nl"},
            {"company_name": "De Korenaar", "email": "piet@bakkers.nl"},
            {"company_name": "Korenaar", "email": "anna@bakkers.nl"},
        ]
    )
    assert found.account == {1: 1, 2: 2, 3: 1, 4: 4}
    assert _rules(found)[3] == "same_name_and_domain"


def test_evidence_for_two_companies_joins_neither_unless_more_of_it_agrees() -> None:
    twins = [
        {**NUMBERED, "postcode": "1234 AB", "email": "jan@shared.nl"},
        {**NUMBERED, "company_number": "NL87654321", "postcode": "9999 ZZ", "email": "marie@shared.nl"},
    ]
    found = Company(
        [
            *twins,
            {"company_name": "De Korenaar", "email": "piet@shared.nl"},
            {"company_name": "De Korenaar", "email": "anna@shared.nl", "postcode": "9999 ZZ"},
        ]
    )
    assert found.account == {1: 1, 2: 2, 3: 3, 4: 2}
    assert _candidates(found) == [
        (3, 1, "same_name_and_domain", "fits_several"),
        (3, 2, "same_name_and_domain", "fits_several"),
    ]


def test_a_person_names_one_company_by_one_name() -> None:
    person = {"given_name": "Jan", "family_name": "Bakker", "customer_number": "7"}
    found = Company([{**NUMBERED, **person}, {"company_name": "De Korenaar", **person}])
    assert found.account == {1: 1, 2: 1}
    assert _rules(found)[2] == "same_name_and_person"


def test_a_distinctive_name_joins_within_its_country() -> None:
    name = {"company_name": "Brouwer Techniek"}
    number = {"company_number": "NL12345678", "country": "NL"}
    assert Company([{**name, **number}, {**name, "country": "NL"}]).account == {1: 1, 2: 1}
    assert Company([{**name, **number}, {**name, "country": "BE"}]).account == {1: 1, 2: 2}


@pytest.mark.parametrize("name", ["Bakker", "De Molen", "Van Dijk B.V.", "'t Hart"])
def test_a_name_of_one_word_joins_only_in_its_town(name: str) -> None:
    named = {"company_name": name, "country": "NL"}
    number = {"company_number": "NL12345678", "city": "Ede"}
    found = Company([{**named, **number}, named])
    assert found.account == {1: 1, 2: 2}
    assert _candidates(found) == [(2, 1, "same_name", "common_name")]
    assert Company([{**named, **number}, {**named, "city": "EDE"}]).account == {1: 1, 2: 1}


def test_what_one_of_many_calls_a_company_is_not_its_name() -> None:
    found = Company(
        [
            *[{**NUMBERED, "country": "NL"}] * 3,
            {**NUMBERED, "company_name": "Zuivel Noord", "country": "NL"},
            {"company_name": "Zuivel Noord", "country": "NL"},
        ]
    )
    assert found.account == {1: 1, 2: 1, 3: 1, 4: 1, 5: 5}


def test_a_register_number_and_a_vat_number_of_one_name_and_domain_are_one_company() -> None:
    register = {**NUMBERED, "email": "jan@korenaar.nl"}
    vat = {"company_name": "De Korenaar", "vat_number": "NL004495445B01", "email": "marie@korenaar.nl"}
    assert Company([register, vat]).account == {1: 1, 2: 1}
    other_vat = {**register, "vat_number": "NL001234567B01"}
    assert Company([other_vat, vat]).account == {1: 1, 2: 2}


def test_a_number_under_many_names_is_nobodys() -> None:
    limit = read_rules().companies.names_per_number
    names = [
        {"company_number": "NL12345678", "company_name": f"Firma {chr(97 + n) * 9}"} for n in range(limit)
    ]
    assert set(Company(names).account.values()) == {1}
    one_more = [*names, {"company_number": "NL12345678", "company_name": "Firma zzzzzzzzz"}]
    assert len(set(Company(one_more).account.values())) == limit + 1


def test_people_without_employer_name_no_company() -> None:
    place = {"postcode": "1234 AB"}
    assert (
        Company([{"company_name": "ZZP'er", **place}, {"company_name": "Particulier", **place}]).account == {}
    )


def test_a_decision_goes_before_every_rule_and_reaches_no_person(tmp_path: Path) -> None:
    lines = [
        "decision,left_profile_id,right_profile_id,author,reason,date",
        "same,3,1,jan,asked them,2026-01-01",
        "different,2,1,jan,sold,2026-01-01",
        "different,5,4,jan,never was,2026-01-01",
        "same,1,99,jan,gone since,2026-01-01",
    ]
    (tmp_path / "companies.csv").write_text("\n".join(lines))
    found = Company(
        [
            NUMBERED,
            NUMBERED,
            {"company_name": "Korenaar Groep", "postcode": "1234 AB"},
            {"company_name": "Molen"},
            {"company_name": "Bakker"},
            {"company_name": "Korenaar Groep", "postcode": "1234 AB"},
        ],
        tmp_path / "identity.csv",
    )
    assert found.account == {1: 1, 2: 2, 3: 1, 4: 4, 5: 5, 6: 1}
    assert _rules(found) | {6: ""} == {
        1: "same_legal_number", 2: "override", 3: "override", 4: "alone", 5: "alone", 6: ""
    }  # fmt: skip
    assert len(set(found.person.values())) == 6


_NAMES = st.sampled_from(["De Korenaar", "Molen", "Bakker"])
_COMPANY = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "company_name": _NAMES,
            "company_number": st.sampled_from(["NL12345678", "NL87654321"]),
            "vat_number": st.sampled_from(["NL004495445B01", "NL001234567B01"]),
            "email": st.sampled_from(
                ["jan@korenaar.nl", "marie@korenaar.nl", "piet@molen.nl", "a@gmail.com"]
            ),
            "postcode": st.sampled_from(["1234 AB", "9999 ZZ"]),
            "phone": st.sampled_from(["+31201234567"]),
            "country": st.sampled_from(["NL", "BE"]),
            "website": st.sampled_from(["www.korenaar.nl"]),
        },
    ),
    max_size=8,
)
# Five companies in a resolution, which costs as much as one: 25 of them, and the simplest ones first.
_PROFILES = st.lists(_COMPANY, min_size=5, max_size=5).map(side_by_side)


@settings(deadline=None, max_examples=6)
@given(_PROFILES)
def test_whatever_is_said_a_profile_is_of_one_company_and_two_numbers_are_never_joined(
    profiles: list[dict[str, str]],
) -> None:
    found = Company(profiles)
    accounts = found.rows("select profile_id, account_id from identity.profile_account")
    named = {
        place
        for place, profile in enumerate(profiles, start=1)
        if profile.keys() & {"company_name", "company_number", "vat_number"}
    }
    assert len(accounts) == len(named) and {profile for profile, _ in accounts} == named
    assert all(account == min(p for p, a in accounts if a == account) for _, account in accounts)
    numbers: dict[int, set[str]] = {}
    for profile, account in accounts:
        if "company_number" in profiles[profile - 1]:
            numbers.setdefault(account, set()).add(profiles[profile - 1]["company_number"])
    assert all(len(found_numbers) == 1 for found_numbers in numbers.values())
    for profile, account, *_ in _candidates(found):
        assert found.account[profile] != account


@settings(deadline=None, max_examples=6)
@given(_PROFILES.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(range(len(rows))))))
def test_the_order_of_arrival_changes_no_company(drawn: tuple[list[dict[str, str]], list[int]]) -> None:
    profiles, order = drawn

    def companies(rows: list[dict[str, object]]) -> set[frozenset[object]]:
        account = Company(rows).account
        return {
            frozenset(profile for profile in account if account[profile] == number)
            for number in set(account.values())
        }

    numbered = [{**row, "profile_id": place} for place, row in enumerate(profiles, start=1)]
    shuffled = [numbered[place] for place in order]
    renumbered = [{**row, "profile_id": place} for place, row in enumerate(shuffled, start=1)]
    back = {place: row["profile_id"] for place, row in enumerate(shuffled, start=1)}
    found = {frozenset(back[profile] for profile in company) for company in companies(renumbered)}
    assert found == companies(numbered)
