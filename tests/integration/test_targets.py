"""Which databases may be loaded into: the mark, what it is bound to, and what is refused whatever it says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner

from qaseed.cli import app
from qaseed.doctor import run_checks
from qaseed.errors import ConfirmationError, PostgresError, UnsafeError
from qaseed.loading import clone, load, load_within, purge
from qaseed.postgres import guard
from qaseed.postgres.connection import is_called_production
from qaseed.postgres.server import Server
from qaseed.postgres.target import refuse_unmanaged_rows, survey
from qaseed.postgres.urls import settings_of, whole_url
from qaseed.postgres.wheel import programs
from qaseed.snapshot import Snapshot
from qaseed.targets import forget, init, status
from support.cases import for_each
from support.command_line import qaseed
from support.databases import ask, database_name, migrate, state
from support.installed_postgres import InstalledPostgres, as_account
from support.pgbouncer import PGBOUNCER, pgbouncer

pytestmark = pytest.mark.integration


def renamed(url: str, name: str) -> str:
    return url.replace(f"/{database_name(url)}?", f"/{name}?")


@pytest.fixture
def copy(server: Server | InstalledPostgres, database: str) -> Iterator[str]:
    """The URL of a database that is to be a copy of `database`."""
    name = f"{database_name(database)}_copy"
    yield renamed(database, name)
    ask(server.url, f"drop database if exists {name} with (force)")


def test_a_look_for_rows_leaves_no_lock(minimal: Snapshot, database: str) -> None:
    model = minimal.manifest.model
    migrate(database, model)
    with psycopg.connect(database) as connection:
        target = survey(connection, "public", model)
        refuse_unmanaged_rows(connection, target, model)
        oids = [table.oid for table in target.existing.values()]
        assert len(oids) == len(model.entities)
        query = "select relation::regclass::text from pg_locks where pid = pg_backend_pid() and relation = any(%s)"
        assert connection.execute(query, (oids,)).fetchall() == []


def test_a_mark_is_made_once_with_the_name_typed(database: str) -> None:
    name = database_name(database)
    for wrong in (None, "another", name.upper(), f"{name} "):
        with pytest.raises(ConfirmationError, match=f"--confirm {name}"):
            init(database, confirm=wrong)
    assert state(database) == []
    assert not status(database).trusted
    made = init(database, environment="staging", confirm=name)
    assert (made.environment, made.role, made.identity.database) == ("staging", "postgres", name)
    assert init(database, environment="staging", confirm=name) == made, "again changes nothing"
    assert status(database).permit == made
    assert status(database).trusted
    assert init(database, environment="qa", confirm=name).environment == "qa"


def test_a_marked_database_is_loaded_without_a_name(
    minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "is_local", lambda _: False)
    ask(database, "create table users (name text); insert into users values ('somebody')")
    with pytest.raises(ConfirmationError):
        load(minimal, database)
    init(database, confirm=database_name(database))
    loaded = load(minimal, database)
    assert loaded.verified
    assert loaded.overridden == ()
    assert status(database).permit is not None
    assert {table.table: table.rows for table in status(database).loaded if table.trusted} == minimal.manifest.rows
    assert sum(purge(database).values()) == sum(minimal.manifest.rows.values())
    assert status(database).loaded == ()
    assert status(database).trusted, "somebody said so, not the load"


def test_what_was_overridden_is_told(minimal: Snapshot, database: str) -> None:
    ask(database, "create table users (name text); insert into users values ('somebody')")
    (told,) = load(minimal, database, confirm=database_name(database)).overridden
    assert "has unmanaged rows (public.users)" in told
    assert load(minimal, database).overridden == (), "marked by the first"


def test_forgotten_data_is_nobodys(minimal: Snapshot, database: str) -> None:
    load(minimal, database)
    with pytest.raises(ConfirmationError):
        forget(database, confirm="another")
    assert forget(database, confirm=database_name(database))
    assert not forget(database, confirm=database_name(database))
    assert ask(database, "select count(*) from client") == [(25,)]
    with pytest.raises(UnsafeError, match=r"public\.\w+: has unmanaged rows"):
        load(minimal, database, confirm=database_name(database))
    assert purge(database) == {}


def test_a_dump_restored_elsewhere_is_not_trusted(minimal: Snapshot, database: str, copy: str) -> None:
    load(minimal, database)
    init(database, confirm=database_name(database))
    ask(database, f"create database {database_name(copy)}")
    dumped = subprocess.run([programs() / "pg_dump", database], capture_output=True, check=True).stdout
    subprocess.run([programs() / "psql", "-q", copy], input=dumped, stdout=subprocess.DEVNULL, check=True)
    assert_not_trusted(minimal, copy)
    assert status(database).trusted


def test_a_copied_or_renamed_database_is_not_trusted(minimal: Snapshot, database: str, copy: str) -> None:
    load(minimal, database)
    ask(renamed(database, "postgres"), f"create database {database_name(copy)} template {database_name(database)}")
    assert_not_trusted(minimal, copy)
    ask(renamed(database, "postgres"), f"drop database {database_name(copy)}")
    ask(renamed(database, "postgres"), f"alter database {database_name(database)} rename to {database_name(copy)}")
    try:
        assert_not_trusted(minimal, copy)
    finally:
        ask(renamed(database, "postgres"), f"alter database {database_name(copy)} rename to {database_name(database)}")
    assert load(minimal, database).verified


def assert_not_trusted(snapshot: Snapshot, url: str) -> None:
    """Neither its rows are touched, whatever is typed, nor is it loaded into when they are gone."""
    before = state(url)
    found = status(url)
    assert not found.trusted
    assert found.loaded
    assert not any(table.trusted for table in found.loaded)
    for confirm in (None, database_name(url)):
        with pytest.raises(UnsafeError, match="has unmanaged rows"):
            load(snapshot, url, confirm=confirm)
    with pytest.raises(UnsafeError, match="qaseed target forget"):
        init(url, confirm=database_name(url))
    assert purge(url) == {}
    assert state(url) == before
    with psycopg.connect(url) as connection:
        connection.execute("drop table tenant, location, provider, client, appointment, note, ledger_entry, scenario")
        connection.commit()
    with pytest.raises(ConfirmationError, match="has a permit that was given for another database"):
        load(snapshot, url)


@pytest.mark.parametrize(
    "change", ["system_identifier = system_identifier + 1", "database_oid = 1", "database = 'other'"]
)
def test_a_mark_of_another_server_is_not_trusted(change: str, minimal: Snapshot, database: str) -> None:
    init(database, confirm=database_name(database))
    ask(database, f"update qaseed_permit set {change}")
    with pytest.raises(ConfirmationError, match="given for another database"):
        load(minimal, database)
    assert load(minimal, database, confirm=database_name(database)).verified
    found = status(database)
    assert found.trusted, "the load has marked it for where it is"
    assert found.permit
    assert found.permit.environment is None, "what it was called elsewhere does not count"


def test_a_server_that_was_promoted_since_needs_the_name_once(minimal: Snapshot, database: str) -> None:
    init(database, confirm=database_name(database))
    assert load(minimal, database).verified
    ask(database, "update qaseed_permit set timeline = timeline - 1")
    with pytest.raises(ConfirmationError, match="restored or promoted after its permit was given"):
        load(minimal, database)
    assert load(minimal, database, confirm=database_name(database)).verified
    assert load(minimal, database).verified
    permit = status(database).permit
    assert permit
    assert permit.environment == "staging"


def test_production_needs_its_name_each_time(minimal: Snapshot, server: Server | InstalledPostgres) -> None:
    url = renamed(server.url, "clinic_prod")
    ask(server.url, "create database clinic_prod")
    try:
        init(url, confirm="clinic_prod")
        for _ in range(2):
            with pytest.raises(ConfirmationError, match="named like a production system"):
                load(minimal, url)
            assert load(minimal, url, confirm="clinic_prod").overridden == ("is named like a production system",)
        assert not status(url).trusted
    finally:
        ask(server.url, "drop database clinic_prod with (force)")


def test_an_application_in_production_is_not_loaded(
    minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    with pytest.raises(ConfirmationError, match="production"):
        load(minimal, database)
    with pytest.raises(UnsafeError, match="'production'"):
        init(database, environment="production", confirm=database_name(database))
    assert state(database) == []


@for_each("name", ["prod", "PROD", "clinic_prod", "prod-db-1.example.com", "ProdDb", "db.prd2", "live", "master.db", "pre-prod",
                                  "my_production_db", "liveData", "prod1", "PMSPROD", "PMSProd", "proddb", "PRODDB", "pmsprd", "prddb", "pmsproduction",
                                  "productiondb", "clinicPRODUCTION", "preprod"])  # fmt: skip
def test_names_of_production(name: str) -> None:
    assert is_called_production(name)


@for_each("name", ["product_catalog", "reproduction", "olive", "delivery", "alive", "masterpiece", "prodigy", "nonprod", "non-prod-db",
                                  "pms_qa", "", "productions_archive_test", "mastery", "products", "productivity", "notprod", "nonprod_db", "NonProd",
                                  "prodrome", "liver", "coproduction", "nonproduction", "NonProduction"])  # fmt: skip
def test_names_of_something_else(name: str) -> None:
    assert not is_called_production(name)


def test_a_site_adds_words_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_called_production("pms_Gold2")
    monkeypatch.setenv("QA_PRODUCTION_WORDS", "gold, ,Main-01")
    assert is_called_production("pms_Gold2")
    assert is_called_production("db.main-01.example.com")
    assert is_called_production("prod")
    assert not is_called_production("main")


def test_a_target_that_is_read_only_is_refused(minimal: Snapshot, database: str) -> None:
    with pytest.raises(UnsafeError, match=r"of the URL or PGOPTIONS\); leave it out"):
        load(minimal, whole_url({**settings_of(database), "options": "-c default_transaction_read_only=on"}))
    ask(database, f"alter database {database_name(database)} set default_transaction_read_only = on")
    for change in (lambda: load(minimal, database, confirm=database_name(database)), lambda: load(minimal, database, dry_run=True),
                   lambda: purge(database), lambda: init(database, confirm=database_name(database))):  # fmt: skip
        with pytest.raises(
            UnsafeError, match=r"read-only \(default_transaction_read_only\); load into another database"
        ):
            change()
    assert not status(database).trusted


@pytest.mark.parametrize("of_database", [False, True])
def test_a_role_that_only_reads_is_refused(of_database: bool, minimal: Snapshot, database: str) -> None:
    name = database_name(database)
    whose = f"in database {name} " if of_database else ""
    ask(database, "drop role if exists reader; create role reader login")
    ask(
        database,
        f"grant create on schema public to reader; alter role reader {whose}set default_transaction_read_only = on",
    )
    whose = " in this database" if of_database else ""
    with pytest.raises(UnsafeError, match=rf"read_only of the role{whose}\); connect as another role"):
        load(minimal, database.replace("postgres@", "reader@"))
    ask(database, "drop owned by reader; drop role reader")


def test_what_is_published_needs_the_name_the_first_time(minimal: Snapshot, database: str) -> None:
    ask(database, "set client_min_messages = error; create publication feed for all tables")
    with pytest.raises(ConfirmationError, match=r"publishes .* \(feed\)"):
        load(minimal, database)
    ask(database, "drop publication feed")
    load(minimal, database)
    ask(database, "set client_min_messages = error; create publication feed for table client")
    assert load(minimal, database).verified


@pytest.fixture
def guarded(database: str) -> Iterator[str]:
    """The URL for a plain role that owns the database and may not ask for the system identifier."""
    revoked = "pg_control_system(), pg_control_checkpoint()"
    ask(database, f"drop role if exists guarded; create role guarded login; revoke execute on function {revoked} from public; "
                  "grant create on schema public to guarded")  # fmt: skip
    yield database.replace("postgres@", "guarded@")
    ask(database, f"drop owned by guarded cascade; grant execute on function {revoked} to public")


def test_without_the_system_identifier_the_name_is_needed_each_time(
    minimal: Snapshot, database: str, guarded: str
) -> None:
    for _ in range(2):
        with pytest.raises(
            ConfirmationError, match=r"cannot be distinguished from a copy.*grant execute on function pg_control_system"
        ):
            load(minimal, guarded)
        assert load(minimal, guarded, confirm=database_name(database)).verified
    with pytest.raises(ConfirmationError, match="cannot be distinguished from a copy"):
        purge(guarded)
    assert sum(purge(guarded, confirm=database_name(database)).values()) == sum(minimal.manifest.rows.values())


def test_a_right_that_was_revoked_since_is_named(minimal: Snapshot, database: str, guarded: str) -> None:
    ask(database, "grant execute on function pg_control_system(), pg_control_checkpoint() to guarded")
    load(minimal, guarded)
    ask(database, "revoke execute on function pg_control_system(), pg_control_checkpoint() from guarded")
    with pytest.raises(UnsafeError, match="grant execute on function"):
        load(minimal, guarded, confirm=database_name(database))


def test_who_loads_need_not_be_who_marked(minimal: Snapshot, database: str) -> None:
    init(database, confirm=database_name(database))
    ask(database, "drop role if exists loader; create role loader login; grant create on schema public to loader")
    try:
        url = database.replace("postgres@", "loader@")
        assert load(minimal, url).verified
        assert load(minimal, url).verified
        assert sum(purge(url).values()) == sum(minimal.manifest.rows.values())
        with pytest.raises(PostgresError, match="qaseed_permit"):
            forget(url, confirm=database_name(database))
    finally:
        ask(database, "drop owned by loader cascade; drop role loader")


def test_a_second_schema_of_a_database_needs_no_confirmation(minimal: Snapshot, database: str) -> None:
    """What qaseed loaded into the first is nobody else's."""
    ask(database, "create schema second; create schema third")
    load(minimal, database)
    load(minimal, database, schema="second")
    assert load(minimal, database, schema="second").strategy == "staged"
    ask(database, "create table second.others as select 1")
    with pytest.raises(ConfirmationError, match=r"has unmanaged rows \(second\.others\)"):
        load(minimal, database, schema="third")
    ask(
        database,
        "drop table second.others; create table keep as table client; drop table client cascade; alter table keep rename to client",
    )
    with pytest.raises(ConfirmationError, match=r"has unmanaged rows \(public\.client\)"):
        load(minimal, database, schema="third")


def test_a_schema_has_a_mark_of_its_own(minimal: Snapshot, database: str) -> None:
    ask(database, 'create schema "o%s""dd"')
    schema = 'o%s"dd'
    init(database, schema=schema, confirm=database_name(database))
    assert status(database, schema=schema).trusted
    assert not status(database).trusted
    assert load(minimal, database, schema=schema).verified
    assert len(status(database, schema=schema).loaded) == 8
    assert forget(database, schema=schema, confirm=database_name(database))


def test_a_session_of_the_callers_marks_too(minimal: Snapshot, database: str) -> None:
    with psycopg.connect(database) as connection:
        load_within(minimal, connection)
    assert status(database).trusted


def test_the_commands(minimal: Snapshot, database: str) -> None:
    def run(*arguments: str, **environment: str) -> Any:
        return CliRunner().invoke(app, ["target", *arguments], env=environment)

    name = database_name(database)
    assert run("status", "--to", database).exit_code == 1
    refused = run("init", "--to", database)
    assert (refused.exit_code, refused.stdout) == (4, "")
    assert f"--confirm {name}" in refused.stderr
    assert run("init", "--to", database, "-e", "production", "--confirm", name).exit_code == 4
    assert run("init", "--to", database, "-e", "qa", "--confirm", name).exit_code == 0
    load(minimal, database)
    told = run("status", "--json", DATABASE_URL=database)
    found: dict[str, Any] = json.loads(told.stdout)
    assert (told.exit_code, told.stderr) == (0, "")
    assert (found["marked"], found["trusted"], found["environment"], found["allowed_by"]) == (
        True,
        True,
        "qa",
        "postgres",
    )
    assert {table["table"]: table["rows"] for table in found["loaded"]} == minimal.manifest.rows
    assert found["loaded"][0].keys() == {"table", "rows", "snapshot", "snapshot_id", "loaded_at", "trusted"}
    assert "client" in run("status", "--to", database).stdout
    assert run("forget", "--to", database).exit_code == 4
    assert run("forget", "--to", database, "--confirm", name).exit_code == 0
    assert qaseed("load", str(minimal.folder), "--to", database, "--confirm", name).returncode == 4


@pytest.mark.debian
@pytest.mark.skipif(not Path("/usr/lib/postgresql").is_dir(), reason="needs pg_basebackup of the machine")
def test_a_standby_is_refused_and_not_trusted_once_promoted(minimal: Snapshot) -> None:
    found = max(Path("/usr/lib/postgresql").glob("*/bin"))
    top = Path(tempfile.mkdtemp(prefix="qaseed-standby-"))
    top.chmod(0o755)
    for name in ("primary", "standby"):
        (top / name).mkdir()
        if as_account():
            os.chown(top / name, as_account()["user"], as_account()["group"])
    primary, standby = InstalledPostgres(found, top / "primary"), InstalledPostgres(found, top / "standby")
    primary.start()
    try:
        load(minimal, primary.url)
        source = make_conninfo(host=str(primary.socket), user="postgres", port=5432)
        standby.run("pg_basebackup", "-R", "-X", "stream", "-c", "fast", "--no-sync", "-d", source)
        standby.start("-c port=5432")
        try:
            for confirm in (None, "qaseed"):
                with pytest.raises(UnsafeError, match="standby"):
                    load(minimal, standby.url, confirm=confirm)
            assert len(status(standby.url).loaded) == 8
            standby.run("pg_ctl", "promote", "-w")
            ask(standby.url, "checkpoint")
            with pytest.raises(ConfirmationError, match="restored or promoted after"):
                load(minimal, standby.url)
            assert load(minimal, primary.url).verified, "the primary stays trusted"
        finally:
            standby.stop()
    finally:
        primary.stop()
        shutil.rmtree(top)


@pytest.mark.debian
@pytest.mark.skipif(not PGBOUNCER, reason="needs pgbouncer")
def test_a_pooler_between_is_seen_and_loaded_through(
    minimal: Snapshot, database: str, server: Server | InstalledPostgres
) -> None:
    with pgbouncer(server.socket, database_name(database)) as url:
        checks = {check.name: check.found for check in run_checks(url)}
        assert checks["pooler"].startswith("connected through one")
        assert {check.name: check.found for check in run_checks(database)}["pooler"] == "none"
        for how in (None, "insert"):
            assert load(minimal, url, how=how).verified
        before = ask(database, "select datname from pg_database order by 1")
        for dry_run in (True, False):
            with pytest.raises(PostgresError, match=r"is a pooler, .*; give the URL of the server itself"):
                clone(minimal, url, "pooled_clone", dry_run=dry_run)
        assert ask(database, "select datname from pg_database order by 1") == before
