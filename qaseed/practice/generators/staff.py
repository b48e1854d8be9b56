"""Who works at the practice: licenses, and who supervises whom; known of each provider independently of the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.integers import Ids, Slots
from qaseed.plan import Tenants, slot_of
from qaseed.practice import shares
from qaseed.practice.generators.arrays import Mask
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
    "LMSW": "youth",
    "PMHNP": "medication",
    "MD": "medication",
}
TEAM = 8
"""Providers in a team; the first of each is a licensed therapist, who supervises the associates in it."""


def licenses(tenants: Tenants, ids: Ids) -> Any:
    """The license of each provider."""
    parts = shares.of(tenants, "credentials")
    independent = [name not in (*PRESCRIBERS, *ASSOCIATES) for name in parts]
    bits = row_bits(tenants, "provider", ids, "credentials")
    usual = noise.pick(bits, tuple(parts.values()))
    leading = noise.pick(
        bits, [weight * may_lead or 1e-9 for weight, may_lead in zip(parts.values(), independent, strict=True)]
    )
    return np.array(tuple(parts))[np.where((slot_of(ids) - FIRST_ORDINARY_SLOT) % TEAM == 0, leading, usual)]


def prescribes(tenants: Tenants, ids: Ids) -> Mask:
    """Whether each provider may prescribe."""
    return np.isin(licenses(tenants, ids), PRESCRIBERS)


def credentials(rows: Rows, column: str) -> pl.Series:
    """The provider's license."""
    return pl.Series(licenses(rows.tenants, rows.ids))


def supervisor(rows: Rows, column: str) -> pl.Series:
    """The licensed therapist of the associate's team; null for all others."""
    first = FIRST_ORDINARY_SLOT + (rows.slots - FIRST_ORDINARY_SLOT) // TEAM * TEAM
    return where(rows["credentials"].is_in(ASSOCIATES), rows.at_slots(Slots(np.maximum(first, 0))))
