"""Postgres read back: each table has the rows of the manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Identifier

from qaseed import digest
from qaseed.errors import PostgresError
from qaseed.loading.copying import read_back
from qaseed.loading.options import Verify
from qaseed.loading.result import LoadResult
from qaseed.model import Entity
from qaseed.snapshot import Table

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


def verify(
    connection: Connection,
    schema: str,
    entity: Entity,
    expected: Table,
    result: LoadResult,
    how: Verify,
    sent: bytes | None = None,
) -> None:
    """Read a table back, by the number of its rows or their digest; `PostgresError` if the manifest has another.

    `sent` is the SHA-256 of the binary COPY stream that filled it, made from files that are those of the manifest.
    Postgres returns the same stream if it has these rows in the order in which they were sent; they have the manifest's
    digest then, and only otherwise is it computed.
    """
    if how == "digest" and sent is not None and read_back(connection, schema, entity) == (expected.rows, sent):
        rows, result.digests[entity.name] = expected.rows, expected.digest
    elif how == "digest":
        table = f"only {Identifier(schema, entity.name).as_string()}"
        query = digest.postgres_sql(entity, table, connection.info.server_version)
        rows, left, right = connection.execute(query.encode()).fetchone() or (0, 0, 0)
        result.digests[entity.name] = digest.digest(left, right)
    else:
        counted = connection.execute(
            SQL("select count(*) from only {}").format(Identifier(schema, entity.name))
        ).fetchone()
        rows = counted[0] if counted else 0
    result.rows[entity.name] = rows
    if rows != expected.rows or result.digests.get(entity.name, expected.digest) != expected.digest:
        raise PostgresError(
            f"{schema}.{entity.name}: Postgres holds {rows:,} rows that differ from the {expected.rows:,} of "
            "the manifest; "
            "nothing was changed, please report it"
        )
