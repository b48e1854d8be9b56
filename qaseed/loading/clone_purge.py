"""Dropping clones by their age: databases of branches and pull requests that nobody drops."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Identifier

from qaseed import audit
from qaseed.errors import PostgresError, UsageError
from qaseed.loading.clone_changes import clone_changes
from qaseed.loading.clone_leftovers import copy_name
from qaseed.loading.clone_record import SCHEMA, purpose, recorded_name
from qaseed.loading.template_names import locked
from qaseed.postgres import databases
from qaseed.postgres.changes import Changes
from qaseed.postgres.connection import connected
from qaseed.postgres.databases import Database
from qaseed.postgres.guard import guard_server
from qaseed.postgres.one_server import pinned_url, refuse_other_servers
from qaseed.postgres.tables import parameterized_identifier
from qaseed.postgres.target import CLONE
from qaseed.postgres.urls import with_database

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_COMMENTED = """select datname from pg_catalog.pg_database
    where shobj_description(oid, 'pg_database') like 'qaseed: %' order by datname"""


@dataclass
class PurgedClones:
    """What was dropped: bytes by database, what had been changed in each, and why others of that age stay."""

    dropped: dict[str, int] = field(default_factory=dict)
    changes: dict[str, Mapping[str, Changes]] = field(default_factory=dict)
    remaining: dict[str, str] = field(default_factory=dict)


def parse_age(text: str) -> dt.timedelta:
    """An age such as `90m`, `12h`, `3d` or `2w`."""
    match = re.fullmatch(r"([0-9]{1,4})([mhdw])", text.strip())
    if not match:
        raise UsageError(f"--older-than: {text!r} is no age; give minutes, hours, days or weeks: 90m, 12h, 3d, 2w")
    return dt.timedelta(**{_UNITS[match[2]]: int(match[1])})


def drop_clones(url: str, older_than: dt.timedelta, *, confirm: str | None = None) -> PurgedClones:
    """Drop the clones on a server that are older than an age, and that no session uses.

    A clone is known by its record in the database, for this very server, database and name; its age is the server's.
    `confirm` is the name of the database that `url` connects to, where a `ConfirmationError` asks for it.
    """
    purged = PurgedClones()
    with (
        audit.recorded("purge") as event,
        connected(url) as lock_connection,
        connected(url := pinned_url(url, lock_connection)) as connection,
    ):
        refuse_other_servers(lock_connection, [connection])
        guard_server(connection, confirmed=confirm)
        event.facts["clones"] = purged.dropped
        for (name,) in connection.execute(_COMMENTED).fetchall():
            database = databases.find(connection, name)
            if database is None or purpose(database.comment, "clone") is None:
                continue
            with locked(lock_connection, copy_name(name)):  # which a run that replaces it has too
                _drop_if_older(connection, url, database, older_than, purged)
    return purged


def _drop_if_older(
    connection: Connection, url: str, database: Database, age: dt.timedelta, purged: PurgedClones
) -> None:
    name = database.name
    if database.name == connection.info.dbname or not database.allows_connections or database.is_invalid:
        return
    try:
        with connected(with_database(url, name)) as inside, inside.transaction():
            if recorded_name(inside, database) != name or not _is_older(inside, database, age):
                return
    except PostgresError as error:
        purged.remaining[name] = str(error)
        return
    if not database.manageable:
        purged.remaining[name] = f"belongs to {database.owner}"
        return
    if used_by := databases.blocker(connection, database):
        purged.remaining[name] = used_by
        return
    try:
        changes, size = clone_changes(url, name, name), databases.size(connection, database)
        databases.wait_until_unused(connection, database)  # the sessions that looked at it take a moment to end
        with databases.refused_while_used(name):
            connection.execute(SQL("drop database {}").format(Identifier(name)))
    except PostgresError as error:
        purged.remaining[name] = str(error)
        return
    purged.dropped[name], purged.changes[name] = size, changes


def _is_older(inside: Connection, database: Database, age: dt.timedelta) -> bool:
    query = SQL("select cloned_at < now() - %s from {} where database_oid = %s")
    row = inside.execute(query.format(parameterized_identifier(SCHEMA, CLONE)), (age, database.oid)).fetchone()
    return row == (True,)
