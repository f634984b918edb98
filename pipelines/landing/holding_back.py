"""What keeps somebody who was erased from coming back with a file: landing is given it, as it is given its check."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from pipelines.contracts import Contract
from pipelines.landing.loads import Load
from pipelines.warehouse.places import Places


@dataclass(frozen=True)
class HeldBack:
    """What tombstones did to a load. `lifted`: tombstone (erasure.person) -> time of the act that lifted it.

    `texts_emptied`: free texts of other people's rows that named somebody erased.
    """

    suppressed: int = 0
    without_person: int = 0
    texts_emptied: int = 0
    lifted: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class HoldingBack:
    """Two functions on the temp tables of a load; the connection knows the key of erasures.

    `from_refusals(connection, table, places)` takes the erased out of a table with the columns of refusals.parquet and
    returns how many rows were about them. `from_rows(connection, contract, filled, places, loads)` takes out of `rows`,
    `unread_cells` and `torn` what would bring them back; `filled` are the columns of the contact block that the feed fills.
    """

    from_refusals: Callable[[duckdb.DuckDBPyConnection, str, Places], int]
    from_rows: Callable[
        [duckdb.DuckDBPyConnection, Contract, Sequence[str], Places, Sequence[Load]], HeldBack
    ]
