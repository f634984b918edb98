"""What is compared of each profile: names in Latin letters, dates, contact points, places; and the keys it is found by."""

from pathlib import Path

import duckdb
import pyarrow as pa
from pypinyin import lazy_pinyin

from pipelines.database import text, texts
from pipelines.identity.rules import Rules

_FOLDER = Path(__file__).parent
_FEATURES = (_FOLDER / "features.sql").read_text(encoding="utf-8")
_HAN = r"\p{Han}"


def make_features(connection: duckdb.DuckDBPyConnection, profiles: str, rules: Rules) -> None:
    """Temp table identity_features: one row per profile of the relation `profiles` that may be a person.

    Chinese names are written in pinyin without tones, so that characters and pinyin compare; every other name is
    folded to letters without marks. Of `rules` it takes what is no name, and where a postcode is part of one street.
    """
    # 刘泽溪 and 刘, where given and family name are asked for: three characters are the whole name.
    connection.execute(
        f"""
        create or replace temp macro identity_given(given, family) as
            case
                when len(given) > greatest(len(family), 2) and starts_with(given, family)
                    and regexp_full_match(given, '{_HAN}+')
                    then substr(given, len(family) + 1)
                else given
            end
        """
    )
    names = connection.execute(
        f"""
        select distinct unnest([identity_given(given_name_clean, family_name_clean), family_name_clean]) as written
        from {profiles}
        where regexp_matches(given_name_clean, '{_HAN}') or regexp_matches(family_name_clean, '{_HAN}')
        """
    ).fetchall()
    written = [row[0] for row in names if row[0] is not None]
    connection.register(
        "identity_pinyin",
        pa.table(
            {
                "written": pa.array(written, pa.string()),
                "latin": pa.array(["".join(lazy_pinyin(name)) for name in written], pa.string()),
            }
        ),
    )
    connection.execute(
        _FEATURES.replace("{profiles}", profiles)
        .replace("{nobody}", text("|".join(rules.nobody)))
        .replace("{street_postcodes}", texts(rules.living_together.street_postcodes))
    )
    connection.unregister("identity_pinyin")
