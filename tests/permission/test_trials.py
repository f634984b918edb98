"""The trials come out as they must: nobody who refused is contactable, and those who did not refuse are."""

from collections.abc import Mapping

import pytest

from tests.permission.company import Built
from tests.permission.conftest import Explain
from tests.permission.definition import Definition, Reached
from tests.permission.reading import meaning
from tests.permission.trials import OPTED_OUT, TRIALS

BOTH = pytest.mark.parametrize("source", ["defined", "every_point"], ids=["definition", "models"])
# By what somebody may be reached who refused nothing: an order or an account needs no consent.
_SERVICE = {
    "unsubscribed_at_new_mailbox_mailed_at_old": {("email", "service", "femke.oud@post.example")},
    "zeros_and_float_in_withdrawal_number": {
        ("email", "service", "ulbe.zuidema@post.example"),
        ("email", "service", "wytske.faber@post.example"),
    },
}


@BOTH
@pytest.mark.parametrize("trial", [trial for trial in TRIALS if trial != "sf_optout"])
def test_nobody_who_refused_is_contactable(
    trial: str, source: str, request: pytest.FixtureRequest, explain: Explain
) -> None:
    reached: Mapping[object, set[Reached]] = request.getfixturevalue(source)
    found = {
        (channel, purpose, point[1]) for _, channel, purpose, point in reached.get(("trial", trial), set())
    }
    assert found == _SERVICE.get(trial, set()), explain(("trial", trial))


@BOTH
def test_a_flag_that_says_no_is_no_entry(source: str, request: pytest.FixtureRequest) -> None:
    reached: Mapping[object, set[Reached]] = request.getfixturevalue(source)
    found = {
        str(point[1]).partition("@")[0]
        for _, channel, _, point in reached["trial", "sf_optout"]
        if channel == "email"
    }
    assert len(found) == 36 and not found & OPTED_OUT


def test_a_file_whose_objects_spell_a_key_otherwise_is_refused(built: Built) -> None:
    ((file, reason),) = built.refused.items()
    assert "json_consents" in file and "channel" in reason.lower()


@pytest.mark.parametrize("trial", [trial for trial in TRIALS if trial != "json_consents"])
def test_without_their_refusals_they_would_be_contactable(trial: str, built: Built) -> None:
    # Else the trial would prove nothing.
    owner, contracts = ("trial", trial), built.world.contracts
    grants = [
        arrival
        for arrival in built.company.arrivals[owner]
        if contracts[arrival.row.feed].kind != "suppressions"
        and meaning(contracts[arrival.row.feed], arrival.row) in ("grant", "neutral")
    ]
    allowed = Definition(built.world, grants, built.people[owner]).allowed()
    assert [reached for reached in allowed if reached[2] != "service"]
