"""Each rule in a small example: what is allowed is what stands beside it, in the models and in the definition alike."""

from collections.abc import Mapping

import pytest

from tests.permission.conftest import Explain
from tests.permission.definition import Reached
from tests.permission.rules import RULES, Rule


@pytest.mark.parametrize("rule", RULES, ids=lambda one: one.title)
@pytest.mark.parametrize("source", ["defined", "chosen"], ids=["in the definition", "in the models"])
def test_a_rule_comes_out_as_it_is_written(
    rule: Rule, source: str, request: pytest.FixtureRequest, explain: Explain
) -> None:
    reached: Mapping[object, set[Reached]] = request.getfixturevalue(source)
    owner = ("rule", rule.title)
    allowed = {(person, channel, purpose) for person, channel, purpose, _ in reached.get(owner, set())}
    assert allowed == rule.allowed, explain(owner)
