"""Standing at some rows of one tenant: look at a column and it is made, look through a reference and it is made there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Ids, Ints, Slots
from qaseed.model import Entity, Model, Recipe
from qaseed.noise import Bits
from qaseed.plan import FIRST_ORDINARY_SLOT, Tenant, resolve, slot_of
from qaseed.words import pool

T = TypeVar("T")

TYPES: dict[str, Any] = {
    "bool": pl.Boolean,
    "bigint": pl.Int64,
    "text": pl.String,
    "date": pl.Date,
    "timestamptz": pl.Datetime("us", "UTC"),
}


class Rows:
    """The rows of `entity` at `slots` of `tenant`; columns are made when first looked at, and remembered."""

    def __init__(self, model: Model, tenant: Tenant, entity: Entity | str, slots: Slots) -> None:
        self.model = model
        self.tenant = tenant
        self.entity = model.entity(entity) if isinstance(entity, str) else entity
        self.slots = slots
        self.overrides = tenant.overrides.get(self.entity.name, {})
        last = FIRST_ORDINARY_SLOT + tenant.ordinary(self.entity.name)
        strange = [slot for slot in slots[slots < FIRST_ORDINARY_SLOT].tolist() if slot not in self.overrides]
        if strange or (len(slots) and slots.max() >= last):
            raise IndexError(f"{tenant.slug}: {self.entity.name} stands at places {FIRST_ORDINARY_SLOT} to {last - 1}")
        self._home: dict[str, Any] = {}
        self._memo: dict[Any, Any] = {}
        self._made: dict[str, pl.Series] = {}
        self._seen: dict[str, tuple[Rows, pl.Series]] = {}
        self._others: dict[bytes, Rows] = {}

    def __len__(self) -> int:
        return len(self.slots)

    def __getitem__(self, name: str) -> pl.Series:
        """The values of a column, of its declared type, one for each place."""
        if name not in self._made:
            column = self.entity.column(name)
            if column.recipe is None:
                raise ValueError(f"{self.entity.name}.{name} has no recipe")
            made = pl.Series(name, self.make(column.recipe, name)).cast(TYPES[column.type])
            self._made[name] = self._apply_overrides(name, made) if self.overrides else made
        return self._made[name]

    def _apply_overrides(self, name: str, made: pl.Series) -> pl.Series:
        """The column with what scenarios tell of it: plain values, or what a recipe makes for the rows that name it."""
        by_recipe: dict[Recipe, list[int]] = {}
        at, values = [], []
        for n in np.flatnonzero(self.slots < FIRST_ORDINARY_SLOT).tolist():
            told = self.overrides[int(self.slots[n])]
            if isinstance(told.get(name), Recipe):
                by_recipe.setdefault(told[name], []).append(n)
            elif name in told:
                at.append(n)
                values.append(told[name])
        parts = [pl.Series(values, dtype=made.dtype)]
        for recipe, found in by_recipe.items():
            at += found
            parts.append(pl.Series(self._isolated(Slots(self.slots[found])).make(recipe, name)).cast(made.dtype))
        order = np.argsort(at)  # polars before 1.37 takes sorted positions only
        return made.clone().scatter(np.sort(at), pl.concat(parts).gather(order)) if at else made

    def _isolated(self, slots: Slots) -> Rows:
        """Rows of the same entity by themselves; a told value may look at other columns of its row, not at its own."""
        if (key := slots.tobytes()) not in self._others:
            self._others[key] = Rows(self.model, self.tenant, self.entity, slots)
        return self._others[key]

    def memo(self, name: str, make: Callable[[Rows], T]) -> T:
        """What `make` says of these rows, made once."""
        if name not in self._memo:
            self._memo[name] = make(self)
        found: T = self._memo[name]
        return found

    def words(self, pool_name: str) -> pl.Series:
        """A word pool, of the locale that the profile asks for."""
        return pool(pool_name, str(self.tenant.chosen.get("locale", "")))

    def word(self, pool_name: str, *stream: str) -> pl.Series:
        """A word of a pool a row, all equally often."""
        words = self.words(pool_name)
        return words.gather(self.below(len(words), *stream))

    def make(self, recipe: Recipe, name: str) -> Any:
        """What a recipe makes for these rows under the name of a column."""
        return resolve(recipe.function)(self, name, **dict(recipe.settings))

    def bits(self, *stream: str) -> Bits:
        """64 bits of noise a row; `stream` names it, beginning with the column that uses it."""
        return noise.bits(noise.key(self.tenant.seed, self.entity.name, *stream), self.tenant.ids(self.slots))

    def below(self, bound: int | Ints, *stream: str) -> Ints:
        """A whole number in [0, bound) a row."""
        return noise.below(self.bits(*stream), bound)

    def through(self, reference: str) -> tuple[Rows, pl.Series]:
        """The rows that a reference column points to, each once, and for every row here its index there (or null)."""
        if reference not in self._seen:
            column = self.entity.column(reference)
            ids = self[reference]
            there, index = np.unique(ids.drop_nulls().to_numpy(), return_inverse=True)
            at = np.zeros(len(self), dtype=np.int64)
            at[ids.is_not_null().to_numpy()] = index
            positions = pl.Series(at).to_frame("at").select(pl.when(ids.is_not_null()).then(pl.col("at"))).to_series()
            self._seen[reference] = (Rows(self.model, self.tenant, str(column.refers), slot_of(Ids(there))), positions)
        return self._seen[reference]

    def look(self, reference: str, name: str) -> pl.Series:
        """A column of the rows that a reference points to, one value for each row here; null where it points nowhere."""
        there, positions = self.through(reference)
        return (
            there[name].gather(positions)
            if len(there)
            else pl.Series(name, [None] * len(self), dtype=there[name].dtype)
        )

    def home(self, name: str) -> Any:
        """A value of the one row that describes these rows' own tenant."""
        if name not in self._home:
            self._home[name] = Rows(self.model, self.tenant, "tenant", self.tenant.slots("tenant"))[name][0]
        return self._home[name]

    def frame(self) -> pl.DataFrame:
        """All columns, in the order of the declaration."""
        return pl.DataFrame([self[column.name] for column in self.entity.columns])
