"""A watch in the server over a transaction that holds locks while it reads from this program, which may be stopped or cut off."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL

Connection = psycopg.Connection[Any]

MAX_SILENCE_SECONDS = 20.0
"""Seconds without a byte or a statement after which the server ends the transaction. No setting of Postgres does that: to it,
a COPY that waits for its client is active."""
_POLL_SECONDS = 0.5
_WATCH = """do $watch$ declare seen record; moved bigint; moved_before bigint; still int := 0; begin loop
    perform pg_sleep({glance}); perform pg_stat_clear_snapshot();
    select * into seen from pg_catalog.pg_stat_activity where pid = {pid} and xact_start = {begun};
    exit when not found;
    moved := {progress};
    if seen.wait_event = 'ClientRead' and moved is not distinct from moved_before
        and seen.state_change < clock_timestamp() - {glance} * interval '1 second' then still := still + 1;
    else still := 0; end if;
    moved_before := moved;
    if still * {glance} >= {patience} then perform pg_terminate_backend({pid}); exit; end if;
end loop; end $watch$"""
_PROGRESS = "(select bytes_processed from pg_catalog.pg_stat_progress_copy where pid = seen.pid)"


@contextlib.contextmanager
def end_if_silent(spare: Sequence[Connection], connection: Connection) -> Iterator[None]:
    """Have another session of the server end this connection's transaction should this program fall silent.

    Without a spare connection nobody does.
    """
    if not spare:
        yield
        return
    pid, begun = connection.execute("select pg_backend_pid(), now()").fetchone() or (0, None)
    statement = SQL(_WATCH).format(
        glance=_POLL_SECONDS,
        pid=pid,
        begun=begun,
        patience=MAX_SILENCE_SECONDS,
        # PostgreSQL 13 does not tell how far a COPY is
        progress=SQL(_PROGRESS if connection.info.server_version >= 140_000 else "0"),
    )
    thread = threading.Thread(target=_watch_transaction, args=(spare[0], statement), daemon=True)
    thread.start()
    try:
        yield
    finally:
        while thread.is_alive():
            with contextlib.suppress(psycopg.Error):
                spare[0].cancel_safe(timeout=5)
            thread.join(timeout=0.1)


def _watch_transaction(connection: Connection, statement: Any) -> None:
    # cancelled when there is nothing left to watch
    with contextlib.suppress(psycopg.Error), connection.transaction():
        connection.execute(statement)
