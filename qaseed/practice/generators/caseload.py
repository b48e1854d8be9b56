"""Caseloads of a range of providers: how often each client comes, in which weekly slot and which weeks of the window.

Each client has one provider. A provider's week has weekly slots; a client keeps one, and clients who share one rotate
by week: of n clients, the one at offset r has the weeks r, r + n, r + 2n and so on. So two visits of one provider,
or of one client, are never at the same time. The members of a group share a weekly slot without rotating.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from qaseed import noise
from qaseed.integers import Days, Ids, Ints, Weeks
from qaseed.plan import WEEKS_AHEAD, WEEKS_BACK, Tenants, owners_and_positions
from qaseed.practice import shares
from qaseed.practice.generators import scenario_rows
from qaseed.practice.generators.apportionment import BOOKED_WEEKLY_SLOTS, apportion, client_offsets, rotation_length
from qaseed.practice.generators.arrays import Clients, Mask, aligned
from qaseed.practice.generators.clock import days_of, window_start
from qaseed.practice.generators.partition import cached_by_range, providers_of, row_bits
from qaseed.practice.generators.staff import prescribes
from qaseed.rows import Rows

ONGOING = 14
"""Percent of clients in care at as_of, who have visits ahead: episodes of some seven weeks all year (assumed)."""
BOOKED_AHEAD = 6
"""Visits that a client in care has booked ahead, about: most come weekly, and eight weeks are open."""
GROUPS, GROUP_AT = 24, 2
"""Percent of therapists who run a group (assumed), and which of their clients is its first member."""
SKIPPED = 8
"""Percent of a series' weeks that a client skips, most in summer and around the end of the year (Owl Practice 2016)."""

_SPREAD = 1.35
"""Sigma of the lognormal number of visits beyond the first (domain: heavy tail, Gini at least 0.45)."""
_DEMAND = np.array([max(5, round(10 * math.exp(_SPREAD * NormalDist().inv_cdf((i + 0.5) / 64)))) for i in range(64)])


@dataclass(frozen=True)
class Caseload:
    """The clients of providers `lo` to `hi`, one entry a client, in the order of their ordinals.

    The past weeks of a client lie `past_every` weeks apart and end with `past_last`. There are `span` of them, of which
    some are skipped: `past` have a visit. The `future` visits begin in `next_first` and lie `next_every` weeks apart.
    """

    lo: int
    hi: int
    provider: Ints
    """Counted over all tenants, as `lo` is."""
    id: Ids
    weekly_slot: Ints
    """Position in the provider's weekly slots, preferred ones first."""
    past: Ints
    span: Ints
    past_last: Weeks
    past_every: Ints
    future: Ints
    next_first: Weeks
    next_every: Ints
    new: Mask
    group: Mask

    def clients(self, tenants: Tenants, ordinals: Ints) -> Clients:
        """What it says of these clients."""
        at = ordinals - int(apportion(tenants).client[self.lo])
        start, now = window_start(tenants), days_of(tenants.as_of)
        earliest = np.where(self.past > 0, self.past_last - self.past_every * (self.span - 1), self.next_first)[at]
        came = self.past[at] > 0
        return Clients(
            provider=tenants.ids("provider", self.provider[at]),
            past=self.past[at],
            future=self.future[at],
            first_day=Days(np.where(came | (self.future[at] > 0), start + 7 * earliest, now - 1)),
            last_day=Days(np.where(came, start + 7 * self.past_last[at] + 6, 0)),
            new=self.new[at],
        )


@dataclass(frozen=True)
class _Habits:
    """What each client would do, were calendars empty."""

    every: Ints
    """Weeks between two visits."""
    demand: Ints
    """Weight in the share of the provider's visits."""
    new: Mask
    """Whether the first visit is an intake."""
    once: Mask
    """Whether the client comes once and no more."""
    attends: Mask
    """Whether the client comes at all."""


@dataclass(frozen=True)
class _Series:
    """Each client's visits in the past or in the future part of the window."""

    visits: Ints
    every: Ints
    """Rotations between two visits."""
    rotations: Ints
    """Rotations in that part of the window, so weeks that the client may have."""
    length: Ints
    """Weeks of one rotation: how many clients share the weekly slot."""


@cached_by_range
def caseload(tenants: Tenants, lo: int, hi: int) -> Caseload:
    """The caseload of providers `lo` up to `hi`."""
    totals = apportion(tenants)
    clients = np.diff(totals.client[lo : hi + 1])
    provider, position = owners_and_positions(clients)
    ids = tenants.ids("client", int(totals.client[lo]) + np.arange(len(provider)))
    size = _group_sizes(tenants, tenants.ids("provider", np.arange(lo, hi)), clients)[provider]
    group = (position >= GROUP_AT) & (position < GROUP_AT + size)
    habits = _habits(tenants, ids, group)
    offset = position // BOOKED_WEEKLY_SLOTS

    weight = np.where(habits.once, 0, habits.demand)
    past = _series(WEEKS_BACK, np.diff(totals.past[lo : hi + 1]), clients, offset, habits.attends, weight, habits.every)
    span = _span(past)
    past_slack = np.maximum(past.rotations - (span - 1) * past.every, 1)

    ahead = np.diff(totals.future[lo : hi + 1])
    ongoing = _ongoing(tenants, ids, habits, clients, ahead) & (past.visits > 0)
    future = _series(WEEKS_AHEAD, ahead, clients, offset, ongoing, habits.demand, habits.every)
    future_slack = np.maximum(future.rotations - (future.visits - 1) * future.every, 1)

    most_since = np.where(future.visits > 0, np.minimum(past.every, past_slack), past_slack)
    since_last = noise.below(row_bits(tenants, "client", ids, "since last"), most_since)
    until_next = noise.below(row_bits(tenants, "client", ids, "until next"), np.minimum(future.every, future_slack))
    return Caseload(
        lo=lo,
        hi=hi,
        provider=lo + provider,
        id=ids,
        weekly_slot=np.where(group, GROUP_AT, position % BOOKED_WEEKLY_SLOTS),
        past=past.visits,
        span=span,
        past_last=Weeks(offset + past.length * (past.rotations - 1 - since_last)),
        past_every=past.every * past.length,
        future=future.visits,
        next_first=Weeks(WEEKS_BACK + offset + future.length * until_next),
        next_every=future.every * future.length,
        new=habits.new,
        group=group,
    )


def _group_sizes(tenants: Tenants, providers: Ids, clients: Ints) -> Ints:
    """How many members the group of each provider has; 0 for most, and for prescribers."""
    runs = noise.below(row_bits(tenants, "provider", providers, "group"), 100) < GROUPS
    runs &= (clients >= 6) & ~prescribes(tenants, providers) & (shares.rate(tenants, "therapy", "group") > 0)
    return np.where(runs, np.clip(clients // 5, 2, 8), 0)


def _habits(tenants: Tenants, ids: Ids, group: Mask) -> _Habits:
    """The habits of these clients; members of a group are never new."""

    def below(bound: int, stream: str) -> Ints:
        return noise.below(row_bits(tenants, "client", ids, stream), bound)

    cadence = shares.of(tenants, "cadence")
    picked = noise.pick(row_bits(tenants, "client", ids, "cadence"), tuple(cadence.values()))
    new = (below(10_000, "new") < 10_000 * shares.rate(tenants, "known", "new")) & ~group
    return _Habits(
        every=np.array([int(weeks) for weeks in cadence])[picked],
        demand=_DEMAND[below(len(_DEMAND), "demand")],
        new=new,
        once=new & (below(10_000, "once") < 10_000 * shares.rate(tenants, "once", "once")),
        attends=below(10_000, "idle") >= 10_000 * shares.rate(tenants, "idle", "none"),
    )


def _ongoing(tenants: Tenants, ids: Ids, habits: _Habits, clients: Ints, ahead: Ints) -> Mask:
    """Who is in care at as_of: of those who come again, as many as the visits ahead of their provider need."""
    provider, position = owners_and_positions(clients)
    comes_again = habits.attends & ~habits.once
    by_lot = np.lexsort((noise.below(row_bits(tenants, "client", ids, "ongoing"), 1 << 31), ~comes_again, provider))
    ongoing = np.zeros(len(ids), dtype=bool)
    ongoing[by_lot] = position < np.maximum((clients * ONGOING + 50) // 100, -(-ahead // BOOKED_AHEAD))[provider]
    return ongoing & comes_again


def _series(weeks: int, totals: Ints, clients: Ints, offset: Ints, attends: Mask, weight: Ints, every: Ints) -> _Series:
    """The providers' `totals` of visits within so many weeks, as a series of each client.

    `clients` are counted by provider. The other arrays have an entry a client: its offset in the rotation, whether it
    attends, its weight, and the weeks it prefers between visits, of which it gets fewer where visits would not fit.
    """
    provider, _ = owners_and_positions(clients)
    length = rotation_length(clients, weeks)
    rotations = (weeks // length)[provider]
    in_rotation = offset < length[provider]
    visits = _visits_per_client(totals, clients, provider, in_rotation, attends, weight, weeks // length)
    most = np.maximum((rotations - 1) // np.maximum(visits - 1, 1), 1)
    preferred = np.maximum(every // length[provider], 1)
    return _Series(
        visits=visits,
        every=np.minimum(preferred, np.where(most == 3, 2, most)),  # no cadence of three rotations
        rotations=rotations,
        length=length[provider],
    )


def _span(past: _Series) -> Ints:
    """Weeks of each client's past series: those of its visits and those that it skips, no more than there are."""
    skipped = np.where(past.visits >= 3, (past.visits * SKIPPED + 50) // 100, 0)
    spare = (past.rotations - 1) // past.every + 1 - past.visits
    span: Ints = past.visits + np.maximum(np.minimum(skipped, spare), 0)
    return span


def _visits_per_client(
    total: Ints, clients: Ints, owner: Ints, in_rotation: Mask, attends: Mask, weight: Ints, cap: Ints
) -> Ints:
    """Visits of each client: one for each who attends where there are enough, the rest by weight; none above `cap`.

    Where those who attend are too few for the provider's visits, all clients in the rotation attend and have a weight.
    """

    def count(mask: Mask | Ints) -> Ints:
        counts: Ints = np.bincount(owner, weights=mask, minlength=len(clients)).astype(np.int64)
        return counts

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


def _share_by_weight(total: Ints, clients: Ints, owner: Ints, weight: Ints, cap: Ints) -> Ints:
    """Each owner's `total` shared among its clients by weight, none above its cap; exact, in whole numbers.

    Where a heavy client would pass the cap, all weights of that owner are raised by the same amount until none does.
    Clients without a weight get nothing. An owner's total is at most its cap times its clients with a weight.
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


def clients_of(rows: Rows) -> Clients:
    """What the caseload, or their scenario, says of each client."""
    return rows.cached("caseload", _clients_of)


def _clients_of(rows: Rows) -> Clients:
    def ordinary(ids: Ids) -> Clients:
        ordinals = rows.tenants.ordinals("client", ids)
        providers = providers_of(client_offsets(rows.tenants), ordinals)
        return caseload(rows.tenants, *providers).clients(rows.tenants, ordinals)

    return aligned(rows, ordinary, scenario_rows.clients)
