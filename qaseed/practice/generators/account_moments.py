"""When things happen to charges: payments, decisions and claims, on desk days and the weekdays of payers."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from qaseed import noise
from qaseed.addresses import SLOT_BITS
from qaseed.integers import Ids, Ints
from qaseed.plan import Tenants
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.clock import DESK_MINUTES, DESK_OPENS, desk_day
from qaseed.practice.generators.courses import (
    CHECK_IN_MINUTES,
    IN_VAIN_DAYS,
    LATE_DAYS,
    NEVER_POSTED,
    NOTHING,
    WITHOUT,
    at_check_in,
    in_vain,
)
from qaseed.practice.generators.partition import row_bits

_LAGS = np.array(
    [max(3, round(math.exp(math.log(21) + 0.774 * NormalDist().inv_cdf((n + 0.5) / 64)))) for n in range(64)]
)
"""Days from billing to insurance payment, equally likely: lognormal with median 21 and 95th percentile 75 (assumed)."""
AT_ONCE_PAID, BY_STATEMENT, LEAVING = 80, 92, 12
"""Percent of client payments made on the day of the charge, and by the end of two weeks (assumed).

The last one: minutes from the charge within which clients pay who leave.
"""
NIGHTLY_RUN, REMITTANCE = 20 * 60, 4 * 60
"""Local minutes at which claims are sent on business days, and at which what payers sent is fetched (assumed)."""
POSTING_DAYS, SITTING, WAITING = 3, 60, 3
"""Days within which a payer's weekly payment is posted, minutes that this takes, and days that it waits for that on
average (assumed)."""
SECONDARY_DAYS, NOTHING_DAYS = (10, 30), 3
"""Days from a secondary claim to its payment: the least, and among how many; to the answer that nothing is paid
(assumed)."""
SENDING_DAYS, LEAST_ANSWER_DAYS = 3, 6
"""Days within which a charge is sent, and after which its payer answers at the earliest (assumed)."""
APPEAL_DAYS, UPHELD_DAYS = (3, 18), (14, 25)
"""Days from a denial to the appeal, and on to when the denial is upheld: the least, and among how many (assumed)."""


class Moments(NamedTuple):
    """When things happen to charges, in local minutes since 1970, whatever as_of is: a row each."""

    table: Ints
    claim: Ints
    """When a claim is sent, answered, appealed and when the denial is upheld, and when the secondary payer is asked and
    pays nothing after the answer, and after an appeal, if these happen: a column each."""


class Billed(NamedTuple):
    """What the moments of an account go by, an entry each."""

    visits: Ids
    begun: Ints
    billed: Ints
    came: Ints
    """When clients checked in who came in person, `NEVER_POSTED` for the others."""
    second: Ints
    payers: tuple[Ints, Ints]
    """Positions of the first and the second payer among those who pay on weekdays of their own."""
    late: Mask
    """Whether the claim is sent too late."""


def _posted(tenants: Tenants, visits: Ids, day: Ints, payer: Ints) -> Ints:
    """When what a payer pays from these days on is posted: at one sitting, on the weekday of its payment or later."""
    paid = day + (payer % 5 - (day + 3)) % 7
    habits = Ids((visits >> SLOT_BITS << SLOT_BITS) | payer)

    def below(bound: int, stream: str) -> Ints:
        return noise.below(row_bits(tenants, "payment_batch", habits, stream), bound)

    posted = desk_day(tenants.as_of, paid + below(POSTING_DAYS, "posted"), later=True)
    begun = DESK_OPENS + below(DESK_MINUTES - SITTING, "sitting")
    return posted * 1440 + begun + noise.below(row_bits(tenants, "appointment", visits, "account", "insurer"), SITTING)


def moments_of(tenants: Tenants, accounts: Billed) -> Moments:
    """The moments of charges for visits that began and were billed then: payments and decisions by desk days.

    Payers pay once a week, and what came in a batch is posted on one day.
    """
    visits, begun, billed, came, second, payers, late = accounts
    as_of = tenants.as_of

    def below(bound: int, *stream: str) -> Ints:
        return noise.below(row_bits(tenants, "appointment", visits, "account", *stream), bound)

    def drawn(days: tuple[int, int], *stream: str) -> Ints:
        return days[0] + below(days[1], *stream)

    def at_desk(day: Ints, *stream: str) -> Ints:
        minute = DESK_OPENS + below(DESK_MINUTES, *stream)
        return desk_day(as_of, day, later=True) * 1440 + minute

    day = billed // 1440
    lag = _LAGS[noise.below(row_bits(tenants, "appointment", visits, "insurance lag"), len(_LAGS))]
    how, wait, card = below(100, "client"), below(46, "client", "wait"), below(50, "client", "card")
    # on the day of the visit when the client leaves; later charges to cards on file when the desk closes
    on_day = np.where(day == begun // 1440, billed + 2 + card % LEAVING, day * 1440 + 17 * 60 + 5 + card)
    on_day = np.maximum(on_day, billed + 1)  # what the counts ask for may be billed later than that
    later = at_desk(day + np.where(how < BY_STATEMENT, 1 + wait % 14, 15 + wait), "paid")
    client = np.where(how < AT_ONCE_PAID, on_day, later)
    early = at_check_in(tenants, visits, came)
    checked_in = came + 1 + below(CHECK_IN_MINUTES, "check-in", "minute")
    run = desk_day(as_of, day + (billed % 1440 >= NIGHTLY_RUN), later=True)
    delay = np.where(late, drawn(LATE_DAYS, "late"), 0)
    sent = desk_day(as_of, run + delay + below(SENDING_DAYS, "sent"), later=True) * 1440 + NIGHTLY_RUN
    heard = np.maximum(day + lag - WAITING, sent // 1440 + LEAST_ANSWER_DAYS)
    insurer = _posted(tenants, visits, heard, payers[0])
    answered = insurer // 1440 * 1440 + REMITTANCE
    appealed = at_desk(answered // 1440 + drawn(APPEAL_DAYS, "appealed"), "appealed", "minute")
    upheld = desk_day(as_of, appealed // 1440 + drawn(UPHELD_DAYS, "upheld"), later=True) * 1440 + REMITTANCE
    appeal = _posted(tenants, visits, insurer // 1440 + 25 + below(30, "appeal"), payers[0])
    waited = 20 + below(20, "refused") + IN_VAIN_DAYS * in_vain(tenants, visits)
    written_off = at_desk(insurer // 1440 + waited, "refused", "minute")
    statement = at_desk(insurer // 1440 + 6 + wait % 24, "statement", "minute")
    returned = at_desk(client // 1440 + 4 + below(6, "returned"), "returned", "minute")
    table = [
        *(billed + 1, billed + 2, begun - 5, client, client + 1),
        *(at_desk(client // 1440 + 30, "second"), at_desk(client // 1440 + 60, "third")),
        *(insurer, insurer + 1, appeal, appeal + 1, written_off, returned),
        at_desk(returned // 1440 + 7 + below(8, "again"), "again", "minute"),
        at_desk(client // 1440 + 12 + below(25, "refund"), "refund", "minute"),
        at_desk(day + 150 + below(40, "debt"), "debt", "minute"),
        at_desk(day + 1 + below(8, "waiving"), "waiving", "minute"),
        at_desk(insurer // 1440 + 45 + below(120, "taken"), "taken", "minute"),
        statement,
        at_desk(np.maximum(statement, appeal) // 1440 + 20 + below(25, "reminder"), "reminder", "minute"),
        np.where(early, checked_in, on_day),
        np.where(early, checked_in, client),
    ]
    crossed, after_appeal = (_crossed(tenants, visits, paid, second, payers[1]) for paid in (insurer, appeal))
    table += [*crossed[2:], *after_appeal[2:], np.full(len(billed), NEVER_POSTED)]
    usual = (sent, answered, appealed, upheld, *crossed[:2], *after_appeal[:2])
    return Moments(np.stack(table, axis=1), np.stack(usual, axis=1))


def _crossed(tenants: Tenants, visits: Ids, paid: Ints, second: Ints, payer: Ints) -> Ints:
    """When, after the first payer paid, the secondary one is asked, says that it pays nothing, or pays, and when the
    client pays what that leaves or the practice takes it off: a row each.
    """
    some = np.flatnonzero(second != WITHOUT)
    as_of, moments = tenants.as_of, np.full((5, len(paid)), NEVER_POSTED)

    def below(bound: int, *stream: str) -> Ints:
        return noise.below(row_bits(tenants, "appointment", Ids(visits[some]), "secondary", *stream), bound)

    def at_desk(day: Ints, *stream: str) -> Ints:
        return desk_day(as_of, day, later=True) * 1440 + DESK_OPENS + below(DESK_MINUTES, *stream)

    sent = desk_day(as_of, paid[some] // 1440 + below(SENDING_DAYS, "sent"), later=True) * 1440 + NIGHTLY_RUN
    heard = sent // 1440 + SECONDARY_DAYS[0] + below(SECONDARY_DAYS[1])
    answered = _posted(tenants, Ids(visits[some]), heard, payer[some])
    nothing = desk_day(as_of, sent // 1440 + NOTHING_DAYS, later=True) * 1440 + REMITTANCE
    nothing = np.where(second[some] == NOTHING, nothing, NEVER_POSTED)
    rest = at_desk(answered // 1440 + 6 + below(24, "rest"), "rest", "minute")
    moments[:, some] = sent, nothing, answered, rest, answered + 1
    return moments
