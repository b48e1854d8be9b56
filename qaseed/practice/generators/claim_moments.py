"""When claims are sent, denied, appealed, upheld and processed, and what became of each by now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qaseed.integers import Ids, Ints
from qaseed.plan import Tenants
from qaseed.practice.generators import courses, stamps
from qaseed.practice.generators.account_moments import NIGHTLY_RUN, REMITTANCE
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.clock import local_end
from qaseed.practice.generators.courses import NEVER_POSTED
from qaseed.practice.generators.stamps import LAST, at_seconds

MOMENTS = ("sent", "denied", "appealed", "upheld", "processed")
SECONDARY_MOMENTS = ("sent", "processed")
"""Those of the claim to a secondary payer, which is processed if it pays nothing."""
DENIAL, APPEAL, UPHOLDING, PROCESSING, SECONDARY_SENT, SECONDARY_PROCESSED = range(1, 7)
SENDING, FETCHING = "claims sent", "remittance fetched"
"""Runs, each of which has one moment for all claims of a practice on a day."""
_RUNS = {
    0: SENDING,
    SECONDARY_SENT: SENDING,
    **dict.fromkeys((DENIAL, UPHOLDING, SECONDARY_PROCESSED), FETCHING),
}
"""By the columns of moments, which run has them."""
WEEK = 7 * 1440
STATES = ("unbilled", "submitted", "paid", "denied", "appealed", "processed")
UNBILLED, SUBMITTED, PAID, DENIED, APPEALED, PROCESSED = range(6)
_SECOND, _SECOND_REDUCTION = (
    np.array([step.entry_type == kind for step in courses.STEPS]) & courses.OF_SECOND
    for kind in ("insurance_payment", "adjustment")
)
_PAYMENT, _REDUCTION, _TAKING = (
    np.array([step.entry_type in of and (step.sign > 0) == is_taking for step in courses.STEPS]) & ~courses.OF_SECOND
    for of, is_taking in (
        (("insurance_payment",), False),
        (("write_off", "adjustment"), False),
        (("insurance_payment",), True),
    )
)


@dataclass(frozen=True)
class After:
    """The entries after each charge: their steps, local minutes, and the seconds of the charge and of these."""

    steps: Ints
    posted: Ints
    seconds: Ints


@dataclass(frozen=True)
class Claims:
    """What happens to the claims for charges, a row each."""

    table: Ints
    """Local seconds since 1970 of `MOMENTS` and of `SECONDARY_MOMENTS`, a column each; `NEVER_POSTED` for what does not
    happen."""
    state: Ints
    """What became of it by now, a position in `STATES`; one whose payment was taken back is to be paid again."""
    last: Ints
    """The last of its moments by now; 0 without one."""


def of_charges(tenants: Tenants, visits: Ids, billed: Ints, variant: Ints, after: After, usual: Ints) -> Claims:
    """The claims for charges, by their course, the entries that follow them, and the usual moments.

    Where entries are earlier than usual because the counts ask for them, the moments are before these.
    """
    course, steps, posted = courses.COURSE_OF[variant], after.steps, after.posted
    is_claim = np.isin(course, courses.CLAIMS)

    def first(kind: Mask) -> Ints:
        moment: Ints = np.where((steps >= 0) & kind[steps], posted, NEVER_POSTED).min(axis=1, initial=NEVER_POSTED)
        return moment

    now = local_end(tenants)
    paid, reduced, taken, second = first(_PAYMENT), first(_REDUCTION), first(_TAKING), first(_SECOND)
    only_reduced = np.where(second < NEVER_POSTED, NEVER_POSTED, first(_SECOND_REDUCTION))
    closed = np.minimum(paid, reduced)
    sent, denied, appealed, upheld, *crossed = usual.T
    sent = np.where(sent < closed, sent, np.minimum(billed + 1, closed))
    answered = closed // 1440 * 1440 + REMITTANCE
    denied = np.where(denied < closed, denied, np.where(answered > sent, answered, closed))
    in_vain = (course == courses.REFUSED) & courses.in_vain(tenants, visits) & (upheld < closed)
    is_overturned = course == courses.OVERTURNED
    is_processed = (course != courses.REFUSED) & (paid == NEVER_POSTED) & (reduced < NEVER_POSTED)
    crossing, nothing = np.where(is_overturned, crossed[2:], crossed[:2])
    crosses = (crossing < NEVER_POSTED) & (course != courses.REFUSED) & (closed < NEVER_POSTED)
    weeks_late = np.maximum(closed - crossing + WEEK - 1, 0) // WEEK
    nothing = np.where(nothing < NEVER_POSTED, nothing + weeks_late * WEEK, NEVER_POSTED)
    nothing = np.where(only_reduced < now, only_reduced // 1440 * 1440 + REMITTANCE, nothing)
    crossing = np.maximum(closed, np.minimum(crossing, second - 1))
    holds = (
        True,
        course != courses.PAID,
        is_overturned | in_vain,
        in_vain,
        is_processed,
        crosses,
        crosses & (nothing < NEVER_POSTED),
    )
    happens = (sent, denied, appealed, upheld, reduced, crossing, nothing)
    table = np.stack(
        [np.where(is_claim & some, moment, NEVER_POSTED) for some, moment in zip(holds, happens, strict=True)], axis=1
    )
    seconds = np.zeros_like(table)
    reducing = ((steps >= 0) & _REDUCTION[steps] & (posted == reduced[:, None])).argmax(axis=1)
    seconds[:, APPEAL] = after.seconds[:, -1]
    seconds[:, PROCESSING] = after.seconds[np.arange(len(steps)), 1 + reducing]
    for at, run in _RUNS.items():
        some = np.flatnonzero(table[:, at] < NEVER_POSTED)
        minute = table[some, at]
        of_run = minute % 1440 == (NIGHTLY_RUN if run == SENDING else REMITTANCE)
        rest = LAST * (at == SECONDARY_SENT)
        seconds[some, at] = np.where(of_run, stamps.of_runs(tenants, Ids(visits[some]), minute // 1440, run), rest)
    by_now = table < now
    state = np.select(
        [taken < now, paid < now, is_processed & (reduced < now), *by_now.T[[3, 2, 1, 0]]],
        [SUBMITTED, PAID, PROCESSED, DENIED, APPEALED, DENIED, SUBMITTED],
        UNBILLED,
    )
    table = at_seconds(table, seconds, now)
    return Claims(table, state, np.where(by_now, table, 0).max(axis=1, initial=0))
