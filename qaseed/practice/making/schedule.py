"""Recipes for appointments: columns of the calendar's visits, and what was booked, kept, moved and charged."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.noise import Ints
from qaseed.plan import FIRST_PLACE
from qaseed.practice.making import calendar
from qaseed.practice.making.people import days_of
from qaseed.practice.making.quotas import appointment_blocks
from qaseed.recipes import joined, padded, where
from qaseed.rows import Rows

SERVICES = {
    # code: (minutes, charge, allowed), synthetic fees in cents; no third party's codes
    "QA-IND30": (30, 110_00, 75_00), "QA-IND45": (45, 150_00, 100_00), "QA-IND60": (60, 190_00, 145_00),
    "QA-INTAKE": (60, 225_00, 165_00), "QA-INTAKEMD": (60, 275_00, 190_00), "QA-FAM": (60, 180_00, 105_00),
    "QA-EM2": (15, 90_00, 55_00), "QA-EM3": (20, 140_00, 90_00), "QA-EM4": (30, 200_00, 128_00), "QA-EM5": (45, 270_00, 180_00),
}  # fmt: skip
THERAPY = {"QA-IND60": 45, "QA-IND45": 33, "QA-IND30": 5, "QA-FAM": 5}
"""What therapists do besides intakes (Medicare 2017 to 2021, shares of 60 over 45 minutes)."""
MEDICATION = {"QA-EM4": 60, "QA-EM3": 25, "QA-EM2": 10, "QA-EM5": 5}
"""What prescribers do besides intakes (assumed)."""
LONGEST_LEAD = 21


def _booked(rows: Rows) -> tuple[calendar.Visits, Ints]:
    lo, hi = calendar.providers_of(appointment_blocks(rows.tenant), rows.places)
    found = calendar.visits(rows.tenant, lo, hi)
    return found, found.at(rows.tenant, rows.places)


def client(rows: Rows, column: str) -> Ints:
    """Whose visit it is."""
    found, at = _booked(rows)
    return rows.tenant.ids(found.client[at])


def provider(rows: Rows, column: str) -> Ints:
    """In whose calendar it stands."""
    found, at = _booked(rows)
    return rows.tenant.ids(FIRST_PLACE + found.provider[at])


def location(rows: Rows, column: str) -> pl.Series:
    """Where the provider works."""
    return rows.look("provider_id", "primary_location_id")


def status(rows: Rows, column: str) -> pl.Series:
    """What became of it, or how sure it is."""
    found, at = _booked(rows)
    return pl.Series(calendar.STATUSES).gather(found.status[at])


def appointment_type(rows: Rows, column: str) -> pl.Series:
    """The first visit of a new client is an intake; prescribers manage medication, therapists treat."""
    found, at = _booked(rows)
    registered = rows.look("client_id", "intake_date").cast(pl.Int32).cast(pl.Int64).to_numpy()
    new = (found.first[at] == 1) & (registered >= calendar.window_start(rows.tenant) - 14)
    family = _treatment(rows)
    prescriber = rows.look("provider_id", "can_prescribe").to_numpy()
    usual = np.where(prescriber, "med_mgmt", np.where(family == "QA-FAM", "family", "individual"))
    return pl.Series(np.where(new, "intake", usual))


def _treatment(rows: Rows) -> Any:
    return np.array(tuple(THERAPY))[noise.pick(rows.bits("service_code", "therapy"), tuple(THERAPY.values()))]


def service_code(rows: Rows, column: str) -> pl.Series:
    """What is to be done, in codes of our own."""
    kind = rows["appointment_type"].to_numpy()
    prescriber = rows.look("provider_id", "can_prescribe").to_numpy()
    medication = np.array(tuple(MEDICATION))[noise.pick(rows.bits(column, "medication"), tuple(MEDICATION.values()))]
    treated = np.where(prescriber, medication, _treatment(rows))
    return pl.Series(np.where(kind == "intake", np.where(prescriber, "QA-INTAKEMD", "QA-INTAKE"), treated))


def minutes(rows: Rows, column: str) -> pl.Series:
    """How long the service takes."""
    return rows["service_code"].replace_strict(
        {code: length for code, (length, _, _) in SERVICES.items()}, return_dtype=pl.Int64
    )


def start_at(rows: Rows, column: str) -> Ints:
    """The visit's wall time in the practice's zone, as a moment."""
    found, at = _booked(rows)
    return calendar.utc_micros(rows.home("timezone"), found.day[at], found.minute[at])


def start_local(rows: Rows, column: str) -> pl.Series:
    """The wall time at the location, `2026-03-09T14:30`."""
    found, at = _booked(rows)
    day = pl.Series(found.day[at]).cast(pl.Int32).cast(pl.Date).cast(pl.String)
    return joined(day, "T", padded(found.minute[at] // 60, 2), ":", padded(found.minute[at] % 60, 2))


def end_at(rows: Rows, column: str) -> pl.Series:
    """Start and duration."""
    return rows["start_at"].cast(pl.Int64) + rows["duration_min"] * 60_000_000


def booked_at(rows: Rows, column: str) -> Ints:
    """In office hours, 3 to 23 days ahead (so that any visit could have been cancelled in time), and not after as_of."""
    found, at = _booked(rows)
    day = np.minimum(found.day[at] - 3 - rows.below(LONGEST_LEAD, column), days_of(rows.tenant.as_of) - 1)
    return calendar.utc_micros(rows.home("timezone"), day, 540 + rows.below(480, column, "minute"))


def cancelled_at(rows: Rows, column: str) -> pl.Series:
    """After the booking; in time or late as the status says, by the tenant's limit in hours."""
    start, booked = (rows[name].cast(pl.Int64).to_numpy() for name in ("start_at", "booked_at"))
    limit = rows.home("late_cancel_hours") * 3_600_000_000
    share = rows.below(1000, column)
    late = start - limit // 1000 * (50 + share * 9 // 10)
    in_time = booked + (start - limit - booked) // 1000 * share
    moment = where(rows["status"] == "late_cancelled", late, in_time)
    return where(rows["status"].is_in(["cancelled", "late_cancelled"]), moment)


def checked_in_at(rows: Rows, column: str) -> pl.Series:
    """Up to a quarter of an hour before a completed visit begins."""
    moment = rows["start_at"].cast(pl.Int64) - pl.Series(rows.below(15, column)) * 60_000_000
    return where(rows["status"] == "completed", moment)
