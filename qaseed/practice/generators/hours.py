"""When providers work: shifts by weekday, standing hours ("lanes") in order of preference, and what holidays do to them."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Ints
from qaseed.plan import Tenant
from qaseed.practice import shares
from qaseed.practice.generators.apportionment import BOOKED_WEEKLY_SLOTS
from qaseed.practice.generators.clock import holidays
from qaseed.recipes import joined, padded, where
from qaseed.rows import Rows

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SITE_HOURS = ("07:00-21:00",) * 5 + ("08:00-16:00", None)
"""When sites are open, Monday first."""
SHIFT_HOURS = 9
SHIFTS = {7: 15, 8: 45, 9: 40}
"""Hour at which a provider's days begin, in percent (assumed)."""
LATE_START, LATE_DAYS = 11, 38
"""Hour at which a late day begins, and percent of days that are late (assumed: 8 % of visits from 18 to 20 h)."""
SATURDAY, SATURDAY_HOURS = 14, (9, 14)
"""Percent of providers who work on Saturdays, and when (assumed: 2 % of visits)."""
START_MINUTE = {0: 55, 30: 25, 15: 6, 45: 5, 10: 3, 20: 3, 40: 3}
"""At which minute a provider's hours start, in percent (assumed: 90 % on the quarter hours)."""
HOUR_WEIGHTS = {7: 30, 8: 40, 9: 30, 10: 32, 11: 28, 12: 8, 13: 9, 14: 13, 15: 23, 16: 24, 17: 19, 18: 20, 19: 18}
"""How much providers like each local hour: two humps (assumed)."""
_LANES = [(weekday, hour) for weekday in range(6) for hour in HOUR_WEIGHTS]
WEEKLY_SLOT_DAY, WEEKLY_SLOT_HOUR = np.array(_LANES).T
MAX_WEEKLY_SLOTS = 5 * SHIFT_HOURS + SATURDAY_HOURS[1] - SATURDAY_HOURS[0]


def drawn(tenant: Tenant, entity: str, slots: Ints, *stream: str | int) -> noise.Bits:
    """The noise that a column of these rows would have."""
    return noise.bits(noise.key(tenant.seed, entity, *stream), tenant.ids(slots))


def start_minute(tenant: Tenant, slots: Ints) -> Ints:
    """At which minute of the hour each provider's visits start."""
    picked = noise.pick(drawn(tenant, "provider", slots, "minute"), tuple(START_MINUTE.values()))
    return np.array(tuple(START_MINUTE))[picked]


def shifts(tenant: Tenant, slots: Ints) -> tuple[Ints, Ints]:
    """The hours at which each provider's days begin and end, a column a weekday; both 0 on days off."""
    begin = np.zeros((len(slots), 7), dtype=np.int64)
    usual = np.array(tuple(SHIFTS))[noise.pick(drawn(tenant, "provider", slots, "shift"), tuple(SHIFTS.values()))]
    for weekday in range(5):
        late = noise.below(drawn(tenant, "provider", slots, "late", weekday), 100) < LATE_DAYS
        begin[:, weekday] = np.where(late, LATE_START, usual)
    end = np.where(begin > 0, begin + SHIFT_HOURS, 0)
    saturday = noise.below(drawn(tenant, "provider", slots, "saturday"), 100) < SATURDAY
    begin[saturday, 5], end[saturday, 5] = SATURDAY_HOURS
    return begin, end


def weekly_slots(tenant: Tenant, slots: Ints) -> Ints:
    """For each provider its lanes, preferred ones first: indexes into LANE_DAY and LANE_HOUR, -1 where it has no more."""
    begin, end = shifts(tenant, slots)
    likes = np.array([*shares.of(tenant, "weekday").values(), 0.0])
    weights = np.maximum(
        (likes[WEEKLY_SLOT_DAY] * np.array([HOUR_WEIGHTS[hour] for hour in WEEKLY_SLOT_HOUR.tolist()])).astype(
            np.uint64
        ),
        1,
    )
    weights[WEEKLY_SLOT_DAY == 5] *= 16  # only few work then
    works = (begin[:, WEEKLY_SLOT_DAY] <= WEEKLY_SLOT_HOUR) & (end[:, WEEKLY_SLOT_DAY] > WEEKLY_SLOT_HOUR)
    one_each = [drawn(tenant, "provider", slots, "lane", n) for n in range(len(WEEKLY_SLOT_DAY))]
    liked = (np.stack(one_each, axis=1) >> np.uint64(20)) // weights
    order = np.argsort(np.where(works, liked, np.uint64((1 << 64) - 1)), axis=1, kind="stable")[:, :MAX_WEEKLY_SLOTS]
    return np.where(np.take_along_axis(works, order, axis=1), order, -1)


def moved(tenant: Tenant, weekly: Ints, row: Ints, lane: Ints, day: Ints) -> tuple[Ints, Ints]:
    """The lanes of visits once holidays are taken into account, and whether each visit was moved.

    A provider's nth used hour of the closed weekday goes to its nth spare hour of another day of that week: there are always
    enough, because it works 45 hours and uses 32. `weekly` are the lanes of the providers, `row` whose they are.
    """
    closed = np.flatnonzero(np.isin(day, holidays(tenant.as_of)))
    now, was_moved = lane.copy(), np.zeros(len(lane), dtype=np.int64)
    if len(closed):
        of = weekly[row[closed]]
        days = np.where(of >= 0, WEEKLY_SLOT_DAY[of], -1)
        weekday = WEEKLY_SLOT_DAY[lane[closed]][:, None]
        used = np.arange(of.shape[1]) < BOOKED_WEEKLY_SLOTS
        mine = (of == lane[closed][:, None]) & used
        rank = (np.cumsum(used & (days == weekday), axis=1) * mine).sum(axis=1)
        spare = ~used & (days >= 0) & (days != weekday)
        position = (np.cumsum(spare, axis=1) == rank[:, None]).argmax(axis=1)
        now[closed] = of[np.arange(len(closed)), position]
        was_moved[closed] = 1
    return now, was_moved


def working_hours(rows: Rows, column: str, weekday: int) -> pl.Series:
    """`09:15-18:15` for the weekday of a provider, local; null on days off."""
    begin, end = (part[:, weekday] for part in shifts(rows.tenant, rows.slots))
    minute = padded(start_minute(rows.tenant, rows.slots), 2)
    return where(begin > 0, joined(padded(begin, 2), ":", minute, "-", padded(end, 2), ":", minute))
