"""The databases that qaseed creates for itself: their names, dropping templates, and removing what ended runs left."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Identifier

from qaseed import audit
from qaseed.errors import PostgresError, QaseedError, UnsafeError
from qaseed.loading.clone_changes import clone_changes
from qaseed.loading.clone_record import foreign_tables, purpose, recorded_name
from qaseed.postgres import databases
from qaseed.postgres.advisory_lock import acquire_restore_lock
from qaseed.postgres.connection import connected
from qaseed.postgres.databases import UNFINISHED, Database
from qaseed.postgres.guard import guard_server
from qaseed.postgres.one_server import pinned_url, refuse_other_servers
from qaseed.postgres.urls import with_database

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_LOG = logging.getLogger(__name__)
_CLONE, _OLD = "qaseed_clone_", "qaseed_old_"


def copy_name(database: str) -> str:
    """The name that the clone `database` has until it is complete; also that of its advisory lock."""
    return _CLONE + _hash(database)


def replaced_name(database: str) -> str:
    """The name that a replaced clone has until it is dropped."""
    return _OLD + _hash(database)


def _hash(database: str) -> str:
    return hashlib.sha256(database.encode()).hexdigest()[:16]


def lock_name(auxiliary: str) -> str:
    """The name of the advisory lock that a run has while it uses an auxiliary database."""
    return auxiliary.removesuffix(UNFINISHED).replace(_OLD, _CLONE)


def sweep(connection: Connection, lock_connection: Connection, url: str) -> None:
    """Drop what ended runs left on the server, except for what a running one has locked or another role owns.

    A copy has no lock of its own in a run of an earlier version, but that run has locked the template.
    """
    auxiliary = databases.auxiliary_databases(connection)
    left = [database for database in auxiliary if database.is_leftover and database.manageable]
    if not left:
        return
    with lock_connection.transaction():
        templates = {lock_name(database.name) for database in auxiliary if not database.name.startswith((_CLONE, _OLD))}
        is_idle = all(_try_lock(lock_connection, name) for name in sorted(templates))
        for database in left:
            is_copy = database.name.startswith((_CLONE, _OLD))
            if (is_idle or not is_copy) and _try_lock(lock_connection, lock_name(database.name)):
                with contextlib.suppress(QaseedError):  # doctor reports it
                    discard(connection, url, database.name)


def _try_lock(connection: Connection, name: str) -> bool:
    query = "select pg_try_advisory_xact_lock(hashtextextended('qaseed ' || %s, 0))"
    return connection.execute(query, (name,)).fetchone() == (True,)


def discard(connection: Connection, url: str, name: str) -> None:
    """Drop an auxiliary database that a run left, if it exists; `UnsafeError` if qaseed did not create what it has."""
    database = databases.find(connection, name)
    if database is None:
        return
    if not database.manageable:
        raise PostgresError(
            f"{name}: belongs to {database.owner}, whose run left it; drop it as that role "
            "(qaseed purge --templates does)"
        )
    if not is_own(connection, url, database):
        raise UnsafeError(f"{name}: has contents that qaseed did not create, under a name that it needs; rename it")
    if name.startswith(_OLD) and not database.is_invalid:
        _log_changes(url, database)
    databases.drop(connection, name)


def _log_changes(url: str, database: Database) -> None:
    """Log what was changed in a clone that an ended run replaced and could not drop."""
    with connected(with_database(url, database.name)) as inside:
        cloned = recorded_name(inside, database) or database.name
    changes = clone_changes(url, database.name, cloned)
    rows = ", ".join(
        f"{table}: {change.inserted:,} inserted, {change.updated:,} updated, {change.deleted:,} deleted"
        for table, change in changes.items()
    )
    _LOG.warning("%s: was replaced by a run that ended before it was dropped; changed rows: %s", cloned, rows or "none")


def is_own(connection: Connection, url: str, database: Database) -> bool:
    """Whether qaseed created an auxiliary database and all that is in it; connections to it are allowed for this."""
    if database.is_invalid:
        return True
    if database.comment and not (purpose(database.comment, "template") or purpose(database.comment, "clone")):
        return False
    databases.reopen(connection, database)
    with connected(with_database(url, database.name)) as inside:
        if database.name.startswith(_OLD):
            cloned = recorded_name(inside, database)
            return cloned is not None and replaced_name(cloned) == database.name
        # a template that a project's own hook prepares, which creates what it likes
        if recorded_name(inside, database) in (database.name, database.name + UNFINISHED):
            return True
        foreign = foreign_tables(inside)
    if not foreign:
        return True
    with connected(with_database(url, "template1")) as inside:
        return foreign <= foreign_tables(inside)  # a site's own tables for every new database, with their oids


def drop_templates(url: str, *, confirm: str | None = None) -> dict[str, int]:
    """Drop all templates on a server; returns how many bytes each took. The next clone creates its template again.

    Databases that ended runs left are dropped too. One with another comment or with tables of others stays.
    `PostgresError` at the end names those of other roles. Waits some seconds for clones that are still running.
    `confirm` is the name of the database that `url` connects to, where a `ConfirmationError` asks for it.
    """
    dropped: dict[str, int] = {}
    with (
        audit.recorded("purge") as event,
        connected(url) as lock_connection,
        connected(url := pinned_url(url, lock_connection)) as connection,
        lock_connection.transaction(),
    ):
        refuse_other_servers(lock_connection, [connection])
        guard_server(connection, confirmed=confirm)
        event.facts["templates"] = dropped
        existing = databases.auxiliary_databases(connection)
        for name in sorted({lock_name(database.name) for database in existing}):
            acquire_restore_lock(lock_connection, name)  # running clones have it too
        for database in existing:
            size = databases.size(connection, database)
            if database.manageable and _drop_if_own(connection, url, database):
                dropped[database.name] = size
        others = [database for database in existing if not database.manageable]
        if others:
            raise PostgresError(
                f"{others[0].name}: belongs to {others[0].owner}; drop it as that role; all others are dropped"
            )
    return dropped


def _drop_if_own(connection: Connection, url: str, database: Database) -> bool:
    if not is_own(connection, url, database):
        if database.is_sealed:
            seal = SQL("alter database {} with is_template true allow_connections false")
            connection.execute(seal.format(Identifier(database.name)))
        return False
    databases.drop(connection, database.name)
    return True
