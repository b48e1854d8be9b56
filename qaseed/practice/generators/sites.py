"""Recipes for practices and their sites: where they are, since when, what they are called."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed.integers import Days, Ints, Micros
from qaseed.plan import Tenant
from qaseed.practice.generators.clock import DAY, HOUR, era_start, holidays, state_of, zone_of
from qaseed.recipes import joined, padded
from qaseed.rows import Rows


def state(rows: Rows, column: str) -> pl.Series:
    """The tenant's state, for every row of it."""
    return rows.by_tenant(state_of)


def timezone(rows: Rows, column: str) -> pl.Series:
    """The IANA zone of the tenant's state."""
    return rows.by_tenant(zone_of)


def opened_on(rows: Rows, column: str) -> Days:
    """Six to fifteen years before the era of as_of, so before any provider is hired."""
    return Days(era_start(rows.tenants) - 2200 - rows.below(3200, column))


def holiday_list(rows: Rows, column: str) -> pl.Series:
    """The days around as_of on which every site is closed."""
    days = [str(day) for day in holidays(rows.tenants.as_of).astype("datetime64[D]")]
    return pl.repeat(" ".join(days), len(rows), eager=True)


def practice_name(rows: Rows, column: str) -> pl.Series:
    """An invented town and a kind of practice."""
    kinds = pl.Series(["Behavioral Health", "Counseling Group", "Psychotherapy Associates", "Wellness Practice"])
    return joined(rows.word("city", column, "town"), " ", kinds.gather(rows.below(len(kinds), column, "kind")))


def canary_of(tenant: Tenant) -> str:
    """A word in the searchable text of the tenant, and of no other."""
    return f"QACANARY{tenant.number:04d}"


def canary(rows: Rows, column: str) -> pl.Series:
    """The tenant's canary."""
    return rows.by_tenant(canary_of)


def site_name(rows: Rows, column: str) -> pl.Series:
    """An invented street and the word Office."""
    return joined(rows.word("street", column), " Office")


def site_code(rows: Rows, column: str) -> pl.Series:
    """`L1024` and so on, unique in the tenant."""
    return joined("L", padded(rows.slots, 4))


def rooms(rows: Rows, column: str) -> Ints:
    """A room for each provider of the site, and some more."""
    sites, providers = (rows.of_tenants(rows.tenants.counts(name)) for name in ("location", "provider"))
    per_site: Ints = providers // np.maximum(sites, 1)
    return per_site + 8 + rows.below(3, column)


def opened_at(rows: Rows, column: str) -> Micros:
    """Nine o'clock UTC on the day on which the practice opened."""
    opened = rows["opened_on"] if "opened_on" in rows.entity.by_name else rows.tenant_values("opened_on")
    return Micros(opened.cast(pl.Int32).cast(pl.Int64).to_numpy() * DAY + 9 * HOUR)
