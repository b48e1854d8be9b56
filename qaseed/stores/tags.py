"""The newest generation of a tag, where a store cannot list them."""

from __future__ import annotations

from collections.abc import Callable


def newest_number(exists: Callable[[int], bool]) -> int:
    """The largest of the numbers that exist, from 1 without gaps, in about 2 log2(n) requests; 0 if none exists."""
    low, high = 0, 1
    while exists(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if exists(middle) else (low, middle)
    return low
