"""What the words of events, channels and reasons mean: the seeds of dbt_project/seeds/permission, and one spelling of a word."""

import csv
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pipelines.errors import StamgastError
from pipelines.settings import DBT_PROJECT

SEEDS = DBT_PROJECT / "seeds" / "permission"
EVENT_MEANINGS = (
    "grant",
    "confirm",
    "withdraw",
    "object",
    "complaint",
    "hard_bounce",
    "bounce",
    "send",
    "open",
    "click",
    "neutral",
)
GRANTS = ("grant", "confirm")
CHANNELS = ("email", "sms", "phone", "post", "ads", "all")
REASON_MEANINGS = ("register", "deceased", "undeliverable", "own")

# White space, control and format characters, dashes, low lines, brackets and quotes, by Unicode's categories ...
_SEPARATING = ("Zs", "Zl", "Zp", "Cc", "Cf", "Pd", "Pc", "Ps", "Pe", "Pi", "Pf")
_UNSEEN = ("Zs", "Zl", "Zp", "Cc", "Cf")
# ... and these, the last seven as Chinese writes them. Not ! ? * + ~ & = #: `!subscribed` and `email+sms` say something
# else than the word without them.
_PUNCTUATION = ".,;:/'\"\\`\u00b4\uff0e\uff0c\uff1b\uff1a\uff0f\u3002\u3001"
# Digits and small letters as wide as Chinese characters, and as the others.
_WIDE = "".join(map(chr, (*range(0xFF10, 0xFF1A), *range(0xFF41, 0xFF5B))))
_NARROW = "0123456789abcdefghijklmnopqrstuvwxyz"


def normal_word(text: str) -> str:
    """The word in one spelling: small letters and digits without accents, and nothing between or around them.

    `Hard Bounce`, `hard-bounce`, `HARD_BOUNCE` and `HardBounce` are hardbounce. What consists of punctuation alone, such as
    `*` or `-`, stays as it is.
    """
    decomposed = unicodedata.normalize("NFD", text)
    letters = "".join(letter for letter in decomposed if not unicodedata.category(letter).startswith("M"))
    small = "".join(letter.lower() for letter in unicodedata.normalize("NFC", letters))
    narrow = small.translate(str.maketrans(_WIDE, _NARROW))
    word = "".join(
        letter
        for letter in narrow
        if unicodedata.category(letter) not in _SEPARATING and letter not in _PUNCTUATION
    ).rstrip("!")
    return word or "".join(letter for letter in text if unicodedata.category(letter) not in _UNSEEN)


def normal_word_sql(sql: str) -> str:
    """DuckDB's SQL for `normal_word` of a text; the dbt macro of that name is the same, and a test compares them.

    Null where nothing is left, as of white space.
    A million words take 2.1 s, those in that spelling already 0.13 s: over many rows it is best put to the distinct words.
    """
    small = f"lower(strip_accents({sql}))"
    narrow = f"if(regexp_matches({small}, '[{_WIDE[0]}-{_WIDE[9]}{_WIDE[10]}-{_WIDE[-1]}]'), translate({small}, '{_WIDE}', '{_NARROW}'), {small})"
    word = f"rtrim(regexp_replace({narrow}, '[{_class(_SEPARATING)}{_escaped(_PUNCTUATION)}]', '', 'g'), '!')"
    seen = f"nullif(regexp_replace({sql}, '[{_class(_UNSEEN)}]', '', 'g'), '')"
    return f"case when regexp_full_match({sql}, '[a-z0-9]+') then {sql} else coalesce(nullif({word}, ''), {seen}) end"


def words_of_purpose(text: str) -> frozenset[str]:
    """The words of a text that may name several purposes: newsletter and offers of `newsletter, offers`.

    The dbt macro of that name says the same, and a test compares them.
    """
    parts = re.split(r"[,;|/+&\n]+| (?i:and|en|und|et|och|og|y|e) ", text)
    return frozenset(filter(None, map(normal_word, parts)))


# White space, quotes and what is not seen.
_AROUND = "[\\s'\"`\u00a0\u00ad\u200b-\u200f\u2018-\u201f\u2060\u3000\ufeff]*"
_PLAIN = re.compile(rf"{_AROUND}[^\W_](?:[^\u0300-\u036f\u20d0-\u20ff]*[^\W_])?[.!)]*{_AROUND}", re.DOTALL)


def is_plain_word(text: str) -> bool:
    """Whether a word is written as it may stand for a grant: `[ ] opt-in`, `-subscribed` and what is struck through may mean no.

    The dbt macro of that name says the same, and a test compares them.
    """
    return _PLAIN.fullmatch(unicodedata.normalize("NFC", text)) is not None


def _class(categories: Sequence[str]) -> str:
    return "".join(f"\\p{{{category}}}" for category in categories)


def _escaped(punctuation: str) -> str:
    return punctuation.replace("\\", "\\\\").replace("'", "''")


@cache
def event_words() -> dict[str, str]:
    """Meaning of each known word for an event or act; a word that is not here suspends its contact point.

    Raises StamgastError: a row of the seed has a mistake.
    """
    return {row["word"]: row["meaning"] for row in _rows("event_words.csv", "meaning", EVENT_MEANINGS)}


def meaning_of_event(text: str) -> str | None:
    """What a word for an event or act means; None where nobody knows, also of a grant that is not plainly one.

    Raises StamgastError: a row of the seed has a mistake.
    """
    meaning = event_words().get(normal_word(text))
    return None if meaning in GRANTS and not is_plain_word(text) else meaning


@cache
def channels_of_event_words() -> dict[str, str]:
    """The channel that an event word names itself (`Unsubscribed from SMS Marketing`), whatever its feed is about.

    Raises StamgastError: a row of the seed has a mistake.
    """
    rows = _rows("event_words.csv", "meaning", EVENT_MEANINGS)
    return {row["word"]: row["channel"] for row in rows if row["channel"]}


@cache
def channel_words() -> dict[str, str]:
    """Channel that each known word for one means; `all` is every channel.

    Raises StamgastError: a row of the seed has a mistake.
    """
    return {row["word"]: row["channel"] for row in _rows("channel_words.csv", "channel", CHANNELS)}


@cache
def purposes_that_mean_all() -> frozenset[str]:
    """The words that name every purpose, the same as name every channel, and none; dbt's macro of that name says so too.

    Raises StamgastError: a row of the seed has a mistake.
    """
    return frozenset({"", *(word for word, channel in channel_words().items() if channel == "all")})


@cache
def reason_words() -> dict[str, str]:
    """Meaning of each known reason of a list entry; any other reason is `own`.

    Raises StamgastError: a row of the seed has a mistake.
    """
    return {row["word"]: row["meaning"] for row in _rows("reason_words.csv", "meaning", REASON_MEANINGS)}


def _rows(file: str, column: str, known: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a seed, each with a word in its normal spelling, once, a known meaning and a source."""
    path = SEEDS / file
    rows = list(_read(path))
    seen: set[str] = set()
    for number, row in enumerate(rows, start=2):
        word, where = row["word"], f"{path}, line {number}"
        if not word or word != normal_word(word):
            raise StamgastError(
                f"{where}: {word!r} is not in its normal spelling; write {normal_word(word)!r}"
            )
        if word in seen:
            raise StamgastError(f"{where}: {word!r} stands there twice; keep one")
        if row[column] not in known:
            raise StamgastError(f"{where}: {row[column]!r} is no {column}; write one of {', '.join(known)}")
        if row.get("channel") and row["channel"] not in CHANNELS:
            raise StamgastError(
                f"{where}: {row['channel']!r} is no channel; write one of {', '.join(CHANNELS)}"
            )
        if not row["source"]:
            raise StamgastError(f"{where}: {word!r} has no source; say where the word is documented")
        seen.add(word)
    return rows


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))
