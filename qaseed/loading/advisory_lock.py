"""One restore at a time, for as long as it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qaseed.postgres.advisory_lock import acquire_restore_lock

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


def wait_for_turn(connection: Connection, schema: str) -> None:
    """One restore at a time into a schema; the lock ends with the transaction, also behind a pooler."""
    acquire_restore_lock(connection, schema)
    connection.execute("set local maintenance_work_mem = '256MB'")
    connection.execute("set local client_min_messages = 'warning'")
