"""Finds personal columns that contracts store and nothing uses (data minimisation, GDPR art. 5(1)(c)).

A column is used if identity compares it, if it says whom a refusal is about, if a table of core, marts or segments is
derived from it, or if a list with it was exported within the days asked about.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipelines.campaigns.ledger import read_exports
from pipelines.contracts import CONTACT_BLOCK, KINDS, Contract
from pipelines.dbt.column_lineage import column_lineage, schema_of
from pipelines.dbt.running import built_tables, compiled_sql, parsed_project
from pipelines.errors import StamgastError
from pipelines.landing.refusals import BLOCK, can_refuse
from pipelines.settings import Settings
from pipelines.warehouse.locking import locked

# What identity.profiles compares of a contact block, besides what dbt reads (identity/profiles/features.sql).
_COMPARED = {
    "record_id", "customer_number", "given_name", "family_name", "full_name", "gender", "birth_date", "email", "phone",
    "street", "house_number", "postcode", "city", "country", "company_name", "company_number", "vat_number",
    "social_profile", "cookie_id",
}  # fmt: skip
# By column of an export's file (campaigns/audience.py): what it is made of.
_EXPORTED = {
    "email": ("email", "given_name", "family_name", "language"),
    "sms": ("phone", "given_name", "family_name", "language"),
    "phone": ("phone", "given_name", "family_name", "language"),
    "post": (
        "given_name",
        "family_name",
        "company_name",
        "street",
        "house_number",
        "postcode",
        "city",
        "country",
    ),
    "ads": ("email", "phone"),
}
_READ_BY_PEOPLE = ("core", "marts", "segments")


@dataclass(frozen=True)
class Use:
    """A personal column of a feed and what uses it."""

    feed: str
    column: str
    source_column: str
    used_by: tuple[str, ...]


def personal_uses(settings: Settings, contracts: Sequence[Contract], days: int) -> list[Use]:
    """Every personal column that a contract stores, with the tables derived from it; nothing uses those without.

    Raises StamgastError: nothing is built, a run is writing.
    """
    with locked(settings.places):
        made_into = _made_into(settings)
    since = settings.as_of - timedelta(days=days)
    exported: dict[str, date] = {}
    for export in read_exports(settings.places):
        for column in _EXPORTED.get(export.channel, ()):
            exported[column] = max(export.as_of, exported.get(column, export.as_of))
    uses = []
    for contract in contracts:
        if not contract.spec.has_contact_block:
            continue
        free = {column.name for column in KINDS[contract.kind].columns if column.is_free_text}
        for column, source in sorted(contract.targets.items()):
            if column not in free and column not in CONTACT_BLOCK:
                continue
            used = set() if column in free else set(made_into.get(("profiles", column), ()))
            used |= set(made_into.get((contract.kind, column), ())) if column in free else set()
            if column in _COMPARED:
                used.add("identity")
            if can_refuse(contract.kind) and column in BLOCK:
                used.add("refusals")
            last = exported.get(column)
            if last is not None and last >= since:
                used.add("exports")
            uses.append(Use(contract.feed, column, source, tuple(sorted(used))))
    return uses


def _made_into(settings: Settings) -> dict[tuple[str, str], set[str]]:
    """('profiles' or kind, raw column) -> tables of core, marts and segments derived from it, by column lineage."""
    manifest = parsed_project(settings) / "manifest.json"
    if not settings.places.analytics.exists():
        raise StamgastError(f"{settings.places.build}: nothing is built; run: stamgast run")
    models = [
        node
        for node in json.loads(manifest.read_text("utf-8"))["nodes"].values()
        if node["resource_type"] == "model"
    ]
    schema = schema_of({relation: table.columns for relation, table in built_tables(settings).items()})
    parents: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    shown: dict[str, str] = {}
    for node in models:
        table = node.get("alias") or node["name"]
        relation = f"{node['database']}.{node['schema']}.{table}"
        shown[relation] = node["schema"]
        compiled = compiled_sql(settings, node)
        if compiled is None:
            continue
        sql = compiled.read_text("utf-8")
        for column, sources in column_lineage(sql, schema).items():
            for (database, in_schema, source), of in sources:
                parents[relation, column].add((f"{database}.{in_schema}.{source}", of))
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for relation, column in list(parents):
        if shown[relation] not in _READ_BY_PEOPLE:
            continue
        seen: set[tuple[str, str]] = set()
        ahead = [(relation, column)]
        while ahead:
            here = ahead.pop()
            if here in seen:
                continue
            seen.add(here)
            ahead.extend(parents.get(here, ()))
        for table, of in seen:
            name = table.rpartition(".")[2]
            if name == "int_profiles_seen":
                found["profiles", of.removesuffix("_clean")].add(relation.partition(".")[2])
            elif name.startswith("stg_"):
                found[name.removeprefix("stg_"), of].add(relation.partition(".")[2])
    return found
