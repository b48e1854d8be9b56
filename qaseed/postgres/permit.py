"""The identity of a database, and the permit in a schema: that qaseed may load into this database of this server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Identifier

from qaseed.postgres.tables import (
    ExistingTable,
    existing_tables,
    parameterized_identifier,
    refuse_unexpected_table,
)

if TYPE_CHECKING:
    import psycopg

PERMIT = "qaseed_permit"
_COLUMNS = {
    "environment": "text",
    "role": "text",
    "system_identifier": "bigint",
    "timeline": "integer",
    "database_oid": "oid",
    "database": "text",
    "allowed_at": "timestamp with time zone",
}
_CREATE = """create table {} (
    environment text, role text not null, system_identifier bigint, timeline integer, database_oid oid not null,
    database text not null, allowed_at timestamp with time zone not null default now())"""


@dataclass(frozen=True)
class Identity:
    """What distinguishes a database from its copies.

    A restored dump has another oid or another server (`system`, the system identifier), a promoted standby another
    timeline. `system` and `timeline` are None if the role may not read them. A copy of the server's files that runs
    under the same name has the same identity as the original and is not detected.
    """

    system: int | None
    timeline: int | None
    oid: int
    database: str


@dataclass(frozen=True)
class Permit:
    """Who allowed loads and when, the name of the environment, and the identity of the database.

    `environment` is None if no person gave the permit, but a load that was allowed or confirmed wrote it.
    """

    identity: Identity
    environment: str | None
    role: str
    allowed_at: dt.datetime

    def is_for(self, other: Identity) -> bool:
        """Whether it was given for this very database, rather than copied into it; the timeline may differ."""
        own = self.identity
        return (own.system, own.oid, own.database) == (other.system, other.oid, other.database)


def read_identity(connection: psycopg.Connection[Any]) -> Identity:
    """The identity of the connected database."""
    ((oid, database, may_ask),) = connection.execute(
        """select oid, datname, has_function_privilege('pg_catalog.pg_control_system()', 'execute')
        and has_function_privilege('pg_catalog.pg_control_checkpoint()', 'execute')
        from pg_catalog.pg_database where datname = current_database()"""
    ).fetchall()
    system, timeline = None, None
    if may_ask:  # every role may, unless that was revoked
        ((system, timeline),) = connection.execute(
            """select system_identifier, timeline_id
            from pg_catalog.pg_control_system(), pg_catalog.pg_control_checkpoint()"""
        ).fetchall()
    return Identity(system, timeline, oid, database)


def read(
    connection: psycopg.Connection[Any], schema: str, existing: Mapping[str, ExistingTable] | None = None
) -> Permit | None:
    """The permit in a schema, whatever database it is for; None if there is none.

    `existing` are its tables, if they are known.
    """
    table = (existing_tables(connection, schema, [PERMIT]) if existing is None else existing).get(PERMIT)
    refuse_unexpected_table(table, f"{schema}.{PERMIT}", _COLUMNS)
    if table is None:
        return None
    row = connection.execute(
        SQL("select system_identifier, timeline, database_oid, database, environment, role, allowed_at from {}").format(
            Identifier(schema, PERMIT)
        )
    ).fetchone()
    return Permit(Identity(*row[:4]), *row[4:]) if row else None


def write(connection: psycopg.Connection[Any], schema: str, identity: Identity, environment: str | None) -> Permit:
    """Give a schema the permit for this database, in place of any other.

    The environment is None if a load writes it, and not a person by `target init`.
    """
    relation = Identifier(schema, PERMIT)
    if not existing_tables(connection, schema, [PERMIT]):
        connection.execute(SQL(_CREATE).format(relation))
        doc = "That qaseed may load into this schema, and who said so."
        connection.execute(SQL("comment on table {} is {}").format(relation, doc))
        connection.execute(
            SQL("grant select on {} to public").format(relation)
        )  # the role that loads need not be the one that gave the permit
    connection.execute(SQL("truncate {}").format(relation))
    ((role, allowed_at),) = connection.execute(
        SQL("""insert into {} (environment, role, system_identifier, timeline, database_oid, database)
            values (%s, session_user, %s, %s, %s, %s) returning role, allowed_at""").format(
            parameterized_identifier(schema, PERMIT)
        ),
        (environment, identity.system, identity.timeline, identity.oid, identity.database),
    ).fetchall()
    return Permit(identity, environment, role, allowed_at)


def drop(connection: psycopg.Connection[Any], schema: str, *tables: str) -> None:
    """Drop the permit, the load registry, or both, if they exist."""
    names = SQL(", ").join(Identifier(schema, name) for name in tables)
    connection.execute(SQL("drop table if exists {} restrict").format(names))
