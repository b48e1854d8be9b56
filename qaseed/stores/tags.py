"""The newest generation of a tag, where a store cannot list them."""

from __future__ import annotations

from collections.abc import Callable

from qaseed.errors import StoreError

MOST_GENERATIONS = 99_999_999
"""The name of a generation has eight digits."""


def newest_number(where: str, exists: Callable[[int], bool]) -> int:
    """The largest of the numbers that exist, from 1 without gaps, in about 2 log2(n) requests; 0 if none exists.

    Raises `StoreError` for what has every number, as a server does that answers whatever it is asked.
    """
    low, high = 0, 1
    while exists(high):
        low, high = high, 2 * high
        if high > MOST_GENERATIONS:
            raise StoreError(
                f"{where}: the server has every file that it is asked for, so it is no store; check the URL"
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if exists(middle) else (low, middle)
    return low
