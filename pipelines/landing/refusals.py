"""Keeps every row that may refuse, whatever becomes of its load: `refusals.parquet` beside facts and profiles.

What grants must be understood in full; what refuses need only be recognised (DESIGN, invariant 6). Of the kinds that can
refuse each delivered row that is no known grant and no known neutral event is written here as it was sent, torn and
quarantined rows too, and committed before the load is checked. dbt decides what it means (int_refusals_understood).
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
from pipelines.contracts.words import event_words, normal_word
from pipelines.landing.loads import Load
from pipelines.landing.mapping import content_hash, own_key
from pipelines.landing.reading import ABSENT, delivered, source_columns
from pipelines.landing.reading_values import is_day_only, mapped_text, moment, snapshot_date
from pipelines.landing.special_values import without_special
from pipelines.normalising import add_clean_columns
from pipelines.normalising.refusal_keys import add_refusal_keys
from pipelines.warehouse.database import as_parquet, name, read_parquet, text
from pipelines.warehouse.places import Places

FILE = "refusals.parquet"
# The column that says what was done; an entry of a suppression list needs no word.
ACTIONS = {"consents": "consent_action", "newsletter_events": "event_type", "suppressions": None}
# What of a contact block may tell whom a refusal is about.
BLOCK = (
    "record_id", "customer_number", "given_name", "family_name", "full_name", "email", "phone", "street",
    "house_number", "postcode", "city", "country",
)  # fmt: skip
CLEAN = (
    "given_name_clean", "family_name_clean", "street_clean", "house_number_clean", "postcode_clean", "city_clean",
    "country_clean",
)  # fmt: skip
# Of which column the texts are that are no identifiers; empty: of that of the word.
_MADE_OF = {
    "word": "", "said": "", "purpose_sent": "purpose", "purpose": "purpose", "channel_sent": "channel", "channel": "channel",
    "reason_sent": "reason", "reason": "reason",
}  # fmt: skip
GRANTS = ("grant", "confirm")
_NEUTRAL = (*GRANTS, "send", "open", "click", "neutral", "bounce")
# How the facts of a kind spell what a word means.
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


# Nothing of these can be recognised as somebody's: they hold nowhere and are named on the console.
UNREADABLE = (
    "len(email_keys) = 0 and len(phone_keys) = 0 and number_key is null and record_id_key is null "
    "and (coalesce(postcode_clean, city_clean) is null "
    "or (street_clean is null and (postcode_clean is null or house_number_clean is null))) "
    "and point_digests is null"
)


def refusal_files(places: Places) -> list[Path]:
    """Every refusals.parquet, by load number; also of loads that died before they were committed."""
    return sorted(places.raw.glob(f"*/*/*/{FILE}"), key=lambda path: (path.parent.name, path))


def half_landed(places: Places) -> list[Path]:
    """The folders of loads that died between their refusals and the rest."""
    return [path.parent for path in refusal_files(places) if not (path.parent / "_load.json").exists()]


def spell_words(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Words of `rows` that are known get the spelling of the kind: Group Unsubscribe is an unsubscribe.

    A grant whose channel has no column or key of its own is marked as of no channel: it permits nothing.
    """
    action = ACTIONS.get(contract.kind)
    if action is None:
        return
    found = connection.execute(f"select distinct {action} from rows where {action} is not null").fetchall()
    known, spelt = event_words(), _SPELT[contract.kind]
    respelt = {
        word: spelt[meaning]
        for (word,) in found
        if (meaning := known.get(normal_word(word))) in spelt and spelt[meaning] != word
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
    """Makes the temp table `refusals` of `delivered` and `torn`, before anything is taken out of them.

    Raises RefusedFile: the name of the file does not tell the snapshot's date.
    """
    _read_torn(connection, contract)
    action = ACTIONS[contract.kind]
    said = mapped_text(contract, action) if action else "null::varchar"
    condition = _may_refuse(connection, contract, said) if action else _is_entry(contract)
    event = contract.event_time
    zone = event.timezone if event else "UTC"
    event_sent = delivered(event.column) if event else "null::varchar"
    of_snapshot = snapshot_date(contract, path)
    purpose = mapped_text(contract, "purpose")
    channel = mapped_text(contract, "channel")
    if contract.kind == "newsletter_events":
        stated = contract.permission.purpose if contract.permission else "newsletter"
        purpose, channel = text(stated), text("email")
    chosen = {
        "feed": text(contract.feed),
        "kind": text(contract.kind),
        "load_number": str(load_number),
        "row_number": "row_number",
        "record_key": own_key(contract) if contract.key else content_hash(contract),
        "row_hash": content_hash(contract),
        "fingerprint": text(fingerprint),
        "delivered_on": f"date '{as_of}'",
        "snapshot_date": of_snapshot,
        "word": _sent(contract, action),
        "said": said,
        "purpose_sent": _sent(contract, "purpose"),
        "purpose": purpose,
        "channel_sent": _sent(contract, "channel"),
        "channel": channel,
        "reason_sent": _sent(contract, "reason"),
        "reason": mapped_text(contract, "reason") if contract.kind == "suppressions" else "null",
        "event_sent": event_sent,
        "event_at": _when(contract, event_sent) if event else f"cast({of_snapshot} as timestamp)",
        "is_day": is_day_only(event_sent, event.format) if event else "true",
        "timezone": text(zone),
        # The whole block, since the clean columns are made of it.
        **{column: mapped_text(contract, column) for column in CONTACT_BLOCK},
        **_misplaced(contract),
        "point_digests": "null",
    }
    # Of a special category, that nobody consented to, not even the word is kept; the refusal is.
    for column, target in _MADE_OF.items():
        chosen[column] = without_special(contract, target or str(action), chosen[column])
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
    formats = (
        contract.columns[contract.targets["birth_date"]].format if "birth_date" in contract.targets else []
    )
    add_clean_columns(connection, "refusals_sent", "refusals_clean", formats)
    add_refusal_keys(connection, "refusals_clean", "refusals_keyed")
    connection.execute(
        f"create or replace temp table refusals as select {', '.join(types)} from refusals_keyed order by row_number"
    )


# Before it are the noughts and first days that systems write for no date, and years of two digits.
_EARLIEST = "timestamp '1990-01-01'"


def _when(contract: Contract, sent: str) -> str:
    """SQL for the moment of a row, null where it cannot be read: also of an impossible year, or where the cells have moved."""
    event = contract.event_time
    assert event is not None
    read = moment(sent, event.format, event.timezone)
    own, block = _sent(contract, "email"), [one for one in CONTACT_BLOCK if one in contract.targets]
    others = [f"contains({_narrow(_sent(contract, column))}, '@')" for column in block if column != "email"]
    moved = f"(coalesce(not contains({_narrow(own)}, '@'), true) and coalesce({' or '.join(others)}, false))"
    is_moved = moved if "email" in contract.targets and others else "false"
    return f"case when {read} >= {_EARLIEST} and not {is_moved} then {read} end"


def _misplaced(contract: Contract) -> dict[str, str]:
    """SQL for e-mail and phone with what looks like one in another cell of the row: a cell too many moves those behind it."""
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
    """SQL of the addresses and numbers in a text of which nothing else may be kept, such as interests."""
    pattern = text(f"{_ADDRESS.pattern}|^{_NUMBER}$")
    return f"array_to_string(regexp_extract_all({_narrow(sql)}, {pattern}), '; ')"


def _narrow(sql: str) -> str:
    """SQL of a text whose signs of full width, by which addresses and numbers are told, are ASCII."""
    return f"translate({sql}, {text(_WIDE)}, {text(_NARROW)})"


def _sent(contract: Contract, target: str | None) -> str:
    source = contract.targets.get(target) if target else None
    return delivered(source) if source else "null::varchar"


def _may_refuse(connection: duckdb.DuckDBPyConnection, contract: Contract, said: str) -> str:
    """SQL condition: the word of the row is no grant and no neutral event that is known, in whatever spelling."""
    known = event_words()
    found = connection.execute(f"select distinct {said} from delivered").fetchall()
    harmless = [word for (word,) in found if word is not None and known.get(normal_word(word)) in _NEUTRAL]
    is_act = _is_entry(contract)
    if not harmless:
        return is_act
    return f"({is_act}) and coalesce({said} not in ({', '.join(map(text, harmless))}), true)"


def _is_entry(contract: Contract) -> str:
    """SQL condition: no code of the row is translated to nothing: of an act that of its word, of a list that of any column."""
    action = ACTIONS[contract.kind]
    conditions = [
        f"coalesce(lower(trim({delivered(source)})), '') not in ({', '.join(text(code.strip().lower()) for code in codes)})"
        for source, mapping in contract.columns.items()
        if action is None or action in mapping.to
        if (codes := [code for code, value in mapping.values.items() if not value.strip()])
    ]
    return " and ".join(conditions) or "true"


def _read_torn(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Temp table `torn_delivered`: what can be made out of lines that are no rows, as columns of `delivered`.

    A line with a known word of refusal anywhere refuses; one whose word is in its place and harmless does not; of every
    other the word is unknown. Its addresses are looked for in the whole line.
    """
    wanted = source_columns(contract)
    lines = connection.execute(
        "select row_number, original from torn where original is not null order by all"
    ).fetchall()
    layout = dict(connection.execute("select column_name, place from layout").fetchall())
    delimiter = connection.execute("select any_value(delimiter) from layout").fetchall()[0][0]
    records = [
        {"row_number": number} | _made_out(contract, original, layout, delimiter)
        for number, original in lines
    ]
    schema = pa.schema([("row_number", pa.int64()), *((_plain(column), pa.string()) for column in wanted)])
    connection.register("made_out", pa.Table.from_pylist(records, schema=schema))
    chosen = ", ".join(f"{name(_plain(column))} as {delivered(column)}" for column in wanted)
    connection.execute(
        f"create or replace temp table torn_delivered as select row_number, {chosen} from made_out"
    )
    connection.unregister("made_out")


def _plain(column: str) -> str:
    return f"source:{column}"


def _made_out(
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
        # Behind a cell too many or too few every date is another's.
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
# A telephone number that says it is one: at home or abroad, of nine digits at least.
_NUMBER = r"['\s]*(\+|0)[\s()./-]*\d([\s()./-]*\d){7,14}\s*"
# Signs of full width, as keyboards of the east type them, and what they are in ASCII.
_NARROW = "".join(map(chr, range(0x21, 0x7F)))
_WIDE = "".join(chr(ord(sign) + 0xFEE0) for sign in _NARROW)
_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:\s*(?:"((?:[^"\\]|\\.)*)"?|([^",}\s]+))')


def _pairs(line: str) -> list[tuple[str, str | None]]:
    """Keys and values of an object, as far as they can be made out of a line that is cut off or damaged."""
    try:
        whole = json.loads(line)
    except ValueError:
        return [(key, quoted or bare) for key, quoted, bare in _PAIR.findall(line) if bare != "null"]
    if not isinstance(whole, dict):
        return []
    return [(key, None if value is None else str(value)) for key, value in whole.items()]


def _find_word(contract: Contract, cells: dict[str, str | None], pieces: Iterable[str | None]) -> None:
    """Puts a word of refusal that stands elsewhere in the line where the word should be."""
    action = ACTIONS[contract.kind]
    source = contract.targets.get(action) if action else None
    if source is None:
        return
    known, values = event_words(), contract.columns[source].values

    def meaning(word: str | None) -> str | None:
        return known.get(normal_word(values.get(word, word))) if word else None

    if meaning(cells[source]) is None:
        refusing = [one for one in pieces if (said := meaning(one)) is not None and said not in _NEUTRAL]
        # Held, Hard and Block are words of bounces, and names.
        refusing.sort(key=lambda one: meaning(one) == "hard_bounce")
        cells[source] = refusing[0] if refusing else cells[source]


@dataclass(frozen=True)
class WrittenRefusals:
    """Rows of a refusals.parquet, and of them those that name nobody in any way that can be read."""

    rows: int
    unreadable: int


def write_refusals(
    connection: duckdb.DuckDBPyConnection, contract: Contract, load_number: int, places: Places
) -> WrittenRefusals:
    """Commits the temp table `refusals` into the folder of the load, before anything else of it is looked at."""
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
    """Removes what an earlier try at the same file left: the load that stands now holds the same refusals."""
    for folder in half_landed(places):
        if folder.parent != load.folder(places).parent:
            continue
        fingerprints = connection.execute(
            f"select distinct fingerprint from {read_parquet(places, folder / FILE)}"
        ).fetchall()
        if all(fingerprint == load.fingerprint for (fingerprint,) in fingerprints):
            shutil.rmtree(folder)
