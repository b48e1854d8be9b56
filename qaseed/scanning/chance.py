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
_LEAST_OTHERS = 10
_BY_CHANCE = 0.1
# Chernoff's bound of a binomial tail: true of few values, too, of which a normal distribution is none
_ONCE_IN = 30_000
_LONGEST = 40


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
        """Whether so few of its texts are right, and ten or more wrong, that they are other numbers: moments, keys,
        counts.
        """
        return self.written - self.right >= _LEAST_OTHERS and not self.exceeds_chance

    @property
    def exceeds_chance(self) -> bool:
        """Whether more of its values are right than chance gives but once in 30,000 columns: five of five are, fewer
        never.
        """
        share = self.right / self.written if self.written else 0
        if share <= _BY_CHANCE:
            return False
        divergence = share * math.log(share / _BY_CHANCE)
        if share < 1:
            divergence += (1 - share) * math.log((1 - share) / (1 - _BY_CHANCE))
        return self.written * divergence > math.log(_ONCE_IN)


def highest_query(relation: str, columns: Sequence[str]) -> str:
    """One row: whether each column has numbers that are high enough to be of any kind; most have none."""
    least = min(least for least, _ in OF_DIGITS.values())
    highest = ", ".join(f"coalesce(max({column}) >= {least}, false)" for column in columns)
    return f"select {highest} from {relation}"


def numbers_query(relation: str, columns: Sequence[str]) -> str:
    """One row for each column of whole numbers that has any within the bounds: its position; then, for each kind of
    digits alone, how many different numbers are written as it, how many of these have the right check digit, and how
    many values have it. What is slow to plan is there once, whatever the number of columns.
    """
    within = " or ".join(f"{{0}} between {least} and {most}" for least, most in OF_DIGITS.values())
    cells = ", ".join(
        f"if({within.format(column)}, ({column})::hugeint, null) as c{at}" for at, column in enumerate(columns)
    )
    flags, counts = [], []
    for name in OF_DIGITS:
        kinds = _kinds(name)
        flags += [
            f"{_any_proof([replace(kind, check=None) for kind in kinds])} as written_{name}",
            f"{_any_proof(kinds)} as right_{name}",
        ]
        counts += [f"count(distinct v) filter (where {flag}_{name})" for flag in ("written", "right")]
        counts.append(f"count_if(right_{name})")
    numbers = f"unpivot (select {cells} from {relation}) on columns(*) into name n value v"
    return f"select n, {', '.join(counts)} from (select n, v, {', '.join(flags)} from ({numbers})) group by n"


def _any_proof(kinds: Sequence[Kind]) -> str:
    return f"({' or '.join(kind.proof_sql('[v::varchar]') for kind in kinds)})"


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
