"""The session settings that qaseed relies on, whatever the role, the database, the environment or the URL says.

They are set with SET LOCAL at the start of each transaction: a pooler in transaction mode drops startup options, and hands
what SET leaves behind to somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

Connection = psycopg.Connection[Any]

LOCK_SECONDS = 10
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
    "row_security": "off",  # a policy is to refuse, not to hide rows silently
    "lock_timeout": f"{LOCK_SECONDS}s",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
_SINCE = {"idle_session_timeout": 140_000, "transaction_timeout": 170_000}
"""Settings that are turned off too, and the version of Postgres that has each first."""
_CHANGED = ("search_path", "maintenance_work_mem", "client_min_messages")
"""What else a load sets in its transaction."""
_SEARCH_PATH = """select pg_catalog.set_config('search_path', coalesce(
    (select pg_catalog.string_agg(pg_catalog.quote_ident(name), ', ' order by place)
    from pg_catalog.unnest(pg_catalog.current_schemas(false)) with ordinality path(name, place)
    where pg_catalog.left(name::text, 3) operator(pg_catalog.<>) 'pg_'), ''), {local})"""
"""The session's own path, in which triggers and functions of others find their names, but never anything before pg_catalog."""


class Session(psycopg.Connection[Any]):
    """A connection whose outermost transactions begin with the settings."""

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
    """Set everything, for the transaction that is open or, by `local=False`, for the session."""
    scope = "local " if local else ""
    settings = _SETTINGS | dict.fromkeys(_optional(connection), "0")
    statements = [f"set {scope}{name} = '{value}'" for name, value in settings.items()]
    statements.append(_SEARCH_PATH.format(local=str(local).lower()))
    connection.execute("; ".join(statements).encode())


def keep_bytes(connection: Connection) -> bool:
    """Whether the database is in SQL_ASCII, whose names and texts are any bytes: they come as LATIN1 then, each a character."""
    if connection.pgconn.parameter_status(b"server_encoding") != b"SQL_ASCII":
        return False
    connection.execute("set local client_encoding = 'LATIN1'")
    return True


def _optional(connection: Connection) -> list[str]:
    return [name for name, version in _SINCE.items() if connection.info.server_version >= version]


def readable_name(name: str) -> str:
    """A name whose bytes came as LATIN1, as what it most likely is."""
    return name.encode("latin-1").decode("utf-8", "backslashreplace")


@contextmanager
def temporary_settings(connection: Connection) -> Iterator[None]:
    """Set everything in a transaction of the caller's, and put back what was set before; a failed block is rolled back."""
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
    """Another search path for a while; without schemas none, so that Postgres qualifies every name that it tells."""
    ((before, _),) = connection.execute(
        """select current_setting('search_path'), set_config('search_path',
        (select coalesce(string_agg(quote_ident(name), ', ' order by place), '')
            from unnest(%s::text[]) with ordinality path(name, place)), true)""",
        (list(schemas),),
    )
    yield
    connection.execute("select set_config('search_path', %s, true)", (before,))
