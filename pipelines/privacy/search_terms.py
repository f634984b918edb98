"""The search terms of people, which are the folded values of all their records, and the texts that contain them.

A term that somebody else's record contains as well (a shared mailbox, a frequent name) identifies the person only where
a name and a contact point of theirs stand in the same text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import duckdb
import phonenumbers
import pyarrow as pa

from pipelines.contracts import CONTACT_BLOCK
from pipelines.normalising import CLEAN_COLUMNS
from pipelines.normalising.point_keys import email_key


@cache
def _search_terms() -> dict[str, str]:
    """Kind of term -> SQL for its terms, over the columns of a profile."""
    return {
        "email": f"[folded(email_clean), folded(email), folded({email_key('email_clean')})]",
        "phone": "[folded(phone_clean), folded(phone)]",
        "name": (
            "[folded(given_name_clean || family_name_clean), folded(family_name_clean || given_name_clean), "
            "folded(given_name || family_name), folded(family_name || given_name), "
            # A single word may be anybody's.
            "case when regexp_matches(trim(full_name), '\\s|\\p{Han}{2}') then folded(full_name) end]"
        ),
        "address": (
            "[folded(street_clean || house_number_clean), folded(house_number_clean || street_clean), "
            "folded(street || house_number), folded(postcode_clean || house_number_clean)]"
        ),
        "customer number": "[folded(customer_number)]",
        "record": "[folded(record_id)]",
        "social profile": "[folded(social_profile)]",
        "cookie": "[folded(cookie_id)]",
    }


# Columns that identify somebody only together.
PAIRS = (("given_name", "family_name"), ("street", "house_number"), ("postcode", "house_number"))
# All texts of a record; the parts of names and addresses are joined.
_TEXTS = (
    *(
        column
        for column in (*CONTACT_BLOCK, *CLEAN_COLUMNS)
        if column not in ("given_name", "family_name", "birth_date_clean")
    ),
    *(
        f"concat_ws(' ', {left}{clean}, {right}{clean})"
        for pair in PAIRS
        for left, right in (pair, pair[::-1])
        for clean in ("", "_clean")
    ),
)
# A short number or code may mean something else in another text.
_LONG_ENOUGH = {
    "record": "length(token) >= 6 and regexp_matches(token, '[a-z]') and regexp_matches(token, '[0-9]')",
    "customer number": "length(token) >= 5",
    "social profile": "length(token) >= 6",
    "cookie": "length(token) >= 8",
    "name": "length(token) >= 5 or regexp_matches(token, '^\\p{Han}{2,}$')",
    # A postcode of digits covers a whole town, and with a house number it may be read as a time of day.
    "address": "length(token) >= 6 and not regexp_full_match(token, '[0-9]+')",
}


def write_search_terms(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes table search_terms(person, kind, token, length, is_shared) for the people of table due(person, profile_id, ...).

    Reads `everybody` (people.py). A term is shared if a profile outside `due` contains it as well.
    """
    kinds = " union all ".join(
        f"select profile_id, '{kind}' as kind, unnest({tokens}) as token from whose"
        for kind, tokens in _search_terms().items()
    )
    long_enough = " ".join(f"when '{kind}' then {condition}" for kind, condition in _LONG_ENOUGH.items())
    connection.execute(f"""
        create or replace temp table held_tokens as
        with whose as (select * from everybody semi join due using (profile_id))
        select distinct due.person, held.kind, held.token
        from ({kinds}) as held
        inner join due on held.profile_id = due.profile_id
        where case kind {long_enough} else length(token) >= 5 end
    """)
    _add_written_phones(connection)
    # What a record that stays contains, even as a part of a longer name, is not this person's alone.
    with tokens_streamed(connection):
        connection.execute(f"""
            create or replace temp table search_terms as
            with rest as (select * from everybody anti join due using (profile_id)),
            elsewhere as (
                select distinct token
                from ({tokens_of(f"select unnest([{', '.join(_TEXTS)}]) as cell from rest")})
                semi join held_tokens using (token)
            )
            select
                held_tokens.person,
                held_tokens.kind,
                held_tokens.token,
                length(held_tokens.token) as length,
                elsewhere.token is not null as is_shared
            from held_tokens
            left join elsewhere using (token)
        """)
    # A shared mailbox jan.jansen@ contains the name: name and mailbox in one text are then no evidence of the person.
    connection.execute("""
        delete from search_terms
        using search_terms as mailbox
        where
            search_terms.person = mailbox.person and search_terms.kind = 'name' and search_terms.is_shared
            and mailbox.kind = 'email' and mailbox.is_shared and contains(mailbox.token, search_terms.token)
    """)
    connection.execute("drop table held_tokens")


def _add_written_phones(connection: duckdb.DuckDBPyConnection) -> None:
    """Adds the national and the 00 form of every phone number: +31 6, 0031 6 and 06 are one number."""
    numbers = connection.execute("""
        select distinct due.person, everybody.phone_clean
        from everybody inner join due using (profile_id)
        where everybody.phone_clean is not null
    """).fetchall()
    rows: list[tuple[int, str]] = []
    for person, number in numbers:
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            continue
        national = phonenumbers.national_significant_number(parsed)
        rows += [(person, f"0{national}"), (person, f"00{parsed.country_code}{national}")]
    connection.register(
        "written_phones",
        pa.table(
            {
                "person": pa.array([row[0] for row in rows], pa.int64()),
                "token": pa.array([row[1] for row in rows], pa.string()),
            }
        ),
    )
    connection.execute("""
        insert into held_tokens
        select person, 'phone', token from written_phones
        except
        select person, kind, token from held_tokens
    """)
    connection.unregister("written_phones")


# Words in a row that may form one value: a phone number in pairs of digits, a long name, an e-mail address.
_MOST_WORDS = 8
# A shorter name must stand as separate words: S. Prins is found in "Prins, S.", not in "prinss".
_LONG_NAME = 8
# Longer texts are read in pieces that overlap by more than the length of a value.
_PIECE, _STEP = 160, 80


def tokens_of(cells: str, terms: str | None = None) -> str:
    """SQL for (cell, token): each sequence of up to eight words, written as one, of the texts of `cells`.

    `cells`: a query with a column cell. `terms`: a table of search terms; only tokens of the length of one of them are
    returned, since computing digests is what costs.
    """
    # Step by step, one more word each: a lambda over the whole list would copy it for every word. Texts are numbered
    # meanwhile, or a long one would be copied for each of its pieces.
    steps = [
        f"words_{count} as (select *, list_transform(list_zip(tokens_{count - 1}, words[{count}:]), "
        f"lambda pair: pair[1] || pair[2]) as tokens_{count} from words_{count - 1})"
        for count in range(2, _MOST_WORDS + 1)
    ]
    wanted = f"length(token) in (select length from {terms})" if terms else "privacy_identifies(token)"
    every = ", ".join(f"tokens_{count}" for count in range(1, _MOST_WORDS + 1))
    return f"""
        with cells as (
            select cell, row_number() over () as cell_id
            from (select distinct cell from ({cells}) where cell is not null)
        ),
        pieces as (
            select cell_id, cell as piece from cells where length(cell) <= {_PIECE}
            union all
            select cell_id, substr(cell, start, {_PIECE})
            from (select *, unnest(range(1, length(cell) + 1, {_STEP})) as start from cells where length(cell) > {_PIECE})
        ),
        words_1 as (
            select cell_id, words, words as tokens_1
            from (select cell_id, privacy_words(piece) as words from pieces)
        ),
        {", ".join(steps)},
        taken_apart as (select cell_id, unnest(flatten([{every}])) as token from words_{_MOST_WORDS})
        select cells.cell, taken_apart.token
        from taken_apart
        inner join cells using (cell_id)
        where token is not null and {wanted}
    """


@contextmanager
def tokens_streamed(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Joins keep their right side in memory, as written: the planner underestimates the tokens and would keep those."""
    connection.execute("set disabled_optimizers = 'join_order,build_side_probe_side'")
    try:
        yield
    finally:
        connection.execute("reset disabled_optimizers")


def find_named(
    connection: duckdb.DuckDBPyConnection, cells: str, terms: str = "search_terms", digest: str = "token"
) -> None:
    """Makes table named(cell, person): the texts of `cells` (a query with a column cell) that identify somebody.

    Every match, sufficient or not, is left in matched(cell, person, is_name, is_shared). `terms`: the table of search
    terms. `digest`: SQL over `token` for what that table has in its column digest.
    """
    column = "token" if digest == "token" else "digest"
    with tokens_streamed(connection):
        connection.execute(f"""
            create or replace temp table matched as
            select distinct taken_apart.cell, term.person, term.kind = 'name' as is_name, term.is_shared
            from (select cell, token, {digest} as key from ({tokens_of(cells, terms)})) as taken_apart
            inner join {terms} as term on taken_apart.key = term.{column}
            where
                term.kind <> 'name' or term.length >= {_LONG_NAME}
                or not list_contains(privacy_words(taken_apart.cell), taken_apart.token)
        """)
    connection.execute("""
        create or replace temp table named as
        select cell, person
        from matched
        group by cell, person
        having bool_or(not is_shared) or (bool_or(is_name) and bool_or(not is_name))
    """)
