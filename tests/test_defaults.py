"""What an INSERT may leave out: declared once, a closed vocabulary, and no part of what makes a snapshot's id."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qaseed.errors import UsageError
from qaseed.model import Column, Entity, Model
from qaseed.model_json import from_json, to_json
from qaseed.postgres import tables
from qaseed.practice import MODEL
from qaseed.snapshot import Snapshot, identity, open_snapshot, with_defaults
from support.applications import REQUIRED_COLUMNS
from support.command_line import qaseed

ROOT = Path(__file__).parents[1]


def model_of(**column: Any) -> Model:
    made = Column(**{"name": "mine", "type": "text", "doc": "Mine.", **column})
    return Model("other", "Another.", (Entity("thing", "A thing.", (made,), key=("mine",)),))


def without_defaults(model: Model) -> Model:
    """The model as it was before there were defaults for applications."""
    return replace(
        model,
        entities=tuple(
            replace(
                entity,
                columns=tuple(
                    column if column.name in ("is_synthetic", "is_active") else replace(column, default=None)
                    for column in entity.columns
                ),
            )
            for entity in model.entities
        ),
    )


def test_what_is_necessary() -> None:
    assert {
        entity.name: {c.name for c in entity.columns if not c.nullable and tables.default_sql(entity, c) is None}
        for entity in MODEL.entities
    } == REQUIRED_COLUMNS


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ({"default": "it's"}, "'it''s'"),
        ({"default": "now"}, "'now'"),
        ({"default": "uuid"}, "'uuid'"),
        ({"default": ""}, "''"),
        ({"default": "a", "choices": ("a", "b")}, "'a'"),
        ({"default": "uuid", "unique": True}, "gen_random_uuid()::text"),
        ({"type": "timestamptz", "default": "now"}, "now()"),
        ({"type": "date", "default": "today"}, "current_date"),
        ({"type": "bool", "default": False}, "false"),
        ({"type": "bigint", "default": 0, "minimum": 0, "maximum": 0}, "0"),
        ({"type": "bigint"}, "identity"),
    ],
)
def test_a_default_is_an_accepted_value_or_one_of_three(column: dict[str, Any], expected: str) -> None:
    model = model_of(**column)
    thing = model.entities[0]
    assert tables.default_sql(thing, thing.columns[0]) == expected
    assert from_json(Model, json.loads(json.dumps(to_json(model)))) == model


@pytest.mark.parametrize(
    "column",
    [
        {"default": 1},
        {"default": "c", "choices": ("a", "b")},
        {"default": "same", "unique": True},
        {"default": 1, "type": "bigint", "unique": True},
        {"default": "today", "type": "date", "unique": True},
        {"default": True, "type": "bigint"},
        {"default": 1, "type": "bool"},
        {"default": -1, "type": "bigint", "minimum": 0},
        {"default": 2, "type": "bigint", "maximum": 1},
        {"default": 3, "type": "bigint", "choices": (1, 2)},
        {"default": "today", "type": "timestamptz"},
        {"default": "now()", "type": "timestamptz"},
        {"default": "now", "type": "date"},
        {"default": "(select 1)", "type": "date"},
    ],
)
def test_what_cannot_be_a_default_is_refused(column: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"thing\.mine: .* cannot be its default"):
        model_of(**column)


def test_ids_of_snapshots_do_not_depend_on_them() -> None:
    committed = open_snapshot(ROOT / "artifacts" / "minimal").manifest
    assert identity(committed.recipe, MODEL) == identity(committed.recipe, without_defaults(MODEL)) == committed.id


def test_a_snapshot_from_before_is_given_those_of_today(minimal: Snapshot) -> None:
    assert with_defaults(minimal) is minimal
    before = replace(minimal, manifest=replace(minimal.manifest, model=without_defaults(minimal.manifest.model)))
    assert with_defaults(before).manifest.model == minimal.manifest.model
    other = replace(before, manifest=replace(before.manifest, model=model_of()))
    assert with_defaults(other) is other


def test_a_column_that_accepted_other_values_is_given_none(minimal: Snapshot) -> None:
    model = without_defaults(minimal.manifest.model)
    client = model.entity("client")
    columns = tuple(replace(c, choices=("F", "M")) if c.name == "sex_at_birth" else c for c in client.columns)
    entities = tuple(replace(client, columns=columns) if e is client else e for e in model.entities)
    old = replace(minimal, manifest=replace(minimal.manifest, model=replace(model, entities=entities)))
    found = with_defaults(old).manifest.model.entity("client")
    assert (found.column("sex_at_birth").default, found.column("pronouns").default) == (None, "they/them")


def test_they_are_shown(minimal: Snapshot) -> None:
    for arguments in ((), (str(ROOT / "artifacts" / "minimal"),)):
        sql = qaseed("schema", *arguments, "--sql").stdout
        assert '"created_at" timestamp with time zone default now() not null' in sql
        assert "generated by default as identity (start with 4503599627370496)" in sql
        assert "gen_random_uuid()::text" in qaseed("schema", *arguments).stdout
