"""The sets by name."""

import re
from functools import partial
from pathlib import Path

from tests.benchmarks.identity_sets import american_town, invented
from tests.benchmarks.identity_sets.american_town import write_american_town
from tests.benchmarks.identity_sets.febrl import FILES, write_febrl
from tests.benchmarks.identity_sets.invented import write_invented
from tests.benchmarks.identity_sets.prepared import Maker, Prepared, prepare
from tests.benchmarks.identity_sets.rldata import write_rldata
from tests.benchmarks.identity_sets.simulated import company
from tests.benchmarks.identity_sets.withheld import WITHHELD, withheld

_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
_SIMULATED = re.compile(r"sim-(?P<count>\d+)(?P<unit>[km]?)(?:-seed(?P<seed>\d+))?")
_WITHHELD = re.compile(rf"(?P<base>.+)-(?P<group>{'|'.join(WITHHELD)})")
DEFAULT_SEED = 7


OTHERS: dict[str, Maker] = {
    **{name: partial(write_febrl, name) for name in FILES},
    "rldata": write_rldata,
    **{name: partial(write_american_town, name) for name in american_town.NAMES},
    **{name: partial(write_invented, name) for name in invented.NAMES},
}


def prepared_set(name: str, keep: Path) -> Prepared:
    """The set of that name in the folder `keep`, made when it is not there.

    `sim-10k`, `sim-100k-seed8`: simulated companies; the others are listed in OTHERS; `febrl3-no-address`: a set with a
    group of fields withheld. Raises KeyError: there is no such set.
    """
    if less := _WITHHELD.fullmatch(name):
        return withheld(keep, name, prepared_set(less["base"], keep), less["group"])
    if simulated := _SIMULATED.fullmatch(name):
        people = int(simulated["count"]) * _UNITS[simulated["unit"]]
        return company(keep, name, people, int(simulated["seed"] or DEFAULT_SEED))
    return prepare(keep / name, OTHERS[name])


def is_known(name: str) -> bool:
    """Whether there is a set of that name."""
    less = _WITHHELD.fullmatch(name)
    base = less["base"] if less else name
    return base in OTHERS or _SIMULATED.fullmatch(base) is not None
