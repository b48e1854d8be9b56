"""Contacts without a visit: whom they are about, which visit they follow, and when they are written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Days, Ids, Ints, Micros, Minutes
from qaseed.plan import Tenants, owners_and_positions
from qaseed.practice.generators.apportionment import apportion, note_offsets
from qaseed.practice.generators.arrays import Mask, Notes, Visits, inverse, order_by
from qaseed.practice.generators.calendar import visits
from qaseed.practice.generators.clock import (
    DESK_OPENS,
    days_of,
    desk_day,
    utc_micros,
    window_start,
    zones_of,
)
from qaseed.practice.generators.episodes import closed
from qaseed.practice.generators.partition import cached_by_range, row_bits
from qaseed.practice.generators.risk import at_risk
from qaseed.recipes import where
from qaseed.rows import Rows

KINDS = ("phone", "collateral", "treatment_plan", "discharge", "psychotherapy_note")
"""Types of notes without a visit."""
SIGNED_WITHIN = 28
"""Days within which notes are signed, if ever."""
CHECKED_DAYS = 3
"""Days within which the provider calls after a visit at elevated risk (Zero Suicide: contact within 24 to 72 hours)."""
CONTACT_DAYS, EVENING_CALL = 21, 20 * 60 + 50
"""Days after a visit within which contacts without one follow it; the local minute from which those of its own day do
(assumed)."""
CLOSING = (80, 60)
"""Percent of those whose care has ended whose chart is closed by a note, and of the contacts that do so at most
(assumed: some charts stay open, but not most)."""
ENDS = ("discharge_date", "date_of_death")
"""Columns of clients with the day on which care ended."""


@dataclass(frozen=True)
class Contacts:
    """The contacts without a visit of providers `lo` to `hi`, in the order of their notes."""

    lo: int
    hi: int
    begin: Ints
    """Where those of each provider begin."""
    client: Ids
    since: Days
    ahead: Ints
    """Days from that visit to the client's next one, with whomever; -1 without one, and for closed charts."""
    first: Mask
    checks: Mask


@cached_by_range
def contacts(tenants: Tenants, lo: int, hi: int) -> Contacts:
    """The first close the charts of those whose care has ended, the next ones check on clients at risk; each other one
    follows a completed visit, so who comes often has more; without any visit it is about any client.
    """
    offsets, totals, booked = note_offsets(tenants), apportion(tenants), visits(tenants, lo, hi)
    documented = np.diff(totals.visit_note)[lo:hi]
    counts = np.diff(offsets)[lo:hi] - documented
    provider, nth = owners_and_positions(counts)
    ids = tenants.ids("note", (offsets[lo:hi] + documented)[provider] + nth)
    provider = provider + lo
    clients, completed = (np.diff(of)[provider] for of in (totals.client, totals.completed))
    lot, met = row_bits(tenants, "note", ids, "client_id"), completed > 0
    over = closed(tenants, lo, hi)
    begin = over.begin[:-1][provider - lo]
    ended = np.diff(over.begin)[provider - lo]
    closed_charts = np.minimum(-(-ended * CLOSING[0] // 100), counts[provider - lo] * CLOSING[1] // 100)
    closing = nth < closed_charts
    client = tenants.ids("client", totals.client[provider] + noise.below(lot, np.maximum(clients, 1)))
    since, ahead = np.full(len(ids), -1), np.full(len(ids), -1)
    until = until_next(booked.visits)
    number = totals.completed[provider] - int(totals.completed[booked.lo]) + noise.below(lot, np.maximum(completed, 1))
    position = booked.completed[number[met]]
    client[met], since[met], ahead[met] = booked.visits.client[position], booked.visits.day[position], until[position]
    of_closed = (begin + nth)[closing] - int(over.begin[0])
    client[closing], since[closing], ahead[closing] = over.client[of_closed], over.since[of_closed], -1
    owner, visit = at_risk(tenants, lo, hi)
    risky = np.bincount(owner, minlength=hi - lo)
    checks = ~closing & (nth - closed_charts < risky[provider - lo])
    chosen = visit[(np.cumsum(risky) - risky)[provider - lo][checks] + (nth - closed_charts)[checks]]
    client[checks], since[checks], ahead[checks] = (
        booked.visits.client[chosen],
        booked.visits.day[chosen],
        until[chosen],
    )
    first, others = np.zeros(len(ids), dtype=bool), np.flatnonzero(~checks)
    first[others[np.unique(client[others], return_index=True)[1]]] = True
    return Contacts(lo, hi, np.cumsum(counts) - counts, client, Days(since), ahead, first, checks)


def until_next(booked: Visits) -> Ints:
    """Days from each visit to the client's next one on a later day; -1 where none is booked."""
    order = order_by(booked.client, booked.day, booked.minute)
    client, day = booked.client[order], booked.day[order]
    last = np.flatnonzero(np.append((np.diff(client) != 0) | (np.diff(day) != 0), [True] * (len(order) > 0)))
    ahead = np.append(np.where(np.diff(client[last]) == 0, np.diff(day[last]), -1), [-1] * (len(last) > 0))
    until = np.repeat(ahead, np.diff(last, prepend=-1))
    return until[inverse(order)]


def written_at(rows: Rows, about: Notes, column: str) -> Micros:
    """When contacts are written, without seconds: in the weeks after a visit and before the next one.

    As a rule the desk was open.
    """
    as_of, now = rows.tenants.as_of, days_of(rows.tenants.as_of)
    registered = rows.lookup("client_id", "intake_date").cast(pl.Int32).cast(pl.Int64).to_numpy()
    left, died = (rows.lookup("client_id", name).cast(pl.Int32).cast(pl.Int64) for name in ENDS)
    is_closing = rows["note_type"] == "discharge"
    known = pl.Series(desk_day(as_of, died.fill_null(0).to_numpy() + 1 + rows.below(10, column, "known"), later=True))
    left = where(died.is_null(), left, where(is_closing, known, died))
    gone = rows.lookup("provider_id", "termination_date").cast(pl.Int32).cast(pl.Int64).fill_null(1 << 30)
    last = np.minimum(np.minimum(left.fill_null(1 << 30).to_numpy(), now - 1), gone.to_numpy() - SIGNED_WITHIN)
    first = np.minimum(np.maximum(registered, window_start(rows.tenants)), last)
    day = desk_day(as_of, first + rows.below(np.maximum(last - first, 1), column, "day"), later=False)
    since, followed = about.since, about.since >= 0
    latest = np.maximum(np.where(about.ahead > 0, np.minimum(last, since + about.ahead - 1), last), since)
    begin = np.minimum(since + 1, latest)
    within = np.where(about.checks, CHECKED_DAYS, CONTACT_DAYS)
    later = begin + rows.below(np.maximum(np.minimum(latest - begin, within), 1), column, "day")
    later = desk_day(as_of, later, later=True)
    later = np.where(later > latest, np.maximum(desk_day(as_of, latest, later=False), since), later)
    last, day = np.where(followed, latest, last), Days(np.where(followed, later, day))
    discharge = is_closing.to_numpy() & left.is_not_null().to_numpy()
    closed_on = np.maximum(desk_day(as_of, last, later=False), since)
    day = Days(np.maximum(np.where(discharge, closed_on, day), registered))
    minute = DESK_OPENS + 60 + rows.below(420, column, "minute")
    minute = np.where(followed & (day == since), EVENING_CALL + minute % 30, minute)
    return utc_micros(zones_of(rows), day, Minutes(minute))
