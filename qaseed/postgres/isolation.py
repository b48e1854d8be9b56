"""Row-level security by tenant: a policy on every table that has the tenant's column, and a setting that names the tenant."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composed, Identifier, Literal

from qaseed.errors import UsageError
from qaseed.model import Entity, Model
from qaseed.postgres.tables import object_name

if TYPE_CHECKING:
    import psycopg

TENANT = "tenant_id"
SETTING = "app.tenant_id"
"""Unset and empty it names nobody, so that nothing is seen."""


def isolate(
    connection: psycopg.Connection[Any], schema: str, model: Model, created: Mapping[str, bool], *, wanted: bool | None
) -> None:
    """Put the policies on the tables, or take them off; None keeps what the schema has, on tables that are new to it too.

    They hold for every role but the owner, superusers and roles with BYPASSRLS, so that a load can come again. Tables that
    somebody else made keep their own policies.
    """
    if wanted:
        refuse_unmanaged_tables(schema, model, {name for name in created if created[name]})
    ours = [entity for entity in model.entities if TENANT in entity.by_name and created[entity.name]]
    there = [entity for entity in ours if _policies(connection, schema, entity, ours=True)]
    if wanted or (wanted is None and there):
        for entity in ours:
            for statement in policy(schema, entity):
                connection.execute(statement)
    elif wanted is False:
        for entity in there:
            connection.execute(SQL("drop policy {} on {}").format(_name(entity), Identifier(schema, entity.name)))
            if not _policies(connection, schema, entity, ours=False):
                at = Identifier(schema, entity.name)
                connection.execute(SQL("alter table {} disable row level security").format(at))


def refuse_unmanaged_tables(schema: str, model: Model, created: Collection[str]) -> None:
    """`UsageError` names a table that somebody else made, where our policies are wanted."""
    for entity in model.entities:
        if TENANT in entity.by_name and entity.name not in created:
            raise UsageError(
                f"--rls: {schema}.{entity.name} was made by somebody else; make its policies where it was made"
            )


def policy(schema: str, entity: Entity) -> Iterator[Composed]:
    """Only the rows of the tenant that the setting names can be read or written; again gives the same."""
    at, name = Identifier(schema, entity.name), _name(entity)
    own = SQL("{} = current_setting({}, true)").format(Identifier(TENANT), Literal(SETTING))
    yield SQL("drop policy if exists {} on {}").format(name, at)
    yield SQL("create policy {} on {} using ({}) with check ({})").format(name, at, own, own)
    yield SQL("alter table {} enable row level security").format(at)


def _name(entity: Entity) -> Identifier:
    return Identifier(object_name(entity.name, "tenant", "policy"))


def _policies(connection: psycopg.Connection[Any], schema: str, entity: Entity, *, ours: bool) -> bool:
    """Whether a table has our policy, or one of somebody else's."""
    found = connection.execute(
        """select exists (select from pg_catalog.pg_policies
        where schemaname = %s and tablename = %s and (policyname = %s) = %s)""",
        (schema, entity.name, object_name(entity.name, "tenant", "policy"), ours),
    ).fetchone()
    return bool(found and found[0])
