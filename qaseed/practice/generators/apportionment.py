"""How a tenant's exact totals are apportioned to its providers: whole shares, each known without the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qaseed.errors import UsageError
from qaseed.integers import Ids, Ints
from qaseed.plan import WEEKS_AHEAD, WEEKS_BACK, Tenant, Tenants, batches, cumulative_shares
from qaseed.practice import modes, shares
from qaseed.practice.generators.staff import weeks_worked

BOOKED_WEEKLY_SLOTS = 32
"""Weekly slots of a full-time provider that may hold visits (25 sessions a week are the norm, domain: load)."""
VISIT_NOTES = 0.88
"""Share of notes that document a visit; the others are phone, collateral and plan notes (from the profiles' counts)."""
MOST_ENTRIES = 4
"""Ledger entries that one charge can have at most."""


@dataclass(frozen=True)
class Apportionment:
    """Cumulative counts: entry i of each array is what the first i providers have together, tenant by tenant."""

    client: Ints
    weeks: Ints
    """Weeks before as_of in which there are visits."""
    past: Ints
    future: Ints
    completed: Ints
    no_show: Ints
    cancelled: Ints
    late_cancelled: Ints
    provider_cancelled: Ints
    visit_note: Ints
    other_note: Ints
    entry: Ints


def rotation_length(clients: Ints, weeks: int | Ints) -> Ints:
    """Weeks of one rotation: how many of a provider's clients share a weekly slot, at most one a week."""
    return np.clip(-(-clients // BOOKED_WEEKLY_SLOTS), 1, weeks)


def capacity(clients: Ints, weeks: int | Ints) -> Ints:
    """Visits that fit the calendars of providers with so many clients each, within so many weeks."""
    length = rotation_length(clients, weeks)
    return np.minimum(clients, length * BOOKED_WEEKLY_SLOTS) * (weeks // length)


def rooms(clients: Ints, weeks: Ints) -> tuple[Ints, Ints]:
    """Visits that fit the calendars of providers before and after as_of; none are ahead of those who left."""
    return capacity(clients, weeks), np.where(weeks < WEEKS_BACK, 0, capacity(clients, WEEKS_AHEAD))


def _split(totals: Ints, shares: Sequence[float]) -> Ints:
    """Totals cut by shares, a row each, largest remainder first."""
    exact = np.asarray(totals)[:, None] * np.array(shares) / sum(shares)
    whole = exact.astype(np.int64)
    by_remainder = np.argsort(whole - exact, axis=1, kind="stable")
    rank = np.argsort(by_remainder, axis=1, kind="stable")
    parts: Ints = whole + (rank < (totals - whole.sum(axis=1))[:, None])
    return parts


def apportion(tenants: Tenants) -> Apportionment:
    """The totals of ordinary rows by provider; the tenants' counts are those that `check_feasibility` accepts."""
    return tenants.cached("apportionment", lambda: _apportion(tenants))


def _apportion(tenants: Tenants) -> Apportionment:
    starts = tenants.starts("provider")
    clients, visits, notes, entries = (
        tenants.counts(name) for name in ("client", "appointment", "note", "ledger_entry")
    )

    def of_each(parts: Ints) -> Ints:
        """What each tenant's providers have together of something cumulative."""
        return np.diff(parts[starts])

    def share(totals: Ints, heights: Ints) -> Ints:
        return cumulative_shares(totals, heights, starts)

    client = share(clients, np.arange(starts[-1] + 1))
    weeks = weeks_worked(tenants, tenants.ids("provider", np.arange(starts[-1])))
    room_back, room_ahead = (np.concatenate(([0], np.cumsum(room))) for room in rooms(np.diff(client), weeks))
    wanted = np.rint(visits * shares.rate(tenants, "future", "ahead")).astype(np.int64)
    ahead = np.minimum(np.maximum(wanted, visits - of_each(room_back)), of_each(room_ahead))
    past, future = share(visits - ahead, room_back), share(ahead, room_ahead)
    outcome = shares.of(tenants, "outcome")
    of_outcome = dict(zip(outcome, _split(visits - ahead, tuple(outcome.values())).T, strict=True))
    parts = {}
    rest = past
    for name in ("completed", "no_show", "cancelled", "late_cancelled", "provider_cancelled"):
        parts[name] = share(of_outcome[name], rest)
        rest = rest - parts[name]

    completed = of_outcome["completed"]
    visit_notes = np.minimum(completed, np.where(clients > 0, np.rint(notes * VISIT_NOTES).astype(np.int64), notes))
    return Apportionment(
        client=client,
        weeks=np.concatenate(([0], np.cumsum(weeks))),
        past=past,
        future=future,
        **parts,
        visit_note=share(visit_notes, parts["completed"]),
        other_note=share(notes - visit_notes, client),
        entry=share(entries, MOST_ENTRIES * parts["completed"]),
    )


def appointment_offsets(tenants: Tenants) -> Ints:
    """Cumulative appointments of the tenants' providers."""
    totals = apportion(tenants)
    return totals.past + totals.future


def visit_owners(tenants: Tenants, visits: Ids) -> Ints:
    """The provider of the client of each visit, counted from 0 over all tenants."""
    ordinals = tenants.ordinals("appointment", visits)
    owners: Ints = np.searchsorted(appointment_offsets(tenants), ordinals, side="right") - 1
    return owners


def client_offsets(tenants: Tenants) -> Ints:
    """Cumulative clients of the tenants' providers."""
    return apportion(tenants).client


def note_offsets(tenants: Tenants) -> Ints:
    """Cumulative notes of the tenants' providers."""
    totals = apportion(tenants)
    return totals.visit_note + totals.other_note


def entry_offsets(tenants: Tenants) -> Ints:
    """Cumulative ledger entries of the tenants' providers."""
    return apportion(tenants).entry


def provider_offsets(tenants: Tenants) -> Ints:
    """The providers themselves, one each."""
    return np.arange(tenants.starts("provider")[-1] + 1)


_REQUIRED = (
    ("provider", "location", "a provider works at a location"),
    ("client", "provider", "a client has a provider"),
    ("appointment", "client", "an appointment is a client's"),
    ("note", "client", "a note is about a client"),
    ("ledger_entry", "appointment", "a ledger entry follows from a visit"),
)


def check_feasibility(tenants: Sequence[Tenant]) -> None:
    """Reject counts, shares and modes that are impossible: a `UsageError` with one line that says what is possible."""
    shares.check(tenants[0])
    modes.check(tenants[0])
    for tenant in tenants:
        for entity, needed, why in _REQUIRED:
            # the scenarios' location serves ordinary providers too
            has = tenant.count(needed) if needed == "location" else tenant.ordinary_count(needed)
            if tenant.ordinary_count(entity) and not has:
                raise UsageError(
                    f"{tenant.slug}: {tenant.ordinary_count(entity):,} of {entity} but none of {needed}; "
                    f"{why}, ask for "
                    f"at least one {needed} a tenant, or for fewer tenants"
                )
        if tenant.scenario_names and tenant.count("client") >= tenant.count("provider"):
            idle = tenant.ordinary_count("provider") - tenant.ordinary_count("client")
            if idle > 0:
                raise UsageError(
                    f"{tenant.slug}: scenarios leave no client for {idle:,} of its providers; ask for fewer"
                )
    for batch in batches(tenants):
        _check_totals(batch)


def _check_totals(tenants: Tenants) -> None:
    totals, starts = apportion(tenants), tenants.starts("provider")
    room = sum(rooms(np.diff(totals.client), np.diff(totals.weeks)))
    fits = np.diff(np.concatenate(([0], np.cumsum(room)))[starts]).tolist()
    completed_by = np.diff(totals.completed[starts]).tolist()
    for tenant, fit, completed in zip(tenants.all, fits, completed_by, strict=True):
        _at_most(
            tenant,
            "appointment",
            fit,
            f"in {WEEKS_BACK + WEEKS_AHEAD} weeks of {tenant.ordinary_count('provider'):,} providers with "
            f"{tenant.ordinary_count('client'):,} clients, one visit a client and week",
        )
        _at_most(
            tenant,
            "ledger_entry",
            completed * MOST_ENTRIES,
            f"{completed:,} of {tenant.ordinary_count('appointment'):,} appointments are completed, "
            f"with at most {MOST_ENTRIES} each",
        )


def _at_most(tenant: Tenant, entity: str, fit: int, why: str) -> None:
    if tenant.ordinary_count(entity) > fit:
        raise UsageError(
            f"{tenant.slug}: {tenant.ordinary_count(entity):,} of {entity} asked, {fit:,} fit ({why}); ask for fewer"
        )
