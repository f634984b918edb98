"""Names, streets and cities of each country, most frequent first, taken from the lists of mimesis and faker."""

import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources

import numpy as np
from pypinyin import lazy_pinyin

COUNTRIES = ("NL", "BE", "SE", "CN", "GB")
# A country is stored as its place in COUNTRIES; lists by country elsewhere have this order.
NL, BE, SE, CN, GB = range(len(COUNTRIES))
LANGUAGES = {"NL": "nl", "BE": "nl", "SE": "sv", "CN": "zh", "GB": "en"}

# The lists are in alphabetical order; these are put first, so that common names are common here too.
_COMMON_DUTCH = [
    "de Jong",
    "Jansen",
    "de Vries",
    "van den Berg",
    "Bakker",
    "van Dijk",
    "Visser",
    "Janssen",
    "Smit",
    "Meijer",
    "de Boer",
    "Mulder",
    "de Groot",
    "Bos",
    "Vos",
    "Peters",
    "Hendriks",
    "van Leeuwen",
    "Dekker",
    "Brouwer",
    "de Wit",
    "Dijkstra",
    "Smits",
    "de Graaf",
    "van der Meer",
    "Kok",
    "Jacobs",
    "van der Linden",
    "de Haan",
    "Vermeulen",
    "van den Heuvel",
    "van der Veen",
    "van den Broek",
    "de Bruijn",
    "van der Heijden",
    "Schouten",
]
_COMMON_DUTCH_GIVEN = {
    "male": [
        "Jan",
        "Johannes",
        "Pieter",
        "Cornelis",
        "Hendrik",
        "Willem",
        "Gerrit",
        "Daan",
        "Sem",
        "Lucas",
        "Thomas",
        "Tim",
        "Mark",
        "Peter",
        "Hans",
        "Kees",
        "Bas",
    ],
    "female": [
        "Maria",
        "Johanna",
        "Anna",
        "Cornelia",
        "Elisabeth",
        "Wilhelmina",
        "Emma",
        "Julia",
        "Sophie",
        "Lisa",
        "Anne",
        "Sanne",
        "Eva",
        "Linda",
        "Monique",
    ],
}
_CITY_HEADS = {
    "NL": "Amsterdam,Rotterdam,Den Haag,Utrecht,Eindhoven,Groningen,Tilburg,Almere,Breda,Nijmegen,Arnhem,Haarlem",
    "BE": "Antwerpen,Gent,Brussel,Charleroi,Luik,Brugge,Namen,Leuven,Bergen,Mechelen,Aalst,Hasselt",
    "SE": "Stockholm,Göteborg,Malmö,Uppsala,Västerås,Örebro,Linköping,Helsingborg,Jönköping,Norrköping,Lund",
    "CN": "上海市,北京市,广州市,深圳市,天津市,武汉市,重庆市,成都市,南京市,杭州市,西安市",
    "GB": "London,Birmingham,Leeds,Glasgow,Sheffield,Bradford,Edinburgh,Liverpool,Manchester,Bristol,Cardiff",
}
_ENGLISH_STREETS = ("Road", "Street", "Avenue", "Lane", "Close", "Drive")
# Letters that have no decomposition into an ASCII letter and a mark.
_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "ß": "ss", "ð": "d", "þ": "th", "\u0131": "i", "œ": "oe"}
)


@dataclass(frozen=True)
class WordList:
    """Words, their chance, and how they look in Latin letters and in an e-mail address."""

    native: list[str]
    latin: list[str]
    ascii: list[str]
    chance: np.ndarray


@dataclass(frozen=True)
class Country:
    """The word lists of one country."""

    code: str
    male: WordList
    female: WordList
    family: WordList
    streets: WordList
    cities: WordList


def plain(text: str) -> str:
    """Lower-case ASCII letters and digits only, as in the local part of an e-mail address."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_UNDECOMPOSED))
    return "".join(letter for letter in decomposed.lower() if letter.isascii() and letter.isalnum())


def _mimesis(locale: str, topic: str) -> dict:
    path = resources.files("mimesis") / "datasets" / locale / f"{topic}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def _faker(topic: str, locale: str, attribute: str) -> dict[str, float]:
    """A list of faker with its weights; without weights the rank decides."""
    found = getattr(import_module(f"faker.providers.{topic}.{locale}").Provider, attribute)
    if hasattr(found, "items"):
        return dict(found)
    return {word: 1.0 / (rank + 10) for rank, word in enumerate(dict.fromkeys(found))}


def _zipf(words: list[str], exponent: float = 0.9, offset: float = 8) -> dict[str, float]:
    """Zipf-Mandelbrot weights by rank: the offset keeps the first name at a share that real names have."""
    return {word: 1 / (rank + offset) ** exponent for rank, word in enumerate(words)}


def _shuffled(words: list[str], head: list[str]) -> list[str]:
    """The head, then the rest in an order that is fixed but not the alphabet's."""
    rest = sorted({word.strip() for word in words} - set(head))
    return head + [rest[place] for place in np.random.default_rng(20_260_630).permutation(len(rest))]


def _is_usable(word: str) -> bool:
    """Latin-1 letters only: a file in Windows-1252 must be able to hold it, and digits or signs are slips in the lists."""
    return (
        bool(word)
        and not any(letter.isdigit() or letter in '"/,;|' for letter in word)
        and all(ord(letter) < 256 for letter in word)
    )


def _word_list(weights: dict[str, float], is_chinese: bool = False) -> WordList:
    native = [word for word in weights if is_chinese or _is_usable(word)]
    latin = ["".join(lazy_pinyin(word)).capitalize() for word in native] if is_chinese else native
    chance = np.array([weights[word] for word in native], dtype=float)
    return WordList(native, latin, [plain(word) or "x" for word in latin], chance / chance.sum())


def _top(weights: dict[str, float], more: list[str]) -> dict[str, float]:
    """Weights of one list, continued below its smallest one by a longer list without weights."""
    least = min(weights.values())
    tail = [word for word in _shuffled(more, []) if word not in weights]
    return weights | {word: least * 0.8 / (1 + rank / 200) for rank, word in enumerate(tail)}


@cache
def country(code: str) -> Country:
    """The word lists of a country of COUNTRIES."""
    return {"NL": _dutch, "BE": _belgian, "SE": _swedish, "CN": _chinese, "GB": _british}[code]()


def _cities(code: str, names: list[str]) -> dict[str, float]:
    return _zipf(_shuffled(names, _CITY_HEADS[code].split(","))[:400], exponent=1.0, offset=3)


def _dutch() -> Country:
    person, streets = _mimesis("nl", "person"), _mimesis("nl", "address")["street"]["name"]
    given = {sex: _zipf(_shuffled(person["names"][sex], head)) for sex, head in _COMMON_DUTCH_GIVEN.items()}
    return Country(
        "NL", _word_list(given["male"]), _word_list(given["female"]),
        _word_list(_zipf(_shuffled(person["surnames"], _COMMON_DUTCH))),
        _word_list(_zipf(_shuffled(streets, []), exponent=0.3)),
        _word_list(_cities("NL", list(_faker("address", "nl_NL", "cities")))),
    )  # fmt: skip


def _belgian() -> Country:
    address = _mimesis("nl-be", "address")

    def both(attribute: str) -> dict[str, float]:
        flemish, walloon = _faker("person", "nl_BE", attribute), _faker("person", "fr_BE", attribute)
        return {word: flemish.get(word, 0) + walloon.get(word, 0) for word in flemish | walloon}

    return Country(
        "BE", _word_list(both("first_names_male")), _word_list(both("first_names_female")),
        _word_list(both("last_names")), _word_list(_zipf(_shuffled(address["street"]["name"], []), exponent=0.3)),
        _word_list(_cities("BE", address["city"])),
    )  # fmt: skip


def _swedish() -> Country:
    address = _mimesis("sv", "address")
    return Country(
        "SE", _word_list(_faker("person", "sv_SE", "first_names_male")),
        _word_list(_faker("person", "sv_SE", "first_names_female")),
        _word_list(_top(_faker("person", "sv_SE", "last_names"), _mimesis("sv", "person")["surnames"])),
        _word_list(_zipf(_shuffled(address["street"]["name"], []), exponent=0.3)), _word_list(_cities("SE", address["city"])),
    )  # fmt: skip


def _chinese() -> Country:
    names, address = _mimesis("zh", "person")["names"], _mimesis("zh", "address")
    given = {
        sex: _top(_faker("person", "zh_CN", f"first_names_{sex}"), names[sex]) for sex in ("male", "female")
    }
    streets = [street + suffix for street in address["street"]["name"] for suffix in ("路", "街", "大街")]
    return Country(
        "CN", _word_list(given["male"], True), _word_list(given["female"], True),
        _word_list(_faker("person", "zh_CN", "last_names"), True),
        _word_list(_zipf(_shuffled(streets, []), exponent=0.3), True),
        _word_list(_cities("CN", address["city"]), True),
    )  # fmt: skip


def _british() -> Country:
    person, address = _mimesis("en-gb", "person"), _mimesis("en-gb", "address")
    names = _shuffled(address["street"]["name"], [])[:1500]
    streets = [f"{name} {_ENGLISH_STREETS[place % 6]}" for place, name in enumerate(names)]
    return Country(
        "GB", _word_list(_top(_faker("person", "en_GB", "first_names_male"), person["names"]["male"])),
        _word_list(_top(_faker("person", "en_GB", "first_names_female"), person["names"]["female"])),
        _word_list(_top(_faker("person", "en_GB", "last_names"), person["surnames"])),
        _word_list(_zipf(streets, exponent=0.3)), _word_list(_cities("GB", address["city"])),
    )  # fmt: skip
