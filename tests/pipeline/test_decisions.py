"""A decision of a person, from the review queue over the preview to the next published version."""

import re

import pytest

from tests.pipeline.conftest import AS_OF, Company


def _review(company: Company, *words: str) -> tuple[int, str]:
    done = company.stamgast("identity review", "--sources", str(company.sources), "--as-of", AS_OF, *words)
    return done.returncode, done.stdout + done.stderr


def _people_of(company: Company, *profiles: int) -> set[int]:
    return {
        company.query(f"select person_id from identity.profile_person where profile_id = {one}")[0][0]
        for one in profiles
    }


@pytest.mark.whole
def test_a_decision_is_asked_previewed_published_and_asked_no_more(copy: Company) -> None:
    ((item, left, right),) = copy.query("""
        select item, left_profile_id, right_profile_id from marts.review_queue
        where kind = 'pair' order by item_rank limit 1
    """)
    assert len(_people_of(copy, left, right)) == 2
    assert item in _review(copy, "--kind", "pair")[1]
    why = ["--author", "desk", "--reason", "the same voice"]
    assert _review(copy, "accept", item, *why)[0] == 0
    assert item not in _review(copy, "--kind", "pair")[1]
    code, said = _review(copy, "reject", item, *why)
    assert code == 2 and "line 3: contradicts line 2" in said

    done = copy.stamgast("identity preview", "--sources", str(copy.sources))
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"^ *people +([\d,]+) +([\d,]+) ", done.stdout, re.MULTILINE)
    assert found is not None, done.stdout
    today, then = (int(number.replace(",", "")) for number in found.groups())
    assert copy.query("select count(*) from marts.customer_360") == [(today,)]
    foreseen = dict(re.findall(r"^ *([a-z]+_[a-z_]+) +[\d,]+ +([\d,]+) ", done.stdout, re.MULTILINE))
    assert len(_people_of(copy, left, right)) == 2

    run = copy.run()
    assert run.returncode == 0, run.stdout + run.stderr
    assert len(_people_of(copy, left, right)) == 1
    told = copy.stamgast(f"person explain {left} {right}", "--sources", str(copy.sources)).stdout
    assert f"{left} - {right}  a decision joins them: desk on {AS_OF}, the same voice" in told
    assert copy.query("select count(*) from marts.customer_360") == [(then,)]
    members = copy.query("select segment, count(*) from marts.segment_members group by segment")
    assert {segment: f"{count:,}" for segment, count in members} == foreseen
    assert copy.query(f"select count(*) from marts.review_queue where item = '{item}'") == [(0,)]

    overrides = copy.sources / "overrides" / "identity.csv"
    overrides.write_text(f"{overrides.read_text()}different,{left},{right},desk,no,{AS_OF},\n")
    run = copy.run()
    assert run.returncode == 2
    assert "identity.csv, line 3: contradicts line 2" in run.stderr


def test_what_the_queue_holds_names_nobody_and_is_about_people_who_are_there(published: Company) -> None:
    assert published.query(
        "select column_name from duckdb_columns() where schema_name = 'marts' and table_name = 'review_queue'"
        " and data_type = 'VARCHAR' order by all"
    ) == [("currency",), ("item",), ("kind",), ("reason",)]
    assert published.query("select count(*) > 0 from marts.review_queue where kind = 'pair'") == [(True,)]
    assert published.query("""
        select count(*) from marts.review_queue
        where kind = 'pair' and left_person_id >= right_person_id
            or kind = 'cluster' and left_person_id <> right_person_id
            or left_profile_id = right_profile_id
    """) == [(0,)]
