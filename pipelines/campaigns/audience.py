"""Who of a segment may be contacted on a channel for a purpose, with the fields that channel needs, as a file.

Steps, in this order: permission, suppression, licence, frequency cap; then one message per contact point. What each step
takes out is counted by its rule. Reads the published version in force, and every refusal landed since it was built.
"""

import getpass
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import duckdb
import phonenumbers
import pyarrow as pa

from pipelines.campaigns.blockers import blockers
from pipelines.campaigns.ledger import (
    Export,
    contacts_within,
    ledger_locked,
    licence_uses,
    people_file,
    read_exports,
    record_export,
)
from pipelines.campaigns.refusals import stop_refused_since
from pipelines.campaigns.spreadsheets import as_shown
from pipelines.contracts import Contract, read_contracts
from pipelines.contracts.model import Channel
from pipelines.contracts.policies import read_frequency_caps
from pipelines.errors import StamgastError
from pipelines.publishing.versions import opened
from pipelines.settings import Settings
from pipelines.warehouse.database import read_parquet, text

CHANNELS: tuple[str, ...] = get_args(Channel)
STEPS = ("permission", "suppression", "licence", "frequency cap", "contact point")
_FORMATS = {".csv": "format csv, header true", ".parquet": "format parquet, compression zstd"}

# What each channel needs to deliver and to address somebody, and no more; the number lets answers find their way back.
# Ad platforms match on SHA-256 of normalised values. Google: e-mail in small letters, in gmail.com and googlemail.com
# without the dots before the @; telephone as E.164 (Google Ads API, "Get started with Customer Match"). Meta: e-mail in
# small letters; telephone as digits with country code (Marketing API, "Customer File Custom Audiences").
_FIELDS: dict[str, str] = {
    "email": "person_id, point.email, given_name, family_name, language",
    "sms": "person_id, point.phone, given_name, family_name, language",
    "phone": "person_id, point.phone, given_name, family_name, language",
    "post": "person_id, given_name, family_name, company_name, point.street, point.house_number, "
    "point.postcode, point.city, point.country",
    "ads": r"""
        sha256(if(
            regexp_full_match(lower(trim(point.email)), '.*@(gmail|googlemail)\.com'),
            replace(split_part(lower(trim(point.email)), '@', 1), '.', '') || '@' || split_part(lower(trim(point.email)), '@', 2),
            lower(trim(point.email))
        )) as google_email_sha256,
        sha256(point.phone) as google_phone_sha256,
        sha256(lower(trim(point.email))) as meta_email_sha256,
        sha256(regexp_replace(point.phone, '[^0-9]', '', 'g')) as meta_phone_sha256
    """,
}


@dataclass(frozen=True)
class Stop:
    """How many a step took out by one of its rules."""

    step: str
    reason: str
    people: int


@dataclass(frozen=True)
class Audience:
    """What an export found; `number` is its place in the ledger, None when it was only counted.

    `days_old`: of the version on the day of the export, below zero when it is of a later day. `blockers`: what stands against
    writing the list. `loads_since`: those whose refusals the version does not know, so that they were applied here.
    """

    version: str
    version_day: date
    days_old: int
    blockers: Sequence[str]
    loads_since: int
    members: int
    stops: Sequence[Stop]
    people: int
    licences: dict[str, int]
    number: int | None = None


def export_audience(
    settings: Settings,
    segment: str,
    channel: str,
    purpose: str,
    out: Path | None,
    *,
    author: str | None = None,
    reason: str | None = None,
    although: str | None = None,
) -> Audience:
    """Writes the audience to `out` and into the ledger; without `out` only counts.

    `although`: why it is written whatever `blockers` finds; goes into the ledger with what was found.
    The ledger has the export before the file gets its name: what a crash leaves is counted, never unknown.
    Raises StamgastError: no such segment, channel, purpose or folder, a suffix that is no format, nothing published; with
    `out`, refusals that nobody has read may exist.
    """
    _refuse_impossible(channel, out, although)
    contracts = read_contracts(settings.sources)
    places = settings.places
    with ledger_locked(places), opened(places) as (connection, version):
        exports = read_exports(places)
        members = _take_members(connection, segment, channel, purpose)
        found = blockers(settings, contracts)
        if out is not None and found and although is None:
            raise StamgastError(
                "\n".join([*found, 'to write the list all the same, add: --although "reason"'])
            )
        _stop_by_permission(connection, channel, purpose)
        loads_since = stop_refused_since(connection, places, version, channel, purpose)
        _stop_by_licence(connection, settings, contracts, exports)
        _stop_by_frequency(connection, settings, exports, channel, purpose)
        _stop_by_contact_point(connection, channel)
        people = _people_left(connection)
        audience = Audience(
            version=version.name,
            version_day=version.as_of,
            days_old=(settings.as_of - version.as_of).days,
            blockers=found,
            loads_since=loads_since,
            members=members,
            stops=_stops(connection),
            people=len(people),
            licences=_licences(connection),
        )
        if out is None:
            return audience
        with _private_file(out) as draft:
            _write_list(connection, channel, draft, out.suffix.lower())
            export = Export(
                number=max((export.number for export in exports), default=0) + 1,
                exported_at=datetime.now(UTC),
                as_of=settings.as_of,
                version=version.name,
                author=author or getpass.getuser(),
                reason=reason or f"{purpose} to {segment}",
                segment=segment,
                channel=channel,
                purpose=purpose,
                file=out.name,
                sha256=hashlib.sha256(draft.read_bytes()).hexdigest(),
                members=members,
                stopped={step: _stopped_at(step, audience.stops) for step in STEPS},
                people=len(people),
                licences=audience.licences,
                although=although,
                passed=found,
            )
            record_export(places, export, people)
    return replace(audience, number=export.number)


def _refuse_impossible(channel: str, out: Path | None, although: str | None) -> None:
    if although is not None and not although.strip():
        raise StamgastError("--although: is empty; say why the list is written all the same")
    if channel not in CHANNELS:
        raise StamgastError(f"channel {channel}: there is none; choose one of {', '.join(CHANNELS)}")
    if out is not None and out.suffix.lower() not in _FORMATS:
        raise StamgastError(f"{out}: the suffix says the format; write .csv or .parquet")
    if out is not None and (out.is_dir() or not out.absolute().parent.is_dir()):
        raise StamgastError(f"{out}: is no file in a folder that exists; give another with --out")


def _stops(connection: duckdb.DuckDBPyConnection) -> list[Stop]:
    """Who was stopped, by step and reason, in the order of the steps."""
    counted = connection.execute(
        "select step, reason, count(*) from audience where step is not null group by all"
    ).fetchall()
    return sorted(
        (Stop(*row) for row in counted),
        key=lambda stop: (STEPS.index(stop.step), -stop.people, stop.reason),
    )


def _stopped_at(step: str, stops: Sequence[Stop]) -> int:
    return sum(stop.people for stop in stops if stop.step == step)


def _licences(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Feed with a licence -> people of the list who stand on it."""
    rows = connection.execute(
        "select licence_feed, count(*) from audience where step is null and licence_feed is not null "
        "group by all order by all"
    ).fetchall()
    return dict(rows)


def _people_left(connection: duckdb.DuckDBPyConnection) -> list[int]:
    rows = connection.execute(
        "select person_id from audience where step is null order by person_id"
    ).fetchall()
    return [person_id for (person_id,) in rows]


def _write_list(connection: duckdb.DuckDBPyConnection, channel: str, draft: Path, suffix: str) -> None:
    """Writes the contact points of the people left, in the format of the suffix."""
    order = "all" if channel == "ads" else "person_id"
    connection.execute(f"""
        create or replace temp view listed as
        select {_FIELDS[channel]}
        from audience
        inner join customers.core.dim_contact_point as point using (contact_point_id)
        inner join (
            select person_id, given_name, family_name, company_name, language from customers.core.dim_person
        ) using (person_id)
        where step is null
    """)
    chosen = _cells(connection) if suffix == ".csv" else "*"
    connection.execute(
        f"copy (select {chosen} from (from listed order by {order})) to {text(draft)} ({_FORMATS[suffix]})"
    )


def _cells(connection: duckdb.DuckDBPyConnection) -> str:
    """The columns of `listed` for a CSV file, which a spreadsheet may open."""
    columns = [(row[0], row[1]) for row in connection.execute("describe listed").fetchall()]
    return ", ".join(
        f"{as_shown(column)} as {column}" if kind == "VARCHAR" else column for column, kind in columns
    )


def _take_members(connection: duckdb.DuckDBPyConnection, segment: str, channel: str, purpose: str) -> int:
    """Temp table `audience`: the people of the segment, of a company its current contacts, with what contactability says."""
    _refuse_unknown(connection, "segment", segment, "select distinct segment from marts.segment_members")
    _refuse_unknown(connection, "purpose", purpose, "select distinct purpose from marts.contactability")
    connection.execute(
        """
        create temp table audience as
        with members as (
            select person_id from marts.segment_members where segment = $segment and person_id is not null
            union
            select contact.person_id
            from marts.segment_members as member
            inner join core.dim_account_contact as contact using (account_id)
            where member.segment = $segment and member.person_id is null and contact.is_current
        )
        select
            members.person_id,
            contactability.is_allowed,
            contactability.stopped_by,
            contactability.reason as said,
            contactability.contact_point_id,
            contactability.contact_point_type,
            contactability.granted_at,
            contactability.licence_feed,
            null::varchar as step,
            null::varchar as reason
        from members
        left join marts.contactability as contactability
            on members.person_id = contactability.person_id
            and contactability.channel = $channel and contactability.purpose = $purpose
        """,
        {"segment": segment, "channel": channel, "purpose": purpose},
    )
    return connection.execute("select count(*) from audience").fetchall()[0][0]


def _refuse_unknown(connection: duckdb.DuckDBPyConnection, what: str, given: str, query: str) -> None:
    known = sorted(row[0] for row in connection.execute(query).fetchall())
    if given not in known:
        raise StamgastError(
            f"{what} {given}: the published version has none; choose one of {', '.join(known) or '(none)'}"
        )


def _stop_by_permission(connection: duckdb.DuckDBPyConnection, channel: str, purpose: str) -> None:
    connection.execute(
        "update audience set step = 'permission', reason = $reason where is_allowed is null",
        {"reason": f"nothing permits {purpose} by {channel}"},
    )
    connection.execute("update audience set step = stopped_by, reason = said where not is_allowed")


def _stop_by_licence(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    contracts: Sequence[Contract],
    exports: Sequence[Export],
) -> None:
    """The published version may be older than the licence's end; its uses are in the ledger alone."""
    licences = {contract.feed: contract.licence for contract in contracts}
    feeds = connection.execute(
        "select distinct licence_feed from audience where step is null and licence_feed is not null order by all"
    ).fetchall()
    for (feed,) in feeds:
        licence = licences.get(feed)
        if licence is None:
            trouble = f"the contract of {feed} has no licence any more"
        elif not licence.valid_from <= settings.as_of <= licence.valid_until:
            trouble = f"the licence of {feed} is not in force on {settings.as_of}"
        elif licence.max_uses is not None and licence_uses(exports, feed) >= licence.max_uses:
            trouble = f"the {licence.max_uses} uses of {feed} are used up"
        else:
            continue
        connection.execute(
            "update audience set step = 'licence', reason = $reason where step is null and licence_feed = $feed",
            {"reason": trouble, "feed": feed},
        )


def _stop_by_frequency(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    exports: Sequence[Export],
    channel: str,
    purpose: str,
) -> None:
    for cap in read_frequency_caps(settings.sources):
        if not cap.covers(channel, purpose):
            continue
        counted = contacts_within(exports, cap, settings.as_of)
        if len(counted) < cap.max_contacts:
            continue
        files = [people_file(settings.places, number) for number in counted]
        connection.execute(
            f"""
            update audience set step = 'frequency cap', reason = $reason
            where step is null and person_id in (
                select person_id from {read_parquet(settings.places, files)}
                group by person_id having count(*) >= {cap.max_contacts}
            )
            """,
            {
                "reason": f"contacted {cap.max_contacts} times within {cap.days} days (channel {cap.channel}, purpose {cap.purpose})"
            },
        )


def _stop_by_contact_point(connection: duckdb.DuckDBPyConnection, channel: str) -> None:
    """A message goes to a contact point once; letters are to people. A landline gets no text message."""
    if channel == "sms":
        numbers = connection.execute(
            "select contact_point_id, phone from audience "
            "inner join customers.core.dim_contact_point using (contact_point_id) where step is null"
        ).fetchall()
        landlines = [point for point, number in numbers if not _is_mobile(number)]
        connection.register("landlines", pa.table({"contact_point_id": pa.array(landlines, pa.int64())}))
        connection.execute(
            "update audience set step = 'contact point', reason = 'no mobile number' "
            "where step is null and contact_point_id in (select contact_point_id from landlines)"
        )
        connection.unregister("landlines")
    if channel != "post":
        connection.execute(
            """
            update audience set step = 'contact point', reason = 'another member gets the message there'
            where step is null and person_id not in (
                select arg_max(person_id, row(granted_at, -person_id))
                from audience where step is null
                group by contact_point_id
            )
            """
        )


def _is_mobile(number: str) -> bool:
    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


@contextmanager
def _private_file(out: Path) -> Iterator[Path]:
    """A draft that nobody else can read (0600); it takes the name `out` when all went well.

    Raises StamgastError: there is such a file already.
    """
    if out.exists():
        raise StamgastError(
            f"{out}: is there already, and a list once exported stays what it is; give another name"
        )
    # One name per file, so that an export that died leaves nothing behind for long.
    folder = out.absolute().parent / f".{out.name}.draft"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        draft = folder / out.name
        yield draft
        draft.chmod(0o600)
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        draft.replace(out)
    finally:
        shutil.rmtree(folder)
