"""Loading into a real Postgres: the same rows by every road, all or nothing, and never over somebody's rows."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import errors
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from qaseed import digest
from qaseed.errors import PostgresError, SnapshotError, UnsafeError, UsageError
from qaseed.generation import generate
from qaseed.loading import copying, inplace, load, load_with_options, load_within, purge, staged_restore, staging
from qaseed.loading.options import CopyMethod, LoadOptions, Strategy
from qaseed.logical_types import CSV_OPTIONS, TYPES
from qaseed.model import Column, Entity
from qaseed.postgres import advisory_lock, guard, tables
from qaseed.postgres.connection import describe_error, is_local, looks_like_production
from qaseed.postgres.server import Server
from qaseed.postgres.urls import redact_url
from qaseed.snapshot import Snapshot, open_snapshot
from support.databases import ask, database_name, state
from support.digest_definition import ALL_TYPES, EXTREMES, Row, reference_digest, rows, to_frame

pytestmark = pytest.mark.integration
HOW = ("binary", "text", "insert")
MINE = """insert into tenant select * from jsonb_populate_record(null::tenant, '{"tenant_id": "mine", "name": "n", "status": "active", "plan": "solo",
    "state": "AZ", "timezone": "UTC", "currency": "USD", "no_show_fee_cents": 0, "late_cancel_hours": 24, "holidays": "", "canary": "x", "opened_on": "2020-01-01",
    "external_ref": "x", "is_synthetic": false, "is_active": true, "created_by": "system", "created_at": "2020-01-01", "updated_at": "2020-01-01"}')"""
"""A practice that somebody else entered."""


@pytest.mark.parametrize("how", [*HOW, "rows"])
@settings(max_examples=25)
@given(found=rows)
def test_every_type_survives_the_round_trip(how: CopyMethod, server: Server, found: list[Row]) -> None:
    assert {column.type for column in ALL_TYPES.columns} == {
        name for name, logical in TYPES.items() if logical.binary_copy
    }
    found = [*found, *EXTREMES]
    with psycopg.connect(server.url) as connection, duckdb.connect() as source:
        source.register("frame", to_frame(found)).execute("create table all_types as from frame")
        connection.execute("create schema trip")
        connection.execute(tables.create("trip", ALL_TYPES))
        assert sum(copying.send(connection, "trip", ALL_TYPES, source, how, 3)) == len(found)
        query = digest.postgres_sql(ALL_TYPES, "trip.all_types", connection.info.server_version)
        count, left, right = connection.execute(query.encode()).fetchone() or (0, 0, 0)
        connection.rollback()
    assert (count, digest.digest(left, right)) == (len(found), reference_digest(found))


@settings(max_examples=25)
@given(found=rows)
def test_text_copy_has_the_bytes_of_the_csv_of_snapshots(found: list[Row]) -> None:
    frame = to_frame([*found, *EXTREMES])
    with duckdb.connect() as source:
        source.register("frame", frame).execute("create table all_types as from frame")
        sent = b"".join(content for content, _ in copying.csv_lines(source, ALL_TYPES, 3))
    assert sent == frame.write_csv(include_header=False, **CSV_OPTIONS).encode()


@pytest.mark.parametrize("how", [None, *HOW])
def test_what_is_loaded_is_what_the_manifest_says(how: CopyMethod | None, minimal: Snapshot, database: str) -> None:
    loaded = load(minimal, database, how=how, batch_rows=7)
    assert loaded.verified
    assert loaded.digests == minimal.manifest.digests
    assert loaded.rows == minimal.manifest.rows
    assert loaded.total_records == 145
    assert ask(database, "select count(*) from client") == [(25,)]


def test_csv_loads_the_same(minimal: Snapshot, database: str, tmp_path: Path) -> None:
    other = generate("minimal", tmp_path, format="csv", validated=False).snapshot
    assert other.manifest.digests == minimal.manifest.digests
    assert load(other, database).digests == minimal.manifest.digests


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


def test_keys_checks_and_comments_stand(minimal: Snapshot, loaded: str) -> None:
    keys = dict(ask(loaded, "select conname, pg_get_constraintdef(oid) from pg_constraint where contype in ('f', 'p')"))
    assert keys["appointment_client_id_fkey"] == "FOREIGN KEY (tenant_id, client_id) REFERENCES client(tenant_id, id)"
    assert keys["client_pkey"] == "PRIMARY KEY (tenant_id, id)"
    assert keys["tenant_pkey"] == "PRIMARY KEY (tenant_id)"
    assert all("NOT VALID" not in definition for definition in keys.values())
    for entity in minimal.manifest.model.entities:
        for column in entity.references:
            assert f"{entity.name}_{column.name}_fkey" in keys
    indexed = ask(loaded, "select indexdef from pg_indexes where indexname = 'appointment_client_id_idx'")
    assert "(client_id, tenant_id)" in indexed[0][0]
    with psycopg.connect(loaded) as connection:
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
    assert ask(loaded, "select obj_description('client'::regclass)")[0][0].startswith("A person registered")
    assert ask(loaded, "select reltuples from pg_class where relname = 'client'") == [(25.0,)]
    with psycopg.connect(loaded) as connection, pytest.raises(errors.CheckViolation):
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
    with pytest.raises(PostgresError, match=r"public\.client: has other columns.*(address_1|chart_no)"):
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


def test_rows_that_do_not_arrive_are_seen(minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(source: duckdb.DuckDBPyConnection, entity: Entity, batch_rows: int) -> Iterator[tuple[bytes, int]]:
        sent = list(real(source, entity, batch_rows))
        return iter(sent[1:] if entity.name == "note" else sent)

    real = copying.csv_lines
    monkeypatch.setattr(copying, "csv_lines", lossy)
    with pytest.raises(PostgresError, match=r"note: Postgres holds 20 rows that differ from the 25"):
        load(minimal, database, how="text", batch_rows=5)
    assert state(database) == []


def _meddle(monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    """Update a staged row between COPY and reading back."""
    real = staging.verify

    def verify(connection: psycopg.Connection[Any], schema: str, entity: Entity, *arguments: Any) -> None:
        if entity.name == "client":
            row = f"update {schema}.client set {change} where id = (select min(id) from {schema}.client)"
            assert connection.execute(row.encode()).rowcount == 1
        real(connection, schema, entity, *arguments)

    monkeypatch.setattr(staging, "verify", verify)


def test_rows_that_come_back_byte_for_byte_need_no_digest(
    minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(digest, "postgres_sql")
    loaded = load(minimal, database, how="binary", workers=1)
    assert (loaded.verified, loaded.digests) == (True, minimal.manifest.digests)


def test_a_table_is_read_back_to_its_end_or_its_error(minimal: Snapshot, database: str) -> None:
    load(minimal, database, how="binary", workers=1)
    entity = minimal.manifest.model.by_name["client"]
    with psycopg.connect(database, autocommit=True) as connection:
        with (
            connection.cursor() as cursor,
            cursor.copy(f"copy client ({_names(entity)}) to stdout (format binary)") as sent,
        ):
            whole = b"".join(bytes(message) for message in sent)
        assert copying.read_back(connection, "public", entity) == (25, hashlib.sha256(whole).digest())
        with pytest.raises(errors.InvalidSchemaName):
            copying.read_back(connection, "elsewhere", entity)
        assert connection.execute("select count(*) from client").fetchone() == (25,), "the connection can be used"


def _names(entity: Entity) -> str:
    return ", ".join(column.name for column in entity.columns)


@pytest.mark.parametrize(
    ("how", "change"),
    [
        ("binary", "middle_name = case when middle_name is null then '' end"),
        (None, "middle_name = case when middle_name is null then '' end"),
        ("binary", "updated_at = updated_at + interval '1 microsecond'"),
        (None, "balance_cents = balance_cents + 1"),
    ],
)
def test_a_row_that_was_altered_on_the_server_is_seen(
    how: CopyMethod | None, change: str, minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _meddle(monkeypatch, change)
    with pytest.raises(PostgresError, match=r"client: Postgres holds 25 rows that differ from the 25"):
        load(minimal, database, how=how, workers=1)
    assert state(database) == []


def test_rows_in_another_order_are_the_same_rows(
    minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _meddle(monkeypatch, "id = id")
    loaded = load(minimal, database, how="binary", workers=1)
    assert (loaded.verified, loaded.digests) == (True, minimal.manifest.digests)


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


def test_files_that_are_replaced_while_they_are_loaded_are_seen(copied: Path, database: str) -> None:
    snapshot, path = open_snapshot(copied), copied / "data/client/part-00000.parquet"
    rows = pq.read_table(path)
    at, others = rows.schema.get_field_index("first_name"), pa.array(["Other"] * rows.num_rows)
    pq.write_table(rows.set_column(at, rows.schema.field(at), others.cast(rows.schema.field(at).type)), path)
    with pytest.raises(PostgresError, match=r"client: Postgres holds 25 rows that differ from the 25"):
        load(snapshot, database)
    assert state(database) == []


def test_an_altered_snapshot_never_reaches_postgres(copied: Path, database: str) -> None:
    path = copied / "data/client/part-00000.parquet"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(SnapshotError):
        load(open_snapshot(copied), database)
    assert state(database) == []


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


def test_without_privilege(minimal: Snapshot, database: str, server: Server) -> None:
    ask(database, "drop role if exists weak; create role weak login; revoke create on schema public from public")
    with pytest.raises(PostgresError, match=r"may not create tables in public; grant it, or connect as"):
        load(minimal, database.replace("postgres@", "weak@"))
    assert state(database) == []


def test_a_server_that_is_down(minimal: Snapshot) -> None:
    with pytest.raises(PostgresError, match="check that the server runs"):
        load(minimal, "postgresql://u:hidden@127.0.0.1:1/d")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:s3cr%20et@h:xx/d",
        "postgresql://u:s3cret PW@localhost/d",
        "postgresql://u:s3cr%zzet@h/d",
        "host='s3cret",
        "s3cret",
    ],
)
def test_no_part_of_a_password_is_told(url: str, minimal: Snapshot) -> None:
    with pytest.raises((UsageError, PostgresError)) as told_:
        load(minimal, url)
    assert "s3cr" not in str(told_.value)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=3, max_size=12))
def test_a_password_is_not_shown(secret: str) -> None:
    secret = f"~{secret}~"
    from urllib.parse import quote

    url = f"postgresql://me:{quote(secret, safe='')}@example.com:5433/db"
    assert redact_url(url) == "postgresql://me@example.com:5433/db"
    assert secret not in describe_error(RuntimeError(f"bad {secret} and {quote(secret, safe='')}"), url)


def test_a_wrong_password(minimal: Snapshot, server: Server, database: str) -> None:
    ask(database, "drop role if exists locked; create role locked login password 'right'")
    hba = server.data / "pg_hba.conf"
    kept = hba.read_text()
    hba.write_text("local all locked scram-sha-256\n" + kept)
    ask(database, "select pg_reload_conf(), pg_sleep(0.2)")
    try:
        with pytest.raises(PostgresError, match="password authentication failed") as error:
            load(minimal, database.replace("postgres@", "locked:s3cretPW@"))
        assert "s3cretPW" not in str(error.value)
    finally:
        hba.write_text(kept)
        ask(database, "select pg_reload_conf()")


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


@pytest.mark.parametrize("schema", ['a"; drop table x; --', "Ünï code", "%s", "UPPER", "select", "x" * 63])
def test_hostile_schema_names(schema: str, minimal: Snapshot, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(SQL("create schema {}").format(Identifier(schema)))
    assert load(minimal, database, schema=schema).verified
    assert load(minimal, database, schema=schema).verified
    assert purge(database, schema=schema)["client"] == 25


def test_a_schema_that_is_missing(minimal: Snapshot, database: str) -> None:
    with pytest.raises(PostgresError, match="no schema 'nowhere'"):
        load(minimal, database, schema="nowhere")


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"dbname": "nowhere"}, 'database "nowhere" does not exist; create it'),
        ({"user": "nobody here"}, 'role "nobody here" does not exist; create it'),
        ({"service": "nothing"}, 'definition of service "nothing" not found; correct its name'),
    ],
)
def test_what_a_url_names_and_the_server_lacks(
    part: dict[str, str], message: str, minimal: Snapshot, database: str
) -> None:
    with pytest.raises(PostgresError, match=f": {message}"):
        load(minimal, make_conninfo(database, **part), dry_run=True)


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
    ask(loaded, "create temp table one as select * from location limit 1; update one set id = 5, code = 'X', npi = 'X', external_ref = 'X'; "
                  "insert into location select * from one")  # fmt: skip
    with pytest.raises(UnsafeError, match=r"would be lost \(location 1\)"):
        purge(loaded)


def test_dry_run_refuses_what_a_load_would(minimal: Snapshot, loaded: str) -> None:
    ask(loaded, "create table app_flag (t text, c bigint, foreign key (t, c) references client (tenant_id, id))")
    with pytest.raises(PostgresError, match="app_flag"):
        load(minimal, loaded, dry_run=True, strategy="in-place")


@pytest.mark.parametrize("schema", ["", "pg_catalog", "information_schema", "x" * 64])
def test_schemas_that_cannot_be(schema: str, minimal: Snapshot, database: str) -> None:
    with pytest.raises(UsageError, match="--schema"):
        load(minimal, database, schema=schema)


@pytest.mark.parametrize(
    "url", ["postgresql://u:s3cr/et@localhost:1/d", "postgresql://u:s3cr@et@localhost:1/d", "", " "]
)
def test_urls_that_say_something_else_than_meant(url: str, minimal: Snapshot) -> None:
    with pytest.raises(UsageError, match=r"malformed|is empty") as error:
        load(minimal, url)
    assert "s3cr" not in str(error.value)
    assert "et@" not in str(error.value)
