"""Reads delivered rows as their contracts say: words, dates, keys, and the records that contact blocks are."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from pipelines.contracts import CONTACT_BLOCK, Contract
from pipelines.contracts.policies import CountryRule
from tests.permission.delivered import File, Row
from tests.permission.normal_forms import (
    EVENT_WORDS,
    Address,
    Moment,
    Name,
    address_of,
    country_of,
    day_of,
    email_of,
    moment_of,
    name_of,
    number_key,
    phone_of,
    purpose_of,
    word_of,
)

SERVICE_PURPOSES = frozenset({"service"})
Block = tuple[str, tuple[str | None, ...]]  # feed, the texts of the contact block
Point = tuple[str, object]
# What landing takes off both ends of a cell: the separators of Unicode, a tab not.
SPACES = "".join(letter for letter in map(chr, range(0x3001)) if unicodedata.category(letter) == "Zs")


@dataclass(frozen=True)
class World:
    """What all histories of a company share."""

    contracts: Mapping[str, Contract]
    files: Sequence[File]
    as_of: date
    country_rules: Sequence[CountryRule]
    _records: dict[Block, "Record"] = field(default_factory=dict)
    _blocks: dict[Row, Block] = field(default_factory=dict)

    def block(self, row: Row) -> Block:
        """The contact block of a row."""
        if row not in self._blocks:
            self._blocks[row] = block_of(self.contracts[row.feed], row)
        return self._blocks[row]

    def record(self, block: Block) -> "Record":
        """The record of a contact block."""
        if block not in self._records:
            self._records[block] = record_of(self.contracts[block[0]], block)
        return self._records[block]

    @cached_property
    def rules_of_law(self) -> Mapping[tuple[str, str, str], CountryRule]:
        """The rule of a country, audience and channel."""
        return {(rule.country, rule.audience, rule.channel): rule for rule in self.country_rules}

    @cached_property
    def newest_snapshots(self) -> Mapping[str, date]:
        """The day of each feed's newest accepted snapshot."""
        newest: dict[str, date] = {}
        for file in self.files:
            if file.is_accepted and file.snapshot is not None and file.snapshot <= self.as_of:
                newest[file.feed] = max(file.snapshot, newest.get(file.feed, date.min))
        return newest

    @cached_property
    def known_purposes(self) -> frozenset[str]:
        """The purposes that a contract, a service or a grant knows."""
        known = set(SERVICE_PURPOSES)
        for contract in self.contracts.values():
            if contract.permission is not None:
                known |= {purpose_of(contract.permission.purpose), *contract.permission.soft_opt_in}
            if contract.kind == "newsletter_events":
                known.add(purpose_of(newsletter_purpose(contract)))
        for file in self.files:
            contract = self.contracts[file.feed]
            if contract.kind == "consents" and file.is_accepted:
                known |= {
                    purpose_of(said(contract, row, "purpose"))
                    for row in file.rows
                    if meaning(contract, row) == "grant" and is_row(contract, row, file)
                }
        return frozenset(known - {""})


def newsletter_purpose(contract: Contract) -> str:
    """What the events of a newsletter feed are about."""
    return contract.permission.purpose if contract.permission is not None else "newsletter"


_TARGETS: dict[int, tuple[Contract, dict[str, str]]] = {}


def targets_of(contract: Contract) -> dict[str, str]:
    """Canonical column -> source column, worked out once for each contract."""
    if id(contract) not in _TARGETS:
        _TARGETS[id(contract)] = (contract, contract.targets)
    return _TARGETS[id(contract)][1]


def said(contract: Contract, row: Row, target: str) -> str | None:
    """The text of a canonical column: the row's, as the contract translates it, else the default, else None."""
    source = targets_of(contract).get(target)
    text = row.cells.get(source, "").strip(SPACES) if source is not None else ""
    if source is not None and text:
        text = contract.columns[source].values.get(text, text)
    return text or contract.defaults.get(target)


def is_there(contract: Contract, row: Row, target: str) -> bool:
    """Whether the row has the column at all, be it empty, or the contract a default for it."""
    return targets_of(contract).get(target) in row.cells or target in contract.defaults


def meaning(contract: Contract, row: Row) -> str:
    """What the row's word means; `unknown` where nobody knows it, `neutral` where it speaks of no permission."""
    column = "event_type" if contract.kind == "newsletter_events" else "consent_action"
    return EVENT_WORDS.get(word_of(said(contract, row, column)), "unknown")


def block_of(contract: Contract, row: Row) -> Block:
    """Who the row is about, as the texts that landing stores: of a number that became a float the number."""
    texts = {column: said(contract, row, column) for column in CONTACT_BLOCK}
    for column in ("record_id", "customer_number", "house_number", "postcode", "phone", "company_number"):
        texts[column] = re.sub(r"^(\d+)\.0$", r"\1", texts[column] or "") or None
    return (contract.feed, tuple(texts.values()))


def key_of(contract: Contract, row: Row) -> tuple[str, ...] | None:
    """The row's own key; None where a part is missing."""
    parts = tuple(row.cells.get(column, "").strip(SPACES) for column in contract.key)
    return parts if all(parts) else None


def zone_of(contract: Contract) -> str:
    """The zone of the feed's days."""
    return contract.event_time.timezone if contract.event_time is not None else "UTC"


def sent_at(contract: Contract, row: Row, file: File) -> Moment | None:
    """When it happened, as the row says it: by its own column, or the snapshot's date where there is none."""
    event = contract.event_time
    if event is None:
        return None if file.snapshot is None else day_of(file.snapshot, zone_of(contract))
    return moment_of(row.cells.get(event.column), tuple(event.format), event.timezone)


def is_row(contract: Contract, row: Row, file: File) -> bool:
    """Whether landing can use the row; a snapshot's row without a time of its own has that of the snapshot."""
    is_dated = sent_at(contract, row, file) is not None or file.snapshot is not None
    return not row.is_torn and key_of(contract, row) is not None and is_dated


@dataclass(frozen=True)
class Record:
    """A contact block with its identifiers in their normal forms."""

    block: Block
    contract: Contract
    name: Name
    points: frozenset[Point]
    address: Address | None
    record_id: str | None
    number: str | None
    country: str | None
    is_business: bool
    birth_year: int | None

    @property
    def feed(self) -> str:
        """The feed that it came from."""
        return self.contract.feed


def record_of(contract: Contract, block: Block) -> Record:
    """The record of a contact block."""
    text = dict(zip(CONTACT_BLOCK, block[1], strict=True))
    country = country_of(text["country"])
    address = address_of(
        text["street"], text["house_number"], text["postcode"], text["city"], text["country"]
    )
    points: tuple[tuple[str, object | None], ...] = (
        ("email", email_of(text["email"])),
        ("phone", phone_of(text["phone"], country)),
        ("address", address.point if address else None),
    )
    return Record(
        block=block,
        contract=contract,
        name=name_of(text["given_name"], text["family_name"], text["full_name"]),
        points=frozenset((sort, value) for sort, value in points if value is not None),
        address=address,
        record_id=number_key(text["record_id"]),
        number=customer_number_of(text["customer_number"]),
        country=country,
        is_business=any(text[column] for column in ("company_name", "company_number", "vat_number")),
        birth_year=int(text["birth_date"][:4]) if text["birth_date"] else None,
    )


def customer_number_of(text: str | None) -> str | None:
    """A customer number in one form; None where the text stands for none, such as `guest`."""
    key = number_key(text)
    return None if re.fullmatch(r"0|9{4,}|-|n/a|null|guest", key or "") else key


def content_of(contract: Contract, row: Row) -> tuple[object, ...]:
    """What makes two rows of a feed one: all that the contract reads, the snapshot's date aside."""
    if row.raw is not None:
        return (row.raw,)
    columns = {*contract.columns, *contract.key}
    if contract.event_time is not None:
        columns.add(contract.event_time.column)
    return tuple(row.cells.get(column, "").strip(SPACES) for column in sorted(columns))


def is_yes(text: str | None) -> bool:
    """Whether a flag says yes."""
    return (text or "").lower() in ("true", "1", "yes")


def contract_confirms(contract: Contract) -> bool:
    """Whether every grant of the feed is confirmed."""
    return getattr(contract, "confirmed_by", None) is not None


def contract_opts_out(contract: Contract) -> bool:
    """Whether a first "no" of the feed refuses."""
    return bool(getattr(contract, "opt_out", False))


def number_space(contract: Contract) -> str | None:
    """Whose customer numbers the feed writes; None where its contract names nobody."""
    return getattr(contract, "number_space", None)
