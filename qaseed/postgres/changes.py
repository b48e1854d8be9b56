"""Which rows of loaded tables were inserted, updated or deleted since, by the rows themselves.

A table is filled by one transaction, so that all rows as loaded have its id in `xmin`, which no freezing, VACUUM FULL
or copy of the database changes. A row with another `xmin` was written later: its key says whether it was loaded.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composable, Identifier

from qaseed.postgres.tables import parameterized_identifier

if TYPE_CHECKING:
    import psycopg

    from qaseed.postgres.target import RegistryEntry, Target

    Connection = psycopg.Connection[Any]

_ADDRESS_BITS = 40
"""An id is a tenant's number and, in so many bits, a slot: how keys of earlier versions' loads are known."""
_NO_TRANSACTION = 0


@dataclass(frozen=True)
class Changes:
    """How many rows of a table were inserted, updated and deleted since it was loaded."""

    inserted: int
    updated: int
    deleted: int

    def __bool__(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)


@dataclass(frozen=True)
class LoadedKeys:
    """The keys of the rows of a table as loaded: `columns` of the key, and a group for each value of all but the last.

    A group has that value as texts, and the first and the last numbers of contiguous runs of the last column. Where
    the last column is no number a group has the whole key, and no runs.
    """

    columns: tuple[str, ...]
    groups: tuple[tuple[tuple[str, ...], tuple[int, ...] | None, tuple[int, ...] | None], ...]

    @property
    def in_runs(self) -> bool:
        """Whether the last column is a number."""
        return any(firsts is not None for _, firsts, _ in self.groups)

    def to_json(self) -> dict[str, Any]:
        """As the load registry keeps it."""
        return {"columns": self.columns, "groups": self.groups}

    @classmethod
    def from_json(cls, recorded: Mapping[str, Any] | None) -> LoadedKeys | None:
        """What `to_json` gave; None for None."""
        return cls(tuple(recorded["columns"]), tuple(recorded["groups"])) if recorded else None


def count_changes(connection: Connection, target: Target, tables: Collection[str] | None = None) -> dict[str, Changes]:
    """What was changed in managed tables since they were loaded, by table, for those with changes only.

    `tables` are the names to look at; None means all that the load registry has. Each table is read once.
    """
    names = sorted(name for name in target.registry if target.is_managed(name) and (tables is None or name in tables))
    changes = {name: _count(connection, target, name) for name in names}
    return {name: change for name, change in changes.items() if change}


def loading_transaction(connection: Connection, schema: str, table: str) -> int | None:
    """The id of the transaction that filled a table, as its rows have it; None for an empty table."""
    row = connection.execute(SQL("select xmin::text from {} limit 1").format(Identifier(schema, table))).fetchone()
    return int(row[0]) if row else None


def _count(connection: Connection, target: Target, name: str) -> Changes:
    entry, relation = target.registry[name], parameterized_identifier(target.schema, name)
    transaction, keys = _loaded(connection, target, name, entry)
    total, touched, known = _count_rows(connection, relation, transaction, keys)
    if keys is None and entry.transaction is None:
        known = touched  # inserted rows differ from updated ones by nothing but their number
    inserted = max(touched - known, total - entry.rows)
    return Changes(inserted, max(touched - inserted, 0), max(entry.rows - (total - inserted), 0))


def _loaded(connection: Connection, target: Target, name: str, entry: RegistryEntry) -> tuple[int, LoadedKeys | None]:
    """The transaction that loaded, and the keys, of a table; estimated where an earlier version loaded it."""
    if entry.transaction is not None or entry.keys is not None:
        return entry.transaction or _NO_TRANSACTION, entry.keys
    relation = parameterized_identifier(target.schema, name)
    row = connection.execute(
        SQL("""select xmin::text from {} group by xmin having count(*) <= %s order by count(*) desc limit 1""").format(
            relation
        ),
        (entry.rows,),
    ).fetchone()
    transaction = int(row[0]) if row else _NO_TRANSACTION
    if target.existing[name].columns.get("id") != "bigint":
        return transaction, None
    blocks = connection.execute(
        SQL("select distinct id >> {bits} from {table} where xmin = %s::text::xid order by 1").format(
            bits=_ADDRESS_BITS, table=relation
        ),
        (str(transaction),),
    ).fetchall()
    firsts = tuple(block << _ADDRESS_BITS for (block,) in blocks)
    lasts = tuple((block + 1 << _ADDRESS_BITS) - 1 for (block,) in blocks)
    return transaction, LoadedKeys(("id",), (((), firsts, lasts),))


def _count_rows(
    connection: Connection, relation: Identifier, transaction: int, keys: LoadedKeys | None
) -> tuple[int, int, int]:
    """How many rows there are, how many of them another transaction wrote, and how many of these have a loaded key."""
    columns = keys.columns if keys else ()
    in_runs = keys is not None and keys.in_runs
    grouping = columns[:-1] if in_runs else columns
    query = SQL("""select count(*), count(t.key), count(l.key)
        from (select case when xmin <> %s::text::xid then {key} end as key, {last}::bigint as last from {table}) t
        left join (select array(select json_array_elements_text(g -> 0)) as key,
            translate(g ->> 1, '[]', '{{}}')::bigint[] as firsts,
            translate(g ->> 2, '[]', '{{}}')::bigint[] as lasts from json_array_elements(%s::json) g) l
        on l.key = t.key and (l.firsts is null or t.last <= l.lasts[width_bucket(t.last, l.firsts)])""").format(
        key=_text_array(grouping),
        last=parameterized_identifier(columns[-1]) if in_runs else SQL("null"),
        table=relation,
    )
    groups: Sequence[Any] = keys.groups if keys else ()
    total, touched, known = connection.execute(query, (str(transaction), json.dumps(groups))).fetchone() or (0, 0, 0)
    return int(total), int(touched), int(known)


def _text_array(columns: Sequence[str]) -> Composable:
    texts = SQL(", ").join(SQL("{}::text").format(parameterized_identifier(column)) for column in columns)
    return SQL("array[{}]::text[]").format(texts)
