"""A model trained without labels on a small company: what it keeps to, whom it names, what it leaves behind."""

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.console import Console

from pipelines.cli.train import train_model
from pipelines.identity import IdentityModel, resolve
from pipelines.identity.likelihood.comparisons import COMPARISONS, RAREST
from pipelines.identity.likelihood.model import read_model_file
from pipelines.identity.likelihood.training import (
    LEAST_NAMESAKES,
    LEAST_PERSON,
    MOST_HOUSEHOLD,
    MOST_INITIALS,
    NAMED_BY,
    WRONG_GIVEN,
    train,
)
from pipelines.settings import Settings
from tests.identity.small_company import SHIPPED, Company, Profile

# Levels that mean that both sides say the same.
EXACT = {
    "given_name": tuple(f"exact_rarity_{rarity}" for rarity in range(RAREST + 1)),
    "birth_date": ("exact",),
    "customer_number": ("same",),
}
START = SHIPPED.model_copy(update={"aliases": []})
# Names that stand for each other, of many and of few.
OFTEN, SELDOM = ("willemijn", "mijntje"), ("hildegard", "gardina")


def _people() -> list[Profile]:
    """Two records each of 60 women who go by two names, of 10 who go by two others, and of 130 men with one name."""
    chance = random.Random(11)
    families = [
        f"{a}{b}{c}" for a in ("Bak", "Dek", "Vis", "Mul") for b in ("ste", "kel", "ma") for c in ("r", "n")
    ]
    profiles: list[Profile] = []
    for number in range(200):
        names = OFTEN if number < 60 else SELDOM if number < 70 else (f"Man{number % 30}",) * 2
        person: Profile = {
            "family_name": chance.choice(families),
            "birth_date": date(
                chance.randrange(1940, 2000), chance.randrange(1, 13), chance.randrange(2, 29)
            ),
            "phone": f"+316{chance.randrange(10**8):08}",
            "email": f"q{chance.randrange(10**8)}@x.nl",
            "postcode": f"{chance.randrange(1000, 1100)} AB",
            "house_number": str(chance.randrange(1, 99)),
            "country": "NL",
        }
        profiles += [
            {**person, "given_name": name.title(), "feed": feed}
            for name, feed in zip(names, ("a", "b"), strict=True)
        ]
    return profiles


class Trained(NamedTuple):
    company: Company
    model: IdentityModel


def _train(company: Company, start: IdentityModel) -> IdentityModel:
    return train(
        company.connection, name="test-1", description="invented", as_of=date(2026, 6, 30), start=start
    )


@pytest.fixture(scope="module")
def trained() -> Iterator[Trained]:
    company = Company(_people(), model=START)
    yield Trained(company, _train(company, START))
    company.connection.close()


def test_training_is_deterministic_and_says_what_it_learnt_from(trained: Trained) -> None:
    assert _train(trained.company, START) == trained.model
    learnt_from = trained.model.trained_on
    assert (learnt_from.description, learnt_from.as_of, learnt_from.profiles) == (
        "invented",
        date(2026, 6, 30),
        400,
    )
    assert learnt_from.pairs >= 200


def test_every_class_is_a_distribution_over_the_levels_and_nothing_is_impossible(trained: Trained) -> None:
    for comparison in COMPARISONS:
        levels = trained.model.levels[comparison.name]
        assert list(levels) == [level.label for level in comparison.levels]
        for of in ("person", "household", "chance"):
            assert all(0 < getattr(one, of) < 1 for one in levels.values()), (comparison.name, of)
        for of in ("person", "household"):
            assert sum(getattr(one, of) for one in levels.values()) == pytest.approx(1), (comparison.name, of)


def test_classes_keep_to_what_they_mean(trained: Trained) -> None:
    for comparison, bound in MOST_HOUSEHOLD.items():
        levels = trained.model.levels[comparison]
        assert sum(levels[label].household for label in EXACT[comparison]) <= bound + 1e-9
    for comparison, bound in LEAST_PERSON.items():
        levels = trained.model.levels[comparison]
        assert sum(levels[label].person for label in EXACT[comparison]) >= bound - 1e-9


def test_where_only_initials_are_given_two_of_a_household_rarely_share_one() -> None:
    """Nothing else tells one person who shares an address, a telephone and a family name from two."""
    initials = [{**one, "given_name": f"{str(one['given_name'])[:1]}."} for one in _people()]
    model = train(
        Company(initials).connection,
        name="initials",
        description="a test",
        as_of=date(2026, 6, 30),
        start=START,
    )
    given = model.levels["given_name"]
    assert given["initial"].household <= MOST_INITIALS
    assert given["initial"].person > 10 * given["initial"].household


def test_a_given_name_is_quite_another_about_as_often_as_a_family_name_at_least(trained: Trained) -> None:
    levels = trained.model.levels
    other = sum(levels["given_name"][label].person for label in ("same_initial", "differs"))
    assert other >= WRONG_GIVEN * levels["family_name_of_namesakes"]["differs"].person - 1e-9


def test_how_many_bear_a_name_says_nothing_about_whether_two_bearers_are_one(trained: Trained) -> None:
    for model in (trained.model, SHIPPED):
        for comparison in ("given_name", "family_name", "family_name_of_namesakes"):
            shares = [
                one.household / one.person
                for label, one in model.levels[comparison].items()
                if label.startswith("exact")
            ]
            assert shares == pytest.approx([shares[0]] * len(shares), rel=1e-6), comparison
            assert comparison != "given_name" or shares[0] >= LEAST_NAMESAKES * (1 - 1e-6)


def test_names_that_stand_for_each_other_are_named_from_fifty_holders_on(trained: Trained) -> None:
    assert NAMED_BY == 50
    assert trained.model.aliases == [tuple(sorted(OFTEN))]
    assert not {name for name in SELDOM if name in trained.model.model_dump_json()}


def test_aliases_found_weigh_as_aliases_known_before(trained: Trained) -> None:
    """What no pair shows keeps what is expected of it: it is not diluted once more for each look at the data."""
    known = START.model_copy(update={"aliases": trained.model.aliases})
    again = _train(trained.company, known)
    assert again.levels == trained.model.levels


def test_what_was_trained_resolves_the_company_and_leaves_nothing_in_the_way(trained: Trained) -> None:
    connection = trained.company.connection
    assert (
        trained.company.rows(
            "select table_name from duckdb_tables() where temporary union all "
            "select view_name from duckdb_views() where temporary and not internal"
        )
        == []
    )
    assert (
        trained.company.rows("select database_name from duckdb_databases() where database_name = 'state'")
        == []
    )
    summary = resolve(connection, model=trained.model)
    assert summary.people == 200
    assert resolve(connection, model=trained.model) == summary
    assert trained.company.person == {number: number - 1 + number % 2 for number in range(1, 401)}


def test_training_again_on_the_same_profiles_gives_the_same_model(trained: Trained, tmp_path: Path) -> None:
    settings = Settings(sources=tmp_path, warehouse=tmp_path / "warehouse", as_of=date(2026, 6, 30))
    settings.places.build.mkdir(parents=True)
    trained.company.connection.execute(
        f"""
        attach '{settings.places.scratch}' as saved;
        create schema saved.intermediate;
        create table saved.intermediate.int_profiles_seen as from scratch.intermediate.int_profiles_seen;
        detach saved
        """
    )
    for _ in range(2):
        train_model(settings, "the same", None, Console(quiet=True))
    first, second = (
        read_model_file(settings.places.ledger / "models" / f"000{number}.json") for number in (1, 2)
    )
    assert first.name != second.name
    assert second.model_copy(update={"name": first.name}) == first
