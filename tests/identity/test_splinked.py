"""Splink's view of a model: our own comparing finds what Splink finds, and its chart is one page."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from splink import DuckDBAPI, Linker
from splink.blocking_rule_library import CustomRule

from pipelines.errors import StamgastError
from pipelines.identity import read_rules
from pipelines.identity.likelihood.comparisons import COMPARISONS
from pipelines.identity.likelihood.scoring import compare, make_compared, weigh
from pipelines.identity.likelihood.splinked import save_chart, splink_settings
from pipelines.identity.resolution_state import ResolutionState
from tests.identity.small_company import SHIPPED, Company, Profile

SIZE = 1000
HOME: Profile = {
    "street": "Molenweg",
    "house_number": "12",
    "postcode": "5611 AB",
    "postcode_area": "5611",
    "city": "Eindhoven",
    "country": "NL",
}
MAIL: Profile = {"email": "p.vermeulen84@example.nl"}
PHONE: Profile = {"phone": "+31402345671"}
BORN: Profile = {"birth_date": date(1960, 3, 14)}
PIETER: Profile = {"given_name": "Pieter", "family_name": "Vermeulen"}
# Alike in every way that a level knows.
PROFILES: list[Profile] = [
    {**PIETER, **BORN, **HOME, **MAIL, **PHONE, "gender": "male", "customer_number": "17"},
    {**PIETER, **BORN, **HOME, **MAIL, **PHONE, "feed": "till", "customer_number": "17"},
    {"given_name": "Vermeulen", "family_name": "Pieter", **BORN, "phone": "+31402345617", "city": "Eindhoven"},
    {"given_name": "Vermeulen", "family_name": "Janszen", "birth_date": date(1960, 1, 1), **PHONE},
    {**PIETER, "given_name": "Piet", "birth_date": date(1960, 4, 14), **HOME, "customer_number": "18"},
    {"given_name": "P.", "family_name": "Vermuelen", "gender": "male", **MAIL, "customer_number": "17"},
    {"given_name": "Paula", "family_name": "Vermeulen-Bos", "birth_date": date(1960, 3, 24), **HOME, "street": "Molewneg", "postcode": "5612 XY", "email": "p.vermeulen84@example.be"},
    {"given_name": "Willem", "family_name": "Bos", "birth_date": date(1988, 11, 2), **HOME, "house_number": "14", "email": "p.vermeuln84@example.nl"},
    {"given_name": "Wim", "family_name": "Bos", "gender": "female", **HOME, "street": "Kade", "house_number": "3"},
    {"given_name": "小明", "family_name": "王", "company_name": "Zonderling BV", **PHONE},
    {"given_name": "Xiaoming", "family_name": "Wang", "company_name": "Zonderlign BV", **BORN},
    {"given_name": "欧明", "family_name": "王", "company_name": "Bakker", "city": "Delft", "country": "NL"},
    {**MAIL, "gender": "male"},
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_splink_finds_the_levels_that_our_own_comparing_finds_and_the_same_weight_of_two_classes() -> None:
    connection = Company(PROFILES).connection
    connection.execute("attach ':memory:' as state")
    state = ResolutionState(connection, read_rules(), SHIPPED)
    state.update_profiles()
    state.update_statuses()
    state.compare_with("identity_touched")
    make_compared(connection, "identity_scored")
    compare(
        connection,
        """(
            select a.profile_id as left_profile_id, b.profile_id as right_profile_id
            from identity_compared as a inner join identity_compared as b on a.profile_id < b.profile_id
        )""",
    )
    weigh(connection, SHIPPED, SIZE, "identity_scored")
    names = [one.name for one in COMPARISONS]
    ours = connection.execute(
        f"""
        select left_profile_id, right_profile_id, {", ".join(names)}, splink_weight
        from identity_scored inner join identity_patterns using (pattern) order by all
        """
    ).fetchall()

    profiles = connection.execute("from identity_compared").to_arrow_table()
    api = DuckDBAPI()
    asked = replace(
        splink_settings(SHIPPED, SIZE), blocking_rules_to_generate_predictions=[CustomRule("1 = 1")]
    )
    people = api.register(profiles, table_name="people")
    found = Linker(people, asked, validate_settings=False, log_level=None).inference.predict()
    # Splink numbers levels from the last, 0, and what is missing -1.
    levels = ", ".join(
        f"case when gamma_{one.name} >= 0 then {len(one.levels) - 1} - gamma_{one.name} end"
        for one in COMPARISONS
    )
    theirs = (
        found.as_duckdbpyrelation()
        .query(
            "found",
            f"""
        select least(profile_id_l, profile_id_r), greatest(profile_id_l, profile_id_r), {levels}, match_weight
        from found order by all
        """,
        )
        .fetchall()
    )
    assert [row[:-1] for row in ours] == [row[:-1] for row in theirs]
    assert [row[-1] for row in ours] == pytest.approx([row[-1] for row in theirs], abs=1e-6)
    for place, one in enumerate(COMPARISONS, start=2):
        assert len({row[place] for row in ours}) >= 3 or one.name == "customer_number", one.name


def test_the_chart_of_a_model_is_one_page_that_names_levels_and_nobody(tmp_path: Path) -> None:
    chart = tmp_path / "levels.html"
    save_chart(chart, SHIPPED, SIZE)
    page = chart.read_text(encoding="utf-8")
    assert "same_street_and_number" in page
    assert not [one for pair in SHIPPED.aliases[:20] for one in pair if f'"{one}"' in page]


@pytest.mark.parametrize("name", ["levels.png", "missing/levels.html"])
def test_a_chart_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StamgastError, match=r"\.html|no such folder"):
        save_chart(tmp_path / name, SHIPPED, SIZE)
