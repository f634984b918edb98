"""What goes wrong when a contact block is typed: slips, nicknames, initials, wrong dates, placeholders."""

import string
from collections.abc import Callable
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
_DRAWS = 10  # 0-2 given name, 3-5 family name, 6-7 birth date, 8 choice among five, 9 manner


@dataclass(frozen=True)
class Typing:
    """How each block was typed: its typing errors, and the random numbers (0 to 1) that decide their form.

    A feed that copies data of another has the same typing, so both have the same errors; its flag `copied` is set.
    """

    flags: dict[str, np.ndarray]
    draws: np.ndarray

    def __len__(self) -> int:
        return len(self.draws)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.flags[name]

    def take(self, rows: np.ndarray) -> "Typing":
        """The typing of some blocks, as often as asked for."""
        return Typing({name: flags[rows] for name, flags in self.flags.items()}, self.draws[rows])

    def as_copy(self) -> "Typing":
        """The same typing with the flag `copied`."""
        return Typing(self.flags | {"copied": np.ones(len(self), dtype=bool)}, self.draws)

    def where(self, mask: np.ndarray, other: "Typing") -> "Typing":
        """This typing where the mask holds, the other one elsewhere."""
        flags = {name: np.where(mask, mine, other.flags[name]) for name, mine in self.flags.items()}
        return Typing(flags, np.where(mask[:, None], self.draws, other.draws))


def draw_typing(rng: np.random.Generator, count: int) -> Typing:
    """Mishaps by RATES. Each has its share of all blocks: what cannot meet in one block is drawn from one number."""
    flags = {name: rng.random(count) < rate for name, rate in RATES.items()}
    form, date = rng.random(count), rng.random(count)
    for draw, names in (
        (form, ("nickname", "initial", "typo_given", "swapped_names", "placeholder_name")),
        (date, ("no_birth_date", "placeholder_birth_date", "wrong_birth_date")),
    ):
        low = 0.0
        for name in names:
            flags[name] = (draw >= low) & (draw < low + RATES[name])
            low += RATES[name]
    flags["copied"] = np.zeros(count, dtype=bool)
    return Typing(flags, rng.random((count, _DRAWS), dtype=np.float32))


def _slip(text: str, draws: np.ndarray) -> str:
    """One letter too many, too few, swapped with its neighbour, or another one."""
    if len(text) < 3:
        return text + text[-1]
    place, kind = 1 + int(draws[0] * (len(text) - 2)), int(draws[1] * 4)
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place] + text[place:]
    if kind == 2 and text[place] != text[place + 1]:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    letter = string.ascii_lowercase[int(draws[2] * 26)]
    return text[:place] + (letter if letter != text[place].lower() else "x") + text[place + 1 :]


def _changed(
    text: Text, mask: np.ndarray, change: Callable[[str, np.ndarray], str], draws: np.ndarray
) -> Text:
    """The text with `change(value, draws)` where the mask holds; few rows, so one by one."""
    rows = np.flatnonzero(mask)
    if not len(rows):
        return text
    values = text.take(pa.array(rows)).to_pylist()
    new = [
        None if value is None else change(value, draw)
        for value, draw in zip(values, draws[rows], strict=True)
    ]
    place = np.arange(len(mask))
    place[rows] = len(text) + np.arange(len(rows))
    whole = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    return pa.concat_arrays([whole, pa.array(new, pa.string())]).take(pa.array(place))


def with_slips(text: Text, mask: np.ndarray, draws: np.ndarray) -> Text:
    """One typing slip in each masked value, after three draws a row."""
    return _changed(text, mask, _slip, draws)


def with_nicknames(text: Text, mask: np.ndarray, draws: np.ndarray) -> Text:
    """A nickname for each masked value, after one draw a row."""
    return _changed(text, mask, lambda given, draw: nickname(given, float(draw[0])), draws)


def with_wrong_dates(days: np.ndarray, mask: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Another day, day and month exchanged, another year, or 1 January, in place of each masked date; two draws a row."""
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    year = dates.astype("datetime64[Y]")
    day_of_month = (dates - month).astype(int)  # from 0
    month_of_year = (month - year).astype(int)
    exchanged = (year.astype("datetime64[M]") + np.minimum(day_of_month, 11)).astype(
        "datetime64[D]"
    ) + np.minimum(month_of_year, 27)
    other_day = dates + np.array([-2, -1, 1, 2, 10])[(draws[:, 1] * 5).astype(int)]
    other_year = dates + 365 * np.array([-10, -1, 1, 2])[(draws[:, 1] * 4).astype(int)]
    kind = draws[:, 0]
    wrong = np.select(
        [kind < 0.35, kind < 0.60, kind < 0.85],
        [other_day, exchanged, other_year],
        year.astype("datetime64[D]"),
    )
    wrong = np.where(wrong == dates, dates + 1, wrong)
    return np.where(mask, wrong, dates).astype("datetime64[D]").astype(np.int64)
