"""Which tables there are, those that the seed document counts or all, and which form their telephone numbers have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from qaseed.kinds import recipe
from qaseed.model import Entity, FixtureRow, Model
from qaseed.practice import MODEL
from qaseed.practice.generators.phones import fictional_phone
from qaseed.safety.identifiers import phone_kind


def model_of(tables: str, locale: str = "", modes: Mapping[str, str] | None = None) -> Model:
    """The declaration of the tables `core` or `full`; its telephone numbers are those of the locale or mode."""
    mode = (modes or {}).get("phone")
    return _model_of(tables, mode if mode == "nanp_valid" else phone_kind(locale))


@lru_cache
def _model_of(tables: str, phones: str) -> Model:
    model = MODEL
    if tables != "core":
        from qaseed.practice.full import FULL

        model = FULL
    return model if phones == "phone" else _with_phones(model, phones)


def _with_phones(model: Model, phones: str) -> Model:
    columns = {
        (entity.name, column.name) for entity in model.entities for column in entity.columns if column.safe == "phone"
    }
    scenarios = (
        replace(scenario, needs=tuple(_pinned(row, columns, phones) for row in scenario.needs))
        for scenario in model.scenarios
    )
    entities = model.entities if phones == "nanp_valid" else tuple(_declared(e, phones) for e in model.entities)
    return replace(model, entities=entities, scenarios=tuple(scenarios), is_declared=False)


def _declared(entity: Entity, kind: str) -> Entity:
    columns = (replace(column, safe=kind) if column.safe == "phone" else column for column in entity.columns)
    return replace(entity, columns=tuple(columns))


def _pinned(row: FixtureRow, columns: set[tuple[str, str]], phones: str) -> FixtureRow:
    """The row with its fixed numbers in that form."""
    return replace(
        row,
        values=tuple(
            (name, _in_form(value, phones) if (row.entity, name) in columns else value) for name, value in row.values
        ),
    )


def _in_form(value: Any, phones: str) -> Any:
    if not isinstance(value, str):
        return value
    return recipe(fictional_phone, line=int(value[-2:])) if phones == "nanp_valid" else phones[-3:] + value[3:]
