"""Ways in which names and places get misspelt: by fingers, by ear, by scanners and by old systems."""

import random
import unicodedata
from collections.abc import Callable

Slip = Callable[[random.Random, str], str]

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# Pairs that sound alike in one of the languages.
_SOUNDS = (
    ("ph", "f"), ("ck", "k"), ("th", "t"), ("ei", "ai"), ("ie", "y"), ("ss", "s"), ("dt", "t"), ("v", "f"),
    ("z", "s"), ("c", "k"), ("mm", "m"), ("nn", "n"), ("ll", "y"), ("b", "v"), ("h", ""), ("ü", "i"), ("ä", "e"),
)  # fmt: skip
_SCANS = (
    ("rn", "m"), ("m", "rn"), ("cl", "d"), ("d", "cl"), ("l", "1"), ("i", "l"), ("o", "0"), ("e", "c"),
    ("s", "5"), ("b", "6"), ("h", "b"), ("n", "ri"), ("u", "v"), ("é", "6"), ("g", "q"), ("vv", "w"),
)  # fmt: skip
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}


def plain(text: str) -> str:
    """Lower case, without marks, as in a mail address."""
    parts = unicodedata.normalize("NFKD", text.lower().replace("ł", "l").replace("ß", "ss"))
    return "".join(part for part in parts if part.isascii() and (part.isalnum() or part in " .@"))


def neighbouring_key(dice: random.Random, text: str) -> str:
    """One letter is the key beside it."""
    places = [place for place, letter in enumerate(text) if any(letter.lower() in row for row in _ROWS)]
    if not places:
        return text
    place = dice.choice(places)
    row = next(row for row in _ROWS if text[place].lower() in row)
    key = row.index(text[place].lower())
    beside = dice.choice([row[other] for other in (key - 1, key + 1) if 0 <= other < len(row)])
    return text[:place] + beside + text[place + 1 :]


def swapped_letters(dice: random.Random, text: str) -> str:
    """Two letters stand in the wrong order."""
    if len(text) < 3:
        return text
    place = dice.randrange(1, len(text) - 1)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def doubled_letter(dice: random.Random, text: str) -> str:
    """A letter twice, or one of two lost."""
    place = dice.randrange(len(text)) if text else 0
    if text[place : place + 1] == text[place + 1 : place + 2]:
        return text[:place] + text[place + 1 :]
    return text[: place + 1] + text[place:]


def _replaced(dice: random.Random, text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    found = [pair for pair in pairs if pair[0] in text.lower()]
    if not found:
        return text
    old, new = dice.choice(found)
    place = text.lower().index(old)
    return text[:place] + new + text[place + len(old) :]


def sound_alike(dice: random.Random, text: str) -> str:
    """Written as heard."""
    return _replaced(dice, text, _SOUNDS)


def scanned_wrong(dice: random.Random, text: str) -> str:
    """Read by a scanner."""
    return _replaced(dice, text, _SCANS)


def without_marks(dice: random.Random, text: str) -> str:
    """No accents, no umlauts."""
    del dice
    parts = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L").replace("ß", "ss"))
    return "".join(part for part in parts if not unicodedata.combining(part))


def umlaut_in_two(dice: random.Random, text: str) -> str:
    """Mueller for Müller."""
    del dice
    return "".join(_UMLAUTS.get(letter, letter) for letter in text)


def cut_short(dice: random.Random, text: str) -> str:
    """A column of the old system held so many letters."""
    return text[: max(3, dice.randrange(6, 12))]
