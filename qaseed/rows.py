"""Some rows of one tenant: columns are computed when they are read, those of referenced rows too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.integers import Ids, Ints, Slots
from qaseed.logical_types import TYPES
from qaseed.model import Entity, Model, Recipe
from qaseed.noise import Bits
from qaseed.plan import Tenant, resolve, slot_of
from qaseed.words import pool

T = TypeVar("T")


class Rows:
    """The rows of `entity` at `slots` of `tenant`.

    A column is computed when it is first read, and cached. Recipes read the row's other columns (`rows["dob"]`),
    columns of the rows that a reference points to (`rows.lookup("client_id", "dob")`), and noise (`rows.below(10,
    column)`). Every array and series has one entry for each row, in the order of `slots`, which may be any, with
    repetitions.

    Raises `IndexError` for a slot that the tenant does not have; of derived rows, when a column is read.
    """

    def __init__(self, model: Model, tenant: Tenant, entity: Entity | str, slots: Slots) -> None:
        self.model = model
        self.tenant = tenant
        self.entity = model.entity(entity) if isinstance(entity, str) else entity
        self.slots = slots
        self.overrides = tenant.overrides.get(self.entity.name, {})
        if not self.entity.derived:
            self._check_slots()
        self._tenant_values: dict[str, Any] = {}
        self._cache: dict[Any, Any] = {}
        self._columns: dict[str, pl.Series] = {}
        self._referenced: dict[str, tuple[Rows, pl.Series]] = {}
        self._subsets: dict[bytes, Rows] = {}

    def _check_slots(self) -> None:
        end = FIRST_ORDINARY_SLOT + self.tenant.ordinary_count(self.entity.name)
        unknown = [slot for slot in self.slots[self.slots < FIRST_ORDINARY_SLOT].tolist() if slot not in self.overrides]
        if unknown or (len(self.slots) and self.slots.max() >= end):
            raise IndexError(f"{self.tenant.slug}: {self.entity.name} has slots {FIRST_ORDINARY_SLOT} to {end - 1}")

    def __len__(self) -> int:
        return len(self.slots)

    def __getitem__(self, name: str) -> pl.Series:
        """The values of a column, of its declared type, one for each row."""
        if name not in self._columns:
            column = self.entity.column(name)
            if column.recipe is None:
                raise ValueError(f"{self.entity.name}.{name} has no recipe")
            values = pl.Series(name, self.compute(column.recipe, name)).cast(TYPES[column.type].polars_type())
            self._columns[name] = self._apply_overrides(name, values) if self.overrides else values
        return self._columns[name]

    def _apply_overrides(self, name: str, column: pl.Series) -> pl.Series:
        """The column with the values that fixture rows pin: plain values, or what a recipe computes for those rows."""
        by_recipe: dict[Recipe, list[int]] = {}
        positions, values = [], []
        for position in np.flatnonzero(self.slots < FIRST_ORDINARY_SLOT).tolist():
            pinned = self.overrides[int(self.slots[position])]
            if isinstance(pinned.get(name), Recipe):
                by_recipe.setdefault(pinned[name], []).append(position)
            elif name in pinned:
                positions.append(position)
                values.append(pinned[name])
        parts = [pl.Series(values, dtype=column.dtype)]
        for recipe, computed in by_recipe.items():
            positions += computed
            parts.append(pl.Series(self._subset(Slots(self.slots[computed])).compute(recipe, name)).cast(column.dtype))
        if not positions:
            return column
        order = np.argsort(positions)  # polars before 1.37 scatters to sorted positions only
        return column.clone().scatter(np.sort(positions), pl.concat(parts).gather(order))

    def _subset(self, slots: Slots) -> Rows:
        """Rows of the same entity by themselves: a pinned recipe may read other columns of its row, but not its own."""
        if (key := slots.tobytes()) not in self._subsets:
            self._subsets[key] = Rows(self.model, self.tenant, self.entity, slots)
        return self._subsets[key]

    def cached(self, name: str, compute: Callable[[Rows], T]) -> T:
        """What `compute` returns for these rows, computed once under that name."""
        if name not in self._cache:
            self._cache[name] = compute(self)
        value: T = self._cache[name]
        return value

    def words(self, pool_name: str) -> pl.Series:
        """A word pool, of the locale that the profile asks for."""
        return pool(pool_name, str(self.tenant.settings_by_name.get("locale", "")))

    def word(self, pool_name: str, *stream: str) -> pl.Series:
        """A word of a pool for each row, all equally often."""
        words = self.words(pool_name)
        return words.gather(self.below(len(words), *stream))

    def compute(self, recipe: Recipe, name: str) -> Any:
        """What a recipe computes for these rows under the name of a column."""
        return resolve(recipe.function)(self, name, **dict(recipe.settings))

    def bits(self, *stream: str) -> Bits:
        """64 bits of noise for each row; `stream` names it, beginning with the column that uses it."""
        return noise.bits(noise.key(self.tenant.seed, self.entity.name, *stream), self.tenant.ids(self.slots))

    def below(self, bound: int | Ints, *stream: str) -> Ints:
        """A whole number in [0, bound) for each row."""
        return noise.below(self.bits(*stream), bound)

    def referenced(self, reference: str) -> tuple[Rows, pl.Series]:
        """The rows that a reference column points to, each once, and for every row its index among them (or null)."""
        if reference not in self._referenced:
            column = self.entity.column(reference)
            ids = self[reference]
            distinct, inverse = np.unique(ids.drop_nulls().to_numpy(), return_inverse=True)
            index = np.zeros(len(self), dtype=np.int64)
            index[ids.is_not_null().to_numpy()] = inverse
            nullable = pl.Series(index).to_frame("at").select(pl.when(ids.is_not_null()).then(pl.col("at"))).to_series()
            rows = Rows(self.model, self.tenant, str(column.refers), slot_of(Ids(distinct)))
            self._referenced[reference] = (rows, nullable)
        return self._referenced[reference]

    def lookup(self, reference: str, name: str) -> pl.Series:
        """A column of the rows that a reference points to, one value for each row; null where the reference is null."""
        rows, index = self.referenced(reference)
        if not len(rows):
            return pl.Series(name, [None] * len(self), dtype=rows[name].dtype)
        return rows[name].gather(index)

    def tenant_value(self, name: str) -> Any:
        """A column of the row that describes these rows' own tenant: one value."""
        if name not in self._tenant_values:
            tenant = Rows(self.model, self.tenant, "tenant", self.tenant.slots("tenant"))
            self._tenant_values[name] = tenant[name][0]
        return self._tenant_values[name]

    def frame(self) -> pl.DataFrame:
        """All columns, in the order of the declaration."""
        return pl.DataFrame([self[column.name] for column in self.entity.columns])
