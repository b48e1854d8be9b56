"""Connecting to a Postgres by its URL, and describing failures without ever showing a secret."""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import selectors
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from qaseed.config import settings
from qaseed.errors import PostgresError
from qaseed.postgres.urls import build, redact_url, settings_of

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 10
SPARE_TIMEOUT = 5.0
"""Seconds that a pooler may take to give a load a spare connection, before the load goes on without it."""
T = TypeVar("T")
FULL_TRIES, FULL_PAUSE = 4, 0.1
"""How often, and after how many seconds each, to try again while the server has no free connection."""
_LOG = logging.getLogger(__name__)
_FULL = re.compile("too many|connection slots|no more connections", re.IGNORECASE)
_CONNECTIONS_LEFT = """select least(case when r.rolconnlimit >= 0 and not r.rolsuper then r.rolconnlimit
        - (select count(*) from pg_catalog.pg_stat_activity where usesysid = r.oid and datid is not null) end,
    case when d.datconnlimit >= 0 and not r.rolsuper then d.datconnlimit
        - (select count(*) from pg_catalog.pg_stat_activity where datid = d.oid) end,
    current_setting('max_connections')::int
        - case when r.rolsuper then 0 else current_setting('superuser_reserved_connections')::int end
        - (select count(*) from pg_catalog.pg_stat_activity where datid is not null))
    from pg_catalog.pg_roles r, pg_catalog.pg_database d
    where r.rolname = session_user and d.datname = current_database()"""
_REMEDY_FULL = (
    "end other sessions, or raise the limit (CONNECTION LIMIT of the role or database, max_connections, "
    "the pool's size)"
)
_REMEDY_POLICY = (
    "connect as a role with BYPASSRLS; the tables' owner is enough once they are altered by NO FORCE ROW LEVEL SECURITY"
)
_SETTINGS_REMEDY = (
    "correct that setting, which a variable (PGTZ, PGDATESTYLE, PGOPTIONS), the URL's `options`, the role or the "
    "database has"
)
_REMEDY_SPACE = "free some space on the server"
_NOT_REACHABILITY = {
    re.compile("server does not support SSL, but SSL was required"): "turn TLS on there (ssl = on), or ask for none: "
    "leave sslmode=require (or verify-ca, verify-full; PGSSLMODE) out",
    re.compile('invalid value for parameter "[^"]*": "[^"]*"|unrecognized configuration parameter "[^"]*"'): (
        _SETTINGS_REMEDY
    ),
    re.compile("[^:]+: No space left on device"): _REMEDY_SPACE,
    re.compile('could not access file "[^"]*": No such file or directory'): (
        "install that library there, or correct the setting that names it (session_preload_libraries or "
        "local_preload_libraries of the role, the database or the server)"
    ),
    re.compile('database "[^"]*" does not exist'): "create it, or correct its name in the URL or PGDATABASE",
    re.compile('role "[^"]*" does not exist'): "create it, or correct its name in the URL or PGUSER",
    re.compile('password authentication failed for user "[^"]*"|no password supplied'): (
        "correct the password of the URL, PGPASSWORD or PGPASSFILE"
    ),
    re.compile('definition of service "[^"]*" not found'): "correct its name, or write it into pg_service.conf",
}
"""Messages of failed connections to a server that runs and can be reached, with their remedies."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PRODUCTION = re.compile(
    r"production|live|master|prod(?!uc|ig|rom)[a-z]*|prd[a-z]*|production(?!s)[a-z]+"
    r"|[a-z]*(?<!non)(?<!not)(?:prod|prd)|[a-z]+(?<!re)(?<!co)(?<!non)(?<!not)production"
)
"""Words that say production: `prod` and `prd` also where a longer word begins or ends with them (`proddb`, `pmsprod`),
which `product`, `prodigy` and `prodrome` do not."""


def is_local(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server is on this machine: connected by a socket, or at a loopback address.

    Read from the open connection, not from the URL: PGHOST, a service file or a list of hosts may choose another
    server.
    """
    host = connection.info.hostaddr or connection.info.host
    if not host or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def looks_like_production(connection: psycopg.Connection[Any]) -> bool:
    """Whether the name of the host, the database or the environment (`APP_ENV`) says production."""
    names = (connection.info.host, connection.info.dbname, os.environ.get("APP_ENV"))
    return any(is_called_production(name) for name in names if name and not name.startswith("/"))  # a folder of sockets


def is_called_production(name: str) -> bool:
    """Whether a word of a name says production: `clinic_prod`, `ProdDb2`, `PMSPROD`; not `product`, nor `non-prod`.

    The site's own words (the setting `production_words`) count wherever they are in the name, in any case.
    """
    if any(word.casefold() in name.casefold() for word in settings().production_words):
        return True
    words = [word.lower() for word in _WORD.findall(name)]
    pairs = zip(["", *words], words, strict=False)
    return any(_PRODUCTION.fullmatch(word) and before not in {"non", "not"} for before, word in pairs)


def display_url(connection: psycopg.Connection[Any]) -> str:
    """The URL of an open connection, without its password, so that it may be printed."""
    info = connection.info
    return build(info.user, info.host or info.hostaddr, str(info.port), info.dbname)


def describe_error(error: Exception, url: str | None = None) -> str:
    """The message of a driver's error in one line, without the password of `url`, plain or percent-encoded.

    Of a server's error only its primary message: details, hints and the statement may quote values of rows.
    """
    diagnosis = getattr(error, "diag", None)
    text = " ".join(str((diagnosis and diagnosis.message_primary) or error).split()) or type(error).__name__
    secret = str(settings_of(url).get("password") or "") if url else ""
    for form in {secret, quote(secret, safe=""), quote(secret)} - {""}:
        # as a whole word: a short password is part of many words
        text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", "***", text)
    return re.sub(r"(://[^\s:/@]*:)[^\s@]+@", r"\1***@", text)


@contextmanager
def connected(
    url: str, timeout: float | None = None, *, full_tries: int = FULL_TRIES
) -> Iterator[psycopg.Connection[Any]]:
    """A connection in autocommit mode, for the duration of the block; failures are `PostgresError`.

    `timeout` is how many seconds to wait for a pooler to assign a server connection; None waits without limit, and
    tries `full_tries` times, `FULL_PAUSE` seconds apart, while the server is full.
    """
    with _translated_errors(url), _open(url, timeout, full_tries) as connection:
        yield connection


@contextmanager
def _open(url: str, timeout: float | None, full_tries: int = FULL_TRIES) -> Iterator[psycopg.Connection[Any]]:
    with _connect(url, tries=1 if timeout else full_tries) as connection:
        _prepare(connection, timeout)
        if not is_local(connection) and not connection.pgconn.ssl_in_use:
            _LOG.warning("%s: the connection is not encrypted; add sslmode=require to the URL", redact_url(url))
        yield connection


@contextmanager
def spare_connections(url: str, wanted: int) -> Iterator[list[psycopg.Connection[Any]]]:
    """Up to `wanted` more connections: as many as the server or the pooler grants, which may be none.

    Errors of Postgres in the block are raised as they are: the block is within that of the first connection.
    """
    with ExitStack() as opened:
        connections: list[psycopg.Connection[Any]] = []
        for _ in range(wanted):
            try:
                with _translated_errors(url):
                    connections.append(opened.enter_context(_open(url, SPARE_TIMEOUT)))
            except PostgresError:
                break
        yield connections


@contextmanager
def _connect(url: str, tries: int) -> Iterator[psycopg.Connection[Any]]:
    import psycopg

    from qaseed.postgres.session import Session

    parts = settings_of(url)
    # a pooler in transaction mode neither keeps prepared statements nor accepts `options`
    options: dict[str, Any] = {"application_name": "qaseed", "connect_timeout": CONNECT_SECONDS} | parts
    options["client_encoding"] = "UTF8"
    failure, connection = None, None
    try:
        connection = while_full(lambda: Session.connect(autocommit=True, prepare_threshold=None, **options), tries)
    except (psycopg.Error, ValueError, OSError) as error:
        failure = PostgresError(f"{redact_url(url)}: {_with_remedy(describe_error(error, url))}")
    if not connection:
        # raised here and not where it is caught: as its context, the driver's error would show the password
        raise failure or AssertionError
    try:
        yield connection
    finally:
        connection.close()


def while_full(connect: Callable[[], T], tries: int) -> T:
    """What `connect` returns, which is tried again while the server has no connection left."""
    import psycopg

    for _ in range(tries - 1):
        try:
            return connect()
        except psycopg.Error as error:
            if not _FULL.search(str(error)):
                raise
        time.sleep(FULL_PAUSE)  # the server takes a moment to notice that a connection was closed
    return connect()


def connections_left(connection: psycopg.Connection[Any]) -> int:
    """How many more connections the limits of the role, the database and the server allow."""
    (left,) = connection.execute(_CONNECTIONS_LEFT).fetchone() or (0,)
    return int(left)


def _with_remedy(text: str) -> str:
    """The message of a failed connection with its remedy; it has no SQLSTATE, so that its text must decide."""
    if _FULL.search(text):
        return f"{text}; {_REMEDY_FULL}"
    for pattern, remedy in _NOT_REACHABILITY.items():
        if match := pattern.search(text):
            return f"{match[0]}; {remedy}"
    return f"{text}; check that the server runs and has a connection left, and that the URL and PG* variables are right"


def _prepare(connection: psycopg.Connection[Any], timeout: float | None) -> None:
    """Apply the settings to the session, for statements outside transactions.

    Not behind a pooler, where other clients would inherit them.
    """
    import psycopg

    from qaseed.postgres.session import apply

    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    if _server_pid(connection, timeout) == connection.info.backend_pid:
        apply(connection, local=False)


def _server_pid(connection: psycopg.Connection[Any], timeout: float | None) -> int:
    """The process id of the server that answers; behind a pooler it is not the one of the connection."""
    import psycopg

    pgconn, results = connection.pgconn, []
    pgconn.send_query(b"select pg_catalog.pg_backend_pid()")
    with selectors.DefaultSelector() as selector:
        selector.register(pgconn.socket, selectors.EVENT_READ)
        while pgconn.flush() or pgconn.is_busy():
            if not selector.select(timeout):
                raise PostgresError(f"{display_url(connection)}: no connection of the pool is free; {_REMEDY_FULL}")
            pgconn.consume_input()
    while result := pgconn.get_result():
        results.append(result)
    if results[0].status != psycopg.pq.ExecStatus.TUPLES_OK:
        raise psycopg.OperationalError(results[0].get_error_message())
    return int(results[0].get_value(0, 0) or 0)


@contextmanager
def _translated_errors(url: str) -> Iterator[None]:
    """Turn errors of Postgres in the block into `PostgresError`."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise postgres_error(error, redact_url(url), url) from None


def postgres_error(error: psycopg.Error, where: str, url: str | None = None) -> PostgresError:
    """The error as one line with its remedy; the message begins with `where`, and omits the password of `url`."""
    from psycopg import OperationalError, errors

    remedies: dict[type[Exception], str] = {
        errors.InsufficientPrivilege: "connect as the tables' owner, or as a role that may create tables in the schema",
        errors.LockNotAvailable: "another session has locked the tables, or another restore runs; try again",
        errors.DependentObjectsStillExist: "drop what depends on the tables",
        errors.DiskFull: _REMEDY_SPACE,
        errors.OutOfMemory: "free memory on the server, or raise its max_locks_per_transaction",
        errors.ConfigurationLimitExceeded: "raise that limit of the server or the role",
        errors.ReadOnlySqlTransaction: "load into the primary, not a standby",
        errors.QueryCanceled: "the statement was canceled; try again",
        errors.TooManyConnections: _REMEDY_FULL,
        **dict.fromkeys(
            (errors.CheckViolation, errors.ExclusionViolation, errors.NotNullViolation, errors.UniqueViolation),
            "nothing was changed: drop or change this constraint, or load into another --schema",
        ),
    }
    if isinstance(error, errors.InsufficientPrivilege) and error.diag.source_file == "rls.c":  # in any language
        remedies[errors.InsufficientPrivilege] = _REMEDY_POLICY
    lost = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.DatabaseDropped)
    remedy = next((text for kind, text in remedies.items() if isinstance(error, kind)), "nothing was changed")
    if isinstance(error, lost) or (isinstance(error, OperationalError) and error.sqlstate is None):
        remedy = "the connection was lost; check that the server runs, and try again"
    text = describe_error(error, url)
    if isinstance(error, errors.DependentObjectsStillExist) and error.diag.message_detail:
        text += f" ({' '.join(error.diag.message_detail.split())})"
    return PostgresError(f"{where}: {text}; {remedy}")
