"""Some rows of some tenants: columns are computed when they are read, those of referenced rows too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.addresses import SLOT_BITS
from qaseed.integers import Ids, Ints, Slots
from qaseed.logical_types import TYPES
from qaseed.model import Entity, Model, Recipe
from qaseed.noise import Bits
from qaseed.plan import Tenant, Tenants, is_reserved, resolve, slot_of
from qaseed.words import pool

T = TypeVar("T")
INDEX = pl.get_index_type()


class Rows:
    """Rows of `entity`, of one tenant or of several.

    A column is computed when it is first read, and cached. Recipes read the row's other columns (`rows["dob"]`),
    columns of the rows that a reference points to (`rows.lookup("client_id", "dob")`), noise (`rows.below(10,
    column)`), and what is known of each row's tenant (`rows.by_tenant(zone_of)`). Every array and series has one entry
    for each row, in the order of `ids`, which may be any, with repetitions. For a single tenant slots are enough.

    Raises `IndexError` for rows that the tenants do not have; of derived rows, when a column is read.
    """

    def __init__(self, model: Model, tenants: Tenants | Tenant, entity: Entity | str, ids: Ids | Slots) -> None:
        self.model = model
        self.entity = model.entity(entity) if isinstance(entity, str) else entity
        if isinstance(tenants, Tenant):
            ids = tenants.ids(Slots(ids & ((1 << SLOT_BITS) - 1)))
            tenants = Tenants((tenants,))
        self.tenants = tenants
        self.ids = Ids(ids)
        self.slots = slot_of(self.ids)
        self.reserved = np.flatnonzero(is_reserved(self.ids) & (not self.entity.derived))
        """Positions of the rows at reserved slots; derived rows have none."""
        if not self.entity.derived:
            self._check_ids()
        self._cache: dict[Any, Any] = {}
        self._columns: dict[str, pl.Series] = {}
        self.computing: set[str] = set()
        """Columns that are being computed, and cannot be asked of these rows meanwhile."""
        self._referenced: dict[str, tuple[Rows, pl.Series]] = {}
        self._subsets: dict[bytes, Rows] = {}

    def _check_ids(self) -> None:
        owners = self.tenants.owners(self.ids)
        overrides = self.tenants.overrides(self.entity.name)
        if len(owners) and 0 <= owners.min() <= owners.max() < len(self.tenants):
            known = (
                self.tenants.ordinals(self.entity.name, self.ids) < self.tenants.starts(self.entity.name)[owners + 1]
            )
            if known.all() and all(id_ in overrides for id_ in self.ids[self.reserved].tolist()):
                return
        if len(owners):
            raise IndexError(f"{self.entity.name}: these tenants do not have all of the rows {self.ids.tolist()[:9]}")

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, name: str) -> pl.Series:
        """The values of a column, of its declared type, one for each row."""
        return decoded(self.column(name))

    def column(self, name: str) -> pl.Series:
        """The values of a column as they are computed: those of a text may be codes, an `Enum` of its choices."""
        if name not in self._columns:
            column = self.entity.column(name)
            if column.recipe is None:
                raise ValueError(f"{self.entity.name}.{name} has no recipe")
            self.computing.add(name)
            values = pl.Series(name, self.compute(column.recipe, name))
            if values.dtype != pl.Enum:
                values = values.cast(TYPES[column.type].polars_type())
            self._columns[name] = self._apply_overrides(name, values) if len(self.reserved) else values
            self.computing.remove(name)
        return self._columns[name]

    def one_of(self, name: str, values: Sequence[Any], codes: Any) -> pl.Series:
        """One of `values` for each row, by its position; as codes where they are choices of the column of that name."""
        choices = self.entity.by_name[name].choices if name in self.entity.by_name else ()
        names = [choice for choice in choices if isinstance(choice, str)]
        dtype = pl.Enum(names) if names and set(values) <= set(names) else None
        return take(pl.Series(tuple(values), dtype=dtype), codes)

    def codes(self, name: str) -> Ints:
        """The values of a column as positions in its choices, -1 for null."""
        return codes_of(self.column(name), self.entity.column(name).choices)

    def _apply_overrides(self, name: str, column: pl.Series) -> pl.Series:
        """The column with the values that fixture rows pin: plain values, or what a recipe computes for those rows."""
        positions, values, by_recipe = self.cached("pinned", _pinned).get(name, ((), (), {}))
        if not positions and not by_recipe:
            return column
        column = decoded(column)
        pinned, order = pl.Series(values, dtype=column.dtype), [*positions]
        if by_recipe:
            parts = [pinned]
            for recipe, computed in by_recipe.items():
                order += computed
                parts.append(pl.Series(self._subset(Ids(self.ids[computed])).compute(recipe, name)).cast(column.dtype))
            pinned, order = take(pl.concat(parts), np.argsort(order)), sorted(order)
        return column.clone().scatter(order, pinned)  # polars before 1.37 scatters to sorted positions only

    def _subset(self, ids: Ids) -> Rows:
        """Rows of the same entity by themselves: a pinned recipe may read other columns of its row, but not its own."""
        if (key := ids.tobytes()) not in self._subsets:
            self._subsets[key] = self.others(self.entity.name, ids)
        return self._subsets[key]

    def others(self, entity: str, ids: Ids) -> Rows:
        """Other rows of the same tenants."""
        return Rows(self.model, self.tenants, self.model.entity(entity), ids)

    def cached(self, name: str, compute: Callable[[Rows], T]) -> T:
        """What `compute` returns for these rows, computed once under that name."""
        if name not in self._cache:
            self._cache[name] = compute(self)
        value: T = self._cache[name]
        return value

    def words(self, pool_name: str) -> pl.Series:
        """A word pool, of the locale that the profile asks for."""
        return pool(pool_name, str(self.tenants.settings_by_name.get("locale", "")))

    def word(self, pool_name: str, *stream: str) -> pl.Series:
        """A word of a pool for each row, all equally often."""
        words = self.words(pool_name)
        return words.gather(self.below(len(words), *stream))

    def compute(self, recipe: Recipe, name: str) -> Any:
        """What a recipe computes for these rows under the name of a column."""
        return resolve(recipe.function)(self, name, **dict(recipe.settings))

    def bits(self, *stream: str) -> Bits:
        """64 bits of noise for each row; `stream` names it, beginning with the column that uses it."""
        return noise.bits(noise.key(self.tenants.seed, self.entity.name, *stream), self.ids)

    def below(self, bound: int | Ints, *stream: str) -> Ints:
        """A whole number in [0, bound) for each row."""
        return noise.below(self.bits(*stream), bound)

    def at_slots(self, slots: Slots | int) -> Ids:
        """The ids of rows at these slots, one for each row, in the same tenant."""
        return Ids((self.ids >> SLOT_BITS << SLOT_BITS) | slots)

    @property
    def owners(self) -> Ints:
        """The position of each row's tenant among `tenants`."""
        return self.cached("owners", lambda rows: rows.tenants.owners(rows.ids))

    def of_tenants(self, values: Ints) -> Ints:
        """For each row the entry of its tenant in an array by tenant."""
        gathered: Ints = values[self.owners]
        return gathered

    def by_tenant(self, value_of: Callable[[Tenant], Any]) -> pl.Series:
        """What a function returns for each row's tenant, one value for each row."""
        return take(pl.Series([value_of(tenant) for tenant in self.tenants.all]), self.owners)

    def tenant_values(self, name: str) -> pl.Series:
        """A column of the row that describes each row's own tenant, one value for each row."""
        tenants = self.tenants.cached("tenant rows", lambda: self.others("tenant", self.tenants.all_ids("tenant")))
        return take(tenants[name], self.owners)

    def referenced(self, reference: str) -> tuple[Rows, pl.Series]:
        """Rows that include those to which a reference column points, and for every row its index there (or null)."""
        if reference not in self._referenced:
            ids = self[reference]
            rows, index = self.located(str(self.entity.column(reference).refers), Ids(ids.drop_nulls().to_numpy()))
            if ids.null_count():
                valid = ids.is_not_null()
                spread = np.zeros(len(self), dtype=np.int64)
                spread[valid.to_numpy()] = index
                nullable = pl.Series(spread).cast(INDEX).zip_with(valid, pl.Series([None], dtype=INDEX))
            else:
                nullable = pl.Series(index).cast(INDEX)
            self._referenced[reference] = (rows, nullable)
        return self._referenced[reference]

    def lookup(self, reference: str, name: str) -> pl.Series:
        """A column of the rows that a reference points to, one value for each row; null where the reference is null."""
        rows, index = self.referenced(reference)
        if name in rows.computing:
            return self._values_alone(rows.entity.name, self[reference], name)
        if not len(rows):
            return pl.Series(name, [None] * len(self), dtype=rows[name].dtype)
        return decoded(take(rows.column(name), index))

    def located(self, entity: str, ids: Ids) -> tuple[Rows, Ints]:
        """Rows that include those with these ids, and the index of each: the rows of the unit if it has them all."""
        in_unit = self.tenants.rows_of_unit.get(entity)
        index = in_unit.positions(ids) if in_unit else None
        if in_unit and index is not None:
            return in_unit, index
        distinct, index = np.unique(ids, return_inverse=True)
        return self.others(entity, Ids(distinct)), index

    def values_at(self, entity: str, ids: Ids, name: str) -> pl.Series:
        """A column of any rows of the same tenants, one value for each id."""
        rows, index = self.located(entity, ids)
        if name in rows.computing:
            return self._values_alone(entity, pl.Series(ids), name)
        return decoded(take(rows.column(name), index))

    def _values_alone(self, entity: str, ids: pl.Series, name: str) -> pl.Series:
        """A column of rows by themselves: while it is computed for those of the unit, it cannot be asked of them."""
        distinct = ids.drop_nulls().unique().sort()
        values = pl.DataFrame({"id": distinct, name: self.others(entity, Ids(distinct.to_numpy()))[name]})
        return pl.DataFrame({"id": ids}).join(values, on="id", how="left", maintain_order="left")[name]

    def positions(self, ids: Ids) -> Ints | None:
        """The index of each id among these rows; None if one is not here.

        They are ascending, and but for derived ones and those of scenarios consecutive for each tenant.
        """
        owners = self.tenants.owners(ids)
        if not len(self) or (len(ids) and (owners.min() < 0 or owners.max() >= len(self.tenants))):
            return None
        if self.entity.derived:
            index: Ints = np.searchsorted(self.ids, ids)
        else:
            index = ids - self.cached("first ids", _first_ids)[owners]
            reserved = np.flatnonzero(is_reserved(ids))
            index[reserved] = np.searchsorted(self.ids, ids[reserved])
        if len(ids) and (index.min() < 0 or index.max() >= len(self)):
            return None
        return index if (self.ids[index] == ids).all() else None

    def frame(self) -> pl.DataFrame:
        """All columns, in the order of the declaration."""
        return pl.DataFrame([self[column.name] for column in self.entity.columns])

    def release(self) -> None:
        """Forget all that was computed: rows that refer to each other would stay until the next garbage collection."""
        for memory in (self._columns, self._cache, self._referenced, self._subsets):
            memory.clear()

    def release_texts(self) -> None:
        """Forget the texts that were computed: they take the most memory, and are computed anew if they are needed."""
        for name in [name for name, values in self._columns.items() if values.dtype == pl.String]:
            del self._columns[name]


def take(values: pl.Series, index: pl.Series | Ints) -> pl.Series:
    """The values at these positions, null where there is none: as `gather`, which costs more for few rows."""
    if isinstance(index, np.ndarray) and index.dtype.kind == "i":
        index = pl.Series(index).cast(INDEX)
    return values[index] if isinstance(index, pl.Series) and index.dtype == INDEX else values.gather(index)


def decoded(values: pl.Series) -> pl.Series:
    """Texts, whether they are codes or not."""
    return values.cast(pl.String) if values.dtype == pl.Enum else values


def codes_of(values: pl.Series, choices: Sequence[Any]) -> Ints:
    """Texts as positions in the choices, -1 for null."""
    if values.dtype != pl.Enum:
        values = values.cast(pl.Enum([str(choice) for choice in choices]))
    codes: Ints = values.to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    return codes


Pinned = dict[str, tuple[list[int], list[Any], dict[Recipe, list[int]]]]


def _pinned(rows: Rows) -> Pinned:
    """By column the positions of pinned rows, their plain values, and the positions whose values a recipe computes."""
    overrides = rows.tenants.overrides(rows.entity.name)
    by_column: Pinned = {}
    for position in rows.reserved.tolist():
        for name, value in overrides[int(rows.ids[position])].items():
            positions, values, by_recipe = by_column.setdefault(name, ([], [], {}))
            if isinstance(value, Recipe):
                by_recipe.setdefault(value, []).append(position)
            else:
                positions.append(position)
                values.append(value)
    return by_column


def _first_ids(rows: Rows) -> Ints:
    """What the id of an ordinary row is more than its index among these rows, by tenant."""
    reserved = rows.owners[rows.reserved]
    before = np.searchsorted(reserved, np.arange(len(rows.tenants)), side="right")
    ordinary = Ids(np.delete(rows.ids, rows.reserved)[:1])
    ordinal = rows.tenants.ordinals(rows.entity.name, ordinary).sum()
    first: Ints = rows.tenants.first_ids(rows.entity.name) + ordinal - before
    return first
