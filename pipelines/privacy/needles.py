"""What a person is searched by: every value their records held, folded as texts are; and where a text holds them.

A value that a record of somebody else holds as well (a couple's mailbox, a frequent name) finds the person only where
a name and a contact point of theirs stand in one place.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import phonenumbers
import pyarrow as pa

from pipelines.contracts import CONTACT_BLOCK
from pipelines.normalising import CLEAN_COLUMNS
from pipelines.normalising.point_keys import email_key

# Of one profile, as SQL over its columns.
_NEEDLES = {
    "email": f"[privacy_fold(email_clean), privacy_fold(email), privacy_fold({email_key('email_clean')})]",
    "phone": "[privacy_fold(phone_clean), privacy_fold(phone)]",
    "name": (
        "[privacy_fold(given_name_clean || family_name_clean), privacy_fold(family_name_clean || given_name_clean), "
        "privacy_fold(given_name || family_name), privacy_fold(family_name || given_name), "
        # Of one word it may be anybody's.
        "case when regexp_matches(trim(full_name), '\\s|\\p{Han}{2}') then privacy_fold(full_name) end]"
    ),
    "address": (
        "[privacy_fold(street_clean || house_number_clean), privacy_fold(house_number_clean || street_clean), "
        "privacy_fold(street || house_number), privacy_fold(postcode_clean || house_number_clean)]"
    ),
    "customer number": "[privacy_fold(customer_number)]",
    "record": "[privacy_fold(record_id)]",
    "social profile": "[privacy_fold(social_profile)]",
    "cookie": "[privacy_fold(cookie_id)]",
}
# Columns that say who somebody is only together.
PAIRS = (("given_name", "family_name"), ("street", "house_number"), ("postcode", "house_number"))
# What a record says, names and addresses as one text.
_TEXTS = (
    *(
        column
        for column in (*CONTACT_BLOCK, *CLEAN_COLUMNS)
        if column not in ("given_name", "family_name", "birth_date_clean")
    ),
    *(
        f"concat_ws(' ', {left}{clean}, {right}{clean})"
        for one, other in PAIRS
        for left, right in ((one, other), (other, one))
        for clean in ("", "_clean")
    ),
)
# A number of few digits, or a code of few letters, means something else elsewhere.
_LONG_ENOUGH = {
    "record": "length(token) >= 6 and regexp_matches(token, '[a-z]') and regexp_matches(token, '[0-9]')",
    "customer number": "length(token) >= 5",
    "social profile": "length(token) >= 6",
    "cookie": "length(token) >= 8",
    "name": "length(token) >= 5 or regexp_matches(token, '^\\p{Han}{2,}$')",
    # A postcode of digits only is of a whole town, and with a house number it is a time of day as well.
    "address": "length(token) >= 6 and not regexp_full_match(token, '[0-9]+')",
}


def write_needles(connection: duckdb.DuckDBPyConnection) -> None:
    """Table needles(person, kind, token, length, is_shared) of the people of table due(person, profile_id, ...).

    Reads `everybody` (people.py); what a profile outside `due` holds as well is shared.
    """
    kinds = " union all ".join(
        f"select profile_id, '{kind}' as kind, unnest({tokens}) as token from whose"
        for kind, tokens in _NEEDLES.items()
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
    # Whatever stands in a record that stays, be it a part of a longer name, is not this person's alone.
    with tokens_streamed(connection):
        connection.execute(f"""
            create or replace temp table needles as
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
    # jan.jansen@ names Jan Jansen by itself: beside his mailbox, which others share, the name says nothing more.
    connection.execute("""
        delete from needles
        using needles as mailbox
        where
            needles.person = mailbox.person and needles.kind = 'name' and needles.is_shared
            and mailbox.kind = 'email' and mailbox.is_shared and contains(mailbox.token, needles.token)
    """)
    connection.execute("drop table held_tokens")


def _add_written_phones(connection: duckdb.DuckDBPyConnection) -> None:
    """A number is written +31 6, 0031 6 or 06."""
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


# So many words in a row may make up one value: a telephone number in pairs of digits, a long name, an address by e-mail.
_MOST_WORDS = 8
# A shorter name is found as the words it is of: S. Prins in "Prins, S.", not in "prinss".
_LONG_NAME = 8
# A longer text is read in pieces that overlap by more than a value is long.
_PIECE, _STEP = 160, 80


def tokens_of(cells: str, needles: str | None = None) -> str:
    """A query for (cell, token): up to eight words in a row, written as one, of each text of `cells` (a query with a column cell).

    With `needles` only tokens as long as one of that table: the digest is what costs.

    Each step writes one more word behind those before: a lambda that saw the whole list would copy it for every word.
    A text goes by a number meanwhile: a long one would be copied for every piece of it.
    """
    steps = [
        f"words_{count} as (select *, list_transform(list_zip(tokens_{count - 1}, words[{count}:]), "
        f"lambda pair: pair[1] || pair[2]) as tokens_{count} from words_{count - 1})"
        for count in range(2, _MOST_WORDS + 1)
    ]
    told = f"length(token) in (select length from {needles})" if needles else "privacy_tells(token)"
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
        where token is not null and {told}
    """


@contextmanager
def tokens_streamed(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Joins hold their right side, as they are written: the planner takes the tokens of a text for one, and would hold them all."""
    connection.execute("set disabled_optimizers = 'join_order,build_side_probe_side'")
    try:
        yield
    finally:
        connection.execute("reset disabled_optimizers")


def find_named(
    connection: duckdb.DuckDBPyConnection, cells: str, needles: str = "needles", digest: str = "token"
) -> None:
    """Writes table named(cell, person) of the texts of `cells` (a query with a column cell) that name somebody.

    What each text holds, enough or not, is left in matched(cell, person, is_name, is_shared).
    `needles`: the table of needles; `digest`: SQL over `token` for what that table holds in its column digest.
    """
    column = "token" if digest == "token" else "digest"
    with tokens_streamed(connection):
        connection.execute(f"""
            create or replace temp table matched as
            select distinct taken_apart.cell, needle.person, needle.kind = 'name' as is_name, needle.is_shared
            from (select cell, token, {digest} as key from ({tokens_of(cells, needles)})) as taken_apart
            inner join {needles} as needle on taken_apart.key = needle.{column}
            where
                needle.kind <> 'name' or needle.length >= {_LONG_NAME}
                or not list_contains(privacy_words(taken_apart.cell), taken_apart.token)
        """)
    connection.execute("""
        create or replace temp table named as
        select cell, person
        from matched
        group by cell, person
        having bool_or(not is_shared) or (bool_or(is_name) and bool_or(not is_name))
    """)
