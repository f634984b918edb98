"""The SQL that analysts write reads the warehouse and nothing else."""

from pathlib import Path

import pytest

from pipelines.dbt.segment_sql import refuse_reaching_segments
from pipelines.errors import StamgastError

REF = "{{ ref('customer_360') }}"


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("select person_id from read_csv('/etc/passwd')", "read_csv"),
        ("select person_id from '/data/other.parquet'", "/data/other.parquet"),
        ('select person_id from "https://example.org/a.csv"', "https://example.org/a.csv"),
        (f"select person_id, getenv('HOME') as home from {REF}", "getenv"),
        (f"select person_id from {REF} where email in (select content from read_text('x'))", "read_text"),
        (f"with a as (select * from glob('*')) select person_id from {REF}, a", "glob"),
        (f"select person_id from {REF} where exists (from customers.core.dim_contact_point)", "dim_contact_point"),
        (f"select person_id from {REF} cross join query('select 1')", "query"),
        ("select person_id from sqlite_scan('a.db', 't')", "sqlite_scan"),
        ("{% do run_query(\"copy (select 1) to 'x'\") %} select person_id from " + REF, "template"),
        ("select '{{ env_var('HOME') }}' as home, person_id from " + REF, "env_var"),
        ("select '{{ target.path }}' as path, person_id from " + REF, "target"),
        ("{{ config(pre_hook=\"copy (select 1) to 'x'\") }} select person_id from " + REF, "config"),
        ("{% set t = \"read_text('x')\" %} select content as person_id from {{ t }}", "read_text"),
        ("{% for a in [1] %} select person_id from read_parquet('x') {% endfor %}", "read_parquet"),
        ("select 1 as person_id); copy (select 1 as a) to 'x'; create table z as (select 2 as b", "one select statement"),
        (f"select person_id from {REF}; select 1", "one select statement"),
        ('with "x.parquet" as (select 1) select person_id from "x.parquet"', "x.parquet"),
        (f"select person_id, current_setting('home_directory') as h from {REF}", "current_setting"),
    ],
)  # fmt: skip
def test_what_reads_something_else_is_refused_by_name(tmp_path: Path, sql: str, named: str) -> None:
    (tmp_path / "curious.sql").write_text(sql)
    with pytest.raises(StamgastError) as said:
        refuse_reaching_segments(tmp_path)
    assert "curious.sql: " in str(said.value) and named in str(said.value)


@pytest.mark.parametrize(
    "sql",
    [
        f"-- read_csv('x') is no table\nselect person_id from {REF} where order_count > {{{{ var('loyal_orders') }}}};",
        f"with a as (select person_id from {REF}), b as (from a) select person_id from b join a using (person_id)",
        f"select person_id, unnest(range(3)) as n from {REF}",
        f"select person_id from {REF} cross join generate_series(1, 2) as s (n) qualify row_number() over () = 1",
        "{% for n in [1, 2] %} select person_id from {{ ref('customer_360') }} {{ 'union all' if not loop.last }} {% endfor %}",
    ],
)
def test_what_reads_the_warehouse_is_not(tmp_path: Path, sql: str) -> None:
    (tmp_path / "usual.sql").write_text(sql)
    refuse_reaching_segments(tmp_path)


def test_the_segments_of_the_project_read_the_warehouse() -> None:
    refuse_reaching_segments()


@pytest.mark.parametrize("name", ["curious.py", "below/curious.sql"])
def test_no_other_file_lies_beside_them(tmp_path: Path, name: str) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / name).write_text("select person_id from read_csv('x')")
    with pytest.raises(StamgastError, match=name):
        refuse_reaching_segments(tmp_path)
