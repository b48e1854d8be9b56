"""The keys of a snapshot's rows in a form short enough for the load registry."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from qaseed.model import Entity
from qaseed.postgres.changes import MAX_GROUPS, LoadedKeys
from qaseed.postgres.registry import LoadedTable
from qaseed.snapshot import Manifest, Snapshot
from qaseed.sql import identifier

if TYPE_CHECKING:
    import duckdb


def loaded_tables(snapshot: Snapshot) -> dict[str, LoadedTable]:
    """What a load of the snapshot puts into each table."""
    manifest = snapshot.manifest
    with snapshot.catalog(threads=1) as source:
        return {entity.name: loaded_table(source, manifest, entity) for entity in manifest.model.entities}


def loaded_table(source: duckdb.DuckDBPyConnection, manifest: Manifest, entity: Entity) -> LoadedTable:
    """What a load puts into the table of one entity, read from the snapshot's catalog."""
    table = manifest.tables[entity.name]
    return LoadedTable(table.rows, table.digest, _loaded_keys(source, entity))


def _loaded_keys(source: duckdb.DuckDBPyConnection, entity: Entity) -> LoadedKeys | None:
    if entity.column(entity.key[-1]).type == "bigint":
        return _runs(source, entity)
    keys = ", ".join(f"{identifier(name)}::text" for name in entity.key)
    rows = source.execute(f"select {keys} from {identifier(entity.name)} limit {MAX_GROUPS + 1}").fetchall()
    return LoadedKeys(entity.key, tuple((row, None, None) for row in rows)) if len(rows) <= MAX_GROUPS else None


def _runs(source: duckdb.DuckDBPyConnection, entity: Entity) -> LoadedKeys | None:
    """The keys as runs of the last column: a run begins and ends where the row before or after does not continue it.

    The order of the rows changes how many runs there are, and nothing else.
    """
    *grouping, last = map(identifier, entity.key)
    edges = [_is_edge(grouping, last, function, step) for function, step in (("lag", -1), ("lead", 1))]
    rows = source.execute(
        f"""select {", ".join(f"{name}::text" for name in grouping) or "''"}, {last}, {edges[0]}, {edges[1]}
        from {identifier(entity.name)} qualify {edges[0]} or {edges[1]} limit {2 * MAX_GROUPS + 1}"""
    ).fetchall()
    if len(rows) > 2 * MAX_GROUPS:
        return None
    groups = []
    for key, edges_of_group in groupby(sorted(rows, key=lambda row: row[:-3]), key=lambda row: row[:-3]):
        edge_rows = list(edges_of_group)
        firsts = sorted(number for *_, number, is_first, _ in edge_rows if is_first)
        lasts = sorted(number for *_, number, _, is_last in edge_rows if is_last)
        groups.append((key if grouping else (), tuple(firsts), tuple(lasts)))
    return LoadedKeys(entity.key, tuple(groups))


def _is_edge(grouping: list[str], last: str, function: str, step: int) -> str:
    """SQL of whether the row before or after is not the one with the neighboring number in the same group."""
    others = (f"{function}({name}) over () is distinct from {name}" for name in grouping)
    return f"({' or '.join((*others, f'{function}({last}) over () is distinct from {last} + {step}'))})"
