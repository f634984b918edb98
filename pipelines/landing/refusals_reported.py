"""Messages on refusals: unknown words, refusals without a readable identifier, refusals of people we do not know."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import duckdb

from pipelines.contracts.words import (
    channel_words,
    is_plain_word,
    normal_word,
    purposes_that_mean_all,
    words_of_purpose,
)
from pipelines.landing.acknowledging import unseen_refusals
from pipelines.landing.loads import Load, read_loads
from pipelines.warehouse.database import attach, connect, read_parquet
from pipelines.warehouse.places import Places

# A longer text, one with an @ or with four digits in a row is no word of a code list: it may be personal data.
_LONGEST_WORD = 40
_NAMED = 5


def load_messages(loads: Sequence[Load]) -> list[str]:
    """Messages on loads: the warnings of rules by load, and the texts that became null by feed and column."""
    messages = [f"{load.feed}: {load.file}: {warning}" for load in loads for warning in load.rules_warned]
    feeds: dict[str, Counter[str]] = {}
    for load in loads:
        feeds.setdefault(load.feed, Counter()).update(load.texts_unread)
    unread = [
        f"{feed} " + ", ".join(f"{count:,} of {column}" for column, count in sorted(columns.items()))
        for feed, columns in sorted(feeds.items())
        if columns
    ]
    if unread:
        messages.append(
            f"texts that could not be read became empty and are kept as sent: {'; '.join(unread)}; see marts.source_quality"
        )
    return messages


def unreadable_refusal_messages(places: Places, loads: Iterable[Load]) -> list[str]:
    """Messages on loads: the rows that refuse for nobody readable, each once, and the command that acknowledges them."""
    unseen = unseen_refusals(places, read_loads(places))
    return [
        f"{load.feed}: {_refusals(len(rows), 'names', 'name')} nobody that can be read, in {load.file} (load "
        f"{load.load_number}, {_rows(rows)}), and exports wait; look at them, then: stamgast loads acknowledge {load.load_number}"
        for load in loads
        if (rows := unseen.get(load.load_number))
    ]


def _rows(numbers: Sequence[int]) -> str:
    named = ", ".join(map(str, numbers[:_NAMED]))
    return f"{'row' if len(numbers) == 1 else 'rows'} {named}{', ...' if len(numbers) > _NAMED else ''}"


def refusal_messages(places: Places) -> list[str]:
    """Messages on all refusals of the build, by feed: what is not understood, and how many find nobody.

    Empty if there is no build, as after an erasure.
    """
    if not places.scratch.exists():
        return []
    with connect(places) as connection:
        attach(connection, places, places.scratch, read_only=True)
        attach(connection, places, places.analytics, read_only=True)
        known = connection.execute(
            "select count(*) from duckdb_tables() where table_name in ('int_refusals_understood', 'int_loads_refusing', 'fct_consents')"
        ).fetchall()
        if known != [(3,)]:
            return []
        return [
            *_suspended(connection),
            *_unknown(connection),
            *_permitting_nothing(connection),
            *_unmet(connection),
            *_departed(connection, places),
        ]


def _suspended(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("""
        select refusals.feed, refusals.unknown_word, count(distinct refusals.refusal_id), count(distinct points.contact_point_id)
        from scratch.intermediate.int_refusals_understood as refusals
        left join scratch.intermediate.int_refusals_placed as points using (refusal_id)
        where refusals.event_type = 'suspension'
        group by refusals.feed, refusals.unknown_word
        order by refusals.feed, count(distinct refusals.refusal_id) desc, refusals.unknown_word
    """).fetchall()
    messages = []
    for feed in sorted({feed for feed, *_ in rows}):
        found = [(word, count, points) for of, word, count, points in rows if of == feed]
        named = ", ".join(
            f"{_shown(word)} ({count:,} {'row' if count == 1 else 'rows'})"
            for word, count, _ in found[:_NAMED]
        )
        more = f" and {len(found) - _NAMED} more words" if len(found) > _NAMED else ""
        messages.append(
            f"{feed}: nobody knows what these words say: {named}{more}; they suspend {sum(points for *_, points in found):,} "
            "contact points until the contract explains them under values:, as grant, withdraw, unsubscribe, open or the like"
        )
    return messages


def _shown(word: str) -> str:
    """A word as the console may show it, without what may be personal data."""
    if not word:
        return "(empty)"
    if len(word) > _LONGEST_WORD or "@" in word or re.search(r"\d{4}", word) or len(word.split()) > 4:
        return f"(a text of {len(word)} characters)"
    return f"'{word}'"


def _unknown(connection: duckdb.DuckDBPyConnection) -> list[str]:
    messages = []
    for field, meaning in (("purpose", "every marketing purpose"), ("channel", "every channel")):
        rows = connection.execute(f"""
            select feed, count(*) from scratch.intermediate.int_refusals_understood
            where is_{field}_unknown group by feed order by feed
        """).fetchall()
        messages += [
            f"{feed}: {_refusals(count, 'names', 'name')} a {field} that nobody knows, which stands for {meaning} until the contract explains it under values:"
            for feed, count in rows
        ]
    return messages


def _permitting_nothing(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Messages on grants that are not understood in full: for an unknown channel, or for no purpose."""
    channels = {word for word, channel in channel_words().items() if channel}
    purposes = purposes_that_mean_all()
    rows = connection.execute("""
        select feed, channel, purpose, count(*) from analytics.core.fct_consents
        where consent_action in ('grant', 'confirm') group by all order by all
    """).fetchall()
    unclear: Counter[tuple[str, str]] = Counter()
    for feed, channel, purpose, count in rows:
        if channel is not None and not (
            normal_word(channel) in channels
            and (is_plain_word(channel) or channel_words().get(normal_word(channel)) == "all")
        ):
            unclear[feed, "for a channel that nobody knows"] += count
        elif normal_word(purpose or "") in purposes:
            unclear[feed, "for no purpose by name"] += count
        elif len(words_of_purpose(purpose)) > 1:
            unclear[feed, "for several purposes in one cell"] += count
    return [
        f"{feed}: grants {what}: {count:,}; they permit nothing until columns:, values: or defaults: of the contract say more"
        for (feed, what), count in sorted(unclear.items())
    ]


def _unmet(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("""
        select refusals.feed, sum(loads.refusals_unmet_count)
        from scratch.intermediate.int_loads_refusing as loads
        inner join (select distinct feed, load_number from scratch.intermediate.int_refusals_understood) as refusals
            using (load_number)
        group by refusals.feed having sum(loads.refusals_unmet_count) > 0 order by refusals.feed
    """).fetchall()
    return [
        f"{feed}: {_refusals(count, 'names', 'name')} nobody that is known, and will count as soon as somebody with that identifier appears"
        for feed, count in rows
    ]


def _departed(connection: duckdb.DuckDBPyConnection, places: Places) -> list[str]:
    """Messages on entries of the last snapshot but one that are missing in the newest; in registers they no longer count."""
    rows = connection.execute(f"""
        with entries as (
            select distinct feed, row_hash, snapshot_date
            from {read_parquet(places, places.index("refusals"))}
            where kind = 'suppressions' and snapshot_date is not null
        ),
        newest as (
            select feed, max(snapshot_date) as newest_date from entries group by feed
        ),
        before as (
            select entries.feed, max(snapshot_date) as before_date
            from entries inner join newest using (feed)
            where entries.snapshot_date < newest.newest_date group by entries.feed
        )
        select entries.feed, count(*)
        from entries
        inner join before on entries.feed = before.feed and entries.snapshot_date = before.before_date
        inner join newest on entries.feed = newest.feed
        anti join entries as later
            on entries.feed = later.feed and entries.row_hash = later.row_hash and later.snapshot_date = newest.newest_date
        group by entries.feed order by entries.feed
    """).fetchall()
    return [
        f"{feed}: entries that left the list since the snapshot before: {count:,}; those of public registers count no more, all others go on"
        for feed, count in rows
    ]


def _refusals(count: int, singular: str, plural: str) -> str:
    return f"{count:,} refusal {singular}" if count == 1 else f"{count:,} refusals {plural}"
