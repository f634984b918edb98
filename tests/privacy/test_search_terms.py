"""What a person is searched by, in texts of any length."""

import duckdb

from pipelines.contracts import CONTACT_BLOCK
from pipelines.normalising import CLEAN_COLUMNS
from pipelines.privacy.search_terms import find_named, write_search_terms
from pipelines.privacy.word_macros import add_word_macros

ADDRESS = ("postcode", "postcode_clean", "house_number", "house_number_clean")


def test_somebody_is_found_in_long_texts_without_holding_all_that_they_say() -> None:
    with duckdb.connect() as connection:
        connection.execute("set memory_limit = '400MB'")
        connection.execute("set threads = 1")
        connection.execute("set max_temp_directory_size = '0KB'")
        add_word_macros(connection)
        connection.execute("""
            create table search_terms as
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


def test_a_short_name_is_found_as_words_and_a_long_one_written_together_too() -> None:
    with duckdb.connect() as connection:
        add_word_macros(connection)
        connection.execute("""
            create table search_terms as
            from (values (1, 'name', 'prinss', 6, false), (2, 'name', 'annabosman', 10, false))
                as search_terms (person, kind, token, length, is_shared)
        """)
        connection.execute("""
            create table texts as
            select unnest(['Prins, S. has called', 'prinss', 'she is prinss', 'annabosman@x.example']) as cell
        """)
        find_named(connection, "select cell from texts")
        found = connection.execute("select cell, person from named order by all").fetchall()
    assert found == [("Prins, S. has called", 1), ("annabosman@x.example", 2)]


def test_an_address_of_digits_only_finds_nobody() -> None:
    block = [column for column in (*CONTACT_BLOCK, *CLEAN_COLUMNS) if column not in ADDRESS]
    with duckdb.connect() as connection:
        add_word_macros(connection)
        connection.execute("create table due as from (values (1, 1), (2, 2)) as due (person, profile_id)")
        connection.execute(f"""
            create table everybody as
            select
                {", ".join(f"null::varchar as {column}" for column in block)},
                null::varchar as cookie_id, null::varchar as record_id,
                people.*
            from (values (1, '2022', '2022', '27', '27'), (2, '1413 JN', '1413JN', '56', '56'))
                as people ({", ".join(("profile_id", *ADDRESS))})
        """)
        write_search_terms(connection)
        tokens = connection.execute("select person, token from search_terms order by all").fetchall()
    assert tokens == [(2, "1413jn56")]
