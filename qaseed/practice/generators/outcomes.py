"""What becomes of visits: how they meet, who is likely to miss one, and the exact number of each outcome."""

from __future__ import annotations

from typing import Any

import numpy as np

from qaseed import noise
from qaseed.integers import Ints
from qaseed.plan import Tenant, ragged
from qaseed.practice import shares
from qaseed.practice.generators.apportionment import Apportionment
from qaseed.practice.generators.clock import days_of
from qaseed.practice.generators.hours import drawn

FRAILTY = (4, 4, 4, 4, 4, 4, 4, 9, 9, 16)
"""How much a client tends to miss visits: a tenth four times as much as most (Dantas 2018: prior no-shows; size assumed)."""
CONSENT = 92
"""Percent of clients who agree to telehealth (assumed)."""
CONFIRMED_DAYS = 10
"""Visits this many days ahead or less are confirmed (assumed)."""
STATUSES = (
    "completed", "no_show", "cancelled", "late_cancelled", "provider_cancelled", "rescheduled", "confirmed", "scheduled",
)  # fmt: skip
COMPLETED, NO_SHOW, CANCELLED, LATE, BY_PROVIDER, RESCHEDULED, CONFIRMED, SCHEDULED = range(len(STATUSES))
MODALITIES = ("in_person", "video", "phone")


def consents(tenant: Tenant, clients: Ints) -> Any:
    """Whether the clients at these places agree to telehealth."""
    return noise.below(drawn(tenant, "client", clients, "consent_telehealth"), 100) < CONSENT


def modality_of(tenant: Tenant, slot: Ints, client: Ints) -> Ints:
    """How they meet; in person without consent, so that the share comes out over all."""
    parts = np.array(list(shares.of(tenant, "modality").values()))
    remote = np.minimum(parts[1:] * 100 / CONSENT, 100)
    picked = noise.pick(drawn(tenant, "appointment", slot, "modality"), [max(100 - remote.sum(), 0), *remote])
    return np.where(consents(tenant, client), picked, 0)


def tendency(tenant: Tenant, client: Ints, intake: Any, modality: Ints, lead: Ints) -> Ints:
    """How likely each visit is missed: twice at an intake, three quarters by telehealth, more with a long lead."""
    frail = np.array(FRAILTY)[noise.below(drawn(tenant, "client", client, "frailty"), len(FRAILTY))]
    odds: Ints = frail * np.where(intake, 8, 4) * np.where(modality > 0, 3, 4) * (50 + np.minimum(lead, 40))
    return odds


def statuses(
    tenant: Tenant, held: Apportionment, lo: int, hi: int, provider: Ints, day: Ints, slot: Ints, tendency: Ints
) -> Ints:
    """What became of each visit: past ones by the provider's exact quotas; future ones by nearness.

    Missed visits are those with the least noise divided by their tendency, so each as likely as its tendency says.
    """
    lots, others = (noise.below(drawn(tenant, "appointment", slot, "status", n), 1 << 31) for n in ("missed", "other"))
    ahead = day - days_of(tenant.as_of)
    status = np.where(ahead <= CONFIRMED_DAYS, CONFIRMED, SCHEDULED)
    past = np.flatnonzero(ahead < 0)
    totals = np.diff(held.past[lo : hi + 1])
    missed = past[np.lexsort(((lots[past] << 20) // tendency[past], provider[past]))]
    _, rank = ragged(totals)
    is_missed = np.zeros(len(provider), dtype=bool)
    is_missed[missed] = rank < np.diff(held.no_show[lo : hi + 1])[provider[missed] - lo]
    rest = past[np.lexsort((others[past], ~is_missed[past], provider[past]))]
    quota = (held.no_show, held.completed, held.cancelled, held.late_cancelled, held.provider_cancelled)
    upto = np.cumsum([np.diff(part[lo : hi + 1]) for part in quota], axis=0)[:, provider[rest] - lo]
    dealt = np.array([NO_SHOW, COMPLETED, CANCELLED, LATE, BY_PROVIDER, RESCHEDULED])
    status[rest] = dealt[(rank >= upto).sum(axis=0)]
    return status
