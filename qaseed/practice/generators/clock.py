"""Wall time and moments: zones of the pinned package, days since 1970, holidays on which every site is closed."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from qaseed.integers import Days, Ids, Ints, Micros, Minutes
from qaseed.plan import WEEKS_BACK, Tenant, Tenants
from qaseed.profiles import EARLIEST
from qaseed.rows import Rows

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NOW_MINUTE = 8 * 60 + 55
"""The local minute of as_of at which the data ends: the first clients of the day have arrived."""
DESK_OPENS, DESK_MINUTES = 9 * 60, 8 * 60
"""When the front desk opens, Monday to Friday but for holidays, and for how many minutes."""
_EPOCH = dt.date(1970, 1, 1)
ERA_YEARS = 4
"""Years in which persons stay the same whatever as_of is: in more of them their ages would leave the shares."""
_DESK_BACK, _DESK_AHEAD = 3000, 500
"""Days before and after as_of of which it is known whether the front desk is open."""

STATE_ZONES = {
    "AZ": "America/Phoenix",
    "WA": "America/Los_Angeles",
    "MD": "America/New_York",
    "TX": "America/Chicago",
    "NM": "America/Denver",
    "CA": "America/Los_Angeles",
    "FL": "America/New_York",
    "MN": "America/Chicago",
    "AL": "America/Chicago",
    "IA": "America/Chicago",
    "IL": "America/Chicago",
    "KS": "America/Chicago",
    "KY": "America/New_York",
    "LA": "America/Chicago",
    "MO": "America/Chicago",
    "NE": "America/Chicago",
    "NV": "America/Los_Angeles",
    "OK": "America/Chicago",
    "WI": "America/Chicago",
}
"""States with an unassigned ZIP prefix, and the zone that most of each keeps; tenants take them in this order."""
ZONES = tuple(sorted(set(STATE_ZONES.values())))


def days_of(when: dt.date) -> int:
    """A date as days since 1970."""
    return (when - _EPOCH).days


def state_of(tenant: Tenant) -> str:
    """The USPS code of the tenant's state."""
    return tuple(STATE_ZONES)[(tenant.number - 1) % len(STATE_ZONES)]


def zone_of(tenant: Tenant) -> str:
    """The IANA zone of the tenant's state."""
    return STATE_ZONES[state_of(tenant)]


def era_start(tenants: Tenants) -> int:
    """The first day of the four years, counted from 1990, in which as_of lies: persons are the same throughout them."""
    year = tenants.as_of.year
    return days_of(dt.date(year - (year - EARLIEST.year) % ERA_YEARS, 1, 1))


def reference_day(tenants: Tenants) -> int:
    """The day on which ages follow the profile's shares: the first 1 November of the era."""
    return era_start(tenants) + 304


def window_start(tenants: Tenants) -> int:
    """The first day of the window."""
    return days_of(tenants.as_of) - 7 * WEEKS_BACK


def now_micros(tenants: Tenants) -> int:
    """The moment before which everything is done that depends on no opening hours: as_of at 10:00 UTC."""
    return days_of(tenants.as_of) * DAY + 10 * HOUR


def local_end(tenants: Tenants | Tenant) -> int:
    """The moment at which the data ends, in local minutes since 1970: five to nine in the morning of as_of."""
    return days_of(tenants.as_of) * 1440 + NOW_MINUTE


def now_of(rows: Rows) -> Micros:
    """The same for each row."""
    return moments(zones_of(rows), np.full(len(rows), local_end(rows.tenants)))


def seconds(rows: Rows, *stream: str) -> Ints:
    """The seconds within a minute at which software stamps something, in microseconds; people choose whole minutes."""
    return rows.below(60, *stream, "second") * SECOND


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """A time zone as the pinned tzdata package has it, whatever the machine has."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


@lru_cache(maxsize=4096)
def _offsets(name: str, year: int) -> Ints:
    """Minutes that local time is ahead of UTC at noon, for each day of a year.

    Clocks change at night, outside working hours, and in the United States never twice a month.
    """
    firsts = [dt.date(year, month, 1) for month in range(1, 13)] + [dt.date(year + 1, 1, 1)]
    minutes: list[int] = []
    for (first, before), (following, after) in pairwise((day, _at_noon(name, day)) for day in firsts):
        days = (following - first).days
        change = days if before == after else _days_until(name, first, days, after)
        minutes += [before] * change + [after] * (days - change)
    return np.array(minutes)


def _days_until(name: str, first: dt.date, days: int, offset: int) -> int:
    """After how many days of a month its zone has that offset, which it keeps."""
    return bisect_left(range(days), True, key=lambda n: _at_noon(name, first + dt.timedelta(n)) == offset)


def _at_noon(name: str, day: dt.date) -> int:
    noon = dt.datetime.combine(day, dt.time(12), zone(name))
    return int((noon.utcoffset() or dt.timedelta()).total_seconds()) // 60


@lru_cache(maxsize=16)
def _table_of_offsets(first_year: int, last_year: int) -> Ints:
    """`_offsets` of every zone, a row each, for all days of some years."""
    years = range(first_year, last_year + 1)
    return np.stack([np.concatenate([_offsets(name, year) for year in years]) for name in ZONES])


def zones_of(rows: Rows) -> Ints:
    """The zone of each row's tenant, or of the site that a scenario has in another one, as a position in `ZONES`."""
    return rows.cached("zones", _zones_of)


def _zones_of(rows: Rows) -> Ints:
    zones = zones_at(rows.tenants, rows.ids)
    overrides = rows.tenants.overrides(rows.entity.name) if len(rows.reserved) else {}
    for position in rows.reserved.tolist():
        if at_zone := overrides[int(rows.ids[position])].get("at_zone"):
            zones[position] = ZONES.index(at_zone)
    return zones


def zones_at(tenants: Tenants, ids: Ids) -> Ints:
    """The zone of the tenant of each id, as a position in `ZONES`."""
    zones: Ints = np.array([ZONES.index(zone_of(tenant)) for tenant in tenants.all])[tenants.owners(ids)]
    return zones


def utc_micros(zones: Ints, day: Days, minute: Minutes) -> Micros:
    """Local wall times of zones (day since 1970, minute of day) as microseconds since 1970 in UTC."""
    if not len(day):
        return Micros(day)
    first, last = (
        int(year)
        for year in np.array((day.min(), day.max())).astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    )
    offset = _table_of_offsets(first, last)[zones, day - days_of(dt.date(first, 1, 1))]
    return Micros((day * 1440 + minute - offset) * MINUTE)


def local_day(rows: Rows, moment: pl.Series) -> pl.Series:
    """The date of each moment, which is one in working hours, in the zone of the row's tenant."""
    day, _ = local_times(zones_of(rows), Micros(moment.cast(pl.Int64).to_numpy()))
    return pl.Series(day).cast(pl.Int32).cast(pl.Date)


def closing_time(rows: Rows, name: str, *stream: str) -> Micros:
    """A moment in the hour after the front desk closes on the date in a column; 0 without one."""
    day = rows[name].cast(pl.Int32).cast(pl.Int64)
    local = day.fill_null(0).to_numpy() * 1440 + DESK_OPENS + DESK_MINUTES + rows.below(60, *stream, name)
    return Micros(np.where(day.is_null().to_numpy(), 0, moments(zones_of(rows), local) + seconds(rows, *stream, name)))


def clock_change(zone_name: str, as_of: dt.date, *, forward: bool) -> int | None:
    """The last day before as_of on which the clocks of a zone jump forward, or fall back; None where they never do."""
    offsets = np.concatenate([_offsets(zone_name, as_of.year - back) for back in (1, 0)])
    first = days_of(dt.date(as_of.year - 1, 1, 1))
    jumps = first + 1 + np.flatnonzero(np.diff(offsets) > 0 if forward else np.diff(offsets) < 0)
    jumps = jumps[jumps < days_of(as_of)]
    return int(jumps[-1]) if len(jumps) else None


def _nth(year: int, month: int, weekday: int, nth: int) -> dt.date:
    """The nth such weekday of a month; -1 is the last."""
    if nth < 0:
        last = dt.date(year, month, 31)
        return last - dt.timedelta((last.weekday() - weekday) % 7)
    first = dt.date(year, month, 1)
    return first + dt.timedelta((weekday - first.weekday()) % 7 + 7 * (nth - 1))


@lru_cache(maxsize=64)
def holidays(as_of: dt.date) -> Days:
    """The days around as_of on which every site is closed, ascending."""
    days = [
        day
        for year in range(as_of.year - 2, as_of.year + 2)
        for day in (
            dt.date(year, 1, 1),
            _nth(year, 5, 0, -1),
            dt.date(year, 7, 4),
            _nth(year, 9, 0, 1),
            _nth(year, 11, 3, 4),
            dt.date(year, 12, 25),
        )
    ]
    return Days(np.array([days_of(day) for day in days]))


def bank_day(as_of: dt.date, day: Ints) -> Days:
    """Each day itself where banks are open on it; else the last such day before it."""
    day = _weekday(day)
    return _weekday(day - np.isin(day, _bank_holidays(as_of)))


def _weekday(day: Ints) -> Days:
    """Each day itself from Monday to Friday, else the Friday before."""
    return Days(day - np.maximum((day + 3) % 7 - 4, 0))


@lru_cache(maxsize=64)
def _bank_holidays(as_of: dt.date) -> Days:
    """The days around as_of on which the Federal Reserve settles nothing: a Monday for a holiday on Sunday."""
    days = [
        days_of(day)
        for year in range(as_of.year - 2, as_of.year + 2)
        for day in (
            _nth(year, 1, 0, 3),
            _nth(year, 2, 0, 3),
            dt.date(year, 6, 19),
            _nth(year, 10, 0, 2),
            dt.date(year, 11, 11),
        )
    ]
    closed = np.concatenate((holidays(as_of), np.array(days)))
    return Days(closed + ((closed + 3) % 7 == 6))


def working_day(as_of: dt.date) -> int:
    """The last day up to as_of on which anybody works: no Sunday, and no holiday."""
    day = days_of(as_of)
    while (day + 3) % 7 == 6 or day in holidays(as_of):
        day -= 1
    return day


def desk_day(as_of: dt.date, day: Ints, *, later: bool) -> Days:
    """Each day itself where the front desk is open on it; else the next such day, or the last one before it."""
    desk = _desk(as_of)
    number = desk.before[_known(as_of, day)] - (0 if later else 1)
    closed = ~desk.is_open[_known(as_of, day)]
    return Days(np.where(closed, desk.days[np.clip(number, 0, len(desk.days) - 1)], day))


def desk_day_between(as_of: dt.date, first: Ints, last: Ints | int, lot: Ints) -> Days:
    """One of the days from `first` to `last` on which the desk is open, by a lot below 2^20; `first` without any."""
    desk = _desk(as_of)
    begin, end = desk.before[_known(as_of, first)], desk.before[_known(as_of, np.maximum(last + 1, first))]
    return Days(np.where(end > begin, desk.days[begin + ((end - begin) * lot >> 20)], first))


def desk_day_near(as_of: dt.date, day: Ints, lot: Ints) -> Days:
    """Each day itself where the front desk is open on it; else one of the days before it, by a lot below 2^20."""
    return desk_day_between(as_of, np.where(desk_day(as_of, day, later=False) == day, day, day - 6), day, lot)


@dataclass(frozen=True)
class _Desk:
    """The days around as_of of which it is known whether the front desk is open."""

    is_open: npt.NDArray[np.bool_]
    before: Ints
    """How many open days there are before each of them."""
    days: Days
    """The open ones."""


@lru_cache(maxsize=64)
def _desk(as_of: dt.date) -> _Desk:
    days = days_of(as_of) - _DESK_BACK + np.arange(_DESK_BACK + _DESK_AHEAD)
    is_open = ((days + 3) % 7 < 5) & ~np.isin(days, holidays(as_of))
    return _Desk(is_open, np.cumsum(is_open) - is_open, Days(days[is_open]))


def _known(as_of: dt.date, day: Ints) -> Ints:
    """Positions of days among those around as_of."""
    at: Ints = np.clip(day - (days_of(as_of) - _DESK_BACK), 0, _DESK_BACK + _DESK_AHEAD - 1)
    return at


def month_start(day: Days, later: Ints | int = 0) -> Days:
    """The first day of each day's month, or of the month so many months later."""
    months = day.astype("datetime64[D]").astype("datetime64[M]") + later
    return Days(months.astype("datetime64[D]").astype(np.int64))


def moments(zones: Ints, local: Ints) -> Micros:
    """Local minutes since 1970 as microseconds since 1970 in UTC."""
    return utc_micros(zones, Days(local // 1440), Minutes(local % 1440))


def local_times(zones: Ints, moments: Ints) -> tuple[Days, Minutes]:
    """The local day and minute of moments in working hours."""
    day = moments // DAY
    for _ in range(2):  # the offset is that of the local day
        local = moments + (day * DAY - utc_micros(zones, Days(day), Minutes(np.zeros_like(day))))
        day = local // DAY
    return Days(day), Minutes((local - day * DAY) // MINUTE)


def low_season(day: Days, by_month: tuple[float, ...]) -> Ints:
    """How likely clients skip the week from that day: 1 in the strongest month, up to 9 where a month is a third less.

    `by_month` are the shares of the months, January first.
    """
    months = day.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    missing = 1 - np.array(by_month) / max(by_month)
    weights = 1 + np.round(24 * np.minimum(missing, 0.5)).astype(np.int64)
    in_week: Ints = weights[months]
    return in_week
