"""Loading in one transaction of one connection: existing tables are emptied and filled, and keep their dependents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Identifier

from qaseed.loading.after import run_after
from qaseed.loading.copying import copy_format, send
from qaseed.loading.job import Load
from qaseed.loading.keys import loaded_tables
from qaseed.loading.lock_retry import lock_until_end
from qaseed.loading.preflight import refuse_altered_heirs
from qaseed.loading.sequences import advance
from qaseed.loading.table_definition import InPlaceDefinition, in_place_definitions, model_definitions
from qaseed.loading.verifying import verify
from qaseed.model import Model
from qaseed.postgres.isolation import isolate
from qaseed.postgres.registry import record_load
from qaseed.postgres.session import search_path
from qaseed.postgres.structures import record_structure
from qaseed.postgres.target import Target, refuse_outside_references, survey

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
    with job.snapshot.catalog(threads=1) as source:
        with result.phase("prepare", reported=False):
            contents = loaded_tables(source, manifest)  # before the locks: it reads all keys
            lock_until_end(connection, survey(connection, schema, model), model.by_name, options)
            target = survey(connection, schema, model)
            job.guard(target)
            refuse_outside_references(connection, target, model)
            refuse_altered_heirs(connection, target, model)
            definitions = in_place_definitions(connection, target, model)
            _empty_tables(connection, target, model, definitions)
        with result.phase("copy"):
            done, total = 0, sum(manifest.rows.values())
            for entity in model.entities:
                how = options.copy_method or copy_format(entity)
                for rows in send(connection, schema, entity, source, how, options.batch_rows, freeze=freeze):
                    done += rows
                    result.report("copy", done, total)
                    options.step(f"copied {entity.name}")
    with result.phase("index"):
        _fire_deferred_triggers(connection, [table.oid for table in target.existing.values()])
        _add_keys_and_indexes(connection, schema, definitions)
        advance(connection, schema, [entity.name for entity in model.entities])
        created = {entity.name: target.is_created(entity.name) for entity in model.entities}
        created |= {entity.name: True for entity in model.entities if entity.name not in target.existing}
        isolate(connection, schema, model, created, target.existing, wanted=options.rls)
    with result.phase("analyze"):
        for entity in model.entities:
            connection.execute(SQL("analyze {}").format(Identifier(schema, entity.name)))
    with result.phase("verify"):
        for entity in model.entities:
            verify(connection, schema, entity, manifest.tables[entity.name], result, options.verify)
        record_load(connection, target, created, contents, (manifest.name, manifest.id))
        record_structure(connection, schema, model_definitions(model), {})
        job.record()
        run_after(connection, schema, list(manifest.tables), options.after)


def _empty_tables(
    connection: Connection, target: Target, model: Model, definitions: Sequence[InPlaceDefinition]
) -> None:
    """Empty tables ready for COPY.

    Tables that qaseed created lose their keys and indexes until the rows are loaded. Others keep theirs, and get no
    more.
    """
    existing = [entity for entity in model.entities if entity.name in target.existing]
    for statement in (
        *(statement for table in definitions for statement in table.detach),
        *(statement for table in definitions for statement in table.strip),
    ):
        connection.execute(statement)
    if existing:
        # only: rows of tables that inherit from them are others'
        relations = SQL(", ").join(SQL("only {}").format(Identifier(target.schema, entity.name)) for entity in existing)
        connection.execute(SQL("truncate {} restrict").format(relations))
    with search_path(connection, target.schema):
        for table in definitions:
            for statement in table.definition.create:
                connection.execute(statement)


def _fire_deferred_triggers(connection: Connection, oids: list[int]) -> None:
    """Fire what the rows have queued for the end of the transaction: until then no table may be altered."""
    rows = connection.execute(
        """select n.nspname, k.conname, k.condeferred from pg_catalog.pg_constraint k
        join pg_catalog.pg_namespace n on n.oid = k.connamespace where k.conrelid = any(%s) and k.condeferrable""",
        (oids,),
    ).fetchall()
    for mode, chosen in (("immediate", rows), ("deferred", [row for row in rows if row[2]])):
        if chosen:
            names = SQL(", ").join(Identifier(schema, name) for schema, name, _ in chosen)
            connection.execute(SQL("set constraints {} {}").format(names, SQL(mode)))


def _add_keys_and_indexes(connection: Connection, schema: str, definitions: Sequence[InPlaceDefinition]) -> None:
    """Keys and indexes of tables that qaseed created, then their foreign keys and comments."""
    tables = [table.definition for table in definitions]
    steps = (
        *((*table.keys, *table.indexes) for table in tables),
        *(table.references for table in tables),
        *(table.validate for table in tables),
        *(table.comments for table in tables),
    )
    with search_path(connection, schema):
        for statements in steps:
            for statement in statements:
                connection.execute(statement)
