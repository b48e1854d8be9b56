"""How a tenant's exact totals are apportioned to its providers: whole shares, each known without the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from qaseed.errors import UsageError
from qaseed.integers import Ints
from qaseed.plan import WEEKS_AHEAD, WEEKS_BACK, Tenant, cumulative_shares
from qaseed.practice import modes, shares

BOOKED_WEEKLY_SLOTS = 32
"""Weekly slots of a full-time provider that may hold visits (25 sessions a week are the norm, domain: load)."""
VISIT_NOTES = 0.88
"""Share of notes that document a visit; the others are phone, collateral and plan notes (from the profiles' counts)."""
ENTRIES_PER_CHARGE = 3.1
"""Ledger entries of one charge, itself included: most are settled, the latest are open."""
MOST_ENTRIES = 4
"""Ledger entries that one charge can have at most."""
FEES = 0.05
"""Share of charges that are fees for missed visits (assumed)."""


@dataclass(frozen=True)
class Apportionment:
    """Cumulative counts: entry i of each array is what the first i providers of the tenant have together."""

    client: Ints
    past: Ints
    future: Ints
    completed: Ints
    no_show: Ints
    cancelled: Ints
    late_cancelled: Ints
    provider_cancelled: Ints
    visit_note: Ints
    other_note: Ints
    charge: Ints
    fee: Ints
    entry: Ints


def rotation_length(clients: Ints, weeks: int) -> Ints:
    """Weeks of one rotation: how many of a provider's clients share a weekly slot, at most one a week."""
    return np.clip(-(-clients // BOOKED_WEEKLY_SLOTS), 1, weeks)


def capacity(clients: Ints, weeks: int) -> Ints:
    """Visits that fit the calendars of providers with so many clients each, within so many weeks."""
    length = rotation_length(clients, weeks)
    return np.minimum(clients, length * BOOKED_WEEKLY_SLOTS) * (weeks // length)


def _split(total: int, shares: Sequence[float]) -> list[int]:
    """A total cut by shares, largest remainder first."""
    exact = [total * share / sum(shares) for share in shares]
    whole = [int(part) for part in exact]
    by_remainder = sorted(range(len(shares)), key=lambda i: whole[i] - exact[i])
    for i in by_remainder[: total - sum(whole)]:
        whole[i] += 1
    return whole


@lru_cache(maxsize=64)
def apportion(tenant: Tenant) -> Apportionment:
    """The totals of a tenant's ordinary rows by provider; its counts are those that `check_feasibility` accepts."""
    providers, clients, visits = (tenant.ordinary_count(name) for name in ("provider", "client", "appointment"))
    client = cumulative_shares(clients, np.ones(providers, dtype=np.int64))
    room_back, room_ahead = (capacity(np.diff(client), weeks) for weeks in (WEEKS_BACK, WEEKS_AHEAD))
    wanted = round(visits * shares.rate(tenant, "future", "ahead"))
    ahead = min(max(wanted, visits - int(room_back.sum())), int(room_ahead.sum()))
    past, future = cumulative_shares(visits - ahead, room_back), cumulative_shares(ahead, room_ahead)
    outcome = shares.of(tenant, "outcome")
    of_outcome = dict(zip(outcome, _split(visits - ahead, tuple(outcome.values())), strict=True))
    parts = {}
    rest = past
    for name in ("completed", "no_show", "cancelled", "late_cancelled", "provider_cancelled"):
        parts[name] = _part(rest, of_outcome[name])
        rest = rest - parts[name]

    notes, entries = tenant.ordinary_count("note"), tenant.ordinary_count("ledger_entry")
    visit_notes = min(of_outcome["completed"], round(notes * VISIT_NOTES) if clients else notes)
    charges = min(
        of_outcome["completed"] + of_outcome["no_show"],
        max(-(-entries // MOST_ENTRIES), round(entries / ENTRIES_PER_CHARGE)),
    )
    fees = max(min(round(charges * FEES), of_outcome["no_show"]), charges - of_outcome["completed"])
    charge, fee = _part(parts["completed"], charges - fees), _part(parts["no_show"], fees)
    return Apportionment(
        client=client,
        past=past,
        future=future,
        **parts,
        visit_note=_part(parts["completed"], visit_notes),
        other_note=_part(client, notes - visit_notes),
        charge=charge,
        fee=fee,
        entry=_part(charge + fee, entries),
    )


def _part(whole: Ints, total: int) -> Ints:
    """`total` in proportion to the cumulative `whole`; no part exceeds its whole where `total` does not."""
    return whole * total // max(int(whole[-1]), 1)


def appointment_offsets(tenant: Tenant) -> Ints:
    """Cumulative appointments of the tenant's providers."""
    totals = apportion(tenant)
    return totals.past + totals.future


def client_offsets(tenant: Tenant) -> Ints:
    """Cumulative clients of the tenant's providers."""
    return apportion(tenant).client


def note_offsets(tenant: Tenant) -> Ints:
    """Cumulative notes of the tenant's providers."""
    totals = apportion(tenant)
    return totals.visit_note + totals.other_note


def entry_offsets(tenant: Tenant) -> Ints:
    """Cumulative ledger entries of the tenant's providers."""
    return apportion(tenant).entry


def provider_offsets(tenant: Tenant) -> Ints:
    """The providers themselves, one each."""
    return np.arange(tenant.ordinary_count("provider") + 1, dtype=np.int64)


_REQUIRED = (
    ("provider", "location", "a provider works at a location"),
    ("client", "provider", "a client has a provider"),
    ("appointment", "client", "an appointment is a client's"),
    ("note", "client", "a note is about a client"),
    ("ledger_entry", "appointment", "a ledger entry follows from a visit"),
)


def check_feasibility(tenants: Sequence[Tenant]) -> None:
    """Reject counts, shares and modes that are impossible: a `UsageError` with one line that says what is possible."""
    for tenant in tenants:
        shares.check(tenant)
        modes.check(tenant)
        for entity, needed, why in _REQUIRED:
            if tenant.ordinary_count(entity) and not tenant.ordinary_count(needed):
                raise UsageError(
                    f"{tenant.slug}: {tenant.ordinary_count(entity):,} of {entity} but none of {needed}; "
                    f"{why}, ask for "
                    f"at least one {needed} a tenant, or for fewer tenants"
                )
    for tenant in tenants:
        totals = apportion(tenant)
        fit = int(sum(capacity(np.diff(totals.client), weeks).sum() for weeks in (WEEKS_BACK, WEEKS_AHEAD)))
        _at_most(
            tenant,
            "appointment",
            fit,
            f"in {WEEKS_BACK + WEEKS_AHEAD} weeks of {tenant.ordinary_count('provider'):,} providers with "
            f"{tenant.ordinary_count('client'):,} clients, one visit a client and week",
        )
        completed, missed = int(totals.completed[-1]), int(totals.no_show[-1])
        _at_most(
            tenant,
            "ledger_entry",
            (completed + missed) * MOST_ENTRIES,
            f"{completed:,} of {tenant.ordinary_count('appointment'):,} appointments are completed and "
            f"{missed:,} missed, "
            f"with at most {MOST_ENTRIES} each",
        )


def _at_most(tenant: Tenant, entity: str, fit: int, why: str) -> None:
    if tenant.ordinary_count(entity) > fit:
        raise UsageError(
            f"{tenant.slug}: {tenant.ordinary_count(entity):,} of {entity} asked, {fit:,} fit ({why}); ask for fewer"
        )
