"""Kinds of columns: each call says in one line what a column is, what may stand in it and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from qaseed import recipes
from qaseed.errors import UsageError
from qaseed.model import Column, Entity, Recipe, Rule, Value
from qaseed.safety.detection import reject_reason

By = Recipe | Callable[..., Any]


def recipe(by: By, **settings: Any) -> Recipe:
    """A recipe that calls `by(rows, column, **settings)`; a function is kept by its name, so that the model is data."""
    return by if isinstance(by, Recipe) else Recipe(f"{by.__module__}:{by.__qualname__}", tuple(settings.items()))


def always(value: Value | None) -> Recipe:
    """The same value everywhere; None for columns that only scenarios fill."""
    return recipe(recipes.always, value=value)


def weighted(shares: Mapping[Any, float]) -> Recipe:
    """One of the keys, as often as its share says."""
    return recipe(recipes.drawn, values=tuple(shares), weights=tuple(shares.values()))


def goes_with(column: str, known: Mapping[Any, Any]) -> Recipe:
    """What goes with the value of another column of the row."""
    return recipe(recipes.mapped, of=column, known=tuple(known.items()))


def word(pool: str) -> Recipe:
    """A word of a pool."""
    return recipe(recipes.word, pool_name=pool)


def sometimes(share: float, by: By) -> Recipe:
    """`by` for that share of the rows, null for the others; the column is to be `nullable`."""
    return recipe(recipes.sometimes, share=share, of=recipe(by))


def key() -> Column:
    """The row's address, `tenant << 40 | slot`: half of the primary key."""
    return Column(
        "id",
        "bigint",
        "Address of the row: tenant number << 40 | place. Rows of an application are numbered from 2^52 on.",
        recipe(recipes.address),
        minimum=0,
    )


def tenant() -> Column:
    """The slug of the row's tenant: the other half of the primary key, and part of every foreign key."""
    return Column(
        "tenant_id", "text", "The practice that the row belongs to.", recipe(recipes.tenant_slug), refers="tenant"
    )


def ref(entity: str, doc: str, by: By, *, nullable: bool = False) -> Column:
    """A row of `entity` in the same tenant, by id."""
    return Column("", "bigint", doc, recipe(by), nullable=nullable, refers=entity)


def text(doc: str, by: By, **settings: Any) -> Column:
    """A text; `phi` is its Safe Harbor class, `safe` the kind of identifier whose predicate must hold."""
    return Column("", "text", doc, recipe(by), **settings)


def choice(doc: str, values: Mapping[str, float] | tuple[str, ...], by: By | None = None, **settings: Any) -> Column:
    """One of a few texts: drawn with the given shares, or made by `by`; the same values are CHECK and rule."""
    made = recipe(by) if by else weighted(values if isinstance(values, Mapping) else dict.fromkeys(values, 1.0))
    return Column("", "text", doc, made, choices=tuple(values), **settings)


def flag(doc: str, by: By, **settings: Any) -> Column:
    """True or false."""
    return Column("", "bool", doc, recipe(by), **settings)


def number(doc: str, by: By, minimum: int, maximum: int, **settings: Any) -> Column:
    """A whole number within bounds, both included."""
    return Column("", "bigint", doc, recipe(by), minimum=minimum, maximum=maximum, **settings)


def cents(doc: str, by: By, minimum: int = -100_000_00, maximum: int = 100_000_00, **settings: Any) -> Column:
    """An amount of money in whole cents."""
    return number(doc, by, minimum, maximum, **settings)


def date(doc: str, by: By, **settings: Any) -> Column:
    """A calendar day."""
    return Column("", "date", doc, recipe(by), **settings)


def instant(doc: str, by: By, **settings: Any) -> Column:
    """A moment in UTC, to the microsecond."""
    return Column("", "timestamptz", doc, recipe(by), **settings)


def entity(name: str, doc: str, columns: Mapping[str, Column], rules: tuple[Rule, ...] = (), **settings: Any) -> Entity:
    """An entity whose columns are named by the keys of `columns`; `UsageError` for one that is named like a direct identifier."""
    for column_name in columns:
        kind = reject_reason(column_name)
        if kind:
            raise UsageError(f"{name}.{column_name}: is named like a {kind}; rename it, such things are never made")
    named = tuple(replace(column, name=column_name) for column_name, column in columns.items())
    return Entity(name, doc, named, rules=rules, **settings)
