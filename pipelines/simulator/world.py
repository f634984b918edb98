"""Shared by all parts of the simulator: seed, period, vocabularies of all countries."""

import zlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

import numpy as np
import pyarrow as pa

from pipelines.simulator.columns import Text, words
from pipelines.simulator.words import COUNTRIES, WordList, country

DAY = 86_400
YEARS = 3
# Shares of the demo company's people by country, in the order of COUNTRIES.
COUNTRY_SHARES = (0.50, 0.20, 0.14, 0.08, 0.08)


@dataclass(frozen=True)
class Clock:
    """The simulated period: YEARS up to the evening of `as_of`, then `days` more; in seconds since 1970 (UTC)."""

    as_of: date
    days: int = 0

    @property
    def now(self) -> int:
        """The last moment of the history: 21:00 UTC of `as_of`."""
        return self.day_of(self.as_of) * DAY + 21 * 3600

    @property
    def end(self) -> int:
        """The last moment at which anything happens: 21:00 UTC of the last day."""
        return self.now + self.days * DAY

    @property
    def start(self) -> int:
        """Midnight UTC of the first day."""
        return self.day_of(self.as_of - timedelta(days=round(YEARS * 365.25) - 1)) * DAY

    @staticmethod
    def day_of(day: date) -> int:
        """Days since 1970."""
        return (datetime(day.year, day.month, day.day) - datetime(1970, 1, 1)).days


@dataclass(frozen=True)
class Dice:
    """Random generators by subject, so that one more draw in one part changes nothing in another."""

    seed: int

    def of(self, subject: str) -> np.random.Generator:
        """The generator of a subject; the same each time it is asked for."""
        return np.random.default_rng([self.seed, zlib.crc32(subject.encode())])


@dataclass(frozen=True)
class Vocabulary:
    """One list of words over all countries; `start[country]` is where a country's words begin."""

    native: Text
    latin: Text
    ascii: Text
    start: np.ndarray
    chances: tuple[np.ndarray, ...]

    def draw(self, rng: np.random.Generator, countries: np.ndarray) -> np.ndarray:
        """A random word's code for each country code."""
        codes = np.empty(len(countries), dtype=np.int32)
        for place, chance in enumerate(self.chances):
            mine = np.flatnonzero(countries == place)
            found = np.searchsorted(np.cumsum(chance), rng.random(len(mine)), side="right")
            codes[mine] = self.start[place] + np.minimum(found, len(chance) - 1)
        return codes


@cache
def vocabulary(attribute: str) -> Vocabulary:
    """The words of one attribute of words.Country (male, female, family, streets, cities)."""
    lists: list[WordList] = [getattr(country(code), attribute) for code in COUNTRIES]
    sizes = np.cumsum([0, *(len(each.native) for each in lists)])
    return Vocabulary(
        pa.concat_arrays([words(each.native) for each in lists]),
        pa.concat_arrays([words(each.latin) for each in lists]),
        pa.concat_arrays([words(each.ascii) for each in lists]),
        sizes[:-1],
        tuple(each.chance for each in lists),
    )
