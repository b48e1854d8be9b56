"""Scenarios of a snapshot as tests use them: rows with their ids and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from qaseed.errors import UsageError, nearest
from qaseed.snapshot import Snapshot
from qaseed.sql import identifier, literal


@dataclass(frozen=True)
class Row:
    """A row of a snapshot; its columns are attributes: `row.first_name`."""

    entity: str
    tenant_id: str
    id: int
    values: Mapping[str, Any]
    """All columns, as Python's own types; a timestamp has the zone UTC."""

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__.get("values", {})
        if name.startswith("__") or name not in values:
            raise AttributeError(f"{self.__dict__.get('entity')} has no column {name!r}; {nearest(name, values)}")
        return values[name]


@dataclass(frozen=True)
class Scenario:
    """A named case: its rows, in the order of their tenants, entities and ids."""

    name: str
    rows: tuple[Row, ...]

    @property
    def row(self) -> Row:
        """Its first row."""
        return self.rows[0]

    @property
    def id(self) -> int:
        """The id of its first row."""
        return self.row.id

    @property
    def tenant_id(self) -> str:
        """The tenant of its first row."""
        return self.row.tenant_id

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of all its rows."""
        return tuple(row.id for row in self.rows)


def find_scenario(snapshot: Snapshot, name: str, tenant_id: str | None = None) -> Scenario:
    """A scenario of a snapshot, of one tenant or of all; `UsageError` names the nearest one that it has."""
    __tracebackhide__ = True  # of pytest: the wrong name is in the test
    with snapshot.catalog() as catalog:
        placed = catalog.execute(
            "select tenant_id, entity, id from scenario where name = ? and tenant_id = coalesce(?, tenant_id) "
            "order by all",
            [name, tenant_id],
        ).fetchall()
        if not placed:
            known = [row[0] for row in catalog.execute("select distinct name from scenario order by name").fetchall()]
            where = f"{snapshot.manifest.name}{f', {tenant_id}' if tenant_id else ''}"
            raise UsageError(f"{name}: is no scenario of {where}; {nearest(name, known)}")
        rows = [_read_row(snapshot, catalog, *address) for address in placed]
    return Scenario(name, tuple(rows))


def _read_row(snapshot: Snapshot, catalog: Any, tenant_id: str, entity: str, id_: int) -> Row:
    columns = snapshot.manifest.model.entity(entity).columns
    # as microseconds, because duckdb's own conversion needs another library
    selected = ", ".join(
        f"epoch_us({identifier(column.name)})" if column.type == "timestamptz" else identifier(column.name)
        for column in columns
    )
    key = "" if entity == "tenant" else f" and id = {id_}"
    query = f"select {selected} from {identifier(entity)} where tenant_id = {literal(tenant_id)}{key}"
    values = zip(columns, catalog.execute(query).fetchone(), strict=True)
    return Row(entity, tenant_id, id_, {column.name: _python_value(column.type, value) for column, value in values})


def _python_value(type_: str, value: Any) -> Any:
    return _EPOCH + timedelta(microseconds=value) if type_ == "timestamptz" and value is not None else value


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_tenant(snapshot: Snapshot, tenant_id: str | None) -> Row:
    """A tenant's row, the first one's by default; `UsageError` names those that there are."""
    with snapshot.catalog() as catalog:
        known = [row[0] for row in catalog.execute("select tenant_id from tenant order by tenant_id").fetchall()]
        chosen = tenant_id or known[0]
        if chosen not in known:
            raise UsageError(f"{chosen}: is no tenant of {snapshot.manifest.name}; {nearest(chosen, known)}")
        return _read_row(snapshot, catalog, chosen, "tenant", 0)
