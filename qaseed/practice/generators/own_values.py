"""Recipes for columns that a profile declares: constants relative to as_of, and values between bounds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from qaseed.integers import Ints
from qaseed.rows import Rows

DAY = 86_400


def shifted(day: dt.date, years: int, days: int) -> dt.date:
    """The day so many years before another (28 February for 29), and days after that, within the years 1 to 9999."""
    year = min(max(day.year - years, 1), 9999)
    try:
        moved = day.replace(year=year)
    except ValueError:
        moved = day.replace(year=year, day=28)
    ordinal = min(max(moved.toordinal() + days, dt.date.min.toordinal()), dt.date.max.toordinal())
    return dt.date.fromordinal(ordinal)


def day(rows: Rows, column: str, on: Any) -> pl.Series:
    """The same day in every row: a date, or years before as_of and days after that."""
    return pl.repeat(_day(rows, on), len(rows), dtype=pl.Int32, eager=True).cast(pl.Date)


def noon(rows: Rows, column: str, on: Any) -> pl.Series:
    """Noon UTC of such a day."""
    return day(rows, column, on).cast(pl.Datetime("us", "UTC")) + dt.timedelta(hours=12)


def whole_number(rows: Rows, column: str, least: int, most: int) -> Ints:
    """A whole number between bounds, both included."""
    number: Ints = least + rows.below(most - least + 1, column)
    return number


def days_between(rows: Rows, column: str, first: Any, last: Any) -> pl.Series:
    """A day between bounds, both included: dates, or years before as_of and days after that."""
    return pl.Series(_days(rows, column, first, last)).cast(pl.Int32).cast(pl.Date)


def moments_between(rows: Rows, column: str, first: Any, last: Any) -> pl.Series:
    """A moment on a day between bounds, to the second."""
    seconds = _days(rows, column, first, last) * DAY + rows.below(DAY, column, "second")
    return pl.Series(seconds * 1_000_000).cast(pl.Datetime("us", "UTC"))


def _days(rows: Rows, column: str, first: Any, last: Any) -> Ints:
    start, stop = (_day(rows, bound) for bound in (first, last))
    days: Ints = start + rows.below(max(stop - start, 0) + 1, column)
    return days


def _day(rows: Rows, bound: Any) -> int:
    """A bound as days since 1970."""
    day = dt.date.fromisoformat(bound) if isinstance(bound, str) else shifted(rows.tenants.as_of, *bound)
    return day.toordinal() - dt.date(1970, 1, 1).toordinal()
