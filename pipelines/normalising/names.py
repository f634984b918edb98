"""Splits a full name into given and family name."""

import re
from typing import NamedTuple

# Prefixes that are part of a family name: Dutch, Flemish, German, Swedish and Romance.
_PREFIXES = {
    "van", "de", "den", "der", "het", "'t", "te", "ten", "ter", "op", "in", "uit", "onder", "bij",
    "vande", "vanden", "vander", "von", "zu", "zum", "zur", "af", "du", "des", "del", "della", "di",
    "da", "dos", "la", "le", "el", "al", "d'",
}  # fmt: skip
_LEADING_PREFIXES = {
    "van", "de", "den", "der", "'t", "te", "ten", "ter", "vande", "vanden", "vander", "von",
}  # fmt: skip
_SUFFIXES = {
    "jr", "sr", "jnr", "snr", "junior", "senior", "ii", "iii", "iv",
}  # fmt: skip
_TITLES = re.compile(
    r"(?:(?:de heer|mevrouw|mevr|dhr|mw|mr|mrs|ms|miss|dr|drs|ir|prof|ing(?=\.)|herr|frau|fru|fröken)\.? +)+",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+(?: [\u3400-\u9fff\U00020000-\U0003ffff]+)?")
_HAN_TITLE = re.compile(r"(?:先生|女士|小姐|太太)$")
_HAN_SURNAMES = {
    "欧阳", "歐陽", "司马", "司馬", "上官", "诸葛", "諸葛", "司徒", "东方", "東方", "独孤", "獨孤",
    "南宫", "南宮", "慕容", "令狐", "皇甫", "尉迟", "尉遲", "公孙", "公孫", "轩辕", "軒轅", "长孙",
    "長孫", "宇文", "夏侯", "端木", "百里", "申屠", "太史", "呼延", "淳于", "单于", "單于", "仲孙",
    "仲孫", "澹台", "公羊", "赫连", "赫連", "钟离", "鐘離", "濮阳", "濮陽", "司空", "闻人", "聞人",
    "万俟", "第五", "拓跋", "鲜于", "鮮于", "闾丘", "亓官", "左丘", "东郭", "東郭", "南门", "西门",
    "西門", "梁丘", "公冶", "宗政",
}  # fmt: skip


class SplitName(NamedTuple):
    """The parts of a full name; None if the text has no such part."""

    given: str | None
    family: str | None


def split_full_name(text: str) -> SplitName:
    """Given and family name in a full name of NFKC text with single spaces; case and diacritics are kept.

    Understands 'Berg, Jan van den', 'Jan van den Berg', 'VAN DEN BERG Jan', Chinese characters with a single
    or compound surname, and 'given·family' in characters. One Latin word alone is a given name.
    """
    name = _TITLES.sub("", text.strip(" ,;"), count=1) if _TITLES.match(text) else text.strip(" ,;")
    if _HAN.fullmatch(_HAN_TITLE.sub("", name)):
        return _split_han(name)
    if "·" in name:
        given, _, family = name.partition("·")
        return SplitName(given.strip() or None, family.strip() or None)
    if "," in name:
        return _split_at_comma(name)
    words, suffix = _without_suffix(name.split(" "))
    return _with_suffix(_split_words(words), suffix)


def _split_han(name: str) -> SplitName:
    plain = _HAN_TITLE.sub("", name)
    if " " in plain:
        family, given = plain.split(" ")
        return SplitName(given, family)
    length = 2 if plain[:2] in _HAN_SURNAMES else 1
    return SplitName(plain[length:] or None, plain[:length] or None)


def _split_at_comma(name: str) -> SplitName:
    before, _, after = name.partition(",")
    family, suffix = _without_suffix(before.strip().split(" "))
    given, late_suffix = _without_suffix(after.replace(",", " ").split())
    if not given:
        return _with_suffix(_split_words(family), suffix or late_suffix)
    first_prefix = next(
        (place for place in range(len(given)) if all(word.lower() in _PREFIXES for word in given[place:])),
        len(given),
    )
    prefix, given = given[first_prefix:], given[:first_prefix]
    last_name = next(
        (place for place in range(len(family), 0, -1) if family[place - 1].lower() not in _PREFIXES), 0
    )
    if 0 < last_name < len(family):  # 'Berg van den, Jan'
        prefix, family = family[last_name:] + prefix, family[:last_name]
    return _with_suffix(
        SplitName(" ".join(given) or None, " ".join(prefix + family) or None), suffix or late_suffix
    )


def _split_words(words: list[str]) -> SplitName:
    if len(words) == 1:
        return SplitName(words[0] or None, None)
    shouted = next((place for place, word in enumerate(words) if not word.isupper()), 0)
    if (
        max(map(len, words[:shouted]), default=0) > 2
        and "." not in words[0]
        and words[shouted].lower() not in _PREFIXES
    ):
        return SplitName(" ".join(words[shouted:]), " ".join(words[:shouted]))
    if words[0].lower() in _LEADING_PREFIXES:
        return SplitName(None, " ".join(words))
    start = next(
        (place for place in range(1, len(words) - 1) if _begins_a_family_name(words[place])),
        len(words) - 1,
    )
    return SplitName(" ".join(words[:start]), " ".join(words[start:]))


def _begins_a_family_name(word: str) -> bool:
    """A prefix, or the first half of Jansen-de Boer."""
    return word.lower() in _PREFIXES or word.rpartition("-")[2].lower() in _PREFIXES


def _without_suffix(words: list[str]) -> tuple[list[str], str | None]:
    if words and words[-1].strip(".").lower() in _SUFFIXES:
        return words[:-1], words[-1]
    return words, None


def _with_suffix(name: SplitName, suffix: str | None) -> SplitName:
    if suffix is None or name.family is None:
        return name
    return SplitName(name.given, f"{name.family} {suffix}")
