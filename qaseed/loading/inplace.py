"""Loading in one transaction of one connection: existing tables are emptied and filled, and keep their dependents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composed, Identifier

from qaseed.loading.copying import batches, copy_format, send
from qaseed.loading.job import Load
from qaseed.loading.keys import loaded_tables
from qaseed.loading.sequences import advance
from qaseed.loading.table_definition import constraint_comments
from qaseed.loading.verifying import verify
from qaseed.model import Entity, Model
from qaseed.postgres import tables
from qaseed.postgres.isolation import isolate
from qaseed.postgres.target import Target, lock_tables, record_load, refuse_outside_references, survey

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


def load_in_place(job: Load, *, freeze: bool) -> None:
    """Empty and fill the tables in the transaction of the job's connection, which the caller undoes after a failure.

    With `freeze` the rows are visible to transactions that began before, and need no visit by VACUUM; no cursor may be
    open in the transaction.
    """
    connection, schema, options, result = job.connection, job.schema, job.options, job.result
    model, manifest = job.model, job.manifest
    with result.phase("prepare", reported=False):
        lock_tables(connection, survey(connection, schema, model), model)
        target = survey(connection, schema, model)
        result.overridden = job.guard(target, confirmed=job.confirmed)
        refuse_outside_references(connection, target, model)
        # of keys and indexes that are removed until the rows are in
        created_before = {name: table.oid for name, table in target.existing.items() if target.is_created(name)}
        comments = constraint_comments(connection, schema, created_before)
        created = _prepare_tables(connection, target, model)
    with result.phase("copy"), job.snapshot.catalog(threads=1) as source:
        done, total = 0, sum(manifest.rows.values())
        for entity in model.entities:
            reader = batches(source, entity, options.batch_rows)
            how = options.copy_method or copy_format(entity)
            for rows in send(connection, schema, entity, reader, how, freeze=freeze):
                done += rows
                result.report("copy", done, total)
                options.step(f"copied {entity.name}")
    with result.phase("index"):
        _add_keys_and_indexes(connection, schema, model, [entity for entity in model.entities if created[entity.name]])
        for entity in model.entities:
            if entity.name not in target.existing:
                comments.extend(tables.comments(schema, entity))
        for comment in comments:
            connection.execute(comment)
        advance(connection, schema, [entity.name for entity in model.entities])
        isolate(connection, schema, model, created, wanted=options.rls)
    with result.phase("analyze"):
        for entity in model.entities:
            connection.execute(SQL("analyze {}").format(Identifier(schema, entity.name)))
    with result.phase("verify"):
        for entity in model.entities:
            verify(connection, schema, entity, manifest.tables[entity.name], result, options.verify)
        record_load(connection, target, created, loaded_tables(job.snapshot), (manifest.name, manifest.id))
        job.record()


def _prepare_tables(connection: Connection, target: Target, model: Model) -> dict[str, bool]:
    """Empty tables ready for COPY; returns for each whether qaseed created it.

    Tables that qaseed created lose their keys and indexes until the rows are loaded. Others keep theirs, and get no
    more.
    """
    existing = [entity for entity in model.entities if entity.name in target.existing]
    created_before = [entity for entity in existing if target.is_created(entity.name)]
    for statement in tables.strip(target.schema, model, created_before):
        connection.execute(statement)
    if existing:
        connection.execute(SQL("truncate {} restrict").format(_identifiers(target.schema, existing)))
    for entity in model.entities:
        if entity not in existing:
            connection.execute(tables.create(target.schema, entity))
    for entity in (*created_before, *(entity for entity in model.entities if entity not in existing)):
        defaults = tables.add_defaults(target.schema, entity, target.existing.get(entity.name))
        if defaults:
            connection.execute(defaults)
    return {entity.name: entity in created_before or entity not in existing for entity in model.entities}


def _identifiers(schema: str, entities: Iterable[Entity]) -> Composed:
    return SQL(", ").join(Identifier(schema, entity.name) for entity in entities)


def _add_keys_and_indexes(connection: Connection, schema: str, model: Model, entities: list[Entity]) -> None:
    """Keys, checks and indexes of tables that qaseed created, then their foreign keys."""
    for entity in entities:
        keys = tables.add(schema, entity, tables.constraints(entity))
        if keys:
            connection.execute(keys)
        for _, index in tables.indexes(schema, entity):
            connection.execute(index)
    for entity in entities:
        references = tables.add(schema, entity, tables.references(schema, model, entity))
        if references:
            connection.execute(references)
