"""Databases and schemas of test runs that have ended, which the next run drops."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.sql import SQL, Identifier

from qaseed.errors import PostgresError
from qaseed.postgres import permit
from qaseed.postgres.connection import connected
from qaseed.postgres.urls import with_database
from qaseed.testing.owner import FOREIGN_SECONDS, Owner, read_owner

if TYPE_CHECKING:
    Connection = psycopg.Connection[Any]

_PATTERN = "^qaseed_test_[0-9a-f]{16}_[0-9]+$"
_SCHEMA_PATTERN = "^qaseed_test_[0-9a-f]{16}_[0-9a-f]{8}$"
_CREATING = 7_135_246_301
"""The key of the advisory lock that a process has until its new database has a comment."""
_DATABASES = """select d.oid, d.datname, coalesce(shobj_description(d.oid, 'pg_database'), ''), d.datconnlimit = -2
    from pg_catalog.pg_database d where d.datname ~ %s and pg_has_role(d.datdba, 'USAGE') order by d.datname"""
_IS_CREATING = """select exists (select from pg_catalog.pg_locks where locktype = 'advisory'
    and (classid::bigint << 32) + objid::bigint = %s)"""


@contextmanager
def creating(connection: Connection) -> Iterator[None]:
    """Let no other run take the database that the block creates for one that a killed process left."""
    connection.execute("select pg_catalog.pg_advisory_lock_shared(%s)", (_CREATING,))
    try:
        yield
    finally:
        with contextlib.suppress(psycopg.Error):  # it went with the connection
            connection.execute("select pg_catalog.pg_advisory_unlock_shared(%s)", (_CREATING,))


def sweep_databases(connection: Connection, url: str) -> list[str]:
    """Drop the test databases and schemas of processes that have ended; returns their names.

    One is known by its comment, which has its oid; others stay. A database of another machine is dropped when it is
    old and no session uses it, a schema is not. What another role owns is left to it.
    """
    dropped, unmarked = [], []
    for oid, name, comment, is_invalid in connection.execute(_DATABASES, (_PATTERN,)).fetchall():
        owner = read_owner(comment, oid)
        if owner is None and not is_invalid:
            unmarked += [] if comment else [name]
        elif (ended := True if owner is None else _has_ended(owner)) is not False:
            dropped += _drop(connection, name, " with (force)" if ended else "")
    if unmarked and connection.execute(_IS_CREATING, (_CREATING,)).fetchone() == (False,):
        # who creates one has the lock until it has a comment: those that still have none were left by a kill
        left = [name for _, name, comment, _ in connection.execute(_DATABASES, (_PATTERN,)) if not comment]
        for name in left:
            if name in unmarked and _is_copy_of_template(connection, url, name):
                dropped += _drop(connection, name, "")
    return dropped + _sweep_schemas(connection)


def _drop(connection: Connection, name: str, how: str) -> list[str]:
    with contextlib.suppress(psycopg.Error):  # a session uses it, or another run has dropped it
        connection.execute(SQL("drop database if exists {}").format(Identifier(name)) + SQL(how))
        return [name]
    return []


def _is_copy_of_template(connection: Connection, url: str, name: str) -> bool:
    """Whether a database was copied from a template that qaseed loaded on this server, and not changed to another."""
    with contextlib.suppress(PostgresError, psycopg.Error), connected(with_database(url, name)) as inside:
        given, identity = permit.read(inside, "public"), permit.read_identity(connection)
        own = given is not None and given.identity.database.startswith("qaseed_template_")
        return own and given is not None and given.identity.system == identity.system
    return False


def _has_ended(owner: Owner) -> bool | None:
    """Whether the owner has ended; None if that cannot be known and its databases are old."""
    ended = owner.has_ended()
    return False if ended is None and time.time() - owner.started < FOREIGN_SECONDS else ended


def _sweep_schemas(connection: Connection) -> list[str]:
    rows = connection.execute(
        """select oid, nspname, coalesce(obj_description(oid, 'pg_namespace'), '') from pg_catalog.pg_namespace
        where nspname ~ %s and pg_has_role(nspowner, 'USAGE') order by nspname""",
        (_SCHEMA_PATTERN,),
    ).fetchall()
    dropped = []
    for oid, name, comment in rows:
        owner = read_owner(comment, oid)
        if owner and owner.has_ended():
            with contextlib.suppress(psycopg.Error):  # another run has dropped it
                connection.execute(SQL("drop schema if exists {} cascade").format(Identifier(name)))
                dropped.append(name)
    return dropped
