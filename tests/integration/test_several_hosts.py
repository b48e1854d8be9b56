"""A URL that lists several servers, or leads to a balancer: everything happens on the one that was checked."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from qaseed.errors import PostgresError
from qaseed.loading import clone, load
from qaseed.loading.clone_leftovers import drop_templates
from qaseed.postgres.one_server import pinned_url
from qaseed.postgres.server import Server
from qaseed.snapshot import Snapshot
from support.databases import ask, database_name
from support.installed_postgres import InstalledPostgres
from support.own_server import own_server

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def other() -> Iterator[Server]:
    """A second server."""
    with own_server() as running:
        yield running


@pytest.fixture
def both(database: str, other: Server) -> Iterator[tuple[str, str]]:
    """The URLs of databases of one name on two servers."""
    name = database_name(database)
    ask(other.url, f"create database {name}")
    yield database, other.url.replace("/qaseed?", f"/{name}?")
    ask(other.url, f"drop database {name} with (force)")


def tables(url: str) -> list[tuple[str, ...]]:
    return ask(url, "select schemaname, tablename from pg_tables where schemaname !~ '^pg_|^information' order by 1, 2")


def folder_of_socket(url: str) -> str:
    return str(conninfo_to_dict(url)["host"])


def test_a_load_stays_on_the_server_that_it_chose(both: tuple[str, str], minimal: Snapshot) -> None:
    folders = [folder_of_socket(url) for url in both]
    either = make_conninfo(both[0], host=",".join(folders), load_balance_hosts="random")
    chosen = set()
    for _ in range(30):
        for url in both:
            ask(url, "drop schema public cascade; create schema public")
        assert load(minimal, either).verified
        loaded = [url for url in both if tables(url)]
        assert len(loaded) == 1
        assert {schema for schema, _ in tables(loaded[0])} == {"public"}
        chosen.update(loaded)
        if len(chosen) == 2:
            break
    assert chosen == set(both)


@pytest.fixture
def balancer(both: tuple[str, str]) -> Iterator[str]:
    """The URL of a port that leads to either server in turn, which no pin can see through."""
    opened = [listener := socket.create_server(("127.0.0.1", 0))]
    threads: list[threading.Thread] = []
    names = [f"{folder_of_socket(url)}/.s.PGSQL.{conninfo_to_dict(url).get('port', 5432)}" for url in both]

    def forward(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(65536):
                sink.sendall(content)
            sink.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with contextlib.suppress(OSError):
            for name in itertools.cycle(names):
                client, _ = listener.accept()
                backend = socket.socket(socket.AF_UNIX)
                backend.connect(name)
                opened.extend((client, backend))
                for pair in ((client, backend), (backend, client)):
                    threads.append(threading.Thread(target=forward, args=pair))
                    threads[-1].start()

    acceptor = threading.Thread(target=serve)
    acceptor.start()
    given = conninfo_to_dict(both[0])
    yield f"postgresql://{given['user']}@127.0.0.1:{listener.getsockname()[1]}/{given['dbname']}?sslmode=disable"
    for end in opened:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    for thread in (acceptor, *threads):
        thread.join()
    for end in opened:
        end.close()


def test_a_balancer_is_refused_before_anything_is_changed(
    both: tuple[str, str], balancer: str, minimal: Snapshot
) -> None:
    for action in (
        lambda: load(minimal, balancer),
        lambda: load(minimal, balancer, dry_run=True),
        lambda: clone(minimal, balancer, "never"),
        lambda: drop_templates(balancer),
    ):
        with pytest.raises(PostgresError, match="leads to several servers; give the URL of the one to load into"):
            action()
    assert [tables(url) for url in both] == [[], []]


def test_the_pin_keeps_what_else_the_url_says(database: str, server: Server | InstalledPostgres) -> None:
    with psycopg.connect(database) as connection:
        pinned = conninfo_to_dict(pinned_url(f"{database}&connect_timeout=7&application_name=mine", connection))
        assert (pinned["connect_timeout"], pinned["application_name"]) == ("7", "mine")
        assert pinned["dbname"] == database_name(database)
        assert pinned["host"] == connection.info.host
        with psycopg.connect(pinned_url(database, connection)) as again:
            assert again.info.dbname == connection.info.dbname
