"""The rules file: what ships, and what a mistake in one's own says."""

from pathlib import Path

import pytest

from pipelines.errors import StamgastError
from pipelines.identity import read_rules


def test_the_rules_that_ship_name_their_links_once_and_limit_every_field_that_links() -> None:
    rules = read_rules()
    names = [rule.rule for rule in rules.certain]
    assert len(names) == len(set(names))
    assert {rule.field for rule in rules.certain} <= set(rules.limits)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("certain: [", "mend the YAML"),
        ("certain: []\nlimits: {}\nplaceholders: {}\nhouseholds: {}\nvetoes: []", "certain"),
        (
            "certain: [{rule: a, field: shoe, names: any}]\nlimits: {}\nplaceholders: {}\nhouseholds: {}\nvetoes: []",
            "certain.1.field",
        ),
        ("limit: {}\ncertain: [{rule: a, field: email, names: any}]", "limit: no such key"),
    ],
)
def test_a_mistake_is_one_sentence_with_file_and_key(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StamgastError, match=sentence) as caught:
        read_rules(path)
    assert str(path) in str(caught.value)
