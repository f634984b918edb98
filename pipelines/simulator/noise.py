"""What goes wrong when a contact block is typed: slips, nicknames, initials, wrong dates, placeholders."""

import string
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from pipelines.simulator.columns import Text
from pipelines.simulator.nicknames import nickname

# Share of the contact blocks (that carry the field) in which it happens.
RATES: Final[dict[str, float]] = {
    "typo_given": 0.05,
    "typo_family": 0.05,
    "nickname": 0.08,
    "initial": 0.06,
    "former_family": 0.015,
    "swapped_names": 0.01,
    "wrong_birth_date": 0.035,
    "no_birth_date": 0.15,
    "other_email": 0.08,
    "placeholder_email": 0.012,
    "placeholder_phone": 0.012,
    "placeholder_name": 0.004,
    "placeholder_birth_date": 0.008,
    "name_in_street": 0.006,
}


@dataclass(frozen=True)
class Noise:
    """Which of the blocks suffer from what."""

    flags: dict[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.flags[name]


def draw_noise(rng: np.random.Generator, count: int) -> Noise:
    """Flags by RATES; a name has at most one of nickname and initial."""
    flags = {name: rng.random(count) < rate for name, rate in RATES.items()}
    flags["initial"] &= ~flags["nickname"]
    flags["typo_given"] &= ~flags["initial"]
    flags["placeholder_birth_date"] &= ~flags["no_birth_date"]
    flags["wrong_birth_date"] &= ~(flags["no_birth_date"] | flags["placeholder_birth_date"])
    return Noise(flags)


def _slip(text: str, rng: np.random.Generator) -> str:
    """One letter too many, too few, swapped with its neighbour, or another one."""
    if len(text) < 3:
        return text + text[-1]
    place, kind = int(rng.integers(1, len(text) - 1)), int(rng.integers(4))
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place] + text[place:]
    if kind == 2 and text[place] != text[place + 1]:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    letter = string.ascii_lowercase[int(rng.integers(26))]
    return text[:place] + (letter if letter != text[place].lower() else "x") + text[place + 1 :]


def _changed(text: Text, mask: np.ndarray, change: object, rng: np.random.Generator) -> Text:
    """The text with `change(value, rng)` where the mask holds; few rows, so one by one."""
    rows = np.flatnonzero(mask)
    if not len(rows):
        return text
    values = text.take(pa.array(rows)).to_pylist()
    new = pa.array([None if value is None else change(value, rng) for value in values], pa.string())  # type: ignore[operator]
    place = np.full(len(mask), -1, dtype=np.int64)
    place[rows] = len(text) + np.arange(len(rows))
    source = np.where(place >= 0, place, np.arange(len(mask)))
    return pa.concat_arrays([_whole(text), new]).take(pa.array(source))


def _whole(text: Text | pa.ChunkedArray) -> Text:
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text


def slips(text: Text, mask: np.ndarray, rng: np.random.Generator) -> Text:
    """One typing slip in each masked value."""
    return _changed(text, mask, _slip, rng)


def nicknames(text: Text, mask: np.ndarray, rng: np.random.Generator) -> Text:
    """A nickname for each masked value."""
    return _changed(text, mask, nickname, rng)


def wrong_dates(days: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another day, day and month exchanged, another year, or 1 January, in place of each masked date."""
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    year = dates.astype("datetime64[Y]")
    day_number = (dates - month).astype(int)  # from 0
    month_number = (month - year).astype(int)
    swapped = (year.astype("datetime64[M]") + np.minimum(day_number, 11)).astype(
        "datetime64[D]"
    ) + np.minimum(month_number, 27)
    kind = rng.choice(4, len(days), p=[0.35, 0.25, 0.25, 0.15])
    other_day = dates + rng.choice([-2, -1, 1, 2, 10], len(days))
    other_year = dates + 365 * rng.choice([-10, -1, 1, 2], len(days))
    wrong = np.select(
        [kind == 0, kind == 1, kind == 2], [other_day, swapped, other_year], year.astype("datetime64[D]")
    )
    wrong = np.where(wrong == dates, dates + 1, wrong)
    return np.where(mask, wrong, dates).astype("datetime64[D]").astype(np.int64)
