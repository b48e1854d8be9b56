"""Writing the load registry: what a load put into each table, in the transaction that loads."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composable, Identifier

from qaseed.postgres import permit
from qaseed.postgres.changes import has_loaded_key, loading_transaction
from qaseed.postgres.loaded_keys import MAX_GROUPS, LoadedKeys
from qaseed.postgres.permit import PERMIT
from qaseed.postgres.tables import existing_tables, parameterized_identifier
from qaseed.postgres.target import LOAD_REGISTRY, Target, has_added_columns
from qaseed.sql import identifier as quoted

if TYPE_CHECKING:
    import psycopg

_CREATE_REGISTRY = """create table {} (
    table_name text primary key, table_oid oid not null, created boolean not null, snapshot text not null,
    snapshot_id text not null, rows bigint not null, digest text not null, system_identifier bigint,
    database text not null, loaded_at timestamp with time zone not null default now(), row_xmin bigint, keys json,
    after_xmins bigint[])"""
_ADD_COLUMNS = """alter table {} add column if not exists row_xmin bigint, add column if not exists keys json,
    add column if not exists after_xmins bigint[]"""
"""For a registry that an earlier version created."""


@dataclass(frozen=True)
class LoadedTable:
    """What a load put into a table: how many rows, their digest, and their keys (None: too many to be recorded).

    `transactions` are those of the programs that loaded it together; one program loads a table in one transaction.
    """

    rows: int
    digest: str
    keys: LoadedKeys | None
    transactions: tuple[int, ...] = ()


def record_load(
    connection: psycopg.Connection[Any],
    target: Target,
    created: Mapping[str, bool],
    loaded: Mapping[str, LoadedTable],
    snapshot: tuple[str, str],
) -> None:
    """Update the load registry in the transaction that loads, and the permit if it is not for this very database.

    `created` says by table whether qaseed created it; `loaded` describes the rows of each loaded table; `snapshot` is
    name and id.
    """
    if target.permit is None or target.permit.identity != target.identity:
        environment = target.permit.environment if target.permit and target.permit.is_for(target.identity) else None
        permit.write(connection, target.schema, target.identity, environment)
    can_have_keys = _prepare_registry(connection, target.schema)
    registry = parameterized_identifier(target.schema, LOAD_REGISTRY)
    connection.execute(SQL("delete from {} where table_name = any(%s)").format(registry), (list(loaded),))
    columns = "table_name, table_oid, created, snapshot, snapshot_id, rows, digest, system_identifier, database"
    of_rows = ", keys, after_xmins, row_xmin" if can_have_keys else ""
    rows, values = [], []
    for name, table in loaded.items():
        row: list[Composable] = [SQL("%s, %s::regclass::oid, %s, %s, %s, %s::bigint, %s, %s::bigint, %s")]
        values += [name, f"{quoted(target.schema)}.{quoted(name)}", created[name], *snapshot]
        values += [table.rows, table.digest, target.identity.system, target.database]
        if can_have_keys:
            row += [SQL("%s::json, %s::bigint[]"), loading_transaction(target.schema, name)]
            values += [json.dumps(table.keys.to_json()) if table.keys else None, list(table.transactions) or None]
        rows.append(SQL("({})").format(SQL(", ").join(row)))
    if rows:
        insert = SQL("insert into {} ({}) values {}").format(registry, SQL(columns + of_rows), SQL(", ").join(rows))
        connection.execute(insert, values)


def record_written(connection: psycopg.Connection[Any], schema: str, tables: Collection[str]) -> None:
    """Record the rows of tables that were loaded and then changed in the open transaction: all of them count as loaded.

    A registry of another role that cannot have them is left: the next load counts these rows as changed.
    """
    registry = existing_tables(connection, schema, [LOAD_REGISTRY])[LOAD_REGISTRY]
    for name in tables if has_added_columns(registry) else ():
        connection.execute(
            SQL("""update {registry} registry set rows = (select count(*) from only {table}), after_xmins = array(
                    select distinct loaded.xmin::text::bigint from only {table} loaded
                    where loaded.xmin::text::bigint is distinct from registry.row_xmin)
                where table_name = {name}""").format(
                registry=Identifier(schema, LOAD_REGISTRY), name=name, table=Identifier(schema, name)
            )
        )
        _record_keys(connection, schema, name)


def _record_keys(connection: psycopg.Connection[Any], schema: str, name: str) -> None:
    """Add the keys of the rows that were inserted after the load to those of the loaded rows."""
    registry, table = Identifier(schema, LOAD_REGISTRY), Identifier(schema, name)
    query = SQL("select keys, after_xmins::text[] from {} where table_name = {}").format(registry, name)
    recorded, later = connection.execute(query).fetchone() or (None, None)
    keys = LoadedKeys.from_json(recorded)
    if keys is None:
        return
    texts = [SQL("{}::text").format(Identifier(column)) for column in keys.columns]
    columns = [*texts[:-1], Identifier(keys.columns[-1])] if keys.in_runs else texts
    new = connection.execute(
        SQL(
            "select {} from only {} where xmin = any({}::xid[] || pg_current_xact_id()::xid) and not {} limit {}"
        ).format(SQL(", ").join(columns), table, later, has_loaded_key(name, keys), MAX_GROUPS + 1)
    ).fetchall()
    if new:
        extended = keys.adding(new)
        connection.execute(
            SQL("update {} set keys = {} where table_name = {}").format(
                registry, json.dumps(extended.to_json()) if extended else None, name
            )
        )


def _prepare_registry(connection: psycopg.Connection[Any], schema: str) -> bool:
    """Create the load registry, or extend one of an earlier version; False if it belongs to another role."""
    registry, existing = Identifier(schema, LOAD_REGISTRY), existing_tables(connection, schema, [LOAD_REGISTRY])
    if not existing:
        connection.execute(SQL(_CREATE_REGISTRY).format(registry))
        connection.execute(SQL("comment on table {} is 'What qaseed loaded into this schema.'").format(registry))
    elif not has_added_columns(existing[LOAD_REGISTRY]):
        owned = connection.execute(
            "select pg_has_role(relowner, 'USAGE') from pg_catalog.pg_class where oid = %s",
            (existing[LOAD_REGISTRY].oid,),
        ).fetchone()
        if owned != (True,):
            return False
        connection.execute(SQL(_ADD_COLUMNS).format(registry))
    return True


def forget_loads(connection: psycopg.Connection[Any], target: Target) -> None:
    """Drop the load registry, and the permit if a load wrote it; one that a person gave (`target init`) stays."""
    if target.registry:
        permit.drop(connection, target.schema, LOAD_REGISTRY)
    if target.permit and target.permit.environment is None and target.permit.is_for(target.identity):
        permit.drop(connection, target.schema, PERMIT)
