"""The record in a clone that qaseed cloned it: bound to the server, the database's oid and its name.

Neither a comment nor a restored dump makes a database a clone: a dump brings the record along, but with the oid and the
system identifier of the database it was taken from.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composed, Identifier, Literal

from qaseed.loading.swap import COMMENT_PREFIX
from qaseed.postgres import permit
from qaseed.postgres.databases import Database
from qaseed.postgres.permit import PERMIT, Identity
from qaseed.postgres.tables import existing_tables, parameterized_identifier, refuse_unexpected_table
from qaseed.postgres.target import CLONE, LOAD_REGISTRY, OWN_SCHEMAS
from qaseed.postgres.trail import TRAIL
from qaseed.snapshot import Manifest

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

SCHEMA = "public"
OWN_TABLES = (CLONE, LOAD_REGISTRY, PERMIT, TRAIL)
_COLUMNS = {
    "system_identifier": "bigint",
    "database_oid": "oid",
    "database": "text",
    "template": "text",
    "manifest": "text",
    "role": "text",
    "cloned_at": "timestamp with time zone",
}
_CREATE = """create table if not exists {} (
    system_identifier bigint, database_oid oid not null, database text not null, template text not null,
    manifest text not null, role text not null default session_user,
    cloned_at timestamp with time zone not null default now())"""
_TEMPLATE = re.compile("qaseed_template_[0-9a-f]{12}_[0-9a-f]{12}")


def write(connection: Connection, identity: Identity, template: str, manifest_digest: str) -> None:
    """Record that the connected database, as `identity` describes it, is a clone of a template."""
    relation = Identifier(SCHEMA, CLONE)
    doc = "That qaseed cloned this database, and replaces it when the same name is cloned again."
    statements = [
        SQL(_CREATE).format(relation),
        SQL("comment on table {} is {}").format(relation, doc),
        SQL("grant select on {} to public").format(relation),
    ]
    connection.execute(SQL("; ").join(statements))
    columns = "system_identifier, database_oid, database, template, manifest"
    connection.execute(
        SQL(f"insert into {{}} ({columns}) values (%s, %s, %s, %s, %s)").format(
            parameterized_identifier(SCHEMA, CLONE)
        ),
        (identity.system, identity.oid, identity.database, template, manifest_digest),
    )


def recorded_name(connection: Connection, database: Database) -> str | None:
    """The name under which qaseed cloned the connected database on this server; None if it did not."""
    identity = permit.read_identity(connection)
    if identity.system is None or identity.oid != database.oid:
        return None
    table = existing_tables(connection, SCHEMA, [CLONE]).get(CLONE)
    if table is None:
        return _name_by_earlier_version(connection, database, identity)
    refuse_unexpected_table(table, f"{SCHEMA}.{CLONE}", _COLUMNS)
    query = SQL("select database from {} where (system_identifier, database_oid) = (%s, %s)")
    row = connection.execute(
        query.format(parameterized_identifier(SCHEMA, CLONE)), (identity.system, identity.oid)
    ).fetchone()
    return str(row[0]) if row else None


def _name_by_earlier_version(connection: Connection, database: Database, identity: Identity) -> str | None:
    """The name under which an earlier version cloned it: its tables were loaded before the permit was written.

    A load into the database itself writes both at once, and a restored dump gives the tables other oids.
    """
    given = permit.read(connection, SCHEMA)
    registry = existing_tables(connection, SCHEMA, [LOAD_REGISTRY])
    if given is None or not registry or given.environment is not None or purpose(database.comment, "clone") is None:
        return None
    if (given.identity.system, given.identity.oid) != (identity.system, identity.oid):
        return None
    rows = connection.execute(
        SQL("""select c.oid is not null and r.system_identifier = %s and r.database = %s and r.loaded_at < %s
            from {} r left join pg_catalog.pg_class c
            on c.oid = r.table_oid and c.relname = r.table_name and c.relnamespace = {}::regnamespace""")
        .format(parameterized_identifier(SCHEMA, LOAD_REGISTRY), Literal(SCHEMA)),
        (identity.system, given.identity.database, given.allowed_at),
    ).fetchall()  # fmt: skip
    return given.identity.database if rows and all(is_copied for (is_copied,) in rows) else None


def is_complete_template(connection: Connection, template_oid: int, unfinished_name: str, manifest: Manifest) -> bool:
    """Whether the connected copy of a template has the record of the load that filled the template on this server."""
    given, identity = permit.read(connection, SCHEMA), permit.read_identity(connection)
    own = given and (given.identity.system, given.identity.oid, given.identity.database)
    if own != (identity.system, template_oid, unfinished_name):
        return False
    query = SQL("select table_name, rows, digest from {}").format(Identifier(SCHEMA, LOAD_REGISTRY))
    recorded = {name: contents for name, *contents in connection.execute(query)}
    return recorded == {name: [table.rows, table.digest] for name, table in manifest.tables.items()}


def foreign_tables(connection: Connection) -> set[tuple[int, str]]:
    """The relations of the connected database, by oid and name, that no load, clone or extension created."""
    managed: list[str] = []
    if existing_tables(connection, SCHEMA, [LOAD_REGISTRY]):
        query = SQL("select table_name from {}").format(Identifier(SCHEMA, LOAD_REGISTRY))
        managed = [name for (name,) in connection.execute(query)]
    rows = connection.execute(
        """select c.oid, n.nspname || '.' || c.relname
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname <> 'information_schema'
        and n.nspname not like 'pg\\_%%' and n.nspname <> all(%s)
        and not (n.nspname = %s and c.relname = any(%s))
        and not exists (select from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_class'::regclass
            and e.objid = c.oid and e.deptype = 'e')""",
        (list(OWN_SCHEMAS), SCHEMA, [*OWN_TABLES, *managed]),
    )
    return {(oid, name) for oid, name in rows}


def comment(database: str, key: str, value: str) -> Composed:
    """The statement that says in a database's comment what qaseed created it for; earlier versions know it by that."""
    text = COMMENT_PREFIX + json.dumps({key: value})
    return SQL("comment on database {} is {}").format(Identifier(database), Literal(text))


def purpose(text: str, key: str) -> str | None:
    """The value of a key in such a comment; None for any other comment."""
    try:
        purposes = json.loads(text.removeprefix(COMMENT_PREFIX)) if text.startswith(COMMENT_PREFIX) else None
    except ValueError:
        return None
    value = purposes.get(key) if isinstance(purposes, dict) and len(purposes) == 1 else None
    is_name = key == "template" or (isinstance(value, str) and _TEMPLATE.fullmatch(value))
    return value if isinstance(value, str) and is_name else None
