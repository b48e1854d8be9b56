"""Removing exactly what qaseed loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Identifier

from qaseed import audit
from qaseed.arguments import as_url
from qaseed.errors import UnsafeError
from qaseed.model import Model
from qaseed.postgres import trail
from qaseed.postgres.advisory_lock import acquire_restore_lock
from qaseed.postgres.connection import connected
from qaseed.postgres.target import forget_loads, survey

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

SYNTHETIC = "is_synthetic"


def purge(url: str, *, schema: str = "public") -> dict[str, int]:
    """Remove exactly what qaseed loaded into a schema: tables that it created, its rows in others, and its load
    registry.

    The audit trail stays. Returns how many rows were removed, by table.

    Raises `UnsafeError` (exit code 4), with nothing changed, if a table that qaseed created holds rows that it did not
    load; `PostgresError` (5) if Postgres refuses.
    """
    as_url("url", url)
    empty = Model("none", "No entities of its own.", ())
    removed: dict[str, int] = {}
    with (
        audit.recorded("purge", counts=removed) as event,
        connected(url) as connection,
        trail.record_failure(connection, schema, event),
        connection.transaction(),
    ):
        event.facts["target"] = trail.fingerprint(connection, schema)
        acquire_restore_lock(connection, schema)
        target = survey(connection, schema, empty)
        managed = sorted(name for name in target.registry if target.is_managed(name))
        for name in managed:
            removed[name] = _count(connection, schema, name, "{}")
            foreign = max(_count(connection, schema, name, "not {}"), removed[name] - target.registry[name].rows)
            if foreign and target.registry[name].created:
                raise UnsafeError(
                    f"{schema}.{name}: has {foreign:,} rows that qaseed did not load; move or delete them first"
                )
        created = [name for name in managed if target.registry[name].created]
        if created:
            connection.execute(
                SQL("drop table {} restrict").format(SQL(", ").join(Identifier(schema, name) for name in created))
            )
        others = sorted(set(managed) - set(created))
        if others:
            # in one statement, at whose end foreign keys are checked: the order among the tables does not matter
            deletes = SQL(", ").join(
                SQL("{} as (delete from {} where {})").format(
                    Identifier(name), Identifier(schema, name), Identifier(SYNTHETIC)
                )
                for name in others
            )
            connection.execute(SQL("with {} select").format(deletes))
        forget_loads(connection, target)
        if target.registry:
            event.facts["target_head"] = trail.append(connection, schema, event)
    return removed


def _count(connection: Connection, schema: str, name: str, condition: str) -> int:
    where = SQL(condition).format(Identifier(SYNTHETIC))
    row = connection.execute(SQL("select count(*) from {} where ").format(Identifier(schema, name)) + where).fetchone()
    return int(row[0]) if row else 0
