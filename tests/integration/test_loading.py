"""Loading into a real Postgres: the same state each time, all or nothing, and in the transaction of a caller."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors
from psycopg.rows import dict_row

from qaseed.errors import PostgresError, UnsafeError
from qaseed.generation import generate
from qaseed.loading import inplace, load, load_with_options, load_within, staged_restore, staging
from qaseed.loading.options import LoadOptions, Strategy
from qaseed.model import Column, Entity
from qaseed.postgres import advisory_lock, tables
from qaseed.postgres.server import Server
from qaseed.snapshot import Snapshot
from support.databases import ask, state

pytestmark = pytest.mark.integration


def test_csv_loads_the_same(all_columns: Snapshot, database: str, tmp_path: Path) -> None:
    other = generate("minimal", tmp_path, format="csv", validated=False).snapshot
    assert other.manifest.digests == all_columns.manifest.digests
    assert load(other, database).digests == all_columns.manifest.digests


def test_again_gives_the_same_state_and_keeps_views_and_grants(minimal: Snapshot, loaded: str) -> None:
    ask(loaded, "create view busy as select provider_id, count(*) from appointment group by 1")
    ask(loaded, "grant select on client to public")
    ask(loaded, "delete from ledger_entry")
    ask(loaded, "update client set first_name = 'Changed'")
    assert load(minimal, loaded).digests == minimal.manifest.digests
    first = state(loaded)
    load(minimal, loaded)
    assert state(loaded) == first
    assert ask(loaded, "select has_table_privilege('pg_monitor', 'client', 'select')") == [(True,)]
    assert ask(loaded, "select sum(count) from busy") == [(50,)]


@pytest.mark.parametrize("options", [{}, {"strategy": "in-place"}, {"coordinate": True}])
def test_new_tables_get_the_schemas_default_privileges(
    options: dict[str, Any], minimal: Snapshot, changed: Snapshot, database: str
) -> None:
    grants = """select c.relname, a.privilege_type, a.grantee, a.is_grantable
        from pg_class c, aclexplode(c.relacl) a where a.grantee <> c.relowner order by 1, 2"""
    for granted in ("select on tables to public", "usage on sequences to pg_monitor with grant option"):
        ask(database, f"alter default privileges in schema public grant {granted}")
    load(minimal, database, **options)
    given = ask(database, grants)
    assert {(name, privilege) for name, privilege, *_ in given} >= {("client", "SELECT"), ("client_id_seq", "USAGE")}
    assert {may_grant for _, privilege, _, may_grant in given if privilege == "USAGE"} == {True}
    ask(database, "revoke select on client from public")
    load(changed, database, **options)
    assert ask(database, grants) == [row for row in given if row[:2] != ("client", "SELECT")], "what is there stays"


def test_keys_checks_and_comments_stand(all_columns: Snapshot, database: str) -> None:
    load(all_columns, database)
    keys = dict(
        ask(database, "select conname, pg_get_constraintdef(oid) from pg_constraint where contype in ('f', 'p')")
    )
    assert keys["appointment_client_id_fkey"] == "FOREIGN KEY (tenant_id, client_id) REFERENCES client(tenant_id, id)"
    assert keys["client_pkey"] == "PRIMARY KEY (tenant_id, id)"
    assert keys["tenant_pkey"] == "PRIMARY KEY (tenant_id)"
    assert all("NOT VALID" not in definition for definition in keys.values())
    for entity in all_columns.manifest.model.entities:
        for column in entity.references:
            assert f"{entity.name}_{column.name}_fkey" in keys
    indexed = ask(database, "select indexdef from pg_indexes where indexname = 'appointment_client_id_idx'")
    assert "(client_id, tenant_id)" in indexed[0][0]
    with psycopg.connect(database) as connection:
        connection.execute("set enable_seqscan = off")
        # of so few rows the planner may ask another index that begins with the tenant
        for (name,) in connection.execute(
            "select conname from pg_constraint where conrelid = 'appointment'::regclass and contype in ('p', 'u')"
        ).fetchall():
            connection.execute(f"alter table appointment drop constraint {name} cascade".encode())
        for column in ("client_id", "group_id"):  # what a foreign key asks, of an index without nulls too
            query = f"explain select 1 from appointment where tenant_id = 'x' and {column} = 1"
            told = str(connection.execute(query.encode()).fetchall())
            assert f"appointment_{column}_idx" in told
        connection.rollback()
    assert ask(database, "select obj_description('client'::regclass)")[0][0].startswith("A person registered")
    assert ask(database, "select reltuples from pg_class where relname = 'client'") == [(25.0,)]
    with psycopg.connect(database) as connection, pytest.raises(errors.CheckViolation):
        connection.execute("update appointment set status = 'vanished'")


def test_the_database_refuses_another_tenants_client(minimal: Snapshot, loaded: str) -> None:
    columns = [column.name for column in minimal.manifest.model.entity("appointment").columns]
    taken = ", ".join("(select id from client where tenant_id = 'tenant-qa-002' limit 1)" if c == "client_id" else "id + 1000000" if c == "id"
                      else "'QA-APP-001-999999'" if c == "external_ref" else c for c in columns)  # fmt: skip
    with (
        psycopg.connect(loaded) as connection,
        pytest.raises(errors.ForeignKeyViolation, match="appointment_client_id_fkey"),
    ):
        connection.execute(
            f"insert into appointment ({', '.join(columns)}) select {taken} from appointment where tenant_id = 'tenant-qa-001' limit 1".encode()
        )


@pytest.mark.parametrize(
    ("strategy", "phase"),
    [(strategy, phase) for strategy in ("staged", "in-place") for phase in ("send", "verify", "record_load")],
)
def test_a_failure_in_any_phase_changes_nothing(
    strategy: Strategy, phase: str, minimal: Snapshot, loaded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(loaded, "update client set first_name = 'Kept'")
    before = state(loaded)
    module = inplace if strategy == "in-place" else staged_restore if phase == "record_load" else staging
    real = getattr(module, phase)

    def broken(*arguments: Any, **options: Any) -> Any:
        result = real(*arguments, **options)
        if result is not None:
            list(result)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, phase, broken)
    with pytest.raises(KeyboardInterrupt):
        load(minimal, loaded, strategy=strategy)
    assert state(loaded) == before
    assert ask(loaded, "select nspname from pg_namespace where nspname like 'qaseed%'") == []
    monkeypatch.undo()
    assert load(minimal, loaded).verified


@pytest.mark.parametrize(("small_rows", "sessions"), [(staging.SMALL_ROWS, 2), (0, 4)])
def test_a_small_snapshot_is_staged_over_one_connection_in_one_transaction(
    small_rows: int, sessions: int, minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "SMALL_ROWS", small_rows)
    seen: list[tuple[int, bool]] = []

    def look(step: str) -> None:
        if step == "staged":
            with psycopg.connect(database) as connection:
                seen.extend(
                    connection.execute(
                        """select (select count(*) from pg_stat_activity
                            where datname = current_database() and application_name = 'qaseed'),
                        count(distinct a.xmin::text) = 1 from pg_attribute a join pg_class c on c.oid = attrelid
                        where relnamespace = 'qaseed_next'::regnamespace and relkind = 'r' and attnum = 1"""
                    ).fetchall()
                )

    for _ in range(2):
        assert load_with_options(minimal, database, LoadOptions(step=look)).verified
    assert seen == [(sessions, sessions == 2)] * 2


def test_a_load_imports_no_generator_and_one_of_few_rows_no_arrays(minimal: Snapshot, database: str) -> None:
    script = """import sys
from qaseed.cli import app
app(sys.argv[1:], standalone_mode=False)
unused = ("polars", "numpy", "pyarrow", "faker", "mimesis", "qaseed.practice", "qaseed.generation", "qaseed.validation",
    "qaseed.lockfile", "qaseed.signatures", "qaseed.loading.template")
print(sorted(set(unused) & set(sys.modules)))"""
    command = [sys.executable, "-c", script, "load", str(minimal.folder), "--to", database, "--quiet", "--no-input"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]"]


def test_two_restores_at_once_take_turns(minimal: Snapshot, database: str) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            load(minimal, database)
        except BaseException as error:  # noqa: BLE001  # whatever it is, the test shows it
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert load(minimal, database).verified


def test_a_restore_that_waits_too_long_says_so(
    minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advisory_lock, "LOCK_SECONDS", 0.2)
    with psycopg.connect(database) as other:
        other.execute("select pg_advisory_xact_lock(hashtextextended('qaseed public', 0))")
        with pytest.raises(PostgresError, match="another qaseed restore"):
            load(minimal, database)


def test_the_callers_transaction_is_the_callers(minimal: Snapshot, database: str) -> None:
    with psycopg.connect(database, row_factory=dict_row) as connection:
        connection.execute("set lock_timeout = '7s'")
        connection.execute("declare open_cursor cursor for select 1")
        settings = "select name, setting from pg_settings order by name"
        before = connection.execute(settings).fetchall()
        for _ in range(2):  # the second one locks the tables of the first
            assert load_within(minimal, connection).verified
        assert connection.execute("select count(*) as n from client").fetchone() == {"n": 25}
        assert connection.execute(settings).fetchall() == before
        connection.rollback()
    assert state(database) == []


def test_after_a_failure_the_callers_transaction_goes_on(minimal: Snapshot, database: str) -> None:
    ask(database, "create table client (name text); insert into client values ('real')")
    with psycopg.connect(database) as connection:
        connection.execute("create table mine (id int)")
        with pytest.raises(UnsafeError):
            load_within(minimal, connection)
        connection.execute("insert into mine values (1)")
    assert ask(database, "select * from mine") == [(1,)]


def test_dry_run_touches_nothing(minimal: Snapshot, database: str) -> None:
    assert load(minimal, database, dry_run=True).total_records == 145
    assert state(database) == []
    ask(database, "create table client (name text); insert into client values ('real')")
    with pytest.raises(UnsafeError):
        load(minimal, database, dry_run=True)


def test_a_long_name_is_cut_with_a_hash() -> None:
    one, other = tables.object_name("a" * 60, "client_id", "fkey"), tables.object_name("a" * 60, "client_ix", "fkey")
    assert len(one) == len(other) == 63
    assert one != other


def test_hostile_names_and_defaults_are_quoted(database: str) -> None:
    entity = Entity(
        "user",
        'it\'s "doc"',
        (Column("select", "text", "don't", choices=("it's", 'a"b'), default="it's"),),
        key=("select",),
    )
    with psycopg.connect(database) as connection:
        connection.execute(tables.create("public", entity))
        statement = tables.add("public", entity, tables.constraints(entity))
        assert statement is not None
        connection.execute(statement)
        for comment in tables.comments("public", entity):
            connection.execute(comment)
        connection.execute('insert into "user" default values')
        assert connection.execute('select "select" from "user"').fetchone() == ("it's",)


def test_the_server_survives_a_stale_pid_file(server: Server, tmp_path: Path) -> None:
    home = tmp_path / "stale"
    (home / "data").mkdir(parents=True)
    (home / "data" / "postmaster.pid").write_text("1\n")
    assert Server(home).pid is None
    shutil.rmtree(home)
