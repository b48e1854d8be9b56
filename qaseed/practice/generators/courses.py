"""The courses that charges take: which entries settle each, what they amount to, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from qaseed import noise
from qaseed.integers import Ids, Ints
from qaseed.plan import Tenants
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.partition import row_bits

PAID, OVERTURNED, REFUSED, ALONE, SLIDING, NEVER, BOUNCED, OVERPAID, PREPAID, FEE, WAIVED = range(11)
"""Insurance pays, denies and pays, denies; the client pays in full, less, not at all, by a check that bounces, too
much, ahead; a fee is paid, or waived."""
CLAIMS, FEES = (PAID, OVERTURNED, REFUSED), (FEE, WAIVED)
FULL, DUE, INSURED, CONTRACTUAL, SLIDE, AFTER_SLIDE, AFTER_DUE, HALF, AFTER_HALF, EXTRA, SECONDARY, REST = range(12)
"""What an entry amounts to: the charge; the client's and insurance's part of what is allowed; what is not allowed; the
sliding scale; half of the charge; what these leave; what a client paid too much; of the client's part what a secondary
payer pays, and what it leaves."""
AT_ONCE, APPLIED, AHEAD, CLIENT, CREDIT, SECOND, THIRD, INSURER, CONTRACT, APPEAL, APPEAL_CONTRACT = range(11)
WRITTEN_OFF, RETURNED, AGAIN, REFUND, DEBT, WAIVING, TAKEN, STATEMENT, REMINDER, CARD = range(11, 21)
COPAY, CROSSED, CROSSED_REST, CROSSED_REDUCED = range(21, 25)
CROSSED_APPEAL, CROSSED_APPEAL_REST, CROSSED_APPEAL_REDUCED = range(25, 28)
"""Moments of an account: with the charge, before it, when client or insurance pay, and what follows from that; `CARD`
is the day of the charge or check-in, before insurance can pay, `COPAY` check-in or when the client pays, `CROSSED` when
the secondary payer pays."""
NEVER_POSTED = 1 << 50
AFTER_CHARGE = 4
"""Entries that a charge can have at most after itself."""


class Step(NamedTuple):
    """An entry after a charge: its type, what it amounts to, which part of how many it is, its sign and its moment."""

    entry_type: str
    basis: int
    moment: int
    part: int = 0
    parts: int = 1
    sign: int = -1


class Variant(NamedTuple):
    """One way in which a course goes: its entries after the charge."""

    course: int
    steps: tuple[Step, ...] = ()


def _parts(entry_type: str, basis: int, *moments: int) -> tuple[Step, ...]:
    return tuple(Step(entry_type, basis, moment, nth, len(moments)) for nth, moment in enumerate(moments))


_COPAY = Step("client_payment", DUE, COPAY)
_INSURANCE = (Step("insurance_payment", INSURED, INSURER), Step("adjustment", CONTRACTUAL, CONTRACT))
_TAKE_BACK = Step("insurance_payment", INSURED, TAKEN, sign=1)
_AFTER_APPEAL = (Step("insurance_payment", INSURED, APPEAL), Step("adjustment", CONTRACTUAL, APPEAL_CONTRACT))
_IN_FULL = Step("client_payment", FULL, CLIENT)
_PROCESSED = Step("adjustment", CONTRACTUAL, CONTRACT)
_BILLED = Step("client_payment", DUE, STATEMENT)
_ALONE: Mapping[str, Variant] = {
    "paid": Variant(PAID, (_COPAY, *_INSURANCE)),
    "paid without copay": Variant(PAID, _INSURANCE),
    "small balance written off": Variant(PAID, (*_INSURANCE, Step("write_off", DUE, DEBT))),
    "taken back": Variant(PAID, (*_INSURANCE, _TAKE_BACK)),
    "taken back after copay": Variant(PAID, (Step("client_payment", DUE, CARD), *_INSURANCE, _TAKE_BACK)),
    "claimed": Variant(PAID),
    "claimed after copay": Variant(PAID, (_COPAY,)),
    "deductible": Variant(PAID, (_PROCESSED, _BILLED)),
    "deductible open": Variant(PAID, (_PROCESSED,)),
    "deductible in two parts": Variant(PAID, (_PROCESSED, *_parts("client_payment", DUE, STATEMENT, REMINDER))),
    "deductible after appeal": Variant(OVERTURNED, (_AFTER_APPEAL[1], Step("client_payment", DUE, REMINDER))),
    "deductible after appeal open": Variant(OVERTURNED, _AFTER_APPEAL[1:]),
    "paid in part": Variant(PAID, (*_INSURANCE, _BILLED)),
    "paid in part after appeal": Variant(OVERTURNED, (*_AFTER_APPEAL, Step("client_payment", DUE, REMINDER))),
    "appealed": Variant(OVERTURNED, (_COPAY, *_AFTER_APPEAL)),
    "appealed without copay": Variant(OVERTURNED, _AFTER_APPEAL),
    "refused": Variant(REFUSED, (Step("write_off", FULL, WRITTEN_OFF),)),
    "refused after copay": Variant(REFUSED, (_COPAY, Step("write_off", AFTER_DUE, WRITTEN_OFF))),
    "refused in two parts": Variant(
        REFUSED, (Step("adjustment", HALF, WRITTEN_OFF), Step("write_off", AFTER_HALF, WRITTEN_OFF))
    ),
    "refused and reduced": Variant(
        REFUSED, (Step("adjustment", HALF, WRITTEN_OFF), *_parts("write_off", AFTER_HALF, WRITTEN_OFF, DEBT))
    ),
    "in full": Variant(ALONE, (_IN_FULL,)),
    "in two parts": Variant(ALONE, _parts("client_payment", FULL, CLIENT, SECOND)),
    "in three parts": Variant(ALONE, _parts("client_payment", FULL, CLIENT, SECOND, THIRD)),
    "sliding": Variant(SLIDING, (Step("adjustment", SLIDE, AT_ONCE), Step("client_payment", AFTER_SLIDE, CLIENT))),
    "sliding open": Variant(SLIDING, (Step("adjustment", SLIDE, AT_ONCE),)),
    "sliding in two parts": Variant(
        SLIDING, (Step("adjustment", SLIDE, AT_ONCE), *_parts("client_payment", AFTER_SLIDE, CLIENT, SECOND))
    ),
    "open": Variant(NEVER),
    "bad debt": Variant(NEVER, (Step("write_off", FULL, DEBT),)),
    "bounced": Variant(
        BOUNCED, (_IN_FULL, Step("client_payment", FULL, RETURNED, sign=1), Step("client_payment", FULL, AGAIN))
    ),
    "overpaid": Variant(OVERPAID, (_IN_FULL, Step("credit", EXTRA, CREDIT), Step("refund", EXTRA, REFUND, sign=1))),
    "prepaid": Variant(
        PREPAID,
        (
            Step("credit", FULL, AHEAD),
            Step("transfer", FULL, AT_ONCE, sign=1),
            Step("client_payment", FULL, APPLIED),
        ),
    ),
    "fee": Variant(FEE, (_IN_FULL,)),
    "fee in two parts": Variant(FEE, _parts("client_payment", FULL, CLIENT, SECOND)),
    "fee in three parts": Variant(FEE, _parts("client_payment", FULL, CLIENT, SECOND, THIRD)),
    "open fee": Variant(FEE),
    "waived": Variant(WAIVED, (Step("write_off", FULL, WAIVING),)),
}
_SECONDARY_PAYS = {
    f"secondary pays {what}{how}{after}": Variant(course, (*first, *steps))
    for course, after, at, paid, processed in (
        (PAID, "", CROSSED, _INSURANCE, (_PROCESSED,)),
        (OVERTURNED, " after appeal", CROSSED_APPEAL, _AFTER_APPEAL, _AFTER_APPEAL[1:]),
    )
    for what, first in (("what is left", paid), ("the deductible", processed))
    for pays in [Step("insurance_payment", SECONDARY, at)]
    for how, steps in (
        ("", (pays,)),
        (" in part", (pays, Step("client_payment", REST, at + 1))),
        (" in part and leaves nothing", (pays, Step("adjustment", REST, at + 2))),
        (" with nothing and leaves nothing", (Step("adjustment", REST, at),)),
    )
}
_BY_SECOND = (("insurance_payment", SECONDARY), ("adjustment", REST))
VARIANTS = {**_ALONE, **_SECONDARY_PAYS}
NAMES = tuple(VARIANTS)
COURSE_OF = np.array([variant.course for variant in VARIANTS.values()])
STEPS = tuple(dict.fromkeys(step for variant in VARIANTS.values() for step in variant.steps))
OF_SECOND = np.array([(step.entry_type, step.basis) in _BY_SECOND for step in STEPS])
"""Which steps are what the secondary payer pays or reduces."""
_MOMENT_OF = np.array([*(step.moment for step in STEPS), CROSSED_APPEAL_REDUCED + 1])
_STEPS_OF = np.array(
    [
        [*(STEPS.index(step) for step in variant.steps), *[-1] * (AFTER_CHARGE - len(variant.steps))]
        for variant in VARIANTS.values()
    ]
)
"""Positions in `STEPS` of each variant's entries, -1 for none."""
_OF_SIZE = {
    "claim": ("claimed", "refused", "paid without copay", "refused and reduced"),
    "deducted": ("claimed", "deductible open", "deductible", "deductible in two parts"),
    "reduced": ("claimed", "deductible open", "refused in two parts", "refused and reduced"),
    "crossed": ("claimed", "deductible open", "secondary pays the deductible", "refused and reduced"),
    "copay": ("claimed", "claimed after copay", "paid without copay", "paid"),
    "own": ("open", "in full", "in two parts", "in three parts"),
    "sliding": ("open", "sliding open", "sliding", "sliding in two parts"),
    "fee": ("open fee", "fee", "fee in two parts", "fee in three parts"),
}
"""The variants that have exactly one, two, three or four entries, the charge included."""
SLIDING_CLIENTS = 34
"""Percent of clients without insurance who pay by the sliding scale, and so for every visit (assumed)."""
OWN = {
    "in full": 46,
    "in two parts": 4,
    "bad debt": 4,
    "bounced": 3,
    "overpaid": 3,
    "prepaid": 6,
}
"""How clients without insurance pay, in percent (assumed)."""
FEE_WAYS = {"fee": 60, "open fee": 10, "waived": 30}
"""What follows from fees, in percent (assumed)."""
AT_CHECK_IN, CHECK_IN_MINUTES = 85, 4
"""Percent of copays of visits in person that the front desk takes when the client checks in (assumed; MGMA Stat: that
is where collecting them is most successful), and within which minutes.
"""
APPEALED, COPAY_OPEN, COPAY_AFTER_REFUSAL, DEDUCTIBLE_OPEN = 60, 5, 30, 5
"""Percent of denials that are overturned, of copays that are not paid, and that are paid although insurance refused; of
deductibles that are not paid (all assumed).
"""

LATE, LATE_DAYS = 20, (95, 60)
"""Percent of final denials of claims that were sent too late, and after how many days: the least, and among how many
(assumed; most payers' limits are 90 to 180 days)."""
IN_VAIN, IN_VAIN_DAYS = 50, 45
"""Percent of final denials that were appealed in vain, and by how many days these are written off later (assumed;
KFF: insurers of marketplaces uphold 56 % of appealed denials in 2023).
"""
WITHOUT, IN_FULL, IN_PART, NOTHING, REDUCED, ONLY_REDUCED = range(6)
"""How much of what the first payer leaves a secondary one pays; whether there is one. The last two: a part or nothing,
and the client owes nothing either.
"""
DENIAL_ODDS = {"commercial": 0.97, "medicaid": 1.3, "medicare": 0.6, "other": 1.0}
"""How the odds of a denial differ by payer: most with Medicaid, fewest with Medicare (assumed)."""
TAKEN_BACK = 1
"""Percent of payments that the insurer takes back after a review (assumed)."""


def number(*names: str) -> Ints:
    """The numbers of variants by their names."""
    return np.array([NAMES.index(name) for name in names])


def denial_rates(denied: float, payers: Any) -> Any:
    """The percentage of claims that each payer denies, where so many are denied over all."""
    rates = np.full(len(payers), float(denied))
    for payer, odds in DENIAL_ODDS.items():
        rates[payers == payer] = 100 * odds * denied / (100 - denied + odds * denied)
    return rates


def in_vain(tenants: Tenants, visits: Ids) -> Mask:
    """Which claims are appealed though the denial is upheld."""
    appealed: Mask = noise.below(row_bits(tenants, "appointment", visits, "in vain"), 100) < IN_VAIN
    return appealed


def at_check_in(tenants: Tenants, visits: Ids, came: Ints) -> Mask:
    """Whose copays are taken when they check in, by when they came, `NEVER_POSTED` if not in person."""
    lot = noise.below(row_bits(tenants, "appointment", visits, "account", "check-in"), 100)
    taken: Mask = (came < NEVER_POSTED) & (lot < AT_CHECK_IN)
    return taken


def _claim_lot(tenants: Tenants, visits: Ids) -> Ints:
    return noise.below(row_bits(tenants, "appointment", visits, "claim course"), 10_000)


def _is_refused(lot: Ints, denied: Any) -> Mask:
    refused: Mask = lot < denied * (100 - APPEALED) * 100
    return refused


def are_refused(tenants: Tenants, visits: Ids, denied: Any) -> Mask:
    """Whose claims are denied in the end, by the percentage that is denied."""
    return _is_refused(_claim_lot(tenants, visits), denied)


def are_late(tenants: Tenants, visits: Ids, refused: Mask) -> Mask:
    """Which claims are refused because they were sent too late."""
    late: Mask = refused & (noise.below(row_bits(tenants, "appointment", visits, "late filing"), 100) < LATE)
    return late


def of_claims(
    tenants: Tenants, visits: Ids, denied: Any, due: Mask, deducted: Ints, second: Ints, early: Mask, small: Mask
) -> Ints:
    """The variants of charges to insurance, by the percentage that is denied; nobody pays a copay who owes none.

    Who pays it at check-in (`early`) has paid it before insurance can refuse. What is `small` is written off.

    What the deductible asks, of a part (1) or of all that is allowed (2), is billed once the payer has answered, and
    what a secondary payer leaves once that has (`secondary.extent_of`).
    """
    lot = _claim_lot(tenants, visits)
    copay = noise.below(row_bits(tenants, "appointment", visits, "copay"), 100)
    refused, overturned = _is_refused(lot, denied), lot < denied * 10_000
    paid, unpaid = (
        number("paid", "appealed", "refused after copay"),
        number("paid without copay", "appealed without copay", "refused"),
    )
    outcome = np.where(refused, 2, np.where(overturned, 1, 0))
    pays = due & np.where(refused & ~early, copay < COPAY_AFTER_REFUSAL, copay >= COPAY_OPEN)
    audited = noise.below(row_bits(tenants, "appointment", visits, "taken back"), 100) < TAKEN_BACK
    variant = np.where(pays, paid[outcome], unpaid[outcome])
    variant = np.where(small & ~pays & due & (outcome == 0), number("small balance written off"), variant)
    taken_back = np.where(pays, number("taken back after copay"), number("taken back"))
    variant = np.where(audited & (outcome == 0) & (deducted == 0), taken_back, variant)
    billed = np.where(copay >= DEDUCTIBLE_OPEN, 0, 1)
    after_statement = np.stack(
        (
            number("paid in part", "paid without copay"),
            number("paid in part after appeal", "appealed without copay"),
            number("deductible", "deductible open"),
            number("deductible after appeal", "deductible after appeal open"),
        )
    )
    own = after_statement[np.maximum(2 * deducted - 2, 0) + np.minimum(outcome, 1), billed]
    variant = np.where(deducted == 0, variant, np.where(outcome == 2, number("refused"), own))
    crossing = np.flatnonzero((second != WITHOUT) & ((second != NOTHING) | (outcome == 2)))
    how = np.select(
        [(second == IN_PART) & (copay >= DEDUCTIBLE_OPEN), second == REDUCED, second == ONLY_REDUCED], [1, 2, 3]
    )
    at = 8 * np.minimum(outcome, 1) + 4 * (deducted == 2) + how
    variant[crossing] = np.where(outcome == 2, number("refused"), number(*_SECONDARY_PAYS)[at])[crossing]
    return variant


def slide(tenants: Tenants, clients: Ids) -> Mask:
    """Which clients pay by the sliding scale where insurance does not pay."""
    slides: Mask = noise.below(row_bits(tenants, "client", clients, "sliding", "eligible"), 100) < SLIDING_CLIENTS
    return slides


def of_clients(tenants: Tenants, visits: Ids, clients: Ids) -> Ints:
    """The variants of charges to clients alone: the sliding scale goes by the client's income."""
    picked = noise.pick(row_bits(tenants, "appointment", visits, "own course"), tuple(OWN.values()))
    return np.where(slide(tenants, clients), number("sliding"), number(*OWN)[picked])


def of_fees(tenants: Tenants, visits: Ids) -> Ints:
    """The variants of fees."""
    picked = noise.pick(row_bits(tenants, "appointment", visits, "fee course"), tuple(FEE_WAYS.values()))
    return number(*FEE_WAYS)[picked]


def of_size(
    size: Ints, is_fee: Mask, is_claim: Mask, is_deducted: Mask, second: Ints, has_copay: Mask, slides: Mask
) -> Ints:
    """The variants that have exactly so many entries."""
    table = np.stack([number(*variants) for variants in _OF_SIZE.values()])
    kinds = {
        "fee": is_fee,
        "sliding": slides & ~is_claim,
        "own": ~is_claim,
        "copay": has_copay,
        "claim": ~is_deducted,
        "crossed": np.isin(second, (IN_FULL, IN_PART)),
        "reduced": np.isin(second, (REDUCED, ONLY_REDUCED)),
    }
    known = tuple(_OF_SIZE)
    kind = np.select(list(kinds.values()), [known.index(name) for name in kinds], known.index("deducted"))
    chosen: Ints = table[kind, size - 1]
    return chosen


def steps_of(variant: Ints, table: Ints) -> tuple[Ints, Ints]:
    """The entries after each charge, earliest first, as positions in `STEPS` (-1 for none), and their moments."""
    steps = _STEPS_OF[variant]
    when = np.take_along_axis(table, _MOMENT_OF[steps], axis=1)
    order = when.argsort(axis=1, kind="stable")
    return np.take_along_axis(steps, order, axis=1), np.take_along_axis(when, order, axis=1)
