"""Databases cloned from a template: the same rows, at once, and never over somebody's database."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import psycopg
import pytest

from qaseed.errors import ConfirmationError, PostgresError, UnsafeError, UsageError
from qaseed.loading import LoadOptions, clone, clone_checks, clone_with_options, load, purge
from qaseed.loading.clone_leftovers import drop_templates
from qaseed.loading.template_names import template_name
from qaseed.postgres import databases
from qaseed.postgres.changes import Changes
from qaseed.postgres.tables import FIRST_ID
from qaseed.snapshot import Snapshot
from qaseed.targets import forget, init
from support.applications import insert_client
from support.audit_log import events
from support.clones import auxiliary, named
from support.command_line import qaseed
from support.databases import ask

pytestmark = pytest.mark.integration


def test_clones_hold_the_snapshot(fresh: str, minimal: Snapshot) -> None:
    drop_templates(fresh)  # other tests share the server
    first = clone(minimal, fresh, "clone one")
    assert first.verified
    assert "template" in first.phases
    assert "/clone%20one?" in first.target
    second = clone(minimal, fresh, "clone one")
    assert "template" not in second.phases
    assert second.rows == minimal.manifest.rows
    assert clone(minimal, fresh, "clone2", dry_run=True).plan.why == f"the template {template_name(minimal)} exists"  # type: ignore[union-attr]
    assert clone(minimal, fresh, "clone2", verify="counts").strategy == "template"
    inside = fresh.replace("/qaseed?", "/clone2?")
    ask(inside, "update client set first_name = 'Changed'")
    assert load(minimal, inside).strategy == "staged", "the clone is marked as a target of its own"
    assert sum(purge(inside).values()) == sum(minimal.manifest.rows.values())


TYPED = """comment on database {} is 'qaseed: {{"clone": "qaseed_template_0123456789ab_0123456789ab"}}'"""


UNMANAGED = {
    "a database": ["create database clone"],
    "with a comment that begins as a clone's": [
        "create database clone", "comment on database clone is 'qaseed: QA database of team A, ask before touching'"],
    "with a clone's comment": ["create database clone", TYPED.format("clone")],
    "a copy of a clone": ["create database clone template cloned", TYPED.format("clone")],
    "a copy of a clone under its name": [
        "create database copy template cloned", "drop database cloned", "alter database copy rename to clone"],
    "a clone that was renamed": ["alter database cloned rename to clone", TYPED.format("clone")],
}  # fmt: skip


@pytest.mark.parametrize("statements", UNMANAGED.values(), ids=UNMANAGED)
def test_a_database_that_is_no_recorded_clone_is_never_replaced(
    statements: list[str], fresh: str, minimal: Snapshot
) -> None:
    clone(minimal, fresh, "cloned")
    if "copy" in statements[0]:
        ask(
            named(fresh, "cloned"),
            "update qaseed_clone set database = 'clone'; update qaseed_permit set database = 'clone'",
        )
    for statement in statements:
        ask(fresh, statement)
    ask(named(fresh, "clone"), "create table precious as select 1 as x")
    for dry_run in (True, False):
        with pytest.raises(
            UnsafeError, match="clone: exists and is no clone that qaseed created on this server; rename"
        ):
            clone(minimal, fresh, "clone", confirm="clone", dry_run=dry_run)
    assert ask(named(fresh, "clone"), "select * from precious") == [(1,)]
    assert auxiliary(fresh) == []


def test_a_loaded_database_with_a_clones_comment_is_never_replaced(fresh: str, minimal: Snapshot) -> None:
    """As a dump of a clone that was restored, and then loaded by hand: the load writes registry and permit."""
    ask(fresh, "create database clone")
    for _ in range(2):
        load(minimal, named(fresh, "clone"))
    ask(fresh, TYPED.format("clone"))
    with pytest.raises(UnsafeError, match="is no clone that qaseed created"):
        clone(minimal, fresh, "clone")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("alter database clone allow_connections false", "allows no connection"),
        ("create table qaseed_clone (x int)", "cannot be read to see what it is"),
    ],
)
def test_a_database_that_cannot_be_read_is_never_replaced(
    statement: str, message: str, fresh: str, minimal: Snapshot
) -> None:
    ask(fresh, "create database clone")
    ask(fresh if statement.startswith("alter") else named(fresh, "clone"), statement)
    with pytest.raises(UnsafeError, match=message):
        clone(minimal, fresh, "clone")


def test_names_of_production_need_confirmation(fresh: str, minimal: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    drop_templates(fresh)
    for name, environment in (("clone", "production"), ("clone_prod", "")):
        monkeypatch.setenv("APP_ENV", environment)
        for confirm in (None, "postgres", template_name(minimal) + "_making"):
            wrong = f", and not '{confirm}'" if confirm else ""
            with pytest.raises(ConfirmationError, match=f"add --confirm {name}{wrong}$"):
                clone(minimal, fresh, name, confirm=confirm)
        assert ask(fresh, "select datname from pg_database where datname ~ '^(clone|qaseed_)'") == []
    for _ in range(2):
        assert clone(minimal, fresh, "clone_prod", confirm="clone_prod").overridden


def test_a_server_elsewhere_needs_a_permit_or_confirmation(
    fresh: str, minimal: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(fresh, "create database clone_entry")
    entry = named(fresh, "clone_entry")
    monkeypatch.setattr(clone_checks, "is_local", lambda _connection: False)
    with pytest.raises(ConfirmationError, match="not on this machine"):
        clone(minimal, entry, "clone")
    assert clone(minimal, entry, "clone", confirm="clone").overridden
    assert not clone(minimal, entry, "clone").overridden, "it is known there"
    init(entry, confirm="clone_entry")
    assert not clone(minimal, entry, "clone2").overridden


def test_a_clone_in_use_is_named(fresh: str, minimal: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    clone(minimal, fresh, "clone")
    monkeypatch.setattr(databases, "SESSION_SECONDS", 0.1)
    with psycopg.connect(named(fresh, "clone"), application_name="app") as used:
        for dry_run in (True, False):
            with pytest.raises(
                PostgresError, match=rf"a session uses it \(pid {used.info.backend_pid} of postgres \(app"
            ):
                clone(minimal, fresh, "clone", dry_run=dry_run)
    assert clone(minimal, fresh, "clone").verified
    assert auxiliary(fresh) == []


def test_a_clone_that_cannot_be_dropped_is_kept(fresh: str, minimal: Snapshot) -> None:
    clone(minimal, fresh, "clone")
    inside = named(fresh, "clone")
    ask(
        inside,
        "create subscription feed connection 'host=h dbname=d' publication p with (connect = false, slot_name = none)",
    )
    with pytest.raises(PostgresError, match="clone: is used by the subscription feed"):
        clone(minimal, fresh, "clone")
    ask(inside, "drop subscription feed")
    assert clone(minimal, fresh, "clone").verified


def test_each_role_that_may_create_databases_clones(creator: str, fresh: str, minimal: Snapshot) -> None:
    drop_templates(fresh)
    for role in ("clone_creator", "clone_other"):
        for _ in range(2):
            assert clone(minimal, named(fresh, "qaseed", role), f"clone_of_{role}").verified
    with pytest.raises(PostgresError, match="belongs to clone_creator; connect as that role"):
        clone(minimal, named(fresh, "qaseed", "clone_other"), "clone_of_clone_creator")
    assert clone(minimal, fresh, "clone").verified, "a superuser uses the template of another role"
    owners = "select distinct pg_get_userbyid(relowner) from pg_class where relnamespace = 'public'::regnamespace"
    assert ask(named(fresh, "clone"), owners) == [("postgres",)]
    assert len(ask(fresh, "select datname from pg_database where datname ~ '^qaseed_template_'")) == 2
    with pytest.raises(PostgresError, match="belongs to clone_creator; drop it as that role"):
        drop_templates(named(fresh, "qaseed", "clone_other"))
    assert len(drop_templates(fresh)) == 1


@pytest.mark.parametrize("role", ["postgres", "clone_creator"])
def test_an_owner_reads_and_writes_the_clone(role: str, creator: str, fresh: str, minimal: Snapshot) -> None:
    url, app = named(fresh, "qaseed", role), named(fresh, "clone", "clone_app")
    clone(minimal, url, "clone", owner="clone_app")
    for _ in range(2):
        assert insert_client(app) == FIRST_ID
        assert ask(app, "select count(*) from appointment") == [(50,)]
        with pytest.raises(ConfirmationError, match="has 1 row that was inserted since the load"):
            load(minimal, app)
        assert load(minimal, app, confirm="clone").verified, "the application's role may load it too"
        clone(minimal, url, "clone")


@pytest.mark.parametrize(
    ("owner", "message"),
    [
        ("clone_stranger", "clone_creator may not act as clone_stranger; grant"),
        ("clone_nobody", "there is no role 'clone_nobody'"),
    ],
)
def test_an_owner_that_cannot_be_is_refused_first(
    owner: str, message: str, creator: str, fresh: str, minimal: Snapshot
) -> None:
    drop_templates(fresh)
    for dry_run in (True, False):
        with pytest.raises(PostgresError, match=message):
            clone(minimal, creator, "clone", owner=owner, dry_run=dry_run)
    assert ask(fresh, "select datname from pg_database where datname ~ '^(clone|qaseed_)'") == []


def test_a_clone_that_is_forgotten_is_never_replaced(fresh: str, minimal: Snapshot) -> None:
    clone(minimal, fresh, "clone")
    forget(named(fresh, "clone"), confirm="clone")
    with pytest.raises(UnsafeError, match="is no clone that qaseed created"):
        clone(minimal, fresh, "clone")


def test_the_command_line_asks_and_gives_an_owner(fresh: str, creator: str, minimal: Snapshot) -> None:
    command = (
        "load",
        str(minimal.folder),
        "--to",
        creator,
        "--strategy",
        "template",
        "--database",
        "clone_prod",
        "--json",
    )
    refused = qaseed(*command, "--owner", "clone_app", "--no-input")
    assert (refused.returncode, "add --confirm clone_prod" in refused.stderr) == (4, True)
    done = qaseed(*command, "--owner", "clone_app", "--confirm", "clone_prod")
    assert (done.returncode, len(json.loads(done.stdout)["overridden"])) == (0, 1)
    assert ask(named(fresh, "clone_prod", "clone_app"), "select count(*) from client") == [(25,)]
    for wrong in ((*command[:4], "--owner", "clone_app"), (*command, "--schema", "other")):
        assert qaseed(*map(str, wrong)).returncode == 2
    assert clone_with_options(minimal, creator, "clone", LoadOptions(schema="of_the_settings")).verified


CHANGE = """
update provider set first_name = 'Changed' where id in (select id from provider limit 3);
delete from scenario;
create table work as select generate_series(1, 2) as x;
create schema app;
create table app.work as select 1 as x;
create table empty (x int);
drop table note cascade;
"""


def test_what_was_changed_in_a_replaced_clone_is_counted(
    fresh: str, minimal: Snapshot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    clone(minimal, fresh, "clone")
    assert clone(minimal, fresh, "clone").changes == {}
    insert_client(named(fresh, "clone"))
    ask(named(fresh, "clone"), CHANGE)
    scenarios, notes = minimal.manifest.rows["scenario"], minimal.manifest.rows["note"]
    expected = {
        "app.work": Changes(1, 0, 0), "client": Changes(1, 0, 0), "note": Changes(0, 0, notes), "provider": Changes(0, 3, 0),
        "scenario": Changes(0, 0, scenarios), "work": Changes(2, 0, 0),
    }  # fmt: skip
    planned = clone(minimal, fresh, "clone", dry_run=True)
    assert planned.changes == planned.plan.changes == expected  # type: ignore[union-attr]
    done = qaseed("load", str(minimal.folder), "--to", fresh, "--strategy", "template", "--database", "clone", "--json")
    assert json.loads(done.stdout)["changed_since_load"] == {name: vars(change) for name, change in expected.items()}
    assert events()[-1]["changed_since_load"] == {name: vars(change) for name, change in expected.items()}
    assert clone(minimal, fresh, "clone").changes == {}


def test_a_table_that_cannot_be_read_is_named(
    creator: str, fresh: str, minimal: Snapshot, caplog: pytest.LogCaptureFixture
) -> None:
    clone(minimal, creator, "clone")
    ask(named(fresh, "clone"), "create table work as select 1 as x")
    assert clone(minimal, creator, "clone").changes == {}
    assert "clone: table work cannot be read, so what was changed in it is not counted" in caplog.text


PROPERTIES = """
alter database clone connection limit 7;
comment on database clone is 'The clone of team A''s branch.';
revoke connect, temporary on database clone from public;
grant connect on database clone to clone_other with grant option;
alter database clone set search_path = public, "$user", "Odd, name";
alter database clone set app.tenant_id = 'tenant-qa-001';
alter database clone set timezone = 'Europe/Berlin';
alter role clone_other in database clone set statement_timeout = '7s';
"""


STATE = """select pg_get_userbyid(datdba), datconnlimit, datacl::text, shobj_description(d.oid, 'pg_database'),
    (select array_agg((setrole, setconfig)::text order by setrole) from pg_db_role_setting where setdatabase = d.oid)
    from pg_database d where datname = 'clone'"""


def test_properties_survive_the_replacement(creator: str, fresh: str, minimal: Snapshot) -> None:
    clone(minimal, creator, "clone", owner="clone_app")
    for statement in PROPERTIES.strip().splitlines():
        ask(fresh, statement)
    ask(named(fresh, "clone"), "grant usage on schema public to clone_other; grant select on client to clone_other")
    before = ask(fresh, STATE)
    assert clone(minimal, fresh, "clone").verified
    assert ask(fresh, STATE) == before
    assert ask(named(fresh, "clone", "clone_other"), "select count(*) from client") == [(25,)]
    with pytest.raises(PostgresError, match="clone: its settings and grants cannot be carried over"):
        clone(minimal, creator, "clone")
    assert ask(fresh, STATE) == before
    clone(minimal, fresh, "clone", owner="clone_creator")
    assert ask(fresh, STATE)[0][:2] == ("clone_creator", 7)


@pytest.mark.parametrize("names", [("clone0", "clone1", "clone2", "clone0"), ("clone", "clone", "clone")])
@pytest.mark.parametrize("exists", [True, False])
def test_many_at_once_share_one_template(names: tuple[str, ...], exists: bool, fresh: str, minimal: Snapshot) -> None:
    drop_templates(fresh)
    if exists:
        clone(minimal, fresh, names[0])
    done: list[object] = []

    def run(name: str) -> None:
        try:
            done.append(clone(minimal, fresh, name).verified)
        except BaseException as error:  # noqa: BLE001  # whatever it is, the test shows it
            done.append(error)

    threads = [threading.Thread(target=run, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [True] * len(names)
    assert auxiliary(fresh) == []
    assert {*names} == {name for (name,) in ask(fresh, "select datname from pg_database where datname ~ '^clone'")}


def test_a_role_that_may_not(fresh: str, minimal: Snapshot) -> None:
    ask(fresh, "drop role if exists weak; create role weak login")
    with pytest.raises(PostgresError, match="weak may not create databases"):
        clone(minimal, fresh.replace("postgres@", "weak@"), "clone")


@pytest.mark.parametrize("name", ["", "x" * 64])
def test_names_that_cannot_be(name: str, fresh: str, minimal: Snapshot) -> None:
    with pytest.raises(UsageError, match="--database"):
        clone(minimal, fresh, name)
