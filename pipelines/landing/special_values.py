"""Keeps special categories of personal data (GDPR art. 9 and 10) that nobody declared from being stored.

Values that state one are dropped before anything is made of them, quarantine included; free text is marked, since
what it says cannot be taken out of it. Columns whose name states one have been refused with the contract.
"""

import duckdb

from pipelines.contracts import FREE_TEXT, Contract
from pipelines.contracts.special_categories import CATEGORIES, category_of_name, folded_sql, pattern
from pipelines.landing.reading import delivered
from pipelines.landing.reading_values import FALSE_TEXTS
from pipelines.warehouse.database import text

# Lists that people or providers fill freely: items that state a category are dropped, the others kept.
_LISTED = ("interests", "prospect_segment", "list_name")
# An answer is dropped if its question states a category; the question alone says nothing about anybody.
_QUESTION, _ANSWERS = "question_id", ("answer", "score")
_BETWEEN_ITEMS = "[,;|/]"
# A name that no column of the source can have.
_FOLDED = '"text:folded"'


def drop_special_values(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Removes special categories from `delivered`; makes `special_values` (a row per value and category) and `marked_texts`."""
    connection.execute("""
        create or replace temp table special_values (
            row_number bigint, column_name varchar, category varchar, is_dropped boolean
        )
    """)
    for target in (*_LISTED, _QUESTION):
        if (source := contract.targets.get(target)) is not None and source not in contract.not_special:
            _find(connection, contract, target, source, is_dropped=True)
    for target in FREE_TEXT:
        if (source := contract.targets.get(target)) is not None:
            _find(connection, contract, target, source, is_dropped=False)
    _find_declared(connection, contract)
    dropped = connection.execute(
        "select distinct column_name from special_values where is_dropped order by all"
    ).fetchall()
    for (target,) in dropped:
        _drop(connection, contract, target)
    connection.execute("""
        create or replace temp table marked_texts as
        select row_number, list(column_name || ':' || category order by column_name, category) as found
        from special_values where not is_dropped group by row_number
    """)


def _is_kept(contract: Contract, category: str) -> str:
    """SQL condition: the contract declares the category, and the row holds the consent."""
    evidence = [special.evidence for special in contract.special_categories if special.category == category]
    refusals = ", ".join(map(text, FALSE_TEXTS))
    return (
        " or ".join(f"coalesce(lower({delivered(column)}) not in ({refusals}), false)" for column in evidence)
        or "false"
    )


def _find(
    connection: duckdb.DuckDBPyConnection, contract: Contract, target: str, source: str, *, is_dropped: bool
) -> None:
    any_category = text("|".join(map(pattern, CATEGORIES)))
    found = " union all ".join(
        f"select row_number, {text(category)} as category from stated "
        f"where regexp_matches({_FOLDED}, {text(pattern(category))}) and not ({_is_kept(contract, category)})"
        for category in CATEGORIES
    )
    connection.execute(f"""
        insert into special_values
        with stated as materialized (
            select *, {folded_sql(delivered(source))} as {_FOLDED} from delivered where regexp_matches({_FOLDED}, {any_category})
        )
        select row_number, {text(target)}, category, {is_dropped} from ({found})
    """)


def _declared_category(contract: Contract, source: str) -> str | None:
    """The category that a column is about, and says something of whatever it holds."""
    is_evidence = source in (special.evidence for special in contract.special_categories)
    return None if is_evidence or source in contract.not_special else category_of_name(source)


def without_special(contract: Contract, target: str, sql: str) -> str:
    """SQL of what is made of a column, null where that is about a special category and the row holds no consent."""
    source = contract.targets.get(target)
    category = _declared_category(contract, source) if source else None
    return f"case when {_is_kept(contract, category)} then {sql} end" if category else sql


def _find_declared(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Adds every value of columns whose name states a special category, whatever the value is."""
    for source, mapping in contract.columns.items():
        category = _declared_category(contract, source)
        if category is None:
            continue
        for target in mapping.to:
            connection.execute(f"""
                insert into special_values
                select row_number, {text(target)}, {text(category)}, true from delivered
                where {delivered(source)} is not null and not ({_is_kept(contract, category)})
            """)


def _drop(connection: duckdb.DuckDBPyConnection, contract: Contract, target: str) -> None:
    rows = f"select row_number from special_values where is_dropped and column_name = {text(target)}"
    source = contract.targets[target]
    if target == _QUESTION:
        cleaned = {contract.targets[answer]: "null" for answer in _ANSWERS if answer in contract.targets}
    elif target in _LISTED and category_of_name(source) is None:
        stated = " or ".join(
            f"(regexp_matches({folded_sql('item')}, {text(pattern(category))}) and not ({_is_kept(contract, category)}))"
            for category in CATEGORIES
        )
        items = f"list_filter(string_split_regex({delivered(source)}, {text(_BETWEEN_ITEMS)}), lambda item: not ({stated}))"
        cleaned = {
            source: f"nullif(trim(array_to_string(list_transform({items}, lambda item: trim(item)), ', ')), '')"
        }
    else:
        cleaned = {source: "null"}
    for column, sql in cleaned.items():
        connection.execute(f"update delivered set {delivered(column)} = {sql} where row_number in ({rows})")


def count_special_values(connection: duckdb.DuckDBPyConnection) -> tuple[dict[str, int], dict[str, int]]:
    """Rows with a dropped value and rows with a marked text, each by "<column>_<category>"; quarantined rows included."""
    counts: dict[bool, dict[str, int]] = {True: {}, False: {}}
    for is_dropped, reason, count in connection.execute("""
        select is_dropped, column_name || '_' || category as reason, count(distinct row_number)
        from special_values group by all order by all
    """).fetchall():
        counts[is_dropped][reason] = count
    return counts[True], counts[False]
