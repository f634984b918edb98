"""What the pages say to type is typed, in the order of a newcomer: the README's feed, then each page beside the code."""

import re
from pathlib import Path

import duckdb
import pytest

from pipelines.landing.loads import read_loads
from pipelines.settings import Settings
from tests.documents.pages import Page, called, commands, pages
from tests.pipeline.conftest import Company

# In this order on one company, and then every other page; the last one puts it under a key.
FIRST = (
    "README.md",
    "dbt_project/models/overview.md",
    "pipelines/identity/README.md",
    "pipelines/campaigns/README.md",
)
LAST = "pipelines/privacy/README.md"
# For the administrator of a machine, or tried by the checks of a change as a whole.
NOT_RUN = {"make", "openssl", "export", "useradd", "cp", "systemctl", ".venv/bin/python"}
# Exit 1 says that there is something to look at.
MAY_END_WITH_1 = {"privacy minimise"}


def _write_feed(page: Page, company: Company) -> None:
    (contract,), (rows,) = page.blocks("yaml"), page.blocks("csv")
    (company.sources / "fair_visitors.yml").write_text(contract, encoding="utf-8")
    file = company.sources / "files" / "fair" / "june.csv"
    assert f"`sources/{file.relative_to(company.sources)}`" in page.text
    file.parent.mkdir(parents=True)
    file.write_text(rows, encoding="utf-8")


def _write_refusal_of_nobody(company: Company) -> None:
    """An entry that names nobody readable, in a whole list of the day before the newest."""
    folder = company.sources / "files" / "suppressions"
    newest = max(folder.glob("suppressions_*.csv")).read_text("utf-8").rstrip("\n").splitlines()
    entry = dict.fromkeys(newest[0].split(","), "") | {
        "entry_id": "unreadable", "entered_on": "2026-06-01", "channel": "email", "email": "see letter",
        "reason": "own_request",
    }  # fmt: skip
    lines = [*newest, ",".join(entry.values())]
    (folder / "suppressions_20260629.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _stands_for(company: Company, folder: Path) -> dict[str, str]:
    """What the pages write, and what it is here: numbers that the company has, files within the folder of the test."""
    ((left, right),) = company.query(
        "select left_profile_id, right_profile_id from identity.links where rule = 'same_email' and not is_cut limit 1"
    )
    settings = Settings(sources=company.sources, warehouse=company.warehouse)
    unread = next(load for load in read_loads(settings.places) if load.refusals_unreadable)
    files = ("answers/", "list.csv", "requests.csv", "register.md", "/etc/stamgast.key", "warehouse")
    return {"1042": str(left), "427-1042": f"{left}-{right}", "59": str(unread.load_number)} | {
        name: str(folder / Path(name).name) for name in files
    }


def test_every_query_of_the_front_page_and_the_overview_answers(published: Company) -> None:
    readme = Page("README.md")
    questions = [sql for sql in readme.blocks("sql") if "ref(" not in sql]
    for question in questions + Page("dbt_project/models/overview.md").blocks("sql"):
        assert published.query(question), question
    (segment,) = [sql for sql in readme.blocks("sql") if "ref(" in sql]
    members = published.query(re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"marts.\1", segment))
    assert members, "the segment of the README is empty"


@pytest.mark.parametrize("name", [page.name for page in pages()])
def test_every_table_that_a_page_names_is_published(published: Company, name: str) -> None:
    tables = "select schema_name || '.' || table_name from duckdb_tables() union all select schema_name || '.' || view_name from duckdb_views()"
    there = {
        table for database in ("analytics", "customers") for (table,) in published.query(tables, database)
    }
    named = {span for span in Page(name).spans if re.fullmatch(r"(core|marts|identity)\.[a-z]\w+", span)}
    assert named <= there, f"{name} names what is not published: {', '.join(sorted(named - there))}"


def test_the_card_of_the_front_page_is_as_cards_are(published: Company) -> None:
    shown = next(block for block in Page("README.md").blocks("") if "newsletter  " in block)
    best = published.query("""
        select person_id from marts.customer_360
        order by (lifecycle = 'loyal')::int + (household_size > 1)::int + (newsletter_subscription_count > 0)::int + has_phone::int desc
        limit 5
    """)
    cards = "".join(published.stamgast("person show", str(person)).stdout for (person,) in best)
    words = {line[:12].strip() for line in shown.splitlines()}
    assert words <= {line[:12].strip() for line in cards.splitlines()}


@pytest.mark.whole
def test_every_command_of_the_pages_does_what_it_is_there_for(copy: Company, tmp_path: Path) -> None:
    all_pages, known = {page.name: page for page in pages()}, commands()
    _write_feed(all_pages["README.md"], copy)
    _write_refusal_of_nobody(copy)
    run = copy.run()
    assert run.returncode == 0, run.stdout + run.stderr
    stands_for = _stands_for(copy, tmp_path)
    (tmp_path / "requests.csv").write_text(all_pages[LAST].blocks("csv")[0], encoding="utf-8")
    (tmp_path / "stamgast.key").write_text("00112233" * 8, encoding="utf-8")
    (tmp_path / "stamgast.key").chmod(0o600)

    ordered = [*FIRST, *(name for name in all_pages if name not in {*FIRST, LAST}), LAST]
    for page in (all_pages[name] for name in ordered):
        for program, *words in page.lines:
            assert program in {"stamgast", *NOT_RUN}, f"{page.name}: {program} is run by no test"
            if program != "stamgast":
                continue
            command = called(words, known)
            given = [stands_for.get(word, word) for word in words[len(command.words) :]]
            if "--sources" in command.options:
                given += ["--sources", str(copy.sources)]
            done = copy.stamgast(command.name, *given)
            expected = {0, 1} if command.name in MAY_END_WITH_1 else {0}
            assert done.returncode in expected, f"{page.name}: {command.name}: {done.stdout}{done.stderr}"
            if command.name == "privacy rotate-key":
                copy.key_file = tmp_path / "stamgast.key"

    # A reader's key opens what was put under one.
    (attach,) = all_pages[LAST].blocks("sql")
    key = copy.stamgast("privacy reader-key", "analytics").stdout.strip()
    with duckdb.connect() as connection:
        connection.execute(
            attach.replace("warehouse/current", str(copy.current)).replace("'...'", f"'{key}'")
        )
        assert connection.execute("select count(*) from stamgast.marts.customer_360").fetchall() != [(0,)]
