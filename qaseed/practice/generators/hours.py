"""When providers work: shifts by weekday, weekly slots in order of preference, and what holidays do to them."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Days, Ids, Ints
from qaseed.plan import Tenants
from qaseed.practice import shares
from qaseed.practice.generators.apportionment import BOOKED_WEEKLY_SLOTS
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.clock import holidays
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.staff import treat_minors
from qaseed.recipes import joined, padded, where
from qaseed.rows import Rows

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OPENING, CLOSING = {"07:00": 60, "06:30": 25, "06:45": 15}, {"21:00": 65, "21:30": 25, "22:00": 10}
SATURDAYS = {"08:00-16:00": 50, "08:30-15:30": 20, "09:00-15:00": 30}
"""When sites open and close from Monday to Friday, and their hours on Saturdays, in percent (assumed)."""
SHIFT_HOURS = 9
SHIFTS = {7: 15, 8: 45, 9: 40}
"""Hour at which a provider's days begin, in percent (assumed)."""
LATE_START, LATE_DAYS = 11, 38
"""Hour at which a late day begins, and percent of days that are late (assumed: 8 % of visits from 18 to 20 h)."""
SATURDAY, SATURDAY_HOURS = 14, (9, 14)
"""Percent of providers who work on Saturdays, and when (assumed: 2 % of visits)."""
START_MINUTE = {0: 55, 30: 25, 15: 6, 45: 5, 10: 3, 20: 3, 40: 3}
"""At which minute a provider's hours start, in percent (assumed: 90 % on the quarter hours)."""
HOUR_WEIGHTS = {7: 30, 8: 40, 9: 33, 10: 35, 11: 31, 12: 8, 13: 9, 14: 13, 15: 20, 16: 21, 17: 17, 18: 20, 19: 18}
"""How much providers like each local hour: two humps (assumed)."""
YOUTH_WEIGHTS = {7: 5, 8: 9, 9: 12, 10: 12, 11: 11, 12: 5, 13: 7, 14: 15, 15: 30, 16: 34, 17: 28, 18: 15, 19: 6}
"""The same of those who treat minors, most of whom come after school (assumed)."""
YOUTH_LATE_DAYS = 60
"""Percent of their days that are late (assumed)."""
SCHOOL_ENDS = 15 * 60
"""The local minute from which pupils come, where their provider works so late."""
SLOT_DAY, SLOT_HOUR = np.array([(weekday, hour) for weekday in range(6) for hour in HOUR_WEIGHTS]).T
"""Weekday (0 is Monday) and local hour of each weekly slot that any provider could have."""
MAX_WEEKLY_SLOTS = 5 * SHIFT_HOURS + SATURDAY_HOURS[1] - SATURDAY_HOURS[0]


def start_minute(tenants: Tenants, providers: Ids) -> Ints:
    """At which minute of the hour each provider's visits start."""
    picked = noise.pick(row_bits(tenants, "provider", providers, "minute"), tuple(START_MINUTE.values()))
    return np.array(tuple(START_MINUTE))[picked]


def shifts(tenants: Tenants, providers: Ids) -> tuple[Ints, Ints]:
    """The hours at which each provider's days begin and end, a column a weekday; both 0 on days off."""
    begin = np.zeros((len(providers), 7), dtype=np.int64)
    late_days = np.where(treat_minors(tenants, providers), YOUTH_LATE_DAYS, LATE_DAYS)
    usual = np.array(tuple(SHIFTS))[
        noise.pick(row_bits(tenants, "provider", providers, "shift"), tuple(SHIFTS.values()))
    ]
    for weekday in range(5):
        late = noise.below(row_bits(tenants, "provider", providers, "late", weekday), 100) < late_days
        begin[:, weekday] = np.where(late, LATE_START, usual)
    end = np.where(begin > 0, begin + SHIFT_HOURS, 0)
    saturday = noise.below(row_bits(tenants, "provider", providers, "saturday"), 100) < SATURDAY
    begin[saturday, 5], end[saturday, 5] = SATURDAY_HOURS
    return begin, end


def weekly_slots(tenants: Tenants, providers: Ids) -> Ints:
    """The weekly slots of each provider, a row each, preferred ones first: indexes into SLOT_DAY and SLOT_HOUR.

    The first `BOOKED_WEEKLY_SLOTS` hold clients, the others are spare; -1 where a provider has no more.
    """
    begin, end = shifts(tenants, providers)
    by_weekday = np.array([*shares.of(tenants, "weekday").values(), 0.0])
    by_hour = np.array([[of[hour] for hour in SLOT_HOUR.tolist()] for of in (HOUR_WEIGHTS, YOUTH_WEIGHTS)])
    weights = np.maximum((by_weekday[SLOT_DAY] * by_hour).astype(np.uint64), 1)
    weights[:, SLOT_DAY == 5] *= 16  # only few work then
    weights = weights[treat_minors(tenants, providers).astype(np.int64)]
    works = (begin[:, SLOT_DAY] <= SLOT_HOUR) & (end[:, SLOT_DAY] > SLOT_HOUR)
    bits = np.stack([row_bits(tenants, "provider", providers, "lane", n) for n in range(len(SLOT_DAY))], axis=1)
    # noise divided by the weight: the heavier, the earlier; hours off duty come last
    priority = np.where(works, (bits >> np.uint64(20)) // weights, np.uint64((1 << 64) - 1))
    order = np.argsort(priority, axis=1, kind="stable")[:, :MAX_WEEKLY_SLOTS]
    return np.where(np.take_along_axis(works, order, axis=1), order, -1)


def after_school(tenants: Tenants, providers: Ids, weekly: Ints, pupils: Ints) -> Ints:
    """The weekly slots of each provider with those after school where pupils come; `pupils` counts these by slot.

    A booked slot in school hours whose clients are pupils is exchanged for one after school, or on a Saturday, whose
    clients are none, as long as there are some.
    """
    booked = weekly[:, :BOOKED_WEEKLY_SLOTS]
    minute = start_minute(tenants, providers)[:, None] + 60 * SLOT_HOUR[booked]
    late = (booked >= 0) & ((minute >= SCHOOL_ENDS) | (SLOT_DAY[booked] == 5))
    misplaced, room = (pupils > 0) & ~late & (booked >= 0), (pupils <= 0) & late
    many = np.minimum(misplaced.sum(axis=1), room.sum(axis=1))[:, None]
    moves, gives = (of & (np.cumsum(of, axis=1) <= many) for of in (misplaced, room))
    exchanged = weekly.copy()
    of_booked = exchanged[:, :BOOKED_WEEKLY_SLOTS]
    # a mask takes values row by row, so that the nth of a provider is exchanged for the nth
    of_booked[moves], of_booked[gives] = booked[gives], booked[moves]
    return exchanged


def move_from_holidays(tenants: Tenants, weekly: Ints, row: Ints, slot: Ints, day: Days) -> tuple[Ints, Mask]:
    """The weekly slots of visits once holidays are taken into account, and whether each visit was moved.

    A provider's nth booked slot of the closed weekday goes to its nth spare slot of another day of that week. There are
    always enough: it works 45 hours, of which 32 are booked, and at most 9 on one day. `weekly` has the weekly slots of
    the providers, `row` is the visit's row in it, `slot` its usual weekly slot, `day` the date of that.
    """
    closed = np.isin(day, holidays(tenants.as_of))
    actual = slot.copy()
    if closed.any():
        own, usual = weekly[row[closed]], slot[closed][:, None]
        days = np.where(own >= 0, SLOT_DAY[own], -1)
        booked = np.arange(own.shape[1]) < BOOKED_WEEKLY_SLOTS
        same_day = days == SLOT_DAY[usual]
        nth = (np.cumsum(booked & same_day, axis=1) * (booked & (own == usual))).sum(axis=1)
        spare = ~booked & (days >= 0) & ~same_day
        position = (np.cumsum(spare, axis=1) == nth[:, None]).argmax(axis=1)
        actual[closed] = own[np.arange(len(own)), position]
    return actual, closed


def opening_hours(rows: Rows, column: str, weekday: int) -> pl.Series:
    """`07:00-21:00` for the weekday of a site, local: as long from Monday to Friday, shorter or none at weekends."""
    if weekday < 5:
        begin, end = (
            pl.Series(tuple(of)).gather(noise.pick(rows.bits("hours", name), tuple(of.values())))
            for name, of in (("opening", OPENING), ("closing", CLOSING))
        )
        return joined(begin, "-", end)
    saturday = pl.Series(tuple(SATURDAYS)).gather(noise.pick(rows.bits("hours", "saturday"), tuple(SATURDAYS.values())))
    return where(np.full(len(rows), weekday == 5), saturday)


def working_hours(rows: Rows, column: str, weekday: int) -> pl.Series:
    """`09:15-18:15` for the weekday of a provider, local; null on days off."""
    begin, end = (hours[:, weekday] for hours in shifts(rows.tenants, rows.ids))
    minute = padded(start_minute(rows.tenants, rows.ids), 2)
    return where(begin > 0, joined(padded(begin, 2), ":", minute, "-", padded(end, 2), ":", minute))
