"""Row-level security by tenant: a policy on every table with the column `tenant_id`, and a setting names the tenant."""

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
"""The setting that an application sets to its tenant. Unset or empty, it matches no tenant, and no row is visible."""


def isolate(
    connection: psycopg.Connection[Any],
    schema: str,
    model: Model,
    created: Mapping[str, bool],
    existing: Collection[str],
    *,
    wanted: bool | None,
) -> None:
    """Create the policies (`wanted`) or drop them (False); None keeps them as they are, and adds them to tables that
    are not `existing` if any table has its policy.

    They apply to every role except the owner, superusers and roles with BYPASSRLS, so that a later load can replace the
    rows. Only tables that qaseed created (`created`) are changed; other tables keep their own policies.
    """
    if wanted:
        refuse_unmanaged_tables(schema, model, {name for name in created if created[name]})
    own_tables = [entity for entity in model.entities if TENANT in entity.by_name and created[entity.name]]
    policies = _policies(connection, schema)
    with_policy = [entity for entity in own_tables if (entity.name, _policy_name(entity)) in policies]
    if wanted or (wanted is None and with_policy):
        for entity in own_tables:
            if wanted or entity.name not in existing:
                for statement in policy(schema, entity):
                    connection.execute(statement)
    elif wanted is False:
        for entity in with_policy:
            connection.execute(SQL("drop policy {} on {}").format(_name(entity), Identifier(schema, entity.name)))
            if not any(table == entity.name and name != _policy_name(entity) for table, name in policies):
                relation = Identifier(schema, entity.name)
                connection.execute(SQL("alter table {} disable row level security").format(relation))


def refuse_unmanaged_tables(schema: str, model: Model, created: Collection[str]) -> None:
    """`UsageError` names a table that should get a policy but was not created by qaseed."""
    for entity in model.entities:
        if TENANT in entity.by_name and entity.name not in created:
            raise UsageError(
                f"--rls: {schema}.{entity.name} was not created by qaseed; "
                "create its policies where the table is created"
            )


def policy(schema: str, entity: Entity) -> Iterator[Composed]:
    """Statements that let roles read and write only rows of the tenant in `SETTING`; they can be run again."""
    relation, name = Identifier(schema, entity.name), _name(entity)
    own = SQL("{} = current_setting({}, true)").format(Identifier(TENANT), Literal(SETTING))
    yield SQL("drop policy if exists {} on {}").format(name, relation)
    yield SQL("create policy {} on {} using ({}) with check ({})").format(name, relation, own, own)
    yield SQL("alter table {} enable row level security").format(relation)


def _name(entity: Entity) -> Identifier:
    return Identifier(_policy_name(entity))


def _policy_name(entity: Entity) -> str:
    return object_name(entity.name, "tenant", "policy")


def _policies(connection: psycopg.Connection[Any], schema: str) -> set[tuple[str, str]]:
    """The policies of a schema, qaseed's and others', as pairs of table and name."""
    rows = connection.execute(
        "select tablename, policyname from pg_catalog.pg_policies where schemaname = %s", (schema,)
    )
    return set(rows.fetchall())
