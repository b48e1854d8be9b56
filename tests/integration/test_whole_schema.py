"""A load changes nothing that pg_dump shows: dump, load, dump, no difference; or it refuses, before it loads."""

from __future__ import annotations

import difflib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from qaseed.doctor import run_checks
from qaseed.errors import PostgresError
from qaseed.loading import LoadOptions, load, load_with_options, rollback
from qaseed.postgres import wheel
from qaseed.postgres.server import Server
from qaseed.snapshot import Snapshot
from support.databases import ask, catalog, database_name, loaded_snapshot
from support.dressed_schema import ROLES, TABLESPACE, dress, dump
from support.installed_postgres import InstalledPostgres

pytestmark = pytest.mark.integration
FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []


@dataclass(frozen=True)
class Dressed:
    """A database with roles of its own, and the programs of its server."""

    url: str
    programs: Path

    def dump(self) -> list[str]:
        return dump(self.programs, self.url)

    def load(self, snapshot: Snapshot, **options: object) -> None:
        """Load, with no difference in the schema."""
        before = self.dump()
        load(snapshot, self.url, **options)  # type: ignore[arg-type]  # options of a load
        assert difference(before, self.dump()) == []


def difference(before: list[str], after: list[str]) -> list[str]:
    lines = difflib.unified_diff(before, after, n=0, lineterm="")
    return [line for line in lines if line[1:].strip() and not line.startswith(("---", "+++", "@@"))]


@pytest.fixture(scope="module", params=["the tests' server", *(path.parent.name for path in FOUND)])
def running(request: pytest.FixtureRequest, server: Server | InstalledPostgres) -> Iterator[Server | InstalledPostgres]:
    """The tests' server, and each that is installed here."""
    if request.param == "the tests' server":
        yield server
        return
    if request.config.getoption("--postgres"):
        pytest.skip("only the given server is asked for")
    home = Path(tempfile.mkdtemp(prefix="qaseed-dressed-"))
    installed = InstalledPostgres(FOUND[[path.parent.name for path in FOUND].index(request.param)], home)
    installed.start()
    yield installed
    installed.stop()
    shutil.rmtree(home)


@pytest.fixture
def undressed(running: Server | InstalledPostgres) -> Iterator[Dressed]:
    """An empty database of each."""
    programs = running.programs if isinstance(running, InstalledPostgres) else wheel.programs()
    name = f"d_{uuid.uuid4().hex[:12]}"
    ask(running.url, f"create database {name}")
    ask(running.url, ";".join(f"create role {role}" for role in ROLES))
    space = Path(tempfile.mkdtemp(prefix="qaseed-space-"))
    if os.geteuid() == 0:
        os.chown(space, running.data.stat().st_uid, running.data.stat().st_gid)
    ask(running.url, f"create tablespace {TABLESPACE} location '{space}'")
    yield Dressed(running.url.replace("/qaseed?", f"/{name}?"), programs)
    ask(running.url, f"drop database {name} with (force)")
    ask(running.url, f"drop tablespace {TABLESPACE}")
    ask(running.url, "drop role " + ", ".join(ROLES))
    shutil.rmtree(space)


@pytest.fixture
def dressed(undressed: Dressed, minimal: Snapshot) -> Dressed:
    """A database with loaded tables and all that an application may add to them."""
    load(minimal, undressed.url)
    with psycopg.connect(undressed.url) as connection:
        dress(connection)
    return undressed


def test_a_load_changes_nothing_of_the_schema(dressed: Dressed, minimal: Snapshot, changed: Snapshot) -> None:
    dressed.load(changed)
    dressed.load(minimal)


def test_kept_tables_come_back_as_they_were(dressed: Dressed, changed: Snapshot) -> None:
    before = dressed.dump()
    load(changed, dressed.url, keep_old=True)
    rollback(dressed.url)
    ask(dressed.url, "drop schema qaseed_old cascade")
    assert difference(before, dressed.dump()) == []


WATCHING = """
    create table public.watched (event text, tag text, what text);
    create function public.see() returns event_trigger language plpgsql as $$ begin
        insert into public.watched select tg_event, tg_tag, object_identity from pg_event_trigger_ddl_commands();
        notify watcher, 'reload schema'; end $$;
    create function public.see_dropped() returns event_trigger language plpgsql as $$ begin
        insert into public.watched select tg_event, tg_tag, object_identity from pg_event_trigger_dropped_objects(); end $$;
    create function public.see_nothing() returns event_trigger language plpgsql as $$ begin
        insert into public.watched values (tg_event, tg_tag, null); end $$;
    create event trigger watch on ddl_command_end execute function public.see();
    create event trigger watch_drops on sql_drop execute function public.see_dropped();
    create event trigger watch_begins on ddl_command_start execute function public.see_nothing();
    create event trigger watch_rewrites on table_rewrite execute function public.see_nothing();
"""
"""Event triggers that write down what they see, as those of audits and managed databases do."""


def test_event_triggers_that_change_no_table_see_what_a_load_does(
    dressed: Dressed, minimal: Snapshot, changed: Snapshot
) -> None:
    ask(dressed.url, WATCHING)
    plan = load(changed, dressed.url, dry_run=True).plan
    assert plan
    assert "the event trigger watch may fire on what the load does" in plan.warnings
    assert ask(dressed.url, "select count(*) from watched where what ~ 'client'") == [(0,)]
    dressed.load(changed)
    assert ask(dressed.url, "select count(*) > 9 from watched where tag = 'DROP TABLE' and what ~ 'client'") == [
        (True,)
    ]
    before = dressed.dump()
    load(minimal, dressed.url, keep_old=True)
    rollback(dressed.url)
    ask(dressed.url, "drop schema qaseed_old cascade")
    assert difference(before, dressed.dump()) == []


def test_a_load_in_place_changes_nothing_either(dressed: Dressed, minimal: Snapshot, changed: Snapshot) -> None:
    ask(dressed.url, "drop table elsewhere.task")  # whose foreign keys a load in place refuses
    dressed.load(changed, strategy="in-place")
    dressed.load(minimal, strategy="in-place")
    dressed.load(changed)


def test_tables_stay_in_their_tablespaces(dressed: Dressed, changed: Snapshot) -> None:
    name = database_name(dressed.url)
    ask(dressed.url, f"alter database {name} set default_tablespace = {TABLESPACE}")
    dressed.load(changed)


def test_tables_that_migrations_created_stay_as_they_are(
    undressed: Dressed, minimal: Snapshot, changed: Snapshot
) -> None:
    load(minimal, undressed.url)
    ask(undressed.url, "drop table qaseed_target; truncate " + ", ".join(minimal.manifest.tables))
    with psycopg.connect(undressed.url) as connection:
        dress(connection)
    load(minimal, undressed.url)
    undressed.load(changed)
    assert ask(undressed.url, "select distinct created from qaseed_target") == [(False,)]


def forget_definition(url: str, name: str) -> None:
    """Make the registry as the load of a model without this definition had left it."""
    ask(url, "update qaseed_target set definitions = (definitions::jsonb - %s)::json", name)


def test_what_is_new_in_the_model_is_added_and_named(minimal: Snapshot, loaded: str) -> None:
    expected = catalog(loaded)
    ask(loaded, "alter table client drop constraint client_status_check; drop index note_client_id_idx")
    ask(loaded, "alter table client drop constraint client_state_check; alter table client alter state drop default")
    ask(loaded, "alter table note drop constraint note_client_id_fkey")
    before = catalog(loaded)
    assert load(minimal, loaded).plan.changed_structure == ()  # type: ignore[union-attr]  # a load has a plan
    assert catalog(loaded) == before
    names = (
        "client_status_check",
        "note_client_id_idx",
        "client_state_check",
        "default of state",
        "note_client_id_fkey",
    )
    for name in names:
        forget_definition(loaded, name)
    plan = load(minimal, loaded, dry_run=True).plan
    assert plan
    assert sorted(plan.changed_structure) == [
        "new check client_state_check of client",
        "new check client_status_check of client",
        "new default of state of client",
        "new foreign key note_client_id_fkey of note",
        "new index note_client_id_idx of note",
    ]
    load(minimal, loaded)
    assert catalog(loaded) == expected


@pytest.mark.parametrize("strategy", ["staged", "in-place"])
def test_what_changed_in_the_model_is_applied_and_named(strategy: Any, minimal: Snapshot, database: str) -> None:
    load(minimal, database)
    expected = catalog(database)
    ask(database, "alter table client drop constraint client_status_check")
    ask(database, "alter table client add constraint client_status_check check (status = 'active') not valid")
    forget_definition(database, "client_status_check")
    loaded = load(minimal, database, strategy=strategy)
    if strategy == "staged":
        assert loaded.plan
        assert loaded.plan.changed_structure == ("changed check client_status_check of client",)
    assert catalog(database) == expected


def test_a_registry_of_an_earlier_version_adds_what_is_missing(minimal: Snapshot, loaded: str) -> None:
    ask(loaded, "alter table qaseed_target drop definitions, drop unvalidated")
    ask(loaded, "drop index note_client_id_idx; alter table note drop constraint note_client_id_fkey")
    ask(loaded, "alter table client drop constraint client_primary_provider_id_fkey")
    cascading = "foreign key (tenant_id, primary_provider_id) references provider on delete cascade"
    ask(loaded, f"alter table client add constraint client_primary_provider_id_fkey {cascading}")
    plan = load(minimal, loaded).plan
    assert plan
    assert plan.changed_structure == (
        "new index note_client_id_idx of note",
        "new foreign key note_client_id_fkey of note",
    )
    assert ask(loaded, "select conname from pg_constraint where confdeltype = 'c'") == [
        ("client_primary_provider_id_fkey",)
    ]
    assert ask(loaded, "select count(*) from qaseed_target where definitions is null") == [(0,)]


LARGE = """create table log (t text, c bigint, constraint of_client foreign key (t, c) references client);
    insert into log select tenant_id, id from client order by id limit 3"""
"""A table that was never analyzed counts as large."""
VALIDATED = "select convalidated from pg_constraint where conname = 'of_client'"


def test_a_validation_that_a_kill_prevented_is_named_and_done_by_the_next_load(
    minimal: Snapshot, changed: Snapshot, loaded: str
) -> None:
    ask(loaded, LARGE)

    def end(step: str) -> None:
        if step == "committed":
            raise KeyboardInterrupt

    for snapshot in (changed, minimal):
        with pytest.raises(KeyboardInterrupt):
            load_with_options(snapshot, loaded, LoadOptions(step=end))
        assert ask(loaded, VALIDATED) == [(False,)]
    (check,) = (check for check in run_checks(loaded) if check.name == "foreign keys")
    assert (check.ok, "foreign key of_client of log" in check.found) == (False, True)
    load(changed, loaded)
    assert ask(loaded, VALIDATED) == [(True,)]
    assert all(check.ok for check in run_checks(loaded) if check.name == "foreign keys")
    ask(loaded, "alter table log drop constraint of_client")
    ask(loaded, "alter table log add constraint of_client foreign key (t, c) references client not valid")
    load(minimal, loaded)
    assert ask(loaded, VALIDATED) == [(False,)], "one that somebody added so stays so"


def test_statistics_of_other_tables_may_change_while_a_load_runs(changed: Snapshot, loaded: str) -> None:
    ask(loaded, LARGE)

    def analyze(step: str) -> None:
        if step == "staged":
            ask(loaded, "analyze log")

    load_with_options(changed, loaded, LoadOptions(step=analyze))
    assert ask(loaded, "select count(*) from client") == [(changed.manifest.rows["client"],)]
    assert ask(loaded, VALIDATED) == [(True,)]


MEANWHILE = {
    "rule never on public.client": "create rule never as on delete to client do instead nothing",
    "materialized view public.stale": "create materialized view stale as select count(*) from client",
    "public.heir": "create table heir () inherits (client)",
    "column whole of table public.rows": "create table rows (whole client)",
    "the tables were changed": "create view mine as select id from client",
    "changed while": "alter table client add constraint odd check (id > 0)",
}


@pytest.mark.parametrize("named", MEANWHILE)
def test_what_is_created_while_a_load_runs_is_noticed(
    named: str, minimal: Snapshot, changed: Snapshot, loaded: str
) -> None:

    def meddle(step: str) -> None:
        if step == "staged":
            ask(loaded, MEANWHILE[named])

    with pytest.raises(PostgresError) as error:
        load_with_options(changed, loaded, LoadOptions(step=meddle))
    assert named in str(error.value)
    assert loaded_snapshot(loaded, minimal)
    assert ask(loaded, "select nspname from pg_namespace where nspname like 'qaseed%'") == []


REFUSED = {
    "temporary object of another session, view": "create temp view t as select id from client",
    "temporary object of another session, function": "create function pg_temp.f() returns bigint language sql "
    "begin atomic select count(*) from client; end",
    "default value for column city of": "alter table client alter city set default 'client'::regclass::text",
    "statistics twice in two schemas": "create schema s; create statistics twice on city, state from client; "
    "create statistics s.twice on city, id from client",
    "grant of SELECT by stranger on public.client": "create role stranger; grant select on client to stranger "
    "with grant option; set role stranger; grant select on client to public; reset role",
    "grant of SELECT by stranger on city of public.client": "create role stranger; grant select (city) on client to "
    "stranger with grant option; set role stranger; grant select (city) on client to public; reset role",
    "security label of public.client": "insert into pg_seclabel values "
    "('client'::regclass, 'pg_class'::regclass, 2, 'provider', 'label')",
    "security label of public.note_id_seq": "insert into pg_seclabel values "
    "('note_id_seq'::regclass, 'pg_class'::regclass, 0, 'provider', 'label')",
    "extension plpgsql, of which public.note_id_seq is a part": "alter extension plpgsql add sequence note_id_seq",
    "type public.code": "create domain code as bigint default 'client'::regclass::oid::bigint",
}


@pytest.mark.parametrize("named", REFUSED)
def test_what_cannot_be_carried_over_is_named(named: str, minimal: Snapshot, changed: Snapshot, loaded: str) -> None:
    with psycopg.connect(loaded, autocommit=True) as connection:
        if "begin atomic" in REFUSED[named] and connection.info.server_version < 140_000:
            pytest.skip("such functions came with PostgreSQL 14")
        connection.execute(REFUSED[named].encode())
        for dry_run in (True, False):
            with pytest.raises(PostgresError, match=named):
                load(changed, loaded, dry_run=dry_run)
        if "stranger" in named:
            connection.execute("drop owned by stranger; drop role stranger")
    assert loaded_snapshot(loaded, minimal)


@pytest.mark.parametrize(
    ("alter", "named"),
    [
        ("alter table client add constraint mine check (city = 'x') not valid", 'check constraint "mine"'),
        ("update client set email = 'a@example.com'; alter table client alter email set not null", 'column "email"'),
        ("update client set city = id; alter table client add constraint mine unique (city)", 'index "mine"'),
        ("update client set city = id; create unique index mine on client (city)", 'index "mine"'),
        (
            "update client set city = id; alter table client add constraint mine exclude using btree (city with =)",
            'exclusion constraint "mine"',
        ),
    ],
    ids=["check", "not null", "unique", "unique index", "exclusion"],
)
@pytest.mark.parametrize("strategy", ["staged", "in-place"])
def test_a_constraint_that_the_rows_do_not_fit_is_named_with_what_to_do(
    strategy: Any, alter: str, named: str, minimal: Snapshot, loaded: str
) -> None:
    ask(loaded, alter)
    rows = ask(loaded, "select * from client order by id")
    with pytest.raises(PostgresError, match=f"{named}.*; nothing was changed: drop or change this constraint, or load"):
        load(minimal, loaded, strategy=strategy)
    assert ask(loaded, "select * from client order by id") == rows
    assert ask(loaded, "select nspname from pg_namespace where nspname like 'qaseed%'") == []


def test_a_retyped_column_is_named(minimal: Snapshot, loaded: str) -> None:
    ask(loaded, "alter table client alter copay_cents type integer")
    with pytest.raises(PostgresError, match=r"\(copay_cents is integer, not bigint\)"):
        load(minimal, loaded)
