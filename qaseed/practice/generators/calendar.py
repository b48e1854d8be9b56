"""Who comes when: caseloads and visits of a range of providers, made together so that nobody is booked twice.

Each client has one provider. A provider's week has standing hours ("lanes"); a client keeps one lane, and clients who
share a lane take turns by week. So two visits of one provider, or of one client, are never at the same time. The members
of a group share a lane without taking turns.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Protocol, TypeVar

import numpy as np

from qaseed import noise
from qaseed.integers import Ints
from qaseed.plan import FIRST_ORDINARY_SLOT, WEEKS_AHEAD, WEEKS_BACK, Tenant, ragged
from qaseed.practice import shares
from qaseed.practice.generators.apportionment import (
    BOOKED_WEEKLY_SLOTS,
    appointment_offsets,
    apportion,
    client_offsets,
    sharing,
)
from qaseed.practice.generators.arrays import Columns, aligned
from qaseed.practice.generators.clock import days_of, low_season, window_start
from qaseed.practice.generators.hours import WEEKLY_SLOT_DAY, WEEKLY_SLOT_HOUR, drawn, moved, start_minute, weekly_slots
from qaseed.practice.generators.outcomes import (
    BY_PROVIDER,
    CANCELLED,
    COMPLETED,
    NO_SHOW,
    RESCHEDULED,
    modality_of,
    statuses,
    tendency,
)
from qaseed.practice.generators.staff import prescribes
from qaseed.rows import Rows

ONGOING = 14
"""Percent of clients whose care goes on at as_of, and who have visits ahead: episodes of some seven weeks all year (assumed)."""
BOOKED_AHEAD = 6
"""Visits that somebody in care has booked ahead, about: most come weekly, and eight weeks are open."""
GROUPS, GROUP_AT = 24, 2
"""Percent of therapists who run a group (assumed), and which of their clients is its first member."""
LEADS = {
    True: (2, 4, 6, 8, 10, 12, 13, 14, 15, 17, 19, 21, 25, 30, 38),
    False: (1, 2, 3, 4, 5, 6, 7, 7, 7, 8, 10, 12, 14, 18, 24),
}
"""Days from booking to visit, equally often, of intakes and of others: medians 14 and 7 (assumed)."""
SKIPPED = 8
"""Percent of a series' weeks that a client skips, most in summer and at the turn of the year (Owl Practice 2016)."""

_SPREAD = 1.35
"""Sigma of the lognormal number of visits beyond the first (domain: heavy tail, Gini at least 0.45)."""
_DEMAND = np.array([max(5, round(10 * math.exp(_SPREAD * NormalDist().inv_cdf((i + 0.5) / 64)))) for i in range(64)])


@dataclass(frozen=True)
class Clients(Columns):
    """What a caseload says of clients: places, days since 1970 (0 for none), and how often they come."""

    provider: Ints
    past: Ints
    future: Ints
    first_day: Ints
    """No later than the first visit; as_of without one."""
    last_day: Ints
    """No earlier than the last past visit; 0 without one."""
    new: Any
    group: Any


@dataclass(frozen=True)
class Caseload:
    """The clients of providers `lo` to `hi`, one entry a client; weeks count from the start of the window.

    `past` visits lie `past_every` weeks apart (some skipped) and end in week `past_last`; `future` begin in `next_first`.
    """

    lo: int
    hi: int
    provider: Ints
    slot: Ints
    lane: Ints
    past: Ints
    span: Ints
    past_last: Ints
    past_every: Ints
    future: Ints
    next_first: Ints
    next_every: Ints
    new: Any
    group: Any

    def clients(self, tenant: Tenant, slots: Ints) -> Clients:
        """What it says of the clients at `slots`."""
        at = slots - FIRST_ORDINARY_SLOT - int(apportion(tenant).client[self.lo])
        start, now = window_start(tenant), days_of(tenant.as_of)
        earliest = np.where(self.past > 0, self.past_last - self.past_every * (self.span - 1), self.next_first)[at]
        seen = self.past[at] > 0
        return Clients(
            FIRST_ORDINARY_SLOT + self.provider[at],
            self.past[at],
            self.future[at],
            np.where(seen | (self.future[at] > 0), start + 7 * earliest, now - 1),
            np.where(seen, start + 7 * self.past_last[at] + 6, 0),
            self.new[at],
            self.group[at],
        )


@dataclass(frozen=True)
class Visits(Columns):
    """Appointments, one entry each: places (-1 for none), days since 1970, minutes of the local day."""

    slot: Ints
    provider: Ints
    client: Ints
    day: Ints
    minute: Ints
    status: Ints
    modality: Ints
    intake: Any
    lead: Ints
    """Days from booking to visit."""
    every: Ints
    """Weeks between the visits of the series; 0 for a visit alone."""
    series: Ints
    group: Ints
    """The first visit of the group session."""
    rescheduled_from: Ints
    """The visit that this one was rescheduled from."""
    moved: Ints


@dataclass(frozen=True)
class Booked:
    """The appointments of providers `lo` to `hi`, by provider and start; `completed` and `missed` are positions."""

    lo: int
    hi: int
    visits: Visits
    completed: Ints
    missed: Ints

    def at(self, slots: Ints) -> Ints:
        """Positions of the appointments at `slots`."""
        return slots - int(self.visits.slot[0]) if len(slots) else slots


class _Ranged(Protocol):
    @property
    def lo(self) -> int: ...
    @property
    def hi(self) -> int: ...


T = TypeVar("T", bound=_Ranged)


def held_by_range(make: Callable[[Tenant, int, int], T]) -> Callable[[Tenant, int, int], T]:
    """`make(tenant, lo, hi)`, answered by the last result if that covers the range: a unit of work makes it once."""
    last: tuple[Tenant, T] | None = None

    def made(tenant: Tenant, lo: int, hi: int) -> T:
        nonlocal last
        if last and last[0] == tenant and last[1].lo <= lo <= hi <= last[1].hi:
            return last[1]
        found = make(tenant, lo, hi)
        if hi > lo:
            last = tenant, found
        return found

    return made


def providers_of(blocks: Ints, slots: Ints) -> tuple[int, int]:
    """The range of providers whose blocks hold `slots`."""
    if not len(slots):
        return 0, 0
    lo, hi = np.searchsorted(
        blocks, (slots.min() - FIRST_ORDINARY_SLOT, slots.max() - FIRST_ORDINARY_SLOT), side="right"
    )
    return int(lo) - 1, int(hi)


def _share_by_weight(total: Ints, clients: Ints, owner: Ints, weight: Ints, cap: Ints) -> Ints:
    """Each owner's `total` shared among its clients by weight, none above its cap; exact, in whole numbers.

    Where a heavy client would pass the cap, all weights of that owner are raised by the same amount until none does.
    """
    starts = np.cumsum(clients) - clients
    sums = np.concatenate(([0], np.cumsum(weight)))
    eligible = np.concatenate(([0], np.cumsum(weight > 0)))
    members = eligible[starts + clients] - eligible[starts]
    room = cap * members - total
    short = total * int(_DEMAND.max()) - cap * (sums[starts + clients] - sums[starts])
    raised = np.where(room > 0, np.maximum(-(-short // np.maximum(room, 1)), 0), 0)
    level = np.where((room <= 0)[owner], 0, weight) + np.where(room > 0, raised, 1)[owner]
    level = np.where(weight > 0, level, 0)
    heights = np.concatenate(([0], np.cumsum(level)))
    whole = np.maximum(heights[starts + clients] - heights[starts], 1)
    upto = heights[1:] - heights[starts][owner]
    shared: Ints = total[owner] * upto // whole[owner] - total[owner] * (upto - level) // whole[owner]
    return shared


def _visits_per_client(
    total: Ints, clients: Ints, owner: Ints, in_rotation: Any, attends: Any, weight: Ints, cap: Ints
) -> Ints:
    """Visits of each client: one for each who attends where there are enough, the rest by weight; none above `cap`.

    Where those who attend are too few for the provider's visits, all clients in its rotation attend, and all have a weight.
    """

    def count(mask: Any) -> Ints:
        return np.bincount(owner, weights=mask, minlength=len(clients)).astype(np.int64)

    attending, weighted = count(attends & in_rotation), count(attends & in_rotation & (weight > 0))
    # clients without a weight have one visit each, unless all are without
    room = np.where(weighted > 0, attending + weighted * (cap - 1), attending * cap)
    full = ((8 * total > 7 * cap * attending) | (total > room))[owner]
    attends, weight = in_rotation & (attends | full), np.where(full, np.maximum(weight, 1), weight)
    attending = count(attends)
    enough = total >= attending
    by_weight = (count(attends * weight) > 0) & enough
    rest = np.where(by_weight[owner], weight, 1) * attends
    extra = _share_by_weight(
        np.where(enough, total - attending, total), clients, owner, rest, np.where(enough, cap - 1, cap)
    )
    visits_each: Ints = extra + (attends & enough[owner])
    return visits_each


@held_by_range
def caseload(tenant: Tenant, lo: int, hi: int) -> Caseload:
    """The caseload of providers `lo` up to `hi`."""
    held = apportion(tenant)
    clients = np.diff(held.client[lo : hi + 1])
    provider, position = ragged(clients)
    slot = FIRST_ORDINARY_SLOT + int(held.client[lo]) + np.arange(len(provider))
    noise_of = _noise(tenant, "client", slot)
    member = _groups(tenant, np.arange(lo, hi), clients)[provider]
    group = (position >= GROUP_AT) & (position < GROUP_AT + member)

    cadence = np.array([int(weeks) for weeks in shares.of(tenant, "cadence")])[
        noise.pick(noise_of("cadence"), tuple(shares.of(tenant, "cadence").values()))
    ]
    demand = _DEMAND[noise.below(noise_of("demand"), len(_DEMAND))]
    new = (noise.below(noise_of("new"), 10_000) < 10_000 * shares.rate(tenant, "known", "new")) & ~group
    once = new & (noise.below(noise_of("once"), 10_000) < 10_000 * shares.rate(tenant, "once", "once"))
    comes = noise.below(noise_of("idle"), 10_000) >= 10_000 * shares.rate(tenant, "idle", "none")
    ahead = np.diff(held.future[lo : hi + 1])
    first_of = np.lexsort((noise.below(noise_of("ongoing"), 1 << 31), ~comes | once, provider))
    ongoing = np.zeros(len(provider), dtype=bool)
    ongoing[first_of] = position < np.maximum((clients * ONGOING + 50) // 100, -(-ahead // BOOKED_AHEAD))[provider]
    turn = position // BOOKED_WEEKLY_SLOTS

    def series(totals: Ints, weeks: int, member: Any, weight: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """Visits a client, turns between two, turns of its lane, and clients that share a lane."""
        shared = sharing(clients, weeks)
        turns = weeks // shared[provider]
        here = turn < shared[provider]
        total = np.diff(totals[lo : hi + 1])
        visits = _visits_per_client(total, clients, provider, here, member, weight, weeks // shared)
        most = np.maximum((turns - 1) // np.maximum(visits - 1, 1), 1)
        step = np.minimum(np.maximum(cadence // shared[provider], 1), np.where(most == 3, 2, most))
        return visits, step, turns, shared[provider]

    past, step, turns, shared = series(held.past, WEEKS_BACK, comes, np.where(once, 0, demand))
    skipped = np.minimum(np.where(past >= 3, (past * SKIPPED + 50) // 100, 0), (turns - 1) // step + 1 - past)
    span = past + np.maximum(skipped, 0)
    slack = np.maximum(turns - (span - 1) * step, 1)
    future, next_step, next_turns, next_shared = series(
        held.future, WEEKS_AHEAD, comes & ongoing & ~once & (past > 0), demand
    )
    next_slack = np.maximum(next_turns - (future - 1) * next_step, 1)
    since_last = noise.below(noise_of("since last"), np.where(future > 0, np.minimum(step, slack), slack))
    until_next = noise.below(noise_of("until next"), np.minimum(next_step, next_slack))
    return Caseload(
        lo,
        hi,
        lo + provider,
        slot,
        np.where(group, GROUP_AT, position % BOOKED_WEEKLY_SLOTS),
        past,
        span,
        turn + shared * (WEEKS_BACK // shared - 1 - since_last),
        step * shared,
        future,
        WEEKS_BACK + turn + next_shared * until_next,
        next_step * next_shared,
        new,
        group,
    )


def _groups(tenant: Tenant, providers: Ints, clients: Ints) -> Ints:
    """How many members the group of each provider has; 0 for most, and for prescribers."""
    slots = FIRST_ORDINARY_SLOT + providers
    runs = noise.below(drawn(tenant, "provider", slots, "group"), 100) < GROUPS
    runs &= (clients >= 6) & ~prescribes(tenant, slots) & (shares.rate(tenant, "therapy", "group") > 0)
    return np.where(runs, np.clip(clients // 5, 2, 8), 0)


def _noise(tenant: Tenant, entity: str, slots: Ints) -> Callable[[str], noise.Bits]:
    ids = tenant.ids(slots)
    return lambda stream: noise.bits(noise.key(tenant.seed, entity, stream), ids)


def _kept(tenant: Tenant, load: Caseload, at: Ints) -> tuple[Ints, Ints]:
    """The past visits of the clients at these positions: whose, and in which slot back from the last; skipped ones left out."""
    who, nth = ragged(load.span[at])
    last = load.span[at][who] - 1
    week = window_start(tenant) + 7 * (load.past_last[at][who] - load.past_every[at][who] * nth)
    key = noise.bits(noise.key(tenant.seed, "client", "skipped"), tenant.ids(load.slot[at][who]) * 64 + nth)
    lot = (key >> np.uint64(20)).astype(np.int64) // low_season(week)
    lot[(nth == 0) | (nth == last)] = np.iinfo(np.int64).max
    order = np.lexsort((lot, who))
    _, rank = ragged(load.span[at])
    keep = np.zeros(len(who), dtype=bool)
    keep[order] = rank >= (load.span - load.past)[at][who]
    return who[keep], nth[keep]


@held_by_range
def visits(tenant: Tenant, lo: int, hi: int) -> Booked:
    """The visits of providers `lo` up to `hi`."""
    held, load = apportion(tenant), caseload(tenant, lo, hi)
    at = np.arange(held.client[lo], held.client[hi]) - int(held.client[load.lo])
    who_past, nth_past = _kept(tenant, load, at)
    who_next, nth_next = ragged(load.future[at])
    who = (at[0] if len(at) else 0) + np.concatenate((who_past, who_next))
    week = np.concatenate((
        load.past_last[at][who_past] - load.past_every[at][who_past] * nth_past,
        load.next_first[at][who_next] + load.next_every[at][who_next] * nth_next,
    ))  # fmt: skip
    every = np.concatenate((load.past_every[at][who_past], load.next_every[at][who_next]))
    provider = load.provider[who]
    weekly = weekly_slots(tenant, FIRST_ORDINARY_SLOT + np.arange(lo, hi))
    lane = weekly[provider - lo, load.lane[who]]
    week_start = window_start(tenant) + 7 * week
    day = week_start + (WEEKLY_SLOT_DAY[lane] - tenant.as_of.weekday()) % 7
    lane, was_moved = moved(tenant, weekly, provider - lo, lane, day)
    day = week_start + (WEEKLY_SLOT_DAY[lane] - tenant.as_of.weekday()) % 7
    minute = start_minute(tenant, FIRST_ORDINARY_SLOT + provider) + 60 * WEEKLY_SLOT_HOUR[lane]

    start_key = (provider << 40) | (day << 12) | minute
    order = np.argsort(start_key, kind="stable")
    start_key, provider, day, minute, who, every, was_moved = (
        part[order] for part in (start_key, provider, day, minute, who, every, was_moved)
    )
    slot = FIRST_ORDINARY_SLOT + int(held.past[lo] + held.future[lo]) + np.arange(len(who))
    client = load.slot[who]
    by_client = np.lexsort((day, client))
    first = np.zeros(len(who), dtype=bool)
    first[by_client] = np.diff(client[by_client], prepend=-1) != 0
    following = np.full(len(who), -1)
    following[by_client[:-1]] = np.where(np.diff(client[by_client]) == 0, by_client[1:], -1)

    modality = modality_of(tenant, slot, client)
    leads = np.array([LEADS[False], LEADS[True]])
    intake = first & load.new[who]
    lead = leads[intake.astype(np.int64), noise.below(drawn(tenant, "appointment", slot, "lead"), leads.shape[1])]
    status = statuses(tenant, held, lo, hi, provider, day, slot, tendency(tenant, client, intake, modality, lead))
    status[(status == RESCHEDULED) & (following < 0)] = CANCELLED
    rescheduled_from = np.full(len(who), -1)
    again = np.flatnonzero(status == RESCHEDULED)
    rescheduled_from[following[again]] = slot[again]
    lead = np.where(
        np.isin(status, (CANCELLED, BY_PROVIDER)),
        np.maximum(lead, 4),
        np.where(status == RESCHEDULED, np.maximum(lead, 6), lead),
    )

    done = status[by_client] == COMPLETED
    so_far = np.cumsum(done) - done
    so_far -= np.maximum.accumulate(np.where(first[by_client], so_far, 0))
    intake[by_client] = load.new[who[by_client]] & (so_far == 0)
    series = np.zeros(len(who), dtype=np.int64)
    series[by_client] = slot[by_client[np.maximum.accumulate(np.where(first[by_client], np.arange(len(who)), 0))]]
    in_series = (was_moved == 0) & ((load.past + load.future)[who] > 1)
    found = Visits(
        slot, FIRST_ORDINARY_SLOT + provider, client, day, minute, status, modality, intake, lead,
        np.where(in_series, every, 0), np.where(in_series, series, -1),
        np.where(load.group[who], slot[0] + np.searchsorted(start_key, start_key) if len(who) else slot, -1), rescheduled_from, was_moved,
    )  # fmt: skip
    return Booked(lo, hi, found, np.flatnonzero(status == COMPLETED), np.flatnonzero(status == NO_SHOW))


def clients_of(rows: Rows) -> Clients:
    """What the caseload says of each client."""
    return rows.memo("caseload", _clients_of)


def _clients_of(rows: Rows) -> Clients:
    def ordinary(slots: Ints) -> Clients:
        return caseload(rows.tenant, *providers_of(client_offsets(rows.tenant), slots)).clients(rows.tenant, slots)

    def told(slots: Ints) -> Clients:
        from qaseed.practice.generators.scenario_rows import clients  # scenarios are told in terms of calendars

        return clients(rows.tenant, slots)

    return aligned(rows, ordinary, told)


def visits_of(rows: Rows) -> Visits:
    """What the calendar says of each appointment."""
    return rows.memo("calendar", _visits_of)


def _visits_of(rows: Rows) -> Visits:
    def ordinary(slots: Ints) -> Visits:
        found = visits(rows.tenant, *providers_of(appointment_offsets(rows.tenant), slots))
        return found.visits.take(found.at(slots))

    def told(slots: Ints) -> Visits:
        from qaseed.practice.generators.scenario_rows import (
            visits as told_visits,  # scenarios are told in terms of calendars
        )

        return told_visits(rows.tenant, slots)

    return aligned(rows, ordinary, told)
