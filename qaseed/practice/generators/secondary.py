"""Who pays what the first payer leaves to a client, by the first payer, computed without rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Ids, Ints
from qaseed.plan import Tenants, is_reserved
from qaseed.practice.generators.courses import IN_FULL, IN_PART, NOTHING, ONLY_REDUCED, REDUCED, WITHOUT
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.plans import has_original
from qaseed.recipes import where
from qaseed.rows import Rows

NONE, MEDIGAP, EMPLOYER, MEDICAID, MILITARY = range(5)
"""No other coverage; Medicare's supplement; an employer's plan for the retired; Medicaid; TRICARE."""
CODES = (None, "commercial", "commercial", "medicaid", "other")
"""The code of each kind of payer; no client has two payers of one code, by which the ledger
identifies them."""
BY_PLAN: dict[str, dict[int, float]] = {
    "original": {MEDIGAP: 42, EMPLOYER: 31, MEDICAID: 16, NONE: 11},
    "advantage": {MEDICAID: 22, NONE: 78},
    "commercial": {MEDICAID: 6.5, MILITARY: 2, NONE: 91.5},
}
"""Percent of clients by what pays first: Medicare's own plan, and Medicare Advantage (KFF, coverage of Medicare's
beneficiaries in 2022: of all of them 19 % have Medicaid); commercial plans (GAO-15-208: 13.4 % of Medicaid's members
have private insurance; TRICARE assumed). Medicaid pays last (42 CFR 433.139), TRICARE before it (32 CFR 199.8).
"""
EMPLOYER_PERCENT = 80
"""Percent of what Medicare leaves that an employer's plan pays; TRICARE pays all of it, and Medigap all but the
deductible, as plan G does (assumed). Medicaid pays the lesser of what is left and of what its own rate exceeds the
payment by, as it does in most states, where that leaves physicians about 80 % of Medicare's rate (CBO, working paper
2023-01); nobody owes the rest (1902(n)(3)).
"""


def kinds_of(tenants: Tenants, clients: Ids, payers: Any) -> Ints:
    """The kind of payer that pays second for these clients; scenarios say it themselves."""
    kinds = np.full(len(clients), NONE)
    ordinary = ~is_reserved(clients)
    old = np.flatnonzero((payers == "medicare") & ordinary)
    own = has_original(tenants, Ids(clients[old]))
    insured = np.flatnonzero((payers == "commercial") & ordinary)
    for plan, some in {"original": old[own], "advantage": old[~own], "commercial": insured}.items():
        percents = BY_PLAN[plan]
        bits = row_bits(tenants, "client", Ids(clients[some]), "secondary_payer_code")
        kinds[some] = np.array(tuple(percents))[noise.pick(bits, tuple(percents.values()))]
    return kinds


def _of_medicaid(due: Ints, allowed: Ints, own_rate: Ints) -> Ints:
    """The lesser of what is due and of what Medicaid's own rate exceeds the first payer's payment by."""
    return np.clip(own_rate - (allowed - due), 0, due)


def extent_of(kinds: Ints, due: Ints, allowed: Ints, deductible: Ints, own_rate: Ints) -> Ints:
    """How much each kind pays of what the first payer leaves, where that and Medicaid allow, and the deductible asks,
    so much.
    """
    asks = (kinds == MEDIGAP) & (deductible > 0)
    some = np.where((kinds == EMPLOYER) | asks, IN_PART, IN_FULL)
    without = asks & (allowed - deductible < 100)  # its part of the rest would be next to nothing
    paid = _of_medicaid(due, allowed, own_rate)
    reduced = np.where(paid == 0, ONLY_REDUCED, np.where(paid < due, REDUCED, IN_FULL))
    return np.select([kinds == NONE, without, kinds == MEDICAID], [WITHOUT, NOTHING, reduced], some)


def cents_of(kinds: Ints, due: Ints, allowed: Ints, deductible: Ints, own_rate: Ints) -> Ints:
    """What each kind pays of what is due after the first payer."""
    paid: Ints = np.select(
        [kinds == NONE, kinds == EMPLOYER, kinds == MEDIGAP, kinds == MEDICAID],
        [0, due * EMPLOYER_PERCENT // 100, due - deductible, _of_medicaid(due, allowed, own_rate)],
        due,
    )
    return paid


def payer_code(rows: Rows, column: str) -> pl.Series:
    """Medicare's supplement, an employer's plan, TRICARE or Medicaid; null for most, and for scenarios."""
    kinds = kinds_of(rows.tenants, rows.ids, rows["payer_code"].to_numpy())
    return where(kinds != NONE, pl.Series(CODES, dtype=pl.String).gather(kinds))
