"""Each consent is shown with the text it was given under, and a version without a text is said."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines.contracts.consent_texts import wordings_without_text
from pipelines.contracts.policies import read_wordings, wording_text
from pipelines.errors import StamgastError
from pipelines.privacy.access import wordings_of
from pipelines.privacy.access_page import as_page
from pipelines.settings import PROJECT, Settings


def _write(sources: Path, name: str, content: bytes) -> None:
    path = sources / "policies" / "wordings" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_a_text_is_found_by_its_version_whatever_the_suffix(tmp_path: Path) -> None:
    _write(tmp_path, "2026-1.md", b"Ja, graag.\n")
    _write(tmp_path, "v2.1.txt", b"\xef\xbb\xbfYes, please.\n")
    _write(tmp_path, "2026-2.pdf", b"not read")
    wordings = read_wordings(tmp_path)
    assert wordings == {"2026-1": "Ja, graag.", "v2.1": "Yes, please."}
    assert wording_text(wordings, " v2.1 ") == "Yes, please."
    assert wording_text(wordings, "2026/1") == "Ja, graag."
    assert read_wordings(tmp_path / "nowhere") == {}


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"1.md": b"Yes", "1.txt": b"Yes"}, "version 1 has two files"),
        ({"1.md": b" \n"}, "1.md: is empty"),
        ({"1.md": b"\xff\xfe"}, "1.md: is not UTF-8"),
    ],
)
def test_a_text_that_proves_nothing_is_refused(
    tmp_path: Path, files: dict[str, bytes], sentence: str
) -> None:
    for name, content in files.items():
        _write(tmp_path, name, content)
    with pytest.raises(StamgastError, match=sentence):
        read_wordings(tmp_path)


def test_the_demo_company_has_a_text_for_each_version_it_writes() -> None:
    assert set(read_wordings(PROJECT / "sources")) == {"2023-1", "2023-2", "2023-3"}


def test_an_answer_shows_each_grant_once_with_its_text(tmp_path: Path) -> None:
    event = {"feed": "consents", "event_type": "grant", "event_at": "2026-01-02", "purpose": "offers"}
    events = [
        event | {"record_key": "1", "channel": "email", "wording_version": "2026-1"},
        event | {"record_key": "1", "channel": "post", "wording_version": "2026-1"},
        event | {"record_key": "2", "channel": "sms", "wording_version": "2025-9"},
        event | {"record_key": "3", "channel": "phone", "event_type": "unconfirmed_grant"},
        event | {"record_key": "4", "channel": "email", "event_type": "withdrawal", "wording_version": "2026-1"},
    ]  # fmt: skip
    found = wordings_of(events, {"2026-1": "Yes <please>\nand often."})
    assert [(grant["record_key"], grant["channels"], grant["wording"]) for grant in found] == [
        ("1", ["email", "post"], "Yes <please>\nand often."),
        ("2", ["sms"], "no text of this version is kept"),
        ("3", ["phone"], "the source names no version of the text"),
    ]
    page = as_page({"person": 1, "as_of": date(2026, 6, 30), "version": "v", "wordings": found})
    assert "What you agreed to" in page and "Yes &lt;please&gt;\nand often." in page


def test_a_version_that_grants_in_the_build_and_has_no_text_is_said(tmp_path: Path) -> None:
    settings = Settings(sources=tmp_path / "sources", warehouse=tmp_path / "warehouse")
    _write(settings.sources, "2026-1.md", b"Yes")
    settings.places.build.mkdir(parents=True)
    with duckdb.connect(str(settings.places.analytics)) as connection:
        connection.execute("""
            create schema core;
            create table core.fct_permission_events as
            select * from (values
                ('consents', '1', 'email', 'grant', '2026-1'), ('consents', '2', 'email', 'grant', '2026-2'),
                ('consents', '2', 'post', 'grant', '2026-2'), ('consents', '3', 'post', 'unconfirmed_grant', '2026-2'),
                ('consents', '4', 'post', 'withdrawal', '2026-3'), ('news', '5', 'email', 'grant', null)
            ) as events (feed, record_key, channel, event_type, wording_version)
        """)
    assert wordings_without_text(settings) == [
        "2 grants rest on wording 2026-2, of which no text is kept; put what people read into policies/wordings/2026-2.md"
    ]
