"""How visits end: statuses, modality, and who is likely to miss a visit."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from qaseed import noise
from qaseed.integers import Days, Ids, Ints, Minutes
from qaseed.plan import Tenants, owners_and_positions
from qaseed.practice import shares
from qaseed.practice.generators import traits
from qaseed.practice.generators.apportionment import Apportionment
from qaseed.practice.generators.arrays import Mask, order_by
from qaseed.practice.generators.clock import NOW_MINUTE, days_of, window_start
from qaseed.practice.generators.coverage import payers
from qaseed.practice.generators.partition import row_bits

MISSING_SPREAD = 1.32
"""Sigma of the lognormal odds of clients to miss visits: an earlier no-show raises the odds 4.4 times (PMC11149957)."""
MEDICAID_ODDS = 108
"""Odds of Medicaid's clients to miss visits, in percent of others' with the same reliability (as MISSING_SPREAD)."""
CALLING_SPREAD = 0.9
"""Sigma of the lognormal odds of clients to call visits off: some do so again and again (assumed)."""
_ODDS, _CALLING_ODDS = (
    np.array([min(max(round(40 * math.exp(spread * n / 100)), 1), 20_000) for n in range(-400, 401)])
    for spread in (MISSING_SPREAD, CALLING_SPREAD)
)
_LAST = 1 << 51  # above all noise of 31 bits, times 2^20
CONSENT = 92
"""Percent of clients who agree to telehealth (assumed)."""
PHONE_CLIENTS = 0.25
"""Share of the clients by telehealth who are sometimes met by phone (assumed)."""
OTHER_MODALITY = 0.025
"""Share of the visits of clients who usually come that are by telehealth (assumed)."""
THERAPY = 0.85
"""Share of the visits that are with therapists, who see groups too (from the profiles' licenses)."""
CONFIRMED_DAYS = ((2, 80), (10, 35))
"""Up to how many days ahead which percent of the visits are confirmed (assumed)."""
STATUSES = (
    "completed",
    "no_show",
    "cancelled",
    "late_cancelled",
    "provider_cancelled",
    "rescheduled",
    "confirmed",
    "scheduled",
    "checked_in",
    "in_session",
)
COMPLETED, NO_SHOW, CANCELLED, LATE_CANCELLED, PROVIDER_CANCELLED, RESCHEDULED = range(6)
CONFIRMED, SCHEDULED, CHECKED_IN, IN_SESSION = range(6, 10)
MODALITIES = ("in_person", "video", "phone")
ARRIVAL = {"in_person": (9, 7), "video": (4, 4), "phone": (-1, 1.5)}
"""Minutes before the visit at which clients arrive, connect or answer the call of the provider, and how much these
spread: one in ten comes late to the office (assumed)."""
_ARRIVALS = np.array(
    [
        [round(mean + spread * NormalDist().inv_cdf((n + 0.5) / 128)) for n in range(128)]
        for mean, spread in (ARRIVAL[modality] for modality in MODALITIES)
    ]
)


def consents(tenants: Tenants, clients: Ids) -> Mask:
    """Whether these clients agree to telehealth."""
    return noise.below(row_bits(tenants, "client", clients, "consent_telehealth"), 100) < CONSENT


def modality_of(tenants: Tenants, visits: Ids, clients: Ids) -> Ints:
    """How they meet: as the client usually does, with exceptions on both sides so that the share comes out over all.

    In person without consent, and for groups. Phone is the exception of those who usually meet by video.
    """
    parts = np.array(list(shares.of(tenants, "modality").values()))
    alone = 1 - THERAPY * shares.rate(tenants, "therapy", "group")
    remote = min(parts[1:].sum() / CONSENT / alone, 1)
    lot = noise.below(row_bits(tenants, "client", clients, "modality"), 1 << 20)
    usually = lot < remote * (1 << 20)
    once = noise.below(row_bits(tenants, "appointment", visits, "modality"), 1 << 20)
    leaves = OTHER_MODALITY * (1 - remote) / max(remote, OTHER_MODALITY)
    changes = once < np.where(usually, leaves, OTHER_MODALITY * (remote > 0)) * (1 << 20)
    by_phone = parts[2] / max(parts[1:].sum(), 1e-9)
    calls = min(PHONE_CLIENTS / max(by_phone, 1e-9), 1)
    caller = noise.below(row_bits(tenants, "client", clients, "modality", "phone"), 1 << 20)
    calling = caller < PHONE_CLIENTS * (1 << 20)
    called = noise.below(row_bits(tenants, "appointment", visits, "modality", "phone"), 1 << 20)
    share = by_phone if calls < 1 else by_phone / PHONE_CLIENTS
    video_or_phone = np.where((calling | (calls < 1)) & (called < share * (1 << 20)), 2, 1)
    return np.where(consents(tenants, clients) & (usually != changes), video_or_phone, 0)


def arrival_minutes(tenants: Tenants, visits: Ids, modality: Ints) -> Ints:
    """How many minutes before the start clients arrive; negative where they are late."""
    lot = noise.below(row_bits(tenants, "appointment", visits, "checked_in_at"), _ARRIVALS.shape[1])
    minutes: Ints = _ARRIVALS[modality, lot]
    return minutes


def frailty(tenants: Tenants, clients: Ids) -> Ints:
    """How likely each client misses a visit."""
    frail = _ODDS[np.clip(-traits.reliability(tenants, clients) // 10, -400, 400) + 400]
    insured = np.where(payers(tenants, clients) == "medicaid", MEDICAID_ODDS, 100)
    odds: Ints = frail * insured // 10
    return odds


def tendency(frail: Ints, intake: Mask, modality: Ints, lead: Ints) -> Ints:
    """How likely each visit is missed, by the frailty of its client.

    Twice as likely at an intake, three quarters by telehealth, more with a long lead.
    """
    odds: Ints = frail * np.where(intake, 8, 4) * np.where(modality > 0, 3, 4) * (50 + np.minimum(lead, 40))
    return odds


def calling_off(tenants: Tenants, clients: Ids) -> Ints:
    """How likely clients call visits off: the less reliable a little more likely."""
    own = traits.normal(traits.client_bits(tenants, clients, "calls off"))
    habit = traits.mixed((own, 95), (traits.reliability(tenants, clients), -31))
    odds: Ints = _CALLING_ODDS[np.clip(habit // 10, -400, 400) + 400]
    return odds


def day_bits(tenants: Tenants, providers: Ids, day: Days, *stream: str) -> noise.Bits:
    """The noise of each provider's day: of a week of the window and a weekday, so that it moves with the window."""
    number = (day - window_start(tenants)) // 7 * 7 + (day + 3) % 7
    own = row_bits(tenants, "provider", providers, "day off", *stream)
    return noise.bits(noise.key(tenants.seed, "day off", *stream), (own ^ number.astype(np.uint64)).view(np.int64))


def statuses(
    tenants: Tenants,
    totals: Apportionment,
    lo: int,
    hi: int,
    provider: Ints,
    seen_by: Ids,
    day: Days,
    minute: Minutes,
    slot: Ids,
    modality: Ints,
    odds: tuple[Ints, Ints],
    group: Mask,
) -> Ints:
    """The status of each visit: past ones by their provider's exact totals, future ones by nearness.

    `provider` is counted within the tenants, ascending; `odds` says how likely each visit is missed, and called off.
    These are the visits with the least noise divided by their odds, so the likelier the higher its odds are. No session
    of a group is called off by the provider for one member, or moved for one. A provider calls off all visits of a day,
    but on the last one that the totals ask for; `seen_by` are those whose days these are.
    """
    missing, calling, others = (
        noise.below(row_bits(tenants, "appointment", slot, "status", name), 1 << 31)
        for name in ("missed", "called off", "other")
    )
    ahead = day - days_of(tenants.as_of)
    arrives = minute - arrival_minutes(tenants, slot, modality)
    asked = noise.below(row_bits(tenants, "appointment", slot, "status", "confirmed"), 100)
    confirmed = np.any([(ahead <= days) & (asked < percent) for days, percent in CONFIRMED_DAYS], axis=0)
    status = np.where(confirmed, CONFIRMED, SCHEDULED)
    status[(ahead == 0) & (arrives < NOW_MINUTE)] = CHECKED_IN
    status[(ahead == 0) & (np.maximum(minute, arrives) < NOW_MINUTE)] = IN_SESSION
    past = np.flatnonzero(ahead < 0)
    _, rank = owners_and_positions(np.diff(totals.past[lo : hi + 1]))
    parts = (totals.past, totals.completed, totals.no_show, totals.cancelled, totals.late_cancelled)
    all_past, completed, no_show, in_time, late = (np.diff(part[lo : hi + 1]) for part in parts)
    by_provider = np.diff(totals.provider_cancelled[lo : hi + 1])

    def least(key: Ints, many: Ints) -> Mask:
        """So many past visits of each provider, those with the least keys."""
        order = past[order_by(provider[past], key[past])]
        chosen = np.zeros(len(provider), dtype=bool)
        chosen[order] = rank < many[provider[order] - lo]
        return chosen

    absent = day_bits(tenants, seen_by, day)
    meets = np.isin(absent, absent[group])
    missed = least((missing << 20) // odds[0], no_show)
    at_last = np.where(missed, 2 * _LAST, np.where(meets, _LAST, 0))
    gone = least((noise.below(absent, 1 << 20) << 31) + others + at_last, by_provider)
    moved = all_past - completed - no_show - in_time - late - by_provider
    taken = gone | missed
    off = least(np.where(taken, _LAST, np.where(group, others + (1 << 31), others)), moved)
    called = least(np.where(taken | off, _LAST, (calling << 20) // odds[1]), in_time + late)
    # each kind together, so that each status is a run of consecutive ranks
    kind = np.select([missed, called, gone, off], [0, 1, 2, 3], 4)
    in_order = past[order_by(provider[past], kind[past], others[past])]
    counts = (no_show, in_time, late, by_provider, moved)
    ends = np.cumsum(counts, axis=0)[:, provider[in_order] - lo]
    runs = np.array([NO_SHOW, CANCELLED, LATE_CANCELLED, PROVIDER_CANCELLED, RESCHEDULED, COMPLETED])
    status[in_order] = runs[(rank >= ends).sum(axis=0)]
    return status
