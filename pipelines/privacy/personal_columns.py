"""The registry of columns: which identify people, which stand for them as a number, which do neither.

Derived from where each is declared: the contact block and its clean columns, free text and links of the kinds, the marks
`meta: {pii: true}` of dbt; only what no declaration covers is listed here. A column in no list is an error: erasure,
search and the database of analysts would not know what to do with it.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from pipelines.contracts import CONTACT_BLOCK, FREE_TEXT, KINDS
from pipelines.landing.columns import facts_columns
from pipelines.normalising import CLEAN_COLUMNS


class Nature(StrEnum):
    """What a column says of people."""

    PERSONAL = "personal"  # who somebody is, or what people wrote
    NUMBER = "number"  # stands for a person, record, row or visit: a number, a digest, a source's own key
    PLAIN = "plain"  # what happened, how much, when; it identifies nobody alone


# Derived from contact blocks under another name: features of identity, values of the golden record, rows as sent.
_PERSONAL = {
    *CONTACT_BLOCK, *CLEAN_COLUMNS, *FREE_TEXT, "original", "value", "address", "area", "company", "cookie", "email_domain",
    "email_local", "family_names", "family_sound", "first_given_name", "generation", "given_han", "given_sound", "initial",
    "names", "record", "street_begin",
    "website", "parent_company_number", "parent_company_number_clean",
}  # fmt: skip
# In tables without identifiers these describe groups of people.
_COARSE = {
    "gender", "country", "language", "occupation", "income_band", "household_size", "marital_status", "interests",
    "gender_clean", "country_clean", "language_clean", "postcode_area",
}  # fmt: skip
# Every column of refusals.parquet: an erasure removes whatever identifies people, and a word as sent may be anything that
# somebody typed. `number_key` and `record_id_key` are the identifiers in their normal form.
REFUSAL_COLUMNS: dict[str, Nature] = {
    **dict.fromkeys(
        (
            "record_id", "customer_number", "given_name", "family_name", "full_name", "email", "phone", "street",
            "house_number", "postcode", "city", "country", "given_name_clean", "family_name_clean", "street_clean",
            "house_number_clean", "postcode_clean", "city_clean", "country_clean", "email_keys", "phone_keys", "number_key",
            "record_id_key", "word", "purpose_sent", "channel_sent", "reason_sent", "event_sent",
        ),
        Nature.PERSONAL,
    ),
    **dict.fromkeys(
        ("load_number", "row_number", "record_key", "row_hash", "fingerprint", "point_digests"), Nature.NUMBER
    ),
    **dict.fromkeys(
        (
            "feed", "kind", "delivered_on", "snapshot_date", "said", "purpose", "channel", "reason", "event_at", "is_day",
            "timezone",
        ),
        Nature.PLAIN,
    ),
}  # fmt: skip
# Texts as sent; their meaning stands in other columns, so nothing needs them once the row is past its time.
REFUSAL_TEXTS = ("word", "purpose_sent", "channel_sent", "reason_sent", "event_sent")
_NUMBERS = {
    "alone",
    "component",
    "digest",
    "fingerprint",
    "kept",
    "key",
    "signature",
    "row_hash",
    "row_number",
    "record_key",
    "shown",
}
_NUMBER_ENDS = ("_id", "_ids", "_key", "_hash")
_PLAIN_STARTS = ("is_", "has_", "last_", "licence_", "permission_", "rows_", "keeps_")
_PLAIN_ENDS = (
    "_at", "_by", "_cost", "_count", "_date", "_days", "_from", "_hour", "_level", "_minutes", "_number", "_on", "_opt_in", "_parts", "_path",
    "_points", "_probability", "_rank", "_scored", "_share", "_kept", "_until", "_version", "_weight", "_profiles", "_since",
)  # fmt: skip
_PLAIN = {
    "acknowledged", "blocks_until", "column_name", "cell", "decision", "description", "event", "family_name_of_namesakes", "field",
    "file", "is_shared", "largest_person", "law", "length", "line", "listing", "model", "model_file", "number_space", "parts",
    "pairs_kept", "pairs_scored", "people", "person", "place", "points", "probability", "profiles", "rank", "reason", "refusal",
    "refusals", "refusals_unreadable", "rule", "said", "sent", "special_categories", "status", "timezone", "unreadable", "version",
}  # fmt: skip


@cache
def declared_by_dbt(manifest: Path) -> Mapping[tuple[str, str, str, str], bool]:
    """(database, schema, table, column) -> whether dbt marks it as personal, of every column that is described."""
    nodes = json.loads(manifest.read_text("utf-8"))["nodes"].values()
    return {
        (node["database"], node["schema"], node.get("alias") or node["name"], column["name"]): bool(
            column.get("config", {}).get("meta", {}).get("pii")
        )
        for node in nodes
        if node["resource_type"] in ("model", "seed")
        for column in node["columns"].values()
    }


def nature_of(
    column: str,
    table: tuple[str, str, str] | None = None,
    manifest: Path | None = None,
    file: str | None = None,
) -> Nature | None:
    """What a column says of people; None if no list has it.

    `table`: (database, schema, name) of a built table; without it the column is of the Parquet file named `file`.
    """
    if file == "refusals.parquet" and column in REFUSAL_COLUMNS:
        return REFUSAL_COLUMNS[column]
    declared = declared_by_dbt(manifest).get((*table, column)) if table and manifest else None
    if declared:
        return Nature.PERSONAL
    if column.endswith(_NUMBER_ENDS) or column in _NUMBERS:
        return Nature.PERSONAL if column in ("record_id", "cookie_id") else Nature.NUMBER
    if declared is not None or (table is not None and table[0] != "identity" and column in _COARSE):
        return Nature.PLAIN
    name = column.removeprefix("contact_")
    # Under the names of fields identity writes comparison levels: 0 to the best agreement.
    if table is not None and table[0] == "identity" and table[2] in ("pairs", "links", "near_links"):
        return Nature.PLAIN
    if column in _PERSONAL or name in _PERSONAL:
        return Nature.PERSONAL
    if column in _PLAIN or column.startswith(_PLAIN_STARTS) or column.endswith(_PLAIN_ENDS):
        return Nature.PLAIN
    if manifest is not None and column in _plain_names(manifest):
        return Nature.PLAIN
    return Nature.PLAIN if column in _of_kinds() else None


@cache
def _plain_names(manifest: Path) -> frozenset[str]:
    """Columns that dbt describes somewhere and marks as personal nowhere; a name has the same meaning everywhere."""
    declared = declared_by_dbt(manifest)
    marked = {column for (*_, column), is_marked in declared.items() if is_marked}
    return frozenset(column for (*_, column) in declared if column not in marked)


@cache
def _of_kinds() -> frozenset[str]:
    return frozenset(column for kind in KINDS for column in facts_columns(kind))
