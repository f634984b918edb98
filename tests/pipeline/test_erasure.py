"""Done when: a person planted everywhere is erased, `verify` finds no place, and finds them all where nothing was rewritten."""

import json
import re
import shutil
import stat
from pathlib import Path

import duckdb
import pytest

from pipelines.dbt.running import parsed_project
from pipelines.privacy.people import write_owners
from pipelines.privacy.personal_columns import nature_of
from pipelines.privacy.search_terms import write_search_terms
from pipelines.privacy.searching import Literals, search_files
from pipelines.settings import Settings
from pipelines.warehouse.database import connect
from pipelines.warehouse.erasure_secret import digest, use_erasure_secret
from tests.encryption.refusing import holding, opening
from tests.encryption.test_warehouse import key_file
from tests.pipeline.canary import EMAIL, FAMILY, GIVEN, NAME, NUMBER, PHONE, TRACES, plant_again
from tests.pipeline.conftest import AS_OF, PEOPLE, Company

IDENTIFIED = ("--customer-number", NUMBER)


def _command(company: Company, command: str, *options: str) -> str:
    done = company.stamgast(command, *options, "--sources", str(company.sources))
    assert "Traceback" not in done.stderr, done.stderr
    return f"{done.returncode} {done.stdout} {done.stderr}"


@pytest.fixture(scope="module")
def planted(published: Company, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The company, with an export in which the canary is, and a decision that names her."""
    company = published.copy(tmp_path_factory.mktemp("canary") / "company")
    ((person, other),) = company.query(
        f"select person_id, (select min(person_id) from core.dim_person) from core.dim_person where email = '{EMAIL}'",
        "customers",
    )
    (company.sources / "overrides").mkdir(exist_ok=True)
    (company.sources / "overrides" / "identity.csv").write_text(
        "decision,left_profile_id,right_profile_id,author,reason,date\n"
        f'different,{person},{other},me,"{NAME}, {PHONE}: another person",{AS_OF}\n',
        encoding="utf-8",
    )
    said = _command(
        company, "audience export first_time_customers", "--channel", "email", "--purpose", "offers",
        "--out", str(company.root / "list.csv"), "--as-of", AS_OF,
    )  # fmt: skip
    assert EMAIL in (company.root / "list.csv").read_text(), said
    return company


@pytest.fixture(scope="module")
def before(planted: Company, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A copy in which nothing will be rewritten."""
    return planted.copy(tmp_path_factory.mktemp("before") / "company")


@pytest.fixture(scope="module")
def erased(planted: Company, before: Company) -> tuple[Company, str]:
    """The company after the erasure, and what the command said."""
    said = _command(planted, "privacy erase", *IDENTIFIED, "--as-of", AS_OF)
    assert said.startswith("0 "), said
    # The search is told by the receipt and the warehouse's own secret alone.
    shutil.copytree(planted.warehouse / "ledger" / "erasures", before.warehouse / "ledger" / "erasures")
    return planted, said


def test_everything_held_is_written_for_the_person_alone(before: Company, tmp_path: Path) -> None:
    said = _command(before, "privacy access", "--email", EMAIL, "--out", str(tmp_path), "--as-of", AS_OF)
    assert said.startswith("0 "), said
    page, machine = sorted(tmp_path.iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in (page, machine)} == {0o600}
    answer = json.loads(machine.read_text("utf-8"))
    assert {record["feed"] for record in answer["records"]} >= {
        "shop_accounts", "shop_orders", "consents", "consumer_list", "sample_requests", "support_tickets", "web_events", "surveys",
    }  # fmt: skip
    assert {row["feed"] for row in answer["quarantined"]} == {"warranty_cards", "support_tickets", "consents"}
    assert [row.get("event_at") is None for row in answer["refusals"]] == [False, True]
    assert [export["segment"] for export in answer["exports"]] == ["first_time_customers"]
    assert all(
        answer[part]
        for part in ("values", "permissions", "permission_events", "segments", "facts", "processing")
    )
    assert all(trace in page.read_text("utf-8") for trace in TRACES)


@pytest.mark.whole
def test_the_erased_is_found_nowhere_and_everybody_where_nothing_was_rewritten(
    erased: tuple[Company, str], before: Company
) -> None:
    company, _ = erased
    asked = ("--email", EMAIL, "--name", NAME, "--phone", PHONE, "--customer-number", NUMBER)
    after = _command(company, "privacy verify 1", *asked)
    assert after.startswith("0 ") and "0 places found" in after, after
    found = _command(before, "privacy verify 1", *asked)
    assert found.startswith("1 "), found
    for place in ("raw/sales/shop_orders", "raw/list_prospects/consumer_list", "raw/survey_responses", "raw/web_events",
                  "raw/form_submissions/sample_requests", "quarantine/warranty_cards", "quarantine/support_tickets",
                  "build/customers.duckdb", "published/", "raw/consents/consents/[0-9]+/refusals.parquet"):  # fmt: skip
        assert re.search(rf"^ *{place}", found, re.MULTILINE), f"not found in {place}: {found}"
    assert "bytes, as given" in found  # as `strings` would


@pytest.mark.whole
def test_no_total_changes_and_only_one_version_is_left(erased: tuple[Company, str], before: Company) -> None:
    company, said = erased
    revenue = "select sum(base_amount), count(*) from core.fct_order_lines"
    assert company.query(revenue) == before.query(revenue)
    assert [path.name for path in (company.warehouse / "published").iterdir()] == [
        company.current.readlink().name
    ]
    assert "shop_orders/orders_2026_06.csv" in said and "Export 1" in said
    assert not [trace for trace in TRACES if trace.lower() in said.lower()]
    assert FAMILY not in (company.sources / "overrides" / "identity.csv").read_text()
    again = _command(company, "privacy erase", *IDENTIFIED, "--as-of", AS_OF)
    assert again.startswith("1 ") and "fits nobody" in again
    ((people,),) = company.query("select count(*) from marts.customer_360")
    ((people_before,),) = before.query("select count(*) from marts.customer_360")
    assert people == people_before - 1


@pytest.mark.whole
def test_a_receipt_that_was_changed_proves_nothing(erased: tuple[Company, str], tmp_path: Path) -> None:
    company, _ = erased
    receipt = company.warehouse / "ledger" / "erasures" / "00001" / "receipt.json"
    written = receipt.read_text()
    assert not [trace for trace in (*TRACES, GIVEN) if trace.lower() in written.lower()]
    forged = tmp_path / "receipt.json"
    forged.write_text(written.replace('"people": 1', '"people": 2'))
    # No term, nothing to search: the signature is looked at all the same.
    assert "its signature does not fit" in _command(company, "privacy verify", str(forged))


def test_the_database_of_analysts_names_nobody(before: Company) -> None:
    settings = Settings(sources=before.sources, warehouse=before.warehouse)
    places = settings.places
    with connect(places) as connection:
        use_erasure_secret(connection, b"analytics")
        write_owners(connection, places)
        connection.execute("create temp table due as select profile_id as person, profile_id from everybody")
        write_search_terms(connection)
        kinds = "('email', 'phone', 'name', 'address', 'customer number')"
        connection.execute(f"""
            create or replace temp table search_terms as
            select person, kind, {digest("token")} as digest, length, false as is_shared
            from search_terms where kind in {kinds}
        """)
        ((searched_for,),) = connection.execute("select count(distinct digest) from search_terms").fetchall()
        assert searched_for > 5 * PEOPLE
        path = (places.current / "analytics.duckdb").resolve()
        found = search_files(connection, places, places.root, [path], Literals([])).found
    assert found == []


def test_every_column_of_every_file_is_in_the_registry(before: Company) -> None:
    manifest = parsed_project(Settings(warehouse=before.warehouse)) / "manifest.json"
    unknown = set()
    with duckdb.connect() as connection:
        for path in sorted(before.warehouse.rglob("*.parquet")):
            for column, *_ in connection.execute(f"describe from read_parquet('{path}')").fetchall():
                if nature_of(column, None, manifest, path.name) is None:
                    unknown.add(f"{path.name}: {column}")
    for path in sorted(before.warehouse.rglob("*.duckdb")):
        with duckdb.connect(str(path), read_only=True) as connection:
            for schema, table, column in connection.execute(
                "select schema_name, table_name, column_name from duckdb_columns() where not internal"
            ).fetchall():
                if nature_of(column, (path.stem, schema, table), manifest) is None:
                    unknown.add(f"{path.stem} {schema}.{table}: {column}")
    assert not unknown, f"say in pipelines/privacy/personal_columns.py what these are: {sorted(unknown)}"
    assert nature_of("shoe_size", None, manifest) is None


def test_the_register_and_the_unused_columns_come_from_the_contracts(before: Company) -> None:
    register = _command(before, "privacy register", "--as-of", AS_OF)
    assert "bought from AddressWorks" in register and "email for offers: 1 lists" in register
    unused = _command(before, "privacy minimise", "--as-of", AS_OF)
    assert re.search("personal columns are used by nothing", unused)


@pytest.mark.whole
def test_encrypted_then_the_next_list_changes_a_count_and_a_relative_with_her_mailbox_lands_and_can_go_too(
    erased: tuple[Company, str], tmp_path: Path
) -> None:
    company, _ = erased
    relative, dated = f"Pieterjan {FAMILY}", ("--as-of", AS_OF)
    key = key_file(company.root)
    rotated = company.stamgast("privacy rotate-key", "--to", str(key))
    assert rotated.returncode == 0, rotated.stdout + rotated.stderr
    company = Company(company.root, key)
    plant_again(company.sources, relative)
    done = company.run()
    assert done.returncode in (0, 3), done.stdout + done.stderr
    stopped = "select rows_suppressed from marts.source_quality where file like '%consumenten_2026_3.csv'"
    assert company.query(stopped) == [(1,)]
    named = f"select given_name from marts.customer_360 where email = '{EMAIL}' or family_name = '{FAMILY}'"
    assert company.query(named, "customers") == [("Pieterjan",)]
    # The mailbox was hers alone and is a relative's now: found, and nothing that was only hers.
    found = _command(company, "privacy verify 1")
    assert found.startswith("1 ") and "core.dim_person.email" in found
    assert not re.search("given_name|family_name|full_name|phone|customer_number|raw/sales|quarantine", found)

    said = _command(company, "privacy access", "--email", EMAIL, "--out", str(tmp_path), *dated)
    assert said.startswith("0 "), said
    page, machine = sorted(tmp_path.iterdir())
    assert relative in page.read_text("utf-8") and NUMBER not in machine.read_text("utf-8")
    assert "personal columns are used by nothing" in _command(company, "privacy minimise", *dated)
    asked, revenue = (
        ("--email", EMAIL, "--name", relative),
        "select sum(base_amount) from core.fct_order_lines",
    )
    before = company.query(revenue)
    said = _command(company, "privacy erase", *asked, *dated)
    assert said.startswith("0 "), said
    said = _command(company, "privacy verify 2", *asked)
    assert said.startswith("0 ") and "0 places found" in said, said
    assert company.query(revenue) == before and company.query(named, "customers") == []
    assert opening(company.warehouse) == [] and holding(company.warehouse, [EMAIL, relative]) == []
