"""What came of a rule, without a single value of the data, and the sentence that says it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.expectations.model import ROW_COUNT, Severity

# So many rows are named in a result; the count says how many there are.
ROWS_NAMED = 5


@dataclass(frozen=True)
class RuleResult:
    """One rule on one load or table.

    `unexpected_count`: rows that break it; None where the rule is not about single rows, or holds for most as
    it should. `row_numbers`: the lowest of them in column `numbered_by`. `problem`: why the rule could not be
    checked; it then counts as broken.
    """

    suite: str
    rule: str
    expectation: str
    column: str | None
    severity: Severity
    success: bool
    total_count: int
    unexpected_count: int | None = None
    row_numbers: tuple[int, ...] = ()
    numbered_by: str = "row_number"
    problem: str | None = None


@dataclass(frozen=True)
class Judged:
    """A load or table, by its name such as raw/sales/shop_orders or marts/customer_360, and what came of each rule on it."""

    name: str
    description: str
    results: Sequence[RuleResult]

    @property
    def file(self) -> str:
        """Its page in the Data Docs."""
        return self.name.replace("/", ".") + ".html"

    def broken(self, severity: str) -> int:
        """How many rules of that severity do not hold."""
        return sum(not result.success and result.severity == severity for result in self.results)


def sentence(result: RuleResult) -> str:
    """The result for people: how many rows break which rule, which rows; the mend if unchecked. Who says it names the place."""
    if result.problem is not None:
        mend = f"mend expectations/{result.suite}.yml or what it reads"
        return f"'{result.rule}' could not be checked, {result.problem}; {mend}"
    total = f"{result.total_count:,} row{'' if result.total_count == 1 else 's'}"
    if result.success:
        return f"'{result.rule}' holds ({total})"
    if not result.unexpected_count:
        is_count = result.expectation == ROW_COUNT
        there = f": there {'is' if result.total_count == 1 else 'are'} {total}" if is_count else ""
        return f"'{result.rule}' does not hold{there}"
    verb = "breaks" if result.unexpected_count == 1 else "break"
    named = ", ".join(str(number) for number in result.row_numbers)
    if result.unexpected_count > len(result.row_numbers) > 0:
        named += ", ..."
    label = (
        result.numbered_by
        if result.numbered_by != "row_number"
        else "row"
        if result.unexpected_count == 1
        else "rows"
    )
    rows = f" ({label} {named})" if named else ""
    return f"{result.unexpected_count:,} of {total} {verb} '{result.rule}'{rows}"
