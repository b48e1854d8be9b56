"""Whether a database may be loaded into: what stands there, what qaseed recorded there, and whose the rest is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import errors
from psycopg.sql import SQL, Identifier

from qaseed.errors import ConfirmationError, PostgresError, UnsafeError, UsageError
from qaseed.model import Entity, Model
from qaseed.postgres import permit, trail
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

if TYPE_CHECKING:
    import psycopg

LOAD_REGISTRY = "qaseed_target"
NEXT, OLD = OWN_SCHEMAS = ("qaseed_next", "qaseed_old")
"""The schemas of ours: in which new tables are made, and to which the old ones go."""
_COLUMNS = {
    "table_name": "text", "table_oid": "oid", "created": "boolean", "snapshot": "text", "snapshot_id": "text", "rows": "bigint",
    "digest": "text", "system_identifier": "bigint", "database": "text", "loaded_at": "timestamp with time zone",
}  # fmt: skip
_CREATE_REGISTRY = """create table {} (
    table_name text primary key, table_oid oid not null, created boolean not null, snapshot text not null,
    snapshot_id text not null, rows bigint not null, digest text not null, system_identifier bigint,
    database text not null, loaded_at timestamp with time zone not null default now())"""


@dataclass(frozen=True)
class Recorded:
    """A table that qaseed loaded here: its oid, whether qaseed created it, and how many rows it put in."""

    oid: int
    created: bool
    rows: int


@dataclass(frozen=True)
class Target:
    """A schema of a database as it was found: our names that stand there, what is recorded of them, and the mark."""

    identity: Identity
    schema: str
    existing: Mapping[str, ExistingTable]
    recorded: Mapping[str, Recorded]
    permit: Permit | None

    @property
    def database(self) -> str:
        return self.identity.database

    def is_managed(self, name: str) -> bool:
        """Whether qaseed loaded the very table that stands under that name."""
        recorded = self.recorded.get(name)
        return recorded is not None and name in self.existing and recorded.oid == self.existing[name].oid

    def is_created(self, name: str) -> bool:
        """Whether qaseed created that table too."""
        return self.is_managed(name) and self.recorded[name].created


def survey(connection: psycopg.Connection[Any], schema: str, model: Model) -> Target:
    """Look at a target that is to be changed, without changing it yet.

    `UnsafeError` if it takes no changes; `PostgresError` if the schema is missing or the encoding cannot hold text.
    """
    _refuse_read_only(connection)
    target = inspect_target(connection, schema, model)
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise PostgresError(f"{target.database}: its encoding is {encoding}; load into a database with encoding UTF8")
    return target


def _refuse_read_only(connection: psycopg.Connection[Any]) -> None:
    standby, read_only = connection.execute(
        "select pg_is_in_recovery(), current_setting('transaction_read_only')::boolean"
    ).fetchone() or (True, True)
    if standby:
        raise UnsafeError(f"{connection.info.dbname}: its server is a standby; load into the primary")
    if read_only:
        raise UnsafeError(
            f"{connection.info.dbname}: is set to read only (default_transaction_read_only); load into another database"
        )


def check_schema(schema: str) -> None:
    """`UsageError` unless a schema of tables may have that name."""
    fits = 0 < len(schema.encode("utf-8", "replace")) <= LONGEST_NAME and "\0" not in schema
    if not fits or schema.startswith("pg_") or schema in ("information_schema", *OWN_SCHEMAS):
        raise UsageError(
            f"--schema: {schema!r} cannot be; give a name of at most {LONGEST_NAME} bytes that is neither Postgres' nor qaseed's own"
        )


def inspect_target(connection: psycopg.Connection[Any], schema: str, model: Model) -> Target:
    """What stands in a schema and what is recorded there; also of a standby."""
    check_schema(schema)
    here = permit.read_identity(connection)
    found = connection.execute("select to_regnamespace(%s::text)", (_quoted(schema),)).fetchone()
    if found == (None,):
        raise PostgresError(f"{here.database}: has no schema {schema!r}; create it, or choose another --schema")
    names = [entity.name for entity in model.entities]
    mark = existing_tables(connection, schema, [LOAD_REGISTRY]).get(LOAD_REGISTRY)
    refuse_unexpected_table(mark, f"{schema}.{LOAD_REGISTRY}", _COLUMNS)
    trail.check(connection, schema)
    recorded: dict[str, Recorded] = {}
    if mark:
        query = SQL(
            """select table_name, table_oid, created, rows from {}
            where system_identifier is not distinct from %s and database = %s"""
        ).format(parameterized_identifier(schema, LOAD_REGISTRY))
        # a dump of this database, restored on another server, bears the same rows and is not trusted
        recorded = {name: Recorded(*rest) for name, *rest in connection.execute(query, (here.system, here.database))}
    standing_here = existing_tables(connection, schema, [*names, *recorded])
    return Target(here, schema, standing_here, recorded, permit.read(connection, schema))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def lock_tables(connection: psycopg.Connection[Any], target: Target, model: Model) -> None:
    """Lock what stands under our names until the transaction ends, so that nobody fills it while we look."""
    there = [
        Identifier(target.schema, entity.name)
        for entity in model.entities
        if entity.name in target.existing and target.existing[entity.name].kind == "r"
    ]
    if there:
        connection.execute(SQL("lock table {} in access exclusive mode").format(SQL(", ").join(there)))


def guard(
    connection: psycopg.Connection[Any],
    target: Target,
    model: Model,
    *,
    confirmed: str | None,
    local: bool,
    production: bool,
) -> tuple[str, ...]:
    """Refuse to touch what is not ours: nothing has been changed when this raises.

    Rows in tables of our names cannot be overridden, unless qaseed made the table: that is its own, with all that has been
    added since. Any doubt needs the database's name typed (`confirmed`), for this one load; the doubts that it overrode are
    returned, for whoever keeps account of them.
    """
    if target.identity.system is None and target.permit and target.permit.identity.system is not None:
        raise UnsafeError(f"{target.database}: {_unknown(connection)}")
    for entity in model.entities:
        _guard_table(connection, target, entity)
    found = tuple(confirmation_reasons(connection, target, local=local, production=production))
    if found and confirmed != target.database:
        told = f"{target.database}: {found[0]}; if you mean it, add --confirm {target.database}"
        raise ConfirmationError(told, target.database)
    return found


def confirmation_reasons(
    connection: psycopg.Connection[Any], target: Target, *, local: bool, production: bool
) -> Iterator[str]:
    """Why a database may not be loaded into before its name is typed: each time, or until there is a mark."""
    if production:
        yield "is named like a production system"
    if target.identity.system is None:
        yield _unknown(connection)
    if target.permit is None:
        if not local:
            yield "is not on this machine, and qaseed never loaded into it"
        if other := _table_with_rows(connection, target):
            yield f"holds rows of somebody ({other}), and qaseed never loaded into it"
        if published := _publication(connection, target):
            yield f"publishes the schema's tables to subscribers ({published}), and qaseed never loaded into it"
    elif not target.permit.is_for(target.identity):
        yield "bears a mark that was made for another database, or before it was copied or renamed"
    elif target.permit.identity.timeline != target.identity.timeline:
        yield "was restored or promoted since it was marked"


def _unknown(connection: psycopg.Connection[Any]) -> str:
    return (
        f"cannot be told from a copy, as {connection.info.user} may not ask for the system identifier; "
        f"grant execute on function pg_control_system(), pg_control_checkpoint() to {connection.info.user}"
    )


def _publication(connection: psycopg.Connection[Any], target: Target) -> str | None:
    """A publication that sends what is loaded into the schema to other servers."""
    by_schema = connection.execute("select to_regclass('pg_catalog.pg_publication_namespace')").fetchone() != (None,)
    query = """select pubname from pg_catalog.pg_publication p where puballtables or exists (
        select from pg_catalog.pg_publication_rel r where r.prpubid = p.oid and r.prrelid = any(%(tables)s))"""
    if by_schema:  # PostgreSQL 15 and later
        query += """ or exists (select from pg_catalog.pg_publication_namespace n
            where n.pnpubid = p.oid and n.pnnspid = to_regnamespace(%(schema)s::text))"""
    tables = [found.oid for found in target.existing.values()]
    found = connection.execute(
        f"{query} order by 1 limit 1".encode(), {"tables": tables, "schema": _quoted(target.schema)}
    ).fetchone()
    return str(found[0]) if found else None


def _guard_table(connection: psycopg.Connection[Any], target: Target, entity: Entity) -> None:
    found = target.existing.get(entity.name)
    if found is None:
        return
    at = f"{target.schema}.{entity.name}"
    if found.kind != "r":
        raise PostgresError(f"{at}: is not an ordinary table; load into another --schema")
    if not target.is_managed(entity.name) and _has_rows(connection, target.schema, entity.name):
        raise UnsafeError(
            f"{at}: holds rows that qaseed did not load; it never replaces them, load into another --schema"
        )
    if not found.fits(entity):
        remedy = "purge it first" if target.is_managed(entity.name) else "load into another --schema"
        expected = {column.name for column in entity.columns}
        odd = sorted(expected ^ set(found.columns)) or sorted(expected)
        raise PostgresError(f"{at}: has other columns than the snapshot ({', '.join(odd[:5])}); {remedy}")


def refuse_outside_references(connection: psycopg.Connection[Any], target: Target, model: Model) -> None:
    """Foreign keys of other tables onto ours would have to be broken; name one of them instead."""
    oids = [target.existing[entity.name].oid for entity in model.entities if entity.name in target.existing]
    found = connection.execute(
        """select conname, conrelid::regclass::text, confrelid::regclass::text from pg_catalog.pg_constraint
        where contype = 'f' and confrelid = any(%s) and conrelid <> all(%s) order by 1 limit 1""",
        (oids, oids),
    ).fetchone()
    if found:
        key, other, ours = found
        raise PostgresError(
            f"{ours}: foreign key {key} of {other} points to it; drop that, or load into another --schema"
        )


def _has_rows(connection: psycopg.Connection[Any], schema: str, name: str) -> bool:
    found = connection.execute(SQL("select exists (select from {})").format(Identifier(schema, name))).fetchone()
    return bool(found and found[0])


def _table_with_rows(connection: psycopg.Connection[Any], target: Target) -> str | None:
    """Some table of the database, not ours, that holds rows, or that we may not look into."""
    with connection.transaction(force_rollback=True):
        unencoded = keep_bytes(connection)
        found = _other_with_rows(connection, target)
    return readable_name(found) if found and unencoded else found


def _other_with_rows(connection: psycopg.Connection[Any], target: Target) -> str | None:
    ours = [target.existing[name].oid for name in target.existing if target.is_managed(name)]
    tables = connection.execute(
        """select n.nspname, c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
        and n.nspname not like 'pg\\_%%' and n.nspname <> all(%s) and c.oid <> all(%s) and c.relname <> all(%s) order by 1, 2""",
        (list(OWN_SCHEMAS), ours, [LOAD_REGISTRY, PERMIT, TRAIL]),
    ).fetchall()
    for schema, name in tables:
        try:
            with connection.transaction():
                if _has_rows(connection, schema, name):
                    return f"{schema}.{name}"
        except errors.InsufficientPrivilege:
            return f"{schema}.{name}"
    return None


def record_load(
    connection: psycopg.Connection[Any],
    target: Target,
    created: Mapping[str, bool],
    loaded: Mapping[str, tuple[int, str]],
    snapshot: tuple[str, str],
) -> None:
    """Write down, in the transaction that loads, which tables qaseed holds here and what it put in."""
    if target.permit is None or target.permit.identity != target.identity:
        kept = target.permit.environment if target.permit and target.permit.is_for(target.identity) else None
        permit.write(connection, target.schema, target.identity, kept)
    if not existing_tables(connection, target.schema, [LOAD_REGISTRY]):
        mark = Identifier(target.schema, LOAD_REGISTRY)
        connection.execute(SQL(_CREATE_REGISTRY).format(mark))
        connection.execute(SQL("comment on table {} is 'What qaseed loaded into this schema.'").format(mark))
    mark = parameterized_identifier(target.schema, LOAD_REGISTRY)
    connection.execute(SQL("delete from {} where table_name = any(%s)").format(mark), (list(loaded),))
    for name, (rows, digest) in loaded.items():
        connection.execute(
            SQL("""insert into {} (table_name, table_oid, created, snapshot, snapshot_id, rows, digest, system_identifier, database)
                values (%s, %s::regclass::oid, %s, %s, %s, %s, %s, %s, %s)""").format(mark),
            (name, f"{_quoted(target.schema)}.{_quoted(name)}", created[name], *snapshot, rows, digest,
             target.identity.system, target.database),
        )  # fmt: skip


def forget_loads(connection: psycopg.Connection[Any], target: Target) -> None:
    """Take away what is recorded of loads, and the mark if a load made it: one that somebody made stays."""
    if target.recorded:
        permit.drop(connection, target.schema, LOAD_REGISTRY)
    if target.permit and target.permit.environment is None and target.permit.is_for(target.identity):
        permit.drop(connection, target.schema, PERMIT)


_LEFT = """select least(case when r.rolconnlimit >= 0 and not r.rolsuper then r.rolconnlimit
        - (select count(*) from pg_catalog.pg_stat_activity where usesysid = r.oid and datid is not null) end,
    case when d.datconnlimit >= 0 and not r.rolsuper then d.datconnlimit
        - (select count(*) from pg_catalog.pg_stat_activity where datid = d.oid) end,
    current_setting('max_connections')::int
        - case when r.rolsuper then 0 else current_setting('superuser_reserved_connections')::int end
        - (select count(*) from pg_catalog.pg_stat_activity where datid is not null))
    from pg_catalog.pg_roles r, pg_catalog.pg_database d where r.rolname = session_user and d.datname = current_database()"""
"""How many more connections the limits of role, database and server leave."""


def diagnostics(connection: psycopg.Connection[Any], *, alone: bool) -> dict[str, str]:
    """What matters about a target: server, encoding, rights, connections, and what stands between us and it.

    `alone` says that no further connection came about.
    """
    found = connection.execute(
        """select current_setting('server_version'), current_setting('server_encoding'), pg_is_in_recovery(),
        has_database_privilege(current_database(), 'CREATE') or has_schema_privilege('public', 'CREATE'), pg_backend_pid(),
        current_setting('transaction_read_only')::boolean"""
    ).fetchone() or ("", "", False, False, 0, False)
    release, encoding, standby, may_create, pid, read_only = found
    (left,) = connection.execute(_LEFT).fetchone() or (0,)
    pooled = pid != connection.info.backend_pid
    return {
        "server": f"PostgreSQL {release}",
        "encoding": encoding
        if encoding == "UTF8"
        else f"no UTF8 ({encoding}); load into a database with encoding UTF8",
        "primary": "no primary but a standby; load into its primary" if standby else "yes",
        "writable": "no writes (default_transaction_read_only)" if read_only and not standby else "yes",
        "connections": "1, so that loads fill the tables in place, and readers wait; raise the role's, database's or pool's limit"
        if alone
        else f"{max(left, 0) + 2} can be open at once",
        "may create tables": "yes" if may_create else "no right to create tables; connect as the owner of the schema",
        "pooler": "one stands between (QA_USE_BULK_INSERT=false if it refuses COPY)" if pooled else "none",
        "templates": _told(templates(connection)),
        "tls": "yes" if connection.pgconn.ssl_in_use else "",
    }


def templates(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """The template databases on this server, and what clones left there when they were killed, with their bytes."""
    found = connection.execute(
        """select datname, case when has_database_privilege(oid, 'connect') then pg_database_size(oid) else 0 end
        from pg_catalog.pg_database
        where datname ~ '^qaseed_template_[0-9a-f]{12}_[0-9a-f]{12}(_making)?$' or datname ~ '^qaseed_(clone|old)_[0-9a-f]{16}$'
        order by 1"""
    ).fetchall()
    return {str(name): int(size) for name, size in found}


def _told(templates: dict[str, int]) -> str:
    size = sum(templates.values()) / 2**20
    return f"{len(templates)}, {size:,.0f} MiB (qaseed purge --templates drops them)" if templates else "none"
