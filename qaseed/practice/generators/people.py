"""Recipes for tenants, locations, providers and clients: who they are, where they live, since when they are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.integers import Days, Ids, Ints, Micros, Minutes, Slots
from qaseed.plan import is_reserved
from qaseed.practice import modes, shares
from qaseed.practice.generators.apportionment import apportion
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.caseload import clients_of
from qaseed.practice.generators.clock import (
    days_of,
    now_micros,
    utc_micros,
    window_start,
    zones_of,
)
from qaseed.practice.generators.outcomes import consents
from qaseed.recipes import joined, where
from qaseed.rows import Rows

COPAYS = {
    "commercial": (2000, 2500, 3000, 4000),
    "medicaid": (100, 200, 300, 400),
    "medicare": (2000, 2500),
    "other": (2500,),
}
"""What a client pays of an insured visit, in cents, by payer."""
PLANS = {
    "commercial": {"ppo": 50, "hmo": 30, "epo": 12, "pos": 8},
    "medicaid": {"managed_medicaid": 80, "fee_for_service": 20},
    "medicare": {"original": 55, "advantage": 45},
    "other": {"military": 60, "workers_comp": 40},
}
"""Kinds of plan by payer, in percent (assumed)."""
DIAGNOSES = {
    # group of the share: leaves of ICD-10-CM and their weights within it
    "F41.1": {"F41.1": 1},
    "F32-F33": {"F33.1": 8, "F32.1": 6, "F33.0": 4, "F32.0": 3, "F32.A": 2, "F33.2": 1, "F33.41": 1},
    "F43.2": {"F43.23": 7, "F43.22": 3, "F43.21": 2},
    "F90": {"F90.2": 4, "F90.0": 4, "F90.1": 1},
    "F43.1": {"F43.10": 5, "F43.12": 3},
    "F40-F41": {"F41.0": 3, "F41.9": 3, "F40.10": 2},
    "F31": {"F31.81": 2, "F31.9": 1, "F31.32": 1},
    "F10-F19": {"F10.20": 2, "F10.10": 1, "F11.20": 1, "F12.20": 1},
    "F84": {"F84.0": 1},
    "F42": {"F42.2": 2, "F42.9": 1},
    "F50": {"F50.01": 1, "F50.9": 1},
    "F60": {"F60.3": 1},
    "Z": {"Z63.0": 2, "Z63.4": 1},
}
CHILD_DIAGNOSES = {
    "F90.2": 30,
    "F90.0": 14,
    "F41.1": 16,
    "F43.23": 12,
    "F93.0": 10,
    "F84.0": 8,
    "F32.1": 6,
    "F43.10": 4,
}
"""Main diagnoses below 14 years, in percent (FAIR Health: attention deficit first; the rest assumed)."""
RELATIONS = {
    True: {"mother": 62, "father": 28, "grandparent": 7, "aunt": 3},
    False: {"spouse": 40, "parent": 25, "sibling": 20, "friend": 15},
}
"""Who the guardian of a minor is, and the emergency contact of an adult, in percent (assumed)."""
GENDERS = {
    "F": {"woman": 96, "non_binary": 2, "transgender_man": 1, "declined": 1},
    "M": {"man": 96, "non_binary": 2, "transgender_woman": 1, "declined": 1},
    "X": {"non_binary": 70, "declined": 30},
}
"""Gender identity by sex at birth, in percent (assumed)."""
DX_CODES = tuple(dict.fromkeys([*(leaf for group in DIAGNOSES.values() for leaf in group), *CHILD_DIAGNOSES]))
RELATED = tuple(name for table in RELATIONS.values() for name in table)
COLORS = ("teal", "indigo", "amber", "coral", "olive", "plum", "slate", "rose")
INACTIVE_AFTER_DAYS = 180
OWN_GUARDIANS = 25
"""Percent of minors whose guardian is a client too, where one of the same provider can be (assumed)."""

_YEAR = 365.25


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


def given_name(rows: Rows, column: str) -> pl.Series:
    """A common given name, of the pool for `sex_at_birth` where the row has one."""
    women, men = rows.words("first_name_f"), rows.words("first_name_m")
    female = rows.below(2, column, "either")
    if "sex_at_birth" in rows.entity.by_name:
        sex = rows["sex_at_birth"].to_numpy()
        female = np.where(sex == "X", female, sex == "F")
    draw = rows.bits(column)
    index = np.where(female == 1, noise.below(draw, len(women)), len(women) + noise.below(draw, len(men)))
    return pl.concat([women, men]).gather(index)


def family_name(rows: Rows, column: str) -> pl.Series:
    """A common family name; with a word that no name has in mode `marked`."""
    names = rows.word("last_name", column)
    if modes.of(rows.tenants, "name") == "marked":
        suffixes = pl.Series(["Testcase", "Sample", "Synth"])
        return joined(names, "-", suffixes.gather(rows.below(len(suffixes), column, "mark")))
    return names


def short_name(rows: Rows, column: str) -> pl.Series:
    """A preferred name, for one in eight: the first four letters (assumed)."""
    short = rows["first_name"].str.slice(0, 4)
    return where((rows.below(8, column) == 0) & (rows["first_name"].str.len_chars() > 5).to_numpy(), short)


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
    """After the practice opened and before the window begins."""
    opened = rows.tenant_values("opened_on").cast(pl.Int32).cast(pl.Int64).to_numpy()
    return Days(opened + rows.below(window_start(rows.tenants) - opened, column))


def primary_location(rows: Rows, column: str) -> Ids:
    """The ordinary locations in rotation, so that each has providers, unless there are more locations."""
    sites = rows.of_tenants(rows.tenants.counts("location"))
    return rows.at_slots(Slots(FIRST_ORDINARY_SLOT + rows.slots % np.maximum(sites, 1)))


def own_provider(rows: Rows, column: str) -> Ids:
    """The provider of whose caseload the client is."""
    return clients_of(rows).provider


def dob(rows: Rows, column: str) -> Days:
    """By age bands at as_of, any day of the year equally likely; at least five years old at as_of."""
    parts = shares.of(rows.tenants, "age")
    bands = np.array([[int(age) for age in band.split("-")] for band in parts])
    low, high = bands[noise.pick(rows.bits(column, "band"), tuple(parts.values()))].T
    first, last = np.ceil(low * _YEAR).astype(np.int64), ((high + 1) * _YEAR).astype(np.int64) - 1
    days_old = first + rows.below(last - first, column)
    return Days(days_of(rows.tenants.as_of) - days_old)


def sex(rows: Rows, column: str) -> pl.Series:
    """By the profile's share for adults; girls and boys equally often."""
    parts = shares.of(rows.tenants, "sex")
    adult = pl.Series(tuple(parts)).gather(noise.pick(rows.bits(column), tuple(parts.values())))
    child = pl.Series(["F", "M"]).gather(rows.below(2, column, "child"))
    return where(_age_on(rows, days_of(rows.tenants.as_of)) >= 18, adult, child)


def _age_on(rows: Rows, day: Any) -> Ints:
    """Whole years of age on a day (since 1970), birthdays counted by the calendar."""
    return age(
        rows["dob"], pl.Series(np.broadcast_to(np.asarray(day, dtype=np.int64), len(rows))).cast(pl.Int32).cast(pl.Date)
    )


def age(born: pl.Series, day: pl.Series) -> Ints:
    """Whole years from one date to another, row by row."""
    years = pl.select(
        pl.lit(day).dt.year()
        - pl.lit(born).dt.year()
        - (pl.lit(day).dt.strftime("%m%d") < pl.lit(born).dt.strftime("%m%d")).cast(pl.Int32)
    ).to_series()
    return years.cast(pl.Int64).to_numpy()


def intake_date(rows: Rows, column: str) -> Days:
    """New clients: up to two weeks before the first visit; others: in the four years before the window, from age 4."""
    load, now = clients_of(rows), days_of(rows.tenants.as_of)
    latest = np.minimum(load.first_day, now - 1)
    born = rows["dob"].cast(pl.Int32).cast(pl.Int64).to_numpy()
    before = np.maximum(window_start(rows.tenants) - 15 - rows.below(1400, column), born + 4 * 366)
    return Days(np.where(load.new, latest - rows.below(15, column, "lead"), np.minimum(before, latest)))


def minor_at_intake(rows: Rows) -> Mask:
    """Whether each client was under 18 when they were registered."""
    return _age_on(rows, rows["intake_date"].cast(pl.Int32).cast(pl.Int64).to_numpy()) < 18


def guardian(rows: Rows, column: str) -> pl.Series:
    """Another client of the same provider, 20 to 50 years older, for some of those who were registered under 18."""
    tenants, offsets = rows.tenants, apportion(rows.tenants).client
    ordinary = ~is_reserved(clients_of(rows).provider)  # scenarios name the guardians of their own clients
    provider = np.where(ordinary, tenants.ordinals("provider", clients_of(rows).provider), 0)
    first, many = (np.where(ordinary, part[provider], 0) for part in (offsets, np.diff(offsets)))
    candidate = tenants.ids("client", first + rows.below(np.maximum(many, 1), column))
    asked = minor_at_intake(rows) & ordinary & (rows.below(100, column, "asked") < OWN_GUARDIANS)
    older = np.zeros(len(rows), dtype=bool)
    if asked.any():
        born = rows.values_at("client", Ids(candidate[asked]), "dob").cast(pl.Int64).to_numpy()
        gap = (rows["dob"].cast(pl.Int64).to_numpy()[asked] - born) / _YEAR
        older[asked] = (gap > 20) & (gap < 50)
    return where(older, candidate)


def guardian_name(rows: Rows, column: str) -> pl.Series:
    """The guardian of those registered under 18: as in its own row, or a given name and the client's family name."""
    names = pl.concat([rows.words("first_name_f"), rows.words("first_name_m")])
    women = len(rows.words("first_name_f"))
    female = (rows["guardian_relation"] != "father").fill_null(value=True).to_numpy()
    draw = rows.bits(column)
    index = np.where(female, noise.below(draw, women), women + noise.below(draw, len(names) - women))
    invented = joined(names.gather(index), " ", rows["last_name"].fill_null("Qa"))
    known = joined(rows.lookup("guardian_id", "first_name"), " ", rows.lookup("guardian_id", "last_name"))
    return where(minor_at_intake(rows), where(known.is_null(), invented, known))


def guardian_relation(rows: Rows, column: str) -> pl.Series:
    """What the guardian is to the client."""
    drawn = weighted_by(rows, pl.Series(np.ones(len(rows), dtype=bool)), RELATIONS, column)
    by_sex = rows.lookup("guardian_id", "sex_at_birth").replace_strict(
        {"F": "mother", "M": "father"}, default=None, return_dtype=pl.String
    )
    return where(minor_at_intake(rows), where(by_sex.is_null(), drawn, by_sex))


def guarantor(rows: Rows, column: str) -> pl.Series:
    """Who pays what insurance does not: the guardian while the client is under 18."""
    return where(_age_on(rows, days_of(rows.tenants.as_of)) < 18, "guardian", "self")


def consent_by(rows: Rows, column: str) -> pl.Series:
    """Who signed the consents: the guardian of those registered under 18."""
    return where(minor_at_intake(rows), "guardian", "self")


def contact_name(rows: Rows, column: str) -> pl.Series:
    """The guardian, or another name without one."""
    names = joined(rows.word("first_name_f", column, "given"), " ", rows.word("last_name", column, "family"))
    return where(rows["guardian_name"].is_null(), names, rows["guardian_name"])


def contact_relation(rows: Rows, column: str) -> pl.Series:
    """What the emergency contact is to the client."""
    other = weighted_by(rows, pl.Series(np.zeros(len(rows), dtype=bool)), RELATIONS, column)
    return where(rows["guardian_relation"].is_null(), other, rows["guardian_relation"])


def consent_telehealth(rows: Rows, column: str) -> pl.Series:
    """The day of registration, for those who agree to telehealth."""
    return where(consents(rows.tenants, rows.ids), rows["intake_date"])


def interpreter(rows: Rows, column: str) -> pl.Series:
    """Needed by half of those who prefer another language than English (assumed)."""
    return pl.Series((rows["preferred_language"] != "en").to_numpy() & (rows.below(2, column) == 0))


def marital(rows: Rows, column: str) -> pl.Series:
    """By the profile's share for adults; minors are single."""
    return where(_age_on(rows, days_of(rows.tenants.as_of)) >= 18, of_share(rows, column, "marital"), "single")


def primary_dx(rows: Rows, column: str) -> pl.Series:
    """A leaf of ICD-10-CM by the share of its group; below 14 years other problems come first."""
    leaves = {
        leaf: weight * share / sum(DIAGNOSES[name].values())
        for name, share in shares.of(rows.tenants, "dx").items()
        for leaf, weight in DIAGNOSES[name].items()
    }
    adult = pl.Series(tuple(leaves)).gather(noise.pick(rows.bits(column), tuple(leaves.values())))
    child = pl.Series(tuple(CHILD_DIAGNOSES)).gather(
        noise.pick(rows.bits(column, "child"), tuple(CHILD_DIAGNOSES.values()))
    )
    age_now = _age_on(rows, days_of(rows.tenants.as_of))
    grown = where((adult == "F60.3") & pl.Series(age_now < 18), "F41.1", adult)  # not diagnosed in adolescents
    return where(age_now >= 14, grown, child)


def plan_type(rows: Rows, column: str) -> pl.Series:
    """A kind of plan of the payer; null for clients who pay themselves."""
    return weighted_by(rows, rows["payer_code"], PLANS, column)


def covered_from(rows: Rows, column: str) -> pl.Series:
    """Up to two years before registration, for the insured."""
    return where(
        rows["payer_code"] != "self_pay",
        rows["intake_date"].cast(pl.Int32).cast(pl.Int64) - pl.Series(rows.below(700, column)),
    )


def client_status(rows: Rows, column: str) -> pl.Series:
    """Active with a visit booked or within half a year; else on the waitlist, discharged or inactive."""
    load = clients_of(rows)
    recent = load.last_day >= days_of(rows.tenants.as_of) - INACTIVE_AFTER_DAYS
    lapsed = np.where(rows.below(100, column) < 60, "discharged", "inactive")
    idle = np.where(load.past > 0, lapsed, np.where(load.new, "waitlist", "inactive"))
    return pl.Series(np.where(recent | (load.future > 0), "active", idle))


def discharge_date(rows: Rows, column: str) -> pl.Series:
    """Two to eight weeks after the last visit, for the discharged."""
    return where(rows["status"] == "discharged", pl.Series(clients_of(rows).last_day + 14 + rows.below(43, column)))


def copay(rows: Rows, column: str) -> pl.Series:
    """What the client pays of an insured visit; null for clients who pay all."""
    draw = rows.bits(column)
    amount = np.zeros(len(rows), dtype=np.int64)
    for payer, amounts in COPAYS.items():
        chosen = (rows["payer_code"] == payer).to_numpy()
        amount[chosen] = np.array(amounts)[noise.below(draw[chosen], len(amounts))]
    return where(rows["payer_code"] != "self_pay", pl.Series(amount))


def office_hour_on(rows: Rows, column: str, day: str) -> Micros:
    """Some time between 9 and 17 h local on the date in another column."""
    days = rows[day].cast(pl.Int32).cast(pl.Int64).to_numpy()
    return utc_micros(zones_of(rows), Days(days), Minutes(540 + rows.below(480, column)))


def updated_at(rows: Rows, column: str) -> Micros:
    """Some time between `created_at` and the end of the data."""
    created = rows["created_at"].cast(pl.Int64).to_numpy()
    return Micros(created + (now_micros(rows.tenants) - created) // 1000 * rows.below(1000, column))
