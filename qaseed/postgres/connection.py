"""Reaching a Postgres by its URL, without ever showing what must stay secret."""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import selectors
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from qaseed.errors import PostgresError
from qaseed.postgres.urls import build, redact_url, settings_of

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 10
POOL_SECONDS = 5.0
"""How long a pooler may take to have one more connection for a load, which goes on without it then."""
FULL_TRIES, FULL_PAUSE = 4, 0.1
_LOG = logging.getLogger(__name__)
_FULL = re.compile("too many|connection slots|no more connections", re.IGNORECASE)
_REMEDY_FULL = "end other sessions, or raise the limit (CONNECTION LIMIT of the role or database, max_connections, the pool's size)"
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_PRODUCTION = frozenset({"prod", "production", "prd", "live", "master"})


def is_local(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server that was reached is on this machine: a socket, or an address of the loopback range.

    The open connection is asked, not the URL: PGHOST, a service file or a list of hosts may have led elsewhere.
    """
    host = connection.info.hostaddr or connection.info.host
    if not host or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def looks_like_production(connection: psycopg.Connection[Any]) -> bool:
    """Whether the host or the database that was reached, or the application (`APP_ENV`), is called production."""
    names = (connection.info.host, connection.info.dbname, os.environ.get("APP_ENV"))
    return any(is_called_production(name) for name in names if name and not name.startswith("/"))  # a socket's folder


def is_called_production(name: str) -> bool:
    """Whether a word of a name says production: `clinic_prod`, `ProdDb2`; not `product`, nor `non-prod`."""
    words = [word.lower() for word in _WORD.findall(name)]
    return any(
        word in _PRODUCTION and before not in {"non", "not"} for before, word in zip(["", *words], words, strict=False)
    )


def display_url(connection: psycopg.Connection[Any]) -> str:
    """Where a connection leads, as it may be printed."""
    info = connection.info
    return build(info.user, info.host or info.hostaddr, str(info.port), info.dbname)


def describe_error(error: Exception, url: str | None = None) -> str:
    """A driver's message in one line, without the password whatever form it takes.

    Of what the server said, only what went wrong: not the statement, nor hints about it.
    """
    diagnosis = getattr(error, "diag", None)
    text = " ".join(str((diagnosis and diagnosis.message_primary) or error).split()) or type(error).__name__
    secret = str(settings_of(url).get("password") or "") if url else ""
    for form in {secret, quote(secret, safe=""), quote(secret)} - {""}:
        text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", "***", text)  # as a word: a short one is part of many
    return re.sub(r"(://[^\s:/@]*:)[^\s@]+@", r"\1***@", text)


@contextmanager
def connected(url: str, patience: float | None = None) -> Iterator[psycopg.Connection[Any]]:
    """A connection for the duration of the block, in which each statement outside a transaction is one of its own.

    `patience` is how many seconds to wait for a pooler to have a connection for us, where that is limited.
    """
    with _one_line(url), _connect(url, tries=1 if patience else FULL_TRIES) as connection:
        _prepare(connection, patience)
        if not is_local(connection) and not connection.pgconn.ssl_in_use:
            _LOG.warning("%s: the connection is not encrypted; add sslmode=require to the URL", redact_url(url))
        yield connection


@contextmanager
def spare_connections(url: str, wanted: int) -> Iterator[list[psycopg.Connection[Any]]]:
    """As many further connections as wanted, or as many as are granted, which may be none."""
    with ExitStack() as opened:
        found: list[psycopg.Connection[Any]] = []
        for _ in range(wanted):
            try:
                found.append(opened.enter_context(connected(url, POOL_SECONDS)))
            except PostgresError:
                break
        yield found


@contextmanager
def _connect(url: str, tries: int) -> Iterator[psycopg.Connection[Any]]:
    import psycopg

    from qaseed.postgres.session import Session

    parts = settings_of(url)
    # poolers that give each transaction another server cannot keep prepared statements, nor do they take `options`
    options: dict[str, Any] = {"application_name": "qaseed", "connect_timeout": CONNECT_SECONDS} | parts
    options["client_encoding"] = "UTF8"
    failure, connection = None, None
    for left in reversed(range(tries)):
        try:
            connection = Session.connect(autocommit=True, prepare_threshold=None, **options)
            break
        except (psycopg.Error, ValueError, OSError) as error:
            text = describe_error(error, url)
            failure = PostgresError(f"{redact_url(url)}: {text}; {_unreachable(text)}")
        if not left or not _FULL.search(text):
            break
        time.sleep(FULL_PAUSE)  # a server takes a moment to notice that one of ours was closed
    if not connection:
        raise failure or AssertionError  # out here it has no context: that would keep the driver's own words
    try:
        yield connection
    finally:
        connection.close()


def _unreachable(text: str) -> str:
    """What to do where no connection came about. What the server said has no code then, so its words are looked at."""
    if _FULL.search(text):
        return _REMEDY_FULL
    return "check that the server runs and has a connection left, and that the URL and PG* variables are right"


def _prepare(connection: psycopg.Connection[Any], patience: float | None) -> None:
    """Settings for what runs outside of transactions, unless another client of a pooler would inherit them."""
    import psycopg

    from qaseed.postgres.session import apply

    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    if _server_pid(connection, patience) == connection.info.backend_pid:
        apply(connection, local=False)


def _server_pid(connection: psycopg.Connection[Any], patience: float | None) -> int:
    """The process that answers; not the one that was connected to where a pooler stands between."""
    import psycopg

    pgconn, answer = connection.pgconn, []
    pgconn.send_query(b"select pg_catalog.pg_backend_pid()")
    with selectors.DefaultSelector() as selector:
        selector.register(pgconn.socket, selectors.EVENT_READ)
        while pgconn.flush() or pgconn.is_busy():
            if not selector.select(patience):
                raise PostgresError(f"{display_url(connection)}: no connection of the pool is free; {_REMEDY_FULL}")
            pgconn.consume_input()
    while result := pgconn.get_result():
        answer.append(result)
    if answer[0].status != psycopg.pq.ExecStatus.TUPLES_OK:
        raise psycopg.OperationalError(answer[0].get_error_message())
    return int(answer[0].get_value(0, 0) or 0)


@contextmanager
def _one_line(url: str) -> Iterator[None]:
    """What Postgres refuses in the block, as one line."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise postgres_error(error, redact_url(url), url) from None


def postgres_error(error: psycopg.Error, where: str, url: str | None = None) -> PostgresError:
    """What Postgres said, and what to do about it."""
    from psycopg import OperationalError, errors

    remedies: dict[type[Exception], str] = {
        errors.InsufficientPrivilege: "connect as the tables' owner, or as a role that may create tables in the schema",
        errors.LockNotAvailable: "somebody holds the tables, or another restore runs; try again",
        errors.DependentObjectsStillExist: "drop what depends on the tables, or load into another --schema",
        errors.DiskFull: "free some space on the server",
        errors.ReadOnlySqlTransaction: "load into the primary, not a standby",
        errors.QueryCanceled: "somebody canceled it; try again",
        errors.TooManyConnections: _REMEDY_FULL,
    }
    lost = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.DatabaseDropped)
    remedy = next((text for kind, text in remedies.items() if isinstance(error, kind)), "nothing was changed")
    if isinstance(error, lost) or (isinstance(error, OperationalError) and error.sqlstate is None):
        remedy = "the connection was lost; check that the server runs, and try again"
    text = describe_error(error, url)
    if isinstance(error, errors.DependentObjectsStillExist) and error.diag.message_detail:
        text += f" ({' '.join(error.diag.message_detail.split())})"
    return PostgresError(f"{where}: {text}; {remedy}")
