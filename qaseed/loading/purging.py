"""Removing exactly what qaseed loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composable, Identifier

from qaseed import audit
from qaseed.arguments import as_url
from qaseed.errors import UnsafeError
from qaseed.loading.event_triggers import named_event_triggers
from qaseed.loading.lock_retry import lock_until_end
from qaseed.loading.options import LoadOptions
from qaseed.model import Model
from qaseed.postgres import trail
from qaseed.postgres.advisory_lock import acquire_restore_lock
from qaseed.postgres.changes import Changes, count_changes, loaded_rows
from qaseed.postgres.connection import connected
from qaseed.postgres.guard import Permission, guard, record
from qaseed.postgres.registry import forget_loads
from qaseed.postgres.target import Target, survey

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Purged:
    """How many rows were removed, by table, what of them was changed since the load, and what `confirm` overrode."""

    removed: dict[str, int]
    changes: Mapping[str, Changes]
    overridden: tuple[str, ...]


def purge(url: str, *, schema: str = "public", confirm: str | None = None) -> dict[str, int]:
    """Remove exactly what qaseed loaded into a schema: tables that it created, its rows in others, and its load
    registry.

    The audit trail stays. `confirm` is the database's name, where a `ConfirmationError` asks for it: if it is called
    production, or if rows were inserted into a table that qaseed created, which are lost, and no person gave the
    database a permit. Returns how many rows were removed, by table.

    Raises `UnsafeError` (exit code 4) with nothing changed, also where rows that stay refer to rows that would go;
    `PostgresError` (5) if Postgres refuses.
    """
    return purge_with_changes(url, schema=schema, confirm=confirm).removed


def purge_with_changes(url: str, *, schema: str, confirm: str | None) -> Purged:
    """Purge as `purge` does, and return also what was changed since the load."""
    as_url("url", url)
    removed: dict[str, int] = {}
    with (
        audit.recorded("purge", counts=removed, **({"confirmed": True} if confirm else {})) as event,
        connected(url) as connection,
        named_event_triggers(connection, "purge"),
        trail.record_failure(connection, schema, event),
        connection.transaction(),
    ):
        event.facts["target"] = trail.fingerprint(connection, schema)
        acquire_restore_lock(connection, schema)
        target = survey(connection, schema, Model("none", "No entities of its own.", ()))
        managed = sorted(name for name in target.registry if target.is_managed(name))
        created = [name for name in managed if target.is_created(name)]
        lock_until_end(connection, target, managed, LoadOptions(schema=schema))
        permission = Permission()
        if target.registry:
            permission = guard(connection, target, created, confirmed=confirm)
        emptied = [name for name in managed if name not in created]
        _refuse_references(connection, target, emptied, created)
        changes = count_changes(connection, target)
        removed |= {name: _count(connection, schema, name) for name in created}
        if created:
            connection.execute(
                SQL("drop table {} restrict").format(SQL(", ").join(Identifier(schema, name) for name in created))
            )
        removed |= _remove_rows(connection, target, emptied)
        forget_loads(connection, target)
        if target.registry:
            record(connection, schema, event, Permission(permission.overridden, changes))
    return Purged(dict(sorted(removed.items())), changes, permission.overridden)


def _count(connection: Connection, schema: str, name: str) -> int:
    row = connection.execute(SQL("select count(*) from only {}").format(Identifier(schema, name))).fetchone()
    return int(row[0]) if row else 0


def _remove_rows(connection: Connection, target: Target, names: Sequence[str]) -> dict[str, int]:
    """Delete the loaded rows of tables that somebody else created; returns how many, by table."""
    if not names:
        return {}
    # in one statement, at whose end foreign keys are checked: the order among the tables does not matter
    deletes = SQL(", ").join(
        SQL("{} as (delete from only {} where {} returning 1)").format(
            Identifier(name), Identifier(target.schema, name), loaded_rows(connection, target, name)
        )
        for name in names
    )
    counts = SQL(", ").join(SQL("(select count(*) from {})").format(Identifier(name)) for name in names)
    row = connection.execute(SQL("with {} select {}").format(deletes, counts)).fetchone() or ()
    return dict(zip(names, row, strict=True))


_REFERENCES = """select n.nspname, r.relname, k.conname, t.relname, k.confdeltype in ('c', 'n', 'd'), r.relkind = 'r',
        has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(r.oid, 'SELECT'), array(
        select array[f.attname, p.attname, s.nspname, o.oprname, case when f.attcollation <> p.attcollation
            then (select format('collate %%I.%%I', m.nspname, c.collname) from pg_catalog.pg_collation c
                join pg_catalog.pg_namespace m on m.oid = c.collnamespace where c.oid = p.attcollation) end]
        from unnest(k.conkey, k.confkey, k.conpfeqop) with ordinality pair(own, referenced, equality, place)
        join pg_catalog.pg_attribute f on (f.attrelid, f.attnum) = (k.conrelid, pair.own)
        join pg_catalog.pg_attribute p on (p.attrelid, p.attnum) = (k.confrelid, pair.referenced)
        join pg_catalog.pg_operator o on o.oid = pair.equality
        join pg_catalog.pg_namespace s on s.oid = o.oprnamespace order by pair.place)
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class r on r.oid = k.conrelid join pg_catalog.pg_namespace n on n.oid = r.relnamespace
    join pg_catalog.pg_class t on t.oid = k.confrelid
    where k.contype = 'f' and k.conparentid = 0 and k.confrelid = any(%s) and k.conrelid <> all(%s)
    and coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true) order by 1, 2, 3"""
"""Foreign keys: their table, name and referenced table, whether they change rows when those they reference go, and by
column its name, the referenced column, and how the two are compared. Those of partitions are their parents'."""


def _refuse_references(connection: Connection, target: Target, names: Sequence[str], dropped: Sequence[str]) -> None:
    """`UnsafeError` for rows that stay and refer to loaded rows of tables that somebody else created.

    Also where the foreign key would delete or change them, as they are others'. The tables are locked: until the end
    nobody can insert a row that refers to them.
    """
    oids = {target.existing[name].oid: name for name in names}
    gone = [target.existing[name].oid for name in dropped]
    for schema, table, key, referenced, acts, ordinary, readable, columns in connection.execute(
        _REFERENCES, (list(oids), gone)
    ).fetchall():
        if not readable:
            raise UnsafeError(
                f"{target.schema}.{referenced}: foreign key {key} of {schema}.{table} references it, and the role may "
                f"not read that table; grant select on {schema}.{table}, or drop the key"
            )
        remaining: Composable = SQL("true")
        if schema == target.schema and table in names:
            remaining = SQL("not ") + loaded_rows(connection, target, table)
        equal = SQL(" and ").join(
            SQL("going.{} operator({}.{}) {} {}").format(
                Identifier(other), Identifier(place), SQL(operator), Identifier(table, own), SQL(collation or "")
            )
            for own, other, place, operator, collation in columns
        )
        query = SQL(
            """select count(*) from {}{} where {} and exists (
            select from (select * from only {} where {}) going where {})"""
        ).format(
            SQL("only " if ordinary else ""),
            Identifier(schema, table),
            remaining,
            Identifier(target.schema, referenced),
            loaded_rows(connection, target, referenced),
            equal,
        )
        (rows,) = connection.execute(query).fetchone() or (0,)
        if rows:
            noun, verb, them = ("row", "refers", "it") if rows == 1 else ("rows", "refer", "them")
            consequence = f", which would change {them} too" if acts else ""
            raise UnsafeError(
                f"{schema}.{table}: {rows:,} {noun} that qaseed did not load {verb} to loaded rows of {referenced} "
                f"(foreign key {key}{consequence}); delete {them}, or let {them} refer to other rows, and purge again"
            )
