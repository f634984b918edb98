"""Refusals with mistakes in them are never lost, grants with mistakes are never invented, and nobody goes silent for it."""

from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from tests.permission.conftest import CASES, Everything, Explain
from tests.permission.definition import Definition, Reached
from tests.permission.drafts import Case, Refused
from tests.permission.mistakes import MISTAKES

_SORTS = {"mail": "email", "tel": "phone", "address": "address"}
BOTH = pytest.mark.parametrize("source", ["defined", "every_point"], ids=["definition", "models"])


def _lost(case: Case, reached: set[Reached]) -> Iterator[tuple[Refused, Reached]]:
    for refused in case.refused:
        for person, channel, purpose, point in reached:
            is_there = not refused.identifier or point[0] == _SORTS[refused.identifier]
            if (person, channel, purpose) == refused[:3] and is_there:
                yield refused, (person, channel, purpose, point)


@BOTH
@pytest.mark.parametrize("is_grant", [False, True], ids=["no refusal is lost", "no grant is invented"])
def test_with_mistakes(
    is_grant: bool, source: str, everything: Everything, request: pytest.FixtureRequest, explain: Explain
) -> None:
    reached: Mapping[object, set[Reached]] = request.getfixturevalue(source)
    lost: dict[int, list[tuple[Refused, Reached]]] = {}
    mistakes: Counter[str] = Counter()
    for number, case in enumerate(everything.cases):
        if case.is_grant == is_grant and (found := list(_lost(case, reached.get(("case", number), set())))):
            lost[number] = found
            mistakes.update(mistake for _, draft in case.rows for mistake in draft.mistakes)
    if lost:
        number, found = next(iter(lost.items()))
        case = everything.cases[number]
        pytest.fail(
            f"{len(lost)} lost, by mistake {mistakes}; {case.name}: {found}\n{explain(('case', number))}"
        )


@BOTH
def test_who_refused_nothing_stays_allowed(
    source: str, everything: Everything, request: pytest.FixtureRequest, explain: Explain
) -> None:
    reached: Mapping[object, set[Reached]] = request.getfixturevalue(source)
    for number, case in enumerate(everything.cases):
        allowed = {one[:3] for one in reached.get(("case", number), set())}
        assert set(case.stays) <= allowed, f"{case.name}\n{explain(('case', number))}"


def test_cases_with_mistakes_come_out_as_the_definition_says(
    everything: Everything, every_point: dict[object, set[Reached]], defined: Mapping[object, set[Reached]],
    explain: Explain,
) -> None:  # fmt: skip
    wrong = [
        number
        for number, case in enumerate(everything.cases)
        if case.is_exact and every_point.get(("case", number), set()) != defined["case", number]
    ]
    if wrong:
        owner = ("case", wrong[0])
        differ = every_point.get(owner, set()) ^ defined[owner]
        pytest.fail(f"{len(wrong)} cases; {everything.cases[wrong[0]].name}: {differ}\n{explain(owner)}")


def test_without_the_refusal_they_would_be_allowed(everything: Everything) -> None:
    # Else a case would prove nothing.
    built, proving = everything.built, 0
    for number, case in enumerate(everything.cases):
        if case.is_grant or not case.refused:
            continue
        proving += 1
        refusals = {id(draft.row) for draft in case.refusals}
        owner = ("case", number)
        rest = [arrival for arrival in built.company.arrivals[owner] if id(arrival.row) not in refusals]
        allowed = {one[:3] for one in Definition(built.world, rest, built.people[owner]).allowed()}
        assert {refused[:3] for refused in case.refused} <= allowed, case.name
    assert proving > 0.7 * CASES


def test_the_cases_try_every_mistake(everything: Everything) -> None:
    made = Counter(
        mistake for case in everything.cases for _, draft in case.rows for mistake in draft.mistakes
    )
    assert not [mistake for mistake in MISTAKES if made[mistake] < 3], made
