"""The lower bound: binary files that the server itself reads, with the same keys and indexes.

server_copy.py URL SNAPSHOT FILES
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from qaseed.loading.task_graph import Task, run_tasks
from qaseed.model import Entity
from qaseed.postgres import tables
from qaseed.snapshot import open_snapshot

URL, SNAPSHOT, FILES = sys.argv[1:]
MODEL = open_snapshot(Path(SNAPSHOT), check=False).manifest.model
SETTINGS = "set local max_parallel_maintenance_workers = 0; set local synchronous_commit = off"


def table(entity: Entity) -> Identifier:
    return Identifier("public", entity.name)


def execute(*statements: Composed | None) -> Callable[[psycopg.Connection[Any]], None]:
    """A task's function: all statements in one transaction."""

    def run(connection: psycopg.Connection[Any]) -> None:
        with connection.transaction():
            connection.execute(SETTINGS)
            for statement in filter(None, statements):
                connection.execute(statement)

    return run


def add_constraints(entity: Entity, *, checks: bool) -> Composed | None:
    chosen = [constraint for constraint in tables.constraints(entity) if constraint[0].endswith("_check") is checks]
    return tables.add("public", entity, chosen)


def copy(entity: Entity) -> Task:
    statement = SQL("copy {} from {} with (format binary, freeze)").format(table(entity), f"{FILES}/{entity.name}")
    create = (tables.create("public", entity), add_constraints(entity, checks=True))
    return Task(f"copy {entity.name}", "", execute(*create, statement))


def add_keys(entity: Entity) -> Task:
    copied = frozenset({f"copy {entity.name}"})
    return Task(f"keys {entity.name}", "", execute(add_constraints(entity, checks=False)), copied)


def validate_references(entity: Entity) -> Task:
    statements = [
        SQL("alter table {} validate constraint {}").format(table(entity), Identifier(name))
        for name, _ in tables.references("public", MODEL, entity)
    ]
    analyze = SQL("analyze {}").format(table(entity))
    return Task(f"end {entity.name}", "", execute(*statements, analyze), frozenset({"references"}))


def main() -> None:
    largest_first = sorted(MODEL.entities, key=lambda entity: -Path(FILES, entity.name).stat().st_size)
    keys = [add_keys(entity) for entity in MODEL.entities]
    indexes = [
        Task(name, "", execute(statement), frozenset({f"keys {entity.name}"}))
        for entity in MODEL.entities
        for name, statement in tables.indexes("public", entity)
    ]
    references = [
        SQL("alter table {} add constraint {} {} not valid").format(table(entity), Identifier(name), definition)
        for entity in MODEL.entities
        for name, definition in tables.references("public", MODEL, entity)
    ]
    add_references = Task("references", "", execute(*references), frozenset(task.name for task in (*keys, *indexes)))
    ends = [validate_references(entity) for entity in MODEL.entities]
    connections = [psycopg.connect(URL, autocommit=True) for _ in range(2)]
    run_tasks([*map(copy, largest_first), *keys, *indexes, add_references, *ends], connections, lambda _: None)


main()
