"""Identifiers are shared by no two rows: not within a practice, not between entities, not between practices."""

from __future__ import annotations

import datetime as dt
from itertools import combinations

import polars as pl
import pytest

from qaseed.model import Column
from qaseed.plan import plan_of_counts
from qaseed.practice import MODEL
from qaseed.rows import Rows

COUNTS = {"location": 9, "provider": 30, "client": 90, "appointment": 300, "note": 150, "ledger_entry": 250}
TENANTS = 40
PLAN = plan_of_counts(MODEL, "p", 5, dt.date(2026, 11, 2), [COUNTS] * TENANTS, scenarios=("none",))
WORDS = {"name", "person", "street", "unit", "city", "zip", "phone"}
"""Kinds whose values several people may have: words, places, and numbers of a household."""
ON_PURPOSE = {"chart_no", "code"}
"""Columns that are counted in each practice, so that a query without the tenant is noticed."""


def identifying(column: Column) -> bool:
    """Whether no two rows may have the same value."""
    return (column.unique or bool(column.safe)) and column.safe not in WORDS and column.name not in ON_PURPOSE


@pytest.fixture(scope="module")
def values() -> dict[tuple[str, str], pl.Series]:
    """The values of all identifying columns, over all practices, by entity and column."""
    found: dict[tuple[str, str], pl.Series] = {}
    for entity in MODEL.entities:
        rows = [Rows(MODEL, tenant, entity, tenant.slots(entity.name)) for tenant in PLAN.tenants]
        for column in filter(identifying, entity.columns):
            found[entity.name, column.name] = pl.concat([part[column.name] for part in rows]).drop_nulls()
    return found


def test_no_two_rows_of_an_entity_share_an_identifier(values: dict[tuple[str, str], pl.Series]) -> None:
    assert len(values) > 15
    assert [of for of, column in values.items() if column.n_unique() < len(column)] == []


def test_no_two_entities_share_an_identifier(values: dict[tuple[str, str], pl.Series]) -> None:
    sets = {of: set(column.cast(pl.String)) for of, column in values.items()}
    assert [pair for pair in combinations(sets, 2) if sets[pair[0]] & sets[pair[1]]] == []
