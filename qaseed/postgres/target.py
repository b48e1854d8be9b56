"""Whether a schema may be loaded into: its tables, load registry and permit, refusals, reasons for confirmation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg import errors
from psycopg.sql import SQL, Identifier

from qaseed.errors import PostgresError, UnsafeError, UsageError
from qaseed.model import Entity, Model
from qaseed.postgres import permit, trail
from qaseed.postgres.loaded_keys import LoadedKeys
from qaseed.postgres.permit import PERMIT, Identity, Permit
from qaseed.postgres.session import keep_bytes, readable_name
from qaseed.postgres.tables import (
    LONGEST_NAME,
    ExistingTable,
    existing_tables,
    parameterized_identifier,
    refuse_unexpected_table,
)
from qaseed.postgres.trail import TRAIL
from qaseed.sql import identifier as quoted

if TYPE_CHECKING:
    import psycopg

LOAD_REGISTRY, CLONE = "qaseed_target", "qaseed_clone"
NEXT, OLD = OWN_SCHEMAS = ("qaseed_next", "qaseed_old")
"""The schemas that qaseed creates: new tables are built in `NEXT`, replaced ones are kept in `OLD`."""
WORK_LIST = "qaseed_work"
"""The table in `NEXT` with the files of a snapshot that several programs load together."""
_COLUMNS = {
    "table_name": "text",
    "table_oid": "oid",
    "created": "boolean",
    "snapshot": "text",
    "snapshot_id": "text",
    "rows": "bigint",
    "digest": "text",
    "system_identifier": "bigint",
    "database": "text",
    "loaded_at": "timestamp with time zone",
}
_ADDED_COLUMNS = ("row_xmin", "keys", "after_xmins")
"""Of a registry that this version created or extended."""
LOOK_TIMEOUT = "1s"
"""How long a look at an unmanaged table waits for a session that has locked it, before the table counts as one with
rows."""
_TABLES_WITH_PAGES = """with locked as materialized (
    select relation from pg_catalog.pg_locks where mode = 'AccessExclusiveLock' and granted)
select n.nspname, c.relname
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_am a on a.oid = c.relam
where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%%'
and n.nspname <> all(%s) and c.oid <> all(%s) and c.relname <> all(%s)
and case when a.amname <> 'heap' or c.oid in (select relation from locked) then true
    else pg_catalog.pg_relation_size(c.oid) > 0 end
order by 1, 2"""
"""Tables that may have rows: by their size, as looking into each of thousands takes seconds, and locks them all. The
partitions of a table are tables of their own."""


@dataclass(frozen=True)
class RegistryEntry:
    """A row of the load registry: the oid of a table, whether qaseed created it, and how many rows it loaded.

    `transaction` is the id that all loaded rows have in `xmin`, and `keys` has their keys. Both are None in what an
    earlier version wrote; `transaction` is None for an empty table, `keys` where they are too many to be recorded.
    `later` has the ids of the SQL that ran after the load, and of programs that loaded it together: their rows count as
    loaded.
    """

    oid: int
    created: bool
    rows: int
    transaction: int | None = None
    keys: LoadedKeys | None = None
    later: tuple[int, ...] = ()


@dataclass(frozen=True)
class Target:
    """A schema of a database as it is: existing relations with our names, the load registry, and the permit.

    `existing` has every relation with the name of an entity or of an entry of the load registry, whoever created it;
    `registry` has the entries of this database of this server, not those that a dump brought along.
    """

    identity: Identity
    schema: str
    existing: Mapping[str, ExistingTable]
    registry: Mapping[str, RegistryEntry]
    permit: Permit | None

    @property
    def database(self) -> str:
        return self.identity.database

    def is_managed(self, name: str) -> bool:
        """Whether the table of that name is the one that qaseed loaded: compared by oid, so that a new one is not."""
        entry = self.registry.get(name)
        return entry is not None and name in self.existing and entry.oid == self.existing[name].oid

    def is_created(self, name: str) -> bool:
        """Whether the table is managed and qaseed also created it."""
        return self.is_managed(name) and self.registry[name].created


def survey(connection: psycopg.Connection[Any], schema: str, model: Model) -> Target:
    """Inspect a target that is to be changed, without changing it yet.

    `UnsafeError` if it cannot be written to; `PostgresError` if the schema is missing or the encoding is not UTF8.
    """
    refuse_unwritable(connection)
    target = inspect_target(connection, schema, model)
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise PostgresError(f"{target.database}: its encoding is {encoding}; load into a database with encoding UTF8")
    return target


def refuse_unwritable(connection: psycopg.Connection[Any]) -> None:
    """`UnsafeError` for a standby and a read-only database; `PostgresError` where a commit would wait without end."""
    ((standby, read_only, source, names, awaited, standbys),) = connection.execute(_WRITABLE).fetchall()
    if standby:
        raise UnsafeError(f"{connection.info.dbname}: its server is a standby; load into the primary")
    if read_only:
        whose, remedy = _READ_ONLY.get(source, ("", "load into another database"))
        raise UnsafeError(f"{connection.info.dbname}: is read-only (default_transaction_read_only{whose}); {remedy}")
    needed = int((_NUMBER_OF_STANDBYS.match(names) or [0, 1])[1])
    if names.strip() and awaited and standbys < needed:
        raise PostgresError(
            f"{connection.info.dbname}: commits wait for a synchronous standby that is not connected "
            f"(synchronous_standby_names = {names!r}); start it, or change that setting and reload it"
        )


_WRITABLE = """select pg_is_in_recovery(), current_setting('transaction_read_only')::boolean, source,
    current_setting('synchronous_standby_names'),
    current_setting('max_wal_senders')::int > 0 and current_setting('synchronous_commit') not in ('off', 'local'),
    case when current_setting('synchronous_standby_names') <> '' then (
        select count(*) from pg_catalog.pg_stat_replication where sync_state is distinct from 'async') end
    from pg_catalog.pg_settings where name = 'default_transaction_read_only'"""
"""A role without the right to read the state of a standby sees its connection: it counts."""
_NUMBER_OF_STANDBYS = re.compile(r"\s*(?:(?:first|any)\s+)?(\d+)\s*\(", re.IGNORECASE)
_READ_ONLY = {
    "user": (" of the role", "connect as another role"),
    "database user": (" of the role in this database", "connect as another role"),
    "client": (" of the URL or PGOPTIONS", "leave it out"),
}
"""Whose setting it is, and what to do, by its source in `pg_settings`; the database or the server by default."""


def check_schema(schema: str) -> None:
    """`UsageError` unless tables may be loaded into a schema of that name."""
    is_valid = 0 < len(schema.encode("utf-8", "replace")) <= LONGEST_NAME and "\0" not in schema
    if not is_valid or schema.startswith("pg_") or schema in ("information_schema", *OWN_SCHEMAS):
        raise UsageError(
            f"--schema: {schema!r} is not allowed; give a name of at most {LONGEST_NAME} bytes "
            "that neither Postgres nor qaseed reserves"
        )


def inspect_target(
    connection: psycopg.Connection[Any], schema: str, model: Model, *, name: str | None = None
) -> Target:
    """The relations, the load registry and the permit of a schema; works on a standby too.

    `name` is that of the database when it was loaded, if qaseed has renamed it since.
    """
    check_schema(schema)
    identity = permit.read_identity(connection)
    identity = replace(identity, database=name or identity.database)
    namespace = connection.execute("select to_regnamespace(%s::text)", (quoted(schema),)).fetchone()
    if namespace == (None,):
        raise PostgresError(f"{identity.database}: has no schema {schema!r}; create it, or choose another --schema")
    names = [entity.name for entity in model.entities]
    relations = existing_tables(connection, schema, [*names, LOAD_REGISTRY, TRAIL, PERMIT])
    registry_table = relations.get(LOAD_REGISTRY)
    refuse_unexpected_table(registry_table, f"{schema}.{LOAD_REGISTRY}", _COLUMNS)
    trail.check_table(relations, schema)
    registry: dict[str, RegistryEntry] = {}
    if registry_table:
        added = ", ".join(name if name in registry_table.columns else "null" for name in _ADDED_COLUMNS)
        query = SQL(
            """select table_name, table_oid, created, rows, {} from {}
            where system_identifier is not distinct from %s and database = %s"""
        ).format(SQL(added), parameterized_identifier(schema, LOAD_REGISTRY))
        # a dump that was restored on another server contains the same rows, which say nothing about that server
        registry = {
            name: RegistryEntry(oid, created, rows, transaction, LoadedKeys.from_json(keys), tuple(later or ()))
            for name, oid, created, rows, transaction, keys, later in connection.execute(
                query, (identity.system, identity.database)
            )
        }
    others = [name for name in registry if name not in names]
    existing = {name: relations[name] for name in names if name in relations}
    existing |= existing_tables(connection, schema, others) if others else {}
    return Target(identity, schema, existing, registry, permit.read(connection, schema, relations))


def has_added_columns(registry: ExistingTable) -> bool:
    """Whether a load registry has the columns that registries of earlier versions lack."""
    return registry.columns.keys() >= set(_ADDED_COLUMNS)


def refuse_unmanaged_rows(connection: psycopg.Connection[Any], target: Target, model: Model) -> None:
    """Refuse a load whose tables exist with rows or columns that qaseed did not create; no confirmation overrides it.

    `UnsafeError` for unmanaged rows in a table of the model, or for a permit that cannot be compared; `PostgresError`
    for a table of another kind or shape.
    """
    if target.identity.system is None and target.permit and target.permit.identity.system is not None:
        raise UnsafeError(f"{target.database}: {unidentified(connection)}")
    for entity in model.entities:
        _refuse_unmanaged_table(connection, target, entity)


def confirmation_reasons(
    connection: psycopg.Connection[Any], target: Target, *, local: bool, production: bool
) -> Iterator[str]:
    """Why the database's name must be typed before a load: each time, or until the schema has a permit."""
    if production:
        yield "is named like a production system"
    if target.identity.system is None:
        yield unidentified(connection)
    if target.permit is None:
        if not local:
            yield "is not on this machine, and qaseed never loaded into it"
        if other := _table_with_rows(connection, target):
            yield f"has unmanaged rows ({other}), and qaseed never loaded into it"
        if published := _publication(connection, target):
            yield f"publishes the schema's tables to subscribers ({published}), and qaseed never loaded into it"
    elif not target.permit.is_for(target.identity):
        yield "has a permit that was given for another database, or before it was copied or renamed"
    elif target.permit.identity.timeline != target.identity.timeline:
        yield "was restored or promoted after its permit was given"


def unidentified(connection: psycopg.Connection[Any]) -> str:
    """Why a database cannot be distinguished from a copy where the role may not read the system identifier."""
    return (
        f"cannot be distinguished from a copy, because {connection.info.user} may not read the system identifier; "
        f"grant execute on function pg_control_system(), pg_control_checkpoint() to {connection.info.user}"
    )


def _publication(connection: psycopg.Connection[Any], target: Target) -> str | None:
    """The name of a publication that would send the loaded rows to other servers."""
    by_schema = connection.execute("select to_regclass('pg_catalog.pg_publication_namespace')").fetchone() != (None,)
    query = """select pubname from pg_catalog.pg_publication p where puballtables or exists (
        select from pg_catalog.pg_publication_rel r where r.prpubid = p.oid and r.prrelid = any(%(tables)s))"""
    if by_schema:  # PostgreSQL 15 and later
        query += """ or exists (select from pg_catalog.pg_publication_namespace n
            where n.pnpubid = p.oid and n.pnnspid = to_regnamespace(%(schema)s::text))"""
    oids = [relation.oid for relation in target.existing.values()]
    publication = connection.execute(
        f"{query} order by 1 limit 1".encode(), {"tables": oids, "schema": quoted(target.schema)}
    ).fetchone()
    return str(publication[0]) if publication else None


def _refuse_unmanaged_table(connection: psycopg.Connection[Any], target: Target, entity: Entity) -> None:
    existing = target.existing.get(entity.name)
    if existing is None:
        return
    relation = f"{target.schema}.{entity.name}"
    if existing.kind != "r":
        raise PostgresError(f"{relation}: is not an ordinary table; load into another --schema")
    if not target.is_managed(entity.name) and _has_rows(connection, target.schema, entity.name):
        raise UnsafeError(
            f"{relation}: has unmanaged rows, which qaseed did not load and never replaces; load into another --schema"
        )
    if target.is_created(entity.name) and existing.lacks_only_columns_of(entity):
        return  # a load adds what is new in the model
    if not existing.has_columns_of(entity):
        remedy = "purge it first" if target.is_created(entity.name) else "load into another --schema"
        different = ", ".join(existing.differing_columns(entity)[:5])
        raise PostgresError(f"{relation}: has other columns than the snapshot ({different}); {remedy}")


def refuse_outside_references(connection: psycopg.Connection[Any], target: Target, model: Model) -> None:
    """`PostgresError` names a foreign key of another table that references a table of the model."""
    oids = [target.existing[entity.name].oid for entity in model.entities if entity.name in target.existing]
    reference = connection.execute(
        """select conname, conrelid::regclass::text, confrelid::regclass::text from pg_catalog.pg_constraint
        where contype = 'f' and confrelid = any(%s) and conrelid <> all(%s) order by 1 limit 1""",
        (oids, oids),
    ).fetchone()
    if reference:
        key, other, referenced = reference
        raise PostgresError(
            f"{referenced}: foreign key {key} of {other} references it; drop that key, or load into another --schema"
        )


def _has_rows(connection: psycopg.Connection[Any], schema: str, name: str) -> bool:
    """Whether a table has rows; it is not locked afterwards."""
    query = SQL("select exists (select from {})").format(Identifier(schema, name))
    with connection.transaction(force_rollback=True):
        return connection.execute(query).fetchone() == (True,)


def _table_with_rows(connection: psycopg.Connection[Any], target: Target) -> str | None:
    """Some unmanaged table of the database, in any schema, that has rows or that we may not read."""
    with connection.transaction(force_rollback=True):
        unencoded = keep_bytes(connection)
        connection.execute(SQL("set local lock_timeout = {}").format(LOOK_TIMEOUT))
        table = _unmanaged_with_rows(connection, target)
    return readable_name(table) if table and unencoded else table


def _unmanaged_with_rows(connection: psycopg.Connection[Any], target: Target) -> str | None:
    managed = [target.existing[name].oid for name in target.existing if target.is_managed(name)]
    managed += _managed_in_other_schemas(connection, target)
    own = [LOAD_REGISTRY, PERMIT, TRAIL, CLONE]
    for schema, name in connection.execute(_TABLES_WITH_PAGES, (list(OWN_SCHEMAS), managed, own)).fetchall():
        try:
            if _has_rows(connection, schema, name):
                return f"{schema}.{name}"
        except errors.UndefinedTable:
            continue
        except (errors.InsufficientPrivilege, errors.LockNotAvailable):
            return f"{schema}.{name}"
    return None


def loaded_schemas(connection: psycopg.Connection[Any]) -> list[str]:
    """The schemas of the database with a load registry that the role may read."""
    rows = connection.execute(
        """select n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relname = %s and c.relkind = 'r' and n.nspname <> all(%s) and has_table_privilege(c.oid, 'SELECT')
        and has_schema_privilege(n.oid, 'USAGE')""",
        (LOAD_REGISTRY, list(OWN_SCHEMAS)),
    )
    return [schema for (schema,) in rows]


def _managed_in_other_schemas(connection: psycopg.Connection[Any], target: Target) -> list[int]:
    """The oids of tables that qaseed loaded into other schemas of the database, by their load registries."""
    oids: list[int] = []
    for schema in set(loaded_schemas(connection)) - {target.schema}:
        registry = existing_tables(connection, schema, [LOAD_REGISTRY]).get(LOAD_REGISTRY)
        if registry and registry.columns.items() >= _COLUMNS.items():
            query = SQL("select table_oid from {} where system_identifier is not distinct from %s and database = %s")
            rows = connection.execute(
                query.format(parameterized_identifier(schema, LOAD_REGISTRY)),
                (target.identity.system, target.identity.database),
            )
            oids += [oid for (oid,) in rows]
    return oids
