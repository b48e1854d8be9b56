"""How visits and charges end: statuses, modality, who is likely to miss a visit, and the courses that charges take."""

from __future__ import annotations

import math

import numpy as np

from qaseed import noise
from qaseed.integers import Days, Ids, Ints
from qaseed.plan import Tenants, owners_and_positions
from qaseed.practice import shares
from qaseed.practice.generators import traits
from qaseed.practice.generators.apportionment import Apportionment
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.clock import days_of
from qaseed.practice.generators.coverage import payers
from qaseed.practice.generators.partition import row_bits

MISSING_SPREAD = 1.38
"""Sigma of the lognormal odds of clients to miss visits: an earlier no-show raises the odds 4.4 times (PMC11149957)."""
MEDICAID_ODDS = 108
"""Odds of Medicaid's clients to miss visits, in percent of others' with the same reliability (as MISSING_SPREAD)."""
_ODDS = np.array([min(max(round(40 * math.exp(MISSING_SPREAD * n / 100)), 1), 20_000) for n in range(-400, 401)])
CONSENT = 92
"""Percent of clients who agree to telehealth (assumed)."""
CONFIRMED_DAYS = 10
"""Visits this many days ahead or less are confirmed (assumed)."""
STATUSES = (
    "completed",
    "no_show",
    "cancelled",
    "late_cancelled",
    "provider_cancelled",
    "rescheduled",
    "confirmed",
    "scheduled",
)
COMPLETED, NO_SHOW, CANCELLED, LATE_CANCELLED, PROVIDER_CANCELLED, RESCHEDULED, CONFIRMED, SCHEDULED = range(8)
MODALITIES = ("in_person", "video", "phone")
PAID, OVERTURNED, REFUSED, ALONE, SLIDING, NEVER, FEE, WAIVED = range(8)
"""Courses of a charge: insurance (paid, denied and paid, denied), the client (in full, less, not at all), fees."""


def consents(tenants: Tenants, clients: Ids) -> Mask:
    """Whether these clients agree to telehealth."""
    return noise.below(row_bits(tenants, "client", clients, "consent_telehealth"), 100) < CONSENT


def modality_of(tenants: Tenants, visits: Ids, clients: Ids) -> Ints:
    """How they meet; in person without consent, so that the share comes out over all, up to `CONSENT`."""
    parts = np.array(list(shares.of(tenants, "modality").values()))
    remote = np.minimum(parts[1:] * 100 / CONSENT, 100)
    picked = noise.pick(row_bits(tenants, "appointment", visits, "modality"), [max(100 - remote.sum(), 0), *remote])
    return np.where(consents(tenants, clients), picked, 0)


def tendency(tenants: Tenants, clients: Ids, intake: Mask, modality: Ints, lead: Ints) -> Ints:
    """How likely each visit is missed: twice at an intake, three quarters by telehealth, more with a long lead."""
    frail = _ODDS[np.clip(-traits.reliability(tenants, clients) // 10, -400, 400) + 400]
    insured = np.where(payers(tenants, clients) == "medicaid", MEDICAID_ODDS, 100)
    odds: Ints = (
        frail * insured // 10 * np.where(intake, 8, 4) * np.where(modality > 0, 3, 4) * (50 + np.minimum(lead, 40))
    )
    return odds


def statuses(
    tenants: Tenants, totals: Apportionment, lo: int, hi: int, *, provider: Ints, day: Days, ids: Ids, odds: Ints
) -> Ints:
    """The status of each visit: past ones by their provider's exact totals, future ones by nearness.

    `provider` is counted over the tenants, ascending; `odds` says how likely each visit is missed. Missed visits are
    those with the least noise divided by their odds, so the likelier the higher its odds are.
    """
    lots, others = (
        noise.below(row_bits(tenants, "appointment", ids, "status", name), 1 << 31) for name in ("missed", "other")
    )
    ahead = day - days_of(tenants.as_of)
    status = np.where(ahead <= CONFIRMED_DAYS, CONFIRMED, SCHEDULED)
    past = np.flatnonzero(ahead < 0)
    _, rank = owners_and_positions(np.diff(totals.past[lo : hi + 1]))
    by_odds = past[np.lexsort(((lots[past] << 20) // odds[past], provider[past]))]
    missed = np.zeros(len(provider), dtype=bool)
    missed[by_odds] = rank < np.diff(totals.no_show[lo : hi + 1])[provider[by_odds] - lo]
    # missed ones of each provider first, the others at random: then each status is a run of consecutive ranks
    missed_first = past[np.lexsort((others[past], ~missed[past], provider[past]))]
    parts = (totals.no_show, totals.completed, totals.cancelled, totals.late_cancelled, totals.provider_cancelled)
    ends = np.cumsum([np.diff(part[lo : hi + 1]) for part in parts], axis=0)[:, provider[missed_first] - lo]
    in_order = np.array([NO_SHOW, COMPLETED, CANCELLED, LATE_CANCELLED, PROVIDER_CANCELLED, RESCHEDULED])
    status[missed_first] = in_order[(rank >= ends).sum(axis=0)]
    return status
