"""Recipes for consents: who signed them and when, at registration, before the first visit, or again a year later."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.integers import Days, Ints
from qaseed.practice.generators.clock import days_of, desk_day
from qaseed.practice.generators.outcomes import consents
from qaseed.practice.generators.people import age_on, minor_at_intake
from qaseed.practice.generators.registration import clients_of
from qaseed.recipes import where
from qaseed.rows import Rows

AT_ONCE, RENEWED = 60, 40
"""Percent of new clients who sign on the day of registration, the others up to the first visit; and of those in care
for more than a year who signed again since then (assumed)."""
_YEAR = 365


def consent_by(rows: Rows, column: str) -> pl.Series:
    """Who signed the consents: the guardian of those registered under 18."""
    return where(minor_at_intake(rows), "guardian", "self")


def treatment(rows: Rows, column: str) -> Days:
    """The day of the first consent, or of the last yearly renewal while the client was in care, if there is one."""
    first, load = first_signed(rows), clients_of(rows)
    years = (load.last_day - 1 - first) // _YEAR
    renewed = desk_day(rows.tenants.as_of, first + _YEAR * np.maximum(years, 0), later=False)
    again = (years > 0) & (rows.below(100, column, "renewed") < RENEWED) & (rows.slots >= FIRST_ORDINARY_SLOT)
    # a guardian's consent stays what it is: who is of age signs as self
    again &= minor_at_intake(rows) == (age_on(rows, renewed) < 18)
    return Days(np.where(again, renewed, first))


def first_signed(rows: Rows) -> Ints:
    """The day of registration, or one of the days up to the first visit of a new client."""
    return rows.cached("first consent", _first_signed)


def _first_signed(rows: Rows) -> Ints:
    registered = rows["intake_date"].cast(pl.Int32).cast(pl.Int64).to_numpy()
    load = clients_of(rows)
    wait = np.minimum(load.first_day, days_of(rows.tenants.as_of) - 1) - registered
    later = load.new & (wait > 0) & (rows.below(100, "consent", "later") >= AT_ONCE)
    later &= rows.slots >= FIRST_ORDINARY_SLOT
    return registered + np.where(later, 1 + rows.below(np.maximum(wait, 1), "consent", "day"), 0)


def telehealth(rows: Rows, column: str) -> pl.Series:
    """The day of the first consent to treatment, for those who agree to telehealth."""
    return where(consents(rows.tenants, rows.ids), pl.Series(first_signed(rows)))
