"""The parts of anything that may be checked: its text, its named fields, its items, without importing the library that
defines it.
"""

from __future__ import annotations

import dataclasses
from collections import UserString
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import time, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any
from uuid import UUID

WITHOUT_TEXT = (bool, type(None), UUID, time, timedelta, range, ModuleType)
"""What has neither text nor parts that may identify a person."""
Fields = Iterable[tuple[Any, Any]]


def text_of(node: Any) -> str | None:
    """The text of a value; None if it has parts, or no text."""
    if isinstance(node, bytes | bytearray | memoryview):
        return bytes(node).decode("utf-8", "replace")
    if isinstance(node, str):
        return str.__str__(node)
    return str(node) if isinstance(node, int | float | Decimal | UserString) and not isinstance(node, bool) else None


def parts_of(node: Any) -> tuple[list[tuple[Any, Any]], Iterable[Any]]:
    """The named fields of a node; of one without any its items, and else its public attributes, or its text."""
    fields = list(_fields(node))
    items = () if fields else _items(node)
    if items is not None:
        return fields, items
    if callable(node):
        return [], ()
    attributes = _attributes(node)
    has_text = not attributes and any("__str__" in vars(kind) for kind in type(node).__mro__[:-1])
    return attributes, [str(node)] if has_text else ()


def _items(node: Any) -> Iterable[Any] | None:
    """The items of a collection, also of an array; None if it is none."""
    if isinstance(node, type):
        return None
    for method in ("to_pylist", "tolist", "as_py", "get_secret_value"):  # Arrow, numpy and pandas, pydantic
        if hasattr(node, method):
            items = getattr(node, method)()
            return items if isinstance(items, list) else [items]
    return node if isinstance(node, Iterable) else None


def _attributes(node: Any) -> list[tuple[str, Any]]:
    """The public attributes of an object."""
    names = dict.fromkeys([*getattr(node, "__dict__", ()), *_slots(type(node))])
    return [(name, getattr(node, name)) for name in names if not name.startswith("_") and hasattr(node, name)]


def _slots(kind: type) -> Iterator[str]:
    for base in kind.__mro__:
        slots = vars(base).get("__slots__", ())
        yield from (slots,) if isinstance(slots, str) else slots


def _fields(node: Any) -> Fields:
    """The named parts of anything that has names."""
    if isinstance(node, Mapping):
        return node.items()
    if dataclasses.is_dataclass(node):
        return [(item.name, getattr(node, item.name, None)) for item in dataclasses.fields(node)]
    if hasattr(node, "_asdict"):  # named tuples
        return list(node._asdict().items())
    declared = (
        getattr(node, "model_fields", None) if isinstance(node, type) else getattr(type(node), "model_fields", None)
    )
    if isinstance(declared, Mapping):  # pydantic
        extra = getattr(node, "model_extra", None)  # of a class it is a property
        aliases = [(field.alias, None) for field in declared.values() if getattr(field, "alias", None)]
        return [
            *((field, getattr(node, field, None)) for field in declared),
            *aliases,
            *(extra.items() if isinstance(extra, Mapping) else ()),
        ]
    columns = _LIBRARIES.get(type(node).__module__.partition(".")[0], _others)
    return columns(node)


def _arrow(node: Any) -> Fields:
    """The columns of a table, with their values, or those of a schema or a struct."""
    if hasattr(node, "column_names"):
        return [(column, node.column(column).to_pylist()) for column in node.column_names]
    if hasattr(node, "names"):
        return [(field.name, field.type) for field in node]
    inner = getattr(node, "value_type", None)
    return [] if inner is None else _arrow(inner)


def _polars(node: Any) -> Fields:
    """The columns of a frame, with their values if they are computed, a series by its name, or the parts of a type."""
    if hasattr(node, "collect_schema"):
        get_column = getattr(node, "get_column", None)
        columns = node.collect_schema().items()
        return [(column, get_column(column).to_list() if get_column else kind) for column, kind in columns]
    if hasattr(node, "to_list") and node.name:
        return [(node.name, node.to_list())]
    if isinstance(getattr(node, "fields", None), list):
        return [(field.name, field.dtype) for field in node.fields]
    inner = getattr(node, "inner", None)
    return [] if inner is None else _polars(inner)


def _pandas(node: Any) -> Fields:
    """The columns of a frame, or a series by its name, and the labels of the rows."""
    if isinstance(node, type) or not hasattr(node, "items"):
        return []
    columns = node.items() if hasattr(node, "columns") else [(node.name or "", node)]
    levels = [(level or "", node.index.get_level_values(at)) for at, level in enumerate(node.index.names)]
    return [(name, values.tolist()) for name, values in (*columns, *levels)]


def _numpy(node: Any) -> Fields:
    """The fields of an array of records."""
    names = getattr(getattr(node, "dtype", None), "names", None)
    return [] if isinstance(node, type) else [(name, node[name]) for name in names or ()]


def _others(node: Any) -> Fields:
    if isinstance(node, type):
        return []
    if hasattr(node, "__arrow_c_stream__") and hasattr(node, "columns"):  # a relation of duckdb, for one
        import pyarrow as pa

        return _arrow(pa.table(node))
    is_row = hasattr(node, "keys") and hasattr(node, "__getitem__")  # of a database: to iterate it gives its values
    return [(key, node[key]) for key in node.keys()] if is_row else []  # noqa: SIM118  # see above


_LIBRARIES: Mapping[str, Callable[[Any], Fields]] = {
    "pyarrow": _arrow, "polars": _polars, "pandas": _pandas, "numpy": _numpy,
}  # fmt: skip
