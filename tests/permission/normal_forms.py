"""Identifiers, names, words and dates in one form each, in plain Python: from the words of the rules, not from the project's SQL.

Of the sender's own addresses and numbers it knows what the histories write; a reader that recognises more is no contradiction.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# What everybody writes instead of an identifier, and what no rule can read: written down before the tests that use it.
UNREADABLE_EMAILS = ("x(at)y", "unknown", "n/a", "-", "jan.jansen", "@", "see above", "")
UNREADABLE_PHONES = ("unknown", "n/a", "-", "n.v.t.", "secret", "")

ALL = frozenset({"", "all", "any", "*"})
CHANNELS = ("email", "sms", "phone", "post", "ads")
_CHANNEL_WORDS = {"e_mail": "email", "mail": "post", "letter": "post", "telephone": "phone", "text": "sms"}
# Normal form of an event or action word -> its meaning; a word that is not here is one nobody knows.
EVENT_WORDS: Mapping[str, str] = {
    "grant": "grant", "subscribe": "grant", "confirm": "grant",
    "withdraw": "withdraw", "unsubscribe": "withdraw", "unsubscribed": "withdraw",
    "group_unsubscribe": "withdraw", "object": "object",
    "complaint": "complain", "spamreport": "complain", "complained": "complain",
    "hard_bounce": "hard_bounce", "bounce": "bounce", "soft_bounce": "bounce",
    "send": "neutral", "delivered": "neutral", "open": "sign", "click": "sign",
}  # fmt: skip
REASON_WORDS: Mapping[str, str] = {
    "national_register": "register", "deceased": "deceased", "undeliverable": "undeliverable",
}  # fmt: skip

_QUOTES = str.maketrans(
    "\u2018\u2019\u02bc\u00b4\u0060\u201c\u201d\u201e\u00ab\u00bb", "\u0027" * 5 + "\u0022" * 5
)
_COUNTRIES = {
    "nl": "NL", "nederland": "NL", "netherlands": "NL", "the netherlands": "NL", "nld": "NL",
    "be": "BE", "belgië": "BE", "belgium": "BE", "se": "SE", "sverige": "SE", "sweden": "SE",
    "de": "DE", "deutschland": "DE", "germany": "DE", "gb": "GB", "united kingdom": "GB", "cn": "CN", "fr": "FR",
}  # fmt: skip
_CODES = {"NL": "31", "BE": "32", "SE": "46", "DE": "49", "GB": "44", "CN": "86", "FR": "33"}
# Countries whose postcode and house number are one address, whatever street is written beside them.
_TELLING_POSTCODES = ("NL", "GB", "IE", "CA", "PT", "BR", "JP", "SG")
_PREFIXES = {"van", "von", "de", "den", "der", "het", "'t", "te", "ten", "ter"}
_STREET_WORDS = (
    ("strasse", "str"), ("straat", "str"), ("street", "str"), ("gatan", "g"), ("vagen", "v"), ("laan", "ln"), ("road", "rd"),
    ("avenue", "av"), ("boulevard", "bd"), ("platz", "pl"), ("plein", "pl"),
)  # fmt: skip
_SHORT_STREET_WORDS = {"st": "str", "ave": "av", "blvd": "bd", "bvd": "bd"}


@lru_cache(100_000)
def plain(text: str | None) -> str:
    """The text with compatibility forms, quotes and apostrophes in one form, nothing unseen in it, and single spaces."""
    folded = unicodedata.normalize("NFKC", text or "")
    seen = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter
        for letter in folded
        if unicodedata.category(letter) != "Cf"
    )
    return " ".join(seen.translate(_QUOTES).split())


def as_meant(text: str | None) -> str | None:
    """A refusal's text that was UTF-8 and read as Windows-1252 as it was before; any other as it is."""
    try:
        return text and text.encode("cp1252").decode()
    except UnicodeError:
        return text


@lru_cache(100_000)
def emails(text: str | None) -> frozenset[str]:
    """Every address that the cell can be read as, in one form: lower case, without a tag, the domain in ASCII (UTS 46).

    Spaces inside an address and words before it look alike, so a piece with both is read in either way.
    """
    pieces = re.split(r"[;,|<>()\[\]{}\"/\n\r\t]+", _with_lines(text))
    found = set()
    for piece in (re.sub(r"(?i)\b(mailto|e-?mail):", " ", plain(piece)) for piece in pieces):
        around = re.sub(r"\s*([@.])\s*", r"\1", piece)
        readings = around.split() + ([around.replace(" ", "")] if around.count("@") == 1 else [])
        found |= {key for reading in readings if (key := _email(reading)) is not None}
    return frozenset(found)


def _with_lines(text: str | None) -> str:
    """The text in compatible forms, its line ends left as they are: they part two values."""
    return unicodedata.normalize("NFKC", text or "").translate(_QUOTES)


def _email(text: str) -> str | None:
    local, at, domain = text.lower().strip("'\".,:;!?*").rpartition("@")
    local = local.partition("+")[0].strip("'\"")
    domain = domain.strip("'\".,:;!?")
    if not at or not local or "@" in local or "." not in domain or ".." in domain:
        return None
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return None


def email_of(text: str | None) -> str | None:
    """The address of a record: of a cell with two there is none."""
    found = emails(text)
    return next(iter(found)) if len(found) == 1 else None


@dataclass(frozen=True)
class Phone:
    """A number as a refusal names it: its digits, with the calling code where it is international."""

    digits: str
    is_international: bool

    def is_at(self, number: str) -> bool:
        """Whether it names a number known as +<calling code><national number>."""
        return (
            self.digits in number_forms(number) if not self.is_international else number == "+" + self.digits
        )


def number_forms(number: str) -> tuple[str, ...]:
    """The digits of an international number, with the calling code and without."""
    digits = number.removeprefix("+")
    return (digits, *(digits.removeprefix(code) for code in _CODES.values() if digits.startswith(code)))


@lru_cache(100_000)
def phones(text: str | None) -> frozenset[Phone]:
    """Every telephone number in the cell; what has fewer than seven digits is none."""
    whole = _with_lines(text)
    pieces = [piece for piece in re.split(r"[;,|/\n\r\t]+", whole) if piece.strip()]
    readings = pieces if all(sum(map(str.isdigit, piece)) >= 8 for piece in pieces) else [whole]
    return frozenset(key for reading in readings if (key := _phone(plain(reading))) is not None)


def _phone(text: str) -> Phone | None:
    text = re.sub(r"(?<![^\W\d_])[oO](?=\d)|(?<=\d)[oO](?![^\W\d_])", "0", text)
    text = re.sub(r"(?<![^\W\d_])[lI](?=\d)|(?<=\d)[lI](?![^\W\d_])", "1", text)
    compact = re.sub(r"(?i)^[^0-9+(]*", "", text)
    compact = re.sub(r"[.,]0$", "", compact) if re.fullmatch(r"\+?\d+[.,]0", compact) else compact
    compact = compact.replace("(0)", "") if re.match(r"\(?(\+|00)", compact) else compact
    is_international = re.match(r"\(?(\+|00)", compact) is not None
    digits = re.sub(r"\D", "", compact)
    digits = digits.lstrip("0") if not compact.lstrip("(").startswith("+") else digits
    return Phone(digits, is_international) if len(digits) >= 7 else None


def phone_of(text: str | None, country: str | None) -> str | None:
    """The number of a record as +<calling code><national number>; a national one needs the record's country."""
    found = phones(text)
    if len(found) != 1:
        return None
    (phone,) = found
    if phone.is_international:
        return "+" + phone.digits
    return f"+{_CODES[country]}{phone.digits}" if country in _CODES else None


@lru_cache(100_000)
def number_key(text: str | None) -> str | None:
    """A customer number or record id in one form: no case, no outer space, no leading zeros, no decimals of a float."""
    key = re.sub(r"^(\d+)[.,]0+$", r"\1", plain(text).lower())
    return (key.lstrip("0") or "0") if key.isdigit() else key or None


@lru_cache(100_000)
def refused_numbers(text: str | None) -> frozenset[str]:
    """The numbers that a cell of a refusal may mean, without separators: the whole, and each of several."""
    key = number_key(text) or ""
    pieces = [
        re.sub(r"[.]0{1,2}$", "", piece) for piece in re.split(r"[,;/|+& ]+", key) if re.search(r"\d", piece)
    ]
    return frozenset(filter(None, map(number_form, (key, *pieces))))


def number_form(key: str) -> str:
    """A number_key without separators."""
    bare = re.sub(r"[\W_]", "", key)
    return (bare.lstrip("0") or "0") if bare.isdigit() else bare


def mailbox(address: str) -> str:
    """The one form of an address at Gmail, which knows no dots and has two names; any other as it is."""
    local, _, domain = address.partition("@")
    return f"{local.replace('.', '')}@gmail.com" if domain in ("gmail.com", "googlemail.com") else address


_TOWNS = {
    "sgravenhage": "denhaag",
    "the hague": "denhaag",
    "koeln": "koln",
    "cologne": "koln",
    "munich": "munchen",
}


def _town(text: str) -> str:
    folded = re.sub(r" ?([/(].*| (am|an der|bei|aan den?) .*)$", "", _folded(text))
    bare = re.sub(r"[ .'/-]", "", folded)
    return _TOWNS.get(bare, bare)


def _loose(text: str | None) -> str | None:
    return text and re.sub(r"([aou])e|(a)a", r"\1\2", text)


def _doors(number: str | None) -> frozenset[str | None]:
    """A house number, and of a range all that it may hold: one side of the street if its ends are; of a long one its ends."""
    ends = re.fullmatch(r"(\d+)~(\d+)", number or "")
    if ends is None or int(ends[2]) <= int(ends[1]):
        return frozenset({number})
    first, last = int(ends[1]), int(ends[2])
    doors = [first, last] if last - first > 20 else [*range(first, last + 1)]
    return frozenset(
        {number, *(str(door) for door in doors if (last - first) % 2 or (door - first) % 2 == 0)}
    )


def country_of(text: str | None) -> str | None:
    """The ISO code of a country that the histories write."""
    return _COUNTRIES.get(plain(text).lower())


@lru_cache(100_000)
def street_key(text: str | None) -> str | None:
    """A street in one form: no case, no accents, `ß` as `ss`, common words of streets abbreviated, letters and digits only."""
    folded = _folded(plain(text))
    words = [re.sub(r"[^a-z0-9]", "", word) for word in re.split(r"[\s.]+", folded)]
    short = []
    for word in filter(None, words):
        shorter = _SHORT_STREET_WORDS.get(word, word)
        for long, abbreviated in _STREET_WORDS:
            if shorter.endswith(long):
                shorter = shorter.removesuffix(long) + abbreviated
                break
        short.append(shorter)
    return "".join(short) or None


def _folded(text: str) -> str:
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
        if not unicodedata.combining(letter)
    )


@dataclass(frozen=True)
class Address:
    """A postal address in one form; `country` is None where it is not known."""

    country: str | None
    postcode: str | None
    city: str | None
    house_number: str | None
    street: str | None

    def is_at(self, other: "Address") -> bool:
        """Whether a refusal's address names that one; where one of them names no country they may be in the same.

        By the postcode where both have one, else by town, street and number.
        """
        is_elsewhere = None not in (self.country, other.country) and self.country != other.country
        if is_elsewhere or not _doors(self.house_number) & _doors(other.house_number):
            return False
        is_one_street = _loose(self.street) == _loose(other.street)
        if None in (self.postcode, other.postcode):
            return self.city is not None and _loose(self.city) == _loose(other.city) and is_one_street
        if (self.postcode or "").lstrip("0") != (other.postcode or "").lstrip("0"):
            return False
        is_told = other.country in _TELLING_POSTCODES and other.house_number is not None
        return is_told or is_one_street

    @property
    def point(self) -> "Address":
        """What makes it this address and no other: the city only without a postcode, the street only where it tells."""
        is_told = self.country in _TELLING_POSTCODES and None not in (self.postcode, self.house_number)
        return Address(
            self.country,
            self.postcode,
            None if self.postcode else self.city,
            self.house_number,
            None if is_told else self.street,
        )


_POSTCODE = r"(?:[A-Z]{1,2}-)?(?:\d{4} ?[A-Z]{2}|\d{3} \d{2}|\d{4,6})"
_AREA = rf"(?:(?P<code>{_POSTCODE})[ ,]+(?P<town>[^\W\d][^\d,]*)|(?P<town_before>[^\d,]+?)[ ,]+(?P<code_behind>[A-Z]{{1,2}}\d[A-Z\d]? ?\d[A-Z]{{2}}))"


def _spread(street: str, postcode: str, city: str) -> tuple[str, str, str]:
    """Street, postcode and town, also where one cell holds several of them."""
    read = [
        None
        if re.fullmatch(_POSTCODE, text, re.IGNORECASE)
        else re.fullmatch(rf"(?:(?P<street>.*\d.*?)[ ,]+)?{_AREA}", text, re.IGNORECASE)
        for text in (street, postcode, city)
    ]
    roads, codes, towns = (
        [found[one] or (found[other] if other else None) if found else None for found in read]
        for one, other in (("street", None), ("code", "code_behind"), ("town", "town_before"))
    )
    if not roads[0]:  # a street alone, whatever it looks like
        codes[0] = towns[0] = None
    return (
        roads[0] or street or roads[1] or roads[2] or "",
        codes[1] or postcode or codes[0] or codes[2] or "",
        towns[2] or city or towns[0] or towns[1] or "",
    )


def _house_key(number: str) -> str:
    """A house number in one form: 18 II, 18-II and 18-2 are 18-2, 18 A is 18A."""
    compact = re.sub(r"(?<=\d)[ -]+(?=\d)", "~", number)
    compact = re.sub(r"[\s-]", "", compact).replace("HUIS", "HS")
    romans = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    digits, roman = re.fullmatch(r"(\d*)(.*)", compact).groups()  # type: ignore[union-attr]
    return f"{digits}~{romans.index(roman) + 1}" if digits and roman in romans else compact


@lru_cache(100_000)
def address_of(
    street: str | None, house_number: str | None, postcode: str | None, city: str | None, country: str | None
) -> Address | None:
    """The address of these texts; None where too little of it is given."""
    code = re.sub(r"^(\d{4,8})[.,]00?$", r"\1", plain(postcode))
    road, code, town = _spread(plain(street), code, plain(city))
    number = plain(house_number).upper()
    if not number and (parts := re.fullmatch(r"(.*?\D)[ ,]+(\d+(?: ?[A-Za-z]{1,3})?)", road)):
        road, number = parts[1], parts[2].upper()
    found = Address(
        country_of(country),
        re.sub(r"[^A-Z0-9]", "", re.sub(r"^[A-Z]{1,2}-(?=\d)", "", code.upper())) or None,
        _town(town) or None,
        _house_key(number) or None,
        street_key(road),
    )
    is_found = (found.postcode or found.city) and (found.street or (found.postcode and found.house_number))
    return found if is_found else None


@dataclass(frozen=True)
class Name:
    """A name in one form: given name, and the words of the family name without prefixes."""

    given: str | None
    family: frozenset[str]

    @property
    def is_full(self) -> bool:
        """Whether both parts are there: half a name tells nobody apart."""
        return self.given is not None and bool(self.family)

    @property
    def is_missing(self) -> bool:
        """Whether there is neither part."""
        return self.given is None and not self.family


def compatible(one: Name, other: Name) -> bool:
    """Whether two full names can be one person's: the given names alike, a family name within the other."""
    return (
        one.is_full
        and other.is_full
        and (
            one.given == other.given
            or _is_initial_of(one.given, other.given)
            or _is_initial_of(other.given, one.given)
        )
        and (one.family <= other.family or other.family <= one.family)
    )


def _is_initial_of(one: str | None, other: str | None) -> bool:
    return len(one or "") == 1 and (other or "").startswith(one or "")


@lru_cache(100_000)
def name_of(given: str | None, family: str | None, full: str | None) -> Name:
    """The name of these texts; the full name is taken apart where one of the parts is missing."""
    whole = plain(full)
    if "," in whole:
        last, _, first = whole.partition(",")
    else:
        first, _, last = whole.partition(" ")
    first, last = plain(given) or first, plain(family) or last
    words = {
        folded
        for word in re.split(r"[\s-]+", _folded(last))
        if word not in _PREFIXES and (folded := re.sub(r"[^\w]", "", word))
    }
    return Name(re.sub(r"[^\w]", "", _folded(first)) or None, frozenset(words))


@lru_cache(100_000)
def word_of(text: str | None) -> str:
    """A word in one form: lower case, with `_` for spaces, hyphens and dots."""
    return re.sub(r"[\s_.-]+", "_", plain(text).lower()).strip("_")


@lru_cache(100_000)
def purpose_of(text: str | None) -> str:
    """A purpose in one form; empty and the words for everything are one."""
    found = plain(text).lower()
    return "" if found in ALL else found


@lru_cache(100_000)
def purposes_in(purpose: str) -> frozenset[str]:
    """The purposes of a text that may name several: `newsletter, offers`."""
    return frozenset(filter(None, map(str.strip, re.split(r"[,;|/+&]| (?:and|en|und|et) ", purpose))))


@lru_cache(100_000)
def channel_of(text: str | None) -> str | None:
    """The channel, empty for every channel, None for a word nobody knows."""
    if plain(text).lower() in ALL:
        return ""
    word = word_of(text)
    return word if word in CHANNELS else _CHANNEL_WORDS.get(word)


@dataclass(frozen=True)
class Moment:
    """A date as it was sent, in UTC: its first moment, and its last where only a day was given."""

    first: datetime
    last: datetime


@lru_cache(100_000)
def moment_of(text: str | None, formats: tuple[str, ...], zone: str) -> Moment | None:
    """What the text says in the contract's formats or ISO 8601; None where it cannot be read."""
    written = (text or "").strip()
    for pattern in formats:
        try:
            read = datetime.strptime(written, pattern)
        except ValueError:
            continue
        return day_of(read.date(), zone) if "%H" not in pattern else _in(read, zone)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", written):
        try:
            return day_of(date.fromisoformat(written), zone)
        except ValueError:
            return None
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", written):
        return None
    try:
        return _in(datetime.fromisoformat(written), zone)
    except ValueError:
        return None


def _in(read: datetime, zone: str) -> Moment:
    aware = read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))
    moment = aware.astimezone(UTC).replace(tzinfo=None)
    return Moment(moment, moment)


@lru_cache(100_000)
def day_of(day: date, zone: str) -> Moment:
    """A day in a zone, from its first moment to its last."""
    begins, ends = (
        datetime.combine(day + timedelta(days=after), time(), ZoneInfo(zone))
        .astimezone(UTC)
        .replace(tzinfo=None)
        for after in (0, 1)
    )
    return Moment(begins, ends - timedelta(microseconds=1))
