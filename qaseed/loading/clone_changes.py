"""What was changed in a clone since it was cloned: in the tables of its snapshot, and in tables that were created."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from psycopg import errors
from psycopg.sql import SQL, Identifier

from qaseed.errors import PostgresError
from qaseed.loading.clone_record import OWN_TABLES, SCHEMA
from qaseed.model import Model
from qaseed.postgres.changes import Changes, count_changes
from qaseed.postgres.connection import connected
from qaseed.postgres.target import OWN_SCHEMAS, Target, inspect_target
from qaseed.postgres.urls import with_database

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_LOG = logging.getLogger(__name__)
_NO_ENTITIES = Model("none", "No entities of its own.", ())


def clone_changes(url: str, database: str, name: str) -> dict[str, Changes]:
    """How many rows of a clone were inserted, updated and deleted, by table, for those with changes.

    `database` is its name now, `name` that under which it was cloned. A table that was created since counts as
    inserted, a dropped one as deleted; one outside `public` has its schema before its name. What cannot be read is
    logged: that is no reason to keep the clone.
    """
    try:
        with connected(with_database(url, database)) as connection, connection.transaction():
            target = inspect_target(connection, SCHEMA, _NO_ENTITIES, name=name)
            return dict(
                sorted((_dropped(target) | _managed(connection, target) | _created(connection, target)).items())
            )
    except PostgresError as error:
        _LOG.warning("%s: what was changed in it could not be counted (%s)", name, error)
        return {}


def _dropped(target: Target) -> dict[str, Changes]:
    entries = target.registry.items()
    return {name: Changes(0, 0, entry.rows) for name, entry in entries if entry.rows and not target.is_managed(name)}


def _managed(connection: Connection, target: Target) -> dict[str, Changes]:
    changes: dict[str, Changes] = {}
    for name in target.registry:
        try:
            with connection.transaction():
                changes |= count_changes(connection, target, [name])
        except errors.InsufficientPrivilege:
            _log_unread(target, name)
    return changes


def _created(connection: Connection, target: Target) -> dict[str, Changes]:
    """The rows of tables that neither the load, the clone nor an extension created."""
    managed = [target.existing[name].oid for name in target.registry if target.is_managed(name)]
    tables = connection.execute(
        """select n.nspname, c.relname
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%%'
        and n.nspname <> all(%s) and c.oid <> all(%s) and not (n.nspname = %s and c.relname = any(%s))
        and not exists (select from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_class'::regclass
            and e.objid = c.oid and e.deptype = 'e')
        order by 1, 2""",
        (list(OWN_SCHEMAS), managed, SCHEMA, list(OWN_TABLES)),
    ).fetchall()
    changes: dict[str, Changes] = {}
    for schema, table in tables:
        label = table if schema == SCHEMA else f"{schema}.{table}"
        try:
            with connection.transaction():
                count = SQL("select count(*) from {}").format(Identifier(schema, table))
                (rows,) = connection.execute(count).fetchone() or (0,)
        except errors.InsufficientPrivilege:
            _log_unread(target, label)
            continue
        deleted = target.registry[label].rows if label in target.registry else 0
        if rows or deleted:
            changes[label] = Changes(rows, 0, deleted)
    return changes


def _log_unread(target: Target, table: str) -> None:
    _LOG.warning("%s: table %s cannot be read, so what was changed in it is not counted", target.database, table)
