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

_KINDS = (Model, Entity, Column, Rule, Recipe, Scenario, FixtureRow, Figure)


def to_json(value: Any) -> Any:
    """A model or any part of it as plain JSON; what equals its default is left out."""
    kind = type(value)
    if kind is tuple:
        return [to_json(part) for part in value]
    if kind not in _KINDS:
        return value
    if kind is Recipe and (keys := _setting_keys(value.function)):
        value = replace(value, settings=tuple((keys.get(name, name), setting) for name, setting in value.settings))
    written = _written(kind)  # type: ignore[arg-type]  # every class can be hashed
    parts = ((key, getattr(value, name), default) for name, key, default in written)
    return {key: to_json(part) for key, part, default in parts if part != default}


@lru_cache
def _written(kind: type[Any]) -> tuple[tuple[str, str, Any], ...]:
    """The fields of a kind that are written: name, key in JSON, and default."""
    keys = JSON_KEYS.get(kind.__name__, {})
    written = (item for item in fields(kind) if item.metadata.get("in_json", True))
    return tuple((item.name, keys.get(item.name, item.name), item.default) for item in written)


def from_json(kind: type[Any], data: Any) -> Any:
    """The model, or the part of one, that `to_json` wrote; `UsageError` where a field is unknown or of another type."""
    if not isinstance(data, dict):
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
    return {key: name for name, key, _ in _written(kind)}  # type: ignore[arg-type]


@lru_cache
def _hints(kind: type[Any]) -> Mapping[str, Any]:
    """The types of a kind's fields, read from its source once."""
    return get_type_hints(kind)


@lru_cache
def _form(hint: Any) -> tuple[bool, Any, tuple[Any, ...]]:
    """Whether a type is a table of fields, its origin, and its parts."""
    return is_dataclass(hint), get_origin(hint), get_args(hint)


def _read(hint: Any, value: Any, name: str) -> Any:
    """A JSON value as the type that the field declares."""
    if hint is str and type(value) is str and _is_text(value):  # as most are
        return value
    if hint is Any:
        return _settings(value)
    is_table, origin, parts = _form(hint)
    if is_table:
        return from_json(cast(type, hint), value)
    if origin is tuple and isinstance(value, list):
        kinds = parts[:1] * len(value) if parts[-1] is Ellipsis else parts
        if len(kinds) == len(value):
            return tuple(_read(kind, item, name) for kind, item in zip(kinds, value, strict=True))
    if origin in (Union, UnionType):
        # of the kinds that a field may have, only one is a table of fields
        hint = next(
            (part for part in parts if type(value) is part or (type(value) is dict and is_dataclass(part))), None
        )
        if hint is not None:
            return _read(hint, value, name)
    # a number as it is written, so that a manifest that is read and written again has the same bytes
    is_number = hint is float and type(value) in (int, float)
    if is_number or (origin is Literal and value in parts) or (type(value) is hint and _is_text(str(value))):
        return value
    raise UsageError(f"{name}: {str(value)[:40]!r} is not of the right type")


def _is_text(value: str) -> bool:
    """Whether every database could store it: no NUL, no half of a surrogate pair."""
    if "\0" in value:
        return False
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _settings(value: Any) -> Any:
    """A setting of a recipe: plain data, in which a table of fields can only be a recipe."""
    if isinstance(value, dict):
        return from_json(Recipe, value)
    return tuple(_settings(part) for part in value) if isinstance(value, list) else value
