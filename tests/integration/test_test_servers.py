"""Servers as runs of tests meet them: full, restarted, behind a pooler, used by two runs at once, without privileges."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from qaseed.errors import ConfirmationError, PostgresError
from qaseed.postgres.server import Server
from qaseed.snapshot import Snapshot
from qaseed.testing import TestServer, loader
from support.clones import named
from support.databases import ask, database_name
from support.own_server import own_server
from support.pgbouncer import PGBOUNCER, pgbouncer
from support.projects import remove_databases_of_tests

pytestmark = pytest.mark.integration
COUNT = "select count(*) from client"


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    yield server.url
    remove_databases_of_tests(server.url)


def databases_of_tests(url: str) -> list[str]:
    return [name for (name,) in ask(url, "select datname from pg_database where datname like 'qaseed_test_%'")]


def test_two_runs_at_once_leave_each_others_databases(url: str, minimal: Snapshot) -> None:
    with TestServer(url) as first, first.database(minimal) as mine:
        with TestServer(url) as second, second.database(minimal) as other:
            assert second.dropped == []
            assert ask(mine.url, COUNT) == ask(other.url, COUNT) == [(25,)]
        assert ask(mine.url, COUNT) == [(25,)]
    assert databases_of_tests(url) == []


def test_a_database_is_dropped_although_a_pool_and_a_monitor_use_it(url: str, minimal: Snapshot) -> None:
    with TestServer(url) as server:
        database = server.create(minimal)
        pool, monitor = psycopg.connect(database.url), psycopg.connect(database.url)
        pool.execute("lock table client")
        server.drop(database)
        assert databases_of_tests(url) == []
        pool.close()
        monitor.close()


def test_eight_workers_share_twelve_connections(minimal: Snapshot) -> None:
    with own_server() as small:
        ask(small.url, "alter system set max_connections = 12")
        small.stop()
        small.start()
        failures: list[BaseException] = []

        def work(worker: int) -> None:
            try:
                with TestServer(small.url, "run", f"gw{worker}", workers=8) as server:
                    for _ in range(3):
                        with server.database(minimal) as database, database.connect() as connection:
                            assert connection.execute(COUNT).fetchone() == (25,)
            except BaseException as error:  # noqa: BLE001  # reported by the test
                failures.append(error)

        threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert databases_of_tests(small.url) == []


def test_a_server_that_restarts_fails_one_test_and_serves_the_next(minimal: Snapshot) -> None:
    with own_server() as restarted, TestServer(restarted.url) as server:
        with server.database(minimal):
            pass
        restarted.stop()
        with pytest.raises(PostgresError, match="check that the server runs"):
            server.create(minimal)
        restarted.start()
        with server.database(minimal) as database:
            assert ask(database.url, COUNT) == [(25,)]


def test_a_template_that_another_run_dropped_is_created_anew(url: str, minimal: Snapshot) -> None:
    with TestServer(url) as server:
        with server.database(minimal):
            pass
        remove_databases_of_tests(url)
        with server.database(minimal) as database:
            assert ask(database.url, COUNT) == [(25,)]


@pytest.mark.skipif(PGBOUNCER is None, reason="no pgbouncer on this machine")
def test_a_pooler_is_refused_before_anything_is_created(server: Server) -> None:
    with (
        pgbouncer(server.socket, database_name(server.url)) as pooled,
        pytest.raises(PostgresError, match="is a pooler"),
        TestServer(pooled),
    ):
        pass


def test_roles_have_templates_of_their_own_where_one_may_not_use_anothers(url: str, minimal: Snapshot) -> None:
    for role in ("tester_one", "tester_two"):
        ask(url, f"drop role if exists {role}")
        ask(url, f"create role {role} login createdb")
    try:
        for role in ("tester_one", "tester_two"):
            with TestServer(named(url, database_name(url), role)) as server, server.database(minimal) as database:
                assert ask(database.url, COUNT) == [(25,)]
    finally:
        remove_databases_of_tests(url)
        ask(url, "drop role tester_one, tester_two")


def test_the_loader_fills_the_database_that_another_tool_creates(database: str, minimal: Snapshot) -> None:
    settings = psycopg.conninfo.conninfo_to_dict(database)
    loader(str(minimal.folder))(
        host=settings["host"], port=settings["port"], user=settings["user"], dbname=settings["dbname"], password=""
    )
    assert ask(database, COUNT) == [(25,)]


def test_a_server_elsewhere_needs_a_permit(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qaseed.testing.databases.is_local", lambda _: False)
    with pytest.raises(ConfirmationError, match="qaseed target init"), TestServer(url):
        pass


def test_a_url_for_applications_has_all_that_the_settings_have(url: str, minimal: Snapshot) -> None:
    with TestServer(url) as server, server.database(minimal) as database:
        assert database.parameters["dbname"] in database.url
        assert database.url_for("psycopg").startswith("postgresql+psycopg://")
        assert database.django["NAME"] == database.environment["PGDATABASE"] == database.parameters["dbname"]
        assert repr(database) == "TestDatabase(schema='public')"
