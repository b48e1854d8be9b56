"""Recipes for race and language: both go by ethnicity, so that the profile's shares come out over all."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed.practice import shares
from qaseed.practice.generators.raking import pick_by_group, raked
from qaseed.rows import Rows

RACES = ("white", "black", "asian", "native", "pacific", "two_or_more", "declined")
RACE_ODDS = ((1, 1, 1, 1, 1, 1, 1), (0.7, 0.15, 0.07, 1.5, 0.5, 4, 3))
"""How races go with others, and with Hispanics (Census 2020: a third of two or more races, few Black or Asian)."""
LANGUAGES = ("en", "es", "zh", "vi", "ar", "fr")
LANGUAGE_ODDS = ((1, 0.05, 0.02, 0.02, 3, 3), (0.5, 60, 0.01, 0.01, 0.05, 0.1), (0.5, 0.05, 60, 60, 2, 0.3))
"""How languages go with others, with Hispanics, and with Asians and Pacific islanders (assumed)."""


def _hispanic_share(rows: Rows) -> float:
    return shares.of(rows.tenants, "ethnicity")["hispanic"]


def race(rows: Rows, column: str) -> pl.Series:
    """By ethnicity."""
    parts, hispanic = shares.of(rows.tenants, "race"), _hispanic_share(rows)
    table = raked(RACE_ODDS, (100 - hispanic, hispanic), tuple(parts[name] for name in RACES))
    group = (rows["ethnicity"] == "hispanic").to_numpy().astype(np.int64)
    return pl.Series(RACES).gather(pick_by_group(rows.bits(column), group, table))


def language(rows: Rows, column: str) -> pl.Series:
    """By ethnicity and race."""
    parts, races, hispanic = shares.of(rows.tenants, "language"), shares.of(rows.tenants, "race"), _hispanic_share(rows)
    asian = min(races["asian"] + races["pacific"], 100 - hispanic)
    table = raked(LANGUAGE_ODDS, (100 - hispanic - asian, hispanic, asian), tuple(parts[name] for name in LANGUAGES))
    is_asian = rows["race"].is_in(["asian", "pacific"]).to_numpy()
    group = np.where((rows["ethnicity"] == "hispanic").to_numpy(), 1, np.where(is_asian, 2, 0))
    return pl.Series(LANGUAGES).gather(pick_by_group(rows.bits(column), group, table))
