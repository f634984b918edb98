"""Splink with the settings of its tutorials, trained on the set itself: the baseline a user reaches in an hour."""

import logging
from collections.abc import Sequence

import duckdb

THRESHOLDS = (0.5, 0.95, 0.99)
# Tutorials of a few thousand records block on single columns as well, where that stays affordable.
_SMALL_SET, _MOST_PAIRS_EACH = 20_000, 50

_COLUMNS = {
    "first_name": "given_name_clean",
    "surname": "family_name_clean",
    "dob": "cast(birth_date_clean as varchar)",
    "email": "email_clean",
    "postcode": "postcode_clean",
    "city": "city_clean",
    "phone": "phone_clean",
    "street": "concat_ws(' ', street_clean, house_number_clean)",
}
# With the telephone as well it gets worse (family lines and switchboards chain people); a set of few fields has no choice.
_TUTORIAL_FIELDS, _FEWEST_FIELDS = ("first_name", "surname", "dob", "email", "postcode", "city"), 5
_PREDICT = (
    ("first_name", "surname"), ("surname", "dob"), ("first_name", "dob"), ("postcode", "surname"), ("email",),
    ("phone",), ("street", "first_name"), ("street", "surname"),
)  # fmt: skip
# The first two whose columns are there; a set of three fields has no record that agrees on all and is another.
_CERTAIN = (
    ("first_name", "surname", "dob"),
    ("email", "first_name"),
    ("first_name", "surname", "postcode"),
    ("first_name", "surname", "city"),
)
_CERTAIN_OF_FEW, _FEW_FIELDS = (("surname", "dob"), ("first_name", "dob")), 3
# One that lets the names vary; the first whose columns are there.
_TRAIN_NAMES = (("dob", "postcode"), ("email",), ("dob",), ("phone",), ("street", "postcode"), ("street",), ("postcode", "city"))  # fmt: skip


def read_profiles(connection: duckdb.DuckDBPyConnection, only_named: bool = False) -> list[str]:
    """Makes `profiles` as a tutorial's table, of all profiles that may be people; gives the columns that hold anything."""
    chosen = ", ".join(f"nullif({value}, '') as {column}" for column, value in _COLUMNS.items())
    connection.execute(f"""
        create or replace table profiles as
        select profile_id as unique_id, {chosen}
        from scratch.intermediate.int_profiles_seen
        where makes_people {"and family_name_clean is not null" if only_named else ""}
    """)
    counts = connection.execute(
        f"select {', '.join(f'count({column})' for column in _COLUMNS)} from profiles"
    ).fetchall()[0]
    filled = [column for column, count in zip(_COLUMNS, counts, strict=True) if count]
    usual = [column for column in filled if column in _TUTORIAL_FIELDS]
    return usual if len(usual) >= _FEWEST_FIELDS else filled


def find(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> dict[float, str]:
    """Trains, predicts and clusters `profiles`; threshold -> table (profile_id, cluster_id)."""
    # An extra: only who measures has it.
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    comparisons = {
        "first_name": cl.NameComparison("first_name"),
        "surname": cl.NameComparison("surname"),
        "dob": cl.DateOfBirthComparison("dob", input_is_string=True),
        "email": cl.EmailComparison("email"),
        "postcode": cl.LevenshteinAtThresholds("postcode", 1),
        "city": cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        "phone": cl.ExactMatch("phone"),
        "street": cl.LevenshteinAtThresholds("street", [2, 5]),
    }

    def known(rules: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
        return [rule for rule in rules if set(rule) <= set(columns)]

    predicting = [*known(_PREDICT), *_affordable(connection, columns)]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[comparisons[column] for column in columns],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in predicting],
    )
    certain = known(_CERTAIN_OF_FEW if len(columns) <= _FEW_FIELDS else _CERTAIN)[:2]
    # Splink warns of every level that a set does not show.
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection)
    linker = Linker(api.register("profiles", table_name="people"), settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(
        [block_on(*rule) for rule in certain], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in (("first_name", "surname"), known(_TRAIN_NAMES)[0]):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    pairs = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    found = {}
    for place, threshold in enumerate(THRESHOLDS):
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold)
        clusters.as_duckdbpyrelation().select("unique_id as profile_id, cluster_id").create(f"found_{place}")
        found[threshold] = f"found_{place}"
    return found


def _affordable(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """The single columns on which a small set may be blocked."""
    (profiles,) = connection.execute("select count(*) from profiles").fetchall()[0]
    if profiles > _SMALL_SET:
        return []
    chosen: list[tuple[str, ...]] = []
    for column in columns:
        (pairs,) = connection.execute(
            f"select sum(size * (size - 1)) / 2 from (select count({column}) as size from profiles group by {column})"
        ).fetchall()[0]
        if column not in ("email", "phone") and pairs <= _MOST_PAIRS_EACH * profiles:
            chosen.append((column,))
    return chosen
