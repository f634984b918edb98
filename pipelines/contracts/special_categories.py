"""Which words state a special category of personal data (GDPR art. 9, criminal records art. 10), in the languages of our sources.

The lists stand in special_categories.yml. They find what is stated outright; they do not infer.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, RootModel

from pipelines.errors import StamgastError
from pipelines.yaml_files import read_yaml

Category = Literal[
    "health",
    "religion",
    "politics",
    "union",
    "ethnicity",
    "sexual_orientation",
    "biometrics",
    "criminal_record",
]
CATEGORIES: tuple[Category, ...] = get_args(Category)

_LISTS = Path(__file__).with_name("special_categories.yml")
# Written without spaces between words, so a word may stand anywhere.
_UNSPACED = "zh"


class _Words(BaseModel):
    """By language: words of names and values, and those that only count in a name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: dict[str, list[str]]
    words: dict[str, list[str]]


class _Lists(RootModel[dict[Category, _Words]]):
    """The words of each category."""


@cache
def _lists() -> dict[Category, _Words]:
    return read_yaml(_LISTS, _Lists, StamgastError, "sources/README.md").root


def folded(text: str) -> str:
    """Small letters without accents; `folded_sql` is the same in SQL."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()


def folded_sql(sql: str) -> str:
    """SQL for the text in small letters without accents."""
    return f"lower(strip_accents({sql}))"


def _alternatives(by_language: dict[str, list[str]]) -> Iterable[str]:
    for language, words in by_language.items():
        for word in map(folded, words):
            if language == _UNSPACED:
                yield re.escape(word)
            else:
                spaced = "[^a-z0-9]+".join(re.escape(part) for part in word.removesuffix("*").split())
                ending = "[a-z0-9]*" if word.endswith("*") else ""
                yield f"(?:^|[^a-z0-9]){spaced}{ending}(?:$|[^a-z0-9])"


@cache
def pattern(category: Category) -> str:
    """Regular expression (RE2 and Python) that finds the category in a folded text."""
    return "|".join(_alternatives(_lists()[category].words))


@cache
def _name_pattern(category: Category) -> str:
    return "|".join((*_alternatives(_lists()[category].names), pattern(category)))


def category_of_text(text: str) -> Category | None:
    """The first category that a text states, or None."""
    plain = folded(text)
    return next((category for category in CATEGORIES if re.search(pattern(category), plain)), None)


def category_of_name(name: str) -> Category | None:
    """The first category that the name of a column, feed or file states, or None; `healthScore` has two words."""
    plain = folded(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    return next((category for category in CATEGORIES if re.search(_name_pattern(category), plain)), None)
