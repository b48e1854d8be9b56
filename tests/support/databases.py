"""Questions to a database of the tests: rows, a fingerprint of its contents, its catalog, and which snapshot it holds."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from qaseed.model import Model
from qaseed.postgres.tables import ddl
from qaseed.snapshot import Snapshot

TABLES = ("tenant", "location", "provider", "client", "appointment", "note", "ledger_entry", "scenario")


CATALOG_QUERIES = {
    "relations": """select n.nspname, c.relname, c.relkind::text, c.relacl::text, c.reloptions, c.relrowsecurity, c.relforcerowsecurity,
        c.relreplident::text, pg_get_userbyid(c.relowner), obj_description(c.oid, 'pg_class')
        from pg_class c join pg_namespace n on n.oid = c.relnamespace""",
    "columns": """select n.nspname, c.relname, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl::text,
        a.attstattarget, a.attidentity::text, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum""",
    "constraints": """select n.nspname, conrelid::regclass::text, conname, pg_get_constraintdef(k.oid), convalidated,
        obj_description(k.oid, 'pg_constraint') from pg_constraint k join pg_namespace n on n.oid = connamespace""",
    "indexes": """select n.nspname, c.relname, pg_get_indexdef(c.oid), obj_description(c.oid, 'pg_class'), i.indisclustered
        from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace""",
    "views": "select n.nspname, c.relname, pg_get_viewdef(c.oid) from pg_class c join pg_namespace n on n.oid = relnamespace and relkind = 'v'",
    "triggers": """select n.nspname, pg_get_triggerdef(t.oid), tgenabled::text, obj_description(t.oid, 'pg_trigger') from pg_trigger t
        join pg_class c on c.oid = tgrelid join pg_namespace n on n.oid = relnamespace where not tgisinternal""",
    "policies": """select schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check,
        (select obj_description(oid, 'pg_policy') from pg_policy where polname = policyname) from pg_policies p
        join pg_namespace n on n.nspname = schemaname""",
    "publications": "select schemaname, pubname, tablename, attnames, rowfilter from pg_publication_tables join pg_namespace n on nspname = schemaname",
    "statistics": """select n.nspname, pg_get_statisticsobjdef(s.oid), stxstattarget, obj_description(s.oid, 'pg_statistic_ext')
        from pg_statistic_ext s join pg_namespace n on n.oid = stxnamespace""",
    "functions": """select n.nspname, p.proname, pg_get_functiondef(p.oid), p.proacl::text from pg_proc p
        join pg_namespace n on n.oid = pronamespace""",
}


@contextmanager
def new_database(server: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database on the server of that URL, with the content of a template; dropped at the end."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        copying = "strategy file_copy" if connection.info.server_version >= 150_000 else ""  # half of what WAL costs
        connection.execute(f"create database {name} template {template} {copying}".encode())
    yield server.replace("/qaseed?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)".encode())


@contextmanager
def copy_of_loaded(server: str, loaded: str) -> Iterator[str]:
    """The URL of a copy of a database that was loaded, which nobody is connected to; qaseed takes it for the original."""
    with new_database(server, database_name(loaded)) as url:
        ask(
            url,
            "update qaseed_permit set (database_oid, database) = "
            "(select oid, datname from pg_database where datname = current_database()); "
            "update qaseed_target set database = current_database()",
        )
        yield url


def ask(url: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


def migrate(url: str, model: Model) -> None:
    """Make the tables as an application's migrations do, which note down nothing of qaseed's."""
    with psycopg.connect(url) as connection:
        for statement in ddl("public", model):
            connection.execute(statement.encode())


def state(url: str) -> list[tuple[Any, ...]]:
    """Everything that stands in the database: relations, constraints, and rows, but for what qaseed notes down."""
    kept = ask(
        url, "select relname, relkind::text from pg_class where relnamespace = 'public'::regnamespace order by 1"
    )
    kept += ask(
        url,
        "select conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace order by 1",
    )
    for (name,) in ask(
        url, "select tablename from pg_tables where schemaname = 'public' and tablename !~ '^qaseed_' order by 1"
    ):
        kept += ask(url, f'select count(*), sum(hashtextextended(t::text, 0)) from public."{name}" t')
    return kept


def row_counts(connection: psycopg.Connection[Any], tables: tuple[str, ...] = TABLES) -> dict[str, int]:
    """Rows of each table, asked for one after the other."""
    found = {}
    for table in tables:
        row = connection.execute(f"select count(*) from {table}".encode()).fetchone()
        assert row is not None
        found[table] = row[0]
    return found


def loaded_snapshot(url: str, *snapshots: Snapshot) -> Snapshot:
    """The one of the snapshots that the database holds, whole, with its keys, and nothing besides."""
    with psycopg.connect(url) as connection:
        found = row_counts(connection)
    held = [snapshot for snapshot in snapshots if snapshot.manifest.rows == found]
    assert len(held) == 1, found
    keys = "select count(*) from pg_constraint where connamespace = 'public'::regnamespace and contype = 'f' and convalidated"
    references = sum(len(list(entity.references)) for entity in held[0].manifest.model.entities)
    assert ask(url, keys) == [(references,)]
    recorded = dict(
        ask(url, "select table_name, digest from qaseed_target where table_oid = ('public.' || table_name)::regclass")
    )
    assert recorded == held[0].manifest.digests
    return held[0]


def catalog(url: str, but: str = "-") -> dict[str, list[str]]:
    """Everything that the catalogue tells of our schema and the application's, without object numbers."""
    kept = "n.nspname in ('public', 'app')"
    with psycopg.connect(url) as connection:
        connection.execute("set local search_path to ''")
        found: dict[str, list[str]] = {}
        for name, query in CATALOG_QUERIES.items():
            if connection.info.server_version < 150_000:
                query = query.replace(", attnames, rowfilter", "")  # noqa: PLW2901  # they came with 15
            where = f" and {kept}" if " where " in query.replace("where (", "") else f" where {kept}"
            rows = connection.execute(f"{query}{where}".encode()).fetchall()
            found[name] = sorted(str(row) for row in rows if but not in str(row))
    return found


def database_name(url: str) -> str:
    return url.split("/", 3)[3].split("?", maxsplit=1)[0]


def column_defaults(url: str) -> list[tuple[Any, ...]]:
    """All defaults and identities."""
    query = """select table_name, column_name, column_default, identity_generation, identity_start
        from information_schema.columns where table_schema = 'public' and table_name !~ '^qaseed_'
        and (column_default is not null or is_identity = 'YES') order by 1, 2"""
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()
