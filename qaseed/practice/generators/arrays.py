"""Arrays side by side, one entry a row: what several columns of an entity are made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Self, TypeVar

import numpy as np

from qaseed.integers import Ints
from qaseed.plan import FIRST_ORDINARY_SLOT
from qaseed.rows import Rows


@dataclass(frozen=True)
class Columns:
    """Base of dataclasses whose fields are all arrays of one length."""

    def take(self, positions: Any) -> Self:
        """The entries at these positions, in their order."""
        return type(self)(**{item.name: getattr(self, item.name)[positions] for item in fields(self)})

    def joined(self, other: Self) -> Self:
        """These entries and then the other's."""
        pairs = {item.name: (getattr(self, item.name), getattr(other, item.name)) for item in fields(self)}
        return type(self)(**{name: np.concatenate(pair) for name, pair in pairs.items()})


C = TypeVar("C", bound=Columns)


def aligned(rows: Rows, ordinary: Callable[[Ints], C], told: Callable[[Ints], C]) -> C:
    """One entry for each row: of `ordinary(slots)`, and of `told(slots)` at reserved places."""
    reserved = rows.slots < FIRST_ORDINARY_SLOT
    if not reserved.any():
        return ordinary(rows.slots)
    if reserved.all():
        return told(rows.slots)
    both = ordinary(rows.slots[~reserved]).joined(told(rows.slots[reserved]))
    return both.take(np.argsort(np.concatenate((np.flatnonzero(~reserved), np.flatnonzero(reserved)))))
