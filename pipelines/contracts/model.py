"""The contract of one feed, as the pydantic model behind `sources/<feed>.yml`."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from pipelines.contracts.kinds import CONTACT_BLOCK, KINDS, Kind
from pipelines.contracts.special_categories import Category, category_of_name, category_of_text
from pipelines.normalising.territories import country_code, language_code

# Columns of the contact block whose texts landing reads by a list.
_READ = {"country": country_code, "language": language_code}
# A century: dates beyond it cannot be reckoned with.
_LONGEST = timedelta(days=36_600)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def _duration(text: object) -> timedelta:
    match = re.fullmatch(r"(\d+)\s*([hdw])", str(text).strip())
    if not match or match[1] == "0":
        raise ValueError("write a duration above zero as a number and h, d or w, such as 48h or 7d")
    if len(match[1]) > 6 or int(match[1]) * _UNITS[match[2]] > _LONGEST:
        raise ValueError(f"is longer than {_LONGEST.days:,} days; write a shorter one, such as 48h or 7d")
    return int(match[1]) * _UNITS[match[2]]


def _retention(text: str) -> str:
    if not re.fullmatch(r"\d+[dwmy]", text):
        raise ValueError("write a retention as a number and d, w, m or y, such as 7y")
    if len(text) > 6 or int(text[:-1]) * _DAYS[text[-1]] > _LONGEST.days:
        raise ValueError(f"is longer than {_LONGEST.days:,} days; write a shorter one, such as 7y")
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("write a time zone of the IANA list, such as Europe/Amsterdam") from error
    return name


def _glob(pattern: str) -> str:
    if ".." in Path(pattern).parts:
        raise ValueError(
            "leaves the sources folder; move the files into it, or write the whole path from / where that is meant"
        )
    try:
        # Of a folder that is not there: a pattern is checked, no file is looked for.
        next(Path("/nowhere").glob(pattern.lstrip("/")), None)
    except (ValueError, NotImplementedError) as error:
        raise ValueError("write a path or a glob, such as files/shop/*.csv") from error
    return pattern


def _is_time_format(pattern: str) -> bool:
    try:
        datetime.strptime("", pattern)
    except ValueError as error:
        # An empty text fits no format; these are about the format itself.
        return "%" in pattern and "directive" not in str(error) and "stray" not in str(error)
    return False


def _time_formats(patterns: list[str]) -> list[str]:
    for pattern in patterns:
        if not _is_time_format(pattern):
            raise ValueError(f"{pattern} is no format of a date or time; write one such as %d-%m-%Y %H:%M")
    return patterns


def _like(pattern: str, mend: str) -> AfterValidator:
    """A text like that; who wrote another one is told the mend instead of the pattern."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(mend)
        return text

    return AfterValidator(check)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_duration, json_schema_input_type=str)]
Texts = Annotated[list[str], BeforeValidator(_as_list, json_schema_input_type=str | list[str])]
TimeFormats = Annotated[
    list[str],
    AfterValidator(_time_formats),
    BeforeValidator(_as_list, json_schema_input_type=str | list[str]),
]
TimeZone = Annotated[str, AfterValidator(_zone)]
_FEED = r"^[a-z][a-z0-9_]*$"
FeedName = Annotated[
    str,
    _like(_FEED, "write small letters, digits and _, such as shop_orders"),
    Field(json_schema_extra={"pattern": _FEED}),
]
_OWNER = r"^(team:[a-z0-9_-]+|[^@\s]+@[^@\s]+)$"
Owner = Annotated[
    str,
    _like(_OWNER, "write team:<name>, such as team:sales, or an e-mail address"),
    Field(json_schema_extra={"pattern": _OWNER}),
]
_DELIMITER = r"^(.|\\t)$"
Delimiter = Annotated[
    str,
    _like(_DELIMITER, "write one character, or \\t for a tab"),
    Field(json_schema_extra={"pattern": _DELIMITER}),
]
Channel = Literal["email", "sms", "phone", "post", "ads"]


class Strict(BaseModel):
    """A part of a contract: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Files(Strict):
    """Where the deliveries are and how to read them."""

    glob: Annotated[str, AfterValidator(_glob)] = Field(description="Path or glob, relative to the contract.")
    format: Literal["csv", "jsonl", "parquet", "excel"]
    encoding: str | None = Field(
        None, description="Python codec name; detected when not declared (csv, jsonl)."
    )
    delimiter: Delimiter | None = Field(
        None, description="CSV separator, one character or \\t; detected when not declared."
    )
    quote: str = Field('"', max_length=1, description="CSV quote character; empty for none.")
    header_row: int = Field(1, ge=1, le=10_000, description="Row that holds the column names (csv, excel).")
    sheet: str | None = Field(None, description="Excel sheet; when not declared, the only one that has rows.")
    decimal: Literal[".", ","] = Field(".", description="Decimal separator of the amounts.")

    @field_validator("encoding")
    @classmethod
    def _known_codec(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                "a".encode(name)
            except (LookupError, UnicodeError, ValueError) as error:
                raise ValueError(
                    "write an encoding that Python knows, such as utf-8, cp1252 or gb18030"
                ) from error
        return name


class EventTime(Strict):
    """The column that says when the row happened."""

    column: str
    format: TimeFormats = Field(
        default_factory=list, description="strptime formats, tried in order; ISO 8601 is always understood."
    )
    timezone: TimeZone = Field("UTC", description="Zone of times that carry none.")


class SnapshotDate(Strict):
    """The date of a snapshot delivery: from a column or from the file's name."""

    column: str | None = None
    filename: str | None = Field(
        None, description="strptime pattern of the file name, such as crm_%Y%m%d.csv"
    )
    format: TimeFormats = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_of_both(self) -> "SnapshotDate":
        if (self.column is None) == (self.filename is None):
            raise ValueError("give either column or filename")
        return self


class Freshness(Strict):
    """How old the newest event time may be, counted back from the end of `as_of`."""

    warn_after: Duration
    error_after: Duration


class Mapping(Strict):
    """One source column: the canonical column or columns it fills, and how its text is read."""

    to: Texts
    format: TimeFormats = Field(default_factory=list, description="strptime formats of a date or time.")
    decimal: Literal[".", ","] | None = None
    values: dict[str, str] = Field(
        default_factory=dict, description="Source code -> canonical value; others pass as they are."
    )


class Permission(Strict):
    """What a row of this feed is evidence for."""

    purpose: str
    channels: list[Channel]
    basis: Literal["consent", "contract", "legitimate_interest", "legal_obligation"]
    soft_opt_in: list[str] = Field(
        default_factory=list,
        description="Purposes for which own customers may be mailed about similar goods until they refuse, where the law "
        "has it: the order form must have offered to refuse.",
    )


class Licence(Strict):
    """What a bought list may be used for, where, and until when."""

    provider: str
    purposes: list[str]
    channels: list[Channel]
    countries: list[str]
    valid_from: date
    valid_until: date = Field(description="Last day on which the list may be used.")
    max_uses: int | None = Field(None, ge=1, description="Audience exports that may draw on the list.")
    erase_after: Annotated[str, AfterValidator(_retention)] = Field(
        "30d", description="So long after valid_until the values must be gone."
    )

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> "Licence":
        if self.valid_until < self.valid_from:
            raise ValueError("valid_until lies before valid_from; correct one of them")
        return self


class SpecialCategory(Strict):
    """A special category of personal data (GDPR art. 9 and 10) that the feed may hold, by each person's explicit consent."""

    category: Category
    basis: Literal["explicit_consent"]
    evidence: str = Field(
        description="Source column that says whether the person of the row consented; of a row in which it is empty, "
        "no or false nothing of the category is stored."
    )


def _columns(value: object) -> object:
    """`source: target` and `source: [targets]` are short for `source: {to: ...}`."""
    if isinstance(value, dict):
        return {key: item if isinstance(item, dict) else {"to": item} for key, item in value.items()}
    return value


class Contract(Strict):
    """One feed: one stream of rows from one system."""

    feed: FeedName
    kind: str = Field(json_schema_extra=lambda schema: schema.update(enum=[*sorted(KINDS)]))
    description: str
    owner: Owner = Field(description="team:<name> or an e-mail address.")
    files: Files
    delivery: Literal["append", "snapshot"] = "append"
    snapshot_date: SnapshotDate | None = None
    key: Texts = Field(
        default_factory=list,
        description="Source columns that identify a row for ever; else the row's content.",
    )
    event_time: EventTime | None = Field(
        None, description="May be left out of a snapshot feed: then the snapshot's date."
    )
    freshness: Freshness
    required: bool = Field(False, description="A held or missing delivery of this feed stops publishing.")
    defaults: dict[str, str] = Field(
        default_factory=dict, description="Canonical column -> value where the source has none."
    )
    columns: Annotated[
        dict[str, Mapping],
        BeforeValidator(_columns, json_schema_input_type=dict[str, str | list[str] | Mapping]),
    ]
    permission: Permission | None = None
    double_opt_in: list[Channel] = Field(
        default_factory=list,
        description="Channels on which a permission of this feed (consents, newsletter_events) counts only once confirmed.",
    )
    confirmed_by: Literal["double_opt_in", "login", "signature"] | None = Field(
        None,
        description="How every grant of this feed (consents, newsletter_events) is confirmed to be the person's own; such a "
        "grant is confirmed, so it lifts an earlier refusal.",
    )
    opt_out: bool = Field(
        False,
        description="A snapshot of consents says who opted out, such as HasOptedOut: whoever is so at first sight refuses.",
    )
    number_space: str | None = Field(
        None,
        description="Feeds with the same text here number their customers together, and a number is one customer in all of them; "
        "equal numbers of other feeds are one only under a compatible name. A refusal under a number reaches that space only; "
        "without it, every space.",
    )
    retired: bool = Field(
        False,
        description="The source has ended: no file is read and none is missed; what was landed stays, and who refused stays refused.",
    )
    retention: Annotated[str, AfterValidator(_retention)] = "7y"
    licence: Licence | None = None
    one_number_per_person: bool = Field(False, description="Two customer numbers are then two people.")
    special_categories: list[SpecialCategory] = Field(
        default_factory=list,
        description="Health, religion and the like that the feed may hold; refused when not declared.",
    )
    not_special: dict[str, str] = Field(
        default_factory=dict,
        description="Source column, or canonical column of a default -> why it is no special category after all.",
    )

    @property
    def spec(self) -> Kind:
        """The kind of this feed."""
        return KINDS[self.kind]

    @property
    def targets(self) -> dict[str, str]:
        """Canonical column -> source column."""
        return {target: source for source, mapping in self.columns.items() for target in mapping.to}

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, name: str) -> str:
        if name not in KINDS:
            raise ValueError(f"choose one of {', '.join(sorted(KINDS))}")
        return name

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "Contract":
        spec = self.spec
        allowed = {"record_key", *(column.name for column in spec.columns)}
        if spec.has_contact_block:
            allowed |= set(CONTACT_BLOCK)
        filled: set[str] = set()
        for source, mapping in self.columns.items():
            if "record_key" in mapping.to and source not in self.key:
                raise ValueError(f"columns.{source}: is mapped to record_key; name it under key as well")
            for target in mapping.to:
                if target not in allowed:
                    raise ValueError(
                        f"columns.{source}: {target} is no column of kind {self.kind}; see sources/contract.schema.json"
                    )
                if target in filled:
                    raise ValueError(
                        f"columns.{source}: {target} is already filled by another column; keep one of them"
                    )
                filled.add(target)
        for target, value in self.defaults.items():
            if target not in allowed:
                raise ValueError(
                    f"defaults.{target}: no column of kind {self.kind}; see sources/contract.schema.json"
                )
            read = _READ.get(target)
            if read is not None and read(value) is None:
                raise ValueError(
                    f"defaults.{target}: {value} is no {target}; write its ISO code or its name in a usual language"
                )
        known = filled | set(self.defaults)
        for column in spec.columns:
            by_price = column.name == "amount" and {"unit_price", "quantity"} <= known
            if column.required and column.name not in known and not by_price:
                raise ValueError(
                    f"columns: kind {self.kind} needs {column.name}; map a column to it or give it in defaults"
                )
        if spec.key_required and not self.key:
            raise ValueError(
                f"key: kind {self.kind} needs the columns that identify a row; name them, such as key: [order_no, line_no]"
            )
        if (self.delivery == "snapshot") != (self.snapshot_date is not None):
            raise ValueError("snapshot_date: give it with delivery: snapshot, and only then")
        if self.event_time is None and self.delivery == "append":
            raise ValueError(
                "event_time: an append feed needs it; name the column that says when the row happened"
            )
        if self.double_opt_in and self.kind not in ("consents", "newsletter_events"):
            raise ValueError(
                "double_opt_in: only rows of kind consents or newsletter_events can be confirmed; leave it out"
            )
        if self.confirmed_by and self.kind not in ("consents", "newsletter_events"):
            raise ValueError(
                "confirmed_by: only grants of kind consents or newsletter_events can be confirmed; leave it out"
            )
        if self.opt_out and (self.kind != "consents" or self.delivery != "snapshot"):
            raise ValueError("opt_out: is about a snapshot of consents; leave it out")
        if self.permission is not None:
            self._permission_fits(self.permission)
        if self.freshness.warn_after > self.freshness.error_after:
            raise ValueError("freshness: warn_after is longer than error_after; swap them")
        return self

    @model_validator(mode="after")
    def _holds_no_special_category_undeclared(self) -> "Contract":
        for column in self.not_special:
            if column not in {*self.columns, *self.key, *self.defaults, "feed"}:
                raise ValueError(f"not_special.{column}: names no column of the contract; remove it")
        found = [("feed", "feed", category_of_name(self.feed))]
        found += [
            (f"columns.{one}", one, category_of_name(one))
            for one in {**self.columns, **dict.fromkeys(self.key)}
        ]
        found += [(f"defaults.{one}", one, category_of_text(value)) for one, value in self.defaults.items()]
        found += [
            (f"columns.{one}.values", one, category_of_text(text))
            for one, mapping in self.columns.items()
            for code, value in mapping.values.items()
            for text in (code, value)
        ]
        declared = {special.category for special in self.special_categories}
        for where, column, category in found:
            if category is not None and category not in declared and column not in self.not_special:
                raise ValueError(
                    f"{where}: states {category.replace('_', ' ')}, which GDPR art. 9 and 10 forbid without explicit consent; "
                    "remove it, declare it under special_categories with the column that proves the consent, or say under "
                    "not_special why it is none"
                )
        return self

    def _permission_fits(self, permission: Permission) -> None:
        if permission.purpose.strip().lower() in ("", "all", "any", "*") and self.kind != "newsletter_events":
            raise ValueError(
                f"permission.purpose: {permission.purpose or 'nothing'} names no purpose, so it permits nothing; name one, such as offers"
            )
        if self.kind == "list_prospects" and permission.basis in ("consent", "contract"):
            raise ValueError(
                f"permission.basis: a list is no act of the person, so it is no {permission.basis}; "
                "deliver the dated acts as a feed of kind consents, or give legitimate_interest"
            )
        if permission.soft_opt_in and self.kind != "sales":
            raise ValueError("permission.soft_opt_in: only a sale makes an own customer; leave it out")
