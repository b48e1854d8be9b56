"""A model as JSON, of manifests and of what determines a snapshot's id, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    readers = _readers(kind)  # type: ignore[arg-type]  # every class can be hashed
    for key in data:
        if key not in readers:
            raise UsageError(f"{kind.__name__.lower()}: no field {key!r}; {nearest(key, readers)}")
    try:
        arguments = {readers[key][0]: readers[key][1](value, key) for key, value in data.items()}
        read = kind(**arguments, **({"is_declared": False} if kind is Model else {}))
    except TypeError as error:  # a field is missing
        raise UsageError(f"{kind.__name__.lower()}: {error}") from None
    if isinstance(read, Recipe) and _setting_keys(read.function):
        written = {key: name for name, key in _setting_keys(read.function).items()}
        read = replace(read, settings=tuple((written.get(name, name), value) for name, value in read.settings))
    return read


def _setting_keys(function: str) -> Mapping[str, str]:
    return SETTING_KEYS.get(function.rpartition(":")[2], {})


Reader = Callable[[Any, str], Any]
"""Reads a JSON value as the type of a field, whose key is for errors."""


@lru_cache
def _readers(kind: type[Any]) -> Mapping[str, tuple[str, Reader]]:
    """The fields of a kind by their keys in JSON: the name of each, and what reads it, found in its source once."""
    hints = get_type_hints(kind)
    return {key: (name, _reader(hints[name])) for name, key, _ in _written(kind)}  # type: ignore[arg-type]


@lru_cache
def _reader(hint: Any) -> Reader:
    """What reads values of a type."""
    if hint is Any:
        return lambda value, _: _settings(value)
    if is_dataclass(hint):
        return lambda value, _: from_json(cast(type, hint), value)
    origin, parts = get_origin(hint), get_args(hint)
    if origin is tuple:
        return _tuple_reader(parts)
    if origin in (Union, UnionType):
        return _union_reader(parts)

    def read(value: Any, key: str) -> Any:
        kind = type(value)
        # a number as it is written, so that a manifest that is read and written again has the same bytes
        is_number = hint is float and kind in (int, float)
        if is_number or (origin is Literal and value in parts) or (kind is hint and _is_text(str(value))):
            return value
        raise _wrong_type(value, key)

    return read


def _tuple_reader(parts: tuple[Any, ...]) -> Reader:
    repeated = parts[-1] is Ellipsis
    readers = [_reader(part) for part in parts[: 1 if repeated else None]]

    def read(value: Any, key: str) -> Any:
        if isinstance(value, list):
            if repeated:
                return tuple([readers[0](item, key) for item in value])
            if len(value) == len(readers):
                return tuple([reader(item, key) for reader, item in zip(readers, value, strict=True)])
        raise _wrong_type(value, key)

    return read


def _union_reader(parts: tuple[Any, ...]) -> Reader:
    """Of the kinds that a field may have, only one is a table of fields."""
    readers = {dict if is_dataclass(part) else part: _reader(part) for part in reversed(parts)}

    def read(value: Any, key: str) -> Any:
        reader = readers.get(type(value))
        if reader is None:
            raise _wrong_type(value, key)
        return reader(value, key)

    return read


def _wrong_type(value: Any, key: str) -> UsageError:
    return UsageError(f"{key}: {str(value)[:40]!r} is not of the right type")


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
