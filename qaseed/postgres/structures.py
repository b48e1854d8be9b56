"""What the load registry knows of the tables' structure: applied definitions, and foreign keys to be validated yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composed, Identifier

from qaseed.postgres.tables import existing_tables, parameterized_identifier
from qaseed.postgres.target import LOAD_REGISTRY, loaded_schemas

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

Definitions = Mapping[str, str]
"""The definitions in a model of a table's constraints, indexes and defaults, by name."""
_ADDED_COLUMNS = {"definitions": "json", "unvalidated": "oid[]"}


def applied_definitions(connection: Connection, schema: str) -> dict[str, Definitions]:
    """By table the definitions that the last load applied; without tables that an earlier version loaded."""
    if not _has_columns(connection, schema):
        return {}
    query = SQL("select table_name, definitions from {} where definitions is not null")
    return dict(connection.execute(query.format(Identifier(schema, LOAD_REGISTRY))).fetchall())


def unvalidated_keys(connection: Connection, schema: str) -> list[int]:
    """The oids of foreign keys that a swap added as NOT VALID, and that are not validated yet."""
    if not _has_columns(connection, schema):
        return []
    query = SQL(
        """select k.oid from pg_catalog.pg_constraint k where not k.convalidated
        and k.oid in (select unnest(unvalidated) from {})"""
    )
    return [oid for (oid,) in connection.execute(query.format(Identifier(schema, LOAD_REGISTRY)))]


def unvalidated_summary(connection: Connection) -> str:
    """What `qaseed doctor` prints about foreign keys that killed loads left NOT VALID, in any schema."""
    oids = [oid for schema in loaded_schemas(connection) for oid in unvalidated_keys(connection, schema)]
    rows = connection.execute(
        """select format('foreign key %%I of %%s', conname, conrelid::regclass) from pg_catalog.pg_constraint
        where oid = any(%s) order by 1""",
        (oids,),
    ).fetchall()
    if not rows:
        return "all validated that loads added"
    keys = ", ".join(key for (key,) in rows)
    return f"no validation yet of {keys}, as a load was ended; load again, or ALTER TABLE ... VALIDATE CONSTRAINT"


def record_structure(
    connection: Connection, schema: str, applied: Mapping[str, Definitions], unvalidated: Mapping[str, list[int]]
) -> None:
    """Write by table what was applied and what is to be validated, in the transaction that writes the load registry.

    Nothing is written into a registry of another role that lacks the columns, or that this role may not update.
    """
    has_columns = _has_columns(connection, schema)
    if not has_columns and _may(connection, schema, "OWNER"):
        connection.execute(_add_columns(schema))
        has_columns = _has_columns(connection, schema)
    if not has_columns or not _may(connection, schema, "UPDATE"):
        return
    rows = [(table, json.dumps(definitions), unvalidated.get(table)) for table, definitions in applied.items()]
    if rows:
        connection.execute(
            SQL(
                """update {} set definitions = applied.definitions, unvalidated = applied.unvalidated
                from (values {}) applied (name, definitions, unvalidated) where table_name = applied.name"""
            ).format(
                parameterized_identifier(schema, LOAD_REGISTRY),
                SQL(", ").join([SQL("(%s, %s::json, %s::oid[])")] * len(rows)),
            ),
            [value for row in rows for value in row],
        )


def record_unvalidated(connection: Connection, schema: str, unvalidated: Mapping[str, list[int]]) -> None:
    """Write by table what is to be validated, and keep what was applied."""
    if _has_columns(connection, schema):
        update = SQL("update {} set unvalidated = %s::oid[] where table_name = %s").format(
            parameterized_identifier(schema, LOAD_REGISTRY)
        )
        for table, oids in unvalidated.items():
            connection.execute(update, (oids, table))


def _has_columns(connection: Connection, schema: str) -> bool:
    registry = existing_tables(connection, schema, [LOAD_REGISTRY]).get(LOAD_REGISTRY)
    return registry is not None and registry.columns.items() >= _ADDED_COLUMNS.items()


def _may(connection: Connection, schema: str, privilege: str) -> bool:
    """Whether the role may UPDATE the load registry, or act as its OWNER."""
    row = connection.execute(
        """select case %s when 'OWNER' then pg_has_role(c.relowner, 'USAGE')
            else has_table_privilege(c.oid, 'UPDATE') end
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = %s and c.relname = %s""",
        (privilege, schema, LOAD_REGISTRY),
    ).fetchone()
    return row == (True,)


def _add_columns(schema: str) -> Composed:
    columns = SQL(", ").join(
        SQL("add column if not exists {} {}").format(Identifier(name), SQL(type_))
        for name, type_ in _ADDED_COLUMNS.items()
    )
    return SQL("alter table {} {}").format(Identifier(schema, LOAD_REGISTRY), columns)
