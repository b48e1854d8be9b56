"""What clients are like beneath their columns: latent traits, functions of the address, from which the columns derive.

Normal traits are thousandths of a standard deviation, as whole numbers: 1000 is one above the mean.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np

from qaseed import noise
from qaseed.integers import Days, Ids, Ints
from qaseed.noise import Bits
from qaseed.plan import Tenants, is_reserved, slot_of
from qaseed.practice import shares
from qaseed.practice.generators.apportionment import client_offsets
from qaseed.practice.generators.clock import reference_day
from qaseed.practice.generators.groups import GROUP_AT, MOST_MEMBERS
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.raking import pick_by_group, raked
from qaseed.practice.generators.staff import TEAM, YOUTH_AT, positions

YOUNGEST = 6.5
"""Years of the youngest clients, so that they were registered at four at least."""
GROWN = 20
"""Years of the youngest members of groups, so that they are adults whatever as_of of the era is."""
GROUPED = 0.05
"""Share of the clients who may be in a group (from the profiles' counts)."""
_LEVELS = 4096
_YEAR = 365.25
IMPROVEMENT = 1600
"""What treatment takes away in the long run, in thousandths of a standard deviation of severity (assumed)."""
RESPONSES = ((3, 35), (7, 40), (14, 25))
"""By how many percent of what is left treatment lowers severity each visit, and the percent of clients (assumed)."""


@lru_cache(maxsize=1)
def _normal_table() -> Ints:
    inverse = NormalDist().inv_cdf
    return np.array([round(1000 * inverse((n + 0.5) / _LEVELS)) for n in range(_LEVELS)])


@lru_cache(maxsize=1)
def _chance_table() -> Bits:
    """The share of a normal trait below -6000 to 6000, of 2^32."""
    below = NormalDist().cdf
    return np.array([min(int(2**32 * below(n / 1000)), 2**32 - 1) for n in range(-6000, 6001)], np.uint64)


def normal(bits: Bits) -> Ints:
    """Noise as a normal trait."""
    return _normal_table()[(bits >> np.uint64(52)).astype(np.int64)]


def mixed(*parts: tuple[Ints, int]) -> Ints:
    """A normal trait of normal parts with weights in percent, whose squares sum up to about 100 x 100."""
    total: Ints = np.sum([trait * weight for trait, weight in parts], axis=0) // 100
    return total


def as_bits(trait: Ints) -> Bits:
    """A normal trait as noise for `noise.pick` and `noise.below`: the first choices go to the lowest."""
    return _chance_table()[np.clip(trait, -6000, 6000) + 6000] << np.uint64(32)


def client_bits(tenants: Tenants, clients: Ids, name: str) -> Bits:
    """The noise of a trait of clients."""
    return row_bits(tenants, "client", clients, "trait", name)


def born(tenants: Tenants, clients: Ids) -> Days:
    """When clients at ordinary slots are born: by age bands at the era's reference day, any day equally likely.

    They are six and a half years old at least on that day. Most minors are clients of a youth specialist; members of a
    therapist's group are adults.
    """
    parts = shares.of(tenants, "age")
    bands = np.array([[int(age) for age in band.split("-")] for band in parts])
    lows = bands[:, 0].tolist()
    odds = (tuple(1.0 for _ in lows), tuple(map(_age_odds, lows)), tuple(float(low >= 18) for low in lows))
    youth, grouped = 100 / TEAM, 100 * GROUPED
    table = raked(odds, (100 - youth - grouped, youth, grouped), tuple(parts.values()))
    bits = row_bits(tenants, "client", clients, "dob", "band")
    circle = _circle(tenants, clients)
    low, high = bands[pick_by_group(bits, circle, table)].T
    low = np.maximum(low, np.where(circle == 2, GROWN, YOUNGEST))
    first, last = np.ceil(low * _YEAR).astype(np.int64), ((high + 1) * _YEAR).astype(np.int64) - 1
    days_old = first + noise.below(row_bits(tenants, "client", clients, "dob"), last - first)
    return Days(reference_day(tenants) - days_old)


def _circle(tenants: Tenants, clients: Ids) -> Ints:
    """1 for ordinary clients of a youth specialist, 2 for those who may be in a group, else 0."""
    circle = np.zeros(len(clients), dtype=np.int64)
    ordinary = np.flatnonzero(~is_reserved(clients))
    if len(ordinary):
        ordinals = tenants.ordinals("client", Ids(clients[ordinary]))
        providers = np.searchsorted(client_offsets(tenants), ordinals, side="right") - 1
        at, nth = positions(slot_of(tenants.ids("provider", providers))), ordinals - client_offsets(tenants)[providers]
        grouped = (at == 0) & (nth >= GROUP_AT) & (nth < GROUP_AT + MOST_MEMBERS)
        circle[ordinary] = np.where(at == YOUTH_AT, 1, 2 * grouped)
    return circle


def _age_odds(low: int) -> float:
    """How much likelier clients of a youth specialist are of an age band than others (assumed)."""
    return 100.0 if low < 18 else 4.0 if low < 26 else 1.0


def _of_client(tenants: Tenants, clients: Ids, name: str) -> Ints:
    return normal(client_bits(tenants, clients, name))


def severity(tenants: Tenants, clients: Ids) -> Ints:
    """How ill each client is when treatment begins: normal."""
    return _of_client(tenants, clients, "severity")


def means(tenants: Tenants, clients: Ids) -> Ints:
    """What each client can afford: normal."""
    return _of_client(tenants, clients, "means")


def reliability(tenants: Tenants, clients: Ids) -> Ints:
    """How surely each client comes: normal; the better off and the less ill come a little more surely."""
    own = _of_client(tenants, clients, "reliability")
    return mixed((own, 93), (means(tenants, clients), 31), (severity(tenants, clients), -20))


def response(tenants: Tenants, clients: Ids) -> Ints:
    """Percent of what is left of a client's severity that each visit takes away; little for the chronic."""
    percent, weights = zip(*RESPONSES, strict=True)
    return np.array(percent)[noise.pick(client_bits(tenants, clients, "response"), weights)]


def prior_visits(tenants: Tenants, clients: Ids) -> Ints:
    """Visits before the window of clients who were in care then: 4 to 30 (assumed)."""
    return 4 + noise.below(client_bits(tenants, clients, "prior visits"), 27)


def condition(tenants: Tenants, clients: Ids, visits: Ints) -> Ints:
    """How ill each client is after so many visits: normal over all, high before treatment and falling with it."""
    row = np.searchsorted([percent for percent, _ in RESPONSES], response(tenants, clients))
    left = _left_table()[row, np.clip(visits, 0, 60)]
    return severity(tenants, clients) + IMPROVEMENT * (left - 45) // 100


@lru_cache(maxsize=1)
def _left_table() -> Ints:
    """Percent of what treatment can take away that is left, a row a response, a column a number of visits."""
    return np.array([[round(100 * (1 - percent / 100) ** n) for n in range(61)] for percent, _ in RESPONSES])
