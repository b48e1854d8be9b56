"""Recipes for the text of notes: the grammar's text for each kind of note, of the facts of its row."""

from __future__ import annotations

import polars as pl

from qaseed.practice.generators.note_facts import composer, described, kind_of
from qaseed.rows import Rows


def _text(rows: Rows, column: str) -> pl.Series:
    numbers = {kind: number for (kind, text), number in composer().texts.items() if text == column}
    kinds = rows.cached("kind of note", kind_of)
    number = kinds.replace_strict(numbers, default=-1, return_dtype=pl.Int64).to_numpy()
    return composer().compose(number, described(rows))


def subjective(rows: Rows, column: str) -> pl.Series:
    """What the client reports, with the name, age and pronouns of the client's own row."""
    return _text(rows, "subjective")


def objective(rows: Rows, column: str) -> pl.Series:
    """What the provider observed, how they met, and what was measured."""
    return _text(rows, "objective")


def assessment(rows: Rows, column: str) -> pl.Series:
    """The provider's assessment with the diagnosis; nothing of a diagnosis in a psychotherapy note."""
    return _text(rows, "assessment")


def plan(rows: Rows, column: str) -> pl.Series:
    """What was done and is to be done next, how long it took, and by whom; null for psychotherapy notes."""
    return _text(rows, "plan")
