"""What providers are like beneath their columns: habits, functions of the address, from which notes derive.

The providers of a team are spread over each habit, so that even a small practice has quick and slow ones.
"""

from __future__ import annotations

import numpy as np

from qaseed import noise
from qaseed.integers import Ids, Ints
from qaseed.noise import Bits
from qaseed.plan import Tenants, slot_of
from qaseed.practice.generators import traits
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.staff import TEAM, positions

OWN, HABIT = 85, 53
"""Weights, in percent, of the note and of its author's habit, which has a quarter of the variance (assumed)."""
_TEAM_BITS = np.uint64(TEAM.bit_length() - 1)


def _habit(tenants: Tenants, providers: Ids, name: str) -> Ints:
    """A habit of providers: normal, with one provider of a team in each eighth."""
    at = positions(slot_of(providers))
    order = row_bits(tenants, "provider", Ids(providers - at), "habit", name)
    step, first = 2 * noise.below(order, TEAM // 2) + 1, (order & np.uint64(TEAM - 1)).astype(np.int64)
    eighth = ((step * at + first) % TEAM).astype(np.uint64)
    own = row_bits(tenants, "provider", providers, "habit", name, "own")
    return traits.normal((eighth << (np.uint64(64) - _TEAM_BITS)) | (own >> _TEAM_BITS))


def with_habit(tenants: Tenants, authors: Ids, name: str, bits: Bits) -> Bits:
    """Noise of notes, mixed with a habit of their authors."""
    known, index = np.unique(authors, return_inverse=True)
    habit = _habit(tenants, Ids(known), name)[index]
    return traits.as_bits(traits.mixed((habit, HABIT), (traits.normal(bits), OWN)))
