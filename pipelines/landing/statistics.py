"""Figures of a load, stored with it so that later loads can be compared: counts, never values."""

import duckdb
from pydantic import BaseModel, ConfigDict

from pipelines.contracts import Contract
from pipelines.landing.mapping import filled_block
from pipelines.warehouse.database import name, text

# Quarters of an octave: a bin is 19 % wide, so a median is known to a tenth.
BINS_PER_OCTAVE = 4
# More amounts say nothing more about their median.
_AMOUNTS_MEASURED = 200_000
# Any code that the kind does not know: if a column of the file has moved, a name may stand in its place.
OTHER = "other"


class Statistics(BaseModel):
    """Figures of one load.

    `distinct_keys`: different record keys. `filled`: by column, rows with a value. `magnitudes`: by column of numbers, the
    count per bin of floor(BINS_PER_OCTAVE x log2 |number|), zeros left out; of large loads over a sample of the rows.
    `codes`: by column whose codes the kind knows, rows per code.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    rows: int
    distinct_keys: int
    filled: dict[str, int]
    magnitudes: dict[str, dict[int, int]]
    codes: dict[str, dict[str, int]]


def measure(connection: duckdb.DuckDBPyConnection, contract: Contract) -> Statistics:
    """The figures of `rows`, in one query."""
    kind = contract.spec
    given = {*contract.targets, *contract.defaults}
    delivered = [
        column for column in kind.columns if column.name in given or column.name in kind.unusable_without
    ]
    filled = [column for column in filled_block(contract) if column in contract.targets]
    filled += [column.name for column in delivered]
    numbers = [column.name for column in delivered if column.type in ("integer", "decimal", "money")]
    coded = {column.name: column.codes for column in delivered if column.codes}
    (rows,) = connection.execute("select count(*) from rows").fetchall()[0]
    sampled = f"row_number % {max(1, rows // _AMOUNTS_MEASURED)} = 0"
    figures = [
        "count(distinct hash(record_key))",
        *(f"count({name(column)})" for column in filled),
        *(
            f"histogram(cast(floor({BINS_PER_OCTAVE} * log2(abs(nullif(cast({name(column)} as double), 0)))) as integer)) "
            f"filter ({sampled} and {name(column)} <> 0)"
            for column in numbers
        ),
        *(
            f"histogram(case when {name(column)} in ({', '.join(map(text, codes))}) then {name(column)} else {text(OTHER)} end) "
            f"filter ({name(column)} is not null)"
            for column, codes in coded.items()
        ),
    ]
    found = list(connection.execute(f"select {', '.join(figures)} from rows").fetchall()[0])
    distinct, found = found[0], found[1:]
    histograms = [histogram or {} for histogram in found[len(filled) :]]
    return Statistics(
        rows=rows,
        distinct_keys=distinct,
        filled=dict(zip(filled, found, strict=False)),
        magnitudes=dict(zip(numbers, histograms, strict=False)),
        codes=dict(zip(coded, histograms[len(numbers) :], strict=True)),
    )
