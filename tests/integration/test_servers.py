"""Other servers than the embedded one, where the machine has them, and roles without any privilege but their database."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from foreign import Foreign

from qaseed.inspection import examine
from qaseed.loading import load, purge
from qaseed.postgres.server import Server
from qaseed.snapshot import Snapshot

pytestmark = pytest.mark.integration
FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []


@pytest.fixture(params=FOUND, ids=[path.parent.name for path in FOUND])
def other(request: pytest.FixtureRequest) -> Iterator[str]:
    """The superuser's URL of a server made with the machine's own programs."""
    found = Foreign(request.param, Path(tempfile.mkdtemp(prefix="qaseed-other-")))
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
    assert all(check.ok for check in examine(url))
    for how in (None, "text", "insert"):
        assert load(snapshot, url, how=how).digests == snapshot.manifest.digests
    assert sum(purge(url).values()) == 148
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)


def test_a_plain_owner_needs_nothing_more(minimal: Snapshot, server: Server) -> None:
    whole_round(minimal, owned(server.url))


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


def test_a_killed_server_comes_back(server: Server) -> None:
    home = Path(tempfile.mkdtemp(prefix="qaseed-killed-"))
    home.chmod(0o755)
    running = Server(home / "pg")
    running.start()
    pid = running.pid
    assert pid
    os.kill(pid, 9)
    try:
        again = Server(home / "pg")
        again.start()
        assert again.pid not in (None, pid)
    finally:
        Server(home / "pg").stop()
        shutil.rmtree(home)
