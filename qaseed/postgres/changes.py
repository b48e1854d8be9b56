"""Which rows of loaded tables were inserted, updated or deleted since, by the rows themselves.

A table is filled by one transaction, so that all rows as loaded have its id in `xmin`, which no freezing, VACUUM FULL
or copy of the database changes. SQL that runs after the load has ids of its own, which are recorded too. A row with
another `xmin` was written later: its key says whether it was loaded. Rows of tables that inherit are not the table's.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from qaseed.postgres.loaded_keys import LoadedKeys
from qaseed.postgres.tables import parameterized_identifier

if TYPE_CHECKING:
    import psycopg

    from qaseed.postgres.target import Target

    Connection = psycopg.Connection[Any]

_ADDRESS_BITS = 40
"""An id is a tenant's number and, in so many bits, a slot: how keys of earlier versions' loads are known."""
_NO_TRANSACTION = 0
MAX_ROWS_UNDER_LOCK = 500_000
"""Rows that are read again while tables are locked: a tenth of a second."""
_SMALLEST, _GREATEST = -(1 << 63), (1 << 63) - 1


@dataclass(frozen=True)
class Changes:
    """How many rows of a table were inserted, updated and deleted since it was loaded."""

    inserted: int
    updated: int
    deleted: int

    def __bool__(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)


def count_changes(connection: Connection, target: Target, tables: Collection[str] | None = None) -> dict[str, Changes]:
    """What was changed in managed tables since they were loaded, by table, for those with changes only.

    `tables` are the names to look at; None means all that the load registry has. Each table is read once, or twice
    if it was changed.
    """
    names = sorted(name for name in target.registry if target.is_managed(name) and (tables is None or name in tables))
    loaded = {name: _loaded(connection, target, name) for name in names}
    touched = {name: _touched(target, name, transaction) for name, (transaction, _) in loaded.items()}
    counts = _counts(connection, target.schema, touched)
    changes = {name: _changes(connection, target, name, loaded[name][1], touched[name], counts[name]) for name in names}
    return {name: change for name, change in changes.items() if change}


def recount_changes(
    connection: Connection, target: Target, tables: Collection[str], before: Mapping[str, Changes]
) -> dict[str, Changes]:
    """The changes of tables that are locked by now, and were counted shortly before without locks.

    Many rows are not read again while readers wait: then only rows that came with new keys are looked for, in the
    indexes, and not updates of the last moments.
    """
    if sum(target.registry[name].rows for name in tables if target.is_managed(name)) <= MAX_ROWS_UNDER_LOCK:
        return count_changes(connection, target, tables)
    changes = dict(before)
    connection.execute("set local enable_seqscan = off")
    for name in sorted(tables):
        keys = target.registry[name].keys if target.is_managed(name) else None
        if keys is None or not _has_index(connection, target.existing[name].oid, keys):
            changes |= count_changes(connection, target, [name])
        elif inserted := _count_by_index(connection, Identifier(target.schema, name), keys):
            changes[name] = replace(before.get(name, Changes(0, 0, 0)), inserted=inserted)
    connection.execute("set local enable_seqscan to default")
    return {name: changes[name] for name in sorted(changes) if changes[name]}


def changed_tables(connection: Connection, schema: str, loaded: Mapping[str, tuple[int, Sequence[int]]]) -> list[str]:
    """The tables with others than the rows as loaded; of each, how many these are and which transactions wrote them."""
    written = {name: _written_by_others(*ids) for name, (_, ids) in loaded.items()}
    counts = _counts(connection, schema, written)
    return [name for name, (rows, _) in loaded.items() if counts[name] != (rows, 0)]


def current_transaction(connection: Connection) -> int:
    """The id of the open transaction, which the rows that it writes have in `xmin`."""
    ((transaction,),) = connection.execute("select pg_current_xact_id()::xid::text::bigint").fetchall()
    return int(transaction)


def loading_transaction(schema: str, table: str) -> Composed:
    """The id of the transaction that filled a table, as its rows have it; null for an empty table."""
    return SQL("(select xmin::text::bigint from only {} limit 1)").format(parameterized_identifier(schema, table))


def loaded_rows(connection: Connection, target: Target, name: str) -> Composable:
    """A condition on a managed table that only the loaded rows meet, as they were loaded or updated since."""
    transaction, keys = _loaded(connection, target, name)
    untouched = SQL("xmin = any({}::xid[])").format(_xids(transaction, *target.registry[name].later))
    return SQL("({} or {})").format(untouched, has_loaded_key(name, keys)) if keys else untouched


def _xids(*transactions: int) -> list[str]:
    return [str(transaction) for transaction in transactions]


def _touched(target: Target, name: str, transaction: int) -> Composed:
    """A condition that rows of a managed table meet which were written after the load."""
    return _written_by_others(transaction, *target.registry[name].later)


def _written_by_others(*transactions: int) -> Composed:
    return SQL("xmin <> all({}::xid[])").format(_xids(*transactions))


def _changes(
    connection: Connection,
    target: Target,
    name: str,
    keys: LoadedKeys | None,
    touched_condition: Composed,
    counted: tuple[int, int],
) -> Changes:
    """What was changed in a table, of which all rows and those that were written after the load are counted."""
    entry, (total, touched) = target.registry[name], counted
    if keys and touched:
        condition = SQL("{} and {}").format(touched_condition, has_loaded_key(name, keys))
        _, known = _counts(connection, target.schema, {name: condition})[name]
    else:
        # of a load by an earlier version, inserted rows differ from updated ones by nothing but their number
        known = touched if entry.transaction is None else 0
    inserted = max(touched - known, total - entry.rows)
    return Changes(inserted, max(touched - inserted, 0), max(entry.rows - (total - inserted), 0))


def _counts(connection: Connection, schema: str, conditions: Mapping[str, Composed]) -> dict[str, tuple[int, int]]:
    """By table how many rows it has, and how many of them meet a condition; one message asks for all tables."""
    if not conditions:
        return {}
    one = SQL("select count(*), count(*) filter (where {}) from only {}")
    queries = [one.format(condition, Identifier(schema, name)) for name, condition in conditions.items()]
    cursor = connection.execute(SQL("; ").join(queries))
    rows = [cursor.fetchone() or (0, 0)]
    while cursor.nextset():
        rows.append(cursor.fetchone() or (0, 0))
    return {name: (int(total), int(some)) for name, (total, some) in zip(conditions, rows, strict=True)}


def _loaded(connection: Connection, target: Target, name: str) -> tuple[int, LoadedKeys | None]:
    """The transaction that filled a table, and the keys; estimated where an earlier version loaded it."""
    entry, relation = target.registry[name], Identifier(target.schema, name)
    if entry.transaction is not None or entry.keys is not None:
        return entry.transaction or _NO_TRANSACTION, entry.keys
    row = connection.execute(
        SQL(
            """select xmin::text from only {} group by xmin having count(*) <= {} order by count(*) desc limit 1"""
        ).format(relation, entry.rows)
    ).fetchone()
    transaction = int(row[0]) if row else _NO_TRANSACTION
    if target.existing[name].columns.get("id") != "bigint":
        return transaction, None
    blocks = connection.execute(
        SQL("select distinct id >> {} from only {} where xmin = {}::xid order by 1").format(
            _ADDRESS_BITS, relation, str(transaction)
        )
    ).fetchall()
    firsts = tuple(block << _ADDRESS_BITS for (block,) in blocks)
    lasts = tuple((block + 1 << _ADDRESS_BITS) - 1 for (block,) in blocks)
    return transaction, LoadedKeys(("id",), (((), firsts, lasts),))


def has_loaded_key(name: str, keys: LoadedKeys) -> Composable:
    """A condition on the table of that name: that the row's key is among these."""
    grouping = keys.columns[:-1] if keys.in_runs else keys.columns
    texts = SQL(", ").join(SQL("{}::text").format(Identifier(name, column)) for column in grouping)
    last = Identifier(name, keys.columns[-1]) if keys.in_runs else SQL("null::bigint")
    return SQL("""exists (select from (select array(select json_array_elements_text(g -> 0)) as key,
            translate(g ->> 1, '[]', '{{}}')::bigint[] as firsts,
            translate(g ->> 2, '[]', '{{}}')::bigint[] as lasts from json_array_elements({groups}::json) g) loaded
        where loaded.key = array[{texts}]::text[]
        and (loaded.firsts is null or {last} <= loaded.lasts[width_bucket({last}, loaded.firsts)]))""").format(
        groups=json.dumps(keys.groups), texts=texts, last=last
    )


def _has_index(connection: Connection, oid: int, keys: LoadedKeys) -> bool:
    """Whether an index of the table begins with a group of one column and a number, which are the key."""
    if not keys.in_runs or len(keys.columns) != 2:
        return False
    row = connection.execute(
        """select exists (select from pg_catalog.pg_index i
            join pg_catalog.pg_attribute a on (a.attrelid, a.attnum) = (i.indrelid, i.indkey[0])
            join pg_catalog.pg_attribute b on (b.attrelid, b.attnum) = (i.indrelid, i.indkey[1])
            join pg_catalog.pg_class c on c.oid = i.indexrelid
            join pg_catalog.pg_am m on m.oid = c.relam
            where i.indrelid = %s and i.indisvalid and i.indpred is null and m.amname = 'btree'
            and a.attname = %s and b.attname = %s)""",
        (oid, *keys.columns),
    ).fetchone()
    return row == (True,)


def _count_by_index(connection: Connection, relation: Identifier, keys: LoadedKeys) -> int:
    """How many rows have a key that was not loaded: of groups that were not, or between the runs of a group."""
    gaps = [
        (group[0], first, last)
        for group, firsts, lasts in keys.groups
        for first, last in _gaps(firsts or (), lasts or ())
    ]
    group, last = map(Identifier, keys.columns)
    query = SQL("""with recursive groups (name) as (select min({group}) from only {table}
            union all select (select min({group}) from only {table} where {group} > groups.name)
                from groups where groups.name is not null)
        select sum(rows)::bigint from (
            select (select count(*) from only {table} where {group} = groups.name) as rows
                from groups where groups.name <> all({names}::text[])
            union all select (select count(*) from only {table}
                    where {group} = gap.name and {last} between gap.first and gap.last)
                from unnest({gap_names}::text[], {firsts}::bigint[], {lasts}::bigint[]) gap (name, first, last)) counted
        """).format(
        group=group,
        last=last,
        table=relation,
        names=Literal([name for (name, *_), *_ in keys.groups]),
        gap_names=Literal([name for name, _, _ in gaps]),
        firsts=Literal([first for _, first, _ in gaps]),
        lasts=Literal([last for _, _, last in gaps]),
    )
    (inserted,) = connection.execute(query).fetchone() or (0,)
    return int(inserted or 0)


def _gaps(firsts: Sequence[int], lasts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last number of each gap before, between and after runs."""
    before = (_SMALLEST, *(last + 1 for last in lasts))
    after = (*(first - 1 for first in firsts), _GREATEST)
    return ((first, last) for first, last in zip(before, after, strict=True) if first <= last)
