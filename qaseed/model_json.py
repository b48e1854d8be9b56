"""A model as JSON, of manifests and of what determines a snapshot's id, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from qaseed.compatibility import JSON_KEYS, SETTING_KEYS
from qaseed.errors import UsageError, nearest
from qaseed.model import Column, Entity, Figure, FixtureRow, Model, Recipe, Rule, Scenario


def to_json(value: Any) -> Any:
    """A model or any part of it as plain JSON; what equals its default is left out."""
    if isinstance(value, Recipe) and _setting_keys(value.function):
        keys = _setting_keys(value.function)
        value = replace(value, settings=tuple((keys.get(name, name), setting) for name, setting in value.settings))
    if isinstance(value, Model | Entity | Column | Rule | Recipe | Scenario | FixtureRow | Figure):
        keys = JSON_KEYS.get(type(value).__name__, {})
        return {
            keys.get(item.name, item.name): to_json(getattr(value, item.name))
            for item in fields(value)
            if item.metadata.get("in_json", True) and getattr(value, item.name) != item.default
        }
    if isinstance(value, tuple):
        return [to_json(part) for part in value]
    return value


def from_json(kind: type[Any], data: Any) -> Any:
    """The model, or the part of one, that `to_json` wrote; `UsageError` where a field is unknown or of another type."""
    if not isinstance(data, Mapping):
        raise UsageError(f"{kind.__name__.lower()}: {str(data)[:40]!r} is not a table of fields")
    hints = _hints(kind)  # type: ignore[arg-type]  # every class can be hashed
    names = _names(kind)  # type: ignore[arg-type]
    for key in data:
        if key not in names:
            raise UsageError(f"{kind.__name__.lower()}: no field {key!r}; {nearest(key, names)}")
    try:
        arguments = {names[key]: _read(hints[names[key]], value, key) for key, value in data.items()}
        read = kind(**arguments, **({"is_declared": False} if kind is Model else {}))
    except TypeError as error:  # a field is missing
        raise UsageError(f"{kind.__name__.lower()}: {error}") from None
    if isinstance(read, Recipe) and _setting_keys(read.function):
        written = {key: name for name, key in _setting_keys(read.function).items()}
        read = replace(read, settings=tuple((written.get(name, name), value) for name, value in read.settings))
    return read


def _setting_keys(function: str) -> Mapping[str, str]:
    return SETTING_KEYS.get(function.rpartition(":")[2], {})


@lru_cache
def _names(kind: type[Any]) -> Mapping[str, str]:
    """A kind's fields by their keys in JSON."""
    keys = JSON_KEYS.get(kind.__name__, {})
    return {keys.get(item.name, item.name): item.name for item in fields(kind) if item.metadata.get("in_json", True)}


@lru_cache
def _hints(kind: type[Any]) -> Mapping[str, Any]:
    """The types of a kind's fields, read from its source once."""
    return get_type_hints(kind)


@lru_cache
def _origin_and_parts(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    return get_origin(hint), get_args(hint)


def _read(hint: Any, value: Any, name: str) -> Any:
    """A JSON value as the type that the field declares."""
    origin, parts = _origin_and_parts(hint)
    if hint is Any:
        return _settings(value)
    if is_dataclass(hint):
        return from_json(cast(type, hint), value)
    if origin is tuple and isinstance(value, list):
        kinds = parts[:1] * len(value) if parts[-1] is Ellipsis else parts
        if len(kinds) == len(value):
            return tuple(_read(kind, item, name) for kind, item in zip(kinds, value, strict=True))
    if origin in (Union, UnionType):
        # of the kinds that a field may have, only one is a table of fields
        hint = next(
            (part for part in parts if type(value) is part or (is_dataclass(part) and isinstance(value, dict))), None
        )
        if hint is not None:
            return _read(hint, value, name)
    if hint is float and type(value) in (int, float):
        return value  # as it is written, so that a manifest that is read and written again has the same bytes
    if (origin is Literal and value in parts) or (type(value) is hint and _is_text(str(value))):
        return value
    raise UsageError(f"{name}: {str(value)[:40]!r} is not of the right type")


def _is_text(value: str) -> bool:
    """Whether every database could store it: no NUL, no half of a surrogate pair."""
    if "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _settings(value: Any) -> Any:
    """A setting of a recipe: plain data, in which a table of fields can only be a recipe."""
    if isinstance(value, Mapping):
        return from_json(Recipe, value)
    return tuple(_settings(part) for part in value) if isinstance(value, list) else value
