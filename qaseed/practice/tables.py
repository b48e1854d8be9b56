"""Which tables there are, those that the seed document counts or all, and which form their telephone numbers have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from qaseed.kinds import recipe
from qaseed.model import Entity, FixtureRow, Model
from qaseed.practice import MODEL
from qaseed.practice.additions import with_additions
from qaseed.practice.generators.phones import fictional_phone
from qaseed.profiles import Profile
from qaseed.safety.identifiers import phone_kind


def model_for(profile: Profile) -> Model:
    """The declaration of a profile's tables, with its own scenarios and columns; `UsageError` names a wrong one."""
    where = f"{profile.source}: profiles.{profile.slug}." if profile.source else f"profile {profile.slug!r}: "
    return model_of(profile.tables, profile.locale, profile.modes, profile.additions, where)


def model_of(
    tables: str,
    locale: str = "",
    modes: Mapping[str, str] | None = None,
    additions: Mapping[str, Any] | None = None,
    where: str = "",
) -> Model:
    """The declaration of the tables `core` or `full`; its telephone numbers are those of the locale or mode.

    `additions` are scenarios and columns of a profile's own; `where` names them in errors.
    """
    mode = (modes or {}).get("phone")
    phones = mode if mode == "nanp_valid" else phone_kind(locale)
    return _extended(tables, phones, json.dumps(additions), where) if additions else _model_of(tables, phones)


@lru_cache(maxsize=8)
def _extended(tables: str, phones: str, additions: str, where: str) -> Model:
    return with_additions(_model_of(tables, phones), json.loads(additions), where)


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
