"""Numbers that have the check digit of an identifier by chance, as one in ten of all that are written alike has."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from qaseed.safety.matching import Kind
from qaseed.safety.values import KINDS, LABELS

if TYPE_CHECKING:
    import polars as pl

CHECKED = ("card", "npi", "dea", "vin")
"""Kinds that count wherever they stand, of which a check digit is the proof."""
_LEAST_OTHERS = 10
_BY_CHANCE = 0.1
_DEVIATIONS = 4


def is_by_chance(written: int, right: int) -> bool:
    """Whether so few of a column's values that are written as a kind have the right check digit, that they are other
    numbers: moments in seconds, keys, counts. At least ten of them are wrong, and no more are right than chance gives
    but once in 30,000 columns.
    """
    deviation = math.sqrt(written * _BY_CHANCE * (1 - _BY_CHANCE))
    return written - right >= _LEAST_OTHERS and right <= written * _BY_CHANCE + _DEVIATIONS * deviation


def written_as(texts: pl.Series) -> Iterator[tuple[int, int]]:
    """The rows of texts that are as a whole written as a kind that is known by a check digit, right or not, each with
    the position of the kind in `LABELS`.
    """
    for name in CHECKED:
        pattern, kinds = _written(name)
        rows = texts.str.contains(pattern).arg_true()
        for row, text in zip(rows.to_list(), texts.gather(rows).to_list(), strict=True):
            if any(kind.is_written_as(text.strip(" ")) for kind in kinds):
                yield row, _AT[name]


@lru_cache
def _written(name: str) -> tuple[str, Sequence[Kind]]:
    kinds = [kind for kind in KINDS if kind.name == name and kind.check and not kind.context]
    return rf"^ *(?i:{'|'.join(kind.shape for kind in kinds)}) *$", kinds


_AT = {name: position for position, name in enumerate(LABELS)}
