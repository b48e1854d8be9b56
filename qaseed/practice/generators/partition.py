"""A tenant's rows are partitioned by provider: which providers own some slots, and results for a range of providers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import numpy as np

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.integers import Ints, Slots
from qaseed.model import Model
from qaseed.plan import Tenant


class _Ranged(Protocol):
    @property
    def lo(self) -> int: ...
    @property
    def hi(self) -> int: ...


T = TypeVar("T", bound=_Ranged)
R = TypeVar("R")
P = ParamSpec("P")


def cached_by_range(compute: Callable[[Tenant, int, int], T]) -> Callable[[Tenant, int, int], T]:
    """`compute(tenant, lo, hi)`, answered by the last result if that covers the range.

    A unit of work is a range of providers, so it computes each caseload, calendar and ledger once. The result may be of
    a wider range than the one asked for: callers look at its `lo`.
    """
    last: tuple[Tenant, T] | None = None

    def cached(tenant: Tenant, lo: int, hi: int) -> T:
        nonlocal last
        if last and last[0] == tenant and last[1].lo <= lo <= hi <= last[1].hi:
            return last[1]
        result = compute(tenant, lo, hi)
        if hi > lo:
            last = tenant, result
        return result

    return cached


def providers_of(offsets: Ints, slots: Slots) -> tuple[int, int]:
    """The least range of providers, `lo` up to `hi`, with ordinary `slots`; `offsets` are cumulative by provider."""
    if not len(slots):
        return 0, 0
    lo, hi = np.searchsorted(
        offsets, (slots.min() - FIRST_ORDINARY_SLOT, slots.max() - FIRST_ORDINARY_SLOT), side="right"
    )
    return int(lo) - 1, int(hi)


def row_bits(tenant: Tenant, entity: str, slots: Slots, *stream: str | int) -> noise.Bits:
    """The noise of rows of any entity, as `Rows.bits(*stream)` has it for the rows of one."""
    return noise.bits(noise.key(tenant.seed, entity, *stream), tenant.ids(slots))


def last_of(compute: Callable[Concatenate[Model, Tenant, P], R]) -> Callable[Concatenate[Model, Tenant, P], R]:
    """`compute(model, tenant, ...)`, answered by the last result if all arguments are equal, and the model the same."""
    last: tuple[Model, Tenant, object, R] | None = None

    def cached(model: Model, tenant: Tenant, /, *others: P.args, **named: P.kwargs) -> R:
        nonlocal last
        if last is None or last[0] is not model or last[1:3] != (tenant, others):
            last = model, tenant, others, compute(model, tenant, *others, **named)
        return last[3]

    return cached
