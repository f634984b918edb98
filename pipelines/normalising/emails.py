"""E-mail addresses outside ASCII: marks in one form, and the domain as the mail system writes it (UTS 46)."""

import re
import unicodedata
from functools import lru_cache

import idna

from pipelines.normalising.characters import plain_marks

_LETTERS = r"""[^\s@,;:"'()<>\[\]\\]"""
# The domain after an @, also with spaces around its dots; text before another @ belongs to the next address.
_DOMAIN = re.compile(rf"@\s*{_LETTERS}+(?:(?:\s+\.\s*|(?<=\.)\s+)(?!\S*\s*@){_LETTERS}+)*")
_LABEL = re.compile(r"[^\s@.]*[^\x00-\x7f\s@.][^\s@.]*")


def tidy_email(text: str) -> str:
    """The text of a cell after `plain_marks`, with every internationalised domain in ASCII."""
    plain = plain_marks(text)
    if plain.isascii():
        return plain
    return _DOMAIN.sub(lambda domain: _LABEL.sub(lambda label: ascii_label(label[0]), domain[0]), plain)


@lru_cache(maxsize=10_000)
def ascii_label(label: str) -> str:
    """A label of a domain in ASCII by UTS 46 (non-transitional, so `ß` is kept); unchanged if it has no such form."""
    try:
        mapped = unicodedata.normalize("NFC", idna.uts46_remap(label, std3_rules=False, transitional=False))
    except idna.IDNAError:
        return label
    return ".".join(
        part if part.isascii() else f"xn--{part.encode('punycode').decode('ascii')}"
        for part in mapped.split(".")
    )
