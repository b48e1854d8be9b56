"""How a provider's visits are shared among the clients: by weights that a few clients have most of."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from qaseed.integers import Ints
from qaseed.practice.generators.arrays import Mask

_SPREAD = 1.35
"""Sigma of the lognormal number of visits beyond the first (domain: heavy tail, Gini at least 0.45)."""
DEMAND = np.array([max(5, round(10 * math.exp(_SPREAD * NormalDist().inv_cdf((i + 0.5) / 64)))) for i in range(64)])
"""Weights of clients, each as frequent as the others."""


def visits_per_client(
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
    full = ((total > cap * attending) | (total > room))[owner]
    attends, weight = in_rotation & (attends | full), np.where(full, np.maximum(weight, 1), weight)
    attending = count(attends)
    enough = total >= attending
    by_weight = (count(attends * weight) > 0) & enough
    rest = np.where(by_weight[owner], weight, 1) * attends
    extra = share_by_weight(
        np.where(enough, total - attending, total), clients, owner, rest, np.where(enough, cap - 1, cap)
    )
    visits_each: Ints = extra + (attends & enough[owner])
    return visits_each


def share_by_weight(total: Ints, clients: Ints, owner: Ints, weight: Ints, cap: Ints) -> Ints:
    """Each owner's `total` shared among its clients by weight, none above its cap; exact, in whole numbers.

    Where a heavy client would pass the cap, all weights of that owner are raised by the same amount until none does.
    Clients without a weight get nothing. An owner's total is at most its cap times its clients with a weight.
    """
    starts = np.cumsum(clients) - clients
    sums = np.concatenate(([0], np.cumsum(weight)))
    eligible = np.concatenate(([0], np.cumsum(weight > 0)))
    members = eligible[starts + clients] - eligible[starts]
    room = cap * members - total
    short = total * int(DEMAND.max()) - cap * (sums[starts + clients] - sums[starts])
    raised = np.where(room > 0, np.maximum(-(-short // np.maximum(room, 1)), 0), 0)
    level = np.where((room <= 0)[owner], 0, weight) + np.where(room > 0, raised, 1)[owner]
    level = np.where(weight > 0, level, 0)
    heights = np.concatenate(([0], np.cumsum(level)))
    whole = np.maximum(heights[starts + clients] - heights[starts], 1)
    upto = heights[1:] - heights[starts][owner]
    shared: Ints = total[owner] * upto // whole[owner] - total[owner] * (upto - level) // whole[owner]
    return shared
