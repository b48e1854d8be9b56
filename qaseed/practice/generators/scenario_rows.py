"""Rows of scenarios: what calendar, notes and ledger say of reserved slots, for the same recipes as all rows.

An override whose name begins with `at_` says where a row belongs: `at_client`, `at_visit`, `at_charge` are slots;
`at_week`, `at_weekday`, `at_minute` a time, weeks counted from that of as_of; `at_on` a day of the calendar (`gap`,
`fold`, `month_end`, `year_end`, `leap_day`); `at_zone` the zone of its site, where it is not that of the practice.
"""

from __future__ import annotations

import datetime as dt
from calendar import isleap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.integers import Days, Ids, Ints, Micros, Minutes, Slots
from qaseed.plan import WEEKS_BACK, Tenant
from qaseed.practice.generators.arrays import Clients, Entries, Notes, Visits
from qaseed.practice.generators.clock import clock_change, days_of, desk_day, era_start, holidays, zone_of
from qaseed.practice.generators.courses import ALONE, FEE, PAID
from qaseed.practice.generators.outcomes import MODALITIES, PROVIDER_CANCELLED, STATUSES
from qaseed.practice.generators.services import CODES
from qaseed.recipes import joined
from qaseed.rows import Rows

POSITION_KEYS = (
    "at_before",
    "at_charge",
    "at_claim",
    "at_client",
    "at_days",
    "at_group",
    "at_lead",
    "at_minute",
    "at_new",
    "at_on",
    "at_provider",
    "at_series",
    "at_visit",
    "at_week",
    "at_weekday",
    "at_zone",
)
"""All overrides that say where a row belongs; the model rejects others."""
WEEKLY_SLOTS, FIRST_HOUR, MOVED_HOURS = 30, 8, 7
"""Clients of scenarios have 30 weekly slots, five days of six hours; holidays move visits by hours and a day."""
FIRST_OWN_WEEKLY_SLOT, FIRST_ANNEX_PROVIDER = 256, 8
"""From this client slot on, each client has a weekly slot of its own, with a therapist at this provider slot or above.
"""

Overrides = Mapping[str, Any]

_EPOCH = dt.date(1970, 1, 1).toordinal()


def _overrides(tenant: Tenant, entity: str, slots: Slots) -> list[Overrides]:
    return [tenant.overrides[entity][slot] for slot in slots.tolist()]


def _integers(overrides: Sequence[Overrides], name: str, default: int = -1) -> Ints:
    """An override of each row as integers, `default` where it is missing or null."""
    values = [row.get(name, default) for row in overrides]
    return np.array([default if value is None else value for value in values], dtype=np.int64)


def _slots(overrides: Sequence[Overrides], name: str, default: int = -1) -> Slots:
    return Slots(_integers(overrides, name, default))


def weekly_slot(client: int) -> tuple[int, int]:
    """The slot of the therapist of a client at a reserved slot, and the client's weekly slot with that therapist.

    The first 256 clients share a therapist and thirty weekly slots; of those at later slots no two share both.
    """
    if client < FIRST_OWN_WEEKLY_SLOT:
        return 0, client // 8 % WEEKLY_SLOTS
    therapist, weekly = divmod(client - FIRST_OWN_WEEKLY_SLOT, WEEKLY_SLOTS)
    return FIRST_ANNEX_PROVIDER + therapist, weekly


def _providers(overrides: Sequence[Overrides], clients: Sequence[int]) -> Slots:
    """The provider of each row: of the override `at_provider`, or else the client's therapist."""
    therapists = [weekly_slot(client)[0] for client in clients]
    providers = [row.get("at_provider", own) for row, own in zip(overrides, therapists, strict=True)]
    return Slots(np.array(providers, dtype=np.int64))


def _time(tenant: Tenant, overrides: Overrides) -> tuple[int, int]:
    """The day and minute of a visit: of the calendar, or in a week at the client's weekly slot."""
    _, weekly = weekly_slot(overrides["at_client"])
    minute = overrides.get("at_minute", 60 * (FIRST_HOUR + weekly // 5))
    if "at_on" in overrides:
        day = _pinned_day(tenant, overrides["at_on"], overrides.get("at_zone", zone_of(tenant)))
        return day, minute
    weekday = overrides.get("at_weekday", weekly % 5)
    day = days_of(tenant.as_of) - tenant.as_of.weekday() + 7 * overrides["at_week"] + weekday
    if day in holidays(tenant.as_of):
        later = 0 if "at_minute" in overrides else 60 * MOVED_HOURS
        return day + (-1 if weekday == 4 else 1), minute + later
    return day, minute


def _pinned_day(tenant: Tenant, name: str, zone: str) -> int:
    """The last such day before as_of: `gap` and `fold` are those on which clocks go forward and back, where they do."""
    year_end = days_of(dt.date(tenant.as_of.year - 1, 12, 31))
    if name in ("gap", "fold"):
        change = clock_change(zone, tenant.as_of, forward=name == "gap")
        return year_end if change is None else change
    return {"year_end": year_end, "month_end": _month_end(tenant.as_of), "leap_day": _last_leap_day(tenant.as_of)}[name]


def _month_end(as_of: dt.date) -> int:
    """The last end of a month before as_of that is no holiday."""
    end = days_of(as_of.replace(day=1)) - 1
    return end if end not in holidays(as_of) else _month_end(as_of.replace(day=1) - dt.timedelta(1))


def _last_leap_day(as_of: dt.date) -> int:
    """The last 29 February before as_of."""
    year = as_of.year if (as_of.month, as_of.day) > (2, 29) else as_of.year - 1
    while not isleap(year):
        year -= 1
    return days_of(dt.date(year, 2, 29))


def visits(tenant: Tenant, slots: Slots) -> Visits:
    """The appointments at these reserved slots."""
    overrides = _overrides(tenant, "appointment", slots)
    times = [_time(tenant, row) for row in overrides]
    status = [
        PROVIDER_CANCELLED if row.get("cancelled_by") == "provider" else STATUSES.index(row.get("status", "completed"))
        for row in overrides
    ]
    modality = [MODALITIES.index(row.get("modality", "in_person")) for row in overrides]
    days, leads = np.array([day for day, _ in times], dtype=np.int64), _integers(overrides, "at_lead", 7)
    client = _slots(overrides, "at_client")
    return Visits(
        id=tenant.ids(slots),
        provider=tenant.ids(_providers(overrides, client.tolist())),
        client=tenant.ids(client),
        day=Days(days),
        minute=Minutes(np.array([minute for _, minute in times], dtype=np.int64)),
        status=np.array(status, dtype=np.int64),
        modality=np.array(modality, dtype=np.int64),
        service=np.array([CODES.index(row.get("service_code", "QA-IND60")) for row in overrides], dtype=np.int64),
        intake=np.array([row.get("appointment_type") == "intake" for row in overrides], dtype=bool),
        booked=desk_day(tenant.as_of, np.minimum(days - leads, days_of(tenant.as_of) - 1), later=False),
        every=_integers(overrides, "recurrence_weeks", 0),
        series=tenant.ids(_slots(overrides, "at_series")),
        group=tenant.ids(_slots(overrides, "at_group")),
        rescheduled_from=tenant.ids(_slots(overrides, "at_before")),
        nth=np.zeros(len(slots), dtype=np.int64),
    )


def clients(tenant: Tenant, slots: Slots) -> Clients:
    """What their appointments say of the clients at these reserved slots."""
    overrides = _overrides(tenant, "client", slots)
    booked = visits(tenant, tenant.reserved_slots("appointment"))
    now = days_of(tenant.as_of)
    own = [booked.take(booked.client == id_) for id_ in tenant.ids(slots).tolist()]
    days = [of_client.day.tolist() for of_client in own]
    past = [[day for day in of_client if day < now] for of_client in days]
    new = np.array([row.get("at_new", True) for row in overrides], dtype=bool)
    since = [min(of_client.booked.tolist(), default=now - 30) for of_client in own]
    known = now - 7 * WEEKS_BACK - 30 - slots
    return Clients(
        provider=tenant.ids(_providers(overrides, slots.tolist())),
        past=np.array([len(of_client) for of_client in past], dtype=np.int64),
        future=np.array([len(all_) - len(gone) for all_, gone in zip(days, past, strict=True)], dtype=np.int64),
        first_day=Days(np.array([min(of_client, default=now - 1) for of_client in days], dtype=np.int64)),
        last_day=Days(np.array([max(of_client, default=0) for of_client in past], dtype=np.int64)),
        registered=desk_day(tenant.as_of, np.where(new, np.array(since, dtype=np.int64), known), later=False),
        new=new,
    )


def _visited(tenant: Tenant, overrides: Sequence[Overrides]) -> list[Overrides]:
    """For each row the overrides of the visit that it belongs to, or its own without one."""
    booked = tenant.overrides.get("appointment", {})
    return [
        booked.get(visit, row) for visit, row in zip(_slots(overrides, "at_visit").tolist(), overrides, strict=True)
    ]


def notes(tenant: Tenant, slots: Slots) -> Notes:
    """What the notes at these reserved slots are about."""
    overrides = _overrides(tenant, "note", slots)
    about = _visited(tenant, overrides)
    client = _slots(about, "at_client")
    return Notes(
        provider=tenant.ids(_providers(about, client.tolist())),
        client=tenant.ids(client),
        visit=tenant.ids(_slots(overrides, "at_visit")),
        since=Days(np.full(len(slots), -1)),
        ahead=np.full(len(slots), -1),
        first=np.ones(len(slots), dtype=bool),
        checks=np.zeros(len(slots), dtype=bool),
        hurried=np.zeros(len(slots), dtype=bool),
    )


def entries(tenant: Tenant, slots: Slots) -> Entries:
    """What the ledger entries at these reserved slots settle."""
    overrides = _overrides(tenant, "ledger_entry", slots)
    charges = np.array([row.get("entry_type") in ("charge", "fee") for row in overrides], dtype=bool)
    course = [FEE if row.get("entry_type") == "fee" else PAID if row.get("at_claim") else ALONE for row in overrides]
    none = np.full(len(slots), -1)
    about = _visited(tenant, overrides)
    return Entries(
        visit=tenant.ids(_slots(overrides, "at_visit")),
        client=tenant.ids(_slots(about, "at_client")),
        service=np.array([CODES.index(row.get("service_code", "QA-IND60")) for row in about], dtype=np.int64),
        charge=tenant.ids(Slots(np.where(charges, slots, _slots(overrides, "at_charge")))),
        nth=np.where(charges, 0, 1),
        step=none,
        course=np.array(course, dtype=np.int64),
        state=np.zeros(len(slots), dtype=np.int64),
        deductible=np.zeros(len(slots), dtype=np.int64),
        second=np.zeros(len(slots), dtype=np.int64),
        posted=Micros(none),
        entered=Micros(_integers(overrides, "at_days", 0)),
        changed=Micros(none),
    )


def years_before(rows: Rows, column: str, years: int, days: int = 0) -> pl.Series:
    """The date so many years before as_of (28 February for 29), and days after that."""
    return pl.Series([_years_before(rows.tenants.as_of, years) + dt.timedelta(days)] * len(rows))


def years_before_visit(rows: Rows, column: str, years: int, visit: int) -> pl.Series:
    """The date so many years before the local day of a visit, so that it is a birthday."""
    start = rows.others("appointment", rows.at_slots(visit))["start_local"]
    return pl.Series([_years_before(dt.date.fromisoformat(day[:10]), years) for day in start.to_list()])


def leap_day(rows: Rows, column: str, years: int) -> pl.Series:
    """The last 29 February at least so many years before as_of."""
    year = rows.tenants.as_of.year - years
    while not isleap(year):
        year -= 1
    return pl.Series([dt.date(year, 2, 29)] * len(rows))


def days_before(rows: Rows, column: str, days: int) -> pl.Series:
    """The date so many days before as_of."""
    return pl.Series([rows.tenants.as_of - dt.timedelta(days)] * len(rows))


def day_before_era(rows: Rows, column: str, years: int, day: str) -> pl.Series:
    """A day of the calendar such as `03-04`, in the year so many years before the first one of the era."""
    year = dt.date.fromordinal(_EPOCH + era_start(rows.tenants)).year - years
    return pl.Series([dt.date.fromisoformat(f"{year}-{day}")] * len(rows))


def born_as_adult(rows: Rows, column: str) -> Days:
    """A day on which somebody is born who is in the thirties or forties when the era begins."""
    return Days(era_start(rows.tenants) - 30 * 366 - rows.below(19 * 365, column, "adult"))


def of_other(rows: Rows, column: str, slot: int) -> pl.Series:
    """What the row at another slot has in the same column."""
    return rows.others(rows.entity.name, rows.at_slots(slot))[column]


def name_of(rows: Rows, column: str, slot: int) -> pl.Series:
    """The full name of the client at another slot."""
    client = rows.others("client", rows.at_slots(slot))
    return joined(client["first_name"], " ", client["last_name"])


def before_leap_day(rows: Rows, column: str, days: int) -> pl.Series:
    """So many days before the last 29 February before as_of."""
    return pl.Series(np.full(len(rows), _last_leap_day(rows.tenants.as_of) - days)).cast(pl.Int32).cast(pl.Date)


def after_opening(rows: Rows, column: str, days: int) -> pl.Series:
    """So many days after the practice opened, which is six years before the era or earlier."""
    return rows.tenant_values("opened_on").dt.offset_by(f"{days}d")


def minutes_after(rows: Rows, column: str, of: str, minutes: int) -> pl.Series:
    """The moment so many minutes after another column of the row."""
    return rows[of] + dt.timedelta(minutes=minutes)


def row_at(rows: Rows, column: str, slot: int) -> Ids:
    """The id of the row at a slot of the same tenant."""
    return rows.at_slots(slot)


def rooms_of_annex(rows: Rows, column: str) -> Ints:
    """As many rooms as providers can have there: ordinary ones and all at reserved slots have a room each."""
    return rows.of_tenants(rows.tenants.counts("provider")) + 2 * FIRST_ORDINARY_SLOT


def _years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def moment_before(rows: Rows, column: str, days: int) -> pl.Series:
    """Noon UTC, so many days before as_of."""
    day = rows.tenants.as_of - dt.timedelta(days)
    return pl.Series([dt.datetime.combine(day, dt.time(12), dt.UTC)] * len(rows))


def percent_off_charge(rows: Rows, column: str, percent: int) -> pl.Series:
    """So many percent of the charge that the entry settles, as an amount taken off."""
    return -(rows.lookup("charge_id", "amount_cents") * percent // 100)


def repeated(rows: Rows, column: str, sentence: str, length: int) -> pl.Series:
    """A sentence again and again, up to a length."""
    return pl.Series([(sentence * (length // len(sentence) + 1))[:length]] * len(rows))


def first_name_and(rows: Rows, column: str, suffix: str) -> pl.Series:
    """The client's first name, and the suffix after it."""
    return pl.select(pl.concat_str(pl.lit(rows.lookup("client_id", "first_name")), pl.lit(suffix))).to_series()
