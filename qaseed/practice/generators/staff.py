"""Who works at the practice: licenses, and who supervises whom; known of each provider independently of the others."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.integers import Ids, Ints, Slots
from qaseed.noise import Bits
from qaseed.plan import WEEKS_BACK, Tenants, slot_of
from qaseed.practice import shares
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.clock import window_start
from qaseed.practice.generators.partition import row_bits
from qaseed.recipes import where
from qaseed.rows import Rows

TYPES = {
    "LCSW": "social_worker",
    "LPC": "counselor",
    "LMFT": "family_therapist",
    "PsyD": "psychologist",
    "PhD": "psychologist",
    "LMSW": "social_worker",
    "PMHNP": "nurse_practitioner",
    "MD": "psychiatrist",
}
PRESCRIBERS = ("PMHNP", "MD")
ASSOCIATES = ("LMSW",)
"""Licenses before the independent one: their notes need a supervisor's signature."""
SPECIALTIES = {
    "LCSW": "adult",
    "LPC": "adult",
    "LMFT": "family",
    "PsyD": "testing",
    "PhD": "adult",
    "LMSW": "adult",
    "PMHNP": "medication",
    "MD": "medication",
}
TEAM = 8
"""Providers in a team. The first is a licensed therapist, who supervises the associates in it."""
LEAVING = 4
"""Percent of providers who left in the window, where there is more than a team (assumed)."""
LAST_WEEKS = (14, 24)
"""The last week of the window in which those have visits: the first of them, and how many there are."""
PRESCRIBER_AT, YOUTH_AT = 1, 3
"""Who in a team prescribes, unless the profile has fewer prescribers, and who treats minors most of the time."""


@lru_cache(maxsize=64)
def _license_edges(names: tuple[str, ...], weights: tuple[float, ...]) -> Bits:
    """For `noise.pick_by_group`: the licenses of first ones, of prescribers, of youth specialists, of the others."""
    percent = dict(zip(names, weights, strict=True))
    prescribing = sum(percent.get(name, 0) for name in PRESCRIBERS) / 100
    second = min(TEAM * prescribing, 1)
    usual = min((TEAM * prescribing - second) / (TEAM - 3), 1)

    def group(rate: float, excluded: tuple[str, ...] = ()) -> list[float]:
        """Weights with that rate of prescribers; those of the profile count little where all of them are excluded."""
        rates = {True: rate / max(prescribing, 1e-9), False: (1 - rate) / max(1 - prescribing, 1e-9)}
        return [percent[name] * (rates[name in PRESCRIBERS] * (name not in excluded) + 1e-9) for name in names]

    return noise.edges([group(0, ASSOCIATES), group(second), group(0), group(usual)])


def positions(slots: Slots) -> Ints:
    """Each provider's position in the team."""
    at: Ints = (slots - FIRST_ORDINARY_SLOT) % TEAM
    return at


def licenses(tenants: Tenants, ids: Ids) -> Any:
    """The license of each provider."""
    parts = shares.of(tenants, "credentials")
    at = positions(slot_of(ids))
    group = np.select([at == 0, at == PRESCRIBER_AT, at == YOUTH_AT], [0, 1, 2], 3)
    bits = row_bits(tenants, "provider", ids, "credentials")
    return np.array(tuple(parts))[noise.pick_by_group(bits, group, _license_edges(tuple(parts), tuple(parts.values())))]


def prescribes(tenants: Tenants, ids: Ids) -> Mask:
    """Whether each provider may prescribe."""
    return np.isin(licenses(tenants, ids), PRESCRIBERS)


def prescribing_rate(tenants: Tenants) -> float:
    """The share of providers who may prescribe, from 0 to 1."""
    return sum(shares.rate(tenants, "credentials", name) for name in PRESCRIBERS)


def weeks_worked(tenants: Tenants, ids: Ids) -> Ints:
    """The weeks of the past window in which each provider has visits; nobody who leads a team has left."""
    leaves = noise.below(row_bits(tenants, "provider", ids, "leaves"), 100) < LEAVING
    leaves &= (slot_of(ids) - FIRST_ORDINARY_SLOT) % TEAM != 0
    leaves &= tenants.counts("provider")[tenants.owners(ids)] > TEAM
    first, many = LAST_WEEKS
    weeks = first + noise.below(row_bits(tenants, "provider", ids, "leaves", "week"), many)
    return np.where(leaves, weeks, WEEKS_BACK)


def terminated_on(rows: Rows, column: str) -> pl.Series:
    """Four weeks after the last week with visits, so that notes are signed by then; null for those who stay."""
    weeks = weeks_worked(rows.tenants, rows.ids)
    stays = (weeks == WEEKS_BACK) | (rows.slots < FIRST_ORDINARY_SLOT)
    return where(~stays, pl.Series(window_start(rows.tenants) + 7 * weeks + 30).cast(pl.Int32).cast(pl.Date))


def takes_new(tenants: Tenants, ids: Ids) -> Mask:
    """Whether each provider has room for new clients: seven in ten (assumed)."""
    room: Mask = noise.below(row_bits(tenants, "provider", ids, "accepts_new"), 10) < 7
    return room


def accepts_new(rows: Rows, column: str) -> pl.Series:
    """By those who have room for new clients, and nobody who left."""
    return pl.Series(takes_new(rows.tenants, rows.ids)) & rows["termination_date"].is_null()


def credentials(rows: Rows, column: str) -> pl.Series:
    """The provider's license."""
    return pl.Series(licenses(rows.tenants, rows.ids))


def treat_minors(tenants: Tenants, ids: Ids) -> Mask:
    """Whether each provider treats minors most of the time."""
    third: Mask = (positions(slot_of(ids)) == YOUTH_AT) & (slot_of(ids) >= FIRST_ORDINARY_SLOT)
    return third & ~prescribes(tenants, ids)


def specialty(rows: Rows, column: str) -> pl.Series:
    """Youth for one therapist in a team; for the others by license."""
    by_license = rows["credentials"].replace_strict(SPECIALTIES, default="adult", return_dtype=pl.String)
    treats_minors = (positions(rows.slots) == YOUTH_AT) & ~rows["credentials"].is_in(PRESCRIBERS).to_numpy()
    return where(treats_minors, "youth", by_license)


def supervisor(rows: Rows, column: str) -> pl.Series:
    """The licensed therapist of the associate's team; null for all others."""
    first = FIRST_ORDINARY_SLOT + (rows.slots - FIRST_ORDINARY_SLOT) // TEAM * TEAM
    return where(rows["credentials"].is_in(ASSOCIATES), rows.at_slots(Slots(np.maximum(first, 0))))
