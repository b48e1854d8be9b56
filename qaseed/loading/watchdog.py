"""A watchdog in the server: it ends the transaction of a load in place whose program is stopped or cut off.

Such a transaction has exclusive locks while it waits for rows from this program. A staged load has none.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL

Connection = psycopg.Connection[Any]

MAX_SILENCE_SECONDS = 20.0
"""Without a byte or a statement for so long, the server ends the transaction. No setting of Postgres does that: to it,
a COPY that waits for its client is active."""
_POLL_SECONDS = 0.5
_WATCH = """do $watch$ declare session record; bytes bigint; bytes_before bigint; silent int := 0; begin loop
    perform pg_sleep({poll}); perform pg_stat_clear_snapshot();
    select * into session from pg_catalog.pg_stat_activity where pid = {pid} and xact_start = {begun};
    exit when not found;
    bytes := {progress};
    if session.wait_event = 'ClientRead' and bytes is not distinct from bytes_before
        and session.state_change < clock_timestamp() - {poll} * interval '1 second' then silent := silent + 1;
    else silent := 0; end if;
    bytes_before := bytes;
    if silent * {poll} >= {maximum} then perform pg_terminate_backend({pid}); exit; end if;
end loop; end $watch$"""
_PROGRESS = "(select bytes_processed from pg_catalog.pg_stat_progress_copy where pid = session.pid)"


@contextlib.contextmanager
def end_if_silent(spare: Sequence[Connection], connection: Connection) -> Iterator[None]:
    """End this connection's transaction if its client is silent for `MAX_SILENCE_SECONDS` while the block runs.

    Another session of the server does it, over one of the spare connections; without any, there is no watchdog.
    """
    if not spare:
        yield
        return
    pid, begun = connection.execute("select pg_backend_pid(), now()").fetchone() or (0, None)
    statement = SQL(_WATCH).format(
        poll=_POLL_SECONDS,
        pid=pid,
        begun=begun,
        maximum=MAX_SILENCE_SECONDS,
        # PostgreSQL 13 does not report how far a COPY is
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
    # canceled at the end of the block
    with contextlib.suppress(psycopg.Error), connection.transaction():
        connection.execute(statement)
