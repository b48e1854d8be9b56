"""One object that depends on a swapped table, and how it is detached and reattached."""

from __future__ import annotations

from dataclasses import dataclass, field
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
class Lock:
    """A statement that locks a relation of this oid exclusively."""

    relation: int
    statement: Composed


@dataclass(frozen=True)
class Dependent:
    """One object that depends on a table that is swapped: what it is, and the statements that carry it over.

    - `detach` runs before the tables move, `reattach` after, both in the swap's transaction.
    - `lock` locks its relation before that.
    - `validate` checks the rows of another table: in the swap if they are `few`, and else when it is committed. Their
      number is an estimate that changes at any time, and so no difference between two dependents.
    - `foreign_key` is its schema, table and name.
    - `orphans_query` asks whether rows of another table would reference none of the staged rows; `referencing_keys`
      what they reference: a query of the values, and the referenced table and columns.
    - `allowed`: whether the role has the privileges for all that.
    """

    description: str
    detach: tuple[Composed, ...] = ()
    reattach: tuple[Composed, ...] = ()
    validate: Composed | None = None
    few: bool = field(default=True, compare=False)
    foreign_key: tuple[str, str, str] | None = None
    lock: Lock | None = None
    orphans_query: Composed | None = None
    allowed: bool = True
    referencing_keys: tuple[Composed, str, tuple[str, ...]] | None = None

    @property
    def in_swap(self) -> tuple[Composed, ...]:
        """What runs in the swap when the new tables are in place."""
        return (*self.reattach, self.validate) if self.validate is not None and self.few else self.reattach

    @property
    def validate_later(self) -> Composed | None:
        """What runs when the swap is committed."""
        return None if self.few else self.validate


def orphaned_rows_error(dependent: Dependent) -> PostgresError:
    """The error for rows of another table that would reference no row after the load."""
    return PostgresError(
        f"{dependent.description}: some of its rows reference rows that the snapshot does not have; "
        "delete them first, nothing was changed"
    )


def query_rows(connection: Connection, query: str, oids: list[int], **parameters: Any) -> Rows:
    """Rows of the catalog about tables: the query has the parameters `oids`, `few` and those given besides."""
    return connection.execute(query.encode(), {"oids": oids, "few": FEW_ROWS, **parameters}).fetchall()
