"""The seconds at which software stamps what happens to an account: any, or one for all that a run does at once."""

from __future__ import annotations

import numpy as np

from qaseed import noise
from qaseed.addresses import SLOT_BITS
from qaseed.integers import Ids, Ints, Micros
from qaseed.plan import Tenants
from qaseed.practice.generators.clock import SECOND, moments
from qaseed.practice.generators.partition import row_bits

STAMPS = 6
"""Stamps that a charge has: its own, those of the entries after it, and that of an appeal."""
LAST = 59
_BITS = 10


def of_visits(tenants: Tenants, visits: Ids) -> Ints:
    """Seconds of each of the stamps of charges for these visits, a row each."""
    bits = row_bits(tenants, "appointment", visits, "stamps")
    part = np.arange(STAMPS, dtype=np.uint64) * np.uint64(_BITS)
    return ((bits[:, None] >> part) % (1 << _BITS)).astype(np.int64) * 60 >> _BITS


def of_runs(tenants: Tenants, ids: Ids, day: Ints, run: str) -> Ints:
    """The seconds of what a run does at once for a practice on these days, by ids of its rows."""
    practice_day = Ids((ids >> SLOT_BITS << SLOT_BITS) | day)
    return noise.below(row_bits(tenants, "payment_batch", practice_day, run, "second"), 60)


def at_seconds(minute: Ints, second: Ints, now: int) -> Ints:
    """Local minutes as local seconds; all that happens in the last minute happens at its end."""
    return minute * 60 + np.where(minute == now - 1, LAST, second)


def moments_at(zones: Ints, local: Ints) -> Micros:
    """Local seconds since 1970 as microseconds since 1970 in UTC."""
    return Micros(moments(zones, local // 60) + local % 60 * SECOND)
