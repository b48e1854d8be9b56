"""The swap: new tables take the place of the old ones in one short transaction, with everything that hangs on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composed, Identifier, Literal

from qaseed.errors import UnsafeError
from qaseed.loading.dependents import Dependent
from qaseed.loading.options import LoadOptions
from qaseed.postgres.target import LOAD_REGISTRY, NEXT, OLD

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

COMMENT_PREFIX = "qaseed: "
"""How the comment of a schema of ours begins; what follows is JSON."""


def swap_tables(
    connection: Connection,
    schema: str,
    old: Sequence[str],
    new: Sequence[str],
    dependents: Sequence[Dependent],
    options: LoadOptions,
    record: Callable[[], None],
) -> None:
    """Move the old tables out and the new ones in; all within the caller's transaction, which holds the locks.

    Each group of statements is one message, so that locks are not held for as many journeys as there are statements. At the
    end nothing may depend on the old tables, or they cannot be dropped: never anything with them.
    """
    _execute_together(
        connection,
        [*create_schema(OLD, {"of": schema}), *(statement for one in dependents for statement in one.detach)],
    )
    options.step("detached")
    keep = options.keep_old and bool(old)
    _execute_together(connection, [*_moves(schema, OLD, old), *_moves(NEXT, schema, new)])
    options.step("moved")
    _execute_together(connection, (statement for one in dependents for statement in one.reattach))
    options.step("reattached")
    if keep and LOAD_REGISTRY in tables_in(connection, schema):
        _execute_together(connection, _copy_load_registry(schema))
    record()
    options.step("recorded")
    _execute_together(connection, [*drop_schema(NEXT, []), *([] if keep else drop_schema(OLD, old))])
    options.step("removed")


def create_schema(schema: str, told: dict[str, Any]) -> list[Composed]:
    """A schema of ours, with what its comment tells."""
    return [SQL("create schema {}").format(Identifier(schema)), write_schema_comment(schema, told)]


def write_schema_comment(schema: str, told: dict[str, Any]) -> Composed:
    return SQL("comment on schema {} is {}").format(Identifier(schema), Literal(COMMENT_PREFIX + json.dumps(told)))


def drop_schema(schema: str, names: Sequence[str]) -> list[Composed]:
    """Drop a schema of ours and its tables, and nothing else: Postgres refuses if anything depends on them."""
    tables = SQL(", ").join(Identifier(schema, name) for name in names)
    dropped = [SQL("drop table {} restrict").format(tables)] if names else []
    return [*dropped, SQL("drop schema {} restrict").format(Identifier(schema))]


def read_schema_comment(connection: Connection, schema: str) -> dict[str, Any] | None:
    """What the comment of a schema of ours tells; None if there is no such schema, `UnsafeError` if it is somebody else's."""
    found = connection.execute(
        "select obj_description(oid, 'pg_namespace') from pg_catalog.pg_namespace where nspname = %s", (schema,)
    ).fetchone()
    if found is None:
        return None
    text = found[0] or ""
    if not text.startswith(COMMENT_PREFIX):
        raise UnsafeError(f"schema {schema!r}: was not made by qaseed, which needs the name; rename it")
    told: dict[str, Any] = json.loads(text.removeprefix(COMMENT_PREFIX))
    return told


def tables_in(connection: Connection, schema: str) -> list[str]:
    """The tables of a schema."""
    rows = connection.execute(
        """select c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = %s and c.relkind = 'r' order by 1""",
        (schema,),
    ).fetchall()
    return [name for (name,) in rows]


def _moves(source: str, to: str, names: Iterable[str]) -> Iterable[Composed]:
    return (SQL("alter table {} set schema {}").format(Identifier(source, name), Identifier(to)) for name in names)


def _copy_load_registry(schema: str) -> list[Composed]:
    """What was recorded of the old tables goes with them, so that it comes back with them."""
    return [
        SQL("create table {} as table {}").format(Identifier(OLD, LOAD_REGISTRY), Identifier(schema, LOAD_REGISTRY))
    ]


def _execute_together(connection: Connection, statements: Iterable[Composed]) -> None:
    parts = list(statements)
    if parts:
        connection.execute(SQL("; ").join(parts))
