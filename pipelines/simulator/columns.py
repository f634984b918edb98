"""Builds columns of text from numbers with Arrow, whole columns at a time."""

import re
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Text: TypeAlias = pa.Array
FAR = np.iinfo(np.int64).max


def words(values: Sequence[str | None]) -> Text:
    """A list of words as an Arrow column."""
    return pa.array(values, pa.string())


def pick(vocabulary: Text, codes: np.ndarray) -> Text:
    """The word of each code; null for a negative code."""
    codes = np.asarray(codes, dtype=np.int64)
    return vocabulary.take(pa.array(codes, mask=codes < 0))


def join(*parts: Text | str, between: str = "") -> Text:
    """The parts of each row one after another; null where a part is null."""
    return pc.binary_join_element_wise(*parts, between)


def number(values: np.ndarray, width: int = 0) -> Text:
    """Integers as text, with leading zeros up to `width`."""
    text = pc.cast(pa.array(np.asarray(values, dtype=np.int64)), pa.string())
    return pc.utf8_lpad(text, width, "0") if width else text


def choose(mask: np.ndarray, yes: Text | str, no: Text | str | None) -> Text:
    """`yes` where the mask holds, else `no` (None: null)."""
    other = pa.scalar(None, pa.string()) if no is None else no
    return pc.if_else(pa.array(np.asarray(mask, dtype=bool)), yes, other)


def keep(mask: np.ndarray, text: Text) -> Text:
    """The text where the mask holds, null elsewhere."""
    return choose(mask, text, None)


def money(cents: np.ndarray, decimal: str = ".") -> Text:
    """Cents as an amount with two decimals."""
    cents = np.asarray(cents, dtype=np.int64)
    size = np.abs(cents)
    sign = choose(cents < 0, "-", "")
    return join(join(sign, number(size // 100)), number(size % 100, 2), between=decimal)


# Position of each part of a time in ISO 8601 text; the longest first, as they are matched.
_PARTS = {
    "%Y-%m-%d": (0, 10), "%H:%M:%S": (11, 19), "%H:%M": (11, 16),
    "%Y": (0, 4), "%m": (5, 7), "%d": (8, 10), "%H": (11, 13), "%M": (14, 16), "%S": (17, 19),
}  # fmt: skip


def _formatted(times: np.ndarray, pattern: str) -> Text:
    """Local times (datetime64[s]) in strftime's pattern, cut from their ISO text: thirty times as fast as strftime."""
    iso = pc.cast(pa.array(times), pa.string())
    pieces = [piece for piece in re.split("(" + "|".join(_PARTS) + ")", pattern) if piece]
    return join(
        *(pc.utf8_slice_codeunits(iso, *_PARTS[piece]) if piece in _PARTS else piece for piece in pieces)
    )


def moment(seconds: np.ndarray, pattern: str, zone: str = "UTC") -> Text:
    """Seconds since 1970 (UTC) as local time in strftime's pattern; null for FAR."""
    seconds = np.asarray(seconds, dtype=np.int64)
    known = seconds != FAR
    times = np.where(known, seconds, 0).astype("datetime64[s]")
    if zone != "UTC":
        times = (
            pd.DatetimeIndex(times, tz="UTC")
            .tz_convert(zone)
            .tz_localize(None)
            .to_numpy()
            .astype("datetime64[s]")
        )
    return keep(known, _formatted(times, pattern))


def date_text(days: np.ndarray, pattern: str = "%Y-%m-%d") -> Text:
    """Days since 1970 as text."""
    return _formatted(np.asarray(days, dtype="datetime64[D]").astype("datetime64[s]"), pattern)
