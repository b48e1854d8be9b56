"""Every command that changes a target asks the guard: inserted rows, names of production, tables of others."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from qaseed import QASeedManager, loading
from qaseed.cli import app
from qaseed.errors import ConfirmationError, PostgresError, UnsafeError, UsageError
from qaseed.loading import LoadOptions, load, load_with_options, load_within, purge, rollback, staged_restore
from qaseed.postgres import changes
from qaseed.postgres.changes import Changes
from qaseed.postgres.guard import is_permitted, require_confirmation
from qaseed.postgres.permit import Identity, Permit
from qaseed.postgres.server import Server
from qaseed.postgres.tables import ExistingTable
from qaseed.postgres.target import RegistryEntry, Target, check_schema, confirmation_reasons
from qaseed.snapshot import Snapshot
from qaseed.targets import init
from support.applications import CLIENT, insert_client
from support.databases import ask, copy_of_loaded, database_name, loaded_snapshot, migrate, new_database, state

pytestmark = pytest.mark.integration
INSERTED = r"has 1 row that was inserted since the load and would be lost \(client 1\); if you mean it, add --confirm"
STRATEGIES = (None, "in-place")


DATABASE = Identity(1, 1, 2, "clinic")
WRONG_PERMIT = "has a permit that was given for another database, or before it was copied or renamed"
PERMITS: dict[str, tuple[Identity, list[str], bool]] = {
    "this": (DATABASE, [], True),
    "another server": (replace(DATABASE, system=3), [WRONG_PERMIT], False),
    "a copy": (replace(DATABASE, oid=3), [WRONG_PERMIT], False),
    "renamed": (replace(DATABASE, database="other"), [WRONG_PERMIT], False),
    "promoted": (replace(DATABASE, timeline=2), ["was restored or promoted after its permit was given"], True),
}


@pytest.mark.parametrize(("given", "reasons", "permitted"), PERMITS.values(), ids=PERMITS)
def test_a_permit_is_for_one_database(given: Identity, reasons: list[str], permitted: bool) -> None:
    nothing: Any = None  # no question to a database
    for environment in ("qa", None):
        permit = Permit(given, environment, "postgres", dt.datetime.now(dt.UTC))
        target = Target(DATABASE, "public", {}, {}, permit)
        assert list(confirmation_reasons(nothing, target, local=False, production=False)) == reasons
        production = list(confirmation_reasons(nothing, target, local=True, production=True))
        assert production == ["is named like a production system", *reasons]
        assert is_permitted(target) == (permitted and environment is not None)
    assert not is_permitted(replace(target, permit=None))


def test_a_table_is_managed_by_its_oid() -> None:
    tables = {name: ExistingTable(1, "r", {}) for name in ("client", "note", "scenario")}
    registry = {
        "client": RegistryEntry(1, True, 5),
        "note": RegistryEntry(2, True, 5),
        "scenario": RegistryEntry(1, False, 5),
    }
    target = Target(DATABASE, "public", tables, registry | {"absent": RegistryEntry(1, True, 5)}, None)
    names = ("client", "note", "scenario", "absent", "provider")
    assert [name for name in names if target.is_managed(name)] == ["client", "scenario"]
    assert [name for name in names if target.is_created(name)] == ["client"]


def test_the_question_has_all_reasons_and_what_confirms_it() -> None:
    reasons = ["has rows", "is far away"]
    require_confirmation("clinic", [], None)
    require_confirmation("clinic", reasons, "clinic")
    for wrong, end in ((None, ""), ("", ""), ("Clinic", ", and not 'Clinic'")):
        with pytest.raises(ConfirmationError) as raised:
            require_confirmation("clinic", reasons, wrong)
        assert str(raised.value) == f"clinic: has rows; it is far away; if you mean it, add --confirm clinic{end}"
        assert raised.value.database == "clinic"


@pytest.mark.parametrize("name", ["a", "A b", "x" * 63, "é" * 31, "information", "qaseed", "apg_"])
def test_names_of_schemas_that_may_be_loaded_into(name: str) -> None:
    check_schema(name)


@pytest.mark.parametrize(
    "name", ["", "x" * 64, "é" * 32, "a\0b", "pg_x", "information_schema", "qaseed_next", "qaseed_old"]
)
def test_names_of_schemas_that_are_reserved_or_none(name: str) -> None:
    with pytest.raises(UsageError) as raised:
        check_schema(name)
    expected = "is not allowed; give a name of at most 63 bytes that neither Postgres nor qaseed reserves"
    assert str(raised.value) == f"--schema: {name!r} {expected}"


@pytest.fixture(scope="module", params=["created", "migrated"])
def loaded_once(request: pytest.FixtureRequest, minimal: Snapshot, server: Server) -> Iterator[str]:
    """A loaded database, whose tables qaseed created or the application's migrations."""
    with new_database(server.url) as url:
        if request.param == "migrated":
            migrate(url, minimal.manifest.model)
        load(minimal, url)
        yield url


@pytest.fixture
def target(loaded_once: str, server: Server) -> Iterator[str]:
    """A copy of it."""
    with copy_of_loaded(server.url, loaded_once) as url:
        yield url


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_inserted_rows_are_replaced_only_if_the_name_is_typed(strategy: Any, minimal: Snapshot, target: str) -> None:
    insert_client(target)
    ask(
        target,
        "update client set is_synthetic = true; update provider set last_name = 'Example'; delete from note",
    )
    before = state(target)
    for dry_run in (True, False):
        with pytest.raises(ConfirmationError, match=INSERTED):
            load(minimal, target, strategy=strategy, dry_run=dry_run)
    assert state(target) == before
    done = load(minimal, target, strategy=strategy, confirm=database_name(target))
    providers, notes = minimal.manifest.rows["provider"], minimal.manifest.rows["note"]
    expected = {
        "client": Changes(1, 25, 0),
        "note": Changes(0, 0, notes),
        "provider": Changes(0, providers, 0),
    }
    assert (done.changes, len(done.overridden)) == (expected, 1)
    in_json = {name: vars(change) for name, change in expected.items()}
    assert done.plan
    assert done.plan.to_json()["changed_since_load"] == in_json
    events = ask(
        target,
        "select event ->> 'action', event -> 'changed_since_load' from qaseed_audit order by number",
    )
    assert events[-2:] == [("override", in_json), ("load", in_json)]
    assert load(minimal, target, strategy=strategy).changes == {}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_with_a_permit_inserted_rows_are_reset_and_reported(
    strategy: Any, minimal: Snapshot, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    init(target, confirm=database_name(target))
    insert_client(target)
    arguments = [
        "load",
        str(minimal.folder),
        "--to",
        target,
        *(["--strategy", strategy] if strategy else []),
    ]
    line = "table client: since the load before, 1 rows were inserted, 0 updated, 0 deleted"
    assert line in CliRunner().invoke(app, [*arguments, "--dry-run"]).stdout.splitlines()
    ran = CliRunner().invoke(app, [*arguments, "--json"])
    printed = json.loads(ran.stdout)
    assert printed["changed_since_load"] == {"client": {"inserted": 1, "updated": 0, "deleted": 0}}
    assert (ran.exit_code, printed["overridden"]) == (0, [])
    insert_client(target)
    assert line in CliRunner().invoke(app, arguments).stdout.splitlines()


def test_updated_and_deleted_rows_are_reported(minimal: Snapshot, target: str) -> None:
    ask(
        target,
        "update client set first_name = 'Ada' where id = (select min(id) from client); delete from ledger_entry",
    )
    deleted = minimal.manifest.rows["ledger_entry"]
    assert load(minimal, target).changes == {
        "client": Changes(0, 1, 0),
        "ledger_entry": Changes(0, 0, deleted),
    }


@pytest.mark.parametrize("maximum", [0, changes.MAX_ROWS_UNDER_LOCK])
def test_rows_that_are_inserted_while_a_load_stages_or_waits_are_noticed(
    maximum: int, minimal: Snapshot, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "MAX_ROWS_UNDER_LOCK", maximum)
    lock = staged_restore.with_exclusive_locks

    def insert_and_lock(*arguments: Any) -> None:
        insert_client(target)
        ask(
            target,
            "insert into location (tenant_id, id, name) values ('tenant-qa-001', 1, 'x'), ('a', 7, 'x'), ('z', 7, 'x')",
        )
        lock(*arguments)

    def insert(step: str) -> None:
        if step == "staged":
            insert_client(target)

    with pytest.raises(ConfirmationError, match=INSERTED):
        load_with_options(minimal, target, LoadOptions(step=insert))
    assert ask(target, "select count(*) from client") == [(26,)]
    assert ask(target, "select to_regnamespace('qaseed_next')") == [(None,)]
    ask(target, "delete from client where id >= 1::bigint << 52")
    ask(target, "alter table location drop constraint location_tenant_id_fkey")
    with monkeypatch.context() as patch:
        patch.setattr(staged_restore, "with_exclusive_locks", insert_and_lock)
        with pytest.raises(ConfirmationError, match=r"has 4 rows that were inserted .* \(client 1, location 3\)"):
            load(minimal, target)
    init(target, confirm=database_name(target))
    done = load_with_options(minimal, target, LoadOptions(step=insert))
    assert done.changes == {"client": Changes(2, 0, 0), "location": Changes(3, 0, 0)}


@pytest.mark.usefixtures("unvalidated")
@pytest.mark.parametrize("migrated", [True, False])
def test_a_callers_session_is_asked_too(migrated: bool, all_columns: Snapshot, database: str) -> None:
    if migrated:
        migrate(database, all_columns.manifest.model)
    load(all_columns, database)
    insert_client(database)
    with psycopg.connect(database) as connection:
        with pytest.raises(ConfirmationError, match=INSERTED):
            load_within(all_columns, connection)
        manager = QASeedManager("minimal", session=connection)
        refused = manager.generate_seed_data()
        assert not refused["success"]
        assert "inserted since the load" in refused["errors"][0]
        assert connection.execute("select count(*) from client").fetchone() == (26,)
        assert manager.generate_seed_data(confirm=database_name(database))["success"]
        connection.execute(CLIENT.encode())
        done = load_within(all_columns, connection, confirm=database_name(database))
        assert done.changes == {"client": Changes(1, 0, 0)}


def test_a_rollback_asks(minimal: Snapshot, changed: Snapshot, loaded: str) -> None:
    load(changed, loaded, keep_old=True)
    insert_client(loaded)
    before = state(loaded)
    with pytest.raises(ConfirmationError, match=INSERTED):
        rollback(loaded)
    assert state(loaded) == before
    done = rollback(loaded, confirm=database_name(loaded))
    assert done.changes == {"client": Changes(1, 0, 0)}
    assert loaded_snapshot(loaded, minimal)


def test_a_purge_removes_what_was_loaded_whatever_flags_say(minimal: Snapshot, target: str) -> None:
    migrated = ask(target, "select not created from qaseed_target limit 1") == [(True,)]
    insert_client(target)
    ask(target, "update client set is_synthetic = id >= (1::bigint << 52)")
    if not migrated:
        with pytest.raises(ConfirmationError, match=INSERTED):
            purge(target)
        assert purge(target, confirm=database_name(target))["client"] == 26
        return
    ask(
        target,
        "alter table client drop constraint client_primary_provider_id_fkey, drop constraint client_tenant_id_fkey",
    )
    assert purge(target) == minimal.manifest.rows
    assert ask(target, "select first_name from client") == [("Ada",)]


def test_a_purge_with_a_permit_reports_inserted_rows(minimal: Snapshot, loaded: str) -> None:
    init(loaded, confirm=database_name(loaded))
    insert_client(loaded)
    ran = CliRunner().invoke(app, ["purge", "--to", loaded, "--yes"])
    assert (ran.exit_code, "1 rows were inserted" in ran.output) == (0, True), ran.output
    assert ask(loaded, "select to_regclass('client')") == [(None,)]
    assert CliRunner().invoke(app, ["purge", "--to", loaded, "--yes"]).output == "there is nothing to remove\n"
    assert ask(loaded, "select environment, database from qaseed_permit") == [("staging", database_name(loaded))]
    ((event,),) = ask(loaded, "select event from qaseed_audit order by number desc limit 1")
    assert event["changed_since_load"] == {"client": {"inserted": 1, "updated": 0, "deleted": 0}}


def test_a_persons_table_in_our_schemas_is_never_dropped(minimal: Snapshot, changed: Snapshot, loaded: str) -> None:
    load(changed, loaded, keep_old=True)
    ask(loaded, "create table qaseed_old.mine (id int); insert into qaseed_old.mine values (1)")
    refused = r"qaseed_old\.mine: was not created by qaseed"
    for call in (
        lambda: load(minimal, loaded, dry_run=True),
        lambda: load(minimal, loaded),
        lambda: rollback(loaded),
    ):
        with pytest.raises(UnsafeError, match=refused):
            call()
    ask(loaded, """comment on schema qaseed_old is 'qaseed: {"of": "public"}'""")
    with pytest.raises(UnsafeError, match=refused):
        load(minimal, loaded)
    assert ask(loaded, "select * from qaseed_old.mine") == [(1,)]
    ask(loaded, "alter table qaseed_old.mine set schema public")
    rollback(loaded)
    assert loaded_snapshot(loaded, minimal)
    assert load(changed, loaded).verified


PUT_INTO_STAGE = {
    "table": ("create table qaseed_next.mine (id int)", r"qaseed_next\.mine"),
    "partitioned": ("create table qaseed_next.mine (id int) partition by list (id)", r"table qaseed_next\.mine"),
    "view": ("create view qaseed_next.mine as select 1 a", r"view qaseed_next\.mine"),
    "sequence": ("create sequence qaseed_next.mine", r"sequence qaseed_next\.mine"),
    "function": ("create function qaseed_next.mine() returns int return 1", r"function qaseed_next\.mine\(\)"),
    "type": ("create type qaseed_next.mine as enum ('a')", r"type qaseed_next\.mine"),
}
"""What a person may put into the stage of a load, and how it is named."""


@pytest.mark.parametrize("ending", ["swapped", "interrupted"])
@pytest.mark.parametrize("what", PUT_INTO_STAGE)
def test_what_a_person_puts_into_a_stage_is_never_dropped(
    what: str, ending: str, minimal: Snapshot, changed: Snapshot, loaded: str, server: Server
) -> None:
    statement, named = PUT_INTO_STAGE[what]
    if what == "function" and ask(loaded, "select current_setting('server_version_num')::int < 140000") == [(True,)]:
        statement = statement.replace("return 1", "language sql as 'select 1'")

    def put(step: str) -> None:
        if step == "staged":
            ask(loaded, statement)
            if ending == "interrupted":
                raise KeyboardInterrupt

    refused = rf"^{named}: was not created by qaseed, which drops this schema; move it to another schema$"
    with pytest.raises((UnsafeError, KeyboardInterrupt)) as raised:
        load_with_options(changed, loaded, LoadOptions(step=put))
    if ending == "swapped":
        assert raised.match(refused)
    assert loaded_snapshot(loaded, minimal)
    assert ask(loaded, "select count(*) from pg_tables where (schemaname, tablename) = ('qaseed_next', 'client')") == [
        (0,)
    ], "no stage is left"
    for dry_run in (True, False):
        with pytest.raises(UnsafeError, match=refused):
            load(changed, loaded, dry_run=dry_run)
    if ending == "swapped":  # what is left is the same, however the load ended
        kind = {"partitioned": "table"}.get(what, what)
        ask(loaded, f"alter {kind} qaseed_next.mine set schema public")
        assert load(changed, loaded).verified
        assert ask(loaded, "select to_regnamespace('qaseed_next')") == [(None,)]


@pytest.mark.parametrize("command", ["ddl_command_start", "ddl_command_end", "sql_drop"])
@pytest.mark.parametrize("step", ["discarded", "staged", "locked"])
def test_an_event_trigger_that_comes_while_rows_are_staged_is_named(
    step: str, command: str, minimal: Snapshot, changed: Snapshot, loaded: str
) -> None:
    ask(loaded, """create function refuse() returns event_trigger language plpgsql as
        $$ begin raise exception 'not here'; end $$""")  # fmt: skip

    def come(done: str) -> None:
        if done == step:
            ask(loaded, f"create event trigger guardian on {command} execute function refuse()")

    told = r"^[^:]+: the event trigger guardian fails on what a load does \(not here\); disable it"
    with pytest.raises(PostgresError, match=told):
        load_with_options(changed, loaded, LoadOptions(step=come))
    assert loaded_snapshot(loaded, minimal)
    ask(loaded, "drop event trigger guardian")
    assert load(changed, loaded).verified
    assert ask(loaded, "select to_regnamespace('qaseed_next')") == [(None,)]


CHANGING = {
    "row security": "alter table %s enable row level security",
    "a trigger": "create trigger late before update on %s for each row execute function suppress_redundant_updates_trigger()",
    "an owner": "alter table %s owner to pg_monitor",
    "an index": "create index on %s (id)",
    "a column": "alter table %s add mine text",
    "a policy": "create policy late on %s using (true)",
    "a setting": "alter table %s set (fillfactor = 50)",
}
"""What an event trigger may do to a new table."""


@pytest.mark.parametrize("chosen", ["all", "ours"])
@pytest.mark.parametrize("what", CHANGING)
def test_an_event_trigger_that_changes_new_tables_is_named(
    what: str, chosen: str, minimal: Snapshot, changed: Snapshot, loaded: str
) -> None:
    before = state(loaded)
    only = "and objid::regclass::text ~ 'client$'" if chosen == "ours" else ""
    ask(loaded, f"""create function dress() returns event_trigger language plpgsql as $$ declare new text; begin
        for new in select objid::regclass from pg_event_trigger_ddl_commands()
        where command_tag = 'CREATE TABLE' and object_type = 'table' {only} loop
        execute format($a${CHANGING[what]}$a$, new); end loop; end $$;
        create event trigger tailor on ddl_command_end when tag in ('CREATE TABLE') execute function dress()""")  # fmt: skip
    named = "the event trigger tailor changes the tables that replace the old ones; disable it for the load$"
    for dry_run in (True, False) if chosen == "all" else (False,):
        with pytest.raises(PostgresError, match=named):
            load(changed, loaded, dry_run=dry_run)
    assert state(loaded) == before
    if (what, chosen) == ("a setting", "all"):  # one that is disabled runs nothing, whatever it would do
        ask(loaded, "alter event trigger tailor disable")
        assert load(changed, loaded).verified


def test_an_event_trigger_that_refuses_a_purge_is_named(minimal: Snapshot, loaded: str) -> None:
    ask(loaded, """create function refuse() returns event_trigger language plpgsql as
        $$ begin raise exception 'not here'; end $$; create event trigger guardian on sql_drop execute function refuse()""")  # fmt: skip
    with pytest.raises(PostgresError, match=r"event trigger guardian fails on what a purge does \(not here\)"):
        purge(loaded)
    assert loaded_snapshot(loaded, minimal)
    ask(loaded, "drop event trigger guardian")


ARGUMENTS: dict[str, list[list[str]]] = {
    "load": [["{snapshot}"], ["{snapshot}", "--strategy", "in-place"], ["{snapshot}", "--dry-run"], ["--rollback"],
             ["{snapshot}", "--strategy", "template", "--database", "{name}_clone"]],
    "seed": [["-e", "minimal"]],
    "purge": [["--yes"], ["--templates", "--yes"]],
    "target init": [[]],
    "target status": [[]],
    "target forget": [[]],
    "doctor": [[]],
    "audit verify": [[]],
}  # fmt: skip
"""The commands that reach a target, and arguments with which each does all that it can."""
READING = {"target status", "doctor", "audit verify"}


def commands_with_a_target(command: Any, path: tuple[str, ...] = ()) -> set[str]:
    """The commands, by their words, that have an option for a target."""
    if hasattr(command, "commands"):
        return {
            found for name, child in command.commands.items() for found in commands_with_a_target(child, (*path, name))
        }
    return {" ".join(path)} if any("--to" in parameter.opts for parameter in command.params) else set()


@pytest.mark.usefixtures("unvalidated")
def test_every_command_that_changes_a_target_asks(
    minimal: Snapshot, loaded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = commands_with_a_target(typer.main.get_command(app))
    assert commands == set(ARGUMENTS), "a command that reaches a target must say here how it is run"
    load(minimal, loaded, keep_old=True)
    before, databases = state(loaded), "select datname from pg_database order by 1"
    existing = ask(loaded, databases)
    monkeypatch.setenv("APP_ENV", "production")
    for command, variants in ARGUMENTS.items():
        for variant in variants:
            words = [word.format(snapshot=minimal.folder, name=database_name(loaded)) for word in variant]
            ran = CliRunner().invoke(app, [*command.split(), *words, "--to", loaded])
            if command not in READING:
                assert (ran.exit_code, "--confirm" in ran.output) == (4, True), (command, variant, ran.output)
    assert state(loaded) == before
    assert ask(loaded, databases) == existing


def test_every_function_that_changes_a_target_asks(
    minimal: Snapshot, loaded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(minimal, loaded, keep_old=True)
    calls: dict[str, Callable[[], Any]] = {
        "load": lambda: load(minimal, loaded),
        "load_with_options": lambda: load_with_options(minimal, loaded, LoadOptions()),
        "purge": lambda: purge(loaded),
        "purge_with_changes": lambda: loading.purge_with_changes(loaded, schema="public", confirm=None),
        "rollback": lambda: rollback(loaded),
        "clone": lambda: loading.clone(minimal, loaded, "somewhere"),
        "clone_with_options": lambda: loading.clone_with_options(minimal, loaded, "somewhere", LoadOptions()),
    }
    # the caller of `load_within` has opened the connection; `join` adds to a load whose coordinator has asked
    others = {"load_within", "join", "join_with_options"}
    functions = {name for name in loading.__all__ if callable(getattr(loading, name)) and name.islower()}
    assert functions == calls.keys() | others
    before = state(loaded)
    monkeypatch.setenv("APP_ENV", "production")
    for name, call in calls.items():
        with pytest.raises(ConfirmationError, match="named like a production system"):
            pytest.fail(f"{name} did not ask: {call()}")
    assert state(loaded) == before
