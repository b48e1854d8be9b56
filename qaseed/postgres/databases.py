"""The databases of a server: what each one is, who uses it, and how those that qaseed creates are dropped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import errors
from psycopg.sql import SQL, Identifier

from qaseed.errors import PostgresError
from qaseed.postgres.connection import display_url

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

UNFINISHED = "_making"
"""Ends the name of a template until it is complete."""
SESSION_SECONDS = 5.0
"""How long to wait for sessions to leave a database: as long as Postgres waits before it refuses to rename one."""
_AUXILIARY = "^qaseed_template_[0-9a-f]{12}_[0-9a-f]{12}(_making)?$|^qaseed_(clone|old)_[0-9a-f]{16}$"
_INVALID = -2
"""The connection limit by which Postgres marks a database that was dropped only in part."""
_QUERY = """select d.oid, d.datname, pg_get_userbyid(d.datdba), coalesce(shobj_description(d.oid, 'pg_database'), ''),
    d.datistemplate, d.datallowconn, d.datconnlimit, t.spcname, pg_has_role(d.datdba, 'USAGE')
    from pg_catalog.pg_database d join pg_catalog.pg_tablespace t on t.oid = d.dattablespace"""
_BLOCKERS = """select 'is used by ' || slots from (select 'the replication slot ' || slot_name as slots
    from pg_catalog.pg_replication_slots where database = %(name)s
    union all select 'the subscription ' || subname from pg_catalog.pg_subscription where subdbid = %(oid)s
    union all select 'the prepared transaction ' || gid from pg_catalog.pg_prepared_xacts where database = %(name)s
    order by 1 limit 1) blockers"""


def refuse_pooler(connection: Connection) -> None:
    """Refuse a URL that leads to a pooler: it knows no new database, and its sessions keep one from being copied."""
    row = connection.execute("select pg_catalog.pg_backend_pid()").fetchone()
    if row != (connection.info.backend_pid,):
        raise PostgresError(
            f"{display_url(connection)}: is a pooler, through which no database can be copied; "
            "give the URL of the server itself"
        )


@dataclass(frozen=True)
class Database:
    """A database of a server, as the catalog describes it.

    `manageable` says whether the connected role has the privileges of the owner.
    """

    oid: int
    name: str
    owner: str
    comment: str
    is_template: bool
    allows_connections: bool
    connection_limit: int
    tablespace: str
    manageable: bool

    @property
    def is_invalid(self) -> bool:
        """Whether dropping it was interrupted, so that dropping it again is all that Postgres allows."""
        return self.connection_limit == _INVALID

    @property
    def is_sealed(self) -> bool:
        """Whether it can only be copied."""
        return self.is_template and not self.allows_connections and not self.is_invalid

    @property
    def is_template_name(self) -> bool:
        """Whether its name is that of a complete template."""
        return self.name.startswith("qaseed_template_") and not self.name.endswith(UNFINISHED)

    @property
    def is_leftover(self) -> bool:
        """Whether an auxiliary database is none that a complete run leaves."""
        return not (self.is_template_name and self.is_sealed)


def find(connection: Connection, name: str) -> Database | None:
    """The database of that name, if it exists."""
    row = connection.execute(f"{_QUERY} where d.datname = %s".encode(), (name,)).fetchone()
    return Database(*row) if row else None


def auxiliary_databases(connection: Connection) -> list[Database]:
    """The databases with a name of qaseed's own: templates, and what ended runs left."""
    rows = connection.execute(f"{_QUERY} where d.datname ~ %s order by d.datname".encode(), (_AUXILIARY,))
    return [Database(*row) for row in rows]


def size(connection: Connection, database: Database) -> int:
    """The bytes of a database; 0 where the role may not connect to it."""
    row = connection.execute(
        "select case when has_database_privilege(oid, 'connect') then pg_database_size(oid) else 0 end "
        "from pg_catalog.pg_database where oid = %s and datconnlimit <> -2",
        (database.oid,),
    ).fetchone()
    return int(row[0]) if row else 0


def is_auxiliary_name(connection: Connection, name: str) -> bool:
    """Whether qaseed reserves the name for databases of its own."""
    return connection.execute("select %s ~ %s", (name, _AUXILIARY)).fetchone() == (True,)


def blocker(connection: Connection, database: Database) -> str | None:
    """What keeps a database from being dropped, other than sessions: a replication slot, a subscription, ..."""
    row = connection.execute(_BLOCKERS, {"name": database.name, "oid": database.oid}).fetchone()
    return str(row[0]) if row else None


def sessions(connection: Connection, database: Database) -> str:
    """The sessions in a database, for a message; empty if there is none."""
    rows = connection.execute(
        """select pid, coalesce(usename, '?'), coalesce(application_name, '') from pg_catalog.pg_stat_activity
        where datid = %s and usesysid is not null order by pid""",
        (database.oid,),
    ).fetchall()
    return ", ".join(f"pid {pid} of {user}{application and f' ({application})'}" for pid, user, application in rows)


def wait_until_unused(connection: Connection, database: Database) -> None:
    """Wait some seconds until no session is in a database; `PostgresError` names those that stay."""
    deadline = time.monotonic() + SESSION_SECONDS
    while used_by := sessions(connection, database):
        if time.monotonic() > deadline:
            raise PostgresError(f"{database.name}: a session uses it ({used_by}); end that first, nothing was changed")
        time.sleep(0.05)


def close_to_sessions(connection: Connection, database: Database) -> None:
    """End the sessions in an auxiliary database, and allow no new ones; `PostgresError` names those that stay.

    Poolers and monitoring open sessions in every database that they see, and Postgres neither renames, copies nor
    drops a database that has one.
    """
    connection.execute(SQL("alter database {} allow_connections false").format(Identifier(database.name)))
    pids = connection.execute("select pid from pg_catalog.pg_stat_activity where datid = %s", (database.oid,))
    for (pid,) in pids.fetchall():
        with suppress(errors.InsufficientPrivilege):  # it may still leave by itself
            connection.execute("select pg_terminate_backend(%s)", (pid,))
    wait_until_unused(connection, database)


def reopen(connection: Connection, database: Database) -> None:
    """Allow connections to an auxiliary database, and its end."""
    if database.is_template or not database.allows_connections:
        statement = SQL("alter database {} with is_template false allow_connections true")
        connection.execute(statement.format(Identifier(database.name)))


def drop(connection: Connection, name: str) -> None:
    """Drop an auxiliary database, if it exists, whatever state it is in."""
    database = find(connection, name)
    if database is None:
        return
    if not database.is_invalid:
        if database.is_template:
            connection.execute(SQL("alter database {} is_template false").format(Identifier(name)))
        if sessions(connection, database):
            close_to_sessions(connection, database)
    with refused_while_used(name):
        connection.execute(SQL("drop database if exists {}").format(Identifier(name)))


@contextmanager
def refused_while_used(name: str) -> Iterator[None]:
    """Turn the error of a statement that Postgres refuses while sessions use the database into a `PostgresError`."""
    try:
        yield
    except errors.ObjectInUse:
        raise PostgresError(f"{name}: a session uses it; end that first, nothing was changed") from None


def template_summary(connection: Connection) -> str:
    """What `qaseed doctor` prints about templates: how many, and what runs left that did not end; "no " is a problem.

    While a clone is being created, which its advisory lock shows, nothing is left over yet.
    """
    databases = auxiliary_databases(connection)
    running = connection.execute(
        """select exists (select from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a using (pid)
        where l.locktype = 'advisory' and l.granted and a.application_name = 'qaseed' and pid <> pg_backend_pid())"""
    ).fetchone()
    left = [database for database in databases if database.is_leftover]
    total = sum(size(connection, database) for database in databases) / 2**20
    if left and running != (True,):
        names = ", ".join(f"{database.name} of {database.owner}" for database in left)
        return f"no clean end of an earlier clone: {names}; the next clone removes it, as qaseed purge --templates does"
    return f"{len(databases)}, {total:,.0f} MiB (qaseed purge --templates drops them)" if databases else "none"
