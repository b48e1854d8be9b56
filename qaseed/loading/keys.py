"""The keys of a snapshot's rows in a form short enough for the load registry."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from qaseed.model import Entity
from qaseed.postgres.loaded_keys import MAX_GROUPS, LoadedKeys
from qaseed.postgres.registry import LoadedTable
from qaseed.snapshot import Manifest
from qaseed.sql import identifier

if TYPE_CHECKING:
    import duckdb


def loaded_tables(source: duckdb.DuckDBPyConnection, manifest: Manifest) -> dict[str, LoadedTable]:
    """What a load of a snapshot puts into each table, read from its catalog."""
    return {entity.name: loaded_table(source, manifest, entity) for entity in manifest.model.entities}


def loaded_table(source: duckdb.DuckDBPyConnection, manifest: Manifest, entity: Entity) -> LoadedTable:
    """What a load puts into the table of one entity, read from the snapshot's catalog."""
    table = manifest.tables[entity.name]
    return LoadedTable(table.rows, table.digest, loaded_keys(source, entity))


def loaded_keys(source: duckdb.DuckDBPyConnection, entity: Entity) -> LoadedKeys | None:
    """The keys of an entity's rows in a catalog; None if they are too many to be recorded."""
    if entity.column(entity.key[-1]).type == "bigint":
        return _runs(source, entity)
    keys = ", ".join(f"{identifier(name)}::text" for name in entity.key)
    rows = source.execute(f"select {keys} from {identifier(entity.name)} limit {MAX_GROUPS + 1}").fetchall()
    return LoadedKeys(entity.key, tuple((row, None, None) for row in rows)) if len(rows) <= MAX_GROUPS else None


def joined_keys(columns: tuple[str, ...], parts: Iterable[LoadedKeys | None]) -> LoadedKeys | None:
    """The keys of rows that are in several files, from those of each file."""
    groups: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for part in parts:
        if part is None:
            return None
        for key, firsts, lasts in part.groups:
            groups.setdefault(tuple(key), []).extend(zip(firsts or (), lasts or (), strict=True))
    joined = tuple((key, *_joined_runs(sorted(runs))) for key, runs in sorted(groups.items()))
    number = sum(len(firsts or (None,)) for _, firsts, _ in joined)
    return LoadedKeys(columns, joined) if number <= MAX_GROUPS else None


def _joined_runs(runs: list[tuple[int, int]]) -> tuple[tuple[int, ...] | None, tuple[int, ...] | None]:
    """The firsts and lasts of runs, of which those that continue each other become one; None for no runs."""
    joined: list[list[int]] = []
    for first, last in runs:
        if joined and joined[-1][1] == first - 1:
            joined[-1][1] = last
        else:
            joined.append([first, last])
    return (tuple(first for first, _ in joined), tuple(last for _, last in joined)) if joined else (None, None)


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
