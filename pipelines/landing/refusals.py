"""Writes every row that may refuse into `refusals.parquet` beside facts and profiles, whatever becomes of its load.

What grants must be understood in full; what refuses need only be recognised (see privacy/permission.md). Of kinds that can
refuse, each delivered row that is no known grant and no known neutral event is written as it was sent, torn and quarantined
rows included, and committed before the load is checked. dbt decides what it means (int_refusals_understood).
"""

import csv
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePath

import duckdb
import pyarrow as pa

from pipelines.contracts import CONTACT_BLOCK, Contract
from pipelines.contracts.words import GRANTS, meaning_of_event
from pipelines.landing.loads import Load
from pipelines.landing.mapping import birth_date_formats, content_hash, own_key
from pipelines.landing.reading import ABSENT, delivered, source_columns
from pipelines.landing.reading_values import EARLIEST_EVENT, is_day_only, mapped_text, moment, snapshot_date
from pipelines.landing.special_values import without_special
from pipelines.normalising import add_clean_columns
from pipelines.normalising.characters import as_meant
from pipelines.normalising.refusal_keys import add_refusal_keys
from pipelines.warehouse.database import as_parquet, name, read_parquet, text
from pipelines.warehouse.places import Places

FILE = "refusals.parquet"
# The column with the word of the act; an entry of a suppression list needs none.
ACTIONS = {"consents": "consent_action", "newsletter_events": "event_type", "suppressions": None}
# Columns of the contact block that may identify whom a refusal is about.
BLOCK = (
    "record_id", "customer_number", "given_name", "family_name", "full_name", "email", "phone", "street",
    "house_number", "postcode", "city", "country",
)  # fmt: skip
CLEAN = (
    "given_name_clean", "family_name_clean", "street_clean", "house_number_clean", "postcode_clean", "city_clean",
    "country_clean",
)  # fmt: skip
# Text columns that are no identifiers -> the canonical column they are of; empty: the column with the word.
_TARGET_OF = {
    "word": "", "said": "", "purpose_sent": "purpose", "purpose": "purpose", "channel_sent": "channel", "channel": "channel",
    "reason_sent": "reason", "reason": "reason",
}  # fmt: skip
_NEUTRAL = (*GRANTS, "send", "open", "click", "neutral", "bounce")
# Kind -> meaning of a word -> its spelling in the facts of the kind.
_SPELT = {
    "consents": {"grant": "grant", "confirm": "confirm", "withdraw": "withdraw", "object": "object"},
    "newsletter_events": {
        "grant": "subscribe", "confirm": "confirm", "withdraw": "unsubscribe", "complaint": "complaint",
        "bounce": "bounce", "hard_bounce": "hard_bounce", "object": "object", "send": "send", "open": "open", "click": "click",
    },
}  # fmt: skip


def can_refuse(kind: str) -> bool:
    """Whether rows of the kind may refuse."""
    return kind in ACTIONS


def refusal_columns() -> dict[str, str]:
    """Name and SQL type of the columns of refusals.parquet, in order.

    `delivered_on`: the day (`as_of`) of the landing. `word`, `*_sent`: as sent; `said` and the like: after the contract's
    `values` and defaults. `event_at` in UTC, null where it cannot be read; `is_day`: a day without a time. `*_keys` and
    `*_key`: normal forms, see pipelines/normalising. `point_digests`: what an erasure left of the points of the row.
    """
    return {
        "feed": "VARCHAR",
        "kind": "VARCHAR",
        "load_number": "BIGINT",
        "row_number": "BIGINT",
        "record_key": "VARCHAR",
        "row_hash": "VARCHAR",
        "fingerprint": "VARCHAR",
        "delivered_on": "DATE",
        "snapshot_date": "DATE",
        "word": "VARCHAR",
        "said": "VARCHAR",
        "purpose_sent": "VARCHAR",
        "purpose": "VARCHAR",
        "channel_sent": "VARCHAR",
        "channel": "VARCHAR",
        "reason_sent": "VARCHAR",
        "reason": "VARCHAR",
        "event_sent": "VARCHAR",
        "event_at": "TIMESTAMP",
        "is_day": "BOOLEAN",
        "timezone": "VARCHAR",
        **dict.fromkeys(BLOCK, "VARCHAR"),
        **dict.fromkeys(CLEAN, "VARCHAR"),
        "email_keys": "VARCHAR[]",
        "phone_keys": "VARCHAR[]",
        "number_key": "VARCHAR",
        "record_id_key": "VARCHAR",
        "point_digests": "VARCHAR[]",
    }


# Condition of a refusal without any readable identifier: it holds nowhere and is named on the console.
UNREADABLE = (
    "len(email_keys) = 0 and len(phone_keys) = 0 and number_key is null and record_id_key is null "
    "and (coalesce(postcode_clean, city_clean) is null "
    "or (street_clean is null and (postcode_clean is null or house_number_clean is null))) "
    "and point_digests is null"
)


def refusal_files(places: Places) -> list[Path]:
    """All files refusals.parquet, by load number; those of loads that died before they were committed included."""
    return sorted(places.raw.glob(f"*/*/*/{FILE}"), key=lambda path: (path.parent.name, path))


def half_landed(places: Places) -> list[Path]:
    """The folders of loads that died after their refusals were written and before they were committed."""
    return [path.parent for path in refusal_files(places) if not (path.parent / "_load.json").exists()]


def spell_words(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Replaces known words in `rows` by the spelling of the kind: Group Unsubscribe becomes unsubscribe.

    A grant whose channel has neither column nor default gets the channel ABSENT, so it permits nothing.
    """
    action = ACTIONS.get(contract.kind)
    if action is None:
        return
    found = connection.execute(f"select distinct {action} from rows where {action} is not null").fetchall()
    spelt = _SPELT[contract.kind]
    respelt = {
        word: spelt[meaning]
        for (word,) in found
        if (meaning := meaning_of_event(word)) in spelt and spelt[meaning] != word
    }
    if respelt:
        cases = " ".join(f"when {text(word)} then {text(spelling)}" for word, spelling in respelt.items())
        connection.execute(f"update rows set {action} = case {action} {cases} else {action} end")
    if contract.kind == "consents" and "channel" not in {*contract.targets, *contract.defaults}:
        connection.execute(f"update rows set channel = {text(ABSENT)} where channel is null")


def collect_refusals(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    path: PurePath,
    load_number: int,
    fingerprint: str,
    as_of: date,
) -> None:
    """Makes temp table `refusals` from `delivered` and `torn`, before anything is removed from them.

    Raises RefusedFile: the name of the file does not have the date of the snapshot.
    """
    _read_torn(connection, contract)
    action = ACTIONS[contract.kind]
    said = mapped_text(contract, action) if action else "null::varchar"
    condition = _may_refuse(connection, contract, said) if action else _is_entry(contract)
    chosen = {
        "feed": text(contract.feed),
        "kind": text(contract.kind),
        "load_number": str(load_number),
        "row_number": "row_number",
        "record_key": own_key(contract) if contract.key else content_hash(contract),
        "row_hash": content_hash(contract),
        "fingerprint": text(fingerprint),
        "delivered_on": f"date '{as_of}'",
        **_words_of_row(contract, action, said),
        **_time_of_row(contract, path),
        # The whole block, since clean columns are derived from it.
        **{column: mapped_text(contract, column) for column in CONTACT_BLOCK},
        **_misplaced(contract),
        "point_digests": "null",
    }
    types = refusal_columns()
    columns = ", ".join(
        f"cast({sql} as {types.get(column, 'VARCHAR')}) as {column}" for column, sql in chosen.items()
    )
    connection.execute(f"""
        create or replace temp table refusals_sent as
        select {columns}
        from (from delivered union all by name from torn_delivered) as delivered
        where {condition}
    """)
    _repair_texts(connection)
    add_clean_columns(connection, "refusals_sent", "refusals_clean", birth_date_formats(contract))
    add_refusal_keys(connection, "refusals_clean", "refusals_keyed")
    connection.execute(
        f"create or replace temp table refusals as select {', '.join(types)} from refusals_keyed order by row_number"
    )


def _repair_texts(connection: duckdb.DuckDBPyConnection) -> None:
    """Reads names, addresses and identifiers of `refusals_sent` that were UTF-8 and read as Windows-1252 as they were meant."""
    # The first letters of what two and three bytes of UTF-8 become.
    pattern = "[\u00c2-\u00c5\u00ce\u00cf\u00d0\u00e2]"
    for column in CONTACT_BLOCK:
        found = connection.execute(
            f"select distinct {column} from refusals_sent where regexp_matches({column}, '{pattern}')"
        ).fetchall()
        repaired = [[text, meant] for (text,) in found if (meant := as_meant(text)) != text]
        if repaired:
            connection.executemany(f"update refusals_sent set {column} = $2 where {column} = $1", repaired)


def _words_of_row(contract: Contract, action: str | None, said: str) -> dict[str, str]:
    """SQL for word, purpose, channel and reason, as sent and as the contract translates them; special categories removed."""
    purpose, channel = mapped_text(contract, "purpose"), mapped_text(contract, "channel")
    if contract.kind == "newsletter_events":
        stated = text(contract.permission.purpose) if contract.permission else "null::varchar"
        purpose, channel = stated, text("email")
    chosen = {
        "word": _sent(contract, action),
        "said": said,
        "purpose_sent": _sent(contract, "purpose"),
        "purpose": purpose,
        "channel_sent": _sent(contract, "channel"),
        "channel": channel,
        "reason_sent": _sent(contract, "reason"),
        "reason": mapped_text(contract, "reason") if contract.kind == "suppressions" else "null",
    }
    # A word that states a special category nobody consented to is dropped; the refusal stays.
    return {
        column: without_special(contract, _TARGET_OF[column] or str(action), sql)
        for column, sql in chosen.items()
    }


def _time_of_row(contract: Contract, path: PurePath) -> dict[str, str]:
    """SQL for the event time as sent and in UTC, whether it is a day only, its time zone, and the date of the snapshot."""
    event, of_snapshot = contract.event_time, snapshot_date(contract, path)
    sent = delivered(event.column) if event else "null::varchar"
    return {
        "snapshot_date": of_snapshot,
        "event_sent": sent,
        "event_at": _when(contract, sent) if event else f"cast({of_snapshot} as timestamp)",
        "is_day": is_day_only(sent, event.format) if event else "true",
        "timezone": text(event.timezone if event else "UTC"),
    }


def _when(contract: Contract, sent: str) -> str:
    """SQL for the event time of a row; null if it is unreadable, too early, or if the cells of the row are displaced."""
    event = contract.event_time
    assert event is not None
    read = moment(sent, event.format, event.timezone)
    own, block = _sent(contract, "email"), [column for column in CONTACT_BLOCK if column in contract.targets]
    others = [f"contains({_narrow(_sent(contract, column))}, '@')" for column in block if column != "email"]
    looks_displaced = (
        f"(coalesce(not contains({_narrow(own)}, '@'), true) and coalesce({' or '.join(others)}, false))"
    )
    is_displaced = looks_displaced if "email" in contract.targets and others else "false"
    return f"case when {read} >= timestamp '{EARLIEST_EVENT}' and not {is_displaced} then {read} end"


def _misplaced(contract: Contract) -> dict[str, str]:
    """SQL for e-mail and phone, with what looks like one in other cells of the row, since an extra cell displaces the next."""
    block = [column for column in CONTACT_BLOCK if column in contract.targets]
    looks = {"email": "contains(?, '@')", "phone": f"regexp_full_match(?, {text(_NUMBER)})"}
    found = {}
    for column, condition in looks.items():
        own = mapped_text(contract, column)
        others = [
            f"case when {condition.replace('?', _narrow(sent), 1)} then {sent if other in BLOCK else _addresses(sent)} end"
            for other in block
            if other != column and (sent := mapped_text(contract, other))
        ]
        found[column] = f"nullif(concat_ws('; ', {', '.join([own, *others])}), '')"
    return found


def _addresses(sql: str) -> str:
    """SQL for the e-mail addresses and phone numbers in a text of which nothing else may be stored, such as interests."""
    pattern = text(f"{_ADDRESS.pattern}|^{_NUMBER}$")
    return f"array_to_string(regexp_extract_all({_narrow(sql)}, {pattern}), '; ')"


def _narrow(sql: str) -> str:
    """SQL for a text with its full-width characters as ASCII, so that addresses and numbers are recognised."""
    return f"translate({sql}, {text(_WIDE)}, {text(_NARROW)})"


def _sent(contract: Contract, target: str | None) -> str:
    source = contract.targets.get(target) if target else None
    return delivered(source) if source else "null::varchar"


def _may_refuse(connection: duckdb.DuckDBPyConnection, contract: Contract, said: str) -> str:
    """SQL condition: the word of the row is, in any spelling, no known grant and no known neutral event."""
    found = connection.execute(f"select distinct {said} from delivered").fetchall()
    harmless = [word for (word,) in found if word is not None and meaning_of_event(word) in _NEUTRAL]
    is_act = _is_entry(contract)
    if not harmless:
        return is_act
    return f"({is_act}) and coalesce({said} not in ({', '.join(map(text, harmless))}), true)"


def _is_entry(contract: Contract) -> str:
    """SQL condition: the contract translates no code of the row to an empty text; of an act only its word counts."""
    action = ACTIONS[contract.kind]
    conditions = [
        f"coalesce(lower(trim({delivered(source)})), '') not in ({', '.join(text(code.strip().lower()) for code in codes)})"
        for source, mapping in contract.columns.items()
        if action is None or action in mapping.to
        if (codes := [code for code, value in mapping.values.items() if not value.strip()])
    ]
    return " and ".join(conditions) or "true"


def _read_torn(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Makes temp table `torn_delivered`: what can be read in lines that are no rows, with the columns of `delivered`.

    A line with a known word of refusal anywhere refuses; a line with a harmless word in the right place does not; in any
    other line the word is unknown. E-mail addresses are searched for in the whole line.
    """
    wanted = source_columns(contract)
    lines = connection.execute(
        "select row_number, original from torn where original is not null order by all"
    ).fetchall()
    layout = dict(connection.execute("select column_name, place from layout").fetchall())
    delimiter = connection.execute("select any_value(delimiter) from layout").fetchall()[0][0]
    records = [
        {"row_number": number} | _cells_of(contract, original, layout, delimiter)
        for number, original in lines
    ]
    schema = pa.schema([("row_number", pa.int64()), *((_plain(column), pa.string()) for column in wanted)])
    connection.register("torn_cells", pa.Table.from_pylist(records, schema=schema))
    chosen = ", ".join(f"{name(_plain(column))} as {delivered(column)}" for column in wanted)
    connection.execute(
        f"create or replace temp table torn_delivered as select row_number, {chosen} from torn_cells"
    )
    connection.unregister("torn_cells")


def _plain(column: str) -> str:
    return f"source:{column}"


def _cells_of(
    contract: Contract, original: str, layout: Mapping[str, int], delimiter: str | None
) -> dict[str, str | None]:
    wanted = source_columns(contract)
    cells: dict[str, str | None] = dict.fromkeys(wanted)
    pieces: list[str | None] = []
    if original.lstrip().startswith("{"):
        pieces += [piece for _, piece in _pairs(original)]
        cells |= {key: value for key, value in _pairs(original) if key in cells}
    else:
        lines = csv.reader([original.replace("\n", " ")], delimiter=delimiter or ",")
        pieces += [piece.strip() or None for line in lines for piece in line]
        cells |= {column: pieces[place] for column, place in layout.items() if place < len(pieces)}
        # Behind an extra or a missing cell the date may be of another column.
        if contract.event_time is not None:
            cells[contract.event_time.column] = None
    _find_word(contract, cells, pieces)
    source = contract.targets.get("email")
    if source is not None:
        own = unicodedata.normalize("NFKC", cells[source] or "")
        line = unicodedata.normalize("NFKC", original)
        elsewhere = [found for found in _ADDRESS.findall(line) if found not in own]
        cells[source] = "; ".join(filter(None, [cells[source], *elsewhere])) or None
    return {_plain(column): value for column, value in cells.items()}


_ADDRESS = re.compile(r"[^\s@\"'<>,;:|()\[\]{}]+@[^\s@\"'<>,;:|()\[\]{}]+\.[^\s@\"'<>,;:|()\[\]{}]+")
# A telephone number that is plainly one: national or international, of at least nine digits.
_NUMBER = r"['\s]*(\+|0)[\s()./-]*\d([\s()./-]*\d){7,14}\s*"
# Full-width characters, as East Asian keyboards type them, and the same in ASCII.
_NARROW = "".join(map(chr, range(0x21, 0x7F)))
_WIDE = "".join(chr(ord(sign) + 0xFEE0) for sign in _NARROW)
_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:\s*(?:"((?:[^"\\]|\\.)*)"?|([^",}\s]+))')


def _pairs(line: str) -> list[tuple[str, str | None]]:
    """Keys and values of an object, as far as they can be read in a line that is cut off or damaged."""
    try:
        whole = json.loads(line)
    except (ValueError, RecursionError):
        return [(key, quoted or bare) for key, quoted, bare in _PAIR.findall(line) if bare != "null"]
    if not isinstance(whole, dict):
        return []
    return [(key, None if value is None else str(value)) for key, value in whole.items()]


def _find_word(contract: Contract, cells: dict[str, str | None], pieces: Iterable[str | None]) -> None:
    """Moves a word of refusal that stands elsewhere in the line to the column of the word."""
    action = ACTIONS[contract.kind]
    source = contract.targets.get(action) if action else None
    if source is None:
        return
    values = contract.columns[source].values

    def meaning(word: str | None) -> str | None:
        return meaning_of_event(values.get(word, word)) if word else None

    if meaning(cells[source]) is None:
        refusing = [
            piece for piece in pieces if (said := meaning(piece)) is not None and said not in _NEUTRAL
        ]
        # Held, Hard and Block are words of bounces, but also names, so they come last.
        refusing.sort(key=lambda piece: meaning(piece) == "hard_bounce")
        cells[source] = refusing[0] if refusing else cells[source]


@dataclass(frozen=True)
class WrittenRefusals:
    """Rows of a refusals.parquet, and how many of them have no readable identifier."""

    rows: int
    unreadable: int


def write_refusals(
    connection: duckdb.DuckDBPyConnection, contract: Contract, load_number: int, places: Places
) -> WrittenRefusals:
    """Commits temp table `refusals` into the folder of the load, before the rest of the file is processed."""
    draft = places.staging / FILE
    connection.execute(f"copy (from refusals) to {text(draft)} {as_parquet(places)}")
    with draft.open("rb") as stream:
        os.fsync(stream.fileno())
    folder = places.raw / contract.kind / contract.feed / f"{load_number:06d}"
    folder.mkdir(parents=True, exist_ok=True)
    draft.rename(folder / FILE)
    counts = connection.execute(f"select count(*), count(*) filter ({UNREADABLE}) from refusals").fetchall()[
        0
    ]
    return WrittenRefusals(*counts)


def forget_half_landed(connection: duckdb.DuckDBPyConnection, load: Load, places: Places) -> None:
    """Removes what an earlier attempt to land the same file left, since the load holds the same refusals."""
    for folder in half_landed(places):
        if folder.parent != load.folder(places).parent:
            continue
        fingerprints = connection.execute(
            f"select distinct fingerprint from {read_parquet(places, folder / FILE)}"
        ).fetchall()
        if all(fingerprint == load.fingerprint for (fingerprint,) in fingerprints):
            shutil.rmtree(folder)
