"""Recipes for tenants, locations, providers and clients: who they are, where they live, since when they are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.integers import Days, Ids, Ints, Micros, Minutes, Slots
from qaseed.plan import WEEKS_BACK
from qaseed.practice import shares
from qaseed.practice.generators import traits
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.clock import (
    days_of,
    desk_day,
    era_start,
    month_start,
    reference_day,
    seconds,
    utc_micros,
    zones_of,
)
from qaseed.practice.generators.coverage import earliest, month_index, plan_year_month
from qaseed.practice.generators.episodes import INACTIVE_AFTER_DAYS, died_on, discharged
from qaseed.practice.generators.registration import clients_of
from qaseed.practice.generators.sites import open_sites
from qaseed.recipes import where
from qaseed.rows import Rows

COPAYS = {
    "commercial": (2000, 2500, 3000, 4000),
    "medicaid": (100, 200, 300, 400),
    "medicare": (2000, 2500),
    "other": (2500,),
}
"""What a client pays of an insured visit, in cents, by payer."""
WITHOUT_COPAY = ("original", "workers_comp")
"""Plans without a copay: Medicare's own has coinsurance (42 CFR 410.152); work accidents cost the injured nothing."""
PLANS = {
    "commercial": {"ppo": 50, "hmo": 30, "epo": 12, "pos": 8},
    "medicaid": {"managed_medicaid": 80, "fee_for_service": 20},
    "medicare": {"original": 55, "advantage": 45},
    "other": {"military": 60, "workers_comp": 40},
}
"""Kinds of plan by payer, in percent (assumed)."""
GENDERS = {
    "F": {"woman": 96, "non_binary": 2, "transgender_man": 1, "declined": 1},
    "M": {"man": 96, "non_binary": 2, "transgender_woman": 1, "declined": 1},
    "X": {"non_binary": 70, "declined": 30},
}
"""Gender identity by sex at birth, in percent (assumed)."""
COLORS = ("teal", "indigo", "amber", "coral", "olive", "plum", "slate", "rose")
COVERAGE_ENDED = 20
"""Percent of the insured without visits ahead whose coverage has ended since the last one (assumed)."""
RETIRED = 68
"""Age on the reference day from which nobody calls off a visit, or is insured, because of work (assumed)."""
ADULT_THROUGHOUT = 19
"""Clients of this age on the reference day are adults at every as_of of the era."""

_YEAR = 365.25
_CALENDAR_YEAR = 366


def of_share(rows: Rows, column: str, share: str) -> pl.Series:
    """One of the parts of a share of the practice, as often as the profile says."""
    parts = shares.of(rows.tenants, share)
    return pl.Series(tuple(parts)).gather(noise.pick(rows.bits(column), tuple(parts.values())))


def weighted_by(rows: Rows, of: pl.Series, tables: Mapping[Any, Mapping[str, float]], *stream: str) -> pl.Series:
    """One of the keys of the table for each value of `of`; null where there is no table."""
    names: list[str] = []
    bits, index = rows.bits(*stream), np.full(len(rows), -1)
    for value, table in tables.items():
        of_value = (of == value).fill_null(value=False).to_numpy()
        index[of_value] = len(names) + noise.pick(bits[of_value], tuple(table.values()))
        names += table
    return pl.Series(names, dtype=pl.String).gather(where(index >= 0, index))


def pronouns(rows: Rows, column: str) -> pl.Series:
    """Pronouns by gender identity."""
    by_gender = {
        "woman": "she/her",
        "transgender_woman": "she/her",
        "man": "he/him",
        "transgender_man": "he/him",
        "non_binary": "they/them",
    }
    by_sex = rows["sex_at_birth"].replace_strict(
        {"F": "she/her", "M": "he/him", "X": "they/them"}, return_dtype=pl.String
    )
    gender = rows["gender_identity"].replace_strict(by_gender, default=None, return_dtype=pl.String)
    return where(gender.is_null(), by_sex, gender)


def gender(rows: Rows, column: str) -> pl.Series:
    """By sex at birth."""
    return weighted_by(rows, rows["sex_at_birth"], GENDERS, column)


def hire_date(rows: Rows, column: str) -> Days:
    """After the practice opened and before the window of any as_of of the era begins."""
    opened = rows.tenant_values("opened_on").cast(pl.Int32).cast(pl.Int64).to_numpy()
    day = opened + 2 + rows.below(era_start(rows.tenants) - 7 * WEEKS_BACK - opened - 2, column)
    return Days(day - np.maximum((day + 3) % 7 - 4, 0))


def primary_location(rows: Rows, column: str) -> Ids:
    """The ordinary locations that are open in rotation, so that each has providers, unless there are more.

    A practice whose only location is that of its scenarios has them there.
    """
    has_own = rows.of_tenants(rows.tenants.counts("location")) > 0
    nth = rows.slots % rows.of_tenants(open_sites(rows.tenants))
    return rows.at_slots(Slots(np.where(has_own, FIRST_ORDINARY_SLOT + nth, 0)))


def own_provider(rows: Rows, column: str) -> Ids:
    """The provider of whose caseload the client is."""
    return clients_of(rows).provider


def dob(rows: Rows, column: str) -> Days:
    """By the profile's shares of ages, the same whatever as_of of the era is."""
    return traits.born(rows.tenants, rows.ids)


def sex(rows: Rows, column: str) -> pl.Series:
    """By the profile's share for adults; girls and boys equally often."""
    parts = shares.of(rows.tenants, "sex")
    adult = pl.Series(tuple(parts)).gather(noise.pick(rows.bits(column), tuple(parts.values())))
    child = pl.Series(["F", "M"]).gather(rows.below(2, column, "child"))
    return where(reference_age(rows) >= 18, adult, child)


def reference_age(rows: Rows) -> Ints:
    """Whole years of age on the era's reference day: whatever as_of is, it is the same."""
    return rows.cached("reference age", lambda of: age_on(of, reference_day(of.tenants)))


def age_on(rows: Rows, day: Any) -> Ints:
    """Whole years of age on a day (since 1970), birthdays counted by the calendar."""
    return age(
        rows["dob"], pl.Series(np.broadcast_to(np.asarray(day, dtype=np.int64), len(rows))).cast(pl.Int32).cast(pl.Date)
    )


def age(born: pl.Series, day: pl.Series) -> Ints:
    """Whole years from one date to another, row by row."""
    return (_by_calendar(day) - _by_calendar(born)) // _CALENDAR_YEAR


def _by_calendar(dates: pl.Series) -> Ints:
    """Numbers of dates in years that begin in March, all of the same length: only a leap day is missing in others.

    Hinnant's algorithm for days of the civil calendar, which takes a third of the time of asking for month and day.
    """
    day = dates.cast(pl.Int32).to_numpy() + 719_468  # since 1 March 0
    era = day // 146_097  # of 400 years
    in_era = day - era * 146_097
    year = (in_era - in_era // 1_460 + in_era // 36_524 - in_era // 146_096) // 365
    in_year = in_era - (365 * year + year // 4 - year // 100)
    number: Ints = (400 * era + year).astype(np.int64) * _CALENDAR_YEAR + in_year
    return number


def intake_date(rows: Rows, column: str) -> Days:
    """New clients: the day on which they booked the first visit; others: before the window, from age 2."""
    load = clients_of(rows)
    born = rows["dob"].cast(pl.Int32).cast(pl.Int64).to_numpy()
    known = np.minimum(np.maximum(load.registered, born + 2 * 366), load.first_day)
    return Days(np.where(load.new, load.registered, desk_day(rows.tenants.as_of, known, later=False)))


def minor_at_intake(rows: Rows) -> Mask:
    """Whether each client was under 18 when they were registered."""
    return age_on(rows, rows["intake_date"].cast(pl.Int32).cast(pl.Int64).to_numpy()) < 18


def guarantor(rows: Rows, column: str) -> pl.Series:
    """Who pays what insurance does not: the guardian while the client is under 18."""
    return where(age_on(rows, days_of(rows.tenants.as_of)) < 18, "guardian", "self")


def interpreter(rows: Rows, column: str) -> pl.Series:
    """Needed by half of those who prefer another language than English (assumed)."""
    return pl.Series((rows["preferred_language"] != "en").to_numpy() & (rows.below(2, column) == 0))


def plan_type(rows: Rows, column: str) -> pl.Series:
    """A kind of plan of the payer; null for clients who pay themselves."""
    return at_work(weighted_by(rows, rows["payer_code"], PLANS, column), reference_age(rows))


def at_work(plans: pl.Series, years: Ints) -> pl.Series:
    """The kinds of plan; another where the client is too young or too old to be insured by work."""
    return where(
        (plans == "workers_comp") & pl.Series((years < ADULT_THROUGHOUT) | (years >= RETIRED)), "military", plans
    )


def covered_from(rows: Rows, column: str) -> pl.Series:
    """The first of a month up to two years before registration, for the insured; Medicare's not before they are 65.

    Commercial coverage begins with a year of the plan.
    """
    day = rows["intake_date"].cast(pl.Int32).cast(pl.Int64).to_numpy() - rows.below(700, column)
    born = Days(rows["dob"].cast(pl.Int32).cast(pl.Int64).to_numpy())
    first = earliest(rows.tenants, rows["payer_code"].to_numpy(), born)
    began = month_start(Days(day))
    year = month_start(began, -((month_index(began) - plan_year_month(rows.tenants, rows.ids)) % 12))
    began = Days(np.where((rows["payer_code"] == "commercial").to_numpy() & (year > born), year, began))
    return where(rows["payer_code"] != "self_pay", pl.Series(np.maximum(began, first)))


def client_status(rows: Rows, column: str) -> pl.Series:
    """Deceased; active with a visit booked or within half a year; else on the waitlist, discharged or inactive."""
    load = clients_of(rows)
    recent = load.last_day >= days_of(rows.tenants.as_of) - INACTIVE_AFTER_DAYS
    gone = discharged(rows.tenants, rows.ids, load.future > 0, load.last_day)
    idle = np.where((load.past == 0) & load.new, "waitlist", np.where(gone, "discharged", "inactive"))
    living = np.where(recent | (load.future > 0), "active", idle)
    return pl.Series(np.where(_day_of_death(rows) > 0, "deceased", living))


def _day_of_death(rows: Rows) -> Days:
    return rows.cached("death", _died_on)


def _died_on(rows: Rows) -> Days:
    load = clients_of(rows)
    return died_on(rows.tenants, rows.ids, load.provider, load.future > 0, load.last_day)


def date_of_death(rows: Rows, column: str) -> pl.Series:
    """Within two months after the last visit, for the deceased."""
    return where(rows["status"] == "deceased", pl.Series(_day_of_death(rows)))


def covered_to(rows: Rows, column: str) -> pl.Series:
    """The end of the month of death; for some whose last visit was a month ago or earlier, of a month since then."""
    load, now = clients_of(rows), days_of(rows.tenants.as_of)
    left = now - load.last_day - 30
    ended = (load.last_day > 0) & (load.future == 0) & (left > 0) & (rows.slots >= FIRST_ORDINARY_SLOT)
    ended &= rows.below(100, column, "ended") < COVERAGE_ENDED
    day = month_start(Days(load.last_day + 1 + rows.below(np.maximum(left, 1), column)), 1) - 1
    died = rows["date_of_death"].cast(pl.Int32).cast(pl.Int64).fill_null(0).to_numpy()
    of_death = Days(month_start(Days(died), 1) - 1)
    ended = np.where(died > 0, of_death < now, ended)
    day = Days(np.where(died > 0, of_death, day))
    ended &= day > rows["coverage_from"].cast(pl.Int32).cast(pl.Int64).fill_null(0).to_numpy()
    return where(ended & (rows["payer_code"] != "self_pay").to_numpy(), pl.Series(day))


def discharge_date(rows: Rows, column: str) -> pl.Series:
    """Two to eight weeks after the last visit, for the discharged."""
    day = desk_day(rows.tenants.as_of, clients_of(rows).last_day + 14 + rows.below(43, column), later=True)
    return where(rows["status"] == "discharged", pl.Series(day))


def copays_of(bits: noise.Bits, payers: Any) -> Ints:
    """What these payers leave of a visit, in plans with a copay; 0 for clients who pay all."""
    amount = np.zeros(len(bits), dtype=np.int64)
    for payer, amounts in COPAYS.items():
        chosen = np.flatnonzero(payers == payer)
        amount[chosen] = np.array(amounts)[noise.below(bits[chosen], len(amounts))]
    return amount


def copay(rows: Rows, column: str) -> pl.Series:
    """What the client pays of an insured visit; null for clients who pay all, for minors with Medicaid, and for plans
    without a copay.
    """
    amount = copays_of(rows.bits(column), rows["payer_code"].to_numpy())
    free = (rows["payer_code"] == "medicaid") & pl.Series(age_on(rows, days_of(rows.tenants.as_of)) < 18)
    free |= rows["plan_type"].is_in(WITHOUT_COPAY).fill_null(value=False)
    return where((rows["payer_code"] != "self_pay") & ~free, pl.Series(amount))


def office_hour_on(rows: Rows, column: str, day: str) -> Micros:
    """Some time between 9 and 17 h local on the date in another column."""
    days = rows[day].cast(pl.Int32).cast(pl.Int64).to_numpy()
    moment = utc_micros(zones_of(rows), Days(days), Minutes(540 + rows.below(475, column)))
    return Micros(moment + seconds(rows, column))
