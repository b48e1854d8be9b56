"""SQL of the user's own that runs in the transaction of a load, once the new rows are in place (`--after FILE`)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors
from psycopg.sql import SQL, Composed, Literal

from qaseed.arguments import as_path
from qaseed.errors import PostgresError, UsageError
from qaseed.loading.lock_holders import BusyError
from qaseed.postgres.connection import describe_error
from qaseed.postgres.registry import record_written
from qaseed.postgres.session import temporary_settings
from qaseed.postgres.tables import existing_tables

if TYPE_CHECKING:
    Connection = psycopg.Connection[Any]

_FAILS_AT_ONCE = "select 1 / 0; "
"""Before a text that is only parsed: the server parses all of it before it executes any."""
_NOT_WITHIN = (errors.FeatureNotSupported, errors.InvalidTransactionTermination)
_BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.QueryCanceled)
_PATH = """select set_config('search_path',
    concat_ws(', ', quote_ident(%s), nullif(current_setting('search_path'), '')), true)"""
_WRITES = """select coalesce(pg_relation_filenode(oid), 0), pg_stat_get_xact_tuples_inserted(oid),
    pg_stat_get_xact_tuples_updated(oid), pg_stat_get_xact_tuples_deleted(oid), current_setting('track_counts') = 'on'
    from unnest(%s::oid[]) oid"""


@dataclass(frozen=True)
class AfterSql:
    """SQL to run after a load: the name of its file, and its text."""

    name: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, by which the audit trail knows it."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_after(path: str | os.PathLike[str] | None) -> AfterSql | None:
    """The SQL in a file, None without one; `UsageError` if it cannot be read or is no text."""
    if path is None:
        return None
    file = as_path("--after", path)
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"--after: {file}: {error.strerror}; give a file of SQL") from None
    except UnicodeDecodeError:
        raise UsageError(f"--after: {file}: is not in UTF-8; convert it") from None
    if "\0" in text:
        raise UsageError(f"--after: {file}: has a NUL character, which SQL cannot have; remove it")
    return AfterSql(str(file), text)


def check_syntax(connection: Connection, after: AfterSql) -> None:
    """`PostgresError` names the line of an error of syntax; nothing of the text is executed."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(_execution(_FAILS_AT_ONCE + after.text))
    except errors.DivisionByZero:
        return
    except psycopg.Error as error:
        raise _error(after, error) from None


def run_after(
    connection: Connection, schema: str, tables: Collection[str], after: AfterSql | None, seconds: float | None = None
) -> None:
    """Execute the text in the open transaction, and record which rows of the tables it wrote, so that they are no
    one else's.

    Names are looked up in `schema` first. `seconds` is how long it may take where readers wait: `BusyError` keeps the
    stage for a run without that wait. Every other failure is a `PostgresError`, which undoes the load.
    """
    if after is None:
        return
    before = _writes(connection, schema, tables)
    try:
        with temporary_settings(connection):
            limit = int(1000 * (seconds or 0))
            connection.execute(SQL("set local statement_timeout = {}").format(limit))
            connection.execute(_PATH, (schema,))
            connection.execute(_execution(after.text))
            connection.execute("reset session authorization; reset role")
    except psycopg.Error as error:
        if seconds and isinstance(error, _BUSY):
            raise _busy_error(after, error, seconds) from None
        raise _error(after, error) from None
    now = _writes(connection, schema, tables)
    written = [name for name in now if name not in before or now[name] != before[name] or not now[name][-1]]
    record_written(connection, schema, written)


def _execution(text: str) -> Composed:
    """A statement that executes a text in which nothing can end the transaction, and then what it deferred."""
    body = SQL("begin execute {}; set constraints all immediate; end").format(Literal(text)).as_string()
    return SQL("do {}").format(Literal(body))


def _writes(connection: Connection, schema: str, tables: Collection[str]) -> dict[str, tuple[Any, ...]]:
    """What this transaction has written to each table so far, and whether the server counts it."""
    oids = {name: table.oid for name, table in existing_tables(connection, schema, sorted(tables)).items()}
    return dict(zip(oids, connection.execute(_WRITES, (list(oids.values()),)).fetchall(), strict=True))


def _error(after: AfterSql, error: psycopg.Error) -> PostgresError:
    remedy = "fix it and load again"
    if isinstance(error, _NOT_WITHIN):
        remedy = "it runs within the load's transaction, without COMMIT, ROLLBACK, SELECT INTO and COPY of the client"
    return PostgresError(f"{after.name}{_line(after, error)}: {describe_error(error)}; nothing was changed: {remedy}")


def _busy_error(after: AfterSql, error: psycopg.Error, seconds: float) -> BusyError:
    return BusyError(
        f"{after.name}: did not end within {seconds:g} s, for which readers may wait ({describe_error(error)}); "
        "nothing was changed, the new rows are kept: make it shorter, or raise --max-lock-wait"
    )


def _line(after: AfterSql, error: psycopg.Error) -> str:
    """The line of the error, where the server says its position in the text and not in a function's."""
    query, position = error.diag.internal_query or "", error.diag.internal_position
    for prefix in ("", _FAILS_AT_ONCE):
        if position and query == prefix + after.text:
            return f", line {query.count(chr(10), 0, int(position) - 1) + 1}"
    return ""
