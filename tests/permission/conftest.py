"""One company of all histories, rules, cases and trials, landed for real and built by dbt once."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pytest

from tests.permission.cases import make_cases
from tests.permission.company import Built, Company, build
from tests.permission.definition import Reached
from tests.permission.drafts import Case, add_cases
from tests.permission.feeds import FEEDS
from tests.permission.fillers import add_fillers, add_strangers
from tests.permission.histories import TELLINGS, History, make_histories, people_of, tell
from tests.permission.reading import Block, World, block_of
from tests.permission.rules import RULES, add_rules, who_said
from tests.permission.trials import add_trials, same_people
from tests.permission.values import Values

SEED = 20260630
HISTORIES = 400
CASES = 500
_ALLOWED = "('consent', 'contract', 'legal_obligation', 'legitimate_interest', 'soft_opt_in')"
EVERY_POINT = (
    "select distinct person_id, channel, purpose, contact_point_id "
    f"from scratch.intermediate.int_permissions_ruled where rule in {_ALLOWED}"
)


@dataclass(frozen=True)
class Everything:
    """The company as it was built, and what was put into it."""

    built: Built
    histories: Sequence[History]
    cases: Sequence[Case]


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Everything:
    """`marts.contactability` of all there is; who is who is given, not resolved."""
    company = Company({feed: dict(contract) for feed, contract in FEEDS.items()})
    histories = make_histories(SEED, HISTORIES)
    first = tell(company, histories, 1)
    rules_from = first
    first = add_rules(company, first)
    cases = make_cases(SEED, CASES, first)
    add_cases(company, cases)
    add_fillers(company, first + CASES)
    add_strangers(company, 200_000)
    add_trials(company)
    labels = {
        ("rule", one.title): who_said(one, Values(rules_from + place)) for place, one in enumerate(RULES)
    }
    labels |= {
        ("case", number): [(who, draft.row) for who, draft in case.rows] for number, case in enumerate(cases)
    }

    def grouping(world: World, owner: tuple[str, object], blocks: Sequence[Block]) -> Mapping[Block, object]:
        if owner[0] in TELLINGS:
            return people_of(owner[0], histories[int(str(owner[1]))], blocks)
        if owner in labels:
            who = {block_of(world.contracts[row.feed], row): label for label, row in reversed(labels[owner])}
            return {block: who[block] for block in blocks}
        return same_people(world, blocks)

    folder = tmp_path_factory.mktemp("permission") / "company"
    return Everything(build(company, folder, random.Random(SEED), grouping), histories, cases)


@pytest.fixture(scope="session")
def built(everything: Everything) -> Built:
    """The company as it was built."""
    return everything.built


@pytest.fixture(scope="session")
def every_point(built: Built) -> dict[object, set[Reached]]:
    """Owner -> all points that the SQL allows, those included that contactability does not choose."""
    return built.allowed(EVERY_POINT)


@pytest.fixture(scope="session")
def chosen(built: Built) -> dict[object, set[Reached]]:
    """Owner -> what contactability allows, with the point that it chose."""
    return built.allowed(
        "select person_id, channel, purpose, contact_point_id from marts.contactability where is_allowed"
    )


@pytest.fixture(scope="session")
def defined(built: Built) -> Mapping[object, set[Reached]]:
    """Owner -> all points that the definition allows."""
    return {owner: built.definition(owner).allowed() for owner in built.company.arrivals}


Explain = Callable[[object], str]


@pytest.fixture(scope="session")
def explain(built: Built) -> Explain:
    """What was delivered of an owner, and what the definition has against each grant."""

    def explained(owner: object) -> str:
        definition = built.definition(owner)
        rows = [
            f"{one.file.name} [{one.file.fate}] "
            + str(one.row.raw or {key: cell for key, cell in one.row.cells.items() if cell})
            for one in built.company.arrivals[owner]
        ]
        judged = [f"{reached}: {objection or 'allowed'}" for reached, objection in definition.judged()]
        return "\n".join([str(owner), *rows, "the definition says:", *judged])

    return explained
