"""Rows that an importer must refuse: each is a row of a snapshot with one value changed, beside the reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qaseed import disk
from qaseed.derived_rules import rules_of
from qaseed.errors import UsageError
from qaseed.generation.building import build_folder, publish
from qaseed.logical_types import TYPES
from qaseed.model import Column, Entity, Model, Rule, Value
from qaseed.practice.breakers import BREAKERS, Breaker
from qaseed.snapshot import FOLDERS, Snapshot
from qaseed.sql import identifier, literal

if TYPE_CHECKING:
    import duckdb

REASONS = "reasons.csv"
_HEADER = ("table", "row", "tenant_id", "id", "column", "rule", "reason")
_CANDIDATES = 200
"""Rows of each table of which the first that suits is changed."""
_WRONG = {"bool": "maybe", "bigint": "x1", "date": "2026-02-30", "timestamptz": "2026-02-30 25:00:00+00"}
"""A text that is no value of the type."""


@dataclass(frozen=True)
class _Row:
    """A row of the snapshot as the fields of its line in CSV, by column."""

    fields: Mapping[str, str]

    def other(self, rows: list[_Row], column: str) -> str:
        """The value of another row of the same tenant, or nothing."""
        mine = self.fields[column]
        same = (row.fields[column] for row in rows if row.fields["tenant_id"] == self.fields["tenant_id"])
        return next((value for value in same if value not in ("", mine)), "")


@dataclass(frozen=True)
class _Invalid:
    """A row with one field changed, and why it is refused: the id of a rule, or `type`."""

    row: _Row
    column: str
    field: str
    rule: str
    reason: str


def publish_invalid(snapshot: Snapshot, folder: Path, *, replace_other: bool) -> Path:
    """Write the invalid rows of a snapshot into `folder`, whole or not at all; keep it if it has the same rows.

    `UsageError` if it contains anything else, unless `replace_other` allows to replace other invalid rows.
    """
    with build_folder(folder) as building:
        write_invalid(snapshot, building)
        if not _is_same(folder, building, replace_other=replace_other):
            publish(building, folder, "", replace_other=True)
    return folder


def _is_same(folder: Path, building: Path, *, replace_other: bool) -> bool:
    """Whether the folder has the invalid rows that were built; `UsageError` if it has what must not be replaced."""
    if not folder.exists():
        return False
    if not (folder / REASONS).is_file():
        raise UsageError(f"{folder}: exists and has no invalid rows; move it away or choose another --out")
    if _contents(folder) == _contents(building):
        return True
    if not replace_other:
        raise UsageError(f"{folder}: contains other invalid rows; use --replace, or choose another --out")
    return False


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write_invalid(snapshot: Snapshot, folder: Path) -> None:
    """Write the invalid rows of a snapshot: `csv/TABLE.csv` for each table, and `reasons.csv`."""
    tables = folder / FOLDERS["csv"]
    tables.mkdir()
    reasons = [",".join(_HEADER)]
    model, as_of = snapshot.manifest.model, str(snapshot.manifest.recipe["as_of"])
    with snapshot.catalog(threads=1) as connection:
        invalid = _InvalidRows(connection, model, as_of)
        for entity in model.entities:
            if "id" not in entity.key:
                continue
            lines = [",".join(entity.by_name)]
            for number, row in enumerate(invalid.of(entity), 1):
                lines.append(",".join(({**row.row.fields, row.column: row.field}).values()))
                ids = (row.row.fields["tenant_id"], row.row.fields["id"])
                reasons.append(_line(entity.name, number, *ids, row.column, row.rule, row.reason))
            _write(tables / f"{entity.name}.csv", lines)
    _write(folder / REASONS, reasons)
    disk.sync(tables)
    disk.sync(folder)


def _write(path: Path, lines: list[str]) -> None:
    with disk.replacing(path) as file:
        file.write("".join(f"{line}\n" for line in lines).encode())


def _line(*values: str | int) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()


@dataclass(frozen=True)
class _InvalidRows:
    """The invalid rows of each table, from the rows that `connection` has."""

    connection: duckdb.DuckDBPyConnection
    model: Model
    as_of: str

    def of(self, entity: Entity) -> Iterator[_Invalid]:
        """The invalid rows of one table, in the order of its columns and then of the rules declared with it."""
        rules = {rule.id: rule for rule in rules_of(entity)}
        rows = self._rows(entity, f"select * from {identifier(entity.name)}", _CANDIDATES)
        if not rows:
            return
        for column in entity.columns:
            row = next((row for row in rows if row.fields[column.name]), rows[0])
            for rule, field in self._wrong_fields(entity, column, row, rows):
                at = f"{entity.name}.{column.name}"
                reason = rules[rule].description if rule in rules else f"{at} is a {column.type}"
                yield _Invalid(row, column.name, field, rule, reason)
        for breaker in BREAKERS:
            if breaker.entity == entity.name and breaker.rule in rules:
                yield from self._broken(entity, breaker, rules[breaker.rule])

    def _wrong_fields(self, entity: Entity, column: Column, row: _Row, rows: list[_Row]) -> Iterator[tuple[str, str]]:
        """The id of each rule of a column, and a field that breaks it."""
        at = f"{entity.name}.{column.name}"
        if not column.nullable:
            yield f"R7 {at}", ""
        if column.type in _WRONG:
            yield "type", _WRONG[column.type]
        if column.choices:
            yield f"R7c {at}", _no_choice(column.choices)
        if column.minimum is not None:
            yield f"R7m {at}", str(column.minimum - 1)
        if column.maximum is not None:
            yield f"R7m {at}", str(column.maximum + 1)
        if column.refers:
            yield from self._wrong_references(at, column, row)
        if column.unique and row.other(rows, column.name):
            yield f"U1 {at}", row.other(rows, column.name)
        if column.name == "id" and row.other(rows, "id"):
            yield f"K1 {entity.name}", row.other(rows, "id")

    def _wrong_references(self, at: str, column: Column, row: _Row) -> Iterator[tuple[str, str]]:
        if column.refers == "tenant":
            yield f"R1 {at}", "no-such-practice"
            return
        mine = literal(row.fields["tenant_id"])
        query = f"select max(id) + 1, min(id) filter (where tenant_id <> {mine}) from {identifier(str(column.refers))}"
        missing, foreign = self.connection.execute(query).fetchall()[0]
        if missing is not None:
            yield f"R1 {at}", str(missing)
        if foreign is not None:
            yield f"R2 {at}", str(foreign)

    def _broken(self, entity: Entity, breaker: Breaker, rule: Rule) -> Iterator[_Invalid]:
        column = entity.column(breaker.column)
        values = f"({breaker.value})::{TYPES[column.type].duckdb}".replace("{as_of}", self.as_of)
        query = f"select *, {values} as broken from {identifier(entity.name)} this where {breaker.fits}"
        for row in self._rows(entity, query, 1, {"broken": column}):
            fields = dict(row.fields)
            yield _Invalid(_Row(fields), column.name, fields.pop("broken"), rule.id, rule.description)

    def _rows(self, entity: Entity, query: str, most: int, more: Mapping[str, Column] | None = None) -> list[_Row]:
        """The first rows of a query, in the order of the key; `more` are columns that it adds."""
        columns = {**entity.by_name, **(more or {})}
        fields = ", ".join(
            f"coalesce(({TYPES[column.type].duckdb_csv.format(c=f'rows.{identifier(name)}')})::varchar, '')"
            for name, column in columns.items()
        )
        key = ", ".join(f"rows.{identifier(part)}" for part in entity.key)
        matching = self.connection.execute(
            f"select {fields} from ({query}) rows order by {key} limit {most}"
        ).fetchall()
        return [_Row(dict(zip(columns, values, strict=True))) for values in matching]


def _no_choice(choices: tuple[Value, ...]) -> str:
    """A value of the same type that is none of the choices."""
    numbers = [value for value in choices if isinstance(value, int)]
    return str(max(numbers) + 1) if numbers else "no such value"
