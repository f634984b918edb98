"""Removes invisible characters from text and replaces look-alikes by one character."""

import unicodedata

# Invisible and no part of a name: soft hyphen, zero-width space, direction marks, byte order mark. The joiners U+200C and
# U+200D stay: Persian and Indian names are spelt with them.
_INVISIBLE = dict.fromkeys(
    (0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
)
_INVISIBLE_LETTERS = (0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0)
# Characters up to \x9f come from Windows code page 1252 read as Latin-1.
_LOOKALIKES = {
    "'": "´ʹʻʼʽˈ‘’‚‛′‵ꞌ\x91\x92",  # noqa: RUF001
    '"': "“”„‟″‶«»‹›「」『』《》〈〉\x93\x94",  # noqa: RUF001
    "-": "‐‑‒–—―⁃−\x96\x97",  # noqa: RUF001
    ".": "。｡․",  # noqa: RUF001
    ",": "、",
    " ": "\x85",
}


class _Marks(dict[int, str | None]):
    """The replacement of each character in addresses and numbers (None: removed), computed on first use."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        category = unicodedata.category(character)
        replacement: str | None = character
        if category == "Cf" or unicodedata.name(character, "").startswith("VARIATION SELECTOR"):
            replacement = None
        elif category[0] == "Z":
            replacement = " "
        elif category == "Nd":
            replacement = str(unicodedata.decimal(character))
        self[code] = replacement
        return replacement


_MARKS = _Marks(
    {ord(mark): plain for plain, marks in _LOOKALIKES.items() for mark in marks}
    | dict.fromkeys(_INVISIBLE_LETTERS, None)
)


def compatible(text: str) -> str:
    """The text of a name or word in NFKC, without invisible characters."""
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE)


def plain_marks(text: str) -> str:
    """The text of an address or number in NFKC, without format characters, with ASCII apostrophes, quotes, hyphens and digits.

    Look-alikes are replaced before NFKC as well, since NFKC turns an acute accent into a space and an accent.
    """
    return unicodedata.normalize("NFKC", text.translate(_MARKS)).translate(_MARKS)


def as_meant(text: str) -> str:
    """The text that was UTF-8 and read as Windows-1252: `MÃ¼ller` is Müller; any other text unchanged."""
    try:
        # Five bytes mean nothing in Windows-1252; programs read them as Latin-1 does.
        read = b"".join(
            letter.encode("latin-1" if letter in "\x81\x8d\x8f\x90\x9d" else "cp1252") for letter in text
        )
        return read.decode("utf-8")
    except UnicodeError:
        return text
