"""Which visits are charged, which course each charge takes, and how many entries follow it: exact totals, oldest first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Ints
from qaseed.plan import FIRST_ORDINARY_SLOT, Tenant, ragged
from qaseed.practice import shares
from qaseed.practice.generators.apportionment import MOST_ENTRIES, apportion, entry_offsets
from qaseed.practice.generators.arrays import Columns, aligned
from qaseed.practice.generators.calendar import held_by_range, providers_of, visits
from qaseed.practice.generators.clock import days_of
from qaseed.practice.generators.hours import drawn
from qaseed.rows import Rows

PAID, OVERTURNED, REFUSED, ALONE, SLIDING, NEVER, FEE, WAIVED = range(8)
"""Courses that a charge can take: by insurance (paid, denied and paid, denied), by the client (in full, less, not at all)."""
STEPS = {
    # course: the entries after the charge, by how many there are
    PAID: (
        (),
        ("client_payment",),
        ("insurance_payment", "adjustment"),
        ("client_payment", "insurance_payment", "adjustment"),
    ),
    OVERTURNED: (
        (),
        ("client_payment",),
        ("insurance_payment", "adjustment"),
        ("client_payment", "insurance_payment", "adjustment"),
    ),
    REFUSED: ((), ("write_off",), ("client_payment", "write_off"), ("client_payment", "adjustment", "write_off")),
    ALONE: ((), ("client_payment",), ("client_payment",) * 2, ("client_payment",) * 3),
    SLIDING: (
        (),
        ("client_payment",),
        ("adjustment", "client_payment"),
        ("adjustment", "client_payment", "client_payment"),
    ),
    NEVER: ((), ("client_payment",), ("client_payment",) * 2, ("client_payment",) * 3),
    FEE: ((), ("client_payment",), ("client_payment",) * 2, ("client_payment",) * 3),
    WAIVED: ((), ("write_off",), ("write_off",) * 2, ("write_off",) * 3),
}
WISHED = {
    PAID: (3, 2),
    OVERTURNED: (3, 2),
    REFUSED: (1, 1),
    ALONE: (1, 1),
    SLIDING: (2, 2),
    NEVER: (0, 0),
    FEE: (1, 0),
    WAIVED: (1, 1),
}
"""Entries after the charge that each course wishes for, usually and for one in eight (no copay collected, fee open)."""
APPEALED = 60
"""Percent of denials that are overturned (assumed)."""
SELF_COURSES = {ALONE: 55, SLIDING: 38, NEVER: 7}
"""What becomes of charges to clients alone, in percent (assumed)."""
FEE_COURSES = {FEE: 70, WAIVED: 30}
_LAGS = tuple(max(3, round(math.exp(math.log(21) + 0.774 * NormalDist().inv_cdf((n + 0.5) / 64)))) for n in range(64))
"""Days from billing to insurance payment, equally likely: lognormal with median 21 and 95th percentile 75 (assumed)."""


@dataclass(frozen=True)
class Entries(Columns):
    """Ledger entries: place of the charge (the entry's own for a charge), which one it is, of how many, and of what course."""

    visit: Ints
    client: Ints
    charge: Ints
    nth: Ints
    size: Ints
    course: Ints
    lag: Ints
    """Days from the charge; -1 for the lag that goes with the type."""


@dataclass(frozen=True)
class Ledger:
    """The ledger of providers `lo` to `hi`."""

    lo: int
    hi: int
    entries: Entries


def payers(tenant: Tenant, clients: Ints) -> Any:
    """Who pays first for the clients at these places."""
    parts = shares.of(tenant, "payer")
    return np.array(tuple(parts))[noise.pick(drawn(tenant, "client", clients, "payer_code"), tuple(parts.values()))]


def payer_code(rows: Rows, column: str) -> pl.Series:
    """Who pays first."""
    return pl.Series(payers(rows.tenant, rows.slots))


@held_by_range
def ledger(tenant: Tenant, lo: int, hi: int) -> Ledger:
    """The ledger entries of providers `lo` up to `hi`.

    A provider's follow-ups go to charges that wish for them and are ripe, oldest first, then to younger ones, then to any;
    earlier ones of a charge before later ones. So totals are exact, and what is open is recent.
    """
    held, found = apportion(tenant), visits(tenant, lo, hi)
    at, is_fee = charged(tenant, lo, hi)
    visit = found.visits.take(at)
    owner = visit.provider - FIRST_ORDINARY_SLOT - lo
    charges = np.bincount(owner, minlength=hi - lo)
    course, wished = _courses(tenant, visit.slot, visit.client, is_fee)
    lag = np.array(_LAGS)[noise.below(drawn(tenant, "appointment", visit.slot, "insurance lag"), len(_LAGS))]
    ripe = days_of(tenant.as_of) - visit.day > lag + 4

    most = MOST_ENTRIES - 1
    charge, nth = np.repeat(np.arange(len(at)), most), np.tile(np.arange(1, MOST_ENTRIES), len(at))
    rank_of = np.where(nth > wished[charge], 2, np.where(ripe[charge], 0, 1))
    order = np.lexsort((nth, charge, rank_of, owner[charge]))
    followed = np.diff(held.entry[lo : hi + 1]) - charges
    _, rank = ragged(charges * most)
    granted = charge[order[rank < followed[owner[order // most]]]]
    size = 1 + np.bincount(granted, minlength=len(at))
    of, nth = ragged(size)
    start = FIRST_ORDINARY_SLOT + int(held.entry[lo])
    first = start + np.cumsum(size) - size
    return Ledger(
        lo,
        hi,
        Entries(
            visit.slot[of],
            visit.client[of],
            first[of],
            nth,
            size[of],
            np.where(ripe, course, course + 100)[of],
            lag[of],
        ),
    )


def charged(tenant: Tenant, lo: int, hi: int) -> tuple[Ints, Any]:
    """Positions of the visits that are charged, by provider and time, and which of them are missed ones with a fee."""
    held, found = apportion(tenant), visits(tenant, lo, hi)

    def spread(quota: Ints, whole: Ints, positions: Ints) -> Ints:
        """A provider's charged visits, spread evenly over those that may be."""
        provider, nth = ragged(np.diff(quota[lo : hi + 1]))
        there = np.diff(whole[lo : hi + 1])[provider]
        number = (
            whole[lo + provider] - whole[found.lo] + nth * there // np.maximum(np.diff(quota[lo : hi + 1])[provider], 1)
        )
        spread_out: Ints = positions[number]
        return spread_out

    done, missed = spread(held.charge, held.completed, found.completed), spread(held.fee, held.no_show, found.missed)
    at = np.concatenate((done, missed))
    order = np.argsort(at, kind="stable")
    return at[order], (np.arange(len(at)) >= len(done))[order]


def _courses(tenant: Tenant, visit: Ints, client: Ints, is_fee: Any) -> tuple[Ints, Ints]:
    """The course of each charge, and how many follow-ups it wishes for."""

    def picked(weights: Mapping[int, float], stream: str) -> Ints:
        bits = drawn(tenant, "appointment", visit, stream)
        return np.array(tuple(weights))[noise.pick(bits, tuple(weights.values()))]

    denied = shares.rate(tenant, "denial", "denied") * 100
    claims = {PAID: 100 - denied, OVERTURNED: denied * APPEALED / 100, REFUSED: denied * (100 - APPEALED) / 100}
    who = payers(tenant, client)
    fees = np.where(who == "medicaid", WAIVED, picked(FEE_COURSES, "fee course"))  # Medicaid's members owe no fees
    visits_ = np.where(who == "self_pay", picked(SELF_COURSES, "own course"), picked(claims, "claim course"))
    course = np.where(is_fee, fees, visits_)
    usual = noise.below(drawn(tenant, "appointment", visit, "usual"), 8) > 0
    return course, np.array([WISHED[n] for n in range(len(WISHED))])[course, np.where(usual, 0, 1)]


def entries_of(rows: Rows) -> Entries:
    """What the ledger says of each entry."""
    return rows.memo("entries", _entries_of)


def _entries_of(rows: Rows) -> Entries:
    def ordinary(slots: Ints) -> Entries:
        blocks = entry_offsets(rows.tenant)
        found = ledger(rows.tenant, *providers_of(blocks, slots))
        return found.entries.take(slots - FIRST_ORDINARY_SLOT - int(blocks[found.lo]))

    def told(slots: Ints) -> Entries:
        from qaseed.practice.generators.scenario_rows import entries  # scenarios are told in terms of entries

        return entries(rows.tenant, slots)

    return aligned(rows, ordinary, told)
