"""How many rows, at which addresses: a plan is all that determines the data, and nothing else."""

from __future__ import annotations

import datetime as dt
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from qaseed.addresses import FIRST_ORDINARY_SLOT, SLOT_BITS
from qaseed.errors import UsageError, nearest
from qaseed.integers import Ids, Ints, Slots
from qaseed.model import Entity, FixtureRow, Model, Scenario
from qaseed.profiles import Profile

T = TypeVar("T")
GENERATOR = 3
"""The version of the generator's values; raised with every change that changes data, never otherwise."""
SMALL_TABLE = 128
"""Rows of one of `SMALL_TABLES` that may be at reserved slots but for one, so that small snapshots have scenarios."""
SMALL_TABLES = frozenset(("location", "provider", "client"))
"""Visits, notes and entries are needed by each other: of them at most half are of scenarios."""
ROOM_FOR_ALL = 100
"""Clients from which a practice has the scenarios of others too (`Scenario.also_in`): it may be the only practice."""
WEEKS_BACK, WEEKS_AHEAD = 52, 8
"""Weeks before and after `as_of` that have visits."""


@cache
def resolve(function: str) -> Callable[..., Any]:
    """The function that a recipe names, imported where it is used."""
    resolved: Callable[..., Any] = pkgutil.resolve_name(function)
    return resolved


@dataclass(frozen=True)
class Tenant:
    """One tenant: all that its values may depend on, which is no other tenant.

    `counts` are all its rows by entity, those at reserved slots included, and none of derived entities; `settings`
    is what its profile sets besides them. Both are tuples of pairs, so that a tenant hashes and can be the key of a
    cache.
    """

    number: int
    seed: int
    as_of: dt.date
    counts: tuple[tuple[str, int], ...]
    settings: tuple[tuple[str, Any], ...] = ()
    scenario_names: tuple[str, ...] = ()
    fixtures: tuple[FixtureRow, ...] = field(default=(), hash=False)

    @property
    def slug(self) -> str:
        return f"tenant-qa-{self.number:03d}"

    @cached_property
    def overrides(self) -> Mapping[str, Mapping[int, Mapping[str, Any]]]:
        """The values that fixture rows pin: by entity, slot and column."""
        by_entity: dict[str, dict[int, dict[str, Any]]] = {}
        for row in sorted(self.fixtures, key=lambda row: row.slot):
            by_entity.setdefault(row.entity, {})[row.slot] = dict(row.values)
        return by_entity

    @cached_property
    def settings_by_name(self) -> Mapping[str, Any]:
        """The profile's settings by name: shares, modes, switches."""
        return dict(self.settings)

    def count(self, entity: str) -> int:
        """Rows of that entity in this tenant."""
        return dict(self.counts)[entity]

    def ordinary_count(self, entity: str) -> int:
        """Rows of that entity at ordinary slots."""
        return self.count(entity) - len(self.overrides.get(entity, ()))

    def ids(self, slots: Slots) -> Ids:
        """The ids of rows at `slots`: `number << 40 | slot`, unique over all tenants."""
        return Ids(slots | (self.number << SLOT_BITS))

    def reserved_slots(self, entity: str) -> Slots:
        """The slots of the rows of that entity that scenarios need, ascending."""
        return Slots(np.array(list(self.overrides.get(entity, ())), dtype=np.int64))

    def slots(self, entity: str) -> Slots:
        """The slots of all rows of that entity, ascending."""
        ordinary = FIRST_ORDINARY_SLOT + np.arange(self.ordinary_count(entity), dtype=np.int64)
        return Slots(np.concatenate((self.reserved_slots(entity), ordinary)))


class Tenants:
    """Tenants of one plan whose rows are computed together: consecutive ones, in order.

    Seed, date and settings are the same for all. An array by tenant has an entry for each. The ordinal of a row counts
    the ordinary rows of its entity over all these tenants, tenant by tenant, from 0. What several columns need is
    computed once, and kept as long as these tenants are.
    """

    def __init__(self, tenants: Sequence[Tenant]) -> None:
        self.all = tuple(tenants)
        first = self.all[0]
        self.seed = first.seed
        self.as_of = first.as_of
        self.settings_by_name = first.settings_by_name
        self.first_number = first.number
        self.rows_of_unit: dict[str, Any] = {}
        """The rows of the unit that is computed, by entity: other rows look up in them what they need."""
        self._cache: dict[Any, Any] = {}

    def __len__(self) -> int:
        return len(self.all)

    def cached(self, key: Any, compute: Callable[[], T]) -> T:
        """What `compute` returns, computed once under that key."""
        if key not in self._cache:
            self._cache[key] = compute()
        value: T = self._cache[key]
        return value

    def release(self) -> None:
        """Forget what was computed, and the rows of the unit."""
        self._cache.clear()
        self.rows_of_unit.clear()

    def counts(self, entity: str) -> Ints:
        """Ordinary rows of an entity, by tenant."""
        return self.cached(
            ("counts", entity),
            lambda: np.array([tenant.ordinary_count(entity) for tenant in self.all], dtype=np.int64),
        )

    def starts(self, entity: str) -> Ints:
        """The ordinal of the first ordinary row of each tenant, and behind them the number of ordinals."""
        return self.cached(("starts", entity), lambda: np.concatenate(([0], np.cumsum(self.counts(entity)))))

    def owners(self, ids: Ids) -> Ints:
        """For each id the position of its tenant among these."""
        return (ids >> SLOT_BITS) - self.first_number

    def ids(self, entity: str, ordinals: Ints) -> Ids:
        """The ids of the ordinary rows with these ordinals."""
        starts = self.starts(entity)
        owners = np.searchsorted(starts[1:], ordinals, side="right") if len(self) > 1 else 0
        return Ids(ordinals + self.first_ids(entity)[owners])

    def ordinals(self, entity: str, ids: Ids) -> Ints:
        """The ordinals of ordinary rows."""
        ordinals: Ints = ids - self.first_ids(entity)[self.owners(ids)]
        return ordinals

    def first_ids(self, entity: str) -> Ints:
        """What the id of an ordinary row is more than its ordinal, by tenant."""
        numbers = self.first_number + np.arange(len(self), dtype=np.int64)
        return (numbers << SLOT_BITS) + FIRST_ORDINARY_SLOT - self.starts(entity)[:-1]

    def overrides(self, entity: str) -> Mapping[int, Mapping[str, Any]]:
        """The values that fixture rows pin: by id and column, ids ascending."""
        return self.cached(
            ("overrides", entity),
            lambda: {
                (tenant.number << SLOT_BITS) | slot: values
                for tenant in self.all
                for slot, values in tenant.overrides.get(entity, {}).items()
            },
        )

    def reserved_ids(self, entity: str) -> Ids:
        """The ids of the rows of that entity that scenarios need, ascending."""
        return Ids(np.array(list(self.overrides(entity)), dtype=np.int64))

    def all_ids(self, entity: str) -> Ids:
        """The ids of all rows of that entity, ascending."""
        ordinary = self.ids(entity, np.arange(self.starts(entity)[-1]))
        return Ids(np.sort(np.concatenate((self.reserved_ids(entity), ordinary))))


def batches(tenants: Sequence[Tenant], most: int = 64) -> Iterator[Tenants]:
    """Consecutive tenants, a few at a time: what is known of all providers of a large plan does not fit in memory."""
    return (Tenants(tenants[n : n + most]) for n in range(0, len(tenants), most))


def slot_of(ids: Ids) -> Slots:
    """The slots in an array of ids."""
    return Slots(ids & ((1 << SLOT_BITS) - 1))


def is_reserved(ids: Ids) -> npt.NDArray[np.bool_]:
    """Which ids are at slots that are kept for scenarios."""
    mask: npt.NDArray[np.bool_] = slot_of(ids) < FIRST_ORDINARY_SLOT
    return mask


@dataclass(frozen=True)
class Plan:
    """A model, and how many rows of each entity every tenant has."""

    model: Model
    profile: str
    tenants: tuple[Tenant, ...]

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each entity over all tenants, `tenant` included; not of those whose rows derive from others."""
        return {
            entity.name: sum(tenant.count(entity.name) for tenant in self.tenants)
            for entity in self.model.entities
            if not entity.derived
        }

    @property
    def total_records(self) -> int:
        """Rows of all entities that count as records."""
        return sum(count for name, count in self.rows.items() if self.model.entity(name).counted)


def plan(model: Model, profile: Profile) -> Plan:
    """The plan of a profile, its counts split over the tenants by largest remainder."""
    result = plan_of_counts(
        model, profile.slug, profile.seed, profile.as_of, profile.per_tenant(), profile.settings, profile.scenarios
    )
    requested = set(profile.scenarios) - {"fit", "none"}
    if "fit" in profile.scenarios:
        requested |= profile.scenario.keys()
    for name in sorted(requested - {name for tenant in result.tenants for name in tenant.scenario_names}):
        known = {scenario.name: scenario for scenario in model.scenarios}
        if name not in known:
            raise UsageError(f"profile {profile.slug!r}: no scenario {name!r}; {nearest(name, known)}")
        raise UsageError(
            f"profile {profile.slug!r}: no room for scenario {name!r} in {_where(known[name])}, "
            "where scenarios take at most half of the visits; ask for more rows or tenants, or for fewer scenarios"
        )
    return result


def _where(scenario: Scenario) -> str:
    also = f", or in tenant {scenario.also_in[0]} with {ROOM_FOR_ALL} clients" if scenario.also_in else ""
    return f"tenant {min(scenario.tenants)}{also}"


def plan_of_counts(
    model: Model,
    profile: str,
    seed: int,
    as_of: dt.date,
    counts: Sequence[Mapping[str, int]],
    settings: Mapping[str, Any] | None = None,
    scenarios: Sequence[str] = ("fit",),
) -> Plan:
    """A plan with explicit counts for each tenant; the first is tenant number 1."""
    sorted_settings = tuple(sorted((settings or {}).items()))
    tenants = []
    for n, tenant_counts in enumerate(counts, start=1):
        rows = tuple(
            (entity.name, tenant_counts.get(entity.name, 0 if entity.counted else 1))
            for entity in model.entities
            if not entity.derived
        )
        tenants.append(_with_scenarios(model, Tenant(n, seed, as_of, rows, sorted_settings), scenarios))
    return Plan(model, profile, tuple(tenants))


def _with_scenarios(model: Model, bare: Tenant, wanted: Sequence[str]) -> Tenant:
    """The tenant with those of its scenarios that fit: rows at reserved slots are at most half of any larger table.

    Where the counts that remain for ordinary rows are infeasible, scenarios are left out, later ones first.
    """
    scenarios = sorted(
        (one for one in model.scenarios if _is_wanted(one, bare, wanted)),
        key=lambda one: bare.number not in one.tenants,  # its own come first
    )
    tenant = _with_all_of(model, bare, scenarios)
    if _is_feasible(model, tenant):
        return tenant
    tenant = _with_all_of(model, bare, [])
    for number, scenario in enumerate(scenarios):
        known = set(tenant.scenario_names)
        more = _with_all_of(model, bare, [one for one in scenarios[:number] if one.name in known] + [scenario])
        if _is_feasible(model, more):
            tenant = more
    return tenant


def _with_all_of(model: Model, bare: Tenant, scenarios: Sequence[Scenario]) -> Tenant:
    """The tenant with those of these scenarios that there is room for."""
    fixtures: dict[tuple[str, int], FixtureRow] = {}
    names: list[str] = []
    for scenario in scenarios:
        combined = fixtures | {(row.entity, row.slot): row for row in scenario.needs}
        reserved = Counter(entity for entity, _ in combined)
        if all(_fits(model.entity(name), reserved[name], bare) for name in {row.entity for row in scenario.needs}):
            fixtures, names = combined, [*names, scenario.name]
    counts = tuple((name, len(names) if name == "scenario" else count) for name, count in bare.counts)
    return replace(bare, counts=counts, scenario_names=tuple(names), fixtures=tuple(fixtures.values()))


def _fits(entity: Entity, reserved: int, bare: Tenant) -> bool:
    """Whether a table has room for so many rows at reserved slots, and an ordinary one if others are of its rows."""
    count = bare.count(entity.name)
    small = min(count, SMALL_TABLE) - (entity.blocks is not None) if entity.name in SMALL_TABLES else 0
    return reserved <= max(small, count // 2)


def _is_feasible(model: Model, tenant: Tenant) -> bool:
    if tenant.scenario_names and model.limits:
        try:
            resolve(model.limits.function)([tenant])
        except UsageError:
            return False
    return True


def _is_wanted(scenario: Scenario, tenant: Tenant, wanted: Sequence[str]) -> bool:
    tenants = scenario.tenants + (scenario.also_in if tenant.count("client") >= ROOM_FOR_ALL else ())
    switched = scenario.switch is None or bool(tenant.settings_by_name.get(scenario.switch))
    return tenant.number in tenants and switched and ("fit" in wanted or scenario.name in wanted)


def cumulative_shares(totals: Ints, heights: Ints, starts: Ints) -> Ints:
    """Cumulative whole shares of each group's total: entry i is what the owners before i have, over all groups.

    Group n has the owners `starts[n]` to `starts[n + 1]`, and its total is shared among them in proportion to weights,
    of which `heights` are the cumulative sums. Each owner's share is its exact proportion rounded up or down, so at
    most its weight wherever the total is at most the sum of the weights. Random access: an owner's share is the
    difference of two entries.
    """
    whole = np.maximum(np.diff(heights[starts]), 1)
    before = np.concatenate(([0], np.cumsum(totals)))
    group = np.repeat(np.arange(len(totals)), np.diff(starts))
    within = heights[:-1] - heights[starts[:-1]][group]
    return np.append(before[group] + within * totals[group] // whole[group], before[-1])


def owners_and_positions(counts: Ints) -> tuple[Ints, Ints]:
    """For owners with `counts` rows each: the owner of every row, and the row's position among those of its owner."""
    owners = np.repeat(np.arange(len(counts)), counts)
    return owners, np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
