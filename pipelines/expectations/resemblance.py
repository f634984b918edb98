"""Rules that compare a load with the last accepted ones of its feed: what is filled, how large, of which mix.

Errors are for what no busy day explains; each needs the size of the difference and its significance, since with enough
rows any difference is significant and with few any is large.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, log2, sqrt
from statistics import median

from pipelines.expectations.model import FEW, Expectation, Severity
from pipelines.landing.statistics import BINS_PER_OCTAVE, Statistics

# Of one or two loads less is known than of three, so more is asked; older ones no longer say what is usual.
LOADS_NEEDED, LOADS_REMEMBERED = 3, 12
# A day is like a day of the same week, and a newsletter comes every other week.
DAYS_NEEDED, DAYS_REMEMBERED = 14, 35
SHORT_PERIOD_DAYS = 7.0
LIKE_PERIOD_FACTOR = 3
# A column that is never empty is not empty on a quiet day either.
ALWAYS_FILLED = 0.995
# Once in a million loads.
RARE = log(1e6)
# Twice the keys, or one key for all, and not a clerk's corrections within a file.
UNIQUE_SHARE = 0.8
# Cents, thousands and most foreign currencies are further from the truth than this; a sale or a rise in price is not.
UNIT_FACTOR, DOUBTFUL_FACTOR = 5.0, 2.0
AMOUNTS_NEEDED = 20
# Above .25 a population is commonly called changed (Siddiqi, Credit Risk Scorecards, 2006); single loads vary more.
CHANGED_MIX, DOUBTFUL_MIX = 0.5, 0.25
MIX_NEEDED = 50


@dataclass(frozen=True)
class Earlier:
    """An accepted load of the feed and the days it covers; infinite for the first, None where it brought nothing newer."""

    statistics: Statistics
    days: float | None


def _rule(
    name: str, column: str, severity: Severity, rule: str, measured: float, **bounds: float
) -> Expectation:
    rounded = {bound: round(value, 6) for bound, value in bounds.items()}
    return Expectation(
        name=name,
        arguments={"column": column, "measured": round(measured, 6), **rounded},
        severity=severity,
        rule=rule,
    )


def uniqueness(now: Statistics) -> list[Expectation]:
    """Nearly every row has a key of its own; a handful says nothing."""
    if now.rows - now.distinct_keys <= FEW:
        return []
    return [
        _rule(
            "expect_column_proportion_of_unique_values_to_be_between",
            "record_key",
            "error",
            f"at least {UNIQUE_SHARE:.0%} of the rows have a record key of their own "
            "(else rows are doubled, or the key is another column)",
            now.distinct_keys / now.rows,
            min_value=UNIQUE_SHARE,
        )
    ]


def resemblance(
    now: Statistics, days: float | None, earlier: Sequence[Earlier], snapshot: bool
) -> list[Expectation]:
    """The rules on a load that covers so many days, by the feed's accepted loads, oldest first.

    Amounts are compared with all of them. What is filled, and the mix, may hang on the weekday and on mailings: a load of
    less than a week is compared with those as short, once there are two weeks of them; one of a week or more with all as
    long. Of late rows and corrections only a doubt is said, and so of a mix when all that is known is a load or two that
    cover another period, such as years of history before the first month.
    """
    before = [one.statistics for one in earlier[-LOADS_REMEMBERED:]]
    rules = _magnitudes(now, before)
    if snapshot:
        return rules + _filled(now, before) + _mix(now, before)
    if days is None:
        return rules + _doubts(_filled(now, before) + _mix(now, before))
    like = [
        one.statistics
        for one in earlier
        if one.days is not None and 1 / LIKE_PERIOD_FACTOR <= one.days / days <= LIKE_PERIOD_FACTOR
    ][-DAYS_REMEMBERED:]
    if days >= SHORT_PERIOD_DAYS:
        as_long = [
            one.statistics for one in earlier if one.days is not None and one.days >= SHORT_PERIOD_DAYS
        ]
        long = as_long[-LOADS_REMEMBERED:]
        mix = _mix(now, long)
        return rules + _filled(now, long) + (mix if like or len(long) >= LOADS_NEEDED else _doubts(mix))
    if len(like) < DAYS_NEEDED:
        return rules + _filled(now, before, ALWAYS_FILLED)
    return rules + _filled(now, like) + _mix(now, like)


def _doubts(rules: Sequence[Expectation]) -> list[Expectation]:
    return [rule.model_copy(update={"severity": "warning"}) for rule in rules]


def _filled(now: Statistics, like: Sequence[Statistics], always: float = 0) -> list[Expectation]:
    """How often a column is filled; `always`: only columns that were filled so often in every one of these loads."""
    rules = []
    for column, count in now.filled.items():
        known = [one for one in like if one.rows and column in one.filled]
        if not known or not now.rows:
            continue
        shares = [one.filled[column] / one.rows for one in known]
        usual, least, share = median(shares), min(shares), count / now.rows
        rows = sum(one.rows for one in known)
        if least < always or not _is_rare(count, now.rows, (usual * rows + 1) / (rows + 2)):
            continue
        # A column that is mostly empty may be empty for once.
        limits: tuple[tuple[Severity, float], ...] = (
            ("error", least / 2 if usual >= 0.5 else 0),
            ("warning", least - 0.1),
        )
        rules += [
            _rule(
                "expect_column_proportion_of_non_null_values_to_be_between",
                column,
                severity,
                f"{column} is filled in at least {bound:.0%} of the rows (usual: {usual:.0%}, here: {share:.0%})",
                share,
                min_value=bound,
            )
            for severity, bound in limits
            if bound > 0
        ]
    return rules


def _is_rare(count: int, rows: int, probability: float) -> bool:
    """Whether so few of so many are next to impossible: by Chernoff's bound, which holds for few rows as well."""
    share = count / rows
    if share >= probability:
        return False
    divergence = (1 - share) * log((1 - share) / (1 - probability))
    divergence += share * log(share / probability) if share else 0
    return rows * divergence > RARE


def _middle(histogram: Mapping[int, int]) -> tuple[float, float, int]:
    """Median of log2 |number|, the distance of its quartiles, and how many numbers there are."""
    total = sum(histogram.values())

    def quantile(share: float) -> float:
        passed = 0
        for place, count in sorted(histogram.items()):
            if passed + count >= share * total:
                return (place + (share * total - passed) / count) / BINS_PER_OCTAVE
            passed += count
        return max(histogram) / BINS_PER_OCTAVE

    return quantile(0.5), quantile(0.75) - quantile(0.25), total


def _magnitudes(now: Statistics, earlier: Sequence[Statistics]) -> list[Expectation]:
    rules = []
    for column, histogram in now.magnitudes.items():
        before = [
            _middle(one.magnitudes[column])[0]
            for one in earlier
            if sum(one.magnitudes.get(column, {}).values()) >= AMOUNTS_NEEDED
        ]
        if not before or sum(histogram.values()) < AMOUNTS_NEEDED:
            continue
        middle, width, count = _middle(histogram)
        usual = median(before)
        # Median absolute deviation and standard error of a median, both of a normal law: 1.4826, 1.2533 / 1.349.
        spread = 1.4826 * median(abs(one - usual) for one in before)
        noise = sqrt(spread**2 + (1.2533 / 1.349 * width) ** 2 / count)
        factor = 2.0 ** (middle - usual)
        limits: tuple[tuple[Severity, float, int], ...] = (
            ("error", UNIT_FACTOR, 6),
            ("warning", DOUBTFUL_FACTOR, 4),
        )
        rules += [
            _rule(
                "expect_column_median_to_be_between",
                column,
                severity,
                f"the median of {column} is within {2.0**bound:.1f} times what is usual (here: {factor:.2f} times; "
                "else its unit or currency has changed)",
                factor,
                min_value=2.0**-bound,
                max_value=2.0**bound,
            )
            for severity, limit, sigmas in limits
            for bound in [max(log2(limit * (1 if len(before) >= LOADS_NEEDED else 2)), sigmas * noise)]
        ]
    return rules


def stability_index(left: Mapping[str, int], right: Mapping[str, int]) -> float:
    """Population stability index of two mixes, each code counted half a time more (else a new one is infinitely new)."""
    codes = left.keys() | right.keys()
    totals = [sum(mix.values()) + len(codes) / 2 for mix in (left, right)]
    return sum(
        (shares[0] - shares[1]) * log(shares[0] / shares[1])
        for code in sorted(codes)
        for shares in [
            [(mix.get(code, 0) + 0.5) / total for mix, total in zip((left, right), totals, strict=True)]
        ]
    )


def _mix(now: Statistics, like: Sequence[Statistics]) -> list[Expectation]:
    """How far the mix is from that of the earlier load most like it: mailings and quiet weeks both are usual."""
    rules = []
    for column, codes in now.codes.items():
        before = [one.codes[column] for one in like if sum(one.codes.get(column, {}).values()) >= MIX_NEEDED]
        if not before or sum(codes.values()) < MIX_NEEDED:
            continue
        nearest = min(stability_index(codes, one) for one in before)
        apart = [
            min(
                (stability_index(one, other) for place, other in enumerate(before) if place != own),
                default=0.0,
            )
            for own, one in enumerate(before)
        ]
        limits: tuple[tuple[Severity, float], ...] = (("error", CHANGED_MIX), ("warning", DOUBTFUL_MIX))
        rules += [
            _rule(
                "expect_column_population_stability_index_to_be_between",
                column,
                severity,
                f"the mix of {column} is that of an earlier load (population stability index at most {bound:.2f}, "
                f"here: {nearest:.2f})",
                nearest,
                max_value=bound,
            )
            for severity, limit in limits
            for bound in [max(limit * (1 if len(before) >= LOADS_NEEDED else 2), 4 * median(apart))]
        ]
    return rules
