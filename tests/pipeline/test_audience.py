"""Contact lists of the demo company: only who may be contacted, only what the channel needs, and every list on record."""

import csv
import hashlib
import json
import stat
from pathlib import Path

import duckdb
import pytest

from tests.pipeline.conftest import AS_OF, Company

SEGMENT = "loyal_customers"


def _export(company: Company, out: Path | None, *options: str, segment: str = SEGMENT) -> str:
    chosen = options if "--channel" in options else (*options, "--channel", "email")
    chosen = chosen if "--purpose" in options else (*chosen, "--purpose", "offers")
    written = ("--out", str(out)) if out else ()
    done = company.stamgast(
        f"audience export {segment}", *chosen, *written, "--sources", str(company.sources), "--as-of", AS_OF
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _allowed(company: Company, channel: str, purpose: str) -> set[int]:
    return {
        row[0]
        for row in company.query(
            "select person_id from marts.contactability join marts.segment_members using (person_id) "
            f"where is_allowed and segment = '{SEGMENT}' and channel = '{channel}' and purpose = '{purpose}'"
        )
    }


def test_an_audience_holds_whom_contactability_allows_and_no_address_twice(
    copy: Company, tmp_path: Path
) -> None:
    out = tmp_path / "loyal.csv"
    _export(copy, out)
    rows = _rows(out)
    assert rows and set(rows[0]) == {"person_id", "email", "given_name", "family_name", "language"}
    assert {int(row["person_id"]) for row in rows} <= _allowed(copy, "email", "offers")
    emails = [row["email"] for row in rows]
    assert all(emails) and len(emails) == len(set(emails))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "draft" in path.name] == []


def test_the_ledger_has_who_why_how_many_and_the_digest_and_the_people_by_number(
    copy: Company, tmp_path: Path
) -> None:
    out = tmp_path / "loyal.parquet"
    _export(copy, out, "--author", "j.smit", "--reason", "summer letter", "--channel", "post")
    (entry,) = (copy.warehouse / "ledger" / "exports").glob("[0-9]*")
    export = json.loads((entry / "export.json").read_text())
    assert (export["author"], export["reason"], export["channel"]) == ("j.smit", "summer letter", "post")
    assert export["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    with duckdb.connect() as connection:
        people = {row[0] for row in connection.execute(f"from '{entry / 'people.parquet'}'").fetchall()}
        written = connection.execute(f"select person_id, street, postcode from '{out}'").fetchall()
    assert people == {row[0] for row in written} and len(people) == export["people"] > 0
    assert export["members"] == export["people"] + sum(export["stopped"].values())
    text = (entry / "export.json").read_text() + (entry / "people.parquet").read_bytes().decode("latin-1")
    assert not any(street in text for _, street, _ in written if street)
    assert {stat.S_IMODE(path.stat().st_mode) for path in entry.iterdir()} == {0o400}


def test_counting_alone_writes_nothing(copy: Company) -> None:
    assert "Counted only" in _export(copy, None)
    assert list((copy.warehouse / "ledger" / "exports").glob("[0-9]*")) == []


def test_who_was_contacted_often_enough_is_left_out(copy: Company, tmp_path: Path) -> None:
    caps = copy.sources / "policies" / "frequency_caps.csv"
    caps.write_text("channel,purpose,max_contacts,days\n*,offers,1,7\n", encoding="utf-8")
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    _export(copy, first)
    assert "contacted 1 times within 7 days" in _export(copy, second)
    assert _rows(first) and not {row["person_id"] for row in _rows(first)} & {
        row["person_id"] for row in _rows(second)
    }


def test_ad_platforms_get_hashes_alone(copy: Company, tmp_path: Path) -> None:
    out = tmp_path / "ads.csv"
    # Nobody grants ads in the demo company, so the rows are tried on the SQL that writes them.
    _export(copy, out, "--channel", "ads", segment="loyal_customers")
    assert out.read_text().splitlines()[0].split(",") == [
        "google_email_sha256", "google_phone_sha256", "meta_email_sha256", "meta_phone_sha256",
    ]  # fmt: skip


def test_a_bought_list_is_used_up(copy: Company, tmp_path: Path) -> None:
    segment = _segment_of_strangers(copy)
    contract = copy.sources / "consumer_list.yml"
    contract.write_text(contract.read_text().replace("max_uses: 3", "max_uses: 1"), encoding="utf-8")
    (copy.sources / "policies" / "frequency_caps.csv").unlink()
    said = _export(copy, tmp_path / "one.csv", "--channel", "post", segment=segment)
    assert "on the licence of consumer_list" in said
    said = _export(copy, tmp_path / "two.csv", "--channel", "post", segment=segment)
    assert "the 1 uses of consumer_list are used up" in said
    assert len(_rows(tmp_path / "one.csv")) > len(_rows(tmp_path / "two.csv"))


def _segment_of_strangers(company: Company) -> str:
    ((segment, reached),) = company.query(
        "select segment, count(*) from marts.segment_members join marts.contactability using (person_id) "
        "where licence_feed = 'consumer_list' and is_allowed and channel = 'post' group by all order by 2 desc, 1 limit 1"
    )
    assert reached > 0
    return segment


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("no_such_segment", "--channel", "email", "--purpose", "offers"), "segment no_such_segment"),
        ((SEGMENT, "--channel", "fax", "--purpose", "offers"), "channel fax"),
        ((SEGMENT, "--channel", "email", "--purpose", "revenge"), "purpose revenge"),
        (
            (SEGMENT, "--channel", "email", "--purpose", "offers", "--out", "list.pdf"),
            "the suffix says the format",
        ),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_2(
    published: Company, options: tuple[str, ...], sentence: str
) -> None:
    done = published.stamgast("audience export", *options, "--sources", str(published.sources))
    assert done.returncode == 2 and sentence in done.stderr and "Traceback" not in done.stderr
