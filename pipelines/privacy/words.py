"""How texts are compared when a person is looked for: the macros of words.sql, for any connection."""

from pathlib import Path

WORDS = (Path(__file__).parent / "words.sql").read_text(encoding="utf-8")
