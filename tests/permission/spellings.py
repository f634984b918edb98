"""Ways in which people and systems write the same identifier, word or date; each returns the text written otherwise."""

import random

Chance = random.Random

# Words of refusal that the sending services write, by what they mean; what nobody knows; what says nothing.
WITHDRAWING = ("unsubscribe", "unsubscribed", "group_unsubscribe")
COMPLAINING = ("complaint", "spamreport", "complained")
UNKNOWN_WORDS = ("uitgeschrevn", "opt0ut", "byebye", "xyzzy", "withdrawn?", "")
UNKNOWN_PURPOSES = ("Newslettr", "mailshots", "???", "n/a")
UNKNOWN_CHANNELS = ("pigeon", "telex", "???")
EVERYTHING = ("", "all", "ALL", "any", "*", " All ")
UNREADABLE_DATES = ("", "soon", "31-31-2026 10:00", "1781100000", "n/a", "10/06/2026 25:99")
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def full_width(text: str) -> str:
    """The letters and digits that East Asian keyboards write."""
    return text.translate(_FULL_WIDTH)


def any_case(text: str, rng: Chance) -> str:
    """Capitals somewhere."""
    return rng.choice([text.upper(), text.title(), text.swapcase(), text.capitalize()])


def spaced(text: str, rng: Chance) -> str:
    """Spaces around, of any sort."""
    return rng.choice([f" {text}", f"{text}  ", f"\t{text} ", f"\u00a0{text}\u00a0"])


def email_in_punctuation(text: str, rng: Chance) -> str:
    """Punctuation that a list left behind."""
    return rng.choice(
        ["{}.", "{};", "{},", "{} ;", ",{}", "{}:", "{}...", "{}.;", "{}!", "({})", "[{}]"]
    ).format(text)


def email_in_quotes(text: str, rng: Chance) -> str:
    """Quotes around."""
    return rng.choice(["'{}'", '"{}"', "‘{}’", "“{}”", "«{}»", "`{}`", "'{}", '{}"']).format(text)  # noqa: RUF001


def email_in_brackets(text: str, rng: Chance) -> str:
    """Angle brackets, most with a display name."""
    shown = rng.choice(["", "Anna Berg ", '"Berg, Anna" ', "A. Berg - home ", "(private) "])
    return f"{shown}<{text}>" + rng.choice(["", ";", ","])


def email_as_link(text: str, rng: Chance) -> str:
    """The link of a page."""
    return rng.choice(["mailto:", "MAILTO:", "mailto: ", "e-mail: ", "Email:"]) + text


def email_with_spaces(text: str, rng: Chance) -> str:
    """A space inside, where a line was broken."""
    local, _, domain = text.partition("@")
    first, dot, rest = domain.rpartition(".")
    return rng.choice(
        [f"{local} @{domain}", f"{local}@ {domain}", f"{local} @ {domain}", f"{local}@{first} {dot}{rest}"]
    )


def email_among_several(text: str, rng: Chance) -> str:
    """Another address in the same cell."""
    other = f"other.{rng.randrange(10**9)}@work.example"
    between = rng.choice(["; ", ", ", ";", ",", " / ", " | ", " "])
    return between.join(rng.choice([[text, other], [other, text]]))


def email_with_unseen(text: str, rng: Chance) -> str:
    """Characters that nobody sees."""
    unseen = rng.choice(["\u200b", "\u00ad", "\ufeff", "\u2060", "\u200e"])
    place = rng.choice([0, max(text.find("@"), 0), len(text)])
    return text[:place] + unseen + text[place:]


def email_in_full_width(text: str, rng: Chance) -> str:
    """The sign or all of it in full width."""
    return text.replace("@", "＠") if rng.random() < 0.5 else full_width(text)  # noqa: RUF001


def email_with_tag(text: str, rng: Chance) -> str:
    """With a tag where there was none, without the one there was."""
    local, _, domain = text.partition("@")
    plain, tag, _ = local.partition("+")
    return f"{plain}@{domain}" if tag else f"{local}+{rng.choice(['news', 'shop', 'x1'])}@{domain}"


def email_with_other_domain_form(text: str, _: Chance) -> str:
    """The domain in ASCII where it was not, in capitals where it was."""
    local, _at, domain = text.partition("@")
    return f"{local}@{domain.upper() if domain.isascii() else domain.encode('idna').decode('ascii')}"


def email_with_typographic_apostrophe(text: str, _: Chance) -> str:
    """What a word processor makes of an apostrophe."""
    return text.replace("'", "’")  # noqa: RUF001


def email_at_gmail(text: str, rng: Chance) -> str:
    """Gmail's other name, or a dot in its local part; another service's as it is."""
    local, _, domain = text.partition("@")
    if domain != "gmail.com":
        return text
    return rng.choice(
        [
            f"{local}@googlemail.com",
            f"{local[:2]}.{local[2:]}@gmail.com".replace("..", "."),
            f"{local.replace('.', '')}@gmail.com",
        ]
    )


def misread(text: str, _: Chance) -> str:
    """UTF-8 read as Windows-1252."""
    try:
        return text.encode().decode("cp1252")
    except UnicodeError:
        return text


EMAIL_SPELLINGS = (
    lambda text, rng: any_case(text, rng), spaced, email_in_punctuation, email_in_quotes, email_in_brackets, email_as_link,
    email_with_spaces, email_among_several, email_with_unseen, email_in_full_width, email_with_tag,
    email_with_other_domain_form, email_with_typographic_apostrophe, email_at_gmail, email_at_gmail,
)  # fmt: skip
# Of a grant's address: what says beyond doubt which one address it is.
SAFE_EMAIL_SPELLINGS = (
    lambda text, rng: any_case(text, rng), spaced, email_in_quotes, email_in_brackets, email_as_link, email_with_unseen,
)  # fmt: skip


def phone_otherwise(text: str, rng: Chance) -> str:
    """A number +<code><national number> as it is written in lists; `text` is of a country with two digits of code."""
    code, national = text[1:3], text[3:]
    grouped = f"{national[:2]} {national[2:5]} {national[5:]}"
    return rng.choice(
        [
            f"00{code}{national}", f"+{code} {grouped}", f"+{code} (0){grouped}", f"0{national}", f"0{grouped}",
            f"0{national[:2]}-{national[2:]}", f"(0{national[:2]}) {national[2:]}", f"0{grouped.replace(' ', '.')}",
            f"{code}{national}", national, f"{national}.0", f"{code}{national}.0", full_width(f"0{national}"),
            f"tel: 0{national}", f"Tel.+{code} {national}", f"0{national} / 0201234567", f"0201234567; +{code}{national}",
            f"0{national},", f"'0{national}", f"\u202d+{code}{national}\u202c", f"+{code}\u00a0{national}", f"0{national[:2]}/{national[2:]}",
            f"O{national}", f"+{code} {national[:-1]}{national[-1:].replace('0', 'O').replace('1', 'l')}",
        ]
    )  # fmt: skip


def number_otherwise(text: str, rng: Chance) -> str:
    """A customer number or record id as spreadsheets write it."""
    if not text.isdigit():
        return rng.choice([any_case(text, rng), spaced(text, rng), full_width(text)])
    return rng.choice(
        [
            f"{text}.0",
            f"{text},0",
            f"000{text}",
            f"0{text}",
            spaced(text, rng),
            full_width(text),
            f"{text}.00",
        ]
    )


def number_among_others(text: str, rng: Chance) -> str:
    """A customer number with a sign, with separators, or beside another."""
    grouped = f"{int(text):,}" if text.isdigit() else text
    return rng.choice(
        [
            f"#{text}",
            f"{text} / 99999999",
            f"88888888;{text}",
            grouped,
            grouped.replace(",", "."),
            f"{text[:2]}-{text[2:]}",
        ]
    )


def street_otherwise(text: str, rng: Chance) -> str:
    """A street as another typist writes it."""
    written = [text.upper(), text.lower(), spaced(text, rng), text.upper().replace("ß", "SS")]
    for long, shorts in {
        "straße": ("str.", "str", "strasse", "STRASSE", "Str."), "straat": ("str.", "STRAAT"),
        " Street": (" St", " St.", " STREET"), "gatan": ("g.", "GATAN"), " Avenue": (" Av.", " av", " Ave"),
    }.items():  # fmt: skip
        if text.endswith(long):
            written += [text.removesuffix(long) + short for short in shorts] * 2
    return rng.choice(written)


def name_otherwise(text: str, rng: Chance) -> str:
    """A name in capitals, without accents, with other spaces or apostrophes."""
    typographic = text.replace("'", "’")  # noqa: RUF001
    return rng.choice(
        [text.upper(), text.lower(), without_accents(text), f" {text} ", text.replace(" ", "  "), typographic]
    )


def without_accents(text: str) -> str:
    """As a system writes it that knows ASCII only."""
    return text.translate(
        str.maketrans({"ü": "u", "ë": "e", "ú": "u", "ñ": "n", "á": "a", "Å": "A", "Ö": "O", "é": "e"})
    )


def word_otherwise(text: str, rng: Chance) -> str:
    """A word in another case, with other signs between its parts."""
    return rng.choice(
        [
            text.upper(),
            text.capitalize(),
            text.title(),
            f" {text}",
            f"{text} ",
            text.replace("_", "-"),
            text.replace("_", " "),
        ]
    )


def date_otherwise(day: str, moment: str, rng: Chance) -> str:
    """A moment of that day: ISO 8601 in its forms, or the day alone."""
    return rng.choice(
        [day, f"{moment}+00:00", moment.replace("T", " "), f"{moment}.000Z", f"{moment}Z", f"{day}T23:59:59Z"]
    )
