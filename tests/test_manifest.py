"""A manifest is read as it was written, and each error of reading one has its very words."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qaseed.snapshot import Snapshot
from qaseed.snapshot.manifest import MANIFEST, identity, read_manifest
from support.errors import ALTERED, message
from support.snapshot_files import edit_manifest

NOT_JSON = ("", "[]", "3", "null", "{", '{"a": 1}', "[" * 100_000)


@pytest.mark.parametrize("text", NOT_JSON, ids=range(len(NOT_JSON)))
def test_bytes_that_are_no_manifest(text: str, copied: Path) -> None:
    (copied / MANIFEST).write_text(text)
    assert message(lambda: read_manifest(copied)) == f"{copied.name}: manifest.json is not a manifest; {ALTERED}"


def test_bytes_of_another_manifest(minimal: Snapshot) -> None:
    expected = f"{minimal.folder}: manifest.json is not what SHA256SUMS says; {ALTERED}"
    assert message(lambda: read_manifest(minimal.folder, "0" * 64)) == expected


EDITS: dict[str, tuple[dict[str, object], str]] = {
    "newer": ({"format": 2}, "its format is 2, this version reads 1; upgrade qaseed"),
    "older": ({"format": 0}, "its format is 0, this version reads 1; upgrade qaseed"),
    "no tables": ({"tables": {}}, f"manifest.json has other tables than its model; {ALTERED}"),
    "no id": ({"id": "x"}, f"manifest.json has no id or name; {ALTERED}"),
    "capitals in the id": ({"id": "A" * 64}, f"manifest.json has no id or name; {ALTERED}"),
    "long id": ({"id": "0" * 65}, f"manifest.json has no id or name; {ALTERED}"),
    "name of many lines": ({"name": "a\nb"}, f"manifest.json has no id or name; {ALTERED}"),
    "list for tables": ({"tables": []}, "manifest.json is not in order ('list' object has no attribute 'items')"),
    "number for an id": ({"id": 3}, "manifest.json is not in order (expected string or bytes-like object, got 'int')"),
    "number for a name": ({"name": 3}, "manifest.json is not in order ('int' object has no attribute 'isprintable')"),
    "more keys": ({"more": 1}, "manifest.json is not in order ("),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "what"), EDITS.values(), ids=EDITS)
def test_manifests_that_are_not_in_order(changes: dict[str, object], what: str, copied: Path) -> None:
    edit_manifest(copied, **changes)
    text = message(lambda: read_manifest(copied))
    assert text.startswith(f"{copied.name}: {what}")
    assert "upgrade" in text or text.endswith(f"; {ALTERED}")


def test_a_manifest_is_what_was_written(minimal: Snapshot) -> None:
    content = (minimal.folder / MANIFEST).read_bytes()
    manifest = read_manifest(minimal.folder)
    assert manifest.to_bytes() == content
    document = json.loads(content)
    assert list(document) == ["format", "id", "name", "recipe", "tables", "validation", "made_with", "model"]
    assert document["format"] == 1
    assert content.startswith(b'{\n "format": 1,\n "id": "')
    assert content.endswith(b"\n}\n")
    assert manifest.rows == {name: table["rows"] for name, table in document["tables"].items()}
    assert manifest.digests == {name: table["digest"] for name, table in document["tables"].items()}
    assert manifest.total_records == sum(manifest.rows.values()) - manifest.rows["tenant"] - manifest.rows["scenario"]
    assert identity(manifest.recipe, manifest.model) == manifest.id
    assert manifest.summary == {
        "snapshot": {"name": "minimal", "id": manifest.id},
        "counts": manifest.rows,
        "profile": "minimal",
        "seed": manifest.recipe["seed"],
        "as_of": manifest.recipe["as_of"],
    }


def test_what_a_caller_changes_is_not_read_again(minimal: Snapshot) -> None:
    first = read_manifest(minimal.folder)
    assert isinstance(first.recipe, dict)
    assert isinstance(first.validation, dict)
    assert isinstance(first.made_with, dict)
    first.recipe["tenants"].clear()
    first.validation["realism"].clear()
    first.made_with.clear()
    first.tables.clear()
    assert read_manifest(minimal.folder).to_bytes() == minimal.manifest.to_bytes()


@pytest.mark.parametrize("recipe", [[], {"profile": [], "seed": None}, {"profile": {"a": 1}}])
def test_a_summary_has_only_plain_settings(recipe: Any, minimal: Snapshot) -> None:
    assert list(replace(minimal.manifest, recipe=recipe).summary) == ["snapshot", "counts"]


def test_letters_of_all_alphabets_stay_readable(minimal: Snapshot) -> None:
    assert "ż".encode() in replace(minimal.manifest, name="ż").to_bytes()


def test_an_id_depends_on_what_determines_rows_alone(minimal: Snapshot) -> None:
    recipe, model = minimal.manifest.recipe, minimal.manifest.model
    same = identity(recipe, replace(model, is_declared=not model.is_declared))
    assert same == minimal.manifest.id
    assert re.fullmatch("[0-9a-f]{64}", same)
    others = {
        identity({**recipe, "seed": -1}, model),
        identity({name: value for name, value in recipe.items() if name != "scenarios"}, model),
        identity(recipe, replace(model, name="other")),
        identity(recipe, replace(model, entities=model.entities[::-1])),
        same,
    }
    assert len(others) == 5
