"""A wrong variable of dbt_project.yml is a sentence with its key, before anything runs."""

from pathlib import Path

import pytest

from pipelines.dbt.variables import feeds_without_contract, read_vars
from pipelines.errors import StamgastError
from pipelines.settings import DBT_PROJECT

_DECLARED = (DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8")


def _written(folder: Path, before: str, after: str) -> Path:
    assert _DECLARED.count(before) == 1
    path = folder / "dbt_project.yml"
    path.write_text(_DECLARED.replace(before, after), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("before", "after", "key", "mend"),
    [
        ("copied_points: 2", "copied_points: much", "survivorship.copied_points", "valid number"),
        ("answered_points: 1", "answerd_points: 1", "survivorship.answerd_points", "no such key"),
        ("    full_from: 0.25\n", "", "survivorship.full_from", "is missing; add it"),
        ("work_share: 0.5", "work_share: 1.5", "survivorship.work_share", "less than or equal to 1"),
        (
            "half_life_years: 15,",
            "half_life_years: -15,",
            "survivorship.attributes.phone.half_life_years",
            "greater than or equal to 0",
        ),
        ("      email: {", "      e_mail: {", "survivorship.attributes.e_mail", "no such key"),
        (
            "trust_of_kinds: {list_prospects: -2,",
            "trust_of_kinds: {lists: -2,",
            "survivorship.trust_of_kinds.lists",
            "there is no kind lists; write one of",
        ),
        (
            "silent_after_change: [work]",
            "silent_after_change: [job]",
            "survivorship.silent_after_change.1",
            "there is no attribute job; write one of",
        ),
        ("lapsed_after_days: 180 ", "lapsed_after_day: 180 ", "lapsed_after_days", "is missing; add it"),
        (
            "lost_after_days: 365 ",
            "lost_after_days: 90 ",
            "lost_after_days",
            "is less than lapsed_after_days, so nobody would be lapsed; swap them",
        ),
        (
            "segments_with_minors: []",
            "segments_with_minors: [big_spenders, nosuch]",
            "segments_with_minors.2",
            "there is no segment nosuch; write one of at_risk_regulars, big_spenders",
        ),
        ("visit: 127.20,", "visit: free,", "contact_costs.visit", "valid number"),
    ],
)
def test_a_wrong_variable_is_named_with_its_key_and_the_mend(
    tmp_path: Path, before: str, after: str, key: str, mend: str
) -> None:
    path = _written(tmp_path, before, after)
    with pytest.raises(StamgastError) as caught:
        read_vars(path)
    assert str(caught.value).startswith(f"{path}: vars.{key}")
    assert mend in str(caught.value)


def test_every_variable_of_the_project_is_checked() -> None:
    assert read_vars().model_extra == {}


def test_a_variable_of_a_model_of_ones_own_may_stand_beside(tmp_path: Path) -> None:
    read_vars(_written(tmp_path, "lapsed_after_days: 180 ", "my_threshold: 3\n  lapsed_after_days: 180 "))


def test_a_withdrawn_feed_of_which_there_is_no_contract_is_found(tmp_path: Path) -> None:
    declared = read_vars(_written(tmp_path, "withdrawn_feeds: []", "withdrawn_feeds: [shop, shpo]"))
    assert feeds_without_contract(declared.survivorship, ["shop", "till"]) == ["shpo"]
