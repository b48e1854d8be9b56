"""Recipes for appointments: the calendar's visits as columns, and when each was booked, confirmed or cancelled."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.compatibility import STREAMS
from qaseed.integers import Days, Ids, Ints, Micros, Minutes
from qaseed.plan import slot_of
from qaseed.practice.generators import services
from qaseed.practice.generators.calendar import visits_of
from qaseed.practice.generators.clock import (
    DESK_MINUTES,
    DESK_OPENS,
    HOUR,
    MINUTE,
    days_of,
    desk_day,
    desk_day_between,
    local_times,
    now_micros,
    now_of,
    seconds,
    utc_micros,
    zones_of,
)
from qaseed.practice.generators.outcomes import (
    CANCELLED,
    CHECKED_IN,
    COMPLETED,
    CONFIRMED,
    IN_SESSION,
    LATE_CANCELLED,
    MODALITIES,
    NO_SHOW,
    PROVIDER_CANCELLED,
    RESCHEDULED,
    STATUSES,
    arrival_minutes,
    day_bits,
)
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.people import RETIRED, age, weighted_by
from qaseed.practice.generators.sites import canary_of, open_sites
from qaseed.recipes import joined, where
from qaseed.rows import Rows, take

REASONS = {
    "client": {
        "illness": 34,
        "work_conflict": 26,
        "transportation": 14,
        "childcare": 10,
        "feeling_better": 6,
        "other": 10,
    },
    "minor": {"illness": 46, "work_conflict": 12, "transportation": 18, "feeling_better": 6, "other": 18},
    "old": {"illness": 50, "transportation": 26, "feeling_better": 6, "other": 18},
    "provider": {"provider_illness": 55, "provider_leave": 30, "emergency": 15},
}
"""Why visits are cancelled, in percent, by clients, minors (whose guardians work), the old, and providers (assumed)."""
SUDDEN = ("provider_illness", "emergency")
"""Reasons of providers that nobody knows of days before."""
SHORT_NOTICE, NOTICE_DAYS = ("illness", "transportation", "childcare"), 2
"""Reasons of clients that are known shortly before a visit, and within how many days before the limit (assumed)."""
REMARKS = (
    "Prefers a reminder by text.",
    "Ask for the updated intake packet.",
    "Copay collected at check-in last time.",
    "Running late twice this month; allow five minutes.",
    "Parking instructions sent.",
    "Confirm telehealth link before the visit.",
)
EVENTS = ("booked_at", "reminder_sent_at", "confirmed_at", "checked_in_at", "missed_at", "cancelled_at")
"""Columns of what happens to a visit before its end."""
REMINDER = 48 * HOUR
ANSWERS = (74, 40)
"""Percent of the reminded who confirm, of those who come and of those who do not (assumed)."""
_TIMES = pl.Series([f"T{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)])
EARLIEST_CALL, LATEST_ANSWER = 6 * 60 + 30, 21 * 60 + 30
"""Local minutes from which clients call off a visit of that day, and until which they answer a reminder."""


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


def appointment_type(rows: Rows, column: str) -> pl.Series:
    """Intakes until one is completed; then what the service says.

    Families are couples for a third of the adults, but the widowed.
    """
    visits = visits_of(rows)
    together = noise.below(row_bits(rows.tenants, "client", visits.client, "couple"), 3) == 0
    kind = pl.Series(services.KINDS).gather(visits.service)
    family = (kind == "family").to_numpy()
    if not family.any():
        return kind
    adult = age(rows.lookup("client_id", "dob"), rows.lookup("client_id", "intake_date")) >= 18
    partnered = (rows.lookup("client_id", "marital_status") != "widowed").to_numpy()
    return where(family & adult & together & partnered, "couple", kind)


def service_code(rows: Rows, column: str) -> pl.Series:
    """What is to be done, in codes of our own."""
    return pl.Series(services.CODES).gather(visits_of(rows).service)


def duration_min(rows: Rows, column: str) -> Ints:
    """How long the service takes."""
    return services.of_service(rows["service_code"], 0)


def start_at(rows: Rows, column: str) -> Micros:
    """The visit's wall time in the practice's zone, as a moment."""
    visits = visits_of(rows)
    return utc_micros(zones_of(rows), visits.day, visits.minute)


def start_local(rows: Rows, column: str) -> pl.Series:
    """The wall time at the location, `2026-03-09T14:30`."""
    visits = visits_of(rows)
    first, last = (visits.day.min(), visits.day.max()) if len(rows) else (0, 0)
    days = pl.Series(np.arange(first, last + 1)).cast(pl.Int32).cast(pl.Date).cast(pl.String)
    return joined(take(days, visits.day - first), take(_TIMES, visits.minute))


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
    remote = where(rows.below(10, column) == 0, "02", "10")
    return where(rows["modality"] == "in_person", "11", remote)


def room(rows: Rows, column: str) -> pl.Series:
    """The provider's own room of the site, for visits in person."""
    sites, providers = (rows.of_tenants(many) for many in (open_sites(rows.tenants), rows.tenants.counts("provider")))
    slot = slot_of(visits_of(rows).provider)
    own = providers // sites + 2
    number = np.where(slot < FIRST_ORDINARY_SLOT, own + slot, slot // sites % own) + 1
    return where(rows["modality"] == "in_person", joined("Room ", pl.Series(number).cast(pl.String)))


def telehealth_url(rows: Rows, column: str) -> pl.Series:
    """A link at a reserved host, for visits by video."""
    by_video = where(rows["modality"] == "video", rows.ids)
    return joined(rows.by_tenant(lambda tenant: f"https://video.example.com/{tenant.slug}/"), by_video.cast(pl.String))


def _notice(rows: Rows) -> Ints:
    """Days before a visit on which it is called off in time, at whatever hour."""
    days: Ints = 1 - (-rows.tenant_values("late_cancel_hours").to_numpy() // 24)
    return days


def _rescheduled_at(rows: Rows, ids: Ids) -> Micros:
    """When these visits were rescheduled: in time, while the desk was open."""
    moved = rows.others("appointment", ids)
    day = desk_day(rows.tenants.as_of, visits_of(moved).day - _notice(moved), later=False)
    moment = utc_micros(zones_of(moved), day, _desk_minute(moved, "cancelled_at", "moved"))
    return Micros(moment + seconds(moved, "cancelled_at"))


def _desk_minute(rows: Rows, *stream: str) -> Minutes:
    return Minutes(DESK_OPENS + rows.below(DESK_MINUTES, *stream))


def booked_at(rows: Rows, column: str) -> Micros:
    """While the desk was open, right after a new client was registered; or when the visit before was moved to this."""
    visits, zone = visits_of(rows), zones_of(rows)
    booked = utc_micros(zone, visits.booked, _desk_minute(rows, column, "minute")) + seconds(rows, column)
    registered = rows.lookup("client_id", "intake_date").cast(pl.Int32).cast(pl.Int64).to_numpy() == visits.booked
    if registered.any():
        booked[registered] = rows.lookup("client_id", "created_at").cast(pl.Int64).to_numpy()[registered] + 5 * MINUTE
    successors = np.flatnonzero(visits.rescheduled_from >= 0)
    if len(successors):
        moved, index = np.unique(visits.rescheduled_from[successors], return_inverse=True)
        booked[successors] = _rescheduled_at(rows, Ids(moved))[index]
    return Micros(booked)


def cancelled_at(rows: Rows, column: str) -> pl.Series:
    """After the booking; in time or late as the status says, by the tenant's limit in hours; late by ill providers."""
    visits = visits_of(rows)
    moment = np.zeros(len(rows), dtype=np.int64)
    off = np.isin(visits.status, (CANCELLED, LATE_CANCELLED, PROVIDER_CANCELLED, RESCHEDULED))
    sudden = rows["cancel_reason"].is_in(SUDDEN).fill_null(value=False).to_numpy() & (visits.booked < visits.day)
    late, moved = (visits.status == LATE_CANCELLED) | sudden, visits.status == RESCHEDULED
    for some, when in ((late, _cancelled_late), (off & ~late & ~moved, _cancelled_in_time)):
        if some.any():
            moment[some] = (when(rows, column) + seconds(rows, column))[some]
    if moved.any():
        moment[moved] = _rescheduled_at(rows, Ids(rows.ids[moved]))
    return where(off, moment)


def _cancelled_in_time(rows: Rows, column: str) -> Micros:
    """While the desk was open, between the booking and the limit: soon before the limit for reasons that come suddenly.

    Some of these call on the last day before the limit, at an hour before that of the visit.
    """
    visits, zone, as_of = visits_of(rows), zones_of(rows), rows.tenants.as_of
    booked, minute = local_times(zone, rows["booked_at"].cast(pl.Int64).to_numpy())
    last = np.minimum(visits.day - _notice(rows), days_of(as_of) - 1)
    short = rows["cancel_reason"].is_in(SHORT_NOTICE).fill_null(value=False).to_numpy()
    first = np.where(short, np.maximum(booked + 1, last - NOTICE_DAYS), booked + 1)
    day = desk_day_between(as_of, first, last, rows.below(1 << 20, column, "day"))
    day = Days(np.where(day > last, booked, day))
    called = _after(rows, day, booked, minute, column)
    room = np.minimum(visits.minute - 10, DESK_OPENS + DESK_MINUTES) - DESK_OPENS
    later = Days(last + 1)
    at_limit = short & (room > 0) & (later > booked) & (later < days_of(as_of))
    at_limit &= (desk_day(as_of, later, later=False) == later) & (rows.below(2, column, "limit") == 0)
    before = DESK_OPENS + (np.maximum(room, 1) * rows.below(1 << 20, column, "hour") >> 20)
    return utc_micros(zone, Days(np.where(at_limit, later, day)), Minutes(np.where(at_limit, before, called)))


def _after(rows: Rows, day: Days, since: Days, minute: Minutes, *stream: str) -> Minutes:
    """A minute at which the desk is open; on the day `since` one after that minute."""
    left = np.maximum(DESK_OPENS + DESK_MINUTES + 30 - minute, 2)
    rest = minute + 1 + (left * rows.below(1 << 20, *stream, "rest") >> 20)
    return Minutes(np.where(day == since, rest, _desk_minute(rows, *stream)))


def _cancelled_late(rows: Rows, column: str) -> Micros:
    """On the morning of the visit at half past six or later, or the day before while the desk was open."""
    visits, as_of = visits_of(rows), rows.tenants.as_of
    lot = rows.below(1 << 20, column)
    room = visits.minute - 15 - EARLIEST_CALL
    same = visits.minute - 15 - (room * lot >> 20)
    first = np.maximum(DESK_OPENS, visits.minute + 10)
    left = DESK_OPENS + DESK_MINUTES - first
    before = visits.day - 1
    earlier = (left > 0) & (before > visits.booked) & (desk_day(as_of, before, later=False) == before)
    earlier &= rows.below(10, column, "before") < 4
    minute = np.where(earlier, first + (np.maximum(left, 1) * lot >> 20), same)
    return utc_micros(zones_of(rows), Days(visits.day - earlier), Minutes(minute))


def missed_at(rows: Rows, column: str) -> pl.Series:
    """A quarter of an hour after a missed visit should have begun, or up to twenty minutes later."""
    wait = (15 + rows.below(20, column)) * MINUTE + seconds(rows, column)
    missed = rows["start_at"].cast(pl.Int64) + pl.Series(wait)
    return where(rows["status"] == "no_show", missed)


def cancelled_by(rows: Rows, column: str) -> pl.Series:
    """Who cancelled it."""
    visits = visits_of(rows)
    return where(
        np.isin(visits.status, (CANCELLED, LATE_CANCELLED, RESCHEDULED)),
        "client",
        where(visits.status == PROVIDER_CANCELLED, "provider"),
    )


def cancel_reason(rows: Rows, column: str) -> pl.Series:
    """Why it was cancelled, as the front desk knows it: not because of work by the old, or of children by minors.

    The provider has one reason for all visits of a day.
    """
    visits, by = visits_of(rows), rows["cancelled_by"]
    called_off = np.flatnonzero((by == "client").fill_null(value=False).to_numpy())
    born = rows.lookup("client_id", "dob").cast(pl.Int32).cast(pl.Int64).gather(called_off).to_numpy()
    years = (visits.day[called_off] - born) // 365.2425
    who = pl.Series(["minor", "client", "old"]).gather(np.searchsorted((18, RETIRED), years, side="right"))
    reasons = weighted_by(rows, by.clone().scatter(called_off, who), REASONS, column)
    absent = np.flatnonzero((by == "provider").fill_null(value=False).to_numpy())
    bits = day_bits(rows.tenants, Ids(visits.provider[absent]), Days(visits.day[absent]), column)
    own = REASONS["provider"]
    return reasons.scatter(absent, pl.Series(tuple(own)).gather(noise.pick(bits, tuple(own.values()))))


def reminder_at(rows: Rows, column: str) -> pl.Series:
    """Two days before the visit, where it was booked by then and not cancelled, to those who may be contacted."""
    start, booked = (rows[name].cast(pl.Int64).to_numpy() for name in ("start_at", "booked_at"))
    moment = start - REMINDER + seconds(rows, column)
    cancelled = rows["cancelled_at"].cast(pl.Int64).fill_null(np.iinfo(np.int64).max).to_numpy()
    ways = [rows.lookup("client_id", name).to_numpy() for name in ("sms_ok", "email_ok", "voice_ok")]
    due = (moment > booked) & (moment < cancelled) & (moment < now_micros(rows.tenants))
    return where(due & np.any(ways, axis=0), moment)


def confirmed_at(rows: Rows, column: str) -> pl.Series:
    """The evening after the reminder at the latest, by most of those who came; by all who are confirmed."""
    visits, zone, as_of = visits_of(rows), zones_of(rows), rows.tenants.as_of
    reminded = rows["reminder_sent_at"].cast(pl.Int64)
    wait = 1 + (np.maximum(LATEST_ANSWER - visits.minute, 1) * rows.below(1 << 20, column) >> 20)
    after = reminded.fill_null(0).to_numpy() + wait * MINUTE
    answered = reminded.is_not_null().to_numpy() & (after < now_of(rows))
    answers = np.select([visits.status == COMPLETED, visits.status == NO_SHOW], ANSWERS, 0)
    came = answered & (rows.below(100, column, "answers") < answers)
    confirmed = np.isin(visits.status, (CONFIRMED, CHECKED_IN, IN_SESSION))
    if (confirmed & ~answered).any():
        booked, minute = local_times(zone, rows["booked_at"].cast(pl.Int64).to_numpy())
        day = desk_day_between(as_of, booked, days_of(as_of) - 1, rows.below(1 << 20, column, "day"))
        asked = utc_micros(zone, day, _after(rows, day, booked, minute, column, "asked"))
        after = np.where(answered, after, asked + seconds(rows, column))
    return where(came | confirmed, after)


def checked_in_at(rows: Rows, column: str) -> pl.Series:
    """Some minutes before the visit begins, or a few after it, by those who came: in time for the minutes it takes."""
    visits = visits_of(rows)
    needed, _ = services.bands_of(visits.service)
    least = np.where(visits.group >= 0, 1, np.maximum(needed, 1)) - rows["duration_min"].to_numpy()
    early = pl.Series(np.maximum(arrival_minutes(rows.tenants, rows.ids, visits.modality), least)) * MINUTE
    came = rows["status"].is_in(["completed", "checked_in", "in_session"])
    return where(came, rows["start_at"].cast(pl.Int64) - early - pl.Series(seconds(rows, column)))


def status_history(rows: Rows, column: str) -> pl.Series:
    """The statuses it went through, oldest first, `>` between them."""
    statuses = rows.entity.column("status").choices
    histories = pl.Series([_history(str(status), confirmed) for status in statuses for confirmed in (False, True)])
    return take(histories, 2 * rows.codes("status") + rows["confirmed_at"].is_not_null().to_numpy())


def _history(status: str, confirmed: bool) -> str:
    before = {"completed": ("checked_in", "in_session"), "in_session": ("checked_in",)}.get(status, ())
    steps = ("scheduled", *(("confirmed",) if confirmed else ()), *before, status)
    return ">".join(dict.fromkeys(steps))


def internal_note(rows: Rows, column: str) -> pl.Series:
    """A remark of the front desk, with the tenant's canary, for one visit in five (assumed)."""
    remark = joined(
        pl.Series(REMARKS).gather(rows.below(len(REMARKS), column)),
        rows.by_tenant(lambda tenant: f" [{canary_of(tenant)}]"),
    )
    return where(rows.below(5, column, STREAMS["remark"]) == 0, remark)
