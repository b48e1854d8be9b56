"""Which tables there are, those that the seed document counts or all, and the form of their phones and postcodes."""

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
from qaseed.practice.generators.identifiers import zip_form
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
    """The declaration of the tables `core` or `full`; telephone numbers and postcodes are those of the locale or mode.

    `additions` are scenarios and columns of a profile's own; `where` names them in errors.
    """
    mode = (modes or {}).get("phone")
    forms = (mode if mode == "nanp_valid" else phone_kind(locale)), zip_form(locale, (modes or {}).get("zip"))
    return _extended(tables, *forms, json.dumps(additions), where) if additions else _model_of(tables, *forms)


@lru_cache(maxsize=8)
def _extended(tables: str, phones: str, zips: str, additions: str, where: str) -> Model:
    return with_additions(_model_of(tables, phones, zips), json.loads(additions), where)


@lru_cache
def _model_of(tables: str, phones: str, zips: str) -> Model:
    model = MODEL
    if tables != "core":
        from qaseed.practice.full import FULL

        model = FULL
    forms = {kind: form for kind, form in (("phone", phones), ("zip", zips)) if form != kind}
    return _with_forms(model, forms) if forms else model


def _with_forms(model: Model, forms: Mapping[str, str]) -> Model:
    """The model with identifiers of these kinds in another form, those of scenarios too."""
    columns = {
        (entity.name, column.name): forms[column.safe]
        for entity in model.entities
        for column in entity.columns
        if column.safe and column.safe in forms
    }
    scenarios = (
        replace(scenario, needs=tuple(_pinned(row, columns) for row in scenario.needs)) for scenario in model.scenarios
    )
    kinds = {kind: form for kind, form in forms.items() if form != "nanp_valid"}
    entities = tuple(_declared(entity, kinds) for entity in model.entities)
    return replace(model, entities=entities, scenarios=tuple(scenarios), is_declared=False)


def _declared(entity: Entity, kinds: Mapping[str, str]) -> Entity:
    columns = (replace(column, safe=kinds.get(str(column.safe), column.safe)) for column in entity.columns)
    return replace(entity, columns=tuple(columns))


def _pinned(row: FixtureRow, columns: Mapping[tuple[str, str], str]) -> FixtureRow:
    """The row with its fixed numbers in that form."""
    values = ((name, _in_form(value, columns.get((row.entity, name)))) for name, value in row.values)
    return replace(row, values=tuple(values))


def _in_form(value: Any, form: str | None) -> Any:
    if not isinstance(value, str) or form is None:
        return value
    if form == "nanp_valid":
        return recipe(fictional_phone, line=int(value[-2:]))
    code = form.rpartition("_")[2]
    return code + value[len(code) :]
