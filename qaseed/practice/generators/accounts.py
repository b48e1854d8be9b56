"""Recipes for user accounts: a provider's own, two at the front desk of each site, and those of the practice."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed.addresses import FIRST_ORDINARY_SLOT, SLOT_BITS
from qaseed.integers import Days, Ids, Minutes
from qaseed.model import Model
from qaseed.plan import Tenants, slot_of
from qaseed.practice import modes
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.charting import MORNING
from qaseed.practice.generators.clock import (
    DAY,
    DESK_OPENS,
    HOUR,
    MINUTE,
    days_of,
    desk_day,
    now_micros,
    seconds,
    utc_micros,
    working_day,
    zones_of,
)
from qaseed.practice.generators.derived import RowsOf, numbered, numbers_of, ordered, parents_of
from qaseed.practice.generators.identifiers import ascii_of
from qaseed.practice.generators.names import apart
from qaseed.recipes import joined, where
from qaseed.rows import Rows

OF_PROVIDER, OF_SITE, ALSO_OF_SITE, OF_PRACTICE = range(4)
"""Numbers in the slot: of a provider, two of a site, and of the practice, whose parents are the first slots."""
OWN_ROLES = ("system", "billing", "billing", "admin")
"""Roles of the practice's own accounts, one a slot."""
LETTERS = "pdes"
"""What usernames have for each number."""
SIGN_IN = 40
"""Minutes within which people sign in before they begin."""
SECOND_FACTOR = 80
"""Percent of people who sign in with a second factor (assumed)."""


def ids(model: Model, tenants: Tenants, rows_of: RowsOf) -> Ids:
    """The accounts of the providers, sites and practices of a unit."""
    providers, sites = numbered(rows_of("provider").ids, OF_PROVIDER), rows_of("location").ids
    practices = rows_of("tenant").ids >> SLOT_BITS << SLOT_BITS
    own = Ids((practices[:, None] | (FIRST_ORDINARY_SLOT + np.arange(len(OWN_ROLES)))).ravel())
    return ordered(providers, numbered(sites, OF_SITE), numbered(sites, ALSO_OF_SITE), numbered(own, OF_PRACTICE))


def _is(rows: Rows, *numbers: int) -> Mask:
    mask: Mask = np.isin(numbers_of(rows.ids), numbers)
    return mask


def provider(rows: Rows, column: str) -> pl.Series:
    """The provider whose account it is."""
    return where(_is(rows, OF_PROVIDER), parents_of(rows.ids))


def location(rows: Rows, column: str) -> pl.Series:
    """The site at whose front desk it is used."""
    return where(_is(rows, OF_SITE, ALSO_OF_SITE), parents_of(rows.ids))


def role(rows: Rows, column: str) -> pl.Series:
    """What its number and slot say."""
    own = pl.Series(OWN_ROLES).gather((slot_of(parents_of(rows.ids)) - FIRST_ORDINARY_SLOT) % len(OWN_ROLES))
    return where(_is(rows, OF_PROVIDER), "clinician", where(_is(rows, OF_SITE, ALSO_OF_SITE), "front_desk", own))


def first_name(rows: Rows, column: str) -> pl.Series:
    """The provider's, or a common one; null for the system."""
    names = pl.concat([rows.words("first_name_f"), rows.words("first_name_m")])
    drawn = names.gather(rows.below(len(names), column))
    return where(rows["role"] == "system", None, where(_is(rows, OF_PROVIDER), _of_provider(rows, column), drawn))


def last_name(rows: Rows, column: str) -> pl.Series:
    """The provider's, or a common one; null for the system."""
    pool = rows.words("last_name")
    drawn = pool.gather(apart(rows, rows.below(len(pool), column), ("last_name",), rows["first_name"]))
    return where(rows["role"] == "system", None, where(_is(rows, OF_PROVIDER), _of_provider(rows, column), drawn))


def _of_provider(rows: Rows, column: str) -> pl.Series:
    return rows.lookup("provider_id", column)


def username(rows: Rows, column: str) -> pl.Series:
    """`given.family.p1024-2`: a letter for the kind of account, the slot and the tenant, so that it is unique."""
    names = [
        pl.Series([ascii_of(name) if name else "qa" for name in rows[part].to_list()], dtype=pl.String)
        for part in ("first_name", "last_name")
    ]
    letter = pl.Series(list(LETTERS)).gather(numbers_of(rows.ids))
    slot = joined(
        pl.Series(slot_of(parents_of(rows.ids))).cast(pl.String), rows.by_tenant(lambda tenant: f"-{tenant.number}")
    )
    person = joined(names[0], ".", names[1], ".", letter, slot)
    return where(rows["role"] == "system", joined("system.", letter, slot), person)


def email(rows: Rows, column: str) -> pl.Series:
    """The provider's own; the username at a reserved host for the others."""
    own = modes.of(rows.tenants, "email") == "tenant"
    host = rows.by_tenant(lambda tenant: f"t{tenant.number:03d}.example.com" if own else "example.com")
    return where(_is(rows, OF_PROVIDER), _of_provider(rows, column), joined(rows["username"], "@", host))


def second_factor(rows: Rows, column: str) -> pl.Series:
    """Most people sign in with a second factor; the system does not sign in."""
    return pl.Series((rows.below(100, column) < SECOND_FACTOR) & (rows["role"] != "system").to_numpy())


def _left_on(rows: Rows) -> pl.Series:
    return rows.lookup("provider_id", "termination_date").cast(pl.Int32).cast(pl.Int64)


def status(rows: Rows, column: str) -> pl.Series:
    """Disabled once the provider has left."""
    return where(_left_on(rows).is_null(), "active", "disabled")


def last_login_at(rows: Rows, column: str) -> pl.Series:
    """In the morning of the last day on which anybody worked, or of a provider who left; null for the system."""
    as_of = rows.tenants.as_of
    left = desk_day(as_of, _left_on(rows).fill_null(days_of(as_of)).to_numpy(), later=False)
    day = np.where(_left_on(rows).is_null().to_numpy(), working_day(as_of), left)
    first = np.where(_is(rows, OF_PROVIDER), MORNING - SIGN_IN, DESK_OPENS - SIGN_IN - 10)
    moment = utc_micros(zones_of(rows), Days(day), Minutes(first + rows.below(SIGN_IN, column)))
    moment += seconds(rows, column)
    created = rows["created_at"].cast(pl.Int64).to_numpy() + MINUTE
    return where(rows["role"] != "system", np.maximum(moment, created))


def created_at(rows: Rows, column: str) -> pl.Series:
    """With the provider or the practice; at the front desk up to four years after the site."""
    practice = rows.tenant_values("created_at").cast(pl.Int64).to_numpy() // 1_000_000 * 1_000_000 + HOUR
    hired, opened = (
        where(
            rows.lookup(reference, "created_at").is_null(),
            practice,
            rows.lookup(reference, "created_at").cast(pl.Int64),
        ).to_numpy()
        for reference in ("provider_id", "location_id")
    )
    begun = opened + (1 + rows.below(1400, column)) * DAY
    moment = np.where(_is(rows, OF_PROVIDER), hired, np.where(_is(rows, OF_PRACTICE), practice, begun))
    return pl.Series(np.minimum(moment, now_micros(rows.tenants) - 30 * DAY * _is(rows, OF_SITE, ALSO_OF_SITE)))


def updated_at(rows: Rows, column: str) -> pl.Series:
    """At the last login."""
    last = rows["last_login_at"].cast(pl.Int64).fill_null(0).to_numpy()
    return pl.Series(np.maximum(rows["created_at"].cast(pl.Int64).to_numpy(), last))
