"""The fast path of phone numbers never says anything else than the library."""

import duckdb
import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import pipelines.normalising.table
from pipelines.contracts import CONTACT_BLOCK
from pipelines.normalising import add_clean_columns
from pipelines.normalising.legal_and_phone_numbers import e164
from pipelines.normalising.plain_phones import plain_number_sql

_OPEN = [country for country in sorted(phonenumbers.SUPPORTED_REGIONS) if plain_number_sql(country, "text")]
_CONNECTION = duckdb.connect()


def _decide(country: str, texts: list[str]) -> dict[str, str | None]:
    return dict(
        _CONNECTION.execute(
            f"select text, {plain_number_sql(country, 'text')} from (select unnest(?::varchar[]) as text)",
            [texts],
        ).fetchall()
    )


@st.composite
def _written(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Numbers near those of a country, as people write them and as they get them wrong."""
    country = draw(st.sampled_from(_OPEN))
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    code = str(metadata.country_code)
    prefix = st.sampled_from(
        [
            "0",
            "00" + code,
            "+" + code,
            "+" + code + "0",
            "(0)",
            "+" + code + " (0)",
            "",
            "+",
            "00",
            code,
            "000",
        ]
    )
    examples = [
        kind.example_number
        for kind in (
            metadata.fixed_line,
            metadata.mobile,
            metadata.toll_free,
            metadata.premium_rate,
            metadata.voip,
        )
        if kind is not None and kind.example_number
    ]
    number = st.one_of(
        st.from_regex(metadata.general_desc.national_number_pattern, fullmatch=True, alphabet="0123456789"),
        st.sampled_from(examples).flatmap(
            lambda sample: (
                st.integers(0, len(sample))
                .map(lambda kept: sample[:kept])
                .flatmap(
                    lambda kept: st.text(
                        "0123456789", min_size=len(sample) - len(kept), max_size=len(sample) - len(kept) + 1
                    ).map(lambda rest: kept + rest)
                )
            )
        ),
    )
    separators = st.lists(st.tuples(st.integers(0, 15), st.sampled_from(" -./()")), max_size=3)

    def spaced(digits: str, places: list[tuple[int, str]]) -> str:
        for place, separator in places:
            digits = digits[:place] + separator + digits[place:]
        return digits

    numbers = st.builds(
        lambda start, digits, places: start + spaced(digits, places), prefix, number, separators
    )
    return country, draw(st.lists(numbers, min_size=20, max_size=40))


@settings(max_examples=150, deadline=None)
@given(_written())
@example(
    (
        "NL",
        [
            "06-12345678",
            "+31 (0)6 12345678",
            "0031 20 123 45 67",
            "0900 1234",
            "06 12 34 56 78/9",
            "+310612345678",
        ],
    )
)
def test_the_fast_path_agrees_with_the_library_wherever_it_decides(case: tuple[str, list[str]]) -> None:
    country, texts = case
    for text, decided in _decide(country, texts).items():
        assert decided is None or decided == e164(text, country), text


@pytest.mark.parametrize("country", ["NL", "BE", "SE", "DE", "FR"])
def test_the_fast_path_decides_plain_numbers_of_the_usual_countries(country: str) -> None:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    number = metadata.mobile.example_number
    texts = [f"0{number}", f"+{metadata.country_code} {number}", f"00{metadata.country_code}-{number}"]
    assert set(_decide(country, texts).values()) == {f"+{metadata.country_code}{number}"}


@pytest.mark.parametrize("country", ["GB", "CN", "US", "IT", "RU", "XX"])
def test_the_fast_path_is_closed_where_special_rules_apply(country: str) -> None:
    assert plain_number_sql(country, "text") is None


def test_a_table_is_the_same_with_and_without_the_fast_path(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["06-12345678", "+46 70 123 45 67", "0900-1234", "12", "0612345678 ext. 5", None, "070-123 45 67"]
    cleaned = []
    for worthwhile in (1, 10**9):
        monkeypatch.setattr(pipelines.normalising.table, "WORTHWHILE", worthwhile)
        connection = duckdb.connect()
        connection.execute(
            f"create temp table blocks ({', '.join(f'{column} varchar' for column in CONTACT_BLOCK)})"
        )
        connection.execute(
            "insert into blocks by name select phone, country "
            "from (select unnest(?::varchar[]) as phone), (select unnest(['NL', 'SE', 'CN', null]) as country)",
            [texts],
        )
        add_clean_columns(connection, "blocks", "cleaned")
        cleaned.append(
            connection.execute("select phone, country, phone_clean from cleaned order by all").fetchall()
        )
    assert cleaned[0] == cleaned[1]
    assert ("06-12345678", "NL", "+31612345678") in cleaned[0]
    assert ("+46 70 123 45 67", None, "+46701234567") in cleaned[0]
