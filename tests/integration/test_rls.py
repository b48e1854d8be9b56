"""Row-level security by tenant: a plain role sees and writes the rows of the tenant that it names, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors, sql
from psycopg.sql import SQL, Identifier

from qaseed.errors import ConfirmationError, PostgresError, UsageError
from qaseed.loading import load, load_within, purge
from qaseed.postgres.server import Server
from qaseed.snapshot import Snapshot
from qaseed.targets import status
from support.command_line import qaseed
from support.databases import ask, database_name, migrate
from support.installed_postgres import InstalledPostgres

pytestmark = pytest.mark.integration
TENANTS = ("tenant-qa-001", "tenant-qa-002", "tenant-qa-003")
ENTITIES = ("tenant", "location", "provider", "client", "appointment", "note", "ledger_entry", "scenario")


@pytest.fixture(scope="module")
def isolated(minimal: Snapshot, server: Server | InstalledPostgres) -> Iterator[str]:
    """The owner's URL of a database that was loaded with policies, with views of the owner's and of whoever asks."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("drop database if exists isolated")
        connection.execute("drop role if exists app")
        connection.execute("create database isolated")
        connection.execute("create role app login nosuperuser nobypassrls")
    url = server.url.replace("/qaseed?", "/isolated?")
    load(minimal, url, rls=True)
    ask(url, "create view owners as select tenant_id, id from client")
    if invokers(url):
        ask(url, "create view invokers with (security_invoker = true) as select tenant_id, id from client")
    ask(url, "create function everything() returns bigint language sql stable as 'select count(*) from client'")
    ask(url, "grant select, insert, update, delete on all tables in schema public to app")
    yield url
    ask(server.url, "drop database isolated with (force)")
    ask(server.url, "drop role app")


def invokers(url: str) -> bool:
    """Whether views can run with the rights of who asks (PostgreSQL 15)."""
    return ask(url, "show server_version_num") >= [("150000",)]


class App:
    """The application's connection, which names a tenant before each statement and keeps nothing."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url.replace("postgres@", "app@"))

    def __call__(self, tenant: str | None, query: str | sql.Composed, *values: Any) -> list[tuple[Any, ...]]:
        with self.connection.transaction(force_rollback=True):
            if tenant is not None:
                self.connection.execute("select set_config('app.tenant_id', %s, true)", (tenant,))
            cursor = self.connection.execute(query.encode() if isinstance(query, str) else query, values or None)
            return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


@pytest.fixture
def app(isolated: str) -> Iterator[App]:
    found = App(isolated)
    yield found
    found.connection.close()


@pytest.mark.parametrize("entity", ENTITIES)
def test_tenants_see_their_own_rows_and_together_all(entity: str, app: App, minimal: Snapshot) -> None:
    seen = [
        app(tenant, f"select count(*), count(*) filter (where tenant_id = '{tenant}') from {entity}")[0]
        for tenant in TENANTS
    ]
    assert all(found == own and (found > 0 or entity == "scenario") for found, own in seen)
    assert sum(found for found, _ in seen) == minimal.manifest.rows[entity]


@pytest.mark.parametrize("entity", ENTITIES)
def test_who_names_no_tenant_sees_and_writes_nothing(entity: str, isolated: str, app: App) -> None:
    fresh = App(isolated)  # in which the setting was never made
    try:
        assert fresh(None, f"select count(*) from {entity}") == [(0,)]
    finally:
        fresh.connection.close()
    for tenant in (None, "", " ", "%", "tenant-qa-00_", "TENANT-QA-001", "tenant-qa-001 ", "' or true --", "null"):
        assert app(tenant, f"select count(*) from {entity}") == [(0,)], tenant
        assert app(tenant, f"update {entity} set is_synthetic = is_synthetic") == [(0,)], tenant
    with pytest.raises(errors.InsufficientPrivilege):
        app("", SQL("insert into {} {}").format(Identifier(entity), like_a_row_of(isolated, entity, "tenant-qa-001")))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tenant=st.one_of(
        st.sampled_from(TENANTS), st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))
    ),
    entity=st.sampled_from(ENTITIES),
)
def test_whatever_is_named_only_that_tenant_is_seen(tenant: str, entity: str, app: App) -> None:
    assert {row[0] for row in app(tenant, f"select tenant_id from {entity}")} <= {tenant}
    seen = bool(app(tenant, f"select 1 from {entity}"))
    assert seen == (tenant in TENANTS) or entity == "scenario", "the last tenant has none"


@pytest.mark.parametrize(
    "query",
    [
        "select distinct a.tenant_id from appointment a join client c on c.id = a.client_id",
        "select distinct c.tenant_id from appointment a left join client c on c.id <> a.client_id",
        "select distinct l.tenant_id from ledger_entry l where exists (select from client c where c.tenant_id = l.tenant_id)",
        "select distinct (select max(tenant_id) from note) from tenant",
        "select tenant_id from client group by rollup (tenant_id) having tenant_id is not null",
        "select min(tenant_id) from client union select max(tenant_id) from client",
        "with recursive all_of as (select tenant_id from client union select tenant_id from provider) select * from all_of",
        "select distinct tenant_id from client where tenant_id <> 'tenant-qa-002' or true",
        "select distinct coalesce(tenant_id, 'tenant-qa-003') from client tablesample system (100)",
        "delete from note returning tenant_id",
        "update client set first_name = 'x' where true returning tenant_id",
        "select tenant_id from client for update",
    ],
)
def test_no_query_leads_to_another_tenant(query: str, app: App) -> None:
    assert {row[0] for row in app("tenant-qa-002", query)} == {"tenant-qa-002"}


def test_aggregates_are_of_the_tenant(isolated: str, app: App) -> None:
    for tenant in TENANTS:
        own = ask(
            isolated, f"select count(*), sum(amount_cents), max(id) from ledger_entry where tenant_id = '{tenant}'"
        )
        assert app(tenant, "select count(*), sum(amount_cents), max(id) from ledger_entry") == own
        assert app(tenant, "select everything()") == ask(
            isolated, f"select count(*) from client where tenant_id = '{tenant}'"
        )


def test_views_of_who_asks_are_isolated_and_the_owners_are_not(isolated: str, app: App) -> None:
    if invokers(isolated):
        assert {row[0] for row in app("tenant-qa-001", "select tenant_id from invokers")} == {"tenant-qa-001"}
        assert app("", "select * from invokers") == []
    seen = {row[0] for row in app("tenant-qa-001", "select tenant_id from owners")}
    assert seen == set(TENANTS), "a view runs with its owner's rights, as README says"


@pytest.mark.parametrize("entity", [entity for entity in ENTITIES if entity != "tenant"])
def test_rows_of_another_tenant_are_neither_made_nor_moved_nor_removed(entity: str, isolated: str, app: App) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        app(
            "tenant-qa-001",
            SQL("insert into {} {}").format(Identifier(entity), like_a_row_of(isolated, entity, "tenant-qa-002")),
        )
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        app("tenant-qa-001", f"update {entity} set tenant_id = 'tenant-qa-002'")
    other = ask(isolated, f"select min(id) from {entity} where tenant_id = 'tenant-qa-002'")[0][0]
    assert app("tenant-qa-001", f"update {entity} set is_synthetic = true where id = {other}") == [(0,)]
    assert app("tenant-qa-001", f"delete from {entity} where id = {other}") == [(0,)]


def like_a_row_of(url: str, entity: str, tenant: str, **instead: Any) -> sql.Composed:
    """The VALUES of a row of a tenant, as its owner reads them, with some columns changed."""
    with psycopg.connect(url) as connection:
        cursor = connection.execute(
            f"select * from {entity} where tenant_id = '{tenant}' order by 1, 2 limit 1".encode()
        )
        row = dict(zip([column.name for column in cursor.description or ()], cursor.fetchone() or (), strict=True))
    return SQL("values ({})").format(
        SQL(", ").join(sql.Literal(instead.get(name, value)) for name, value in row.items())
    )


def test_another_tenants_ids_fail_like_missing_ones(isolated: str, app: App) -> None:
    other = ask(isolated, "select id from client where tenant_id = 'tenant-qa-002' limit 1")[0][0]
    told = []
    for client in (other, 999):
        row = like_a_row_of(
            isolated, "appointment", "tenant-qa-001", id=1, external_ref="QA-APP-001-999999", client_id=client
        )
        with pytest.raises(errors.ForeignKeyViolation) as error:
            app("tenant-qa-001", SQL("insert into appointment {}").format(row))
        told.append((error.value.sqlstate, str(error.value).replace(str(client), "ID")))
    assert told[0] == told[1]


def test_a_value_that_another_tenant_has_is_free(isolated: str, app: App, minimal: Snapshot) -> None:
    for entity in minimal.manifest.model.entities:
        unique = [column.name for column in entity.columns if column.unique and entity.key != (column.name,)]
        for name in unique:
            theirs = ask(isolated, f"select {name} from {entity.name} where tenant_id = 'tenant-qa-002' and {name} not in "
                                   f"(select {name} from {entity.name} where tenant_id = 'tenant-qa-001') limit 1")  # fmt: skip
            if not theirs or entity.name in ("tenant", "scenario"):  # whose keys are no ids
                continue
            fresh: dict[str, Any] = {column: f"fresh {column}" for column in unique if column != name}
            row = like_a_row_of(isolated, entity.name, "tenant-qa-001", **({"id": 1, name: theirs[0][0]} | fresh))
            assert app("tenant-qa-001", SQL("insert into {} {}").format(Identifier(entity.name), row)) == [(1,)]


def policies(url: str) -> list[tuple[Any, ...]]:
    return ask(url, "select tablename, policyname, qual, with_check from pg_policies order by 1, 2")


def secured(url: str) -> set[str]:
    return {
        name for (name,) in ask(url, "select relname from pg_class where relrowsecurity and not relforcerowsecurity")
    }


def test_a_load_keeps_makes_and_removes_policies(minimal: Snapshot, database: str) -> None:
    assert load(minimal, database).verified
    assert (policies(database), secured(database)) == ([], set())
    assert load(minimal, database, rls=True).verified
    made = policies(database)
    assert [(table, name) for table, name, *_ in made] == sorted(
        (table, f"{table}_tenant_policy") for table in ENTITIES
    )
    assert {(qual, check) for *_, qual, check in made} == {
        ("(tenant_id = current_setting('app.tenant_id'::text, true))",) * 2
    }
    for rls in (True, None):
        assert load(minimal, database, rls=rls).digests == minimal.manifest.digests
        assert (policies(database), secured(database)) == (made, set(ENTITIES))
    ask(database, "drop table note")
    assert load(minimal, database).verified
    assert (policies(database), secured(database)) == (made, set(ENTITIES)), "the new table too"
    ask(database, "create policy mine on client using (false)")
    assert load(minimal, database, rls=False).verified
    assert [name for _, name, *_ in policies(database)] == ["mine"]
    assert secured(database) == {"client"}, "opened to nobody whom another policy keeps out"
    assert sum(purge(database).values()) == sum(minimal.manifest.rows.values())


def test_a_policy_that_somebody_changed_is_made_right(minimal: Snapshot, database: str) -> None:
    load(minimal, database, rls=True)
    made = policies(database)
    ask(
        database,
        "alter policy client_tenant_policy on client using (true); alter table client disable row level security",
    )
    load(minimal, database, rls=True)
    assert (policies(database), secured(database)) == (made, set(ENTITIES))


def test_tables_of_somebody_keep_their_own_policies(minimal: Snapshot, database: str) -> None:
    migrate(database, minimal.manifest.model)
    with pytest.raises(UsageError, match=r"public\.tenant was not created by qaseed"):
        load(minimal, database, rls=True)
    assert policies(database) == []
    assert load(minimal, database).verified
    assert load(minimal, database, rls=False).verified


def test_a_plain_owner_loads_again(minimal: Snapshot, database: str) -> None:
    ask(database, "drop role if exists owning; create role owning login; grant create on schema public to owning")
    url = database.replace("postgres@", "owning@")
    try:
        for _ in range(2):
            assert load(minimal, url, rls=True).verified
        with psycopg.connect(url) as connection:
            assert load_within(minimal, connection, rls=True).verified
        assert sum(purge(url).values()) == sum(minimal.manifest.rows.values())
    finally:
        ask(database, "drop owned by owning cascade; drop role owning")


@pytest.fixture
def hidden(database: str) -> Iterator[str]:
    """The URL of a plain role that owns a table `users` with a row which a policy hides even from its owner."""
    ask(database, "drop role if exists hiding; create role hiding login; grant create on schema public to hiding")
    url = database.replace("postgres@", "hiding@")
    ask(url, "create table users (name text); insert into users values ('Ada')")
    ask(url, "alter table users enable row level security; alter table users force row level security")
    assert ask(url, "select count(*) from users") == [(0,)]
    yield url
    ask(database, "drop owned by hiding cascade; drop role hiding")


def test_rows_that_a_policy_hides_need_the_name_typed(hidden: str, minimal: Snapshot) -> None:
    assert status(hidden).confirmation_reasons == (
        "has unmanaged rows (public.users), and qaseed never loaded into it",
    )
    with pytest.raises(ConfirmationError, match=r"unmanaged rows \(public\.users\)"):
        load(minimal, hidden)


def test_rows_that_a_policy_hides_are_not_replaced(hidden: str, minimal: Snapshot, database: str) -> None:
    ask(hidden, "alter table users rename to client")
    with pytest.raises(PostgresError, match="row-level security policy"):
        load(minimal, hidden, confirm=database_name(hidden))
    assert ask(database, "select * from client") == [("Ada",)]


@pytest.mark.usefixtures("unvalidated")
def test_on_the_command_line(minimal: Snapshot, database: str, tmp_path: Path) -> None:
    assert qaseed("load", str(minimal.folder), "--to", database, "--rls", "-q").returncode == 0
    assert secured(database) == set(ENTITIES)
    assert qaseed("seed", "-e", "minimal", "--out", str(tmp_path), "--to", database, "--no-rls", "-q").returncode == 0
    assert secured(database) == set()
