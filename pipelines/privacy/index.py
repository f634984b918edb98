"""Derives, before every build, the files that dbt reads beside the loads: of what was landed and of what was erased."""

from collections.abc import Sequence
from datetime import date

from pipelines.contracts import Contract
from pipelines.contracts.policies import CountryRule
from pipelines.landing.index import write_landed
from pipelines.privacy.erased_refusals import write_erased_refusals
from pipelines.privacy.redacted_profiles import write_redacted_profiles
from pipelines.warehouse.places import Places


def write_index(
    places: Places, contracts: Sequence[Contract], as_of: date, country_rules: Sequence[CountryRule] = ()
) -> dict[str, int]:
    """Writes the tables of schema raw that are no loads; returns the rows of each.

    Raises StamgastError: a load of a kind that can refuse lacks its refusals.
    """
    return write_landed(places, contracts, as_of, country_rules) | {
        "shells": write_redacted_profiles(places),
        "refusals_erased": write_erased_refusals(places),
    }
