"""An application writes into our tables: short INSERTs, ids above every address, and models made from the tables."""

from __future__ import annotations

import datetime as dt
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors
from psycopg.sql import SQL

from qaseed.loading import clone, load, load_within, purge, rollback
from qaseed.loading.sequences import advance
from qaseed.model import Column, Entity
from qaseed.postgres import tables
from qaseed.postgres.server import Server
from qaseed.postgres.tables import FIRST_ID
from qaseed.snapshot import Snapshot, open_snapshot
from support.applications import CLIENT, REQUIRED_COLUMNS, TENANT, insert_client
from support.databases import ask, column_defaults, database_name, loaded_snapshot, migrate

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
BORN = dt.date(1990, 4, 1)
OF_A_CLIENT = f"from client where tenant_id = '{TENANT}' order by id limit 1 returning id"
SHORT = {
    "tenant": "insert into tenant (tenant_id, name) values ('mine', 'My Practice') returning tenant_id",
    "location": f"insert into location (tenant_id, name) values ('{TENANT}', 'My Site') returning id",
    "provider": f"""insert into provider (tenant_id, first_name, last_name, credentials, provider_type, email, primary_location_id)
        select tenant_id, 'Ada', 'Example', 'LPC', 'counselor', 'ada@example.com', id from location
        where tenant_id = '{TENANT}' limit 1 returning id""",
    "client": CLIENT,
    "appointment": f"""insert into appointment (tenant_id, client_id, provider_id, location_id, start_at, end_at)
        select c.tenant_id, c.id, c.primary_provider_id, p.primary_location_id, now(), now() + interval '1 hour' from client c
        join provider p on (p.tenant_id, p.id) = (c.tenant_id, c.primary_provider_id) where c.tenant_id = '{TENANT}' limit 1 returning id""",
    "note": f"insert into note (tenant_id, client_id, provider_id) select tenant_id, id, primary_provider_id {OF_A_CLIENT}",
    "ledger_entry": f"""insert into ledger_entry (tenant_id, client_id, entry_type, amount_cents)
        select tenant_id, id, 'charge', 12000 {OF_A_CLIENT}""",
    "scenario": f"""insert into scenario (tenant_id, name, entity, id, description)
        select tenant_id, 'mine', 'client', id, 'My case' {OF_A_CLIENT}""",
}


def forget(url: str) -> None:
    """Make the tables as the version before made them: no identity, and no other default than two."""
    for entity in REQUIRED_COLUMNS:
        columns = ask(
            url,
            """select attname, attidentity <> '' from pg_attribute where attrelid = %s::regclass
            and (atthasdef or attidentity <> '') and attname not in ('is_synthetic', 'is_active')""",
            entity,
        )
        for column, identity in columns:
            ask(url, f"alter table {entity} alter {column} drop {'identity' if identity else 'default'}")
    ask(url, "alter table if exists qaseed_target drop definitions, drop unvalidated")


def test_short_inserts(all_columns: Snapshot, database: str) -> None:
    load(all_columns, database)
    for entity, insert in SHORT.items():
        ids = [ask(database, insert)[0][0]]
        if entity not in ("tenant", "scenario"):
            ids.append(ask(database, insert.replace("ada@", "eve@"))[0][0])
            assert ids == [FIRST_ID, FIRST_ID + 1], entity
        found = ask(
            database,
            f"""select is_synthetic, is_active, created_by, created_at > now() - interval '1 hour', created_at = updated_at,
            deleted_at, count(*) over (), count(external_ref) over () from {entity} where not is_synthetic""",
        )
        assert set(found) == {(False, True, "system", True, True, None, len(ids), len(ids))}, entity


def test_an_insert_that_lacks_what_is_necessary_is_refused(minimal: Snapshot, loaded: str) -> None:
    found = ask(
        loaded,
        """select table_name, column_name from information_schema.columns where table_schema = 'public' and table_name !~ '^qaseed_'
        and is_nullable = 'NO' and column_default is null and is_identity = 'NO'""",
    )
    assert {
        entity: {column for table, column in found if table == entity} for entity in REQUIRED_COLUMNS
    } == REQUIRED_COLUMNS


def test_every_way_of_loading_makes_the_same_tables(
    minimal: Snapshot, changed: Snapshot, database: str, server: Server
) -> None:
    load(minimal, database)
    expected, last = column_defaults(database), insert_client(database)
    assert last == FIRST_ID
    for strategy in ("staged", "in-place", "insert", None):
        load(changed, database, strategy=strategy, confirm=database_name(database))
        assert column_defaults(database) == expected, strategy
        assert last < (last := insert_client(database)), f"{strategy}: an id that was given is never given again"
    with psycopg.connect(database) as connection:
        assert load_within(minimal, connection, confirm=database_name(database)).verified
    assert column_defaults(database) == expected
    assert insert_client(database) > last
    assert purge_and_load(database, minimal) == FIRST_ID
    clone(minimal, server.url, "written")
    other = server.url.replace("/qaseed?", "/written?")
    try:
        assert column_defaults(other) == expected
        assert insert_client(other) == FIRST_ID
    finally:
        ask(server.url, "drop database written with (force)")


def purge_and_load(url: str, snapshot: Snapshot) -> int:
    ask(url, "delete from client where not is_synthetic")
    purge(url)
    assert ask(url, "select relname from pg_class where relkind = 'S'") == []
    load(snapshot, url, strategy="in-place")
    return insert_client(url)


def test_old_tables_come_back_with_their_numbers(minimal: Snapshot, changed: Snapshot, loaded: str) -> None:
    first = insert_client(loaded)
    load(changed, loaded, keep_old=True, confirm=database_name(loaded))
    second = insert_client(loaded)
    for _ in range(2):
        rollback(loaded, confirm=database_name(loaded))
        second, before = insert_client(loaded), second
        assert second > before
    assert ask(loaded, "select count(*) from client where id = %s", first) == [(0,)], "the newer tables stand again"
    assert ask(loaded, "select relname from pg_class where relkind = 'S' and relname like 'client%%' group by 1") == [
        ("client_id_seq",)
    ]


@pytest.mark.parametrize("strategy", ["staged", "in-place"])
def test_tables_of_an_earlier_version_are_settled(
    strategy: Any, minimal: Snapshot, changed: Snapshot, loaded: str
) -> None:
    expected = column_defaults(loaded)
    forget(loaded)
    assert len(column_defaults(loaded)) == 2 * len(REQUIRED_COLUMNS)
    load(changed, loaded, strategy=strategy, confirm=database_name(loaded))
    assert column_defaults(loaded) == expected
    assert insert_client(loaded) == FIRST_ID


def test_kept_tables_of_an_earlier_version_come_back_as_they_were(
    minimal: Snapshot, changed: Snapshot, loaded: str
) -> None:
    forget(loaded)
    before = column_defaults(loaded)
    load(changed, loaded, keep_old=True, confirm=database_name(loaded))
    expected, first = column_defaults(loaded), insert_client(loaded)
    assert rollback(loaded, confirm=database_name(loaded)).rows == minimal.manifest.rows
    assert loaded_snapshot(loaded, minimal)
    assert column_defaults(loaded) == before
    rollback(loaded)
    assert column_defaults(loaded) == expected
    assert insert_client(loaded) == first + 1


def test_a_default_that_somebody_chose_is_kept(minimal: Snapshot, changed: Snapshot, loaded: str) -> None:
    ask(loaded, "alter table client alter state set default 'WA', alter id set start 7000000000000000 restart")
    for strategy in ("staged", "in-place"):
        load(changed, loaded, strategy=strategy, confirm=database_name(loaded))  # type: ignore[arg-type]  # of a literal
        assert insert_client(loaded) in (7000000000000000, 7000000000000001)
        assert ask(loaded, "select state from client where not is_synthetic") == [("WA",)]


def test_a_snapshot_of_before_is_written_to_as_well(all_columns: Snapshot, database: str) -> None:
    load(open_snapshot(ROOT / "artifacts" / "minimal"), database)
    expected = column_defaults(database)
    for insert in SHORT.values():
        ask(database, insert)
    ask(database, "drop schema public cascade; create schema public")
    load(all_columns, database)
    assert column_defaults(database) == expected


def test_ids_are_above_those_of_a_snapshot_of_thousands_of_tenants(database: str) -> None:
    entity = Entity("thing", "A thing.", (Column("tenant_id", "text", "Whose."), Column("id", "bigint", "Which.")))
    with psycopg.connect(database) as connection:
        connection.execute(tables.create("public", entity))
        connection.execute(tables.add_defaults("public", entity) or "")
        highest = 8191 << 40 | 1024
        connection.execute("insert into thing values ('x', %s)", (highest,))
        for _ in range(2):
            advance(connection, "public", ["thing"])
        insert = "insert into thing values ('x') returning id"
        assert connection.execute(insert).fetchone() == (highest + 1,)
        connection.execute("truncate thing")
        advance(connection, "public", ["thing"])
        assert connection.execute(insert).fetchone() == (highest + 2,), "never back"


def test_tables_that_somebody_made_keep_their_own_numbers(minimal: Snapshot, changed: Snapshot, database: str) -> None:
    migrate(database, minimal.manifest.model)
    forget(database)
    ask(database, "alter table client alter id add generated always as identity")
    ask(database, "create sequence notes owned by note.id; alter table note alter id set default nextval('notes')")
    before = column_defaults(database)
    for strategy in ("staged", "in-place"):
        load(changed, database, strategy=strategy)  # type: ignore[arg-type]  # of a literal
        assert column_defaults(database) == before
        for table, sequence in (("client", "client_id_seq"), ("note", "notes")):
            ask(database, f"select nextval('{sequence}')")
            assert ask(database, f"select last_value - 1 = (select max(id) from {table}) from {sequence}") == [(True,)]
            ask(database, f"alter sequence {sequence} restart")


def test_a_sequence_that_ends_before_our_ids_is_left_alone(minimal: Snapshot, changed: Snapshot, database: str) -> None:
    migrate(database, minimal.manifest.model)
    forget(database)
    ask(
        database,
        "create sequence short as integer owned by note.id; alter table note alter id set default nextval('short')",
    )
    ask(database, "alter table client alter id add generated always as identity (maxvalue 1000)")
    for strategy in ("staged", "in-place"):
        assert load(changed, database, strategy=strategy).verified  # type: ignore[arg-type]  # of a literal
    assert ask(database, "select nextval('short'), nextval('client_id_seq')") == [(1, 1)]


def test_a_sequence_that_the_role_may_not_set_is_left_alone(minimal: Snapshot, loaded: str) -> None:
    ask(loaded, "drop role if exists reading; create role reading login; grant select on client to reading")
    try:
        with psycopg.connect(loaded.replace("postgres@", "reading@")) as connection:
            advance(connection, "public", ["client"])
    finally:
        ask(loaded, "drop owned by reading; drop role reading")


def test_an_application_under_policy_writes_its_own_tenants_rows(minimal: Snapshot, database: str) -> None:
    load(minimal, database, rls=True)
    ask(database, "drop role if exists writing; create role writing login")
    ask(database, "grant select, insert, update on all tables in schema public to writing")
    try:
        with psycopg.connect(database.replace("postgres@", "writing@")) as connection:
            connection.execute(SQL("set app.tenant_id = {}").format(TENANT))
            for entity, insert in SHORT.items():
                if entity != "tenant":
                    connection.execute(insert.encode())
            assert connection.execute("select id from client where not is_synthetic").fetchone() == (FIRST_ID,)
            connection.execute("set app.tenant_id = 'tenant-qa-002'")
            assert connection.execute("select 1 from client where not is_synthetic").fetchone() is None
            with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
                connection.execute(SQL("insert into location (tenant_id, name) values ({}, 'x')").format(TENANT))
    finally:
        ask(database, "drop owned by writing cascade; drop role writing")


@pytest.fixture
def entered(minimal: Snapshot, loaded: str) -> Iterator[str]:
    """A loaded database, in which the client that a test enters must be one that anybody would know as not ours."""
    yield loaded
    assert ask(loaded, "select id, first_name, is_synthetic, updated_at > created_at from client where id >= %s", FIRST_ID) == [
        (FIRST_ID, "Ada", False, True)
    ]  # fmt: skip
    assert ask(loaded, "select count(*) from client") == [(26,)]
    assert load(minimal, loaded, confirm=database_name(loaded)).verified
    assert ask(loaded, "select count(*) from client") == [(25,)], "a load replaces all rows"


# several foreign keys of a table carry the same tenant, which SQLAlchemy asks about once for each
@pytest.mark.filterwarnings("ignore:relationship .* will copy column:sqlalchemy.exc.SAWarning")
def test_models_of_sqlacodegen(entered: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy import create_engine, select
    from sqlalchemy.orm import Session

    url = entered.replace("postgresql:", "postgresql+psycopg:")
    with (tmp_path / "models.py").open("w") as file:
        subprocess.run([sys.executable, "-m", "sqlacodegen", url], stdout=file, check=True)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "models", raising=False)
    models = importlib.import_module("models")
    monkeypatch.delitem(sys.modules, "models")
    engine = create_engine(url)
    with Session(engine) as session:
        provider = session.scalars(select(models.Provider).where(models.Provider.tenant_id == TENANT)).first()
        client = models.Client(
            tenant_id=TENANT, first_name="Ada", last_name="Example", dob=BORN, primary_provider_id=provider.id
        )
        session.add(client)
        session.commit()
        assert (client.id, client.is_synthetic, client.state) == (FIRST_ID, False, "AZ")
        client.updated_at = client.created_at.replace(year=client.created_at.year + 1)
        session.commit()
    engine.dispose()


DJANGO = """
import datetime, io, re, sys
import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

name, host, port = sys.argv[1:4]
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": name, "USER": "postgres", "HOST": host, "PORT": port}},
    USE_TZ=True,
)
django.setup()
written = io.StringIO()
call_command("inspectdb", stdout=written)
text = written.getvalue()
# inspectdb leaves defaults out, and Django would then send its own empty values: each column that has one names it
with connection.cursor() as cursor:
    cursor.execute("select table_name, column_name, column_default from information_schema.columns where column_default is not null and table_schema = 'public'")
    for table, column, default in cursor.fetchall():
        of_table = re.compile(r"(class " + table.title().replace("_", "") + r"\\(models.Model\\):.*?\\n    " + column + r" = models\\.\\w+\\()", re.S)
        text = of_table.sub(lambda found: found[1] + f"db_default=RawSQL({default!r}, ()), ", text, count=1)
models = {"__name__": "models"}
text = text.replace("    class Meta:\\n", "    class Meta:\\n        app_label = 'models'\\n")
exec("from django.db.models.expressions import RawSQL\\n" + text, models)
Client, Provider = models["Client"], models["Provider"]
provider = Provider.objects.filter(tenant_id="tenant-qa-001").order_by("id").first()
client = Client(tenant_id="tenant-qa-001", first_name="Ada", last_name="Example", dob=datetime.date(1990, 4, 1), primary_provider_id=provider.id)
client.save(force_insert=True)
client = Client.objects.get(first_name="Ada", last_name="Example", is_synthetic=False)
client.updated_at += datetime.timedelta(days=1)
client.save(update_fields=["updated_at"])
print(client.pk, client.is_synthetic, client.external_ref != "", client.created_at < client.updated_at)
"""


def test_models_of_inspectdb(entered: str, server: Server, tmp_path: Path) -> None:
    script = tmp_path / "application.py"
    script.write_text(DJANGO)
    info = psycopg.conninfo.conninfo_to_dict(entered)
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), database_name(entered), str(info["host"]), str(info.get("port") or 5432)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout == f"('{TENANT}', {FIRST_ID}) False True True\n"
