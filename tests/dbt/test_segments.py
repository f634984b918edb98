"""A segment that selects what are no members is named by its file, with the mend."""

from pathlib import Path

import duckdb
import pytest

from pipelines.dbt.segments import segment_mistakes
from pipelines.warehouse.places import Places

# Segment -> what its file selects.
SEGMENTS = {
    "buyers": "select 1 as person_id, 3 as orders union all select 2, 1",
    "companies": "select 7 as account_id",
    "nobody": "select 3 as orders",
    "gaps": "select null::bigint as person_id, 3 as orders union all select 1, 1",
    "doubled": "select 1 as person_id, unnest([3, 4]) as orders union all select 2, 1",
    "strangers": "select 99 as person_id",
}


@pytest.fixture
def places(tmp_path: Path) -> Places:
    places = Places(tmp_path)
    places.build.mkdir()
    duckdb.connect(str(places.customers)).close()
    with duckdb.connect(str(places.analytics)) as connection:
        connection.execute("create schema segments; create schema marts")
        connection.execute("create table marts.customer_360 as select unnest([1, 2]) as person_id")
        connection.execute("create table marts.account_360 as select 7 as account_id")
        connection.execute(
            "create table marts.segment_members (segment text, person_id bigint, account_id bigint)"
        )
        for segment, sql in SEGMENTS.items():
            connection.execute(f"create table segments.{segment} as {sql}")
            connection.execute(f"""
                insert into marts.segment_members
                select '{segment}', to_json(member) ->> 'person_id', to_json(member) ->> 'account_id'
                from segments.{segment} as member
            """)
    return places


def test_a_segment_without_members_with_strangers_or_with_one_member_twice_is_named_with_the_mend(
    places: Places,
) -> None:
    said = {
        "doubled": "selects members more than once (1); select each once, with group by or distinct",
        "gaps": "selects rows without a person_id or account_id (1); leave them out",
        "nobody": "selects neither person_id nor account_id; select one of them beside the columns that are the reason",
        "strangers": "selects members that are not in customer_360 or account_360 (1); take their ids from there",
    }
    assert segment_mistakes(places) == [
        f"dbt_project/models/segments/{segment}.sql: {wrong}" for segment, wrong in said.items()
    ]


def test_people_are_no_strangers_where_there_is_no_company(places: Places) -> None:
    with duckdb.connect(str(places.analytics)) as connection:
        connection.execute(
            "delete from marts.account_360; delete from marts.segment_members where segment <> 'buyers'"
        )
    assert not [wrong for wrong in segment_mistakes(places) if "buyers" in wrong]
