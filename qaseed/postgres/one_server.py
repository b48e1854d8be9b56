"""Further connections go to the server that was checked, although a URL may list several or lead to a balancer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from psycopg.conninfo import make_conninfo

from qaseed.errors import PostgresError
from qaseed.postgres.connection import display_url
from qaseed.postgres.permit import read_identity
from qaseed.postgres.urls import settings_of

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


def pinned_url(url: str, connection: Connection) -> str:
    """The settings of `url` with the host, address and port that an open connection of it has."""
    info = connection.info
    # of several passwords in a file of passwords libpq chose the one of this host
    chosen = {"host": info.host, "hostaddr": info.hostaddr, "port": str(info.port), "password": info.password}
    settings = settings_of(url) | {name: value for name, value in chosen.items() if value}
    if info.host.startswith("/"):
        settings.pop("hostaddr", None)
    return make_conninfo(**settings)


def refuse_other_servers(connection: Connection, further: Sequence[Connection]) -> None:
    """`PostgresError` unless all further connections lead to the database and the server of the first."""
    expected = _identity(connection) if further else None
    for other in further:
        if _identity(other) != expected:
            raise PostgresError(
                f"{display_url(connection)}: leads to several servers; give the URL of the one to load into, "
                "nothing was changed"
            )


def _identity(connection: Connection) -> tuple[object, ...]:
    with connection.transaction():  # which has the settings that queries rely on, behind a pooler too
        started = connection.execute("select pg_catalog.pg_postmaster_start_time()").fetchone()
        return read_identity(connection), started
