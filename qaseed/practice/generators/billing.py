"""Recipes for ledger entries: amounts that cancel out to the cent, when they are posted, and what claims go through."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT, SLOT_BITS
from qaseed.integers import Ids, Ints
from qaseed.practice import shares
from qaseed.practice.generators.apportionment import MOST_ENTRIES, appointment_offsets, client_offsets, entry_offsets
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.calendar import visits
from qaseed.practice.generators.clock import DAY, MINUTE, local_day, now_micros
from qaseed.practice.generators.ledger import FOLLOWING, charged, entries_of
from qaseed.practice.generators.outcomes import FEE, OVERTURNED, PAID, REFUSED, SLIDING, WAIVED
from qaseed.practice.generators.partition import providers_of, row_bits
from qaseed.practice.generators.schedule import SERVICES, of_service
from qaseed.recipes import joined, padded, where
from qaseed.rows import Rows

SLIDING_PERCENTS = (20, 30, 40, 50, 60)
"""Percent taken off by the sliding scale, by client."""
ALLOWED_PERMILLE = {"medicare": 1120, "commercial": 980, "medicaid": 907}
"""What payers allow, of the services' usual amount: Medicaid 81 % of Medicare (PMC10125036), commercial plans seven
eighths of it (Pelech and Hayford 2019, for psychotherapy, from memory)."""
DENIALS = {"not_covered": 25, "authorization_missing": 30, "eligibility": 25, "coding": 12, "late_filing": 8}
"""Our own reasons of denial, in percent (assumed)."""
ADJUSTMENTS = {PAID: "contractual", OVERTURNED: "contractual", SLIDING: "sliding_scale", REFUSED: "courtesy"}
PAYERS = tuple(name for name in shares.SHARES["payer"].parts if name != "self_pay")
ENTRY_TYPES = (
    "charge",
    "fee",
    "client_payment",
    "insurance_payment",
    "adjustment",
    "write_off",
    "refund",
    "transfer",
    "credit",
)


def charge(rows: Rows, column: str) -> pl.Series:
    """The charge that the entry settles; null for a charge itself."""
    entries = entries_of(rows)
    return where((entries.charge >= 0) & (entries.charge != rows.ids), entries.charge)


def visit(rows: Rows, column: str) -> pl.Series:
    """The visit that was charged."""
    entries = entries_of(rows)
    return where(entries.visit >= 0, entries.visit)


def client(rows: Rows, column: str) -> Ids:
    """Whose visit it was."""
    return entries_of(rows).client


def _payer(rows: Rows) -> pl.Series:
    return rows.lookup("client_id", "payer_code")


def entry_type(rows: Rows, column: str) -> pl.Series:
    """A charge or fee first, then what its course says."""
    entries = entries_of(rows)
    table = np.zeros((len(FOLLOWING), MOST_ENTRIES, MOST_ENTRIES), dtype=np.int64)
    for course, rows_of in FOLLOWING.items():
        for followed, steps in enumerate(rows_of):
            table[course, followed, 0] = course in (FEE, WAIVED)
            for nth, step in enumerate(steps, start=1):
                table[course, followed, nth] = ENTRY_TYPES.index(step)
    return pl.Series(ENTRY_TYPES).gather(table[entries.course, entries.size - 1, entries.nth])


def service_code(rows: Rows, column: str) -> pl.Series:
    """The visit's service; a code of its own for a fee."""
    code = rows.lookup("appointment_id", "service_code")
    late = rows.lookup("appointment_id", "status") == "late_cancelled"
    return where(np.isin(entries_of(rows).course, (FEE, WAIVED)), where(late, "QA-LC", "QA-NS"), code)


def _charged_cents(rows: Rows) -> tuple[Ints, Ints]:
    """What the visit's service, or the fee, costs, and what insurance allows of it."""
    code = rows.lookup("appointment_id", "service_code")
    known = code.fill_null("QA-IND45")
    fee = np.isin(entries_of(rows).course, (FEE, WAIVED))
    flat = rows.tenant_values("no_show_fee_cents").to_numpy()
    rate = _payer(rows).replace_strict(ALLOWED_PERMILLE, default=1000, return_dtype=pl.Int64).fill_null(1000).to_numpy()
    return np.where(fee, flat, of_service(known, 1)), np.where(fee, flat, of_service(known, 2) * rate // 1000)


def _claimed(rows: Rows) -> Mask:
    """Which entries are charges that insurance is asked to pay."""
    course = entries_of(rows).course
    claimed: Mask = np.isin(course, (PAID, OVERTURNED, REFUSED)) & (rows["entry_type"] == "charge").to_numpy()
    return claimed


def allowed(rows: Rows, column: str) -> pl.Series:
    """What insurance allows of a claimed charge."""
    return where(_claimed(rows), _charged_cents(rows)[1])


def balance(rows: Rows, column: str) -> pl.Series:
    """The sum of each client's entries: of the provider's ledger, or of those at reserved slots."""
    tenants = rows.tenants
    ids = [tenants.reserved_ids("ledger_entry") if len(rows.reserved) else rows.ids[:0]]
    if len(rows.reserved) < len(rows):
        lo, hi = providers_of(
            client_offsets(tenants), tenants.ordinals("client", Ids(np.delete(rows.ids, rows.reserved)))
        )
        ids.append(tenants.ids("ledger_entry", np.arange(*entry_offsets(tenants)[[lo, hi]])))
    entries = Ids(np.concatenate(ids))
    client, cents = (rows.values_at("ledger_entry", entries, name) for name in ("client_id", "amount_cents"))
    sums = pl.DataFrame({"client": client, "cents": cents}).group_by("client").sum()
    balances = pl.DataFrame({"client": rows.ids}).join(sums, on="client", how="left", maintain_order="left")
    return balances["cents"].fill_null(0)


def pos_code(rows: Rows, column: str) -> pl.Series:
    """That of the visit, on charges."""
    return where(rows["entry_type"] == "charge", rows.lookup("appointment_id", "pos_code"))


def client_due(rows: Rows, column: str) -> pl.Series:
    """The client's part of what insurance allows, on claims: the copay, at most half of it."""
    _, allowed = _charged_cents(rows)
    due = np.minimum(rows.lookup("client_id", "copay_cents").fill_null(0).to_numpy(), allowed // 2)
    return where(_claimed(rows), due)


def amount(rows: Rows, column: str) -> pl.Series:
    """Charges positive, what settles them negative; with all their entries they cancel out exactly."""
    entries = entries_of(rows)
    course, kind = entries.course, rows["entry_type"].to_numpy()
    full, allowed = _charged_cents(rows)
    due = np.minimum(rows.lookup("client_id", "copay_cents").fill_null(0).to_numpy(), allowed // 2)
    slides = np.array(SLIDING_PERCENTS)[
        noise.below(row_bits(rows.tenants, "client", entries.client, "sliding"), len(SLIDING_PERCENTS))
    ]
    claimed = np.isin(course, (PAID, OVERTURNED, REFUSED))
    adjusted = np.where(
        course == SLIDING, full * slides // 100, np.where(course == REFUSED, (full - due) // 2, full - allowed)
    )
    adjusts = np.where(course == SLIDING, entries.size > 2, (course == REFUSED) & (entries.size == MOST_ENTRIES))
    rest = full - np.where(adjusts, adjusted, 0)
    paid_first = np.where(course == REFUSED, due * (entries.size > 2), 0)
    paying = np.maximum(entries.size - 1 - np.where(course == SLIDING, adjusts, 0), 1)
    which = entries.nth - 1 - np.where(course == SLIDING, adjusts, 0)
    part = rest // paying + np.where(which == paying - 1, rest % paying, 0)
    settled = np.select(
        [kind == "insurance_payment", kind == "adjustment", (kind == "client_payment") & claimed, course == REFUSED],
        [allowed - due, adjusted, due, rest - paid_first],
        part,
    )
    return pl.Series(np.where(np.isin(kind, ("charge", "fee")), full, -settled))


def service_date(rows: Rows, column: str) -> pl.Series:
    """The local day of the visit; of posting for what belongs to none."""
    day = rows.lookup("appointment_id", "start_local").str.slice(0, 10).str.to_date("%Y-%m-%d")
    return where(day.is_null(), local_day(rows, rows["posted_at"]), day)


def posted_at(rows: Rows, column: str) -> pl.Series:
    """Charges up to three days after the visit, copays with them, insurance by its lag; nothing after the data ends."""
    entries, now = entries_of(rows), now_micros(rows.tenants)
    ended = rows.lookup("appointment_id", "end_at").cast(pl.Int64).fill_null(now - 30 * DAY).to_numpy()
    wait = noise.below(
        row_bits(
            rows.tenants, "ledger_entry", Ids(np.where(entries.charge >= 0, entries.charge, rows.at_slots(0))), "billed"
        ),
        3 * 1440,
    )
    billed = ended + np.minimum(wait * MINUTE, (now - ended) // 2)
    kind, course = rows["entry_type"].to_numpy(), entries.course
    own = np.where(np.isin(course, (PAID, OVERTURNED, REFUSED)), 0, rows.below(25, column))
    appeal = np.where(course == OVERTURNED, 21, 0)
    days = np.select(
        [np.isin(kind, ("charge", "fee")), kind == "client_payment"],
        [0, own + 3 * (entries.nth > 2)],
        entries.lag + appeal,
    )
    days = np.where(rows.slots < FIRST_ORDINARY_SLOT, np.maximum(entries.lag, 0), days)
    later = billed + days * DAY + np.where(np.isin(kind, ("charge", "fee")), 0, (1 + entries.nth) * MINUTE)
    return pl.Series(np.maximum(np.minimum(later, now - (MOST_ENTRIES - entries.nth) * 1_000_000), billed))


def claim_status(rows: Rows, column: str) -> pl.Series:
    """The state of a claim; null for what is not claimed."""
    entries = entries_of(rows)
    course, ripe = entries.course, entries.ripe
    fresh = (
        rows.lookup("appointment_id", "start_at").cast(pl.Int64).fill_null(0).to_numpy()
        > now_micros(rows.tenants) - 3 * DAY
    )
    waiting = np.where(fresh, "unbilled", "submitted")
    states = np.select(
        [
            (course == REFUSED) & (ripe | (entries.size > 1)),
            (course != REFUSED) & (entries.size > 2),
            (course == OVERTURNED) & ripe,
        ],
        ["denied", "paid", "appealed"],
        waiting,
    )
    return where(_claimed(rows), pl.Series(states))


def denial_reason(rows: Rows, column: str) -> pl.Series:
    """Why insurance denied it at first; null for claims that it did not deny."""
    reasons = pl.Series(tuple(DENIALS)).gather(noise.pick(rows.bits(column), tuple(DENIALS.values())))
    denied = np.isin(entries_of(rows).course, (OVERTURNED, REFUSED))
    return where(
        denied & rows["claim_status"].is_in(["paid", "denied", "appealed"]).fill_null(value=False).to_numpy(), reasons
    )


def adjustment_reason(rows: Rows, column: str) -> pl.Series:
    """Why an amount was taken off."""
    reasons = [ADJUSTMENTS.get(course, "courtesy") for course in range(len(FOLLOWING))]
    adjusted = pl.Series(reasons).gather(entries_of(rows).course)
    written = where(np.isin(entries_of(rows).course, (FEE, WAIVED)), "fee_waived", "denied")
    return where(rows["entry_type"] == "adjustment", adjusted, where(rows["entry_type"] == "write_off", written))


def method(rows: Rows, column: str) -> pl.Series:
    """How a payment was made; null for charges and adjustments."""
    kind, parts = rows["entry_type"], shares.of(rows.tenants, "method")
    client = pl.Series(tuple(parts)).gather(noise.pick(rows.bits(column), tuple(parts.values())))
    return where(kind.is_in(["client_payment", "credit", "refund"]), client, where(kind == "insurance_payment", "eft"))


def payer(rows: Rows, column: str) -> pl.Series:
    """The client's insurance, on claims, its payments and contractual adjustments; null otherwise."""
    claimed = rows["claim_status"].is_not_null() | (rows["entry_type"] == "insurance_payment")
    return where(claimed | (rows["adjustment_reason"] == "contractual").fill_null(value=False), _payer(rows))


def modifier(rows: Rows, column: str) -> pl.Series:
    """Our own modifier for telehealth, on charges: VID or TEL."""
    met = rows.lookup("appointment_id", "modality").replace_strict(
        {"video": "VID", "phone": "TEL"}, default=None, return_dtype=pl.String
    )
    return where(rows["entry_type"] == "charge", met)


def dx_pointers(rows: Rows, column: str) -> pl.Series:
    """`A`, the first diagnosis, on charges."""
    return where(rows["entry_type"] == "charge", "A")


def ledger_ref(rows: Rows, column: str) -> pl.Series:
    """`QA-LED-001-00001042`, unique in the tenant."""
    return joined(rows.by_tenant(lambda tenant: f"QA-LED-{tenant.number:03d}-"), padded(rows.slots, 8))


def billing_status(rows: Rows, column: str) -> pl.Series:
    """Billed where the visit has a charge or fee; else unbilled if it took place, and nothing to bill otherwise."""
    tenants = rows.tenants
    pinned = [
        id_ >> SLOT_BITS << SLOT_BITS | entry["at_visit"]
        for id_, entry in tenants.overrides("ledger_entry").items()
        if entry.get("entry_type") in ("charge", "fee") and entry.get("at_visit") is not None
    ]
    billed = [np.array(pinned, dtype=np.int64)]
    if len(rows.reserved) < len(rows):
        ordinals = tenants.ordinals("appointment", Ids(np.delete(rows.ids, rows.reserved)))
        booked = visits(tenants, *providers_of(appointment_offsets(tenants), ordinals))
        billed.append(booked.visits.id[charged(tenants, booked.lo, booked.hi)[0]])
    return where(
        np.isin(rows.ids, np.concatenate(billed)),
        "billed",
        where(rows["status"] == "completed", "unbilled", "non_billable"),
    )


CODES = (*SERVICES, "QA-NS", "QA-LC")
