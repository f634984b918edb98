"""Special categories of personal data are found in several languages, and refused unless declared."""

import re

import pytest

from pipelines.contracts import ContractError, read_contract
from pipelines.contracts.special_categories import (
    CATEGORIES,
    category_of_name,
    category_of_text,
    folded,
    pattern,
)
from tests.contracts.test_contracts import GOOD

NAMES = {
    "health": ["health_status", "gezondheid", "Maladies chroniques", "Krankheit", "sjukdom", "病史", "isPregnant", "Allergies"],
    "religion": ["religion", "geloof", "Confession", "Kirchensteuer", "trossamfund", "宗教"],
    "politics": ["political_preference", "stemgedrag", "politique", "Parteimitglied", "politik", "政治面貌"],
    "union": ["union", "vakbondslid", "syndicat", "Gewerkschaft", "fackförbund", "工会"],
    "ethnicity": ["ethnicity", "afkomst", "origine ethnique", "Hautfarbe", "etnicitet", "民族"],
    "sexual_orientation": ["sexualOrientation", "seksuele geaardheid", "orientation sexuelle", "Sexualität", "sexualitet", "性取向"],
    "biometrics": ["fingerprint", "vingerafdruk", "empreinte digitale", "Gesichtserkennung", "fingeravtryck", "指纹"],
    "criminal_record": ["criminal-record", "strafblad", "casier judiciaire", "Vorstrafen", "brottsregister", "前科"],
}  # fmt: skip
TEXTS = {
    "health": ["diabetes", "Allergieën", "chronisch zieken", "grossesse", "Rollstuhl", "gravida", "糖尿病患者"],
    "religion": ["going to church", "Christelijke muziek", "mosquée", "katholisch", "kyrkan", "基督教"],
    "politics": ["Green Party", "GroenLinks", "parti politique", "CDU", "socialdemokraterna", "党员"],
    "union": ["trade unions", "vakbond", "syndicats", "IG Metall", "fackförening", "工会"],
    "sexual_orientation": ["LGBTQ", "homoseksueel", "lesbienne", "schwul", "hbtq", "同性恋"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("category", "name"), [(key, name) for key, names in NAMES.items() for name in names]
)
def test_a_name_that_states_a_category_is_found(category: str, name: str) -> None:
    assert category_of_name(name) == category


@pytest.mark.parametrize(
    ("category", "said"), [(key, text) for key, texts in TEXTS.items() for text in texts]
)
def test_a_value_that_states_a_category_is_found(category: str, said: str) -> None:
    assert category_of_text(said) == category


@pytest.mark.parametrize(
    "name",
    [
        "e-mail",
        "sex",
        "gender",
        "naam",
        "sida",
        "afd",
        "is_disabled",
        "order_no",
        "partij_nr",
        "terms_conditions",
        "page_orientation",
        "nationality",
        "geboortedatum",
        "marital_status",
        "income",
        "domain",
        "dns",
        "vote_count",
        "姓名",
        "手机",
        "会员号",
    ],
)
def test_an_ordinary_name_is_not(name: str) -> None:
    assert category_of_name(name) is None


@pytest.mark.parametrize(
    "said", ["rugby union", "tuin, koken", "racing", "health food", "Christensen", "wandelen", "european union", "politics"]
)  # fmt: skip
def test_an_ordinary_value_is_not(said: str) -> None:
    assert category_of_text(said) is None


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_pattern_is_written_as_folded_texts_are(category: str) -> None:
    assert pattern(category) == folded(pattern(category))
    assert re.compile(pattern(category)).search("") is None


CONSENT = "special_categories: [{category: health, basis: explicit_consent, evidence: opt_in}]"


def read(folder, text):
    path = folder / "cards.yml"
    path.write_text(text, encoding="utf-8")
    return read_contract(path)


@pytest.mark.parametrize(
    ("line", "instead", "sentence"),
    [
        ("e-mail: email", "allergie: message", "columns.allergie: states health"),
        ("key: [card_no]", "key: [card_no, kerk]", "columns.kerk: states religion"),
        ("feed: cards", "feed: diabetes_cards", "feed: states health"),
        ("country: NL,", "country: NL, source_code: vakbond,", "defaults.source_code: states union"),
        (
            "e-mail: email",
            "code: {to: source_code, values: {K: katholiek}}",
            "columns.code.values: states religion",
        ),
        ("e-mail: email", f"strafblad: message\n{CONSENT}", "columns.strafblad: states criminal record"),
        ("feed: cards", "feed: cards\nnot_special: {church: a brand}", "not_special.church: names no column"),
        (
            "feed: cards",
            f"feed: cards\n{CONSENT.replace('explicit_consent', 'contract')}",
            "special_categories.1.basis",
        ),
    ],
)
def test_a_contract_that_states_a_category_undeclared_is_refused_in_a_sentence(
    tmp_path, line, instead, sentence
):
    with pytest.raises(ContractError) as raised:
        read(tmp_path, GOOD.replace(line, instead))
    message = str(raised.value)
    assert "cards.yml" in message and sentence in message and "\n" not in message
    if "states" in sentence:
        assert "declare it under special_categories" in message


@pytest.mark.parametrize("mend", [CONSENT, "not_special: {allergie: the brand of a soap}"])
def test_a_declared_category_or_a_reason_why_it_is_none_is_accepted(tmp_path, mend):
    contract = read(tmp_path, GOOD.replace("e-mail: email", f"allergie: message\n{mend}"))
    assert contract.targets["message"] == "allergie"
