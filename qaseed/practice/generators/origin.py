"""Recipes for race, language and referral: by ethnicity and age, so that the profile's shares come out over all."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed.practice import shares
from qaseed.practice.generators.people import reference_age
from qaseed.practice.generators.raking import pick_by_group, raked
from qaseed.rows import Rows

RACES = ("white", "black", "asian", "native", "pacific", "two_or_more", "declined")
RACE_ODDS = ((1, 1, 1, 1, 1, 1, 1), (0.7, 0.15, 0.07, 1.5, 0.5, 4, 3))
"""How races go with others, and with Hispanics (Census 2020: a third of two or more races, few Black or Asian)."""
LANGUAGES = ("en", "es", "zh", "vi", "ar", "fr")
LANGUAGE_ODDS = ((1, 0.05, 0.02, 0.02, 3, 3), (0.5, 60, 0.01, 0.01, 0.05, 0.1), (0.5, 0.05, 60, 60, 2, 0.3))
"""How languages go with others, with Hispanics, and with Asians and Pacific islanders (assumed)."""
REFERRALS = ("self", "primary_care", "insurance", "friend", "school", "hospital", "court", "online")
REFERRAL_ODDS = (
    (0.6, 1.3, 0.8, 0.8, 12, 0.8, 0.5, 0.5),
    (1, 0.8, 1, 1, 3, 1, 1.5, 1.5),
    (1, 1, 1, 1, 1e-6, 1, 1, 1),
)
"""How minors, those of 18 to 25 and others found the practice: schools send pupils and students (assumed)."""


def _hispanic_share(rows: Rows) -> float:
    return shares.of(rows.tenants, "ethnicity")["hispanic"]


def race(rows: Rows, column: str) -> pl.Series:
    """By ethnicity."""
    parts, hispanic = shares.of(rows.tenants, "race"), _hispanic_share(rows)
    table = raked(RACE_ODDS, (100 - hispanic, hispanic), tuple(parts[name] for name in RACES))
    group = (rows["ethnicity"] == "hispanic").to_numpy().astype(np.int64)
    return pl.Series(RACES).gather(pick_by_group(rows.bits(column), group, table))


def referral(rows: Rows, column: str) -> pl.Series:
    """By age."""
    sizes, parts = shares.of(rows.tenants, "age"), shares.of(rows.tenants, "referral")
    first = {band: int(band.split("-")[0]) for band in sizes}
    groups = [
        sum(sizes[band] for band in sizes if low <= first[band] < end) for low, end in ((0, 18), (18, 26), (26, 200))
    ]
    table = raked(REFERRAL_ODDS, tuple(groups), tuple(parts[name] for name in REFERRALS))
    group = np.searchsorted((18, 26), reference_age(rows), side="right")
    return pl.Series(REFERRALS).gather(pick_by_group(rows.bits(column), group, table))


def language(rows: Rows, column: str) -> pl.Series:
    """By ethnicity and race."""
    parts, races, hispanic = shares.of(rows.tenants, "language"), shares.of(rows.tenants, "race"), _hispanic_share(rows)
    asian = min(races["asian"] + races["pacific"], 100 - hispanic)
    table = raked(LANGUAGE_ODDS, (100 - hispanic - asian, hispanic, asian), tuple(parts[name] for name in LANGUAGES))
    is_asian = rows["race"].is_in(["asian", "pacific"]).to_numpy()
    group = np.where((rows["ethnicity"] == "hispanic").to_numpy(), 1, np.where(is_asian, 2, 0))
    return pl.Series(LANGUAGES).gather(pick_by_group(rows.bits(column), group, table))
