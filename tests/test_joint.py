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
from support.cases import for_each

SHUFFLED = {
    "medicare_by_age": ("client", "payer_code"),
    "supplement": ("client", "secondary_payer_code"),
    "medicaid_behind": ("client", "secondary_payer_code"),
    "allowed_by_payer": ("ledger_entry", "payer_code"),
    "spanish_by_ethnicity": ("client", "preferred_language"),
    "spouse_as_contact": ("client", "emergency_contact_relation"),
    "child_as_contact": ("client", "emergency_contact_relation"),
    "plan_year": ("client", "coverage_from"),
    "own_share_by_month": ("client", "coverage_from"),
    "widowed_by_age": ("client", "marital_status"),
    "names_by_birth": ("client", "first_name"),
    "minors_by_specialty": ("client", "primary_provider_id"),
    "diagnoses": ("client", "further_dx"),
    "dx_by_specialty": ("client", "primary_dx"),
    "men_by_dx": ("client", "sex_at_birth"),
    "scores": ("note", "gad7"),
    "phq9_by_dx": ("client", "primary_dx"),
    "phq9_by_risk": ("note", "risk_level"),
    "phq9_by_visit": ("note", "phq9"),
    "missed_again": ("appointment", "status"),
    "missed_by_payer": ("client", "payer_code"),
    "consent_day": ("client", "consent_treatment_on"),
    "stamps": ("appointment", "booked_at"),
    "called_after_risk": ("note", "risk_level"),
    "scored": ("note", "note_type"),
    "days_off": ("appointment", "cancelled_by"),
    "ended": ("client", "status"),
    "school_hours": ("appointment", "start_local"),
    "medications": ("note", "plan"),
    "gap_by_risk": ("note", "risk_level"),
    "medicaid_by_age": ("client", "payer_code"),
    "uninsured_by_age": ("client", "payer_code"),
    "married_by_age": ("client", "marital_status"),
    "divorced_by_age": ("client", "marital_status"),
    "minors_by_dx": ("client", "primary_dx"),
    "adhd_by_age": ("client", "primary_dx"),
    "anxiety_with_depression": ("client", "further_dx"),
    "interpreter_by_language": ("client", "interpreter_needed"),
    "language_by_race": ("client", "race"),
    "pronouns_by_sex": ("client", "pronouns"),
    "same_weekday": ("appointment", "start_local"),
    "same_time": ("appointment", "start_local"),
    "same_modality": ("appointment", "modality"),
    "a_week_later": ("appointment", "start_local"),
    "gaps": ("appointment", "start_local"),
    "weekdays": ("appointment", "start_local"),
    "hours": ("appointment", "start_local"),
    "load_by_week": ("appointment", "start_local"),
    "school_by_age": ("client", "referral_source"),
    "called_off_again": ("appointment", "cancelled_by"),
    "late_arrivals": ("appointment", "checked_in_at"),
    "missed_by_answer": ("appointment", "confirmed_at"),
    "after_school": ("appointment", "start_local"),
    "rhythm_by_license": ("appointment", "start_local"),
    "phq9_by_code": ("client", "primary_dx"),
    "usual_method": ("ledger_entry", "method"),
    "phq9_again": ("note", "phq9"),
    "gad7_again": ("note", "gad7"),
    "risk_with_phq9": ("note", "risk_level"),
    "gad7_by_dx": ("client", "primary_dx"),
    "text_by_type": ("note", "note_type"),
    "text_spread": ("note", "subjective"),
    "letters": ("note", "subjective"),
    "signed": ("note", "signed_at"),
    "split_treatment": ("appointment", "provider_id"),
    "families_by_license": ("appointment", "provider_id"),
    "pace": ("note", "provider_id"),
    "usual_format": ("note", "note_format"),
    "medicaid_share": ("ledger_entry", "payer_code"),
    "rate_by_payer": ("ledger_entry", "payer_code"),
    "rate_by_time": ("ledger_entry", "service_code"),
}
"""The column without which each figure is off."""
FLAT = {
    "diagnoses": "F32.1 F41.1",
    "medicaid_behind": "medicaid",
    "stamps": "2026-01-06 10:00:00",
    "weekdays": "2026-01-06T10:00:00",
    "hours": "2026-01-05T10:00:00",
    "text_spread": "zzzz zzzz " * 200,
    "letters": "zzzz zzzz " * 40,
}
"""A figure of one column does not mind its order: this takes the place of all its values."""
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


@pytest.mark.timeout(300)  # many cases
@for_each("figure", JOINT_FIGURES)
def test_a_shuffled_column_breaks_its_figure(figure: Figure, tables: dict[str, pl.DataFrame]) -> None:
    table, column = SHUFFLED[figure.id]
    frame = tables[table]
    if figure.id in FLAT:
        shuffled = pl.Series([FLAT[figure.id]] * len(frame))
    else:
        shuffled = frame[column].sample(fraction=1, shuffle=True, seed=7)
    others = tables | {table: frame.with_columns(shuffled.alias(column))}
    assert any(label.ok is False for label in measured(others, [figure]))


def test_figures_that_share_a_query_have_rows_of_their_own_and_in_common() -> None:
    select = "select unnest(['a: x', 'b: x', 'c: z', 'y', 'not : of one']), unnest([1.0, 2, 3, 4, 5]), 500"
    labels = {"a": ("x", "y"), "b": ("x", "not : of one"), "d": ("x", "z")}
    figures = tuple(
        Figure(name, "", tuple((label, 0, 9) for label in of_figure), select, "", unit="count")
        for name, of_figure in labels.items()
    )
    with duckdb.connect() as connection:
        measured = measure(
            lambda sql: connection.execute(sql).fetchall(), replace(MODEL, figures=figures), AS_OF, shares={}
        )
    assert [(m.figure, m.label, m.actual) for m in measured] == [
        *(("a", "x", 1), ("a", "y", 4), ("b", "x", 2), ("b", "not : of one", 5)),
        *(("d", "x", None), ("d", "z", None)),
    ]
