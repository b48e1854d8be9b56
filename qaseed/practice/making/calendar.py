"""Who comes when: caseloads and visits of a range of providers, made together so that nobody is booked twice.

Each client has one provider. A provider's week has standing hours ("lanes"); a client keeps one lane, and clients who
share a lane take turns by week. So two visits of one provider, or of one client, are never at the same time.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from statistics import NormalDist
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

import numpy as np

from qaseed import noise
from qaseed.noise import Ints
from qaseed.plan import FIRST_PLACE, WEEKS_AHEAD, WEEKS_BACK, Tenant, ragged
from qaseed.practice.making.quotas import LANES_USED, Quotas, quotas, sharing

WEEKDAYS = (20, 22, 21, 20, 14)
"""Visits by weekday from Monday, in percent (assumed)."""
HOURS = {8: 8, 9: 14, 10: 14, 11: 13, 12: 5, 13: 7, 14: 9, 15: 13, 16: 14, 17: 11}
"""Weights of the local hour in which a visit starts: two humps (assumed)."""
LANES = tuple((weekday, hour, WEEKDAYS[weekday] * HOURS[hour]) for weekday in range(5) for hour in HOURS)
START_MINUTE = {0: 60, 30: 30, 15: 10}
"""At which minute a provider's hours start, and how often (assumed: 90 % on the quarter hours)."""
CADENCE = {1: 55, 2: 30, 4: 15}
"""Weeks between two visits of a client, in percent (assumed)."""
ONGOING = 50
"""Percent of clients who have next visits booked first (assumed)."""
STATUSES = ("completed", "no_show", "cancelled", "late_cancelled", "confirmed", "scheduled")
CONFIRMED_DAYS = 10
"""Visits this many days ahead or less are confirmed (assumed)."""

_SPREAD = 1.1
"""Sigma of the lognormal number of visits a client has: Gini about 0.56, top tenth about 40 % (domain: heavy tail)."""
_DEMAND = np.array([max(1, round(10 * math.exp(_SPREAD * NormalDist().inv_cdf((i + 0.5) / 64)))) for i in range(64)])
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Caseload:
    """The clients of providers `lo` to `hi`, one entry a client; weeks count from the start of the window.

    `past` visits lie `past_every` weeks apart and end in week `past_last`; `future` ones begin in `next_first`.
    """

    lo: int
    hi: int
    provider: Ints
    place: Ints
    lane: Ints
    past: Ints
    past_last: Ints
    past_every: Ints
    future: Ints
    next_first: Ints
    next_every: Ints

    def at(self, tenant: Tenant, places: Ints) -> Ints:
        """Positions of the clients at `places`."""
        return places - FIRST_PLACE - int(quotas(tenant).client[self.lo])

    @property
    def first_week(self) -> Ints:
        """The week of the first visit in the window; meaningless without visits."""
        return np.where(self.past > 0, self.past_last - self.past_every * (self.past - 1), self.next_first)


@dataclass(frozen=True)
class Visits:
    """The appointments of providers `lo` to `hi`, by provider and start; `completed` numbers the completed ones."""

    lo: int
    hi: int
    provider: Ints
    client: Ints
    day: Ints
    minute: Ints
    status: Ints
    first: Ints
    """1 for a client's first visit in the window."""
    completed: Ints
    """Positions, in these arrays, of the completed visits."""

    def at(self, tenant: Tenant, places: Ints) -> Ints:
        """Positions of the appointments at `places`."""
        held = quotas(tenant)
        return places - FIRST_PLACE - int(held.past[self.lo] + held.future[self.lo])

    def completed_at(self, tenant: Tenant, numbers: Ints) -> Ints:
        """Positions of the completed visits with these numbers, counted over the tenant."""
        return self.completed[numbers - int(quotas(tenant).completed[self.lo])]


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


def providers_of(blocks: Ints, places: Ints) -> tuple[int, int]:
    """The range of providers whose blocks hold `places`."""
    if not len(places):
        return 0, 0
    lo, hi = np.searchsorted(blocks, (places.min() - FIRST_PLACE, places.max() - FIRST_PLACE), side="right")
    return int(lo) - 1, int(hi)


def _fair(total: Ints, clients: Ints, owner: Ints, weight: Ints, cap: Ints) -> Ints:
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
    shares: Ints = total[owner] * upto // whole[owner] - total[owner] * (upto - level) // whole[owner]
    return shares


@held_by_range
def caseload(tenant: Tenant, lo: int, hi: int) -> Caseload:
    """The caseload of providers `lo` up to `hi`."""
    held = quotas(tenant)
    clients = np.diff(held.client[lo : hi + 1])
    provider, position = ragged(clients)
    place = FIRST_PLACE + int(held.client[lo]) + np.arange(len(provider))
    noise_of = _noise(tenant, "client", place)
    cadence = np.array(tuple(CADENCE))[noise.pick(noise_of("cadence"), tuple(CADENCE.values()))]
    demand = _DEMAND[noise.below(noise_of("demand"), len(_DEMAND))]
    ongoing = np.where(noise.below(noise_of("ongoing"), 100) < ONGOING, _DEMAND.max(), 1)
    turn = position // LANES_USED

    def series(totals: Ints, weeks: int, weight: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """Visits a client, turns between two, turns left over, and clients that share a lane."""
        shared = sharing(clients, weeks)
        turns = weeks // shared[provider]
        visits = _fair(
            np.diff(totals[lo : hi + 1]),
            clients,
            provider,
            np.where(turn < shared[provider], weight, 0),
            weeks // shared,
        )
        step = np.minimum(
            np.maximum(cadence // shared[provider], 1), np.maximum((turns - 1) // np.maximum(visits - 1, 1), 1)
        )
        return visits, step, np.maximum(turns - (visits - 1) * step, 1), shared[provider]

    past, step, slack, shared = series(held.past, WEEKS_BACK, demand)
    future, next_step, next_slack, next_shared = series(held.future, WEEKS_AHEAD, ongoing)
    since_last = noise.below(noise_of("since last"), np.where(future > 0, np.minimum(step, slack), slack))
    until_next = noise.below(noise_of("until next"), np.minimum(next_step, next_slack))
    return Caseload(
        lo,
        hi,
        lo + provider,
        place,
        position % LANES_USED,
        past,
        turn + shared * (WEEKS_BACK // shared - 1 - since_last),
        step * shared,
        future,
        WEEKS_BACK + turn + next_shared * until_next,
        next_step * next_shared,
    )


def _noise(tenant: Tenant, entity: str, places: Ints) -> Callable[[str], noise.Bits]:
    ids = tenant.ids(places)
    return lambda stream: noise.bits(noise.key(tenant.seed, entity, stream), ids)


def lanes(tenant: Tenant, lo: int, hi: int) -> Ints:
    """For each provider from `lo` to `hi` the lanes that it uses, preferred ones first: indexes into LANES."""
    places = FIRST_PLACE + np.arange(lo, hi)
    one_each = [
        noise.bits(noise.key(tenant.seed, "provider", "lane", n), tenant.ids(places)) for n in range(len(LANES))
    ]
    weights = np.array([weight for _, _, weight in LANES], dtype=np.uint64)
    return np.argsort((np.stack(one_each, axis=1) >> np.uint64(20)) // weights, axis=1, kind="stable")[:, :LANES_USED]


@held_by_range
def visits(tenant: Tenant, lo: int, hi: int) -> Visits:
    """The visits of providers `lo` up to `hi`."""
    held, load = quotas(tenant), caseload(tenant, lo, hi)
    at = load.at(tenant, FIRST_PLACE + np.arange(held.client[lo], held.client[hi]))
    who_past, nth_past = ragged(load.past[at])
    who_next, nth_next = ragged(load.future[at])
    who = at[0] + np.concatenate((who_past, who_next)) if len(at) else np.zeros(0, dtype=np.int64)
    week = np.concatenate((
        load.past_last[at][who_past] - load.past_every[at][who_past] * nth_past,
        load.next_first[at][who_next] + load.next_every[at][who_next] * nth_next,
    ))  # fmt: skip
    provider = load.provider[who]
    lane = lanes(tenant, lo, hi)[provider - lo, load.lane[who]]
    places = FIRST_PLACE + provider
    minute = np.array(tuple(START_MINUTE))[
        noise.pick(_noise(tenant, "provider", places)("minute"), tuple(START_MINUTE.values()))
    ]
    weekday, hour, _ = np.array(LANES).T
    day = window_start(tenant) + 7 * week + (weekday[lane] - tenant.as_of.weekday()) % 7
    minute += 60 * hour[lane]

    order = np.argsort((provider << 40) | (day << 12) | minute, kind="stable")
    provider, day, minute, who = provider[order], day[order], minute[order], who[order]
    status = _statuses(tenant, held, lo, hi, provider, day)
    first = (week[order] == load.first_week[who]).astype(np.int64)
    completed = np.flatnonzero(status == STATUSES.index("completed"))
    return Visits(lo, hi, provider, load.place[who], day, minute, status, first, completed)


def _statuses(tenant: Tenant, held: Quotas, lo: int, hi: int, provider: Ints, day: Ints) -> Ints:
    """What became of each visit: past ones by the provider's exact quotas, dealt out by noise; future ones by nearness."""
    start = int(held.past[lo] + held.future[lo])
    lots = noise.below(_noise(tenant, "appointment", FIRST_PLACE + start + np.arange(len(provider)))("status"), 1 << 31)
    ahead = day - (tenant.as_of - _EPOCH).days
    status = np.where(ahead <= CONFIRMED_DAYS, STATUSES.index("confirmed"), STATUSES.index("scheduled"))
    past = np.flatnonzero(ahead < 0)
    dealt = past[np.lexsort((lots[past], provider[past]))]
    _, rank = ragged(np.diff(held.past[lo : hi + 1]))
    edges = [np.diff(part[lo : hi + 1]) for part in (held.completed, held.no_show, held.cancelled)]
    upto = np.cumsum(edges, axis=0)[:, provider[dealt] - lo]
    status[dealt] = (rank >= upto).sum(axis=0)
    return status


def window_start(tenant: Tenant) -> int:
    """The first day of the window, in days since 1970."""
    return (tenant.as_of - _EPOCH).days - 7 * WEEKS_BACK


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    """A time zone as the pinned tzdata package has it, whatever the machine has."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


@lru_cache(maxsize=4096)
def _offsets(zone: str, year: int) -> Ints:
    """Minutes that local time is ahead of UTC at noon, for each day of a year.

    Clocks change at night, when nobody works, and in the United States never twice a month.
    """

    def at(day: dt.date) -> int:
        noon = dt.datetime.combine(day, dt.time(12), _zone(zone))
        return int((noon.utcoffset() or dt.timedelta()).total_seconds()) // 60

    firsts = [dt.date(year, month, 1) for month in range(1, 13)] + [dt.date(year + 1, 1, 1)]
    told: list[int] = []
    for first, following in pairwise(firsts):
        days = (following - first).days
        same = at(first) == at(following)  # most months: nothing to look for within
        told += [at(first)] * days if same else [at(first + dt.timedelta(n)) for n in range(days)]
    return np.array(told)


def utc_micros(zone: str, day: Ints, minute: Ints) -> Ints:
    """Local wall times of `zone` (day since 1970, minute of day) as microseconds since 1970 in UTC."""
    years = day.astype("datetime64[D]").astype("datetime64[Y]")
    offset = np.zeros(len(day), dtype=np.int64)
    for year in np.unique(years):
        there = years == year
        offset[there] = _offsets(zone, year.astype(int) + 1970)[day[there] - year.astype("datetime64[D]").astype(int)]
    return (day * 1440 + minute - offset) * 60_000_000
