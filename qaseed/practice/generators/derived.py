"""Rows that derive from rows of other entities: their slot is that of their parent, and a number above its bits."""

from __future__ import annotations

import numpy as np

from qaseed.addresses import FIRST_ORDINARY_SLOT, PARENT_BITS
from qaseed.integers import Ids, Ints, Slots
from qaseed.plan import Tenant
from qaseed.rows import Rows

PARENT_MASK = (1 << PARENT_BITS) - 1


def parents_of(slots: Slots) -> Slots:
    """The slots of the rows from which these derive."""
    return Slots(slots & PARENT_MASK)


def numbers_of(slots: Slots) -> Ints:
    """Which of its parent's rows each is, from 0."""
    numbers: Ints = slots >> PARENT_BITS
    return numbers


def numbered(parents: Slots, number: int | Ints) -> Slots:
    """The slots of the rows of that number which derive from each of these parents."""
    return Slots(parents | (number << PARENT_BITS))


def ordered(*slots: Slots) -> Slots:
    """All of these slots, ascending."""
    return Slots(np.sort(np.concatenate(slots)))


def slots_in(tenant: Tenant, entity: str, offsets: Ints, first: int, stop: int) -> Slots:
    """The slots of an entity of providers `first` to `stop` (excluded): reserved ones belong to the first."""
    ordinary = FIRST_ORDINARY_SLOT + np.arange(offsets[first], offsets[stop], dtype=np.int64)
    reserved = tenant.reserved_slots(entity) if first == 0 else ordinary[:0]
    return Slots(np.concatenate((reserved, ordinary)))


def parent(rows: Rows, column: str) -> Ids:
    """The id of the row from which each derives."""
    return rows.tenant.ids(parents_of(rows.slots))
