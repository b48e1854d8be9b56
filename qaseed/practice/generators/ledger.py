"""Which visits are charged, the course of each charge, and how many entries follow it: exact totals, oldest first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from qaseed import noise
from qaseed.integers import Days, Ids, Ints
from qaseed.plan import Tenants, owners_and_positions
from qaseed.practice import shares
from qaseed.practice.generators import scenario_rows
from qaseed.practice.generators.apportionment import MOST_ENTRIES, apportion, entry_offsets
from qaseed.practice.generators.arrays import Entries, Mask, aligned
from qaseed.practice.generators.calendar import visits
from qaseed.practice.generators.clock import days_of
from qaseed.practice.generators.coverage import payers
from qaseed.practice.generators.outcomes import ALONE, FEE, NEVER, OVERTURNED, PAID, REFUSED, SLIDING, WAIVED
from qaseed.practice.generators.partition import cached_by_range, providers_of, row_bits
from qaseed.rows import Rows

_BY_INSURANCE = (
    (),
    ("client_payment",),
    ("insurance_payment", "adjustment"),
    ("client_payment", "insurance_payment", "adjustment"),
)
_BY_CLIENT = ((), ("client_payment",), ("client_payment",) * 2, ("client_payment",) * 3)
FOLLOWING: Mapping[int, tuple[tuple[str, ...], ...]] = {
    PAID: _BY_INSURANCE,
    OVERTURNED: _BY_INSURANCE,
    REFUSED: ((), ("write_off",), ("client_payment", "write_off"), ("client_payment", "adjustment", "write_off")),
    ALONE: _BY_CLIENT,
    SLIDING: (
        (),
        ("client_payment",),
        ("adjustment", "client_payment"),
        ("adjustment", "client_payment", "client_payment"),
    ),
    NEVER: _BY_CLIENT,
    FEE: _BY_CLIENT,
    WAIVED: ((), ("write_off",), ("write_off",) * 2, ("write_off",) * 3),
}
"""Types of the entries after the charge, by course and by how many there are."""
EXPECTED_ENTRIES = {
    PAID: (3, 2),
    OVERTURNED: (3, 2),
    REFUSED: (1, 1),
    ALONE: (1, 1),
    SLIDING: (2, 2),
    NEVER: (0, 0),
    FEE: (1, 0),
    WAIVED: (1, 1),
}
"""Entries after the charge that each course has, usually and for one in eight (no copay collected, fee open)."""
APPEALED = 60
"""Percent of denials that are overturned (assumed)."""
SELF_COURSES = {ALONE: 55, SLIDING: 38, NEVER: 7}
"""Courses of charges to clients alone, in percent (assumed)."""
FEE_COURSES = {FEE: 70, WAIVED: 30}
_LAGS = tuple(max(3, round(math.exp(math.log(21) + 0.774 * NormalDist().inv_cdf((n + 0.5) / 64)))) for n in range(64))
"""Days from billing to insurance payment, equally likely: lognormal with median 21 and 95th percentile 75 (assumed)."""


@dataclass(frozen=True)
class Ledger:
    """The ledger of providers `lo` to `hi`."""

    lo: int
    hi: int
    entries: Entries


@cached_by_range
def ledger(tenants: Tenants, lo: int, hi: int) -> Ledger:
    """The ledger entries of providers `lo` up to `hi`.

    The entries that follow charges go to those whose course calls for them: ripe ones first, oldest first, then younger
    ones, then any; and the earlier entries of a charge come before the later. So totals are exact, and what is open is
    recent.
    """
    positions, is_fee = charged(tenants, lo, hi)
    visit = visits(tenants, lo, hi).visits.take(positions)
    course, expected = _courses(tenants, visit.id, visit.client, is_fee)
    lag = np.array(_LAGS)[noise.below(row_bits(tenants, "appointment", visit.id, "insurance lag"), len(_LAGS))]
    ripe = days_of(tenants.as_of) - visit.day > lag + 4
    owner = tenants.ordinals("provider", visit.provider) - lo
    totals = np.diff(apportion(tenants).entry[lo : hi + 1])
    size = 1 + _entries_per_charge(totals, owner, visit.day, expected, ripe)
    charge, nth = owners_and_positions(size)
    first = tenants.ids("ledger_entry", int(apportion(tenants).entry[lo]) + np.cumsum(size) - size)
    return Ledger(
        lo,
        hi,
        Entries(
            visit=Ids(visit.id[charge]),
            client=Ids(visit.client[charge]),
            charge=Ids(first[charge]),
            nth=nth,
            size=size[charge],
            course=course[charge],
            ripe=ripe[charge],
            lag=lag[charge],
        ),
    )


def _entries_per_charge(totals: Ints, owner: Ints, day: Days, expected: Ints, ripe: Mask) -> Ints:
    """How many entries follow each charge, so that each owner has its total of entries, its charges included."""
    most = MOST_ENTRIES - 1
    charges = np.bincount(owner, minlength=len(totals))
    charge, nth = np.repeat(np.arange(len(owner)), most), np.tile(np.arange(1, MOST_ENTRIES), len(owner))
    rank_of = np.where(nth > expected[charge], 2, np.where(ripe[charge], 0, 1))
    order = np.lexsort((nth, charge, day[charge], rank_of, owner[charge]))
    _, rank = owners_and_positions(charges * most)
    granted = charge[order[rank < (totals - charges)[owner[order // most]]]]
    return np.bincount(granted, minlength=len(owner))


def charged(tenants: Tenants, lo: int, hi: int) -> tuple[Ints, Mask]:
    """Positions of the visits that are charged, by provider and time, and which of them are missed ones with a fee."""
    totals, booked = apportion(tenants), visits(tenants, lo, hi)

    def spread(charges: Ints, whole: Ints, positions: Ints) -> Ints:
        """A provider's charged visits, spread evenly over those that may be charged."""
        per_provider = np.diff(charges[lo : hi + 1])
        provider, nth = owners_and_positions(per_provider)
        chargeable = np.diff(whole[lo : hi + 1])[provider]
        number = whole[lo + provider] - whole[booked.lo] + nth * chargeable // np.maximum(per_provider[provider], 1)
        spread_out: Ints = positions[number]
        return spread_out

    done = spread(totals.charge, totals.completed, booked.completed)
    missed = spread(totals.fee, totals.no_show, booked.missed)
    positions = np.concatenate((done, missed))
    order = np.argsort(positions, kind="stable")
    return positions[order], (np.arange(len(positions)) >= len(done))[order]


def _courses(tenants: Tenants, visit: Ids, client: Ids, is_fee: Mask) -> tuple[Ints, Ints]:
    """The course of each charge, and how many entries are expected to follow it."""

    def picked(weights: Mapping[int, float], stream: str) -> Ints:
        bits = row_bits(tenants, "appointment", visit, stream)
        return np.array(tuple(weights))[noise.pick(bits, tuple(weights.values()))]

    denied = shares.rate(tenants, "denial", "denied") * 100
    claims = {PAID: 100 - denied, OVERTURNED: denied * APPEALED / 100, REFUSED: denied * (100 - APPEALED) / 100}
    who = payers(tenants, client)
    fees = np.where(who == "medicaid", WAIVED, picked(FEE_COURSES, "fee course"))  # Medicaid's members owe no fees
    usual_course = np.where(who == "self_pay", picked(SELF_COURSES, "own course"), picked(claims, "claim course"))
    course = np.where(is_fee, fees, usual_course)
    usually = noise.below(row_bits(tenants, "appointment", visit, "usual"), 8) > 0
    return course, np.array([EXPECTED_ENTRIES[n] for n in range(len(EXPECTED_ENTRIES))])[
        course, np.where(usually, 0, 1)
    ]


def entries_of(rows: Rows) -> Entries:
    """What the ledger, or their scenario, says of each entry."""
    return rows.cached("entries", _entries_of)


def _entries_of(rows: Rows) -> Entries:
    def ordinary(ids: Ids) -> Entries:
        ordinals = rows.tenants.ordinals("ledger_entry", ids)
        offsets = entry_offsets(rows.tenants)
        of_range = ledger(rows.tenants, *providers_of(offsets, ordinals))
        return of_range.entries.take(ordinals - int(offsets[of_range.lo]))

    return aligned(rows, ordinary, scenario_rows.entries)
