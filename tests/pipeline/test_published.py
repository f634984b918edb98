"""What a user meets after one run: whole, described, readable files, and the truth in them."""

import subprocess
import sys

import duckdb
import pytest

from tests.pipeline.conftest import AS_OF, Company

PUBLIC = {
    "analytics": {
        "identity": {"profile_person", "links"},
        "core": {
            "dim_person", "dim_account", "dim_household", "dim_product", "fct_order_lines", "fct_newsletter_events",
            "fct_form_submissions", "fct_web_events", "fct_support_tickets", "fct_interactions", "fct_survey_responses",
            "fct_consents",
        },
        "marts": {
            "customer_360", "account_360", "person_timeline", "person_products", "segment_members", "segment_history",
            "source_quality", "contactability",
        },
    },
    "customers": {
        "core": {"dim_person", "dim_account"},
        "marts": {"customer_360", "account_360", "person_products", "segment_members"},
    },
}  # fmt: skip


@pytest.mark.parametrize("database", PUBLIC)
def test_the_public_tables_are_there(published: Company, database: str) -> None:
    found = set(
        published.query(
            "select schema_name || '.' || table_name from duckdb_tables() union all select schema_name || '.' || view_name from duckdb_views()",
            database,
        )
    )
    missing = [
        f"{schema}.{table}"
        for schema, tables in PUBLIC[database].items()
        for table in tables
        if (f"{schema}.{table}",) not in found
    ]
    assert missing == []


@pytest.mark.parametrize("database", PUBLIC)
def test_every_column_of_the_public_tables_is_described(published: Company, database: str) -> None:
    undescribed = published.query(
        "select schema_name, table_name, column_name from duckdb_columns() where schema_name in ('core', 'identity', 'marts') and not internal and comment is null order by all",
        database,
    )
    assert undescribed == []


@pytest.mark.parametrize("database", PUBLIC)
def test_every_table_and_view_answers_under_any_name(published: Company, database: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published.current / database}.duckdb' as another_name (read_only)")
        relations = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'another_name' union all select schema_name, view_name from duckdb_views() where database_name = 'another_name' and not internal"
        ).fetchall()
        assert relations
        for schema, relation in relations:
            connection.execute(f"select count(*) from another_name.{schema}.{relation}").fetchall()


def test_two_processes_read_at_once_one_of_them_as_clients_do_by_default(published: Company) -> None:
    path = str(published.current / "analytics.duckdb")
    reader = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == 'ro'); print(c.execute('select count(*) from marts.customer_360').fetchone()[0], flush=True); sys.stdin.read()"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", reader, path, "ro"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answers = {process.stdout.readline() for process in readers}
    for process in readers:
        process.communicate()
    assert len(answers) == 1 and int(answers.pop()) > 0


def test_published_files_are_read_only(published: Company) -> None:
    folder = published.current.resolve()
    assert oct(folder.stat().st_mode)[-3:] == "555"
    modes = {path.name: oct(path.stat().st_mode)[-3:] for path in folder.rglob("*")}
    assert modes.pop("customers.duckdb") == "440" and modes.pop("data_docs") == "555"
    assert set(modes.values()) <= {"444", "555"} and modes["analytics.duckdb"] == "444"
    private = ("raw", "quarantine", "ledger", "build", "dagster")
    assert {oct((published.warehouse / part).stat().st_mode)[-3:] for part in private} == {"700"}


def test_revenue_is_conserved_from_the_landed_files_to_the_customers(published: Company) -> None:
    with duckdb.connect() as connection:
        landed = connection.execute(
            f"select count(distinct (feed, record_key)) from read_parquet('{published.warehouse}/raw/sales/*/*/facts.parquet', union_by_name = true)"
        ).fetchall()
    assert published.query("select count(*) from core.fct_order_lines") == landed
    ((lines, people, nobody),) = published.query("""
        select (select sum(base_amount) from core.fct_order_lines), (select sum(net_revenue) from marts.customer_360),
            (select sum(base_amount) from core.fct_order_lines where person_id is null)
    """)
    assert lines == people + nobody


def test_no_identifier_of_the_company_is_in_the_analytics_file(published: Company) -> None:
    """Every e-mail address, phone number and family name of the profiles, against every text column of analytics."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published.current}/analytics.duckdb' as analytics (read_only)")
        connection.execute(f"""
            create temp table identifiers as
            select distinct unnest([email_clean, phone_clean, email, phone]) as value
            from read_parquet('{published.warehouse}/raw/*/*/*/profiles.parquet')
        """)
        connection.execute("delete from identifiers where value is null or length(value) < 7")
        columns = connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where database_name = 'analytics' and data_type in ('VARCHAR', 'JSON') and not internal"
        ).fetchall()
        assert len(columns) > 50
        leaks = [
            column
            for column in columns
            if connection.execute(
                f'select count(*) from analytics.{column[0]}.{column[1]} where "{column[2]}"::varchar in (select value from identifiers)'
            ).fetchall()[0][0]
        ]
    assert leaks == []


def test_data_docs_are_published_with_the_version_and_quote_nobody_nor_does_dagsters_history(
    published: Company,
) -> None:
    """Every e-mail address and telephone number as sent against the pages, and against every byte Dagster keeps."""
    docs = published.current / "data_docs"
    version = published.current.readlink().name
    assert f"Data Docs of {version}" in (docs / "index.html").read_text("utf-8")
    feeds = {row[0] for row in published.query("select distinct feed from marts.source_quality")}
    pages = {path.stem.split(".")[-1] for path in docs.glob("*.html")}
    assert feeds <= pages and {"customer_360", "freshness", "profile_person_history"} <= pages
    with duckdb.connect() as connection:
        profiles = f"read_parquet('{published.warehouse}/raw/*/*/*/profiles.parquet')"
        identifiers = connection.execute(f"""
            select distinct value from (select unnest([email, email_clean, phone, phone_clean]) as value from {profiles})
            where length(value) > 7
        """).fetchall()
    files = [
        *docs.iterdir(),
        *(path for path in (published.warehouse / "dagster").rglob("*") if path.is_file()),
    ]
    kept = "\n".join(path.read_bytes().decode("latin-1") for path in files)
    assert len(identifiers) > 500
    assert [value for (value,) in identifiers if value in kept] == []


def test_every_table_says_what_it_is_made_of_and_nothing_is_stale(published: Company) -> None:
    rows = published.query("select table_name, feeds, is_stale from marts.freshness")
    made_of = {table: feeds for table, feeds, _ in rows}
    assert not any(stale for _, _, stale in rows)
    assert (
        "shop_orders" in made_of["core.fct_order_lines"]
        and "web_events" not in made_of["core.fct_order_lines"]
    )
    assert {"shop_orders", "web_events", "support_tickets"} <= set(made_of["marts.customer_360"])
    tables = {
        f"{schema}.{table}"
        for database in ("analytics", "customers")
        for schema, table in published.query(
            "select schema_name, table_name from duckdb_tables() union "
            "select schema_name, view_name from duckdb_views() where not internal",
            database,
        )
        if schema in ("core", "marts")
    }
    # The quality of sources counts whom refusals find, so it stands on people too.
    assert tables - set(made_of) == {"marts.freshness"}


def test_every_column_that_holds_contact_values_is_marked_as_personal_data(published: Company) -> None:
    """The values themselves against every text column of core and marts: the mark is a fact, not a habit."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published.current}/customers.duckdb' as customers (read_only)")
        connection.execute(f"""
            create temp table identifiers as
            select distinct unnest(
                [email_clean, phone_clean, street_clean, family_name_clean, company_name_clean, customer_number]
            ) as value
            from read_parquet('{published.warehouse}/raw/*/*/*/profiles.parquet')
        """)
        connection.execute("delete from identifiers where value is null or length(value) < 6")
        columns = connection.execute("""
            select schema_name, table_name, column_name, coalesce(ends_with(comment, 'Personal data.'), false)
            from duckdb_columns()
            where database_name = 'customers' and schema_name in ('core', 'marts') and data_type = 'VARCHAR'
        """).fetchall()
        holding = {
            f"{schema}.{table}.{column}": is_marked
            for schema, table, column, is_marked in columns
            if connection.execute(
                f'select count(*) from customers.{schema}.{table} where "{column}" in (select value from identifiers)'
            ).fetchall()[0][0]
        }
    assert len(holding) > 10
    assert [column for column, is_marked in holding.items() if not is_marked] == []


def test_people_are_who_the_simulator_says_they_are(published: Company) -> None:
    """Pairs of profiles: hardly any wrong pair, since wrong grouping drives customers away.

    Rules alone were wrong in .5 % of the pairs and found .72 of them; with likelihood the bar is the precision of .985
    that `make bench-identity` asks, and nearly all have to be found.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published.current}/analytics.duckdb' as analytics (read_only)")
        connection.execute(f"""
            create temp table resolved as
            select distinct facts.profile_id, truth.person_id as person, found.person_id
            from read_parquet('{published.warehouse}/raw/*/*/*/facts.parquet', union_by_name = true) as facts
            join read_parquet('{published.warehouse}/build/loads.parquet') as loads using (feed, load_number)
            join read_parquet('{published.root}/truth/rows/*.parquet', union_by_name = true) as truth using (feed, row_number)
            join analytics.identity.profile_person as found using (profile_id)
            where truth.person_id is not null and ends_with(loads.file, '/' || truth.file)
        """)
        ((wrong, right, all_true),) = connection.execute("""
            select count(*) filter (a.person_id = b.person_id and a.person != b.person),
                count(*) filter (a.person_id = b.person_id and a.person = b.person),
                count(*) filter (a.person = b.person)
            from resolved as a join resolved as b
                on a.profile_id < b.profile_id and (a.person_id = b.person_id or a.person = b.person)
        """).fetchall()
    assert wrong <= 0.015 * (wrong + right)
    assert right >= 0.93 * all_true


def test_minors_are_known_and_in_no_segment(published: Company) -> None:
    born = f"birth_date + interval 18 years > date '{AS_OF}'"  # of age at 18 in every country of the company
    minors = [
        one for (one,) in published.query(f"select person_id from core.dim_person where {born}", "customers")
    ]
    assert minors
    members = f"select count(*) from marts.segment_members where person_id in ({', '.join(map(str, minors))})"
    assert published.query(members) == [(0,)]
