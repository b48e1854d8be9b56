"""Recipes for the ledger: a charge for a visit, and the payments and adjustment that follow it to the cent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.noise import Ints
from qaseed.plan import FIRST_PLACE, Tenant, ragged
from qaseed.practice.making import calendar
from qaseed.practice.making.people import now_micros
from qaseed.practice.making.quotas import MOST_ENTRIES, appointment_blocks, entry_blocks, quotas
from qaseed.practice.making.schedule import SERVICES
from qaseed.recipes import joined, ordinals, padded, where
from qaseed.rows import Rows

INSURED = {
    1: ("charge",),
    2: ("charge", "client_payment"),
    3: ("charge", "insurance_payment", "adjustment"),
    4: ("charge", "client_payment", "insurance_payment", "adjustment"),
}
"""The entries of a charge to insurance, by how many there are: the claim is open with two, the copay with three."""
SELF_PAY = {n: ("charge",) + ("client_payment",) * (n - 1) for n in range(1, MOST_ENTRIES + 1)}
"""The entries of a charge to the client alone: open, or paid in one to three equal parts."""
WISHED = {1: 10, 2: 25, 3: 30, 4: 35}
"""Entries that a charge has where the total allows, in percent (assumed)."""
LAG_DAYS = {"charge": (0, 3), "client_payment": (0, 10), "insurance_payment": (12, 45), "adjustment": (12, 45)}
"""Days from the service to the posting (median of insurance about 21 d, assumed)."""
METHODS = {"card": 70, "check": 10, "cash": 20}
"""How clients pay, in percent (assumed); insurance pays by eft."""

_DAY = 24 * 3_600_000_000


@dataclass(frozen=True)
class Entries:
    """The ledger of providers `lo` to `hi`: for each entry its charge's number, which one it is, and of how many."""

    lo: int
    hi: int
    charge: Ints
    nth: Ints
    size: Ints
    first: Ints
    """Position of the charge's own entry."""


@calendar.held_by_range
def entries(tenant: Tenant, lo: int, hi: int) -> Entries:
    """The ledger entries of providers `lo` up to `hi`: sizes wished by noise, corrected until the totals are exact.

    Each charge has up to three follow-ups; a provider's follow-ups go to wished ones first, earlier ones before later
    ones, so whatever the total a charge never has a second follow-up without a first.
    """
    held = quotas(tenant)
    charges = np.diff(held.charge[lo : hi + 1])
    followed = np.diff(held.entry[lo : hi + 1]) - charges
    number = held.charge[lo] + np.arange(int(charges.sum()))
    bits = noise.bits(noise.key(tenant.seed, "ledger_entry", "size"), tenant.ids(FIRST_PLACE + number))
    wished = np.array(tuple(WISHED))[noise.pick(bits, tuple(WISHED.values()))]

    most = MOST_ENTRIES - 1
    charge, nth = np.repeat(np.arange(len(number)), most), np.tile(np.arange(1, MOST_ENTRIES), len(number))
    owner = np.repeat(np.arange(len(charges)), charges)[charge]
    order = np.lexsort((noise.below(bits, 1 << 20)[charge], nth, nth >= wished[charge], owner))
    _, rank = ragged(charges * most)
    granted = charge[order[rank < followed[owner[order]]]]
    size = 1 + np.bincount(granted, minlength=len(number))
    at, place_in = ragged(size)
    return Entries(lo, hi, number[at], place_in, size[at], np.arange(len(at)) - place_in)


def _held(rows: Rows) -> tuple[Entries, Ints]:
    blocks = entry_blocks(rows.tenant)
    lo, hi = calendar.providers_of(blocks, rows.places)
    found = entries(rows.tenant, lo, hi)
    return found, rows.places - FIRST_PLACE - int(blocks[found.lo])


def charge(rows: Rows, column: str) -> pl.Series:
    """The charge that the entry settles; null for a charge itself."""
    found, at = _held(rows)
    start = FIRST_PLACE + int(entry_blocks(rows.tenant)[found.lo])
    return where(found.nth[at] > 0, rows.tenant.ids(start + found.first[at]))


def visit(rows: Rows, column: str) -> Ints:
    """The completed visit that was charged: the provider's charges spread evenly over them."""
    found, at = _held(rows)
    held = quotas(rows.tenant)
    provider = np.searchsorted(held.charge, found.charge[at], side="right") - 1
    nth = found.charge[at] - held.charge[provider]
    completed, charged = np.diff(held.completed)[provider], np.diff(held.charge)[provider]
    seen = calendar.visits(rows.tenant, *_span(provider))
    position = seen.completed_at(rows.tenant, held.completed[provider] + nth * completed // np.maximum(charged, 1))
    return rows.tenant.ids(FIRST_PLACE + int(appointment_blocks(rows.tenant)[seen.lo]) + position)


def _span(providers: Ints) -> tuple[int, int]:
    return (int(providers.min()), int(providers.max()) + 1) if len(providers) else (0, 0)


def client(rows: Rows, column: str) -> pl.Series:
    """Whose visit it was."""
    return rows.look("appointment_id", "client_id")


def _payer(rows: Rows) -> pl.Series:
    return rows.look("client_id", "payer_code")


def entry_type(rows: Rows, column: str) -> pl.Series:
    """A charge first, then what settles it, by payer and number of entries."""
    found, at = _held(rows)
    kinds = ["charge", "client_payment", "insurance_payment", "adjustment"]
    table = np.zeros((2, MOST_ENTRIES + 1, MOST_ENTRIES), dtype=np.int64)
    for row, sequences in enumerate((INSURED, SELF_PAY)):
        for size, sequence in sequences.items():
            table[row, size, :size] = [kinds.index(kind) for kind in sequence]
    alone = (_payer(rows) == "self_pay").to_numpy().astype(np.int64)
    return pl.Series(kinds).gather(table[alone, found.size[at], found.nth[at]])


def amount(rows: Rows, column: str) -> pl.Series:
    """Charges positive, what settles them negative; with all their entries they cancel out exactly."""
    found, at = _held(rows)
    code = rows.look("appointment_id", "service_code")
    fee, allowed = (
        code.replace_strict({name: service[n] for name, service in SERVICES.items()}, return_dtype=pl.Int64).to_numpy()
        for n in (1, 2)
    )
    copay = rows.look("client_id", "copay_cents").fill_null(0).to_numpy()
    parts = np.maximum(found.size[at] - 1, 1)
    part = fee // parts + (found.nth[at] == 1) * (fee % parts)
    alone = (_payer(rows) == "self_pay").to_numpy()
    kind = rows["entry_type"].to_numpy()
    settled = np.select(
        [kind == "charge", kind == "insurance_payment", kind == "adjustment"],
        [fee, copay - allowed, allowed - fee],
        np.where(alone, -part, -copay),
    )
    return pl.Series(settled)


def service_date(rows: Rows, column: str) -> pl.Series:
    """The local day of the visit."""
    return rows.look("appointment_id", "start_local").str.slice(0, 10).str.to_date("%Y-%m-%d")


def service_code(rows: Rows, column: str) -> pl.Series:
    """The visit's service."""
    return rows.look("appointment_id", "service_code")


def posted_at(rows: Rows, column: str) -> pl.Series:
    """After the visit by a lag that goes with the type, charges before what settles them, nothing after the data ends."""
    found, at = _held(rows)
    ended = rows.look("appointment_id", "end_at").cast(pl.Int64).to_numpy()
    kind = rows["entry_type"]
    low, high = (
        kind.replace_strict({k: lag[n] for k, lag in LAG_DAYS.items()}, return_dtype=pl.Int64).to_numpy()
        for n in (0, 1)
    )
    wait = (low + rows.below(high - low + 1, column)) * _DAY + rows.below(600, column, "minute") * 60_000_000
    by_charge = noise.bits(
        noise.key(rows.tenant.seed, "ledger_entry", column, "charge"), rows.tenant.ids(FIRST_PLACE + found.charge[at])
    )
    billed = ended + noise.below(by_charge, np.minimum((now_micros(rows) - ended) // 60_000_000, 3 * 1440)) * 60_000_000
    settled = np.minimum(billed + wait, now_micros(rows) - (MOST_ENTRIES - found.nth[at]) * 1_000_000)
    return where(kind == "charge", billed, np.maximum(settled, billed))


def method(rows: Rows, column: str) -> pl.Series:
    """How a payment was made; null for charges and adjustments."""
    kind = rows["entry_type"]
    client = pl.Series(tuple(METHODS)).gather(noise.pick(rows.bits(column), tuple(METHODS.values())))
    return where(kind == "client_payment", client, where(kind == "insurance_payment", "eft"))


def payer(rows: Rows, column: str) -> pl.Series:
    """The client's insurance, on what it has to do with; null otherwise."""
    return where(rows["entry_type"].is_in(["insurance_payment", "adjustment"]), _payer(rows))


def ledger_ref(rows: Rows, column: str) -> pl.Series:
    """`QA-LED-001-00000042`, unique in the tenant."""
    return joined(f"QA-LED-{rows.tenant.number:03d}-", padded(ordinals(rows), 8))
