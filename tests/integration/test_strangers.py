"""Databases of strangers: whatever role, database, URL or environment set, every command works, and what is stored is right."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from typer.testing import CliRunner

from qaseed.cli import app
from qaseed.doctor import run_checks
from qaseed.errors import PostgresError
from qaseed.generation import generate
from qaseed.loading import load, load_within, purge
from qaseed.postgres import connection as connections
from qaseed.postgres.connection import connected, spare_connections
from qaseed.postgres.server import Server
from qaseed.profiles import PROFILES
from qaseed.scanning import scan
from qaseed.snapshot import Snapshot, open_snapshot
from qaseed.targets import status
from support.databases import database_name
from support.narrow_snapshot import narrowed
from support.pgbouncer import PGBOUNCER, pgbouncer

pytestmark = pytest.mark.integration

SETTINGS = {
    "client_encoding": "LATIN1",
    "datestyle": "German, DMY",
    "timezone": "Asia/Kathmandu",
    "intervalstyle": "sql_standard",
    "bytea_output": "escape",
    "exit_on_error": "on",
    "standard_conforming_strings": "off",
    "extra_float_digits": "-15",
    "quote_all_identifiers": "on",
    "array_nulls": "off",
    "row_security": "on",
    "search_path": "shadows, pg_catalog",
    "lock_timeout": "1ms",
    "statement_timeout": "30ms",
    "idle_in_transaction_session_timeout": "100ms",
    "idle_session_timeout": "250ms",
    "transaction_timeout": "30ms",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "plpgsql.extra_errors": "all",
    "plpgsql.variable_conflict": "use_column",
}
"""Settings of a session as strangers may have them, all of them far from the defaults."""
SINCE = {"idle_session_timeout": 140_000, "transaction_timeout": 170_000}
SHADOWS = """create schema shadows; grant usage on schema shadows to public;
    create function shadows.octet_length(text) returns int language sql as 'select 0';
    create function shadows.quote_ident(text) returns text language sql as $$ select 'shadow' $$;
    create function shadows.current_database() returns name language sql as $$ select 'shadow'::name $$;
    create function shadows.md5(text) returns text language sql as $$ select 'shadow' $$"""


def changed_url(url: str, **parts: str) -> str:
    return make_conninfo(**conninfo_to_dict(url) | parts)


@pytest.fixture(scope="module")
def lettered(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A small snapshot with letters that encodings differ in."""
    profile = PROFILES["minimal"].vary(locale="cs_CZ")
    folder = tmp_path_factory.mktemp("lettered")
    made = narrowed(generate(profile, folder / "whole", validated=False).snapshot, folder / "narrow")
    assert any(not str(value).isascii() for row in held(made, "client") for value in row)
    return made


class Stranger:
    """A database that a role of its own owns, and what may be set for both."""

    def __init__(self, admin: psycopg.Connection[Any], url: str) -> None:
        self.admin, self.name, self.role = admin, database_name(url), f"r_{uuid.uuid4().hex[:12]}"
        self.url = changed_url(url, user=self.role)
        admin.execute(f"create role {self.role} login")
        admin.execute(f"alter database {self.name} owner to {self.role}")
        with psycopg.connect(url) as inside:
            inside.execute(f"grant all on schema public to {self.role}")
            inside.execute(SHADOWS)
        version = admin.info.server_version
        self.settings = {name: value for name, value in SETTINGS.items() if SINCE.get(name, 0) <= version}

    def set(self, what: str, name: str, value: str) -> None:
        if name == "search_path":
            self.admin.execute(f"alter {what} set search_path = {value}")
        else:
            self.admin.execute(f"alter {what} set {name} = '{value}'")

    def by_options(self, settings: dict[str, str]) -> str:
        return " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in settings.items())


@pytest.fixture
def admin(server: Server) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def stranger(admin: psycopg.Connection[Any], database: str) -> Iterator[Stranger]:
    found = Stranger(admin, database)
    yield found
    admin.execute(f"alter database {found.name} reset all")
    with psycopg.connect(database, autocommit=True) as inside:
        inside.execute(f"alter database {found.name} owner to postgres")
        inside.execute(f"drop owned by {found.role} cascade")
        inside.execute(f"drop role {found.role}")


def in_order(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: str(row[:2]))


def held(snapshot: Snapshot, name: str) -> list[tuple[Any, ...]]:
    """The rows of a table of a snapshot, as its files have them."""
    return _held(snapshot.folder, name)


@cache
def _held(folder: Path, name: str) -> list[tuple[Any, ...]]:
    snapshot = open_snapshot(folder)
    with snapshot.catalog(threads=1) as source:
        table = source.sql(f'select * from "{name}"').to_arrow_table()
    return in_order(zip(*(column.to_pylist() for column in table.columns), strict=True))


def stored(url: str, name: str) -> list[tuple[Any, ...]]:
    """The rows of a table in the database, by a client that sets nothing but what it needs to read them."""
    given = conninfo_to_dict(url).get("options", "")
    options = f"{given} -c datestyle=ISO -c timezone=UTC -c search_path=public"
    with psycopg.connect(url, options=options, client_encoding="utf8") as connection:
        connection.execute("set datestyle = 'ISO'; set timezone = 'UTC'")  # also where the environment says otherwise
        return in_order(connection.execute(f'select * from "{name}"'))


def is_right(snapshot: Snapshot, url: str) -> None:
    for name in ("tenant", "client", "note", "appointment"):
        assert held(snapshot, name) == stored(url, name), name


def loads(snapshot: Snapshot, url: str, database: str) -> None:
    """A snapshot is loaded, and again, and what is stored is what it holds."""
    assert load(snapshot, url, verify="counts").strategy == "direct"
    is_right(snapshot, database)
    loaded = load(snapshot, url)
    assert (loaded.strategy, loaded.digests) == ("staged", snapshot.manifest.digests)
    found = status(url)
    assert found.trusted, found.confirmation_reasons
    assert all(table.loaded_at.endswith("+00:00") and table.trusted for table in found.loaded)


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_of_a_role(name: str, lettered: Snapshot, stranger: Stranger, database: str) -> None:
    if name not in stranger.settings:
        pytest.skip("this server has no such setting")
    stranger.set(f"role {stranger.role}", name, SETTINGS[name])
    loads(lettered, stranger.url, database)


@pytest.mark.parametrize("way", ["role", "database", "role in database", "URL", "PGOPTIONS"])
def test_all_settings_in_each_way(
    way: str, lettered: Snapshot, stranger: Stranger, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the server ends a session of the database that is left without a first statement for so long
    timeouts = (name for name in stranger.settings if name.endswith("_timeout"))
    plain = changed_url(database, options=" ".join(["-c search_path=public", *(f"-c {name}=0" for name in timeouts)]))
    url = stranger.url
    where = {
        "role": stranger.role,
        "database": stranger.name,
        "role in database": f"{stranger.role} in database {stranger.name}",
    }
    for name, value in stranger.settings.items() if way in where else ():
        stranger.set(f"{way.split(maxsplit=1)[0]} {where[way]}", name, value)
    options = stranger.by_options(stranger.settings)
    with monkeypatch.context() as patch:
        if way == "URL":
            url = changed_url(url, options=options, client_encoding="LATIN1")
        elif way == "PGOPTIONS":
            patch.setenv("PGOPTIONS", options)
        loads(lettered, url, plain)
        assert load(lettered, url, strategy="in-place", how="insert").digests == lettered.manifest.digests
        is_right(lettered, plain)
        assert [check.found for check in run_checks(url) if not check.ok] == []
        assert purge(url) == lettered.manifest.rows
        with psycopg.connect(plain) as connection:
            connection.execute('create table people ("größe" text, far double precision)')
            connection.execute("insert into people values ('219-44-3456', 5551234567)")
            connection.execute(f"grant select on people to {stranger.role}")
        assert {finding.where for finding in scan(url).findings if finding.kind == "ssn"} == {"public.people.größe"}


VARIABLES = {
    "PGCLIENTENCODING": "LATIN1",
    "PGDATESTYLE": "German, DMY",
    "PGTZ": "Asia/Kathmandu",
    "PGPORT": "5432",
    "PGUSER": "",
    "PGSSLMODE": "prefer",
}


def test_variables_of_the_environment(
    lettered: Snapshot, stranger: Stranger, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    loads(lettered, stranger.url, database)


def test_a_callers_session_keeps_its_settings(lettered: Snapshot, stranger: Stranger, database: str) -> None:
    names = list(stranger.settings)
    for autocommit in (False, True):
        with psycopg.connect(
            stranger.url, autocommit=autocommit, cursor_factory=psycopg.RawCursor,
            options=stranger.by_options({n: v for n, v in stranger.settings.items() if "timeout" not in n}),
        ) as connection:  # fmt: skip
            connection.execute("set datestyle = 'SQL, DMY'")
            query = "select " + ", ".join(f"current_setting('{name}')" for name in names)
            before = connection.execute(query).fetchone()
            assert load_within(lettered, connection).digests == lettered.manifest.digests
            assert connection.execute(query).fetchone() == before
            with pytest.raises(PostgresError, match="no schema"):
                load_within(lettered, connection, schema="nowhere")
            assert connection.execute(query).fetchone() == before
    is_right(lettered, database)


@pytest.mark.debian
@pytest.mark.skipif(not PGBOUNCER, reason="needs pgbouncer")
@pytest.mark.parametrize(("mode", "size"), [("transaction", 20), ("session", 20), ("transaction", 2)])
def test_a_pooler_whose_sessions_are_set_oddly(
    mode: str, size: int, lettered: Snapshot, stranger: Stranger, database: str, server: Server
) -> None:
    odd = {name: value for name, value in stranger.settings.items() if "timeout" not in name}
    for name, value in odd.items():
        stranger.set(f"database {stranger.name}", name, value)
    with pgbouncer(server.socket, stranger.name, mode=mode, size=size) as url:
        query = "select " + ", ".join(f"current_setting('{name}')" for name in odd if name not in TRACKED)
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
            before = connection.execute(query).fetchone()
        loads(lettered, url, changed_url(database, options="-c search_path=public"))
        assert [check.found for check in run_checks(url) if not check.ok] == []
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
            assert connection.execute(query).fetchone() == before, "nothing leaks to other clients"


TRACKED = {"client_encoding", "datestyle", "timezone", "standard_conforming_strings"}
"""Settings that a pooler keeps for each client by itself."""


@pytest.mark.debian
@pytest.mark.skipif(not PGBOUNCER, reason="needs pgbouncer")
def test_a_pool_of_one_is_loaded_in_place(
    lettered: Snapshot, database: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "SPARE_TIMEOUT", 0.5)
    with pgbouncer(server.socket, database_name(database), size=1) as url:
        planned = load(lettered, url, dry_run=True)
        loaded = load(lettered, url)
        assert planned.strategy == loaded.strategy == "in-place"
        assert loaded.digests == lettered.manifest.digests
        (told,) = [check for check in run_checks(url) if check.name == "connections"]
        assert told.found.startswith("1, so that loads fill the tables in place")


@pytest.mark.debian
@pytest.mark.skipif(not PGBOUNCER, reason="needs pgbouncer")
def test_a_pooler_without_transactions_is_refused(minimal: Snapshot, database: str, server: Server) -> None:
    with pgbouncer(server.socket, database_name(database), mode="statement") as url, pytest.raises(PostgresError):
        load(minimal, url)


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("of", ["role", "database"])
def test_limits_of_connections(of: str, limit: int, minimal: Snapshot, stranger: Stranger, database: str) -> None:
    where = stranger.role if of == "role" else stranger.name
    stranger.admin.execute(f"alter {of} {where} connection limit {limit}")
    planned = patiently(lambda: load(minimal, stranger.url, dry_run=True))
    loaded = patiently(lambda: load(minimal, stranger.url))
    assert planned.strategy == loaded.strategy == ("in-place" if limit == 1 else "direct")
    assert loaded.digests == minimal.manifest.digests
    if limit == 1:
        with pytest.raises(
            PostgresError, match=r"may not open a second connection .CONNECTION LIMIT.*leave --strategy out"
        ):
            patiently(lambda: load(minimal, stranger.url, strategy="staged"))
    told = patiently(lambda: {check.name: check for check in run_checks(stranger.url)})
    assert told["connections"].found.startswith(f"{limit}, so that" if limit == 1 else f"{limit} can be open")
    with connected(stranger.url), spare_connections(stranger.url, limit - 1) as rest:
        assert len(rest) == limit - 1
        with pytest.raises(PostgresError, match=r"too many connections.*raise the limit"), connected(stranger.url):
            pass
        assert {check.name for check in run_checks(stranger.url) if not check.ok} == {"target"}


def patiently(call: Callable[[], Any]) -> Any:
    """What a call gives once the server has noticed that earlier connections are closed."""
    for _ in range(200):
        try:
            return call()
        except PostgresError as error:
            if "too many connections" not in str(error):
                raise
            time.sleep(0.02)
    raise AssertionError("connections stay open")


COMMANDS = {
    "load": ("client", ["load", "{snapshot}"]),
    "in place": ("client", ["load", "{snapshot}", "--strategy", "in-place"]),
    "dry run": ("qaseed_permit", ["load", "{snapshot}", "-n"]),
    "rollback": ("client", ["load", "--rollback"]),
    "status": ("qaseed_permit", ["target", "status"]),
    "init": ("qaseed_permit", ["target", "init", "--confirm", "{name}"]),
    "forget": ("qaseed_permit", ["target", "forget", "--confirm", "{name}"]),
    "purge": ("client", ["purge", "--yes"]),
    "audit": ("qaseed_audit", ["audit", "verify"]),
    "scan": ("client", ["scan", "{url}"]),
}
"""Commands, and a table that each must look into."""


def test_a_connection_that_is_ended_is_one_line(minimal: Snapshot, loaded: str, server: Server) -> None:
    load(minimal, loaded, keep_old=True)
    for name, (table, words) in COMMANDS.items():
        given = [word.format(snapshot=minimal.folder, url=loaded, name=database_name(loaded)) for word in words]
        given += [] if name == "scan" else ["--to", loaded]
        given += ["--quiet"] if name in ("load", "in place") else []
        with psycopg.connect(loaded) as holder, ended_when_waiting(server.url):
            holder.execute(f"lock table {table} in access exclusive mode")
            ran = CliRunner().invoke(app, given)
        assert isinstance(ran.exception, SystemExit), (name, ran.exception)
        lines = [line for line in ran.output.splitlines() if line and not line.startswith("scan: ")]
        assert (ran.exit_code, len(lines)) == (5, 1), (name, ran.output)
        assert "the connection was lost; check that the server runs, and try again" in lines[0]


@contextmanager
def ended_when_waiting(url: str) -> Iterator[None]:
    """Connections of ours are ended by the server as soon as they wait for a lock, or look at who has it."""
    over = threading.Event()

    def end() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not over.wait(0.02):
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where application_name = 'qaseed' and (wait_event_type = 'Lock' or query like '%pg_prepared_xacts%')"
                )

    thread = threading.Thread(target=end)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_other_encodings_are_read(encoding: str, server: Server, minimal: Snapshot) -> None:
    name = f"e_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"create database {name} encoding '{encoding}' locale 'C' template template0")
    url = changed_url(server.url, dbname=name)
    with psycopg.connect(url, client_encoding="utf8" if encoding == "LATIN1" else "latin1") as connection:
        connection.execute('create table "Tü" ("ä" text)')
        connection.execute("insert into \"Tü\" values ('für 219-44-3456')")
    (finding,) = [found for found in scan(url).findings if found.kind == "ssn"]
    assert finding.where == ("public.Tü.ä" if encoding == "LATIN1" else r"public.T\xfc.\xe4")
    assert "b'" not in str(scan(url))
    told = {check.name: check for check in run_checks(url)}
    assert told["encoding"].found == f"no UTF8 ({encoding}); load into a database with encoding UTF8"
    table = finding.where.rpartition(".")[0]
    assert status(url).confirmation_reasons == (f"has unmanaged rows ({table}), and qaseed never loaded into it",)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def test_what_a_server_has_too_little_of_has_a_remedy() -> None:
    too_little = [kind for kind in vars(psycopg.errors).values() if getattr(kind, "sqlstate", None) in TOO_LITTLE]
    assert len(too_little) == len(TOO_LITTLE)
    for kind in too_little:
        assert "nothing was changed" not in str(connections.postgres_error(kind("too little"), "there")), kind


TOO_LITTLE = {"53100", "53200", "53300", "53400"}
"""The errors of resources: of disks, memory, connections and configured limits."""


def test_no_statement_is_told(stranger: Stranger) -> None:
    with pytest.raises(PostgresError) as refused, connected(stranger.url) as connection:
        connection.execute("select nonsense from nowhere")
    assert str(refused.value).endswith('relation "nowhere" does not exist; nothing was changed')
