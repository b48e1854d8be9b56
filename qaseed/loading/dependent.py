"""One object that depends on a swapped table, and how it is detached and reattached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.sql import Composed

from qaseed.errors import PostgresError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]
    Rows = list[tuple[Any, ...]]


FEW_ROWS = 100_000
"""A foreign key of another table with at most so many rows is checked within the swap, which takes some 10 ms."""


@dataclass(frozen=True)
class Dependent:
    """One object that depends on a table that is swapped: what it is, and the statements that carry it over.

    - `detach` runs before the tables move, `reattach` after, both in the swap's transaction.
    - `lock` locks the object before that. `validate_later` runs when the swap is committed.
    - `orphans_query` asks whether rows of another table would reference none of the staged rows; `referencing_keys`
      what they reference: a query of the values, and the referenced table and columns.
    - `allowed`: whether the role has the privileges for all that.
    """

    description: str
    detach: tuple[Composed, ...] = ()
    reattach: tuple[Composed, ...] = ()
    validate_later: tuple[Composed, ...] = ()
    lock: Composed | None = None
    orphans_query: Composed | None = None
    allowed: bool = True
    referencing_keys: tuple[Composed, str, tuple[str, ...]] | None = None


def orphaned_rows_error(dependent: Dependent) -> PostgresError:
    """The error for rows of another table that would reference no row after the load."""
    return PostgresError(
        f"{dependent.description}: some of its rows reference rows that the snapshot does not have; "
        "delete them first, nothing was changed"
    )


def query_rows(connection: Connection, query: str, oids: list[int]) -> Rows:
    """Rows of the catalog about tables: the query has the parameters `oids` and `few`."""
    return connection.execute(query.encode(), {"oids": oids, "few": FEW_ROWS}).fetchall()
