"""Values that identify nobody: shared by too many names, or known to be placeholders."""

from collections.abc import Callable

import duckdb

from pipelines.identity.rules import Rules
from pipelines.warehouse.database import text


def find_bad_values(
    connection: duckdb.DuckDBPyConnection, rules: Rules, holders: Callable[[str], str]
) -> None:
    """Makes temp table identity_bad_values: one row per value that no rule may link by, with the reason.

    Reasons: `shared` (more different given names, family names or birth dates than the limit, among all active
    profiles, so that a value turned bad loses its old links too) and `placeholder` (on the list of the rules).
    `holders`: field -> SQL of the features whose values are examined, which has all holders of a value or none.
    """
    found = [_shared(field, limit, holders(field)) for field, limit in rules.limits.items()]
    found += [
        _placeholders(field, patterns, holders(field))
        for field, patterns in rules.placeholders.items()
        if patterns
    ]
    rows = " union all ".join(found)
    connection.execute(
        f"""
        create or replace temp table identity_bad_values as
        select field, value, min(reason) as reason, any_value(profile_count) as profile_count,
            any_value(given_name_count) as given_name_count
        from ({rows})
        group by field, value
        """
    )


_COUNTS = "count(*) as profile_count, count(distinct given_name) as given_name_count"


def _shared(field: str, limit: int, features: str) -> str:
    # Most values have few profiles; these are left out before names are counted.
    return f"""
        select '{field}' as field, {field} as value, 'shared' as reason, {_COUNTS}
        from {features}
        where {field} in (
            select {field} from {features} where {field} is not null group by {field} having count(*) > {limit}
        )
        group by {field}
        having greatest(
            count(distinct given_name), count(distinct family_names), count(distinct birth_date)
        ) > {limit}
    """


def _placeholders(field: str, patterns: list[str], features: str) -> str:
    pattern = text("^(" + "|".join(f"(?:{pattern})" for pattern in patterns) + ")$")
    # Without the feed or the space in front.
    bare = "regexp_replace(customer_number, '^[^:]*:', '')"
    compared = {"record": "record_id", "customer_number": bare}.get(field, field)
    return f"""
        select '{field}' as field, {field} as value, 'placeholder' as reason, {_COUNTS}
        from {features}
        where regexp_matches({compared}, {pattern})
        group by {field}
    """
