"""Which profiles name one company."""

from tests.identity.small_company import Company


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
    assert dict(found.rows("select profile_id, rule from identity.profile_account")) == {
        1: "same_name_and_postcode",
        2: "same_legal_number",
        3: "same_name_and_postcode",
        4: "alone",
        5: "same_name_and_postcode",
        6: "same_legal_number",
    }


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
