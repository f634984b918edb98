"""A small company of active profiles, and its resolution."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.contracts import CONTACT_BLOCK
from pipelines.identity import IdentityModel, Rules, read_model, resolve
from pipelines.identity.rules import read_rules
from pipelines.normalising import CLEAN_COLUMNS

Profile = Mapping[str, object]
# The model that ships, and one of which nobody expects two profiles to be one person: only rules link.
SHIPPED = read_model()
RULES = read_rules()
RULES_ONLY = SHIPPED.model_copy(update={"person_rate": 1e-300})
_IDENTIFIERS = {
    "email", "phone", "website", "company_number", "vat_number", "company_name", "cookie_key", "customer_number", "record_id",
    "street",
}  # fmt: skip
# What a resolution decides and why.
DECIDED = (
    "identity.profile_person", "identity.links", "identity.near_links", "identity.vetoes", "customers.identity.bad_values",
    "identity.person_household", "identity.profile_account", "identity.account_candidates",
)  # fmt: skip


def side_by_side(companies: Sequence[Sequence[Profile]]) -> list[Profile]:
    """The profiles of several companies that have no identifier in common, to be resolved at once."""
    return [_of_company(number, profile) for number, company in enumerate(companies) for profile in company]


def _of_company(number: int, profile: Profile) -> Profile:
    """Each identifier as another company would have it; a placeholder or free mail stays one. Of company 0 it is as given."""
    moved = {field: value for field, value in profile.items() if field in _IDENTIFIERS and value and number}
    for field, value in moved.items():
        text = str(value)
        if field == "email":
            local, domain = text.split("@")
            moved[field] = (
                f"{local}{number}@{domain}" if domain == "gmail.com" else f"{local}@x{number}{domain}"
            )
        elif field == "website":
            moved[field] = text.replace("www.", f"www.x{number}")
        elif field in ("phone", "company_number", "vat_number"):
            moved[field] = f"{text[:4]}{number}{text[5:]}"
        elif text != "0":
            moved[field] = f"{text} {number}"
    return {**profile, **moved}


class Company:
    """Profiles, numbered from 1 in the order given unless they carry a profile_id, after one resolution.

    A key of the contact block fills the text and, where there is one, the normalised column, unless the profile gives
    that itself; `website` is what the register says of the profile's company. Seen once, on the first of the year,
    unless the profile says when. `state` is what an earlier resolution left.
    """

    def __init__(
        self,
        profiles: Sequence[Profile],
        overrides: Path | None = None,
        model: IdentityModel = RULES_ONLY,
        rules: Rules | None = None,
        state: Path | None = None,
        small_group_size: int = 1,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.connection = duckdb.connect()
        # A few rows a statement: threads cost more than they save.
        self.connection.execute("set threads = 1")
        self.connection.execute("attach ':memory:' as customers")
        self.connection.execute("attach ':memory:' as scratch")
        self.connection.execute("create schema scratch.intermediate")
        columns = {
            "profile_id": "bigint",
            "feed": "varchar",
            "cookie_key": "varchar",
            **dict.fromkeys(CONTACT_BLOCK, "varchar"),
            **CLEAN_COLUMNS,
            "makes_people": "boolean",
            "one_number_per_person": "boolean",
            "number_space": "varchar",
            "tied_profile_id": "bigint",
            "first_seen_at": "timestamp",
            "last_seen_at": "timestamp",
        }
        self.connection.execute(
            "create table scratch.intermediate.int_profiles_seen "
            f"({', '.join(f'{column} {kind}' for column, kind in columns.items())})"
        )
        self.connection.execute("create schema scratch.staging")
        self.connection.execute(
            "create table scratch.staging.stg_companies "
            "(profile_id bigint, feed varchar, record_key varchar, event_at timestamp, website varchar)"
        )
        rows, websites = [], []
        for number, profile in enumerate(profiles, start=1):
            row: dict[str, object] = {
                "profile_id": number,
                "feed": "shop",
                "makes_people": True,
                "one_number_per_person": False,
                "first_seen_at": "2026-01-01",
                "last_seen_at": "2026-01-01",
                **{
                    f"{key}_clean": value for key, value in profile.items() if f"{key}_clean" in CLEAN_COLUMNS
                },
                **profile,
            }
            websites.append({"profile_id": row["profile_id"], "website": row.pop("website", None)})
            rows.append({column: None if row.get(column) is None else str(row[column]) for column in columns})
            assert row.keys() <= columns.keys()
        if rows:
            self._insert("scratch.intermediate.int_profiles_seen", pa.Table.from_pylist(rows))
            register = [
                {"feed": "register", "record_key": "1", "event_at": "2026-01-01", **one} for one in websites
            ]
            self._insert("scratch.staging.stg_companies", pa.Table.from_pylist(register))
        self.summary = resolve(
            self.connection,
            overrides,
            rules or RULES,
            model=model,
            state=state,
            small_group_size=small_group_size,
            progress=progress,
        )

    def _insert(self, table: str, rows: pa.Table) -> None:
        self.connection.register("rows", rows)
        self.connection.execute(f"insert into {table} by name from rows")
        self.connection.unregister("rows")

    def rows(self, query: str) -> list[tuple]:
        return self.connection.execute(query).fetchall()

    @property
    def person(self) -> dict[int, int]:
        return dict(self.rows("select profile_id, person_id from identity.profile_person"))

    @property
    def account(self) -> dict[int, int]:
        return dict(self.rows("select profile_id, account_id from identity.profile_account"))

    @property
    def decided(self) -> dict[str, list[tuple]]:
        """All rows of the tables that say who is who, and why."""
        return {table: self.rows(f"from {table} order by all") for table in DECIDED}

    def resolution(self, column: str) -> object:
        """One figure of the resolution."""
        return self.rows(f"select {column} from identity.resolution")[0][0]
