"""Maintains state.links and state.near_links, the evidence for one person that was and was not followed; writes both tables."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from pipelines.identity.decisions.overrides import Override
from pipelines.identity.likelihood.comparisons import COMPARISONS
from pipelines.identity.likelihood.pairs import NEAR
from pipelines.identity.likelihood.scoring import places
from pipelines.warehouse.database import text
from pipelines.warehouse.sql_files import sql_beside

_OF_REGION = "where left_profile_id in (from identity_region) or right_profile_id in (from identity_region)"
_RENEWED = "where left_profile_id in (from identity_renewed) or right_profile_id in (from identity_renewed)"


def update_evidence(
    connection: duckdb.DuckDBPyConnection, decisions: Sequence[Override], *, is_full: bool
) -> None:
    """Updates state.links and state.near_links for the profiles of the region."""
    same = [decision for decision in decisions if decision.is_same]
    connection.register(
        "identity_same",
        pa.table(
            {
                "left_profile_id": pa.array([decision.left_profile_id for decision in same], pa.int64()),
                "right_profile_id": pa.array([decision.right_profile_id for decision in same], pa.int64()),
            }
        ),
    )
    if not is_full:
        connection.execute(
            f"""
            create or replace temp table identity_renewed as
            from identity_region union select profile_id from identity_changed;
            delete from state.links {_RENEWED};
            delete from state.near_links {_RENEWED};
            drop table identity_renewed
            """
        )
    connection.execute(
        f"""
        create or replace temp view identity_pairs_near as from state.pairs {"" if is_full else _OF_REGION};
        create or replace temp view identity_groups as
        select rule, group_id, profile_id
        from state.groups {"" if is_full else "where profile_id in (from identity_region)"}
        union all
        select 'override', least(left_profile_id, right_profile_id), unnest([left_profile_id, right_profile_id])
        from identity_same {"" if is_full else "where left_profile_id in (from identity_region)"}
        """
    )
    connection.execute(sql_beside(__file__, "evidence.sql").format(near=NEAR))
    connection.execute("drop view identity_groups; drop view identity_pairs_near")
    connection.unregister("identity_same")


def write_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    """Writes tables identity.links and near_links, with comparison levels (enums of all labels) and no values."""
    labels = ", ".join(
        f"[{listed}][{comparison.name} + 1]::enum({listed}) as {comparison.name}_level"
        for comparison in COMPARISONS
        for listed in [", ".join(text(level.label) for level in comparison.levels)]
    )
    weights = "weight, 1 / (1 + pow(2, -weight)) as probability, splink_weight, labels.* exclude (pattern)"
    connection.execute(
        f"""
        create or replace temp table identity_labels as
        select pattern, {labels}
        from (select pattern, {places("pattern")} from (select distinct pattern from state.pairs));

        create or replace table identity.links as
        select left_profile_id, right_profile_id, rule, is_cut, {weights}
        from state.links as links
        left join identity_labels as labels on links.pattern = labels.pattern
        order by left_profile_id, right_profile_id, rule, is_cut;

        create or replace table identity.near_links as
        select left_profile_id, right_profile_id, reason, {weights}
        from state.near_links as links
        inner join identity_labels as labels on links.pattern = labels.pattern
        order by left_profile_id, right_profile_id;

        drop table identity_labels
        """
    )
