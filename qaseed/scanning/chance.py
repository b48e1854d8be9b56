"""Numbers that have the check digit of an identifier by chance, as one in ten of all that are written alike has."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from qaseed.safety.matching import Kind
from qaseed.safety.values import KINDS, LABELS

if TYPE_CHECKING:
    import polars as pl

CHECKED = ("card", "npi", "dea", "vin")
"""Kinds that count wherever they stand, of which a check digit is the proof."""
OF_DIGITS = {"card": (3 * 10**13, 7 * 10**18), "npi": (10**9, 2 * 10**9)}
"""Of these, those that a column of numbers may hold, each with bounds of its values."""
_LEAST_OTHERS, _LEAST_RIGHT = 10, 3
_BY_CHANCE = 0.1
_DEVIATIONS = 4


def is_by_chance(written: int, right: int) -> bool:
    """Whether so few of a column's texts that are written as a kind have the right check digit, that they are other
    numbers: moments in seconds, keys, counts. At least ten of them are wrong, and no more are right than chance gives
    but once in 30,000 columns.
    """
    return written - right >= _LEAST_OTHERS and not _exceeds_chance(written, right)


def are_identifiers(written: int, right: int) -> bool:
    """Whether so many of a column's whole numbers that are written as a kind have the right check digit, and three at
    least, that it is of that kind. A number says nothing else of itself.
    """
    return right >= _LEAST_RIGHT and _exceeds_chance(written, right)


def _exceeds_chance(written: int, right: int) -> bool:
    deviation = math.sqrt(written * _BY_CHANCE * (1 - _BY_CHANCE))
    return right > written * _BY_CHANCE + _DEVIATIONS * deviation


def numbers_query(relation: str, columns: Sequence[str]) -> str:
    """One row: for each column of whole numbers and each kind of digits alone, how many are written as it, and how many
    of these have the right check digit.
    """
    counts = []
    for column in columns:
        for name, (least, most) in OF_DIGITS.items():
            kinds = _kinds(name)
            for some in ([replace(kind, check=None) for kind in kinds], kinds):
                proofs = " or ".join(kind.proof_sql(f"[({column})::varchar]") for kind in some)
                counts.append(f"count_if(case when {column} between {least} and {most} then {proofs} else false end)")
    return f"select {', '.join(counts)} from {relation}"


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
    kinds = _kinds(name)
    return rf"^ *(?i:{'|'.join(kind.shape for kind in kinds)}) *$", kinds


def _kinds(name: str) -> list[Kind]:
    return [kind for kind in KINDS if kind.name == name and kind.check and not kind.context]


_AT = {name: position for position, name in enumerate(LABELS)}
