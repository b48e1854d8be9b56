"""The advisory lock that lets one session at a time change a schema of qaseed's: a restore, a purge, or a permit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import errors
from psycopg.sql import SQL

from qaseed.errors import PostgresError
from qaseed.postgres.session import LOCK_SECONDS

if TYPE_CHECKING:
    import psycopg

_KEY = "hashtextextended('qaseed ' || %s, 0)"
"""The hash of the schema's name, so that all versions of qaseed agree on it without a table."""


def acquire_restore_lock(connection: psycopg.Connection[Any], schema: str) -> None:
    """Lock a schema against other restores until the transaction ends; `PostgresError` after `LOCK_SECONDS`.

    The lock belongs to the transaction, not to the session: a pooler gives the next transaction another session.
    """
    connection.execute(SQL("set local lock_timeout = {}").format(f"{LOCK_SECONDS}s"))
    try:
        connection.execute(f"select pg_advisory_xact_lock({_KEY})".encode(), (schema,))
    except errors.LockNotAvailable:
        raise PostgresError(
            f"schema {schema!r}: another qaseed restore is running; wait for it and try again"
        ) from None


def is_restoring(connection: psycopg.Connection[Any], schema: str) -> bool:
    """Whether a session has the lock of a schema."""
    query = f"""select exists (select from pg_catalog.pg_locks where locktype = 'advisory' and objsubid = 1 and granted
        and database = (select oid from pg_catalog.pg_database where datname = current_database())
        and (classid::bigint << 32 | objid::bigint) = {_KEY})"""
    return connection.execute(query.encode(), (schema,)).fetchone() == (True,)
