"""What several modules of integration tests use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import psycopg
import pytest

from qaseed.loading import load
from qaseed.postgres.server import Server
from qaseed.snapshot import Snapshot
from support.clones import named
from support.databases import ask, copy_of_loaded, new_database
from support.fault_server import FaultServer, serving, upstream
from support.installed_postgres import InstalledPostgres
from support.narrow_snapshot import narrowed
from support.shared_snapshots import Shared
from support.stores import moto_server, s3_environment


@pytest.fixture(scope="session")
def minimal(shared: Shared, minimal: Snapshot) -> Snapshot:
    """The rows of `minimal` in few of its columns, of which a load takes half the time; see also `all_columns`."""
    return shared.made("minimal_narrow", partial(narrowed, minimal))


@pytest.fixture(scope="session")
def changed(shared: Shared, changed: Snapshot) -> Snapshot:
    """The rows of `changed` in the same columns."""
    return shared.made("changed_narrow", partial(narrowed, changed))


@pytest.fixture(scope="session")
def _loaded_once(server: Server | InstalledPostgres, minimal: Snapshot) -> Iterator[str]:
    """A database to copy, as a load of `minimal` leaves an empty one."""
    with new_database(server.url) as url:
        load(minimal, url)
        yield url


@pytest.fixture
def loaded(server: Server | InstalledPostgres, _loaded_once: str) -> Iterator[str]:
    """The URL of a database as a load of `minimal` leaves an empty one, copied in a tenth of a load's time."""
    with copy_of_loaded(server.url, _loaded_once) as url:
        yield url


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The URL of a server that speaks S3."""
    with moto_server() as endpoint:
        yield endpoint


@pytest.fixture
def faults(moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """A server with faults in front of it, which the environment names."""
    with serving(upstream(moto)) as server:
        for name, value in s3_environment(server.url).items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture(scope="session")
def cache_of_projects(shared: Shared) -> str:
    """The cache of one user's projects: the first of them generates the snapshot of its tests, the others find it."""
    return str(shared.folder / "cache")


@pytest.fixture
def fresh(server: Server, minimal: Snapshot) -> Iterator[str]:
    """The server without the template, and without what the test clones."""
    yield server.url
    with psycopg.connect(server.url, autocommit=True) as connection:
        names = connection.execute(
            "select datname, datistemplate from pg_database where datname like 'clone%' or datname like 'qaseed_%'"
        ).fetchall()
        for name, template in names:
            if template:
                connection.execute(f'alter database "{name}" is_template false'.encode())
            connection.execute(f'drop database "{name}" with (force)'.encode())


@pytest.fixture
def creator(fresh: str) -> Iterator[str]:
    """The server's URL for a role that may create databases and is a member of `clone_app`."""
    roles = ("clone_creator", "clone_other", "clone_app", "clone_stranger")
    for role in roles:
        ask(fresh, f"drop role if exists {role}")
        ask(fresh, f"create role {role} login" + ("" if role == "clone_app" else " createdb"))
    ask(fresh, "grant clone_app to clone_creator")
    yield named(fresh, "qaseed", "clone_creator")
    with psycopg.connect(fresh, autocommit=True) as connection:
        owned = "select datname from pg_database where pg_get_userbyid(datdba) = any(%s)"
        for (name,) in connection.execute(owned, (list(roles),)).fetchall():
            connection.execute(f'alter database "{name}" with is_template false'.encode())
            connection.execute(f'drop database "{name}" with (force)'.encode())
        connection.execute("drop role clone_creator, clone_other, clone_app, clone_stranger")
