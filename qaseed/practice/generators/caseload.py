"""Caseloads of a range of providers: how often each client comes, in which weekly slot and which weeks of the window.

Each client has one provider; which of the visits are a prescriber's is decided later (`split_treatment`). A provider's
week has weekly slots; a client keeps one, and clients who share one rotate by week: of n clients, the one at offset r
has the weeks r, r + n, r + 2n and so on. So two visits of one provider, or of one client, are never at the same time.
The members of a group share a weekly slot without rotating.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qaseed import noise
from qaseed.integers import Ids, Ints, Weeks
from qaseed.plan import WEEKS_AHEAD, WEEKS_BACK, Tenants, owners_and_positions
from qaseed.practice import shares
from qaseed.practice.generators import traits
from qaseed.practice.generators.apportionment import BOOKED_WEEKLY_SLOTS, apportion, rotation_length
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.groups import GROUP_AT, absences, groups_of
from qaseed.practice.generators.partition import cached_by_range, row_bits
from qaseed.practice.generators.raking import pick_by_group, raked
from qaseed.practice.generators.staff import prescribes, prescribing_rate, takes_new
from qaseed.practice.generators.visit_weights import DEMAND, visits_per_client

INCOMING = 70
"""Percent of new clients without a visit whose first one is booked, where the provider takes new ones (assumed)."""
PLACES, PLACED = 6, 120
"""Weeks that are looked at for the start of a client's visits, besides the first and the last that are possible, and
how many of a provider's clients choose so."""
CADENCE_ODDS = ((1, 1, 1), (0.06, 0.8, 3))
"""How weeks between visits go with therapists' clients, and with those of prescribers, who come monthly (assumed)."""
URGENCY = (75, 66)
"""How much severity, and a client's own preference, say of the weeks between visits: the more ill, the fewer (assumed).
"""
MEASURED = 130
"""How many of a prescriber's clients have visits enough for a cadence, in percent of those of a therapist's."""
MEDICAL_DEMAND = int(np.median(DEMAND))
"""The most demand of clients of prescribers, so that few come often."""
SKIPPED = 8
"""Percent of a series' weeks that a client skips, most in summer and around the end of the year (Owl Practice 2016)."""


@dataclass(frozen=True)
class Caseload:
    """The clients of providers `lo` to `hi`, one entry a client.

    The past weeks of a client lie `past_every` weeks apart and end with `past_last`. There are `span` of them, of which
    some are skipped: `past` have a visit. The `future` visits begin in `next_first` and lie `next_every` weeks apart.
    """

    lo: int
    hi: int
    provider: Ints
    """Counted over all tenants."""
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
    continued: Mask
    """Whether the visits ahead continue the past series."""
    new: Mask
    group: Mask


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
    lot: Ints
    """Below 100."""


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
    done, ahead = np.diff(totals.past[lo : hi + 1]), np.diff(totals.future[lo : hi + 1])
    weeks = np.diff(totals.weeks[lo : hi + 1])
    groups = groups_of(tenants, tenants.ids("provider", np.arange(lo, hi)), clients, weeks, done, ahead)
    group = (position >= GROUP_AT) & (position < GROUP_AT + groups.members[provider])
    medical = prescribes(tenants, tenants.ids("provider", np.arange(lo, hi)))[provider]
    habits = _habits(tenants, ids, group, medical)
    offset = position // BOOKED_WEEKLY_SLOTS

    attended = groups.sessions[provider] - absences(tenants, ids, groups, provider)
    together = np.where(group, attended, 0)
    weight = np.where(habits.once, 0, habits.demand)
    past = _series(weeks, done, clients, offset, habits.attends, weight, habits.every, together, group)
    span = np.where(group, groups.sessions[provider], _span(past))
    length = (span - 1) * past.every
    slack = np.maximum(past.rotations - length, 1)

    open_to = takes_new(tenants, tenants.ids("provider", np.arange(lo, hi)))[provider]
    incoming = habits.new & ~habits.attends & (past.visits == 0) & (habits.lot < INCOMING) & open_to
    next_ = np.where(group, groups.ahead[provider], 0)
    others = ahead - np.bincount(provider, weights=next_ + incoming, minlength=len(clients)).astype(np.int64)
    may = habits.attends & ~habits.once & (past.visits > 0) & ~group
    ongoing = _ongoing(tenants, ids, habits, clients, others, may)
    demand = np.where(incoming, 0, WEEKS_AHEAD // habits.every)
    full_weeks = np.full(len(clients), WEEKS_AHEAD)
    future = _series(full_weeks, ahead, clients, offset, ongoing | incoming, demand, habits.every, next_, group)
    future_slack = np.maximum(future.rotations - (future.visits - 1) * future.every, 1)

    recent = np.minimum(past.every, slack)
    since_last = noise.below(row_bits(tenants, "client", ids, "since last"), recent)
    first_week = np.where(future.visits > 0, slack - 1 - since_last, -1)
    member_of = np.cumsum(clients) - clients + GROUP_AT
    leader = np.where(group, member_of[provider], np.arange(len(ids)))
    start = _starts(tenants, ids, _Placing(clients, provider, length, slack, past, first_week, leader), weeks)

    last = start + length
    behind = WEEKS_BACK - past.length * last
    in_step = -(behind // future.length) % future.every
    within = np.where(past.visits > 0, np.minimum(future.every, future_slack), future_slack)
    lot = noise.below(row_bits(tenants, "client", ids, "until next"), within)
    steady = (behind % future.length == 0) & (in_step < future_slack) & (past.visits > 0)
    until_next = np.where(steady, in_step, lot)
    past_every, next_every = past.every * past.length, future.every * future.length
    return Caseload(
        lo=lo,
        hi=hi,
        provider=lo + provider,
        id=ids,
        weekly_slot=np.where(group, GROUP_AT, position % BOOKED_WEEKLY_SLOTS),
        past=past.visits,
        span=span,
        past_last=Weeks(offset + past.length * last),
        past_every=past_every,
        future=future.visits,
        next_first=Weeks(WEEKS_BACK + offset + future.length * until_next),
        next_every=next_every,
        continued=steady & (past_every == next_every),
        new=habits.new,
        group=group,
    )


@dataclass(frozen=True)
class _Placing:
    """The past series that are to be placed, one entry a client; `clients` are counted by provider."""

    clients: Ints
    provider: Ints
    length: Ints
    slack: Ints
    past: _Series
    fixed: Ints
    """Where the series starts, or -1 where it is to be chosen."""
    leader: Ints
    """The client with whom this one starts: itself, but for members of a group."""


def _starts(tenants: Tenants, ids: Ids, placing: _Placing, weeks: Ints) -> Ints:
    """The rotation in which each series starts, so that a provider's weeks are about equally full, growth included.

    Longer series choose first, each the emptiest of some places; those with visits ahead end in the last weeks.
    """
    past, length, slack = placing.past, placing.length, placing.slack
    numbers = [noise.below(row_bits(tenants, "client", ids, "start", n), slack) for n in range(PLACES)]
    edge = noise.below(row_bits(tenants, "client", ids, "start", "edge"), np.minimum(past.every, slack))
    places = np.stack((*numbers, edge, slack - 1 - edge), axis=1)
    start = np.where(placing.fixed >= 0, placing.fixed, places[:, 0])[placing.leader]
    if not len(start):
        return start
    free = (placing.fixed < 0) & (past.visits > 0) & (placing.leader == np.arange(len(ids)))
    free &= np.bincount(placing.leader, minlength=len(ids)) == 1
    most = int(past.rotations.max())
    axis = np.arange(most + 1)
    rate = past.visits * 4096 // np.maximum(length + 1, 1)
    level = _wanted(tenants, placing.clients, placing.provider, past, weeks, axis)
    settled = np.flatnonzero(~free & (past.visits > 0))
    taken = np.zeros_like(level)
    np.add.at(taken, (placing.provider[settled], start[settled]), rate[settled])
    np.subtract.at(taken, (placing.provider[settled], start[settled] + length[settled] + 1), rate[settled])
    rates = np.cumsum(taken, axis=1)
    level[:, 1:] -= np.cumsum(rates, axis=1)[:, :-1]
    order = np.lexsort((-length, placing.provider, ~free))[: int(free.sum())]
    per_provider = np.bincount(placing.provider[order], minlength=len(placing.clients))
    begin = np.cumsum(per_provider) - per_provider
    for n in range(min(int(per_provider.max(initial=0)), PLACED)):
        chosen = order[begin[per_provider > n] + n]
        row, width = placing.provider[chosen], length[chosen][:, None] + 1
        options = places[chosen]
        room = level[row[:, None], options + width] - level[row[:, None], options]
        begun = np.take_along_axis(options, room.argmax(axis=1)[:, None], axis=1)
        start[chosen] = begun[:, 0]
        level[row] -= np.clip(axis - begun, 0, width) * rate[chosen][:, None]
    return start


def _wanted(tenants: Tenants, clients: Ints, provider: Ints, past: _Series, weeks: Ints, axis: Ints) -> Ints:
    """The visits that a provider should have had before each rotation, in 4096ths: all the same, but for growth."""
    total = np.bincount(provider, weights=past.visits, minlength=len(clients)).astype(np.int64)
    rotations = np.zeros(len(clients), dtype=np.int64)
    rotations[provider] = past.rotations
    done = np.minimum(axis * 4096 // np.maximum(rotations, 1)[:, None], 4096)
    growth = round(8 * 4096 * (0.5 - shares.rate(tenants, "growth", "first_half")))
    along = done - growth * (done * (4096 - done) // 4096) // 8192
    wanted: Ints = total[:, None] * along
    return wanted


def _habits(tenants: Tenants, ids: Ids, group: Mask, medical: Mask) -> _Habits:
    """The habits of the clients at these slots: members of a group are never new, and a prescriber's come seldom."""

    def below(bound: int, stream: str) -> Ints:
        return noise.below(row_bits(tenants, "client", ids, stream), bound)

    cadence, prescribing = shares.of(tenants, "cadence"), min(MEASURED * prescribing_rate(tenants), 90)
    table = raked(CADENCE_ODDS, (100 - prescribing, prescribing), tuple(cadence.values()))
    own = traits.normal(row_bits(tenants, "client", ids, "cadence"))
    urgent = traits.mixed((traits.severity(tenants, ids), -URGENCY[0]), (own, URGENCY[1]))
    picked = pick_by_group(traits.as_bits(urgent), medical.astype(np.int64), table)
    demand = DEMAND[below(len(DEMAND), "demand")]
    new = (below(10_000, "new") < 10_000 * shares.rate(tenants, "known", "new")) & ~group
    idle = below(10_000, "idle") < 10_000 * shares.rate(tenants, "idle", "none")
    return _Habits(
        every=np.array([int(weeks) for weeks in cadence])[picked],
        demand=np.where(medical, np.minimum(demand, MEDICAL_DEMAND), demand),
        new=new,
        once=new & (below(10_000, "once") < 10_000 * shares.rate(tenants, "once", "once")),
        attends=~idle,
        lot=below(100, "incoming"),
    )


def _ongoing(tenants: Tenants, ids: Ids, habits: _Habits, clients: Ints, ahead: Ints, may: Mask) -> Mask:
    """Who is in care at as_of: of those who may be, as many as the visits ahead of their provider need.

    Each has all eight weeks booked, as often as they come.
    """
    provider, position = owners_and_positions(clients)
    by_lot = np.lexsort((noise.below(row_bits(tenants, "client", ids, "ongoing"), 1 << 31), ~may, provider))
    booked = np.maximum(WEEKS_AHEAD // habits.every[by_lot], 1)
    so_far = np.cumsum(booked) - booked
    starts = np.append(so_far, 0)[np.minimum(np.cumsum(clients) - clients, len(ids))]
    ongoing = np.zeros(len(ids), dtype=bool)
    rotations = WEEKS_AHEAD // rotation_length(clients, np.full(len(clients), WEEKS_AHEAD))
    enough = -(-ahead // rotations)  # fewer, and `visits_per_client` takes all clients
    ongoing[by_lot] = (so_far - starts[provider] + booked // 2 < ahead[provider]) | (position < enough[provider])
    return ongoing & may


def _series(
    weeks: Ints,
    totals: Ints,
    clients: Ints,
    offset: Ints,
    attends: Mask,
    weight: Ints,
    every: Ints,
    together: Ints,
    group: Mask,
) -> _Series:
    """The providers' `totals` of visits within so many weeks each, as a series of each client.

    `clients` are counted by provider. The other arrays have an entry a client: its offset in the rotation, whether it
    attends, its weight, the weeks it prefers between visits, of which it gets fewer where visits would not fit, and for
    members of a group how many sessions they see, every rotation.
    """
    provider, _ = owners_and_positions(clients)
    length = rotation_length(clients, weeks)
    rotations = (weeks // length)[provider]
    in_rotation = (offset < length[provider]) & ~group
    alone = totals - np.bincount(provider, weights=together, minlength=len(clients)).astype(np.int64)
    visits = visits_per_client(alone, clients, provider, in_rotation, attends, weight, weeks // length) + together
    most = np.maximum((rotations - 1) // np.maximum(visits - 1, 1), 1)
    preferred = np.where(group, 1, np.maximum(every // length[provider], 1))
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
