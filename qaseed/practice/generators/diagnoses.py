"""Recipes for diagnoses: the main one by age and the profile's share, further ones by severity and age."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Ids, Ints
from qaseed.plan import Tenants
from qaseed.practice import shares
from qaseed.practice.generators import traits
from qaseed.practice.generators.people import ADULT_THROUGHOUT, reference_age
from qaseed.practice.generators.raking import Table, pick_by_group, raked
from qaseed.practice.generators.staff import PRESCRIBERS, licenses, prescribing_rate, treat_minors
from qaseed.recipes import where
from qaseed.rows import Rows

DIAGNOSES = {
    # group of the share: leaves of ICD-10-CM and their weights within it
    "F41.1": {"F41.1": 1},
    # from the least severe to the most
    "F32-F33": {"F33.41": 1, "F33.0": 4, "F32.0": 3, "F32.A": 2, "F32.1": 6, "F33.1": 8, "F33.2": 1},
    "F43.2": {"F43.23": 7, "F43.22": 3, "F43.21": 2},
    "F90": {"F90.2": 4, "F90.0": 4, "F90.1": 1},
    "F43.1": {"F43.10": 5, "F43.12": 3},
    "F40-F41": {"F41.0": 3, "F41.9": 3, "F40.10": 2},
    "F31": {"F31.81": 2, "F31.9": 1, "F31.32": 1},
    "F10-F19": {"F10.20": 2, "F10.10": 1, "F11.20": 1, "F12.20": 1},
    "F84": {"F84.0": 1},
    "F42": {"F42.2": 2, "F42.9": 1},
    "F50": {"F50.00": 1, "F50.9": 1},
    "F60": {"F60.3": 1},
    "Z": {"Z63.0": 2, "Z63.4": 1},
}
SEXES = ("F", "M", "X")
ODDS_OF_MEN = {
    "F10-F19": 3.2,
    "F90": 1.7,
    "F84": 5.5,
    "F43.1": 0.6,
    "F50": 0.35,
    "F60": 0.55,
}
"""How much likelier each group is in men than in women, of clients; others are equally likely. From the shares of men
among those in treatment or diagnosed: two thirds with substance use (SAMHSA TEDS 2020), half with ADHD (adults; NCHS
2023), 77 % with autism (CDC ADDM 2020), a quarter with PTSD (NCS-R 2005), a fifth with eating disorders (NCS-R 2007)
and a quarter with borderline disorder (DSM-5); figures from memory."""
ODDS_OF_BOYS = {"F90.2": 2.4, "F90.0": 1.7, "F84.0": 3.6, "F43.10": 0.6, "F32.1": 0.7, "F41.1": 0.8}
"""The same of children: boys have ADHD twice as often (NSCH 2016: 13 and 6 %), and autism 3.8 times (CDC ADDM 2020)."""
FOCUS = {
    "prescriber": {"F32-F33": 1.3, "F31": 2.5, "F90": 1.5, "F42": 1.3, "F43.2": 0.35, "Z": 0.1},
    "tester": {"F90": 3, "F84": 5, "F43.2": 0.5, "F10-F19": 0.5, "Z": 0.1},
    "family": {"Z": 5, "F43.2": 1.5, "F31": 0.6},
}
"""How much likelier each group is with prescribers, psychologists who test, and family therapists (assumed): who needs
medication, an assessment or the family seeks them."""
DEPRESSION = "F32-F33"
"""The group whose codes say how severe the problem is."""
CHILD_DIAGNOSES = {
    "F90.2": 30,
    "F90.0": 14,
    "F41.1": 16,
    "F43.23": 12,
    "F93.0": 10,
    "F84.0": 8,
    "F32.1": 6,
    "F43.10": 4,
}
"""Main diagnoses below 14 years, in percent (FAIR Health: attention deficit first; the rest assumed)."""
YOUNG_DIAGNOSES = {"F93.0": 36, "F84.0": 26, "F43.23": 22, "F90.2": 10, "F43.10": 6}
"""Main diagnoses of those who may have come before the age of six, in percent (assumed)."""
YOUNG = 8
DX_CODES = tuple(dict.fromkeys([*(leaf for group in DIAGNOSES.values() for leaf in group), *CHILD_DIAGNOSES]))
FURTHER = {
    # code: weight for adults, and below 14 years
    "F41.1": (30, 24),
    "F33.1": (26, 4),
    "F43.10": (14, 6),
    "F40.10": (10, 12),
    "F90.0": (9, 30),
    "F42.2": (4, 4),
    "F84.0": (1, 12),
    "Z63.0": (5, 0),
}
"""Further diagnoses, and how likely each is (assumed). None is of substance use: 42 CFR Part 2 follows the main one."""
NUMBER = (42, 33, 18, 7)
"""Percent of clients with one to four diagnoses: 1.9 on average (Zimmerman 2008, n = 2,300)."""


def primary_dx(rows: Rows, column: str) -> pl.Series:
    """A leaf of ICD-10-CM by the share of its group, and by severity; below 14 years other problems come first."""
    leaves = {
        leaf: weight * share / sum(DIAGNOSES[name].values())
        for name, share in shares.of(rows.tenants, "dx").items()
        for leaf, weight in DIAGNOSES[name].items()
    }
    group = {leaf: name for name, of_group in DIAGNOSES.items() for leaf in of_group}
    sex = _sexes(rows)
    odds, sizes = _of_adults(rows.tenants, tuple(group[leaf] for leaf in leaves))
    table = raked(odds, sizes, tuple(leaves.values()))
    index = pick_by_group(rows.bits(column), len(SEXES) * _focus(rows) + sex, table)
    first = tuple(leaves).index(next(iter(DIAGNOSES[DEPRESSION])))
    depressed = np.flatnonzero((index >= first) & (index < first + len(DIAGNOSES[DEPRESSION])))
    ill = traits.severity(rows.tenants, Ids(rows.ids[depressed]))
    lot = traits.as_bits(traits.mixed((ill, 90), (traits.normal(rows.bits(column, "severity")[depressed]), 44)))
    index[depressed] = first + noise.pick(lot, tuple(DIAGNOSES[DEPRESSION].values()))
    adult = pl.Series(tuple(leaves)).gather(index)
    child, young = (
        pl.Series(tuple(known)).gather(
            pick_by_group(rows.bits(column, "child"), sex, _of_children(tuple(known.items())))
        )
        for known in (CHILD_DIAGNOSES, YOUNG_DIAGNOSES)
    )
    child = where(pl.Series(reference_age(rows) < YOUNG), young, child)
    # not diagnosed in adolescents
    grown = where((adult == "F60.3") & pl.Series(reference_age(rows) < ADULT_THROUGHOUT), "F41.1", adult)
    return where(reference_age(rows) >= 14, grown, child)


def _sexes(rows: Rows) -> Ints:
    """The position of each client's sex in `SEXES`."""
    position: Ints = rows["sex_at_birth"].replace_strict(SEXES, range(len(SEXES)), return_dtype=pl.Int64).to_numpy()
    return position


def _odds(of_men: tuple[float, ...]) -> Table:
    """Odds by sex: those of women are 1, and those of neither are between."""
    return (1.0,) * len(of_men), of_men, tuple(odds**0.5 for odds in of_men)


def _focus(rows: Rows) -> Ints:
    """What the client's provider is sought for: 0, or a position in `FOCUS` and one."""
    providers, index = np.unique(rows["primary_provider_id"].to_numpy(), return_inverse=True)
    license_ = licenses(rows.tenants, Ids(providers))
    focus = np.select([np.isin(license_, PRESCRIBERS), license_ == "PsyD", license_ == "LMFT"], [1, 2, 3], 0)
    of_provider: Ints = np.where(treat_minors(rows.tenants, Ids(providers)), 0, focus)[index]
    return of_provider


def _of_adults(tenants: Tenants, groups: tuple[str, ...]) -> tuple[Table, tuple[float, ...]]:
    """Odds of diagnoses of these groups by focus and sex, and how many clients each focus and sex has."""
    of_sex = _odds(tuple(ODDS_OF_MEN.get(group, 1.0) for group in groups))
    sexes = shares.of(tenants, "sex")
    sought = (prescribing_rate(tenants), *(shares.rate(tenants, "credentials", name) for name in ("PsyD", "LMFT")))
    odds = [
        tuple(odd * known.get(group, 1.0) for odd, group in zip(of_one, groups, strict=True))
        for known in ({}, *FOCUS.values())
        for of_one in of_sex
    ]
    sizes = [share * sexes[sex] for share in (1 - sum(sought), *sought) for sex in SEXES]
    return tuple(odds), tuple(sizes)


def _of_children(known: tuple[tuple[str, float], ...]) -> Table:
    """Weights of the diagnoses of children by sex: half are girls."""
    of_boys = tuple(ODDS_OF_BOYS.get(code, 1.0) for code, _ in known)
    return raked(_odds(of_boys), (50, 50, 1), tuple(weight for _, weight in known))


def further_dx(rows: Rows, column: str) -> pl.Series:
    """Up to three further codes, separated by blanks, of other categories than the main one; null without one."""
    ill = traits.mixed((traits.severity(rows.tenants, rows.ids), 60), (traits.normal(rows.bits(column, "number")), 80))
    number = noise.pick(traits.as_bits(ill), NUMBER)
    is_child = (reference_age(rows) < 14).astype(np.int64)
    weights = np.array(tuple(FURTHER.values()), dtype=np.uint64).T[is_child]
    bits = np.stack([rows.bits(column, code) for code in FURTHER], axis=1)
    own = rows["primary_dx"].str.slice(0, 3).replace({"F31": "F33", "F32": "F33"})
    category = np.array([code[:3] for code in FURTHER])
    excluded = (weights == 0) | (own.to_numpy()[:, None] == category)
    priority = np.where(excluded, np.uint64((1 << 64) - 1), (bits >> np.uint64(20)) // np.maximum(weights, 1))
    order = np.argsort(priority, axis=1, kind="stable")
    codes = [where(number > nth, pl.Series(tuple(FURTHER)).gather(order[:, nth])) for nth in range(len(NUMBER) - 1)]
    joined = pl.select(pl.concat_str(*map(pl.lit, codes), separator=" ", ignore_nulls=True)).to_series()
    return where(number > 0, joined)
