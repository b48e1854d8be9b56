"""The swap under fire: readers in every lock order, transactions that began before, kills at each step, two restores at once."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest

from qaseed.errors import PostgresError, QaseedError, UnsafeError
from qaseed.loading import LoadOptions, load, load_with_options, lock_retry, rollback, staging
from qaseed.loading.lock_holders import BusyError
from qaseed.loading.swap import _copy_load_registry, _moves, _purpose, create_schema, default_grants, drop_schema
from qaseed.postgres.server import Server
from qaseed.snapshot import Snapshot
from support.databases import TABLES, ask, database_name, loaded_snapshot, row_counts, state
from support.own_server import own_server
from support.sessions import running

pytestmark = pytest.mark.integration
STEPS = ("discarded", "staged", "locked", "detached", "moved", "reattached", "recorded", "removed", "committed")


class Readers:
    """Threads that read all tables in transactions of their own, each in its own order, and note what should never be seen."""

    def __init__(self, url: str, expected: list[dict[str, int]], kinds: list[tuple[str, bool]]) -> None:
        self.url, self.expected, self.over = url, expected, threading.Event()
        self.anomalies: list[Any] = []
        self.longest, self.reads = 0.0, 0
        self.threads = [threading.Thread(target=self.read, args=kind) for kind in kinds]

    def read(self, isolation: str, mixed: bool) -> None:
        order, chance = list(TABLES), random.Random(len(isolation))
        with psycopg.connect(self.url) as connection:
            while not self.over.is_set():
                if mixed:
                    chance.shuffle(order)
                try:
                    connection.execute(f"set transaction isolation level {isolation}".encode())
                    begun = time.perf_counter()
                    found = row_counts(connection, tuple(order))
                    self.longest = max(self.longest, time.perf_counter() - begun)
                    connection.execute("select pg_sleep(0.01)")
                    again = row_counts(connection, tuple(order[:2]))
                    connection.rollback()
                except psycopg.Error as error:
                    self.anomalies.append(repr(error))
                    return
                self.reads += 1
                if found not in self.expected or any(found[name] != rows for name, rows in again.items()):
                    self.anomalies.append((found, again))

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()


READERS = [("read committed", False), ("repeatable read", False), ("repeatable read", True), ("serializable", True)]


def test_readers_see_whole_old_or_whole_new(minimal: Snapshot, changed: Snapshot, loaded: str) -> None:
    with Readers(loaded, [minimal.manifest.rows, changed.manifest.rows], READERS) as readers:
        for snapshot in (changed, minimal, changed):
            assert load(snapshot, loaded).strategy == "staged"
    assert readers.anomalies == []
    assert readers.reads > 0
    assert loaded_snapshot(loaded, changed)


@pytest.mark.parametrize("how", [None, "text"])
def test_a_transaction_that_began_before_sees_the_whole_new_set(how: Any, changed: Snapshot, loaded: str) -> None:
    with psycopg.connect(loaded) as early:
        early.execute("set transaction isolation level repeatable read")
        early.execute("select 1 from pg_class")
        assert load(changed, loaded, how=how).verified
        assert row_counts(early) == changed.manifest.rows


def test_rows_that_are_not_frozen_wait_for_such_a_transaction(
    minimal: Snapshot, changed: Snapshot, loaded: str
) -> None:
    with psycopg.connect(loaded) as early:
        early.execute("set transaction isolation level repeatable read")
        early.execute("select 1 from pg_class")
        with pytest.raises(PostgresError, match=rf"process {early.info.backend_pid} of postgres still sees.*are kept"):
            load(changed, loaded, how="insert", max_snapshot_wait=0.2)
        assert row_counts(early) == minimal.manifest.rows
    steps: list[str] = []
    assert load_with_options(changed, loaded, LoadOptions(how="insert", step=steps.append)).verified
    assert "discarded" not in steps, "the load resumes with the kept stage"
    assert loaded_snapshot(loaded, changed)


@pytest.mark.timeout(400)  # three loads, each of which may wait for two minutes
def test_writers_in_every_order_never_see_a_deadlock(minimal: Snapshot, changed: Snapshot, loaded: str) -> None:
    over, failures = threading.Event(), []

    def write(order: list[str]) -> None:
        with psycopg.connect(loaded) as connection:
            while not over.is_set():
                try:
                    for table in order:
                        connection.execute(
                            f"update {table} set is_active = is_active where tenant_id = 'tenant-qa-001'".encode()
                        )
                    connection.commit()
                except psycopg.Error as error:
                    failures.append(repr(error))
                    return
                time.sleep(0.02)

    threads = [threading.Thread(target=write, args=(list(order),)) for order in (TABLES, TABLES)]
    with running(threads, over):
        for snapshot in (changed, minimal, changed):
            assert load(snapshot, loaded).verified
    assert failures == []


MEDDLING = (
    "create view late as select count(*) from client",
    "create index late on client (city)",
    "alter table client add constraint late check (id > 0)",
    "create trigger late before update on client execute function t()",
    "alter table client alter city set default 'late'",
    "comment on column client.city is 'late'",
    "alter table client alter city set storage main",
    "alter sequence client_id_seq increment 7",
)


@pytest.mark.parametrize("statement", MEDDLING)
def test_what_changes_while_loading_is_noticed(
    statement: str, minimal: Snapshot, changed: Snapshot, loaded: str
) -> None:
    ask(loaded, "create function t() returns trigger language plpgsql as 'begin return null; end'")

    def meddle(step: str) -> None:
        if step == "staged":
            ask(loaded, statement)

    with pytest.raises(PostgresError, match="tables were changed while new ones were staged"):
        load_with_options(changed, loaded, LoadOptions(step=meddle))
    assert loaded_snapshot(loaded, minimal)
    assert load(changed, loaded).verified
    kept = """select 1 from pg_class where relname = 'late' union all select 1 from pg_constraint where conname = 'late'
        union all select 1 from pg_trigger where tgname = 'late'
        union all select 1 from pg_attrdef where pg_get_expr(adbin, adrelid) = '''late''::text'
        union all select 1 from pg_description where description = 'late'
        union all select 1 from pg_attribute where attrelid = 'client'::regclass and attname = 'city' and attstorage = 'm'
        union all select 1 from pg_sequences where increment_by = 7"""
    assert ask(loaded, kept) == [(1,)]


VANISHING = (
    "drop table ledger_entry",
    "alter table client rename to clients",
    "alter table provider set schema elsewhere",
    "drop table qaseed_next.note cascade",
    "drop schema qaseed_next cascade",
)


@pytest.mark.parametrize("statement", VANISHING)
def test_a_table_that_vanishes_while_loading_is_noticed(statement: str, changed: Snapshot, loaded: str) -> None:
    ask(loaded, "create schema elsewhere")

    def meddle(step: str) -> None:
        if step == "staged":
            ask(loaded, statement)

    with pytest.raises(PostgresError, match="tables were changed while new ones were staged; run it again"):
        load_with_options(changed, loaded, LoadOptions(step=meddle))
    assert ask(loaded, "select to_regnamespace('qaseed_next')") == [(None,)]


@pytest.mark.parametrize("step", ["discarded", "staged"])
def test_an_index_is_rebuilt_concurrently_while_rows_are_staged(
    step: str, minimal: Snapshot, changed: Snapshot, loaded: str
) -> None:

    def rebuild(done: str) -> None:
        if done == step:
            idle = "select backend_xmin from pg_stat_activity where datname = current_database() and state like 'idle in %'"
            assert ask(loaded, idle) == [(None,)], "a snapshot would keep VACUUM from its work until the load ends"
            ask(loaded, "reindex index concurrently client_pkey")

    assert load_with_options(changed, loaded, LoadOptions(step=rebuild)).verified


WRITTEN_INTO_STAGE = {
    "one row": "update qaseed_next.client set first_name = first_name where id = (select min(id) from client)",
    "all rows": "update qaseed_next.client set first_name = first_name",
    "deleted": "delete from qaseed_next.scenario where name = (select min(name) from qaseed_next.scenario)",
    "inserted": "create temp table one as select * from qaseed_next.scenario limit 1; update one set name = 'mine', external_ref = 'mine'; insert into qaseed_next.scenario table one",
    "emptied": "truncate qaseed_next.ledger_entry",
}
"""What somebody may do with the rows of a stage."""


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("what", WRITTEN_INTO_STAGE)
def test_rows_that_somebody_writes_into_a_stage_are_not_swapped_in(
    what: str, small: bool, minimal: Snapshot, changed: Snapshot, loaded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "SMALL_ROWS", staging.SMALL_ROWS if small else 0)

    def write(step: str) -> None:
        if step == "staged":
            ask(loaded, WRITTEN_INTO_STAGE[what])

    table = {"one row": "client", "all rows": "client", "emptied": "ledger_entry"}.get(what, "scenario")
    with pytest.raises(
        PostgresError, match=rf"another session has changed rows of {table} in qaseed_next.*run it again"
    ):
        load_with_options(changed, loaded, LoadOptions(step=write))
    assert loaded_snapshot(loaded, minimal)
    assert load(changed, loaded).verified


def test_rows_written_into_a_stage_that_was_kept_are_not_swapped_in(
    minimal: Snapshot, changed: Snapshot, loaded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_retry, "MAXIMUM_WAIT", 0.0)
    with psycopg.connect(loaded) as reader:
        reader.execute("select from client")
        with pytest.raises(BusyError):
            load(changed, loaded)
    ask(loaded, WRITTEN_INTO_STAGE["all rows"])
    with pytest.raises(PostgresError, match="another session has changed rows of client in qaseed_next"):
        load(changed, loaded)
    assert loaded_snapshot(loaded, minimal)
    assert load(changed, loaded).verified


def test_a_transaction_that_writes_into_a_stage_is_waited_for(
    minimal: Snapshot, changed: Snapshot, loaded: str
) -> None:
    with psycopg.connect(loaded) as writer:

        def write(step: str) -> None:
            if step == "staged":
                writer.execute(WRITTEN_INTO_STAGE["one row"].encode())
                threading.Timer(0.3, writer.commit).start()

        with pytest.raises(PostgresError, match="another session has changed rows of client in qaseed_next"):
            load_with_options(changed, loaded, LoadOptions(step=write))
    assert loaded_snapshot(loaded, minimal)


def test_nobody_writes_into_a_stage_that_is_about_to_be_swapped_in(changed: Snapshot, loaded: str) -> None:
    seen: list[str] = []

    def write(step: str) -> None:
        if step == "locked":
            with pytest.raises(psycopg.errors.LockNotAvailable):
                ask(loaded, f"set lock_timeout = '100ms'; {WRITTEN_INTO_STAGE['emptied']}")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                ask(loaded, "set lock_timeout = '100ms'; delete from qaseed_next.note")
            seen.append(step)

    assert load_with_options(changed, loaded, LoadOptions(step=write)).verified
    assert seen


@pytest.mark.parametrize("schema", ["qaseed_next", "qaseed_old"])
def test_a_schema_of_somebody_elses_is_left_alone(schema: str, minimal: Snapshot, database: str) -> None:
    ask(database, f"create schema {schema}; create table {schema}.mine (id int)")
    before = state(database)
    with pytest.raises(UnsafeError, match=f"schema '{schema}': was not created by qaseed"):
        load(minimal, database)
    assert state(database) == before
    assert ask(database, f"select count(*) from {schema}.mine") == [(0,)]


def test_limits_of_the_role_do_not_matter(minimal: Snapshot, changed: Snapshot, database: str) -> None:
    name = database_name(database)
    ask(database, f"drop role if exists limited; create role limited login connection limit 2; grant create on database {name} to limited; "
                  "grant create on schema public to limited; alter role limited set statement_timeout = '100ms'; "
                  "alter role limited set idle_in_transaction_session_timeout = '100ms'; alter role limited set lock_timeout = '100ms'; "
                  "alter role limited set search_path = nowhere; alter role limited set default_transaction_isolation = 'serializable'")  # fmt: skip
    url = database.replace("postgres@", "limited@")
    for snapshot in (minimal, changed):  # over one connection besides the first, as the role may have no third
        assert load(snapshot, url, keep_old=True).verified
    assert loaded_snapshot(database, changed)
    assert ask(database, REGISTRY.format("qaseed_old")) == [
        (name, digest, minimal.manifest.rows[name]) for name, digest in sorted(minimal.manifest.digests.items())
    ]
    ask(database, "drop owned by limited; drop role limited")


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Server]:
    """A server that a test may kill."""
    with own_server() as mortal:
        ask(mortal.url, "alter system set fsync = off")  # its processes are killed, not the machine: the kernel keeps
        ask(
            mortal.url, "select pg_reload_conf()"
        )  # what they wrote; with fsync, each recovery flushes a thousand files
        yield mortal
        mortal.start()


@pytest.mark.parametrize(
    "steps", [pytest.param(("moved",), id="moved"), pytest.param(STEPS, id="all", marks=pytest.mark.slow)]
)
def test_a_server_killed_at_a_step_holds_the_old_or_the_new(
    steps: tuple[str, ...], mortal: Server, minimal: Snapshot, changed: Snapshot
) -> None:
    old, new = minimal, changed
    load(old, mortal.url)
    for fatal in steps:

        def kill(step: str, fatal: str = fatal) -> None:
            if step == fatal and mortal.pid:
                os.kill(mortal.pid, signal.SIGKILL)

        try:
            load_with_options(new, mortal.url, LoadOptions(step=kill))
        except QaseedError:
            assert fatal != "committed"
        mortal.start()
        held = loaded_snapshot(
            mortal.url, old, new
        )  # a backend may outlive the postmaster for as long as a commit takes
        assert held is new or fatal != "committed"
        assert load(new, mortal.url).verified, "a rerun finishes"
        assert ask(mortal.url, "select nspname from pg_namespace where nspname like 'qaseed%'") == []
        old, new = new, old


@pytest.mark.slow
def test_a_server_killed_at_any_time_holds_the_old_or_the_new(
    mortal: Server, minimal: Snapshot, changed: Snapshot
) -> None:
    old, new, chance = minimal, changed, random.Random(4)
    load(old, mortal.url)
    for _ in range(4):
        killer = threading.Timer(chance.uniform(0, 0.6), lambda: mortal.pid and os.kill(mortal.pid, signal.SIGKILL))
        killer.start()
        with contextlib.suppress(QaseedError):
            load(new, mortal.url)
        killer.join()
        mortal.start()
        assert loaded_snapshot(mortal.url, old, new)
        assert load(new, mortal.url).verified
        old, new = new, old


CLIENT = """
import sys, time
from pathlib import Path
from qaseed.loading import LoadOptions, load_with_options
from qaseed.snapshot import open_snapshot
def step(name):
    if name == sys.argv[3]:
        print(name, flush=True)
        time.sleep(60)
load_with_options(open_snapshot(Path(sys.argv[1])), sys.argv[2], LoadOptions(step=step))
"""


@pytest.mark.parametrize("fatal", ["discarded", "staged", "moved", "removed"])
def test_a_client_killed_at_any_step_leaves_the_old(
    fatal: str, minimal: Snapshot, changed: Snapshot, loaded: str
) -> None:
    command = [sys.executable, "-c", CLIENT, str(changed.folder), loaded, fatal]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == f"{fatal}\n"
        client.kill()
    assert loaded_snapshot(loaded, minimal)
    assert load(changed, loaded).verified
    assert loaded_snapshot(loaded, changed)
    assert ask(loaded, "select nspname from pg_namespace where nspname like 'qaseed%'") == []


def test_a_client_stopped_in_the_swap_is_ended_by_the_server(minimal: Snapshot, changed: Snapshot, loaded: str) -> None:
    command = [sys.executable, "-c", CLIENT, str(changed.folder), loaded, "moved"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        client.stdout.readline()
        client.send_signal(signal.SIGSTOP)
        try:
            begun = time.monotonic()
            assert loaded_snapshot(loaded, minimal)
            assert time.monotonic() - begun < 30
        finally:
            client.kill()
    assert load(changed, loaded).verified


def test_backends_that_are_terminated_leave_the_old(minimal: Snapshot, changed: Snapshot, loaded: str) -> None:

    def terminate(step: str) -> None:
        if step == "moved":
            ask(loaded, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'qaseed'")

    with pytest.raises(PostgresError):
        load_with_options(changed, loaded, LoadOptions(step=terminate))
    assert loaded_snapshot(loaded, minimal)
    assert load(changed, loaded).verified


ENDED = """
import sys
import psycopg
from qaseed.__main__ import main
from qaseed.loading.options import LoadOptions
def step(name):
    if name == "discarded":
        with psycopg.connect(sys.argv[-1], autocommit=True) as other:
            other.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
                "and application_name = 'qaseed'")
LoadOptions.__init__.__kwdefaults__["step"] = step
main()
"""


def test_connections_that_are_lost_while_rows_are_staged_are_one_line(changed: Snapshot, loaded: str) -> None:
    command = [sys.executable, "-c", ENDED, "load", str(changed.folder), "--quiet", "--to", loaded]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (5, "", 1), done.stderr
    assert "the connection was lost" in done.stderr


@pytest.fixture
def small_disk(server: Server) -> Iterator[str]:
    """A tablespace of 256 KiB, too small even for the indexes of the smallest profile."""
    home = Path(tempfile.mkdtemp(prefix="qaseed-small-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k,mode=777", "tmpfs", home], check=False, capture_output=True
    )
    if mounted.returncode:
        home.rmdir()
        pytest.skip("this account may not mount a small disk")
    place = home / "space"
    place.mkdir()
    if os.geteuid() == 0:
        os.chown(place, server.data.stat().st_uid, server.data.stat().st_gid)
    ask(server.url, f"create tablespace small_disk location '{place}'")
    yield "small_disk"
    ask(server.url, "drop tablespace small_disk")
    subprocess.run(["umount", home], check=True)
    home.rmdir()


def test_a_full_disk_leaves_the_old(minimal: Snapshot, changed: Snapshot, loaded: str, small_disk: str) -> None:
    with contextlib.suppress(psycopg.errors.DiskFull):
        for table in TABLES:
            ask(loaded, f"alter table {table} set tablespace {small_disk}")
    with pytest.raises(PostgresError, match="free some space on the server"):
        load(changed, loaded)
    assert loaded_snapshot(loaded, minimal)
    assert ask(loaded, "select nspname from pg_namespace where nspname like 'qaseed%'") == []
    for table in TABLES:
        ask(loaded, f"alter table {table} set tablespace pg_default")
    assert load(changed, loaded).verified
    assert loaded_snapshot(loaded, changed)


def test_a_load_goes_through_every_step_in_order(minimal: Snapshot, changed: Snapshot, loaded: str) -> None:
    steps: list[str] = []
    load_with_options(changed, loaded, LoadOptions(step=steps.append))
    assert steps == list(STEPS)


def test_statements_quote_every_name() -> None:
    made, dropped = create_schema('a"B', {"of": "it's"}), drop_schema('a"B', ["x", "Y z"])
    moved, kept = _moves('a"B', "C", ["x", "Y z"]), _copy_load_registry('a"B')
    statements = [*made, *moved, *kept, *dropped, *drop_schema("s", [])]
    assert [statement.as_string() for statement in statements] == [
        'create schema "a""B"',
        """comment on schema "a""B" is 'qaseed: {"of": "it''s"}'""",
        'alter table "a""B"."x" set schema "C"',
        'alter table "a""B"."Y z" set schema "C"',
        'create table "qaseed_old"."qaseed_target" as table "a""B"."qaseed_target"',
        'drop table "a""B"."x", "a""B"."Y z" restrict',
        'drop schema "a""B" restrict',
        'drop schema "s" restrict',
    ]


@pytest.mark.parametrize(
    ("comment", "purpose"),
    [
        ('qaseed: {"of": "public", "tables": []}', {"of": "public", "tables": []}),
        ('{"of": "public"}', None), ('mine: {"of": "public"}', None), ("qaseed: {}", None), ('qaseed: ["of"]', None),
        ('qaseed: "of"', None), ("qaseed: is fun", None), ("qaseed: null", None), ("", None),
    ],
)  # fmt: skip
def test_a_comment_of_ours_says_of_which_schema_it_is(comment: str, purpose: object) -> None:
    assert _purpose(comment) == purpose


def test_default_privileges_of_a_schema_and_a_role_are_those_of_new_tables(database: str) -> None:
    privileges = (
        "grant usage on sequences to pg_monitor",
        "grant select on tables to public",
        "grant insert, delete on tables to pg_monitor with grant option",
        "grant execute on functions to pg_monitor",
    )
    ask(database, "create schema other; alter default privileges in schema other grant update on tables to pg_monitor")
    for privilege in privileges:
        ask(database, f"alter default privileges in schema public {privilege}")
    ask(database, "alter default privileges for role pg_monitor in schema public grant update on tables to pg_monitor")
    with psycopg.connect(database) as connection:
        statements = [statement.as_string(connection) for statement in default_grants(connection, "public")]
    assert statements == [
        'alter default privileges in schema "qaseed_next" grant SELECT on tables to public',
        'alter default privileges in schema "qaseed_next" grant INSERT on tables to "pg_monitor" with grant option',
        'alter default privileges in schema "qaseed_next" grant DELETE on tables to "pg_monitor" with grant option',
        'alter default privileges in schema "qaseed_next" grant USAGE on sequences to "pg_monitor"',
    ]


REGISTRY = "select t.table_name, t.digest, t.rows from {}.qaseed_target t order by 1"


def test_kept_tables_keep_the_load_registry_of_their_time(minimal: Snapshot, changed: Snapshot, loaded: str) -> None:
    of_minimal = ask(loaded, REGISTRY.format("public"))
    assert {name: digest for name, digest, _ in of_minimal} == minimal.manifest.digests
    load(changed, loaded, keep_old=True)
    of_changed = ask(loaded, REGISTRY.format("public"))
    assert {name: digest for name, digest, _ in of_changed} == changed.manifest.digests
    assert ask(loaded, REGISTRY.format("qaseed_old")) == of_minimal
    rollback(loaded)
    assert (ask(loaded, REGISTRY.format("public")), ask(loaded, REGISTRY.format("qaseed_old"))) == (
        of_minimal,
        of_changed,
    )
    assert loaded_snapshot(loaded, minimal)


KEPT_BY_AN_EARLIER_VERSION = """create schema qaseed_old; comment on schema qaseed_old is 'qaseed: {"of": "public"}';
    create table qaseed_old.client (id bigint); create table qaseed_old.visit (id bigint);
    create table qaseed_old.qaseed_target as select 'visit' as table_name"""
"""Its comment has no list of the tables: those of the load's schema and its own are in the two load registries."""


def test_what_an_earlier_version_kept_is_in_a_load_registry(changed: Snapshot, loaded: str) -> None:
    ask(loaded, f"{KEPT_BY_AN_EARLIER_VERSION}; create table qaseed_old.mine (id bigint)")
    with pytest.raises(UnsafeError, match=r"qaseed_old\.mine: was not created by qaseed"):
        load(changed, loaded)
    ask(loaded, "drop table qaseed_old.mine")
    assert load(changed, loaded).verified
    assert ask(loaded, "select nspname from pg_namespace where nspname like 'qaseed%'") == []
