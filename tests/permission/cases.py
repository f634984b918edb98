"""Cases of the mutation test: somebody was granted a contact and refuses it, or grants it, with one to four mistakes.

What must not be allowed then is worked out here, from what each mistake leaves readable, and not by the definition.
"""

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from tests.permission import spellings
from tests.permission.drafts import POINTS, USES, Case, Draft, Person, Refused, Stays
from tests.permission.histories import DAYS
from tests.permission.mistakes import Mistake, Refusing, in_cell, make_mistakes, torn, write_bad_bytes
from tests.permission.normal_forms import UNREADABLE_EMAILS
from tests.permission.values import Values

_MARKETING = ("newsletter", "offers")
_ALL = tuple(USES)
Pair = tuple[str, str]  # channel, purpose
Granted = set[tuple[str, str, str]]  # channel, purpose, identifier


def _consent(purpose: str, channel: str, sure: str = "true") -> dict[str, str]:
    return {"action": "grant", "purpose": purpose, "channel": channel, "sure": sure, "text": "w1"}


# Feed, its words, and what they grant.
_GRANTS: tuple[tuple[str, dict[str, str], tuple[Pair, ...]], ...] = (
    ("consents", _consent("newsletter", "email"), (("email", "newsletter"),)),
    ("consents", _consent("offers", "phone"), (("phone", "offers"),)),
    ("shop_consents", _consent("newsletter", "email"), (("email", "newsletter"),)),
    ("shop_consents", _consent("offers", "email"), (("email", "offers"),)),
    ("shop_consents", _consent("offers", "sms"), (("sms", "offers"),)),
    ("shop_consents", _consent("offers", "post"), (("post", "offers"),)),
    ("login_consents", _consent("newsletter", "all", ""), tuple((channel, "newsletter") for channel in _ALL)),
    ("newsletter", {"event": "confirm", "list": "weekly"}, (("email", "newsletter"),)),
    ("accepts", {"flag": "yes"}, (("email", "newsletter"),)),
)


def _withdrawal(feed: str, *words: str) -> Callable[[str, str], Refusing]:
    return lambda channel, purpose: Refusing(
        feed,
        _consent(purpose, channel) | {"action": words[0]},
        (purpose,),
        (channel,),
        purpose,
        "action",
        words,
    )


def _event(
    feed: str, purposes: tuple[str, ...], words: tuple[str, ...], is_bounce: bool = False
) -> Callable[[str, str], Refusing]:
    return lambda _, __: Refusing(
        feed, {"event": words[0], "list": "weekly"}, purposes, ("email",), {"mailings": "offers"}.get(feed, "newsletter"), "event", words,
        is_at_points_only=is_bounce, is_lifted_by_anybody=is_bounce,
    )  # fmt: skip


def _entry(feed: str, *words: str) -> Callable[[str, str], Refusing]:
    is_register, is_death = words[0] == "national_register", words[0] == "deceased"
    return lambda channel, purpose: Refusing(
        feed,
        {"reason": words[0], "purpose": "" if is_register or is_death else purpose, "channel": "" if is_death else channel},
        _MARKETING if is_register or is_death else (purpose,),
        _ALL if is_death else (channel,),
        "reason",
        words,
        is_followed=is_register,
        is_lifted_by_anybody=is_register,
    )  # fmt: skip


_REFUSALS: tuple[Callable[[str, str], Refusing], ...] = (
    _withdrawal("consents", "withdraw", "unsubscribe", "unsubscribed"),
    _withdrawal("shop_consents", "withdraw"),
    lambda _, purpose: Refusing(
        "login_consents",
        _consent(purpose, "") | {"action": "object"},
        _MARKETING,
        _ALL,
        "action",
        ("object",),
    ),
    _event("newsletter", ("newsletter",), spellings.WITHDRAWING),
    _event("newsletter", _MARKETING, spellings.COMPLAINING),
    _event("mailings", ("offers",), spellings.WITHDRAWING),
    _event("mailings", _MARKETING, ("hard_bounce",), is_bounce=True),
    _entry("suppressions", "own_request", "complaint", "asked us to", ""),
    _entry("suppressions", "deceased"),
    _entry("blocklist", "own_request", "complaint"),
    _entry("blocklist", "national_register"),
)


def _granting(rng: random.Random, person: Person) -> tuple[list[Draft], Granted]:
    """One to three rows that grant, and what they do."""
    drafts: list[Draft] = []
    granted: Granted = set()
    feeds = set()
    for number in range(rng.randint(1, 3)):
        feed, words, pairs = rng.choice(_GRANTS)
        if feed == "accepts" and (feed in feeds or person.country == "DE"):
            continue  # an unconfirmed yes permits nothing in Germany
        feeds.add(feed)
        bears = {"name", "mail", *rng.sample(["tel", "address", "number", "member"], 2)}
        bears |= {identifier for channel, _ in pairs[:1] for identifier in USES[channel]}
        bears |= {"member"} if feed == "accepts" else set()
        day = date(2026, 6, rng.randint(1, 8))
        cells = person.cells(feed, bears) | words
        if feed != "accepts":
            cells |= {
                "id": f"g{person.values.own}-{number}",
                "at": f"{day}T{rng.randint(6, 20):02d}:00:00Z",
            }
        drafts.append(Draft(feed, cells, bears, DAYS[0], [*DAYS] if feed == "accepts" else []))
        granted |= {
            (channel, purpose, identifier)
            for channel, purpose in pairs
            for identifier in USES[channel]
            if identifier in bears
        }
    return (drafts, granted) if drafts else _granting(rng, person)


def refusal_case(rng: random.Random, values: Values) -> Case:
    """Somebody refuses, with one to four mistakes, another fills in a form with the mailbox; a bystander stays."""
    person = Person(rng, values)
    drafts, granted = _granting(rng, person)
    channel, purpose, _ = rng.choice(sorted(granted))
    state = next((draft for draft in drafts if draft.feed == "accepts"), None)
    others = [
        draft
        for draft in drafts
        if draft.cells.get("purpose", "newsletter") == "newsletter" and draft is not state
    ]
    if state is not None and others and rng.random() < 0.5:
        refusing = Refusing("accepts", {"flag": "no"}, ("newsletter",), ("email",))
        draft = Draft("accepts", state.cells | refusing.cells, set(state.readable), DAYS[1], [*DAYS[1:]])
        state.snapshots = [DAYS[0]]
    else:
        refusing = rng.choice(_REFUSALS)(channel, purpose)
        while channel not in refusing.channels or purpose not in refusing.purposes:
            refusing = rng.choice(_REFUSALS)(channel, purpose)
        draft = _refusal(rng, person, refusing, drafts)
    make_mistakes(rng, draft, refusing)
    rows = [*(("person", one) for one in drafts), ("person", draft), ("bystander", _bystander(values))]
    has_stranger = not refusing.is_lifted_by_anybody and rng.random() < 0.3
    if has_stranger:
        rows.append(("stranger", _stranger(person)))
    return Case(
        rows=rows,
        refused=_refused(drafts, draft, refusing, granted, has_stranger),
        stays=[Stays("bystander", "email", "newsletter")],
        name=f"{refusing.feed} {refusing.cells}: {', '.join(draft.mistakes)}",
        is_exact=not draft.is_shifted and draft.encoding != "cp1252",
        refusals=[draft],
    )


def _refusal(rng: random.Random, person: Person, refusing: Refusing, granting: Sequence[Draft]) -> Draft:
    """The refusal without a mistake: it bears identifiers that name the person to the company."""
    known = {identifier for draft in granting for identifier in draft.readable} - {"name"}
    naming = {"mail"} if refusing.is_at_points_only else known - {"member"}
    bears = {rng.choice(sorted(naming)), *rng.sample(sorted(known), rng.randint(0, len(known))), "name"}
    cells = person.cells(refusing.feed, bears) | refusing.cells
    if rng.random() < 0.3 and "address" not in bears:
        cells["country"] = ""
    day = DAYS[0] + timedelta(days=rng.randint(2, 9))
    cells |= {"id": f"r{person.values.own}", "at": f"{day}T10:00:00Z"}
    snapshots = []
    if refusing.feed == "suppressions":
        cells |= {"at": rng.choice([day.isoformat(), day.strftime("%d-%m-%Y")]), "given": ""}
    elif refusing.feed == "blocklist":
        cells["at"] = day.isoformat()
        snapshots = [*DAYS[1:]] if refusing.is_followed else [DAYS[1]]
    is_at_points_only = refusing.is_at_points_only
    return Draft(refusing.feed, cells, bears, DAYS[1], snapshots, is_at_points_only=is_at_points_only)


def _form(values: Values, day: date, given: str, family: str, mail: str, at: str, sure: str) -> Draft:
    cells = dict.fromkeys(Person(random.Random(0), values).cells("shop_consents", set()), "")
    cells |= {"given": given, "family": family, "mail": mail, "country": "NL", "at": at}
    cells |= {"id": f"{given}{values.own}"} | _consent("newsletter", "email", sure)
    return Draft("shop_consents", cells, {"mail", "name"}, day)


def _stranger(person: Person) -> Draft:
    """Somebody of another name fills in a form with the person's mailbox, later, and confirms nothing."""
    return _form(person.values, DAYS[2], "Bob", "Stranger", person.mail, "2026-06-25T10:00:00Z", "false")


def _bystander(values: Values) -> Draft:
    return _form(values, DAYS[0], "Eve", "Else", values.email(3), "2026-06-04T10:00:00Z", "true")


def _refused(
    granting: Sequence[Draft], draft: Draft, refusing: Refusing, granted: Granted, has_stranger: bool
) -> list[Refused]:
    """What the refusal, as far as it can still be read, must not leave allowed."""
    points = draft.readable & POINTS & {identifier for one in granting for identifier in one.readable}
    shared = {"mail"} if has_stranger else set()
    # The number space of shop_consents has no other grants than its own.
    numbered = [one for one in granting if refusing.feed != "shop_consents" or one.feed == refusing.feed]
    reaches = not draft.is_at_points_only and (
        bool(points - shared)
        or (bool(points) and "name" in draft.readable)
        or ("number" in draft.readable and any("number" in one.readable for one in numbered))
        or any("member" in one.readable & draft.readable for one in granting if one.feed == refusing.feed)
    )
    purposes = (refusing.own_purpose,) if draft.is_unknown_word else refusing.purposes
    refused = [
        Refused("person", channel, purpose, identifier)
        for channel, purpose, identifier in sorted(granted)
        if channel in refusing.channels and purpose in purposes and (reaches or identifier in points)
    ]
    is_at_mailbox = "mail" in points and "email" in refusing.channels and "newsletter" in purposes
    return refused + (
        [Refused("stranger", "email", "newsletter", "mail")] if has_stranger and is_at_mailbox else []
    )


# Grants.

_NOTHING = Refusing("", {}, (), ())


def _ungranted(rng: random.Random, draft: Draft) -> str:
    """A mistake after which the grant is not understood in full."""
    another = f"other@{draft.cells['mail'].rpartition('@')[2]}"
    ways: dict[str, dict[str, str]] = {
        "date": {"at": rng.choice(spellings.UNREADABLE_DATES)},
        "ahead": {"at": "2026-07-09T10:00:00Z"},
        "key": {"id": ""},
        "address": {"mail": rng.choice(UNREADABLE_EMAILS)},
        "two addresses": {"mail": f"{draft.cells['mail']}; {another}"},
    }
    if draft.kind == "consents":
        ways |= {
            # "g r a n t" is the word: spaces between letters count as little as those between words.
            "word": {"action": rng.choice([*spellings.UNKNOWN_WORDS, "grnat", "granted?!no"])},
            "purpose": {"purpose": rng.choice([*spellings.EVERYTHING, "newslettre", "newsletters"])},
            "channel": {"channel": rng.choice(spellings.UNKNOWN_CHANNELS)},
        }
    else:
        ways |= {"word": {"event": rng.choice([*spellings.UNKNOWN_WORDS, "subscrbe", "delivered", "open"])}}
    others = ["held", "dropped", "torn", *(["no channel"] if draft.feed == "shop_consents" else [])]
    name = rng.choice([*ways, *others])
    if name in ways:
        draft.cells |= ways[name]
    elif name == "no channel":
        del draft.cells["channel"]
    elif name == "held":
        draft.hold("held")
    elif name == "dropped":
        draft.hold("dropped")
    elif not torn(rng, draft, _NOTHING):
        draft.cells["at"] = ""
    return name


def _redated(rng: random.Random, draft: Draft, _: Refusing) -> bool:
    day = draft.cells["at"][:10]
    draft.cells["at"] = spellings.date_otherwise(day, f"{day}T10:00:00", rng)
    return True


_HARMLESS: dict[str, Mistake] = {
    "email": in_cell("mail", *spellings.SAFE_EMAIL_SPELLINGS),
    "name": in_cell("family", spellings.name_otherwise),
    "action": in_cell("action", spellings.any_case),
    "event": in_cell("event", spellings.any_case),
    "purpose": in_cell("purpose", spellings.any_case, lambda text, _: f" {text} "),
    "channel": in_cell("channel", spellings.any_case, lambda text, _: f" {text} "),
    "date": _redated,
    "number": in_cell("number", spellings.number_otherwise),
}


def grant_case(rng: random.Random, values: Values) -> Case:
    """Somebody grants, with mistakes: most such that nothing is granted, the others such that all is."""
    person = Person(rng, values)
    of_newsletters = [one for one in _GRANTS if ("email", "newsletter") in one[2] and one[0] != "accepts"]
    feed, words, pairs = rng.choice(of_newsletters)
    bears = {"name", "mail", "number"}
    cells = person.cells(feed, bears) | words
    cells |= {"id": f"g{values.own}", "at": f"2026-06-{rng.randint(1, 8):02d}T10:00:00Z"}
    draft = Draft(feed, cells, bears, DAYS[0])
    for name in rng.sample([*_HARMLESS], rng.randint(0, 3)):
        if _HARMLESS[name](rng, draft, _NOTHING):
            draft.mistakes.append(name)
    case = Case(rows=[("person", draft)])
    if rng.random() < 0.6:
        draft.mistakes.append(_ungranted(rng, draft))
        case.refused = [Refused("person", channel, purpose) for channel, purpose in pairs]
    else:
        case.stays = [
            Stays("person", channel, purpose) for channel, purpose in pairs if "mail" in USES[channel]
        ]
    case.is_exact = not draft.is_shifted
    case.name = f"grant in {feed}: {', '.join(draft.mistakes)}"
    return case


def make_cases(seed: int, count: int, first: int) -> list[Case]:
    """So many cases, four of five of them refusals; `first` is the first number of values that is free."""
    rng = random.Random(seed)
    cases = [
        (grant_case if number % 5 == 4 else refusal_case)(rng, Values(first + number))
        for number in range(count)
    ]
    # One row only: in a file with many such rows the encoding is wrong, not the row.
    drafts = (draft for case in cases for draft in case.refusals)
    next(filter(write_bad_bytes, drafts), None)
    return cases
