"""Tables, columns and rows that are not the load's stay, and a database of others needs its name."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from qaseed.cli import app
from qaseed.errors import PostgresError, UnsafeError
from qaseed.loading import load, purge
from qaseed.postgres import guard, tables
from qaseed.postgres.connection import is_local, looks_like_production
from qaseed.postgres.server import Server
from qaseed.snapshot import Snapshot
from support.applications import insert_client
from support.databases import ask, database_name, migrate, state

pytestmark = pytest.mark.integration

MINE = """insert into tenant select * from jsonb_populate_record(null::tenant, '{"tenant_id": "mine", "name": "n", "status": "active", "plan": "solo",
    "state": "AZ", "timezone": "UTC", "currency": "USD", "no_show_fee_cents": 0, "late_cancel_hours": 24, "holidays": "", "canary": "x", "opened_on": "2020-01-01",
    "external_ref": "x", "is_synthetic": false, "is_active": true, "created_by": "system", "created_at": "2020-01-01", "updated_at": "2020-01-01"}')"""
"""A practice that somebody else entered."""


def test_somebodys_rows_are_never_replaced(minimal: Snapshot, database: str) -> None:
    ask(database, "create table client (name text); insert into client values ('real')")
    before = state(database)
    with pytest.raises(UnsafeError, match=r"public\.client: has unmanaged rows"):
        load(minimal, database)
    with pytest.raises(UnsafeError, match=r"public\.client: has unmanaged rows"):
        load(minimal, database, confirm=database.rsplit("/", maxsplit=1)[-1].split("?", maxsplit=1)[0])
    assert state(database) == before


def test_a_database_with_other_rows_needs_its_name(minimal: Snapshot, database: str) -> None:
    ask(database, "create schema app; create table app.users (name text); insert into app.users values ('real')")
    name = database_name(database)
    before = state(database)
    with pytest.raises(UnsafeError, match=rf"app\.users.*--confirm {name}"):
        load(minimal, database)
    with pytest.raises(UnsafeError):
        load(minimal, database, confirm="another")
    assert state(database) == before
    assert load(minimal, database, confirm=name).verified
    assert load(minimal, database).verified, "marked now"
    assert ask(database, "select * from app.users") == [("real",)]


def test_a_copied_mark_is_not_trusted(minimal: Snapshot, loaded: str) -> None:
    ask(loaded, "update qaseed_target set system_identifier = system_identifier + 1")
    with pytest.raises(UnsafeError, match="has unmanaged rows"):
        load(minimal, loaded)


def test_a_table_made_anew_by_somebody_is_not_ours(minimal: Snapshot, loaded: str) -> None:
    ask(loaded, "create table mine as table note; drop table note; alter table mine rename to note")
    with pytest.raises(UnsafeError, match=r"public\.note"):
        load(minimal, loaded)


def test_other_columns_are_named(minimal: Snapshot, database: str) -> None:
    ask(database, "create table client (id bigint, fancy text)")
    before = state(database)
    with pytest.raises(PostgresError, match=r"public\.client: has other columns.*balance_cents"):
        load(minimal, database)
    assert state(database) == before


@pytest.mark.parametrize("kind", ["view", "materialized view"])
def test_a_view_in_the_way_is_named(kind: str, minimal: Snapshot, database: str) -> None:
    ask(database, f"create {kind} client as select 1 as id")
    with pytest.raises(PostgresError, match="not an ordinary table"):
        load(minimal, database)


def test_empty_tables_of_the_same_shape_are_adopted(minimal: Snapshot, database: str) -> None:
    for entity in minimal.manifest.model.entities:
        with psycopg.connect(database) as connection:
            connection.execute(tables.create("public", entity))
    ask(database, "alter table client add constraint client_pkey primary key (id, tenant_id)")
    assert load(minimal, database).verified
    assert load(minimal, database).verified
    kept = ask(database, "select pg_get_constraintdef(oid) from pg_constraint where conname = 'client_pkey'")
    assert kept == [("PRIMARY KEY (id, tenant_id)",)], "theirs, not ours"
    assert purge(database)["client"] == 25
    assert ask(database, "select count(*) from client") == [(0,)]
    assert ask(database, "select to_regclass('qaseed_target')") == [(None,)]


def test_columns_that_somebody_added_are_not_dropped(minimal: Snapshot, loaded: str) -> None:
    ask(loaded, "alter table note add column mine text default 'kept'")
    with pytest.raises(PostgresError, match=r"note: has other columns than the snapshot \(mine\); purge it first"):
        load(minimal, loaded)
    assert ask(loaded, "select distinct mine from note") == [("kept",)]


def test_rows_that_somebody_is_about_to_commit_are_seen(minimal: Snapshot, database: str) -> None:
    for entity in minimal.manifest.model.entities:
        with psycopg.connect(database) as connection:
            connection.execute(tables.create("public", entity))
    seen: list[BaseException] = []

    def run() -> None:
        try:
            load(minimal, database)
        except UnsafeError as error:
            seen.append(error)

    with psycopg.connect(database) as other:
        other.execute(MINE)
        thread = threading.Thread(target=run)
        thread.start()
        whole = "select 1 from pg_namespace where obj_description(oid, 'pg_namespace') like '%\"whole\": true%'"
        while thread.is_alive() and not ask(database, whole):  # then it waits for the live tables
            time.sleep(0.02)
        other.commit()
    thread.join()
    assert len(seen) == 1
    assert ask(database, "select tenant_id from tenant") == [("mine",)]


def test_a_foreign_key_from_outside_is_named(minimal: Snapshot, loaded: str) -> None:
    ask(loaded, "create table app_flag (t text, c bigint, foreign key (t, c) references client (tenant_id, id))")
    before = state(loaded)
    with pytest.raises(PostgresError, match="app_flag_t_c_fkey of app_flag references it"):
        load(minimal, loaded, strategy="in-place")
    assert state(loaded) == before


def test_purge_removes_exactly_what_was_loaded(minimal: Snapshot, database: str) -> None:
    ask(database, "create table mine (id bigint)")
    before = state(database)
    load(minimal, database)
    assert sum(purge(database).values()) == sum(minimal.manifest.rows.values())
    assert purge(database) == {}
    assert ask(database, "select event ->> 'action' from qaseed_audit order by number") == [("load",), ("purge",)]
    ask(database, "drop table qaseed_audit")
    assert state(database) == before, "the audit trail was all that stayed"


def test_purge_keeps_rows_that_somebody_added(loaded: str) -> None:
    ask(loaded, MINE)
    with pytest.raises(UnsafeError, match=r"has 1 row that was inserted since the load and would be lost \(tenant 1\)"):
        purge(loaded)
    assert ask(loaded, "select count(*) from client") == [(25,)]


@pytest.fixture
def migrated(minimal: Snapshot, database: str) -> str:
    """A database in which migrations made the tables, and a load has filled them."""
    migrate(database, minimal.manifest.model)
    load(minimal, database)
    return database


@pytest.mark.parametrize("action", ["no action", "restrict", "cascade", "set null (primary_provider_id)"])
@pytest.mark.parametrize("inserted", ["client", "flag", "divided"])
def test_a_purge_leaves_no_row_that_refers_to_nothing(inserted: str, action: str, migrated: str) -> None:
    constraint = f"foreign key (tenant_id, primary_provider_id) references provider (tenant_id, id) on delete {action}"
    if "(" in action and ask(migrated, "select current_setting('server_version_num')::int < 150000") == [(True,)]:
        constraint = constraint.replace(" (primary_provider_id)", "")
    if inserted == "client":
        ask(
            migrated,
            "alter table client drop constraint client_tenant_id_fkey, drop constraint client_primary_provider_id_fkey, "
            f"add constraint own {constraint}",
        )
        insert_client(migrated)
        where, rows = "public.client: 1 row", 1
    else:
        ask(migrated, "create schema app")
        divided = " partition by list (tenant_id)" if inserted == "divided" else ""
        columns = "tenant_id text, primary_provider_id bigint"
        ask(migrated, f"create table app.flag ({columns}, constraint own {constraint}){divided}")
        if divided:
            ask(migrated, "create table app.rest partition of app.flag default")
        ask(
            migrated,
            "insert into app.flag select tenant_id, id from provider limit 2; insert into app.flag values (null, 7)",
        )
        where, rows = "app.flag: 2 rows", 2
    before = [state(migrated), *(ask(migrated, "select * from app.flag") if inserted != "client" else [])]
    ran = CliRunner().invoke(app, ["purge", "--to", migrated, "--yes"])
    assert ran.exit_code == 4, ran.output
    told = (
        f"{where} that qaseed did not load refer{'s' if rows == 1 else ''} to loaded rows of provider (foreign key own"
    )
    output = " ".join(ran.output.split())
    assert told in output, output
    assert ("would change" in output) == (action not in {"no action", "restrict"})
    assert before == [state(migrated), *(ask(migrated, "select * from app.flag") if inserted != "client" else [])]
    if inserted == "client":
        ask(migrated, "delete from client where id >= 1::bigint << 52")
    else:
        ask(migrated, "delete from app.flag where tenant_id is not null")
    assert purge(migrated)["provider"]
    assert ask(migrated, "select count(*) from provider") == [(0,)]


def test_where_a_connection_led_is_asked_of_the_connection() -> None:
    def to(host: str, address: str = "", dbname: str = "d") -> Any:
        return SimpleNamespace(info=SimpleNamespace(host=host, hostaddr=address, dbname=dbname, user="me", port=5432))

    assert all(
        is_local(to(*where))
        for where in [("",), ("/tmp",), ("localhost", "127.0.0.1"), ("localhost", "::1"), ("db", "127.0.0.2")]
    )
    assert not any(
        is_local(to(*where)) for where in [("db.example.com",), ("localhost", "10.0.0.9"), ("db", "10.0.0.9")]
    )
    assert looks_like_production(to("prod-db.example.com"))
    assert looks_like_production(to("h", dbname="clinic_production"))
    assert not looks_like_production(to("h", dbname="product_reproduction"))


def test_a_remote_database_needs_its_name(minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "is_local", lambda _: False)
    name = database_name(database)
    with pytest.raises(UnsafeError, match="not on this machine"):
        load(minimal, database)
    assert load(minimal, database, confirm=name).verified
    assert load(minimal, database).verified


def test_the_environment_cannot_lead_around_the_guard(
    minimal: Snapshot, database: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a socket in a folder whose name is no path of a socket to the guard: the host that was reached is what counts
    seen: list[str] = []
    monkeypatch.setenv("PGHOST", str(server.socket))
    monkeypatch.setenv("PGUSER", "postgres")
    monkeypatch.setattr(guard, "is_local", lambda connection: bool(seen.append(connection.info.host)))
    with pytest.raises(UnsafeError, match="not on this machine"):
        load(minimal, f"postgresql:///{database.split('/', 3)[3].split('?', maxsplit=1)[0]}")
    assert seen == [str(server.socket)]


def test_purge_keeps_rows_that_only_look_like_ours(loaded: str) -> None:
    ask(loaded, "create temp table one as select * from location limit 1; update one set id = 5, code = 'X'; "
                  "insert into location select * from one")  # fmt: skip
    with pytest.raises(UnsafeError, match=r"would be lost \(location 1\)"):
        purge(loaded)


def test_dry_run_refuses_what_a_load_would(minimal: Snapshot, loaded: str) -> None:
    ask(loaded, "create table app_flag (t text, c bigint, foreign key (t, c) references client (tenant_id, id))")
    with pytest.raises(PostgresError, match="app_flag"):
        load(minimal, loaded, dry_run=True, strategy="in-place")
