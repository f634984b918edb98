"""Who is who: the step between profiles and people."""

from collections.abc import Iterator

import dagster as dg
import duckdb

from pipelines.dbt.variables import read_vars
from pipelines.identity import read_model, resolve
from pipelines.identity.decisions.overrides import check_overrides
from pipelines.landing.loads import next_profile_id, read_loads
from pipelines.publishing.audits import forget_audits
from pipelines.resources import Stamgast
from pipelines.warehouse.database import attach, connect, name, text

PROFILES = dg.AssetKey(["intermediate", "int_profiles_seen"])
TABLES = {
    ("identity", "profile_person"): "One row per profile of a person: the person it belongs to.",
    (
        "identity",
        "profile_account",
    ): "One row per profile that names a company: its company, and the rule that said so.",
    (
        "identity",
        "account_candidates",
    ): "One row per profile and company it may belong to, where only a person can decide.",
    (
        "identity",
        "person_household",
    ): "One row per person and uninterrupted membership of a household.",
    ("identity", "links"): "One row per link between two profiles, with its rule and evidence.",
    (
        "identity",
        "vetoes",
    ): "One row per pair of profiles that must not be one person, with the rule that says so.",
    (
        "identity",
        "near_links",
    ): "One row per scored pair of two people that is near the threshold, or above it and not followed.",
    ("identity", "resolution"): "One row: the counts of this resolution.",
    (
        "identity",
        "overrides",
    ): "One row per decision of a person that counts; who decided, and why, stays in the file.",
    ("customers", "identity", "bad_values"): "One row per value that identifies nobody, with the reason.",
}


COLUMNS = {
    "profile_id": "The profile: a contact block of a feed, numbered once for ever.",
    "person_id": "The person: the smallest profile_id of the person's.",
    "account_id": "The company: the smallest profile_id of the company's.",
    "household_id": "The household: the smallest person_id of those who live there, or, once all have left, did.",
    "valid_from": "When the person was first seen at the home (UTC).",
    "valid_to": "When the person was first seen at another home (UTC); empty while it lasts.",
    "country": "ISO 3166-1 alpha-2 code of the home's country.",
    "postcode_area": "Coarse postcode of the home; empty where fewer than small_group_size people (dbt_project.yml) have lived.",
    "left_profile_id": "The smaller profile of the pair; of a decision the first.",
    "right_profile_id": "The larger profile of the pair; of a decision the second.",
    "rule": "The rule that decided.",
    "is_cut": "A veto or thin evidence overruled the link: evidence only.",
    "weight": "log2 odds of one person against all else; empty where the pair was not scored.",
    "probability": "The weight as probability of one person.",
    "splink_weight": "The weight that Splink gives the same levels, as two classes.",
    "profiles": "Profiles that may be people's.",
    "people": "People they are.",
    "pairs_kept": "Scored pairs that are kept: near the threshold or above, or of one contact point.",
    "pairs_scored": "Pairs scored by this resolution.",
    "touched_profiles": "Profiles that are new, changed, gone, or hold a value whose status changed.",
    "region_profiles": "Profiles whose person was decided anew.",
    "largest_person": "Profiles of the person with most.",
    "is_full": "Everything was resolved anew, without the state of an earlier resolution.",
    "model": "Name of the model of identity, and what of these profiles it was fitted to: no households, crowded places.",
    "model_file": "That model (JSON, as `identity train` writes it).",
    "subject": "What was decided about: person (overrides/identity.csv) or company (overrides/companies.csv).",
    "line": "Line in that file.",
    "decision": "same or different; of a company different takes the left profile out of the right one's.",
    "decided_date": "Day of the decision.",
    "expires_date": "Last day on which the decision counts; empty: for ever.",
    "field": "The field the value stands in.",
    "value": "The value that identifies nobody.",
    "reason": "Why the value identifies nobody (shared, placeholder), why the company was not taken, or why the pair "
    "is no link (below_threshold, veto, thin_evidence).",
    "profile_count": "Profiles that hold the value.",
    "given_name_count": "Different given names that hold the value.",
}


def _describe(connection: duckdb.DuckDBPyConnection) -> None:
    """Definitions beside the columns, as in core and marts; <comparison>_level says how far both sides agree."""
    for key, description in TABLES.items():
        table = ".".join(key)
        connection.execute(f"comment on table {table} is {text(description)}")
        for column, *_ in connection.execute(f"describe {table}").fetchall():
            said = COLUMNS.get(
                column, f"How far both profiles agree ({column}); empty where one side lacks it."
            )
            connection.execute(f"comment on column {table}.{name(column)} is {text(said)}")


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            list(key),
            group_name="identity",
            owners=["team:data"],
            kinds={"python", "duckdb"},
            deps=[PROFILES],
            description=description,
        )
        for key, description in TABLES.items()
    ]
)
def identity(context: dg.AssetExecutionContext, stamgast: Stamgast) -> Iterator[dg.MaterializeResult]:
    """Links, vetoes, connected components."""
    places, settings = stamgast.settings.places, stamgast.settings
    forget_audits(places, map(".".join, TABLES))
    # Whoever starts the run: the UI and the schedule do not come by way of the command line.
    check_overrides(settings.sources, settings.as_of, next_profile_id(read_loads(places)) - 1)
    with connect(places, places.analytics) as connection:
        attach(connection, places, places.customers)
        attach(connection, places, places.scratch, read_only=True)
        summary = resolve(
            connection,
            settings.sources / "overrides" / "identity.csv",
            model=read_model(places, settings.as_of),
            as_of=settings.as_of,
            state=places.identity,
            places=places,
            small_group_size=read_vars().small_group_size,
            progress=context.log.info,
        )
        context.log.info(str(summary))
        _describe(connection)
        for key in TABLES:
            rows = connection.execute(f"select count(*) from {'.'.join(key)}").fetchall()[0][0]
            yield dg.MaterializeResult(dg.AssetKey(list(key)), metadata={"dagster/row_count": rows})
