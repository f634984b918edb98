"""Contracts are read strictly, and a mistake is one sentence with file, key and mend."""

from pathlib import Path

import pytest

from pipelines.contracts import (
    CONTACT_BLOCK,
    KINDS,
    ContractError,
    json_schema,
    read_contract,
    read_contracts,
)
from pipelines.settings import PROJECT

GOOD = """
feed: cards
kind: form_submissions
description: Cards.
owner: team:service
files: {glob: "cards/*.csv", format: csv, encoding: cp1252, delimiter: ";"}
key: [card_no]
event_time: {column: datum, format: "%d-%m-%Y", timezone: Europe/Amsterdam}
freshness: {warn_after: 48h, error_after: 7d}
defaults: {country: NL, form_type: warranty_card}
columns:
  card_no: record_key
  achternaam: family_name
  e-mail: email
"""


def read(folder: Path, text: str) -> object:
    path = folder / "cards.yml"
    path.write_text(text, encoding="utf-8")
    return read_contract(path)


def test_the_contract_of_the_design_is_read(tmp_path: Path) -> None:
    contract = read(tmp_path, GOOD)
    assert contract.targets == {"record_key": "card_no", "family_name": "achternaam", "email": "e-mail"}
    assert contract.freshness.error_after.days == 7


@pytest.mark.parametrize(
    ("line", "instead", "sentence"),
    [
        ("kind: form_submissions", "kind: forms", "kind: choose one of campaigns"),
        ("delimiter", "delimeter", "files.delimeter: no such key"),
        (
            "kind: form_submissions",
            "kind: form_submissions\npermission: {purpose: all, channels: [email], basis: consent}",
            "permission.purpose: all names no purpose",
        ),
        ("encoding: cp1252", "encoding: cp-nothing", "write an encoding that Python knows"),
        ("timezone: Europe/Amsterdam", "timezone: Holland", "write a time zone of the IANA list"),
        ("warn_after: 48h", "warn_after: 8d", "warn_after is longer than error_after"),
        ("warn_after: 48h", "warn_after: soon", "write a duration above zero"),
        (
            "owner: team:service",
            "owner: sales dept",
            "owner: write team:<name>, such as team:sales, or an e-mail",
        ),
        ("feed: cards", "feed: My cards", "feed: write small letters, digits and _"),
        ('delimiter: ";"', 'delimiter: "||"', "files.delimiter: write one character, or \\t for a tab"),
        (
            '"%d-%m-%Y"',
            '"%d-%m-%Q"',
            "event_time.format: %d-%m-%Q is no format of a date or time; write one such as %d-%m-%Y %H:%M",
        ),
        ('"%d-%m-%Y"', "dd-mm-yyyy", "event_time.format: dd-mm-yyyy is no format of a date or time"),
        (
            "country: NL",
            "country: Nederlandistan",
            "defaults.country: Nederlandistan is no country; write its ISO code or its name",
        ),
        (
            "country: NL",
            "language: Dutchish",
            "defaults.language: Dutchish is no language; write its ISO code",
        ),
        ("form_type: warranty_card", "form_typ: warranty_card", "defaults.form_typ: no column of kind"),
        (", form_type: warranty_card", "", "kind form_submissions needs form_type"),
        ("e-mail: email", "e-mail: mail", "columns.e-mail: mail is no column of kind form_submissions"),
        ("e-mail: email", "e-mail: family_name", "family_name is already filled by another column"),
        ("key: [card_no]", "key: []", "columns.card_no: is mapped to record_key; name it under key as well"),
        ("key: [card_no]", "key: [card_no]\nkey: [x]", "key key stands twice"),
        (
            "key: [card_no]",
            "key: [card_no]\ndelivery: snapshot",
            "snapshot_date: give it with delivery: snapshot",
        ),
        ("event_time:", "event_tim:", "event_tim: no such key"),
        ("description: Cards.", "description: [Cards", "mend the YAML"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_file_and_key(
    tmp_path: Path, line: str, instead: str, sentence: str
) -> None:
    assert line in GOOD
    with pytest.raises(ContractError) as raised:
        read(tmp_path, GOOD.replace(line, instead))
    message = str(raised.value)
    assert "cards.yml" in message and sentence in message and "\n" not in message


def test_a_feed_of_another_name_than_its_file_is_refused_so_no_two_have_one_name(tmp_path: Path) -> None:
    (tmp_path / "cards.yml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "twin.yml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ContractError, match=r"twin\.yml: the feed is called cards; call the file cards\.yml"):
        read_contracts(tmp_path)


@pytest.mark.parametrize(
    "default", ["country: Holland", "country: nld", "language: nl-BE", "language: Deutsch"]
)
def test_a_default_may_name_a_country_or_language_as_a_row_may(tmp_path: Path, default: str) -> None:
    read(tmp_path, GOOD.replace("country: NL", default))


@pytest.mark.parametrize("folder", ["sources", "sources/complete_journey"])
def test_the_contracts_of_the_project_are_valid(folder: str) -> None:
    assert len(read_contracts(PROJECT / folder)) >= 5


def test_the_demo_company_delivers_every_kind() -> None:
    assert {contract.kind for contract in read_contracts(PROJECT / "sources")} == set(KINDS)


def test_the_schema_beside_the_contracts_is_up_to_date() -> None:
    path = PROJECT / "sources" / "contract.schema.json"
    assert path.read_text("utf-8") == json_schema(), "run: make schema"


def test_no_kind_has_a_column_of_the_contact_block() -> None:
    assert [
        (kind.name, column.name)
        for kind in KINDS.values()
        for column in kind.columns
        if column.name in CONTACT_BLOCK
    ] == []
