"""Who comes when: the visits of a range of providers, computed together, so no provider or client is booked twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qaseed import noise
from qaseed.integers import Days, Ids, Ints, Minutes, Weeks
from qaseed.plan import WEEKS_BACK, Tenants, owners_and_positions
from qaseed.practice import shares
from qaseed.practice.generators import scenario_rows, services
from qaseed.practice.generators.apportionment import BOOKED_WEEKLY_SLOTS, appointment_offsets, apportion
from qaseed.practice.generators.arrays import Columns, Mask, Visits, aligned, order_by
from qaseed.practice.generators.caseload import Caseload, caseload
from qaseed.practice.generators.clock import (
    days_of,
    desk_day_between,
    desk_day_near,
    low_season,
    reference_day,
    window_start,
)
from qaseed.practice.generators.hours import (
    SLOT_DAY,
    SLOT_HOUR,
    after_school,
    move_from_holidays,
    start_minute,
    weekly_slots,
)
from qaseed.practice.generators.outcomes import (
    CANCELLED,
    COMPLETED,
    NO_SHOW,
    PROVIDER_CANCELLED,
    RESCHEDULED,
    calling_off,
    frailty,
    modality_of,
    statuses,
    tendency,
)
from qaseed.practice.generators.partition import cached_by_range, providers_of, row_bits
from qaseed.practice.generators.split_treatment import Prescribing, day_of, prescribing, weeks_without_holidays
from qaseed.practice.generators.traits import born, prior_visits
from qaseed.rows import Rows

LEADS = np.array(
    (
        (1, 2, 3, 4, 5, 6, 7, 7, 7, 8, 10, 12, 14, 18, 24),
        (2, 4, 6, 8, 10, 12, 13, 14, 15, 17, 19, 21, 25, 30, 38),
    )
)
"""Days from booking to visit, equally often, of usual visits and of intakes: medians 7 and 14 (assumed)."""
CANCELLED_LEAD, RESCHEDULED_LEAD = 5, 8
"""Least days from booking to visit of those that were cancelled or moved, so that there is time for that."""

AHEAD_DAYS = 27
"""Days before as_of within which visits ahead were booked whose lead is too short for their distance."""

GROWN_UP, AT_HOME = 18 * 365, 8
"""Days from which on clients do not go to school, and percent of the others who can come in school hours (assumed)."""


@dataclass(frozen=True)
class Booked:
    """The appointments of providers `lo` to `hi`, by provider, past or future, client and week."""

    lo: int
    hi: int
    visits: Visits
    completed: Ints
    """Positions in `visits`."""
    missed: Ints
    """Positions in `visits`."""


@dataclass(frozen=True)
class _Times(Columns):
    """When visits are, one entry a visit."""

    client: Ints
    """Position in the caseload."""
    owner: Ints
    """The provider of the client, counted from 0 over all tenants."""
    provider: Ints
    """Who sees the client: the owner, or the prescriber of the team."""
    week: Weeks
    day: Days
    minute: Minutes
    every: Ints
    """Weeks between the visits of the series."""
    in_series: Mask
    """Whether it is part of a series: it is not alone, and no holiday moved it."""

    @property
    def start(self) -> Ints:
        """A number that orders visits by provider and start, and that visits of one provider at one time share."""
        key: Ints = (self.provider << 40) | (self.day << 12) | self.minute
        return key


@cached_by_range
def visits(tenants: Tenants, lo: int, hi: int) -> Booked:
    """The visits of providers `lo` up to `hi`."""
    totals, load = apportion(tenants), caseload(tenants, lo, hi)
    times = _times(tenants, load, lo, hi)
    # by client, so that a visit keeps its client and provider whatever the dates of an as_of are; past visits first
    shared = times.provider != times.owner
    times = times.take(order_by(times.owner, times.week >= WEEKS_BACK, times.client, shared, times.week))
    ids = tenants.ids("appointment", int(totals.past[lo] + totals.future[lo]) + np.arange(len(times.client)))
    client, group = Ids(load.id[times.client]), load.group[times.client]
    new = load.new[times.client]
    by_client = order_by(client, times.day)
    # visits with a prescriber are a treatment of their own, with an intake, a series and dates that are moved
    treatment = Ids(client * 2 + (times.provider != times.owner))
    by_treatment = by_client[np.argsort(treatment[by_client], kind="stable")]
    first, following = _neighbors(treatment, by_treatment)

    # an intake may be missed, and is repeated then: the lead and the odds are those of the first attempt
    first_intake = first & new
    modality = np.where(group, 0, modality_of(tenants, ids, client))
    lead = LEADS[
        first_intake.astype(np.int64), noise.below(row_bits(tenants, "appointment", ids, "lead"), LEADS.shape[1])
    ]
    missing = tendency(frailty(tenants, load.id)[times.client], first_intake, modality, lead)
    odds = missing, calling_off(tenants, load.id)[times.client]
    provider = tenants.ids("provider", times.provider)
    status = statuses(
        tenants, totals, lo, hi, times.owner, provider, times.day, times.minute, ids, modality, odds, group
    )
    status = _without_chains(status, following)
    intake = new & _before_first_completed(status, first, by_treatment)
    booked = _booked(tenants, ids, times.day, np.maximum(lead, _least_lead(status)))
    series = _series(ids, load, times, client)
    one = Visits(
        id=ids,
        provider=provider,
        client=client,
        day=times.day,
        minute=times.minute,
        status=status,
        modality=modality,
        service=services.of_visits(tenants, ids, client, provider, intake, group),
        intake=intake,
        booked=Days(np.maximum(booked, np.where(new, _of_first(booked, first, by_treatment), 0))),
        every=np.where(series >= 0, times.every, 0),
        series=series,
        group=_group_sessions(ids, times.start, group),
        rescheduled_from=_rescheduled_from(ids, status, following),
        nth=_earlier_visits(client, by_client) + np.where(new, 0, prior_visits(tenants, load.id)[times.client]),
    )
    return Booked(lo, hi, one, np.flatnonzero(status == COMPLETED), np.flatnonzero(status == NO_SHOW))


def _booked(tenants: Tenants, ids: Ids, day: Days, lead: Ints) -> Days:
    """The days on which visits were booked, by their leads: the desk was open, and as_of was ahead."""
    yesterday = days_of(tenants.as_of) - 1
    lot = noise.below(row_bits(tenants, "appointment", ids, "lead", "day"), 1 << 20)
    usual = desk_day_near(tenants.as_of, day - lead, lot)
    lately = desk_day_between(
        tenants.as_of, np.full(len(ids), yesterday - AHEAD_DAYS), np.full(len(ids), yesterday), lot
    )
    return Days(np.where(day - lead > yesterday, lately, usual))


def _without_chains(status: Ints, following: Ints) -> Ints:
    """The statuses, but for moved visits that have no next one, or follow another moved visit: those are cancelled."""
    moved = status == RESCHEDULED
    lost = moved & (following < 0)
    lost[following[moved & ~lost]] |= moved[following[moved & ~lost]]
    return np.where(lost, CANCELLED, status)


def _series(ids: Ids, load: Caseload, times: _Times, client: Ids) -> Ids:
    """The first visit of the series of each, or -1 for a visit that is alone."""
    shared = times.provider != times.owner
    restarted = (times.week >= WEEKS_BACK) & ~load.continued[times.client] & ~shared
    own = client * 4 + 2 * shared + restarted
    order = order_by(~times.in_series, own, times.week)
    own, in_series = own[order], times.in_series[order]
    first = (np.diff(own, prepend=-1) != 0) | (np.diff(in_series, prepend=False) != 0)
    number = np.cumsum(first) - 1
    series = np.full(len(ids), -1)
    alone = np.bincount(number)[number] == 1
    series[order] = np.where(in_series & ~alone, ids[order[np.flatnonzero(first)]][number], -1)
    return Ids(series)


def _times(tenants: Tenants, load: Caseload, lo: int, hi: int) -> _Times:
    """When clients of providers `lo` up to `hi` have their visits, in no order; the caseload may be of more of them."""
    providers = tenants.ids("provider", np.arange(load.lo, load.hi))
    weekly = after_school(tenants, providers, weekly_slots(tenants, providers), _pupils(tenants, load))
    plan = prescribing(tenants, load, weekly)
    client, week, every = _weeks(tenants, load, plan, lo, hi)
    provider = load.provider[client]
    week_start = window_start(tenants) + 7 * week

    def date_in_week(weekly_slot: Ints) -> Days:
        return Days(week_start + (SLOT_DAY[weekly_slot] - tenants.as_of.weekday()) % 7)

    row = provider - load.lo
    usual = weekly[row, load.weekly_slot[client]]
    actual, moved = move_from_holidays(tenants, weekly, row, usual, date_in_week(usual))
    minute = start_minute(tenants, providers)[row] + 60 * SLOT_HOUR[actual]
    part = np.where(week < WEEKS_BACK, load.past[client], load.future[client])
    whole = np.where(load.continued[client], (load.past + load.future)[client], part)
    day, in_series, sees = date_in_week(actual), ~moved & (whole > 1), provider.copy()
    shared = np.flatnonzero(plan.is_due(client, week))
    patient, usual_week = client[shared], Weeks(week[shared])
    actual_week = Weeks(weeks_without_holidays(tenants.as_of)[usual_week])
    sees[shared], every[shared] = plan.prescriber[patient], plan.every[patient]
    minute[shared] = plan.minute(patient)
    day[shared] = day_of(tenants, actual_week, plan.weekly_slot[patient])
    in_series[shared] = actual_week == usual_week
    return _Times(client, provider, sees, week, day, Minutes(minute), every, in_series)


def _pupils(tenants: Tenants, load: Caseload) -> Ints:
    """How many more clients who go to school than others keep each weekly slot, a row a provider of the caseload."""
    days_old = reference_day(tenants) - born(tenants, load.id)
    at_home = noise.below(row_bits(tenants, "client", load.id, "school hours"), 100) < AT_HOME
    pupil = (days_old < GROWN_UP) & ~at_home
    slots = np.zeros((load.hi - load.lo, BOOKED_WEEKLY_SLOTS), dtype=np.int64)
    np.add.at(slots, (load.provider - load.lo, load.weekly_slot), np.where(pupil, 1, -1))
    return slots


def _weeks(tenants: Tenants, load: Caseload, plan: Prescribing, lo: int, hi: int) -> tuple[Ints, Weeks, Ints]:
    """Each visit's client (its position in the caseload), its week, and the weeks between the visits of its series."""
    first, end = apportion(tenants).client[[lo, hi]] - int(apportion(tenants).client[load.lo])
    clients = np.arange(first, end)
    past, back = _attended(tenants, load, plan, clients)
    future, nth = owners_and_positions(load.future[clients])
    future = clients[future]
    week = np.concatenate(
        (
            load.past_last[past] - load.past_every[past] * back,
            load.next_first[future] + load.next_every[future] * nth,
        )
    )
    every = np.concatenate((load.past_every[past], load.next_every[future]))
    return np.concatenate((past, future)), Weeks(week), every


def _attended(tenants: Tenants, load: Caseload, plan: Prescribing, clients: Ints) -> tuple[Ints, Ints]:
    """The past visits of these clients, without skipped weeks: whose each is, and how far back in its series.

    The first and the last week of a series are never skipped, and none with a prescriber is before the others are; of
    these those with the least noise, most often in the low season.
    """
    owner, back = owners_and_positions(load.span[clients])
    client = clients[owner]
    week = load.past_last[client] - load.past_every[client] * back
    # a series has at most 52 weeks, so 64 numbers a client keep their noise apart
    key = noise.bits(noise.key(tenants.seed, "client", "skipped"), load.id[client] * 64 + back)
    season = tuple(shares.of(tenants, "season").values())
    lot = (key >> np.uint64(20)).astype(np.int64) // low_season(Days(window_start(tenants) + 7 * week), season)
    lot[plan.is_due(client, Weeks(week))] = np.iinfo(np.int64).max - 1
    lot[(back == 0) | (back == load.span[client] - 1)] = np.iinfo(np.int64).max
    order = np.lexsort((lot, owner))
    attended = np.zeros(len(client), dtype=bool)
    attended[order] = back >= (load.span - load.past)[client]  # `back` counts up within each owner, as a rank does
    return client[attended], back[attended]


def _neighbors(client: Ids, by_client: Ints) -> tuple[Mask, Ints]:
    """Which visits are the first of their client, and the position of each one's next visit (-1 without one)."""
    change = np.diff(client[by_client], prepend=-1) != 0
    first = np.zeros(len(client), dtype=bool)
    first[by_client] = change
    following = np.full(len(client), -1)
    following[by_client[:-1]] = np.where(change[1:], -1, by_client[1:])
    return first, following


def _of_first(values: Ints, first: Mask, in_order: Ints) -> Ints:
    """For each visit the value of the first one of its kind before it, in the order of the positions."""
    of_first = np.maximum.accumulate(np.where(first[in_order], np.arange(len(values)), 0))
    spread = np.zeros(len(values), dtype=np.int64)
    spread[in_order] = values[in_order[of_first]]
    return spread


def _earlier_visits(client: Ids, by_client: Ints) -> Ints:
    """How many visits of the same client precede each one in the window."""
    position = np.arange(len(client))
    nth = np.zeros(len(client), dtype=np.int64)
    first = np.diff(client[by_client], prepend=-1) != 0
    nth[by_client] = position - np.maximum.accumulate(np.where(first, position, 0))
    return nth


def _before_first_completed(status: Ints, first: Mask, by_client: Ints) -> Mask:
    """Which visits no completed visit of the same client precedes."""
    done = status[by_client] == COMPLETED
    so_far = np.cumsum(done) - done
    so_far -= np.maximum.accumulate(np.where(first[by_client], so_far, 0))
    none_yet = np.zeros(len(status), dtype=bool)
    none_yet[by_client] = so_far == 0
    return none_yet


def _least_lead(status: Ints) -> Ints:
    """The least days from booking to visit, by status."""
    cancelled = np.isin(status, (CANCELLED, PROVIDER_CANCELLED))
    return np.where(cancelled, CANCELLED_LEAD, np.where(status == RESCHEDULED, RESCHEDULED_LEAD, 0))


def _group_sessions(ids: Ids, start: Ints, group: Mask) -> Ids:
    """For visits of group members the visit of the session with the lowest ids, -1 for others."""
    members = np.flatnonzero(group)
    _, first, session = np.unique(start[members], return_index=True, return_inverse=True)
    sessions = np.full(len(ids), -1)
    sessions[members] = ids[members][first[session]]
    return Ids(sessions)


def _rescheduled_from(ids: Ids, status: Ints, following: Ints) -> Ids:
    """For each visit the one that was moved to it: a rescheduled visit is moved to the client's next; -1 for others."""
    moved = np.flatnonzero(status == RESCHEDULED)
    origin = np.full(len(ids), -1)
    origin[following[moved]] = ids[moved]
    return Ids(origin)


def visits_of(rows: Rows) -> Visits:
    """What the calendar, or their scenario, says of each appointment."""
    return rows.cached("calendar", _visits_of)


def _visits_of(rows: Rows) -> Visits:
    def ordinary(ids: Ids) -> Visits:
        ordinals = rows.tenants.ordinals("appointment", ids)
        offsets = appointment_offsets(rows.tenants)
        booked = visits(rows.tenants, *providers_of(offsets, ordinals))
        return booked.visits.take(ordinals - int(offsets[booked.lo]))

    return aligned(rows, ordinary, scenario_rows.visits)
