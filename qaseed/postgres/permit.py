"""Which database of which server this is, and the mark that somebody left in it: that qaseed may load here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Identifier

from qaseed.postgres.tables import existing_tables, parameterized_identifier, refuse_unexpected_table

if TYPE_CHECKING:
    import psycopg

PERMIT = "qaseed_permit"
_COLUMNS = {
    "environment": "text", "role": "text", "system_identifier": "bigint", "timeline": "integer", "database_oid": "oid",
    "database": "text", "allowed_at": "timestamp with time zone",
}  # fmt: skip
_CREATE = """create table {} (
    environment text, role text not null, system_identifier bigint, timeline integer, database_oid oid not null,
    database text not null, allowed_at timestamp with time zone not null default now())"""


@dataclass(frozen=True)
class Identity:
    """What tells a database from its copies: a dump restored has another oid or server, a promoted standby another timeline.

    `system` and `timeline` are None where the role may not ask for them. A copy of the server's files that was started as it
    is, under the same name, has all of it in common with the original: that is not seen.
    """

    system: int | None
    timeline: int | None
    oid: int
    database: str


@dataclass(frozen=True)
class Permit:
    """Who allowed qaseed to load here and when, what the environment is called, and for which database it was said."""

    identity: Identity
    environment: str | None
    role: str
    allowed_at: dt.datetime

    def is_for(self, here: Identity) -> bool:
        """Whether it was given for this very database, and did not come with a copy."""
        there = self.identity
        return (there.system, there.oid, there.database) == (here.system, here.oid, here.database)


def read_identity(connection: psycopg.Connection[Any]) -> Identity:
    """Which database was reached."""
    oid, database, may_ask = connection.execute(
        """select oid, datname, has_function_privilege('pg_catalog.pg_control_system()', 'execute')
        and has_function_privilege('pg_catalog.pg_control_checkpoint()', 'execute')
        from pg_catalog.pg_database where datname = current_database()"""
    ).fetchone() or (0, "", False)
    system, timeline = None, None
    if may_ask:  # everybody may, unless it was revoked
        system, timeline = connection.execute(
            """select system_identifier, timeline_id
            from pg_catalog.pg_control_system(), pg_catalog.pg_control_checkpoint()"""
        ).fetchone() or (None, None)
    return Identity(system, timeline, oid, database)


def read(connection: psycopg.Connection[Any], schema: str) -> Permit | None:
    """The mark in a schema, wherever it was written; None if there is none."""
    there = existing_tables(connection, schema, [PERMIT]).get(PERMIT)
    refuse_unexpected_table(there, f"{schema}.{PERMIT}", _COLUMNS)
    if there is None:
        return None
    found = connection.execute(
        SQL("select system_identifier, timeline, database_oid, database, environment, role, allowed_at from {}").format(
            Identifier(schema, PERMIT)
        )
    ).fetchone()
    return Permit(Identity(*found[:4]), *found[4:]) if found else None


def write(connection: psycopg.Connection[Any], schema: str, here: Identity, environment: str | None) -> Permit:
    """Mark this database as one that qaseed may load into, in place of any mark there was.

    The environment is None where nobody said so but a load that was allowed.
    """
    at = Identifier(schema, PERMIT)
    if not existing_tables(connection, schema, [PERMIT]):
        connection.execute(SQL(_CREATE).format(at))
        doc = "That qaseed may load into this schema, and who said so."
        connection.execute(SQL("comment on table {} is {}").format(at, doc))
        connection.execute(SQL("grant select on {} to public").format(at))  # who loads need not be who marked
    connection.execute(SQL("truncate {}").format(at))
    role, allowed_at = connection.execute(
        SQL("""insert into {} (environment, role, system_identifier, timeline, database_oid, database)
            values (%s, session_user, %s, %s, %s, %s) returning role, allowed_at""").format(
            parameterized_identifier(schema, PERMIT)
        ),
        (environment, here.system, here.timeline, here.oid, here.database),
    ).fetchone() or ("", dt.datetime.now(dt.UTC))
    return Permit(here, environment, role, allowed_at)


def drop(connection: psycopg.Connection[Any], schema: str, *tables: str) -> None:
    """Take marks away."""
    names = SQL(", ").join(Identifier(schema, name) for name in tables)
    connection.execute(SQL("drop table if exists {} restrict").format(names))
