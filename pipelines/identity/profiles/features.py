"""Makes the match features of profiles: names in Latin letters, dates, contact points and places."""

import duckdb
import pyarrow as pa
from pypinyin import lazy_pinyin

from pipelines.identity.rules import Rules
from pipelines.normalising.folding import add_folding
from pipelines.warehouse.database import text, texts
from pipelines.warehouse.sql_files import sql_beside

_HAN = r"\p{Han}"
# Columns that features are derived from. The texts of a profile never change, but its clean columns and its contract may.
_DERIVED_FROM = (
    "feed", "customer_number", "record_id", "social_profile", "given_name_clean", "family_name_clean", "full_name",
    "gender_clean", "birth_date_clean", "email_clean", "phone_clean", "street_clean", "house_number_clean",
    "postcode_clean", "postcode_area", "city_clean", "country_clean", "company_name_clean", "one_number_per_person", "number_space",
)  # fmt: skip
SIGNATURE = f"hash(cookie_key, {', '.join(_DERIVED_FROM)})"


def content_of(profiles: str) -> str:
    """SQL for a digest of the columns of `profiles` that features are derived from.

    It orders profiles independently of their numbers and of the warehouse's key.
    """
    texts_of = (
        f"coalesce({profiles}.{column}::varchar, chr(30))" for column in (*_DERIVED_FROM, "cookie_id")
    )
    return f"md5(concat_ws(chr(31), {', '.join(texts_of)}))"


def make_features(connection: duckdb.DuckDBPyConnection, table: str, profiles: str, rules: Rules) -> None:
    """Creates `table` of match features: one row per profile of the relation `profiles` that may be a person.

    Chinese names are written in pinyin without tones, so that characters and pinyin are comparable; other names are folded to
    letters without accents. Column `signature` changes with the profile. Of `rules` it uses `nobody` and `street_postcodes`.
    """
    # A given name 刘泽溪 beside a family name 刘 is the whole name.
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
    add_folding(connection)
    connection.execute(
        sql_beside(__file__, "features.sql")
        .replace("{into}", f"create {table} as")
        .replace("{signature}", SIGNATURE)
        .replace("{profiles}", profiles)
        .replace("{nobody}", text("|".join(rules.nobody)))
        .replace("{street_postcodes}", texts(rules.living_together.street_postcodes))
    )
    connection.unregister("identity_pinyin")
