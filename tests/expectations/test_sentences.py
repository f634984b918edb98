"""A result is one sentence: how many rows, which rule, which rows."""

from dataclasses import replace

import pytest

from pipelines.expectations.model import ROW_COUNT
from pipelines.expectations.results import RuleResult, sentence

RESULT = RuleResult(
    suite="raw/sales",
    rule="an order line has an amount of at most 100,000",
    expectation="unexpected_rows",
    column=None,
    severity="warning",
    success=False,
    total_count=4031,
    unexpected_count=12,
    row_numbers=(17, 40, 41, 52, 60),
)
RULE = "'an order line has an amount of at most 100,000'"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, f"12 of 4,031 rows break {RULE} (rows 17, 40, 41, 52, 60, ...)"),
        ({"unexpected_count": 5}, f"5 of 4,031 rows break {RULE} (rows 17, 40, 41, 52, 60)"),
        ({"unexpected_count": 1, "row_numbers": (7,)}, f"1 of 4,031 rows breaks {RULE} (row 7)"),
        ({"row_numbers": ()}, f"12 of 4,031 rows break {RULE}"),
        (
            {"numbered_by": "person_id", "unexpected_count": 2, "row_numbers": (3, 9)},
            f"2 of 4,031 rows break {RULE} (person_id 3, 9)",
        ),
        ({"unexpected_count": None, "row_numbers": ()}, f"{RULE} does not hold"),
        (
            {"expectation": ROW_COUNT, "unexpected_count": None, "row_numbers": (), "total_count": 0},
            f"{RULE} does not hold: there are 0 rows",
        ),
        (
            {"expectation": ROW_COUNT, "unexpected_count": None, "row_numbers": (), "total_count": 1},
            f"{RULE} does not hold: there is 1 row",
        ),
        (
            {"success": True, "unexpected_count": 0, "row_numbers": (), "total_count": 1},
            f"{RULE} holds (1 row)",
        ),
        (
            {"problem": "there is no column amount", "unexpected_count": None},
            f"{RULE} could not be checked, there is no column amount; "
            "mend expectations/raw/sales.yml or what it reads",
        ),
    ],
)
def test_a_result_reads_as_a_sentence(changes, expected):
    assert sentence(replace(RESULT, **changes)) == expected
