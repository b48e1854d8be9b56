"""How care ends: who is discharged, who dies, and whom the notes that close a chart are about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qaseed import noise
from qaseed.integers import Days, Ids, Ints
from qaseed.plan import WEEKS_BACK, Tenants, is_reserved
from qaseed.practice.generators.apportionment import client_offsets
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.calendar import visits
from qaseed.practice.generators.caseload import caseload
from qaseed.practice.generators.clock import days_of, reference_day
from qaseed.practice.generators.partition import cached_by_range, row_bits
from qaseed.practice.generators.staff import weeks_worked
from qaseed.practice.generators.traits import born

INACTIVE_AFTER_DAYS = 180
DISCHARGED = 60
"""Percent of those without a visit for so long who are discharged (assumed)."""
DEATHS = {0: 2, 45: 90, 65: 280, 75: 900}
"""Of 10,000 clients who come no more, how many died, from each age on (assumed: about twice as many as in the whole
population, Walker 2015 and NCHS life tables; a year's deaths are a half to one in a hundred clients).
"""
FROM_VISIT, WITHIN, KNOWN = 8, 60, 16
"""Days from the last visit to a death, at least and within which, and days after which the office knows (assumed)."""


def died_on(tenants: Tenants, clients: Ids, providers: Ids, coming: Mask, last: Ints) -> Days:
    """The day of death of those of these clients who died, 0 for others: none of them is `coming` again.

    Nobody of a provider who left dies, since a chart is closed by its author.
    """
    years = (reference_day(tenants) - born(tenants, clients)) // 365
    odds = np.array(tuple(DEATHS.values()))[np.searchsorted(tuple(DEATHS), years, side="right") - 1]
    latest = days_of(tenants.as_of) - KNOWN
    died = noise.below(row_bits(tenants, "client", clients, "died"), 10_000) < odds
    died &= ~coming & (last > 0) & (last + FROM_VISIT < latest) & ~is_reserved(clients)
    died &= weeks_worked(tenants, providers) == WEEKS_BACK
    room = np.clip(latest - last - FROM_VISIT, 1, WITHIN)
    day = last + FROM_VISIT + noise.below(row_bits(tenants, "client", clients, "died", "day"), room)
    return Days(np.where(died, day, 0))


def discharged(tenants: Tenants, clients: Ids, coming: Mask, last: Ints) -> Mask:
    """Whether each of these clients is discharged, unless they died."""
    gone: Mask = noise.below(row_bits(tenants, "client", clients, "status"), 100) < DISCHARGED
    return gone & ~coming & (last > 0) & (last < days_of(tenants.as_of) - INACTIVE_AFTER_DAYS)


@dataclass(frozen=True)
class Closed:
    """The clients of providers `lo` to `hi` whose care has ended after a completed visit, by provider, deaths first."""

    lo: int
    hi: int
    begin: Ints
    """Where those of each provider begin, and where the last end."""
    client: Ids
    since: Days
    """The day of the last completed visit."""


@cached_by_range
def closed(tenants: Tenants, lo: int, hi: int) -> Closed:
    """Whose care has ended, of the clients of providers `lo` up to `hi`."""
    load, booked = caseload(tenants, lo, hi), visits(tenants, lo, hi)
    first = int(client_offsets(tenants)[load.lo])
    past = booked.visits.day < days_of(tenants.as_of)
    last, met = np.zeros(len(load.id), dtype=np.int64), np.zeros(len(load.id), dtype=np.int64)
    of = tenants.ordinals("client", booked.visits.client) - first
    np.maximum.at(last, of[past], booked.visits.day[past])
    np.maximum.at(met, of[booked.completed], booked.visits.day[booked.completed])
    coming, providers = load.future > 0, tenants.ids("provider", load.provider)
    died = died_on(tenants, load.id, providers, coming, last) > 0
    over = (died | discharged(tenants, load.id, coming, last)) & (met > 0)
    over &= (load.provider >= lo) & (load.provider < hi)
    lot = row_bits(tenants, "client", load.id, "closing note")
    order = np.lexsort((lot, ~died, load.provider, ~over))[: int(over.sum())]
    many = np.bincount(load.provider[order] - lo, minlength=hi - lo)
    return Closed(lo, hi, np.concatenate(([0], np.cumsum(many))), Ids(load.id[order]), Days(met[order]))
