"""What a person is searched by, in texts of any length."""

import duckdb

from pipelines.privacy.needles import find_named
from pipelines.privacy.words import WORDS


def test_somebody_is_found_in_long_texts_without_holding_all_that_they_say() -> None:
    with duckdb.connect() as connection:
        connection.execute("set memory_limit = '400MB'")
        connection.execute("set threads = 1")
        connection.execute("set max_temp_directory_size = '0KB'")
        connection.execute(WORDS)
        connection.execute("""
            create table needles as
            select 1 as person, 'email' as kind, 'anbosxexample' as token, 13 as length, false as is_shared
            union all
            select 1, 'name', repeat('x', word::int), word, true from range(5, 30) as lengths (word)
        """)
        connection.execute("""
            create table texts as
            select
                number,
                string_agg('w' || (number * 20011 + word) || ' of ', '' order by word)
                || if(number = 7, 'ask an.bos@x.example', '') as cell
            from range(20) as texts (number), range(20000) as words (word)
            group by number
        """)
        find_named(connection, "select cell from texts")
        found = connection.execute(
            "select number, person from named inner join texts using (cell)"
        ).fetchall()
    assert found == [(7, 1)]
