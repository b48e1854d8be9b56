"""Many short cases in one test: pytest takes longer around a test than such a case takes, in each of its processes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest

Test = Callable[..., None]


def for_each(names: str | tuple[str, ...], cases: Iterable[Any]) -> Callable[[Test], Test]:
    """As `pytest.mark.parametrize`, but one test runs all cases, and names each that fails. Its fixtures are shared."""
    several = not isinstance(names, str)
    names, cases = (tuple(names) if several else (names,)), list(cases)

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def run(**fixtures: Any) -> None:
            assert cases, "there is no case"
            failures: list[BaseException] = []
            for case in cases:
                try:
                    test(**fixtures, **dict(zip(names, case if several else (case,), strict=True)))
                except (Exception, pytest.fail.Exception) as failure:  # noqa: BLE001  # whatever it is, it is raised below
                    failure.add_note(f"in the case {case!r}"[:400])
                    failures.append(failure)
            if failures:
                raise BaseExceptionGroup(f"{len(failures)} of {len(cases)} cases fail", failures)

        given = inspect.signature(test).parameters
        run.__signature__ = inspect.Signature([given[name] for name in given if name not in names])  # type: ignore[attr-defined]  # pytest asks for these fixtures
        return run

    return decorate
