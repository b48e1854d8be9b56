"""Split treatment: a therapist's clients who take medication see the prescriber of the team for some of their visits.

A prescriber's weekly slots behind those of an own caseload belong to the teammates, one or two to each. In each week at
most one client of a teammate is due in such a slot, by the weekly slot that the client keeps with the therapist; so the
prescriber is never booked twice, and each provider's calendar is known without those of the others. In every third week
nobody is due: there go the visits of weeks with a holiday, in which the prescriber's own clients may need the slot.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.integers import Days, Ids, Ints, Minutes, Weeks
from qaseed.plan import WEEKS_AHEAD, WEEKS_BACK, Tenants, slot_of
from qaseed.practice.generators import traits
from qaseed.practice.generators.apportionment import BOOKED_WEEKLY_SLOTS
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.caseload import Caseload
from qaseed.practice.generators.clock import days_of, holidays, window_start
from qaseed.practice.generators.hours import SLOT_DAY, SLOT_HOUR, start_minute, weekly_slots
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.staff import PRESCRIBER_AT, TEAM, positions, prescribes, weeks_worked

OFTEN, RARELY = 6, 12
"""Weeks between the visits for medication of a client: in a teammate's first slot, and in the second (assumed)."""
_DUE = [(every, week) for every in (OFTEN, RARELY) for week in range(every) if week % 3 < 2]
_NONE = [(0, 0)] * (BOOKED_WEEKLY_SLOTS - len(_DUE))
_EVERY, _PHASE = np.array([*_DUE, *_NONE]).T
"""For the clients of each weekly slot, once those are shuffled; 0 weeks for none."""
_SHUFFLE = 5
FURTHEST = 8
"""By how many weeks visits of a week with a holiday are moved, at most."""
MEDICATED = -1800
"""From which trait on clients take medication, in thousandths of a standard deviation (assumed: nearly all)."""
LEAST_VISITS, SETTLED_WEEKS = 3, FURTHEST
"""Visits of clients who take medication, at least, and weeks that new ones are with their therapist before."""


@dataclass(frozen=True)
class Prescribing:
    """The visits for medication of the clients of a caseload, one entry a client."""

    every: Ints
    """Weeks between them; 0 for none."""
    phase: Ints
    since: Weeks
    until: Weeks
    prescriber: Ints
    """Counted from 0 over all tenants."""
    weekly_slot: Ints
    """An index into `SLOT_DAY` and `SLOT_HOUR`."""
    start_minute: Ints

    def is_due(self, client: Ints, week: Weeks) -> Mask:
        """Whether visits in these weeks are with the prescriber."""
        every = self.every[client]
        due: Mask = (every > 0) & (week % np.maximum(every, 1) == self.phase[client])
        return due & (week >= self.since[client]) & (week < self.until[client])

    def minute(self, client: Ints) -> Minutes:
        """The local minutes of the day at which these clients are seen."""
        return Minutes(self.start_minute[client] + 60 * SLOT_HOUR[self.weekly_slot[client]])


def prescriber_of(tenants: Tenants, providers: Ids) -> Ids:
    """Who prescribes for clients of these providers: they themselves, the prescriber of their team, or nobody (-1)."""
    slot = slot_of(providers)
    teammate = providers - positions(slot) + PRESCRIBER_AT
    known = slot_of(Ids(teammate)) < FIRST_ORDINARY_SLOT + tenants.counts("provider")[tenants.owners(providers)]
    known &= slot >= FIRST_ORDINARY_SLOT
    shares = known & prescribes(tenants, Ids(np.where(known, teammate, providers)))
    return Ids(np.where(prescribes(tenants, providers), providers, np.where(shares, teammate, -1)))


def medicated(tenants: Tenants, clients: Ids) -> Mask:
    """Whether clients would take medication: the more ill, the likelier."""
    own = traits.normal(traits.client_bits(tenants, clients, "medicated"))
    takes: Mask = traits.mixed((traits.severity(tenants, clients), 60), (own, 80)) > MEDICATED
    return takes


def prescribing(tenants: Tenants, load: Caseload, own_weekly: Ints) -> Prescribing:
    """Who of a caseload sees the prescriber of the team, and when; `own_weekly` are the providers' own weekly slots."""
    own = tenants.ids("provider", np.arange(load.lo, load.hi))
    with_team = prescriber_of(tenants, own)
    shares = (with_team >= 0) & (with_team != own)
    prescriber, team = np.unique(np.where(shares, with_team, own), return_inverse=True)
    weekly = weekly_slots(tenants, Ids(prescriber))[team]
    worked = weeks_worked(tenants, Ids(prescriber))[team]
    until = np.where(worked == WEEKS_BACK, WEEKS_BACK + WEEKS_AHEAD, worked - FURTHEST)

    row = load.provider - load.lo
    first = noise.below(row_bits(tenants, "provider", own, "medication slots"), BOOKED_WEEKLY_SLOTS)
    number = (_SHUFFLE * load.weekly_slot + first[row]) % BOOKED_WEEKLY_SLOTS
    every = _EVERY[number]
    place = positions(slot_of(own))
    nth = (place - (place > PRESCRIBER_AT))[row]
    slot = weekly[row, BOOKED_WEEKLY_SLOTS + nth + np.where(every == OFTEN, 0, TEAM - 1)]
    usual = own_weekly[row, load.weekly_slot]
    # a visit that is moved to another week must not meet the client's own there
    apart = (SLOT_DAY[slot] != SLOT_DAY[usual]) | (abs(SLOT_HOUR[slot] - SLOT_HOUR[usual]) > 1)
    takes = shares[row] & (slot >= 0) & apart & ~load.group & (load.past >= LEAST_VISITS) & (load.past_every < every)
    begins = load.past_last - load.past_every * (load.span - 1) + SETTLED_WEEKS
    return Prescribing(
        every=np.where(takes & medicated(tenants, load.id), every, 0),
        phase=_PHASE[number],
        since=Weeks(np.where(load.new, begins, 0)),
        until=Weeks(until[row]),
        prescriber=tenants.ordinals("provider", Ids(prescriber[team]))[row],
        weekly_slot=slot,
        start_minute=start_minute(tenants, Ids(prescriber))[team][row],
    )


@lru_cache(maxsize=16)
def weeks_without_holidays(as_of: dt.date) -> Weeks:
    """For each week of the window the one in which visits that are due in it are; the past stays the past.

    Those of a week with a holiday are in the nearest of the weeks in which nobody is due that is still free.
    """
    weeks = np.arange(WEEKS_BACK + WEEKS_AHEAD)
    closed, start = holidays(as_of), days_of(as_of) + 7 * (weeks - WEEKS_BACK)
    is_open = np.searchsorted(closed, start) == np.searchsorted(closed, start + 7)
    free = set(weeks[is_open & (weeks % 3 == 2)].tolist())
    actual = weeks.copy()
    for week in weeks[~is_open & (weeks % 3 != 2)].tolist():
        same_part = [other for other in free if (other < WEEKS_BACK) == (week < WEEKS_BACK)]
        actual[week] = min(same_part, key=lambda other: (abs(other - week), other))
        free.remove(actual[week])
    return Weeks(actual)


def day_of(tenants: Tenants, week: Weeks, slot: Ints) -> Days:
    """The days of weekly slots in weeks of the window."""
    return Days(window_start(tenants) + 7 * week + (SLOT_DAY[slot] - tenants.as_of.weekday()) % 7)
