"""The definition of permission in plain Python, written from its words and not from the SQL: who may be reached where.

Allowed = a consent of this person for this contact point, and no later refusal on that point by anyone, nor an objection
of this person, nor a list that names the person; or a ground that a contract declares, where the country's law asks for no
consent and nobody ever refused. A contract (an order) is an act too, for the purpose it is for.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pipelines.policies import CountryRule
from tests.permission.histories import CHANNELS, CONTRACTS, History, Record
from tests.permission.raw_layer import AS_OF

POINTS = {
    "email": ("email",),
    "sms": ("phone",),
    "phone": ("phone",),
    "post": ("address",),
    "ads": ("email", "phone"),
}
PURPOSES = ("offers", "newsletter", "service")
Point = tuple[str, object]
Reached = tuple[int, str, str, Point]  # person (by group), channel, purpose, point


def point_of(record: Record, sort: str) -> Point | None:
    """The contact point of that sort; an address is one within its country."""
    if sort == "address":
        return None if record.address is None else (sort, (record.address, record.country))
    number = record.email if sort == "email" else record.phone
    return None if number is None else (sort, number)


def points_for(record: Record, channel: str) -> list[Point]:
    """The points of a record that a channel can use."""
    found = (point_of(record, sort) for sort in POINTS[channel])
    return [point for point in found if point is not None]


def reachable(history: History, group_of: list[int], rules: list[CountryRule]) -> set[Reached]:
    """Everyone's reachable points, where records are the people of `group_of`."""
    reached = set()
    for place, record in enumerate(history.records):
        contract = CONTRACTS[record.feed]
        if not contract.spec.makes_people:
            continue
        for channel in CHANNELS:
            for purpose in PURPOSES:
                for point in points_for(record, channel):
                    if any(
                        _stands(history, group_of, place, channel, purpose, point, *ground, rules)
                        for ground in _grounds(history, place, channel, purpose)
                    ):
                        reached.add((group_of[place], channel, purpose, point))
    return reached


def _grounds(
    history: History, place: int, channel: str, purpose: str
) -> Iterator[tuple[str, datetime, bool]]:
    """(basis, when, confirmed) of all that speaks for contacting the record."""
    record = history.records[place]
    contract = CONTRACTS[record.feed]
    acts = [act for act in history.acts if act.record == place]
    for act in acts:
        is_confirmed = bool(act.is_confirmed) or act.word == "confirm"
        awaits = channel in contract.double_opt_in and not is_confirmed
        is_consent = contract.kind == "consents" and act.word == "grant" and act.purpose == purpose
        is_consent = is_consent and act.channel in (None, channel)
        is_news = contract.kind == "newsletter_events" and act.word in ("subscribe", "confirm")
        is_news = is_news and purpose == "newsletter" and channel == "email"
        if (is_consent or is_news) and not awaits:
            yield "consent", act.at, is_confirmed
    permission = contract.permission
    if permission is not None and contract.kind != "newsletter_events":
        newest = max(act.at for act in acts)
        if permission.purpose == purpose and channel in permission.channels:
            yield permission.basis, newest, False
        if purpose in permission.soft_opt_in and channel in ("email", "sms"):
            yield "soft_opt_in", newest, False


def _stands(
    history: History, group_of: list[int], place: int, channel: str, purpose: str, point: Point, basis: str,
    granted_at: datetime, is_confirmed: bool, rules: list[CountryRule],
) -> bool:  # fmt: skip
    record = history.records[place]
    contract = CONTRACTS[record.feed]
    is_marketing = purpose != "service"
    if is_marketing:
        audience = "business" if record.is_business else "consumer"
        rule = next(
            (r for r in rules if (r.country, r.audience, r.channel) == (record.country, audience, channel)),
            None,
        )
        if basis == "consent":
            if rule is not None and rule.double_opt_in and not is_confirmed:
                return False
        else:
            asked = rule.rule if rule else "opt_in"
            if not (asked == "opt_out" or (asked == "soft_opt_in" and basis == "soft_opt_in")):
                return False
        mates = [other for other, group in enumerate(group_of) if group == group_of[place]]
        for other in mates:
            mate = history.records[other]
            if CONTRACTS[mate.feed].spec.makes_people and mate.birth_year == 2015:
                return False
    is_act = basis in ("consent", "contract") and contract.kind != "list_prospects"
    for refused_until in _refusals(history, group_of, place, channel, purpose, point):
        if not is_act or refused_until >= granted_at:
            return False
    licence = contract.licence
    if licence is not None:
        return (
            licence.valid_from <= AS_OF <= licence.valid_until
            and purpose in licence.purposes
            and channel in licence.channels
            and record.country in licence.countries
        )
    return True


def _refusals(
    history: History, group_of: list[int], place: int, channel: str, purpose: str, point: Point
) -> Iterator[datetime]:
    """Until when each refusal holds that touches the point, or the person."""
    is_marketing = purpose != "service"
    for act in history.acts:
        record = history.records[act.record]
        kind = CONTRACTS[record.feed].kind
        makes_people = CONTRACTS[record.feed].spec.makes_people
        until = act.at
        is_objection = False
        if kind == "consents" and act.word != "grant":
            is_objection = act.word == "object"
            covers = is_marketing if is_objection else act.purpose == purpose
            on = act.channel in (None, channel)
        elif kind == "newsletter_events" and act.word in ("unsubscribe", "complaint"):
            covers = purpose == "newsletter" if act.word == "unsubscribe" else is_marketing
            on = channel == "email"
        elif kind == "suppressions":
            until = act.at + timedelta(days=1)
            covers = (
                True
                if act.word == "deceased"
                else is_marketing
                if act.purpose is None
                else act.purpose == purpose
            )
            on = act.channel in (None, channel)
        else:
            continue
        if not (covers and on):
            continue
        held = points_for(record, channel)
        is_mate = makes_people and group_of[act.record] == group_of[place]
        is_named = kind == "suppressions" and _is_named(history, group_of, place, record)
        if point in held or (is_mate and (is_objection or not held)) or is_named:
            yield until
    yield from _came_back(history, channel, point)


def _is_named(history: History, group_of: list[int], place: int, listed: Record) -> bool:
    """Whether a record of the same person shares a contact point with the entry, under its family name."""
    if listed.family_name is None:
        return False
    points = {point_of(listed, sort) for sort in ("email", "phone", "address")} - {None}
    return any(
        mate.family_name is not None
        and mate.family_name.lower() == listed.family_name.lower()
        and bool(points & {point_of(mate, sort) for sort in ("email", "phone", "address")})
        for other, mate in enumerate(history.records)
        if group_of[other] == group_of[place] and CONTRACTS[mate.feed].spec.makes_people
    )


def _came_back(history: History, channel: str, point: Point) -> Iterator[datetime]:
    """The last two messages to a record with this address bounced, and nothing was heard of it since."""
    for place, record in enumerate(history.records):
        if (
            CONTRACTS[record.feed].kind != "newsletter_events"
            or channel != "email"
            or point_of(record, "email") != point
        ):
            continue
        events: dict[str, list[datetime]] = {}
        for act in history.acts:
            if act.record == place:
                events.setdefault(act.word, []).append(act.at)
        bounces = sorted(events.get("bounce", []), reverse=True)
        sends = sorted(events.get("send", []), reverse=True)
        signs = [at for word in ("subscribe", "confirm", "open", "click") for at in events.get(word, [])]
        if len(bounces) < 2 or (signs and max(signs) >= bounces[1]):
            continue
        if len(sends) < 2 or bounces[1] >= sends[1]:
            yield bounces[0]
