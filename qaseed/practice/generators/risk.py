"""The risk that a provider assesses at a visit, and who is called afterward."""

from __future__ import annotations

import numpy as np

from qaseed import noise
from qaseed.integers import Ids, Ints
from qaseed.plan import Tenants
from qaseed.practice.generators import traits
from qaseed.practice.generators.apportionment import apportion, note_offsets
from qaseed.practice.generators.calendar import visits
from qaseed.practice.generators.charting import documented
from qaseed.practice.generators.partition import row_bits

RISKS = {"none": 70, "low": 27.5, "moderate": 2, "high": 0.5}
"""Assessed risk, in percent; elevated in at most 3 (assumed)."""
ELEVATED = tuple(RISKS).index("moderate")
CALLED = 85
"""Percent of clients at elevated risk whom the provider calls after the visit, as far as contacts suffice (assumed)."""
OF_THE_DAY = 45
"""Percent of a standard deviation by which a client's condition differs from visit to visit (assumed)."""


def of_day(bits: noise.Bits) -> Ints:
    """By how much a condition differs on a day, for the noise of its visit."""
    return traits.normal(bits) * OF_THE_DAY // 100


def assessed(condition: Ints, bits: noise.Bits) -> Ints:
    """The risk at each condition, in the shares of `RISKS`."""
    lot = traits.mixed((condition, 65), (traits.normal(bits), 60))
    return noise.pick(traits.as_bits(lot), tuple(RISKS.values()))


def at_risk(tenants: Tenants, lo: int, hi: int) -> tuple[Ints, Ints]:
    """The visits of providers `lo` to `hi` at which the risk was elevated and after which the client is called.

    The provider of each, counted from `lo`, and its position in the calendar.
    """
    number, note = documented(tenants, lo, hi)
    booked, totals = visits(tenants, lo, hi), apportion(tenants)
    position = booked.completed[number + int(totals.completed[lo] - totals.completed[booked.lo])]
    visit = booked.visits.take(position)
    condition = traits.condition(tenants, visit.client, visit.nth) + of_day(
        row_bits(tenants, "appointment", visit.id, "condition")
    )
    risky = np.flatnonzero(assessed(condition, row_bits(tenants, "note", note, "risk_level")) >= ELEVATED)
    called = noise.below(row_bits(tenants, "note", Ids(note[risky]), "called"), 100) < CALLED
    risky = risky[called]
    owner = np.searchsorted(note_offsets(tenants), tenants.ordinals("note", Ids(note[risky])), side="right") - 1 - lo
    return owner, position[risky]
