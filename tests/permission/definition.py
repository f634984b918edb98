"""The definition of permission in plain Python, written from the words of the rules and not from the SQL: who may be reached where.

Allowed = a grant for that point by this person, understood in full, and no refusal on the point, or reaching the person, that
this grant does not lift; or a ground that a contract declares, where the country's law asks for no consent, and no refusal
on the point, or reaching the person, at all. Where the words leave something open it is read so:

**A grant** is a row of kind consents with a word of granting, or an event `subscribe` or `confirm`, in an accepted load, with a
readable key, date, purpose and channel. Case and outer space do not count. The channel `all` or an empty cell is every
channel; a channel nobody knows, or a column or key that is not there and has no default, is none. A purpose that is empty or
`all` is none. A grant with a day only is weighed as at the first moment of its day in the contract's zone. Ahead of `as_of` it waits.

**A state is no act.** Of each (feed, key, purpose, channel), versions in the order of delivery: a grant whose previous version
was a grant too keeps the date of the first of the unbroken run. (A changed row with an earlier date is no repetition: the
earlier date counts.) A refusal under the key ends the run, also one in quarantine or in a held load. In a snapshot of
consents a "no" withdraws when the version before it was a yes, once; a first one does if the contract says `opt_out`.

**A refusal** is any other row, in whatever load, of consents, newsletter events and suppressions, from the day on which it was
first delivered; neutral events and rows of suppressions whose reason the contract maps to nothing are none.
- Until when it holds: its moment; of a day without a time the last moment of that day in the contract's zone; where the date is
  missing or unreadable, or ahead of the day of the first delivery (same cells, whatever file), the last moment of that day.
  A feed without a column for the time has the snapshot's date. At one moment the refusal wins.
- Purposes: as named if a grant, a contract or `service_purposes` knows it; `all`, `any`, `*`, empty or unknown is every marketing
  purpose; an objection and a complaint always. Bounces and deaths are for every purpose, service included.
- Channels: as named; `all`, empty or unknown is every channel. An event is about e-mail.
- It holds at its points for everybody: addresses of e-mail (e-mail and ads), numbers (sms, phone and ads), postal addresses
  (post). Several in a cell each count. A national number, and an address without a country, holds in every country; an
  address with a country also where the point names none. Postcodes tell an address where both have one, else town, street and
  number do. What plainly is street, postcode or town may stand in another's cell.
- An event or action nobody knows suspends its points: no marketing on that channel for that purpose, whatever the dates
  and names; it reaches nobody.

**Lifting.** A grant at the refusal's point stands only if it is an act, later than the refusal, and lifts it:
- a withdrawal: confirmed; or of the same record id (same feed) or customer number (same feed, or one number space in both
  contracts); or of a compatible full name; or neither bears a name. Where one of them bears no name it has that of the point's
  named records, if these are all compatible. Half a name is a name, but compatible with none.
- an objection, a complaint, an entry of a list: confirmed, or of the same record id or customer number.
- an entry of a public register: any act. A death: nothing.
A bounce, and an undeliverable entry, holds until a later sign of life at its point: a grant for a channel that uses it, an open, a click. From then on it
is as if it had not been.

**Reach.** A refusal also ends the grants up to its moment, of its purposes and channels, on all points of the people whom its
record id (same feed) or customer number (any feed; or its number space, if its contract names one) names; who wrote a
point of it under a compatible full name (an entry of a list: under its family name); of the only person who ever wrote a
point of it; of whoever granted under one key with a mailbox or number of it and then with another; and of the person of its own
accepted record. Grounds that are no act end whatever the dates. A missing name is not
filled in here. Bounces, undeliverable entries and suspensions reach nobody. `Wrote` is said of records in force; the names at
a point are those of all records that were ever accepted.

**Lists.** An entry of a register counts while its list is the newest accepted snapshot, or one that is held and newer; any other
entry for ever.

A torn line with too many cells is read by its places, and for addresses of e-mail in all its cells.

`forget` leaves rules out: a test shows that the histories notice each of them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from pipelines.contracts import CONTACT_BLOCK, Contract
from tests.permission.delivered import Arrival, Row
from tests.permission.normal_forms import (
    CHANNELS,
    REASON_WORDS,
    Address,
    Moment,
    Name,
    Phone,
    address_of,
    as_meant,
    channel_of,
    compatible,
    day_of,
    emails,
    mailbox,
    name_of,
    number_form,
    number_key,
    phones,
    purpose_of,
    purposes_in,
    refused_numbers,
    word_of,
)
from tests.permission.reading import (
    SERVICE_PURPOSES,
    SPACES,
    Block,
    Point,
    Record,
    World,
    content_of,
    contract_confirms,
    contract_opts_out,
    customer_number_of,
    is_row,
    is_there,
    is_yes,
    key_of,
    meaning,
    newsletter_purpose,
    number_space,
    said,
    sent_at,
    targets_of,
    zone_of,
)

RULES = (
    "points_of_others", "reach_by_number", "reach_by_record_id", "reach_by_name", "reach_of_the_only_writer",
    "reach_of_its_own_record", "names_decide_on_lifting", "missing_names", "confirmed_lifts", "quarantine_counts", "held_counts",
    "days_count_to_their_end", "first_delivery", "ahead_counts_now", "states_are_no_acts", "unknown_words_suspend",
    "unknown_purposes_are_all", "unknown_channels_are_all", "registers_follow_the_list", "entries_stay", "number_spaces",
    "signs_of_life", "reach_of_moved_grants",
)  # fmt: skip

Reached = tuple[object, str, str, Point]  # person, channel, purpose, point
Sort = Literal[
    "withdrawal",
    "objection",
    "complaint",
    "entry",
    "register",
    "death",
    "undeliverable",
    "bounce",
    "suspension",
]
_USES = {
    "email": ("email",),
    "sms": ("phone",),
    "phone": ("phone",),
    "post": ("address",),
    "ads": ("email", "phone"),
}
_SORT_OF_WORD: Mapping[str, Sort] = {
    "withdraw": "withdrawal", "object": "objection", "complain": "complaint", "hard_bounce": "bounce",
}  # fmt: skip
_SORT_OF_REASON: Mapping[str, Sort] = {
    "register": "register", "deceased": "death", "undeliverable": "undeliverable",
}  # fmt: skip


@dataclass(frozen=True)
class Refusal:
    """A refusal as it was recognised. `purposes`: None is every marketing purpose; `stops_service`: every purpose there is.

    `written`: all that records say of an address that is one point, such as towns.
    """

    sort: Sort
    contract: Contract
    until: datetime
    purposes: frozenset[str] | None
    stops_service: bool
    channels: frozenset[str]
    emails: frozenset[str]
    phones: frozenset[Phone]
    address: Address | None
    record_id: str | None
    number: str | None
    numbers: frozenset[str]  # all that its number may mean
    record_ids: frozenset[str]
    name: Name
    own: Block | None
    written: Mapping[Address, Collection[Address]]

    def covers(self, channel: str, purpose: str) -> bool:
        """Whether it is about that channel and purpose."""
        if channel not in self.channels:
            return False
        if self.sort == "suspension" and purpose in SERVICE_PURPOSES:
            return False
        if self.purposes is None:
            return self.stops_service or purpose not in SERVICE_PURPOSES
        return purpose in self.purposes

    def is_at(self, point: Point) -> bool:
        """Whether the point is one of its own."""
        sort, value = point
        if sort == "email":
            return mailbox(str(value)) in map(mailbox, self.emails)
        if sort == "phone":
            return any(phone.is_at(str(value)) for phone in self.phones)
        if self.address is None or not isinstance(value, Address):
            return False
        return any(map(self.address.is_at, self.written.get(value, [value])))

    @property
    def reaches_people(self) -> bool:
        """Whether it is about people, and not about a point alone."""
        return self.sort not in ("bounce", "undeliverable", "suspension")


@dataclass(frozen=True)
class Grant:
    """What speaks for contacting a record at its points. `at`: what it is weighed by."""

    record: Record
    channel: str
    purpose: str
    basis: str
    at: datetime
    is_confirmed: bool
    is_act: bool


def _used(points: frozenset[Point], channel: str) -> frozenset[Point]:
    """Those of the points that the channel can use."""
    return frozenset(point for point in points if point[0] in _USES[channel])


class Definition:
    """Who may be reached in one history: its arrivals, and which records are one person.

    `people`: person of each contact block of a kind that makes people.
    """

    def __init__(
        self,
        world: World,
        arrivals: Collection[Arrival],
        people: Mapping[Block, object],
        forget: Collection[str] = (),
    ) -> None:
        self._world = world
        self._forget = frozenset(forget)
        self._people = people
        self._arrivals = sorted(arrivals, key=lambda arrival: (arrival.row.feed, arrival.place))
        self._content = {
            id(arrival): (arrival.row.feed, *content_of(self._contract(arrival), arrival.row))
            for arrival in self._arrivals
        }
        self._accepted = [arrival for arrival in self._arrivals if self._is_accepted(arrival)]
        self._standing = list(self._in_force())
        self._records = {record.block: record for record in map(self._record, self._standing)}
        self._written: dict[Address, set[Address]] = defaultdict(set)
        for record in self._records.values():
            if record.address is not None:
                self._written[record.address.point].add(record.address)
        self._refusals = [*self._refused(), *self._came_back()]

    def _contract(self, arrival: Arrival) -> Contract:
        return self._world.contracts[arrival.row.feed]

    def _record(self, arrival: Arrival) -> Record:
        return self._world.record(self._world.block(arrival.row))

    def _is_accepted(self, arrival: Arrival) -> bool:
        return arrival.file.is_accepted and is_row(self._contract(arrival), arrival.row, arrival.file)

    # Which rows count, and when they happened.

    def _versions(self, arrivals: Sequence[Arrival]) -> dict[tuple[str, tuple[str, ...]], list[Arrival]]:
        """The versions of each key in the order of delivery: of an append feed each content once, at its first arrival."""
        versions: dict[tuple[str, tuple[str, ...]], list[Arrival]] = defaultdict(list)
        seen = set()
        for arrival in arrivals:
            contract = self._contract(arrival)
            key = key_of(contract, arrival.row)
            content = (*self._content[id(arrival)], key, arrival.file.snapshot)
            if key is not None and content not in seen:
                seen.add(content)
                versions[arrival.row.feed, key].append(arrival)
        return versions

    def _in_force(self) -> Iterator[Arrival]:
        """The newest version of each key; of a snapshot those of the newest."""
        newest = self._world.newest_snapshots
        current = [
            arrival
            for arrival in self._accepted
            if arrival.file.snapshot is None or arrival.file.snapshot == newest.get(arrival.row.feed)
        ]
        for versions in self._versions(current).values():
            if self._event_day(versions[-1]) <= self._world.as_of:
                yield versions[-1]

    def _event_day(self, arrival: Arrival) -> date:
        return self._happened(arrival).last.date()

    def _happened(self, arrival: Arrival) -> Moment:
        contract = self._contract(arrival)
        moment = sent_at(contract, arrival.row, arrival.file)
        if moment is None and arrival.file.snapshot is not None:
            moment = day_of(arrival.file.snapshot, zone_of(contract))
        assert moment is not None, "a row without a date is no accepted one"
        return moment

    def _until(self, arrival: Arrival) -> datetime:
        """Until when a refusal holds against grants."""
        contract = self._contract(arrival)
        content = self._content[id(arrival)]
        days = [other.file.day for other in self._arrivals if self._content[id(other)] == content]
        first = arrival.file.day if "first_delivery" in self._forget else min(days)
        delivered = day_of(first, zone_of(contract)).last
        moment = sent_at(contract, arrival.row, arrival.file)
        if moment is None or (moment.last > delivered and "ahead_counts_now" not in self._forget):
            return delivered
        return moment.first if "days_count_to_their_end" in self._forget else moment.last

    # What grants.

    def _granted(self, contract: Contract, row: Row) -> Iterator[tuple[str, str, bool]]:
        """(channel, purpose, confirmed) of all that the row grants."""
        if contract.kind not in ("consents", "newsletter_events") or meaning(contract, row) != "grant":
            return
        is_confirmed = contract_confirms(contract) or is_yes(said(contract, row, "is_confirmed"))
        if contract.kind == "newsletter_events":
            word = word_of(said(contract, row, "event_type"))
            is_confirmed = contract_confirms(contract) or word == "confirm"
            channels, purpose = ("email",), purpose_of(newsletter_purpose(contract))
        else:
            purpose = purpose_of(said(contract, row, "purpose"))
            channel = channel_of(said(contract, row, "channel"))
            is_known = is_there(contract, row, "channel") and channel is not None
            channels = () if not is_known else CHANNELS if channel == "" else (str(channel),)
        for channel in channels:
            if purpose and (is_confirmed or channel not in contract.double_opt_in):
                yield channel, purpose, is_confirmed

    def _acts(self) -> Iterator[Grant]:
        sequence = self._versions(
            [
                arrival
                for arrival in self._arrivals
                if self._is_accepted(arrival) or self._speaks_against(arrival) is not None
            ]
        )
        for arrival in self._standing:
            contract = self._contract(arrival)
            if not contract.spec.makes_people:
                continue
            key = key_of(contract, arrival.row)
            assert key is not None
            versions = sequence[arrival.row.feed, key]
            content = (self._content[id(arrival)], arrival.file.snapshot)
            place = next(
                number
                for number, version in enumerate(versions)
                if (self._content[id(version)], version.file.snapshot) == content
            )
            for channel, purpose, is_confirmed in self._granted(contract, arrival.row):
                at = self._happened(arrival).first
                if "states_are_no_acts" not in self._forget:
                    at = min(at, self._first_of_run(versions[:place], channel, purpose) or at)
                yield Grant(self._record(arrival), channel, purpose, "consent", at, is_confirmed, True)

    def _first_of_run(self, earlier: Sequence[Arrival], channel: str, purpose: str) -> datetime | None:
        first = None
        for arrival in reversed(earlier):
            contract = self._contract(arrival)
            granted = [(one, what) for one, what, _ in self._granted(contract, arrival.row)]
            if (channel, purpose) not in granted or not self._is_accepted(arrival):
                break
            first = self._happened(arrival).first
        return first

    def _grounds(self) -> Iterator[Grant]:
        """What a contract declares for its rows, weighed by the newest of the record."""
        newest: dict[Block, datetime] = {}
        for arrival in self._standing:
            block = self._world.block(arrival.row)
            newest[block] = max(self._happened(arrival).first, newest.get(block, datetime.min))
        for block, at in newest.items():
            record = self._records[block]
            permission = record.contract.permission
            if permission is None or record.contract.kind in (
                "consents",
                "newsletter_events",
                "suppressions",
            ):
                continue
            is_act = permission.basis in ("consent", "contract") and record.contract.kind != "list_prospects"
            for channel in permission.channels:
                yield Grant(record, channel, permission.purpose, permission.basis, at, False, is_act)
            for purpose in permission.soft_opt_in:
                for channel in ("email", "sms"):
                    yield Grant(record, channel, purpose, "soft_opt_in", at, False, False)

    # What refuses.

    def _speaks_against(self, arrival: Arrival) -> Sort | None:
        """What the row refuses, its feed's ways of repeating a state aside."""
        contract, row = self._contract(arrival), arrival.row
        is_lost = row.is_torn or not is_row(contract, row, arrival.file)
        if is_lost and "quarantine_counts" in self._forget:
            return None
        if not arrival.file.is_accepted and "held_counts" in self._forget:
            return None
        if contract.kind == "suppressions":
            source = targets_of(contract).get("reason")
            sent = row.cells.get(source, "").strip(SPACES) if source else ""
            if source and contract.columns[source].values.get(sent) == "":
                return None
            return _SORT_OF_REASON.get(
                REASON_WORDS.get(word_of(said(contract, row, "reason")), "own"), "entry"
            )
        if contract.kind not in ("consents", "newsletter_events"):
            return None
        found = meaning(contract, row)
        if found == "unknown" and "unknown_words_suspend" not in self._forget:
            return "suspension"
        return _SORT_OF_WORD.get(found)

    def _refused(self) -> Iterator[Refusal]:
        repeated = set(self._repeated_states())
        newest = self._world.newest_snapshots
        for arrival in self._arrivals:
            sort = self._speaks_against(arrival)
            if sort is None or (id(arrival) in repeated and sort == "withdrawal"):
                continue
            feed, snapshot = arrival.row.feed, arrival.file.snapshot
            if snapshot is not None and feed in newest and snapshot < newest[feed]:
                follows_list = sort == "register" and "registers_follow_the_list" not in self._forget
                if follows_list or (sort == "entry" and "entries_stay" in self._forget):
                    continue
            yield self._refusal(arrival, sort)

    def _repeated_states(self) -> Iterator[int]:
        """The rows of snapshots of consents that say no, but not from a yes."""
        if "states_are_no_acts" in self._forget:
            return
        snapshots = [
            arrival
            for arrival in self._arrivals
            if self._contract(arrival).kind == "consents" and self._contract(arrival).delivery == "snapshot"
        ]
        for versions in self._versions(snapshots).values():
            for place, arrival in enumerate(versions):
                contract = self._contract(arrival)
                was_yes = place > 0 and meaning(contract, versions[place - 1].row) == "grant"
                is_first = place == 0 and contract_opts_out(contract)
                if not was_yes and not is_first:
                    yield id(arrival)

    def _refusal(self, arrival: Arrival, sort: Sort) -> Refusal:
        contract, row = self._contract(arrival), arrival.row
        text = {column: as_meant(said(contract, row, column)) for column in CONTACT_BLOCK}
        found = emails(text["email"])
        if row.is_shifted:
            found = frozenset(key for cell in row.cells.values() for key in emails(as_meant(cell)))
        own = self._world.block(row) if self._is_accepted(arrival) and contract.spec.makes_people else None
        return Refusal(
            sort=sort,
            contract=contract,
            until=self._until(arrival),
            purposes=self._purposes(contract, row, sort),
            stops_service=sort in ("bounce", "undeliverable", "death"),
            channels=self._channels(contract, row),
            emails=found,
            phones=phones(text["phone"]),
            address=address_of(
                text["street"], text["house_number"], text["postcode"], text["city"], text["country"]
            ),
            record_id=number_key(text["record_id"]),
            number=customer_number_of(text["customer_number"]),
            numbers=refused_numbers(text["customer_number"]),
            record_ids=refused_numbers(text["record_id"]),
            name=name_of(text["given_name"], text["family_name"], text["full_name"]),
            own=own,
            written=self._written,
        )

    def _purposes(self, contract: Contract, row: Row, sort: Sort) -> frozenset[str] | None:
        if sort in ("objection", "complaint", "bounce", "undeliverable", "death"):
            return None
        if contract.kind == "newsletter_events":
            text = contract.permission.purpose if contract.permission is not None else None
        else:
            text = said(contract, row, "purpose")
        purpose, known = purpose_of(text), self._world.known_purposes
        if not purpose:
            return None
        if "unknown_purposes_are_all" in self._forget:
            return frozenset({purpose})
        words = {purpose} if purpose in known else purposes_in(purpose)
        named = {one for one in known if words & {one, *purposes_in(one)}}
        is_known = all(any(word in {one, *purposes_in(one)} for one in known) for word in words)
        return (
            frozenset(named | ({one for one in known if purposes_in(one) & purposes_in(purpose)}))
            if is_known
            else None
        )

    def _channels(self, contract: Contract, row: Row) -> frozenset[str]:
        if contract.kind == "newsletter_events":
            return frozenset({"email"})
        channel = channel_of(said(contract, row, "channel"))
        if channel is None and "unknown_channels_are_all" in self._forget:
            return frozenset()
        return frozenset({channel} if channel else CHANNELS)

    def _came_back(self) -> Iterator[Refusal]:
        """The last two messages to a record bounced, and nothing was heard of it since."""
        events: dict[Block, dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))
        for arrival in self._standing:
            contract = self._contract(arrival)
            if contract.kind == "newsletter_events":
                found = meaning(contract, arrival.row)
                word = "send" if word_of(said(contract, arrival.row, "event_type")) == "send" else found
                events[self._world.block(arrival.row)][word].append(self._happened(arrival).first)
        for block, of in events.items():
            bounces, sends = sorted(of["bounce"], reverse=True), sorted(of["send"], reverse=True)
            signs = of["grant"] + of["sign"]
            if len(bounces) < 2 or (signs and max(signs) >= bounces[1]):
                continue
            if len(sends) >= 2 and bounces[1] < sends[1]:
                continue
            record = self._records[block]
            yield Refusal(
                sort="bounce", contract=record.contract, until=bounces[0], purposes=None, stops_service=True,
                channels=frozenset({"email"}), emails=frozenset(str(value) for sort, value in record.points if sort == "email"),
                phones=frozenset(), address=None, record_id=None, number=None, numbers=frozenset(), record_ids=frozenset(),
                name=record.name, own=None, written={},
            )  # fmt: skip

    # What stands.

    @cached_property
    def _signs_of_life(self) -> list[tuple[frozenset[Point], datetime]]:
        """At the points that the act, or the mail, went by; a state that is repeated is none."""
        signs = [(_used(grant.record.points, grant.channel), grant.at) for grant in self._acts()]
        for arrival in self._standing:
            contract = self._contract(arrival)
            if contract.kind == "newsletter_events" and meaning(contract, arrival.row) == "sign":
                points = _used(self._record(arrival).points, "email")
                signs.append((points, self._happened(arrival).first))
        return signs

    def _lives(self, refusal: Refusal, point: Point) -> bool:
        """Whether a sign of life came from the point since it was reported gone."""
        if "signs_of_life" in self._forget:
            return False
        return any(point in points and at > refusal.until for points, at in self._signs_of_life)

    def _names_at(self, point: Point) -> list[Name]:
        ever = map(self._record, self._accepted)
        names = [record.name for record in ever if point in record.points]
        names += [refusal.name for refusal in self._refusals if refusal.is_at(point)]
        return [name for name in names if name.is_full]

    def _is_same_customer(self, record: Record, refusal: Refusal) -> bool:
        is_one_feed = record.feed == refusal.contract.feed
        if is_one_feed and record.record_id is not None and record.record_id == refusal.record_id:
            return True
        numbers = self._numbers_in_one_space(record, refusal)
        return numbers is not None and numbers[0] == numbers[1]

    def _is_other_customer(self, record: Record, refusal: Refusal) -> bool:
        numbers = self._numbers_in_one_space(record, refusal)
        return numbers is not None and numbers[0] != numbers[1]

    def _numbers_in_one_space(self, record: Record, refusal: Refusal) -> tuple[str, str] | None:
        spaces = {number_space(record.contract), number_space(refusal.contract)}
        is_one_space = record.feed == refusal.contract.feed or (len(spaces) == 1 and None not in spaces)
        if not is_one_space or record.number is None or refusal.number is None:
            return None
        return record.number, refusal.number

    def _lifts(self, grant: Grant, refusal: Refusal, point: Point) -> bool:
        if refusal.sort == "death":
            return False
        if refusal.sort == "register":
            return True
        confirms = grant.is_confirmed and "confirmed_lifts" not in self._forget
        if confirms or self._is_same_customer(grant.record, refusal):
            return True
        if refusal.sort != "withdrawal":
            return False
        if "names_decide_on_lifting" in self._forget:
            return True
        one, other = grant.record.name, refusal.name
        if self._is_other_customer(grant.record, refusal) and 1 in (
            len(one.given or ""),
            len(other.given or ""),
        ):
            return False
        if one.is_missing or other.is_missing:
            if one.is_missing and other.is_missing:
                return True
            names = self._names_at(point)
            if not (one.is_full or other.is_full) or "missing_names" in self._forget:
                return False
            return all(compatible(name, another) for name in names for another in names)
        return compatible(one, other)

    @cached_property
    def _moved(self) -> list[list[Record]]:
        """The records under one key whose grants stated one contact block after another."""
        if "reach_of_moved_grants" in self._forget:
            return []
        records: dict[tuple[str, object], dict[Block, Record]] = defaultdict(dict)
        for arrival in self._accepted:
            contract, row = self._contract(arrival), arrival.row
            if contract.kind in ("consents", "newsletter_events") and meaning(contract, row) == "grant":
                record = self._record(arrival)
                records[row.feed, key_of(contract, row)][record.block] = record
        return [list(found.values()) for found in records.values() if len(found) > 1]

    def _reached(self, refusal: Refusal) -> set[object]:
        """The people whom the refusal is about."""
        if not refusal.reaches_people:
            return set()
        reached: set[object] = set()
        writers: dict[Point, set[object]] = defaultdict(set)
        for block, person in self._people.items():
            record = self._records.get(block)
            if record is None:
                continue
            if self._names(refusal, record):
                reached.add(person)
            for point in filter(refusal.is_at, record.points):
                writers[point].add(person)
        for records in self._moved:
            for left in records:
                if any(point[0] != "address" and refusal.is_at(point) for point in left.points):
                    moved_to = [record.block for record in records if record.block != left.block]
                    reached |= {self._people[block] for block in moved_to if block in self._people}
        if "reach_of_the_only_writer" not in self._forget:
            reached |= {person for people in writers.values() if len(people) == 1 for person in people}
        return reached

    def _names(self, refusal: Refusal, record: Record) -> bool:
        """Whether the refusal names the record's person."""
        forget = self._forget
        if refusal.own == record.block and "reach_of_its_own_record" not in forget:
            return True
        is_named = record.record_id is not None and number_form(record.record_id) in refusal.record_ids
        if record.feed == refusal.contract.feed and is_named and "reach_by_record_id" not in forget:
            return True
        space = number_space(refusal.contract)
        is_in_space = space is None or space == number_space(record.contract) or "number_spaces" in forget
        is_numbered = record.number is not None and number_form(record.number) in refusal.numbers
        if is_numbered and is_in_space and "reach_by_number" not in forget:
            return True
        if "reach_by_name" in forget or not any(map(refusal.is_at, record.points)):
            return False
        if refusal.contract.kind == "suppressions":
            return bool(refusal.name.family) and refusal.name.family == record.name.family
        return compatible(refusal.name, record.name)

    @cached_property
    def _reaches(self) -> list[tuple[Refusal, set[object]]]:
        return [(refusal, self._reached(refusal)) for refusal in self._refusals]

    def against(self, grant: Grant, point: Point, person: object) -> str | None:
        """What stands against a grant at a point; None where nothing does."""
        if (objection := self._law(grant, person)) is not None:
            return objection
        for refusal, reached in self._reaches:
            if not refusal.covers(grant.channel, grant.purpose):
                continue
            if "points_of_others" in self._forget and person not in reached:
                continue
            if refusal.is_at(point):
                if refusal.sort in ("bounce", "undeliverable") and self._lives(refusal, point):
                    continue
                is_later = grant.is_act and grant.at > refusal.until
                if refusal.sort == "suspension" or not (is_later and self._lifts(grant, refusal, point)):
                    return f"{refusal.sort} of {refusal.contract.feed} until {refusal.until} at its point"
            elif person in reached and not (grant.is_act and grant.at > refusal.until):
                return f"{refusal.sort} of {refusal.contract.feed} until {refusal.until} by its person"
        return self._licence(grant)

    def _law(self, grant: Grant, person: object) -> str | None:
        if grant.purpose in SERVICE_PURPOSES:
            return None
        audience = "business" if grant.record.is_business else "consumer"
        rule = self._world.rules_of_law.get((grant.record.country or "", audience, grant.channel))
        if grant.basis == "consent":
            if rule is not None and rule.double_opt_in and not grant.is_confirmed:
                return "unconfirmed"
        else:
            asked = rule.rule if rule else "opt_in"
            if not (asked == "opt_out" or (asked == "soft_opt_in" and grant.basis == "soft_opt_in")):
                return "consent_required"
        for block, other in self._people.items():
            record = self._records.get(block)
            if other == person and record is not None and record.birth_year == 2015:
                return "below_age"
        return None

    def _licence(self, grant: Grant) -> str | None:
        licence = grant.record.contract.licence
        if licence is None:
            return None
        is_licensed = (
            licence.valid_from <= self._world.as_of <= licence.valid_until
            and grant.purpose in licence.purposes
            and grant.channel in licence.channels
            and grant.record.country in licence.countries
        )
        return None if is_licensed else "licence"

    def judged(self) -> Iterator[tuple[Reached, str | None]]:
        """Everything that speaks for a contact, with what stands against it."""
        for grant in (*self._acts(), *self._grounds()):
            if grant.record.block not in self._people:
                continue  # of a kind that makes no people, or nobody in particular
            person = self._people[grant.record.block]
            for point in grant.record.points:
                if point[0] in _USES[grant.channel]:
                    yield (person, grant.channel, grant.purpose, point), self.against(grant, point, person)

    def allowed(self) -> set[Reached]:
        """Everyone's reachable points."""
        return {reached for reached, objection in self.judged() if objection is None}

    def blocks_in_force(self) -> list[Block]:
        """The contact blocks that a row in force bears, of kinds that make people."""
        return [block for block, record in self._records.items() if record.contract.spec.makes_people]
