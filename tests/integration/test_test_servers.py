"""Servers as runs of tests meet them: full, restarted, behind a pooler, used by two runs at once, without privileges."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from qaseed import generation
from qaseed.errors import ConfirmationError, PostgresError
from qaseed.loading import clone
from qaseed.loading.clone_leftovers import drop_templates
from qaseed.loading.template_names import template_name
from qaseed.postgres.server import Server
from qaseed.postgres.urls import settings_of
from qaseed.snapshot import Snapshot, open_snapshot, with_defaults
from qaseed.testing import TestServer, loader, snapshot_for_tests, snapshots
from qaseed.testing.owner import FOREIGN_SECONDS, Owner
from support.clones import named
from support.databases import ask, database_name
from support.own_server import own_server, own_server_on_a_small_disk
from support.pgbouncer import PGBOUNCER, pgbouncer
from support.projects import remove_databases_of_tests, without_databases_of_tests

pytestmark = pytest.mark.integration
COUNT = "select count(*) from client"
FRESH = {"postgres", "qaseed", "template0", "template1"}


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    with without_databases_of_tests(server.url):
        yield server.url


def databases(url: str) -> list[str]:
    return [name for (name,) in ask(url, "select datname from pg_database")]


def databases_of_tests(url: str) -> list[str]:
    return [name for name in databases(url) if name.startswith("qaseed_test_")]


def test_the_snapshot_of_a_profile_is_found_without_its_generators(
    tmp_path: Path, minimal: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    generated: list[Path] = []

    def generate(_: object, folder: Path) -> SimpleNamespace:
        generated.append(folder)
        place = shutil.copytree(minimal.folder, tmp_path / str(len(generated)))
        return SimpleNamespace(snapshot=open_snapshot(place))

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "cache/qaseed/tests").mkdir(parents=True)
    monkeypatch.setattr(generation, "generate", generate)
    first, again = snapshot_for_tests("minimal"), snapshot_for_tests("minimal")
    assert (first.folder, again.folder, len(generated)) == (tmp_path / "1", tmp_path / "1", 1)
    shutil.rmtree(first.folder)
    assert snapshot_for_tests("minimal").folder == tmp_path / "2"
    monkeypatch.setattr(snapshots, "_files", lambda _: [("another version", 0, 0)])
    assert snapshot_for_tests("minimal").folder == tmp_path / "3"


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


def test_a_server_that_restarts_fails_one_test_and_the_next_waits_for_it(
    minimal: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_server() as restarted, TestServer(restarted.url) as server:
        with server.database(minimal):
            pass
        restarted.stop()
        with pytest.raises(PostgresError, match="check that the server runs"):
            server.create(minimal)
        starting = threading.Timer(1, restarted.start)
        starting.start()
        with server.database(minimal) as database:
            assert ask(database.url, COUNT) == [(25,)]
        starting.join()
        restarted.stop()
        monkeypatch.setattr("qaseed.testing.databases.RESTART_SECONDS", 1)
        seconds = []
        for _ in range(3):  # fails with its connection, waits in vain, does not wait
            begun = time.monotonic()
            with pytest.raises(PostgresError, match="check that the server runs"):
                server.create(minimal)
            seconds.append(time.monotonic() - begun)
        assert seconds[2] < 1 <= seconds[1]
        restarted.start()


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


def test_the_loader_refuses_a_database_that_is_named_like_production(server: Server) -> None:
    ask(server.url, 'create database "clinic_production"')
    try:
        with pytest.raises(ConfirmationError, match="named like a production system"):
            loader("minimal")(**psycopg.conninfo.conninfo_to_dict(named(server.url, "clinic_production")))
    finally:
        ask(server.url, 'drop database "clinic_production"')


def test_a_full_disk_is_named_and_the_run_goes_on_once_there_is_space(minimal: Snapshot) -> None:
    with own_server_on_a_small_disk("64m") as (small, disk), TestServer(small.url) as server:
        full = disk / "full"

        def fill(left: int) -> None:
            full.write_bytes(bytes(shutil.disk_usage(disk).free - left))

        fill(left=2 << 20)
        with pytest.raises(PostgresError, match="free some space on the server"):
            server.create(minimal)
        assert set(databases(small.url)) == FRESH, "no half of a template"
        full.unlink()
        database = server.create(minimal)
        fill(left=1 << 20)
        with pytest.raises(PostgresError, match="free some space on the server"):
            server.create(minimal)
        assert databases_of_tests(small.url) == [database_name(database.url)]
        full.unlink()
        with server.database(minimal) as other:
            assert ask(database.url, COUNT) == ask(other.url, COUNT) == [(25,)]


def test_tests_and_clones_share_the_template_of_a_snapshot_without_defaults(url: str) -> None:
    older = open_snapshot(Path(__file__).parents[2] / "artifacts" / "minimal")
    with TestServer(url) as server, server.database(older):
        clone(older, url, "clone_of_older")
    ask(url, 'drop database "clone_of_older"')
    templates = ask(url, "select datname from pg_database where datname like 'qaseed_template_%'")
    assert templates == [(template_name(with_defaults(older)),)]


def test_a_template_with_a_table_of_somebody_is_not_dropped(url: str, minimal: Snapshot) -> None:
    with TestServer(url) as server, server.database(minimal):
        pass
    name = template_name(with_defaults(minimal))
    ask(url, f'alter database "{name}" with is_template false allow_connections true')
    ask(named(url, name), "create table of_mine (id bigint)")
    assert name not in drop_templates(url)
    assert ask(named(url, name), "select count(*) from of_mine") == [(0,)]


@pytest.mark.parametrize("age", [60, 10_000])
def test_what_belongs_to_a_process_of_another_machine_stays_while_it_may_be_used(
    url: str, minimal: Snapshot, age: int
) -> None:
    elsewhere = replace(Owner("run", "main"), machine="another", started=time.time() - age)
    with TestServer(url) as server:
        server.owner = elsewhere  # type: ignore[misc]  # a cached property
        database = server.create(minimal)
    schema = f"qaseed_test_{'a' * 16}_{'b' * 8}"
    ask(url, f"create schema {schema}")
    ((oid,),) = ask(url, f"select '{schema}'::regnamespace::oid::int")
    ask(url, f"comment on schema {schema} is '{elsewhere.comment(oid)}'")
    try:
        with psycopg.connect(database.url), TestServer(url) as other:
            assert other.dropped == []
        with TestServer(url) as other:
            assert other.dropped == ([database.parameters["dbname"]] if age > FOREIGN_SECONDS else [])
    finally:
        ask(url, f"drop schema {schema}")


def test_a_process_that_is_hidden_may_live(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = replace(Owner("run", "main"), pid=1 << 22, process="7")
    assert owner.has_ended()

    def hidden(pid: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr("os.kill", hidden)
    assert owner.has_ended() is None
    assert Owner("run", "main").has_ended() is False


def test_a_server_elsewhere_needs_a_permit(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qaseed.testing.databases.is_local", lambda _: False)
    with pytest.raises(ConfirmationError, match="qaseed target init"), TestServer(url):
        pass


def test_a_url_for_applications_has_all_that_the_settings_have(url: str, minimal: Snapshot) -> None:
    with TestServer(url) as server, server.database(minimal) as database:
        assert settings_of(database.url) == database.parameters
        assert database.url_for("psycopg").startswith("postgresql+psycopg://")
        assert database.django["NAME"] == database.environment["PGDATABASE"] == database.parameters["dbname"]
        assert repr(database) == "TestDatabase(schema='public')"
