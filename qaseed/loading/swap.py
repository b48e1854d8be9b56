"""The swap: new tables replace the old ones in one short transaction, and so do they for all dependents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composed, Identifier, Literal

from qaseed.errors import UnsafeError
from qaseed.loading.dependent import Dependent
from qaseed.loading.options import LoadOptions
from qaseed.postgres.target import LOAD_REGISTRY, NEXT, OLD, WORK_LIST

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

COMMENT_PREFIX = "qaseed: "
"""Begins the comment of each schema and database that qaseed created; the rest is JSON."""


@dataclass(frozen=True, kw_only=True)
class Swap:
    """Which tables of a schema replace which: `old` by oid, `new` as they are named in `NEXT`.

    `dependents` are detached from the old tables and reattached to the new ones. `record` writes the load registry
    before the old tables are dropped, or kept where the options say so.
    """

    schema: str
    old: Mapping[int, str]
    new: Sequence[str]
    dependents: tuple[Dependent, ...]
    options: LoadOptions
    record: Callable[[], None]


def swap_tables(connection: Connection, swap: Swap) -> None:
    """Move the old tables out and the new ones in, within the caller's transaction, which holds the locks.

    Each group of statements is one message, so that locks are not held for one round trip per statement. `restrict`
    refuses to drop an old table that anything still depends on.
    """
    schema, old, dependents, step = swap.schema, list(swap.old.values()), swap.dependents, swap.options.step
    detach = (statement for dependent in dependents for statement in dependent.detach)
    _execute_together(connection, [*create_schema(OLD, {"of": schema, "tables": old}), *detach])
    step("detached")
    keep = swap.options.keep_old and bool(old)
    _execute_together(connection, [*_moves(schema, OLD, old), *_moves(NEXT, schema, swap.new)])
    step("moved")
    _execute_together(connection, (statement for dependent in dependents for statement in dependent.in_swap))
    step("reattached")
    if keep and _has_registry(connection, schema):
        _execute_together(connection, _copy_load_registry(schema))
    swap.record()
    step("recorded")
    _execute_together(connection, [*drop_schema(NEXT, []), *([] if keep else drop_schema(OLD, old))])
    step("removed")


def create_schema(schema: str, purpose: dict[str, Any]) -> list[Composed]:
    """Statements that create a schema with a comment of its purpose, by which a later run knows it."""
    return [SQL("create schema {}").format(Identifier(schema)), write_schema_comment(schema, purpose)]


def default_grants(connection: Connection, schema: str) -> list[Composed]:
    """Statements that give the role's new tables in `NEXT` the privileges that it gives new ones in a schema.

    Tables that replace others lose these again, and get the privileges of those.
    """
    rows = connection.execute(
        """select d.defaclobjtype = 'S', a.privilege_type, a.grantee, pg_get_userbyid(a.grantee), a.is_grantable
        from pg_catalog.pg_default_acl d join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace,
        aclexplode(d.defaclacl) with ordinality a(grantor, grantee, privilege_type, is_grantable, place)
        where n.nspname = %s and d.defaclobjtype in ('r', 'S')
        and d.defaclrole = (select oid from pg_catalog.pg_roles where rolname = current_user) order by 1, a.place""",
        (schema,),
    )
    return [
        SQL("alter default privileges in schema {} grant {} on {} to {}{}").format(
            Identifier(NEXT),
            SQL(privilege),
            SQL("sequences" if sequence else "tables"),
            Identifier(grantee) if number else SQL("public"),
            SQL(" with grant option" if grantable else ""),
        )
        for sequence, privilege, number, grantee, grantable in rows
    ]


def write_schema_comment(schema: str, purpose: dict[str, Any]) -> Composed:
    return SQL("comment on schema {} is {}").format(Identifier(schema), Literal(COMMENT_PREFIX + json.dumps(purpose)))


def drop_schema(schema: str, names: Sequence[str]) -> list[Composed]:
    """Statements that drop a schema and these tables alone: Postgres refuses if anything depends on them."""
    tables = SQL(", ").join(Identifier(schema, name) for name in names)
    dropped = [SQL("drop table {} restrict").format(tables)] if names else []
    return [*dropped, SQL("drop schema {} restrict").format(Identifier(schema))]


def read_schema_comment(connection: Connection, schema: str) -> dict[str, Any] | None:
    """The purpose in the comment of a schema; None without such a schema, `UnsafeError` if qaseed did not create it."""
    row = connection.execute(
        "select obj_description(oid, 'pg_namespace') from pg_catalog.pg_namespace where nspname = %s", (schema,)
    ).fetchone()
    if row is None:
        return None
    purpose = _purpose(row[0] or "")
    if purpose is None:
        raise UnsafeError(f"schema {schema!r}: was not created by qaseed, which needs the name; rename it")
    return purpose


def _purpose(comment: str) -> dict[str, Any] | None:
    """The purpose in a comment that qaseed wrote; None for what a person wrote."""
    try:
        purpose = json.loads(comment.removeprefix(COMMENT_PREFIX)) if comment.startswith(COMMENT_PREFIX) else None
    except ValueError:
        return None
    return purpose if isinstance(purpose, dict) and "of" in purpose else None


def tables_in(connection: Connection, schema: str) -> list[str]:
    """The tables of `NEXT` or `OLD`; `UnsafeError` names an object that somebody else put there."""
    own, others = own_and_others(connection, schema)
    refuse_others(others)
    return own


def refuse_others(others: Sequence[str]) -> None:
    """`UnsafeError` names an object that somebody else put into a schema of qaseed's."""
    if others:
        raise others_error(others)


def others_error(others: Sequence[str]) -> UnsafeError:
    return UnsafeError(f"{others[0]}: was not created by qaseed, which drops this schema; move it to another schema")


def own_and_others(connection: Connection, schema: str) -> tuple[list[str], list[str]]:
    """The tables of `NEXT` or `OLD` that qaseed created, and what others put there.

    The schema's comment lists its tables. Without a list it is an earlier version's: then `OLD` has the tables of the
    load registries, and `NEXT`, where nobody works, any tables. What belongs to a table, as the sequence of an identity
    does, is dropped with it.
    """
    rows = connection.execute(_CONTENTS, (schema,)).fetchall()
    names = sorted(str(name) for name, *_ in rows if name is not None)
    purpose = read_schema_comment(connection, schema) or {}
    if "tables" in purpose:
        own = {LOAD_REGISTRY, WORK_LIST, *purpose["tables"]}
    elif schema == OLD:
        own = {LOAD_REGISTRY, *_registered(connection, OLD), *_registered(connection, str(purpose.get("of")))}
    else:
        own = set(names)
    others = [what for name, what, tables in rows if name not in own and own.isdisjoint(tables or ())]
    return [name for name in names if name in own], others


_CONTENTS = """select case when c.relkind = 'r' then c.relname end,
    case when c.relkind = 'r' then n.nspname || '.' || c.relname else what.type || ' ' || what.identity end,
    (select array_agg(t.relname::text) from pg_catalog.pg_depend o
        join pg_catalog.pg_class t on t.oid = o.refobjid and t.relnamespace = n.oid and t.relkind = 'r'
        where o.classid = d.classid and o.objid = d.objid and o.refclassid = 'pg_catalog.pg_class'::regclass
        and o.deptype in ('a', 'i'))
    from pg_catalog.pg_namespace n
    join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_namespace'::regclass and d.refobjid = n.oid
        and d.deptype = 'n'
    left join pg_catalog.pg_class c on d.classid = 'pg_catalog.pg_class'::regclass and c.oid = d.objid,
    pg_identify_object(d.classid, d.objid, 0) what where n.nspname = %s order by 2"""
"""What is in a schema: the name of a table, its description, and the tables to which it belongs."""


def _has_registry(connection: Connection, schema: str) -> bool:
    registry = Identifier(schema, LOAD_REGISTRY).as_string()
    return connection.execute("select to_regclass(%s)", (registry,)).fetchone() != (None,)


def _registered(connection: Connection, schema: str) -> set[str]:
    """The names in the load registry of a schema, if it has one."""
    if not _has_registry(connection, schema):
        return set()
    rows = connection.execute(SQL("select table_name from {}").format(Identifier(schema, LOAD_REGISTRY)))
    return {str(name) for (name,) in rows}


def _moves(source: str, to: str, names: Iterable[str]) -> Iterable[Composed]:
    return (SQL("alter table {} set schema {}").format(Identifier(source, name), Identifier(to)) for name in names)


def _copy_load_registry(schema: str) -> list[Composed]:
    """The load registry of the old tables is kept with them, so that a rollback restores it."""
    return [
        SQL("create table {} as table {}").format(Identifier(OLD, LOAD_REGISTRY), Identifier(schema, LOAD_REGISTRY))
    ]


def _execute_together(connection: Connection, statements: Iterable[Composed]) -> None:
    parts = list(statements)
    if parts:
        connection.execute(SQL("; ").join(parts))
