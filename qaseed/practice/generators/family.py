"""Recipes for families: marital status by age, guardians of minors, and emergency contacts who go by both."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Ids
from qaseed.plan import is_reserved
from qaseed.practice import shares
from qaseed.practice.generators import names
from qaseed.practice.generators.apportionment import apportion
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.names import relative_name
from qaseed.practice.generators.people import ADULT_THROUGHOUT, minor_at_intake, reference_age
from qaseed.practice.generators.phones import phone
from qaseed.practice.generators.raking import pick_by_group, raked
from qaseed.practice.generators.registration import clients_of
from qaseed.recipes import joined, where
from qaseed.rows import Rows
from qaseed.words.public_figures import are_figures, keys_of

MARITAL = ("single", "married", "divorced", "widowed", "separated")
MARITAL_BY_AGE = {
    # from this age: percent of each status
    18: (92, 7, 0.5, 0.05, 0.5),
    26: (58, 36, 4, 0.2, 2),
    35: (33, 53, 10.5, 0.6, 3),
    45: (22, 58, 15.5, 1.7, 3),
    55: (15, 60, 18, 4.5, 2.5),
    65: (8, 62, 17, 11, 1.5),
    75: (4, 50, 10, 34.5, 1),
}
"""How marital status goes by age in the population (rounded from the Census's CPS of 2023, from memory)."""
GUARDIANS = {"mother": 62, "father": 28, "grandparent": 7, "aunt": 3}
"""Who the guardian of a minor is, in percent (assumed)."""
CONTACTS = ("spouse", "parent", "child", "sibling", "friend")
CONTACT_AGES = (30, 45, 65)
CONTACTS_BY_AGE = (
    # below 30, 45, 65 and from there: of those who are not married, and of the married
    (0, 62, 0, 16, 22),
    (0, 40, 3, 28, 29),
    (0, 10, 38, 26, 26),
    (0, 0, 62, 17, 21),
    (70, 22, 0, 5, 3),
    (80, 9, 1, 6, 4),
    (78, 3, 9, 6, 4),
    (66, 0, 26, 4, 4),
)
"""Emergency contacts of adults, in percent: spouses of the married only, children of the older (assumed)."""
SHARED_NAMES = {"spouse": 72, "parent": 80, "child": 75, "sibling": 65, "mother": 80, "father": 92, "grandparent": 55}
"""Percent of relatives with the client's family name (assumed)."""
RELATED = (*GUARDIANS, *CONTACTS)
OWN_NAMES = 85
"""Percent of minors with the family name of the guardian who is a client (as SHARED_NAMES)."""
OWN_CONTACTS = 13
"""Age from which clients have a telephone and email address of their own (below, they are children: 16 CFR 312.2)."""
OWN_GUARDIANS = 25
"""Percent of minors whose guardian is a client too, where one of the same provider can be (assumed)."""

_YEAR = 365.25


def marital(rows: Rows, column: str) -> pl.Series:
    """By age, so that the profile's share comes out for adults; the youngest are single."""
    parts = shares.of(rows.tenants, "marital")
    sizes = {int(band.split("-")[0]): percent for band, percent in shares.of(rows.tenants, "age").items()}
    table = raked(
        tuple(MARITAL_BY_AGE.values()),
        tuple(sizes[age] for age in MARITAL_BY_AGE),
        tuple(parts[status] for status in MARITAL),
    )
    group = np.maximum(np.searchsorted(tuple(MARITAL_BY_AGE), reference_age(rows), side="right") - 1, 0)
    status = pl.Series(MARITAL).gather(pick_by_group(rows.bits(column), group, table))
    return where(reference_age(rows) >= ADULT_THROUGHOUT, status, "single")


def guardian(rows: Rows, column: str) -> pl.Series:
    """Another client of the same provider, 20 to 50 years older, for some of those who were registered under 18."""
    tenants, offsets = rows.tenants, apportion(rows.tenants).client
    ordinary = ~is_reserved(clients_of(rows).provider)  # scenarios name the guardians of their own clients
    provider = np.where(ordinary, tenants.ordinals("provider", clients_of(rows).provider), 0)
    first, many = (np.where(ordinary, part[provider], 0) for part in (offsets, np.diff(offsets)))
    candidate = tenants.ids("client", first + rows.below(np.maximum(many, 1), column))
    asked = minor_at_intake(rows) & ordinary & (rows.below(100, column, "asked") < OWN_GUARDIANS)
    guardians, index = np.unique(candidate[asked], return_inverse=True)
    older = np.zeros(len(rows), dtype=bool)
    if len(guardians):
        born = rows.others("client", Ids(guardians))["dob"].cast(pl.Int64).to_numpy()[index]
        gap = (rows["dob"].cast(pl.Int64).to_numpy()[asked] - born) / _YEAR
        older[asked] = (gap > 20) & (gap < 50)
    return where(older, candidate)


def guardian_relation(rows: Rows, column: str) -> pl.Series:
    """What the guardian is to the client."""
    drawn = pl.Series(tuple(GUARDIANS)).gather(noise.pick(rows.bits(column), tuple(GUARDIANS.values())))
    by_sex = rows.lookup("guardian_id", "sex_at_birth").replace_strict(
        {"F": "mother", "M": "father"}, default=None, return_dtype=pl.String
    )
    return where(minor_at_intake(rows), where(by_sex.is_null(), drawn, by_sex))


def guardian_name(rows: Rows, column: str) -> pl.Series:
    """The guardian of those registered under 18: as in its own row, or one of the family."""
    invented = relative_name(rows, rows["guardian_relation"], SHARED_NAMES, column)
    known = joined(rows.lookup("guardian_id", "first_name"), " ", rows.lookup("guardian_id", "last_name"))
    return where(minor_at_intake(rows), where(known.is_null(), invented, known))


def contact_relation(rows: Rows, column: str) -> pl.Series:
    """What the emergency contact is to the client: the guardian, or by marital status and age."""
    married = (rows["marital_status"] == "married").to_numpy()
    group = np.searchsorted(CONTACT_AGES, reference_age(rows), side="right") + married * (len(CONTACT_AGES) + 1)
    other = pl.Series(CONTACTS).gather(pick_by_group(rows.bits(column), group, CONTACTS_BY_AGE))
    return where(rows["guardian_relation"].is_null(), other, rows["guardian_relation"])


def contact_name(rows: Rows, column: str) -> pl.Series:
    """The guardian, or another relative or friend without one."""
    return where(rows["guardian_name"].is_null(), other_relative(rows, column), rows["guardian_name"])


def other_relative(rows: Rows, column: str) -> pl.Series:
    """Somebody who is what the emergency contact is to the client, but not the guardian."""
    return relative_name(rows, rows["emergency_contact_relation"], SHARED_NAMES, column)


def _lives_with(rows: Rows) -> Mask:
    """Whether each client is a minor whose guardian is a client."""
    together: Mask = (reference_age(rows) < 18) & rows["guardian_id"].is_not_null().to_numpy()
    return together


def at_home(rows: Rows, column: str, of: Any) -> pl.Series:
    """What a household has in common: the guardian's, for minors whose guardian is a client."""
    own = pl.Series(column, rows.compute(of, column))
    together = _lives_with(rows)
    return where(together, rows.lookup("guardian_id", column), own) if together.any() else own


def family_name(rows: Rows, column: str) -> pl.Series:
    """One of one's own; that of the guardian, for most minors whose guardian is a client.

    Not in a form for another sex, and not with a given name that would make it a public figure's.
    """
    own, chosen = names.family_name(rows, column), np.flatnonzero(_lives_with(rows))
    if not len(chosen):
        return own
    theirs, sex = (rows.lookup("guardian_id", name).gather(chosen) for name in (column, "sex_at_birth"))
    same_form = rows.words("last_name").equals(rows.words("last_name_m")) | (sex == rows["sex_at_birth"].gather(chosen))
    figures = are_figures(keys_of(rows["first_name"].gather(chosen)), keys_of(theirs))
    has_it = theirs.is_not_null().to_numpy() & (rows.below(100, column, "guardian")[chosen] < OWN_NAMES) & ~figures
    has_it &= np.broadcast_to(same_form, len(chosen))
    return own.scatter(chosen[has_it], theirs.filter(pl.Series(has_it, dtype=pl.Boolean)))


def household(rows: Rows, column: str) -> pl.Series:
    """That of the guardian, for minors whose guardian is a client."""
    return where(_lives_with(rows), rows["guardian_id"])


def mobile(rows: Rows, column: str) -> pl.Series:
    """A number of one's own; the guardian's for children."""
    return where(reference_age(rows) < OWN_CONTACTS, rows["emergency_contact_phone"], phone(rows, column))


def own_email(rows: Rows, column: str, of: Any) -> pl.Series:
    """An address of one's own; null for children."""
    return where(reference_age(rows) >= OWN_CONTACTS, pl.Series(column, rows.compute(of, column)))


def with_email(rows: Rows, column: str, of: Any) -> pl.Series:
    """An answer of those who have an address; the others are not to be emailed."""
    return where(rows["email"].is_not_null(), pl.Series(column, rows.compute(of, column)), False)
