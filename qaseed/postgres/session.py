"""The session settings that qaseed relies on, whatever the role, the database, the environment or the URL says.

They are set with SET LOCAL at the start of each transaction: a pooler in transaction mode drops startup options, and
passes the effects of SET on to other clients.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

Connection = psycopg.Connection[Any]

LOCK_SECONDS = 10
"""How long a statement waits for a lock, so that a load never blocks an application's queue for longer."""
_SETTINGS = {
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "array_nulls": "on",
    "quote_all_identifiers": "off",
    "exit_on_error": "off",  # a refused statement would end the session, and its cleanup with it
    "row_security": "off",  # a policy raises an error instead of hiding rows silently
    "lock_timeout": f"{LOCK_SECONDS}s",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
_SINCE = {"idle_session_timeout": 140_000, "transaction_timeout": 170_000}
"""More timeouts that are turned off, with the first version of Postgres that has each."""
_CHANGED = ("search_path", "maintenance_work_mem", "client_min_messages")
"""What a load also sets in its transaction."""
_SEARCH_PATH = """select pg_catalog.set_config('search_path', coalesce(
    (select pg_catalog.string_agg(pg_catalog.quote_ident(name), ', ' order by place)
    from pg_catalog.unnest(pg_catalog.current_schemas(false)) with ordinality path(name, place)
    where pg_catalog.left(name::text, 3) operator(pg_catalog.<>) 'pg_'), ''), {local})"""
"""Sets the session's own path, which an application's triggers and functions rely on, with nothing before pg_catalog.
"""


class Session(psycopg.Connection[Any]):
    """A connection that applies the settings at the start of each outermost transaction."""

    @contextmanager
    def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> Iterator[psycopg.Transaction]:
        """A transaction, or a savepoint within one."""
        outermost = self.info.transaction_status == TransactionStatus.IDLE
        with super().transaction(savepoint_name, force_rollback) as transaction:
            if outermost:
                apply(self)
            yield transaction


def apply(connection: Connection, *, local: bool = True) -> None:
    """Apply the settings to the open transaction or, with `local=False`, to the session."""
    scope = "local " if local else ""
    settings = _SETTINGS | dict.fromkeys(_optional(connection), "0")
    statements = [f"set {scope}{name} = '{value}'" for name, value in settings.items()]
    statements.append(_SEARCH_PATH.format(local=str(local).lower()))
    connection.execute("; ".join(statements).encode())


def release_snapshot(connection: Connection) -> None:
    """Let go of the snapshot that the last statement with parameters keeps until another one begins.

    A transaction that waits while it has a snapshot keeps VACUUM from removing rows, and REINDEX CONCURRENTLY waiting.
    """
    connection.execute("select")


def keep_bytes(connection: Connection) -> bool:
    """Read a database in SQL_ASCII, whose texts are any bytes, as LATIN1; False for other encodings."""
    if connection.pgconn.parameter_status(b"server_encoding") != b"SQL_ASCII":
        return False
    connection.execute("set local client_encoding = 'LATIN1'")
    return True


def _optional(connection: Connection) -> list[str]:
    return [name for name, version in _SINCE.items() if connection.info.server_version >= version]


def readable_name(name: str) -> str:
    """A name that was read as LATIN1 (`keep_bytes`), decoded as UTF-8; other bytes are escaped."""
    return name.encode("latin-1").decode("utf-8", "backslashreplace")


@contextmanager
def temporary_settings(connection: Connection) -> Iterator[None]:
    """Apply the settings within a caller's transaction and restore the caller's own afterwards.

    If the block fails they are not restored: the caller's rollback does that.
    """
    names = [*_CHANGED, *_SETTINGS, *_optional(connection)]
    before = connection.execute(
        "select name, pg_catalog.current_setting(name) from pg_catalog.unnest(%s::text[]) name", (names,)
    ).fetchall()
    apply(connection)
    yield
    for name, value in before:
        connection.execute("select pg_catalog.set_config(%s, %s, true)", (name, value))


@contextmanager
def search_path(connection: Connection, *schemas: str) -> Iterator[None]:
    """Set another search path for the block. Without schemas it is empty: Postgres qualifies every name it prints."""
    ((before, _),) = connection.execute(
        """select current_setting('search_path'), set_config('search_path',
        (select coalesce(string_agg(quote_ident(name), ', ' order by place), '')
            from unnest(%s::text[]) with ordinality path(name, place)), true)""",
        (list(schemas),),
    )
    yield
    connection.execute("select set_config('search_path', %s, true)", (before,))
