"""Each rule of permission as a small example, with what must come out written down by hand.

Names stand for people: `an` and `bob` live in one house, where `home` is the mailbox of both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.permission.company import Company, Slot
from tests.permission.delivered import Fate, Row
from tests.permission.feeds import FEEDS, WHO
from tests.permission.histories import DAYS
from tests.permission.values import Values

EMAIL = frozenset({("email", "newsletter")})
NAMES = {"an": ("An", "Berg"), "bob": ("Bob", "Dijk")}


@dataclass(frozen=True)
class Said:
    """A row about `who`. `delivered`: places in DAYS; of a list, the lists that it stands in."""

    who: str
    feed: str
    cells: dict[str, str]
    delivered: tuple[int, ...]
    fate: Fate = "accepted"
    raw: str | None = None


@dataclass(frozen=True)
class Rule:
    """What is delivered, and exactly which (who, channel, purpose) are allowed then."""

    title: str
    said: Sequence[Said]
    allowed: frozenset[tuple[str, str, str]]


def _at(day: str) -> tuple[int, ...]:
    try:
        return (
            next(number for number, one in enumerate(DAYS) if one >= date.fromisoformat(f"2026-{day[:5]}")),
        )
    except (ValueError, StopIteration):
        return (len(DAYS) - 1,)


def _said(who: str, feed: str, at: str, cells: dict[str, str], keys: dict[str, Any]) -> Said:
    """`at` is a day and time of 2026 such as `06-08T10`, a day, or any other text."""
    time = at
    if at[:3] == "06-" or at[:3] == "07-":
        time = f"2026-{at}:00:00Z" if "T" in at else f"2026-{at}"
    delivered = keys.pop("delivered", None) or _at(at)
    fate, raw = keys.pop("fate", "accepted"), keys.pop("raw", None)
    cells = cells | {"at": time} | {key: str(value) for key, value in keys.items()}
    return Said(who, feed, cells, delivered, fate, raw)


def grant(who: str, at: str, feed: str = "shop_consents", **keys: Any) -> Said:
    """A grant of the newsletter by e-mail, unless said otherwise."""
    words = {"action": "grant", "purpose": "newsletter", "channel": "email", "sure": "", "text": "w1"}
    return _said(who, feed, at, words, {"mail": "home"} | keys)


def withdraw(who: str, at: str, feed: str = "shop_consents", **keys: Any) -> Said:
    """A withdrawal of the newsletter by e-mail, unless said otherwise."""
    return grant(who, at, feed, **({"action": "withdraw"} | keys))


def event(who: str, at: str, word: str, feed: str = "newsletter", **keys: Any) -> Said:
    """What a sending service reports."""
    return _said(who, feed, at, {"event": word, "list": "weekly"}, {"mail": "home"} | keys)


def entry(at: str, reason: str, feed: str = "suppressions", **keys: Any) -> Said:
    """An entry of a list, about e-mail unless said otherwise."""
    words = {"reason": reason, "purpose": "", "channel": "email"}
    return _said("", feed, at, words, {"mail": "home", "name": ""} | keys)


def state(who: str, flag: str, *lists: int, feed: str = "accepts", **keys: Any) -> Said:
    """A row of a customer table, in these of its lists."""
    return _said(who, feed, "", {"flag": flag}, {"mail": "home", "delivered": lists, "member": 1} | keys)


def row(who: str, at: str, feed: str, **keys: Any) -> Said:
    """A row of any other kind."""
    words = {"contest": {"form": "contest"}, "request": {"form": "request"}, "orders": {"total": "10.00"}}
    return _said(who, feed, at, words.get(feed, {}), {"mail": "home"} | keys)


def rule(title: str, said: Sequence[Said], **allowed: frozenset[tuple[str, str]]) -> Rule:
    """`allowed`: who -> (channel, purpose)."""
    return Rule(title, said, frozenset((who, *pair) for who, pairs in allowed.items() for pair in pairs))


def pairs(channels: str, purposes: str) -> frozenset[tuple[str, str]]:
    """All pairs of these words; `_` stands for a space."""
    return frozenset(
        (channel, purpose.replace("_", " ")) for channel in channels.split() for purpose in purposes.split()
    )


AN = {"name": "an"}
_UNNAMED = {"name": ""}
_MOVED = {"mail": "new"}
OLD, NEW = "06-08T10", "06-15T10"  # before and after what happens on 06-12
MID = "06-12T10"

RULES: tuple[Rule, ...] = (
    # Who lifts a withdrawal.
    rule("a withdrawal ends the grant before it", [grant("an", OLD), withdraw("an", MID)]),
    rule("a later grant under the same name lifts it", [grant("an", OLD), withdraw("an", MID), grant("an", NEW)], an=EMAIL),
    rule(
        "a name is compatible in any case and with its prefixes",
        [withdraw("an", MID), grant("an", NEW, given="AN", family="van den  Berg")],
        an=EMAIL,
    ),
    rule("another's form with the mailbox lifts nothing", [grant("an", OLD), withdraw("an", MID), grant("bob", NEW)]),
    rule(
        "another's confirmed subscription permits that one, and no older grant of the first",
        [grant("an", OLD), withdraw("an", MID), grant("bob", NEW, sure="true")],
        bob=EMAIL,
    ),
    rule(
        "the event confirm is a confirmation",
        [grant("an", OLD), withdraw("an", MID), event("bob", NEW, "confirm")],
        bob=EMAIL,
    ),
    rule(
        "confirmed_by in the contract is a confirmation",
        [withdraw("an", MID), grant("bob", NEW, "login_consents")],
        bob=EMAIL,
    ),
    rule(
        "the same record id in the same feed lifts it under another name",
        [withdraw("an", MID, member=1), grant("an", NEW, member=1, given="Annie", family="Smit")],
        an=EMAIL,
    ),
    rule(
        "the same record id in another feed does not",
        [withdraw("an", MID, "consents", member=1), grant("bob", NEW, member=1)],
    ),
    rule(
        "the same customer number in the same feed lifts it under another name",
        [withdraw("an", MID, number=1), grant("an", NEW, number=1, given="Annie", family="Smit")],
        an=EMAIL,
    ),
    rule(
        "the same customer number of another feed lifts nothing",
        [withdraw("an", MID, "consents", number=1), grant("bob", NEW, number=1)],
    ),
    rule(
        "the same customer number in one number space lifts it",
        [withdraw("an", MID, number=1, channel="post", purpose="service", address=1),
         row("bob", NEW, "orders", number=1, address=1)],
        bob=pairs("email post", "service") | pairs("email", "offers"),
    ),
    rule(
        "where neither bears a name it is lifted",
        [withdraw("an", MID, **_UNNAMED), grant("an", NEW, **_UNNAMED)],
        an=EMAIL,
    ),
    rule(
        "a missing name is that of the others at the point",
        [grant("an", OLD), withdraw("an", MID, **_UNNAMED), grant("an", NEW)],
        an=EMAIL,
    ),
    rule(
        "a missing name is nobody's where two names are at the point",
        [grant("an", OLD), grant("bob", OLD), withdraw("an", MID, **_UNNAMED), grant("an", NEW)],
    ),
    rule(
        "a record without a name lifts what is named, while nobody else is at the point",
        [grant("an", OLD), withdraw("an", MID), grant("an", NEW, **_UNNAMED)],
        an=EMAIL,
    ),
    rule(
        "a record without a name lifts nothing where others are at the point",
        [grant("bob", OLD, purpose="offers"), withdraw("an", MID), grant("an", NEW, **_UNNAMED)],
        bob=pairs("email", "offers"),
    ),
    # What lifts other refusals.
    rule("an objection is not lifted under the same name", [withdraw("an", MID, action="object"), grant("an", NEW)]),
    rule(
        "an objection is lifted by a confirmed grant",
        [withdraw("an", MID, action="object"), grant("an", NEW, sure="true")],
        an=EMAIL,
    ),
    rule(
        "an objection is lifted under the same record id",
        [withdraw("an", MID, action="object", member=1), grant("an", NEW, member=1)],
        an=EMAIL,
    ),
    rule(
        "an objection is to all marketing on its channel, and to no service",
        [grant("an", OLD), grant("an", OLD, purpose="offers"), grant("an", OLD, purpose="service"),
         withdraw("an", MID, action="object", purpose="offers")],
        an=pairs("email", "service"),
    ),
    rule(
        "a complaint is about all marketing by e-mail",
        [grant("an", OLD), grant("an", OLD, purpose="offers"), event("an", MID, "spamreport")],
    ),
    rule("a complaint is not lifted under the same name", [event("an", MID, "complaint"), grant("an", NEW)]),
    rule("an entry of a list is not lifted under the same name", [entry("06-12", "own_request"), grant("an", NEW)]),
    rule("an entry of a list is lifted by a confirmed grant", [entry("06-12", "own_request"), grant("an", NEW, sure="yes")], an=EMAIL),
    rule("an entry of a register is lifted by any later act", [entry("06-12", "national_register"), grant("bob", NEW)], bob=EMAIL),
    rule("a death is never lifted", [entry("06-12", "deceased"), grant("an", NEW, sure="true")]),
    rule("a death stops service too", [row("an", OLD, "orders"), entry("06-12", "deceased", channel="")]),
    rule("any reason is a request of one's own", [grant("an", OLD), entry("06-12", "by letter")]),
    # Bounces.
    rule("a hard bounce counts at once, for service too", [grant("an", OLD), row("an", OLD, "orders"), event("an", MID, "hard-bounce")]),
    rule(
        "a hard bounce holds at its point alone",
        [grant("an", OLD, number=1), grant("an", OLD, number=1, **_MOVED), event("an", MID, "hard_bounce", number=1)],
        an=EMAIL,
    ),
    rule(
        "a later sign of life undoes a hard bounce",
        [grant("an", OLD), event("an", MID, "Hard_Bounce"), event("an", NEW, "open")],
        an=EMAIL,
    ),
    rule("one soft bounce is none", [grant("an", OLD), event("an", MID, "bounce")], an=EMAIL),
    rule("two soft bounces are", [grant("an", OLD), event("an", MID, "bounce"), event("an", NEW, "soft bounce")]),
    rule(
        "an undeliverable entry holds at its point alone",
        [grant("an", OLD, number=1), grant("an", OLD, number=1, **_MOVED), entry("06-12", "undeliverable", number=1)],
        an=EMAIL,
    ),
    # Dates.
    rule(
        "a refusal's day counts to its end",
        [grant("an", "06-12T09"), withdraw("an", "06-12"), grant("an", "06-12T20")],
    ),
    rule("a grant of the next day is later", [withdraw("an", "06-12"), grant("an", "06-13")], an=EMAIL),
    rule("a grant's day is weighed at its first moment", [withdraw("an", "06-12T00"), grant("an", "06-12")]),
    rule("at one moment the refusal wins", [withdraw("an", MID), grant("an", MID)]),
    rule(
        "a refusal without a date counts to the end of the day of its delivery",
        [grant("an", "06-20T12"), withdraw("an", "", delivered=(1,))],
    ),
    rule(
        "a refusal with an unreadable date does not count beyond that day",
        [withdraw("an", "31-31-2026", delivered=(1,)), grant("an", "06-21T12")],
        an=EMAIL,
    ),
    rule(
        "the same row again keeps the day of its first delivery",
        [withdraw("an", "soon", delivered=(1, 2)), grant("an", "06-25T12")],
        an=EMAIL,
    ),
    rule("a refusal that is dated ahead counts at once", [grant("an", OLD), withdraw("an", "07-30T10", delivered=(1,))]),
    rule(
        "and no longer than that day",
        [withdraw("an", "07-30T10", delivered=(1,)), grant("an", "06-25T10")],
        an=EMAIL,
    ),
    rule("a grant that is dated ahead waits", [grant("an", "07-30T10")]),
    rule("a grant without a readable date is none", [grant("an", "10/06/2026 10:00")]),
    # Versions and states.
    rule(
        "an act dated earlier never replaces a refusal dated later under the same key",
        [withdraw("an", MID, id="k"), grant("an", OLD, id="k", delivered=(2,))],
    ),
    rule(
        "a correction from grant to refusal counts whatever its date",
        [grant("an", MID, id="k"), withdraw("an", OLD, id="k", delivered=(2,))],
    ),
    rule(
        "a changed row that repeats a grant is no act",
        [grant("an", OLD, id="k"), event("an", MID, "unsubscribe"), grant("an", NEW, id="k", text="w2")],
    ),
    rule(
        "a grant that moved to another mailbox under its key ends by a refusal at the one it left",
        [grant("an", OLD, id="k"), event("bob", MID, "unsubscribe", name=""), grant("an", OLD, id="k", mail="new", delivered=(2,))],
    ),
    rule(
        "a list that repeats a yes is no act",
        [state("an", "yes", 0), event("an", MID, "unsubscribe"), state("an", "yes", 1, 2, tel=1)],
    ),
    rule(
        "a yes after a no is an act",
        [state("an", "yes", 0), state("an", "no", 1), state("an", "yes", 2)],
        an=EMAIL,
    ),
    rule("a no after a yes withdraws", [grant("an", OLD), state("an", "yes", 0), state("an", "no", 1, 2)]),
    rule("a repeated no withdraws once", [state("an", "yes", 0), state("an", "no", 1, 2), grant("an", "06-25T10")], an=EMAIL),
    rule("a first no does nothing", [grant("an", OLD), state("an", "no", 1, 2)], an=EMAIL),
    rule("a first no of an opt-out refuses", [grant("an", OLD), state("an", "1", 1, 2, feed="optouts")]),
    # Purposes and channels.
    *(
        rule(
            f"the purpose {text!r} of a refusal is every marketing purpose",
            [grant("an", OLD), grant("an", OLD, purpose="offers"), grant("an", OLD, purpose="service"),
             withdraw("an", MID, purpose=text)],
            an=pairs("email", "service"),
        )
        for text in ("", "all", "ANY", "*", "nieuwsbrieff")
    ),
    rule(
        "a purpose in another case is that purpose",
        [grant("an", OLD), grant("an", OLD, purpose="offers"), withdraw("an", MID, purpose=" Newsletter ")],
        an=pairs("email", "offers"),
    ),
    rule(
        "service stops when it is named, and nothing else",
        [row("an", OLD, "orders"), withdraw("an", MID, purpose="service")],
        an=pairs("email", "offers"),
    ),
    *(
        rule(
            f"the channel {text!r} of a refusal is every channel",
            [grant("an", OLD, channel="", tel=1, address=1), withdraw("an", MID, channel=text, tel=1, address=1)],
        )
        for text in ("", "All", "pigeon")
    ),
    rule(
        "a channel of a refusal in another case is that channel",
        [grant("an", OLD, channel="all", tel=1), withdraw("an", MID, channel=" SMS", tel=1)],
        an=pairs("email phone ads", "newsletter"),
    ),
    rule(
        "a grant for all channels is for each",
        [grant("an", OLD, channel="all", tel=1, address=1)],
        an=pairs("email sms phone post ads", "newsletter"),
    ),
    rule("a grant for a channel that nobody knows is none", [grant("an", OLD, channel="pigeon")]),
    rule("a grant without the key of its channel is none", [grant("an", OLD, channel="-")]),
    *(rule(f"a grant for the purpose {text!r} is none", [grant("an", OLD, purpose=text)]) for text in ("", "all", "*")),
    rule("a grant in another case is one", [grant("an", OLD, action=" GRANT", purpose="Newsletter ", channel="EMAIL")], an=EMAIL),
    # Words.
    *(
        rule(f"{word!r} is an unsubscribe", [grant("an", OLD), grant("an", OLD, **_MOVED), event("an", MID, word)])
        for word in ("unsubscribe", "Unsubscribe", "group_unsubscribe", "group-unsubscribe", "GROUP UNSUBSCRIBE")
    ),
    rule(
        "a word that nobody knows suspends its point, and reaches nobody",
        [grant("an", OLD), grant("an", OLD, **_MOVED), event("an", MID, "opt0ut"), grant("an", NEW, sure="true")],
        an=EMAIL,
    ),
    rule(
        "it suspends no other purpose",
        [grant("an", OLD), grant("an", OLD, purpose="offers"), event("an", MID, "opt0ut")],
        an=pairs("email", "offers"),
    ),
    rule("an unknown action suspends too", [grant("an", OLD), withdraw("an", MID, action="revoked?")]),
    # Reach.
    rule(
        "a refusal reaches the older grants of its customer number",
        [grant("an", OLD, "login_consents", number=1, **_MOVED), grant("an", OLD, "login_consents", number="001.0", mail="third"),
         withdraw("", MID, "consents", number=1, mail="", name="")],
    ),
    rule(
        "and leaves the later ones on other points",
        [grant("an", NEW, number=1, **_MOVED), withdraw("an", MID, number=1)],
        an=EMAIL,
    ),
    rule(
        "a number in a number space reaches nobody outside of it",
        [grant("an", OLD, "login_consents", number=1, **_MOVED), withdraw("bob", MID, number=1)],
        an=EMAIL,
    ),
    rule(
        "a refusal reaches the older grants of its record id in its feed",
        [grant("an", OLD, member=1, **_MOVED), withdraw("", MID, member=1, mail="", name="")],
    ),
    rule(
        "but not those of another feed",
        [grant("an", OLD, "login_consents", member=1, **_MOVED), withdraw("bob", MID, member=1, mail="", name="")],
        an=EMAIL,
    ),
    rule(
        "it reaches who wrote its point under its name",
        [grant("an", OLD), grant("bob", OLD, purpose="offers"), grant("an", OLD, **_MOVED),
         event("", MID, "unsubscribe", name="an")],
        bob=pairs("email", "offers"),
    ),
    rule(
        "an entry reaches who wrote its point under its family name",
        [grant("an", OLD), grant("bob", OLD), grant("an", OLD, **_MOVED), grant("bob", OLD, mail="third"),
         entry("06-12", "own_request", family="Berg")],
        bob=EMAIL,
    ),
    rule(
        "it reaches the only one who wrote its point",
        [grant("an", OLD), grant("an", OLD, **_MOVED), entry("06-12", "own_request")],
    ),
    rule(
        "without a name it reaches none of two who wrote its point",
        [grant("an", OLD), grant("bob", OLD), grant("an", OLD, **_MOVED), entry("06-12", "own_request")],
        an=EMAIL,
    ),
    rule(
        "it reaches the person of its own record",
        [grant("an", OLD, **_MOVED), grant("bob", OLD, purpose="offers"), withdraw("an", MID, **_UNNAMED)],
        bob=pairs("email", "offers"),
    ),
    rule(
        "a ground that is no act ends whatever the dates",
        [row("an", NEW, "orders"), withdraw("an", MID, purpose="offers")],
        an=pairs("email", "service"),
    ),
    rule(
        "also on the other points of its person",
        [row("an", NEW, "orders", **_MOVED), withdraw("an", MID, purpose="offers")],
        an=pairs("email", "service"),
    ),
    rule(
        "a form is an act",
        [withdraw("an", MID, purpose="offers"), row("an", NEW, "contest")],
        an=pairs("email", "offers"),
    ),
    # Several purposes, no purpose, numbers of nobody.
    rule(
        "several purposes in one cell are each refused, also where somebody was granted that text",
        [grant("an", OLD), grant("an", OLD, purpose="offers"), grant("bob", OLD, purpose="newsletter, offers", **_MOVED),
         withdraw("an", MID, purpose="newsletter; offers")],
        bob=pairs("email", "newsletter,_offers"),
    ),
    rule("a refusal of one purpose ends a grant of several", [grant("an", OLD, purpose="newsletter, offers"), withdraw("an", MID)]),
    rule(
        "a list entry about several purposes is about each",
        [grant("an", OLD), grant("an", OLD, purpose="offers"), entry("06-12", "own_request", purpose="newsletter|offers")],
    ),
    rule(
        "an event of a service whose contract names no purpose refuses every one",
        [grant("an", OLD), grant("an", OLD, purpose="offers"), event("an", MID, "unsubscribe", "bulk")],
    ),
    rule(
        "what stands in place of a number lifts nothing",
        [withdraw("an", MID, number="guest"), grant("bob", NEW, number="guest")],
    ),
    rule(
        "nor reaches it anybody",
        [grant("an", OLD, number="guest", **_MOVED), withdraw("bob", MID, number="guest")],
        an=EMAIL,
    ),
    rule("an initial may be the name", [withdraw("an", MID), grant("an", NEW, given="A", family="Berg")], an=EMAIL),
    rule(
        "but not under another number of the feed",
        [withdraw("an", MID, number=1), grant("an", NEW, given="A", family="Berg", number=12)],
    ),
    rule(
        "a refusal reaches each of several numbers in a cell",
        [grant("an", OLD, number=1, **_MOVED), withdraw("", MID, mail="", name="", number="7 / #1")],
    ),
    rule(
        "also where they became floats",
        [grant("an", OLD, number=1, **_MOVED), withdraw("", MID, mail="", name="", number="1.0;70110.0")],
    ),
    rule(
        "and a number with separators",
        [grant("an", OLD, number="K-1", **_MOVED), withdraw("", MID, mail="", name="", number="k1")],
    ),
    # Identifiers.
    rule("a refusal of an address covers its tags", [grant("an", OLD, mail="home+shop"), withdraw("an", MID)]),
    rule("and the reverse", [grant("an", OLD), withdraw("an", MID, mail="home+shop")]),
    # Loads and rows.
    rule("a refusal in a held load counts", [grant("an", OLD), withdraw("an", MID, fate="held")]),
    rule("a refusal in a dropped load counts", [grant("an", OLD), withdraw("an", MID, fate="dropped")]),
    rule("a grant in a held load does not", [grant("an", OLD, fate="held")]),
    rule("a grant in a dropped load does not", [grant("an", OLD, fate="dropped")]),
    rule("a grant in a released load does", [grant("an", OLD, fate="released")], an=EMAIL),
    rule("a refusal without a key counts", [grant("an", OLD), withdraw("an", MID, "consents", id="")]),
    # Lists.
    rule("an entry of a register in the newest list counts", [grant("an", OLD), entry("06-09", "national_register", "blocklist", delivered=(0, 1, 2))]),
    rule(
        "an entry of a register that left the list does not",
        [grant("an", OLD), entry("06-09", "national_register", "blocklist", delivered=(0, 1))],
        an=EMAIL,
    ),
    rule("a request that left the list counts", [grant("an", OLD), entry("06-09", "own_request", "blocklist", delivered=(0,))]),
)  # fmt: skip


def add_rules(company: Company, first: int) -> int:
    """Adds the rules, each under ("rule", title); `first` is the first number of values that is free, as is what is returned."""
    for place, one in enumerate(RULES):
        values = Values(first + place)
        for number, said in enumerate(one.said):
            company.add(("rule", one.title), _row(said, values, number), *_slots(said))
    return first + len(RULES)


def who_said(one: Rule, values: Values) -> list[tuple[str, Row]]:
    """Whose each row is."""
    return [
        (said.who or f"nobody {number}", _row(said, values, number)) for number, said in enumerate(one.said)
    ]


def _slots(said: Said) -> list[Slot]:
    if FEEDS[said.feed].get("delivery") == "snapshot":
        return [Slot(said.feed, DAYS[place], snapshot=DAYS[place]) for place in said.delivered]
    if said.fate != "accepted":
        return [Slot(said.feed, DAYS[1], f"_{said.fate}", said.fate)]
    return [
        Slot(said.feed, DAYS[place], "_again" if number else "")
        for number, place in enumerate(said.delivered)
    ]


def _row(said: Said, values: Values, number: int) -> Row:
    cells = dict.fromkeys(WHO, "") | {"country": "NL", "id": f"{values.own}-{number}"} | said.cells
    given, family = NAMES.get(cells.pop("name", said.who), ("", ""))
    cells = {"given": given, "family": family} | {
        key: cell for key, cell in cells.items() if cell or key not in ("given", "family")
    }
    if said.feed == "newsletter":
        cells["name"] = f"{cells.pop('given')} {cells.pop('family')}".strip()
    if cells.pop("address", ""):
        cells |= values.address(1, "NL")
    if cells["id"] == "k":
        cells["id"] = f"{values.own}-k"
    if cells["mail"]:
        local, _, tag = cells["mail"].partition("+")
        cells["mail"] = f"{local}{'+' if tag else ''}{tag}@{values.email(0).partition('@')[2]}"
    if cells["tel"]:
        cells["tel"] = values.phone(1)
    for column, own in (("number", values.customer_number(1)), ("member", values.record_id(1))):
        if cells[column]:
            cells[column] = cells[column].replace("1", own, 1)
    if cells.get("channel") == "-":
        del cells["channel"]
    if said.feed in ("accepts", "optouts"):
        del cells["at"]
    return Row(said.feed, cells, said.raw)
