"""What keeps erased people from coming back with a file: functions of privacy that landing receives, as it does its check."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from pipelines.contracts import Contract
from pipelines.landing.loads import Load
from pipelines.warehouse.places import Places


@dataclass(frozen=True)
class HeldBack:
    """What tombstones did to a load.

    `suppressed`: rows left out. `without_person`: rows accepted without their person. `texts_emptied`: free texts of other
    people's rows that named somebody erased. `lifted`: tombstone ("<erasure>.<person>") -> time of the act that lifted it.
    """

    suppressed: int = 0
    without_person: int = 0
    texts_emptied: int = 0
    lifted: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class HoldingBack:
    """Two functions on the temp tables of a load; the connection knows the key of erasures.

    `from_refusals(connection, table, places)` removes erased people from a table with the columns of refusals.parquet;
    returns how many rows were about them. `from_rows(connection, contract, filled, places, loads)` removes from `rows`,
    `unread_cells` and `torn` what would bring them back; `filled`: the columns of the contact block that the feed fills.
    """

    from_refusals: Callable[[duckdb.DuckDBPyConnection, str, Places], int]
    from_rows: Callable[
        [duckdb.DuckDBPyConnection, Contract, Sequence[str], Places, Sequence[Load]], HeldBack
    ]
