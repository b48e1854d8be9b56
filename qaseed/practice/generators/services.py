"""What visits are for: services in codes of our own, which each client keeps from visit to visit, with exceptions."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Ids, Ints
from qaseed.plan import Tenants
from qaseed.practice import shares
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.raking import pick_by_group, raked
from qaseed.practice.generators.staff import PRESCRIBERS, licenses

SERVICES = {
    # code: (minutes, charge, allowed, least and most documented minutes); fees in cents, fees and codes of our own
    "QA-IND30": (30, 110_00, 75_00, 16, 37),
    "QA-IND45": (45, 150_00, 100_00, 38, 52),
    "QA-IND60": (60, 190_00, 145_00, 53, 60),
    "QA-INTAKE": (60, 225_00, 165_00, 45, 90),
    "QA-INTAKEMD": (60, 275_00, 190_00, 45, 90),
    "QA-FAM": (60, 180_00, 105_00, 45, 60),
    "QA-GRP": (60, 60_00, 28_00, 45, 60),
    "QA-EM2": (15, 90_00, 55_00, 10, 19),
    "QA-EM3": (20, 140_00, 90_00, 15, 29),
    "QA-EM4": (30, 200_00, 128_00, 20, 39),
    "QA-EM5": (45, 270_00, 180_00, 30, 54),
    "QA-EMT": (45, 240_00, 160_00, 30, 54),
    "QA-TEST": (180, 600_00, 420_00, 120, 180),
    "QA-CONS": (5, 40_00, 25_00, 5, 15),
}
BANDS = {code: (least, most) for code, (_, _, _, least, most) in SERVICES.items()}
CODES = tuple(SERVICES)
OTHER_LENGTH = {"therapy": 5, "medication": 15}
"""Percent of visits that take another service than the client's usual one (assumed)."""
FAMILY_THERAPISTS, FAMILY_ODDS = ("LMFT",), 6.0
"""Who sees more couples and families than other therapists do, and how much likelier it is (assumed)."""
KINDS = tuple(
    {"QA-FAM": "family", "QA-GRP": "group", "QA-TEST": "testing", "QA-CONS": "consult"}.get(
        code, {"QA-IND": "individual", "QA-INT": "intake"}.get(code[:6], "med_mgmt")
    )
    for code in CODES
)
"""The type of the visits of each service; `family` is that of couples too."""
_MINUTES, _CHARGES, _SCHEDULE, _LEAST, _MOST = (
    np.array([*(numbers[n] for numbers in SERVICES.values()), 0]) for n in range(5)
)
_OF_SHARE = {"family": "QA-FAM"}


def of_visits(tenants: Tenants, visits: Ids, clients: Ids, providers: Ids, intake: Mask, group: Mask) -> Ints:
    """The service of each visit, an index into `CODES`: by the client's habit and the provider's license."""
    known, index = np.unique(providers, return_inverse=True)
    license_ = licenses(tenants, Ids(known))
    medical, of_families = (np.isin(license_, names)[index] for names in (PRESCRIBERS, FAMILY_THERAPISTS))
    medication = _usual(tenants, visits, clients, "medication", np.zeros(len(visits), dtype=np.int64))
    therapy = _usual(tenants, visits, clients, "therapy", of_families.astype(np.int64))
    usual = np.where(medical, medication, therapy)
    first = np.where(medical, CODES.index("QA-INTAKEMD"), CODES.index("QA-INTAKE"))
    return np.where(intake, first, np.where(group, CODES.index("QA-GRP"), usual))


def _usual(tenants: Tenants, visits: Ids, clients: Ids, share: str, group: Ints) -> Ints:
    """The client's usual service, or one picked for the visit alone; in group 1 those of family therapists."""
    parts = {name: part for name, part in shares.of(tenants, share).items() if name not in ("intake", "group")}
    codes = np.array([CODES.index(_OF_SHARE.get(name, name)) for name in parts])
    odds = tuple(tuple(FAMILY_ODDS if family and name == "family" else 1.0 for name in parts) for family in (0, 1))
    table = raked(odds, _license_groups(tenants), tuple(parts.values()))
    usual = pick_by_group(row_bits(tenants, "client", clients, "service", share), group, table)
    once = pick_by_group(row_bits(tenants, "appointment", visits, "service", share), group, table)
    other = noise.below(row_bits(tenants, "appointment", visits, "service", "other"), 100) < OTHER_LENGTH[share]
    picked: Ints = codes[np.where(other, once, usual)]
    return picked


def _license_groups(tenants: Tenants) -> tuple[float, float]:
    """The shares of other therapists and of family therapists, in percent of all therapists."""
    percent = {name: part for name, part in shares.of(tenants, "credentials").items() if name not in PRESCRIBERS}
    families = sum(part for name, part in percent.items() if name in FAMILY_THERAPISTS)
    families = 100 * families / max(sum(percent.values()), 1e-9)
    return 100 - families, families


def minutes_of(services: Ints) -> Ints:
    """How long each service takes."""
    minutes: Ints = _MINUTES[services]
    return minutes


def cents_of(services: Ints) -> tuple[Ints, Ints]:
    """What each service costs, and what the schedule allows for it."""
    return _CHARGES[services], _SCHEDULE[services]


def bands_of(services: Ints) -> tuple[Ints, Ints]:
    """The least and most minutes that are documented of each service; 0 for -1, which is none."""
    return _LEAST[services], _MOST[services]


def of_service(codes: pl.Series, nth: int) -> Ints:
    """A number of each service code: minutes, charge, allowed amount, least and most documented minutes."""
    numbers: Ints = codes.replace_strict(
        {code: numbers[nth] for code, numbers in SERVICES.items()}, return_dtype=pl.Int64
    ).to_numpy()
    return numbers
