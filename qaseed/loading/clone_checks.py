"""What is asked before a database is cloned: whether it may replace the one of its name, and whether the role may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from qaseed import audit
from qaseed.audit import Event
from qaseed.errors import PostgresError, UnsafeError, UsageError
from qaseed.loading import clone_properties
from qaseed.loading.clone_leftovers import copy_name, replaced_name
from qaseed.loading.clone_properties import Properties
from qaseed.loading.clone_record import SCHEMA, recorded_name
from qaseed.loading.result import LoadResult
from qaseed.postgres import databases, permit, tables
from qaseed.postgres.connection import connected, describe_error, is_called_production, is_local, looks_like_production
from qaseed.postgres.databases import Database
from qaseed.postgres.guard import require_confirmation
from qaseed.postgres.target import unidentified
from qaseed.postgres.urls import with_database

if TYPE_CHECKING:
    Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Replaced:
    """The clone that another clone replaces, and what the new one takes over from it."""

    database: Database
    properties: Properties
    table_grants: tuple[Composed, ...]


def check_name(connection: Connection, database: str) -> None:
    """`UsageError` unless a clone may have that name."""
    if not 0 < len(database.encode("utf-8", "replace")) <= tables.LONGEST_NAME or "\0" in database:
        raise UsageError(f"--database: {database!r} cannot be; give a name of at most {tables.LONGEST_NAME} bytes")
    if databases.is_auxiliary_name(connection, database):
        raise UsageError(f"--database: {database!r} is a name that qaseed reserves; give another")
    if database == connection.info.dbname:
        raise UsageError(f"--database: {database!r} is the one that --to connects to; give --to another database of it")


def replaced_clone(connection: Connection, url: str, name: str, table_names: list[str]) -> Replaced | None:
    """The clone of that name; None if there is no such database, `UnsafeError` if it is not a clone of qaseed's."""
    database = databases.find(connection, name)
    if database is None:
        return None
    remedy = "rename or drop it, or choose another --database"
    if not database.allows_connections or database.is_invalid:
        raise UnsafeError(f"{name}: exists, and allows no connection that could show what it is; {remedy}")
    try:
        with connected(with_database(url, name)) as inside, inside.transaction():
            cloned = recorded_name(inside, database)
            grants = clone_properties.table_grants(inside, table_names) if cloned == name else ()
    except PostgresError as error:
        raise UnsafeError(f"{name}: exists, and cannot be read to see what it is ({error}); {remedy}") from None
    if cloned != name:
        raise UnsafeError(f"{name}: exists and is no clone that qaseed created on this server; {remedy}")
    if not database.manageable:
        raise PostgresError(f"{name}: belongs to {database.owner}; connect as that role or a member of it")
    if used_by := databases.blocker(connection, database):
        raise PostgresError(f"{name}: {used_by}, so that it cannot be dropped; drop that first")
    databases.wait_until_unused(connection, database)
    return Replaced(database, clone_properties.read(connection, database), grants)


def check_privileges(connection: Connection, name: str, owner: str, replaced: Replaced | None) -> None:
    """`PostgresError` names what the role may not do, before anything is created."""
    user = connection.info.user
    row = connection.execute("select rolcreatedb or rolsuper from pg_catalog.pg_roles where rolname = current_user")
    if row.fetchone() != (True,):
        raise PostgresError(f"{name}: {user} may not create databases; grant CREATEDB")
    kind = "SET" if connection.info.server_version >= 160_000 else "MEMBER"
    may_give = connection.execute(
        "select pg_has_role(oid, 'USAGE') and pg_has_role(oid, %s) from pg_catalog.pg_roles where rolname = %s",
        (kind, owner),
    ).fetchone()
    if may_give is None:
        raise PostgresError(f"--owner: there is no role {owner!r}; create it, or give another")
    if may_give != (True,):
        raise PostgresError(f"--owner: {user} may not act as {owner}; grant {owner} to {user}")
    for auxiliary in (copy_name(name), replaced_name(name)):
        left = databases.find(connection, auxiliary)
        if left and not left.manageable:
            raise PostgresError(f"{auxiliary}: was left by a run of {left.owner}; drop it as that role")
    if replaced:
        _try_properties(connection, replaced, owner)


def _try_properties(connection: Connection, replaced: Replaced, owner: str) -> None:
    """Give the existing clone the properties that it has, and roll back: the role may then give them to the new one."""
    name = replaced.database.name
    try:
        with connection.transaction(force_rollback=True):
            for statement in clone_properties.statements(replaced.properties, name):
                connection.execute(statement)
            connection.execute(SQL("alter database {} owner to {}").format(Identifier(name), Identifier(owner)))
    except psycopg.Error as error:
        raise PostgresError(
            f"{name}: its settings and grants cannot be carried over ({describe_error(error)}); "
            "connect as a role that may set them, or drop it first"
        ) from None


def confirm(connection: Connection, name: str, confirmed: str | None, *, is_replaced: bool) -> tuple[str, ...]:
    """The reasons for confirmation that the typed name overrides; `ConfirmationError` if it is not typed."""
    reasons = tuple(_confirmation_reasons(connection, name, is_replaced=is_replaced))
    require_confirmation(name, reasons, confirmed)
    return reasons


def _confirmation_reasons(connection: Connection, name: str, *, is_replaced: bool) -> Iterator[str]:
    """Why the clone's name must be typed: each time, or until the server is known to be one for tests."""
    if looks_like_production(connection) or is_called_production(name):
        yield "is, or its server or APP_ENV is, named like a production system"
    identity = permit.read_identity(connection)
    if identity.system is None:
        yield unidentified(connection)
    if not is_local(connection) and not is_replaced:
        given = permit.read(connection, SCHEMA)
        if given is None or not given.is_for(identity):
            yield (
                "is not on this machine, and the database that --to connects to has no permit of qaseed's, "
                "which `qaseed target init` gives"
            )


def record_override(result: LoadResult, facts: dict[str, Any]) -> None:
    """Write the reasons that a typed name overrode into the audit log."""
    if result.overridden:
        audit.append(Event("override", facts | {"reason": "; ".join(result.overridden)}).serialize())
