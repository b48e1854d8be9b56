"""Event triggers of a database, which fire on what a load does: tried before, and named if they fail or change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from qaseed.errors import PostgresError
from qaseed.postgres.connection import describe_error
from qaseed.postgres.target import Target

Connection = psycopg.Connection[Any]

_PROBE = "qaseed_check"
"""The name of the objects that are created and rolled back to try event triggers."""


_CHANGED = """select c.relrowsecurity or c.relforcerowsecurity or c.relhastriggers or c.relhasrules
    or c.reloptions is not null or obj_description(c.oid, 'pg_class') is not null
    or c.relowner <> (select oid from pg_catalog.pg_roles where rolname = current_user)
    or exists (select from pg_catalog.pg_policy where polrelid = c.oid)
    or (select count(*) from pg_catalog.pg_index where indrelid = c.oid) <> 1
    or (select count(*) from pg_catalog.pg_attribute where attrelid = c.oid and attnum > 0) <> 1
    or (select count(*) from pg_catalog.pg_constraint where conrelid = c.oid and contype <> 'n') <> 1
    from pg_catalog.pg_class c where c.oid = to_regclass(%s)"""
"""Whether a table of one column, its key, has become something else."""


def try_event_triggers(connection: Connection, target: Target, *, staging: bool, replacing: bool) -> list[str]:
    """Refuse event triggers that fail on what a load does; a small part of it is tried and rolled back.

    Where new tables replace others, also those that change them, which are to be as the old ones.
    Returns the names of those that may fire on it.
    """
    names = _names(connection)
    if not names:
        return names
    live, staged = Identifier(target.schema, _PROBE), Identifier(_PROBE, _PROBE)
    statements = [SQL("create table {} (id bigint primary key)").format(live), SQL("drop table {}").format(live)]
    if staging:
        statements = [
            SQL("create schema {}").format(Identifier(_PROBE)),
            SQL("create table {} (id bigint primary key)").format(staged),
            SQL("alter table {} set schema {}").format(staged, Identifier(target.schema)),
            SQL("drop schema {}").format(Identifier(_PROBE)),
            statements[1],
        ]
    try:
        with connection.transaction(force_rollback=True):
            for statement in statements:
                connection.execute(statement)
                if replacing and connection.execute(_CHANGED, (live.as_string(connection),)).fetchone() == (True,):
                    raise _changing_error(target.database, names)
    except psycopg.errors.InsufficientPrivilege as error:
        if error.diag.context:
            raise _error(target.database, names, error) from None
    except psycopg.Error as error:
        raise _error(target.database, names, error) from None
    return names


def _names(connection: Connection) -> list[str]:
    rows = connection.execute(
        "select evtname from pg_catalog.pg_event_trigger where evtenabled <> 'D' and evtevent <> 'login' order by 1"
    )
    return [name for (name,) in rows]


def refuse_changes(connection: Connection, are_same: Callable[[], bool]) -> None:
    """Refuse event triggers that changed the new tables; `are_same` is asked only if any may have fired."""
    names = _names(connection)
    if names and not are_same():
        raise _changing_error(connection.info.dbname, names)


def _changing_error(database: str, names: Sequence[str]) -> PostgresError:
    return PostgresError(
        f"{database}: the event trigger {' or '.join(names)} changes the tables that replace the old ones; disable it "
        "for the load"
    )


@contextmanager
def named_event_triggers(connection: Connection, action: str = "load") -> Iterator[None]:
    """Name the event trigger that fails in the block, within which is the connection's transaction."""
    try:
        yield
    except psycopg.Error as error:
        if names := _raised_by(connection, error):
            raise _error(connection.info.dbname, names, error, action) from None
        raise


def _raised_by(connection: Connection, error: psycopg.Error) -> list[str]:
    """The enabled event triggers whose functions are in the error's context, in any language of messages."""
    context = error.diag.context
    if context:
        with suppress(psycopg.Error):
            rows = connection.execute(
                """select evtname, quote_ident(proname) || '()' from pg_catalog.pg_event_trigger
                join pg_catalog.pg_proc p on p.oid = evtfoid where evtenabled <> 'D' order by 1"""
            )
            return [name for name, function in rows if function in context]
    return []


def _error(database: str, names: Sequence[str], error: psycopg.Error, action: str = "load") -> PostgresError:
    return PostgresError(
        f"{database}: the event trigger {' or '.join(names)} fails on what a {action} does ({describe_error(error)}); "
        f"disable it for the {action}"
    )
