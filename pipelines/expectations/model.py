"""The suite of one kind or table, as the pydantic model behind `expectations/<schema>/<table>.yml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.errors import StamgastError
from pipelines.warehouse.database import name as quoted
from pipelines.warehouse.database import text

Severity = Literal["error", "warning"]
Parameter = date | datetime | int | float | str | None

# A regular expression's own braces hold digits: {2} or {1,3}.
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class SuiteError(StamgastError):
    """A suite that cannot be used."""


@dataclass(frozen=True)
class Shape:
    """The arguments an expectation takes. `rows`: it judges each row, so those that break it can be named."""

    needs: frozenset[str]
    takes: frozenset[str]
    rows: bool


def _shape(needs: str, takes: str = "", *, rows: bool) -> Shape:
    return Shape(frozenset(needs.split()), frozenset(f"{needs} {takes}".split()), rows)


# The name under which the data are seen, in a condition as well.
CHECKED = "checked"

# A share says nothing about a handful: up to so many rows never break an `unexpected_rows` that has `mostly`.
FEW = 5

ROW_COUNT = "expect_table_row_count_to_be_between"

# Great Expectations' own names and arguments, but for `unexpected_rows`: its UnexpectedRowsExpectation, with
# the condition of the unexpected rows instead of a query; `mostly` is the share that must not meet it, among the
# rows that meet `row_condition`. The last four judge a figure that landing has `measured` already, so the data are not
# scanned again; Great Expectations has no population stability index of its own.
SHAPES: dict[str, Shape] = {
    "expect_column_values_to_not_be_null": _shape("column", "mostly", rows=True),
    "expect_column_values_to_be_between": _shape("column", "min_value max_value mostly", rows=True),
    "expect_column_values_to_be_in_set": _shape("column value_set", "mostly", rows=True),
    "expect_column_values_to_be_unique": _shape("column", "mostly", rows=True),
    "unexpected_rows": _shape("condition", "row_condition mostly", rows=True),
    "expect_column_max_to_be_between": _shape("column", "min_value max_value", rows=False),
    "expect_column_min_to_be_between": _shape("column", "min_value max_value", rows=False),
    ROW_COUNT: _shape("", "min_value max_value", rows=False),
    **{
        f"expect_column_{figure}_to_be_between": _shape("column measured", "min_value max_value", rows=False)
        for figure in (
            "proportion_of_non_null_values",
            "proportion_of_unique_values",
            "median",
            "population_stability_index",
        )
    },
}


def _literal(value: object) -> str:
    """A number bare, everything else as SQL text."""
    return str(value) if isinstance(value, int | float | Decimal) else text(str(value))


def _is_bound(value: object) -> bool:
    if not isinstance(value, str):
        return isinstance(value, int | float | date)
    if _PLACEHOLDER.fullmatch(value):
        return True
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


class Expectation(BaseModel):
    """One rule: an expectation with its arguments, how bad it is to break it, and the sentence users read.

    A broken `error` holds the whole load or stops publishing, a broken `warning` is shown.
    In YAML the expectation is the key: `expect_column_values_to_not_be_null: {column: event_at}`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    arguments: dict[str, Any]
    severity: Severity
    rule: Annotated[str, Field(min_length=10, description="What must hold, as a sentence.")]

    @model_validator(mode="before")
    @classmethod
    def _name_is_the_key(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "name" in data:
            return data
        names = [key for key in data if key not in ("severity", "rule")]
        if len(names) != 1:
            raise ValueError("write one expectation with its severity and its rule")
        rest = {key: value for key, value in data.items() if key != names[0]}
        return {"name": names[0], "arguments": data[names[0]] or {}, **rest}

    @model_validator(mode="after")
    def _arguments_fit(self) -> Self:
        shape = SHAPES.get(self.name)
        if shape is None:
            raise ValueError(f"{self.name} is no expectation known here; choose one of {', '.join(SHAPES)}")
        if missing := sorted(shape.needs - self.arguments.keys()):
            raise ValueError(f"{self.name} needs {missing[0]}; add it")
        if unknown := sorted(self.arguments.keys() - shape.takes):
            raise ValueError(
                f"{self.name} takes no {unknown[0]}; choose from {', '.join(sorted(shape.takes))}"
            )
        if "min_value" in shape.takes and not {"min_value", "max_value"} & self.arguments.keys():
            raise ValueError(f"{self.name} needs min_value or max_value; add one")
        for bound in ("min_value", "max_value"):
            if bound in self.arguments and not _is_bound(self.arguments[bound]):
                raise ValueError(f"{bound}: write a number, a date or time in ISO 8601, or a {{parameter}}")
        mostly = self.arguments.get("mostly", 1)
        if not isinstance(mostly, int | float) or not 0 < mostly <= 1:
            raise ValueError("mostly: write a share above 0 and up to 1, such as 0.8")
        return self

    @property
    def column(self) -> str | None:
        """The column the rule is about; None where it is about rows or the whole table."""
        return self.arguments.get("column")

    @property
    def is_measured(self) -> bool:
        """Whether the rule is about a figure that is known, of a column that need not be among those checked."""
        return "measured" in self.arguments

    @property
    def judges_rows(self) -> bool:
        """Whether single rows break the rule."""
        return SHAPES[self.name].rows

    @property
    def placeholders(self) -> set[str]:
        """Names of the parameters the rule mentions."""
        return set(_PLACEHOLDER.findall(f"{self.arguments} {self.rule}"))

    def filled(self, parameters: Mapping[str, Parameter]) -> "Expectation":
        """The rule with the values of this run in place of its `{placeholders}`.

        An argument that is nothing but a placeholder takes the value with its type.
        """

        def fill(value: Any) -> Any:
            if isinstance(value, list):
                return [fill(item) for item in value]
            if not isinstance(value, str):
                return value
            if alone := _PLACEHOLDER.fullmatch(value):
                return parameters[alone[1]]
            return _PLACEHOLDER.sub(lambda match: str(parameters[match[1]]), value)

        arguments = {key: fill(value) for key, value in self.arguments.items()}
        return self.model_copy(update={"arguments": arguments, "rule": str(fill(self.rule))})

    @property
    def judged_rows(self) -> str:
        """The SQL condition of the rows that an `unexpected_rows` is about."""
        return self.arguments.get("row_condition", "true")

    @property
    def unexpected(self) -> str:
        """The SQL condition of the rows of view `checked` that break the rule.

        Great Expectations says whether a rule holds; this finds where it does not.
        """
        if self.name == "unexpected_rows":
            return f"(({self.judged_rows}) and ({self.arguments['condition']}))"
        column = quoted(self.arguments["column"])
        if self.name == "expect_column_values_to_not_be_null":
            return f"({column} is null)"
        if self.name == "expect_column_values_to_be_in_set":
            return (
                f"({column} not in ({', '.join(_literal(value) for value in self.arguments['value_set'])}))"
            )
        if self.name == "expect_column_values_to_be_unique":
            twice = f"select {column} from {CHECKED} group by {column} having count(*) > 1"
            return f"({column} in ({twice}))"
        bounds = (("min_value", "<"), ("max_value", ">"))
        outside = [
            f"{column} {sign} {_literal(self.arguments[bound])}"
            for bound, sign in bounds
            if bound in self.arguments
        ]
        return f"({' or '.join(outside)})"


class Suite(BaseModel):
    """What must hold for one kind of load or one table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="<schema>/<table>, from the file's place; raw/<kind> for a kind.")
    description: str
    numbered_by: str = Field(
        "row_number", description="Whole-number column that names a row in a message; no identifier."
    )
    expectations: list[Expectation] = Field(min_length=1)
