"""Recipes for practices and their sites: where they are, since when, what they are called."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT, SLOT_BITS
from qaseed.integers import Days, Ids, Ints, Micros
from qaseed.plan import Tenant, Tenants
from qaseed.practice.generators.clock import ZONES, era_start, holidays, moments, state_of, zones_of
from qaseed.practice.generators.partition import row_bits
from qaseed.recipes import joined, padded, where
from qaseed.rows import Rows

ACCOUNTS = {"active": 88, "trial": 7, "suspended": 5}
"""States of practices' accounts, in percent (assumed)."""
ALWAYS_ACTIVE, LEAST_SITES, CLOSED = 3, 4, 50
"""The first practices; the least sites of which one may be closed; percent of such practices with one (assumed)."""


def state(rows: Rows, column: str) -> pl.Series:
    """The tenant's state, for every row of it."""
    return rows.by_tenant(state_of)


def timezone(rows: Rows, column: str) -> pl.Series:
    """The IANA zone of the tenant's state, or of the site that a scenario has in another one."""
    return pl.Series(ZONES).gather(zones_of(rows))


def opened_on(rows: Rows, column: str) -> Days:
    """Six to fifteen years before the era of as_of, so before any provider is hired."""
    day = era_start(rows.tenants) - 2200 - rows.below(3200, column)
    return Days(day - np.maximum((day + 3) % 7 - 4, 0))


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


def account_status(rows: Rows, column: str) -> pl.Series:
    """Active; on trial or suspended for some of the later practices, the first ones have scenarios."""
    picked = pl.Series(tuple(ACCOUNTS)).gather(noise.pick(rows.bits(column), tuple(ACCOUNTS.values())))
    return where(rows.by_tenant(lambda tenant: tenant.number) <= ALWAYS_ACTIVE, "active", picked)


def open_sites(tenants: Tenants) -> Ints:
    """Ordinary locations that are open, by tenant: of four and more, the last may be closed."""
    sites = tenants.counts("location")
    first = Ids(np.array([tenant.number << SLOT_BITS for tenant in tenants.all]))
    closes = noise.below(row_bits(tenants, "location", first, "closed"), 100) < CLOSED
    opened: Ints = np.maximum(sites - (closes & (sites >= LEAST_SITES)), 1)
    return opened


def site_status(rows: Rows, column: str) -> pl.Series:
    """Active; for the site at which nobody works, inactive since it was closed, or suspended for some time."""
    is_open = rows.slots < FIRST_ORDINARY_SLOT + rows.of_tenants(open_sites(rows.tenants))
    return where(is_open, "active", where(rows.below(3, column) == 0, "suspended", "inactive"))


def site_name(rows: Rows, column: str) -> pl.Series:
    """An invented street and the word Office."""
    return joined(rows.word("street", column), " Office")


def site_code(rows: Rows, column: str) -> pl.Series:
    """`L1024` and so on, unique in the tenant."""
    return joined("L", padded(rows.slots, 4))


def rooms(rows: Rows, column: str) -> Ints:
    """A room for each provider of the site, and some more."""
    per_site: Ints = rows.of_tenants(rows.tenants.counts("provider")) // rows.of_tenants(open_sites(rows.tenants))
    return per_site + 8 + rows.below(3, column)


def opened_at(rows: Rows, column: str) -> Micros:
    """Nine o'clock on the day on which the practice opened."""
    opened = rows["opened_on"] if "opened_on" in rows.entity.by_name else rows.tenant_values("opened_on")
    return moments(zones_of(rows), opened.cast(pl.Int32).cast(pl.Int64).to_numpy() * 1440 + 9 * 60)
