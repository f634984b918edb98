"""Countries and languages named in many languages, as ISO codes (source: Unicode CLDR, in Babel)."""

import unicodedata
from collections.abc import Iterator
from functools import cache

from babel import Locale
from babel.core import get_global

_LOCALES = ("en", "nl", "sv", "zh", "zh_Hant", "de", "fr", "es", "it", "pt", "da", "nb", "fi", "pl")
_COUNTRY_WORDS = {
    "holland": "NL", "the netherlands": "NL", "pays bas": "NL", "england": "GB", "scotland": "GB",
    "wales": "GB", "northern ireland": "GB", "great britain": "GB", "engeland": "GB",
    "groot brittannie": "GB", "storbritannien": "GB", "usa": "US", "u s a": "US",
    "verenigde staten van amerika": "US", "america": "US", "pr china": "CN", "prc": "CN",
    "p r china": "CN", "people s republic of china": "CN", "中华人民共和国": "CN", "中國大陸": "CN",
    "vlaanderen": "BE",
}  # fmt: skip
_VEHICLE_CODES = {"B": "BE", "D": "DE", "F": "FR", "S": "SE", "I": "IT", "E": "ES", "A": "AT", "L": "LU"}
_LANGUAGE_WORDS = {
    "flemish": "nl",
    "vlaams": "nl",
    "mandarin": "zh",
    "中文": "zh",
    "汉语": "zh",
    "漢語": "zh",
    "普通话": "zh",
}


def _key(text: str) -> str:
    folded = "".join(
        part for part in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(part)
    )
    return " ".join("".join(part if part.isalnum() else " " for part in folded).split())


def _territories(locale: Locale) -> Iterator[tuple[str, str]]:
    for code, name in locale.territories.items():
        if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"):
            yield name, code


@cache
def _countries() -> dict[str, str]:
    names = {_key(name): code for language in _LOCALES for name, code in _territories(Locale.parse(language))}
    codes = {code for _, code in _territories(Locale.parse("en"))}
    aliases = {
        alias: targets[0]
        for alias, targets in get_global("territory_aliases").items()
        if alias.isalpha() and len(alias) in (2, 3) and len(targets) == 1 and targets[0] in codes
    }
    by_code = _VEHICLE_CODES | aliases | {code: code for code in codes}
    words = {_key(word): code for word, code in _COUNTRY_WORDS.items()}
    return names | words | {code.lower(): target for code, target in by_code.items()}


@cache
def _languages() -> dict[str, str]:
    names = {
        _key(name): code
        for language in _LOCALES
        for code, name in Locale.parse(language).languages.items()
        if len(code) == 2
    }
    aliases = {str(alias): str(target) for alias, target in get_global("language_aliases").items()}
    three_letters = {alias: code for alias, code in aliases.items() if len(alias) == 3 and len(code) == 2}
    words = {_key(word): code for word, code in _LANGUAGE_WORDS.items()}
    return names | words | three_letters | {code: code for code in names.values()}


def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 code of a country: a name in 13 languages, alpha-2, alpha-3, vehicle code."""
    return _countries().get(_key(text))


def language_code(text: str) -> str | None:
    """ISO 639-1 code of a language: a name in 13 languages, two or three letters, nl-BE, zh_Hans."""
    key = _key(text)
    return _languages().get(key) or _languages().get(key.split(" ")[0] if "-" in text or "_" in text else key)
