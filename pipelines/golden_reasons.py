"""Why a field of one person's golden record has its value, and which values lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from pipelines.errors import StamgastError
from pipelines.identity.explaining import found_person
from pipelines.settings import Places


@dataclass(frozen=True)
class Candidate:
    """A value that was stated for the person; `score` in points, ten times the logarithm of odds."""

    attribute: str
    value: str
    is_golden: bool
    rule: str
    reason: str
    right_probability: Decimal
    verify_by: date | None
    feed: str
    profile_id: int
    first_stated_date: date
    last_stated_date: date
    last_used_date: date | None
    source_count: int
    score: int


def restated_rate(connection: duckdb.DuckDBPyConnection, attribute: str) -> Decimal | None:
    """How often a year a value of the attribute is stated while it holds; None where silence says nothing of a change.

    `connection`: of publishing.opened.
    """
    rows = connection.execute(
        "select restated_rate from marts.attribute_half_life where source is null and attribute = ?",
        [attribute],
    ).fetchall()
    return rows[0][0] if rows else None


def read_reasons(
    connection: duckdb.DuckDBPyConnection, places: Places, asked: int, field: str
) -> tuple[int, Sequence[Candidate]]:
    """The person whom an id leads to, and every value of the field, the golden one first.

    `connection`: of publishing.opened. `field`: a column of core.dim_person or an attribute of core.person_values.
    Raises StamgastError: the id leads to nobody, there is no such field.
    """
    person_id = found_person(connection, places, asked)
    # The macro's tables are looked up in the catalogue in use.
    connection.execute("use customers")
    rows = connection.execute("from core.why(?, ?)", [person_id, field]).fetchall()
    connection.execute("use analytics")
    if not rows:
        known = [
            row[0]
            for row in connection.execute(
                "select distinct attribute from customers.core.person_values order by attribute"
            ).fetchall()
        ]
        if (
            not connection.execute(
                "select count(*) from (describe customers.core.dim_person) where column_name = ?", [field]
            ).fetchall()[0][0]
            and field not in known
        ):
            raise StamgastError(
                f"{field} is no field of the golden record; ask for one of {', '.join(known)}"
            )
    return person_id, [Candidate(*row) for row in rows]
