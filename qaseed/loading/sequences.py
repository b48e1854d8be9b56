"""Sequences that columns own: where they continue after COPY, which sets ids without using the sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composed, Identifier, Literal

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


def advance(connection: Connection, schema: str, tables: Sequence[str]) -> None:
    """Move the sequences of these tables' columns past all values of the column; never back, so that no id repeats.

    Sequences that the role may not set stay as they are.
    """
    rows = connection.execute(
        """select t.relname, a.attname, m.nspname, s.relname from pg_catalog.pg_depend d
        join pg_catalog.pg_class s on s.oid = d.objid join pg_catalog.pg_class t on t.oid = d.refobjid
        join pg_catalog.pg_namespace m on m.oid = s.relnamespace
        join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
        join pg_catalog.pg_namespace n on n.oid = t.relnamespace
        where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
        and d.deptype in ('a', 'i') and n.nspname = %s and t.relname = any(%s)
        and case when s.relkind = 'S' then has_sequence_privilege(s.oid, 'UPDATE')
            and has_sequence_privilege(s.oid, 'SELECT') end""",  # asked only of sequences
        (schema, list(tables)),
    ).fetchall()
    statements = [
        advance_past(Identifier(sequence_schema, sequence), column, Identifier(schema, table))
        for table, column, sequence_schema, sequence in rows
    ]
    if statements:
        connection.execute(SQL("; ").join(statements))


def advance_past(sequence: Identifier, column: str, table: Identifier) -> Composed:
    """Moves a sequence past the values of a column; one whose maximum is below them never meets them."""
    return SQL(
        """select setval({0}, highest) from (select max({1}) as highest from {2}) rows, {3} current,
            pg_catalog.pg_sequence
        where seqrelid = {0}::regclass and highest between current.last_value and seqmax"""
    ).format(Literal(sequence.as_string()), Identifier(column), table, sequence)
