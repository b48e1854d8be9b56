"""Who works there: licences, and who supervises whom; known of any provider without looking at the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Ints
from qaseed.plan import FIRST_ORDINARY_SLOT, Tenant
from qaseed.practice import shares
from qaseed.practice.generators.hours import drawn
from qaseed.recipes import where
from qaseed.rows import Rows

TYPES = {
    "LCSW": "social_worker", "LPC": "counselor", "LMFT": "family_therapist", "PsyD": "psychologist", "PhD": "psychologist",
    "LMSW": "social_worker", "PMHNP": "nurse_practitioner", "MD": "psychiatrist",
}  # fmt: skip
PRESCRIBERS = ("PMHNP", "MD")
ASSOCIATES = ("LMSW",)
"""Licences before the independent one: their notes need a supervisor's signature."""
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
"""The first of each so many providers is a licensed therapist, who supervises the associates among them."""


def licenses(tenant: Tenant, slots: Ints) -> Any:
    """The licence of each provider."""
    parts = shares.of(tenant, "credentials")
    lead = [name not in (*PRESCRIBERS, *ASSOCIATES) for name in parts]
    bits = drawn(tenant, "provider", slots, "credentials")
    usual = noise.pick(bits, tuple(parts.values()))
    leading = noise.pick(bits, [weight * leads or 1e-9 for weight, leads in zip(parts.values(), lead, strict=True)])
    return np.array(tuple(parts))[np.where((slots - FIRST_ORDINARY_SLOT) % TEAM == 0, leading, usual)]


def prescribes(tenant: Tenant, slots: Ints) -> Any:
    """Whether each provider may prescribe."""
    return np.isin(licenses(tenant, slots), PRESCRIBERS)


def credentials(rows: Rows, column: str) -> pl.Series:
    """The licence held."""
    return pl.Series(licenses(rows.tenant, rows.slots))


def supervisor(rows: Rows, column: str) -> pl.Series:
    """The licensed therapist of the associate's team; null for everybody else."""
    first = FIRST_ORDINARY_SLOT + (rows.slots - FIRST_ORDINARY_SLOT) // TEAM * TEAM
    return where(rows["credentials"].is_in(ASSOCIATES), rows.tenant.ids(np.maximum(first, 0)))
