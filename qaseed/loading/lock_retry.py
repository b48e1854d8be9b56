"""Locks on live tables: tries are short, rare, and begin when nobody is known to use the tables for long."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import errors
from psycopg.sql import SQL, Identifier, Literal

from qaseed.loading.dependent import Lock
from qaseed.loading.lock_gates import Gates
from qaseed.loading.lock_holders import LASTING, REPORT_AFTER, BusyError, Watch
from qaseed.loading.options import LoadOptions
from qaseed.postgres.target import Target

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

MAXIMUM_WAIT = 120.0
"""Seconds after which the load gives up, with its stage kept."""
INITIAL_TIMEOUT, BACKOFF = 0.1, 1.5
"""Seconds of the first try; each one that lasted that long in vain is followed by a longer one, up to the maximum."""
MARGIN = 1.3
"""A try lasts by this factor longer than the application's transactions, so that they can end within it."""
SHARE_OF_DEADLOCK_TIMEOUT = 0.8
"""A try ends before the server looks for deadlocks: in a deadlock the load gives up, and no application is canceled."""
IDLE_TIMEOUT = "5s"
"""How long the locks last at most if this program is stopped: the server then ends its transaction."""
MAXIMUM_LASTING = 5.0
"""Seconds: nothing is requested while a transaction that is older than `LASTING` has locks; than this, while the budget
allows the longest try, for applications whose transactions all last long."""
TERMINATE_AFTER, TERMINATE_ALL_AFTER = 1.5, 5.0
"""Where the user asks for it, sessions are ended whose transactions are older, and any after so many seconds."""
INITIAL_PAUSE, MAXIMUM_PAUSE = 0.01, 0.1
"""Seconds between two looks at the locks: while tries are made, and while they would be in vain."""

RETRYABLE = (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected)

_LOG = logging.getLogger(__name__)
_LOCK = """do $lock$
declare name text; deadline timestamptz := clock_timestamp() + {timeout} * interval '1 millisecond'; attempt int;
    remaining int; others int; stuck bool;
begin
    while {gated} loop
        select count(*), coalesce(bool_or(waits), false) into others, stuck from (
            select bool_or(granted) as holds, bool_or(not granted) as waits from pg_catalog.pg_locks
            where locktype = 'relation' and relation = any({oids}::oid[]) and coalesce(pid, 0) <> all({own}::int[])
            and database = (select oid from pg_catalog.pg_database where datname = current_database())
            group by pid, virtualtransaction) sessions where holds;
        exit when others = 0;
        if stuck or clock_timestamp() > deadline then
            raise exception using errcode = 'lock_not_available', message = 'tables are used';
        end if;
        perform pg_sleep(0.001);
    end loop;
    foreach name in array {tables}::text[] loop
        attempt := {initial};
        loop
            begin
                remaining := greatest(1, 1000 * extract(epoch from deadline - clock_timestamp()));
                perform set_config('lock_timeout', least(attempt, remaining)::text, true);
                execute 'lock table ' || name || ' in access exclusive mode';
                exit;
            exception when lock_not_available then
                if clock_timestamp() >= deadline or exists (select from pg_catalog.pg_locks
                    where relation = name::regclass and granted and pg_backend_pid() = any(pg_blocking_pids(pid)))
                then raise exception using errcode = 'lock_not_available', message = name, table = name; end if;
                attempt := 2 * attempt;
            end;
        end loop;
    end loop;
end $lock$"""
"""Locks tables in an order, in one message. Behind gates it first waits until no other session has a lock, and gives up
as soon as one that has a lock waits for another. Without gates, a session that has one of the tables and waits for
another that this one has locked would never release it: the loop looks for such a session after each attempt, and then
gives up at once."""
_YIELD_MS = 300
"""How long an autovacuum may take to end after the server canceled it."""
_INITIAL_TIMEOUT_MS = 16
"""Of the first attempt for a table within a try; attempts double."""


@dataclass
class Budget:
    """How long readers may be blocked: a share of the time that the load waits, and of each window.

    `spent` has when each try ended, and how long it blocked readers.
    """

    FREE, SHARE = 0.1, 0.04
    """Seconds at once, and the share of the time since the begin."""
    WINDOW, MAXIMUM = 20.0, 0.95
    """Seconds, and how many of them at most readers are blocked."""

    begun: float = field(default_factory=time.monotonic)
    spent: list[tuple[float, float]] = field(default_factory=list)

    def left(self) -> float:
        """Seconds that a try may block readers now."""
        now = time.monotonic()
        recent = sum(seconds for end, seconds in self.spent if end > now - self.WINDOW)
        total = sum(seconds for _, seconds in self.spent)
        return min(self.MAXIMUM - recent, self.FREE + self.SHARE * (now - self.begun) - total)

    def waited(self) -> float:
        """Seconds since the begin."""
        return time.monotonic() - self.begun

    def spend(self, seconds: float) -> None:
        """Record that a try blocked readers for so long."""
        self.spent.append((time.monotonic(), seconds))


@dataclass(frozen=True, kw_only=True)
class _Try:
    """One try to lock the tables, and what it needs."""

    connection: Connection
    tables: Mapping[int, Identifier]
    others: Sequence[Lock]
    gates: Gates | None

    def run(self, order: Sequence[str], timeout: float, budget: Budget, body: Callable[[], None]) -> None:
        """Lock and run `body`, all of it undone after a failure; the time that readers were blocked is spent."""
        with self.connection.transaction():
            self._lock_weakly()
            begun = time.monotonic()
            try:
                self._lock(order, timeout)
            except BaseException:
                budget.spend(time.monotonic() - begun)
                raise
            body()

    def _lock_weakly(self) -> None:
        """Lock against VACUUM and DDL alone. An autovacuum ends as soon as the server sees that this waits for it."""
        tables = SQL(", ").join(self.tables.values())
        wait = SQL("set local lock_timeout = {}").format(int(1000 * _deadlock_timeout(self.connection)) + _YIELD_MS)
        lock = SQL("lock table {} in share update exclusive mode").format(tables)
        if self.tables:
            self.connection.execute(SQL("; ").join([wait, lock]))

    def _lock(self, order: Sequence[str], timeout: float) -> None:
        """Lock all within so many seconds: dependents first, as a session that reads a view locks it before its
        tables.
        """
        connection, deadline = self.connection, time.monotonic() + timeout
        for lock in self.others:
            connection.execute(SQL("set local lock_timeout = {}").format(_left(deadline)))
            connection.execute(lock.statement)
        if self.gates is None:
            # without PL/pgSQL, which a caller's database may lack, and whose first use resets settings of its session
            for table in self.tables.values():
                wait = SQL("set local lock_timeout = {}").format(_left(deadline))
                connection.execute(SQL("{}; lock table {} in access exclusive mode").format(wait, table))
            return
        with self.gates.raised(connection, order, _left(deadline)) as gated, connection.transaction():
            locks = SQL(_LOCK).format(
                timeout=_left(deadline),
                initial=_INITIAL_TIMEOUT_MS,
                gated=gated,
                oids=list(self.tables),
                own=[connection.info.backend_pid, *self.gates.pids],
                tables=Literal(list(order)),
            )
            idle = SQL("set local idle_in_transaction_session_timeout = {}").format(IDLE_TIMEOUT)
            connection.execute(SQL("; ").join([locks, idle]))


def with_exclusive_locks(
    connection: Connection,
    tables: Mapping[int, Identifier],
    others: Sequence[Lock],
    options: LoadOptions,
    body: Callable[[], None],
    gates: Gates | None,
) -> None:
    """Run `body` while the tables (by oid) are locked exclusively, and so are others, which depend on them.

    Readers wait no longer than one try takes, and all tries together are a small share of the time (`Budget`). A try
    that fails is undone. While a session that has a lock lasts, nothing is requested; it is named after some seconds.
    The gates, which a staged load has, are prepared when a session has a lock. After `MAXIMUM_WAIT` seconds `BusyError`
    names a session that has a lock.
    """
    maximum, chance = _maximum_timeout(connection, options), random.Random()  # noqa: S311  # no secret
    wanted, missed = min(INITIAL_TIMEOUT, maximum), None
    order = [identifier.as_string() for identifier in tables.values()]
    budget, watch = Budget(), Watch(connection, [*tables, *(lock.relation for lock in others)])
    one_try = _Try(connection=connection, tables=tables, others=others, gates=gates)
    while True:
        watch.look()
        watch.report()
        left = budget.left()
        waits = watch.lasting(MAXIMUM_LASTING if left >= maximum else LASTING)
        wanted = min(max(wanted, MARGIN * watch.longest), maximum)
        if not waits and left >= wanted:
            chance.shuffle(order)
            order.sort(key=lambda name: name != missed)
            if gates and watch.present and not gates.is_prepared:
                gates.prepare(len(tables))
            begun = time.monotonic()
            try:
                one_try.run(order, wanted, budget, body)
            except RETRYABLE as failure:
                missed = failure.diag.table_name
                if time.monotonic() - begun > wanted:
                    wanted = min(wanted * BACKOFF, maximum)
                watch.note_unyielding()
            else:
                return
        if options.terminate_blockers:
            watch.terminate(TERMINATE_AFTER if budget.waited() < TERMINATE_ALL_AFTER else 0.0)
        if budget.waited() > MAXIMUM_WAIT:
            raise watch.error(MAXIMUM_WAIT, staged=gates is not None)
        time.sleep(MAXIMUM_PAUSE if waits else chance.uniform(0, INITIAL_PAUSE))


def lock_until_end(connection: Connection, target: Target, names: Iterable[str], options: LoadOptions) -> None:
    """Lock those of the tables that exist until the transaction ends, so that no rows are added after a check."""
    existing = {name: target.existing[name] for name in names if name in target.existing}
    tables = {table.oid: Identifier(target.schema, name) for name, table in existing.items() if table.kind == "r"}
    if not tables:
        return
    before = connection.execute("select current_setting('lock_timeout')").fetchone()
    with_exclusive_locks(connection, tables, (), options, lambda: None, None)
    connection.execute("select set_config('lock_timeout', %s, true)", before)


def _maximum_timeout(connection: Connection, options: LoadOptions) -> float:
    """Seconds of the longest try: what the options allow, and less than the server takes to look for deadlocks."""
    return min(options.max_lock_wait, SHARE_OF_DEADLOCK_TIMEOUT * _deadlock_timeout(connection))


def _deadlock_timeout(connection: Connection) -> float:
    row = connection.execute(
        "select extract(epoch from current_setting('deadlock_timeout')::interval)::float"
    ).fetchone()
    return float(row[0] if row else 1)


def _left(deadline: float) -> int:
    """Milliseconds until a deadline; at least one, as no timeout is what 0 means."""
    return max(1, int(1000 * (deadline - time.monotonic())))


def wait_for_snapshots(connection: Connection, maximum: float) -> None:
    """Wait until no transaction of this database has a snapshot from before now; `BusyError` names one after `maximum`
    seconds.

    CREATE INDEX CONCURRENTLY waits in the same way. The snapshot of another role's session is hidden from a role
    without privileges: then its whole transaction is waited for.
    """
    begun, named = time.monotonic(), False
    old = _snapshots(connection)
    while old:
        (pid, _), user = next(iter(old.items()))
        waited = time.monotonic() - begun
        if waited > REPORT_AFTER and not named:
            named = True
            _LOG.warning(
                "%s: waiting for process %s of %s, which still sees the old rows", connection.info.dbname, pid, user
            )
        if waited > maximum:
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
    connection.execute("select pg_stat_clear_snapshot()")  # or the transaction would see the same sessions for ever
    rows = connection.execute(
        """select a.pid, l.virtualtransaction || ' ' || coalesce(a.backend_xmin::text, ''), coalesce(a.usename, '?')
        from pg_catalog.pg_stat_activity a
        join pg_catalog.pg_locks l on l.pid = a.pid and l.locktype = 'virtualxid' and l.granted
        where a.datname = current_database() and a.pid <> pg_backend_pid()
        and coalesce(a.backend_type, 'client backend') = 'client backend' and (a.backend_xmin is not null
            or a.state is null)"""
    ).fetchall()
    return {(pid, snapshot): user for pid, snapshot, user in rows}
