"""Text without what cannot be seen in it, and with one character for each that is written for another."""

import unicodedata

# Unseen in print and no part of a name: soft hyphen, zero-width space, direction marks, byte order mark. The joiners
# U+200C and U+200D stay: Persian and Indian names are spelt with them.
_UNSEEN = dict.fromkeys(
    (0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
)
_UNSEEN_LETTERS = (0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0)
# The last of three are those of Windows' code page 1252, read as Latin-1.
_TWINS = {
    "'": "´ʹʻʼʽˈ‘’‚‛′‵ꞌ\x91\x92",  # noqa: RUF001
    '"': "“”„‟″‶«»‹›「」『』《》〈〉\x93\x94",  # noqa: RUF001
    "-": "‐‑‒–—―⁃−\x96\x97",  # noqa: RUF001
    ".": "。｡․",  # noqa: RUF001
    ",": "、",
    " ": "\x85",
}


class _Marks(dict[int, str | None]):
    """What stands for a character in an address or a number, found when first asked for."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        category = unicodedata.category(character)
        stands: str | None = character
        if category == "Cf" or unicodedata.name(character, "").startswith("VARIATION SELECTOR"):
            stands = None
        elif category[0] == "Z":
            stands = " "
        elif category == "Nd":
            stands = str(unicodedata.decimal(character))
        self[code] = stands
        return stands


_MARKS = _Marks(
    {ord(mark): twin for twin, marks in _TWINS.items() for mark in marks}
    | dict.fromkeys(_UNSEEN_LETTERS, None)
)


def compatible(text: str) -> str:
    """Names and words: NFKC, without what is unseen."""
    return unicodedata.normalize("NFKC", text).translate(_UNSEEN)


def plain_marks(text: str) -> str:
    """Addresses and numbers: NFKC, without any format character, with ASCII apostrophes, quotes, hyphens and digits.

    The marks are replaced before NFKC as well, which would make a space and an accent of an acute accent.
    """
    return unicodedata.normalize("NFKC", text.translate(_MARKS)).translate(_MARKS)
