"""Database URLs: their settings, and how to print them without their secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any
from urllib.parse import quote, urlencode

from qaseed.errors import UsageError

_DRIVER = re.compile(r"^(?:jdbc:)?postgres(?:ql)?(?:\+\w+)?://", re.IGNORECASE)
_URL = re.compile(
    r"postgresql://(?:(?P<user>[^@/?]+)@)?(?P<host>\[[^]]*\]|[^:/?]*)(?::(?P<port>[^/?]*))?"
    r"(?P<rest>/?(?P<dbname>[^?]*).*)",
    re.DOTALL,
)
_NAMED = re.compile(r"(?:^|[\s?&])(user|host|port|dbname)\s*=")
_SCHEMA, _TLS, _OUT = "leave it out, and give --schema NAME", "write sslmode=require instead", "leave it out"
_FOREIGN = (
    dict.fromkeys("schema currentSchema search_path searchpath".split(), _SCHEMA)
    | dict.fromkeys("sslaccept ssl_mode sslMode tls ssl-mode useSSL".split(), _TLS)
    | dict.fromkeys(
        """
        pgbouncer connection_limit pool_timeout pool_size max_overflow pool_recycle socket_timeout
        sslidentity statement_cache_size prepared_statement_cache_size prepareThreshold
        command_timeout statement_timeout timeout pool charset encoding serverVersion timezone
        TimeZone ApplicationName reWriteBatchedInserts stringtype binaryTransfer tcpKeepAlive
        loginTimeout socketTimeout connectTimeout targetServerType autosave uselibpqcompat
        prepared_statements async_fallback server_settings pool_max_conns pool_min_conns
        default_query_exec_mode conn_max_age workaround
        """.split(),
        _OUT,
    )
)
"""Parameters that other drivers and frameworks put into such URLs, with the remedy for each."""
_TLS_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_MISPLACED = re.compile("[:;&,=/]|passw|pwd", re.IGNORECASE)
"""Matches names of users and databases that are probably part of a password, in a malformed URL."""
_MALFORMED = "the database URL is malformed; write postgresql://USER@HOST:PORT/DATABASE, with %-escapes"


def settings_of(url: str) -> dict[str, Any]:
    """The connection settings of a URL, or of libpq's `key=value` string.

    `UsageError` if it is malformed or has parameters of other drivers; no message repeats a part that may be the
    password.
    """
    from psycopg import Error
    from psycopg.conninfo import conninfo_to_dict

    plain = _DRIVER.sub("postgresql://", url.strip())  # a secret that was read from a file ends in a line feed
    if not plain:
        raise UsageError("the database URL is empty; write postgresql://USER@HOST:PORT/DATABASE")
    if not (split := _is_split_by_password(plain)):
        _refuse_foreign(plain)
    try:
        parts = dict(conninfo_to_dict(plain))
    except (Error, ValueError):
        parts = {}  # the driver's message may quote part of the password
    port, names = str(parts.get("port") or ""), f"{parts.get('host')}{parts.get('dbname')}"
    if split or not parts or not names.isprintable() or "@" in names or not re.fullmatch("[0-9,]*", port):
        raise UsageError(_MALFORMED)
    host = str(parts.get("host") or "")
    if any(_MISPLACED.search(str(parts.get(name) or "")) for name in ("user", "dbname")):
        raise UsageError(_MALFORMED)
    if not host.startswith("/") and re.search("[;=&]", host):
        raise UsageError(_MALFORMED)
    if parts.get("sslmode") not in (None, *_TLS_MODES):
        raise UsageError(f"the database URL has an unknown sslmode; write one of {', '.join(_TLS_MODES)}")
    if not re.fullmatch("-?[0-9]*", str(parts.get("connect_timeout") or "")):
        raise UsageError("the database URL has a connect_timeout that is not a number; write seconds")
    return parts


def _is_split_by_password(url: str) -> bool:
    """Whether libpq may read part of the password as a host, port, database or parameter, for an unescaped character.

    The signs are an @ after the authority, and a setting that is given twice.
    """
    match = _URL.match(url)
    given = [name for name in ("user", "host", "port", "dbname") if match and match[name]]
    given += _NAMED.findall(match["rest"] if match else url)
    return len(given) > len(set(given)) or bool(match and "@" in match["rest"])


def _refuse_foreign(url: str) -> None:
    """`UsageError` for a parameter that libpq does not have; names it unless the name may be part of the password."""
    from psycopg.pq import Conninfo

    match = _URL.match(url)
    query = match["rest"].partition("?")[2] if match else ""
    names = [part.partition("=")[0] for part in query.split("&") if part]
    known = {option.keyword.decode() for option in Conninfo.get_defaults()} | {"ssl"}
    for name in names:
        if name in known:
            continue
        is_named = f"{name}=" in query and name.isidentifier()  # without a value it may be part of a password
        if name in _FOREIGN or (is_named and not any("password" in other for other in names)):
            remedy = _FOREIGN.get(name, _OUT)
            raise UsageError(f"the database URL has the parameter {name!r}, which is not one of Postgres'; {remedy}")
        raise UsageError("the database URL has a parameter that is not one of Postgres'; leave it out")


def redact_url(url: str) -> str:
    """The URL with user, host, port and database only, so that it may be printed: no password, no parameters."""
    parts = {name: str(value or "") for name, value in settings_of(url).items()}
    host = parts.get("host") or parts.get("hostaddr", "")
    return build(parts.get("user", ""), host, parts.get("port", ""), parts.get("dbname", ""))


def build(user: str, host: str, port: str, database: str) -> str:
    """A URL of its parts; commas separate several hosts and their ports."""
    is_socket = host.startswith("/")
    names, ports = [""] if is_socket else host.split(","), port.split(",")
    pairs = zip_longest(names, ports * len(names) if len(ports) == 1 else ports, fillvalue="")
    hosts = ",".join(
        (f"[{name}]" if ":" in name else name) + (f":{number}" if number else "") for name, number in pairs
    )
    query = f"?host={quote(host, safe='/,')}" if is_socket else ""
    return "postgresql://" + (f"{quote(user)}@" if user else "") + f"{hosts}/{quote(database)}{query}"


def with_database(url: str, database: str) -> str:
    """The same server's connection settings, with another database."""
    from psycopg.conninfo import make_conninfo

    return make_conninfo(**settings_of(url) | {"dbname": database})


def whole_url(settings: Mapping[str, Any]) -> str:
    """The URL of connection settings with all that they have, the password too: for a program, not for people."""
    parts = {name: str(value) for name, value in settings.items() if value not in (None, "")}
    user, password = parts.pop("user", ""), parts.pop("password", "")
    host, port = parts.get("host", ""), parts.get("port", "")
    if host.startswith("/"):
        host, port = "", ""  # some drivers take an empty host before a port for a name, and ignore the parameter
    else:
        parts = {name: value for name, value in parts.items() if name not in {"host", "port"}}
    plain = build(user, host, port, parts.pop("dbname", ""))
    if password and user:
        plain = plain.replace("@", f":{quote(password, safe='')}@", 1)
    elif password:
        parts["password"] = password
    query = urlencode(parts, quote_via=quote)
    return plain + "?" * bool(query) + query
