"""Mistakes in a refusal, and what each leaves readable; none makes it another refusal than it was.

A mistake changes the draft and returns whether it could: it does nothing where nothing that names the person would be left.
"""

import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pipelines.contracts import Contract
from tests.permission import spellings
from tests.permission.company import AS_OF, columns_of
from tests.permission.drafts import IDENTIFIERS, POINTS, Draft
from tests.permission.feeds import FEEDS
from tests.permission.histories import DAYS
from tests.permission.normal_forms import UNREADABLE_EMAILS, UNREADABLE_PHONES


@dataclass(frozen=True)
class Refusing:
    """A way to refuse: the words of a feed and what they cover.

    `own_purpose`: the purpose that it is about without its word. `column`: that of its word; `words`: all that mean the same. `is_followed`: it counts while the newest list has it.
    """

    feed: str
    cells: dict[str, str]
    purposes: tuple[str, ...]
    channels: tuple[str, ...]
    own_purpose: str = ""
    column: str = ""
    words: tuple[str, ...] = ()
    is_at_points_only: bool = False
    is_followed: bool = False
    is_lifted_by_anybody: bool = False


Mistake = Callable[[random.Random, Draft, Refusing], bool]


def in_cell(column: str, *ways: Callable[[str, random.Random], str]) -> Mistake:
    """A cell written in one of these ways."""

    def change(rng: random.Random, draft: Draft, _: Refusing) -> bool:
        text = draft.cells.get(column, "")
        if not text:
            return False
        draft.cells[column] = rng.choice(ways)(text, rng)
        return True

    return change


def _misspelt_word(rng: random.Random, draft: Draft, refusing: Refusing) -> bool:
    if not refusing.words:
        return False
    draft.cells[refusing.column] = spellings.word_otherwise(rng.choice(refusing.words), rng)
    return True


def _unknown_word(rng: random.Random, draft: Draft, refusing: Refusing) -> bool:
    if not refusing.words or draft.kind == "suppressions" or not draft.readable & POINTS:
        return False
    draft.cells[refusing.column] = rng.choice(spellings.UNKNOWN_WORDS)
    draft.is_at_points_only = draft.is_unknown_word = True
    return True


def _widened(column: str, unknown: tuple[str, ...]) -> Mistake:
    def change(rng: random.Random, draft: Draft, _: Refusing) -> bool:
        text = draft.cells.get(column)
        if text is None:
            return False
        same = [spellings.any_case(text, rng), f" {text} "] * 3 if text else []
        draft.cells[column] = rng.choice([*spellings.EVERYTHING, *unknown, *same])
        return True

    return change


def _no_channel(_: random.Random, draft: Draft, __: Refusing) -> bool:
    return draft.is_json and draft.cells.pop("channel", None) is not None


def _other_date(rng: random.Random, draft: Draft, _: Refusing) -> bool:
    if not re.match(r"\d{4}-\d\d-\d\d", draft.cells.get("at", "")):
        return False
    day = date.fromisoformat(draft.cells["at"][:10])
    ahead = [f"{AS_OF + timedelta(days=days)}T09:00:00Z" for days in (1, 30, 400)]
    otherwise = [spellings.date_otherwise(day.isoformat(), f"{day}T10:00:00", rng) for _ in range(4)]
    draft.cells["at"] = rng.choice([*spellings.UNREADABLE_DATES, *ahead, *otherwise])
    return True


def _enough(draft: Draft, left: set[str]) -> bool:
    """Whether these would still name the person."""
    return bool(left & (POINTS if draft.is_at_points_only else IDENTIFIERS))


def _one_identifier(rng: random.Random, draft: Draft, _: Refusing) -> bool:
    chosen = {rng.choice(sorted(draft.readable & IDENTIFIERS))}
    if not _enough(draft, chosen):
        return False
    draft.drop((IDENTIFIERS | {"name"}) - chosen)
    return True


def _no_name(_: random.Random, draft: Draft, __: Refusing) -> bool:
    draft.drop({"name"})
    return True


def _unreadable_identifier(rng: random.Random, draft: Draft, _: Refusing) -> bool:
    lost = rng.choice(["mail", "tel"])
    if lost not in draft.readable or not _enough(draft, draft.readable - {lost}):
        return False
    draft.cells[lost] = rng.choice(UNREADABLE_EMAILS if lost == "mail" else UNREADABLE_PHONES)
    draft.readable.discard(lost)
    return True


_COUNTRY_NAMES = {
    "NL": "Nederland",
    "BE": "Belgium",
    "DE": "Deutschland",
    "SE": "Sverige",
    "GB": "United Kingdom",
}


def _misspelt_address(rng: random.Random, draft: Draft, _: Refusing) -> bool:
    if "address" not in draft.readable:
        return False
    cells = draft.cells
    change = rng.choice(
        [
            "street",
            "street",
            "house in street",
            "zip",
            "city",
            "country",
            "house",
            "range",
            "umlaut",
            "no zip",
            "area",
            "area",
            "whole",
            "whole",
        ]
    )
    if change == "street":
        cells["street"] = spellings.street_otherwise(cells["street"], rng)
    elif change == "house in street":
        cells["street"], cells["house"] = f"{cells['street']} {cells['house']}", ""
    elif change == "zip":
        float_of = cells["zip"] + ".0" * cells["zip"].isdigit()
        cells["zip"] = rng.choice(
            [cells["zip"].lower(), cells["zip"].replace(" ", ""), f" {cells['zip']} ", float_of]
        )
    elif change == "city":
        cells["city"] = cells["city"].upper()
    elif change == "country":
        cells["country"] = rng.choice([_COUNTRY_NAMES[cells["country"]], cells["country"].lower(), ""])
    elif change == "range" and cells["house"].isdigit():
        cells["house"] = (
            f"{cells['house']}{rng.choice(['-', ' - '])}{int(cells['house']) + rng.choice([2, 3, 4])}"
        )
    elif change == "umlaut":
        cells["street"], cells["city"] = (cells[one].replace("o", "oe") for one in ("street", "city"))
    elif change == "no zip":
        cells["zip"] = ""
    elif change == "area":
        cells["zip"], cells["city"] = rng.choice([(_area(cells), ""), ("", _area(cells))])
    elif change == "whole":
        whole = f"{cells['street']} {cells['house']}, {_area(cells)}"
        cells |= dict.fromkeys(("street", "house", "zip", "city"), "") | {
            rng.choice(["street", "zip", "city"]): whole
        }
    else:
        cells["house"] = f" {cells['house']} "
    return True


def _misread(rng: random.Random, draft: Draft, _: Refusing) -> bool:
    before = dict(draft.cells)
    draft.cells |= {
        column: spellings.misread(draft.cells[column], rng)
        for column in ("mail", "street", "city", "given", "family", "name")
        if column in draft.cells
    }
    return draft.cells != before


def _area(cells: Mapping[str, str]) -> str:
    """Postcode and town as they are written in one line in that country."""
    if cells["country"] == "GB":
        return f"{cells['city']} {cells['zip']}"
    return {"DE": "D-", "BE": "B-"}.get(cells["country"], "") + f"{cells['zip']} {cells['city']}"


def _no_key(_: random.Random, draft: Draft, __: Refusing) -> bool:
    draft.cells["id"] = ""
    return True


def torn(rng: random.Random, draft: Draft, refusing: Refusing) -> bool:
    """Too many cells, too few, a comma without quotes, or half an object."""
    if draft.is_json:
        return _cut_object(rng, draft)
    header = columns_of(Contract.model_validate(FEEDS[draft.feed]))
    cells = [draft.cells.get(column, "") for column in header]
    change = rng.choice(["many", "few", "shifted"])
    if change == "shifted" and "mail" in draft.readable:
        # A comma without quotes: all behind it stands one column further, and an address is known by its looks alone.
        cells.insert(header.index("given") + 1, "A.")
        draft.readable &= {"mail", "number", "member"}
        draft.is_shifted = True
    elif change == "few":
        empty = next(number for number, cell in enumerate(reversed(cells)) if cell)
        if not empty:
            return False
        cells = cells[: len(cells) - rng.randint(1, empty)]
    else:
        # One comma at the end says nothing: the reader lets it pass, and a grant is understood as before.
        more = rng.choice([[""], ["", ""], ["x"]])
        cells += more if refusing.feed or more != [""] else ["x"]
    draft.raw = ",".join(_quoted(cell) for cell in cells)
    draft.cells = dict(zip(header, cells, strict=False))
    return True


def write_bad_bytes(draft: Draft) -> bool:
    """A byte that is no UTF-8 in a cell that says nothing."""
    if draft.feed != "login_consents" or not draft.is_plain or draft.raw is not None or draft.day != DAYS[1]:
        return False
    draft.cells["text"] = "w\udce9"
    header = columns_of(Contract.model_validate(FEEDS[draft.feed]))
    draft.raw = ",".join(_quoted(draft.cells.get(column, "")) for column in header)
    draft.mistakes.append("bytes")
    return True


def _cut_object(rng: random.Random, draft: Draft) -> bool:
    if "mail" not in draft.readable:
        return False
    begins = ("id", "at", "action", "event", "mail", "purpose", "channel")
    draft.cells = {column: draft.cells[column] for column in begins if column in draft.cells}
    whole = json.dumps(draft.cells, ensure_ascii=False)
    draft.raw = whole.removesuffix("}") + rng.choice(["", ",", ', "tel": "06', ', "country": '])
    draft.readable &= {"mail"}
    draft.is_at_points_only = draft.is_shifted = True
    return True


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\n\r') else cell


def _load(rng: random.Random, draft: Draft, _: Refusing) -> bool:
    """What becomes of its file."""
    if not draft.is_plain:
        return False
    change = rng.choice(["held", "dropped", "released", "late", "again"])
    if change == "late":
        draft.day = DAYS[2]
    elif change == "again":
        draft.again.append(DAYS[2])
    else:
        draft.hold(change)
    return True


def _encoding(rng: random.Random, draft: Draft, _: Refusing) -> bool:
    # Few feeds, so that there are few files; only the contract of suppressions declares no encoding.
    encodings = {"consents": "utf-16", "shop_consents": "utf-8-sig", "suppressions": "cp1252"}
    encoding = encodings.get(draft.feed)
    if encoding is None or not draft.is_plain or draft.day != DAYS[1]:
        return False
    if "".join(draft.cells.values()) != "".join(draft.cells.values()).encode(encoding, "ignore").decode(
        encoding
    ):
        return False
    draft.encoding = encoding
    draft.name = f"_{draft.encoding}"
    return True


MISTAKES: dict[str, Mistake] = {
    "one identifier": _one_identifier,
    "unreadable identifier": _unreadable_identifier,
    "no name": _no_name,
    "email": in_cell("mail", *spellings.EMAIL_SPELLINGS),
    "email once more": in_cell("mail", spellings.email_in_punctuation, spellings.email_in_quotes),
    "phone": in_cell("tel", spellings.phone_otherwise),
    "number": in_cell("number", spellings.number_otherwise, spellings.number_among_others),
    "record id": in_cell("member", spellings.number_otherwise),
    "address": _misspelt_address,
    "name": in_cell("family", spellings.name_otherwise),
    "misread": _misread,
    "word": _misspelt_word,
    "unknown word": _unknown_word,
    "purpose": _widened("purpose", spellings.UNKNOWN_PURPOSES),
    "channel": _widened("channel", spellings.UNKNOWN_CHANNELS),
    "no channel": _no_channel,
    "date": _other_date,
    "no key": _no_key,
    "load": _load,
    "encoding": _encoding,
    "torn": torn,
}
# Of a state in a list: what leaves its key, and what the contract says by itself.
STATE_MISTAKES = ("no name", "email", "phone", "number", "address", "name", "torn")


def make_mistakes(rng: random.Random, draft: Draft, refusing: Refusing) -> None:
    """One to four mistakes; those that damage the whole row come last."""
    names = [*MISTAKES] if draft.feed != "accepts" else [*STATE_MISTAKES]
    wanted = rng.randint(1, 4)
    for name in sorted(rng.sample(names, min(len(names), wanted + 3)), key=[*MISTAKES].index):
        if len(draft.mistakes) < wanted and MISTAKES[name](rng, draft, refusing):
            draft.mistakes.append(name)
