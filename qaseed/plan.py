"""How many rows, at which addresses: a plan is all that determines the data, and nothing else."""

from __future__ import annotations

import datetime as dt
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from qaseed.addresses import FIRST_ORDINARY_SLOT, SLOT_BITS
from qaseed.errors import UsageError, nearest
from qaseed.integers import Ids, Ints, Slots
from qaseed.model import FixtureRow, Model, Scenario
from qaseed.profiles import Profile

GENERATOR = 3
"""The version of the generator's values; raised with every change that changes data, never otherwise."""
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


def slot_of(ids: Ids) -> Slots:
    """The slots in an array of ids."""
    return Slots(ids & ((1 << SLOT_BITS) - 1))


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
    for name in sorted(requested - {name for tenant in result.tenants for name in tenant.scenario_names}):
        known = {scenario.name: scenario for scenario in model.scenarios}
        if name not in known:
            raise UsageError(f"profile {profile.slug!r}: no scenario {name!r}; {nearest(name, known)}")
        raise UsageError(
            f"profile {profile.slug!r}: no room for scenario {name!r} in tenant {min(known[name].tenants)}, "
            "where scenarios take at most half of the rows; ask for more rows or tenants, or for fewer scenarios"
        )
    return result


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
    """The tenant with those of its scenarios that fit: rows at reserved slots are at most half of any entity.

    No scenarios at all where the counts that remain for ordinary rows are infeasible.
    """
    fixtures: dict[tuple[str, int], FixtureRow] = {}
    scenario_names: list[str] = []
    for scenario in model.scenarios:
        if not _is_wanted(scenario, bare, wanted):
            continue
        combined = fixtures | {(row.entity, row.slot): row for row in scenario.needs}
        if all(
            2 * sum(entity == name for entity, _ in combined) <= bare.count(name)
            for name in {row.entity for row in scenario.needs}
        ):
            fixtures, scenario_names = combined, [*scenario_names, scenario.name]
    counts = tuple((name, len(scenario_names) if name == "scenario" else count) for name, count in bare.counts)
    tenant = replace(bare, counts=counts, scenario_names=tuple(scenario_names), fixtures=tuple(fixtures.values()))
    if scenario_names and model.limits:
        try:
            resolve(model.limits.function)([tenant])
        except UsageError:
            return replace(bare, counts=tuple((n, 0 if n == "scenario" else count) for n, count in bare.counts))
    return tenant


def _is_wanted(scenario: Scenario, tenant: Tenant, wanted: Sequence[str]) -> bool:
    switched = scenario.switch is None or bool(tenant.settings_by_name.get(scenario.switch))
    return tenant.number in scenario.tenants and switched and ("fit" in wanted or scenario.name in wanted)


def cumulative_shares(total: int, weights: Ints) -> Ints:
    """Cumulative whole shares of `total` in proportion to `weights`: entry i is what the first i owners have together.

    Each owner's share is its exact proportion rounded up or down, so at most its weight wherever `total` is at most the
    sum of the weights. Random access: an owner's share is the difference of two entries.
    """
    heights = np.concatenate(([0], np.cumsum(weights)))
    return heights * total // max(int(heights[-1]), 1)


def owners_and_positions(counts: Ints) -> tuple[Ints, Ints]:
    """For owners with `counts` rows each: the owner of every row, and the row's position among those of its owner."""
    owners = np.repeat(np.arange(len(counts)), counts)
    return owners, np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
