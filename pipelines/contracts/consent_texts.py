"""Which consents of a build rest on a wording of which no text is kept, so that nobody can prove what was agreed to."""

from pipelines.contracts.policies import WORDINGS, read_wordings, wording_name, wording_text
from pipelines.settings import Settings
from pipelines.warehouse.database import connect


def wordings_without_text(settings: Settings) -> list[str]:
    """One sentence per version of a wording that a grant of the build names and that has no text in policies/wordings.

    Reads core.fct_permission_events of the build; none where it was not made.
    Raises StamgastError: a text cannot be read.
    """
    wordings = read_wordings(settings.sources)
    if not settings.places.analytics.exists():
        return []
    with connect(settings.places, settings.places.analytics, read_only=True) as connection:
        is_built = "select count(*) from duckdb_tables() where table_name = 'fct_permission_events'"
        if connection.execute(is_built).fetchall() == [(0,)]:
            return []
        named = connection.execute(
            """
            select wording_version, count(distinct row(feed, record_key))
            from core.fct_permission_events
            where event_type in ('grant', 'unconfirmed_grant') and wording_version is not null
            group by wording_version
            order by wording_version
            """
        ).fetchall()
    return [
        f"{count:,} {'grant rests' if count == 1 else 'grants rest'} on wording {version}, of which no text is kept; put what "
        f"people read into {WORDINGS / wording_name(version)}.md"
        for version, count in named
        if wording_text(wordings, version) is None
    ]
