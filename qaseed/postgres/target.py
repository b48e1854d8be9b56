"""Whether a database may be loaded into: what stands there, what qaseed recorded there, and whose the rest is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import errors
from psycopg.sql import SQL, Identifier

from qaseed.errors import ConfirmationError, PostgresError, UnsafeError, UsageError
from qaseed.model import Entity, Model
from qaseed.postgres.tables import LONGEST_NAME, Standing, beside_parameters, standing

if TYPE_CHECKING:
    import psycopg

MARK = "qaseed_target"
NEXT, OLD = ASIDE = ("qaseed_next", "qaseed_old")
"""The schemas of ours: in which new tables are made, and to which the old ones go."""
_CREATE_MARK = """create table if not exists {} (
    table_name text primary key, table_oid oid not null, created boolean not null, snapshot text not null,
    snapshot_id text not null, rows bigint not null, digest text not null, system_identifier bigint not null,
    database text not null, loaded_at timestamp with time zone not null default now())"""


@dataclass(frozen=True)
class Recorded:
    """A table that qaseed loaded here: its oid, whether qaseed created it, and how many rows it put in."""

    oid: int
    created: bool
    rows: int


@dataclass(frozen=True)
class Target:
    """A schema of a database as it was found: our names that stand there, and what is recorded of them."""

    database: str
    schema: str
    standing: Mapping[str, Standing]
    recorded: Mapping[str, Recorded]

    def is_ours(self, name: str) -> bool:
        """Whether qaseed loaded the very table that stands under that name."""
        recorded = self.recorded.get(name)
        return recorded is not None and name in self.standing and recorded.oid == self.standing[name].oid


def survey(connection: psycopg.Connection[Any], schema: str, model: Model) -> Target:
    """Look at the target without changing it; `PostgresError` if the schema is missing or the encoding cannot hold text."""
    if (
        not 0 < len(schema.encode("utf-8", "replace")) <= LONGEST_NAME
        or schema.startswith("pg_")
        or schema == "information_schema"
    ):
        raise UsageError(
            f"--schema: {schema!r} cannot be; give a name of at most {LONGEST_NAME} bytes that is not Postgres' own"
        )
    connection.execute("set local row_security = off")  # rows that a policy hides must not be taken for none
    database, encoding, system, found = connection.execute(
        """select current_database(), current_setting('server_encoding'),
        (select system_identifier from pg_catalog.pg_control_system()), to_regnamespace(%s::text)""",
        (_quoted(schema),),
    ).fetchone() or ("", "", 0, None)
    if encoding != "UTF8":
        raise PostgresError(f"{database}: its encoding is {encoding}; load into a database with encoding UTF8")
    if found is None:
        raise PostgresError(f"{database}: has no schema {schema!r}; create it, or choose another --schema")
    names = [entity.name for entity in model.entities]
    mark = standing(connection, schema, [MARK]).get(MARK)
    recorded: dict[str, Recorded] = {}
    if mark:
        query = SQL(
            "select table_name, table_oid, created, rows from {} where system_identifier = %s and database = %s"
        ).format(beside_parameters(schema, MARK))
        # a dump of this database, restored on another server, bears the same rows and is not trusted
        recorded = {name: Recorded(*rest) for name, *rest in connection.execute(query, (system, database))}
    return Target(database, schema, standing(connection, schema, [*names, *recorded]), recorded)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def hold(connection: psycopg.Connection[Any], target: Target, model: Model) -> None:
    """Lock what stands under our names until the transaction ends, so that nobody fills it while we look."""
    there = [
        Identifier(target.schema, entity.name)
        for entity in model.entities
        if entity.name in target.standing and target.standing[entity.name].kind == "r"
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
) -> None:
    """Refuse to touch what is not ours: nothing has been changed when this raises.

    Rows in tables of our names cannot be overridden, unless qaseed made the table: that is its own, with all that has been
    added since. The first load into a database that is remote, named like production, or holds other rows needs its name
    typed (`confirmed`).
    """
    for entity in model.entities:
        _guard_table(connection, target, entity)
    if any(target.is_ours(name) for name in target.standing) or confirmed == target.database:
        return
    why = None
    if production:
        why = "is named like a production system"
    elif not local:
        why = "is not on this machine, and qaseed never loaded into it"
    elif other := _table_with_rows(connection, target):
        why = f"holds rows of somebody ({other}), and qaseed never loaded into it"
    if why:
        told = f"{target.database}: {why}; if you mean it, add --confirm {target.database}"
        raise ConfirmationError(told, target.database)


def _guard_table(connection: psycopg.Connection[Any], target: Target, entity: Entity) -> None:
    found = target.standing.get(entity.name)
    if found is None:
        return
    at = f"{target.schema}.{entity.name}"
    if found.kind != "r":
        raise PostgresError(f"{at}: is not an ordinary table; load into another --schema")
    if not target.is_ours(entity.name) and _has_rows(connection, target.schema, entity.name):
        raise UnsafeError(
            f"{at}: holds rows that qaseed did not load; it never replaces them, load into another --schema"
        )
    if not found.fits(entity):
        remedy = "purge it first" if target.is_ours(entity.name) else "load into another --schema"
        expected = {column.name for column in entity.columns}
        odd = sorted(expected ^ set(found.columns)) or sorted(expected)
        raise PostgresError(f"{at}: has other columns than the snapshot ({', '.join(odd[:5])}); {remedy}")


def refuse_outside_references(connection: psycopg.Connection[Any], target: Target, model: Model) -> None:
    """Foreign keys of other tables onto ours would have to be broken; name one of them instead."""
    oids = [target.standing[entity.name].oid for entity in model.entities if entity.name in target.standing]
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
    ours = [target.standing[name].oid for name in target.standing if target.is_ours(name)]
    tables = connection.execute(
        """select n.nspname, c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
        and n.nspname not like 'pg\\_%%' and n.nspname <> all(%s) and c.oid <> all(%s) and c.relname <> %s order by 1, 2""",
        (list(ASIDE), ours, MARK),
    ).fetchall()
    for schema, name in tables:
        try:
            with connection.transaction():
                if _has_rows(connection, schema, name):
                    return f"{schema}.{name}"
        except errors.InsufficientPrivilege:
            return f"{schema}.{name}"
    return None


def record(
    connection: psycopg.Connection[Any],
    target: Target,
    created: Mapping[str, bool],
    loaded: Mapping[str, tuple[int, str]],
    snapshot: tuple[str, str],
) -> None:
    """Write down, in the transaction that loads, which tables qaseed holds here and what it put in."""
    mark = Identifier(target.schema, MARK)
    connection.execute(SQL(_CREATE_MARK).format(mark))
    connection.execute(SQL("comment on table {} is 'What qaseed loaded into this schema.'").format(mark))
    mark = beside_parameters(target.schema, MARK)
    connection.execute(SQL("delete from {} where table_name = any(%s)").format(mark), (list(loaded),))
    for name, (rows, digest) in loaded.items():
        connection.execute(
            SQL("""insert into {} (table_name, table_oid, created, snapshot, snapshot_id, rows, digest, system_identifier, database)
                select %s, %s::regclass::oid, %s, %s, %s, %s, %s, system_identifier, current_database()
                from pg_catalog.pg_control_system()""").format(mark),
            (name, f"{_quoted(target.schema)}.{_quoted(name)}", created[name], *snapshot, rows, digest),
        )


def examined(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """What matters about a target: server, encoding, rights, and what stands between us and it."""
    found = connection.execute(
        """select current_setting('server_version'), current_setting('server_encoding'), pg_is_in_recovery(),
        has_database_privilege(current_database(), 'CREATE') or has_schema_privilege('public', 'CREATE'), pg_backend_pid()"""
    ).fetchone() or ("", "", False, False, 0)
    release, encoding, standby, may_create, pid = found
    pooled = pid != connection.info.backend_pid
    return {
        "server": f"PostgreSQL {release}",
        "encoding": encoding
        if encoding == "UTF8"
        else f"no UTF8 ({encoding}); load into a database with encoding UTF8",
        "primary": "no primary but a standby; load into its primary" if standby else "yes",
        "may create tables": "yes" if may_create else "no right to create tables; connect as the owner of the schema",
        "pooler": "one stands between (QA_USE_BULK_INSERT=false if it refuses COPY)" if pooled else "none",
        "tls": "yes" if connection.pgconn.ssl_in_use else "",
    }
