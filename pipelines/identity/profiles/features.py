"""What is compared of each profile: names in Latin letters, dates, contact points, places; and the keys it is found by."""

from pathlib import Path

import duckdb
import pyarrow as pa
from pypinyin import lazy_pinyin

from pipelines.identity.rules import Rules
from pipelines.warehouse.database import text, texts

_FOLDER = Path(__file__).parent
_FEATURES = (_FOLDER / "features.sql").read_text(encoding="utf-8")
_HAN = r"\p{Han}"
# All that features are made of: a profile's text never changes, but how it is normalised and its feed's contract may.
_MADE_OF = (
    "feed", "customer_number", "record_id", "social_profile", "given_name_clean", "family_name_clean", "full_name",
    "gender_clean", "birth_date_clean", "email_clean", "phone_clean", "street_clean", "house_number_clean",
    "postcode_clean", "postcode_area", "city_clean", "country_clean", "company_name_clean", "one_number_per_person",
)  # fmt: skip
SIGNATURE = f"hash(cookie_key, {', '.join(_MADE_OF)})"


def content_of(profiles: str) -> str:
    """SQL for a text of all that, so that rows of `profiles` stand in one order whatever their numbers and the warehouse's key."""
    texts_of = (f"coalesce({profiles}.{column}::varchar, chr(30))" for column in (*_MADE_OF, "cookie_id"))
    return f"md5(concat_ws(chr(31), {', '.join(texts_of)}))"


def make_features(connection: duckdb.DuckDBPyConnection, table: str, profiles: str, rules: Rules) -> None:
    """Creates `table`: one row per profile of the relation `profiles` that may be a person, with the signature it was made of.

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
        _FEATURES.replace("{into}", f"create {table} as")
        .replace("{signature}", SIGNATURE)
        .replace("{profiles}", profiles)
        .replace("{nobody}", text("|".join(rules.nobody)))
        .replace("{street_postcodes}", texts(rules.living_together.street_postcodes))
    )
    connection.unregister("identity_pinyin")
