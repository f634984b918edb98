"""A small company of active profiles, and its resolution."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from pipelines.contracts import CONTACT_BLOCK
from pipelines.identity import IdentityModel, read_model, resolve
from pipelines.normalising import CLEAN_COLUMNS

Profile = Mapping[str, object]
# Of this model nobody expects two profiles to be one person: only rules link.
RULES_ONLY = read_model().model_copy(update={"person_rate": 1e-300})


class Company:
    """Profiles, numbered from 1 in the order given unless they carry a profile_id, after one resolution.

    A key of the contact block fills the text and, where there is one, the normalised column; `website` is what the
    register says of the profile's company. Seen once, on the first of the year, unless the profile says when.
    """

    def __init__(
        self, profiles: Sequence[Profile], overrides: Path | None = None, model: IdentityModel = RULES_ONLY
    ) -> None:
        self.connection = duckdb.connect()
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
        for number, profile in enumerate(profiles, start=1):
            row: dict[str, object] = {
                "profile_id": number,
                "feed": "shop",
                "makes_people": True,
                "one_number_per_person": False,
                "first_seen_at": "2026-01-01",
                "last_seen_at": "2026-01-01",
                **profile,
            }
            self.connection.execute(
                "insert into scratch.staging.stg_companies values (?, 'register', '1', '2026-01-01', ?)",
                [row["profile_id"], row.pop("website", None)],
            )
            row |= {
                f"{key}_clean": value for key, value in profile.items() if f"{key}_clean" in CLEAN_COLUMNS
            }
            self.connection.execute(
                f"insert into scratch.intermediate.int_profiles_seen ({', '.join(row)}) "
                f"values ({', '.join('?' * len(row))})",
                list(row.values()),
            )
        self.summary = resolve(self.connection, overrides, model=model)

    def rows(self, query: str) -> list[tuple]:
        return self.connection.execute(query).fetchall()

    @property
    def person(self) -> dict[int, int]:
        return dict(self.rows("select profile_id, person_id from identity.profile_person"))

    @property
    def account(self) -> dict[int, int]:
        return dict(self.rows("select profile_id, account_id from identity.profile_account"))
