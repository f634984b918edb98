"""What people say of themselves is read as they write it, or refused; nothing is taken for what nobody has."""

import pytest

from pipelines.errors import StamgastError
from pipelines.privacy.requests import Request, checked


@pytest.mark.parametrize("written", ["1985-06-12", "12-06-1985", "12/6/1985", "12. 6. 1985", "1985/06/12"])
def test_a_birth_date_is_read_year_first_or_last(written: str) -> None:
    assert checked(Request(name="Lydia Verbeke", birth_date=written)).birth_date == "1985-06-12"


@pytest.mark.parametrize("written", ["12 june", "31-02-1985", "06-13-1985", "long ago"])
def test_what_is_no_birth_date_is_refused_instead_of_fitting_nobody(written: str) -> None:
    with pytest.raises(StamgastError, match="line 2: birth date is no date; write 1985-06-12") as refused:
        checked(Request("line 2", name="Lydia Verbeke", birth_date=written))
    assert written not in str(refused.value).removeprefix("line 2: birth date is no date; write 1985-06-12")
