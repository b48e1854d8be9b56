"""Recipes for ledger entries: amounts that cancel out to the cent, when they are posted, and what claims go through."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT, SLOT_BITS
from qaseed.integers import Ids, Ints, Micros
from qaseed.plan import is_reserved
from qaseed.practice import shares
from qaseed.practice.generators import claim_moments, courses, secondary
from qaseed.practice.generators.apportionment import appointment_offsets, client_offsets, entry_offsets
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.clock import desk_day, local_day, local_end, local_times, moments, seconds, zones_of
from qaseed.practice.generators.ledger import BOUNCED, MINOR_DAYS, TAKEN_BACK, entries_of, ledger
from qaseed.practice.generators.partition import providers_of, row_bits
from qaseed.practice.generators.rates import ALLOWED, medicaid_cents, rates, shared_cents
from qaseed.practice.generators.services import CODES as SERVICE_CODES
from qaseed.practice.generators.services import cents_of
from qaseed.recipes import joined, padded, where
from qaseed.rows import Rows

SLIDING_PERCENTS = (20, 30, 40, 50, 60)
"""Percent taken off by the sliding scale, by client."""
EXTRA_CENTS, EXTRAS = 5_00, 8
"""What clients pay too much, and up to how many times that."""
DENIALS = {"not_covered": 25, "authorization_missing": 30, "eligibility": 25, "coding": 12, "late_filing": 0}
"""Our own reasons of denial, in percent (assumed); as late are refused those that are sent late."""
USUAL_METHOD = 88
"""Percent of payments that are made as the client usually pays (assumed)."""
SECOND_DX = 40
"""Percent of charges to clients with several diagnoses that point to the second one as well (assumed)."""
FILING_DAYS = 90
"""Days from a visit after which payers refuse a claim that is sent, at the earliest (assumed; Medicare's are 365)."""
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
CREDITS = ("credit", "refund", "transfer")
"""Entries of the account as a whole: of no visit, and of no charge."""
_TYPES = np.array([ENTRY_TYPES.index(step.entry_type) for step in courses.STEPS])
_BASIS, _PART, _PARTS, _SIGN = (
    np.array([getattr(step, name) for step in courses.STEPS]) for name in ("basis", "part", "parts", "sign")
)
_REASONS = {courses.SLIDING: "sliding_scale", courses.REFUSED: "courtesy"}
_WRITTEN_OFF = {courses.PAID: "small_balance", courses.REFUSED: "denied", courses.NEVER: "bad_debt"}


def _is_credit(rows: Rows) -> Mask:
    """Which entries are credits, and what follows from them."""
    mask: Mask = rows["entry_type"].is_in(CREDITS).to_numpy()
    return mask


def charge(rows: Rows, column: str) -> pl.Series:
    """The charge that the entry settles; null for a charge itself, and for credits."""
    entries = entries_of(rows)
    settles = (entries.charge >= 0) & (entries.charge != rows.ids) & ~_is_credit(rows)
    return where(settles, entries.charge)


def visit(rows: Rows, column: str) -> pl.Series:
    """The visit that was charged; null for credits."""
    entries = entries_of(rows)
    return where((entries.visit >= 0) & ~_is_credit(rows), entries.visit)


def reverses(rows: Rows, column: str) -> pl.Series:
    """The payment by a check that bounced, or that insurance takes back."""
    step = entries_of(rows).step  # a take-back follows the payment and its contractual adjustment
    return where(np.isin(step, (BOUNCED, TAKEN_BACK)), rows.ids - np.where(step == TAKEN_BACK, 2, 1))


def client(rows: Rows, column: str) -> Ids:
    """Whose visit it was."""
    return entries_of(rows).client


def _payer(rows: Rows) -> pl.Series:
    return rows.lookup("client_id", "payer_code")


def entry_type(rows: Rows, column: str) -> pl.Series:
    """A charge or fee first, then what its course says."""
    entries = entries_of(rows)
    first = np.isin(entries.course, courses.FEES).astype(np.int64)
    return pl.Series(ENTRY_TYPES).gather(np.where(entries.step < 0, first, _TYPES[entries.step]))


def service_code(rows: Rows, column: str) -> pl.Series:
    """The visit's service; a code of its own for a fee; null for credits."""
    code = rows.lookup("appointment_id", "service_code")
    late = rows.lookup("appointment_id", "status") == "late_cancelled"
    fee = np.isin(entries_of(rows).course, courses.FEES)
    return where(code.is_null(), None, where(fee, where(late, "QA-LC", "QA-NS"), code))


def _charged_cents(rows: Rows) -> tuple[Ints, Ints, Ints]:
    """What the visit's service, or the fee, costs, what insurance allows of it, and what Medicaid would."""
    return rows.cached("cents", _cents)


def _cents(rows: Rows) -> tuple[Ints, Ints, Ints]:
    entries = entries_of(rows)
    fee = np.isin(entries.course, courses.FEES)
    flat = rows.tenant_values("no_show_fee_cents").to_numpy()
    full, schedule = cents_of(entries.service)
    payer = _payer(rows)
    rate = payer.replace_strict(ALLOWED, default=10_000, return_dtype=pl.Int64).to_numpy(writable=True)
    own = np.flatnonzero(~is_reserved(entries.client))
    rate[own] = rates(rows.tenants, Ids(entries.client[own]), payer.to_numpy()[own])
    return np.where(fee, flat, full), np.where(fee, flat, schedule * rate // 10_000), medicaid_cents(schedule)


def _due_cents(rows: Rows) -> Ints:
    """The client's part: what the deductible asks, and of the rest the copay, at most half of it, or coinsurance.

    Nothing of minors with Medicaid.
    """
    asked = entries_of(rows).deductible
    copay = rows.lookup("client_id", "copay_cents")
    coinsured = (copay.is_null() & (_payer(rows) == "medicare")).to_numpy()
    part = shared_cents(_charged_cents(rows)[1] - asked, copay.fill_null(0).to_numpy(), coinsured)
    born = rows.lookup("client_id", "dob").cast(pl.Int32).cast(pl.Int64).to_numpy()
    day = rows["service_date"].cast(pl.Int32).cast(pl.Int64).to_numpy()
    free = (_payer(rows) == "medicaid").to_numpy() & (day - born < MINOR_DAYS)
    return np.where(free, 0, asked + part)


def _claimed(rows: Rows) -> Mask:
    """Which entries are charges that insurance is asked to pay."""
    course = entries_of(rows).course
    claimed: Mask = np.isin(course, courses.CLAIMS) & (rows["entry_type"] == "charge").to_numpy()
    return claimed


def allowed(rows: Rows, column: str) -> pl.Series:
    """What insurance allows of a claimed charge."""
    return where(_claimed(rows), _charged_cents(rows)[1])


def _bits(rows: Rows, *stream: str) -> noise.Bits:
    """Noise that an entry keeps where others come before it: of its visit and of its place among what follows that."""
    entries = entries_of(rows)
    ids = np.where(entries.visit >= 0, entries.visit * (courses.AFTER_CHARGE + 1) + entries.nth, rows.ids)
    return row_bits(rows.tenants, "ledger_entry", Ids(ids), *stream)


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
    """What the first payer leaves of what it allows, on claims."""
    return where(_claimed(rows), _due_cents(rows))


def amount(rows: Rows, column: str) -> pl.Series:
    """Charges positive, what settles them negative; with all their entries they cancel out exactly."""
    entries = entries_of(rows)
    full, allowed, own_rate = _charged_cents(rows)
    due = _due_cents(rows)
    lot = noise.below(row_bits(rows.tenants, "client", entries.client, "sliding"), len(SLIDING_PERCENTS))
    slide = full * np.array(SLIDING_PERCENTS)[lot] // 100
    times = 1 + noise.below(row_bits(rows.tenants, "appointment", entries.visit, "extra"), EXTRAS)
    half = full // 2
    second = secondary.cents_of(entries.second, due, allowed, entries.deductible, own_rate)
    bases = np.stack(
        (
            *(full, due, allowed - due, full - allowed, slide, full - slide, full - due, half, full - half),
            *(np.minimum(times * EXTRA_CENTS, full), second, due - second),
        )
    )
    basis = bases[_BASIS[entries.step], np.arange(len(rows))]
    part, parts = _PART[entries.step], _PARTS[entries.step]
    cents = basis // parts + np.where(part == parts - 1, basis % parts, 0)
    return pl.Series(np.where(entries.step < 0, full, _SIGN[entries.step] * cents))


def service_date(rows: Rows, column: str) -> pl.Series:
    """The local day of the visit; of posting for what belongs to none."""
    day = rows.lookup("appointment_id", "start_local").str.slice(0, 10).str.to_date("%Y-%m-%d")
    return where(day.is_null(), local_day(rows, rows["posted_at"]), day)


def posted_at(rows: Rows, column: str) -> Micros:
    """Charges within some days of the signature, what settles them while the desk is open, by its lag."""
    entries = entries_of(rows)
    if (entries.posted >= 0).all():
        return entries.posted
    return Micros(np.where(entries.posted >= 0, entries.posted, _posted_of_scenarios(rows)))


def _posted_of_scenarios(rows: Rows) -> Micros:
    """On the next day at the desk after the visit, and so many days later; in the order of slots, by now."""
    zones, as_of, now = zones_of(rows), rows.tenants.as_of, local_end(rows.tenants)
    ended = rows.lookup("appointment_id", "end_at").cast(pl.Int64)
    day, _ = local_times(zones, ended.fill_null(0).to_numpy())
    served = np.where(ended.is_null().to_numpy(), now // 1440 - 30, day)
    charged = desk_day(as_of, served + 1, later=True)
    entries = entries_of(rows)
    # others are at a moment already, whose microseconds are no days
    days = np.where(entries.posted >= 0, 0, entries.entered)
    posted = desk_day(as_of, charged + days, later=True) * 1440 + 10 * 60 + rows.slots % 400
    posted = np.minimum(posted, now - FIRST_ORDINARY_SLOT + rows.slots)
    return Micros(moments(zones, posted) + seconds(rows, "posted_at"))


def entered_at(rows: Rows, column: str) -> Micros:
    """When it was entered: some payments some days after the day that they are dated."""
    entries = entries_of(rows)
    posted = rows["posted_at"].cast(pl.Int64).to_numpy()
    return Micros(np.where(entries.posted >= 0, entries.entered, posted))


def _on_day(rows: Rows) -> pl.Series:
    """Whether an entry is dated on the day of the visit."""
    return rows.cached("on day", lambda _: local_day(rows, rows["posted_at"]) == rows["service_date"])


def entered_by(rows: Rows, column: str) -> pl.Series:
    """The system what it does alone: charges at a signature, cards on file, credits applied; the desk what it takes;
    billers what comes by mail.
    """
    kind, method = rows["entry_type"], rows["method"].fill_null("")
    applied = pl.Series(entries_of(rows).course == courses.PREPAID)
    on_day = _on_day(rows)
    on_file = (kind == "client_payment") & (method == "card") & (~on_day | applied)
    sliding = (rows["adjustment_reason"] == "sliding_scale").fill_null(value=False)
    alone = ((kind == "charge") & on_day) | on_file | (kind == "transfer") | sliding
    mailed = (method == "check") & ~(on_day & (kind == "client_payment"))
    desk = kind.is_in(["client_payment", "credit", "refund", "fee"]) & ~mailed
    return where(alone, "system", where(desk, "front_desk", "billing"))


def claim_status(rows: Rows, column: str) -> pl.Series:
    """The state of a claim; null for what is not claimed."""
    return where(_claimed(rows), pl.Series(claim_moments.STATES).gather(entries_of(rows).state))


def _are_late(rows: Rows) -> Mask:
    """Which charges have a claim that is refused because it was sent too late."""
    entries = entries_of(rows)
    late = np.zeros(len(rows), dtype=bool)
    some = np.flatnonzero((entries.course == courses.REFUSED) & (entries.nth == 0) & ~is_reserved(rows.ids))
    if len(some):
        of_range = ledger(
            rows.tenants,
            *providers_of(entry_offsets(rows.tenants), rows.tenants.ordinals("ledger_entry", Ids(rows.ids[some]))),
        )
        sent = of_range.claims[np.searchsorted(of_range.visit, entries.visit[some]), 0]
        served = rows["service_date"].cast(pl.Int32).cast(pl.Int64).to_numpy()[some]
        late[some] = sent // 86_400 - served >= FILING_DAYS
    return late


def denial_reason(rows: Rows, column: str) -> pl.Series:
    """Why insurance denied it at first; null for claims that it did not deny."""
    reasons = pl.Series(tuple(DENIALS)).gather(noise.pick(_bits(rows, column), tuple(DENIALS.values())))
    reasons = where(_are_late(rows), "late_filing", reasons)
    own_plan = rows.lookup("client_id", "plan_type") == "original"  # needs no authorization of a visit
    reasons = where((own_plan & (reasons == "authorization_missing")).fill_null(value=False), "not_covered", reasons)
    denied = np.isin(entries_of(rows).course, (courses.OVERTURNED, courses.REFUSED))
    return where(
        denied
        & rows["claim_status"].is_in(["paid", "processed", "denied", "appealed"]).fill_null(value=False).to_numpy(),
        reasons,
    )


def adjustment_reason(rows: Rows, column: str) -> pl.Series:
    """Why an amount was taken off."""
    course, kind = entries_of(rows).course, rows["entry_type"]
    adjusted = pl.Series([_REASONS.get(of, "contractual") for of in range(courses.WAIVED + 1)]).gather(course)
    written = pl.Series([_WRITTEN_OFF.get(of, "fee_waived") for of in range(courses.WAIVED + 1)]).gather(course)
    return where(kind == "adjustment", adjusted, where(kind == "write_off", written))


def method(rows: Rows, column: str) -> pl.Series:
    """How a payment was made, mostly as the client usually pays, by card for talks at a distance; null for charges and
    adjustments.
    """
    kind, parts, entries = rows["entry_type"], shares.of(rows.tenants, "method"), entries_of(rows)
    changes = (noise.below(_bits(rows, column, "usual"), 100) >= USUAL_METHOD) | is_reserved(entries.client)
    bits = np.where(changes, _bits(rows, column), row_bits(rows.tenants, "client", entries.client, "method"))
    client = pl.Series(tuple(parts)).gather(noise.pick(bits, tuple(parts.values())))
    paid = where((entries.course == courses.BOUNCED) & (entries.nth < 3), "check", client)
    remote = (kind == "client_payment") & (rows.lookup("appointment_id", "modality") != "in_person").fill_null(
        value=False
    )
    paid = where(remote & ((paid == "cash") | _on_day(rows)), "card", paid)
    paid = where(kind == "insurance_payment", "eft", paid)
    return where(kind.is_in(["client_payment", "credit", "refund", "insurance_payment"]), paid)


def payer(rows: Rows, column: str) -> pl.Series:
    """The client's insurance, on claims, its payments and contractual adjustments; on payments of what it leaves the
    secondary one; null otherwise.
    """
    step = entries_of(rows).step
    second = (step >= 0) & courses.OF_SECOND[step]
    paying = where(second, rows.lookup("client_id", "secondary_payer_code"), _payer(rows))
    claimed = rows["claim_status"].is_not_null() | (rows["entry_type"] == "insurance_payment")
    return where(claimed | (rows["adjustment_reason"] == "contractual").fill_null(value=False), paying)


def modifier(rows: Rows, column: str) -> pl.Series:
    """Our own modifier for telehealth, on charges: VID or TEL."""
    met = rows.lookup("appointment_id", "modality").replace_strict(
        {"video": "VID", "phone": "TEL"}, default=None, return_dtype=pl.String
    )
    return where(rows["entry_type"] == "charge", met)


def dx_pointers(rows: Rows, column: str) -> pl.Series:
    """`A`, the first diagnosis, on charges; for some of a client with several, the second one too."""
    both = rows.lookup("client_id", "further_dx").is_not_null().to_numpy() & (
        noise.below(_bits(rows, column), 100) < SECOND_DX
    )
    return where(rows["entry_type"] == "charge", where(both, "AB", "A"))


def ledger_ref(rows: Rows, column: str) -> pl.Series:
    """`QA-LED-001-00001042`, unique in the tenant."""
    return joined(rows.by_tenant(lambda tenant: f"QA-LED-{tenant.number:03d}-"), padded(rows.slots, 8))


def billing_status(rows: Rows, column: str) -> pl.Series:
    """Billed where the visit has a charge or fee; else whether it will be, was elsewhere, or has nothing to bill."""
    tenants = rows.tenants
    pinned = [
        id_ >> SLOT_BITS << SLOT_BITS | entry["at_visit"]
        for id_, entry in tenants.overrides("ledger_entry").items()
        if entry.get("entry_type") in ("charge", "fee") and entry.get("at_visit") is not None
    ]
    billed, waiting = [np.array(pinned, dtype=np.int64)], [rows.ids[rows.reserved]]
    if len(rows.reserved) < len(rows):
        ordinals = tenants.ordinals("appointment", Ids(np.delete(rows.ids, rows.reserved)))
        of_range = ledger(tenants, *providers_of(appointment_offsets(tenants), ordinals))
        billed.append(of_range.visit)
        waiting.append(of_range.waiting)
    unbilled = where(np.isin(rows.ids, np.concatenate(waiting)), "unbilled", "billed_elsewhere")
    is_billed = np.isin(rows.ids, np.concatenate(billed))
    return where(is_billed, "billed", where(rows["status"] == "completed", unbilled, "non_billable"))


CODES = (*SERVICE_CODES, "QA-NS", "QA-LC")
