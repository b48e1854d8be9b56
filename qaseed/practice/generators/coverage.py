"""Who pays for clients: by age and means, so that the profile's shares come out over all."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Days, Ids, Ints
from qaseed.plan import Tenants
from qaseed.practice import shares
from qaseed.practice.generators import traits
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.clock import days_of, month_start, reference_day
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.raking import pick_by_group, raked
from qaseed.rows import Rows

BY_MEANS = ("medicaid", "medicare", "other", "commercial", "self_pay")
"""Payers, from those of clients with the least means to those of clients with the most."""
ODDS = (
    (1.9, 1e-6, 0.7, 1.0, 0.6),
    (1.0, 0.05, 1.0, 1.0, 1.0),
    (0.4, 300.0, 0.5, 0.6, 0.6),
)
"""How payers go with minors, adults and those from 65: over 90 % of the elderly have Medicare, no child does (CMS)."""
ELIGIBLE_AGE = 65
_YEAR = 365.2425
JANUARY = 50
"""Percent of commercial plans whose year begins in January; the others begin in any other month (assumed)."""


def age_groups(tenants: Tenants) -> tuple[float, ...]:
    """Percent of clients who are minors, adults below 65, and older."""
    sizes = [0.0, 0.0, 0.0]
    for band, percent in shares.of(tenants, "age").items():
        first = int(band.split("-")[0])
        sizes[(first >= 18) + (first >= ELIGIBLE_AGE)] += percent
    return tuple(sizes)


def payers_of(tenants: Tenants, clients: Ids, born: Days) -> Any:
    """Who pays first for clients born on those days: Medicare from the 65th birthday."""
    parts = shares.of(tenants, "payer")
    table = raked(ODDS, age_groups(tenants), tuple(parts[payer] for payer in BY_MEANS))
    minor = (reference_day(tenants) - born) / _YEAR < 18
    group: Ints = np.where(minor, 0, 1 + _is_eligible(tenants, born))
    own = traits.normal(traits.client_bits(tenants, clients, "payer"))
    lot = traits.as_bits(traits.mixed((traits.means(tenants, clients), 80), (own, 60)))
    return np.array(BY_MEANS)[pick_by_group(lot, group, table)]


def _is_eligible(tenants: Tenants, born: Days) -> Mask:
    """Who has reached the age of Medicare by as_of."""
    eligible: Mask = (days_of(tenants.as_of) - born) / _YEAR >= ELIGIBLE_AGE
    return eligible


def earliest(tenants: Tenants, payer: Any, born: Days) -> Days:
    """The first day on which a payer can cover clients: Medicare those from 65 from the month of that birthday."""
    by_age = (payer == "medicare") & _is_eligible(tenants, born)
    return Days(np.where(by_age, month_start(born, 12 * ELIGIBLE_AGE), 0))


def plan_year_month(tenants: Tenants, clients: Ids) -> Ints:
    """The month in which a commercial plan's year begins, from 0 for January."""
    lot = noise.below(row_bits(tenants, "client", clients, "plan year"), 100 * 11)
    return np.where(lot < JANUARY * 11, 0, 1 + lot % 11)


def month_index(day: Ints) -> Ints:
    """The month of each day, counted from January 1970."""
    months: Ints = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def payers(tenants: Tenants, clients: Ids) -> Any:
    """Who pays first for these clients."""
    return payers_of(tenants, clients, traits.born(tenants, clients))


def payer_code(rows: Rows, column: str) -> pl.Series:
    """Who pays first."""
    return pl.Series(payers_of(rows.tenants, rows.ids, Days(rows["dob"].cast(pl.Int32).cast(pl.Int64).to_numpy())))
