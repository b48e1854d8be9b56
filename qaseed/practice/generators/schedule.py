"""Recipes for appointments: the calendar's visits as columns, and when each was booked, confirmed or cancelled."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.compatibility import STREAMS
from qaseed.integers import Days, Ids, Ints, Micros, Minutes
from qaseed.plan import slot_of
from qaseed.practice import shares
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.calendar import visits_of
from qaseed.practice.generators.clock import HOUR, MINUTE, days_of, now_micros, utc_micros, zones_of
from qaseed.practice.generators.outcomes import (
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    LATE_CANCELLED,
    MODALITIES,
    NO_SHOW,
    PROVIDER_CANCELLED,
    RESCHEDULED,
    STATUSES,
)
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.people import age, weighted_by
from qaseed.practice.generators.sites import canary_of
from qaseed.practice.generators.staff import prescribes
from qaseed.recipes import joined, padded, where
from qaseed.rows import Rows

SERVICES = {
    # code: (minutes, charge, allowed, least and most documented minutes); fees in cents, fees and codes of our own
    "QA-IND30": (30, 110_00, 75_00, 16, 37),
    "QA-IND45": (45, 150_00, 100_00, 38, 52),
    "QA-IND60": (60, 190_00, 145_00, 53, 60),
    "QA-INTAKE": (60, 225_00, 165_00, 45, 90),
    "QA-INTAKEMD": (60, 275_00, 190_00, 45, 90),
    "QA-FAM": (60, 180_00, 105_00, 45, 60),
    "QA-GRP": (60, 60_00, 28_00, 45, 60),
    "QA-EM2": (15, 90_00, 55_00, 10, 19),
    "QA-EM3": (20, 140_00, 90_00, 15, 29),
    "QA-EM4": (30, 200_00, 128_00, 20, 39),
    "QA-EM5": (45, 270_00, 180_00, 30, 54),
    "QA-EMT": (45, 240_00, 160_00, 30, 54),
    "QA-TEST": (180, 600_00, 420_00, 120, 180),
    "QA-CONS": (5, 40_00, 25_00, 5, 15),
}
BANDS = {code: (least, most) for code, (_, _, _, least, most) in SERVICES.items()}
REASONS = {
    "client": {
        "illness": 34,
        "work_conflict": 26,
        "transportation": 14,
        "childcare": 10,
        "feeling_better": 6,
        "other": 10,
    },
    "provider": {"provider_illness": 55, "provider_leave": 30, "emergency": 15},
}
"""Why visits are cancelled, in percent (assumed)."""
REMARKS = (
    "Prefers a reminder by text.",
    "Ask for the updated intake packet.",
    "Copay collected at check-in last time.",
    "Running late twice this month; allow five minutes.",
    "Parking instructions sent.",
    "Confirm telehealth link before the visit.",
)
REMINDER = 48 * HOUR


def client(rows: Rows, column: str) -> Ids:
    """Whose visit it is."""
    return visits_of(rows).client


def provider(rows: Rows, column: str) -> Ids:
    """In whose calendar the visit is."""
    return visits_of(rows).provider


def location(rows: Rows, column: str) -> pl.Series:
    """Where the provider works."""
    return rows.lookup("provider_id", "primary_location_id")


def status(rows: Rows, column: str) -> pl.Series:
    """Its outcome, or whether it is confirmed."""
    names = [name.replace("provider_cancelled", "cancelled") for name in STATUSES]
    return pl.Series(names).gather(visits_of(rows).status)


def modality(rows: Rows, column: str) -> pl.Series:
    """How they meet."""
    return pl.Series(MODALITIES).gather(visits_of(rows).modality)


def _prescriber(rows: Rows) -> Mask:
    return prescribes(rows.tenants, visits_of(rows).provider)


def appointment_type(rows: Rows, column: str) -> pl.Series:
    """Intakes until one is completed; then medication by prescribers, or therapy of a client, couple, family, group."""
    visits = visits_of(rows)
    treated = _treatment(rows)
    together = np.where(rows.below(3, column, "together") == 0, "couple", "family")
    adult = age(rows.lookup("client_id", "dob"), rows.lookup("client_id", "intake_date")) >= 18
    usual = np.where(treated == "family", np.where(adult, together, "family"), "individual")
    kind = np.where(_prescriber(rows), "med_mgmt", np.where(visits.group >= 0, "group", usual))
    return pl.Series(np.where(visits.intake, "intake", kind))


def _treatment(rows: Rows) -> Any:
    parts = {name: part for name, part in shares.of(rows.tenants, "therapy").items() if name not in ("intake", "group")}
    return np.array(tuple(parts))[noise.pick(rows.bits("service_code", "therapy"), tuple(parts.values()))]


def service_code(rows: Rows, column: str) -> pl.Series:
    """What is to be done, in codes of our own."""
    kind = rows["appointment_type"].to_numpy()
    prescriber = _prescriber(rows)
    parts = {name: part for name, part in shares.of(rows.tenants, "medication").items() if name != "intake"}
    medication = np.array(tuple(parts))[noise.pick(rows.bits(column, "medication"), tuple(parts.values()))]
    alone = np.where(_treatment(rows) == "family", "QA-IND60", _treatment(rows))
    return pl.Series(
        np.select(
            [
                kind == "intake",
                kind == "med_mgmt",
                kind == "group",
                np.isin(kind, ("family", "couple")),
                kind == "testing",
                kind == "consult",
            ],
            [np.where(prescriber, "QA-INTAKEMD", "QA-INTAKE"), medication, "QA-GRP", "QA-FAM", "QA-TEST", "QA-CONS"],
            alone,
        )
    )


def of_service(codes: pl.Series, nth: int) -> Ints:
    """A number of each service code: minutes, charge, allowed amount, least and most documented minutes."""
    numbers: Ints = codes.replace_strict(
        {code: numbers[nth] for code, numbers in SERVICES.items()}, return_dtype=pl.Int64
    ).to_numpy()
    return numbers


def duration_min(rows: Rows, column: str) -> Ints:
    """How long the service takes."""
    return of_service(rows["service_code"], 0)


def start_at(rows: Rows, column: str) -> Micros:
    """The visit's wall time in the practice's zone, as a moment."""
    visits = visits_of(rows)
    return utc_micros(zones_of(rows), visits.day, visits.minute)


def start_local(rows: Rows, column: str) -> pl.Series:
    """The wall time at the location, `2026-03-09T14:30`."""
    visits = visits_of(rows)
    day = pl.Series(visits.day).cast(pl.Int32).cast(pl.Date).cast(pl.String)
    return joined(day, "T", padded(visits.minute // 60, 2), ":", padded(visits.minute % 60, 2))


def end_at(rows: Rows, column: str) -> pl.Series:
    """Start and duration."""
    return rows["start_at"].cast(pl.Int64) + rows["duration_min"] * MINUTE


def series(rows: Rows, column: str) -> pl.Series:
    """The first visit of the client's series; null for a visit alone, or one that a holiday moved."""
    first = visits_of(rows).series
    return where(first >= 0, first)


def recurrence(rows: Rows, column: str) -> pl.Series:
    """Weeks between the visits of the series."""
    every = visits_of(rows).every
    return where(every > 0, every)


def group(rows: Rows, column: str) -> pl.Series:
    """The first visit of the group session."""
    first = visits_of(rows).group
    return where(first >= 0, first)


def rescheduled_from(rows: Rows, column: str) -> pl.Series:
    """The visit that was rescheduled to this one."""
    origin = visits_of(rows).rescheduled_from
    return where(origin >= 0, origin)


def pos_code(rows: Rows, column: str) -> pl.Series:
    """Place of service (CMS): 11 office; 10 at home by telehealth, 02 elsewhere for one in ten (assumed)."""
    remote = np.where(rows.below(10, column) == 0, "02", "10")
    return where(rows["modality"] == "in_person", "11", pl.Series(remote))


def room(rows: Rows, column: str) -> pl.Series:
    """The provider's own room of the site, for visits in person."""
    sites, providers = (rows.of_tenants(rows.tenants.counts(name)) for name in ("location", "provider"))
    sites, slot = np.maximum(sites, 1), slot_of(visits_of(rows).provider)
    own = providers // sites + 2
    number = np.where(slot < FIRST_ORDINARY_SLOT, own + slot, slot // sites % own) + 1
    return where(rows["modality"] == "in_person", joined("Room ", pl.Series(number).cast(pl.String)))


def telehealth_url(rows: Rows, column: str) -> pl.Series:
    """A link at a reserved host, for visits by video."""
    hosts = rows.by_tenant(lambda tenant: f"https://video.example.com/{tenant.slug}/")
    link = joined(hosts, pl.Series(rows.ids).cast(pl.String))
    return where(rows["modality"] == "video", link)


def _rescheduled_at(rows: Rows, ids: Ids) -> Micros:
    """When these visits were rescheduled.

    Up to 36 hours before the limit for late cancellations, and not before they were booked: holidays move a client's
    visits to within a day of each other, and the second may be rescheduled too.
    """
    moved = rows.others("appointment", ids)
    start, booked = (
        rows.values_at("appointment", ids, name).cast(pl.Int64).to_numpy() for name in ("start_at", "booked_at")
    )
    limit = moved.tenant_values("late_cancel_hours").to_numpy() * HOUR
    return Micros(np.maximum(start - limit - moved.below(36 * 60, "cancelled_at", "moved") * MINUTE, booked))


def booked_at(rows: Rows, column: str) -> Micros:
    """In office hours, ahead by the lead and before as_of; the successor of a moved visit when that was rescheduled."""
    visits = visits_of(rows)
    minute = 540 + noise.below(row_bits(rows.tenants, "appointment", rows.ids, "booked_at", "minute"), 480)
    day = np.minimum(visits.day - visits.lead, days_of(rows.tenants.as_of) - 1)
    booked = utc_micros(zones_of(rows), Days(day), Minutes(minute))
    successors = np.flatnonzero(visits.rescheduled_from >= 0)
    if len(successors):
        moved, index = np.unique(visits.rescheduled_from[successors], return_inverse=True)
        booked[successors] = _rescheduled_at(rows, Ids(moved))[index]
    return booked


def cancelled_at(rows: Rows, column: str) -> pl.Series:
    """After the booking; in time or late as the status says, by the tenant's limit in hours."""
    visits = visits_of(rows)
    start, booked = (rows[name].cast(pl.Int64).to_numpy() for name in ("start_at", "booked_at"))
    limit = rows.tenant_values("late_cancel_hours").to_numpy() * HOUR
    share = rows.below(1000, column)
    late = np.maximum(start - limit // 1000 * (50 + share * 9 // 10), booked + (start - booked) // 2)
    in_time = booked + (start - limit - booked) // 1000 * share
    moment = in_time.copy()
    moment[visits.status == LATE_CANCELLED] = late[visits.status == LATE_CANCELLED]
    moved = visits.status == RESCHEDULED
    if moved.any():
        moment[moved] = _rescheduled_at(rows, Ids(rows.ids[moved]))
    return where(np.isin(visits.status, (CANCELLED, LATE_CANCELLED, PROVIDER_CANCELLED, RESCHEDULED)), moment)


def cancelled_by(rows: Rows, column: str) -> pl.Series:
    """Who cancelled it."""
    visits = visits_of(rows)
    return where(
        np.isin(visits.status, (CANCELLED, LATE_CANCELLED, RESCHEDULED)),
        "client",
        where(visits.status == PROVIDER_CANCELLED, "provider"),
    )


def cancel_reason(rows: Rows, column: str) -> pl.Series:
    """Why it was cancelled, as the front desk knows it."""
    return weighted_by(rows, rows["cancelled_by"], REASONS, column)


def reminder_at(rows: Rows, column: str) -> pl.Series:
    """Two days before the visit, where it was booked by then and not cancelled, and the data has not ended."""
    start, booked = (rows[name].cast(pl.Int64).to_numpy() for name in ("start_at", "booked_at"))
    moment = start - REMINDER
    cancelled = rows["cancelled_at"].cast(pl.Int64).fill_null(np.iinfo(np.int64).max).to_numpy()
    return where((moment > booked) & (moment < cancelled) & (moment < now_micros(rows.tenants)), moment)


def confirmed_at(rows: Rows, column: str) -> pl.Series:
    """Within ten hours of the reminder, by seven in ten of those who came; by all who are confirmed."""
    visits = visits_of(rows)
    booked = rows["booked_at"].cast(pl.Int64).to_numpy()
    reminded = rows["reminder_sent_at"].cast(pl.Int64)
    after = reminded.fill_null(0).to_numpy() + rows.below(600, column) * MINUTE
    came = (
        np.isin(visits.status, (COMPLETED, NO_SHOW))
        & (rows.below(10, column, "answers") < 7)
        & reminded.is_not_null().to_numpy()
    )
    so_far = booked + (now_micros(rows.tenants) - booked) // 1000 * rows.below(1000, column, "so far")
    return where(visits.status == CONFIRMED, so_far, where(came, after))


def checked_in_at(rows: Rows, column: str) -> pl.Series:
    """Up to a quarter of an hour before a completed visit begins."""
    moment = rows["start_at"].cast(pl.Int64) - pl.Series(rows.below(15, column)) * MINUTE
    return where(rows["status"] == "completed", moment)


def status_history(rows: Rows, column: str) -> pl.Series:
    """The statuses it went through, oldest first, `>` between them."""
    confirmed = where(rows["confirmed_at"].is_not_null() & (rows["status"] != "confirmed"), ">confirmed", "")
    arrived = where(rows["status"] == "completed", ">checked_in>in_session", "")
    last = where(rows["status"] == "scheduled", "", joined(">", rows["status"]))
    return joined("scheduled", confirmed, arrived, last)


def internal_note(rows: Rows, column: str) -> pl.Series:
    """A remark of the front desk, with the tenant's canary, for one visit in five (assumed)."""
    remark = joined(
        pl.Series(REMARKS).gather(rows.below(len(REMARKS), column)),
        rows.by_tenant(lambda tenant: f" [{canary_of(tenant)}]"),
    )
    return where(rows.below(5, column, STREAMS["remark"]) == 0, remark)
