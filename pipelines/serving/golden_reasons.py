"""Why a field of one person's golden record has its value, and which values lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from pipelines.errors import StamgastError
from pipelines.serving.explaining import found_person
from pipelines.warehouse.places import Places


@dataclass(frozen=True)
class Candidate:
    """A value that was stated for the person, and the record that shows it best.

    The dates and counts are the value's, of all records that state it; `score` in points, ten times the logarithm of odds.
    """

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
    profile_count: int


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

    `connection`: of publishing.opened. `field`: a column of core.dim_person, an attribute of core.person_values or a word
    of the card, in any case.
    Raises StamgastError: the id leads to nobody, there is no such field, a version that lacks what this needs.
    """
    person_id = found_person(connection, places, asked)
    if not connection.execute(
        "select 1 from duckdb_functions() where database_name = 'customers' and function_name = 'why_fields'"
    ).fetchall():
        raise StamgastError(
            "the version in force was published before there was core.why_fields; publish a new one: stamgast run"
        )
    # The macro's tables are looked up in the catalogue in use.
    connection.execute("use customers")
    known = [name for (name,) in connection.execute("select known_as from core.why_fields()").fetchall()]
    if field.lower() not in known:
        raise StamgastError(f"{field} is no field of the golden record; ask for one of {', '.join(known)}")
    rows = connection.execute("from core.why(?, ?)", [person_id, field]).fetchall()
    connection.execute("use analytics")
    return person_id, [Candidate(*row) for row in rows]
