"""Recipes for exceptions of availability: leave in weeks without visits, and the visits that a provider called off."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Days, Ids, Ints, Minutes
from qaseed.model import Model
from qaseed.plan import WEEKS_AHEAD, WEEKS_BACK, Tenants, is_reserved
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.calendar import visits
from qaseed.practice.generators.clock import (
    HOUR,
    days_of,
    desk_day,
    now_micros,
    seconds,
    utc_micros,
    window_start,
    zones_of,
)
from qaseed.practice.generators.derived import RowsOf, numbered, numbers_of, ordered, parents_of
from qaseed.practice.generators.outcomes import CANCELLED, PROVIDER_CANCELLED, RESCHEDULED
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.staff import TEAM
from qaseed.recipes import where
from qaseed.rows import Rows

WEEKS = WEEKS_BACK + WEEKS_AHEAD
LEAVES = 4
"""Weeks of leave of a provider in the window, at most."""
KINDS = {"vacation": 80, "training": 12, "personal": 8}
"""What leave is for, in percent (assumed)."""
DAYS = {"vacation": 5, "training": 2, "personal": 1}
"""Days of leave of each kind, within a week from Monday to Friday (assumed)."""
OF_VISIT = LEAVES
"""The number in the slot of an exception that derives from a visit; those below it derive from a provider."""
CALLED_OFF_KINDS = {"provider_illness": "illness", "provider_leave": "leave", "emergency": "emergency"}
"""The kind of an exception by the reason for which a visit was canceled."""
PLANNED_DAYS = (30, 120)
"""Days ahead by which leave is planned: the least, and how many more at most (assumed)."""


def _monday(tenants: Tenants) -> int:
    """The first Monday of the window."""
    start = window_start(tenants)
    return start + (-(start + 3)) % 7


def _weeks(tenants: Tenants, providers: Ids) -> Ints:
    """The weeks of leave of each provider, a row each: those without visits that come first in an order of its own.

    -1 where a provider has no more weeks without visits.
    """
    if not len(providers):
        return np.zeros((0, LEAVES), dtype=np.int64)
    ordinals = tenants.ordinals("provider", providers)
    lo, hi = int(ordinals.min()), int(ordinals.max()) + 1
    booked = visits(tenants, *_of_teams(tenants, lo, hi)).visits
    takes_place = ~np.isin(booked.status, (CANCELLED, PROVIDER_CANCELLED, RESCHEDULED))
    busy = np.zeros((hi - lo, WEEKS), dtype=bool)
    week, owner = (booked.day - _monday(tenants)) // 7, tenants.ordinals("provider", booked.provider) - lo
    inside = takes_place & (week >= 0) & (week < WEEKS) & (owner >= 0) & (owner < hi - lo)
    busy[owner[inside], week[inside]] = True
    lots = np.stack(
        [row_bits(tenants, "provider", providers, "leave", n) >> np.uint64(1) for n in range(WEEKS)], axis=1
    )
    mine = busy[ordinals - lo]
    # the last week is open, so that leave ends before the window does
    lots = np.where(mine | (np.arange(WEEKS) == WEEKS - 1), np.uint64((1 << 64) - 1), lots)
    order = np.argsort(lots, axis=1, kind="stable")[:, :LEAVES]
    free = np.take_along_axis(lots, order, axis=1) < np.uint64((1 << 64) - 1)
    return np.where(free, order, -1)


def _of_teams(tenants: Tenants, lo: int, hi: int) -> tuple[int, int]:
    """The providers of the teams of providers `lo` up to `hi`, whose clients they may see."""
    starts = tenants.starts("provider")
    first, last = (int(starts[np.searchsorted(starts, n, side="right") - 1]) for n in (lo, hi - 1))
    end = int(starts[np.searchsorted(starts, hi - 1, side="right")])
    return first + (lo - first) // TEAM * TEAM, min(last + -(-(hi - last) // TEAM) * TEAM, end)


def ids(model: Model, tenants: Tenants, rows_of: RowsOf) -> Ids:
    """The exceptions of the providers of a unit, but for those of scenarios."""
    providers = rows_of("provider").ids
    providers = Ids(providers[~is_reserved(providers)])
    weeks = _weeks(tenants, providers)
    leaves = [numbered(Ids(providers[weeks[:, n] >= 0]), n) for n in range(LEAVES)]
    booked = rows_of("appointment").ids
    return ordered(*leaves, numbered(Ids(booked[_called_off(rows_of("appointment"))]), OF_VISIT))


def _called_off(rows: Rows) -> Mask:
    """Whether the provider called the visit off; not of groups, whose other members may come."""
    by_provider = (rows["cancelled_by"] == "provider").fill_null(value=False)
    called_off: Mask = (by_provider & rows["group_id"].is_null()).to_numpy()
    return called_off


def _is_of_visit(rows: Rows) -> Mask:
    of_visit: Mask = numbers_of(rows.ids) == OF_VISIT
    return of_visit


def visit(rows: Rows, column: str) -> pl.Series:
    """The visit that was called off."""
    return where(_is_of_visit(rows), parents_of(rows.ids))


def provider(rows: Rows, column: str) -> pl.Series:
    """Who is not available."""
    return where(_is_of_visit(rows), rows.lookup("appointment_id", "provider_id"), parents_of(rows.ids))


def kind(rows: Rows, column: str) -> pl.Series:
    """What the leave is for, or why the visit was called off."""
    planned = pl.Series(tuple(KINDS)).gather(noise.pick(rows.bits(column), tuple(KINDS.values())))
    reasons = rows.lookup("appointment_id", "cancel_reason")
    called_off = reasons.replace_strict(CALLED_OFF_KINDS, default="personal", return_dtype=pl.String)
    return where(_is_of_visit(rows), called_off, planned)


def all_day(rows: Rows, column: str) -> pl.Series:
    """Leave is whole days."""
    return pl.Series(~_is_of_visit(rows))


def _length(rows: Rows) -> Ints:
    """Days of leave; of a week for what is not leave."""
    days: Ints = rows["kind"].replace_strict(DAYS, default=5, return_dtype=pl.Int64).to_numpy()
    return days


def _first_days(rows: Rows) -> Days:
    """The first day of leave, in its week."""
    of_visit, first = _is_of_visit(rows), np.full(len(rows), _monday(rows.tenants))
    providers, numbers = parents_of(rows.ids)[~of_visit], numbers_of(rows.ids)[~of_visit]
    known, index = np.unique(providers, return_inverse=True)
    first[~of_visit] += 7 * _weeks(rows.tenants, Ids(known))[index, numbers]
    return Days(first + rows.below(6 - _length(rows), "start_at", "weekday"))


def _midnight(rows: Rows, days: Days) -> pl.Series:
    moments = utc_micros(zones_of(rows), days, Minutes(np.zeros(len(days), dtype=np.int64)))
    return pl.Series(moments).cast(pl.Datetime("us", "UTC"))


def start_at(rows: Rows, column: str) -> pl.Series:
    """Local midnight before leave; the start of the visit."""
    return where(_is_of_visit(rows), rows.lookup("appointment_id", "start_at"), _midnight(rows, _first_days(rows)))


def end_at(rows: Rows, column: str) -> pl.Series:
    """Local midnight after leave; the end of the visit."""
    after = Days(_first_days(rows) + _length(rows))
    return where(_is_of_visit(rows), rows.lookup("appointment_id", "end_at"), _midnight(rows, after))


def created_at(rows: Rows, column: str) -> pl.Series:
    """Planned weeks ahead, or when the visit was called off; after the provider was hired."""
    least, more = PLANNED_DAYS
    now = now_micros(rows.tenants)
    ahead = _first_days(rows) - least - rows.below(more, column)
    day = desk_day(rows.tenants.as_of, np.minimum(ahead, days_of(rows.tenants.as_of) - 1), later=False)
    planned = utc_micros(zones_of(rows), day, Minutes(540 + rows.below(480, column, "minute"))) + seconds(rows, column)
    hired = rows.lookup("provider_id", "created_at").cast(pl.Int64).to_numpy()
    called_off = rows.lookup("appointment_id", "cancelled_at").cast(pl.Int64).fill_null(now).to_numpy()
    moment = np.where(_is_of_visit(rows), called_off, np.minimum(np.maximum(planned, hired + HOUR), now))
    return pl.Series(moment)
