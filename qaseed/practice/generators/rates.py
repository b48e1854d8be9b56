"""What payers allow for a service, and what of that a client's yearly deductible asks, computed without rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from qaseed import noise
from qaseed.addresses import SLOT_BITS
from qaseed.integers import Days, Ids, Ints
from qaseed.plan import Tenants
from qaseed.practice.generators.arrays import Mask, order_by
from qaseed.practice.generators.clock import window_start
from qaseed.practice.generators.coverage import month_index, plan_year_month
from qaseed.practice.generators.derived import numbered
from qaseed.practice.generators.insurance import (
    CURRENT,
    DEDUCTIBLES,
    medicare_deductibles,
    payer_positions,
)
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.plans import has_original

ALLOWED = {"commercial": 10_000, "medicare": 8_800, "medicaid": 7_128, "other": 9_500}
"""What payers allow, in hundredths of a percent of the schedule: Medicaid 81 % of Medicare (PMC10125036)."""
EARLIER_WEEKS = 2
"""Weeks between visits before the window (assumed)."""
CONTRACTS = (92, 96, 100, 104, 108)
"""What commercial payers allow of the schedule, in percent, by their contract with the practice (assumed)."""
COINSURANCE = 20
"""Percent of what is allowed that Medicare's own plan leaves to the client (42 CFR 410.152)."""
SPENT_FIRST, SPENT_MOST = 45, 270
"""Days in which a client would spend the deductible on other care alone: the least, and how many more (assumed)."""


def rates(tenants: Tenants, clients: Ids, payers: Any) -> Ints:
    """What the payer of each client allows, in hundredths of a percent of the schedule.

    A commercial payer allows the same of all whom it insures at a practice.
    """
    rate = np.full(len(clients), 10_000)
    for payer, allowed in ALLOWED.items():
        rate[payers == payer] = allowed
    own = np.flatnonzero(payers == "commercial")
    position = payer_positions(tenants, Ids(clients[own]))
    rate[own] = np.array(CONTRACTS)[((clients[own] >> SLOT_BITS) + position) % len(CONTRACTS)] * 100
    return rate


def medicaid_cents(schedule: Ints) -> Ints:
    """What Medicaid allows of the schedule."""
    return schedule * ALLOWED["medicaid"] // 10_000


def shared_cents(allowed: Ints, copay: Ints, coinsured: Mask) -> Ints:
    """The client's part of what is allowed beyond the deductible: coinsurance, or the copay, at most half of it."""
    part: Ints = np.where(coinsured, allowed * COINSURANCE // 100, np.minimum(copay, allowed // 2))
    return part


def _yearly(tenants: Tenants, clients: Ids, payers: Any) -> Ints:
    """The deductible of each client's plan; of Medicare's own one more than none, since it goes by the year."""
    yearly = np.zeros(len(clients), dtype=np.int64)
    own = np.flatnonzero(payers == "commercial")
    bits = row_bits(tenants, "insurance_policy", numbered(Ids(clients[own]), CURRENT), "deductible_cents")
    yearly[own] = np.array(tuple(DEDUCTIBLES))[noise.pick(bits, tuple(DEDUCTIBLES.values()))]
    old = np.flatnonzero(payers == "medicare")
    yearly[old] = np.where(has_original(tenants, Ids(clients[old])), 1, 0)
    return yearly


def deductible_parts(
    tenants: Tenants, clients: Ids, payers: Any, of: Ints, day: Days, allowed: Ints, nth: Ints
) -> Ints:
    """What the deductible asks of each visit: `of` are positions in `clients`, `allowed` what the payer allows, and
    `nth` how many visits the client had before.

    The visits of a plan year use it up in the order of their days, those before the window at a usual pace, and other
    care uses it up beside them.
    """
    parts = np.zeros(len(of), dtype=np.int64)
    yearly = _yearly(tenants, clients, payers)
    some = np.flatnonzero(yearly[of] > 0)
    if not len(some):
        return parts
    some = some[order_by(of[some], day[some])]
    who, amount = of[some], allowed[some]
    month = np.where(payers == "commercial", plan_year_month(tenants, clients), 0)[who]
    months = month_index(day[some])
    begun = months - (months - month) % 12
    before = np.cumsum(amount) - amount
    is_first = (np.diff(who, prepend=-1) != 0) | (np.diff(begun, prepend=-1) != 0)
    group = np.cumsum(is_first) - 1
    before -= before[is_first][group]
    began = begun.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    weeks_before = np.maximum(window_start(tenants) - began, 0) // 7
    earlier = np.minimum(nth[some], weeks_before // EARLIER_WEEKS) * amount
    before += np.where(weeks_before > 0, earlier[is_first][group], 0)
    lot = noise.below(row_bits(tenants, "client", clients, "deductible"), SPENT_MOST)
    asked = np.where((payers == "medicare")[who], medicare_deductibles(begun // 12 + 1970), yearly[who])
    left = asked - asked * (day[some] - began) // (SPENT_FIRST + lot)[who] - before
    parts[some] = np.clip(left, 0, amount)
    return parts
