"""Reaching a Postgres by its URL, without ever showing what must stay secret."""

from __future__ import annotations

import ipaddress
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from qaseed.errors import PostgresError, UsageError

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 10
_LOG = logging.getLogger(__name__)
_DRIVER = re.compile(r"^postgres(?:ql)?(?:\+\w+)?://")
_URL = re.compile(
    r"postgresql://(?:(?P<user>[^@/?]+)@)?(?P<host>\[[^]]*\]|[^:/?]*)(?::(?P<port>[^/?]*))?(?P<rest>/?(?P<dbname>[^?]*).*)",
    re.DOTALL,
)
_NAMED = re.compile(r"(?:^|[\s?&])(user|host|port|dbname)\s*=")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_PRODUCTION = frozenset({"prod", "production", "prd", "live", "master"})


def settings_of(url: str) -> dict[str, Any]:
    """The connection settings that a URL (or libpq's `key=value` string) tells; `UsageError` if it is malformed."""
    from psycopg import Error
    from psycopg.conninfo import conninfo_to_dict

    plain = _DRIVER.sub("postgresql://", url)
    try:
        parts = dict(conninfo_to_dict(plain))
    except (Error, ValueError):
        parts = {}  # the driver's message may quote part of the password
    port, names = str(parts.get("port") or ""), f"{parts.get('host')}{parts.get('dbname')}"
    if not parts or "@" in names or _is_torn(plain) or not re.fullmatch("[0-9,]*", port):
        raise UsageError("the database URL is malformed; write postgresql://USER@HOST:PORT/DATABASE, with %-escapes")
    return parts


def _is_torn(url: str) -> bool:
    """Whether an unescaped character made a host, port, database or parameter of what was meant as a password.

    So it may be where an @ follows the authority, or where something is told twice.
    """
    found = _URL.match(url)
    told = [name for name in ("user", "host", "port", "dbname") if found and found[name]]
    told += _NAMED.findall(found["rest"] if found else url)
    return len(told) > len(set(told)) or bool(found and "@" in found["rest"])


def shown(url: str) -> str:
    """The URL as it may be printed: user, host, port and database, never a password nor any other parameter."""
    parts = {name: str(value or "") for name, value in settings_of(url).items()}
    return _told_url(*(parts.get(name, "") for name in ("user", "host", "port", "dbname")))


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


def reached(connection: psycopg.Connection[Any]) -> str:
    """Where a connection leads, as it may be printed."""
    info = connection.info
    return _told_url(info.user, info.host, str(info.port), info.dbname)


def _told_url(user: str, host: str, port: str, database: str) -> str:
    is_socket = host.startswith("/")
    at = (f"{quote(user)}@" if user else "") + ("" if is_socket else host) + (f":{port}" if port else "")
    return f"postgresql://{at}/{quote(database)}" + (f"?host={quote(host)}" if is_socket else "")


def told(error: Exception, url: str | None = None) -> str:
    """A driver's message in one line, without the password whatever form it takes."""
    text = " ".join(str(error).split()) or type(error).__name__
    secret = str(settings_of(url).get("password") or "") if url else ""
    for form in {secret, quote(secret, safe=""), quote(secret)} - {""}:
        text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", "***", text)  # as a word: a short one is part of many
    return re.sub(r"(://[^\s:/@]*:)[^\s@]+@", r"\1***@", text)


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection for the duration of the block, closed without commit unless the block commits."""
    import psycopg

    connection = _connect(url)
    if not is_local(connection) and not connection.pgconn.ssl_in_use:
        _LOG.warning("%s: the connection is not encrypted; add sslmode=require to the URL", shown(url))
    try:
        yield connection
    except psycopg.Error as error:
        raise refused(error, shown(url), url) from None
    finally:
        connection.close()


def _connect(url: str) -> psycopg.Connection[Any]:
    import psycopg

    parts = settings_of(url)
    # poolers that give each transaction another server cannot keep prepared statements
    options: dict[str, Any] = {"application_name": "qaseed", "connect_timeout": CONNECT_SECONDS} | parts
    try:
        return psycopg.connect(prepare_threshold=None, **options)
    except (psycopg.Error, ValueError, OSError) as error:
        failure = PostgresError(f"{shown(url)}: {told(error, url)}; check that the server runs and the URL is right")
    raise failure  # out here it has no context: that would keep the driver's own words


def refused(error: psycopg.Error, where: str, url: str | None = None) -> PostgresError:
    """What Postgres said, and what to do about it."""
    from psycopg import errors

    remedies: dict[type[Exception], str] = {
        errors.InsufficientPrivilege: "connect as the tables' owner, or as a role that may create tables in the schema",
        errors.LockNotAvailable: "somebody holds the tables, or another restore runs; try again",
        errors.DependentObjectsStillExist: "drop what depends on the tables, or load into another --schema",
        errors.DiskFull: "free some space on the server",
        errors.ReadOnlySqlTransaction: "load into the primary, not a standby",
        errors.QueryCanceled: "raise the role's statement_timeout",
    }
    remedy = next((text for kind, text in remedies.items() if isinstance(error, kind)), "nothing was changed")
    return PostgresError(f"{where}: {told(error, url)}; {remedy}")
