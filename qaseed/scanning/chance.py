"""Numbers that have the check digit of an identifier by chance, as one in ten of all that are written alike has."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from qaseed.safety.matching import Kind
from qaseed.safety.values import KINDS

if TYPE_CHECKING:
    import polars as pl

CHECKED = ("card", "npi", "dea", "vin")
"""Kinds that count wherever they stand, of which a check digit is the proof."""
OF_DIGITS = {"card": (3 * 10**13, 7 * 10**18), "npi": (10**9, 2 * 10**9)}
"""Of these, those that a column of numbers may hold, each with bounds of its values."""
_LEAST_OTHERS, _LEAST_RIGHT = 10, 3
_BY_CHANCE = 0.1
_LONGEST = 40
_DEVIATIONS = 4


@dataclass
class Checked:
    """Of the values of a column that are written as a kind: how many different ones, how many of these have the right
    check digit, and how many `values` have it.
    """

    written: int = 0
    right: int = 0
    values: int = 0

    def add(self, written: int, right: int, values: int) -> None:
        """Add what another part of the column holds."""
        self.written, self.right, self.values = self.written + written, self.right + right, self.values + values

    @property
    def is_by_chance(self) -> bool:
        """Whether so few of its texts are right that they are other numbers: moments in seconds, keys, counts. At least
        ten are wrong, and no more are right than chance gives but once in 30,000 columns.
        """
        return self.written - self.right >= _LEAST_OTHERS and not self._exceeds_chance

    @property
    def is_of_identifiers(self) -> bool:
        """Whether so many of its numbers are right, and three at least, that they are of that kind; numbers say nothing
        else of themselves.
        """
        return self.right >= _LEAST_RIGHT and self._exceeds_chance

    @property
    def _exceeds_chance(self) -> bool:
        deviation = math.sqrt(self.written * _BY_CHANCE * (1 - _BY_CHANCE))
        return self.right > self.written * _BY_CHANCE + _DEVIATIONS * deviation


def numbers_query(relation: str, columns: Sequence[str]) -> str:
    """One row: for each column of whole numbers and each kind of digits alone, how many different ones are written as
    it, how many of these have the right check digit, and how many values have it.
    """
    counts = []
    for column in columns:
        for name, (least, most) in OF_DIGITS.items():
            kinds = _kinds(name)
            written, right = (
                f"case when {column} between {least} and {most} then {_any_proof(column, some)} else false end"
                for some in ([replace(kind, check=None) for kind in kinds], kinds)
            )
            counts += [f"count(distinct {column}) filter (where {one})" for one in (written, right)]
            counts.append(f"count_if({right})")
    return f"select {', '.join(counts)} from {relation}"


def _any_proof(column: str, kinds: Sequence[Kind]) -> str:
    return " or ".join(kind.proof_sql(f"[({column})::varchar]") for kind in kinds)


def written_as(texts: pl.Series) -> Iterator[tuple[int, str]]:
    """The rows of texts that are as a whole written as a kind that is known by a check digit, right or not, each with
    that kind.
    """
    short = (texts.str.len_bytes() <= _LONGEST).arg_true()
    some = texts.gather(short)
    for name in CHECKED:
        pattern, kinds = _written(name)
        at = some.str.contains(pattern).arg_true()
        for row, text in zip(short.gather(at).to_list(), some.gather(at).to_list(), strict=True):
            if any(kind.is_written_as(text.strip(" ")) for kind in kinds):
                yield row, name


@lru_cache
def _written(name: str) -> tuple[str, Sequence[Kind]]:
    kinds = _kinds(name)
    return rf"^ *(?i:{'|'.join(kind.shape for kind in kinds)}) *$", kinds


def _kinds(name: str) -> list[Kind]:
    return [kind for kind in KINDS if kind.name == name and kind.check and not kind.context]
