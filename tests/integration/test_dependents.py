"""What hangs on the live tables when they are swapped: carried over to the new ones, or refused by name before anything is done."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from qaseed.errors import PostgresError
from qaseed.loading import load, purge, rollback
from qaseed.snapshot import Snapshot
from support.databases import ask, catalog, state

pytestmark = pytest.mark.integration

APPLICATION = """
    create schema app; create role app_reader; create role app_writer;
    create table app.flag (t text, c bigint, note text, constraint flag_client foreign key (t, c)
        references public.client (tenant_id, id) on delete cascade deferrable initially deferred);
    comment on constraint flag_client on app.flag is 'points to a client';
    create table app.unchecked (t text, constraint unchecked_tenant foreign key (t) references public.tenant not valid);
    create view app.busy with (security_barrier = true) as
        select provider_id, count(*) as visits, min(c.last_name) as someone
        from appointment a join client c on c.tenant_id = a.tenant_id and c.id = a.client_id group by 1;
    create view app.busiest as select max(visits) as most from app.busy;
    comment on view app.busy is 'how busy'; grant select on app.busy to app_reader;
    create view app.grouped as select t.*, count(*) over () as n from tenant t group by t.tenant_id;
    create function app.clients() returns bigint language sql begin atomic; select count(*) from public.client; end;
    create function app.by_name() returns bigint language sql as 'select count(*) from public.client';
    grant execute on function app.clients() to app_reader;
    create function app.touch() returns trigger language plpgsql as 'begin new.updated_at = now(); return new; end';
    create trigger touched before update on client for each row when (old.* is distinct from new.*) execute function app.touch();
    create trigger quiet before insert on client for each row execute function app.touch();
    alter table client disable trigger quiet; comment on trigger touched on client is 'touches';
    grant select on client to app_reader with grant option; grant update (email, phone_mobile) on client to app_writer;
    revoke truncate on client from current_user;
    alter table note enable row level security; alter table note force row level security;
    create policy own on note as restrictive for select to app_reader, app_writer
        using (exists (select from client c where c.id = note.client_id));
    create policy all_of_it on note using (true) with check (is_synthetic); comment on policy own on note is 'own';
    alter table app.flag enable row level security;
    create policy known on app.flag using (exists (select from public.client where id = flag.c));
    create publication changes for table client, note where (is_synthetic) with (publish = 'update');
    alter table client replica identity full;
    create statistics names (ndistinct, mcv) on last_name, city from client; alter statistics names set statistics 50;
    comment on statistics names is 'correlated';
    create index client_email on client (lower(email)) where status = 'active'; comment on index client_email is 'mails';
    alter table client add constraint name_given check (last_name <> '') ; comment on constraint name_given on client is 'named';
    alter table client add constraint ref_once unique (external_ref) deferrable;
    alter table client set (fillfactor = 70); alter table client alter city set statistics 7;
    alter table client alter city set default 'Nowhere'; alter table note cluster on note_pkey;
    comment on table client is 'people'; comment on column note.plan is 'what next'; comment on column client.city is null;
    comment on constraint client_pkey on client is 'who'; comment on constraint note_client_id_fkey on note is 'whose';
    comment on index note_client_id_idx is 'finds them';
    insert into app.flag select tenant_id, id, 'kept' from client order by id limit 3;
"""
GONE = "drop owned by app_reader, app_writer; drop role app_reader, app_writer"


@pytest.fixture
def application(minimal: Snapshot, loaded: str) -> Any:
    """A database in which an application lives on what qaseed loaded."""
    told = APPLICATION
    with psycopg.connect(loaded) as connection:
        if connection.info.server_version < 150_000:
            told = told.replace("note where (is_synthetic)", "note")
        if connection.info.server_version < 140_000:
            told = told.replace(
                "begin atomic; select count(*) from public.client; end", "as 'select count(*) from public.client'"
            )
    ask(loaded, told)
    yield loaded
    ask(loaded, GONE)


def test_everything_is_carried_over_to_the_new_rows(application: str, minimal: Snapshot, changed: Snapshot) -> None:
    before = catalog(application)
    oids = ask(application, "select oid from pg_class where relname in ('busy', 'busiest') order by 1")
    was = ask(application, "select oid from pg_class where relname = 'client'")
    ask(application, "update client set city = 'Nowhere'")
    loaded = load(changed, application)
    assert (loaded.strategy, loaded.verified) == ("staged", True)
    after = catalog(application)
    for kind, found in before.items():
        assert after[kind] == found, kind
    assert ask(application, "select oid from pg_class where relname in ('busy', 'busiest') order by 1") == oids
    assert ask(application, "select oid from pg_class where relname = 'client'") != was
    busiest = "select max(n) from (select count(*) n from appointment group by provider_id) x"
    assert ask(application, "select * from app.busiest") == ask(application, busiest)
    assert ask(application, "select app.clients(), app.by_name()") == [(changed.manifest.rows["client"],) * 2]
    assert ask(application, "select count(*) from app.flag join client on id = c and tenant_id = t") == [(3,)]
    assert ask(application, "select 1 from pg_statistic_ext_data") != []
    assert ask(application, "select nspname from pg_namespace where nspname like 'qaseed%'") == []
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="flag_client"):
        ask(application, "insert into app.flag values ('tenant-qa-001', 1, 'the key works on the new rows')")


def test_kept_tables_come_back_with_everything(application: str, minimal: Snapshot, changed: Snapshot) -> None:
    before = catalog(application)
    load(changed, application, keep_old=True)
    assert ask(application, "select count(*) from client") == [(40,)]
    for snapshot in (minimal, changed, minimal):
        restored = rollback(application)
        assert (restored.rows, restored.total_records) == (snapshot.manifest.rows, snapshot.manifest.total_records)
        assert ask(application, "select app.clients()") == [(snapshot.manifest.rows["client"],)]
        after = catalog(application)
        for kind, found in before.items():
            assert after[kind] == found, kind
    assert load(changed, application).verified
    assert ask(application, "select nspname from pg_namespace where nspname like 'qaseed%'") == []
    with pytest.raises(PostgresError, match="keeps no old tables"):
        rollback(application)


KINDS = {
    "materialized view app.stale": "create materialized view app.stale as select count(*) from client",
    "app.heir": "create table app.heir () inherits (client)",
    "publication all_of_it of all tables": "create publication all_of_it for all tables",
    "rule forbid on public.client": "create rule forbid as on delete to client do instead nothing",
    "column whole of table app.whole": "create table app.whole (whole client)",
    "function app.named(public.client)": "create function app.named(client) returns text language sql as 'select $1.last_name'",
    "view app.rows": "create view app.rows as select c from client c",
    "rule elsewhere on table app.mine": "create table app.mine (id int); create rule elsewhere as on insert to app.mine do also "
    "delete from public.client",
}
KEPT_BY: dict[str, tuple[dict[str, bool], str]] = {
    "outside key": (
        {},
        "create table app.flag (t text, c bigint, foreign key (t, c) references client (tenant_id, id))",
    ),
    "generated column": (
        {},
        "alter table client drop city; alter table client add city text generated always as ('x') stored",
    ),
    "keeping": ({"keep_old": True}, "select 1"),
}
"""Why tables cannot be filled in place either."""


@pytest.mark.parametrize("named", KINDS)
def test_what_cannot_be_carried_over_is_refused_by_name(named: str, changed: Snapshot, loaded: str) -> None:
    ask(loaded, "create schema app; " + KINDS[named])
    before = state(loaded)
    for dry_run in (True, False):
        with pytest.raises(PostgresError) as told:
            load(changed, loaded, dry_run=dry_run)
        assert named in str(told.value)
    assert state(loaded) == before
    assert "drop it, or use --strategy in-place" in str(told.value)
    assert load(changed, loaded, strategy="in-place").verified


@pytest.mark.parametrize("name", KEPT_BY)
def test_no_advice_leads_to_another_refusal(name: str, minimal: Snapshot, loaded: str) -> None:
    options, statement = KEPT_BY[name]
    ask(loaded, f"create schema app; {KINDS['materialized view app.stale']}; {statement}")
    with pytest.raises(PostgresError, match=r"cannot be carried over to new tables; drop it$"):
        load(minimal, loaded, **options)  # type: ignore[arg-type]
    if name == "generated column":
        with pytest.raises(PostgresError, match=r"client: column city is generated; alter it by DROP EXPRESSION"):
            load(minimal, loaded, strategy="in-place", dry_run=True)
        ask(loaded, "alter table client alter city drop expression")
        assert load(minimal, loaded, strategy="in-place").verified


def test_the_present_tables_cannot_be_rolled_back_in_place(minimal: Snapshot, loaded: str) -> None:
    load(minimal, loaded, keep_old=True)
    ask(loaded, "create materialized view stale as select count(*) from client")
    with pytest.raises(PostgresError, match=r"cannot be carried over to new tables; drop it$"):
        rollback(loaded)
    ask(loaded, "drop materialized view stale")
    assert rollback(loaded).strategy == "rollback"


def test_columns_of_migrated_tables_are_not_purged(minimal: Snapshot, loaded: str) -> None:
    ask(loaded, "update qaseed_target set created = false; alter table client add mine text")
    with pytest.raises(PostgresError, match=r"client: has other columns .*mine.*; load into another --schema"):
        load(minimal, loaded)
    ask(loaded, "update qaseed_target set created = true")
    with pytest.raises(PostgresError, match="purge it first"):
        load(minimal, loaded)
    purge(loaded)
    assert load(minimal, loaded).verified


def test_default_privileges_take_nothing_from_the_owner(changed: Snapshot, loaded: str) -> None:
    ask(loaded, "grant all on client to postgres; alter default privileges revoke all on tables from postgres")
    owned = """select relname from pg_class where relname in ('client', 'note')
        and coalesce(relacl, acldefault('r', relowner)) = acldefault('r', relowner) order by 1"""
    assert ask(loaded, owned) == [("client",), ("note",)]
    assert load(changed, loaded).verified
    assert ask(loaded, owned) == [("client",), ("note",)]


def test_rows_elsewhere_that_would_point_to_nothing(minimal: Snapshot, changed: Snapshot, database: str) -> None:
    load(changed, database)
    ask(
        database,
        """create table flag (t text, c bigint, constraint to_client foreign key (t, c) references client (tenant_id, id));
        insert into flag select tenant_id, max(id) from client group by 1""",
    )
    before = state(database)
    with pytest.raises(
        PostgresError, match=r"foreign key to_client of public\.flag: some of its rows reference rows that"
    ):
        load(minimal, database)
    assert state(database) == before
    assert ask(database, "select nspname from pg_namespace where nspname like 'qaseed%'") == []
