"""The definition of a staged table: columns and keys as in the target, or as in the model where no table exists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composed, Identifier, Literal

from qaseed.model import Entity, Model
from qaseed.postgres import tables
from qaseed.postgres.session import search_path
from qaseed.postgres.target import NEXT, Target

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class TableDefinition:
    """The statements that create one staged table, by step; steps of different tables may run at the same time."""

    entity: Entity
    create: tuple[Composed, ...]
    keys: tuple[Composed, ...]
    indexes: tuple[Composed, ...]
    references: tuple[Composed, ...]
    validate: tuple[Composed, ...]
    comments: tuple[Composed, ...]


@dataclass(frozen=True)
class _Definition:
    """A constraint or an index of an existing table, as the server describes it."""

    name: str
    kind: str
    definition: str
    comment: str | None
    tablespace: str | None


def table_definitions(connection: Connection, target: Target, model: Model) -> list[TableDefinition]:
    """How each table is staged; names in definitions resolve by a search path of `NEXT` and the target's schema."""
    oids = [target.existing[entity.name].oid for entity in model.entities if entity.name in target.existing]
    with search_path(connection, target.schema):
        parts, likes = _definitions(connection, oids), _create_like(connection, target.schema, oids)
    result = []
    for entity in model.entities:
        existing = target.existing.get(entity.name)
        if existing is None:
            result.append(_from_model(entity, model))
        elif target.is_created(entity.name):
            lacking = _optional(tables.add_defaults(NEXT, entity, existing))
            result.append(_from_model_and_table(entity, model, (*likes[existing.oid], *lacking), parts[existing.oid]))
        else:
            result.append(_from_table(entity, likes[existing.oid], parts[existing.oid]))
    return result


def _from_model(entity: Entity, model: Model) -> TableDefinition:
    """The definition of a table that does not exist yet, as in the model."""
    create = (tables.create(NEXT, entity), *_optional(tables.add_defaults(NEXT, entity)))
    structure = _from_model_and_table(entity, model, create, [])
    return replace(structure, comments=tuple(tables.comments(NEXT, entity)))


def _from_model_and_table(
    entity: Entity, model: Model, create: tuple[Composed, ...], parts: list[_Definition]
) -> TableDefinition:
    """The definition in the model, with the constraints, indexes and comments that the existing table has besides."""
    constraints, indexes = dict(tables.constraints(entity)), dict(tables.indexes(NEXT, entity))
    references = dict(tables.references(NEXT, model, entity))
    in_model = constraints.keys() | indexes.keys() | references.keys()
    added = _from_table(entity, (), [part for part in parts if part.name not in in_model])
    checks = [(name, sql) for name, sql in constraints.items() if name.endswith("_check")]
    keys = [(name, sql) for name, sql in constraints.items() if not name.endswith("_check")]
    return TableDefinition(
        entity,
        (*create, *_optional(tables.add(NEXT, entity, checks)), *added.create),
        (*_optional(tables.add(NEXT, entity, keys)), *added.keys),
        (*indexes.values(), *added.indexes),
        (*(_add(entity, name, sql + SQL(" not valid")) for name, sql in references.items()), *added.references),
        (*(_validate(entity, name) for name in references), *added.validate),
        tuple(_comment_on(NEXT, entity.name, part) for part in parts if part.comment is not None),
    )


def _from_table(entity: Entity, create: tuple[Composed, ...], parts: list[_Definition]) -> TableDefinition:
    """The constraints and indexes of an existing table, unchanged."""
    added = {kind: [part for part in parts if part.kind in kind] for kind in ("c", "pux", "i", "f")}
    checked = [part for part in added["f"] if not part.definition.endswith(" NOT VALID")]
    references = tuple(
        _add(entity, part.name, server_sql(part.definition + (" NOT VALID" if part in checked else "")))
        for part in added["f"]
    )
    return TableDefinition(
        entity,
        (*create, *(_add(entity, part.name, server_sql(part.definition)) for part in added["c"])),
        tuple(
            _in_tablespace(part.tablespace, _add(entity, part.name, server_sql(part.definition)))
            for part in added["pux"]
        ),
        tuple(_in_tablespace(part.tablespace, server_sql(part.definition)) for part in added["i"]),
        references,
        tuple(_validate(entity, part.name) for part in checked),
        tuple(_comment_on(NEXT, entity.name, part) for part in parts if part.comment is not None),
    )


def _add(entity: Entity, name: str, definition: Composed) -> Composed:
    relation = Identifier(NEXT, entity.name)
    return SQL("alter table {} add constraint {} {}").format(relation, Identifier(name), definition)


def _in_tablespace(tablespace: str | None, statement: Composed) -> Composed:
    """The statement, with its index in a tablespace, which no definition includes."""
    if tablespace is None:
        return statement
    return SQL("set local default_tablespace = {}; {}; set local default_tablespace to default").format(
        Identifier(tablespace), statement
    )


def _validate(entity: Entity, name: str) -> Composed:
    return SQL("alter table {} validate constraint {}").format(Identifier(NEXT, entity.name), Identifier(name))


def constraint_comments(connection: Connection, schema: str, existing: Mapping[str, int]) -> list[Composed]:
    """Statements that repeat the comments on constraints and indexes of existing tables, given by name and oid."""
    parts = _definitions(connection, list(existing.values()))
    return [
        _comment_on(schema, table, part)
        for table, oid in existing.items()
        for part in parts[oid]
        if part.comment is not None
    ]


def _comment_on(schema: str, table: str, part: _Definition) -> Composed:
    if part.kind == "i":
        return SQL("comment on index {} is {}").format(Identifier(schema, part.name), Literal(part.comment))
    relation = Identifier(schema, table)
    return SQL("comment on constraint {} on {} is {}").format(Identifier(part.name), relation, Literal(part.comment))


def _optional(statement: Composed | None) -> tuple[Composed, ...]:
    return () if statement is None else (statement,)


def server_sql(definition: str) -> Composed:
    """A definition as the server itself wrote it."""
    return Composed([SQL(definition)])  # the server has quoted every name in it


def _definitions(connection: Connection, oids: list[int]) -> dict[int, list[_Definition]]:
    """Constraints of each table, and indexes that belong to none, in the pretty form, which omits the schema."""
    rows = connection.execute(
        """select k.conrelid, k.conname, k.contype::text, pg_get_constraintdef(k.oid),
            obj_description(k.oid, 'pg_constraint'), s.spcname
        from pg_catalog.pg_constraint k left join pg_catalog.pg_class x on x.oid = k.conindid and k.contype <> 'f'
        left join pg_catalog.pg_tablespace s on s.oid = x.reltablespace where k.conrelid = any(%(oids)s)
            and k.contype in ('c', 'p', 'u', 'x', 'f')
        union all
        select i.indrelid, c.relname, 'i', pg_get_indexdef(c.oid, 0, true),
            obj_description(c.oid, 'pg_class'), s.spcname
        from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
        left join pg_catalog.pg_tablespace s on s.oid = c.reltablespace
        where i.indrelid = any(%(oids)s) and not exists (select from pg_catalog.pg_constraint k
            where k.conrelid = i.indrelid and k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
        order by 3, 2""",
        {"oids": oids},
    ).fetchall()
    return {oid: [_Definition(*rest) for owner, *rest in rows if owner == oid] for oid in oids}


def _create_like(connection: Connection, schema: str, oids: list[int]) -> dict[int, tuple[Composed, ...]]:
    """Empty tables with the columns of existing ones: order, defaults, identity, storage, comments and settings."""
    rows = connection.execute(
        """select c.oid, c.relname, c.reloptions, c.relpersistence = 'u', s.spcname, obj_description(c.oid, 'pg_class')
        from pg_catalog.pg_class c left join pg_catalog.pg_tablespace s on s.oid = c.reltablespace
            where c.oid = any(%s)""",
        (oids,),
    ).fetchall()
    compression = SQL(" including compression" if connection.info.server_version >= 140_000 else "")
    actions = _statistics_targets(connection, oids)
    result = {}
    for oid, name, options, unlogged, tablespace, comment in rows:
        relation = Identifier(NEXT, name)
        statement = SQL(
            "create {}table {} (like {} including comments including defaults including generated including identity "
            "including storage{}){}{}"
        ).format(
            SQL("unlogged " if unlogged else ""),
            relation,
            Identifier(schema, name),
            compression,
            settings(options),
            SQL(" tablespace {}").format(Identifier(tablespace)) if tablespace else SQL(""),
        )
        commented = SQL("comment on table {} is {}").format(relation, Literal(comment))
        result[oid] = (
            statement,
            commented,
            *(SQL("alter table {} ").format(relation) + action for action in actions[oid]),
        )
    return result


def settings(options: list[str] | None) -> Composed:
    """Storage settings, as the catalog has them, in a WITH clause."""
    named = [option.partition("=") for option in options or []]
    parts = [SQL("{} = {}").format(Identifier(name), Literal(value)) for name, _, value in named]
    return SQL(" with ({})").format(SQL(", ").join(parts)) if parts else Composed([])


def _statistics_targets(connection: Connection, oids: list[int]) -> dict[int, list[Composed]]:
    """Statistics targets and options of columns, where they were set."""
    rows = connection.execute(
        """select attrelid, attname, coalesce(attstattarget, -1), attoptions from pg_catalog.pg_attribute
        where attrelid = any(%s) and attnum > 0 and not attisdropped
        and (coalesce(attstattarget, -1) >= 0 or attoptions is not null) order by 1, 2""",
        (oids,),
    ).fetchall()
    result: dict[int, list[Composed]] = {oid: [] for oid in oids}
    for oid, name, precision, options in rows:
        column = SQL("alter column {} ").format(Identifier(name))
        if precision >= 0:
            result[oid].append(column + SQL("set statistics {}").format(Literal(precision)))
        for option, _, value in (text.partition("=") for text in options or []):
            result[oid].append(column + SQL("set ({} = {})").format(Identifier(option), Literal(value)))
    return result


def fingerprint(definitions: list[TableDefinition], created: Mapping[str, bool]) -> str:
    """A hash by which a later run knows whether a kept stage still fits the tables.

    It covers the SQL of each step, and no names of classes or fields, so that renaming these keeps stages of other
    versions usable. What the entities are otherwise is in the snapshot's manifest, whose hash the stage has too.
    """
    tables = {
        definition.entity.name: [
            [statement.as_string() for statement in statements]
            for statements in (
                definition.create,
                definition.keys,
                definition.indexes,
                definition.references,
                definition.validate,
                definition.comments,
            )
        ]
        for definition in definitions
    }
    return hashlib.sha256(json.dumps([tables, dict(created)], sort_keys=True).encode()).hexdigest()
