"""Settings of the transactions of a load; they end with the transaction, also behind a pooler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from psycopg.pq import TransactionStatus
from psycopg.sql import SQL, Identifier, Literal

from qaseed.postgres.target import NEXT

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


def use_restore_settings(connection: Connection) -> None:
    """Give a transaction that changes the live tables memory to build indexes, and hide notices."""
    connection.execute("set local maintenance_work_mem = '256MB'; set local client_min_messages = 'warning'")


@contextmanager
def stage_transaction(connection: Connection, schema: str) -> Iterator[None]:
    """A transaction that works on staged tables; within one, the block is a part of it.

    Names resolve to the stage first, then to the target's schema, then where the session looks. Commits need not reach
    the disk (`synchronous_commit`), since a lost stage is created again; the swap's own commit does.
    """
    settings = """set local maintenance_work_mem = '256MB'; set local jit = off;
        set local max_parallel_maintenance_workers = 0; set local max_parallel_workers_per_gather = 0;
        set local client_min_messages = 'warning'; set local synchronous_commit = off;
        select set_config('search_path', concat_ws(', ', {}, {}, nullif(current_setting('search_path'), '')), true)"""
    first = [Literal(Identifier(name).as_string(connection)) for name in (NEXT, schema)]
    if connection.info.transaction_status != TransactionStatus.IDLE:
        yield
        return
    with connection.transaction():
        connection.execute(SQL(settings).format(*first))
        yield
