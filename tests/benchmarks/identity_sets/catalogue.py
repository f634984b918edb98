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
from tests.benchmarks.identity_sets.simulated import WITHHELD, company, withheld

_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
_SIMULATED = re.compile(
    rf"(?P<base>sim-(?P<count>\d+)(?P<unit>[km]?)(?:-seed(?P<seed>\d+))?)(?:-(?P<group>{'|'.join(WITHHELD)}))?"
)
DEFAULT_SEED = 7


OTHERS: dict[str, Maker] = {
    **{name: partial(write_febrl, name) for name in FILES},
    "rldata": write_rldata,
    **{name: partial(write_american_town, name) for name in american_town.NAMES},
    **{name: partial(write_invented, name) for name in invented.NAMES},
}


def prepared_set(name: str, keep: Path) -> Prepared:
    """The set of that name in the folder `keep`, made when it is not there.

    `sim-10k`, `sim-100k-seed8`, `sim-10k-no-address`: simulated companies; the others are listed in OTHERS.
    Raises KeyError: there is no such set.
    """
    simulated = _SIMULATED.fullmatch(name)
    if simulated is None:
        return prepare(keep / name, OTHERS[name])
    people = int(simulated["count"]) * _UNITS[simulated["unit"]]
    base = company(keep, simulated["base"], people, int(simulated["seed"] or DEFAULT_SEED))
    return withheld(keep, name, base, simulated["group"]) if simulated["group"] else base


def is_known(name: str) -> bool:
    """Whether there is a set of that name."""
    return name in OTHERS or _SIMULATED.fullmatch(name) is not None
