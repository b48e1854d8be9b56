"""How live tables are locked without anybody being hurt: briefly, in no fixed order, giving up first, and again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from psycopg import errors
from psycopg.sql import SQL, Composed, Identifier, Literal

from qaseed.errors import PostgresError
from qaseed.loading.options import LoadOptions

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

TRIES = 150
INITIAL_TIMEOUT, BACKOFF = 0.1, 1.2
INITIAL_PAUSE, MAXIMUM_PAUSE = 0.02, 0.2
TRIES_BEFORE_TERMINATING = 5
SHARE_OF_DEADLOCK_TIMEOUT = 0.8
"""Waiting less than the server takes to look for deadlocks, we are always the one who gives up."""
IDLE_TIMEOUT = "5s"
"""How long locks are held at most while this program says nothing: if it is stopped, the server ends its transaction."""
_LOCK = """do $lock$
declare one text; deadline timestamptz := clock_timestamp() + {wait} * interval '1 millisecond'; glance int;
begin
    foreach one in array {tables}::text[] loop
        glance := {glance};
        loop
            begin
                perform set_config('lock_timeout', least(glance, {wait})::text, true);
                execute 'lock table ' || one || ' in access exclusive mode';
                exit;
            exception when lock_not_available then
                if clock_timestamp() > deadline or exists (select from pg_catalog.pg_locks
                    where relation = one::regclass and granted and pg_backend_pid() = any(pg_blocking_pids(pid)))
                then raise exception using errcode = 'lock_not_available', message = one, table = one; end if;
                glance := 2 * glance;
            end;
        end loop;
    end loop;
end $lock$"""
"""Locks tables in an order, in one message. Whoever holds one of them and waits for another that we hold already would never
let us have it: that is looked for after a glance, and then given up at once."""
_INITIAL_TIMEOUT_MS = 16


class BusyError(PostgresError):
    """Somebody uses the live tables; the new ones are kept for another try."""


RETRYABLE = (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected)


def with_exclusive_locks(
    connection: Connection,
    tables: Mapping[int, Identifier],
    others: Sequence[Composed],
    options: LoadOptions,
    body: Callable[[], None],
) -> None:
    """Do something while holding tables (by oid) exclusively, and what hangs on them, by statements that lock it.

    Whoever reads them waits no longer than a try takes. A try that fails is undone. The first order is any; a table that
    could not be had comes first in the next, as those who use it lock it before others.
    """
    maximum, chance = _maximum_timeout(connection, options), random.Random()  # noqa: S311  # no secret, only no fixed order
    wait, pause = min(INITIAL_TIMEOUT, maximum), INITIAL_PAUSE
    order = [identifier.as_string() for identifier in tables.values()]
    chance.shuffle(order)
    for tried in range(TRIES):
        try:
            with connection.transaction():
                _lock(connection, order, others, wait)
                body()
        except RETRYABLE as failure:
            found, missed = holders(connection, list(tables)), failure.diag.table_name
        else:
            return
        chance.shuffle(order)
        order.sort(key=lambda name: name != missed)
        if options.terminate_blockers and tried >= TRIES_BEFORE_TERMINATING:
            pids = [pid for pid, _ in found]
            connection.execute("select pg_terminate_backend(pid) from unnest(%s::int[]) pid", (pids,))
        else:
            time.sleep(chance.uniform(0, pause))
        wait, pause = min(wait * BACKOFF, maximum), min(pause * BACKOFF, MAXIMUM_PAUSE)
    pid, user = found[0] if found else ("?", "?")
    raise BusyError(
        f"{connection.info.dbname}: process {pid} of {user} uses the tables, and {TRIES} tries to lock them failed; "
        "nothing was changed, the new rows are kept: run it again, or add --terminate-blockers"
    )


def _maximum_timeout(connection: Connection, options: LoadOptions) -> float:
    found = connection.execute(
        "select extract(epoch from current_setting('deadlock_timeout')::interval)::float"
    ).fetchone()
    return min(options.max_lock_wait, SHARE_OF_DEADLOCK_TIMEOUT * float(found[0] if found else 1))


def _lock(connection: Connection, order: Sequence[str], others: Sequence[Composed], wait: float) -> None:
    """Lock all within a time: what hangs on the tables first, as whoever reads a view locks it before its tables."""
    deadline = time.monotonic() + wait
    for statement in others:
        connection.execute(SQL("set local lock_timeout = {}").format(_left(deadline)))
        connection.execute(statement)
    lock = SQL(_LOCK).format(wait=_left(deadline), glance=_INITIAL_TIMEOUT_MS, tables=Literal(list(order)))
    stall = SQL("set local idle_in_transaction_session_timeout = {}").format(IDLE_TIMEOUT)
    connection.execute(SQL("; ").join([lock, stall]))


def _left(deadline: float) -> int:
    """Milliseconds until then."""
    return max(1, int(1000 * (deadline - time.monotonic())))


def holders(connection: Connection, oids: Sequence[int]) -> list[tuple[int, str]]:
    """Who holds locks on tables besides this connection: process and user."""
    rows = connection.execute(
        """select distinct l.pid, coalesce(a.usename, '?') from pg_catalog.pg_locks l
        left join pg_catalog.pg_stat_activity a on a.pid = l.pid
        where l.relation = any(%s) and l.granted and l.pid <> pg_backend_pid()
        and l.database = (select oid from pg_catalog.pg_database where datname = current_database()) order by 1""",
        (list(oids),),
    ).fetchall()
    return [(pid, user) for pid, user in rows]


def wait_for_snapshots(connection: Connection, most: float) -> None:
    """Wait until no transaction of this database can still see as of before now; `PostgresError` names one that stays.

    As CREATE INDEX CONCURRENTLY does. What another role's session sees is hidden from a plain role: then its whole
    transaction is waited for.
    """
    begun = time.monotonic()
    old = _snapshots(connection)
    while old:
        if time.monotonic() - begun > most:
            (pid, _), user = next(iter(old.items()))
            raise BusyError(
                f"{connection.info.dbname}: process {pid} of {user} still sees the database as it was before the new rows came, "
                f"after {most:g} s of waiting; nothing was changed, the new rows are kept: end it and run again"
            )
        time.sleep(0.05)
        now = _snapshots(connection)
        old = {one: user for one, user in old.items() if one in now}


def _snapshots(connection: Connection) -> dict[tuple[int, str], str]:
    """Transactions of other sessions of this database that have, or may have, a snapshot: by process and what it sees."""
    rows = connection.execute(
        """select a.pid, l.virtualtransaction || ' ' || coalesce(a.backend_xmin::text, ''), coalesce(a.usename, '?')
        from pg_catalog.pg_stat_activity a
        join pg_catalog.pg_locks l on l.pid = a.pid and l.locktype = 'virtualxid' and l.granted
        where a.datname = current_database() and a.pid <> pg_backend_pid()
        and coalesce(a.backend_type, 'client backend') = 'client backend' and (a.backend_xmin is not null or a.state is null)"""
    ).fetchall()
    return {(pid, seen): user for pid, seen, user in rows}
