"""How many rows, at which addresses: a plan is everything that determines the data, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qaseed.model import Model
from qaseed.noise import Ints
from qaseed.profiles import Profile

GENERATOR = 1
"""The version of the generator's values; raised with every change that changes data, never otherwise."""
PLACE_BITS = 40
FIRST_PLACE = 1024
"""Places below this are kept for scenarios, in every entity and tenant."""
WEEKS_BACK, WEEKS_AHEAD = 52, 8


@dataclass(frozen=True)
class Tenant:
    """One tenant as the generator sees it: what its values may depend on, and no other tenant."""

    number: int
    seed: int
    as_of: dt.date
    counts: tuple[tuple[str, int], ...]

    @property
    def slug(self) -> str:
        return f"tenant-qa-{self.number:03d}"

    def count(self, entity: str) -> int:
        """Rows of that entity in this tenant."""
        return dict(self.counts)[entity]

    def ids(self, places: Ints) -> Ints:
        """The ids of rows at `places`: `number << 40 | place`, unique over all tenants."""
        return places | (self.number << PLACE_BITS)

    def places(self, entity: str) -> Ints:
        """The places of all rows of that entity, ascending."""
        return FIRST_PLACE + np.arange(self.count(entity), dtype=np.int64)


def place_of(ids: Ints) -> Ints:
    """The places in an array of ids."""
    return ids & ((1 << PLACE_BITS) - 1)


@dataclass(frozen=True)
class Plan:
    """A model, and for each tenant how many rows of it to make."""

    model: Model
    profile: str
    tenants: tuple[Tenant, ...]

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each entity over all tenants, `tenant` included."""
        return {
            entity.name: sum(tenant.count(entity.name) for tenant in self.tenants) for entity in self.model.entities
        }

    @property
    def total_records(self) -> int:
        """Rows of all entities that count as records."""
        return sum(count for name, count in self.rows.items() if self.model.entity(name).counted)


def plan(model: Model, profile: Profile) -> Plan:
    """The plan of a profile, its counts split over the tenants by largest remainder."""
    return plan_of_counts(model, profile.slug, profile.seed, profile.as_of, profile.per_tenant())


def plan_of_counts(model: Model, profile: str, seed: int, as_of: dt.date, counts: Sequence[Mapping[str, int]]) -> Plan:
    """A plan with explicit counts for each tenant; the first is tenant number 1."""
    tenants = (
        Tenant(
            n,
            seed,
            as_of,
            tuple((entity.name, per.get(entity.name, 0 if entity.counted else 1)) for entity in model.entities),
        )
        for n, per in enumerate(counts, start=1)
    )
    return Plan(model, profile, tuple(tenants))


def share_out(total: int, weights: Ints) -> Ints:
    """Cumulative whole shares of `total` in proportion to `weights`: entry i is what the first i owners hold together.

    Each owner's share is its exact proportion rounded up or down, so at most its weight wherever `total` is at most the
    sum of the weights. Random access: an owner's share is the difference of two entries.
    """
    heights = np.concatenate(([0], np.cumsum(weights)))
    return heights * total // max(int(heights[-1]), 1)


def ragged(counts: Ints) -> tuple[Ints, Ints]:
    """For owners that hold `counts` rows each: the owner of every row, and the row's position with its owner."""
    owners = np.repeat(np.arange(len(counts)), counts)
    return owners, np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
