"""Locks on live tables: a try is short, gives up before others have to, and is repeated in another order."""

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
"""Seconds of the first try; each try lasts longer by this factor, up to the maximum."""
INITIAL_PAUSE, MAXIMUM_PAUSE = 0.02, 0.2
"""Seconds between two tries, at most: a random part of them, so that two loads do not meet again and again."""
TRIES_BEFORE_TERMINATING = 5
SHARE_OF_DEADLOCK_TIMEOUT = 0.8
"""A try ends before the server looks for deadlocks: in a deadlock the load gives up, and no application is canceled."""
IDLE_TIMEOUT = "5s"
"""How long the locks last at most if this program is stopped: the server then ends its transaction."""
_LOCK = """do $lock$
declare name text; deadline timestamptz := clock_timestamp() + {timeout} * interval '1 millisecond'; attempt int;
begin
    foreach name in array {tables}::text[] loop
        attempt := {initial};
        loop
            begin
                perform set_config('lock_timeout', least(attempt, {timeout})::text, true);
                execute 'lock table ' || name || ' in access exclusive mode';
                exit;
            exception when lock_not_available then
                if clock_timestamp() > deadline or exists (select from pg_catalog.pg_locks
                    where relation = name::regclass and granted and pg_backend_pid() = any(pg_blocking_pids(pid)))
                then raise exception using errcode = 'lock_not_available', message = name, table = name; end if;
                attempt := 2 * attempt;
            end;
        end loop;
    end loop;
end $lock$"""
"""Locks tables in an order, in one message. A session that has one of them and waits for another that this one has
locked would never release it: the loop looks for such a session after each attempt, and then gives up at once."""
_INITIAL_TIMEOUT_MS = 16
"""Of the first attempt for a table within a try; attempts double."""


class BusyError(PostgresError):
    """Another session uses the live tables; the stage is kept for the next run."""


RETRYABLE = (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected)


def with_exclusive_locks(
    connection: Connection,
    tables: Mapping[int, Identifier],
    others: Sequence[Composed],
    options: LoadOptions,
    body: Callable[[], None],
) -> None:
    """Run `body` while the tables (by oid) are locked exclusively, and their dependents by statements that lock them.

    Readers wait no longer than one try takes. A try that fails is undone. The first order is random; the table that
    could not be locked comes first in the next try, as the sessions that use it lock it before others. After `TRIES`
    tries `BusyError` names a session that has a lock.
    """
    maximum, chance = _maximum_timeout(connection, options), random.Random()  # noqa: S311  # no secret
    timeout, pause = min(INITIAL_TIMEOUT, maximum), INITIAL_PAUSE
    order = [identifier.as_string() for identifier in tables.values()]
    chance.shuffle(order)
    for attempt in range(TRIES):
        try:
            with connection.transaction():
                _lock(connection, order, others, timeout)
                body()
        except RETRYABLE as failure:
            blockers, missed = holders(connection, list(tables)), failure.diag.table_name
        else:
            return
        chance.shuffle(order)
        order.sort(key=lambda name: name != missed)
        if options.terminate_blockers and attempt >= TRIES_BEFORE_TERMINATING:
            pids = [pid for pid, _ in blockers]
            connection.execute("select pg_terminate_backend(pid) from unnest(%s::int[]) pid", (pids,))
        else:
            time.sleep(chance.uniform(0, pause))
        timeout, pause = min(timeout * BACKOFF, maximum), min(pause * BACKOFF, MAXIMUM_PAUSE)
    pid, user = blockers[0] if blockers else ("?", "?")
    raise BusyError(
        f"{connection.info.dbname}: process {pid} of {user} uses the tables, and {TRIES} tries to lock them failed; "
        "nothing was changed, the new rows are kept: run it again, or add --terminate-blockers"
    )


def _maximum_timeout(connection: Connection, options: LoadOptions) -> float:
    """Seconds of the longest try: what the options allow, and less than the server takes to look for deadlocks."""
    row = connection.execute(
        "select extract(epoch from current_setting('deadlock_timeout')::interval)::float"
    ).fetchone()
    return min(options.max_lock_wait, SHARE_OF_DEADLOCK_TIMEOUT * float(row[0] if row else 1))


def _lock(connection: Connection, order: Sequence[str], others: Sequence[Composed], timeout: float) -> None:
    """Lock all within so many seconds: dependents first, as a session that reads a view locks it before its tables."""
    deadline = time.monotonic() + timeout
    for statement in others:
        connection.execute(SQL("set local lock_timeout = {}").format(_left(deadline)))
        connection.execute(statement)
    lock = SQL(_LOCK).format(timeout=_left(deadline), initial=_INITIAL_TIMEOUT_MS, tables=Literal(list(order)))
    idle = SQL("set local idle_in_transaction_session_timeout = {}").format(IDLE_TIMEOUT)
    connection.execute(SQL("; ").join([lock, idle]))


def _left(deadline: float) -> int:
    """Milliseconds until a deadline; at least one, as no timeout is what 0 means."""
    return max(1, int(1000 * (deadline - time.monotonic())))


def holders(connection: Connection, oids: Sequence[int]) -> list[tuple[int, str]]:
    """The other sessions that have locks on these tables: process and user."""
    rows = connection.execute(
        """select distinct l.pid, coalesce(a.usename, '?') from pg_catalog.pg_locks l
        left join pg_catalog.pg_stat_activity a on a.pid = l.pid
        where l.relation = any(%s) and l.granted and l.pid <> pg_backend_pid()
        and l.database = (select oid from pg_catalog.pg_database where datname = current_database()) order by 1""",
        (list(oids),),
    ).fetchall()
    return [(pid, user) for pid, user in rows]


def wait_for_snapshots(connection: Connection, maximum: float) -> None:
    """Wait until no transaction of this database has a snapshot from before now; `BusyError` names one after `maximum`
    seconds.

    CREATE INDEX CONCURRENTLY waits in the same way. The snapshot of another role's session is hidden from a role
    without privileges: then its whole transaction is waited for.
    """
    begun = time.monotonic()
    old = _snapshots(connection)
    while old:
        if time.monotonic() - begun > maximum:
            (pid, _), user = next(iter(old.items()))
            raise BusyError(
                f"{connection.info.dbname}: process {pid} of {user} still sees the database as it was before the "
                "new rows came, "
                f"after {maximum:g} s of waiting; nothing was changed, the new rows are kept: end it and run again"
            )
        time.sleep(0.05)
        current = _snapshots(connection)
        old = {snapshot: user for snapshot, user in old.items() if snapshot in current}


def _snapshots(connection: Connection) -> dict[tuple[int, str], str]:
    """Transactions of other sessions of this database that have, or may have, a snapshot: by process and snapshot."""
    rows = connection.execute(
        """select a.pid, l.virtualtransaction || ' ' || coalesce(a.backend_xmin::text, ''), coalesce(a.usename, '?')
        from pg_catalog.pg_stat_activity a
        join pg_catalog.pg_locks l on l.pid = a.pid and l.locktype = 'virtualxid' and l.granted
        where a.datname = current_database() and a.pid <> pg_backend_pid()
        and coalesce(a.backend_type, 'client backend') = 'client backend' and (a.backend_xmin is not null
            or a.state is null)"""
    ).fetchall()
    return {(pid, snapshot): user for pid, snapshot, user in rows}
