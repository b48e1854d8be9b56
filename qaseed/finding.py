"""Rows of a snapshot that fit a condition, such as `balance_cents < 0 and payer_code = 'medicaid'`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from qaseed.errors import UsageError, nearest
from qaseed.model import Entity, Model
from qaseed.snapshot import Snapshot
from qaseed.sql import identifier

if TYPE_CHECKING:
    import duckdb

_CLAUSES = ("modifiers", "where_clause", "group_expressions", "having", "qualify", "sample")
"""What duckdb's tree of a `select` has besides the selected expression; all are empty for an expression alone."""

_SHOWN = ("tenant_id", "id", "external_ref")


@dataclass(frozen=True)
class FoundRow:
    """A row that fits: its tenant, id and external reference."""

    tenant_id: str
    id: int
    external_ref: str


@dataclass(frozen=True)
class FoundRows:
    """How many rows of a table fit a condition, and the first of them by id."""

    count: int
    rows: tuple[FoundRow, ...]


def find_rows(snapshot: Snapshot, condition: str, table: str = "client", limit: int = 20) -> FoundRows:
    """The rows of a table that fit a SQL condition on its columns; `UsageError` if it is anything else."""
    import duckdb

    if limit < 1:
        raise UsageError(f"--limit: {limit} is too few; give at least 1")
    entity = _entity(snapshot.manifest.model, table)
    with snapshot.catalog() as catalog:
        expression = _parse(catalog, condition)
        matching = f"from {identifier(table)} where (\n{condition}\n)"
        try:
            _check_type(catalog, entity, condition)
            (count,) = catalog.execute(f"select count(*) {matching}").fetchall()[0]
            rows = catalog.execute(f"select {', '.join(_SHOWN)} {matching} order by id limit ?", [limit])
            return FoundRows(count, tuple(FoundRow(*row) for row in rows.fetchall()))
        except (
            duckdb.ProgrammingError,
            duckdb.DataError,
            duckdb.NotSupportedError,
            duckdb.PermissionException,
        ) as error:
            _check_columns(entity, condition, expression)
            raise _not_possible(condition, str(error)) from None


def _entity(model: Model, table: str) -> Entity:
    """The table of that name, one whose rows have ids."""
    known = {entity.name: entity for entity in model.entities if set(_SHOWN) <= set(entity.by_name)}
    if table not in known:
        raise UsageError(f"--table: {table!r} is no table of rows with ids; {nearest(table, known)}")
    return known[table]


def _parse(catalog: duckdb.DuckDBPyConnection, condition: str) -> dict[str, Any]:
    """duckdb's tree of a text that is one expression and nothing else, without a query inside."""
    text = catalog.execute("select json_serialize_sql(?)", [f"select {condition}"]).fetchall()[0][0]
    tree: dict[str, Any] = json.loads(text)
    if tree["error"]:
        is_wrong = tree["error_type"] == "parser"  # other errors are about statements that read no rows
        raise _not_possible(condition, tree["error_message"] if is_wrong else "more than a condition")
    nodes: list[dict[str, Any]] = [statement["node"] for statement in tree["statements"]]
    selected: list[dict[str, Any]] = nodes[0].get("select_list", []) if len(nodes) == 1 else []
    is_alone = len(selected) == 1 and not selected[0]["alias"] and nodes[0]["from_table"]["type"] == "EMPTY"
    if not is_alone or nodes[0]["cte_map"]["map"] or any(nodes[0][clause] for clause in _CLAUSES):
        raise _not_possible(condition, "more than a condition")
    expression = selected[0]
    for kind, problem in {"SUBQUERY": "a query inside", "PARAMETER": "a parameter", "STAR": "a star"}.items():
        if any(node.get("class") == kind for node in _nodes(expression)):
            raise _not_possible(condition, f"{problem} is not a column")
    return expression


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(part)


def _check_columns(entity: Entity, condition: str, expression: dict[str, Any]) -> None:
    for node in _nodes(expression):
        names = node["column_names"] if node.get("class") == "COLUMN_REF" else ()
        for name in names[-1:]:
            if name.lower() not in entity.by_name:
                near = get_close_matches(name.lower(), entity.by_name, n=1)
                hint = f"did you mean {near[0]!r}?" if near else "`qaseed schema` lists them; quote a text as 'text'"
                raise UsageError(f"{_shown(condition)}: {entity.name} has no column {name!r}; {hint}")


def _check_type(catalog: duckdb.DuckDBPyConnection, entity: Entity, condition: str) -> None:
    query = f"describe select (\n{condition}\n) from {identifier(entity.name)}"
    type_ = catalog.execute(query).fetchall()[0][1]
    if type_ != "BOOLEAN":
        raise _not_possible(condition, f"a value of type {type_}")


def _not_possible(condition: str, problem: str) -> UsageError:
    """The error for a text that is no condition, with the first line of what duckdb says."""
    reason = next(iter(problem.splitlines()), "")
    return UsageError(
        f'{_shown(condition)}: is not a condition on a row ({reason}); compare columns, such as "balance_cents < 0"'
    )


def _shown(condition: str) -> str:
    """The condition on one line."""
    return " ".join(condition.split()) or "''"
