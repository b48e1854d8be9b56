"""One restore at a time, for as long as it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import errors
from psycopg.sql import SQL

from qaseed.errors import PostgresError
from qaseed.postgres.session import LOCK_SECONDS

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


def wait_for_turn(connection: Connection, schema: str) -> None:
    """One restore at a time into a schema; the lock ends with the transaction, also behind a pooler."""
    connection.execute(SQL("set local lock_timeout = {}").format(f"{LOCK_SECONDS}s"))
    try:
        connection.execute("select pg_advisory_xact_lock(hashtextextended('qaseed ' || %s, 0))", (schema,))
    except errors.LockNotAvailable:
        raise PostgresError(
            f"schema {schema!r}: another qaseed restore is running; wait for it and try again"
        ) from None
    connection.execute("set local maintenance_work_mem = '256MB'")
    connection.execute("set local client_min_messages = 'warning'")
