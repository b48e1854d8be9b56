"""The other sessions that have locks on tables: who they are, for how long, and naming or ending them."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import errors
from psycopg.sql import SQL

from qaseed.errors import PostgresError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

LASTING = 1.0
"""Seconds: a transaction that is older is not one of those that follow each other all the time."""
REPORT_AFTER = 1.0
"""Seconds after which a session that a load waits for is named."""
DENIED = "grant pg_signal_backend to the role, or end that session"
_LOG = logging.getLogger(__name__)
_HOLDERS = """select pg_catalog.pg_stat_clear_snapshot();
select coalesce(l.pid, 0), l.virtualtransaction, coalesce(a.usename, p.owner, ''), coalesce(a.application_name, ''),
    coalesce(a.state, ''), coalesce(p.gid, ''),
    coalesce(max(extract(epoch from clock_timestamp() - coalesce(a.xact_start, p.prepared))), 0)::float,
    bool_and(l.mode = 'ShareUpdateExclusiveLock')
from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a on a.pid = l.pid
left join pg_catalog.pg_prepared_xacts p
    on l.pid is null and p.transaction::text = split_part(l.virtualtransaction, '/', 2)
where l.locktype = 'relation' and l.relation = any({oids}::oid[]) and l.granted
and l.pid is distinct from pg_backend_pid() and l.database =
    (select oid from pg_catalog.pg_database where datname = current_database())
group by 1, 2, 3, 4, 5, 6 order by 7 desc"""


class BusyError(PostgresError):
    """Another session uses the live tables; the stage is kept for the next run."""


@dataclass(frozen=True)
class Holder:
    """A transaction of another session that has locks on the tables.

    `seconds` is how long it lasts so far; `is_maintenance` says that it has only the locks of VACUUM or ANALYZE.
    `state` is that of its query, empty where the role may not see it.
    """

    pid: int
    transaction: str
    user: str
    application: str
    state: str
    prepared: str
    seconds: float
    is_maintenance: bool

    @property
    def remedy(self) -> str:
        """What ends it."""
        if self.prepared:
            return "end it by COMMIT PREPARED or ROLLBACK PREPARED, and run it again"
        return "run it again, or add --terminate-blockers"

    def __str__(self) -> str:
        if self.prepared:
            return f"the prepared transaction {self.prepared} of {self.user}"
        who = f" of {self.user}" if self.user else ", an autovacuum" if self.is_maintenance else ""
        known = ", ".join(filter(None, (self.application, self.state)))
        return f"process {self.pid}{who} ({known + ', ' if known else ''}for {self.seconds:.0f} s)"


def unendable_holder(connection: Connection, oids: Sequence[int]) -> Holder | None:
    """A session that has locks on the tables now, and that the role may not end."""
    return next((each for each in Watch(connection, oids).look() if not _may_end(connection, each)), None)


def _may_end(connection: Connection, holder: Holder) -> bool:
    row = connection.execute(
        """select not r.rolsuper and pg_has_role('pg_signal_backend', 'USAGE') or pg_has_role(r.oid, 'USAGE')
        from pg_catalog.pg_roles r where r.rolname = %s""",
        (holder.user,),
    ).fetchone()
    return not holder.prepared and (holder.is_maintenance or row == (True,))


class Watch:
    """Looks at the locks on tables again and again, and remembers whom it saw, named and failed to end.

    `longest` is the most seconds that one of the application's usual transactions lasted that ended by itself.
    """

    def __init__(self, connection: Connection, oids: Sequence[int]) -> None:
        self.connection, self.query = connection, SQL(_HOLDERS).format(oids=list(oids))
        self.first_seen: dict[str, float] = {}
        self.present: list[Holder] = []
        self.longest = 0.0
        self.unyielding: set[str] = set()
        self.named: set[str] = set()
        self.denied: dict[str, str] = {}
        self.terminated: set[str] = set()

    def look(self) -> list[Holder]:
        """The transactions that have locks now, the longest first."""
        cursor = self.connection.execute(self.query)
        cursor.nextset()
        now, rows = time.monotonic(), cursor.fetchall()
        self.first_seen = {row[1]: self.first_seen.get(row[1], now) for row in rows}
        ended = [holder for holder in self.present if holder.transaction not in self.first_seen]
        by_themselves = [holder.seconds for holder in ended if holder.transaction not in self.terminated]
        self.longest = max([self.longest, *(seconds for seconds in by_themselves if seconds < LASTING)])
        self.present = [
            Holder(*row[:6], max(row[6], now - self.first_seen[row[1]]), row[7])  # type: ignore[call-arg]
            for row in rows
        ]
        return self.present

    def lasting(self, seconds: float) -> list[Holder]:
        """Those whose transactions are older; of VACUUM and ANALYZE only those that did not yield."""
        return [
            holder
            for holder in self.present
            if (holder.transaction in self.unyielding if holder.is_maintenance else holder.seconds > seconds)
        ]

    def note_unyielding(self) -> None:
        """Remember that no VACUUM or ANALYZE that is still there ended for a request that it could have seen."""
        before = {holder.transaction for holder in self.present if holder.is_maintenance}
        self.unyielding |= before & {holder.transaction for holder in self.look()}

    def report(self) -> None:
        """Name each transaction that has kept the load waiting for some seconds, once."""
        now = time.monotonic()
        for holder in self.present:
            waited = now - self.first_seen[holder.transaction]
            if waited > REPORT_AFTER and holder.transaction not in self.named:
                self.named.add(holder.transaction)
                _LOG.warning("%s: waiting for %s, which uses the tables", self.connection.info.dbname, holder)

    def terminate(self, after: float) -> None:
        """End the sessions whose transactions last longer; those that the role may not end are named."""
        for holder in self.present:
            is_session = holder.pid and holder.user
            if not is_session or holder.seconds < after or holder.transaction in self.denied:
                continue
            try:
                with self.connection.transaction():
                    self.connection.execute("select pg_terminate_backend(%s)", (holder.pid,))
                self.terminated.add(holder.transaction)
            except errors.InsufficientPrivilege:
                self.denied[holder.transaction] = DENIED
                _LOG.warning("%s: the role may not end %s; %s", self.connection.info.dbname, holder, DENIED)

    def error(self, seconds: float, *, staged: bool) -> BusyError:
        """The error after so many seconds of waiting: who uses the tables, and what to do."""
        stage = ", the new rows are kept" if staged else ""
        holder = self.present[0] if self.present else None
        remedy = self.denied.get(holder.transaction, holder.remedy) if holder else "run it again"
        if not staged and holder and not holder.prepared and holder.transaction not in self.denied:
            remedy = "end that session, and run it again"
        return BusyError(
            f"{self.connection.info.dbname}: {holder or 'another session'} uses the tables, and they could not be "
            f"locked within {seconds:g} s; nothing was changed{stage}: {remedy}"
        )
