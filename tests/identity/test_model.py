"""A model's weights: one reckoning in SQL and in words, files that are refused, the newest that is taken."""

import json
import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import StamgastError
from pipelines.identity.likelihood.comparisons import COMPARISONS
from pipelines.identity.likelihood.model import DEFAULT_MODEL, read_model, read_model_file, size_class
from pipelines.identity.likelihood.scoring import BITS, levels_of, places, weight
from pipelines.warehouse.places import Places
from tests.identity.small_company import SHIPPED

_PLACES = st.fixed_dictionaries(
    {one.name: st.one_of(st.none(), st.integers(0, len(one.levels) - 1)) for one in COMPARISONS}
)


def _pattern(levels: Mapping[str, int | None]) -> int:
    """Four bits for each comparison: 0 where a side lacks the field, else the place of the level from 1."""
    return sum(
        (0 if (place := levels[one.name]) is None else place + 1) << BITS * number
        for number, one in enumerate(COMPARISONS)
    )


@settings(max_examples=100, deadline=None, derandomize=True)
@given(_PLACES, st.sampled_from([1_000, 100_000, 10_000_000]))
def test_the_waterfall_of_a_pair_adds_up_to_the_weight_that_sql_gives(
    levels: dict[str, int | None], size: int
) -> None:
    with duckdb.connect() as connection:
        ((bits, *said),) = connection.execute(
            f"select {weight(SHIPPED, size)}, * from (select {places(str(_pattern(levels)))})"
        ).fetchall()
    assert said == [levels[one.name] for one in COMPARISONS]
    assert levels_of(np.array([_pattern(levels)])).tolist() == [
        [-1 if place is None else place for place in said]
    ]
    labels = {
        one.name: None if (place := levels[one.name]) is None else one.levels[place].label
        for one in COMPARISONS
    }
    waterfall = SHIPPED.explain(labels, size)
    assert waterfall.total == pytest.approx(bits, abs=1e-6)
    assert waterfall.probability == pytest.approx(1 / (1 + 2**-bits))
    assert [(name, label) for name, label, _ in waterfall.fields] == [
        (name, label) for name, label in labels.items() if label is not None
    ]
    # Both other explanations together weigh more than the likelier one, and at most twice as much.
    against = waterfall.prior + sum(bits for *_, bits in waterfall.fields)
    assert against - 1 - 1e-6 <= waterfall.total <= against + 1e-6


def test_a_comparison_left_out_of_the_weight_is_as_good_as_missing() -> None:
    nothing: dict[str, int | None] = {one.name: None for one in COMPARISONS}
    without = weight(SHIPPED, 1000, without=("birth_date",))
    with duckdb.connect() as connection:
        missing, present = (
            connection.execute(f"select {without} from (select {places(str(_pattern(levels)))})").fetchall()[
                0
            ][0]
            for levels in (nothing, {**nothing, "birth_date": 1})
        )
    # Whoever agrees in a birth date agrees in more than names, weighed or not.
    assert present == pytest.approx(missing + 5)


@pytest.mark.parametrize(
    ("profiles", "size"),
    [
        (0, 1_000),
        (1, 1_000),
        (3_162, 1_000),
        (3_163, 10_000),
        (31_622, 10_000),
        (31_623, 100_000),
        (1_500_000, 1_000_000),
    ],
)
def test_a_size_class_is_the_nearest_power_of_ten_and_a_thousand_at_least(profiles: int, size: int) -> None:
    assert size_class(profiles) == size


def test_more_profiles_ask_for_more_evidence() -> None:
    names = {"given_name": "exact_rarity_5", "family_name_of_namesakes": "exact_rarity_5"}
    weights = [SHIPPED.explain(names, size).total for size in (1_000, 10_000, 100_000)]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] - weights[1] == pytest.approx(math.log2(10), abs=0.01)


def test_the_newest_of_a_companys_own_models_goes_before_the_one_that_ships(tmp_path: Path) -> None:
    places = Places(tmp_path)
    assert read_model(places) == read_model() == SHIPPED
    models = places.ledger / "models"
    models.mkdir(parents=True)
    for number in (2, 10, 9):
        own = SHIPPED.model_copy(update={"name": f"company-{number:04d}"})
        (models / f"{number:04d}.json").write_text(own.model_dump_json(), encoding="utf-8")
    assert read_model(places).name == "company-0010"
    assert read_model(places).levels == SHIPPED.levels


def test_a_model_that_was_trained_later_is_not_known_yet(tmp_path: Path) -> None:
    places = Places(tmp_path)
    models = places.ledger / "models"
    models.mkdir(parents=True)
    for number, day in ((1, date(2026, 5, 31)), (2, date(2026, 6, 30))):
        trained = SHIPPED.trained_on.model_copy(update={"as_of": day})
        own = SHIPPED.model_copy(update={"name": f"company-{number:04d}", "trained_on": trained})
        (models / f"{number:04d}.json").write_text(own.model_dump_json(), encoding="utf-8")
    days = (date(2026, 5, 30), date(2026, 6, 29), date(2026, 6, 30))
    assert [read_model(places, day).name for day in days] == [SHIPPED.name, "company-0001", "company-0002"]


def _spoilt(tmp_path: Path, spoil: str) -> Path:
    content = json.loads(DEFAULT_MODEL.read_bytes())
    levels = content["levels"]
    if spoil == "comparison missing":
        del levels["birth_date"]
    elif spoil == "level missing":
        del levels["birth_date"]["exact"]
    elif spoil == "level more":
        levels["birth_date"]["close"] = levels["birth_date"]["exact"]
    elif spoil == "certain":
        levels["birth_date"]["exact"]["chance"] = 0
    elif spoil == "key more":
        content["threshold"] = 0
    path = tmp_path / "0001.json"
    path.write_text("{" if spoil == "torn" else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        ("comparison missing", "was trained on other comparisons than this version makes; train anew"),
        ("level missing", "was trained on other comparisons than this version makes; train anew"),
        ("level more", "was trained on other comparisons than this version makes; train anew"),
        ("certain", "cannot be read as a model of identity; train one: stamgast identity train"),
        ("key more", "cannot be read as a model of identity; train one: stamgast identity train"),
        ("torn", "cannot be read as a model of identity; train one: stamgast identity train"),
    ],
)
def test_a_model_that_does_not_fit_is_refused_with_its_path_and_the_mend(
    tmp_path: Path, spoil: str, sentence: str
) -> None:
    path = _spoilt(tmp_path, spoil)
    with pytest.raises(StamgastError, match=sentence) as refused:
        read_model_file(path)
    assert str(refused.value).startswith(f"{path}: ")


def test_a_model_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StamgastError, match="cannot be read as a model of identity"):
        read_model_file(tmp_path / "none.json")


def test_every_class_of_the_shipped_model_is_a_distribution_over_the_levels_and_names_only_aliases() -> None:
    for comparison, levels in SHIPPED.levels.items():
        for of in ("person", "household"):
            assert sum(getattr(one, of) for one in levels.values()) == pytest.approx(1, abs=1e-6), comparison
    assert {name for pair in SHIPPED.aliases for name in pair} == {
        name.lower() for pair in SHIPPED.aliases for name in pair
    }
