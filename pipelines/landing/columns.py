"""The columns of the two files of a load."""

from pipelines.contracts import CONTACT_BLOCK, KINDS, SQL_TYPES
from pipelines.normalising import CLEAN_COLUMNS


def facts_columns(kind: str) -> dict[str, str]:
    """Name and SQL type of the columns of a kind's facts.parquet, in order."""
    spec = KINDS[kind]
    who = {"profile_id": "BIGINT", "cookie_key": "VARCHAR"} if spec.has_contact_block else {}
    return {
        "feed": "VARCHAR",
        "load_number": "BIGINT",
        "row_number": "BIGINT",
        "record_key": "VARCHAR",
        "row_hash": "VARCHAR",
        "event_at": "TIMESTAMP",
        "snapshot_date": "DATE",
        **who,
        **{column.name: SQL_TYPES[column.type] for column in spec.columns},
        "unreadable": "VARCHAR[]",
        "special_categories": "VARCHAR[]",
    }


def profile_columns() -> dict[str, str]:
    """Name and SQL type of the columns of profiles.parquet, in order."""
    return {
        "profile_id": "BIGINT",
        "feed": "VARCHAR",
        "block_hash": "VARCHAR",
        "cookie_key": "VARCHAR",
        **dict.fromkeys(CONTACT_BLOCK, "VARCHAR"),
        **CLEAN_COLUMNS,
    }
