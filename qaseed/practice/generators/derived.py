"""Rows that derive from rows of other entities: their id is that of their parent, and a number in higher bits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qaseed.addresses import PARENT_BITS, SLOT_BITS
from qaseed.integers import Ids, Ints
from qaseed.plan import slot_of
from qaseed.rows import Rows

RowsOf = Callable[[str], Rows]
"""The rows of an entity in a unit."""
_NUMBER = (1 << SLOT_BITS) - (1 << PARENT_BITS)


def parents_of(ids: Ids) -> Ids:
    """The ids of the rows from which these derive."""
    return Ids(ids & ~_NUMBER)


def numbers_of(ids: Ids) -> Ints:
    """Which of its parent's rows each is, from 0."""
    numbers: Ints = slot_of(ids) >> PARENT_BITS
    return numbers


def numbered(parents: Ids, number: int | Ints) -> Ids:
    """The ids of the rows of that number which derive from each of these parents."""
    return Ids(parents | (number << PARENT_BITS))


def ordered(*ids: Ids) -> Ids:
    """All of these ids, ascending."""
    return Ids(np.sort(np.concatenate(ids)))


def parent(rows: Rows, column: str) -> Ids:
    """The id of the row from which each derives."""
    return parents_of(rows.ids)
