"""What a clone takes over from the database that it replaces: owner, grants, settings, connection limit, comment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from qaseed.loading.clone_record import SCHEMA, purpose
from qaseed.loading.dependents_of_tables import owners_and_grants
from qaseed.loading.existing_definition import server_sql
from qaseed.postgres.databases import Database
from qaseed.postgres.tables import existing_tables

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_LISTS = ("search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries")
"""Settings whose value is a list of quoted names, which a literal would turn into one name."""


@dataclass(frozen=True)
class Properties:
    """Properties of a database outside its tables.

    - `grants`: grantee (None for all roles), privilege, and whether it may be passed on; None while it has its default.
    - `settings`: role (None for all roles), name and value.
    - `comment`: None if qaseed wrote it.
    """

    owner: str
    connection_limit: int
    is_template: bool
    tablespace: str
    comment: str | None
    grants: tuple[tuple[str | None, str, bool], ...] | None
    settings: tuple[tuple[str | None, str, str], ...]


def read(connection: Connection, database: Database) -> Properties:
    """The properties of a database, from the catalogs that all databases share."""
    (has_grants,) = connection.execute(
        "select datacl is not null from pg_catalog.pg_database where oid = %s", (database.oid,)
    ).fetchone() or (False,)
    grants = connection.execute(
        """select pg_get_userbyid(nullif(a.grantee, 0)), a.privilege_type, a.is_grantable
        from pg_catalog.pg_database d, aclexplode(d.datacl) a where d.oid = %s and a.grantee <> d.datdba""",
        (database.oid,),
    ).fetchall()
    settings = connection.execute(
        """select pg_get_userbyid(nullif(s.setrole, 0)), split_part(setting, '=', 1),
        substr(setting, strpos(setting, '=') + 1)
        from pg_catalog.pg_db_role_setting s, unnest(s.setconfig) setting where s.setdatabase = %s""",
        (database.oid,),
    ).fetchall()
    is_own_comment = not database.comment or purpose(database.comment, "clone") is not None
    return Properties(
        database.owner,
        database.connection_limit,
        database.is_template,
        database.tablespace,
        None if is_own_comment else database.comment,
        tuple(grants) if has_grants else None,
        tuple(settings),
    )


def statements(properties: Properties, name: str) -> Iterator[Composed]:
    """Statements that give the database `name` the properties, except for owner and tablespace; for a transaction."""
    database = Identifier(name)
    if properties.comment is not None:
        yield SQL("comment on database {} is {}").format(database, Literal(properties.comment))
    if properties.connection_limit != -1:
        limit = Literal(properties.connection_limit)
        yield SQL("alter database {} connection limit {}").format(database, limit)
    if properties.is_template:
        yield SQL("alter database {} is_template true").format(database)
    if properties.grants is not None:
        yield SQL("revoke all on database {} from public").format(database)
    for grantee, privilege, may_grant in properties.grants or ():
        option = SQL(" with grant option" if may_grant else "")
        recipient = Identifier(grantee) if grantee else SQL("public")
        yield SQL("grant {} on database {} to {}{}").format(server_sql(privilege), database, recipient, option)
    for role, setting, value in properties.settings:
        yield from _set(database, role, setting, value)


def _set(database: Identifier, role: str | None, setting: str, value: str) -> Iterator[Composed]:
    scope = SQL("alter role {} in database {}").format(Identifier(role), database) if role else None
    name = SQL(".").join(Identifier(part) for part in setting.split("."))
    new: Composable = SQL("to {}").format(Literal(value))
    if setting in _LISTS:
        yield SQL("select pg_catalog.set_config({}, {}, true)").format(Literal(setting), Literal(value))
        new = SQL("from current")
    yield SQL("{} set {} {}").format(scope or SQL("alter database {}").format(database), name, new)


def table_grants(connection: Connection, names: list[str]) -> tuple[Composed, ...]:
    """Statements that repeat, in a copy, the grants on the schema and on these tables of the connected database."""
    rows = connection.execute(
        """select pg_get_userbyid(nullif(a.grantee, 0)), a.privilege_type, a.is_grantable
        from pg_catalog.pg_namespace n, aclexplode(n.nspacl) a where n.nspname = %s and a.grantee <> n.nspowner""",
        (SCHEMA,),
    ).fetchall()
    of_schema = [
        SQL("grant {} on schema {} to {}{}").format(
            server_sql(privilege),
            Identifier(SCHEMA),
            Identifier(grantee) if grantee else SQL("public"),
            SQL(" with grant option" if may_grant else ""),
        )
        for grantee, privilege, may_grant in rows
    ]
    oids = [table.oid for table in existing_tables(connection, SCHEMA, names).values()]
    of_tables = [
        statement
        for dependent in owners_and_grants(connection, SCHEMA, oids)
        if dependent.allowed
        for statement in dependent.reattach
    ]
    return (*of_schema, *of_tables)


def change_owner(connection: Connection, owner: str) -> None:
    """Give all tables of the connected database, and what belongs to them, to the owner."""
    rows = connection.execute(
        """select n.nspname, c.relname
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname <> 'information_schema'
        and n.nspname not like 'pg\\_%%' and pg_get_userbyid(c.relowner) <> %s
        and not exists (select from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_class'::regclass
            and e.objid = c.oid and e.deptype = 'e')
        order by 1, 2""",
        (owner,),
    ).fetchall()
    if rows:
        statement = SQL("alter table {} owner to {}")
        connection.execute(
            SQL("; ").join(statement.format(Identifier(*relation), Identifier(owner)) for relation in rows)
        )
