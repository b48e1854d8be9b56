"""Columns of clients know each other: each joint figure is within its tolerance, and not once a column is shuffled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb
import polars as pl
import pytest

from qaseed.model import Figure
from qaseed.plan import plan
from qaseed.practice import MODEL
from qaseed.practice.joint import JOINT_FIGURES
from qaseed.profiles import AS_OF, PROFILES
from qaseed.realism import Measured, measure
from qaseed.rows import Rows

SHUFFLED = {
    "medicare_by_age": ("client", "payer_code"),
    "allowed_by_payer": ("ledger_entry", "payer_code"),
    "spanish_by_ethnicity": ("client", "preferred_language"),
    "spouse_as_contact": ("client", "emergency_contact_relation"),
    "child_as_contact": ("client", "emergency_contact_relation"),
    "widowed_by_age": ("client", "marital_status"),
    "names_by_birth": ("client", "first_name"),
    "minors_by_specialty": ("client", "primary_provider_id"),
    "diagnoses": ("client", "further_dx"),
    "scores": ("note", "gad7"),
    "phq9_by_dx": ("client", "primary_dx"),
    "phq9_by_risk": ("note", "risk_level"),
    "phq9_by_visit": ("note", "phq9"),
    "missed_again": ("appointment", "status"),
    "missed_by_payer": ("client", "payer_code"),
}
"""The column without which each figure is off."""
TABLES = ("client", "provider", "appointment", "note", "ledger_entry")


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    planned = plan(MODEL, PROFILES["load_test"].scaled(2).vary(seed=1, scenarios=("none",)))
    names = {
        name: {"id", "tenant_id", *(column.name for column in MODEL.entity(name).columns if column.name in _used())}
        for name in TABLES
    }
    return {
        name: pl.concat(
            pl.DataFrame({column: rows[column] for column in sorted(names[name])})
            for tenant in planned.tenants
            for rows in [Rows(MODEL, tenant, name, tenant.slots(name))]
        )
        for name in TABLES
    }


def _used() -> set[str]:
    """All words of the queries: columns that no query names are not computed."""
    return set("".join(c if c.isalnum() or c == "_" else " " for f in JOINT_FIGURES for c in f.select).split())


def measured(tables: dict[str, pl.DataFrame], figures: Sequence[Figure]) -> list[Measured]:
    """Some of the figures, measured on these tables."""
    with duckdb.connect() as connection:
        for name, frame in tables.items():
            connection.register(name, frame.to_arrow())
        model = replace(MODEL, figures=tuple(figures))
        return list(measure(lambda sql: connection.execute(sql).fetchall(), model, AS_OF, {}))


def test_columns_of_clients_know_each_other(tables: dict[str, pl.DataFrame]) -> None:
    figures = measured(tables, JOINT_FIGURES)
    assert [figure for figure in figures if figure.ok is not True] == []


@pytest.mark.parametrize("figure", JOINT_FIGURES, ids=lambda figure: figure.id)
def test_a_shuffled_column_breaks_its_figure(figure: Figure, tables: dict[str, pl.DataFrame]) -> None:
    table, column = SHUFFLED[figure.id]
    frame = tables[table]
    if figure.id == "diagnoses":
        shuffled = frame[column].fill_null("F41.1")  # a mean of one column does not mind its order
    else:
        shuffled = frame[column].sample(fraction=1, shuffle=True, seed=7)
    others = tables | {table: frame.with_columns(shuffled.alias(column))}
    assert any(label.ok is False for label in measured(others, [figure]))
