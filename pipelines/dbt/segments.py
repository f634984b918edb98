"""The segments of the dbt project, one SQL file each, and what is wrong with those that were built."""

from pipelines.dbt.segment_sql import FOLDER
from pipelines.warehouse.database import attach, connect
from pipelines.warehouse.places import Places


def segment_names() -> list[str]:
    """The segments there are."""
    return sorted(path.stem for path in FOLDER.glob("*.sql"))


_WRONG = {
    "nameless": "selects neither person_id nor account_id; select one of them beside the columns that are the reason",
    "empty": "selects rows without a person_id or account_id ({}); leave them out",
    "twice": "selects members more than once ({}); select each once, with group by or distinct",
    "unknown": "selects members that are not in customer_360 or account_360 ({}); take their ids from there",
}


def segment_mistakes(places: Places) -> list[str]:
    """Which files of segments select what are no members, once each: a sentence with the file and the mend.

    To be asked when segments and marts.segment_members are built.
    """
    with connect(places) as connection:
        for path in (places.analytics, places.customers):
            attach(connection, places, path, read_only=True)
        connection.execute("use analytics")
        rows = connection.execute("""
            with
            nameless as (
                select table_name as segment from duckdb_columns()
                where database_name = 'analytics' and schema_name = 'segments'
                group by all having not bool_or(column_name in ('person_id', 'account_id'))
            ),
            members as (
                select segment, person_id, account_id, count(*) as row_count
                from marts.segment_members anti join nameless using (segment) group by all
            ),
            counted as (
                select segment, 'nameless' as mistake, 1 as many from nameless
                union all
                select segment, 'empty', row_count from members where coalesce(person_id, account_id) is null
                union all
                select segment, 'twice', count(*) from members
                where row_count > 1 and coalesce(person_id, account_id) is not null group by all
                union all
                select segment, 'unknown', count(*) from members
                where (person_id is not null and person_id not in (select person_id from marts.customer_360))
                    or (account_id is not null and account_id not in (select account_id from marts.account_360))
                group by all
            )
            select segment, mistake, many from counted order by all
        """).fetchall()
    return [
        f"dbt_project/models/segments/{segment}.sql: {_WRONG[mistake].format(f'{many:,}')}"
        for segment, mistake, many in rows
    ]
