"""A small company of active profiles, and its resolution."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from pipelines.contracts import CONTACT_BLOCK
from pipelines.identity import resolve
from pipelines.normalising import CLEAN_COLUMNS

Profile = Mapping[str, object]


class Company:
    """Profiles, numbered from 1 in the order given unless they carry a profile_id, after one resolution.

    A key of the contact block fills the text and, where there is one, the normalised column.
    """

    def __init__(self, profiles: Sequence[Profile], overrides: Path | None = None) -> None:
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
        }
        self.connection.execute(
            "create table scratch.intermediate.int_profiles_seen "
            f"({', '.join(f'{column} {kind}' for column, kind in columns.items())})"
        )
        for number, profile in enumerate(profiles, start=1):
            row: dict[str, object] = {
                "profile_id": number,
                "feed": "shop",
                "makes_people": True,
                "one_number_per_person": False,
                **profile,
            }
            row |= {
                f"{key}_clean": value for key, value in profile.items() if f"{key}_clean" in CLEAN_COLUMNS
            }
            self.connection.execute(
                f"insert into scratch.intermediate.int_profiles_seen ({', '.join(row)}) "
                f"values ({', '.join('?' * len(row))})",
                list(row.values()),
            )
        self.summary = resolve(self.connection, overrides)

    def rows(self, query: str) -> list[tuple]:
        return self.connection.execute(query).fetchall()

    @property
    def person(self) -> dict[int, int]:
        return dict(self.rows("select profile_id, person_id from identity.profile_person"))

    @property
    def account(self) -> dict[int, int]:
        return dict(self.rows("select profile_id, account_id from identity.profile_account"))
