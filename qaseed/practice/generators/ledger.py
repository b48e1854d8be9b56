"""The ledger: the signed visits that are charged, newest first until the entries suffice, and what settles them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from qaseed import noise
from qaseed.integers import Ids, Ints, Micros
from qaseed.plan import Tenants, owners_and_positions
from qaseed.practice import shares
from qaseed.practice.generators import account_moments, claim_moments, courses, scenario_rows, secondary, stamps, traits
from qaseed.practice.generators.apportionment import MOST_ENTRIES, apportion, entry_offsets, visit_owners
from qaseed.practice.generators.arrays import Columns, Entries, Mask, Visits, aligned, order_by
from qaseed.practice.generators.calendar import Booked, visits
from qaseed.practice.generators.caseload import caseload
from qaseed.practice.generators.charting import charts
from qaseed.practice.generators.clock import (
    DESK_MINUTES,
    DESK_OPENS,
    desk_day,
    local_end,
    zones_at,
)
from qaseed.practice.generators.coverage import earliest, payers_of
from qaseed.practice.generators.insurance import CURRENT, SECONDARY
from qaseed.practice.generators.insurance import payers_of as payers_of_policies
from qaseed.practice.generators.outcomes import LATE_CANCELLED, MODALITIES, NO_SHOW, arrival_minutes
from qaseed.practice.generators.partition import cached_by_range, providers_of, row_bits
from qaseed.practice.generators.people import copays_of
from qaseed.practice.generators.plans import has_original, hurt_at_work
from qaseed.practice.generators.rates import deductible_parts, medicaid_cents, rates, shared_cents
from qaseed.practice.generators.services import cents_of
from qaseed.practice.generators.stamps import at_seconds, moments_at
from qaseed.rows import Rows

FEES = 25
"""Percent of missed and late cancelled visits that are charged a fee; never to Medicaid's members (42 CFR 447.15)."""
BILLING_DAYS = 3
"""Days after a signature within which a visit is billed that is not charged at once."""
CAPTURE_UNTIL, CAPTURE_MINUTES = 20 * 60, 4
"""Until which local minute of a visit's day the system charges it once its note is signed, and within which minutes."""
AT_ONCE = 5
"""Minutes after a signature at which a visit is billed that the totals ask for, though its usual day lies ahead."""
ENTERED_LATE, LATE_DAYS = 10, 3
"""Percent of payments that are entered on a later day than they are dated, and within how many days (assumed)."""
SIGNED, UNDOCUMENTED, LAST, DRAFT = 0, 1, 2, 4
"""Which visits are charged first; `LAST` is added for those that would be billed after the data ends."""
MINOR_DAYS = 6580
"""Below this age in days clients are minors: a few days after the 18th birthday, so that none is missed."""
IN_PERSON = MODALITIES.index("in_person")
_PAYMENT = np.array([step.entry_type == "client_payment" for step in courses.STEPS])
_IS_CREDIT = np.array([step.entry_type == "credit" for step in courses.STEPS])
BOUNCED = courses.STEPS.index(courses.VARIANTS["bounced"].steps[1])
TAKEN_BACK = courses.STEPS.index(courses.VARIANTS["taken back"].steps[-1])


@dataclass(frozen=True)
class Ledger:
    """The ledger of providers `lo` to `hi`."""

    lo: int
    hi: int
    entries: Entries
    visit: Ids
    """Visits that are charged, ascending."""
    claims: Ints
    """When what happens to the claim for each, as in `claim_moments`; also what lies ahead."""
    entered: Micros
    """When the charge of each was entered."""
    waiting: Ids
    """Completed visits that are not charged yet, ascending; those before the ledger began are billed elsewhere."""


@dataclass(frozen=True)
class _Billable(Columns):
    """Visits that can be charged, and the fees that are; moments in local minutes since 1970."""

    provider: Ints
    """That of the client, counted from the first one of the range."""
    id: Ids
    client: Ids
    service: Ints
    begun: Ints
    came: Ints
    """When the client checked in, in person; `courses.NEVER_POSTED` for the others."""
    rank: Ints
    billed: Ints
    fee: Mask
    claim: Mask
    due: Mask
    """Whether the client owes a part."""
    denied: Any
    """The percentage of its payer's claims that are denied."""
    deductible: Ints
    """Cents that the yearly deductible asks of the client."""
    whole: Mask
    """Whether that is all that the payer allows, so that it pays nothing."""
    second: Ints
    """The kind of payer that pays what the first one leaves, and how much of it, as in `secondary`."""
    extent: Ints
    first_payer: Ints
    """The payers, as positions in `insurance.PAYERS`."""
    second_payer: Ints
    late: Mask
    """Whether the claim is refused because it is sent too late."""
    small: Mask
    """Whether the client's part is not worth a statement."""


@cached_by_range
def ledger(tenants: Tenants, lo: int, hi: int) -> Ledger:
    """The ledger entries of providers `lo` up to `hi`.

    Each provider's entries are those that its newest signed visits have by now, as far back as its total reaches: there
    its ledger begins. Where all of them have too few, further entries follow, and then other completed visits.
    """
    billable = _billable(tenants, visits(tenants, lo, hi), lo, hi)
    totals = np.diff(apportion(tenants).entry[lo : hi + 1])
    when_what = account_moments.moments_of(
        tenants,
        account_moments.Billed(
            billable.id,
            billable.begun,
            billable.billed,
            billable.came,
            billable.extent,
            (billable.first_payer, billable.second_payer),
            billable.late,
        ),
    )
    variant = _variants(tenants, billable)
    steps, posted = courses.steps_of(variant, when_what.table)
    entered = _entered(tenants, billable.id, steps, posted)
    natural = 1 + (entered < local_end(tenants)).sum(axis=1)
    usual = np.where(billable.rank < LAST, natural, 0)
    size = _sizes(totals, billable.provider, usual)
    changed = np.flatnonzero((size != natural) & (size > 0))
    if len(changed):
        some = billable.take(changed)
        has_copay = some.claim & some.due & (some.deductible == 0) & (some.extent == courses.WITHOUT)
        variant[changed] = courses.of_size(
            size[changed], some.fee, some.claim, some.whole, some.extent, has_copay, courses.slide(tenants, some.client)
        )
        steps[changed], posted[changed] = courses.steps_of(variant[changed], when_what.table[changed])
        posted[changed] = _by_now(tenants, billable.billed[changed], posted[changed])
        entered[changed] = posted[changed]
    chosen = np.flatnonzero(size)
    chosen = chosen[np.argsort(billable.id[chosen])]  # ids ascend by provider
    charges = billable.take(chosen)
    seconds = stamps.of_visits(tenants, charges.id)
    after = claim_moments.After(steps[chosen], posted[chosen], seconds)
    claims = claim_moments.of_charges(
        tenants, charges.id, charges.billed, variant[chosen], after, when_what.claim[chosen]
    )
    accounts = _Accounts(charges, size[chosen], variant[chosen], after, claims)
    entries = _entries(tenants, lo, accounts, entered[chosen])
    begins = np.full(hi - lo, 0)
    begins[billable.provider[chosen]] = 1 << 40
    np.minimum.at(begins, billable.provider[chosen], billable.billed[chosen])
    waiting = (size == 0) & ~billable.fee & (billable.billed > begins[billable.provider])
    return Ledger(
        lo,
        hi,
        entries,
        visit=charges.id,
        claims=claims.table,
        entered=moments_at(
            zones_at(tenants, charges.id), at_seconds(charges.billed, seconds[:, 0], local_end(tenants))
        ),
        waiting=Ids(np.sort(billable.id[waiting])),
    )


@dataclass(frozen=True)
class _Accounts:
    """The charges, and the entries after each, earliest first."""

    visits: _Billable
    size: Ints
    variant: Ints
    after: claim_moments.After
    claims: claim_moments.Claims


def _billable(tenants: Tenants, booked: Booked, lo: int, hi: int) -> _Billable:
    """What can be charged, by provider: signed visits first, the newest first."""
    chart = charts(tenants, lo, hi)
    completed = apportion(tenants).completed
    first, end, skip = (int(completed[n] - completed[m]) for n, m in ((lo, booked.lo), (hi, booked.lo), (lo, chart.lo)))
    done = booked.completed[first:end]
    signed, ended = (of[skip : skip + len(done)] for of in (chart.signed, chart.end))
    missed = np.flatnonzero(np.isin(booked.visits.status, (NO_SHOW, LATE_CANCELLED)))
    owner = visit_owners(tenants, Ids(booked.visits.id[missed]))
    missed = missed[(owner >= lo) & (owner < hi)]
    position = np.concatenate((done, missed))
    visit = booked.visits.take(position)
    fee = np.arange(len(position)) >= len(done)
    load = caseload(tenants, booked.lo, booked.hi)
    client = tenants.ordinals("client", visit.client) - int(apportion(tenants).client[load.lo])
    born = traits.born(tenants, load.id)
    payers = payers_of(tenants, load.id, born)
    who = payers[client]
    covered = visit.day >= earliest(tenants, payers, born)[client]
    begun = visit.day * 1440 + visit.minute
    arrived = begun - arrival_minutes(tenants, visit.id, visit.modality)
    ready = np.concatenate((np.where(signed > 0, signed, ended), begun[len(done) :]))
    wait = noise.below(row_bits(tenants, "appointment", visit.id, "billed", "days"), BILLING_DAYS)
    minute = DESK_OPENS + noise.below(row_bits(tenants, "appointment", visit.id, "billed"), DESK_MINUTES)
    billed = desk_day(tenants.as_of, ready // 1440 + 1 + wait, later=True) * 1440 + minute
    at_once = ~fee & (ready // 1440 == visit.day) & (ready % 1440 < CAPTURE_UNTIL)
    at_once[: len(done)] &= signed > 0
    at_once &= desk_day(tenants.as_of, visit.day, later=True) == visit.day
    billed = np.where(at_once, ready + 1 + wait % CAPTURE_MINUTES, billed)
    now = local_end(tenants)
    rank = np.zeros(len(position), dtype=np.int64)
    rank[: len(done)] = np.where(signed > 0, SIGNED, np.where(signed < 0, UNDOCUMENTED, DRAFT))
    rank += LAST * (billed >= now)
    second_of = secondary.kinds_of(tenants, load.id, payers)
    second = second_of[client]
    charged = ~fee | (
        (who != "medicaid")
        & (second != secondary.MEDICAID)
        & (billed < now)
        & (noise.below(row_bits(tenants, "appointment", visit.id, "fee"), 100) < FEES)
    )
    minor = visit.day - born[client] < MINOR_DAYS
    denied = courses.denial_rates(shares.rate(tenants, "denial", "denied"), payers)[client]
    counts = np.flatnonzero(~fee & covered)
    deductible, whole, extent = (np.zeros(len(position), dtype=np.int64) for _ in range(3))
    asked = visit.take(counts), client[counts], denied[counts], second[counts]
    refused = ~fee & courses.are_refused(tenants, visit.id, denied)
    second_code = np.array(secondary.CODES, dtype=object)[second_of]
    payer = [
        payers_of_policies(tenants, load.id, codes, number)[client]
        for codes, number in ((payers, CURRENT), (second_code, SECONDARY))
    ]
    deductible[counts], whole[counts], extent[counts] = _asked(tenants, load.id, payers, *asked)
    billable = _Billable(
        provider=visit_owners(tenants, visit.id) - lo,
        id=visit.id,
        client=visit.client,
        service=visit.service,
        begun=begun,
        came=np.where(~fee & (visit.modality == IN_PERSON), arrived, courses.NEVER_POSTED),
        rank=rank,
        billed=np.where(billed < now, billed, np.minimum(ready + np.clip((now - 1 - ready) // 2, 1, AT_ONCE), now - 1)),
        fee=fee,
        claim=~fee & (who != "self_pay") & covered,
        denied=denied,
        deductible=deductible,
        whole=whole > 0,
        second=second,
        extent=extent,
        first_payer=payer[0],
        second_payer=payer[1],
        late=courses.are_late(tenants, visit.id, refused),
        small=who == "medicaid",
        due=~((who == "medicaid") & minor) & ~hurt_at_work(tenants, load.id, payers, born)[client],
    ).take(np.flatnonzero(charged))
    return billable.take(order_by(billable.provider, billable.rank, -billable.billed, billable.id))


def _asked(
    tenants: Tenants, clients: Ids, payers: Any, visits: Visits, of: Ints, denied: Any, second: Ints
) -> tuple[Ints, Mask, Ints]:
    """What the deductible asks of visits, whether that is all that is allowed, and how much the second payer pays.

    `of` are positions in `clients`.
    """
    schedule = cents_of(visits.service)[1]
    allowed = schedule * rates(tenants, clients, payers)[of] // 10_000
    refused = courses.are_refused(tenants, visits.id, denied)  # what a payer refuses uses up no deductible
    counted = np.where(refused, 0, allowed)
    deductible = deductible_parts(tenants, clients, payers, of, visits.day, counted, visits.nth)
    original = (payers == "medicare") & has_original(tenants, clients)
    copays = np.where(original, 0, copays_of(row_bits(tenants, "client", clients, "copay_cents"), payers))
    due = deductible + shared_cents(allowed - deductible, copays[of], original[of])
    extent = secondary.extent_of(second, due, allowed, deductible, medicaid_cents(schedule))
    return deductible, (deductible > 0) & (deductible == allowed), extent


def _variants(tenants: Tenants, billable: _Billable) -> Ints:
    """How each account goes, were there no totals."""
    deducted = np.where(billable.whole, 2, np.where(billable.deductible > 0, 1, 0))
    early = courses.at_check_in(tenants, billable.id, billable.came)
    claims = courses.of_claims(
        tenants, billable.id, billable.denied, billable.due, deducted, billable.extent, early, billable.small
    )
    own = np.where(billable.claim, claims, courses.of_clients(tenants, billable.id, billable.client))
    return np.where(billable.fee, courses.of_fees(tenants, billable.id), own)


def _entered(tenants: Tenants, visit: Ids, steps: Ints, posted: Ints) -> Ints:
    """When entries are entered: payments of clients now and then some days later, while the desk is open."""
    late = noise.below(row_bits(tenants, "appointment", visit, "entered late"), 100) < ENTERED_LATE
    days = 1 + noise.below(row_bits(tenants, "appointment", visit, "entered late", "days"), LATE_DAYS)
    minute = DESK_OPENS + noise.below(row_bits(tenants, "appointment", visit, "entered late", "minute"), DESK_MINUTES)
    later = desk_day(tenants.as_of, posted // 1440 + days[:, None], later=True) * 1440 + minute[:, None]
    following = np.column_stack((posted[:, 1:], np.full(len(posted), courses.NEVER_POSTED)))
    return np.where(_PAYMENT[steps] & (steps >= 0) & late[:, None] & (later < following), later, posted)


def _sizes(totals: Ints, owner: Ints, natural: Ints) -> Ints:
    """Entries of each charge, in the order in which charges are chosen, so that each owner has its total of them.

    The last charge of an owner may have fewer than it would. Where there are too few, those that come first, which are
    of signed visits, have more; the others are charged only if that does not suffice.
    """
    charges = np.bincount(owner, minlength=len(totals))
    starts = np.cumsum(charges) - charges

    def before(many: Ints, begin: Ints) -> Ints:
        summed = np.cumsum(many) - many
        of_owner: Ints = summed - np.append(summed, 0)[begin][owner]
        return of_owner

    size: Ints = np.clip(totals[owner] - before(natural, np.minimum(starts, len(owner))), 0, natural)
    lacking = totals - np.bincount(owner, weights=size, minlength=len(totals)).astype(np.int64)
    if not lacking.any():
        return size
    room = np.maximum(MOST_ENTRIES - size, 0)
    size += np.clip(lacking[owner] - before(room, np.minimum(starts, len(owner))), 0, room)
    return size


def _by_now(tenants: Tenants, billed: Ints, posted: Ints) -> Ints:
    """The moments of entries that the totals ask for, spread over the time since the charge where they lie ahead."""
    now, nth = local_end(tenants), np.arange(1, courses.AFTER_CHARGE + 1)
    spread = billed[:, None] + (now - billed)[:, None] * nth // (courses.AFTER_CHARGE + 2)
    minute = DESK_OPENS + spread % DESK_MINUTES
    today = spread // 1440 * 1440 + minute + nth >= now
    day = desk_day(tenants.as_of, spread // 1440 - today, later=False)
    spread = np.minimum(np.maximum(day * 1440 + minute, billed[:, None]) + nth, now - 1)
    ahead: Mask = np.any(posted >= now, axis=1)
    return np.where(ahead[:, None], spread, posted)


def _entries(tenants: Tenants, lo: int, accounts: _Accounts, entered: Ints) -> Entries:
    """One entry for each charge, and one for each that settles it by now."""
    charge, nth = owners_and_positions(accounts.size)
    after = np.maximum(nth - 1, 0)
    is_charge = nth == 0
    now, seconds = local_end(tenants), accounts.after.seconds
    billed = at_seconds(accounts.visits.billed, seconds[:, 0], now)
    later, entered = (at_seconds(of, seconds[:, 1:-1], now) for of in (accounts.after.posted, entered))
    begin = int(apportion(tenants).entry[lo]) + np.cumsum(accounts.size) - accounts.size
    first = tenants.ids("ledger_entry", begin)
    posted = np.where(is_charge, billed[charge], later[charge, after])
    entry = np.where(is_charge, billed[charge], entered[charge, after])
    present = np.arange(courses.AFTER_CHARGE) < (accounts.size - 1)[:, None]
    known = np.maximum(entry, billed[charge])  # what is paid at check-in is applied to the charge once that is posted
    last = np.maximum.reduce((billed, np.where(present, entered, 0).max(axis=1), accounts.claims.last))
    zones, course = zones_at(tenants, accounts.visits.id)[charge], courses.COURSE_OF[accounts.variant]
    step = np.where(is_charge, -1, accounts.after.steps[charge, after])
    return Entries(
        visit=Ids(accounts.visits.id[charge]),
        client=Ids(accounts.visits.client[charge]),
        service=accounts.visits.service[charge],
        charge=Ids(first[charge]),
        nth=nth,
        step=step,
        course=course[charge],
        state=accounts.claims.state[charge],
        deductible=np.where(course == courses.REFUSED, 0, accounts.visits.deductible)[charge],
        second=accounts.visits.second[charge],
        posted=moments_at(zones, posted),
        entered=moments_at(zones, entry),
        changed=moments_at(zones, np.where(is_charge, last[charge], np.where(_IS_CREDIT[step], entry, known))),
    )


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
