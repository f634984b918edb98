"""How hard the simulated company is: Splink with the settings of its tutorials, against the truth about its profiles."""

import argparse
import sys
import tempfile
import time
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from pipelines.contracts import KINDS, read_contracts
from pipelines.landing.committing import Verdict
from pipelines.landing.deliveries import look
from pipelines.landing.index import write_index
from pipelines.landing.landing import land_feed
from pipelines.settings import Settings
from pipelines.simulator import simulate

THRESHOLDS = (0.5, 0.95, 0.99)
# A company that an untuned tool resolves better than this is a toy.
HIGHEST_F1 = 0.85
AS_OF = date(2026, 6, 30)


def land(root: Path) -> None:
    """Lands the feeds whose rows make people, unchecked."""
    settings = Settings(sources=root / "sources", warehouse=root / "warehouse", as_of=AS_OF)
    contracts = [
        contract for contract in read_contracts(settings.sources) if KINDS[contract.kind].makes_people
    ]
    for outlook in look(contracts, settings.sources, settings.places):
        land_feed(outlook, settings, lambda _: Verdict())
    write_index(settings.places, contracts)


def read_profiles(connection: duckdb.DuckDBPyConnection, root: Path) -> None:
    """Makes `profiles` (one row per named profile, as a tutorial's table) and `truth` (profile -> person)."""
    loads = connection.execute(
        f"""
        select load_number, facts_path, profiles_path from '{root}/warehouse/build/loads.parquet'
        where is_read and list_contains(?, kind)
        """,
        [[name for name, kind in KINDS.items() if kind.makes_people and kind.has_contact_block]],
    ).fetchall()
    facts = [path for _, path, _ in loads]
    connection.execute(
        f"""
        create table truth as
        select facts.profile_id as unique_id, min(rows.person_id) as person_id
        from read_parquet(?, union_by_name = true) as facts
        inner join '{root}/warehouse/build/loads.parquet' as loads using (load_number)
        inner join read_parquet('{root}/truth/rows/*.parquet', union_by_name = true) as rows
            on facts.feed = rows.feed and parse_filename(loads.file) = rows.file and facts.row_number = rows.row_number
        where facts.profile_id is not null and rows.person_id is not null
        group by all
        -- Father and son of one name may fill in the very same form.
        having count(distinct rows.person_id) = 1
        """,
        [facts],
    )
    connection.execute(
        """
        create table profiles as
        select
            profile_id as unique_id, given_name_clean as first_name, family_name_clean as surname,
            cast(birth_date_clean as varchar) as dob, email_clean as email,
            postcode_clean as postcode, city_clean as city
        from read_parquet(?, union_by_name = true)
        where profile_id in (select unique_id from truth) and family_name_clean is not null
        """,
        [[path for _, _, path in loads]],
    )


def cluster(connection: duckdb.DuckDBPyConnection) -> float:
    """Trains, predicts and makes `found_<threshold>` (profile -> cluster), as the tutorials do; the seconds it took."""
    # An extra: only who measures has it.
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    began = time.perf_counter()
    # The tutorials' fields. With the telephone as well it gets worse: family lines and switchboards chain people.
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("first_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.EmailComparison("email"),
            cl.LevenshteinAtThresholds("postcode", 1),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        ],
        # The tutorial's "surname" alone is for its thousand rows; these are in the manner of its larger examples.
        blocking_rules_to_generate_predictions=[
            block_on("first_name", "surname"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("postcode", "surname"),
            block_on("email"),
        ],
    )
    api = DuckDBAPI(connection)
    linker = Linker(api.register("profiles", table_name="people"), settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("first_name", "surname", "dob"), block_on("email", "first_name")], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in (block_on("first_name", "surname"), block_on("dob", "postcode")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    pairs = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    for place, threshold in enumerate(THRESHOLDS):
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold)
        clusters.as_duckdbpyrelation().create(f"found_{place}")
    return time.perf_counter() - began


def agreement(connection: duckdb.DuckDBPyConnection, found: str) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs of profiles: in one cluster of the table against of one person."""

    def pairs(same: str) -> float:
        return float(
            connection.execute(f"""
                select coalesce(sum(size * (size - 1) / 2), 0)
                from (select count(*) as size from {found} inner join truth using (unique_id) group by {same})
            """).fetchall()[0][0]
        )

    both, of_cluster, of_person = pairs("cluster_id, person_id"), pairs("cluster_id"), pairs("person_id")
    precision, recall = both / max(of_cluster, 1), both / max(of_person, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def main() -> None:
    """Prints precision, recall and F1 at each threshold; exit 1 when the company is too easy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--company", type=Path, help="a simulated company with its warehouse, landed before")
    asked = parser.parse_args()
    if find_spec("splink") is None:
        sys.exit("splink is not installed; run: pip install -e '.[bench]'")
    with tempfile.TemporaryDirectory(prefix="stamgast_splink_") as scratch:
        root = asked.company or Path(scratch)
        if asked.company is None:
            simulate(asked.people, asked.seed, root, as_of=AS_OF)
            land(root)
        with duckdb.connect() as connection:
            read_profiles(connection, root)
            profiles, people = connection.execute(
                "select count(*), count(distinct person_id) from profiles inner join truth using (unique_id)"
            ).fetchall()[0]
            seconds = cluster(connection)
            table = Table("threshold", "precision", "recall", "F1 of closed clusters")
            best = 0.0
            for place, threshold in enumerate(THRESHOLDS):
                precision, recall, f1 = agreement(connection, f"found_{place}")
                table.add_row(f"{threshold}", f"{precision:.3f}", f"{recall:.3f}", f"{f1:.3f}")
                best = max(best, f1)
    console = Console()
    console.print(f"{profiles:,} named profiles of {people:,} people, Splink in {seconds:.0f} s")
    console.print(table)
    console.print(f"best {best:.3f}, at most {HIGHEST_F1} for a company that is no toy")
    sys.exit(0 if best <= HIGHEST_F1 else 1)


if __name__ == "__main__":
    main()
