"""Recipes for tenants, locations, providers and clients: who they are, where they live, since when they are known."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.noise import Ints
from qaseed.plan import FIRST_PLACE, WEEKS_AHEAD, WEEKS_BACK
from qaseed.practice.making import calendar
from qaseed.practice.making.quotas import client_blocks
from qaseed.recipes import joined, ordinals, padded, where
from qaseed.rows import Rows
from qaseed.safety.identifiers import NPI_SALT, UNASSIGNED_ZIP3
from qaseed.words import pool

STATE_ZONES = {
    "AZ": "America/Phoenix", "WA": "America/Los_Angeles", "MD": "America/New_York", "TX": "America/Chicago",
    "NM": "America/Denver", "CA": "America/Los_Angeles", "FL": "America/New_York", "MN": "America/Chicago",
    "AL": "America/Chicago", "IA": "America/Chicago", "IL": "America/Chicago", "KS": "America/Chicago",
    "KY": "America/New_York", "LA": "America/Chicago", "MO": "America/Chicago", "NE": "America/Chicago",
    "NV": "America/Los_Angeles", "OK": "America/Chicago", "WI": "America/Chicago",
}  # fmt: skip
"""States with an unassigned ZIP prefix, and the zone that most of each keeps; tenants take them in this order."""

AGES = {
    (5, 11): 5,
    (12, 17): 10,
    (18, 25): 16,
    (26, 34): 19,
    (35, 44): 18,
    (45, 54): 13,
    (55, 64): 10,
    (65, 74): 6,
    (75, 95): 3,
}
"""Age bands at as_of, in percent (NCHS 2021 and NHIS 2024 for minors, the rest assumed)."""
PROVIDER_TYPES = {
    "LCSW": "social_worker", "LPC": "counselor", "LMFT": "family_therapist", "PsyD": "psychologist",
    "PhD": "psychologist", "PMHNP": "nurse_practitioner", "MD": "psychiatrist",
}  # fmt: skip
PRESCRIBERS = ("PMHNP", "MD")
COPAYS = {
    "commercial": (2000, 2500, 3000, 4000),
    "medicaid": (100, 200, 300, 400),
    "medicare": (2000, 2500),
    "other": (2500,),
}
"""What a client pays of an insured visit, in cents, by payer."""
NEW = 45
"""Percent of clients who were registered within the window (assumed)."""
INACTIVE_AFTER_DAYS = 180

_EPOCH = dt.date(1970, 1, 1)
_DAY = 24 * 60
_YEAR = 365.25


def days_of(when: dt.date) -> int:
    """A date as days since 1970."""
    return (when - _EPOCH).days


def now_micros(rows: Rows) -> int:
    """The moment at which the data ends: as_of at 10:00 UTC, night in every zone of the United States."""
    return (days_of(rows.tenant.as_of) * _DAY + 600) * 60_000_000


def state(rows: Rows, column: str) -> pl.Series:
    """The tenant's state, for everybody and everything in it."""
    return pl.repeat(tuple(STATE_ZONES)[(rows.tenant.number - 1) % len(STATE_ZONES)], len(rows), eager=True)


def timezone(rows: Rows, column: str) -> pl.Series:
    """The IANA zone of the tenant's state."""
    return pl.repeat(STATE_ZONES[state(rows, column)[0]] if len(rows) else "", len(rows), eager=True)


def opened_on(rows: Rows, column: str) -> Ints:
    """Six to fifteen years before as_of, so before everybody's first day."""
    return days_of(rows.tenant.as_of) - 2200 - rows.below(3200, column)


def practice_name(rows: Rows, column: str) -> pl.Series:
    """An invented town and what the practice does there."""
    kinds = pl.Series(["Behavioral Health", "Counseling Group", "Psychotherapy Associates", "Wellness Practice"])
    return joined(_word(rows, "city", column, "town"), " ", kinds.gather(rows.below(len(kinds), column, "kind")))


def site_name(rows: Rows, column: str) -> pl.Series:
    """An invented street and the word Office."""
    return joined(_word(rows, "street", column), " Office")


def site_code(rows: Rows, column: str) -> pl.Series:
    """`L01` and so on, unique in the tenant."""
    return joined("L", padded(ordinals(rows), 2))


def reference(rows: Rows, column: str) -> pl.Series:
    """`QA-CLI-001-000042`: entity, tenant, count; findable in every log and dump."""
    return joined(f"QA-{rows.entity.name[:3].upper()}-{rows.tenant.number:03d}-", padded(ordinals(rows), 6))


def mrn(rows: Rows, column: str) -> pl.Series:
    """The medical record number, with the tenant inside."""
    return joined(f"QA-{rows.tenant.number:03d}-", padded(ordinals(rows), 8))


def chart_no(rows: Rows, column: str) -> pl.Series:
    """The chart number, counted in each tenant from 1: equal numbers in two tenants are meant to be."""
    return joined("QC-", padded(ordinals(rows), 6))


def credential_ref(rows: Rows, column: str) -> pl.Series:
    """A reference to the provider's professional licence, of no real form."""
    return joined("QA-CR-", padded(ordinals(rows), 6))


def npi(rows: Rows, column: str) -> pl.Series:
    """Ten digits that begin with 2, with a right check digit; unique in the tenant below 10^8 providers."""
    body = (ordinals(rows) * 73_939_133 + rows.tenant.number * 1_000_003) % 100_000_000
    return joined("2", _checked(padded(body, 8), 9, NPI_SALT, lead=2))


def member_id(rows: Rows, column: str) -> pl.Series:
    """QAM, nine digits and a check digit; null for clients who pay themselves."""
    body = (ordinals(rows) * 73_939_133 + rows.tenant.number * 1_000_003) % 1_000_000_000
    made = joined("QAM", _checked(padded(body, 9), 9, 0))
    return where(rows["payer_code"] != "self_pay", made)


def _checked(body: pl.Series, digits: int, salt: int, lead: int | None = None) -> pl.Series:
    """The digits of `body` and their Luhn check digit; `lead` is a digit that stands before them."""
    total = np.full(len(body), salt, dtype=np.int64)
    whole = pl.Series(body) if lead is None else joined(str(lead), body)
    for n in range(digits):
        digit = whole.str.slice(n, 1).cast(pl.Int64).to_numpy()
        total += np.where(n % 2 == 0, 2 * digit - 9 * (digit > 4), digit)
    return joined(body, pl.Series(-total % 10).cast(pl.String))


def given_name(rows: Rows, column: str) -> pl.Series:
    """A common given name, of the pool that goes with `sex_at_birth` where the row has one."""
    women, men = pool("first_name_f"), pool("first_name_m")
    female = rows.below(2, column, "either")
    if "sex_at_birth" in rows.entity.by_name:
        sex = rows["sex_at_birth"].to_numpy()
        female = np.where(sex == "X", female, sex == "F")
    draw = rows.bits(column)
    place = np.where(female == 1, noise.below(draw, len(women)), len(women) + noise.below(draw, len(men)))
    return pl.concat([women, men]).gather(place)


def _word(rows: Rows, pool_name: str, *stream: str) -> pl.Series:
    words = pool(pool_name)
    return words.gather(rows.below(len(words), *stream))


def pronouns(rows: Rows, column: str) -> pl.Series:
    """Those that go with the sex for nine in ten, they/them for the others (assumed)."""
    usual = rows["sex_at_birth"].replace_strict(
        {"F": "she/her", "M": "he/him", "X": "they/them"}, return_dtype=pl.String
    )
    return where(pl.Series(rows.below(100, column) < 96), usual, "they/them")


def email(rows: Rows, column: str) -> pl.Series:
    """`given.family.ordinal@example.com`: reserved by RFC 2606, unique in the tenant by the ordinal."""
    names = [rows[name].str.to_lowercase() for name in ("first_name", "last_name")]
    return joined(names[0], ".", names[1], ".", pl.Series(ordinals(rows)).cast(pl.String), "@example.com")


def phone(rows: Rows, column: str) -> pl.Series:
    """`555-NXX-dddd`, or with area code 000 or 999: no such numbers are assigned."""
    area = pl.Series(["555", "000", "999"]).gather(noise.pick(rows.bits(column, "area"), (8, 1, 1)))
    exchange, line = 200 + rows.below(800, column, "exchange"), rows.below(10_000, column, "line")
    return joined(area, "-", padded(exchange, 3), "-", padded(line, 4))


def street(rows: Rows, column: str) -> pl.Series:
    """A number, an invented street and its kind."""
    kinds = pl.Series(["St", "Ave", "Ln", "Dr", "Rd", "Ct", "Way"])
    kind = kinds.gather(rows.below(len(kinds), column, "kind"))
    return joined(
        pl.Series(1 + rows.below(9_899, column, "number")).cast(pl.String),
        " ",
        _word(rows, "street", column),
        " ",
        kind,
    )


def zip_code(rows: Rows, column: str) -> pl.Series:
    """Five digits whose prefix no ZIP code has, among prefixes of the row's state."""
    prefixes = pl.Series(UNASSIGNED_ZIP3[rows["state"][0]] if len(rows) else ["000"])
    return joined(prefixes.gather(rows.below(len(prefixes), column)), padded(rows.below(100, column, "area"), 2))


def hire_date(rows: Rows, column: str) -> Ints:
    """After the practice opened and before the window begins."""
    opened = days_of(rows.home("opened_on"))
    return opened + rows.below(calendar.window_start(rows.tenant) - opened, column)


def primary_location(rows: Rows, column: str) -> Ints:
    """The locations in turn, so that none is without providers."""
    places = rows.tenant.places("location")
    return rows.tenant.ids(places[(ordinals(rows) - 1) % max(len(places), 1)]) if len(places) else rows.places


def own_provider(rows: Rows, column: str) -> Ints:
    """The provider in whose block the client stands."""
    load, at = _load(rows)
    return rows.tenant.ids(FIRST_PLACE + load.provider[at])


def _load(rows: Rows) -> tuple[calendar.Caseload, Ints]:
    lo, hi = calendar.providers_of(client_blocks(rows.tenant), rows.places)
    load = calendar.caseload(rows.tenant, lo, hi)
    return load, load.at(rows.tenant, rows.places)


def is_new(rows: Rows) -> Any:
    """Whether each client was registered within the window."""
    return rows.below(100, "intake_date", "new") < NEW


def dob(rows: Rows, column: str) -> Ints:
    """By age bands at as_of, any day of the year equally likely."""
    ages = np.array(list(AGES))
    low, high = ages[noise.pick(rows.bits(column, "band"), list(AGES.values()))].T
    first, last = np.ceil(low * _YEAR).astype(np.int64), ((high + 1) * _YEAR).astype(np.int64) - 1
    age: Ints = first + rows.below(last - first, column)
    return days_of(rows.tenant.as_of) - age


def intake_date(rows: Rows, column: str) -> Ints:
    """New clients: up to two weeks before their first visit; the others: in the four years before the window."""
    load, at = _load(rows)
    start = calendar.window_start(rows.tenant)
    week = np.where(load.past[at] + load.future[at] > 0, load.first_week[at], WEEKS_BACK + WEEKS_AHEAD)
    latest = np.minimum(start + 7 * week, days_of(rows.tenant.as_of) - 1)
    return np.where(is_new(rows), latest - rows.below(15, column, "lead"), start - 15 - rows.below(1400, column))


def last_visit(rows: Rows) -> Ints:
    """The last day of the week of each client's last past visit; 0 without one."""
    load, at = _load(rows)
    return np.where(load.past[at] > 0, calendar.window_start(rows.tenant) + 7 * load.past_last[at] + 6, 0)


def client_status(rows: Rows, column: str) -> pl.Series:
    """Active with a visit booked or within half a year; else on the waitlist, discharged or inactive."""
    load, at = _load(rows)
    recent = last_visit(rows) >= days_of(rows.tenant.as_of) - INACTIVE_AFTER_DAYS
    seen = load.past[at] > 0
    lapsed = np.where(rows.below(100, column) < 60, "discharged", "inactive")
    idle = np.where(seen, lapsed, np.where(is_new(rows), "waitlist", "inactive"))
    return pl.Series(np.where(recent | (load.future[at] > 0), "active", idle))


def discharge_date(rows: Rows, column: str) -> pl.Series:
    """Two to eight weeks after the last visit, for the discharged."""
    return where(rows["status"] == "discharged", pl.Series(last_visit(rows) + 14 + rows.below(43, column)))


def copay(rows: Rows, column: str) -> pl.Series:
    """What the client pays of an insured visit; null for clients who pay all."""
    draw = rows.bits(column)
    amount = np.zeros(len(rows), dtype=np.int64)
    for payer, amounts in COPAYS.items():
        chosen = (rows["payer_code"] == payer).to_numpy()
        amount[chosen] = np.array(amounts)[noise.below(draw[chosen], len(amounts))]
    return where(rows["payer_code"] != "self_pay", pl.Series(amount))


def morning_of(rows: Rows, column: str, day: str) -> Ints:
    """Some time between 9 and 17 h local on the date in another column."""
    days = rows[day].cast(pl.Int32).cast(pl.Int64).to_numpy()
    return calendar.utc_micros(rows.home("timezone"), days, 540 + rows.below(480, column))


def opening(rows: Rows, column: str) -> Ints:
    """Nine o'clock UTC on the day on which the practice opened."""
    opened = (
        rows["opened_on"] if "opened_on" in rows.entity.by_name else pl.Series([rows.home("opened_on")] * len(rows))
    )
    return (opened.cast(pl.Int32).cast(pl.Int64).to_numpy() * _DAY + 540) * 60_000_000


def updated(rows: Rows, column: str) -> Ints:
    """Some time between `created_at` and the end of the data."""
    created = rows["created_at"].cast(pl.Int64).to_numpy()
    return created + (now_micros(rows) - created) // 1000 * rows.below(1000, column)
