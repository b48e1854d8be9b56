"""A dry run says what the load would: the same exit code and the same words, whatever stands in the way."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from qaseed.doctor import run_checks
from qaseed.errors import QaseedError, UnsafeError
from qaseed.loading import load, purge
from qaseed.loading.options import Strategy
from qaseed.postgres.server import Server
from qaseed.snapshot import Snapshot
from support.command_line import qaseed
from support.databases import ask, database_name, migrate, state

pytestmark = pytest.mark.integration

IN_PLACE: Strategy = "in-place"
_GUARDIAN = """create function no() returns event_trigger language plpgsql as $$ begin {1}; end $$;
    create event trigger guardian on {0} execute function no()"""
NAMES = {
    "domain": ("create domain provider as text", "another type has"),
    "enum": ("create type client as enum ('a')", "another type has"),
    "range": ("create type note as range (subtype = int)", "another type has"),
    "composite": ("create type location as (a int)", "not an ordinary table"),
    "view": ("create view client as select 1 a", "not an ordinary table"),
    "materialized": ("create materialized view client as select 1 a", "not an ordinary table"),
    "sequence": ("create sequence tenant", "not an ordinary table"),
    "partitioned": ("create table client (a int) partition by list (a)", "not an ordinary table"),
    "index": ("create table t (a int); create index provider on t (a)", "not an ordinary table"),
    "key": ("create table t (a int constraint client_pkey primary key)", "another index has"),
    "relation like a key": ("create sequence client_pkey", "another sequence has"),
    "index like ours": ("create table t (a int); create index appointment_client_id_idx on t (a)", "another index has"),
    "type like the registry": ("create domain qaseed_target as text", "another type has"),
    "registry": ("create table qaseed_target (a int)", "qaseed_target: is not the table that qaseed creates"),
    "permit": ("create table qaseed_permit (a int)", "qaseed_permit: is not the table that qaseed creates"),
    "trail": ("create view qaseed_audit as select 1 a", "qaseed_audit: is not the table that qaseed creates"),
    "trail of another type": ("create table qaseed_audit (number bigint, event text)", "qaseed_audit: is not the table"),
    "columns": ("create table client (a int)", "has other columns"),
    "rows": ("create table client (a int); insert into client values (1)", "has unmanaged rows"),
    "next": ("create schema qaseed_next", "'qaseed_next': was not created by qaseed"),
    "old": ("create schema qaseed_old", "'qaseed_old': was not created by qaseed"),
    **{
        f"next of a person, {comment}": (
            f"create schema qaseed_next; comment on schema qaseed_next is 'qaseed: {comment}'",
            "'qaseed_next': was not created by qaseed",
        )
        for comment in ("for Mia", "{}", "[1]")
    },
    "raising": (
        _GUARDIAN.format("ddl_command_start", "raise exception 'not here'"),
        r"event trigger guardian fails on what a load does \(not here\)",
    ),
    "lost": (
        _GUARDIAN.format("sql_drop", "insert into nothing values (1)"),
        "event trigger guardian fails",
    ),
    "read only": ("do $$ begin execute 'alter database ' || current_database() || ' set default_transaction_read_only = on'; end $$", "read-only"),
}  # fmt: skip
"""What may stand in a schema, and what is said of it."""


def runs(snapshot: Snapshot, url: str, strategy: Strategy | None = None, **options: Any) -> list[tuple[int, str]]:
    """A dry run and a load: exit code and line of each, as the command has them."""
    return [_run(snapshot, url, strategy=strategy, dry_run=dry, **options) for dry in (True, False)]


def _run(snapshot: Snapshot, url: str, **options: Any) -> tuple[int, str]:
    try:
        load(snapshot, url, **options)
    except QaseedError as error:
        line = f"qaseed: {' '.join(str(error).split())}"
        assert "LINE 1" not in line
        return error.exit_code, line
    return 0, ""


def commands(snapshot: Snapshot, url: str, *options: str) -> list[tuple[int, str]]:
    """The same by the command."""
    typed = ("load", str(snapshot.folder), "--to", url, "--quiet", *options)
    ran = [qaseed(*typed, *more) for more in (("--dry-run",), ())]
    return [(done.returncode, (done.stdout + done.stderr).strip()) for done in ran]


@pytest.mark.parametrize(
    ("name", "strategy"),
    [
        *((name, None) for name in NAMES),
        *((name, IN_PLACE) for name in ("domain", "index like ours", "trail", "raising", "next", "old")),
    ],
)
def test_what_stands_in_the_way(name: str, strategy: Strategy | None, minimal: Snapshot, database: str) -> None:
    statement, told = NAMES[name]
    ask(database, statement)
    before = state(database)
    dry, real = runs(minimal, database, strategy)
    if strategy and name in ("next", "old"):
        assert dry[0] == real[0] == 0, "nothing is made aside"
        return
    assert dry == real
    assert real[0] in (4, 5)
    assert len(real[1].splitlines()) == 1
    assert re.search(told, real[1])
    assert state(database) == before


HARMLESS = {
    "functions and types elsewhere": "create function client() returns int language sql as 'select 1'; create schema app; create domain app.provider as text",
    "log": "create table log (t text); create function f() returns event_trigger language plpgsql as $$ begin insert into log values (tg_tag); end $$; "
    "create event trigger watcher on ddl_command_end execute function f()",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_does_not(name: str, minimal: Snapshot, database: str) -> None:
    ask(database, HARMLESS[name])
    assert [code for code, _ in runs(minimal, database)] == [0, 0]
    if name == "log":
        assert ask(database, "select count(*) > 10 from log") == [(True,)]


@pytest.fixture
def plain(database: str, server: Server) -> Iterator[tuple[str, str]]:
    """A role without any rights, and the database's URL for it."""
    role = f"r_{uuid.uuid4().hex[:12]}"
    ask(server.url, f"create role {role} login")
    yield role, make_conninfo(**conninfo_to_dict(database) | {"user": role})
    ask(database, f"reassign owned by {role} to postgres")
    ask(database, f"drop owned by {role} cascade")
    ask(server.url, f"drop role {role}")


TABLES = "client, appointment, note, ledger_entry, tenant, location, provider, scenario"
OWN = "qaseed_target, qaseed_permit, qaseed_audit"
RIGHTS = {
    "nothing": ("", 5),
    "usage alone": ("grant usage on schema public to {role}", 5),
    "creating tables": ("grant all on schema public to {role}", 0),
    "creating all": ("grant all on schema public to {role}; grant create on database {database} to {role}", 0),
}


@pytest.mark.parametrize("name", RIGHTS)
def test_rights_of_a_first_load(name: str, minimal: Snapshot, database: str, plain: tuple[str, str]) -> None:
    role, url = plain
    statement, code = RIGHTS[name]
    ask(database, "revoke all on schema public from public")
    ask(database, statement.format(role=role, database=conninfo_to_dict(database)["dbname"]) or "select 1")
    dry, real = runs(minimal, url)
    assert (dry[0], real[0]) == (code, code)
    assert code == 0 or dry == real


LATER = {
    "nothing": "",
    "reading": f"grant select on {TABLES}, {OWN} to {{role}}",
    "writing": f"grant all on {TABLES} to {{role}}",
    "owning tables": "{owning}",
    "owning tables, writing records": f"{{owning}}; grant all on {OWN} to {{role}}",
}


@pytest.mark.parametrize("name", LATER)
def test_rights_of_a_later_load(name: str, minimal: Snapshot, database: str, plain: tuple[str, str]) -> None:
    role, url = plain
    load(minimal, database)
    owning = "; ".join(f"alter table {table} owner to {role}" for table in TABLES.split(", "))
    ask(database, f"grant all on schema public to {role}")
    ask(database, LATER[name].format(role=role, owning=owning) or "select 1")
    for strategy in (None, IN_PLACE):
        dry, real = runs(minimal, url, strategy)
        assert dry == real
        assert real[0] == (0 if name.endswith("records") else 5), real


FUNCTIONS = {
    "index": "create index on client (app.tidy(city))",
    "check": "alter table client add constraint tidied check (app.tidy(city) is not null or city is null)",
}


@pytest.mark.parametrize("strategy", [None, IN_PLACE])
@pytest.mark.parametrize("right", ["usage on schema app", "execute on function app.tidy(text)"])
@pytest.mark.parametrize("kind", FUNCTIONS)
def test_functions_of_others_in_indexes_and_checks(
    kind: str, right: str, strategy: Strategy | None, minimal: Snapshot, database: str, plain: tuple[str, str]
) -> None:
    role, url = plain
    ask(database, f"grant all on schema public to {role}")
    ask(database, f"grant create on database {conninfo_to_dict(database)['dbname']} to {role}")
    load(minimal, url)
    ask(
        database, "create schema app; create function app.tidy(text) returns text immutable language sql as 'select $1'"
    )
    ask(
        database,
        f"grant usage on schema app to {role}; {FUNCTIONS[kind]}; revoke execute on function app.tidy(text) from public",
    )
    ask(database, f"grant execute on function app.tidy(text) to {role}")
    ask(database, f"revoke {right} from {role}")
    dry, real = runs(minimal, url, strategy)
    assert dry == real
    if (kind, strategy) == ("check", IN_PLACE) and right.startswith("usage"):
        assert real[0] == 0, "the check stays, and no name in it is looked up"
        return
    assert real[0] == 5
    assert re.search(rf"the role may not execute app\.tidy\(text\), which the {kind} \S+ uses; grant it", real[1])


def test_a_role_that_owns_its_tables_but_may_not_create_in_their_schema(
    minimal: Snapshot, database: str, plain: tuple[str, str]
) -> None:
    role, url = plain
    ask(database, f"grant all on schema public to {role}")
    load(minimal, url)
    ask(database, "revoke create on schema public from public")
    ask(database, f"revoke create on schema public from {role}")
    for strategy in (None, IN_PLACE):
        dry, real = runs(minimal, url, strategy)
        assert dry == real
        assert real[0] == 5
        assert "the role may not create indexes in public; grant it" in real[1]


def test_rows_that_a_policy_hides_are_not_taken_for_none(
    minimal: Snapshot, database: str, plain: tuple[str, str]
) -> None:
    role, url = plain
    load(minimal, database)
    ask(database, f"drop table {OWN}; grant all on schema public to {role}")
    for table in TABLES.split(", "):
        ask(database, f"alter table {table} owner to {role}; alter table {table} enable row level security")
        ask(database, f"alter table {table} force row level security; create policy hidden on {table} using (false)")
    dry, real = runs(minimal, url)
    assert dry == real
    assert (real[0], "row-level security" in real[1]) == (5, True)
    assert ask(database, "select count(*) from client") == [(25,)]


@pytest.mark.parametrize("strategy", [None, IN_PLACE, "insert"])
def test_policies_that_bind_the_owner(
    strategy: Strategy | None, minimal: Snapshot, database: str, plain: tuple[str, str]
) -> None:
    role, url = plain
    ask(database, f"grant all on schema public to {role}; grant create on database {database_name(database)} to {role}")
    migrate(url, minimal.manifest.model)
    ask(url, "alter table note enable row level security; alter table note force row level security")
    dry, real = runs(minimal, url, strategy)
    assert dry == real
    assert (real[0], "connect as a role with BYPASSRLS" in real[1]) == (5, True)
    ask(url, "alter table note no force row level security")
    assert runs(minimal, url, strategy) == [(0, ""), (0, "")]


TRAILS = {
    "of another shape": "create table qaseed_audit (number bigint, event text)",
    "of another role": "create table qaseed_audit (number bigint primary key, event json not null)",
}


@pytest.mark.parametrize("name", TRAILS)
def test_doctor_names_a_trail_that_loads_cannot_write(
    name: str, minimal: Snapshot, database: str, plain: tuple[str, str]
) -> None:
    role, url = plain
    ask(database, f"grant all on schema public to {role}")
    assert all(check.ok for check in run_checks(url) if check.name == "audit trail")
    ask(database, TRAILS[name])
    (check,) = (check for check in run_checks(url) if check.name == "audit trail")
    assert (check.ok, "qaseed_audit" in check.found) == (False, True)
    assert {code for code, _ in runs(minimal, url)} == {5}
    ask(database, f"grant all on qaseed_audit to {role}")
    may = name == "of another role"
    assert {check.ok for check in run_checks(url) if check.name == "audit trail"} == {may}
    assert {code for code, _ in runs(minimal, url)} == {0 if may else 5}


def test_policies_on_tables_of_others(minimal: Snapshot, loaded: str) -> None:
    ask(
        loaded,
        "drop table qaseed_target; truncate client, appointment, note, ledger_entry, tenant, location, provider, scenario",
    )
    dry, real = runs(minimal, loaded, rls=True)
    assert dry == real
    assert (real[0], "was not created by qaseed" in real[1]) == (2, True)


def test_rows_that_would_point_to_nothing(minimal: Snapshot, changed: Snapshot, database: str) -> None:
    load(changed, database)
    ask(
        database,
        "create table visit (tenant text, of bigint, foreign key (tenant, of) references client (tenant_id, id))",
    )
    ask(database, "insert into visit select tenant_id, id from client order by id limit 1")
    assert [code for code, _ in runs(minimal, database)] == [0, 0]
    load(changed, database)
    ask(database, "insert into visit select tenant_id, id from client")
    dry, real = runs(minimal, database)
    assert dry == real
    assert real[0] == 5
    assert "visit: some of its rows reference rows that the snapshot does not have" in real[1]


def test_a_database_without_plpgsql(minimal: Snapshot, database: str) -> None:
    ask(database, "drop extension plpgsql cascade")
    assert [code for code, _ in runs(minimal, database)] == [0, 0]
    dry, real = runs(minimal, database)
    assert dry == real
    assert (real[0], "create extension plpgsql" in real[1]) == (5, True)
    assert [code for code, _ in runs(minimal, database, IN_PLACE)] == [0, 0]


def test_a_purge_asks_for_the_right_to_read_what_refers(
    minimal: Snapshot, database: str, plain: tuple[str, str]
) -> None:
    migrate(database, minimal.manifest.model)
    ask(database, f"alter table {TABLES.replace(', ', f' owner to {plain[0]}; alter table ')} owner to {plain[0]}")
    ask(database, f"grant create on schema public to {plain[0]}")
    load(minimal, plain[1], confirm=database_name(database))
    ask(database, "create table flag (tenant_id text references tenant on delete cascade)")
    with pytest.raises(UnsafeError, match=r"tenant: foreign key .* of public\.flag .*; grant select on public\.flag"):
        purge(plain[1])
    ask(database, f"grant select on flag to {plain[0]}")
    assert sum(purge(plain[1]).values())


def test_kept_tables_that_something_depends_on(minimal: Snapshot, loaded: str) -> None:
    load(minimal, loaded, keep_old=True)
    ask(loaded, "create view v as select * from qaseed_old.client")
    dry, real = runs(minimal, loaded)
    assert dry == real
    assert real[0] == 5
    assert "'qaseed_old': cannot be replaced (view v depends on table qaseed_old.client)" in real[1]


@pytest.mark.parametrize("schema", ["nowhere", "qaseed_next", "qaseed_old", "pg_temp"])
def test_schemas(schema: str, minimal: Snapshot, database: str) -> None:
    dry, real = runs(minimal, database, schema=schema)
    assert dry == real
    assert commands(minimal, database, "--schema", schema) == [dry, real]
    assert real[0] in (2, 5)


def test_an_encoding_without_all_letters(minimal: Snapshot, server: Server) -> None:
    for encoding in ("SQL_ASCII", "LATIN1"):
        name = f"e_{uuid.uuid4().hex[:12]}"
        ask(server.url, f"create database {name} encoding '{encoding}' locale 'C' template template0")
        url = make_conninfo(**conninfo_to_dict(server.url) | {"dbname": name})
        dry, real = runs(minimal, url)
        assert [dry, real] == commands(minimal, url)
        assert dry == real
        assert real == (5, f"qaseed: {name}: its encoding is {encoding}; load into a database with encoding UTF8")
        ask(server.url, f"drop database {name}")


@pytest.mark.parametrize("strategy", [None, IN_PLACE])
def test_a_trail_of_another_role(
    strategy: Strategy | None, minimal: Snapshot, database: str, plain: tuple[str, str]
) -> None:
    role, url = plain
    name = conninfo_to_dict(database)["dbname"]
    ask(database, f"grant all on schema public to {role}; grant create on database {name} to {role}")
    load(minimal, url)
    ask(database, "alter table qaseed_audit owner to postgres; revoke all on qaseed_audit from public")
    before = state(database)
    dry, real = runs(minimal, url, strategy)
    assert dry == real
    assert (real[0], "may not select in qaseed_audit of public; grant it" in real[1]) == (5, True)
    assert state(database) == before
    ask(database, f"grant select, insert, update on qaseed_audit to {role}")
    assert runs(minimal, url, strategy) == [(0, ""), (0, "")], "the advice is true"
