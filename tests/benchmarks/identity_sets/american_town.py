"""pseudopeople's sample population (a fictional American town, whole families at one address), as feeds of three sorts."""

import csv
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.identity_sets import american_town_noise
from tests.benchmarks.identity_sets.feed import write_feed

# It cannot share an environment with this project; `make bench-identity` makes this one.
INTERPRETER = Path(sys.prefix) / "pseudopeople" / "bin" / "python"

_Columns = Mapping[str, str | Mapping[str, object]]
_NAMES: _Columns = {"first_name": "given_name", "last_name": "family_name"}
_BORN: _Columns = {"date_of_birth": {"to": "birth_date", "format": "%m/%d/%Y"}}
_BORN_AS_NUMBER: _Columns = {"date_of_birth": {"to": "birth_date", "format": "%Y%m%d"}}
_SEX: _Columns = {"sex": "gender"}
_HOME: _Columns = {
    "street_number": "house_number",
    "street_name": "street",
    "zipcode": "postcode",
    "city": "city",
}
_MAIL: _Columns = {f"mailing_address_{column}": target for column, target in _HOME.items()}
_SETS: dict[str, dict[str, _Columns]] = {
    # Two censuses, ten years apart: people moved, married, were born and died.
    "pp-census": {
        f"census_{year}": {**_NAMES, **_BORN, **_SEX, **_HOME} for year in american_town_noise.YEARS
    },
    # No birth date: whoever lives and works in town, by name and address.
    "pp-wages": {"census_2020": {**_NAMES, **_HOME}, "wages_2020": {**_NAMES, **_MAIL}},
    # Three feeds that know different things.
    "pp-mixed": {
        "census_2020": {**_NAMES, **_BORN, **_SEX, **_HOME},
        "social_security": {**_NAMES, **_BORN_AS_NUMBER, **_SEX},
        "wages_2020": {**_NAMES, **_MAIL},
    },
}


def _half_of_the_households(census: list[dict[str, str]]) -> set[str]:
    """Who lives in them."""
    return {
        row["simulant_id"]
        for row in census
        if hashlib.sha256(row["household_id"].encode()).digest()[0] % 2 == 0
    }


def write_american_town(name: str, folder: Path) -> None:
    """Writes one of the sets, a feed per register; of the mixed set half the households."""
    if not INTERPRETER.exists():
        sys.exit("pseudopeople is not installed; run: make bench-identity")
    with tempfile.TemporaryDirectory(prefix="stamgast_pseudopeople_") as scratch:
        subprocess.run(
            [INTERPRETER, american_town_noise.__file__, scratch], check=True, stderr=subprocess.DEVNULL
        )
        registers: dict[str, list[dict[str, str]]] = {}
        for feed in _SETS[name]:
            with (Path(scratch) / f"{feed}.csv").open(encoding="utf-8", newline="") as stream:
                registers[feed] = list(csv.DictReader(stream))
    if name == "pp-mixed":
        kept = _half_of_the_households(registers["census_2020"])
        registers = {
            feed: [row for row in rows if row["simulant_id"] in kept] for feed, rows in registers.items()
        }
    for feed, rows in registers.items():
        # 0_123 is person 123.
        people = [int(row["simulant_id"].split("_")[1]) for row in rows]
        write_feed(folder, feed, rows, people, _SETS[name][feed], "US")


NAMES = tuple(_SETS)
