"""How a tenant's exact totals fall on its providers: whole shares of whole shares, each known without the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from qaseed.errors import UsageError
from qaseed.noise import Ints
from qaseed.plan import WEEKS_AHEAD, WEEKS_BACK, Tenant, share_out

LANES_USED = 32
"""Standing weekly hours of a full-time provider that may hold visits (25 sessions a week are the norm, domain: load)."""
FUTURE = 0.18
"""Share of appointments after as_of (assumed, 15 to 20 %)."""
OUTCOMES = {"completed": 0.72, "no_show": 0.10, "cancelled": 0.12, "late_cancelled": 0.06}
"""What became of past appointments (Ettman 2023 for completed and no-show; provider-cancelled is in cancelled)."""
VISIT_NOTES = 0.88
"""Share of notes that document a visit; the others are phone, collateral and plan notes (from the profiles' counts)."""
ENTRIES_PER_CHARGE = 2.6
"""Ledger entries of one charge, itself included (from the profiles' counts)."""
MOST_ENTRIES = 4
"""Ledger entries that one charge can have at most: charge, client payment, insurance payment, adjustment."""


@dataclass(frozen=True)
class Quotas:
    """Cumulative counts: entry i of each array is what the first i providers of the tenant have together."""

    client: Ints
    past: Ints
    future: Ints
    completed: Ints
    no_show: Ints
    cancelled: Ints
    visit_note: Ints
    other_note: Ints
    charge: Ints
    entry: Ints


def sharing(clients: Ints, weeks: int) -> Ints:
    """How many clients take turns in one weekly hour, for providers with so many clients each."""
    return np.clip(-(-clients // LANES_USED), 1, weeks)


def capacity(clients: Ints, weeks: int) -> Ints:
    """Visits that fit the calendars of providers with so many clients each, within so many weeks."""
    turns = sharing(clients, weeks)
    return np.minimum(clients, turns * LANES_USED) * (weeks // turns)


def _split(total: int, shares: Sequence[float]) -> list[int]:
    """A total cut by shares, largest remainder first."""
    exact = [total * share / sum(shares) for share in shares]
    whole = [int(part) for part in exact]
    by_remainder = sorted(range(len(shares)), key=lambda i: whole[i] - exact[i])
    for i in by_remainder[: total - sum(whole)]:
        whole[i] += 1
    return whole


@lru_cache(maxsize=64)
def quotas(tenant: Tenant) -> Quotas:
    """The quotas of a tenant whose counts are within `limits`; a function of its counts alone."""
    providers, clients, visits = (tenant.count(name) for name in ("provider", "client", "appointment"))
    client = share_out(clients, np.ones(providers, dtype=np.int64))
    room_back, room_ahead = (capacity(np.diff(client), weeks) for weeks in (WEEKS_BACK, WEEKS_AHEAD))
    ahead = min(max(round(visits * FUTURE), visits - int(room_back.sum())), int(room_ahead.sum()))
    past, future = share_out(visits - ahead, room_back), share_out(ahead, room_ahead)
    of_outcome = dict(zip(OUTCOMES, _split(visits - ahead, tuple(OUTCOMES.values())), strict=True))

    completed = _part(past, of_outcome["completed"])
    no_show = _part(past - completed, of_outcome["no_show"])
    cancelled = _part(past - completed - no_show, of_outcome["cancelled"])

    notes, entries = tenant.count("note"), tenant.count("ledger_entry")
    visit_notes = min(of_outcome["completed"], round(notes * VISIT_NOTES) if clients else notes)
    charges = min(of_outcome["completed"], max(-(-entries // MOST_ENTRIES), round(entries / ENTRIES_PER_CHARGE)))
    charge = _part(completed, charges)
    return Quotas(
        client=client,
        past=past,
        future=future,
        completed=completed,
        no_show=no_show,
        cancelled=cancelled,
        visit_note=_part(completed, visit_notes),
        other_note=_part(client, notes - visit_notes),
        charge=charge,
        entry=_part(charge, entries),
    )


def _part(whole: Ints, total: int) -> Ints:
    """`total` shared out in proportion to the cumulative `whole`; never more than the whole where total is at most it."""
    return whole * total // max(int(whole[-1]), 1)


def appointment_blocks(tenant: Tenant) -> Ints:
    """Cumulative appointments of the tenant's providers."""
    held = quotas(tenant)
    return held.past + held.future


def client_blocks(tenant: Tenant) -> Ints:
    """Cumulative clients of the tenant's providers."""
    return quotas(tenant).client


def note_blocks(tenant: Tenant) -> Ints:
    """Cumulative notes of the tenant's providers."""
    held = quotas(tenant)
    return held.visit_note + held.other_note


def entry_blocks(tenant: Tenant) -> Ints:
    """Cumulative ledger entries of the tenant's providers."""
    return quotas(tenant).entry


def provider_blocks(tenant: Tenant) -> Ints:
    """The providers themselves, one each."""
    return np.arange(tenant.count("provider") + 1, dtype=np.int64)


_NEEDS = (
    ("provider", "location", "a provider works at a location"),
    ("client", "provider", "a client has a provider"),
    ("appointment", "client", "an appointment is a client's"),
    ("note", "client", "a note is about a client"),
    ("ledger_entry", "appointment", "a ledger entry follows from a visit"),
)


def limits(tenants: Sequence[Tenant]) -> None:
    """Refuse counts that cannot be, with one line that says how many fit."""
    for tenant in tenants:
        for entity, needed, why in _NEEDS:
            if tenant.count(entity) and not tenant.count(needed):
                raise UsageError(
                    f"{tenant.slug}: {tenant.count(entity):,} of {entity} but none of {needed}; {why}, ask for at least "
                    f"one {needed} a tenant, or for fewer tenants"
                )
    for tenant in tenants:
        held = quotas(tenant)
        fit = int(sum(capacity(np.diff(held.client), weeks).sum() for weeks in (WEEKS_BACK, WEEKS_AHEAD)))
        _at_most(
            tenant, "appointment", fit,
            f"in {WEEKS_BACK + WEEKS_AHEAD} weeks of {tenant.count('provider'):,} providers with "
            f"{tenant.count('client'):,} clients, one visit a client and week",
        )  # fmt: skip
        completed = int(held.completed[-1])
        _at_most(
            tenant, "ledger_entry", completed * MOST_ENTRIES,
            f"{completed:,} of {tenant.count('appointment'):,} appointments are completed, with at most {MOST_ENTRIES} each",
        )  # fmt: skip


def _at_most(tenant: Tenant, entity: str, fit: int, why: str) -> None:
    if tenant.count(entity) > fit:
        raise UsageError(
            f"{tenant.slug}: {tenant.count(entity):,} of {entity} asked, {fit:,} fit ({why}); ask for fewer"
        )
