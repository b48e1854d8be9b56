"""What came before and after each visit of a client: how often they met, how long ago, and when they meet again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qaseed.integers import Ids, Ints, Slots
from qaseed.plan import Tenant, Tenants, is_reserved
from qaseed.practice.generators import scenario_rows
from qaseed.practice.generators.apportionment import appointment_offsets, note_offsets
from qaseed.practice.generators.arrays import Columns, Visits, aligned, inverse, order_by
from qaseed.practice.generators.calendar import visits
from qaseed.practice.generators.clinic import notes_of
from qaseed.practice.generators.outcomes import COMPLETED, NO_SHOW
from qaseed.practice.generators.partition import cached_by_range, providers_of
from qaseed.rows import Rows


@dataclass(frozen=True)
class History(Columns):
    """What is around a visit; -1 where there is no such visit, and for notes without one."""

    before: Ints
    """Completed visits of the client with the provider in the window before it."""
    previous: Ids
    """The last of these."""
    previous_nth: Ints
    """How many visits the client had before that one, those before the window included."""
    since: Ints
    """Days since then."""
    until: Ints
    """Days to the client's next visit with the provider, if one is booked."""
    missed: Ints
    """1 if the client did not come to the visit before."""
    present: Ints
    """How many members of the group came, the client included; 0 outside groups."""


@dataclass(frozen=True)
class _Histories:
    """Those of the visits of providers `lo` to `hi`, in the order of the calendar."""

    lo: int
    hi: int
    of_visit: History


@cached_by_range
def _histories(tenants: Tenants, lo: int, hi: int) -> _Histories:
    booked = visits(tenants, lo, hi)
    return _Histories(booked.lo, booked.hi, around(booked.visits))


def around(booked: Visits) -> History:
    """The history of each of these visits, which are all that their clients have."""
    order = order_by(booked.client, booked.provider, booked.day, booked.minute)
    client, provider, day, status = (
        part[order] for part in (booked.client, booked.provider, booked.day, booked.status)
    )
    count = len(order)
    starts = (np.diff(client, prepend=-1) != 0) | (np.diff(provider, prepend=-1) != 0)
    first = np.maximum.accumulate(np.where(starts, np.arange(count), 0))
    done = status == COMPLETED
    so_far = np.cumsum(done) - done
    latest = np.maximum.accumulate(np.where(done, np.arange(count), -1))
    latest = np.concatenate(([-1], latest))[:count]
    latest = np.where(latest >= first, latest, -1)
    follows = np.concatenate((~starts[1:], [False])) if count else starts
    gap = np.concatenate((np.diff(day), [0])) if count else day
    missed = np.concatenate(([False], status[:-1] == NO_SHOW)) if count else follows
    result = History(
        before=so_far - so_far[first],
        previous=Ids(np.where(latest >= 0, booked.id[order][latest], -1)),
        previous_nth=np.where(latest >= 0, booked.nth[order][latest], -1),
        since=np.where(latest >= 0, day - day[latest], -1),
        until=np.where(follows, gap, -1),
        missed=(missed & (first < np.arange(count))).astype(np.int64),
        present=_present(booked)[order],
    )
    return result.take(inverse(order))


def _present(booked: Visits) -> Ints:
    """How many members came to the session of each visit of a group; 0 for other visits."""
    came = np.zeros(len(booked.id), dtype=np.int64)
    together = np.flatnonzero(booked.group >= 0)
    _, session = np.unique(booked.group[together], return_inverse=True)
    done = (booked.status[together] == COMPLETED).astype(np.int64)
    came[together] = np.bincount(session, weights=done).astype(np.int64)[session]
    return came


def history_of(rows: Rows) -> History:
    """What is around the visit of each note."""
    return rows.cached("history", _history_of)


def _history_of(rows: Rows) -> History:
    def ordinary(ids: Ids) -> History:
        tenants, documented = rows.tenants, notes_of(rows).visit[~is_reserved(rows.ids)]
        known = _histories(tenants, *providers_of(note_offsets(tenants), tenants.ordinals("note", ids)))
        of_visit = documented >= 0
        at = np.full(len(ids), -1)
        first = int(appointment_offsets(tenants)[known.lo])
        at[of_visit] = tenants.ordinals("appointment", Ids(documented[of_visit])) - first
        return _of_visits(known.of_visit, at)

    def reserved(tenant: Tenant, slots: Slots) -> History:
        booked = scenario_rows.visits(tenant, tenant.reserved_slots("appointment"))
        documented = scenario_rows.notes(tenant, slots).visit
        at = np.searchsorted(booked.id, np.maximum(documented, 0))
        return _of_visits(around(booked), np.where(documented >= 0, at, -1))

    return aligned(rows, ordinary, reserved)


def _of_visits(histories: History, at: Ints) -> History:
    """The histories at these positions; -1 in all fields where a position is negative."""
    known = at >= 0
    padded = histories.concat(History(*(Ids(np.array([-1])) for _ in range(7))))
    return padded.take(np.where(known, at, -1))
