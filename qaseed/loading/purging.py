"""Removing exactly what qaseed loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Identifier

from qaseed import audit
from qaseed.arguments import as_url
from qaseed.loading.event_triggers import named_event_triggers
from qaseed.loading.lock_retry import lock_until_end
from qaseed.loading.options import LoadOptions
from qaseed.model import Model
from qaseed.postgres import trail
from qaseed.postgres.advisory_lock import acquire_restore_lock
from qaseed.postgres.changes import Changes, count_changes, loaded_rows
from qaseed.postgres.connection import connected
from qaseed.postgres.guard import Permission, guard, record
from qaseed.postgres.registry import forget_loads
from qaseed.postgres.target import Target, survey

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Purged:
    """How many rows were removed, by table, what of them was changed since the load, and what `confirm` overrode."""

    removed: dict[str, int]
    changes: Mapping[str, Changes]
    overridden: tuple[str, ...]


def purge(url: str, *, schema: str = "public", confirm: str | None = None) -> dict[str, int]:
    """Remove exactly what qaseed loaded into a schema: tables that it created, its rows in others, and its load
    registry.

    The audit trail stays. `confirm` is the database's name, where a `ConfirmationError` asks for it: if it is called
    production, or if rows were inserted into a table that qaseed created, which are lost, and no person gave the
    database a permit. Returns how many rows were removed, by table.

    Raises `UnsafeError` (exit code 4) with nothing changed; `PostgresError` (5) if Postgres refuses.
    """
    return purge_with_changes(url, schema=schema, confirm=confirm).removed


def purge_with_changes(url: str, *, schema: str, confirm: str | None) -> Purged:
    """Purge as `purge` does, and return also what was changed since the load."""
    as_url("url", url)
    removed: dict[str, int] = {}
    with (
        audit.recorded("purge", counts=removed, **({"confirmed": True} if confirm else {})) as event,
        connected(url) as connection,
        named_event_triggers(connection, "purge"),
        trail.record_failure(connection, schema, event),
        connection.transaction(),
    ):
        event.facts["target"] = trail.fingerprint(connection, schema)
        acquire_restore_lock(connection, schema)
        target = survey(connection, schema, Model("none", "No entities of its own.", ()))
        managed = sorted(name for name in target.registry if target.is_managed(name))
        created = [name for name in managed if target.is_created(name)]
        lock_until_end(connection, target, managed, LoadOptions(schema=schema))
        permission = Permission()
        if target.registry:
            permission = guard(connection, target, created, confirmed=confirm)
        changes = count_changes(connection, target)
        removed |= {name: _count(connection, schema, name) for name in created}
        if created:
            connection.execute(
                SQL("drop table {} restrict").format(SQL(", ").join(Identifier(schema, name) for name in created))
            )
        removed |= _remove_rows(connection, target, [name for name in managed if name not in created])
        forget_loads(connection, target)
        if target.registry:
            record(connection, schema, event, Permission(permission.overridden, changes))
    return Purged(dict(sorted(removed.items())), changes, permission.overridden)


def _count(connection: Connection, schema: str, name: str) -> int:
    row = connection.execute(SQL("select count(*) from only {}").format(Identifier(schema, name))).fetchone()
    return int(row[0]) if row else 0


def _remove_rows(connection: Connection, target: Target, names: Sequence[str]) -> dict[str, int]:
    """Delete the loaded rows of tables that somebody else created; returns how many, by table."""
    if not names:
        return {}
    # in one statement, at whose end foreign keys are checked: the order among the tables does not matter
    deletes = SQL(", ").join(
        SQL("{} as (delete from only {} where {} returning 1)").format(
            Identifier(name), Identifier(target.schema, name), loaded_rows(connection, target, name)
        )
        for name in names
    )
    counts = SQL(", ").join(SQL("(select count(*) from {})").format(Identifier(name)) for name in names)
    row = connection.execute(SQL("with {} select {}").format(deletes, counts)).fetchone() or ()
    return dict(zip(names, row, strict=True))
