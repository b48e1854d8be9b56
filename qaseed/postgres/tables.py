"""DDL from typed fields: bare tables first, then keys, checks, indexes and comments; existing tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from qaseed.errors import PostgresError
from qaseed.logical_types import TYPES
from qaseed.model import Column, Entity, Model

if TYPE_CHECKING:
    import psycopg

LONGEST_NAME = 63
FIRST_ID = 1 << 52
"""The first id of rows that an application inserts: above those of 4,095 tenants, and exact in JavaScript (< 2^53)."""


@dataclass(frozen=True)
class ExistingTable:
    """A relation that exists in a schema: its oid, its `relkind`, and its columns with their types.

    `defaulted` are the columns with a default or an identity, which an INSERT may omit.
    """

    oid: int
    kind: str
    columns: Mapping[str, str]
    defaulted: frozenset[str] = frozenset()

    def has_columns_of(self, entity: Entity) -> bool:
        """Whether it has exactly the columns of an entity, of the same types, in any order."""
        return not self.differing_columns(entity)

    def lacks_only_columns_of(self, entity: Entity) -> bool:
        """Whether it has some columns of an entity, of the same types, and no others: as an earlier version made it."""
        return self.columns.items() < {column.name: TYPES[column.type].postgres for column in entity.columns}.items()

    def differing_columns(self, entity: Entity) -> list[str]:
        """The columns that only one of both has, or else those of another type, each with both types."""
        wanted = {column.name: TYPES[column.type].postgres for column in entity.columns}
        return sorted(wanted.keys() ^ self.columns.keys()) or [
            f"{name} is {self.columns[name]}, not {wanted[name]}"
            for name in wanted
            if self.columns[name] != wanted[name]
        ]


def refuse_unexpected_table(existing: ExistingTable | None, relation: str, columns: Mapping[str, str]) -> None:
    """`PostgresError` if the relation at the name of one of qaseed's own tables lacks that table's columns."""
    if existing and (existing.kind != "r" or not columns.items() <= existing.columns.items()):
        raise PostgresError(
            f"{relation}: is not the table that qaseed creates under that name; rename it, or use another --schema"
        )


def existing_tables(connection: psycopg.Connection[Any], schema: str, names: list[str]) -> dict[str, ExistingTable]:
    """The relations with these names in a schema, of any kind, by name."""
    rows = connection.execute(
        """select c.relname, c.oid, c.relkind::text, a.attname, format_type(a.atttypid, a.atttypmod),
        a.atthasdef or a.attidentity <> ''
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where n.nspname = %s and c.relname = any(%s)""",
        (schema, names),
    ).fetchall()
    kinds = {name: (oid, kind) for name, oid, kind, *_ in rows}
    return {
        name: ExistingTable(
            oid,
            kind,
            {column: type_ for owner, _, _, column, type_, _ in rows if owner == name},
            frozenset(column for owner, _, _, column, _, defaulted in rows if owner == name and defaulted),
        )
        for name, (oid, kind) in kinds.items()
    }


def object_name(*parts: str) -> str:
    """A name of parts, shortened with a hash if it is longer than the 63 bytes of an identifier."""
    name = "_".join(parts)
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return name


def create(schema: str, entity: Entity) -> Composed:
    """The bare table: columns, NOT NULL and defaults, but no key, check or index that COPY would have to maintain."""
    columns = SQL(", ").join(_column(column) for column in entity.columns)
    return SQL("create table {} ({})").format(Identifier(schema, entity.name), columns)


def add_columns(schema: str, entity: Entity, columns: Iterable[Column]) -> Iterator[Composed]:
    """One ALTER TABLE that gives an empty table more columns of its entity, and their comments."""
    columns = list(columns)
    if columns:
        added = SQL(", ").join(SQL("add column {}").format(_column(column)) for column in columns)
        yield SQL("alter table {} {}").format(Identifier(schema, entity.name), added)
        yield from _column_comments(schema, entity, columns)


def _column(column: Column) -> Composed:
    default = SQL(" default {}").format(_default(column)) if column.default is not None else SQL("")
    null = SQL("") if column.nullable else SQL(" not null")
    return SQL("{} {}{}{}").format(Identifier(column.name), SQL(TYPES[column.type].postgres), default, null)


def _default(column: Column) -> Composable:
    """The default of a column as an expression: a constant, or a function that is evaluated for each row."""
    if column.unique:
        return SQL("gen_random_uuid()::text")
    row_default = TYPES[column.type].row_default
    return SQL(row_default) if row_default else Literal(column.default)


def identity_column(entity: Entity) -> str | None:
    """The identity column: the last of the key, if it is a number that is no reference; None for other keys."""
    last = entity.column(entity.key[-1])
    return last.name if last.type == "bigint" and not last.refers and last.default is None else None


def default_sql(entity: Entity, column: Column) -> str | None:
    """The value of a column that an INSERT omits, as SQL; None if that is null or an error."""
    if column.name == identity_column(entity):
        return "identity"
    return None if column.default is None else _default(column).as_string()


def add_defaults(schema: str, entity: Entity, existing: ExistingTable | None = None) -> Composed | None:
    """One ALTER TABLE that gives a table its defaults and its identity; None if there is nothing to add.

    `existing` is the table as it is, if an earlier version of qaseed created it without some of them: what it has
    stays. The identity starts at `FIRST_ID`, so that new rows never collide with loaded ones.
    """
    defaults = [column for column in entity.columns if column.default is not None]
    defaulted = existing.defaulted if existing else {column.name for column in defaults}
    parts = [
        SQL("alter column {} set default {}").format(Identifier(column.name), _default(column))
        for column in defaults
        if column.name not in defaulted
    ]
    number = identity_column(entity)
    if number and number not in defaulted:
        generated = SQL("alter column {} add generated by default as identity (start with {})")
        parts.append(generated.format(Identifier(number), Literal(FIRST_ID)))
    return SQL("alter table {} {}").format(Identifier(schema, entity.name), SQL(", ").join(parts)) if parts else None


def constraints(entity: Entity) -> Iterator[tuple[str, Composed]]:
    """Primary key, unique keys and checks of an entity, as names and definitions."""
    yield object_name(entity.name, "pkey"), SQL("primary key ({})").format(_names(entity.key))
    for column in entity.columns:
        name = Identifier(column.name)
        if column.unique and entity.key != (column.name,):
            yield (
                object_name(entity.name, column.name, "key"),
                SQL("unique ({})").format(_names((entity.key[0], column.name))),
            )
        tests = []
        if column.choices:
            tests.append(SQL("{} in ({})").format(name, SQL(", ").join(Literal(value) for value in column.choices)))
        if column.minimum is not None:
            tests.append(SQL("{} >= {}").format(name, Literal(column.minimum)))
        if column.maximum is not None:
            tests.append(SQL("{} <= {}").format(name, Literal(column.maximum)))
        if tests:
            yield object_name(entity.name, column.name, "check"), SQL("check ({})").format(SQL(" and ").join(tests))


def references(schema: str, model: Model, entity: Entity) -> Iterator[tuple[str, Composed]]:
    """Foreign keys of an entity, as names and definitions; each includes the tenant, so that none crosses tenants."""
    for column in entity.references:
        referenced = model.entity(str(column.refers))
        columns = (column.name,) if len(referenced.key) == 1 else (entity.key[0], column.name)
        definition = SQL("foreign key ({}) references {} ({})")
        yield (
            object_name(entity.name, column.name, "fkey"),
            definition.format(_names(columns), Identifier(schema, referenced.name), _names(referenced.key)),
        )


def indexes(schema: str, entity: Entity) -> Iterator[tuple[str, Composed]]:
    """Indexes on the foreign keys that no key covers, without rows whose reference is null, as names and statements.

    The reference comes before the tenant: sorted by the number first, an index is built in half the time, and a join
    without the tenant can use it too.
    """
    for column in entity.references:
        if column.name not in entity.key:
            name, relation = object_name(entity.name, column.name, "idx"), Identifier(schema, entity.name)
            statement = SQL("create index {} on {} ({})").format(
                Identifier(name), relation, _names((column.name, entity.key[0]))
            )
            if column.nullable:
                statement += SQL(" where {} is not null").format(Identifier(column.name))
            yield name, statement


def comments(schema: str, entity: Entity) -> Iterator[Composed]:
    """Comments on the table and on each column, from the docs of the model."""
    yield SQL("comment on table {} is {}").format(Identifier(schema, entity.name), Literal(entity.doc))
    yield from _column_comments(schema, entity, entity.columns)


def _column_comments(schema: str, entity: Entity, columns: Iterable[Column]) -> Iterator[Composed]:
    for column in columns:
        identifier = Identifier(schema, entity.name, column.name)
        yield SQL("comment on column {} is {}").format(identifier, Literal(column.doc))


def add(schema: str, entity: Entity, named: Iterable[tuple[str, Composed]]) -> Composed | None:
    """One ALTER TABLE for all constraints, so that Postgres reads the table once; None if there are none."""
    parts = [SQL("add constraint {} {}").format(Identifier(name), definition) for name, definition in named]
    return SQL("alter table {} {}").format(Identifier(schema, entity.name), SQL(", ").join(parts)) if parts else None


def ddl(schema: str, model: Model) -> Iterator[str]:
    """Every statement that creates the tables of a model, as text."""
    for entity in model.entities:
        yield create(schema, entity).as_string()
        yield from (statement.as_string() for statement in [add_defaults(schema, entity)] if statement)
        yield from (index.as_string() for _, index in indexes(schema, entity))
        yield from (statement.as_string() for statement in [add(schema, entity, constraints(entity))] if statement)
    for entity in model.entities:
        yield from (
            statement.as_string() for statement in [add(schema, entity, references(schema, model, entity))] if statement
        )
        yield from (comment.as_string() for comment in comments(schema, entity))


def parameterized_identifier(*names: str) -> Identifier:
    """A name in a statement with parameters, where psycopg would read its percent signs as placeholders."""
    return Identifier(*(name.replace("%", "%%") for name in names))


def _names(columns: tuple[str, ...]) -> Composed:
    return SQL(", ").join(Identifier(name) for name in columns)
