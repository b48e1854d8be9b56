"""DDL for tables that are divided by tenant: native partitions, and tables that Citus distributes over servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from qaseed.model import Entity, Model
from qaseed.postgres.tables import add, add_defaults, comments, constraints, create, indexes, object_name, references


def partitioned_ddl(schema: str, model: Model, partitions: int | Sequence[str]) -> Iterator[str]:
    """Every statement that creates the tables of a model, each in so many hash partitions by tenant, or in one for
    each of these tenants and one for all others.
    """
    for entity in model.entities:
        kind = SQL("hash" if isinstance(partitions, int) else "list")
        by_tenant = SQL("{} partition by {} ({})").format(create(schema, entity), kind, Identifier(entity.key[0]))
        bounds = _hash_bounds(partitions) if isinstance(partitions, int) else _list_bounds(partitions)
        divided = (_partition(schema, entity, name, bound) for name, bound in bounds)
        yield from _texts([by_tenant, *divided, *_own_parts(schema, entity)])
    yield from _texts(_references_and_comments(schema, model))


def distributed_ddl(schema: str, model: Model) -> Iterator[str]:
    """Every statement that creates the tables of a model and lets Citus distribute them by tenant, each tenant's rows
    of all tables on one server.
    """
    first = model.entities[0]
    for entity in model.entities:
        relation, together = (Literal(Identifier(schema, name.name).as_string()) for name in (entity, first))
        colocated = Literal("none") if entity is first else together
        distribute = SQL("select create_distributed_table({}, {}, colocate_with => {})").format(
            relation, Literal(entity.key[0]), colocated
        )
        yield from _texts([create(schema, entity), *_own_parts(schema, entity), distribute])
    yield from _texts(_references_and_comments(schema, model))


def _hash_bounds(number: int) -> Iterator[tuple[str, Composable]]:
    for remainder in range(number):
        yield str(remainder), SQL("for values with (modulus {}, remainder {})").format(number, remainder)


def _list_bounds(tenants: Sequence[str]) -> Iterator[tuple[str, Composable]]:
    for tenant in tenants:
        yield tenant, SQL("for values in ({})").format(Literal(tenant))
    yield "others", SQL("default")


def _partition(schema: str, entity: Entity, name: str, bound: Composable) -> Composed:
    relation = Identifier(schema, object_name(entity.name, name))
    return SQL("create table {} partition of {} {}").format(relation, Identifier(schema, entity.name), bound)


def _own_parts(schema: str, entity: Entity) -> Iterator[Composed | None]:
    """Defaults, indexes, keys and checks of a table."""
    yield add_defaults(schema, entity)
    yield from (index for _, index in indexes(schema, entity))
    yield add(schema, entity, constraints(entity))


def _references_and_comments(schema: str, model: Model) -> Iterator[Composed | None]:
    for entity in model.entities:
        yield add(schema, entity, references(schema, model, entity))
        yield from comments(schema, entity)


def _texts(statements: Iterable[Composed | None]) -> Iterator[str]:
    return (statement.as_string() for statement in statements if statement)
