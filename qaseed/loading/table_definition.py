"""The definition of a staged table: as the existing one is, with what is new in the model since the last load."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composed, Identifier, Literal

from qaseed.errors import PostgresError
from qaseed.loading.existing_definition import Part, create_like, existing_parts, fixed_indexes, options_sql
from qaseed.model import Entity, Model
from qaseed.postgres import structures, tables
from qaseed.postgres.session import search_path
from qaseed.postgres.structures import Definitions
from qaseed.postgres.target import NEXT, Target

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_CHECK, _UNIQUE, _INDEX, _REFERENCE, _NOT_NULL = "c", "u", "i", "f", "n"
_KEYS = "pux"
"""Kinds of parts: `contype` of the catalog, and an index that belongs to no constraint."""
_COLUMN, _DEFAULT_OF = "column ", "default of "


@dataclass(frozen=True)
class TableDefinition:
    """The statements that create one staged table, by step; steps of different tables may run at the same time.

    `changes` says what differs from the existing table, because it is new or changed in the model.
    """

    entity: Entity
    create: tuple[Composed, ...]
    keys: tuple[Composed, ...]
    indexes: tuple[Composed, ...]
    references: tuple[Composed, ...]
    validate: tuple[Composed, ...]
    comments: tuple[Composed, ...]
    changes: tuple[str, ...] = ()


def table_definitions(connection: Connection, target: Target, model: Model) -> list[TableDefinition]:
    """How each table is staged; names in definitions resolve by a search path of `NEXT` and the target's schema."""
    oids = [target.existing[entity.name].oid for entity in model.entities if entity.name in target.existing]
    applied = structures.applied_definitions(connection, target.schema)
    with search_path(connection, target.schema):
        parts, likes = existing_parts(connection, oids), create_like(connection, target.schema, oids)
    result, defined = [], model_definitions(model)
    for entity in model.entities:
        existing, before = target.existing.get(entity.name), applied.get(entity.name)
        if existing is None:
            result.append(_new_tables(model, NEXT)[entity.name])
        elif target.is_created(entity.name):
            result.append(_from_table_and_model(entity, model, existing, likes, parts, defined[entity.name], before))
        else:
            result.append(_from_parts(entity, likes[existing.oid], parts[existing.oid]))
    return result


@lru_cache(maxsize=4)  # a load of existing tables needs them once before it has its locks, and twice while it has them
def model_definitions(model: Model) -> Mapping[str, Definitions]:
    """By table what a load of this model applies to the tables that it creates: a later load compares with it."""
    return {entity.name: _definitions_of(entity, model) for entity in model.entities}


def _definitions_of(entity: Entity, model: Model) -> dict[str, str]:
    defaults = ((column.name, tables.default_sql(entity, column)) for column in entity.columns)
    return {
        **{_COLUMN + column.name: column.type for column in entity.columns},
        **{part.name: part.definition.as_string() for part in _model_parts(entity, model)},
        **{_DEFAULT_OF + name: default for name, default in defaults if default is not None},
    }


def _model_parts(entity: Entity, model: Model, schema: str = NEXT) -> list[Part]:
    """The constraints and indexes of an entity, in the order in which they are created."""
    constraints = [
        Part(name, _CHECK if name.endswith("_check") else _UNIQUE, definition)
        for name, definition in tables.constraints(entity)
    ]
    indexes = [Part(name, _INDEX, statement) for name, statement in tables.indexes(schema, entity)]
    references = [Part(name, _REFERENCE, definition) for name, definition in tables.references(schema, model, entity)]
    return [*constraints, *indexes, *references]


@lru_cache(maxsize=4)  # a load needs them before it has its locks, and while it has them
def _new_tables(model: Model, schema: str) -> Mapping[str, TableDefinition]:
    """By name the definitions of tables that do not exist yet, as in the model."""
    return {entity.name: _from_model(entity, model, schema) for entity in model.entities}


def _from_model(entity: Entity, model: Model, schema: str) -> TableDefinition:
    create = (tables.create(schema, entity), *_optional(tables.add_defaults(schema, entity)))
    structure = _from_parts(entity, create, _model_parts(entity, model, schema), schema)
    return replace(structure, comments=tuple(tables.comments(schema, entity)))


def _from_table_and_model(
    entity: Entity,
    model: Model,
    existing: tables.ExistingTable,
    likes: Mapping[int, tuple[Composed, ...]],
    parts: Mapping[int, list[Part]],
    defined: Definitions,
    applied: Definitions | None,
) -> TableDefinition:
    """The existing table, with what the model has besides, unless the last load applied it: then it was dropped since.

    `applied` is None after a load by an earlier version, which always applied the whole model.
    """
    defaults, merged, changes = _merge_model(entity, model, existing, parts[existing.oid], defined, applied, NEXT)
    structure = _from_parts(entity, (*likes[existing.oid], *defaults), merged)
    return replace(structure, changes=changes)


def _merge_model(
    entity: Entity,
    model: Model,
    existing: tables.ExistingTable,
    parts: list[Part],
    defined: Definitions,
    applied: Definitions | None,
    schema: str,
) -> tuple[tuple[Composed, ...], list[Part], tuple[str, ...]]:
    """What an existing table gets: statements for columns and defaults, its parts, and what differs from what it has.

    `PostgresError` if a column is missing that the last load applied.
    """
    new = [column for column in entity.columns if column.name not in existing.columns]
    for column in new:
        if applied and _COLUMN + column.name in applied:
            raise PostgresError(
                f"{entity.name}: its column {column.name} was dropped since the last load; purge the table first"
            )
    existing = replace(existing, defaulted=existing.defaulted | {column.name for column in new})
    changed = {name for name, definition in defined.items() if applied is None or applied.get(name) != definition}
    new_defaults, declined = [], set()
    for column in entity.columns:
        if _DEFAULT_OF + column.name in defined and column.name not in existing.defaulted:
            if _DEFAULT_OF + column.name in changed:
                new_defaults.append(column.name)
            else:
                declined.add(column.name)
    lacking = tables.add_defaults(schema, entity, replace(existing, defaulted=existing.defaulted | declined))
    merged, changes = _merge(parts, _model_parts(entity, model, schema), changed, known=applied is not None)
    if new_defaults:
        changes.append(f"new default of {', '.join(new_defaults)}")
    changes[:0] = [f"new column {column.name}" for column in new]
    return (
        (*tables.add_columns(schema, entity, new), *_optional(lacking)),
        merged,
        tuple(f"{change} of {entity.name}" for change in changes),
    )


def _merge(existing: list[Part], wanted: list[Part], changed: set[str], *, known: bool) -> tuple[list[Part], list[str]]:
    """The parts that a table gets, and what that changes: a part that did not change in the model stays as it is.

    Without knowledge of the last load the model's definition applies, except to foreign keys, which hold for any rows.
    """
    by_name = {part.name: part for part in existing}
    merged, changes = dict(by_name), []
    for part in wanted:
        before = by_name.get(part.name)
        if before is None and part.name in changed:
            merged[part.name] = part
            changes.append(f"new {_KINDS[part.kind]} {part.name}")
        elif before is not None and part.name in changed and (known or part.kind != _REFERENCE):
            merged[part.name] = replace(
                before, kind=part.kind, definition=part.definition, validated=True, enforced=True
            )
            changes += [f"changed {_KINDS[part.kind]} {part.name}"] if known else []
    return list(merged.values()), changes


_KINDS = {_CHECK: "check", _UNIQUE: "key", _INDEX: "index", _REFERENCE: "foreign key"}


def _from_parts(entity: Entity, create: tuple[Composed, ...], parts: list[Part], schema: str = NEXT) -> TableDefinition:
    """The definition of a table with these constraints and indexes."""
    keys = [part for part in parts if part.kind in _KEYS]
    references = [part for part in parts if part.kind == _REFERENCE]
    checked = [part for part in references if part.validated and part.enforced]
    return TableDefinition(
        entity,
        (*create, *_optional(_checks(entity, parts, schema))),
        tuple(_keys(entity, keys, schema)),
        tuple(_with_storage(part, part.definition, schema) for part in parts if part.kind == _INDEX),
        _optional(
            tables.add(
                schema,
                entity,
                [(part.name, part.definition + SQL(" not valid" if part in checked else "")) for part in references],
            )
        ),
        _optional(_validate(entity, [part.name for part in checked], schema)),
        tuple(comment for part in parts for comment in _comments_on(schema, entity.name, part)),
    )


def _checks(entity: Entity, parts: list[Part], schema: str) -> Composed | None:
    """One ALTER TABLE that adds the checks; NOT NULL comes with the columns, but validated."""
    unvalidated = [part for part in parts if part.kind == _NOT_NULL and not part.validated]
    added = [part for part in parts if part.kind == _CHECK]
    actions = [
        *(SQL("drop constraint {}").format(Identifier(part.name)) for part in unvalidated),
        *(SQL("add constraint {} {}").format(Identifier(part.name), part.definition) for part in unvalidated + added),
    ]
    if not actions:
        return None
    return SQL("alter table {} {}").format(Identifier(schema, entity.name), SQL(", ").join(actions))


def _keys(entity: Entity, keys: list[Part], schema: str) -> Iterator[Composed]:
    """One ALTER TABLE for all keys with the default storage, so that Postgres reads the table once; others follow."""
    plain = [part for part in keys if part.tablespace is None and not part.options and not part.targets]
    yield from _optional(tables.add(schema, entity, [(part.name, part.definition) for part in plain]))
    for part in keys:
        if part not in plain:
            yield _with_storage(part, _add(entity, part.name, part.definition, schema), schema)


def _with_storage(part: Part, statement: Composed, schema: str) -> Composed:
    """The statement that creates an index, with what its definition does not include."""
    index, statements = Identifier(schema, part.name), [statement]
    if part.tablespace is not None:
        before = SQL("set local default_tablespace = {}").format(Identifier(part.tablespace))
        statements = [before, statement, SQL("set local default_tablespace to default").format()]
    if part.options and part.kind != _INDEX:  # a key is built with the default settings
        statements += [
            SQL("alter index {} set ({})").format(index, options_sql(part.options)),
            SQL("reindex index {}").format(index),
        ]
    statements += [
        SQL("alter index {} alter column {} set statistics {}").format(index, Literal(position), Literal(target))
        for position, target in part.targets
    ]
    return SQL("; ").join(statements)


def _add(entity: Entity, name: str, definition: Composed, schema: str) -> Composed:
    relation = Identifier(schema, entity.name)
    return SQL("alter table {} add constraint {} {}").format(relation, Identifier(name), definition)


def _validate(entity: Entity, names: list[str], schema: str) -> Composed | None:
    if not names:
        return None
    validated = SQL(", ").join(SQL("validate constraint {}").format(Identifier(name)) for name in names)
    return SQL("alter table {} {}").format(Identifier(schema, entity.name), validated)


@dataclass(frozen=True)
class InPlaceDefinition:
    """How a table is filled where it is.

    Its foreign keys (`detach`) and then its other constraints and indexes (`strip`) are removed until the rows are in;
    `definition` has what creates the table, if it does not exist, and what restores them.
    """

    detach: tuple[Composed, ...]
    strip: tuple[Composed, ...]
    definition: TableDefinition


def in_place_definitions(connection: Connection, target: Target, model: Model) -> list[InPlaceDefinition]:
    """How each table that qaseed created or creates is filled in place; other tables keep what they have.

    Names in definitions resolve by a search path of the target's schema. A key or an index stays if something other
    than a foreign key depends on it.
    """
    created = {name: table.oid for name, table in target.existing.items() if target.is_created(name)}
    applied = structures.applied_definitions(connection, target.schema)
    with search_path(connection, target.schema):
        parts = existing_parts(connection, list(created.values()))
    fixed = fixed_indexes(connection, list(created.values()))
    result, defined = [], model_definitions(model)
    for entity in model.entities:
        existing = target.existing.get(entity.name)
        if existing is None:
            result.append(InPlaceDefinition((), (), _new_tables(model, target.schema)[entity.name]))
        elif entity.name in created:
            own, before = parts[existing.oid], applied.get(entity.name)
            defaults, merged, _ = _merge_model(
                entity, model, existing, own, defined[entity.name], before, target.schema
            )
            unchanged = [part for part in own if (part in merged and not _is_stripped(part)) or part.name in fixed]
            names = {part.name for part in unchanged}
            rebuilt = [part for part in merged if part.name not in names]
            stripped = [_drop(entity, part, target.schema) for part in own if part.name not in names]
            result.append(
                InPlaceDefinition(
                    tuple(drop for part, drop in stripped if part.kind == _REFERENCE),
                    tuple(drop for part, drop in stripped if part.kind != _REFERENCE),
                    _from_parts(entity, defaults, rebuilt, target.schema),
                )
            )
    return result


def _is_stripped(part: Part) -> bool:
    """Whether COPY is faster without this part, as far as it need not check each row by it."""
    return part.kind in {_INDEX, _REFERENCE, *_KEYS}


def _drop(entity: Entity, part: Part, schema: str) -> tuple[Part, Composed]:
    if part.kind == _INDEX:
        return part, SQL("drop index {}").format(Identifier(schema, part.name))
    return part, SQL("alter table {} drop constraint {}").format(Identifier(schema, entity.name), Identifier(part.name))


def _comments_on(schema: str, table: str, part: Part) -> Iterator[Composed]:
    if part.index_comment is not None:
        index = Identifier(schema, part.name)
        yield SQL("comment on index {} is {}").format(index, Literal(part.index_comment))
    if part.comment is not None:
        constraint, relation = Identifier(part.name), Identifier(schema, table)
        yield SQL("comment on constraint {} on {} is {}").format(constraint, relation, Literal(part.comment))


def _optional(statement: Composed | None) -> tuple[Composed, ...]:
    return () if statement is None else (statement,)


def fingerprint(definitions: list[TableDefinition], created: Mapping[str, bool]) -> str:
    """A hash by which a later run knows whether a kept stage still fits the tables.

    It covers the SQL of each step, and no names of classes or fields, so that renaming these keeps stages of other
    versions usable. What the entities are otherwise is in the snapshot's id, which the stage has too.
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
