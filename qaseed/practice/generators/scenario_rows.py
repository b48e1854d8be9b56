"""Scenarios told in terms of calendars, notes and ledgers: what stands at reserved places, for the same recipes as all rows.

A given value that begins with `at_` says where a row stands: `at_client`, `at_visit`, `at_charge` are places; `at_week`,
`at_weekday`, `at_minute` a time, weeks counted from that of as_of; `at_on` a day of the calendar (`gap`, `fold`, `year_end`).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl

from qaseed.integers import Ints
from qaseed.plan import Tenant
from qaseed.practice.generators.calendar import Clients, Visits
from qaseed.practice.generators.clinic import Notes
from qaseed.practice.generators.clock import clock_change, days_of, holidays
from qaseed.practice.generators.ledger import ALONE, FEE, PAID, Entries
from qaseed.practice.generators.outcomes import BY_PROVIDER, MODALITIES, STATUSES
from qaseed.rows import Rows

WEEKLY_SLOTS, FIRST_HOUR, MOVED_HOURS = 30, 8, 7
"""Standing times of clients at reserved places: five weekdays and six hours; visits on holidays are moved by hours and a day."""


def _overrides(tenant: Tenant, entity: str, slots: Ints) -> list[dict[str, Any]]:
    return [dict(tenant.overrides[entity][slot]) for slot in slots.tolist()]


def _slots(overrides: list[dict[str, Any]], name: str, default: int = -1) -> Ints:
    found = [row.get(name, default) for row in overrides]
    return np.array([default if slot is None else slot for slot in found], dtype=np.int64)


def _day(tenant: Tenant, overrides: dict[str, Any]) -> tuple[int, int]:
    """The day and minute of a visit: of the calendar, or in a week at the client's standing time."""
    weekly_slot = overrides["at_client"] // 8 % WEEKLY_SLOTS
    minute = overrides.get("at_minute", 60 * (FIRST_HOUR + weekly_slot // 5))
    if "at_on" in overrides:
        last = dt.date(tenant.as_of.year - 1, 12, 31)
        pinned = {
            "gap": clock_change(tenant, forward=True), "fold": clock_change(tenant, forward=False), "year_end": days_of(last),
        }[overrides["at_on"]]  # fmt: skip
        return (days_of(last) if pinned is None else pinned), minute
    monday = days_of(tenant.as_of) - tenant.as_of.weekday()
    day = monday + 7 * overrides["at_week"] + overrides.get("at_weekday", weekly_slot % 5)
    if day in holidays(tenant.as_of):
        later = 0 if "at_minute" in overrides else 60 * MOVED_HOURS
        return day + (-1 if overrides.get("at_weekday", weekly_slot % 5) == 4 else 1), minute + later
    return day, minute


def visits(tenant: Tenant, slots: Ints) -> Visits:
    """The appointments at these places."""
    overrides = _overrides(tenant, "appointment", slots)
    days = [_day(tenant, row) for row in overrides]
    status = [
        BY_PROVIDER if row.get("cancelled_by") == "provider" else STATUSES.index(row.get("status", "completed"))
        for row in overrides
    ]
    minus = np.full(len(slots), -1)
    return Visits(
        slots, _slots(overrides, "at_provider", 0), _slots(overrides, "at_client"),
        np.array([day for day, _ in days], dtype=np.int64), np.array([minute for _, minute in days], dtype=np.int64), np.array(status, dtype=np.int64),
        np.array([MODALITIES.index(row.get("modality", "in_person")) for row in overrides], dtype=np.int64),
        np.array([row.get("appointment_type") == "intake" for row in overrides], dtype=bool),
        _slots(overrides, "at_lead", 7), _slots(overrides, "recurrence_weeks", 0), _slots(overrides, "at_series"), _slots(overrides, "at_group"),
        _slots(overrides, "at_before"), minus,
    )  # fmt: skip


def clients(tenant: Tenant, slots: Ints) -> Clients:
    """What their appointments say of the clients at these places."""
    booked = visits(tenant, tenant.reserved_slots("appointment"))
    now = days_of(tenant.as_of)
    days = [booked.day[booked.client == slot] for slot in slots.tolist()]
    past = [there[there < now] for there in days]
    return Clients(
        _slots(_overrides(tenant, "client", slots), "at_provider", 0),
        np.array([len(there) for there in past], dtype=np.int64),
        np.array([len(there) - len(gone) for there, gone in zip(days, past, strict=True)], dtype=np.int64),
        np.array([min(there.tolist(), default=now - 1) for there in days], dtype=np.int64),
        np.array([max(gone.tolist(), default=0) for gone in past], dtype=np.int64),
        np.array([row.get("at_new", True) for row in _overrides(tenant, "client", slots)], dtype=bool),
        np.zeros(len(slots), dtype=bool),
    )


def notes(tenant: Tenant, slots: Ints) -> Notes:
    """What the notes at these places are about."""
    overrides = _overrides(tenant, "note", slots)
    visit = _slots(overrides, "at_visit")
    booked = {row: dict(told) for row, told in tenant.overrides.get("appointment", {}).items()}
    about = [booked.get(there, row) for there, row in zip(visit.tolist(), overrides, strict=True)]
    return Notes(_slots(about, "at_provider", 0), _slots(about, "at_client"), visit)


def entries(tenant: Tenant, slots: Ints) -> Entries:
    """What the ledger entries at these places settle."""
    overrides = _overrides(tenant, "ledger_entry", slots)
    visit = _slots(overrides, "at_visit")
    booked = tenant.overrides.get("appointment", {})
    about = [dict(booked.get(there, row)) for there, row in zip(visit.tolist(), overrides, strict=True)]
    charges = [row.get("entry_type") in ("charge", "fee") for row in overrides]
    charge = np.where(charges, slots, _slots(overrides, "at_charge"))
    course = [FEE if row.get("entry_type") == "fee" else PAID if row.get("at_claim") else ALONE for row in overrides]
    return Entries(
        visit, _slots(about, "at_client"), charge, np.where(charges, 0, 1), np.full(len(slots), 2),
        np.array(course, dtype=np.int64), _slots(overrides, "at_days", 0),
    )  # fmt: skip


def years_before(rows: Rows, column: str, years: int, days: int = 0) -> pl.Series:
    """The date so many years before as_of (28 February for 29), and days after that."""
    return pl.Series([_years_before(rows.tenant.as_of, years) + dt.timedelta(days)] * len(rows))


def years_before_visit(rows: Rows, column: str, years: int, visit: int) -> pl.Series:
    """The date so many years before the local day of a visit, so that it is a birthday."""
    day = Rows(rows.model, rows.tenant, "appointment", np.array([visit]))["start_local"][0][:10]
    return pl.Series([_years_before(dt.date.fromisoformat(day), years)] * len(rows))


def leap_day(rows: Rows, column: str, years: int) -> pl.Series:
    """The last 29 February at least so many years before as_of."""
    year = rows.tenant.as_of.year - years
    while dt.date(year, 3, 1) - dt.date(year, 2, 28) == dt.timedelta(1):
        year -= 1
    return pl.Series([dt.date(year, 2, 29)] * len(rows))


def days_before(rows: Rows, column: str, days: int) -> pl.Series:
    """The date so many days before as_of."""
    return pl.Series([rows.tenant.as_of - dt.timedelta(days)] * len(rows))


def date_on(rows: Rows, column: str, day: str) -> pl.Series:
    """A certain date."""
    return pl.Series([dt.date.fromisoformat(day)] * len(rows))


def minutes_after(rows: Rows, column: str, of: str, minutes: int) -> pl.Series:
    """The moment so many minutes after another column of the row."""
    return rows[of] + dt.timedelta(minutes=minutes)


def row_at(rows: Rows, column: str, slot: int) -> Ints:
    """The id of the row at a place of the same tenant."""
    return rows.tenant.ids(np.full(len(rows), slot, dtype=np.int64))


def ordinary_site(rows: Rows, column: str, nth: int) -> Ints:
    """The id of the nth ordinary location of the tenant, the last if it has fewer."""
    slots = rows.tenant.slots("location")
    return rows.tenant.ids(np.full(len(rows), slots[slots >= 1024][: nth + 1][-1], dtype=np.int64))


def _years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def moment_before(rows: Rows, column: str, days: int) -> pl.Series:
    """Noon UTC, so many days before as_of."""
    day = rows.tenant.as_of - dt.timedelta(days)
    return pl.Series([dt.datetime.combine(day, dt.time(12), dt.UTC)] * len(rows))


def percent_off_charge(rows: Rows, column: str, percent: int) -> pl.Series:
    """So many percent of the charge that the entry settles, as an amount taken off."""
    return -(rows.look("charge_id", "amount_cents") * percent // 100)


def repeated(rows: Rows, column: str, sentence: str, length: int) -> pl.Series:
    """A sentence again and again, up to a length."""
    return pl.Series([(sentence * (length // len(sentence) + 1))[:length]] * len(rows))


def first_name_and(rows: Rows, column: str, suffix: str) -> pl.Series:
    """The client's first name, and the suffix after it."""
    return pl.select(pl.concat_str(pl.lit(rows.look("client_id", "first_name")), pl.lit(suffix))).to_series()
