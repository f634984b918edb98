"""Runs after the first: nothing new, another feed, a file that is missing, a contract with a mistake."""

from pathlib import Path

import pytest

from tests.pipeline.conftest import AS_OF, Company


def test_a_run_with_nothing_new_stops_early_and_says_so(published: Company) -> None:
    before = published.current.readlink()
    run = published.run()
    assert run.returncode == 0
    assert run.stdout.startswith("Nothing new since version")
    assert published.current.readlink() == before


def test_a_file_that_repeats_another_is_passed_over_with_a_sentence(copy: Company) -> None:
    landed = sorted((copy.sources / "files").rglob("*.csv"))[0]
    again = landed.with_name(f"{landed.stem}_again.csv")
    again.write_bytes(landed.read_bytes())
    run = copy.run()
    assert run.returncode == 0
    name, first = (path.relative_to(copy.sources) for path in (again, landed))
    assert copy.run().stdout.startswith("Nothing new since")
    # The simulated company delivers such a file of its own, which a copy of the company has not been looked at before.
    assert f"{name} holds byte for byte the same as {first}: passed over.\n" in run.stdout
    assert "Nothing new since" in run.stdout


FEED = """
feed: fair_visitors
kind: form_submissions
description: Visitors of the spring fair.
owner: team:sales
files: {glob: "fair_visitors.csv", format: csv}
event_time: {column: visited}
freshness: {warn_after: 2d, error_after: 30d}
defaults: {form_type: event_registration, country: NL}
columns: {name: full_name, mail: email}
"""
ROWS = "visited,name,mail\n2026-06-29,Quirijn Zonderling,quirijn@zonderling.example\n"


def _drop_in(folder: Path) -> None:
    (folder / "fair_visitors.yml").write_text(FEED, encoding="utf-8")
    (folder / "fair_visitors.csv").write_text(ROWS, encoding="utf-8")


@pytest.mark.whole
def test_a_feed_is_one_yaml_file_and_its_rows_and_a_rollback_takes_it_back(copy: Company) -> None:
    first = copy.current.readlink()
    _drop_in(copy.sources)
    run = copy.run()
    assert run.returncode == 0, run.stdout + run.stderr
    visitor = (
        "select family_name, lifecycle from marts.customer_360 where email = 'quirijn@zonderling.example'"
    )
    assert copy.query(visitor, "customers") == [("Zonderling", "prospect")]

    back = copy.stamgast("rollback")
    assert back.returncode == 0 and copy.current.readlink() == first
    assert copy.query(visitor, "customers") == []
    # The next run of the same inputs does not undo it, and there is nothing older to go back to.
    assert copy.run().stdout.startswith("Nothing new since version") and copy.current.readlink() == first
    assert copy.stamgast("rollback").returncode == 2


@pytest.mark.whole
def test_a_company_may_have_one_delivery_only_and_a_missing_file_leaves_its_feed_stale(
    tmp_path: Path,
) -> None:
    company = Company(tmp_path)
    company.sources.mkdir()
    _drop_in(company.sources)
    absent = FEED.replace("fair_visitors", "autumn_fair")
    (company.sources / "autumn_fair.yml").write_text(absent, encoding="utf-8")
    ahead = "2026-12-31,Wilhelmina Zonderling,wilhelmina@zonderling.example\n"
    (company.sources / "fair_visitors.csv").write_text(ROWS + ahead, encoding="utf-8")
    run = company.run()
    assert run.returncode == 3, run.stdout + run.stderr
    assert "autumn_fair: no file matches autumn_fair.csv" in run.stdout
    assert "with 2 feeds of" in run.stdout
    # Commands are named as they work for this warehouse; what is stale is told once.
    options = f"--sources {company.sources} --warehouse {company.warehouse}"
    assert (
        f"stamgast loads {options} " in run.stdout and f"Commands named here want {options}.\n" in run.stdout
    )
    assert run.stdout.count("no file matches autumn_fair.csv") == 1
    # Who is dated ahead waits, which is said; nobody has ordered.
    assert "fair_visitors: 1 row dated after 2026-06-30, to be counted once the day has come.\n" in run.stdout
    assert "1 person with a net revenue of 0.00 EUR, 0 of them customers." in run.stdout
    # What stands on it is marked, in the report and beside every answer.
    (made_of_it,) = [line for line in run.stdout.splitlines() if line.startswith("Made of it: ")]
    assert "core.fct_form_submissions, " in made_of_it and "core.fct_order_lines" not in made_of_it
    marked = company.query("select table_name, stale_reason, data_as_of from marts.freshness where is_stale")
    assert ("core.fct_form_submissions", "autumn_fair: never delivered", None) in marked
    assert not {"core.fct_order_lines", "core.dim_product"} & {table for table, _, _ in marked}
    assert company.query("select feed from marts.source_quality where is_feed_stale") == [("autumn_fair",)]
    assert company.query("select given_name, family_name from marts.customer_360", "customers") == [
        ("Quirijn", "Zonderling")
    ]


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("shop_orders.yml", "feed: [", "shop_orders.yml, line 1"),
        ("twin.yml", FEED, "the feed is called fair_visitors; call the file fair_visitors.yml"),
        (
            "odd.yml",
            FEED.replace("fair_visitors", "odd").replace("mail: email", "mail: emial"),
            "emial is no column of kind form_submissions",
        ),
        (
            "odd.yml",
            FEED.replace("fair_visitors", "odd").replace("30d", "a month"),
            "write a duration above zero",
        ),
        ("odd.yml", FEED.replace("fair_visitors", "odd").replace("owner:", "ownr:"), "ownr: no such key"),
    ],
)
def test_a_mistake_in_a_contract_is_one_sentence_and_exit_2(
    tmp_path: Path, file: str, content: str, sentence: str
) -> None:
    company = Company(tmp_path)
    company.sources.mkdir()
    _drop_in(company.sources)
    (company.sources / file).write_text(content, encoding="utf-8")
    run = company.run()
    assert run.returncode == 2
    assert sentence in run.stderr and "Traceback" not in run.stderr


def test_a_required_feed_without_delivery_blocks_publishing(copy: Company) -> None:
    before = copy.current.readlink()
    _drop_in(copy.sources)
    (copy.sources / "fair_visitors.csv").unlink()
    (copy.sources / "fair_visitors.yml").write_text(FEED + "required: true\n", encoding="utf-8")
    run = copy.run()
    assert run.returncode == 1, run.stdout + run.stderr
    assert "no file matches fair_visitors.csv" in run.stdout
    assert copy.current.readlink() == before


def test_an_unreadable_setting_is_one_sentence(tmp_path: Path) -> None:
    run = Company(tmp_path).run("--sources", str(tmp_path / "nowhere"))
    assert run.returncode == 2
    assert "there is no such sources folder" in run.stderr
    assert AS_OF not in run.stderr
