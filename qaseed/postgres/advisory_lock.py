"""The advisory lock that lets one session at a time change a schema of qaseed's: a restore, a purge, or a permit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import errors
from psycopg.sql import SQL

from qaseed.errors import PostgresError
from qaseed.postgres.session import LOCK_SECONDS

if TYPE_CHECKING:
    import psycopg


def acquire_restore_lock(connection: psycopg.Connection[Any], schema: str) -> None:
    """Lock a schema against other restores until the transaction ends; `PostgresError` after `LOCK_SECONDS`.

    The lock belongs to the transaction, not to the session: a pooler gives the next transaction another session.
    Its key is the hash of the name, so that all versions of qaseed agree on it without a table.
    """
    connection.execute(SQL("set local lock_timeout = {}").format(f"{LOCK_SECONDS}s"))
    try:
        connection.execute("select pg_advisory_xact_lock(hashtextextended('qaseed ' || %s, 0))", (schema,))
    except errors.LockNotAvailable:
        raise PostgresError(
            f"schema {schema!r}: another qaseed restore is running; wait for it and try again"
        ) from None
