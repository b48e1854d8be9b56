"""Rows are partitioned by provider: which providers own some rows, and results for a range of providers.

Providers are numbered from 0 over all tenants that are computed together, tenant by tenant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import numpy as np

from qaseed import noise
from qaseed.integers import Ids, Ints
from qaseed.model import Model
from qaseed.plan import Tenants


class _Ranged(Protocol):
    @property
    def lo(self) -> int: ...
    @property
    def hi(self) -> int: ...


T = TypeVar("T", bound=_Ranged)
R = TypeVar("R")
P = ParamSpec("P")


def cached_by_range(compute: Callable[[Tenants, int, int], T]) -> Callable[[Tenants, int, int], T]:
    """`compute(tenants, lo, hi)`, answered by the last result for the same tenants if that covers the range.

    A unit of work is a range of providers, so it computes each caseload, calendar and ledger once. The result may be of
    a wider range than the one asked for: callers look at its `lo`.
    """

    def cached(tenants: Tenants, lo: int, hi: int) -> T:
        last: list[T] = tenants.cached(compute, list)
        if last and last[0].lo <= lo <= hi <= last[0].hi:
            return last[0]
        result = compute(tenants, lo, hi)
        if hi > lo:
            last[:] = [result]
        return result

    return cached


def providers_of(offsets: Ints, ordinals: Ints) -> tuple[int, int]:
    """The least range of providers, `lo` up to `hi`, with ordinary rows; `offsets` are cumulative by provider."""
    if not len(ordinals):
        return 0, 0
    lo, hi = np.searchsorted(offsets, (ordinals.min(), ordinals.max()), side="right")
    return int(lo) - 1, int(hi)


def row_bits(tenants: Tenants, entity: str, ids: Ids, *stream: str | int) -> noise.Bits:
    """The noise of rows of any entity, as `Rows.bits(*stream)` has it for the rows of one."""
    return noise.bits(noise.key(tenants.seed, entity, *stream), ids)


def last_of(compute: Callable[Concatenate[Model, Tenants, P], R]) -> Callable[Concatenate[Model, Tenants, P], R]:
    """`compute(model, tenants, ...)`, answered by the last result if all arguments are the same."""
    last: tuple[Model, Tenants, object, R] | None = None

    def cached(model: Model, tenants: Tenants, /, *others: P.args, **named: P.kwargs) -> R:
        nonlocal last
        if last is None or last[0] is not model or last[1] is not tenants or last[2] != others:
            last = model, tenants, others, compute(model, tenants, *others, **named)
        return last[3]

    return cached
