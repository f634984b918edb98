"""The DuckDB macros of words.sql, which make texts comparable when a person is searched for."""

from pathlib import Path

WORDS = (Path(__file__).parent / "words.sql").read_text(encoding="utf-8")
