"""Cases of one test: each runs, and each that fails is named."""

from __future__ import annotations

import inspect

import pytest

from support.cases import for_each


def test_every_case_runs_and_each_that_fails_is_named() -> None:
    seen = []

    @for_each(("number", "name"), ((number, f"n{number}") for number in range(5)))
    def check(name: str, number: int, limit: int) -> None:
        seen.append(name)
        if number == 4:
            pytest.fail("the last")
        assert number < limit

    assert list(inspect.signature(check).parameters) == ["limit"]
    with pytest.raises(BaseExceptionGroup, match="3 of 5 cases fail") as raised:
        check(limit=2)
    assert seen == ["n0", "n1", "n2", "n3", "n4"]
    notes = [failure.__notes__ for failure in raised.value.exceptions]
    assert notes == [["in the case (2, 'n2')"], ["in the case (3, 'n3')"], ["in the case (4, 'n4')"]]
    seen.clear()
    with pytest.raises(BaseExceptionGroup, match="1 of 5 cases"):
        check(limit=5)


def test_a_test_without_cases_fails() -> None:
    @for_each("case", [])
    def check(case: str) -> None: ...

    with pytest.raises(AssertionError, match="there is no case"):
        check()
