"""What a profile declares itself, scenarios and columns: checked as those of the practice, and added to its model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from qaseed.model import Entity, Model
from qaseed.practice.additions.columns import read_columns
from qaseed.practice.additions.scenarios import read_scenarios

_TEXT, _WORD = re.compile(r"'(?:[^']|'')*'"), re.compile(r"[a-z_][a-z0-9_]*")


def with_additions(model: Model, additions: Mapping[str, Any], where: str) -> Model:
    """The model with a profile's own columns and scenarios; `where` names file and profile in errors.

    Scenarios come first, so that they get room before others. Raises `UsageError` that names table and key, and the
    nearest right name.
    """
    own = read_columns(model, _words(model), additions.get("column", {}), where)
    entities = tuple(replace(entity, columns=entity.columns + own.get(entity.name, ())) for entity in model.entities)
    extended = replace(model, entities=entities, is_declared=False)
    scenarios = read_scenarios(extended, additions.get("scenario", {}), where)
    return replace(extended, scenarios=(*scenarios, *model.scenarios))


def _words(model: Model) -> frozenset[str]:
    """All names and words of the model's own SQL: a column with such a name would change what the SQL means."""
    texts = [
        *(str(rule.fails or rule.select) for entity in model.entities for rule in entity.rules),
        *(scenario.holds for scenario in model.scenarios),
        *(figure.select for figure in model.figures),
    ]
    names = {name for entity in model.entities for name in _names(entity)}
    return frozenset(names.union(*(_WORD.findall(_TEXT.sub("", text.lower())) for text in texts)))


def _names(entity: Entity) -> set[str]:
    return {entity.name, *entity.by_name, *(column.alias for column in entity.references)}
