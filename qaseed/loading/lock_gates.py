"""Gates: sessions that request exclusive locks on all tables at once, so that new readers wait before the first one.

A transaction requests one lock at a time. While it waits for its first table, readers lock the others, come to the
first, and neither goes on. Gates avoid that: the transaction that is to have all locks has weak ones, which no reader
or writer notices, and a gate for each table requests the exclusive lock behind it. Readers that have all they need
end; others wait with nothing in their hands. Then the transaction strengthens its locks, for which Postgres lets it
pass the gates, as they wait for it.
"""

from __future__ import annotations

import selectors
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Self

from psycopg.sql import SQL, Literal

from qaseed.postgres.connection import connections_left

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]
    Connect = Callable[[int], AbstractContextManager[list[Connection]]]

_GATE = """do $gate$ begin
    perform set_config('lock_timeout', {timeout}::text, true); execute {lock};
end $gate$"""
CONNECTIONS_LEFT = 10
"""How many connections gates leave to others."""
_REPEAT_SECONDS = 0.02
"""A gate that is canceled before it began to wait is canceled again after so long."""


class Gates:
    """Sessions that can stand before tables; those behind a pooler cannot, as their process is not known.

    `connections` are free ones, and `connect` opens more of them where these are too few.
    """

    def __init__(self, connections: Sequence[Connection], connect: Connect) -> None:
        self.connections, self.connect, self.opened = list(connections), connect, ExitStack()
        self.is_prepared = self.are_enough = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.opened.close()

    def prepare(self, count: int) -> None:
        """Open as many connections as are lacking for so many tables, if the server has them and many more."""
        direct = [each for each in self.connections if _is_direct(each)]
        lacking = count - len(direct)
        if direct and lacking > 0 and connections_left(direct[0]) > lacking + CONNECTIONS_LEFT:
            direct += self.opened.enter_context(self.connect(lacking))
        self.connections, self.is_prepared, self.are_enough = direct, True, len(direct) >= count

    @property
    def pids(self) -> list[int]:
        """The server's processes of the gates."""
        return [each.info.backend_pid for each in self.connections]

    @contextmanager
    def raised(self, connection: Connection, tables: Sequence[str], timeout: int) -> Iterator[bool]:
        """Request the locks, and cancel the requests over `connection` at the end; whether there are gates.

        A gate ends by itself after `timeout` milliseconds. There is one for each table, or none.
        """
        gates = self.connections[: len(tables)] if self.are_enough else []
        if not gates:
            yield False
            return
        try:
            for gate, table in zip(gates, tables, strict=True):
                lock = Literal(f"lock table {table} in access exclusive mode")
                gate.pgconn.send_query(SQL(_GATE).format(timeout=timeout, lock=lock).as_bytes(gate))
            yield True
        finally:
            _end(connection, gates)


def _is_direct(connection: Connection) -> bool:
    return connection.execute("select pg_backend_pid()").fetchone() == (connection.info.backend_pid,)


def _end(connection: Connection, gates: Sequence[Connection]) -> None:
    with selectors.DefaultSelector() as selector:
        waiting = {gate.pgconn.socket: gate for gate in gates}
        for socket in waiting:
            selector.register(socket, selectors.EVENT_READ)
        while waiting:
            pids = [gate.info.backend_pid for gate in waiting.values()]
            connection.execute("select pg_cancel_backend(pid) from unnest(%s::int[]) pid", (pids,))
            for key, _ in selector.select(_REPEAT_SECONDS):
                gate = waiting[key.fd]
                gate.pgconn.consume_input()
                if not gate.pgconn.is_busy():
                    while gate.pgconn.get_result():
                        pass
                    selector.unregister(key.fd)
                    del waiting[key.fd]
